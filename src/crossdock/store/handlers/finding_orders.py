"""Finding orders by what stands on them and what became of them, and reading them with what is kept of them.

Lists take three statements, however long: one finds the ids, one loads the orders, one what is kept of them.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from crossdock.domain.finding_orders import FindOrders, OrderSource, OrderStanding
from crossdock.domain.order_details import NO_DETAILS, DetailedOrder, GetDetailedOrder
from crossdock.domain.order_status import NextDeliveryStatus, NextFulfillmentStatus
from crossdock.domain.orders import FIRST_ORDER_NUMBER, FinancialStatus
from crossdock.domain.queries import GetOrder, Page
from crossdock.domain.shipment import ShipmentStatus
from crossdock.runtime.connection import Connection
from crossdock.store.database.order_details import load_details
from crossdock.store.database.orders import load_orders
from crossdock.store.handlers.context import QueryHandler, ReadContext
from crossdock.store.handlers.finding_work import begins
from crossdock.store.handlers.order_queries import Conditions, get_order
from crossdock.store.handlers.windows import page_of, slice_of

_LINE = "EXISTS (SELECT FROM order_lines l WHERE l.shop_id = o.shop_id AND l.order_id = o.id AND {})"
_WORK = "EXISTS (SELECT FROM fulfillment_orders f WHERE f.shop_id = o.shop_id AND f.order_id = o.id AND {})"
_KEPT = "EXISTS (SELECT FROM order_details d WHERE d.shop_id = o.shop_id AND d.order_id = o.id AND {})"
_CUSTOMER = (
    "concat_ws(' ', o.shipping_address->>'first_name', o.shipping_address->>'last_name',"
    " o.billing_address->>'first_name', o.billing_address->>'last_name')"
)
_ADDRESS = "concat_ws(' ', {})".format(
    ", ".join(
        f"o.shipping_address->>'{part}'"
        for part in ("address1", "address2", "address3", "city", "province", "province_code", "zip", "country")
    )
)

STANDINGS: Mapping[OrderStanding, str] = {
    OrderStanding.OPEN: "o.closed_at IS NULL AND o.cancelled_at IS NULL",
    OrderStanding.ARCHIVED: "o.closed_at IS NOT NULL AND o.cancelled_at IS NULL",
    OrderStanding.CANCELED: "o.cancelled_at IS NOT NULL",
}
SOURCES: Mapping[OrderSource, str] = {
    OrderSource.ADMIN_API: "o.app_id IS NOT NULL",
    OrderSource.CHECKOUT: "o.app_id IS NULL AND o.source_name = 'web'",
    OrderSource.DASHBOARD: "o.app_id IS NULL AND o.source_name IS DISTINCT FROM 'web'",
}

# What 29 Next says of an order's fulfillment, most pressing first; what a state of live work says goes before the rest.
# A fulfillment order that is not closed has something left. The same is decided in domain/order_status.py.
_PRESSING: Mapping[NextFulfillmentStatus, str] = {
    NextFulfillmentStatus.REJECTED: _WORK.format("f.request_status = 'rejected' AND f.status = 'open'"),
    NextFulfillmentStatus.ON_HOLD: _WORK.format("f.status = 'on_hold'"),
    NextFulfillmentStatus.PROCESSING: _WORK.format("f.status = 'in_progress'"),
    NextFulfillmentStatus.INCOMPLETE: _WORK.format("f.status = 'incomplete'"),
}
_SHIPPABLE = _LINE.format("l.requires_shipping")
_GONE: Mapping[NextFulfillmentStatus, str] = {
    NextFulfillmentStatus.PARTIALLY_FULFILLED: "o.fulfillment_status = 'partial'",
    NextFulfillmentStatus.FULFILLED: "o.fulfillment_status = 'fulfilled'",
    NextFulfillmentStatus.UNFULFILLED: "o.fulfillment_status IS NULL",
}


def _fulfillment_statuses() -> dict[NextFulfillmentStatus, str]:
    """Return what each word means as a condition."""
    meanings = {NextFulfillmentStatus.NOT_REQUIRED: f"NOT {_SHIPPABLE}"}
    above: list[str] = []
    for status, pressing in _PRESSING.items():
        meanings[status] = " AND ".join([pressing, _SHIPPABLE, *(f"NOT {each}" for each in above)])
        above.append(pressing)
    for status, gone in _GONE.items():
        meanings[status] = " AND ".join([gone, _SHIPPABLE, *(f"NOT {each}" for each in above)])
    return meanings


FULFILLMENT_STATUSES = _fulfillment_statuses()

# Of a parcel's events the newest counts, and none after the first delivery; without events its tracking says it.
_DELIVERY: Mapping[NextDeliveryStatus, tuple[ShipmentStatus, ...]] = {
    NextDeliveryStatus.TRACKING_ADDED: (
        ShipmentStatus.LABEL_PRINTED,
        ShipmentStatus.LABEL_PURCHASED,
        ShipmentStatus.CONFIRMED,
        ShipmentStatus.READY_FOR_PICKUP,
    ),
    NextDeliveryStatus.IN_TRANSIT: (
        ShipmentStatus.CARRIER_PICKED_UP,
        ShipmentStatus.PICKED_UP,
        ShipmentStatus.IN_TRANSIT,
    ),
    NextDeliveryStatus.OUT_FOR_DELIVERY: (ShipmentStatus.OUT_FOR_DELIVERY,),
    NextDeliveryStatus.ATTEMPTED_DELIVERY: (ShipmentStatus.ATTEMPTED_DELIVERY,),
    NextDeliveryStatus.FAILED_DELIVERY: (ShipmentStatus.FAILURE,),
    NextDeliveryStatus.DELIVERED: (ShipmentStatus.DELIVERED,),
    NextDeliveryStatus.DELAYED: (ShipmentStatus.DELAYED,),
}
_NEWEST_EVENT = """(SELECT e.status FROM carrier_events e WHERE e.shop_id = p.shop_id AND e.fulfillment_id = p.id
    ORDER BY e.status = 'delivered' DESC, e.happened_at DESC, e.id DESC LIMIT 1)"""
_PARCEL = f"""EXISTS (SELECT FROM fulfillments p WHERE p.shop_id = o.shop_id AND p.order_id = o.id
    AND p.status = 'success' AND coalesce({_NEWEST_EVENT}, CASE WHEN EXISTS (
        SELECT FROM jsonb_array_elements(p.tracking) t WHERE t->>'number' <> ''
    ) THEN '{ShipmentStatus.LABEL_PRINTED}' END) = ANY ({{}}::text[]))"""

# Fulfillment orders that count: to be shipped yet, or shipped from.
_SPLIT = """(SELECT count(*) FROM fulfillment_orders f WHERE f.shop_id = o.shop_id AND f.order_id = o.id
    AND (f.status <> 'closed' OR EXISTS (
        SELECT FROM fulfillments p JOIN fulfillment_lines l ON l.shop_id = p.shop_id AND l.fulfillment_id = p.id
        WHERE p.shop_id = o.shop_id AND p.order_id = o.id AND p.status = 'success' AND l.fulfillment_order_id = f.id
    ))) > 1"""
_OWED = "o.financial_status IN ('{}') AND o.cancelled_at IS NULL".format(
    "', '".join((FinancialStatus.PENDING, FinancialStatus.AUTHORIZED, FinancialStatus.PARTIALLY_PAID))
)
_TEXTS = (
    f"(o.number + {FIRST_ORDER_NUMBER})::text",
    "lower(coalesce(o.email, ''))",
    f"lower({_CUSTOMER})",
)


def conditions_of(query: FindOrders, context: ReadContext) -> Conditions:
    conditions = Conditions([context.shop_id], ["o.shop_id = $1", "o.deleted_at IS NULL"])
    if query.impossible:
        conditions.terms.append("false")
    _add_texts(conditions, query)
    _add_lists(conditions, query)
    for meant in (
        [STANDINGS[each] for each in query.standings],
        [SOURCES[each] for each in query.sources],
        [FULFILLMENT_STATUSES[each] for each in query.fulfillment_statuses],
    ):
        if meant:
            conditions.terms.append(_any(meant))
    for wanted, term in ((query.owing, _OWED), (query.split, _SPLIT)):
        if wanted is not None:
            conditions.terms.append(f"({term})" if wanted else f"NOT ({term})")
    if query.placed_from is not None:
        conditions.add("o.processed_at >= {}", begins(query.placed_from, context))
    if query.placed_to is not None:
        conditions.add("o.processed_at < {}", begins(query.placed_to + timedelta(days=1), context))
    conditions.add("o.created_at >= {}", context.orders_since)
    return conditions


def _add_texts(conditions: Conditions, query: FindOrders) -> None:
    text = query.text and query.text.lower()
    anywhere = [f"position({{0}} IN {where}) > 0" for where in _TEXTS]
    in_lines = _LINE.format("(position({0} IN lower(l.title)) > 0 OR position({0} IN lower(l.sku)) > 0)")
    conditions.add(_any([*anywhere, in_lines]), text or None)
    conditions.add(f"position({{}} IN lower({_ADDRESS})) > 0", query.address and query.address.lower())
    conditions.add(f"position({{}} IN lower({_CUSTOMER})) > 0", query.customer and query.customer.lower())


def _add_lists(conditions: Conditions, query: FindOrders) -> None:
    conditions.add("o.number = {}", query.number)
    conditions.add("o.currency = {}", query.currency)
    conditions.add("o.test = {}", query.test)
    conditions.add("o.financial_status = ANY ({}::text[])", [*query.payment_statuses] or None)
    conditions.add("o.shipping_address->>'country_code' = ANY ({}::text[])", [*query.countries] or None)
    products = "(l.product_id = ANY ({0}::bigint[]) OR l.variant_id = ANY ({0}::bigint[]))"
    conditions.add(_LINE.format(products), [*query.products] or None)
    conditions.add(_LINE.format("lower(l.sku) = ANY ({}::text[])"), [each.lower() for each in query.skus] or None)
    at = "f.location_id = ANY ({}::bigint[])"
    conditions.add(_WORK.format(at), [*query.location_ids] or None)
    tagged = "EXISTS (SELECT FROM unnest(string_to_array(o.tags, ',')) tag WHERE lower(trim(tag)) = ANY ({}::text[]))"
    conditions.add(tagged, [each.lower() for each in query.tags] or None)
    conditions.add(_KEPT.format("d.payment_method = ANY ({}::text[])"), [*query.payment_methods] or None)
    events = [event.value for status in query.delivery_statuses for event in _DELIVERY[status]]
    conditions.add(_PARCEL, events or None)
    for part, values in query.attribution.items():
        conditions.values.append(part)
        name = f"${len(conditions.values)}"
        conditions.add(_KEPT.format(f"d.attribution->>{name}::text = ANY ({{}}::text[])"), [*values])


def _any(terms: Iterable[str]) -> str:
    return "({})".format(" OR ".join(f"({term})" for term in terms))


async def find_orders(connection: Connection, query: FindOrders, context: ReadContext) -> Page[DetailedOrder]:
    conditions = conditions_of(query, context)
    part = slice_of(query.window)
    conditions.add("o.id > {}", part.above)
    conditions.add("o.id < {}", part.below)
    rows = await connection.fetch(
        f"SELECT o.id FROM orders o WHERE {conditions} ORDER BY o.id {part.direction} LIMIT {part.limit:d}",
        *conditions.values,
    )
    page = page_of(query.window, [row["id"] for row in rows], int)
    orders = await load_orders(connection, context.shop_id, page.items)
    kept = await load_details(connection, context.shop_id, page.items)
    found = tuple(DetailedOrder(order=orders[each], details=kept.get(each, NO_DETAILS)) for each in page.items)
    return Page(items=found, next=page.next, previous=page.previous)


async def get_detailed_order(connection: Connection, query: GetDetailedOrder, context: ReadContext) -> DetailedOrder:
    """Raises: NotFound."""
    order = await get_order(connection, GetOrder(order_id=query.order_id), context)
    kept = await load_details(connection, context.shop_id, [order.id])
    return DetailedOrder(order=order, details=kept.get(order.id, NO_DETAILS))


QUERIES: Mapping[type, QueryHandler] = {FindOrders: find_orders, GetDetailedOrder: get_detailed_order}
