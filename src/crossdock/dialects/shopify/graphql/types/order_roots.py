"""Where documents begin that are about orders and their fulfillment, and what is found by a global id.

Source: Shopify GraphQL, QueryRoot; access scopes. What there is not, or is not the caller's to see, is null.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.connections import Connection, connection, cut_of
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import bad_request
from crossdock.dialects.shopify.graphql.field import Field, Resolvers
from crossdock.dialects.shopify.graphql.ids import job_gid, read_gid, read_job_gid
from crossdock.dialects.shopify.graphql.searched import searched
from crossdock.dialects.shopify.graphql.sources import (
    AddressOf,
    DeliveryOf,
    EventOf,
    FulfillmentLineOf,
    FulfillmentOrderLineOf,
    HoldOf,
    LineOf,
    RequestOf,
    TransactionOf,
)
from crossdock.dialects.shopify.graphql.types import fulfillments
from crossdock.dialects.shopify.graphql.types.addresses import billing_address, order_of_address, shipping_address
from crossdock.dialects.shopify.graphql.types.fulfillment_order_lists import (
    assigned_fulfillment_orders,
    fulfillment_orders,
    held_fulfillment_orders,
)
from crossdock.dialects.shopify.graphql.types.fulfillment_orders import destination_of
from crossdock.dialects.shopify.graphql.types.orders import is_paid_for
from crossdock.dialects.shopify.scopes import READ_FULFILLMENT_ORDERS, READ_ORDERS
from crossdock.domain.orders import Order
from crossdock.domain.queries import FulfillmentFound, FulfillmentOrderFound, GetFulfillmentOrder, GetOrder
from crossdock.domain.searching import Count, Cut, FindPart, Part, SearchOrders, Tally

ORDER_SEARCH = frozenset(
    {
        *("id", "name", "email", "created_at", "updated_at", "processed_at", "financial_status", "fulfillment_status"),
        *("status", "tag", "tag_not", "sku", "location_id", "fulfillment_location_id", "delivery_method"),
        *("source_name", "test"),
    }
)
MOST_COUNTED = 10_000
_ORDERS = frozenset({READ_ORDERS})
_PARCELS = READ_FULFILLMENT_ORDERS | _ORDERS


def _order(_: object, asking: Asking, *, id: str) -> Awaitable[Order | None]:
    return asking.load(GetOrder(order_id=read_gid(id, "Order").number))


def _order_by_identifier(_: object, asking: Asking, *, identifier: Mapping[str, Any]) -> Awaitable[Order | None]:
    named = identifier.get("id")
    if named is None:
        raise bad_request("identifier must name an order")
    return _order(None, asking, id=named)


def orders(
    _: object, asking: Asking, *, query: str | None = None, sort_key: str | None = None, **arguments: Any
) -> Awaitable[Connection[Order]]:
    """Resolve all orders."""
    search = SearchOrders(
        cut=cut_of(arguments, sort=_sort(sort_key)), condition=searched(asking, query, ORDER_SEARCH, "orders")
    )
    return asking.load(search, connection)


def orders_count(
    _: object, asking: Asking, *, query: str | None = None, limit: int | None = MOST_COUNTED, **__: Any
) -> Awaitable[Json]:
    """Resolve how many orders there are, up to a limit."""
    search = SearchOrders(cut=Cut(limit=0), condition=searched(asking, query, ORDER_SEARCH, "ordersCount"))
    return asking.load(Count(search=search, limit=counted_up_to(limit)), tally)


def counted_up_to(limit: int | None) -> int | None:
    """Return where to stop counting. Raises: TopLevel."""
    if limit is not None and limit < 0:
        raise bad_request("limit must not be negative")
    return limit


def tally(counted: Tally) -> Json:
    """Return what a Count is read from."""
    return {"count": counted.count, "precision": "EXACT" if counted.exact else "AT_LEAST"}


# There are no purchase orders, and nothing is more relevant than anything else.
_BY_ID = frozenset({"po_number", "relevance"})


def _sort(key: str | None) -> str:
    word = (key or "PROCESSED_AT").lower()
    return "id" if word in _BY_ID else word


def _fulfillment_order(_: object, asking: Asking, *, id: str) -> Awaitable[FulfillmentOrderFound | None]:
    number = read_gid(id, "FulfillmentOrder").number
    return asking.load(GetFulfillmentOrder(fulfillment_order_id=number))


def _fulfillment(_: object, asking: Asking, *, id: str) -> Awaitable[FulfillmentFound | None]:
    return asking.load(FindPart(part=Part.FULFILLMENT, id=read_gid(id, "Fulfillment").number))


def _job(_: object, __: Asking, *, id: str) -> Json:
    # Whatever an answer names as going on is done when the answer is given.
    return {"id": job_gid(read_job_gid(id)), "done": True}


ORDER_ROOTS: Resolvers = {
    "QueryRoot": {
        "order": Field(_order, _ORDERS),
        "orderByIdentifier": Field(_order_by_identifier, _ORDERS),
        "orders": Field(orders, _ORDERS),
        "ordersCount": Field(orders_count, _ORDERS),
        "fulfillmentOrder": Field(_fulfillment_order, READ_FULFILLMENT_ORDERS),
        "fulfillmentOrders": Field(fulfillment_orders, READ_FULFILLMENT_ORDERS),
        "assignedFulfillmentOrders": Field(
            assigned_fulfillment_orders, frozenset({"read_assigned_fulfillment_orders"})
        ),
        "manualHoldsFulfillmentOrders": Field(held_fulfillment_orders, _ORDERS),
        "fulfillment": Field(_fulfillment, _PARCELS),
        "job": _job,
    }
}


def _part(part: Part, pick: Callable[[Any, int], Any]) -> Callable[[int], Callable[[Asking], Awaitable[Any]]]:
    """Find a part of an order by its number: whatever has it is loaded, and it is picked out."""

    def of_number(number: int) -> Callable[[Asking], Awaitable[Any]]:
        return lambda asking: asking.load(
            FindPart(part=part, id=number), lambda owner: None if owner is None else pick(owner, number)
        )

    return of_number


def _within(query: Callable[[int], object], pick: Callable[[Any], Any]) -> Callable[[int], Any]:
    """Find what has the id of something else, and is made of it."""
    return lambda number: (
        lambda asking: asking.load(query(number), lambda owner: None if owner is None else pick(owner))
    )


def _line(order: Order, number: int) -> LineOf:
    return LineOf(order, order.line(number))


def _work_line(found: FulfillmentOrderFound, number: int) -> FulfillmentOrderLineOf:
    return FulfillmentOrderLineOf(found, found.fulfillment_order.line(number))


def _request(found: FulfillmentOrderFound, number: int) -> RequestOf:
    return next(RequestOf(found, each) for each in found.fulfillment_order.requests if each.id == number)


def _hold(found: FulfillmentOrderFound, number: int) -> HoldOf:
    return next(HoldOf(found, each) for each in found.fulfillment_order.holds if each.id == number)


def _event(found: FulfillmentFound, number: int) -> EventOf:
    return next(EventOf(found, each) for each in found.fulfillment.events if each.id == number)


def _parcel_line(found: FulfillmentFound, number: int) -> FulfillmentLineOf | None:
    return next((each for each in fulfillments.lines_of(found) if each.line.id == number), None)


def _address(number: int) -> Callable[[Asking], Awaitable[AddressOf | None]]:
    def pick(order: Order | None) -> AddressOf | None:
        if order is None:
            return None
        return billing_address(order) if number % 2 else shipping_address(order)

    return lambda asking: asking.load(GetOrder(order_id=order_of_address(number)), pick)


def _order_of(number: int) -> GetOrder:
    return GetOrder(order_id=number)


def _work_of(number: int) -> GetFulfillmentOrder:
    return GetFulfillmentOrder(fulfillment_order_id=number)


def _parcel_of(number: int) -> FindPart:
    return FindPart(part=Part.FULFILLMENT, id=number)


ORDER_NODES: Mapping[str, Field] = {
    "Order": Field(_order_of, _ORDERS),
    "LineItem": Field(_part(Part.LINE, _line), _ORDERS),
    "MailingAddress": Field(_address, _ORDERS),
    "OrderTransaction": Field(
        _within(_order_of, lambda order: TransactionOf(order) if is_paid_for(order) else None), _ORDERS
    ),
    "Fulfillment": Field(_parcel_of, _PARCELS),
    "FulfillmentLineItem": Field(_part(Part.FULFILLMENT_LINE, _parcel_line), _PARCELS),
    "FulfillmentEvent": Field(_part(Part.CARRIER_EVENT, _event), _PARCELS),
    "FulfillmentOrder": Field(_work_of, READ_FULFILLMENT_ORDERS),
    "FulfillmentOrderLineItem": Field(_part(Part.FULFILLMENT_ORDER_LINE, _work_line), READ_FULFILLMENT_ORDERS),
    "FulfillmentOrderMerchantRequest": Field(_part(Part.MERCHANT_REQUEST, _request), READ_FULFILLMENT_ORDERS),
    "FulfillmentHold": Field(_part(Part.HOLD, _hold), READ_FULFILLMENT_ORDERS),
    "FulfillmentOrderDestination": Field(_within(_work_of, destination_of), READ_FULFILLMENT_ORDERS),
    "DeliveryMethod": Field(_within(_work_of, DeliveryOf), READ_FULFILLMENT_ORDERS),
}
