"""Fulfillment orders: what one location has to ship of an order, its requests, its holds, and where it could go.

Source: Shopify GraphQL, FulfillmentOrder; supported actions and holds as recorded.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.connections import Connection, listed
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.field import Field, Resolvers, always
from crossdock.dialects.shopify.graphql.ids import gid
from crossdock.dialects.shopify.graphql.money import money_bag
from crossdock.dialects.shopify.graphql.sources import (
    DeliveryOf,
    DestinationOf,
    FulfillmentOrderLineOf,
    HoldOf,
    LineOf,
    RequestOf,
)
from crossdock.dialects.shopify.graphql.types.addresses import UNKNOWN_COUNTRY, country_code
from crossdock.dialects.shopify.graphql.types.fulfillment_order_lists import listed_orders, seen
from crossdock.dialects.shopify.graphql.types.order_lines import variant_of, weight
from crossdock.dialects.shopify.graphql.types.orders import shipping_line
from crossdock.dialects.shopify.scopes import READ_APPS, READ_ORDERS, READ_PRODUCTS
from crossdock.domain.moving import has_somewhere_to_go
from crossdock.domain.orders import HoldReason, OrderLine, RequestKind, supported_actions
from crossdock.domain.places import Address
from crossdock.domain.queries import FulfillmentFound, FulfillmentOrderFound
from crossdock.domain.searching import FindApp, FindStocking
from crossdock.domain.states import SupportedAction


def items_of(found: FulfillmentOrderFound) -> tuple[int, ...]:
    """Return the inventory items that are still to be shipped."""
    lines = found.fulfillment_order.lines
    return tuple(sorted({line.inventory_item_id for line in lines if line.remaining and line.inventory_item_id}))


def lines_of(found: FulfillmentOrderFound) -> list[FulfillmentOrderLineOf]:
    return [FulfillmentOrderLineOf(found, line) for line in found.fulfillment_order.lines]


def listed_lines(lines: Sequence[FulfillmentOrderLineOf], arguments: dict[str, Any]) -> Connection[Any]:
    return listed(lines, arguments, id_of=lambda each: each.line.id)


def destination_of(found: FulfillmentOrderFound) -> DestinationOf | None:
    address = found.order.shipping_address
    return None if address is None else DestinationOf(found, address)


def _actions(found: FulfillmentOrderFound, asking: Asking) -> Awaitable[list[Json]]:
    """Resolve what can be done. Whether it can go elsewhere rests on who stocks its items."""
    one = found.fulfillment_order

    def offered(stocking: frozenset[tuple[int, int]]) -> list[Json]:
        places: dict[int | None, list[int]] = {
            item: [place for each, place in stocking if each == item] for item, _ in stocking
        }
        movable = has_somewhere_to_go(one, asking.locations.values(), places)
        return [
            {"action": action.value.upper(), "external_url": None}
            for action in supported_actions(found.order, one, movable=movable, app_id=asking.caller.app_id)
        ]

    return asking.load(FindStocking(inventory_item_ids=items_of(found)), offered)


def _assigned_location(found: FulfillmentOrderFound, asking: Asking) -> Json:
    location = asking.locations[found.fulfillment_order.location_id]
    address = location.address
    country = country_code(address) or country_code(asking.shop.address) or UNKNOWN_COUNTRY
    return {
        "address1": address.address1,
        "address2": address.address2,
        "city": address.city,
        "country_code": country,
        "location": location,
        "name": location.name,
        "phone": address.phone,
        "province": address.province or address.province_code,
        "zip": address.zip,
    }


def _fulfillments(found: FulfillmentOrderFound, _: Asking, **arguments: Any) -> Connection[FulfillmentFound]:
    shipped = [
        FulfillmentFound(order=found.order, fulfillment=each)
        for each in found.order.fulfillments
        if any(line.fulfillment_order_id == found.fulfillment_order.id for line in each.lines)
    ]
    return listed(shipped, arguments, id_of=lambda each: each.fulfillment.id)


def _mergeable(found: FulfillmentOrderFound, asking: Asking, **arguments: Any) -> Connection[FulfillmentOrderFound]:
    one = found.fulfillment_order
    actions = supported_actions(found.order, one)
    siblings = [
        each
        for each in seen(found.order, asking)
        if each.fulfillment_order.id != one.id
        and each.fulfillment_order.location_id == one.location_id
        and each.fulfillment_order.state == one.state
        and each.fulfillment_order.remaining
    ]
    return listed_orders(siblings if SupportedAction.MERGE in actions else [], arguments)


def _requests(
    found: FulfillmentOrderFound, _: Asking, *, kind: str | None = None, **arguments: Any
) -> Connection[RequestOf]:
    requests = [
        RequestOf(found, each)
        for each in found.fulfillment_order.requests
        if kind is None or each.kind.value.upper() == kind
    ]
    return listed(requests, arguments, id_of=lambda each: each.request.id)


def _weight_left(found: FulfillmentOrderFound, _: Asking) -> Json:
    grams = {line.id: line.grams for line in found.order.lines}
    return weight(sum(grams[line.order_line_id] * line.remaining for line in found.fulfillment_order.lines))


def _ships(of: DeliveryOf, _: Asking) -> str:
    shipped = {line.id for line in of.found.order.lines if line.requires_shipping}
    ships = any(line.order_line_id in shipped for line in of.found.fulfillment_order.lines)
    return "SHIPPING" if ships else "NONE"


def _bought(of: FulfillmentOrderLineOf) -> OrderLine:
    return of.found.order.line(of.line.order_line_id)


def _unit_price(of: FulfillmentOrderLineOf, _: Asking) -> Json:
    return money_bag(_bought(of).price, of.found.order.currency)


def _summaries(of: FulfillmentOrderLineOf, asking: Asking) -> list[Json]:
    price = _unit_price(of, asking)
    return [
        {
            "approximate_discounted_unit_price_set": price,
            "original_unit_price_set": price,
            "quantity": of.line.quantity,
        }
    ]


def _shipping_of(of: FulfillmentOrderLineOf, _: Asking) -> Any:
    return shipping_line(of.found.order)


def _held_by(of: HoldOf, asking: Asking) -> Awaitable[Any] | None:
    return None if of.hold.app_id is None else asking.load(FindApp(app_id=of.hold.app_id))


def _held_by_caller(of: HoldOf, asking: Asking) -> bool:
    return of.hold.app_id is not None and of.hold.app_id == asking.caller.app_id


_REASONS = {each: each.value.replace("_", " ").capitalize() for each in HoldReason}


def _requested_options(of: RequestOf, _: Asking) -> Json:
    asks_to_ship = of.request.kind is RequestKind.FULFILLMENT
    return {"notify_customer": of.request.notify_customer} if asks_to_ship else {}


def _own(name: str) -> Callable[[FulfillmentOrderFound, Asking], Any]:
    return lambda found, _: getattr(found.fulfillment_order, name)


def _bought_with(name: str) -> Callable[[FulfillmentOrderLineOf, Asking], Any]:
    return lambda of, _: getattr(_bought(of), name)


def _addressed(name: str) -> Callable[[DestinationOf, Asking], Any]:
    return lambda of, _: getattr(of.address, name)


def _province(of: DestinationOf, _: Asking) -> str | None:
    address: Address = of.address
    return address.province or address.province_code


FULFILLMENT_ORDER_FIELDS: Resolvers = {
    "FulfillmentOrder": {
        "id": lambda found, _: gid("FulfillmentOrder", found.fulfillment_order.id),
        "createdAt": _own("created_at"),
        "updatedAt": _own("updated_at"),
        "fulfillAt": _own("fulfill_at"),
        "fulfillBy": _own("fulfill_by"),
        "status": lambda found, _: found.fulfillment_order.status.value.upper(),
        "requestStatus": lambda found, _: found.fulfillment_order.request_status.value.upper(),
        "supportedActions": _actions,
        "order": Field(lambda found, _: found.order, frozenset({READ_ORDERS})),
        "orderId": lambda found, _: gid("Order", found.order.id),
        "orderName": lambda found, _: found.order.name,
        "orderProcessedAt": lambda found, _: found.order.processed_at,
        "assignedLocation": _assigned_location,
        "destination": lambda found, _: destination_of(found),
        "deliveryMethod": lambda found, _: DeliveryOf(found),
        "lineItems": lambda found, _, **arguments: listed_lines(lines_of(found), arguments),
        "remainingLineItemsWeight": _weight_left,
        "fulfillmentHolds": lambda found, _: [HoldOf(found, hold) for hold in found.fulfillment_order.holds],
        "fulfillmentOrdersForMerge": _mergeable,
        "fulfillments": _fulfillments,
        "merchantRequests": _requests,
        "channelId": always(None),
        "internationalDuties": always(None),
    },
    "FulfillmentOrderDestination": {
        # Every fulfillment order has a destination of its own, so its own id names it. So it is with delivery methods.
        "id": lambda of, _: gid("FulfillmentOrderDestination", of.found.fulfillment_order.id),
        **{name: _addressed(name) for name in ("address1", "address2", "city", "company", "phone", "zip")},
        "firstName": _addressed("first_name"),
        "lastName": _addressed("last_name"),
        "province": _province,
        "countryCode": lambda of, _: country_code(of.address),
        "email": lambda of, _: of.found.order.email,
        "location": always(None),
    },
    "DeliveryMethod": {
        "id": lambda of, _: gid("DeliveryMethod", of.found.fulfillment_order.id),
        "methodType": _ships,
        "presentedName": lambda of, _: of.found.order.shipping_title,
        "serviceCode": lambda of, _: of.found.order.shipping_code,
        "additionalInformation": always({"instructions": None, "phone": None}),
        **dict.fromkeys(
            ("brandedPromise", "maxDeliveryDateTime", "minDeliveryDateTime", "sourceReference"), always(None)
        ),
    },
    "FulfillmentOrderLineItem": {
        "id": lambda of, _: gid("FulfillmentOrderLineItem", of.line.id),
        "totalQuantity": lambda of, _: of.line.quantity,
        "remainingQuantity": lambda of, _: of.line.remaining,
        "inventoryItemId": lambda of, _: (
            None if of.line.inventory_item_id is None else gid("InventoryItem", of.line.inventory_item_id)
        ),
        "lineItem": lambda of, _: LineOf(of.found.order, _bought(of)),
        "variant": Field(lambda of, asking: variant_of(of.line.variant_id, asking), frozenset({READ_PRODUCTS})),
        "productTitle": _bought_with("title"),
        "variantTitle": _bought_with("variant_title"),
        "requiresShipping": _bought_with("requires_shipping"),
        "sku": _bought_with("sku"),
        "vendor": _bought_with("vendor"),
        "weight": lambda of, _: weight(_bought(of).grams),
        "originalUnitPriceSet": _unit_price,
        "financialSummaries": _summaries,
        "shippingLine": _shipping_of,
        "image": always(None),
        "warnings": always([]),
    },
    "FulfillmentOrderMerchantRequest": {
        "id": lambda of, _: gid("FulfillmentOrderMerchantRequest", of.request.id),
        "fulfillmentOrder": lambda of, _: of.found,
        "kind": lambda of, _: of.request.kind.value.upper(),
        "message": lambda of, _: of.request.message,
        "requestOptions": _requested_options,
        "responseData": always(None),
        "sentAt": lambda of, _: of.request.sent_at,
    },
    "FulfillmentHold": {
        "id": lambda of, _: gid("FulfillmentHold", of.hold.id),
        "reason": lambda of, _: of.hold.reason.value.upper(),
        "reasonNotes": lambda of, _: of.hold.notes,
        "displayReason": lambda of, _: _REASONS[of.hold.reason],
        "handle": lambda of, _: of.hold.handle,
        "heldByApp": Field(_held_by, frozenset({READ_APPS})),
        "heldByRequestingApp": _held_by_caller,
    },
}
