"""The talk between merchant and fulfillment service about one fulfillment order.

Source: Shopify REST FulfillmentRequest, CancellationRequest and FulfillmentOrder close.
"""

from dataclasses import replace

from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    CloseFulfillmentOrder,
    LineQuantity,
    RejectCancellationRequest,
    RejectFulfillmentRequest,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
)
from crossdock.domain.decisions import (
    Circumstances,
    Decision,
    FulfillmentOrderChanged,
    Notice,
    RequestSubmitted,
)
from crossdock.domain.events import Event, EventKind, LineChange
from crossdock.domain.orders import (
    FulfillmentOrder,
    LineRejection,
    MerchantRequest,
    Order,
    RejectionReason,
    RequestAnswer,
    RequestKind,
    move,
    split_lines,
)
from crossdock.domain.refusals import LineNamedTwice, QuantityNotAvailable, QuantityNotPositive
from crossdock.domain.states import Action, RequestStatus, Status


def submit_fulfillment_request(
    order: Order, command: SubmitFulfillmentRequest, circumstances: Circumstances
) -> Decision:
    """Ask the fulfillment service to fulfill a fulfillment order, or the lines named.

    Units not asked for go to a new unsubmitted fulfillment order at the same location.
    Raises: NotFound, ActionNotAllowed, NotAtFulfillmentService, LineNotFound, LineNamedTwice, QuantityNotPositive,
    QuantityNotAvailable.
    Source: Shopify, FulfillmentRequest, "Sends a fulfillment request".
    """
    asked = order.fulfillment_order(command.fulfillment_order_id)
    at = circumstances.at
    moved = move(asked, Action.SUBMIT_REQUEST, by=circumstances.parties_at(asked), at=at)
    kept, rest = _parted(moved, command.lines, circumstances)
    request = MerchantRequest(
        id=next(circumstances.ids),
        kind=RequestKind.FULFILLMENT,
        sent_at=at,
        message=command.message,
        notify_customer=command.notify_customer,
    )
    submitted = replace(kept, requests=(*kept.requests, request))
    events = [_told(submitted, EventKind.FULFILLMENT_REQUEST_SUBMITTED, message=command.message)]
    if rest is not None:
        events.insert(0, _split_event(asked, rest))
    changed = order.replacing(submitted, *([rest] if rest else []))
    return Decision(
        order=changed,
        events=tuple(events),
        result=RequestSubmitted(order=changed, original=submitted, submitted=submitted, unsubmitted=rest),
        notices=(_notice(submitted, request),),
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
        events=(_told(asked, EventKind.CANCELLATION_REQUEST_SUBMITTED, message=command.message),),
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


def close_fulfillment_order(order: Order, command: CloseFulfillmentOrder, circumstances: Circumstances) -> Decision:
    """Give the rest of accepted work back to the merchant. Raises: NotFound, ActionNotAllowed, NotAtFulfillmentService.

    Source: Shopify, FulfillmentOrder, "Marks a fulfillment order as incomplete".
    """
    fulfillment_order = order.fulfillment_order(command.fulfillment_order_id)
    closed = move(fulfillment_order, Action.CLOSE, by=circumstances.parties_at(fulfillment_order), at=circumstances.at)
    changed = order.replacing(closed)
    event = _told(closed, EventKind.FULFILLMENT_SERVICE_FAILED_TO_COMPLETE, message=command.message)
    return Decision(
        order=changed,
        events=(event,),
        result=FulfillmentOrderChanged(order=changed, fulfillment_order=closed),
    )


Answering = AcceptFulfillmentRequest | RejectFulfillmentRequest | AcceptCancellationRequest | RejectCancellationRequest


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
    )
    result = replace(moved, requests=(*earlier, answered))
    changed = order.replacing(result)
    return Decision(
        order=changed,
        events=(_told(result, kind, message=command.message, reason=reason),),
        result=FulfillmentOrderChanged(order=changed, fulfillment_order=result),
    )


def _parted(
    fulfillment_order: FulfillmentOrder, lines: tuple[LineQuantity, ...] | None, circumstances: Circumstances
) -> tuple[FulfillmentOrder, FulfillmentOrder | None]:
    """Part a fulfillment order into what the lines name and a new unsubmitted one with the rest, if there is any."""
    keep = checked_quantities(fulfillment_order, lines)
    if sum(keep.values()) == fulfillment_order.remaining:
        return fulfillment_order, None
    rest_id = next(circumstances.ids)
    kept, gone = split_lines(fulfillment_order.lines, keep, circumstances.ids)
    rest = FulfillmentOrder(
        id=rest_id,
        location_id=fulfillment_order.location_id,
        place=fulfillment_order.place,
        status=Status.OPEN,
        request_status=RequestStatus.UNSUBMITTED,
        lines=gone,
        created_at=circumstances.at,
        updated_at=circumstances.at,
        fulfill_at=fulfillment_order.fulfill_at,
        fulfill_by=fulfillment_order.fulfill_by,
        split_from=fulfillment_order.id,
    )
    return replace(fulfillment_order, lines=kept), rest


def checked_quantities(
    fulfillment_order: FulfillmentOrder, lines: tuple[LineQuantity, ...] | None, *, group: int = 0
) -> dict[int, int]:
    """Return units by line id: those named, or all that remain when none are.

    Raises: QuantityNotPositive, LineNamedTwice, LineNotFound, QuantityNotAvailable.
    """
    if not lines:
        return {line.id: line.remaining for line in fulfillment_order.lines if line.remaining}
    quantities: dict[int, int] = {}
    for item, named in enumerate(lines):
        if named.quantity <= 0:
            raise QuantityNotPositive(group, item)
        if named.id in quantities:
            raise LineNamedTwice(named.id)
        remaining = fulfillment_order.line(named.id).remaining
        if named.quantity > remaining:
            raise QuantityNotAvailable(named.id, named.quantity, remaining)
        quantities[named.id] = named.quantity
    return quantities


def _split_event(original: FulfillmentOrder, rest: FulfillmentOrder) -> Event:
    return Event(
        kind=EventKind.FULFILLMENT_ORDER_SPLIT,
        fulfillment_order_id=rest.id,
        location_id=rest.location_id,
        status=rest.status,
        request_status=rest.request_status,
        lines=line_changes(rest),
        details={"split_from": original.id},
    )


def _told(
    fulfillment_order: FulfillmentOrder, kind: EventKind, *, message: str | None, reason: str | None = None
) -> Event:
    return Event(
        kind=kind,
        fulfillment_order_id=fulfillment_order.id,
        location_id=fulfillment_order.location_id,
        status=fulfillment_order.status,
        request_status=fulfillment_order.request_status,
        message=message,
        reason=reason,
    )


def line_changes(fulfillment_order: FulfillmentOrder) -> tuple[LineChange, ...]:
    """Return a fulfillment order's lines as an event tells them."""
    return tuple(
        LineChange(
            fulfillment_order_line_id=line.id,
            order_line_id=line.order_line_id,
            quantity=line.quantity,
            remaining=line.remaining,
        )
        for line in fulfillment_order.lines
    )


def _notice(fulfillment_order: FulfillmentOrder, request: MerchantRequest) -> Notice:
    return Notice(
        kind=request.kind,
        location_id=fulfillment_order.location_id,
        fulfillment_order_id=fulfillment_order.id,
        request_id=request.id,
    )
