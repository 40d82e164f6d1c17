"""Lists of fulfillment orders: those of an order, and those that are searched over the whole shop.

Source: Shopify GraphQL, fulfillmentOrders, assignedFulfillmentOrders, manualHoldsFulfillmentOrders,
Order.fulfillmentOrders: what the caller may not see is left out without a word.
"""

from collections.abc import Awaitable, Iterable, Sequence
from typing import Any

from crossdock.dialects.shopify.graphql.connections import Connection, connection, cut_of, listed
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.ids import read_gid
from crossdock.dialects.shopify.graphql.searched import searched
from crossdock.domain.access import Hidden
from crossdock.domain.matching import Values, holds
from crossdock.domain.orders import Order
from crossdock.domain.queries import AssignmentStatus, FulfillmentOrderFound
from crossdock.domain.searching import SearchFulfillmentOrders
from crossdock.domain.states import Status

FULFILLMENT_ORDER_SEARCH = frozenset({"id", "assigned_location_id", "status", "updated_at"})
HELD_SEARCH = frozenset({"order_financial_status", "order_risk_level", "shipping_address_coordinates_validated"})


def seen(order: Order, asking: Asking) -> list[FulfillmentOrderFound]:
    """Return the fulfillment orders of an order that the caller may see."""
    return [
        FulfillmentOrderFound(order=order, fulfillment_order=each)
        for each in order.fulfillment_orders
        if asking.caller.may_read(asking.locations[each.location_id])
    ]


def note_left_out(order: Order, visible: Sequence[FulfillmentOrderFound], asking: Asking) -> None:
    """Note for the request log what is not there for want of a scope."""
    shown = {each.fulfillment_order.id for each in visible}
    for each in order.fulfillment_orders:
        if each.id not in shown:
            reach = asking.caller.reach_of(asking.locations[each.location_id])
            asking.hidden.append(Hidden(what="fulfillment order", id=each.id, order_id=order.id, reach=reach))


def listed_orders(found: Iterable[FulfillmentOrderFound], arguments: dict[str, Any]) -> Connection[Any]:
    return listed(found, arguments, id_of=lambda each: each.fulfillment_order.id)


def fulfillment_orders_of(
    order: Order, asking: Asking, *, displayable: bool = False, query: str | None = None, **arguments: Any
) -> Connection[Any] | Awaitable[Connection[Any]]:
    """Resolve the fulfillment orders of an order. `displayable`: only those that have something in them."""
    condition = searched(asking, query, FULFILLMENT_ORDER_SEARCH, "order", "fulfillmentOrders")
    visible = seen(order, asking)
    note_left_out(order, visible, asking)
    found = [
        each
        for each in visible
        if not displayable or (each.fulfillment_order.status is not Status.CLOSED and each.fulfillment_order.remaining)
    ]
    return listed_orders([each for each in found if holds(condition, _values(each), at=asking.at)], arguments)


def _values(found: FulfillmentOrderFound) -> Values:
    fulfillment_order = found.fulfillment_order
    return {
        None: (found.order.name, found.order.email),
        "id": (fulfillment_order.id,),
        "assigned_location_id": (fulfillment_order.location_id,),
        "status": (fulfillment_order.status.value,),
        "updated_at": (fulfillment_order.updated_at,),
    }


def _found(search: SearchFulfillmentOrders, asking: Asking) -> Awaitable[Connection[FulfillmentOrderFound]]:
    return asking.load(search, connection)


def fulfillment_orders(
    _: object,
    asking: Asking,
    *,
    include_closed: bool | None = False,
    query: str | None = None,
    sort_key: str | None = "ID",
    **arguments: Any,
) -> Awaitable[Connection[FulfillmentOrderFound]]:
    """Resolve all fulfillment orders that the caller may see."""
    search = SearchFulfillmentOrders(
        cut=cut_of(arguments, sort=(sort_key or "ID").lower()),
        condition=searched(asking, query, FULFILLMENT_ORDER_SEARCH, "fulfillmentOrders"),
        include_closed=bool(include_closed),
    )
    return _found(search, asking)


def assigned_fulfillment_orders(
    _: object,
    asking: Asking,
    *,
    assignment_status: str | None = None,
    location_ids: Sequence[str] | None = None,
    sort_key: str | None = "ID",
    **arguments: Any,
) -> Awaitable[Connection[FulfillmentOrderFound]]:
    """Resolve what the caller's own services have to do."""
    search = SearchFulfillmentOrders(
        cut=cut_of(arguments, sort=(sort_key or "ID").lower()),
        assigned=True,
        assignment_status=None if assignment_status is None else AssignmentStatus(assignment_status.lower()),
        location_ids=tuple(read_gid(each, "Location").number for each in location_ids or ()),
    )
    return _found(search, asking)


def held_fulfillment_orders(
    _: object, asking: Asking, *, query: str | None = None, **arguments: Any
) -> Awaitable[Connection[FulfillmentOrderFound]]:
    """Resolve what is on hold."""
    search = SearchFulfillmentOrders(
        cut=cut_of(arguments),
        condition=searched(asking, query, HELD_SEARCH, "manualHoldsFulfillmentOrders"),
        held=True,
    )
    return _found(search, asking)
