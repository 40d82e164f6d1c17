"""The assignments of all connected stores: views as tabs, search, pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from crossdock.runtime.badges import Badge, Tab
from crossdock.runtime.clock import read_face
from crossdock.runtime.connection import Connection
from crossdock.runtime.forms import number
from crossdock.runtime.live import live_page
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.service.dashboard.desk import Client, clients, desk_of
from crossdock.service.dashboard.standing import standing
from crossdock.service.database.assignments import Assignment, decoder

PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class View:
    """A tab: the assignments of which `having` is true. Those that wait for someone are counted."""

    name: str
    words: str
    having: str = "true"
    counted: bool = False
    urgent: bool = False


VIEWS = (
    View(name="", words="All"),
    View(name="requests", words="Requests", having="a.status IN ('received', 'accepting')", counted=True),
    View(name="to_ship", words="To ship", having="a.status = 'accepted'", counted=True),
    View(
        name="cancellations",
        words="Cancellations",
        having="a.status = 'cancelling' OR a.status = 'accepted' AND a.store_request_status = 'cancellation_requested'",
        counted=True,
        urgent=True,
    ),
    View(
        name="trouble",
        words="Trouble",
        having="a.answer_state IN ('refused', 'failed') AND a.status NOT IN ('closed', 'cancelled', 'shipped')",
        counted=True,
        urgent=True,
    ),
    View(name="shipped", words="Shipped", having="a.status = 'shipped'"),
    View(name="declined", words="Declined", having="a.status IN ('rejecting', 'rejected')"),
    View(name="cancelled", words="Cancelled", having="a.status = 'cancelled'"),
    View(name="closed", words="Closed", having="a.status IN ('closing', 'closed')"),
)
BY_NAME: Mapping[str, View] = {view.name: view for view in VIEWS}
COUNTED = tuple(view for view in VIEWS if view.counted)

# What of all assignments the counted ones are among.
UNDER_WAY = "a.status IN ('received', 'accepting', 'accepted', 'rejecting', 'cancelling', 'closing', 'rejected')"

COUNT = f"""
    SELECT {", ".join(f"count(*) FILTER (WHERE {view.having}) AS {view.name}" for view in COUNTED)}
    FROM assignments a
    WHERE a.store_id = ANY ($1::bigint[])
        AND {UNDER_WAY}
"""

FOUND = """ AND (
    a.order_name IN ($3, '#' || $3) OR a.fulfillment_order_id = $4::bigint
    OR strpos(lower(concat_ws(' ', a.destination->>'first_name', a.destination->>'last_name')), lower($3)) > 0
    OR EXISTS (SELECT FROM assignment_lines l WHERE l.store_id = a.store_id
        AND l.fulfillment_order_id = a.fulfillment_order_id AND lower(l.sku) = lower($3))
    OR EXISTS (SELECT FROM parcel_numbers n JOIN parcels p ON p.store_id = n.store_id AND p.id = n.parcel_id
        WHERE n.store_id = a.store_id AND n.tracking_number = $3 AND p.fulfillment_order_id = a.fulfillment_order_id)
)"""

LIST = """
    SELECT coalesce(
        json_agg(found ORDER BY received_at DESC, store_id DESC, fulfillment_order_id DESC), '[]'
    )::text
    FROM (
        SELECT a.*, (SELECT coalesce(json_agg(line ORDER BY line.id), '[]') FROM (
            SELECT l.id, l.order_line_id, l.inventory_item_id, l.sku, l.quantity, l.shipped, l.fault
            FROM assignment_lines l
            WHERE l.store_id = a.store_id AND l.fulfillment_order_id = a.fulfillment_order_id
        ) line) AS lines
        FROM assignments a
        WHERE a.store_id = ANY ($1::bigint[]) AND ({having}) {search} {cursor}
        ORDER BY a.received_at {order}, a.store_id {order}, a.fulfillment_order_id {order}
        LIMIT $2
    ) found
"""


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """Where a page ends: the list's order in one place."""

    received_at: datetime
    store_id: int
    fulfillment_order_id: int

    def __str__(self) -> str:
        return f"{self.received_at.isoformat()}_{self.store_id}_{self.fulfillment_order_id}"

    @classmethod
    def of(cls, assignment: Assignment) -> "Cursor":
        return cls(
            received_at=assignment.received_at,
            store_id=assignment.store_id,
            fulfillment_order_id=assignment.fulfillment_order_id,
        )

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """Return a cursor that an address holds; None for anything that is none."""
        moment, _, ids = text.partition("_")
        store_id, fulfillment_order_id = (number(one) for one in (*ids.split("_"), "", "")[:2])
        try:
            received_at = datetime.fromisoformat(moment)
        except ValueError:
            return None
        if received_at.tzinfo is None or store_id is None or fulfillment_order_id is None:
            return None
        return cls(received_at=received_at, store_id=store_id, fulfillment_order_id=fulfillment_order_id)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the address asks for: the address is the view."""

    view: View
    search: str
    store: int | None
    before: Cursor | None
    after: Cursor | None

    @classmethod
    def of(cls, request: Request) -> "Wanted":
        query = request.query_params
        return cls(
            view=BY_NAME.get(query.get("view", ""), VIEWS[0]),
            search=query.get("q", "").replace("\0", "").strip()[:120],
            store=number(query.get("store", "")),
            before=Cursor.read(query.get("before", "")),
            after=Cursor.read(query.get("after", "")),
        )


@dataclass(frozen=True, kw_only=True)
class Row:
    """An assignment as the list shows it."""

    store: Client
    assignment: Assignment
    badge: Badge
    trouble: bool
    skus: tuple[str, ...]
    customer: str
    country: str


async def assignments(request: Request) -> Response:
    """List the assignments of all stores, or of the one that the address names, newest first."""
    wanted = Wanted.of(request)
    desk = desk_of(request)
    async with acquire_ready(desk.pool) as connection:
        stores = await clients(connection)
        chosen = [store_id for store_id in stores if wanted.store in {None, store_id}]
        found, older, newer = await find(connection, chosen, wanted)
        (counts,) = await connection.fetch(COUNT, chosen)
        clock = await read_face(desk.clock, connection)
    return live_page(
        request,
        "assignments.html",
        "assignments_list.html",
        side="service",
        clock=clock,
        stores=stores,
        tabs=[
            Tab(name=view.name, words=view.words, count=counts[view.name] if view.counted else 0, urgent=view.urgent)
            for view in VIEWS
        ],
        view=wanted.view,
        search=wanted.search,
        store=stores.get(wanted.store) if wanted.store is not None else None,
        rows=[row(assignment, stores[assignment.store_id]) for assignment in found],
        older=older,
        newer=newer,
    )


async def find(
    connection: Connection, stores: Sequence[int], wanted: Wanted
) -> tuple[Sequence[Assignment], Cursor | None, Cursor | None]:
    """Return a page, newest first, and where to go on to older and to newer ones."""
    backwards = wanted.after is not None and wanted.before is None
    cursor = wanted.after if backwards else wanted.before
    parameters: list[object] = [stores, PER_PAGE + 1]
    if wanted.search:
        parameters += [wanted.search, number(wanted.search)]
    condition = ""
    if cursor is not None:
        first = len(parameters) + 1
        condition = f"""AND (a.received_at, a.store_id, a.fulfillment_order_id) {">" if backwards else "<"}
            (${first}::timestamptz, ${first + 1}::bigint, ${first + 2}::bigint)"""
        parameters += [cursor.received_at, cursor.store_id, cursor.fulfillment_order_id]
    statement = LIST.format(
        having=wanted.view.having,
        search=FOUND if wanted.search else "",
        cursor=condition,
        order="ASC" if backwards else "DESC",
    )
    found = decoder.decode(await connection.fetchval(statement, *parameters))
    more = len(found) > PER_PAGE
    page = found[-PER_PAGE:] if backwards else found[:PER_PAGE]
    older = Cursor.of(page[-1]) if page and (more or backwards) else None
    newer = Cursor.of(page[0]) if page and (more if backwards else cursor is not None) else None
    return page, older, newer


def row(assignment: Assignment, store: Client) -> Row:
    to = assignment.destination
    how = standing(assignment)
    return Row(
        store=store,
        assignment=assignment,
        badge=how.badge,
        trouble=how.trouble is not None,
        skus=tuple(dict.fromkeys(line.sku or "unknown SKU" for line in assignment.lines)),
        customer=" ".join(filter(None, (to.first_name, to.last_name))) if to else "",
        country=(to.country_code or "") if to else "",
    )
