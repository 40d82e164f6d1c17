"""What merchant and service say to each other about a fulfillment order.

Source: Shopify GraphQL, fulfillment order mutations, as recorded; texts in wrong states are REST's.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import UserError
from crossdock.dialects.shopify.graphql.mutation import Arguments, Mutation
from crossdock.dialects.shopify.graphql.mutations.reading import (
    FULFILLMENT_ORDER,
    FULFILLMENT_ORDER_LINE,
    at_most,
    line_quantities,
    number,
    paragraph,
)
from crossdock.dialects.shopify.graphql.mutations.showing import changed, found, found_if_any
from crossdock.dialects.shopify.graphql.mutations.wording import place_among, say
from crossdock.dialects.shopify.rest.requests import LONGEST_LINE_MESSAGE
from crossdock.dialects.shopify.scopes import WRITE_ASSIGNED, WRITE_THIRD_PARTY
from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    CloseFulfillmentOrder,
    RejectCancellationRequest,
    RejectFulfillmentRequest,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
)
from crossdock.domain.decisions import FulfillmentOrderChanged, RequestSubmitted
from crossdock.domain.orders import LineRejection, RejectionReason
from crossdock.domain.refusals import LineNamedTwice, LineNotFound, Refusal
from crossdock.domain.states import RequestStatus

_ASKING = frozenset({WRITE_THIRD_PARTY})
_ANSWERING = frozenset({WRITE_ASSIGNED})
_LINES = "fulfillmentOrderLineItems"
_REJECTED_LINES = "lineItems"


def _decode_submit(arguments: Arguments, _: Asking) -> SubmitFulfillmentRequest:
    return SubmitFulfillmentRequest(
        fulfillment_order_id=number(arguments["id"], FULFILLMENT_ORDER),
        message=paragraph(arguments.get("message"), "message"),
        notify_customer=bool(arguments.get("notify_customer")),
        lines=line_quantities(arguments.get("fulfillment_order_line_items")),
    )


def _submitted(result: RequestSubmitted, _: Asking, __: Arguments) -> Json:
    return {
        "original_fulfillment_order": found(result.order, result.original),
        "submitted_fulfillment_order": found(result.order, result.submitted),
        "unsubmitted_fulfillment_order": found_if_any(result.order, result.unsubmitted),
    }


def _submit_errors(refusal: Refusal, arguments: Arguments) -> Sequence[UserError]:
    return say(refusal, place_among(refusal, (_LINES,), arguments.get("fulfillment_order_line_items")))


def _decode_accept(arguments: Arguments, _: Asking) -> AcceptFulfillmentRequest:
    return AcceptFulfillmentRequest(
        fulfillment_order_id=number(arguments["id"], FULFILLMENT_ORDER),
        message=paragraph(arguments.get("message"), "message"),
        estimated_shipped_at=arguments.get("estimated_shipped_at"),
    )


def _decode_reject(arguments: Arguments, _: Asking) -> RejectFulfillmentRequest:
    lines = arguments.get("line_items") or ()
    return RejectFulfillmentRequest(
        fulfillment_order_id=number(arguments["id"], FULFILLMENT_ORDER),
        reason=RejectionReason[arguments.get("reason") or RejectionReason.OTHER.name],
        message=paragraph(arguments.get("message"), "message"),
        lines=tuple(
            LineRejection(
                fulfillment_order_line_id=number(line["fulfillment_order_line_item_id"], FULFILLMENT_ORDER_LINE),
                message=at_most(LONGEST_LINE_MESSAGE, line.get("message"), _REJECTED_LINES, str(index), "message"),
            )
            for index, line in enumerate(lines)
        ),
    )


def _reject_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    return say(refusal, (_REJECTED_LINES,) if isinstance(refusal, LineNotFound | LineNamedTwice) else None)


def _one(result: FulfillmentOrderChanged, _: Asking, __: Arguments) -> Json:
    return {"fulfillment_order": changed(result)}


def _asked_to_stop(result: FulfillmentOrderChanged, _: Asking, __: Arguments) -> Json:
    # Recorded: the answer of this very call still says that the work is accepted; whoever reads it then hears more.
    before = replace(result.fulfillment_order, request_status=RequestStatus.ACCEPTED)
    return {"fulfillment_order": found(result.order, before)}


def _errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    return say(refusal)


def _message_only(
    name: str,
    command: Callable[..., Any],
    scopes: frozenset[str],
    payload: Callable[[Any, Asking, Arguments], Json] = _one,
) -> Mutation:
    def decode(arguments: Arguments, _: Asking) -> Any:
        return command(
            fulfillment_order_id=number(arguments["id"], FULFILLMENT_ORDER),
            message=paragraph(arguments.get("message"), "message"),
        )

    return Mutation(
        name=name,
        scopes=scopes,
        decode=decode,
        result=FulfillmentOrderChanged,
        payload=payload,
        user_errors=_errors,
        objects=("fulfillment_order",),
        source=f"Shopify GraphQL {name}",
    )


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        name="fulfillmentOrderSubmitFulfillmentRequest",
        scopes=_ASKING,
        decode=_decode_submit,
        result=RequestSubmitted,
        payload=_submitted,
        user_errors=_submit_errors,
        objects=("original_fulfillment_order", "submitted_fulfillment_order", "unsubmitted_fulfillment_order"),
        source="Shopify GraphQL fulfillmentOrderSubmitFulfillmentRequest, recorded",
    ),
    Mutation(
        name="fulfillmentOrderAcceptFulfillmentRequest",
        scopes=_ANSWERING,
        decode=_decode_accept,
        result=FulfillmentOrderChanged,
        payload=_one,
        user_errors=_errors,
        objects=("fulfillment_order",),
        source="Shopify GraphQL fulfillmentOrderAcceptFulfillmentRequest, recorded",
    ),
    Mutation(
        name="fulfillmentOrderRejectFulfillmentRequest",
        scopes=_ANSWERING,
        decode=_decode_reject,
        result=FulfillmentOrderChanged,
        payload=_one,
        user_errors=_reject_errors,
        objects=("fulfillment_order",),
        source="Shopify GraphQL fulfillmentOrderRejectFulfillmentRequest",
    ),
    _message_only(
        "fulfillmentOrderSubmitCancellationRequest", SubmitCancellationRequest, _ASKING, payload=_asked_to_stop
    ),
    _message_only("fulfillmentOrderAcceptCancellationRequest", AcceptCancellationRequest, _ANSWERING),
    _message_only("fulfillmentOrderRejectCancellationRequest", RejectCancellationRequest, _ANSWERING),
    _message_only("fulfillmentOrderClose", CloseFulfillmentOrder, _ANSWERING),
)
