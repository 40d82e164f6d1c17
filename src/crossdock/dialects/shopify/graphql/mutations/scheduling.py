"""When work begins, that it has begun, and by when it is to be done.

Source: Shopify GraphQL fulfillmentOrderOpen, fulfillmentOrderReportProgress, fulfillmentOrderReschedule,
fulfillmentOrdersSetFulfillmentDeadline and fulfillmentOrderLineItemsPreparedForPickup, recorded.
"""

from collections.abc import Sequence
from typing import Any, NoReturn

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import UserError, UserErrors
from crossdock.dialects.shopify.graphql.mutation import Arguments, Mutation
from crossdock.dialects.shopify.graphql.mutations.reading import FULFILLMENT_ORDER, number, numbers, paragraph
from crossdock.dialects.shopify.graphql.mutations.showing import changed
from crossdock.dialects.shopify.graphql.mutations.wording import NO_FULFILLMENT_ORDER, say
from crossdock.dialects.shopify.scopes import (
    WRITE_ASSIGNED,
    WRITE_FULFILLMENT_ORDERS,
    WRITE_MARKETPLACE,
    WRITE_MERCHANT_MANAGED,
    WRITE_MERCHANTS_FULFILLMENT_ORDERS,
)
from crossdock.domain.commands import (
    MarkAsOpen,
    ReportProgress,
    RescheduleFulfillmentOrder,
    SetFulfillmentDeadline,
)
from crossdock.domain.decisions import FulfillmentOrderChanged, FulfillmentOrdersChanged
from crossdock.domain.refusals import ActionNotAllowed, Invalid, NotFound, Refusal
from crossdock.domain.states import Place

_NOT_FOUND = "FULFILLMENT_ORDER_NOT_FOUND"
_FOR_PICKUP = "lineItemsByFulfillmentOrder"


def _one(result: FulfillmentOrderChanged, _: Asking, __: Arguments) -> Json:
    return {"fulfillment_order": changed(result)}


def _errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    return say(refusal)


def _decode_open(arguments: Arguments, _: Asking) -> MarkAsOpen:
    return MarkAsOpen(fulfillment_order_id=number(arguments["id"], FULFILLMENT_ORDER))


def _decode_report(arguments: Arguments, _: Asking) -> ReportProgress:
    report = arguments.get("progress_report") or {}
    return ReportProgress(
        fulfillment_order_id=number(arguments["id"], FULFILLMENT_ORDER),
        notes=paragraph(report.get("reason_notes"), "progressReport", "reasonNotes"),
    )


def _report_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    match refusal:
        case NotFound():
            return [UserError(("id",), NO_FULFILLMENT_ORDER, _NOT_FOUND)]
        case ActionNotAllowed(state=state) if state.place is Place.SERVICE:
            return say(refusal, ("id",), "FULFILLMENT_ORDER_INVALID_FULFILLMENT_SERVICE_OWNERSHIP")
        case ActionNotAllowed():
            return say(refusal, ("id",), "FULFILLMENT_ORDER_STATUS_INVALID")
        case _:
            return say(refusal)


def _decode_reschedule(arguments: Arguments, _: Asking) -> RescheduleFulfillmentOrder:
    return RescheduleFulfillmentOrder(
        fulfillment_order_id=number(arguments["id"], FULFILLMENT_ORDER), fulfill_at=arguments["fulfill_at"]
    )


def _reschedule_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    match refusal:
        case NotFound():
            return [UserError(("id",), NO_FULFILLMENT_ORDER, _NOT_FOUND)]
        case Invalid():
            return say(refusal, ("fulfillAt",))
        case _:
            return say(refusal)


def _decode_deadline(arguments: Arguments, _: Asking) -> list[SetFulfillmentDeadline]:
    ids = numbers(arguments["fulfillment_order_ids"], FULFILLMENT_ORDER)
    if not ids:
        raise UserErrors((_none_found(),))
    deadline = arguments["fulfillment_deadline"]
    return [SetFulfillmentDeadline(fulfillment_order_ids=(each,), deadline=deadline) for each in ids]


def _due(_: Sequence[FulfillmentOrdersChanged], __: Asking, ___: Arguments) -> Json:
    return {"success": True}


def _deadline_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    return [_none_found()] if isinstance(refusal, NotFound) else say(refusal, ("fulfillmentOrderIds",))


def _none_found() -> UserError:
    text = "Fulfillment orders could not be found."
    return UserError(("fulfillmentOrderIds",), text, "FULFILLMENT_ORDERS_NOT_FOUND")


def _refuse_pickup(arguments: Arguments, _: Asking) -> NoReturn:
    """Refuse each fulfillment order: none is picked up by its customer, all are shipped. Raises: UserErrors."""
    named = arguments["input"]["line_items_by_fulfillment_order"]
    if not named:
        text = "There are no line items to prepare for this fulfillment order."
        raise UserErrors((UserError(("input", _FOR_PICKUP), text, "NO_LINE_ITEMS_TO_PREPARE_FOR_FULFILLMENT_ORDER"),))
    ids = [number(each["fulfillment_order_id"], FULFILLMENT_ORDER) for each in named]
    raise UserErrors(
        tuple(
            UserError(
                ("input", _FOR_PICKUP, str(index), "fulfillmentOrderId"),
                f"Invalid fulfillment_order_id provided {each}",
                "FULFILLMENT_ORDER_INVALID",
            )
            for index, each in enumerate(ids)
        )
    )


def _nothing(_: Any, __: Asking, ___: Arguments) -> Json:
    return {}


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        name="fulfillmentOrderOpen",
        scopes=WRITE_MERCHANTS_FULFILLMENT_ORDERS,
        decode=_decode_open,
        result=FulfillmentOrderChanged,
        payload=_one,
        user_errors=_errors,
        objects=("fulfillment_order",),
        source="Shopify GraphQL fulfillmentOrderOpen, recorded",
    ),
    Mutation(
        name="fulfillmentOrderReportProgress",
        scopes=frozenset({WRITE_MERCHANT_MANAGED, WRITE_ASSIGNED}),
        decode=_decode_report,
        result=FulfillmentOrderChanged,
        payload=_one,
        user_errors=_report_errors,
        objects=("fulfillment_order",),
        source="Shopify GraphQL fulfillmentOrderReportProgress, recorded",
    ),
    Mutation(
        name="fulfillmentOrderReschedule",
        scopes=WRITE_MERCHANTS_FULFILLMENT_ORDERS,
        decode=_decode_reschedule,
        result=FulfillmentOrderChanged,
        payload=_one,
        user_errors=_reschedule_errors,
        objects=("fulfillment_order",),
        source="Shopify GraphQL fulfillmentOrderReschedule, recorded",
    ),
    Mutation(
        name="fulfillmentOrdersSetFulfillmentDeadline",
        scopes=WRITE_MERCHANTS_FULFILLMENT_ORDERS | {WRITE_MARKETPLACE},
        decode=_decode_deadline,
        result=FulfillmentOrdersChanged,
        payload=_due,
        user_errors=_deadline_errors,
        objects=("success",),
        source="Shopify GraphQL fulfillmentOrdersSetFulfillmentDeadline, recorded",
    ),
    Mutation(
        name="fulfillmentOrderLineItemsPreparedForPickup",
        scopes=WRITE_FULFILLMENT_ORDERS,
        decode=_refuse_pickup,
        result=None,
        payload=_nothing,
        user_errors=_errors,
        objects=(),
        source="Shopify GraphQL fulfillmentOrderLineItemsPreparedForPickup, recorded errors",
    ),
)
