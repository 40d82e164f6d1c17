"""Quantities counted, corrected and moved by hand.

Source: Shopify GraphQL inventorySetQuantities, inventorySetOnHandQuantities, inventoryAdjustQuantities,
inventoryMoveQuantities, recorded; paths and texts that were not recorded are ours.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.errors import stock_text
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import TopLevel, UserError, UserErrors
from crossdock.dialects.shopify.graphql.mutation import Arguments, Mutation, requires_keys
from crossdock.dialects.shopify.graphql.mutations.reading import LOCATION, number, one_line
from crossdock.dialects.shopify.graphql.mutations.wording import say
from crossdock.dialects.shopify.scopes import WRITE_INVENTORY
from crossdock.domain.refusals import Refusal, StockProblem, StockRefused, StockRule
from crossdock.domain.stock_commands import (
    MOVABLE,
    REASONS,
    AdjustQuantities,
    Correction,
    Count,
    MoveEnd,
    MoveQuantities,
    QuantityName,
    SetQuantities,
    Shift,
    StockChanged,
)
from crossdock.domain.stock_queries import Adjustment

Path = tuple[str, ...]
Words = Mapping[StockRule, tuple[Path, str]]
"""Where below a line the fault is, and its code."""

ITEM = "InventoryItem"
_WRITE = frozenset({WRITE_INVENTORY})
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_REASON = f"The specified reason is invalid. Valid values are: {', '.join(sorted(REASONS))}."
_NAME = f"The specified quantity name is invalid. Valid values are: {', '.join(sorted(MOVABLE))}."
_COMMON: Words = {
    StockRule.ITEM_NOT_FOUND: (("inventoryItemId",), "INVALID_INVENTORY_ITEM"),
    StockRule.LOCATION_NOT_FOUND: (("locationId",), "INVALID_LOCATION"),
    StockRule.NOT_STOCKED: (("locationId",), "ITEM_NOT_STOCKED_AT_LOCATION"),
    StockRule.STALE: (("changeFromQuantity",), "CHANGE_FROM_QUANTITY_STALE"),
    StockRule.TOO_HIGH: (("quantity",), "INVALID_QUANTITY_TOO_HIGH"),
    StockRule.TOO_LOW: (("quantity",), "INVALID_QUANTITY_TOO_LOW"),
    StockRule.NEGATIVE: (("quantity",), "INVALID_QUANTITY_NEGATIVE"),
}
_SETTING: Words = {
    **_COMMON,
    StockRule.PLACE_NAMED_TWICE: (("locationId",), "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"),
}
_SETTING_ON_HAND: Words = {
    **_COMMON,
    StockRule.TOO_LOW: (("quantity",), "INVALID_QUANTITY_NEGATIVE"),
    StockRule.PLACE_NAMED_TWICE: (("locationId",), "SET_ON_HAND_QUANTITIES_FAILED"),
}
_ADJUSTING: Words = {
    **_COMMON,
    StockRule.TOO_HIGH: (("delta",), "INVALID_QUANTITY_TOO_HIGH"),
    StockRule.TOO_LOW: (("delta",), "INVALID_QUANTITY_TOO_LOW"),
    StockRule.NEGATIVE: (("delta",), "INVALID_QUANTITY_TOO_LOW"),
    StockRule.PLACE_NAMED_TWICE: (("locationId",), "ADJUST_QUANTITIES_FAILED"),
    StockRule.DOCUMENT_NOT_ALLOWED: (("ledgerDocumentUri",), "INVALID_AVAILABLE_DOCUMENT"),
    StockRule.DOCUMENT_REQUIRED: (("ledgerDocumentUri",), "INVALID_QUANTITY_DOCUMENT"),
    StockRule.SEVERAL_DOCUMENTS: ((), "MAX_ONE_LEDGER_DOCUMENT"),
}
_MOVING: Words = {
    **_COMMON,
    StockRule.LOCATION_NOT_FOUND: (("from", "locationId"), "INVALID_LOCATION"),
    StockRule.NOT_STOCKED: (("from", "locationId"), "ITEM_NOT_STOCKED_AT_LOCATION"),
    StockRule.TOO_LOW: (("quantity",), "INVALID_QUANTITY_NEGATIVE"),
    StockRule.STALE: ((), "CHANGE_FROM_QUANTITY_STALE"),
    StockRule.PLACE_NAMED_TWICE: ((), "MOVE_QUANTITIES_FAILED"),
    StockRule.NOTHING: (("quantity",), "MOVE_QUANTITIES_FAILED"),
    StockRule.NOT_ENOUGH: (("quantity",), "MOVE_QUANTITIES_FAILED"),
    StockRule.SEVERAL_LOCATIONS: ((), "DIFFERENT_LOCATIONS"),
    StockRule.SAME_NAME: ((), "SAME_QUANTITY_NAME"),
    StockRule.NAME_NOT_MOVABLE: ((), "INVALID_QUANTITY_NAME"),
    StockRule.DOCUMENT_NOT_ALLOWED: ((), "INVALID_AVAILABLE_DOCUMENT"),
    StockRule.DOCUMENT_REQUIRED: ((), "INVALID_QUANTITY_DOCUMENT"),
}


def _count(line: Mapping[str, Any], type_name: str, asking: Asking) -> Count:
    check_compared(line, type_name, asking)
    return Count(
        inventory_item_id=item(line),
        location_id=place(line),
        quantity=line["quantity"],
        change_from=line.get("change_from_quantity"),
    )


def item(line: Mapping[str, Any]) -> int:
    return number(line["inventory_item_id"], ITEM, zero=True)


def place(line: Mapping[str, Any]) -> int:
    return number(line["location_id"], LOCATION, zero=True)


def check_compared(line: Mapping[str, Any], type_name: str, asking: Asking) -> None:
    """Raises: TopLevel for a line that does not say what it compares with, even if that is nothing."""
    if "change_from_quantity" not in line and requires_keys(asking.version):
        raise TopLevel(
            f"{type_name} must include the following argument: changeFromQuantity.", "INVALID_FIELD_ARGUMENTS"
        )


def _name(text: str, message: str, code: str) -> QuantityName:
    try:
        return QuantityName(text)
    except ValueError as error:
        raise UserErrors((UserError(("input", "name"), message, code),)) from error


def _reference(given: Mapping[str, Any]) -> str | None:
    """Return the document that a change is made for. Raises: UserErrors."""
    uri = one_line(given.get("reference_document_uri"), "input", "referenceDocumentUri")
    if uri and not _URI.fullmatch(uri):
        raise UserErrors(
            (
                UserError(
                    ("input", "referenceDocumentUri"),
                    "The specified reference document is not a valid URI.",
                    "INVALID_REFERENCE_DOCUMENT",
                ),
            )
        )
    return uri or None


def _document(end: Mapping[str, Any], *path: str) -> str | None:
    """Return a ledger document. Raises: UserErrors for what is none, or is the shop's own."""
    uri: str | None = end.get("ledger_document_uri")
    if not uri:
        return None
    at = ("input", "changes", *path, "ledgerDocumentUri")
    if len(uri) > 255 or not _URI.fullmatch(uri):
        raise UserErrors(
            (UserError(at, "The specified ledger document is not a valid URI.", "INVALID_LEDGER_DOCUMENT"),)
        )
    if uri.startswith("gid://shopify/"):
        raise UserErrors((UserError(at, "The ledger document can't be one of the shop.", "INTERNAL_LEDGER_DOCUMENT"),))
    return uri


def _decode_set(arguments: Arguments, asking: Asking) -> SetQuantities:
    given = arguments["input"]
    counts = tuple(_count(line, "InventoryQuantityInput", asking) for line in given["quantities"])
    return SetQuantities(
        name=_name(given["name"], stock_text(StockRule.NAME_NOT_COUNTABLE), "INVALID_NAME"),
        counts=counts,
        reason=given["reason"],
        reference=_reference(given),
    )


def _decode_set_on_hand(arguments: Arguments, asking: Asking) -> SetQuantities:
    given = arguments["input"]
    return SetQuantities(
        name=QuantityName.ON_HAND,
        counts=tuple(_count(line, "InventorySetQuantityInput", asking) for line in given["set_quantities"]),
        reason=given["reason"],
        reference=_reference(given),
    )


def _decode_adjust(arguments: Arguments, asking: Asking) -> AdjustQuantities:
    given = arguments["input"]
    for line in given["changes"]:
        check_compared(line, "InventoryChangeInput", asking)
    return AdjustQuantities(
        name=_name(given["name"], _NAME, "INVALID_QUANTITY_NAME"),
        corrections=tuple(
            Correction(
                inventory_item_id=item(line),
                location_id=place(line),
                delta=line["delta"],
                change_from=line.get("change_from_quantity"),
                document=_document(line, str(index)),
            )
            for index, line in enumerate(given["changes"])
        ),
        reason=given["reason"],
        reference=_reference(given),
    )


def _decode_move(arguments: Arguments, _: Asking) -> MoveQuantities:
    given = arguments["input"]
    return MoveQuantities(
        shifts=tuple(
            Shift(
                inventory_item_id=item(line),
                quantity=line["quantity"],
                source=_end(line["from"], str(index), "from"),
                target=_end(line["to"], str(index), "to"),
            )
            for index, line in enumerate(given["changes"])
        ),
        reason=given["reason"],
        reference=_reference(given),
    )


def _end(end: Mapping[str, Any], index: str, side: str) -> MoveEnd:
    try:
        name = QuantityName(end["name"])
    except ValueError as error:
        at = ("input", "changes", index, side, "name")
        raise UserErrors((UserError(at, _NAME, "INVALID_QUANTITY_NAME"),)) from error
    return MoveEnd(
        location_id=place(end),
        name=name,
        change_from=end.get("change_from_quantity"),
        document=_document(end, index, side),
    )


def _changed(result: StockChanged, asking: Asking, _: Arguments) -> Json:
    if result.group_id is None:
        return {"inventory_adjustment_group": None}
    group = Adjustment(
        id=result.group_id,
        reason=result.reason,
        at=result.at,
        app_id=asking.caller.app_id,
        reference=result.reference,
        changes=result.changes,
    )
    return {"inventory_adjustment_group": group}


def _errors(lines: str, words: Words, failed: str) -> Callable[[Refusal, Arguments], Sequence[UserError]]:
    """Word a refusal for a mutation with these lines; what has no code of its own has that of a failure."""

    def error(problem: StockProblem) -> UserError:
        match problem.rule:
            case StockRule.REASON:
                return UserError(("input", "reason"), _REASON, "INVALID_REASON")
            case StockRule.NAME_NOT_COUNTABLE:
                return UserError(("input", "name"), stock_text(problem.rule), "INVALID_NAME")
            case StockRule.NAME_NOT_MOVABLE if problem.line is None:
                return UserError(("input", "name"), _NAME, "INVALID_QUANTITY_NAME")
            case rule:
                below, code = words.get(rule, ((), failed))
                line = () if problem.line is None else (str(problem.line), *below)
                return UserError(("input", lines, *line), stock_text(rule), code)

    def errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
        if isinstance(refusal, StockRefused):
            return [error(problem) for problem in refusal.problems]
        return say(refusal, ("input",), failed)

    return errors


def _changing(
    name: str,
    decode: Callable[[Arguments, Asking], SetQuantities | AdjustQuantities | MoveQuantities],
    lines: str,
    words: Words,
    failed: str,
) -> Mutation:
    return Mutation(
        name=name,
        scopes=_WRITE,
        decode=decode,
        result=StockChanged,
        payload=_changed,
        user_errors=_errors(lines, words, failed),
        objects=("inventory_adjustment_group",),
        needs_key=True,
        source=f"Shopify GraphQL {name}, recorded",
    )


MUTATIONS: tuple[Mutation, ...] = (
    _changing("inventorySetQuantities", _decode_set, "quantities", _SETTING, "INVALID_INVENTORY_ITEM"),
    _changing(
        "inventorySetOnHandQuantities",
        _decode_set_on_hand,
        "setQuantities",
        _SETTING_ON_HAND,
        "SET_ON_HAND_QUANTITIES_FAILED",
    ),
    _changing("inventoryAdjustQuantities", _decode_adjust, "changes", _ADJUSTING, "ADJUST_QUANTITIES_FAILED"),
    _changing("inventoryMoveQuantities", _decode_move, "changes", _MOVING, "MOVE_QUANTITIES_FAILED"),
)
