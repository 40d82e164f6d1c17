"""What apps are told, as Shopify's documentation shows it.

Source: Shopify, webhook topics: samples of fulfillment_orders/* (2025-01), orders/create and fulfillments/create.
"""

from dataclasses import replace

import pytest

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.webhooks import TOPICS, announcements, example
from crossdock.domain.events import Event, EventKind
from crossdock.domain.orders import Hold, HoldReason, Order
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.subscriptions import OrderChange
from tests.dialects.scene import AT, LOCATIONS, OWN, SHIPWIRE, SHOP, fulfillment_order, order, parcel, submitted

ONE = "gid://shopify/FulfillmentOrder/1"


def told(order: Order, event: Event, topic: str) -> Json:
    change = OrderChange(order=order, events=(event,), first=7)
    (said,) = announcements(change, {topic}, SHOP, LOCATIONS)
    assert (said.topic, said.number) == (topic, 7)
    return said.body


def an_event(kind: EventKind, status: Status, request_status: RequestStatus, **more: object) -> Event:
    values: dict[str, object] = {
        "fulfillment_order_id": 1,
        "location_id": SHIPWIRE,
        "status": status,
        "request_status": request_status,
    }
    return Event(kind=kind, **(values | more))  # type: ignore[arg-type]


def test_routing_is_complete() -> None:
    event = an_event(EventKind.ORDER_ROUTED, Status.OPEN, RequestStatus.UNSUBMITTED)
    body = told(order(fulfillment_order(1, (11,), goods=slice(1))), event, "fulfillment_orders/order_routing_complete")
    assert body == {"fulfillment_order": {"id": ONE, "status": "open"}}


def test_a_request_is_submitted() -> None:
    work = fulfillment_order(1, (11,), goods=slice(1), requests=(submitted("Fragile"),))
    event = an_event(EventKind.FULFILLMENT_REQUEST_SUBMITTED, Status.OPEN, RequestStatus.SUBMITTED)
    state = {"id": ONE, "status": "open", "request_status": "submitted"}
    assert told(order(work), event, "fulfillment_orders/fulfillment_request_submitted") == {
        "original_fulfillment_order": state,
        "submitted_fulfillment_order": state,
        "fulfillment_order_merchant_request": {
            "id": "gid://shopify/FulfillmentOrderMerchantRequest/1",
            "message": "Fragile",
        },
    }


@pytest.mark.parametrize(
    ("kind", "topic", "status", "request_status"),
    [
        (EventKind.FULFILLMENT_REQUEST_ACCEPTED, "fulfillment_request_accepted", "in_progress", "accepted"),
        (EventKind.FULFILLMENT_REQUEST_REJECTED, "fulfillment_request_rejected", "open", "rejected"),
        (
            EventKind.CANCELLATION_REQUEST_REJECTED,
            "cancellation_request_rejected",
            "in_progress",
            "cancellation_rejected",
        ),
    ],
)
def test_a_service_answers(kind: EventKind, topic: str, status: str, request_status: str) -> None:
    event = an_event(kind, Status(status), RequestStatus(request_status), message="example message")
    body = told(order(fulfillment_order(1, (11,), goods=slice(1))), event, f"fulfillment_orders/{topic}")
    assert body == {
        "fulfillment_order": {"id": ONE, "status": status, "request_status": request_status},
        "message": "example message",
    }


def test_a_hold_is_placed() -> None:
    hold = Hold(id=1, reason=HoldReason.OTHER, placed_at=AT, notes="example", handle="example handle", app_id=5)
    work = fulfillment_order(1, (11,), goods=slice(1), status=Status.ON_HOLD, holds=(hold,))
    rest = replace(fulfillment_order(2, (12,), goods=slice(1, 2)), split_from=1)
    event = an_event(
        EventKind.FULFILLMENT_ORDER_PLACED_ON_HOLD,
        Status.ON_HOLD,
        RequestStatus.UNSUBMITTED,
        details={"hold_id": 1, "remaining": 2},
    )
    written = {
        "id": "gid://shopify/FulfillmentHold/1",
        "reason": "other",
        "reason_notes": "example",
        "held_by_requesting_app": False,
        "handle": "example handle",
        "held_by_app": {"id": "gid://shopify/App/5"},
    }
    assert told(order(work, rest), event, "fulfillment_orders/placed_on_hold") == {
        "fulfillment_order": {"id": ONE, "status": "on_hold", "fulfillment_holds": [written]},
        "remaining_fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/2", "status": "open"},
        "held_fulfillment_order_line_items": [],
        "created_fulfillment_hold": written,
    }


def test_orders_and_fulfillments_carry_their_rest_bodies_without_a_root() -> None:
    plain = order()
    shipped = order(fulfillments=(parcel(plain.lines[0]),))
    body = told(shipped, Event(kind=EventKind.ORDER_CREATED), "orders/create")
    assert (body["id"], body["name"], len(body["line_items"])) == (450789469, "#1001", 3)
    event = Event(kind=EventKind.FULFILLMENT_CREATED, fulfillment_id=1069019877, location_id=OWN)
    body = told(shipped, event, "fulfillments/create")
    assert (body["id"], body["order_id"], body["email"]) == (1069019877, 450789469, "bob.norman@mail.example.com")
    assert body["destination"]["zip"] == "40202"


def test_only_what_is_wanted_is_written_and_updates_are_told_once() -> None:
    events = (Event(kind=EventKind.ORDER_CREATED), Event(kind=EventKind.ORDER_CLOSED))
    change = OrderChange(order=order(), events=events, first=1)
    assert list(announcements(change, set(), SHOP, LOCATIONS)) == []
    (updated,) = announcements(change, {"orders/updated"}, SHOP, LOCATIONS)
    assert updated.number == 2


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_has_an_example(topic: str) -> None:
    assert isinstance(example(topic), dict)
