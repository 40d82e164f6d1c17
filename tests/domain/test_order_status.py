"""What an order's fulfillment amounts to, in the words of either platform."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crossdock.domain.order_status import (
    DisplayFulfillmentStatus,
    NextDeliveryStatus,
    NextFulfillmentStatus,
    display_fulfillment_status,
    next_delivery_status,
    next_fulfillment_status,
)
from crossdock.domain.orders import Fulfillment, FulfillmentLine, FulfillmentOrder, FulfillmentStatus, Order, Tracking
from crossdock.domain.shipment import CarrierEvent, ShipmentStatus
from crossdock.domain.states import RequestStatus, Status
from tests.domain.scene import AT, LATER, SERVICE_PLACE, order_at, the_only

State = tuple[str, str]

UNFULFILLED, HELD, SCHEDULED = ("open", "unsubmitted"), ("on_hold", "unsubmitted"), ("scheduled", "unsubmitted")
ASKED, TAKEN, DECLINED = ("open", "submitted"), ("in_progress", "accepted"), ("open", "rejected")
STOPPED, GIVEN_UP, SHIPPED = ("cancelled", "cancellation_accepted"), ("incomplete", "closed"), ("closed", "accepted")


def order_of(*states: State) -> Order:
    """An order with a fulfillment order of one unit in each state; closed ones were shipped."""
    order = order_at(SERVICE_PLACE, *(1 for _ in states))
    whole = the_only(order)
    parts: list[FulfillmentOrder] = []
    parcels: list[Fulfillment] = []
    for number, ((status, request_status), line) in enumerate(zip(states, whole.lines, strict=True), 1):
        shipped = status == "closed"
        part = replace(
            whole,
            id=number,
            status=Status(status),
            request_status=RequestStatus(request_status),
            lines=(replace(line, remaining=0 if shipped else 1),),
        )
        parts.append(part)
        if shipped:
            parcels.append(parcel(number, part))
    return replace(order, fulfillment_orders=tuple(parts), fulfillments=tuple(parcels))


def parcel(number: int, part: FulfillmentOrder) -> Fulfillment:
    (line,) = part.lines
    shipped = FulfillmentLine(
        id=number,
        fulfillment_order_id=part.id,
        fulfillment_order_line_id=line.id,
        order_line_id=line.order_line_id,
        quantity=1,
    )
    return Fulfillment(
        id=number,
        number=number,
        location_id=part.location_id,
        status=FulfillmentStatus.SUCCESS,
        lines=(shipped,),
        created_at=AT,
        updated_at=AT,
    )


@pytest.mark.parametrize(
    ("states", "displayed", "next29"),
    [
        ([UNFULFILLED], "unfulfilled", "unfulfilled"),
        ([ASKED], "in_progress", "unfulfilled"),
        ([TAKEN], "in_progress", "processing"),
        ([TAKEN, UNFULFILLED], "unfulfilled", "processing"),
        ([DECLINED], "request_declined", "rejected"),
        ([DECLINED, HELD, TAKEN, GIVEN_UP], "request_declined", "rejected"),
        ([HELD], "on_hold", "on_hold"),
        ([HELD, UNFULFILLED], "unfulfilled", "on_hold"),  # recorded: a partial hold left it unfulfilled
        ([HELD, SHIPPED], "on_hold", "on_hold"),
        ([SCHEDULED], "scheduled", "unfulfilled"),
        ([GIVEN_UP], "unfulfilled", "incomplete"),
        ([GIVEN_UP, TAKEN], "unfulfilled", "processing"),
        ([STOPPED], "unfulfilled", "unfulfilled"),
        ([SHIPPED, UNFULFILLED], "partially_fulfilled", "partially_fulfilled"),
        ([SHIPPED, SHIPPED], "fulfilled", "fulfilled"),
    ],
)
def test_the_status_of_an_order(states: list[State], displayed: str, next29: str) -> None:
    order = order_of(*states)
    assert display_fulfillment_status(order) == DisplayFulfillmentStatus(displayed)
    assert next_fulfillment_status(order) == NextFulfillmentStatus(next29)


def test_a_cancelled_order_is_unfulfilled_and_what_needs_no_shipping_has_no_status() -> None:
    order = order_of(UNFULFILLED)
    cancelled = replace(order, cancelled_at=LATER)
    assert display_fulfillment_status(cancelled) is DisplayFulfillmentStatus.UNFULFILLED
    digital = replace(order, lines=tuple(replace(line, requires_shipping=False) for line in order.lines))
    assert next_fulfillment_status(digital) is NextFulfillmentStatus.NOT_REQUIRED


def test_nothing_after_the_delivery_counts_for_29_next() -> None:
    order = order_of(SHIPPED)
    assert next_delivery_status(order, 1) is None
    tracked = replace(order.fulfillments[0], tracking=(Tracking(number="T1"),))
    assert next_delivery_status(order.with_fulfillment(tracked), 1) is NextDeliveryStatus.TRACKING_ADDED
    words = (ShipmentStatus.PICKED_UP, ShipmentStatus.DELIVERED, ShipmentStatus.IN_TRANSIT)
    events = tuple(
        CarrierEvent(id=number, status=status, happened_at=AT + timedelta(hours=number), created_at=LATER)
        for number, status in enumerate(words)
    )
    scanned = replace(tracked, events=events)
    assert next_delivery_status(order.with_fulfillment(scanned), 1) is NextDeliveryStatus.DELIVERED
    assert scanned.shipment.status is ShipmentStatus.IN_TRANSIT
    under_way = replace(tracked, events=events[:1])
    assert next_delivery_status(order.with_fulfillment(under_way), 1) is NextDeliveryStatus.IN_TRANSIT
