"""What a fulfillment order amounts to in 29 Next's words, of which there are fewer than the engine's. Never stored.

Source: 29 Next Admin API 2024-04-01, FulfillmentOrder `status` and `request_status`; what its words are for a
fulfillment order that has ended is in part inferred.
"""

from collections.abc import Mapping
from enum import StrEnum

from crossdock.domain.orders import FulfillmentOrder, Order, supported_actions
from crossdock.domain.states import Action, Party, RequestStatus, Status, SupportedAction, transition


class WorkStatus(StrEnum):
    """29 Next's `status`."""

    NOT_REQUIRED = "not_required"
    OPEN = "open"
    PROCESSING = "processing"
    ON_HOLD = "on_hold"
    INCOMPLETE = "incomplete"
    CLOSED = "closed"
    CANCELED = "canceled"


class WorkRequestStatus(StrEnum):
    """29 Next's `request_status`."""

    PENDING = "pending"
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCEL_REQUESTED = "cancel_requested"
    CANCEL_ACCEPTED = "cancel_accepted"
    CANCEL_REJECTED = "cancel_rejected"
    CLOSED = "closed"


class WorkAction(StrEnum):
    """29 Next's `supported_actions`. Only `move` is attested; the others are Shopify's for what both have."""

    REQUEST_FULFILLMENT = "request_fulfillment"
    CREATE_FULFILLMENT = "create_fulfillment"
    REQUEST_CANCELLATION = "request_cancellation"
    CANCEL_FULFILLMENT_ORDER = "cancel_fulfillment_order"
    RELEASE_HOLD = "release_hold"
    MOVE = "move"
    HOLD = "hold"
    CLOSE = "close"


LIVE: Mapping[Status, WorkStatus] = {
    Status.OPEN: WorkStatus.OPEN,
    Status.SCHEDULED: WorkStatus.OPEN,
    Status.IN_PROGRESS: WorkStatus.PROCESSING,
    Status.ON_HOLD: WorkStatus.ON_HOLD,
    Status.INCOMPLETE: WorkStatus.INCOMPLETE,
    Status.CANCELLED: WorkStatus.CANCELED,
    Status.NOT_REQUIRED: WorkStatus.NOT_REQUIRED,
}
SAID: Mapping[RequestStatus, WorkRequestStatus] = {
    RequestStatus.UNSUBMITTED: WorkRequestStatus.PENDING,
    RequestStatus.SUBMITTED: WorkRequestStatus.REQUESTED,
    RequestStatus.ACCEPTED: WorkRequestStatus.ACCEPTED,
    RequestStatus.REJECTED: WorkRequestStatus.REJECTED,
    RequestStatus.CANCELLATION_REQUESTED: WorkRequestStatus.CANCEL_REQUESTED,
    RequestStatus.CANCELLATION_ACCEPTED: WorkRequestStatus.CANCEL_ACCEPTED,
    RequestStatus.CANCELLATION_REJECTED: WorkRequestStatus.CANCEL_REJECTED,
    RequestStatus.CLOSED: WorkRequestStatus.CLOSED,
}
_UNASKED = frozenset({Status.OPEN, Status.SCHEDULED})
_GOING_ON = frozenset({Status.OPEN, Status.IN_PROGRESS})
_OFFERED: Mapping[SupportedAction, WorkAction] = {
    each: WorkAction(each.value) for each in SupportedAction if each.value in frozenset(WorkAction)
}


def work_status(order: Order, fulfillment_order: FulfillmentOrder) -> WorkStatus:
    """Return the status. What has ended is closed if it was shipped or has moved, and canceled otherwise."""
    if not fulfillment_order.live:
        return WorkStatus.CANCELED if _called_off(order, fulfillment_order) else WorkStatus.CLOSED
    unasked = fulfillment_order.status in _UNASKED and fulfillment_order.request_status is RequestStatus.UNSUBMITTED
    if unasked and not _ships(order, fulfillment_order):
        return WorkStatus.NOT_REQUIRED
    return LIVE[fulfillment_order.status]


def work_request_status(order: Order, fulfillment_order: FulfillmentOrder) -> WorkRequestStatus:
    """Return the request status. Nothing is asked any more of what has ended; that its service stopped it stays."""
    if fulfillment_order.live:
        return SAID[fulfillment_order.request_status]
    stopped = fulfillment_order.request_status is RequestStatus.CANCELLATION_ACCEPTED
    if stopped and _called_off(order, fulfillment_order):
        return WorkRequestStatus.CANCEL_ACCEPTED
    return WorkRequestStatus.CLOSED


def work_actions(
    order: Order, fulfillment_order: FulfillmentOrder, *, movable: bool | None = None, app_id: int | None = None
) -> tuple[WorkAction, ...]:
    """Return what can be done. `movable`: another location could ship it; where nobody has looked, it is offered.

    What is being stopped, was stopped or given up is not offered to be shipped: this platform's own tools ship what is
    open or processing. Nor is it offered to be cancelled while its service has it: nobody can force that.
    """
    state = fulfillment_order.state
    offered = {
        _OFFERED[each]
        for each in supported_actions(order, fulfillment_order, movable=movable is not False, app_id=app_id)
        if each in _OFFERED
    }
    stopping = fulfillment_order.request_status is RequestStatus.CANCELLATION_REQUESTED
    if stopping or fulfillment_order.status not in _GOING_ON:
        offered.discard(WorkAction.CREATE_FULFILLMENT)
    if stopping:
        offered.discard(WorkAction.CANCEL_FULFILLMENT_ORDER)
    if fulfillment_order.remaining and transition(state, Action.CLOSE) is not None:
        offered.add(WorkAction.CLOSE)
    replaced = transition(state, Action.REPLACE)
    if fulfillment_order.remaining and replaced is not None and Party.MERCHANT in replaced.by:
        offered.add(WorkAction.CANCEL_FULFILLMENT_ORDER)
    return tuple(each for each in WorkAction if each in offered)


def _called_off(order: Order, fulfillment_order: FulfillmentOrder) -> bool:
    """Say whether what has ended neither went elsewhere nor was shipped nor given up by its service.

    Where another stands in for it, that one has what was left; if it still shows some, a parcel of it was taken back.
    """
    if fulfillment_order.merged_into is not None:
        return False
    if any(each.replaces == fulfillment_order.id for each in order.fulfillment_orders):
        return not fulfillment_order.remaining and fulfillment_order.request_status is not RequestStatus.CLOSED
    return all(line.remaining == line.quantity for line in fulfillment_order.lines)


def _ships(order: Order, fulfillment_order: FulfillmentOrder) -> bool:
    shipped = {line.id for line in order.lines if line.requires_shipping}
    return any(line.order_line_id in shipped for line in fulfillment_order.lines)
