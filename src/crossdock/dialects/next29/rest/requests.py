"""What merchant and service say to each other about a fulfillment order: requests, answers, and taking them back.

Source: 29 Next Admin API 2024-04-01, fulfillment-request, cancellation-request, close.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from crossdock.dialects.next29.fields import Fields, body_of, whole_body
from crossdock.dialects.next29.rest.fulfillment_orders import (
    PATH,
    decode_one,
    encode_one,
    named,
    path_of,
    read_fulfillment_order,
    write_fulfillment_order,
)
from crossdock.dialects.next29.scopes import WRITE_FULFILLMENT_ORDERS, WRITES_WORK
from crossdock.dialects.next29.wire import Rendering
from crossdock.dialects.next29.words import REJECTION_REASONS, nearest_reason, rejection_word
from crossdock.dialects.operation import Call, Json, Operation
from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    CloseFulfillmentOrder,
    LineQuantity,
    RejectCancellationRequest,
    RejectFulfillmentRequest,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
    WithdrawCancellationRequest,
    WithdrawFulfillmentRequest,
)
from crossdock.domain.decisions import RequestSubmitted
from crossdock.domain.orders import RejectionReason
from crossdock.domain.work import SubmittedRequest

LINES = "fulfillment_order_line_items"
_BY_THE_MERCHANT = frozenset({WRITE_FULFILLMENT_ORDERS})


class _Told(Protocol):
    """A command that tells about one fulfillment order, with a message at most."""

    @property
    def fulfillment_order_id(self) -> int: ...
    @property
    def message(self) -> str | None: ...


Told = TypeVar("Told", bound=_Told)


def _said(message: str | None) -> dict[str, Json]:
    return {} if message is None else {"message": message}


def _message_only(
    name: str, make: Callable[..., Told], command: type[Told], tail: str, scopes: frozenset[str]
) -> Operation[Told, Any, Any]:
    def encode(command: Told) -> Call:
        return Call(method="POST", path=path_of(command.fulfillment_order_id, tail), body=_said(command.message))

    def decode(call: Call) -> Told:
        return make(fulfillment_order_id=named(call), message=body_of(call).paragraph("message"))

    return Operation(
        name=name,
        command=command,
        method="POST",
        path=PATH + tail,
        scopes=scopes,
        encode=encode,
        decode=decode,
        encode_result=encode_one,
        decode_result=decode_one,
        source=f"29 Next Admin API, {tail}",
    )


def read_line_quantity(fields: Fields) -> LineQuantity:
    """Read the units asked of one fulfillment order line; whether there are as many is for the domain to say."""
    quantity = fields.need("quantity", fields.whole("quantity"))
    if quantity < 1:
        raise fields.wrong("quantity", "Ensure this value is greater than or equal to 1.")
    return LineQuantity(id=fields.need("id", fields.identity("id")), quantity=quantity)


def write_line_quantities(lines: tuple[LineQuantity, ...] | None) -> dict[str, Json]:
    """Write units of lines; nothing where none are named."""
    return {LINES: [{"id": each.id, "quantity": each.quantity} for each in lines]} if lines else {}


def read_line_quantities(fields: Fields) -> tuple[LineQuantity, ...] | None:
    """Read units of lines; None where none are named, which stands for all that is left."""
    lines = fields.each(LINES)
    return tuple(read_line_quantity(line) for line in lines) if lines else None


def _encode_send(command: SubmitFulfillmentRequest) -> Call:
    body = {
        **_said(command.message),
        "notify": command.notify_customer,
        **write_line_quantities(command.lines),
    }
    return Call(method="POST", path=path_of(command.fulfillment_order_id, "fulfillment-request/"), body=body)


def _decode_send(call: Call) -> SubmitFulfillmentRequest:
    fields = body_of(call)
    return SubmitFulfillmentRequest(
        fulfillment_order_id=named(call),
        message=fields.paragraph("message"),
        notify_customer=fields.flag("notify") or False,
        lines=read_line_quantities(fields),
    )


def _encode_sent(result: RequestSubmitted, context: Rendering) -> Json:
    rest = result.unsubmitted
    return {
        "original_fulfillment_order": write_fulfillment_order(result.order, result.original, context),
        "requested_fulfillment_order": write_fulfillment_order(result.order, result.submitted, context),
        "unrequested_fulfillment_order": write_fulfillment_order(result.order, rest, context) if rest else None,
    }


def _decode_sent(answer: Json) -> SubmittedRequest:
    fields = whole_body(answer)
    rest = fields.within("unrequested_fulfillment_order")
    requested = fields.need("requested_fulfillment_order", fields.within("requested_fulfillment_order"))
    return SubmittedRequest(
        submitted=read_fulfillment_order(requested),
        unsubmitted=read_fulfillment_order(rest) if rest else None,
    )


def _encode_reject(command: RejectFulfillmentRequest) -> Call:
    body = {"rejected_reason": rejection_word(command.reason), **_said(command.message)}
    return Call(method="POST", path=path_of(command.fulfillment_order_id, "fulfillment-request/reject/"), body=body)


def _decode_reject(call: Call) -> RejectFulfillmentRequest:
    """Read a rejection; without a reason, or with an empty one, it is for another one."""
    fields = body_of(call)
    return RejectFulfillmentRequest(
        fulfillment_order_id=named(call),
        reason=fields.choice("rejected_reason", REJECTION_REASONS) or RejectionReason.OTHER,
        message=fields.paragraph("message"),
    )


def narrowed_rejection(command: RejectFulfillmentRequest) -> RejectFulfillmentRequest:
    """Return a rejection as this wire can tell it: one of five reasons, and nothing about single lines."""
    return RejectFulfillmentRequest(
        fulfillment_order_id=command.fulfillment_order_id,
        reason=nearest_reason(command.reason),
        message=command.message,
    )


SEND = Operation(
    name="submit_fulfillment_request",
    command=SubmitFulfillmentRequest,
    method="POST",
    path=PATH + "fulfillment-request/",
    scopes=_BY_THE_MERCHANT,
    encode=_encode_send,
    decode=_decode_send,
    encode_result=_encode_sent,
    decode_result=_decode_sent,
    source="29 Next Admin API, fulfillmentRequestSend; null where there was no split",
)
ACCEPT = _message_only(
    "accept_fulfillment_request",
    AcceptFulfillmentRequest,
    AcceptFulfillmentRequest,
    "fulfillment-request/accept/",
    WRITES_WORK,
)
REJECT = Operation(
    name="reject_fulfillment_request",
    command=RejectFulfillmentRequest,
    method="POST",
    path=PATH + "fulfillment-request/reject/",
    scopes=WRITES_WORK,
    encode=_encode_reject,
    decode=_decode_reject,
    encode_result=encode_one,
    decode_result=decode_one,
    source="29 Next Admin API, FulfillmentRequestReject",
)
WITHDRAW = _message_only(
    "withdraw_fulfillment_request",
    WithdrawFulfillmentRequest,
    WithdrawFulfillmentRequest,
    "fulfillment-request/cancel/",
    _BY_THE_MERCHANT,
)
SEND_CANCELLATION = _message_only(
    "submit_cancellation_request",
    SubmitCancellationRequest,
    SubmitCancellationRequest,
    "cancellation-request/",
    _BY_THE_MERCHANT,
)
ACCEPT_CANCELLATION = _message_only(
    "accept_cancellation_request",
    AcceptCancellationRequest,
    AcceptCancellationRequest,
    "cancellation-request/accept/",
    WRITES_WORK,
)
REJECT_CANCELLATION = _message_only(
    "reject_cancellation_request",
    RejectCancellationRequest,
    RejectCancellationRequest,
    "cancellation-request/reject/",
    WRITES_WORK,
)
WITHDRAW_CANCELLATION = _message_only(
    "withdraw_cancellation_request",
    WithdrawCancellationRequest,
    WithdrawCancellationRequest,
    "cancellation-request/cancel/",
    _BY_THE_MERCHANT,
)
CLOSE = _message_only(
    "close_fulfillment_order",
    CloseFulfillmentOrder,
    CloseFulfillmentOrder,
    "close/",
    WRITES_WORK,
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (
    SEND,
    ACCEPT,
    REJECT,
    WITHDRAW,
    SEND_CANCELLATION,
    ACCEPT_CANCELLATION,
    REJECT_CANCELLATION,
    WITHDRAW_CANCELLATION,
    CLOSE,
)
