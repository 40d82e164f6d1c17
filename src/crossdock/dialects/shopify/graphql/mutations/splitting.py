"""Parting, gathering and cancelling fulfillment orders. Lists of inputs are carried out all or none.

Source: Shopify GraphQL fulfillmentOrderSplit, fulfillmentOrderMerge and fulfillmentOrderCancel, recorded.
"""

from collections.abc import Sequence

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.errors import text_of
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import UserError, UserErrors
from crossdock.dialects.shopify.graphql.mutation import Arguments, Mutation
from crossdock.dialects.shopify.graphql.mutations.reading import FULFILLMENT_ORDER, group, number
from crossdock.dialects.shopify.graphql.mutations.showing import found, newest
from crossdock.dialects.shopify.graphql.mutations.wording import NO_FULFILLMENT_ORDER, place_in_groups, say
from crossdock.dialects.shopify.scopes import WRITE_MERCHANTS_FULFILLMENT_ORDERS
from crossdock.domain.commands import CancelFulfillmentOrder, MergeFulfillmentOrders, SplitFulfillmentOrders
from crossdock.domain.decisions import (
    FulfillmentOrderChanged,
    FulfillmentOrderReplaced,
    FulfillmentOrdersSplit,
)
from crossdock.domain.fulfilling import check_positive
from crossdock.domain.refusals import (
    Invalid,
    NotFound,
    NothingToFulfill,
    NothingToSplit,
    ProgressReported,
    QuantityNotAvailable,
    QuantityNotPositive,
    Refusal,
)
from crossdock.domain.splitting import check_split

_SPLITS = "fulfillmentOrderSplits"
_MERGES = "fulfillmentOrderMergeInputs"
_INTENTS = "mergeIntents"
_LINES = "fulfillmentOrderLineItems"
_NOT_FOUND = "FULFILLMENT_ORDER_NOT_FOUND"
_TOO_MANY = "INVALID_LINE_ITEM_QUANTITY"
_NOTHING_SPLIT = "You must select at least one item to split into a new fulfillment order."
_NOTHING_MERGED = "There must be at least two fulfillment orders to merge."


def _decode_split(arguments: Arguments, _: Asking) -> list[SplitFulfillmentOrders]:
    groups = [group(each, zero=True) for each in arguments["fulfillment_order_splits"]]
    if not groups:
        problem = UserError((_SPLITS,), text_of(NothingToSplit(0)), "NO_LINE_ITEMS_PROVIDED_TO_SPLIT")
        raise UserErrors((problem,))
    check_split(groups)
    return [SplitFulfillmentOrders(groups=(each,)) for each in groups]


def _split(results: Sequence[FulfillmentOrdersSplit], _: Asking, __: Arguments) -> Json:
    orders = newest(results)
    return {
        "fulfillment_order_splits": [
            {
                "fulfillment_order": found(order, order.fulfillment_order(parts.original.id)),
                "remaining_fulfillment_order": found(order, order.fulfillment_order(parts.remaining.id)),
                "replacement_fulfillment_order": None,
            }
            for result in results
            for order in (orders[result.order.id],)
            for parts in result.splits
        ]
    }


def _split_errors(refusal: Refusal, arguments: Arguments) -> Sequence[UserError]:
    place = place_in_groups(refusal, (_SPLITS,), arguments["fulfillment_order_splits"])
    match refusal:
        case NothingToSplit(index):
            return say(refusal, (_SPLITS, str(index), _LINES), "NO_LINE_ITEMS_PROVIDED_TO_SPLIT")
        case QuantityNotPositive():
            return [UserError(place, _NOTHING_SPLIT, "GREATER_THAN")]
        case NotFound():
            return [UserError(None, NO_FULFILLMENT_ORDER, _NOT_FOUND)]
        case QuantityNotAvailable():
            return say(refusal, place, _TOO_MANY)
        case _:
            return say(refusal, place)


def _decode_merge(arguments: Arguments, _: Asking) -> list[MergeFulfillmentOrders]:
    commands = [
        MergeFulfillmentOrders(groups=tuple(group(intent) for intent in each["merge_intents"]))
        for each in arguments["fulfillment_order_merge_inputs"]
    ]
    if not commands:
        raise UserErrors((UserError((_MERGES,), _NOTHING_MERGED),))
    for index, command in enumerate(commands):
        try:
            check_positive(command.groups)
        except QuantityNotPositive as refusal:
            place = (_MERGES, str(index), _INTENTS, str(refusal.group), _LINES, str(refusal.item), "quantity")
            raise UserErrors((UserError(place, text_of(refusal), "GREATER_THAN"),)) from refusal
    return commands


def _merged(results: Sequence[FulfillmentOrderChanged], _: Asking, __: Arguments) -> Json:
    orders = newest(results)
    return {
        "fulfillment_order_merges": [
            {"fulfillment_order": found(order, order.fulfillment_order(result.fulfillment_order.id))}
            for result in results
            for order in (orders[result.order.id],)
        ]
    }


def _merge_errors(refusal: Refusal, arguments: Arguments) -> Sequence[UserError]:
    places = (
        place_in_groups(refusal, (_MERGES, str(index), _INTENTS), each["merge_intents"])
        for index, each in enumerate(arguments["fulfillment_order_merge_inputs"])
    )
    place = next((each for each in places if each), None)
    match refusal:
        case NotFound():
            return [UserError(None, NO_FULFILLMENT_ORDER, _NOT_FOUND)]
        case NothingToFulfill() | Invalid():
            return [UserError((_MERGES,), _NOTHING_MERGED)]
        case QuantityNotPositive():
            return say(refusal, place, "GREATER_THAN")
        case QuantityNotAvailable():
            return say(refusal, place, _TOO_MANY)
        case _:
            return say(refusal, place)


def _decode_cancel(arguments: Arguments, _: Asking) -> CancelFulfillmentOrder:
    return CancelFulfillmentOrder(fulfillment_order_id=number(arguments["id"], FULFILLMENT_ORDER))


def _cancelled(result: FulfillmentOrderReplaced, _: Asking, __: Arguments) -> Json:
    return {
        "fulfillment_order": found(result.order, result.original),
        "replacement_fulfillment_order": found(result.order, result.replacement),
    }


def _cancel_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    if isinstance(refusal, ProgressReported):
        return say(refusal, ("id",), "FULFILLMENT_ORDER_HAS_MANUALLY_REPORTED_PROGRESS")
    return say(refusal)


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        name="fulfillmentOrderSplit",
        scopes=WRITE_MERCHANTS_FULFILLMENT_ORDERS,
        decode=_decode_split,
        result=FulfillmentOrdersSplit,
        payload=_split,
        user_errors=_split_errors,
        objects=("fulfillment_order_splits",),
        source="Shopify GraphQL fulfillmentOrderSplit, recorded",
    ),
    Mutation(
        name="fulfillmentOrderMerge",
        scopes=WRITE_MERCHANTS_FULFILLMENT_ORDERS,
        decode=_decode_merge,
        result=FulfillmentOrderChanged,
        payload=_merged,
        user_errors=_merge_errors,
        objects=("fulfillment_order_merges",),
        source="Shopify GraphQL fulfillmentOrderMerge, recorded",
    ),
    Mutation(
        name="fulfillmentOrderCancel",
        scopes=WRITE_MERCHANTS_FULFILLMENT_ORDERS,
        decode=_decode_cancel,
        result=FulfillmentOrderReplaced,
        payload=_cancelled,
        user_errors=_cancel_errors,
        objects=("fulfillment_order", "replacement_fulfillment_order"),
        source="Shopify GraphQL fulfillmentOrderCancel, recorded",
    ),
)
