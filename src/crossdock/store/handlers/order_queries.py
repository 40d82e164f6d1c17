"""Reading orders: a first statement finds ids by columns, a second loads the aggregates, however many there are."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crossdock.domain.orders import Fulfillment, Order
from crossdock.domain.queries import (
    CarrierEventFound,
    CountFulfillments,
    CountOrders,
    FulfillmentFound,
    GetCarrierEvent,
    GetFulfillment,
    GetOrder,
    ListCarrierEvents,
    ListFulfillments,
    ListOrders,
    Page,
    Spans,
)
from crossdock.domain.refusals import Invalid, NotFound
from crossdock.runtime.connection import Connection
from crossdock.store.database.orders import load_orders
from crossdock.store.handlers.context import QueryHandler, ReadContext
from crossdock.store.handlers.windows import page_of, slice_of, window_over

# Source: Shopify REST, orders list, `status` and `fulfillment_status`.
STATUSES = {
    "open": "closed_at IS NULL AND cancelled_at IS NULL",
    "closed": "closed_at IS NOT NULL",
    "cancelled": "cancelled_at IS NOT NULL",
    "any": "true",
}
FULFILLMENT_STATUSES = {
    "shipped": "fulfillment_status = 'fulfilled'",
    "fulfilled": "fulfillment_status = 'fulfilled'",
    "partial": "fulfillment_status = 'partial'",
    "unshipped": "fulfillment_status IS NULL",
    "unfulfilled": "fulfillment_status IS DISTINCT FROM 'fulfilled'",
    "any": "true",
}


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a list asks for, as SQL with its parameters. Only what is asked stands in it, so that indexes serve it."""

    values: list[object]
    terms: list[str] = field(default_factory=list)

    def add(self, term: str, value: object) -> None:
        """Add a condition with its parameter in place of `{}`, unless there is nothing to compare with."""
        if value is not None:
            self.values.append(value)
            self.terms.append(term.format(f"${len(self.values)}"))

    def __str__(self) -> str:
        return " AND ".join(self.terms)


def conditions_of(query: ListOrders, context: ReadContext) -> Conditions:
    """Raises: Invalid for a status that is none."""
    for name, value, words in (
        ("status", query.status, STATUSES),
        ("fulfillment_status", query.fulfillment_status or "any", FULFILLMENT_STATUSES),
    ):
        if value not in words:
            raise Invalid(name, "is not included in the list")
    names = None if query.name is None else [query.name, f"#{query.name}"]
    financial_status = None if query.financial_status in {None, "any"} else query.financial_status
    conditions = Conditions([context.shop_id], ["shop_id = $1", "deleted_at IS NULL", STATUSES[query.status]])
    conditions.terms.append(FULFILLMENT_STATUSES[query.fulfillment_status or "any"])
    conditions.add("id = ANY ({}::bigint[])", list(query.ids) or None)
    conditions.add("name = ANY ({}::text[])", names)
    conditions.add("financial_status = {}", financial_status)
    conditions.add("app_id = {}", context.caller.app_id if query.own_app else query.app_id)
    conditions.add("processed_at >= {}", query.processed_at_min)
    conditions.add("processed_at <= {}", query.processed_at_max)
    conditions.add("created_at >= {}", query.spans.created_at_min)
    conditions.add("created_at <= {}", query.spans.created_at_max)
    conditions.add("updated_at >= {}", query.spans.updated_at_min)
    conditions.add("updated_at <= {}", query.spans.updated_at_max)
    conditions.add("created_at >= {}", context.orders_since)
    return conditions


async def list_orders(connection: Connection, query: ListOrders, context: ReadContext) -> Page[Order]:
    conditions = conditions_of(query, context)
    part = slice_of(query.window)
    conditions.add("id > {}", part.above)
    conditions.add("id < {}", part.below)
    rows = await connection.fetch(
        f"SELECT id FROM orders WHERE {conditions} ORDER BY id {part.direction} LIMIT {part.limit:d}",
        *conditions.values,
    )
    page = page_of(query.window, [row["id"] for row in rows], int)
    orders = await load_orders(connection, context.shop_id, page.items)
    return Page(items=tuple(orders[each] for each in page.items), next=page.next, previous=page.previous)


async def count_orders(connection: Connection, query: CountOrders, context: ReadContext) -> int:
    conditions = conditions_of(query.filters, context)
    count: int = await connection.fetchval(f"SELECT count(*) FROM orders WHERE {conditions}", *conditions.values)
    return count


async def find_order(connection: Connection, order_id: int, context: ReadContext) -> Order:
    """Raises: NotFound."""
    orders = await load_orders(connection, context.shop_id, [order_id])
    if order_id not in orders:
        raise NotFound("order", order_id)
    return orders[order_id]


async def get_order(connection: Connection, query: GetOrder, context: ReadContext) -> Order:
    """Raises: NotFound, also for an order that is too old for the caller."""
    order = await find_order(connection, query.order_id, context)
    if context.orders_since is not None and order.created_at < context.orders_since:
        raise NotFound("order", query.order_id)
    return order


async def list_fulfillments(
    connection: Connection, query: ListFulfillments, context: ReadContext
) -> Page[FulfillmentFound]:
    """Return the fulfillments of an order, or those that hold units of a fulfillment order."""
    if query.fulfillment_order_id is not None:
        order = await find_order_of(connection, query.fulfillment_order_id, context)
    else:
        order = await find_order(connection, query.order_id or 0, context)
    found = [
        FulfillmentFound(order=order, fulfillment=fulfillment)
        for fulfillment in visible_fulfillments(order, query.spans, context)
        if query.fulfillment_order_id is None
        or any(line.fulfillment_order_id == query.fulfillment_order_id for line in fulfillment.lines)
    ]
    return window_over(query.window, found, lambda each: each.fulfillment.id)


def visible_fulfillments(order: Order, spans: Spans, context: ReadContext) -> list[Fulfillment]:
    """Return the fulfillments of an order that the caller may see and that are of these times; note the others."""
    found = []
    for each in order.fulfillments:
        if not context.caller.may_see_parcels_of(context.locations[each.location_id]):
            context.hide("fulfillment", each.id, order.id, each.location_id)
        elif spans.has(each.created_at, each.updated_at):
            found.append(each)
    return found


async def find_fulfillment(
    connection: Connection, order_id: int, fulfillment_id: int, context: ReadContext
) -> FulfillmentFound:
    """Raises: NotFound, also when the caller may not see it."""
    order = await find_order(connection, order_id, context)
    for fulfillment in visible_fulfillments(order, Spans(), context):
        if fulfillment.id == fulfillment_id:
            return FulfillmentFound(order=order, fulfillment=fulfillment)
    raise NotFound("fulfillment", fulfillment_id)


async def get_fulfillment(connection: Connection, query: GetFulfillment, context: ReadContext) -> FulfillmentFound:
    return await find_fulfillment(connection, query.order_id, query.fulfillment_id, context)


async def count_fulfillments(connection: Connection, query: CountFulfillments, context: ReadContext) -> int:
    order = await find_order(connection, query.order_id, context)
    return len(visible_fulfillments(order, query.spans, context))


async def list_carrier_events(
    connection: Connection, query: ListCarrierEvents, context: ReadContext
) -> tuple[CarrierEventFound, ...]:
    found = await find_fulfillment(connection, query.order_id, query.fulfillment_id, context)
    return tuple(
        CarrierEventFound(order=found.order, fulfillment=found.fulfillment, event=event)
        for event in found.fulfillment.events
    )


async def get_carrier_event(connection: Connection, query: GetCarrierEvent, context: ReadContext) -> CarrierEventFound:
    asked = ListCarrierEvents(order_id=query.order_id, fulfillment_id=query.fulfillment_id)
    for found in await list_carrier_events(connection, asked, context):
        if found.event.id == query.event_id:
            return found
    raise NotFound("fulfillment event", query.event_id)


async def find_order_of(connection: Connection, fulfillment_order_id: int, context: ReadContext) -> Order:
    """Return the order that a fulfillment order belongs to. Raises: NotFound, also when the caller may not see it."""
    row = await connection.fetchrow(
        "SELECT order_id, location_id FROM fulfillment_orders WHERE shop_id = $1 AND id = $2",
        context.shop_id,
        fulfillment_order_id,
    )
    if row is None or not context.caller.may_read(context.locations[row["location_id"]]):
        raise NotFound("fulfillment order", fulfillment_order_id)
    return await find_order(connection, row["order_id"], context)


QUERIES: Mapping[type, QueryHandler] = {
    ListOrders: list_orders,
    CountOrders: count_orders,
    GetOrder: get_order,
    ListFulfillments: list_fulfillments,
    GetFulfillment: get_fulfillment,
    CountFulfillments: count_fulfillments,
    ListCarrierEvents: list_carrier_events,
    GetCarrierEvent: get_carrier_event,
}
