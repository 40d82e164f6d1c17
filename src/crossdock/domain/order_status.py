"""What an order's fulfillment amounts to, in the words of either platform. Derived from its parts, never stored."""

from collections.abc import Callable, Sequence
from enum import StrEnum

from crossdock.domain.orders import FulfillmentOrder, Order
from crossdock.domain.shipment import ShipmentStatus, until_delivered
from crossdock.domain.states import RequestStatus, Status


class DisplayFulfillmentStatus(StrEnum):
    """What Shopify displays of an order. Source: GraphQL Order.displayFulfillmentStatus."""

    UNFULFILLED = "unfulfilled"
    PARTIALLY_FULFILLED = "partially_fulfilled"
    FULFILLED = "fulfilled"
    ON_HOLD = "on_hold"
    IN_PROGRESS = "in_progress"
    SCHEDULED = "scheduled"
    REQUEST_DECLINED = "request_declined"


class NextFulfillmentStatus(StrEnum):
    """What 29 Next says of an order. Source: Admin API 2024-04-01, order `fulfillment_status`."""

    NOT_REQUIRED = "not_required"
    UNFULFILLED = "unfulfilled"
    PARTIALLY_FULFILLED = "partially_fulfilled"
    FULFILLED = "fulfilled"
    ON_HOLD = "on_hold"
    REJECTED = "rejected"
    PROCESSING = "processing"
    INCOMPLETE = "incomplete"


class NextDeliveryStatus(StrEnum):
    """What 29 Next says of a parcel. Source: Admin API 2024-04-01, fulfillment `delivery_status`."""

    TRACKING_ADDED = "tracking_added"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPTED_DELIVERY = "attempted_delivery"
    FAILED_DELIVERY = "failed_delivery"
    DELIVERED = "delivered"
    DELAYED = "delayed"


_ASKED = frozenset({RequestStatus.SUBMITTED, RequestStatus.ACCEPTED, RequestStatus.CANCELLATION_REQUESTED})


def display_fulfillment_status(order: Order) -> DisplayFulfillmentStatus:
    """Return what Shopify displays.

    Of what is still to be shipped: on hold, scheduled or in progress only when all of it is; declined when a service
    declined some. The precedence among them is ours. Source: Shopify GraphQL, recorded and documented.
    """
    live = _live(order)
    if order.cancelled_at is not None:
        return DisplayFulfillmentStatus.UNFULFILLED
    if order.fulfilled and not live:
        return DisplayFulfillmentStatus.FULFILLED
    if _all(live, lambda each: each.status is Status.ON_HOLD):
        return DisplayFulfillmentStatus.ON_HOLD
    if any(each.request_status is RequestStatus.REJECTED for each in live):
        return DisplayFulfillmentStatus.REQUEST_DECLINED
    if _all(live, lambda each: each.status is Status.SCHEDULED):
        return DisplayFulfillmentStatus.SCHEDULED
    if order.partially_fulfilled:
        return DisplayFulfillmentStatus.PARTIALLY_FULFILLED
    if _all(live, _in_progress):
        return DisplayFulfillmentStatus.IN_PROGRESS
    return DisplayFulfillmentStatus.UNFULFILLED


def next_fulfillment_status(order: Order) -> NextFulfillmentStatus:
    """Return what 29 Next says: of mixed fulfillment orders, the one that needs somebody most.

    Source: 29 Next merchant guides for the words; the precedence among mixed ones is inferred.
    """
    live = _live(order)
    if not any(line.requires_shipping for line in order.lines):
        return NextFulfillmentStatus.NOT_REQUIRED
    if any(each.request_status is RequestStatus.REJECTED and each.status is Status.OPEN for each in live):
        return NextFulfillmentStatus.REJECTED
    if any(each.status is Status.ON_HOLD for each in live):
        return NextFulfillmentStatus.ON_HOLD
    if any(each.status is Status.IN_PROGRESS for each in live):
        return NextFulfillmentStatus.PROCESSING
    if any(each.status is Status.INCOMPLETE for each in live):
        return NextFulfillmentStatus.INCOMPLETE
    if order.partially_fulfilled:
        return NextFulfillmentStatus.PARTIALLY_FULFILLED
    return NextFulfillmentStatus.FULFILLED if order.fulfilled else NextFulfillmentStatus.UNFULFILLED


_DELIVERY: dict[ShipmentStatus, NextDeliveryStatus] = {
    ShipmentStatus.LABEL_PRINTED: NextDeliveryStatus.TRACKING_ADDED,
    ShipmentStatus.LABEL_PURCHASED: NextDeliveryStatus.TRACKING_ADDED,
    ShipmentStatus.CONFIRMED: NextDeliveryStatus.TRACKING_ADDED,
    ShipmentStatus.READY_FOR_PICKUP: NextDeliveryStatus.TRACKING_ADDED,
    ShipmentStatus.CARRIER_PICKED_UP: NextDeliveryStatus.IN_TRANSIT,
    ShipmentStatus.PICKED_UP: NextDeliveryStatus.IN_TRANSIT,
    ShipmentStatus.IN_TRANSIT: NextDeliveryStatus.IN_TRANSIT,
    ShipmentStatus.OUT_FOR_DELIVERY: NextDeliveryStatus.OUT_FOR_DELIVERY,
    ShipmentStatus.ATTEMPTED_DELIVERY: NextDeliveryStatus.ATTEMPTED_DELIVERY,
    ShipmentStatus.DELAYED: NextDeliveryStatus.DELAYED,
    ShipmentStatus.FAILURE: NextDeliveryStatus.FAILED_DELIVERY,
    ShipmentStatus.DELIVERED: NextDeliveryStatus.DELIVERED,
}


def next_delivery_status(order: Order, fulfillment_id: int) -> NextDeliveryStatus | None:
    """Return what 29 Next says of a parcel: nothing after its delivery counts. Raises: NotFound.

    Source: 29 Next changelog of 2024-12-04; which event gives which word is inferred.
    """
    fulfillment = order.fulfillment(fulfillment_id)
    counted = until_delivered(fulfillment.events)
    if counted:
        return _DELIVERY[counted[-1].status]
    return NextDeliveryStatus.TRACKING_ADDED if any(each.number for each in fulfillment.tracking) else None


def _live(order: Order) -> list[FulfillmentOrder]:
    return [each for each in order.fulfillment_orders if each.live and each.remaining]


def _in_progress(fulfillment_order: FulfillmentOrder) -> bool:
    return fulfillment_order.progress_reported or fulfillment_order.request_status in _ASKED


def _all(live: Sequence[FulfillmentOrder], rule: Callable[[FulfillmentOrder], bool]) -> bool:
    return bool(live) and all(rule(each) for each in live)
