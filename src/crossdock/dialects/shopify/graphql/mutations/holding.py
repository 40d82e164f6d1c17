"""Holds. Source: Shopify GraphQL fulfillmentOrderHold and fulfillmentOrderReleaseHold, recorded."""

from collections.abc import Sequence

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import UserError
from crossdock.dialects.shopify.graphql.mutation import Arguments, Mutation
from crossdock.dialects.shopify.graphql.mutations.reading import (
    FULFILLMENT_ORDER,
    line_quantities,
    number,
    numbers,
    one_line,
    paragraph,
)
from crossdock.dialects.shopify.graphql.mutations.showing import changed, found, found_if_any
from crossdock.dialects.shopify.graphql.mutations.wording import NO_FULFILLMENT_ORDER, place_among, say
from crossdock.dialects.shopify.graphql.sources import HoldOf
from crossdock.dialects.shopify.scopes import WRITE_MARKETPLACE, WRITE_MERCHANTS_FULFILLMENT_ORDERS
from crossdock.domain.commands import HoldFulfillmentOrder, ReleaseHolds
from crossdock.domain.decisions import FulfillmentOrderChanged, FulfillmentOrderHeld
from crossdock.domain.orders import HoldReason
from crossdock.domain.refusals import (
    ActionNotAllowed,
    HoldHandleTaken,
    Invalid,
    LineNamedTwice,
    NotFound,
    QuantityNotAvailable,
    QuantityNotPositive,
    Refusal,
    TooManyHolds,
)
from crossdock.domain.states import Action

_MERCHANT = WRITE_MERCHANTS_FULFILLMENT_ORDERS
_INPUT = "fulfillmentHold"
_LINES = (_INPUT, "fulfillmentOrderLineItems")
_NOT_FOUND = "FULFILLMENT_ORDER_NOT_FOUND"
_NOTHING_HELD = "You must select at least one item to place on partial hold."
_NO_HOLD = "Fulfillment hold does not exist."


def _decode_hold(arguments: Arguments, _: Asking) -> HoldFulfillmentOrder:
    hold = arguments["fulfillment_hold"]
    return HoldFulfillmentOrder(
        fulfillment_order_id=number(arguments["id"], FULFILLMENT_ORDER),
        reason=HoldReason[hold["reason"]],
        notes=paragraph(hold.get("reason_notes"), _INPUT, "reasonNotes"),
        handle=hold.get("handle") or "",
        external_id=one_line(hold.get("external_id"), _INPUT, "externalId"),
        lines=line_quantities(hold.get("fulfillment_order_line_items")),
    )


def _held(result: FulfillmentOrderHeld, _: Asking, __: Arguments) -> Json:
    held = found(result.order, result.held)
    return {
        "fulfillment_hold": HoldOf(held, result.hold),
        "fulfillment_order": held,
        "remaining_fulfillment_order": found_if_any(result.order, result.remaining),
    }


def _hold_errors(refusal: Refusal, arguments: Arguments) -> Sequence[UserError]:
    place = place_among(refusal, _LINES, arguments["fulfillment_hold"].get("fulfillment_order_line_items"))
    match refusal:
        case NotFound():
            return [UserError(("id",), NO_FULFILLMENT_ORDER, _NOT_FOUND)]
        case HoldHandleTaken():
            return say(refusal, (_INPUT, "handle"), "DUPLICATE_FULFILLMENT_HOLD_HANDLE")
        case TooManyHolds():
            return say(refusal, ("id",), "FULFILLMENT_ORDER_HOLD_LIMIT_REACHED")
        case ActionNotAllowed(Action.SPLIT):
            return say(refusal, _LINES, "FULFILLMENT_ORDER_NOT_SPLITTABLE")
        case QuantityNotPositive():
            return [UserError(place, _NOTHING_HELD, "GREATER_THAN_ZERO")]
        case QuantityNotAvailable():
            return say(refusal, place, "INVALID_LINE_ITEM_QUANTITY")
        case LineNamedTwice():
            return say(refusal, place, "DUPLICATED_FULFILLMENT_ORDER_LINE_ITEMS")
        case Invalid(field):
            return say(refusal, (_INPUT, field))
        case _:
            return say(refusal, place or ("id",))


def _decode_release(arguments: Arguments, _: Asking) -> ReleaseHolds:
    hold_ids = arguments.get("hold_ids")
    return ReleaseHolds(
        fulfillment_order_id=number(arguments["id"], FULFILLMENT_ORDER),
        hold_ids=None if hold_ids is None else numbers(hold_ids, "FulfillmentHold"),
        external_id=one_line(arguments.get("external_id"), "externalId"),
    )


def _released(result: FulfillmentOrderChanged, _: Asking, __: Arguments) -> Json:
    return {"fulfillment_order": changed(result)}


def _release_errors(refusal: Refusal, arguments: Arguments) -> Sequence[UserError]:
    match refusal:
        case NotFound("fulfillment hold"):
            return [UserError(("holdIds" if arguments.get("hold_ids") else "externalId",), _NO_HOLD)]
        case NotFound():
            return [UserError(("id",), NO_FULFILLMENT_ORDER, _NOT_FOUND)]
        case _:
            return say(refusal, ("id",))


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        name="fulfillmentOrderHold",
        scopes=_MERCHANT,
        decode=_decode_hold,
        result=FulfillmentOrderHeld,
        payload=_held,
        user_errors=_hold_errors,
        objects=("fulfillment_hold", "fulfillment_order", "remaining_fulfillment_order"),
        source="Shopify GraphQL fulfillmentOrderHold, recorded",
    ),
    Mutation(
        name="fulfillmentOrderReleaseHold",
        scopes=_MERCHANT | {WRITE_MARKETPLACE},
        decode=_decode_release,
        result=FulfillmentOrderChanged,
        payload=_released,
        user_errors=_release_errors,
        objects=("fulfillment_order",),
        source="Shopify GraphQL fulfillmentOrderReleaseHold, recorded",
    ),
)
