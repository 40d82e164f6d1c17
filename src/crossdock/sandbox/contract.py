"""What a sandbox is asked for, and what it tells when it is ready. Other programs rely on the latter."""

import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from crossdock.runtime.json import write_json

STORE_PORT = 8000
SERVICE_PORT = 8001


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to start a sandbox. A port of None is the usual one, or a free one where that is taken; 0 any free one."""

    data: Path | None = None
    port: int | None = None
    service_port: int | None = None
    empty: bool = False
    limits: bool = False
    details: Path | None = None


@dataclass(frozen=True, kw_only=True)
class AppCredentials:
    client_id: str
    client_secret: str


@dataclass(frozen=True, kw_only=True)
class BothSides:
    store: str
    service: str


@dataclass(frozen=True, kw_only=True)
class Details:
    """Where everything is, and the tokens for it. `pid`: the supervisor, which starts again whatever dies."""

    store_url: str
    service_url: str
    shop_domain: str
    shop_subdomain: str
    admin_token: str
    next_token: str
    app: AppCredentials
    service_token: str
    dashboards: BothSides
    databases: BothSides
    pid: int

    def as_json(self) -> str:
        return write_json(asdict(self)).decode()


class KeptUnreadable(Exception):
    """The sandbox's file of keys is not what a sandbox wrote."""


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
