"""All stores that we work for: how each connection stands, and what waits there."""

from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record
from starlette.requests import Request
from starlette.responses import Response

from crossdock.dialects.platforms import TITLES
from crossdock.runtime.badges import Badge
from crossdock.runtime.clock import read_face
from crossdock.runtime.html import page
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.service.dashboard.assignments import BY_NAME, UNDER_WAY
from crossdock.service.dashboard.desk import desk_of

LIST = f"""
    SELECT s.id, s.name, s.platform, s.shop_domain, s.last_pulled_at, s.paused, s.trouble, s.disconnected_reason,
        s.service_id, count(*) FILTER (WHERE {BY_NAME["requests"].having}) AS requests,
        count(*) FILTER (WHERE {BY_NAME["to_ship"].having}) AS to_ship
    FROM stores s LEFT JOIN assignments a ON a.store_id = s.id AND {UNDER_WAY}
    GROUP BY s.id ORDER BY s.name, s.id
"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A store as the list shows it. `why`: what keeps us from working for it."""

    id: int
    name: str
    platform: str
    domain: str
    badge: Badge
    why: str | None
    requests: int
    to_ship: int
    last_pulled_at: datetime | None


async def stores(request: Request) -> Response:
    """List the stores."""
    desk = desk_of(request)
    async with acquire_ready(desk.pool) as connection:
        found = await connection.fetch(LIST)
        clock = await read_face(desk.clock, connection)
    return page(request, "stores.html", side="service", clock=clock, rows=[row(each) for each in found])


def row(store: Record) -> Row:
    badge, why = connection_of(store)
    return Row(
        id=store["id"],
        name=store["name"],
        platform=TITLES[store["platform"]],
        domain=store["shop_domain"],
        badge=badge,
        why=why,
        requests=store["requests"],
        to_ship=store["to_ship"],
        last_pulled_at=store["last_pulled_at"],
    )


def connection_of(store: Record) -> tuple[Badge, str | None]:
    """Say how a connection stands, and what is wrong with it."""
    if store["disconnected_reason"]:
        return Badge(words="Not connected", tone="declined", icon="x"), store["disconnected_reason"]
    if store["trouble"]:
        return Badge(words="In trouble", tone="urgent", icon="alert-triangle"), store["trouble"]
    if store["paused"]:
        return Badge(words="Paused", tone="hold", icon="player-pause"), None
    if store["service_id"] is None:
        return Badge(words="Being set up", tone="requested", icon="arrow-right"), None
    return Badge(words="Connected", tone="fulfilled", icon="circle-check"), None
