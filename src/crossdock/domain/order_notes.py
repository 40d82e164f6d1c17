"""What people write at an order, for each other. Source: 29 Next Admin API, OrderNote."""

from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.queries import NEWEST_FIRST, Window
from crossdock.domain.refusals import Invalid

LONGEST_NOTE = 5_000


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderNote:
    """A note, and who wrote it: an app by its client id, or (without one) the merchant."""

    id: int
    message: str
    author: str
    created_at: datetime
    app_id: int | None = None
    client_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AddOrderNote:
    """Write at an order."""

    order_id: int
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ListOrderNotes:
    """What was written at an order."""

    order_id: int
    window: Window = NEWEST_FIRST


def check_note(message: str) -> None:
    """Raises: Invalid."""
    if not message.strip() or len(message) > LONGEST_NOTE:
        raise Invalid("message", f"must have 1 to {LONGEST_NOTE} characters")
