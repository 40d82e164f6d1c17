"""Orders and what belongs to them, by id and many at once: one statement finds the orders, another loads them whole."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from crossdock.domain.orders import Order
from crossdock.domain.queries import FulfillmentFound, FulfillmentOrderFound, GetFulfillmentOrder, GetOrder
from crossdock.domain.searching import FindPart, FindStocking, Part
from crossdock.runtime.connection import Connection
from crossdock.store.database.orders import load_orders
from crossdock.store.handlers.context import Loader, ReadContext
from crossdock.store.handlers.fulfillment_order_queries import STOCKING

_OF_FULFILLMENT_ORDER = """
    SELECT part.id, f.order_id, f.id AS owner FROM {table} part
    JOIN fulfillment_orders f ON f.shop_id = part.shop_id AND f.id = part.fulfillment_order_id
    WHERE part.shop_id = $1 AND part.id = ANY ($2::bigint[])
"""
_OF_FULFILLMENT = """
    SELECT part.id, f.order_id, f.id AS owner FROM {table} part
    JOIN fulfillments f ON f.shop_id = part.shop_id AND f.id = part.fulfillment_id
    WHERE part.shop_id = $1 AND part.id = ANY ($2::bigint[])
"""
_OF_ORDER = "SELECT id, order_id, id AS owner FROM {table} WHERE shop_id = $1 AND id = ANY ($2::bigint[])"

# Where each part stands: the order that it is of, and the fulfillment or fulfillment order within it.
OWNERS: Mapping[Part, str] = {
    Part.LINE: _OF_ORDER.format(table="order_lines"),
    Part.FULFILLMENT: _OF_ORDER.format(table="fulfillments"),
    Part.FULFILLMENT_LINE: _OF_FULFILLMENT.format(table="fulfillment_lines"),
    Part.CARRIER_EVENT: _OF_FULFILLMENT.format(table="carrier_events"),
    Part.FULFILLMENT_ORDER_LINE: _OF_FULFILLMENT_ORDER.format(table="fulfillment_order_lines"),
    Part.MERCHANT_REQUEST: _OF_FULFILLMENT_ORDER.format(table="merchant_requests"),
    Part.HOLD: _OF_FULFILLMENT_ORDER.format(table="holds"),
}
_FULFILLMENTS = frozenset({Part.FULFILLMENT, Part.FULFILLMENT_LINE, Part.CARRIER_EVENT})

ORDERS_OF = "SELECT id, order_id FROM fulfillment_orders WHERE shop_id = $1 AND id = ANY ($2::bigint[])"
Found = Order | FulfillmentFound | FulfillmentOrderFound


async def orders(connection: Connection, queries: Sequence[GetOrder], context: ReadContext) -> Sequence[Order | None]:
    found = await load_orders(connection, context.shop_id, {query.order_id for query in queries})
    return [order if (order := found.get(query.order_id)) and is_shown(order, context) else None for query in queries]


def is_shown(order: Order, context: ReadContext) -> bool:
    """Say whether the caller sees orders of that age."""
    return context.orders_since is None or order.created_at >= context.orders_since


async def fulfillment_orders(
    connection: Connection, queries: Sequence[GetFulfillmentOrder], context: ReadContext
) -> Sequence[FulfillmentOrderFound | None]:
    found = await visible(connection, {query.fulfillment_order_id for query in queries}, context)
    return [found.get(query.fulfillment_order_id) for query in queries]


async def visible(
    connection: Connection, ids: Collection[int], context: ReadContext
) -> dict[int, FulfillmentOrderFound]:
    """Return the fulfillment orders of these ids that the caller may see, with their orders."""
    rows = await connection.fetch(ORDERS_OF, context.shop_id, list(ids))
    whole = await load_orders(connection, context.shop_id, {row["order_id"] for row in rows})
    found = {
        row["id"]: FulfillmentOrderFound(order=order, fulfillment_order=order.fulfillment_order(row["id"]))
        for row in rows
        if (order := whole.get(row["order_id"])) is not None
    }
    return {each: one for each, one in found.items() if may_see(one, context)}


def may_see(found: FulfillmentOrderFound, context: ReadContext) -> bool:
    return context.caller.may_read(context.locations[found.fulfillment_order.location_id])


async def parts(connection: Connection, queries: Sequence[FindPart], context: ReadContext) -> Sequence[Found | None]:
    """Answer with what has each part. There are as many statements as kinds of parts."""
    named: defaultdict[Part, set[int]] = defaultdict(set)
    for query in queries:
        named[query.part].add(query.id)
    owners: dict[tuple[Part, int], tuple[int, int]] = {}
    for part, ids in named.items():
        for row in await connection.fetch(OWNERS[part], context.shop_id, list(ids)):
            owners[part, row["id"]] = (row["order_id"], row["owner"])
    whole = await load_orders(connection, context.shop_id, {order_id for order_id, _ in owners.values()})

    def answer(query: FindPart) -> Found | None:
        order_id, owner = owners.get((query.part, query.id), (0, 0))
        order = whole.get(order_id)
        if order is None:
            return None
        if query.part is Part.LINE:
            return order if is_shown(order, context) else None
        if query.part in _FULFILLMENTS:
            fulfillment = order.fulfillment(owner)
            seen = context.caller.may_see_parcels_of(context.locations[fulfillment.location_id])
            return FulfillmentFound(order=order, fulfillment=fulfillment) if seen else None
        found = FulfillmentOrderFound(order=order, fulfillment_order=order.fulfillment_order(owner))
        return found if may_see(found, context) else None

    return [answer(query) for query in queries]


async def stocking(
    connection: Connection, queries: Sequence[FindStocking], context: ReadContext
) -> Sequence[frozenset[tuple[int, int]]]:
    """Answer with the pairs of item and location, of active locations only."""
    asked = {item for query in queries for item in query.inventory_item_ids}
    rows = await connection.fetch(STOCKING, context.shop_id, list(asked))
    places: defaultdict[int, set[int]] = defaultdict(set)
    for row in rows:
        if context.locations[row["location_id"]].active:
            places[row["inventory_item_id"]].add(row["location_id"])
    return [
        frozenset((item, location) for item in query.inventory_item_ids for location in places[item])
        for query in queries
    ]


LOADERS: Mapping[type, Loader] = {
    GetOrder: orders,
    GetFulfillmentOrder: fulfillment_orders,
    FindPart: parts,
    FindStocking: stocking,
}
