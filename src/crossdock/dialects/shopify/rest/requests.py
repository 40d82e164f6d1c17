"""What merchant and service say to each other about a fulfillment order: requests, answers, and giving up.

Source: Shopify REST FulfillmentRequest, CancellationRequest, FulfillmentOrder (close).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from crossdock.dialects.operation import Call, Json, Operation
from crossdock.dialects.shopify.fields import Fields, optional_root, path_id, whole_body
from crossdock.dialects.shopify.rest.fulfillment_orders import (
    decode_one,
    encode_one,
    read_fulfillment_order,
    write_fulfillment_order,
)
from crossdock.dialects.shopify.scopes import WRITE_ASSIGNED, WRITE_FULFILLMENT_ORDERS
from crossdock.dialects.shopify.wire import Rendering, without_nothing
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
from crossdock.domain.decisions import RequestSubmitted
from crossdock.domain.orders import LineRejection, RejectionReason
from crossdock.domain.refusals import Invalid
from crossdock.domain.work import SubmittedRequest

LONGEST_LINE_MESSAGE = 150
_FULFILLMENT = "fulfillment_request"
_CANCELLATION = "cancellation_request"

# REST has five reasons; the others belong to GraphQL, and are told as the nearest of the five.
NEAREST_REASON: Mapping[RejectionReason, RejectionReason] = {
    RejectionReason.INTERNATIONAL_SHIPPING_UNAVAILABLE: RejectionReason.UNDELIVERABLE_DESTINATION,
    RejectionReason.INCORRECT_PRODUCT_INFO: RejectionReason.INELIGIBLE_PRODUCT,
    RejectionReason.MISSING_CUSTOMS_INFO: RejectionReason.INELIGIBLE_PRODUCT,
    RejectionReason.INVALID_SKU: RejectionReason.INELIGIBLE_PRODUCT,
    RejectionReason.INVALID_CONTACT_INFORMATION: RejectionReason.INCORRECT_ADDRESS,
    RejectionReason.PAYMENT_DECLINED: RejectionReason.OTHER,
    RejectionReason.PACKAGE_PREFERENCE_NOT_SET: RejectionReason.OTHER,
    RejectionReason.ORDER_TOO_LARGE: RejectionReason.OTHER,
    RejectionReason.MERCHANT_BLOCKED_OR_SUSPENDED: RejectionReason.OTHER,
}


class _Told(Protocol):
    """A command that tells about one fulfillment order, with a message at most."""

    @property
    def fulfillment_order_id(self) -> int: ...
    @property
    def message(self) -> str | None: ...


Told = TypeVar("Told", bound=_Told)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Form:
    """Where a request of one kind goes: the last part of its path, and its root key."""

    root: str
    tail: str

    @property
    def path(self) -> str:
        return "fulfillment_orders/{fulfillment_order_id}/" + self.tail

    def call(self, command: _Told, fields: Mapping[str, Json]) -> Call:
        path = self.path.format(fulfillment_order_id=command.fulfillment_order_id)
        named = without_nothing(fields)
        return Call(method="POST", path=path, body={self.root: named} if named else {})

    def read(self, call: Call) -> tuple[int, Fields]:
        return path_id(call, "fulfillment_order_id", "fulfillment order"), optional_root(call, self.root)


def _message_only(
    name: str, make: Callable[..., Told], command: type[Told], form: _Form, scopes: frozenset[str]
) -> Operation[Told, Any, Any]:
    def encode(command: Told) -> Call:
        return form.call(command, {"message": command.message})

    def decode(call: Call) -> Told:
        fulfillment_order_id, fields = form.read(call)
        return make(fulfillment_order_id=fulfillment_order_id, message=fields.paragraph("message"))

    return Operation(
        name=name,
        command=command,
        method="POST",
        path=form.path,
        scopes=scopes,
        encode=encode,
        decode=decode,
        encode_result=encode_one,
        decode_result=decode_one,
        source=f"Shopify REST, {form.tail}",
    )


_SUBMIT = _Form(root=_FULFILLMENT, tail="fulfillment_request.json")
_REJECT = _Form(root=_FULFILLMENT, tail="fulfillment_request/reject.json")


def _encode_submit(command: SubmitFulfillmentRequest) -> Call:
    lines = None if command.lines is None else [{"id": line.id, "quantity": line.quantity} for line in command.lines]
    fields = {
        "message": command.message,
        "notify_customer": command.notify_customer,
        "fulfillment_order_line_items": lines,
    }
    return _SUBMIT.call(command, fields)


def _decode_submit(call: Call) -> SubmitFulfillmentRequest:
    fulfillment_order_id, fields = _SUBMIT.read(call)
    lines = fields.each("fulfillment_order_line_items")
    return SubmitFulfillmentRequest(
        fulfillment_order_id=fulfillment_order_id,
        message=fields.paragraph("message"),
        notify_customer=fields.flag("notify_customer") or False,
        lines=None if lines is None else tuple(read_line_quantity(line) for line in lines),
    )


def read_line_quantity(fields: Fields) -> LineQuantity:
    """Read the units asked of one fulfillment order line; whether there are as many is for the domain to say."""
    return LineQuantity(
        id=fields.need("id", fields.identity("id")), quantity=fields.need("quantity", fields.whole("quantity"))
    )


def _encode_submitted(result: RequestSubmitted, context: Rendering) -> Json:
    rest = result.unsubmitted
    return {
        "original_fulfillment_order": write_fulfillment_order(result.order, result.original, context),
        "submitted_fulfillment_order": write_fulfillment_order(result.order, result.submitted, context),
        "unsubmitted_fulfillment_order": write_fulfillment_order(result.order, rest, context) if rest else None,
    }


def _decode_submitted(answer: Json) -> SubmittedRequest:
    fields = whole_body(answer)
    rest = fields.within("unsubmitted_fulfillment_order")
    submitted = fields.need("submitted_fulfillment_order", fields.within("submitted_fulfillment_order"))
    return SubmittedRequest(
        submitted=read_fulfillment_order(submitted),
        unsubmitted=read_fulfillment_order(rest) if rest else None,
    )


def narrowed_rejection(command: RejectFulfillmentRequest) -> RejectFulfillmentRequest:
    """Return a rejection as this wire can tell it: one of five reasons, and line messages of 150 characters."""
    return RejectFulfillmentRequest(
        fulfillment_order_id=command.fulfillment_order_id,
        reason=NEAREST_REASON.get(command.reason, command.reason),
        message=command.message,
        lines=tuple(
            LineRejection(
                fulfillment_order_line_id=line.fulfillment_order_line_id,
                message=None if line.message is None else line.message[:LONGEST_LINE_MESSAGE],
            )
            for line in command.lines
        ),
    )


def _encode_reject(command: RejectFulfillmentRequest) -> Call:
    told = narrowed_rejection(command)
    lines = [
        without_nothing({"fulfillment_order_line_item_id": line.fulfillment_order_line_id, "message": line.message})
        for line in told.lines
    ]
    return _REJECT.call(told, {"reason": told.reason.value, "message": told.message, "line_items": lines or None})


def _decode_reject(call: Call) -> RejectFulfillmentRequest:
    fulfillment_order_id, fields = _REJECT.read(call)
    return RejectFulfillmentRequest(
        fulfillment_order_id=fulfillment_order_id,
        reason=fields.word("reason", RejectionReason) or RejectionReason.OTHER,
        message=fields.paragraph("message"),
        lines=tuple(_read_rejection(line) for line in fields.each("line_items") or ()),
    )


def _read_rejection(fields: Fields) -> LineRejection:
    message = fields.text("message")
    if message is not None and len(message) > LONGEST_LINE_MESSAGE:
        raise Invalid("message", f"is too long (maximum is {LONGEST_LINE_MESSAGE} characters)")
    line_id = fields.identity("fulfillment_order_line_item_id")
    return LineRejection(
        fulfillment_order_line_id=fields.need("fulfillment_order_line_item_id", line_id), message=message
    )


SUBMIT_FULFILLMENT = Operation(
    name="submit_fulfillment_request",
    command=SubmitFulfillmentRequest,
    method="POST",
    path=_SUBMIT.path,
    scopes=WRITE_FULFILLMENT_ORDERS,
    encode=_encode_submit,
    decode=_decode_submit,
    encode_result=_encode_submitted,
    decode_result=_decode_submitted,
    source="Shopify REST FulfillmentRequest, send",
)
ACCEPT_FULFILLMENT = _message_only(
    "accept_fulfillment_request",
    AcceptFulfillmentRequest,
    AcceptFulfillmentRequest,
    _Form(root=_FULFILLMENT, tail="fulfillment_request/accept.json"),
    frozenset({WRITE_ASSIGNED}),
)
REJECT_FULFILLMENT = Operation(
    name="reject_fulfillment_request",
    command=RejectFulfillmentRequest,
    method="POST",
    path=_REJECT.path,
    scopes=frozenset({WRITE_ASSIGNED}),
    encode=_encode_reject,
    decode=_decode_reject,
    encode_result=encode_one,
    decode_result=decode_one,
    source="Shopify REST FulfillmentRequest, reject",
)
SUBMIT_CANCELLATION = _message_only(
    "submit_cancellation_request",
    SubmitCancellationRequest,
    SubmitCancellationRequest,
    _Form(root=_CANCELLATION, tail="cancellation_request.json"),
    WRITE_FULFILLMENT_ORDERS,
)
ACCEPT_CANCELLATION = _message_only(
    "accept_cancellation_request",
    AcceptCancellationRequest,
    AcceptCancellationRequest,
    _Form(root=_CANCELLATION, tail="cancellation_request/accept.json"),
    frozenset({WRITE_ASSIGNED}),
)
REJECT_CANCELLATION = _message_only(
    "reject_cancellation_request",
    RejectCancellationRequest,
    RejectCancellationRequest,
    _Form(root=_CANCELLATION, tail="cancellation_request/reject.json"),
    frozenset({WRITE_ASSIGNED}),
)
CLOSE = _message_only(
    "close_fulfillment_order",
    CloseFulfillmentOrder,
    CloseFulfillmentOrder,
    _Form(root="fulfillment_order", tail="close.json"),
    frozenset({WRITE_ASSIGNED}),
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (
    SUBMIT_FULFILLMENT,
    ACCEPT_FULFILLMENT,
    REJECT_FULFILLMENT,
    SUBMIT_CANCELLATION,
    ACCEPT_CANCELLATION,
    REJECT_CANCELLATION,
    CLOSE,
)
