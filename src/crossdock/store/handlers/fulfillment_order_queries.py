"""Reading fulfillment orders, as far as the caller may see them: what is hidden looks like what is not there."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from crossdock.domain.moving import has_somewhere_to_go
from crossdock.domain.places import Location
from crossdock.domain.queries import (
    AssignmentStatus,
    FulfillmentOrderFound,
    GetFulfillmentOrder,
    ListAssignedFulfillmentOrders,
    ListFulfillmentOrders,
    ListLocationsForMove,
    LocationForMove,
    Page,
    Unmovable,
)
from crossdock.domain.states import RequestStatus
from crossdock.runtime.connection import Connection
from crossdock.store.database.orders import load_orders
from crossdock.store.handlers.context import QueryHandler, ReadContext
from crossdock.store.handlers.order_queries import find_order, find_order_of
from crossdock.store.handlers.windows import page_of, slice_of

# Source: Shopify REST, AssignedFulfillmentOrder; that work goes on after a rejected cancellation is inferred.
REQUEST_STATUSES: Mapping[AssignmentStatus, tuple[RequestStatus, ...]] = {
    AssignmentStatus.CANCELLATION_REQUESTED: (RequestStatus.CANCELLATION_REQUESTED,),
    AssignmentStatus.FULFILLMENT_REQUESTED: (RequestStatus.SUBMITTED,),
    AssignmentStatus.FULFILLMENT_ACCEPTED: (RequestStatus.ACCEPTED, RequestStatus.CANCELLATION_REJECTED),
    AssignmentStatus.FULFILLMENT_UNSUBMITTED: (RequestStatus.UNSUBMITTED,),
}

ASSIGNED = """
    SELECT id, order_id FROM fulfillment_orders
    WHERE shop_id = $1 AND location_id = ANY ($2::bigint[]) AND request_status = ANY ($3::text[])
        AND status <> 'closed' AND id > $4 AND id < $5
    ORDER BY id {direction} LIMIT $6
"""


STOCKING = """
    SELECT inventory_item_id, location_id, id FROM inventory_levels
    WHERE shop_id = $1 AND inventory_item_id = ANY ($2::bigint[]) AND active
"""


async def list_fulfillment_orders(
    connection: Connection, query: ListFulfillmentOrders, context: ReadContext
) -> tuple[FulfillmentOrderFound, ...]:
    """Return what the caller may see of an order's; what is left out is noted."""
    order = await find_order(connection, query.order_id, context)
    found = []
    for each in order.fulfillment_orders:
        if context.caller.may_read(context.locations[each.location_id]):
            found.append(FulfillmentOrderFound(order=order, fulfillment_order=each))
        else:
            context.hide("fulfillment order", each.id, order.id, each.location_id)
    return await looked_around(connection, found, context)


async def get_fulfillment_order(
    connection: Connection, query: GetFulfillmentOrder, context: ReadContext
) -> FulfillmentOrderFound:
    order = await find_order_of(connection, query.fulfillment_order_id, context)
    one = order.fulfillment_order(query.fulfillment_order_id)
    (found,) = await looked_around(connection, [FulfillmentOrderFound(order=order, fulfillment_order=one)], context)
    return found


async def list_assigned_fulfillment_orders(
    connection: Connection, query: ListAssignedFulfillmentOrders, context: ReadContext
) -> Page[FulfillmentOrderFound]:
    asked = (query.assignment_status,) if query.assignment_status else ()
    statuses = [status for each in asked for status in REQUEST_STATUSES[each]] or list(RequestStatus)
    part = slice_of(query.window)
    rows = await connection.fetch(
        ASSIGNED.format(direction=part.direction),
        context.shop_id,
        own_locations(context, query.location_ids),
        statuses,
        part.above,
        part.below,
        part.limit,
    )
    page = page_of(query.window, rows, lambda row: row["id"])
    orders = await load_orders(connection, context.shop_id, {row["order_id"] for row in page.items})
    found = [
        FulfillmentOrderFound(order=order, fulfillment_order=order.fulfillment_order(row["id"]))
        for row in page.items
        for order in (orders[row["order_id"]],)
    ]
    items = await looked_around(connection, found, context)
    return Page(items=items, next=page.next, previous=page.previous)


async def looked_around(
    connection: Connection, found: Sequence[FulfillmentOrderFound], context: ReadContext
) -> tuple[FulfillmentOrderFound, ...]:
    """Say of each fulfillment order whether another location could have it; note the ids of levels, if asked."""
    lines = [line for each in found for line in each.fulfillment_order.lines]
    items = {line.inventory_item_id for line in lines if line.remaining or context.level_ids is not None}
    rows = await connection.fetch(STOCKING, context.shop_id, list(items - {None}))
    stocking: defaultdict[int | None, set[int]] = defaultdict(set)
    for row in rows:
        stocking[row["inventory_item_id"]].add(row["location_id"])
    if context.level_ids is not None:
        context.level_ids.update({(row["inventory_item_id"], row["location_id"]): row["id"] for row in rows})
    places = context.locations.values()
    return tuple(replace(each, movable=has_somewhere_to_go(each.fulfillment_order, places, stocking)) for each in found)


async def list_locations_for_move(
    connection: Connection, query: ListLocationsForMove, context: ReadContext
) -> tuple[LocationForMove, ...]:
    """Return the active locations by name. What is not stocked anywhere can be shipped from anywhere."""
    order = await find_order_of(connection, query.fulfillment_order_id, context)
    standing = order.fulfillment_order(query.fulfillment_order_id)
    left = [line for line in standing.lines if line.remaining]
    items = {line.inventory_item_id for line in left if line.inventory_item_id is not None}
    rows = await connection.fetch(STOCKING, context.shop_id, list(items))
    stocking = {row["location_id"] for row in rows}
    free = any(line.inventory_item_id is None for line in left)

    def why_not(location: Location) -> Unmovable | None:
        if location.id == standing.location_id:
            return Unmovable.CURRENT
        return None if free or location.id in stocking else Unmovable.NOT_STOCKED

    places = sorted((each for each in context.locations.values() if each.active), key=lambda each: each.name)
    return tuple(LocationForMove(location=place, why_not=why_not(place)) for place in places)


def own_locations(context: ReadContext, asked: tuple[int, ...]) -> list[int]:
    """Return the locations of the caller's services, only those asked for if any are."""
    return [
        location.id
        for location in context.locations.values()
        if location.service is not None
        and location.service.app_id == context.caller.app_id
        and (not asked or location.id in asked)
    ]


QUERIES: Mapping[type, QueryHandler] = {
    ListFulfillmentOrders: list_fulfillment_orders,
    GetFulfillmentOrder: get_fulfillment_order,
    ListLocationsForMove: list_locations_for_move,
}
