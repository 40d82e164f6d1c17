"""Having another location ship. Source: Shopify GraphQL fulfillmentOrderMove and fulfillmentOrdersReroute."""

from collections.abc import Sequence

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import UserError
from crossdock.dialects.shopify.graphql.mutation import Arguments, Mutation
from crossdock.dialects.shopify.graphql.mutations.reading import (
    FULFILLMENT_ORDER,
    LOCATION,
    line_quantities,
    number,
    numbers,
)
from crossdock.dialects.shopify.graphql.mutations.showing import found, found_if_any
from crossdock.dialects.shopify.graphql.mutations.wording import NO_FULFILLMENT_ORDER, place_among, say
from crossdock.dialects.shopify.scopes import WRITE_FULFILLMENT_ORDERS, WRITE_MERCHANTS_FULFILLMENT_ORDERS
from crossdock.domain.commands import MoveFulfillmentOrder, RerouteFulfillmentOrders
from crossdock.domain.decisions import FulfillmentOrderMoved, FulfillmentOrdersChanged
from crossdock.domain.refusals import (
    ActionNotAllowed,
    Invalid,
    NotFound,
    NothingToFulfill,
    NotStockedThere,
    NowhereElse,
    ProgressReported,
    Refusal,
    SeveralLocations,
    SeveralOrders,
)

_REPORTED = "CANNOT_MOVE_FULFILLMENT_ORDER_WITH_REPORTED_PROGRESS"
_LINES = ("fulfillmentOrderLineItems",)
_NEW_LOCATION = ("newLocationId",)
_IDS = ("fulfillmentOrderIds",)


def _decode_move(arguments: Arguments, _: Asking) -> MoveFulfillmentOrder:
    return MoveFulfillmentOrder(
        fulfillment_order_id=number(arguments["id"], FULFILLMENT_ORDER),
        location_id=number(arguments["new_location_id"], LOCATION),
        lines=line_quantities(arguments.get("fulfillment_order_line_items")),
    )


def _moved(result: FulfillmentOrderMoved, _: Asking, __: Arguments) -> Json:
    return {
        "moved_fulfillment_order": found(result.order, result.moved),
        "original_fulfillment_order": found(result.order, result.original),
        "remaining_fulfillment_order": found_if_any(result.order, result.remaining),
    }


def _move_errors(refusal: Refusal, arguments: Arguments) -> Sequence[UserError]:
    match refusal:
        case NotFound("location"):
            return [UserError(_NEW_LOCATION, "Location not found.")]
        case ProgressReported():
            return say(refusal, ("id",), _REPORTED)
        case Invalid() | NotStockedThere():
            return say(refusal, _NEW_LOCATION)
        case _:
            return say(refusal, place_among(refusal, _LINES, arguments.get("fulfillment_order_line_items")))


def _decode_reroute(arguments: Arguments, _: Asking) -> RerouteFulfillmentOrders:
    included = arguments.get("included_location_ids")
    return RerouteFulfillmentOrders(
        fulfillment_order_ids=numbers(arguments["fulfillment_order_ids"], FULFILLMENT_ORDER),
        included_location_ids=numbers(included, LOCATION) if included else None,
        excluded_location_ids=numbers(arguments.get("excluded_location_ids") or (), LOCATION),
    )


def _rerouted(result: FulfillmentOrdersChanged, _: Asking, __: Arguments) -> Json:
    return {"moved_fulfillment_orders": [found(result.order, each) for each in result.fulfillment_orders]}


def _reroute_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    match refusal:
        case NothingToFulfill():
            text = "There must be at least one fulfillment order to reroute."
            return [UserError(_IDS, text, "NO_FULFILLMENT_ORDER_IDS")]
        case NotFound():
            return [UserError(_IDS, NO_FULFILLMENT_ORDER, "FULFILLMENT_ORDER_NOT_FOUND")]
        case SeveralOrders():
            return say(refusal, _IDS, "FULFILLMENT_ORDERS_NOT_FROM_THE_SAME_ORDER")
        case SeveralLocations():
            return say(refusal, _IDS, "FULFILLMENT_ORDERS_MUST_BELONG_TO_SAME_LOCATION")
        case ProgressReported():
            return say(refusal, _IDS, _REPORTED)
        case ActionNotAllowed():
            return say(refusal, _IDS, "FULFILLMENT_ORDERS_STATE_NOT_SUPPORTED")
        case NowhereElse(only=True):
            return say(refusal, None, "SINGLE_LOCATION_SHOP_NOT_SUPPORTED")
        case NowhereElse():
            return say(refusal, _IDS, "CANNOT_REASSIGN_LOCATION_FOR_FULFILLMENT_ORDERS")
        case _:
            return say(refusal)


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        name="fulfillmentOrderMove",
        scopes=WRITE_MERCHANTS_FULFILLMENT_ORDERS,
        decode=_decode_move,
        result=FulfillmentOrderMoved,
        payload=_moved,
        user_errors=_move_errors,
        objects=("moved_fulfillment_order", "original_fulfillment_order", "remaining_fulfillment_order"),
        source="Shopify GraphQL fulfillmentOrderMove, recorded",
    ),
    Mutation(
        name="fulfillmentOrdersReroute",
        scopes=WRITE_FULFILLMENT_ORDERS,
        decode=_decode_reroute,
        result=FulfillmentOrdersChanged,
        payload=_rerouted,
        user_errors=_reroute_errors,
        objects=("moved_fulfillment_orders",),
        source="Shopify GraphQL fulfillmentOrdersReroute; its error codes",
    ),
)
