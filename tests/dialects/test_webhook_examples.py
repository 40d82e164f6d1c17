"""Samples of what apps are told of fulfillment orders and holds, word for word; other topics carry REST bodies.

`webhook_examples.json` has the samples, with their sources. Where a sample's status is not the one that REST documents
for the action, it has that: see docs/fidelity.md.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.silent_topics import SILENT
from crossdock.dialects.shopify.webhooks import TOPICS, announcements
from crossdock.domain.events import Detail, Event, EventKind, LineChange
from crossdock.domain.orders import FulfillmentOrder, Hold, HoldReason, MerchantRequest
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.subscriptions import OrderChange
from tests.dialects.scene import AT, LOCATIONS, OWN, SHIPWIRE, SHOP, fulfillment_order, order, submitted

EXAMPLES: Mapping[str, Json] = json.loads((Path(__file__).parent / "webhook_examples.json").read_text("utf-8"))
GROUPS = ("fulfillment_orders/", "fulfillment_holds/")
MINIMAL = [topic for topic in TOPICS if topic.startswith(GROUPS) and topic not in SILENT]
HOLD = Hold(id=1, reason=HoldReason.OTHER, placed_at=AT, notes="example", handle="example handle", app_id=5)
LINE = LineChange(fulfillment_order_line_id=1, order_line_id=1, quantity=1, remaining=1)


def work(id: int = 1, status: Status = Status.OPEN, **more: object) -> FulfillmentOrder:
    return fulfillment_order(id, (id,), goods=slice(id - 1, id), status=status, **more)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What happened to the first fulfillment order, as in a sample: the work afterwards and before, and the event."""

    kind: EventKind
    after: tuple[FulfillmentOrder, ...] = (work(),)
    before: tuple[FulfillmentOrder, ...] = (work(),)
    about: int = 1
    location_id: int = SHIPWIRE
    status: Status = Status.OPEN
    request_status: RequestStatus = RequestStatus.UNSUBMITTED
    lines: tuple[LineChange, ...] = ()
    details: Mapping[str, Detail] = field(default_factory=dict)

    def change(self) -> OrderChange:
        event = Event(
            kind=self.kind,
            fulfillment_order_id=self.about,
            location_id=self.location_id,
            status=self.status,
            request_status=self.request_status,
            message="example message",
            lines=self.lines,
            details=self.details,
        )
        return OrderChange(order=order(*self.after), events=(event,), first=1, before=order(*self.before), app_id=5)


def asked(message: str = "Fragile") -> tuple[MerchantRequest, ...]:
    return (submitted(message),)


HELD = Told(
    kind=EventKind.FULFILLMENT_ORDER_PLACED_ON_HOLD,
    after=(work(status=Status.ON_HOLD, holds=(HOLD,)), work(2)),
    status=Status.ON_HOLD,
    lines=(LINE,),
    details={"hold_id": 1, "remaining": 2},
)
RELEASED = Told(
    kind=EventKind.FULFILLMENT_ORDER_HOLD_RELEASED, before=(work(status=Status.ON_HOLD, holds=(HOLD,)),)
)  # fmt: skip
SAMPLES: Mapping[str, Told] = {
    "fulfillment_orders/order_routing_complete": Told(kind=EventKind.ORDER_ROUTED),
    "fulfillment_orders/fulfillment_request_submitted": Told(
        kind=EventKind.FULFILLMENT_REQUEST_SUBMITTED,
        after=(work(requests=asked()),),
        request_status=RequestStatus.SUBMITTED,
    ),
    "fulfillment_orders/fulfillment_request_accepted": Told(
        kind=EventKind.FULFILLMENT_REQUEST_ACCEPTED, status=Status.IN_PROGRESS, request_status=RequestStatus.ACCEPTED
    ),
    "fulfillment_orders/fulfillment_request_rejected": Told(
        kind=EventKind.FULFILLMENT_REQUEST_REJECTED, request_status=RequestStatus.REJECTED
    ),
    "fulfillment_orders/cancellation_request_submitted": Told(
        kind=EventKind.CANCELLATION_REQUEST_SUBMITTED,
        after=(work(requests=asked()),),
        status=Status.IN_PROGRESS,
        request_status=RequestStatus.CANCELLATION_REQUESTED,
    ),
    "fulfillment_orders/cancellation_request_accepted": Told(
        kind=EventKind.CANCELLATION_REQUEST_ACCEPTED,
        status=Status.CANCELLED,
        request_status=RequestStatus.CANCELLATION_ACCEPTED,
    ),
    "fulfillment_orders/cancellation_request_rejected": Told(
        kind=EventKind.CANCELLATION_REQUEST_REJECTED,
        status=Status.IN_PROGRESS,
        request_status=RequestStatus.CANCELLATION_REJECTED,
    ),
    "fulfillment_orders/cancelled": Told(
        kind=EventKind.FULFILLMENT_ORDER_CANCELLED,
        after=(work(), work(2)),
        status=Status.CANCELLED,
        details={"replacement": 2},
    ),
    "fulfillment_orders/fulfillment_service_failed_to_complete": Told(
        kind=EventKind.FULFILLMENT_SERVICE_FAILED_TO_COMPLETE,
        status=Status.INCOMPLETE,
        request_status=RequestStatus.CLOSED,
    ),
    "fulfillment_orders/moved": Told(
        kind=EventKind.FULFILLMENT_ORDER_MOVED,
        after=(work(status=Status.CLOSED), work(2, location_id=OWN)),
        about=2,
        location_id=OWN,
        lines=(LINE,),
        details={"original": 1, "from_location": SHIPWIRE},
    ),
    "fulfillment_orders/placed_on_hold": HELD,
    "fulfillment_holds/added": HELD,
    "fulfillment_orders/hold_released": RELEASED,
    "fulfillment_holds/released": RELEASED,
    "fulfillment_orders/rescheduled": Told(
        kind=EventKind.FULFILLMENT_ORDER_RESCHEDULED,
        after=(work(status=Status.SCHEDULED, fulfill_at=AT),),
        status=Status.SCHEDULED,
    ),
    "fulfillment_orders/scheduled_fulfillment_order_ready": Told(kind=EventKind.FULFILLMENT_ORDER_OPENED),
    "fulfillment_orders/split": Told(
        kind=EventKind.FULFILLMENT_ORDER_SPLIT, after=(work(), work(2, split_from=1)), about=2, lines=(LINE,)
    ),
    "fulfillment_orders/merged": Told(
        kind=EventKind.FULFILLMENT_ORDER_MERGED,
        after=(work(status=Status.CLOSED), work(2)),
        status=Status.CLOSED,
        details={"merged_into": 2},
    ),
    "fulfillment_orders/progress_reported": Told(
        kind=EventKind.FULFILLMENT_ORDER_PROGRESS_REPORTED, status=Status.IN_PROGRESS
    ),
    "fulfillment_orders/manually_reported_progress_stopped": Told(kind=EventKind.FULFILLMENT_ORDER_PROGRESS_STOPPED),
}


def test_every_minimal_topic_has_a_sample_with_its_source() -> None:
    assert set(EXAMPLES) == set(SAMPLES) == set(MINIMAL)
    assert all(sample["source"] for sample in EXAMPLES.values())


@pytest.mark.parametrize("topic", MINIMAL)
def test_an_app_is_told_as_in_the_sample(topic: str) -> None:
    (said,) = announcements(SAMPLES[topic].change(), {topic}, SHOP, LOCATIONS)
    assert said.body == EXAMPLES[topic]["body"]
