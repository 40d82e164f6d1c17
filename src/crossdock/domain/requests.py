"""The talk between merchant and fulfillment service about one fulfillment order.

Source: Shopify REST FulfillmentRequest, CancellationRequest and FulfillmentOrder close.
"""

from collections.abc import Mapping
from datetime import datetime

from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    CloseFulfillmentOrder,
    RejectCancellationRequest,
    RejectFulfillmentRequest,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
    WithdrawCancellationRequest,
    WithdrawFulfillmentRequest,
)
from crossdock.domain.decisions import (
    Circumstances,
    Decision,
    FulfillmentOrderChanged,
    Notice,
    RequestSubmitted,
)
from crossdock.domain.events import Detail, EventKind
from crossdock.domain.orders import (
    FulfillmentOrder,
    LineRejection,
    MerchantRequest,
    Order,
    RejectionReason,
    RequestAnswer,
    RequestKind,
    move,
)
from crossdock.domain.parting import (
    checked_quantities,
    emptied,
    parted,
    remaining_units,
    split_event,
    told,
    units_as_lines,
    units_not_named,
)
from crossdock.domain.refusals import LineNamedTwice
from crossdock.domain.states import Action, Status
from crossdock.domain.values import replace

_GIVEN_BACK = frozenset({Status.CANCELLED, Status.INCOMPLETE})


def submit_fulfillment_request(
    order: Order, command: SubmitFulfillmentRequest, circumstances: Circumstances
) -> Decision:
    """Ask the fulfillment service to fulfill a fulfillment order, or the lines named.

    Units not asked for go to a new unsubmitted fulfillment order at the same location. Work that the service had
    stopped or given up is asked for as a new fulfillment order; the one that it knows is closed.
    Raises: NotFound, ActionNotAllowed, NotAtFulfillmentService, LineNotFound, LineNamedTwice, QuantityNotPositive,
    QuantityNotAvailable.
    Source: Shopify, FulfillmentRequest, "Sends a fulfillment request"; GraphQL for what was cancelled or incomplete.
    """
    asked = order.fulfillment_order(command.fulfillment_order_id)
    by, at = circumstances.parties_at(asked), circumstances.at
    move(asked, Action.SUBMIT_REQUEST, by=by, at=at)
    leaving = units_not_named(asked, checked_quantities(asked, command.lines))
    kept, rest = parted(asked, leaving, circumstances) if leaving else (asked, None)
    submitted = move(kept, Action.SUBMIT_REQUEST, by=by, at=at)
    closed = None
    if asked.status in _GIVEN_BACK:
        closed = move(emptied(kept), Action.ABSORB, by=by, at=at)
        submitted = _afresh(submitted, circumstances)
    request = MerchantRequest(
        id=next(circumstances.ids),
        kind=RequestKind.FULFILLMENT,
        sent_at=at,
        message=command.message,
        notify_customer=command.notify_customer,
    )
    submitted = replace(submitted, requests=(*submitted.requests, request))
    details = {"original": closed.id} if closed else {}
    events = [told(submitted, EventKind.FULFILLMENT_REQUEST_SUBMITTED, message=command.message, details=details)]
    if rest is not None:
        events.insert(0, split_event(asked, rest))
    changed = order.replacing(*(each for each in (closed, submitted, rest) if each))
    return Decision(
        order=changed,
        events=tuple(events),
        result=RequestSubmitted(order=changed, original=closed or submitted, submitted=submitted, unsubmitted=rest),
        notices=(_notice(submitted, request),),
    )


def _afresh(submitted: FulfillmentOrder, circumstances: Circumstances) -> FulfillmentOrder:
    """Return what is submitted as a new fulfillment order in place of the one that the service gave back."""
    units = units_as_lines(submitted, remaining_units(submitted))
    return replace(
        submitted,
        id=next(circumstances.ids),
        lines=tuple(replace(line, id=next(circumstances.ids)) for line in units),
        requests=(),
        created_at=circumstances.at,
        split_from=None,
        replaces=submitted.id,
    )


def accept_fulfillment_request(
    order: Order, command: AcceptFulfillmentRequest, circumstances: Circumstances
) -> Decision:
    """Take the work on. Raises: NotFound, ActionNotAllowed unless a request waits for this caller's service.

    Source: Shopify, Build for fulfillment services, step 3.
    """
    return _answer(
        order,
        command,
        circumstances,
        action=Action.ACCEPT_REQUEST,
        answer=RequestAnswer.ACCEPTED,
        kind=EventKind.FULFILLMENT_REQUEST_ACCEPTED,
        estimated_shipped_at=command.estimated_shipped_at,
    )


def reject_fulfillment_request(
    order: Order, command: RejectFulfillmentRequest, circumstances: Circumstances
) -> Decision:
    """Decline the whole request; the lines named only tell the merchant what is wrong.

    Raises: NotFound, ActionNotAllowed, LineNotFound, LineNamedTwice.
    Source: Shopify, FulfillmentRequest, "Rejects a fulfillment request".
    """
    fulfillment_order = order.fulfillment_order(command.fulfillment_order_id)
    named: set[int] = set()
    for line in command.lines:
        if line.fulfillment_order_line_id in named:
            raise LineNamedTwice(line.fulfillment_order_line_id)
        named.add(fulfillment_order.line(line.fulfillment_order_line_id).id)
    return _answer(
        order,
        command,
        circumstances,
        action=Action.REJECT_REQUEST,
        answer=RequestAnswer.REJECTED,
        kind=EventKind.FULFILLMENT_REQUEST_REJECTED,
        reason=command.reason,
        lines=command.lines,
    )


def withdraw_fulfillment_request(
    order: Order, command: WithdrawFulfillmentRequest, circumstances: Circumstances
) -> Decision:
    """Take an unanswered request back, so that the work is the merchant's again. Raises: NotFound, ActionNotAllowed.

    Source: 29 Next Admin API, fulfillment-request/cancel.
    """
    return _answer(
        order,
        command,
        circumstances,
        action=Action.WITHDRAW_REQUEST,
        answer=RequestAnswer.WITHDRAWN,
        kind=EventKind.FULFILLMENT_REQUEST_WITHDRAWN,
    )


def submit_cancellation_request(
    order: Order, command: SubmitCancellationRequest, circumstances: Circumstances
) -> Decision:
    """Ask the service to stop accepted work. Raises: NotFound, ActionNotAllowed, NotAtFulfillmentService.

    Source: Shopify, CancellationRequest, "Sends a cancellation request".
    """
    fulfillment_order = order.fulfillment_order(command.fulfillment_order_id)
    moved = move(
        fulfillment_order,
        Action.SUBMIT_CANCELLATION,
        by=circumstances.parties_at(fulfillment_order),
        at=circumstances.at,
    )
    request = MerchantRequest(
        id=next(circumstances.ids),
        kind=RequestKind.CANCELLATION,
        sent_at=circumstances.at,
        message=command.message,
    )
    asked = replace(moved, requests=(*moved.requests, request))
    changed = order.replacing(asked)
    return Decision(
        order=changed,
        events=(told(asked, EventKind.CANCELLATION_REQUEST_SUBMITTED, message=command.message),),
        result=FulfillmentOrderChanged(order=changed, fulfillment_order=asked),
        notices=(_notice(asked, request),),
    )


def accept_cancellation_request(
    order: Order, command: AcceptCancellationRequest, circumstances: Circumstances
) -> Decision:
    """Stop the work; its lines stay where they are, in the merchant's hands. Raises: NotFound, ActionNotAllowed.

    Source: Shopify, CancellationRequest, "Accepts a cancellation request".
    """
    return _answer(
        order,
        command,
        circumstances,
        action=Action.ACCEPT_CANCELLATION,
        answer=RequestAnswer.ACCEPTED,
        kind=EventKind.CANCELLATION_REQUEST_ACCEPTED,
    )


def reject_cancellation_request(
    order: Order, command: RejectCancellationRequest, circumstances: Circumstances
) -> Decision:
    """Go on with the work. Raises: NotFound, ActionNotAllowed.

    Source: Shopify, CancellationRequest, "Rejects a cancellation request".
    """
    return _answer(
        order,
        command,
        circumstances,
        action=Action.REJECT_CANCELLATION,
        answer=RequestAnswer.REJECTED,
        kind=EventKind.CANCELLATION_REQUEST_REJECTED,
    )


def withdraw_cancellation_request(
    order: Order, command: WithdrawCancellationRequest, circumstances: Circumstances
) -> Decision:
    """Take an unanswered cancellation request back, so that the work goes on. Raises: NotFound, ActionNotAllowed.

    Source: 29 Next Admin API, cancellation-request/cancel.
    """
    return _answer(
        order,
        command,
        circumstances,
        action=Action.WITHDRAW_CANCELLATION,
        answer=RequestAnswer.WITHDRAWN,
        kind=EventKind.CANCELLATION_REQUEST_WITHDRAWN,
    )


def close_fulfillment_order(order: Order, command: CloseFulfillmentOrder, circumstances: Circumstances) -> Decision:
    """Give the rest of accepted work back to the merchant. Raises: NotFound, ActionNotAllowed, NotAtFulfillmentService.

    Source: Shopify, FulfillmentOrder, "Marks a fulfillment order as incomplete".
    """
    fulfillment_order = order.fulfillment_order(command.fulfillment_order_id)
    closed = move(fulfillment_order, Action.CLOSE, by=circumstances.parties_at(fulfillment_order), at=circumstances.at)
    changed = order.replacing(closed)
    event = told(closed, EventKind.FULFILLMENT_SERVICE_FAILED_TO_COMPLETE, message=command.message)
    return Decision(
        order=changed,
        events=(event,),
        result=FulfillmentOrderChanged(order=changed, fulfillment_order=closed),
    )


def withdrawn(fulfillment_order: FulfillmentOrder, at: datetime) -> FulfillmentOrder:
    """Return a fulfillment order whose unanswered request, if it has one, needs no answer any more."""
    if fulfillment_order.open_request() is None:
        return fulfillment_order
    *earlier, newest = fulfillment_order.requests
    done = replace(newest, answer=RequestAnswer.WITHDRAWN, answered_at=at)
    return replace(fulfillment_order, requests=(*earlier, done))


Answering = (
    AcceptFulfillmentRequest
    | RejectFulfillmentRequest
    | WithdrawFulfillmentRequest
    | AcceptCancellationRequest
    | RejectCancellationRequest
    | WithdrawCancellationRequest
)


def _answer(
    order: Order,
    command: Answering,
    circumstances: Circumstances,
    *,
    action: Action,
    answer: RequestAnswer,
    kind: EventKind,
    reason: RejectionReason | None = None,
    lines: tuple[LineRejection, ...] = (),
    estimated_shipped_at: datetime | None = None,
) -> Decision:
    fulfillment_order = order.fulfillment_order(command.fulfillment_order_id)
    moved = move(fulfillment_order, action, by=circumstances.parties_at(fulfillment_order), at=circumstances.at)
    *earlier, newest = moved.requests
    answered = replace(
        newest,
        answer=answer,
        answered_at=circumstances.at,
        answer_message=command.message,
        rejection_reason=reason,
        line_rejections=lines,
        estimated_shipped_at=estimated_shipped_at,
    )
    details: Mapping[str, Detail] = (
        {"estimated_shipped_at": estimated_shipped_at.isoformat()} if estimated_shipped_at else {}
    )
    result = replace(moved, requests=(*earlier, answered))
    changed = order.replacing(result)
    return Decision(
        order=changed,
        events=(told(result, kind, message=command.message, reason=reason, details=details),),
        result=FulfillmentOrderChanged(order=changed, fulfillment_order=result),
    )


def _notice(fulfillment_order: FulfillmentOrder, request: MerchantRequest) -> Notice:
    return Notice(
        kind=request.kind,
        location_id=fulfillment_order.location_id,
        fulfillment_order_id=fulfillment_order.id,
        request_id=request.id,
    )
