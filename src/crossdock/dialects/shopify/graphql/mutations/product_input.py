"""What mutations are told of products: names, options, and what stands on their variants.

Source: Shopify GraphQL, ProductInput, ProductCreateInput, ProductSetInput, ProductVariantsBulkInput,
InventoryAdjustmentInput.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from crossdock.dialects.shopify.errors import stock_text
from crossdock.dialects.shopify.fields import LONGEST_LINE
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import UserError, UserErrors
from crossdock.dialects.shopify.graphql.mutations.counting import check_compared, place
from crossdock.dialects.shopify.graphql.mutations.order_input import amount, grams
from crossdock.dialects.shopify.graphql.mutations.reading import one_line
from crossdock.dialects.shopify.scopes import WRITE_INVENTORY
from crossdock.domain.catalogue import ChangeVariant, NewVariant, Opening, StockAdjustment, StockCount
from crossdock.domain.refusals import StockRule
from crossdock.domain.stock_commands import COUNTABLE, QuantityName

Given = Mapping[str, Any]
NEGATIVE = "Price must be greater than or equal to 0"


def option_names(given: Sequence[Given] | None, *path: str) -> tuple[str, ...] | None:
    """Read the names of options, by their positions. Raises: UserErrors."""
    if not given:
        return None
    names = tuple(one_line(each.get("name"), *path, "name") or "" for each in _placed(given))
    if not all(names):
        raise UserErrors((UserError(path, "Option name can't be blank", "INVALID_INPUT"),))
    if len({name.lower() for name in names}) < len(names):
        raise UserErrors((UserError(path, "Option names must be unique", "DUPLICATED_OPTION_NAME"),))
    return names


def first_values(given: Sequence[Given] | None) -> tuple[str, ...]:
    """Return the first value of each option: the one variant that a product begins with has these."""
    firsts = [
        next((value.get("name") or "" for value in each.get("values") or ()), "") for each in _placed(given or ())
    ]
    return tuple(firsts) if all(firsts) else ()


def _placed(given: Sequence[Given]) -> list[Given]:
    """Return options by their positions; those without any stand where they were named."""
    return [
        each for _, each in sorted(enumerate(given, 1), key=lambda pair: (pair[1].get("position") or pair[0], pair[0]))
    ]


def values(given: Sequence[Given] | None, names: Sequence[str], *path: str) -> tuple[str, ...]:
    """Read a variant's values of options, in the order of these names if they are known. Raises: UserErrors."""
    chosen = {each.get("option_name") or str(index): each.get("name") for index, each in enumerate(given or ())}
    if not all(chosen.values()):
        raise UserErrors((UserError((*path, "optionValues"), "Option value name can't be blank", "INVALID_INPUT"),))
    ordered = [chosen[name] for name in names] if chosen.keys() == set(names) else list(chosen.values())
    said = [one_line(each, *path, "optionValues", "name") for each in ordered]
    return tuple(each for each in said if each)


def variant_facts(given: Given, currency: str, *path: str, negative: str = "NEGATIVE_PRICE_VALUE") -> dict[str, Any]:
    """Read what stands on a variant, new or not, as fields of the domain; None for what is not said.

    `negative`: the code of a price below zero. Raises: UserErrors.
    """
    item: Given = given.get("inventory_item") or {}
    price = amount(given.get("price"), currency, *path, "price")
    if price is not None and price < 0:
        raise UserErrors((UserError((*path, "price"), NEGATIVE, negative),))
    weight = (item.get("measurement") or {}).get("weight")
    policy = given.get("inventory_policy")
    sku = item.get("sku") if item.get("sku") is not None else given.get("sku")
    return {
        "price": price,
        "sku": one_line(sku, *path, "inventoryItem", "sku"),
        "barcode": one_line(given.get("barcode"), *path, "barcode"),
        "grams": grams(weight, *path, "inventoryItem", "measurement", "weight"),
        "requires_shipping": item.get("requires_shipping"),
        "taxable": given.get("taxable"),
        "may_oversell": None if policy is None else policy == "CONTINUE",
        "cost": amount(item.get("cost"), currency, *path, "inventoryItem", "cost"),
        "country_code_of_origin": item.get("country_code_of_origin"),
        "province_code_of_origin": one_line(
            item.get("province_code_of_origin"), *path, "inventoryItem", "provinceCodeOfOrigin"
        ),
        "harmonized_system_code": one_line(
            item.get("harmonized_system_code"), *path, "inventoryItem", "harmonizedSystemCode"
        ),
    }


def tracked(given: Given) -> bool | None:
    said: bool | None = (given.get("inventory_item") or {}).get("tracked")
    return said


def openings(given: Given, *path: str) -> tuple[Opening, ...]:
    """Read what locations have to begin with. Raises: UserErrors; TopLevel for ids that are none."""
    for index, each in enumerate(given.get("inventory_quantities") or ()):
        # Of something new, as much is available as is on hand.
        if each.get("name", QuantityName.AVAILABLE) not in COUNTABLE:
            at = (*path, "inventoryQuantities", str(index), "name")
            raise UserErrors((UserError(at, stock_text(StockRule.NAME_NOT_COUNTABLE), "INVALID_INPUT"),))
    return tuple(
        Opening(
            location_id=place(each),
            available=each["quantity"] if "quantity" in each else each["available_quantity"],
        )
        for each in given.get("inventory_quantities") or ()
    )


def counts(given: Given, *path: str) -> tuple[StockCount, ...]:
    """Read how many units locations have, where each count says of what. Raises: as `openings` does."""
    lines: Sequence[Given] = given.get("inventory_quantities") or ()
    return tuple(
        StockCount(location_id=opening.location_id, name=QuantityName(line["name"]), quantity=opening.available)
        for line, opening in zip(lines, openings(given, *path), strict=True)
    )


def adjustments(given: Given, asking: Asking, *path: str) -> tuple[StockAdjustment, ...]:
    """Read by how many units locations have more or fewer. Raises: UserErrors, TopLevel."""
    lines: Sequence[Given] = given.get("quantity_adjustments") or ()
    if lines:
        asking.require("quantityAdjustments", frozenset({WRITE_INVENTORY}))
    for index, each in enumerate(lines):
        check_compared(each, "InventoryAdjustmentInput", asking)
        if "adjustment" not in each:  # null would end its stock there: nobody does that by leaving something out
            at = (*path, "quantityAdjustments", str(index), "adjustment")
            raise UserErrors((UserError(at, "Adjustment can't be blank", "INVALID_INPUT"),))
    return tuple(
        StockAdjustment(location_id=place(each), delta=each["adjustment"], change_from=each.get("change_from_quantity"))
        for each in lines
    )


def new_variant(
    given: Given, currency: str, options: tuple[str, ...], *path: str, negative: str = "NEGATIVE_PRICE_VALUE"
) -> NewVariant:
    """Read a variant to be made. Raises: UserErrors."""
    read = variant_facts(given, currency, *path, negative=negative)
    facts = {name: value for name, value in read.items() if value is not None}
    managed_by = "shopify" if tracked(given) else None
    return NewVariant(**facts, options=options, managed_by=managed_by, openings=openings(given, *path))


def variant_change(
    given: Given,
    currency: str,
    variant_id: int,
    options: tuple[str, ...],
    *path: str,
    adjusted: tuple[StockAdjustment, ...] = (),
    counted: tuple[StockCount, ...] = (),
) -> ChangeVariant:
    """Read what is to change of a variant, beside the stock `adjusted` or `counted`. Raises: UserErrors."""
    facts = variant_facts(given, currency, *path)
    return ChangeVariant(
        variant_id=variant_id,
        tracked=tracked(given),
        options=options or None,
        adjustments=adjusted,
        counts=counted,
        **facts,
    )


def title(given: Given, *path: str) -> str | None:
    """Read a title, which is not blank if it is there. Raises: UserErrors."""
    text: str | None = given.get("title")
    if text is not None and len(text) > LONGEST_LINE:
        said = f"Title is too long (maximum is {LONGEST_LINE} characters)"
        raise UserErrors((UserError((*path, "title"), said, "INVALID_INPUT"),))
    return text
