"""Searching a shop's fulfillment orders: ids first, by columns; then their orders; then what is stocked."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from asyncpg import Record

from crossdock.domain.orders import Order
from crossdock.domain.queries import (
    AssignmentStatus,
    FulfillmentOrderFound,
    ListAssignedFulfillmentOrders,
    Page,
)
from crossdock.domain.stock import InventoryLevel
from crossdock.domain.work_queries import (
    AvailableLocation,
    FindFulfillmentOrders,
    ListAvailableLocations,
    available_locations,
)
from crossdock.domain.work_status import WorkRequestStatus
from crossdock.runtime.connection import Connection
from crossdock.store.database.orders import load_orders
from crossdock.store.database.work_statuses import having_request_status, having_status
from crossdock.store.handlers.context import QueryHandler, ReadContext
from crossdock.store.handlers.fulfillment_order_queries import (
    list_assigned_fulfillment_orders,
    looked_around,
    own_locations,
)
from crossdock.store.handlers.order_queries import Conditions, find_order_of
from crossdock.store.handlers.windows import page_of, slice_of

FIND = """
    SELECT f.id, f.order_id FROM fulfillment_orders f JOIN orders o ON o.shop_id = f.shop_id AND o.id = f.order_id
    WHERE {conditions} ORDER BY f.id {direction} LIMIT {limit}
"""
OF_GOODS = """EXISTS (
    SELECT FROM fulfillment_order_lines l JOIN order_lines b ON b.shop_id = l.shop_id AND b.id = l.order_line_id
    WHERE l.shop_id = f.shop_id AND l.fulfillment_order_id = f.id AND {goods}
)"""
LEVELS = """
    SELECT l.inventory_item_id, l.location_id, l.id, l.available, v.managed_by IS NOT NULL AS tracked, v.may_oversell
    FROM inventory_levels l
    JOIN variants v ON v.shop_id = l.shop_id AND v.inventory_item_id = l.inventory_item_id
    WHERE l.shop_id = $1 AND l.inventory_item_id = ANY ($2::bigint[]) AND l.active
"""
# Source: 29 Next: which list a request is in is what its request status says.
PLAIN_STATUSES: Mapping[AssignmentStatus, WorkRequestStatus] = {
    AssignmentStatus.CANCELLATION_REQUESTED: WorkRequestStatus.CANCEL_REQUESTED,
    AssignmentStatus.FULFILLMENT_REQUESTED: WorkRequestStatus.REQUESTED,
    AssignmentStatus.FULFILLMENT_ACCEPTED: WorkRequestStatus.ACCEPTED,
    AssignmentStatus.FULFILLMENT_UNSUBMITTED: WorkRequestStatus.PENDING,
}


async def find_fulfillment_orders(
    connection: Connection, query: FindFulfillmentOrders, context: ReadContext
) -> Page[FulfillmentOrderFound]:
    conditions = conditions_of(query, context)
    part = slice_of(query.window)
    conditions.add("f.id > {}", part.above)
    conditions.add("f.id < {}", part.below)
    statement = FIND.format(conditions=conditions, direction=part.direction, limit=int(part.limit))
    page = page_of(query.window, await connection.fetch(statement, *conditions.values), lambda row: row["id"])
    orders = await load_orders(connection, context.shop_id, {row["order_id"] for row in page.items})
    found = await looked_around(connection, list(_found(orders, page.items)), context)
    return Page(items=found, next=page.next, previous=page.previous)


def _found(orders: Mapping[int, Order], rows: Iterable[Record]) -> Iterable[FulfillmentOrderFound]:
    for row in rows:
        order = orders[row["order_id"]]
        yield FulfillmentOrderFound(order=order, fulfillment_order=order.fulfillment_order(row["id"]))


def conditions_of(query: FindFulfillmentOrders, context: ReadContext) -> Conditions:
    """Return what a list asks for, of what the caller may see."""
    conditions = Conditions([context.shop_id], ["f.shop_id = $1", "o.deleted_at IS NULL"])
    conditions.add("f.location_id = ANY ({}::bigint[])", _places(query, context))
    conditions.add("f.id = ANY ({}::bigint[])", list(query.ids) or None)
    conditions.add("o.number = {}", query.order_number)
    conditions.add("o.shipping_code = ANY ({}::text[])", list(query.shipping_codes) or None)
    if query.created_from is not None:
        conditions.add("f.created_at >= {}", begins(query.created_from, context))
    if query.created_to is not None and query.created_to < date.max:
        conditions.add("f.created_at < {}", begins(query.created_to + timedelta(days=1), context))
    if query.statuses:
        conditions.terms.append(having_status(query.statuses))
    if query.request_statuses:
        conditions.terms.append(having_request_status(query.request_statuses))
    either = "(b.product_id = ANY ({0}::bigint[]) OR b.variant_id = ANY ({0}::bigint[]))"
    conditions.add(OF_GOODS.format(goods=either), list(query.products) or None)
    conditions.add(OF_GOODS.format(goods="b.sku = ANY ({}::text[])"), list(query.skus) or None)
    return conditions


def _places(query: FindFulfillmentOrders, context: ReadContext) -> list[int] | None:
    """Return the locations to look at; None for all of the shop's."""
    if query.assigned:
        return own_locations(context, query.location_ids)
    visible = [each.id for each in context.locations.values() if context.caller.may_read(each)]
    if query.location_ids:
        return [each for each in visible if each in query.location_ids]
    return visible if len(visible) < len(context.locations) else None


def begins(day: date, context: ReadContext) -> datetime:
    """Return when a day begins in the shop."""
    return datetime.combine(day, time(), ZoneInfo(context.shop.timezone)).astimezone(UTC)


async def list_assigned(
    connection: Connection, query: ListAssignedFulfillmentOrders, context: ReadContext
) -> Page[FulfillmentOrderFound]:
    if not query.plainly:
        return await list_assigned_fulfillment_orders(connection, query, context)
    status = query.assignment_status
    return await find_fulfillment_orders(
        connection,
        FindFulfillmentOrders(
            assigned=True,
            location_ids=query.location_ids,
            request_statuses=(PLAIN_STATUSES[status],) if status else (),
            created_from=query.created_from,
            created_to=query.created_to,
            window=query.window,
        ),
        context,
    )


async def list_available_locations(
    connection: Connection, query: ListAvailableLocations, context: ReadContext
) -> tuple[AvailableLocation, ...]:
    """Raises: NotFound."""
    order = await find_order_of(connection, query.fulfillment_order_id, context)
    standing = order.fulfillment_order(query.fulfillment_order_id)
    items = {line.inventory_item_id for line in standing.lines if line.remaining} - {None}
    rows = await connection.fetch(LEVELS, context.shop_id, list(items))
    levels = {(row["inventory_item_id"], row["location_id"]): InventoryLevel(**row) for row in rows}
    return available_locations(order, standing, context.locations, levels)


QUERIES: Mapping[type, QueryHandler] = {
    FindFulfillmentOrders: find_fulfillment_orders,
    ListAssignedFulfillmentOrders: list_assigned,
    ListAvailableLocations: list_available_locations,
}
