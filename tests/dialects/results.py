"""Results as a store hands them to a dialect, and what the asking side makes of them, by operation."""

from dataclasses import dataclass
from typing import Any

from crossdock.domain.catalogue import InventoryItem, Product, ProductVariant, StockedLevel
from crossdock.domain.decisions import (
    CarrierEventAdded,
    FulfillmentChanged,
    FulfillmentCreated,
    FulfillmentOrderChanged,
    FulfillmentOrderHeld,
    FulfillmentOrderMoved,
    FulfillmentOrderReplaced,
    FulfillmentOrdersChanged,
    OrderChanged,
    OrderCreated,
    RequestSubmitted,
)
from crossdock.domain.orders import Hold, HoldReason, RequestKind, Tracking
from crossdock.domain.places import Address
from crossdock.domain.queries import (
    CarrierEventFound,
    FulfillmentFound,
    FulfillmentOrderFound,
    LocationForMove,
    Page,
    Unmovable,
)
from crossdock.domain.shipment import CarrierEvent, ShipmentStatus
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.subscriptions import WebhookSubscription
from crossdock.domain.work import (
    AssignedFulfillmentOrder,
    AssignedLine,
    AssignedRequest,
    BookedFulfillment,
    BookedOrder,
    BookedOrderLine,
    ListedProduct,
    ListedVariant,
    MovedWork,
    OfferedPlace,
    RegisteredService,
    RegisteredWebhook,
    ReplacedWork,
    SubmittedRequest,
)
from tests.dialects.scene import (
    AT,
    GOODS,
    LOCATIONS,
    OWN,
    SERVICE,
    SHIPWIRE,
    SHOP,
    fulfillment_order,
    order,
    parcel,
    submitted,
)


@dataclass(frozen=True)
class Said:
    """A result, and how it arrives."""

    result: Any
    heard: Any


_WORK = fulfillment_order(
    77,
    (1, 2, 3),
    goods=slice(0, 3),
    request_status=RequestStatus.SUBMITTED,
    requests=(submitted("Be quick.", notify_customer=True),),
)
_REST = fulfillment_order(78, (4,), goods=slice(0, 1))
_ORDER = order(_WORK)
_PARCEL = parcel(_ORDER.lines[0], tracking=(Tracking(number="1Z1234512345123456"),))
_SHIPPED = order(_WORK, fulfillments=(_PARCEL,))


def _heard(id: int, line_ids: tuple[int, ...], *requests: AssignedRequest, status: RequestStatus) -> Any:
    return AssignedFulfillmentOrder(
        id=id,
        order_id=450789469,
        location_id=SHIPWIRE,
        status=Status.OPEN,
        request_status=status,
        created_at=AT,
        updated_at=AT,
        requests=requests,
        destination=Address(
            first_name="Bob",
            last_name="Norman",
            address1="Chestnut Street 92",
            address2="",
            city="Louisville",
            province="Kentucky",
            zip="40202",
            country="United States",
            country_code="US",
            phone="+1(502)-459-2181",
        ),
        lines=tuple(
            AssignedLine(
                id=line_id,
                order_line_id=order_line,
                quantity=1,
                remaining=1,
                inventory_item_id=item,
                variant_id=variant,
            )
            for line_id, (order_line, variant, item) in zip(line_ids, GOODS, strict=False)
        ),
    )


_HEARD_WORK = _heard(
    77,
    (1, 2, 3),
    AssignedRequest(kind=RequestKind.FULFILLMENT, sent_at=AT, message="Be quick.", notify_customer=True),
    status=RequestStatus.SUBMITTED,
)
_HEARD_REST = _heard(78, (4,), status=RequestStatus.UNSUBMITTED)
_HEARD_ORDER = BookedOrder(
    id=450789469,
    name="#1001",
    created_at=AT,
    lines=tuple(
        BookedOrderLine(id=line, quantity=1, fulfillable=1, sku=f"IPOD-{variant}", variant_id=variant)
        for line, variant, _ in GOODS
    ),
)
_HEARD_PARCEL = BookedFulfillment(
    id=1069019877,
    order_id=450789469,
    location_id=OWN,
    name="#1001.1",
    status="success",
    tracking_numbers=("1Z1234512345123456",),
)
_VARIANT = ProductVariant(
    id=31,
    product_id=30,
    inventory_item_id=32,
    title="Default Title",
    position=1,
    price=1999,
    created_at=AT,
    updated_at=AT,
    sku="A-1",
    managed_by="api-shipwire",
    quantity=4,
)
_PRODUCT = Product(
    id=30, title="Lamp", handle="lamp", status="active", created_at=AT, updated_at=AT, variants=(_VARIANT,)
)
_HEARD_VARIANT = ListedVariant(id=31, product_id=30, inventory_item_id=32, sku="A-1")
_HEARD_PRODUCT = ListedProduct(id=30, title="Lamp", variants=(_HEARD_VARIANT,))
_ITEM = InventoryItem(id=32, tracked=True, requires_shipping=True, created_at=AT, updated_at=AT, sku="A-1")
_LEVEL = StockedLevel(id=8, inventory_item_id=32, location_id=OWN, available=-3, updated_at=AT)
_WEBHOOK = WebhookSubscription(
    id=4759306,
    app_id=7,
    topics=("orders/create",),
    address="https://dockers.example/hooks",
    created_at=AT,
    updated_at=AT,
)
_HEARD_WEBHOOK = RegisteredWebhook(id=4759306, topic="orders/create", address="https://dockers.example/hooks")
_HEARD_SERVICE = RegisteredService(
    id=SERVICE.id, name=SERVICE.name, handle=SERVICE.handle, location_id=SERVICE.location_id
)
_LOCATION = LOCATIONS[OWN]
_HEARD_LOCATION = type(_LOCATION)(
    id=OWN,
    name=_LOCATION.name,
    address=Address(city="New York", country_code="US", country="United States"),
)
_HOLD = Hold(id=3, reason=HoldReason.OTHER, placed_at=AT)
_SCAN = CarrierEvent(
    id=12,
    status=ShipmentStatus.IN_TRANSIT,
    happened_at=AT,
    created_at=AT,
    message="On its way",
    city="Lund",
    latitude=55.7,
    longitude=13.2,
)
_CHANGED = Said(FulfillmentOrderChanged(order=_ORDER, fulfillment_order=_WORK), _HEARD_WORK)
_FOUND = FulfillmentOrderFound(order=_ORDER, fulfillment_order=_WORK)
_PARCEL_FOUND = FulfillmentFound(order=_SHIPPED, fulfillment=_PARCEL)

RESULTS: dict[str, Said] = {
    "create_order": Said(OrderCreated(order=_ORDER), _HEARD_ORDER),
    "list_orders": Said(Page(items=(_ORDER,)), (_HEARD_ORDER,)),
    "count_orders": Said(3, 3),
    "get_order": Said(_ORDER, _HEARD_ORDER),
    **dict.fromkeys(
        ("update_order", "cancel_order", "close_order", "open_order"), Said(OrderChanged(order=_ORDER), _HEARD_ORDER)
    ),
    "delete_order": Said(OrderChanged(order=_ORDER), None),
    "list_fulfillment_orders": Said((_FOUND,), (_HEARD_WORK,)),
    "get_fulfillment_order": Said(_FOUND, _HEARD_WORK),
    "list_assigned_fulfillment_orders": Said(Page(items=(_FOUND,)), (_HEARD_WORK,)),
    "close_fulfillment_order": _CHANGED,
    "submit_fulfillment_request": Said(
        RequestSubmitted(order=_ORDER, original=_WORK, submitted=_WORK, unsubmitted=_REST),
        SubmittedRequest(submitted=_HEARD_WORK, unsubmitted=_HEARD_REST),
    ),
    "accept_fulfillment_request": _CHANGED,
    "reject_fulfillment_request": _CHANGED,
    "submit_cancellation_request": _CHANGED,
    "accept_cancellation_request": _CHANGED,
    "reject_cancellation_request": _CHANGED,
    "create_fulfillment": Said(FulfillmentCreated(order=_SHIPPED, fulfillment=_PARCEL), _HEARD_PARCEL),
    "list_fulfillments": Said(Page(items=(_PARCEL_FOUND,)), (_HEARD_PARCEL,)),
    "list_fulfillments_of_fulfillment_order": Said(Page(items=(_PARCEL_FOUND,)), (_HEARD_PARCEL,)),
    "count_fulfillments": Said(2, 2),
    "get_fulfillment": Said(_PARCEL_FOUND, _HEARD_PARCEL),
    "cancel_fulfillment_order": Said(
        FulfillmentOrderReplaced(order=_ORDER, original=_WORK, replacement=_REST),
        ReplacedWork(original=_HEARD_WORK, replacement=_HEARD_REST),
    ),
    "hold_fulfillment_order": Said(
        FulfillmentOrderHeld(order=_ORDER, held=_WORK, hold=_HOLD, remaining=_REST), _HEARD_WORK
    ),
    "release_hold": _CHANGED,
    "move_fulfillment_order": Said(
        FulfillmentOrderMoved(order=_ORDER, original=_WORK, moved=_REST, remaining=_WORK),
        MovedWork(original=_HEARD_WORK, moved=_HEARD_REST, remaining=_HEARD_WORK),
    ),
    "open_fulfillment_order": _CHANGED,
    "reschedule_fulfillment_order": _CHANGED,
    "set_fulfillment_orders_deadline": Said(FulfillmentOrdersChanged(order=_ORDER, fulfillment_orders=(_WORK,)), None),
    "list_locations_for_move": Said(
        (LocationForMove(location=LOCATIONS[OWN], why_not=Unmovable.CURRENT),),
        (OfferedPlace(location_id=OWN, name="Fifth Avenue AppleStore", movable=False, message="Current location."),),
    ),
    "update_tracking": Said(FulfillmentChanged(order=_SHIPPED, fulfillment=_PARCEL), _HEARD_PARCEL),
    "cancel_fulfillment": Said(FulfillmentChanged(order=_SHIPPED, fulfillment=_PARCEL), _HEARD_PARCEL),
    "cancel_fulfillment_of_order": Said(FulfillmentChanged(order=_SHIPPED, fulfillment=_PARCEL), _HEARD_PARCEL),
    "list_fulfillment_events": Said((CarrierEventFound(order=_SHIPPED, fulfillment=_PARCEL, event=_SCAN),), (_SCAN,)),
    "create_fulfillment_event": Said(CarrierEventAdded(order=_SHIPPED, fulfillment=_PARCEL, event=_SCAN), _SCAN),
    "get_fulfillment_event": Said(CarrierEventFound(order=_SHIPPED, fulfillment=_PARCEL, event=_SCAN), _SCAN),
    "delete_fulfillment_event": Said(FulfillmentChanged(order=_SHIPPED, fulfillment=_PARCEL), None),
    "create_fulfillment_service": Said(SERVICE, _HEARD_SERVICE),
    "list_fulfillment_services": Said((SERVICE,), (_HEARD_SERVICE,)),
    "get_fulfillment_service": Said(SERVICE, _HEARD_SERVICE),
    "list_locations": Said((_LOCATION,), (_HEARD_LOCATION,)),
    "count_locations": Said((_LOCATION,), 1),
    "get_location": Said(_LOCATION, _HEARD_LOCATION),
    "create_product": Said(_PRODUCT, _HEARD_PRODUCT),
    "list_products": Said(Page(items=(_PRODUCT,)), (_HEARD_PRODUCT,)),
    "count_products": Said(1, 1),
    "get_product": Said(_PRODUCT, _HEARD_PRODUCT),
    "get_variant": Said(_VARIANT, _HEARD_VARIANT),
    "get_variant_of_product": Said(_VARIANT, _HEARD_VARIANT),
    "list_inventory_items": Said((_ITEM,), (_ITEM,)),
    "get_inventory_item": Said(_ITEM, _ITEM),
    "list_inventory_levels": Said(Page(items=(_LEVEL,)), (_LEVEL,)),
    "update_fulfillment_service": Said(SERVICE, _HEARD_SERVICE),
    "delete_fulfillment_service": Said(None, None),
    "update_product": Said(_PRODUCT, _HEARD_PRODUCT),
    "delete_product": Said(None, None),
    "update_variant": Said(_VARIANT, _HEARD_VARIANT),
    "update_variant_of_product": Said(_VARIANT, _HEARD_VARIANT),
    "list_variants": Said(Page(items=(_VARIANT,)), (_HEARD_VARIANT,)),
    "count_variants": Said(1, 1),
    "create_variant": Said((_VARIANT,), _HEARD_VARIANT),
    "delete_variant": Said(None, None),
    "update_inventory_item": Said(_ITEM, _ITEM),
    "list_inventory_levels_of_location": Said(Page(items=(_LEVEL,)), (_LEVEL,)),
    "delete_inventory_level": Said(None, None),
    "create_webhook_subscription": Said(_WEBHOOK, _HEARD_WEBHOOK),
    "list_webhook_subscriptions": Said(Page(items=(_WEBHOOK,)), (_HEARD_WEBHOOK,)),
    "count_webhook_subscriptions": Said(1, 1),
    "get_webhook_subscription": Said(_WEBHOOK, _HEARD_WEBHOOK),
    "update_webhook_subscription": Said(_WEBHOOK, _HEARD_WEBHOOK),
    "delete_webhook_subscription": Said(None, None),
    "set_inventory_level": Said(_LEVEL, _LEVEL),
    "adjust_inventory_level": Said(_LEVEL, _LEVEL),
    "connect_inventory_level": Said(_LEVEL, _LEVEL),
    "get_shop": Said(SHOP, SHOP),
    "list_access_scopes": Said(("read_orders",), ("read_orders",)),
    "fulfillment_order_notification": Said(None, None),
    "fetch_stock": Said({"998KIB": 10, "123": 0}, {"998KIB": 10, "123": 0}),
    "fetch_tracking_numbers": Said({"#1001.1": "qwerty"}, {"#1001.1": "qwerty"}),
}
