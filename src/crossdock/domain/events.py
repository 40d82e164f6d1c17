"""What happened to an order. Every change makes at least one event, written in the transaction of the change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from crossdock.domain.orders import Fulfillment, FulfillmentOrder, Order, OrderLine

Detail = str | int | bool | None


class EventKind(StrEnum):
    """What happened, as the timeline tells it."""

    ORDER_CREATED = "order_created"
    ORDER_ROUTED = "order_routed"
    ORDER_PARTIALLY_FULFILLED = "order_partially_fulfilled"
    ORDER_FULFILLED = "order_fulfilled"
    ORDER_CLOSED = "order_closed"
    ORDER_REOPENED = "order_reopened"
    ORDER_EDITED = "order_edited"
    ORDER_UPDATED = "order_updated"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_DELETED = "order_deleted"
    FULFILLMENT_ORDER_SPLIT = "fulfillment_order_split"
    FULFILLMENT_ORDER_MERGED = "fulfillment_order_merged"
    FULFILLMENT_ORDER_MOVED = "fulfillment_order_moved"
    FULFILLMENT_ORDER_CANCELLED = "fulfillment_order_cancelled"
    FULFILLMENT_ORDER_PLACED_ON_HOLD = "fulfillment_order_placed_on_hold"
    FULFILLMENT_ORDER_HOLD_RELEASED = "fulfillment_order_hold_released"
    FULFILLMENT_ORDER_RESCHEDULED = "fulfillment_order_rescheduled"
    FULFILLMENT_ORDER_OPENED = "fulfillment_order_opened"
    FULFILLMENT_ORDER_PROGRESS_REPORTED = "fulfillment_order_progress_reported"
    FULFILLMENT_ORDER_PROGRESS_STOPPED = "fulfillment_order_progress_stopped"
    FULFILLMENT_ORDER_DEADLINE_SET = "fulfillment_order_deadline_set"
    FULFILLMENT_REQUEST_SUBMITTED = "fulfillment_request_submitted"
    FULFILLMENT_REQUEST_ACCEPTED = "fulfillment_request_accepted"
    FULFILLMENT_REQUEST_REJECTED = "fulfillment_request_rejected"
    FULFILLMENT_REQUEST_WITHDRAWN = "fulfillment_request_withdrawn"
    CANCELLATION_REQUEST_SUBMITTED = "cancellation_request_submitted"
    CANCELLATION_REQUEST_ACCEPTED = "cancellation_request_accepted"
    CANCELLATION_REQUEST_REJECTED = "cancellation_request_rejected"
    CANCELLATION_REQUEST_WITHDRAWN = "cancellation_request_withdrawn"
    FULFILLMENT_SERVICE_FAILED_TO_COMPLETE = "fulfillment_service_failed_to_complete"
    FULFILLMENT_CREATED = "fulfillment_created"
    FULFILLMENT_CANCELLED = "fulfillment_cancelled"
    FULFILLMENT_TRACKING_UPDATED = "fulfillment_tracking_updated"
    CARRIER_EVENT_ADDED = "carrier_event_added"
    CARRIER_EVENT_REMOVED = "carrier_event_removed"


@dataclass(frozen=True, kw_only=True, slots=True)
class LineChange:
    """Units of one fulfillment order line that an event concerns, and what its line had left afterwards."""

    fulfillment_order_line_id: int
    order_line_id: int
    quantity: int
    remaining: int


@dataclass(frozen=True, kw_only=True, slots=True)
class After:
    """What a command changed, as it was afterwards: whole values, but of their parts only those that changed too.

    `order` is the order as it was made, or without lines, fulfillment orders and fulfillments if it changed itself.
    `gone` are the ids of lines, holds and carrier events that stood where something changed and stand there no more.
    """

    order: Order | None = None
    lines: tuple[OrderLine, ...] = ()
    fulfillment_orders: tuple[FulfillmentOrder, ...] = ()
    fulfillments: tuple[Fulfillment, ...] = ()
    gone: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One fact about an order. `status` and `request_status` are those of the fulfillment order afterwards.

    `after`: the last event of a command carries what the command changed, so that the log alone gives the order.
    """

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
    after: After | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LoggedEvent:
    """An event where it stands in its order's log, with who caused it."""

    sequence: int
    at: datetime
    event: Event
    actor: str = ""
    request_id: str | None = None
