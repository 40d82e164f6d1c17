"""What an app keeps with the shop that has it installed. Source: 29 Next, app settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# Of the settings as JSON.
LONGEST_SETTINGS = 64 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class GetApp:
    """Show the app that calls, which names itself; others look as if they were not there."""

    client_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GetAppSettings:
    """Show the settings of the app that calls."""

    client_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplaceAppSettings:
    """Put these settings in place of all that there are."""

    client_id: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeAppSettings:
    """Put these settings beside, or in place of, those that there are."""

    client_id: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClearAppSettings:
    """Forget all settings."""

    client_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AppCard:
    """An app as it sees itself. `updated_at`: when it was let in, changed its settings, or was put out."""

    client_id: str
    name: str
    settings: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
