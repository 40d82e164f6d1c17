"""What happened to an order. Every change makes at least one event, written in the transaction of the change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Detail = str | int | bool | None


class EventKind(StrEnum):
    """What happened, as the timeline tells it."""

    ORDER_CREATED = "order_created"
    ORDER_ROUTED = "order_routed"
    ORDER_PARTIALLY_FULFILLED = "order_partially_fulfilled"
    ORDER_FULFILLED = "order_fulfilled"
    ORDER_CLOSED = "order_closed"
    FULFILLMENT_ORDER_SPLIT = "fulfillment_order_split"
    FULFILLMENT_REQUEST_SUBMITTED = "fulfillment_request_submitted"
    FULFILLMENT_REQUEST_ACCEPTED = "fulfillment_request_accepted"
    FULFILLMENT_REQUEST_REJECTED = "fulfillment_request_rejected"
    CANCELLATION_REQUEST_SUBMITTED = "cancellation_request_submitted"
    CANCELLATION_REQUEST_ACCEPTED = "cancellation_request_accepted"
    CANCELLATION_REQUEST_REJECTED = "cancellation_request_rejected"
    FULFILLMENT_SERVICE_FAILED_TO_COMPLETE = "fulfillment_service_failed_to_complete"
    FULFILLMENT_CREATED = "fulfillment_created"


@dataclass(frozen=True, kw_only=True, slots=True)
class LineChange:
    """Units of one fulfillment order line that an event concerns, and what its line had left afterwards."""

    fulfillment_order_line_id: int
    order_line_id: int
    quantity: int
    remaining: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One fact about an order. `status` and `request_status` are those of the fulfillment order afterwards."""

    kind: EventKind
    fulfillment_order_id: int | None = None
    fulfillment_id: int | None = None
    location_id: int | None = None
    status: str | None = None
    request_status: str | None = None
    message: str | None = None
    reason: str | None = None
    lines: tuple[LineChange, ...] = ()
    details: Mapping[str, Detail] = field(default_factory=dict)
