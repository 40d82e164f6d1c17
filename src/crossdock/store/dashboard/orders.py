"""The orders of a shop: views as tabs, search, pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from crossdock.domain.orders import Order
from crossdock.runtime.badges import Badge, Tab
from crossdock.runtime.connection import Connection
from crossdock.runtime.forms import number
from crossdock.runtime.live import live_page
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.store.dashboard.standing import heirs_of, shown, standing
from crossdock.store.dashboard.visits import Visit, desk_of, visit
from crossdock.store.database.orders import load_orders

PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class View:
    """A tab: the orders that have a live fulfillment order of which `having` is true, or all."""

    name: str
    words: str
    having: str = ""
    urgent: bool = False


VIEWS = (
    View(name="", words="All"),
    View(name="unfulfilled", words="Unfulfilled", having="f.status = 'open' AND f.request_status = 'unsubmitted'"),
    View(name="requested", words="Requested", having="f.status = 'open' AND f.request_status = 'submitted'"),
    View(name="progress", words="In progress", having="f.status = 'in_progress'"),
    View(
        name="cancelling",
        words="Cancellation requested",
        having="f.request_status = 'cancellation_requested'",
        urgent=True,
    ),
    View(name="declined", words="Declined", having="f.status = 'open' AND f.request_status = 'rejected'", urgent=True),
    View(name="given_back", words="Given back", having="f.status IN ('cancelled', 'incomplete')"),
    View(name="held", words="On hold", having="f.status IN ('on_hold', 'scheduled')"),
    View(name="fulfilled", words="Fulfilled"),
)
BY_NAME: Mapping[str, View] = {view.name: view for view in VIEWS}
COUNTED = tuple(view for view in VIEWS if view.having)

# One pass over the live fulfillment orders, however many tabs there are.
COUNT = f"""
    SELECT {", ".join(f"count(*) FILTER (WHERE {view.name}) AS {view.name}" for view in COUNTED)}
    FROM (
        SELECT {", ".join(f"bool_or({view.having}) AS {view.name}" for view in COUNTED)}
        FROM fulfillment_orders f WHERE f.shop_id = $1 AND f.status <> 'closed' GROUP BY f.order_id
    ) live
"""

FOUND = """ AND o.id IN (
    SELECT s.id FROM orders s WHERE s.shop_id = $1 AND (
        s.name IN ($4, '#' || $4) OR lower(s.email) = lower($4)
        OR strpos(lower(concat_ws(' ', s.shipping_address->>'first_name', s.shipping_address->>'last_name')),
            lower($4)) > 0
    )
    UNION ALL SELECT l.order_id FROM order_lines l WHERE l.shop_id = $1 AND lower(l.sku) = lower($4)
    UNION ALL SELECT p.order_id FROM fulfillments p
        WHERE p.shop_id = $1 AND p.tracking @> jsonb_build_array(jsonb_build_object('number', $4))
    UNION ALL SELECT f.order_id FROM fulfillment_orders f WHERE f.shop_id = $1 AND f.id = $5::bigint
)"""


@dataclass(frozen=True, kw_only=True)
class Line:
    """An order as the list shows it."""

    id: int
    name: str
    placed_at: datetime
    customer: str
    country: str
    units: int
    shipped: int
    places: tuple[str, ...]
    badges: tuple[Badge, ...]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the address asks for: the address is the view."""

    view: View
    search: str
    before: int | None
    after: int | None

    @classmethod
    def of(cls, request: Request) -> "Wanted":
        query = request.query_params
        return cls(
            view=BY_NAME.get(query.get("view", ""), VIEWS[0]),
            search=query.get("q", "").replace("\0", "").strip()[:120],
            before=number(query.get("before", "")),
            after=number(query.get("after", "")),
        )


async def orders(request: Request) -> Response:
    """List the orders of a shop, newest first."""
    wanted = Wanted.of(request)
    async with acquire_ready(desk_of(request).pool) as connection:
        here = await visit(request, connection)
        ids, older, newer = await find(connection, here.shop.id, wanted)
        found = await load_orders(connection, here.shop.id, ids)
        (counts,) = await connection.fetch(COUNT, here.shop.id)
    return live_page(
        request,
        "orders.html",
        "orders_list.html",
        side="store",
        clock=here.clock,
        shop=here.shop,
        tabs=[
            Tab(name=view.name, words=view.words, count=counts[view.name] if view.having else 0, urgent=view.urgent)
            for view in VIEWS
        ],
        view=wanted.view,
        search=wanted.search,
        lines=[line(found[order_id], here) for order_id in ids if order_id in found],
        older=older,
        newer=newer,
    )


async def find(connection: Connection, shop_id: int, wanted: Wanted) -> tuple[Sequence[int], int | None, int | None]:
    """Return the ids of a page, newest first, and the ids to go on from to older and to newer ones."""
    backwards = wanted.after is not None and wanted.before is None
    parameters: list[object] = [shop_id, wanted.after if backwards else wanted.before, PER_PAGE + 1]
    if wanted.search:
        parameters += [wanted.search, number(wanted.search)]
    rows = await connection.fetch(
        f"""
        SELECT o.id FROM orders o
        WHERE o.shop_id = $1 AND o.deleted_at IS NULL AND ($2::bigint IS NULL OR o.id {">" if backwards else "<"} $2)
            {condition(wanted.view)} {FOUND if wanted.search else ""}
        ORDER BY o.id {"" if backwards else "DESC"} LIMIT $3
        """,
        *parameters,
    )
    ids = [row["id"] for row in rows[:PER_PAGE]]
    more = len(rows) > PER_PAGE
    if backwards:
        ids.reverse()
    older = ids[-1] if ids and (more or backwards) else None
    newer = ids[0] if ids and (more if backwards else wanted.before is not None) else None
    return ids, older, newer


def condition(view: View) -> str:
    if view.having:
        return f""" AND o.id IN (SELECT f.order_id FROM fulfillment_orders f
            WHERE f.shop_id = $1 AND f.status <> 'closed' AND {view.having})"""
    return " AND o.fulfillment_status = 'fulfilled'" if view.name == "fulfilled" else ""


def line(order: Order, here: Visit) -> Line:
    address = order.shipping_address
    telling = list(shown(order))
    badges = (standing(one, here.who(one.location_id)).badge for one in telling if not heirs_of(order, one))
    return Line(
        id=order.id,
        name=order.name,
        placed_at=order.processed_at,
        customer=" ".join(filter(None, (address.first_name, address.last_name))) if address else (order.email or ""),
        country=(address.country_code or "") if address else "",
        units=sum(one.quantity - one.removed for one in order.lines),
        shipped=sum(order.fulfilled_quantities().values()),
        places=tuple(dict.fromkeys(here.locations[one.location_id].name for one in telling)),
        badges=tuple(dict.fromkeys(badges)),
    )
