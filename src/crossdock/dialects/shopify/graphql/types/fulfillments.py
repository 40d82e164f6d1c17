"""Fulfillments: units that left, how to follow them, and what their carriers tell.

Source: Shopify GraphQL, Fulfillment, FulfillmentEvent; names, states and lines as recorded.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.connections import Connection, listed
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.field import Field, Resolvers, always
from crossdock.dialects.shopify.graphql.ids import gid
from crossdock.dialects.shopify.graphql.money import money_bag
from crossdock.dialects.shopify.graphql.sources import EventOf, FulfillmentLineOf, LineOf
from crossdock.dialects.shopify.graphql.types.fulfillment_order_lists import listed_orders, seen
from crossdock.dialects.shopify.graphql.types.order_lines import service_at
from crossdock.dialects.shopify.graphql.types.orders import first_of
from crossdock.dialects.shopify.scopes import READ_ORDERS
from crossdock.dialects.shopify.wire import write_money
from crossdock.domain.carriers import completed
from crossdock.domain.orders import FulfillmentLine, FulfillmentStatus
from crossdock.domain.queries import FulfillmentFound, FulfillmentOrderFound
from crossdock.domain.shipment import ShipmentStatus, in_time_order

# The word of a carrier that only 29 Next has.
_EVENTS = {ShipmentStatus.PICKED_UP: "CARRIER_PICKED_UP"}


def event_status(status: ShipmentStatus) -> str:
    return _EVENTS.get(status, status.value.upper())


def _display_status(found: FulfillmentFound, _: Asking) -> str:
    if found.fulfillment.status is FulfillmentStatus.CANCELLED:
        return "CANCELED"
    status = found.fulfillment.shipment.status
    return "FULFILLED" if status is None else event_status(status)


def lines_of(found: FulfillmentFound) -> list[FulfillmentLineOf]:
    """Return the lines. Units of several fulfillment orders on one order line are one, under the first one's id."""
    merged: dict[int, FulfillmentLine] = {}
    for line in found.fulfillment.lines:
        known = merged.get(line.order_line_id)
        merged[line.order_line_id] = line if known is None else replace(known, quantity=known.quantity + line.quantity)
    return [FulfillmentLineOf(found, line) for line in merged.values()]


def _lines(found: FulfillmentFound, _: Asking, **arguments: Any) -> Connection[FulfillmentLineOf]:
    return listed(lines_of(found), arguments, id_of=lambda each: each.line.id)


def _events(
    found: FulfillmentFound, _: Asking, *, sort_key: str | None = "HAPPENED_AT", **arguments: Any
) -> Connection[EventOf]:
    events = found.fulfillment.events
    ordered = sorted(events, key=lambda event: event.id) if sort_key == "ID" else in_time_order(events)
    return listed([EventOf(found, event) for event in ordered], arguments, id_of=lambda each: each.event.id)


def _fulfillment_orders(found: FulfillmentFound, asking: Asking, **arguments: Any) -> Connection[FulfillmentOrderFound]:
    sources = {line.fulfillment_order_id for line in found.fulfillment.lines}
    return listed_orders(
        [each for each in seen(found.order, asking) if each.fulfillment_order.id in sources], arguments
    )


def _requires_shipping(found: FulfillmentFound, _: Asking) -> bool:
    shipped = {line.id for line in found.order.lines if line.requires_shipping}
    return any(line.order_line_id in shipped for line in found.fulfillment.lines)


def _tracking(found: FulfillmentFound, _: Asking, *, first: int | None = None) -> list[Json]:
    known = [completed(each) for each in found.fulfillment.tracking]
    return first_of([{"company": each.company, "number": each.number, "url": each.url} for each in known], first)


def _shipment(name: str) -> Callable[[FulfillmentFound, Asking], Any]:
    return lambda found, _: getattr(found.fulfillment.shipment, name)


def _worth(of: FulfillmentLineOf) -> int:
    return of.found.order.line(of.line.order_line_id).price * of.line.quantity


def _total(of: FulfillmentLineOf, _: Asking) -> str:
    return write_money(_worth(of), of.found.order.currency)


def _total_set(of: FulfillmentLineOf, _: Asking) -> Json:
    return money_bag(_worth(of), of.found.order.currency)


def _told(name: str) -> Callable[[EventOf, Asking], Any]:
    return lambda of, _: getattr(of.event, name)


FULFILLMENT_FIELDS: Resolvers = {
    "Fulfillment": {
        "id": lambda found, _: gid("Fulfillment", found.fulfillment.id),
        "legacyResourceId": lambda found, _: found.fulfillment.id,
        "name": lambda found, _: f"{found.order.name}-F{found.fulfillment.number}",
        "createdAt": lambda found, _: found.fulfillment.created_at,
        "updatedAt": lambda found, _: found.fulfillment.updated_at,
        "deliveredAt": _shipment("delivered_at"),
        "estimatedDeliveryAt": _shipment("estimated_delivery_at"),
        "inTransitAt": _shipment("in_transit_at"),
        "status": lambda found, _: found.fulfillment.status.value.upper(),
        "displayStatus": _display_status,
        "events": _events,
        "fulfillmentLineItems": _lines,
        "fulfillmentOrders": _fulfillment_orders,
        "location": lambda found, asking: asking.locations.get(found.fulfillment.location_id),
        "order": Field(lambda found, _: found.order, frozenset({READ_ORDERS})),
        "originAddress": always(None),
        "requiresShipping": _requires_shipping,
        "service": lambda found, asking: service_at(asking, found.fulfillment.location_id),
        "shippingLabel": always(None),
        "totalQuantity": lambda found, _: sum(line.quantity for line in found.fulfillment.lines),
        "trackingInfo": _tracking,
    },
    "FulfillmentEvent": {
        "id": lambda of, _: gid("FulfillmentEvent", of.event.id),
        "status": lambda of, _: event_status(of.event.status),
        **{
            name: _told(name)
            for name in ("address1", "city", "country", "latitude", "longitude", "message", "province", "zip")
        },
        "createdAt": _told("created_at"),
        "happenedAt": _told("happened_at"),
        "estimatedDeliveryAt": _told("estimated_delivery_at"),
    },
    "FulfillmentLineItem": {
        "id": lambda of, _: gid("FulfillmentLineItem", of.line.id),
        "lineItem": lambda of, _: LineOf(of.found.order, of.found.order.line(of.line.order_line_id)),
        "quantity": lambda of, _: of.line.quantity,
        "discountedTotal": _total,
        "discountedTotalSet": _total_set,
        "originalTotal": _total,
        "originalTotalSet": _total_set,
    },
}
