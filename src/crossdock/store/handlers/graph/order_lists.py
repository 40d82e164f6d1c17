"""Lists of orders and fulfillment orders: what they are found and sorted by, and how they are cut.

Lists stand at the root of a document, so each is looked for by a statement of its own; what all of them found is loaded
by one. Source: Shopify GraphQL, search syntax and filters of orders and fulfillment orders.
"""

from collections.abc import Mapping, Sequence

from crossdock.domain.orders import FinancialStatus, Order
from crossdock.domain.queries import FulfillmentOrderFound
from crossdock.domain.refusals import Invalid
from crossdock.domain.searching import SearchFulfillmentOrders, SearchOrders, Stretch
from crossdock.domain.states import Status
from crossdock.runtime.connection import Connection
from crossdock.store.database.orders import load_orders
from crossdock.store.database.searching import (
    Among,
    Exact,
    Flag,
    Looking,
    Moment,
    Number,
    Parameters,
    Searchable,
    Sort,
    SortType,
    Text,
    Words,
    cut_each,
    rows_of,
    stretches_of,
    where,
)
from crossdock.store.handlers.context import Loader, LookingFor, ReadContext
from crossdock.store.handlers.fulfillment_order_queries import REQUEST_STATUSES, own_locations
from crossdock.store.handlers.order_queries import FULFILLMENT_STATUSES, STATUSES

_WORK = "EXISTS (SELECT FROM fulfillment_orders f WHERE f.shop_id = o.shop_id AND f.order_id = o.id AND {})"
_LINES = "EXISTS (SELECT FROM order_lines l WHERE l.shop_id = o.shop_id AND l.order_id = o.id AND {})"
_TAGS = "EXISTS (SELECT FROM unnest(string_to_array(o.tags, ',')) tag WHERE {})"
_SHIPPED = _LINES.format("l.requires_shipping")
_NAMES = (Exact("o.name"), Exact("o.name", "'#' || {}"))
_CUSTOMER = "concat_ws(' ', o.shipping_address->>'first_name', o.shipping_address->>'last_name')"
_SKU = Among(_LINES, Text("l.sku"))
_NUMBER, _TEXT, _TIME = SortType.NUMBER, SortType.TEXT, SortType.TIME

ORDERS = Searchable(
    id="o.id",
    fields={
        "id": (Number("o.id"),),
        "name": _NAMES,
        "email": (Text("o.email"),),
        "created_at": (Moment("o.created_at"),),
        "updated_at": (Moment("o.updated_at"),),
        "processed_at": (Moment("o.processed_at"),),
        "financial_status": (Words({each.value: f"o.financial_status = '{each.value}'" for each in FinancialStatus}),),
        "fulfillment_status": (
            Words(
                {
                    **FULFILLMENT_STATUSES,
                    "scheduled": _WORK.format("f.status = 'scheduled'"),
                    "on_hold": _WORK.format("f.status = 'on_hold'"),
                    "request_declined": _WORK.format("f.request_status = 'rejected' AND f.status <> 'closed'"),
                }
            ),
        ),
        "status": (Words({**STATUSES, "not_closed": "closed_at IS NULL"}),),
        "tag": (Among(_TAGS, Text("trim(tag)")),),
        "tag_not": (Among(f"NOT {_TAGS}", Text("trim(tag)")),),
        "sku": (_SKU,),
        "location_id": (Number("NULL::bigint"),),  # no order is sold at a counter
        "fulfillment_location_id": (
            Among(
                "EXISTS (SELECT FROM fulfillments p WHERE p.shop_id = o.shop_id AND p.order_id = o.id AND {})",
                Number("p.location_id"),
            ),
        ),
        "delivery_method": (Words({"shipping": _SHIPPED, "none": f"NOT {_SHIPPED}"}),),
        "source_name": (Text("o.source_name"),),
        "test": (Flag("o.test"),),
    },
    texts=(*_NAMES, Text("o.email"), Text(_CUSTOMER), _SKU),
    sorts={
        "created_at": Sort("o.created_at", _TIME),
        "updated_at": Sort("o.updated_at", _TIME),
        "processed_at": Sort("o.processed_at", _TIME),
        "order_number": Sort("o.number", _NUMBER),
        "total_price": Sort(
            "o.shipping_price + (SELECT coalesce(sum(l.price * l.quantity), 0)::bigint FROM order_lines l"
            " WHERE l.shop_id = o.shop_id AND l.order_id = o.id)",
            _NUMBER,
        ),
        "current_total_price": Sort(
            "CASE WHEN o.cancelled_at IS NULL THEN o.shipping_price ELSE 0 END"
            " + (SELECT coalesce(sum(l.price * (l.quantity - l.removed)), 0)::bigint FROM order_lines l"
            " WHERE l.shop_id = o.shop_id AND l.order_id = o.id)",
            _NUMBER,
        ),
        "total_items_quantity": Sort(
            "(SELECT coalesce(sum(l.quantity), 0)::bigint FROM order_lines l"
            " WHERE l.shop_id = o.shop_id AND l.order_id = o.id)",
            _NUMBER,
        ),
        "customer_name": Sort(_CUSTOMER, _TEXT),
        "destination": Sort("concat_ws(', ', o.shipping_address->>'country_code', o.shipping_address->>'city')", _TEXT),
        "financial_status": Sort("o.financial_status", _TEXT),
        "fulfillment_status": Sort("coalesce(o.fulfillment_status, '')", _TEXT),
    },
)

FULFILLMENT_ORDERS = Searchable(
    id="f.id",
    fields={
        "id": (Number("f.id"),),
        "assigned_location_id": (Number("f.location_id"),),
        "status": (Words({each.value: f"f.status = '{each.value}'" for each in Status}),),
        "updated_at": (Moment("f.updated_at"),),
        "order_financial_status": (
            Words({each.value: f"o.financial_status = '{each.value}'" for each in FinancialStatus}),
        ),
        "order_risk_level": (Words({}),),  # nobody judges risks here
        "shipping_address_coordinates_validated": (Flag("false"),),
    },
    texts=(*_NAMES, Text("o.email"), Text(_CUSTOMER)),
    sorts={
        "created_at": Sort("f.created_at", _TIME),
        "updated_at": Sort("f.updated_at", _TIME),
        "fulfill_at": Sort("coalesce(f.fulfill_at, f.created_at)", _TIME),
    },
)


def orders_looked_for(search: SearchOrders, context: ReadContext) -> Looking:
    parameters = Parameters(context.shop_id, at=context.at)
    terms = ["o.shop_id = $1", "o.deleted_at IS NULL", f"({where(search.condition, ORDERS, parameters)})"]
    if context.orders_since is not None:
        terms.append(f"o.created_at >= {parameters.add(context.orders_since, 'timestamptz')}")
    scope = f"FROM orders o WHERE {' AND '.join(terms)}"
    return Looking(scope, parameters, ORDERS)


def fulfillment_orders_looked_for(search: SearchFulfillmentOrders, context: ReadContext) -> Looking:
    """Return a search for what the caller may see."""
    if search.assigned:
        places = own_locations(context, search.location_ids)
    else:
        places = [
            location.id
            for location in context.locations.values()
            if not search.location_ids or location.id in search.location_ids
        ]
    seen = [each for each in places if context.caller.may_read(context.locations[each])]
    for unseen in sorted(set(places).difference(seen)):
        context.hide("the work of location", unseen, None, unseen)
    parameters = Parameters(context.shop_id, seen, at=context.at)
    terms = ["f.shop_id = $1", "f.location_id = ANY ($2::bigint[])", "o.deleted_at IS NULL"]
    if not search.include_closed:
        terms.append("f.status <> 'closed'")
    if search.held:
        terms.append("f.status = 'on_hold'")
    if search.assignment_status is not None:
        statuses = [status.value for status in REQUEST_STATUSES[search.assignment_status]]
        terms.append(f"f.request_status = ANY ({parameters.add(statuses, 'text[]')})")
    terms.append(f"({where(search.condition, FULFILLMENT_ORDERS, parameters)})")
    scope = (
        "FROM fulfillment_orders f JOIN orders o ON o.shop_id = f.shop_id AND o.id = f.order_id"
        f" WHERE {' AND '.join(terms)}"
    )
    return Looking(scope, parameters, FULFILLMENT_ORDERS)


async def search_orders(
    connection: Connection, searches: Sequence[SearchOrders], context: ReadContext
) -> Sequence[Stretch[Order] | Invalid]:
    found = await cut_each(connection, searches, lambda search: orders_looked_for(search, context))
    named = {row["id"] for row in rows_of(found)}
    whole = await load_orders(connection, context.shop_id, named)
    return stretches_of(searches, found, whole)


async def search_fulfillment_orders(
    connection: Connection, searches: Sequence[SearchFulfillmentOrders], context: ReadContext
) -> Sequence[Stretch[FulfillmentOrderFound] | Invalid]:
    found = await cut_each(
        connection, searches, lambda search: fulfillment_orders_looked_for(search, context), also=", f.order_id"
    )
    rows = rows_of(found)
    whole = await load_orders(connection, context.shop_id, {row["order_id"] for row in rows})
    things = {
        row["id"]: FulfillmentOrderFound(order=order, fulfillment_order=order.fulfillment_order(row["id"]))
        for row in rows
        if (order := whole.get(row["order_id"])) is not None
    }
    return stretches_of(searches, found, things)


# What counting needs of each kind of search.
LOOKING: Mapping[type, LookingFor] = {
    SearchOrders: orders_looked_for,
    SearchFulfillmentOrders: fulfillment_orders_looked_for,
}


LOADERS: Mapping[type, Loader] = {
    SearchOrders: search_orders,
    SearchFulfillmentOrders: search_fulfillment_orders,
}
