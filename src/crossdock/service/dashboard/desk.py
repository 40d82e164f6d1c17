"""What every page of the service stands on: the database, the clock, the way in for commands, and the stores."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Connection, Pool
from crossdock.service.dispatch.dispatcher import Dispatcher


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What the pages work with; `app.state.desk`."""

    pool: Pool
    clock: Clock
    dispatcher: Dispatcher


@dataclass(frozen=True, kw_only=True)
class Client:
    """A connected store, as far as pages name it: never with its token or secrets."""

    id: int
    name: str
    url: str
    paused: bool
    trouble: str | None
    disconnected_reason: str | None
    last_pulled_at: datetime | None


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def actor_of(request: Request) -> str:
    """Name who acts; in the sandbox, where nobody logs in, the service."""
    user = getattr(request.state, "user", None)
    return f"user:{user.name}" if user else "service"


async def clients(connection: Connection) -> Mapping[int, Client]:
    """Return the connected stores by id."""
    rows = await connection.fetch(
        "SELECT id, name, url, paused, trouble, disconnected_reason, last_pulled_at FROM stores ORDER BY name, id"
    )
    return {row["id"]: Client(**row) for row in rows}
