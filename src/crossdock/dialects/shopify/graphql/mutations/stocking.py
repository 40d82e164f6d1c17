"""Where items are stocked, and what stands on them.

Source: Shopify GraphQL inventoryActivate, inventoryDeactivate, inventoryBulkToggleActivation, inventoryItemUpdate,
recorded; texts that were not recorded are ours.
"""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.errors import stock_text
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import UserError, UserErrors
from crossdock.dialects.shopify.graphql.field import Resolvers
from crossdock.dialects.shopify.graphql.mutation import Arguments, Mutation
from crossdock.dialects.shopify.graphql.mutations.counting import ITEM, item, place
from crossdock.dialects.shopify.graphql.mutations.reading import number, one_line
from crossdock.dialects.shopify.graphql.mutations.wording import say
from crossdock.dialects.shopify.graphql.types.inventory import item_of, level_of
from crossdock.dialects.shopify.scopes import WRITE_INVENTORY, WRITE_PRODUCTS
from crossdock.dialects.shopify.wire import read_money
from crossdock.domain.catalogue import CountryCode, InventoryItem, UpdateInventoryItem
from crossdock.domain.refusals import Invalid, NotFound, Refusal, StockProblem, StockRefused, StockRule
from crossdock.domain.stock_commands import (
    ActivateLevel,
    GiveUpLevel,
    LevelsToggled,
    StockChanged,
    Toggle,
    ToggleLevels,
)
from crossdock.domain.stock_queries import LevelFound

_WRITE = frozenset({WRITE_INVENTORY})
_GRAMS = {"GRAMS": 1.0, "KILOGRAMS": 1000.0, "OUNCES": 28.349523125, "POUNDS": 453.59237}
_MOST_GRAMS = 2.0**31 - 1
_UPDATES = "inventoryItemUpdates"
_SPOKEN_FOR = {
    StockRule.COMMITTED_THERE: ("committed", "COMMITTED_INVENTORY_AT_LOCATION"),
    StockRule.INCOMING_THERE: ("incoming", "INCOMING_INVENTORY_AT_LOCATION"),
    StockRule.RESERVED_THERE: ("reserved", "RESERVED_INVENTORY_AT_LOCATION"),
}
_ONE_LOCATION = "products need to be stocked at a minimum of 1 location."


def _decode_activate(arguments: Arguments, _: Asking) -> ActivateLevel:
    return ActivateLevel(
        inventory_item_id=item(arguments),
        location_id=place(arguments),
        available=arguments.get("available"),
        on_hand=arguments.get("on_hand"),
    )


def _level(_: StockChanged, __: Asking, arguments: Arguments) -> Json:
    return _spot(arguments)


def _spot(arguments: Arguments) -> Json:
    """Return what a payload shows of a level, whatever came of the mutation."""
    return {"inventory_level": [item(arguments), place(arguments)]}


def _activate_errors(refusal: Refusal, arguments: Arguments) -> Sequence[UserError]:
    if isinstance(refusal, StockRefused):
        return [error for problem in refusal.problems for error in _unstockable(problem, arguments)]
    if isinstance(refusal, Invalid) and refusal.field == "base":
        return [UserError(("locationId",), refusal.message)]
    return say(refusal)


def _unstockable(problem: StockProblem, arguments: Arguments) -> Sequence[UserError]:
    given = ("available",) if arguments.get("available") is not None else ("onHand",)
    at = f"The product couldn't be stocked at {problem.place} because"
    match problem.rule:
        case StockRule.AVAILABLE_ALREADY_ACTIVE:
            return [UserError(("available",), stock_text(problem.rule))]
        case StockRule.ON_HAND_ALREADY_ACTIVE:
            return [UserError(("onHand",), stock_text(problem.rule))]
        case StockRule.BOTH_QUANTITIES:
            said = f"{at} not allowed to set available and on_hand quantities at the same time."
            return [UserError((name,), said) for name in ("available", "onHand")]
        case StockRule.OUT_OF_RANGE:
            return [UserError(given, f"{at} the quantity needs to be between -1 billion and 1 billion.")]
        case StockRule.LOCATION_NOT_FOUND:
            said = "The product couldn't be stocked because the location wasn't found."
            return [UserError(("locationId",), said)]
        case StockRule.ITEM_NOT_FOUND:
            said = "The product couldn't be stocked because the product wasn't found."
            return [UserError(("inventoryItemId",), said)]
        case rule:
            return [UserError(("locationId",), stock_text(rule))]


def _decode_deactivate(arguments: Arguments, _: Asking) -> GiveUpLevel:
    return GiveUpLevel(level_id=number(arguments["inventory_level_id"], "InventoryLevel", zero=True))


def _nothing(_: LevelsToggled, __: Asking, ___: Arguments) -> Json:
    return {}


def _deactivate_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    match refusal:
        case NotFound():
            return [UserError(None, "The product couldn't be unstocked because the inventory level wasn't found.")]
        case StockRefused(problems):
            # What is not stocked there is as it was asked to be.
            return [
                UserError(None, _kept("product", problem))
                for problem in problems
                if problem.rule is not StockRule.NOT_STOCKED
            ]
        case _:
            return say(refusal)


def _kept(what: str, problem: StockProblem) -> str:
    """Say why a location goes on stocking an item."""
    start = f"The {what} couldn't be unstocked from {problem.place} because"
    if problem.rule is StockRule.ONLY_LOCATION:
        return f"{start} {_ONE_LOCATION}"
    word, _ = _SPOKEN_FOR[problem.rule]
    return f"{start} there is {word} inventory at the location."


def _decode_toggle(arguments: Arguments, _: Asking) -> ToggleLevels:
    return ToggleLevels(
        inventory_item_id=item(arguments),
        toggles=tuple(
            Toggle(location_id=place(each), stocked=each["activate"]) for each in arguments["inventory_item_updates"]
        ),
    )


def _toggled(result: LevelsToggled, _: Asking, arguments: Arguments) -> Json:
    updates = arguments["inventory_item_updates"]
    given_up = {place(each) for each in updates if not each["activate"]}  # also where it was to be stocked as well
    stocked = dict.fromkeys(each for each in map(place, updates) if each not in given_up)
    return {
        "inventory_item": result.inventory_item_id,
        "inventory_levels": [[result.inventory_item_id, location_id] for location_id in stocked],
    }


def _toggle_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    match refusal:
        case StockRefused(problems):
            return [_untoggled(problem) for problem in problems]
        case Invalid("base", message):
            return [UserError((_UPDATES,), message, "FAILED_TO_STOCK_AT_LOCATION")]
        case _:
            return say(refusal, (_UPDATES,), "GENERIC_ERROR")


def _untoggled(problem: StockProblem) -> UserError:
    at = (_UPDATES, str(problem.line), "locationId")
    match problem.rule:
        case StockRule.ITEM_NOT_FOUND:
            said = "The quantity couldn't be updated because the product was not found."
            return UserError(("inventoryItemId",), said, "INVENTORY_ITEM_NOT_FOUND")
        case StockRule.LOCATION_NOT_FOUND:
            said = "The quantity couldn't be updated because the location was not found."
            return UserError(at, said, "LOCATION_NOT_FOUND")
        case StockRule.ONLY_LOCATION:
            return UserError(at, _kept("variant", problem), "CANNOT_DEACTIVATE_FROM_ONLY_LOCATION")
        case rule:
            return UserError(at, _kept("variant", problem), _SPOKEN_FOR[rule][1])


def _decode_update(arguments: Arguments, asking: Asking) -> UpdateInventoryItem:
    given = arguments["input"]
    return UpdateInventoryItem(
        inventory_item_id=number(arguments["id"], ITEM, zero=True),
        sku=one_line(given.get("sku"), "input", "sku"),
        cost=_cost(given.get("cost"), asking),
        grams=_weight((given.get("measurement") or {}).get("weight")),
        tracked=given.get("tracked"),
        requires_shipping=given.get("requires_shipping"),
        country_code_of_origin=given.get("country_code_of_origin"),
        province_code_of_origin=one_line(given.get("province_code_of_origin"), "input", "provinceCodeOfOrigin"),
        harmonized_system_code=given.get("harmonized_system_code"),
        country_harmonized_system_codes=_codes(given.get("country_harmonized_system_codes")),
    )


def _cost(text: str | None, asking: Asking) -> int | None:
    if text is None:
        return None
    negative = text.strip().startswith("-")
    try:
        amount = read_money(text.strip().removeprefix("-"), asking.currency)
    except ValueError as error:
        raise UserErrors((UserError(("input", "cost"), f"Cost {error}"),)) from error
    return -amount if negative else amount


def _weight(weight: Mapping[str, Any] | None) -> int | None:
    if weight is None:
        return None
    grams: float = weight["value"] * _GRAMS[weight["unit"]]
    if not 0 <= grams <= _MOST_GRAMS:
        path = ("input", "measurement", "weight", "value")
        raise UserErrors((UserError(path, "Weight must be greater than or equal to 0 and less than 2000000000"),))
    return round(grams)


def _codes(codes: Sequence[Mapping[str, Any]] | None) -> tuple[CountryCode, ...] | None:
    if codes is None:
        return None
    return tuple(
        CountryCode(country_code=each["country_code"], code=each["harmonized_system_code"])
        for each in codes
        if each.get("country_code")
    )


def _updated(result: InventoryItem, _: Asking, __: Arguments) -> Json:
    return {"inventory_item": result}


def _update_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    match refusal:
        case NotFound():
            return [UserError(("id",), "The product couldn't be updated because it does not exist.")]
        case Invalid(field):
            first, *rest = field.split("_")
            return say(refusal, ("input", first + "".join(word.capitalize() for word in rest)))
        case _:
            return say(refusal, ("input",))


def _shown_level(payload: Mapping[str, Any], asking: Asking) -> Awaitable[LevelFound | None] | None:
    spot = payload["inventory_level"]
    return None if spot is None else level_of(asking, *spot)


def _shown_levels(payload: Mapping[str, Any], asking: Asking) -> list[Awaitable[LevelFound | None]] | None:
    spots = payload["inventory_levels"]
    return None if spots is None else [level_of(asking, *spot) for spot in spots]


def _shown_item(payload: Mapping[str, Any], asking: Asking) -> Awaitable[InventoryItem | None] | None:
    number = payload["inventory_item"]
    return None if number is None else item_of(asking, number)


# Payloads that name what they show; it is loaded when it is asked for.
STOCKING_PAYLOADS: Resolvers = {
    "InventoryActivatePayload": {"inventoryLevel": _shown_level},
    "InventoryBulkToggleActivationPayload": {"inventoryItem": _shown_item, "inventoryLevels": _shown_levels},
}
MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        name="inventoryActivate",
        scopes=_WRITE,
        decode=_decode_activate,
        result=StockChanged,
        payload=_level,
        user_errors=_activate_errors,
        objects=("inventory_level",),
        needs_key=True,
        even_so=_spot,
        source="Shopify GraphQL inventoryActivate, recorded",
    ),
    Mutation(
        name="inventoryDeactivate",
        scopes=_WRITE,
        decode=_decode_deactivate,
        result=LevelsToggled,
        payload=_nothing,
        user_errors=_deactivate_errors,
        objects=(),
        source="Shopify GraphQL inventoryDeactivate, recorded",
    ),
    Mutation(
        name="inventoryBulkToggleActivation",
        scopes=_WRITE,
        decode=_decode_toggle,
        result=LevelsToggled,
        payload=_toggled,
        user_errors=_toggle_errors,
        objects=("inventory_item", "inventory_levels"),
        source="Shopify GraphQL inventoryBulkToggleActivation, recorded",
    ),
    Mutation(
        name="inventoryItemUpdate",
        scopes=frozenset({WRITE_INVENTORY, WRITE_PRODUCTS}),
        decode=_decode_update,
        result=InventoryItem,
        payload=_updated,
        user_errors=_update_errors,
        objects=("inventory_item",),
        source="Shopify GraphQL inventoryItemUpdate, recorded",
    ),
)
