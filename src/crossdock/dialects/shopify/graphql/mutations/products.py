"""Products with their variants: made, set and deleted; variants added and changed, many at once.

Source: Shopify GraphQL productCreate (its arguments recorded), productSet, productDelete, productVariantsBulkCreate,
productVariantsBulkUpdate. Texts that were not recorded are ours, with the codes of the schema.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.errors import stock_text
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import TopLevel, UserError, UserErrors
from crossdock.dialects.shopify.graphql.field import Resolvers
from crossdock.dialects.shopify.graphql.ids import gid
from crossdock.dialects.shopify.graphql.mutation import Arguments, Mutation
from crossdock.dialects.shopify.graphql.mutations.order_input import tags
from crossdock.dialects.shopify.graphql.mutations.product_input import (
    adjustments,
    counts,
    first_values,
    new_variant,
    option_names,
    title,
    values,
    variant_change,
)
from crossdock.dialects.shopify.graphql.mutations.reading import number, one_line
from crossdock.dialects.shopify.graphql.mutations.wording import say
from crossdock.dialects.shopify.scopes import WRITE_INVENTORY, WRITE_PRODUCTS
from crossdock.domain.catalogue import (
    DEFAULT_OPTION,
    CreateProduct,
    CreateVariants,
    DeleteProduct,
    NewVariant,
    Product,
    ProductSet,
    ProductVariant,
    SetProduct,
    UpdateProduct,
    WantedVariant,
)
from crossdock.domain.queries import GetProduct
from crossdock.domain.refusals import Invalid, NotFound, Refusal, StockRefused, StockRule

_PRODUCT, _VARIANT = "Product", "ProductVariant"
_WRITE = frozenset({WRITE_PRODUCTS})
_NO_PRODUCT = "Product does not exist"
_NO_VARIANT = "Product variant does not exist"
_ONE_INPUT = "productCreate must include exactly one of the following arguments: input, product."
_ID_TWICE = "The id field is not allowed if identifier is provided."
_NO_STOCK_ON_UPDATE = (
    "Inventory quantities can only be provided during create. To update inventory for existing variants, use "
    "inventoryAdjustQuantities."
)
_NO_ADJUSTMENT_ON_CREATE = (
    "Quantity adjustments can only be provided during update. To give new variants stock, use inventoryQuantities."
)
# Where below an adjustment the fault is.
_AT_FAULT: Mapping[StockRule, str] = {
    StockRule.STALE: "changeFromQuantity",
    StockRule.TOO_HIGH: "adjustment",
    StockRule.TOO_LOW: "adjustment",
}
_FIELDS: Mapping[str, str] = {
    "body_html": "descriptionHtml",
    "option_values": "optionValues",
    "options": "productOptions",
}
# What a code of user errors is called where variants are set by the list.
_CODES: Mapping[str, str] = {"base": "VARIANT_ALREADY_EXISTS", "option_values": "NEED_TO_ADD_OPTION_VALUES"}


def _named(text: str, type_name: str = _PRODUCT) -> int:
    return number(text, type_name, zero=True)


def _facts(given: Mapping[str, Any], *path: str) -> dict[str, Any]:
    status: str | None = given.get("status")
    return {
        "title": title(given, *path),
        "handle": one_line(given.get("handle"), *path, "handle") or None,
        "vendor": one_line(given.get("vendor"), *path, "vendor"),
        "product_type": one_line(given.get("product_type"), *path, "productType"),
        "body_html": given.get("description_html"),
        "status": status and status.lower(),
        "tags": tags(given.get("tags")),
    }


def _decode_create(arguments: Arguments, _: Asking) -> CreateProduct:
    """Read a product with the one variant that it begins with."""
    given, older = arguments.get("product"), arguments.get("input")
    if (given is None) == (older is None):
        raise TopLevel(_ONE_INPUT, "INVALID_FIELD_ARGUMENTS")
    place = "input" if given is None else "product"
    content: Mapping[str, Any] = arguments[place]
    named = content.get("product_options")
    facts = {name: value for name, value in _facts(content, place).items() if value is not None}
    return CreateProduct(
        **{"title": "", **facts},
        options=option_names(named, place, "productOptions") or (DEFAULT_OPTION,),
        variants=(NewVariant(options=first_values(named)),),
    )


def _created(result: Product, _: Asking, __: Arguments) -> Json:
    return {"product": result}


def _create_errors(refusal: Refusal, arguments: Arguments) -> Sequence[UserError]:
    place = "product" if arguments.get("product") is not None else "input"
    match refusal:
        case Invalid("title"):  # recorded without the argument's name
            return say(refusal, ("title",))
        case Invalid(field):
            return say(refusal, (place, _FIELDS.get(field, field)))
        case _:
            return say(refusal, (place,))


def _decode_set(arguments: Arguments, asking: Asking) -> SetProduct:
    given, identifier = arguments["input"], arguments.get("identifier") or {}
    if identifier and given.get("id") is not None:
        raise UserErrors((UserError(("input",), _ID_TWICE, "ID_NOT_ALLOWED"),))
    id, handle = identifier.get("id") or given.get("id"), identifier.get("handle")
    if id is not None and handle is not None:
        said = "Only one of id and handle can be given"
        raise UserErrors((UserError(("identifier",), said, "INVALID_INPUT"),))
    names = option_names(given.get("product_options"), "input", "productOptions")
    listed = given.get("variants")
    stocked = any(each.get("inventory_quantities") for each in listed or ())
    if stocked and (id is not None or handle is not None):  # what is there already is counted, not begun with
        asking.require("inventoryQuantities", frozenset({WRITE_INVENTORY}))
    if listed is not None and names is None and any(each.get("option_values") for each in listed):
        said = "Product options input is required when updating variants"
        raise UserErrors((UserError(("input",), said, "PRODUCT_OPTIONS_INPUT_MISSING"),))
    return SetProduct(
        product_id=None if id is None else _named(id),
        named_handle=handle,
        **_facts(given, "input"),
        options=names,
        variants=None
        if listed is None
        else tuple(
            _wanted(each, names or (), asking.currency, "input", "variants", str(index))
            for index, each in enumerate(listed)
        ),
    )


def _wanted(given: Mapping[str, Any], names: Sequence[str], currency: str, *path: str) -> WantedVariant:
    options = values(given.get("option_values"), names, *path)
    variant_id = 0 if given.get("id") is None else _named(given["id"], _VARIANT)
    return WantedVariant(
        new=new_variant(given, currency, options, *path, negative="INVALID_INPUT"),
        change=variant_change(given, currency, variant_id, options, *path, counted=counts(given, *path)),
    )


def _set(result: ProductSet, _: Asking, arguments: Arguments) -> Json:
    if arguments.get("synchronous") is not False:
        return {"product": result.product, "product_set_operation": None}
    # It is done when it is answered; clients that did not want to wait find it so.
    operation = {
        "id": gid("ProductSetOperation", result.product.id),
        "status": "COMPLETE",
        "product": result.product,
        "user_errors": [],
    }
    return {"product": None, "product_set_operation": operation}


def _set_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    match refusal:
        case NotFound("product"):
            return [UserError(("input",), _NO_PRODUCT, "PRODUCT_DOES_NOT_EXIST")]
        case NotFound("variant"):
            return [UserError(("input", "variants"), _NO_VARIANT, "PRODUCT_VARIANT_DOES_NOT_EXIST")]
        case Invalid("base", message):
            return [UserError(("input", "variants"), message, "INVALID_VARIANT")]
        case Invalid("option_values", message):
            return [UserError(("input", "variants"), f"Option values {message}", "OPTION_VALUES_MISSING")]
        case Invalid("options"):
            return say(refusal, ("input", "productOptions"), "OPTIONS_OVER_LIMIT")
        case StockRefused():
            return [UserError(("input", "variants"), _stock(refusal), "INVALID_INPUT")]
        case Invalid(field):
            return say(refusal, ("input", _FIELDS.get(field, field)), "INVALID_INPUT")
        case _:
            return say(refusal, ("input",), "GENERIC_ERROR")


def _stock(refusal: StockRefused) -> str:
    return f"Inventory quantities: {refusal}"


def _decode_delete(arguments: Arguments, _: Asking) -> DeleteProduct:
    return DeleteProduct(product_id=_named(arguments["input"]["id"]))


def _deleted(_: None, __: Asking, arguments: Arguments) -> Json:
    return {"deleted_product_id": gid(_PRODUCT, _named(arguments["input"]["id"]))}


def _delete_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    if isinstance(refusal, NotFound):
        return [UserError(("id",), _NO_PRODUCT)]
    return say(refusal, ("id",))


def _decode_bulk_create(arguments: Arguments, asking: Asking) -> CreateVariants:
    made = []
    for index, given in enumerate(arguments["variants"]):
        place = ("variants", str(index))
        if given.get("id") is not None:
            raise UserErrors((UserError((*place, "id"), "Id can't be given for a new variant", "NO_KEY_ON_CREATE"),))
        if given.get("quantity_adjustments"):
            at = (*place, "quantityAdjustments")
            raise UserErrors((UserError(at, _NO_ADJUSTMENT_ON_CREATE, "INVALID_INPUT"),))
        options = values(given.get("option_values"), (), *place)
        made.append(new_variant(given, asking.currency, options, *place))
    return CreateVariants(
        product_id=_named(arguments["product_id"]),
        variants=tuple(made),
        replaces_default=arguments.get("strategy") != "PRESERVE_STANDALONE_VARIANT",
    )


def _bulk_created(result: tuple[ProductVariant, ...], _: Asking, arguments: Arguments) -> Json:
    return {"product": _named(arguments["product_id"]), "product_variants": result}


def _decode_bulk_update(arguments: Arguments, asking: Asking) -> UpdateProduct:
    changes = []
    for index, given in enumerate(arguments["variants"]):
        place = ("variants", str(index))
        if given.get("id") is None:
            said = "Product variant is missing ID attribute"
            raise UserErrors((UserError((*place, "id"), said, "PRODUCT_VARIANT_ID_MISSING"),))
        if given.get("inventory_quantities"):
            code = "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE"
            raise UserErrors((UserError((*place, "inventoryQuantities"), _NO_STOCK_ON_UPDATE, code),))
        options = values(given.get("option_values"), (), *place)
        adjusted = adjustments(given, asking, *place)
        variant_id = _named(given["id"], _VARIANT)
        changes.append(variant_change(given, asking.currency, variant_id, options, *place, adjusted=adjusted))
    return UpdateProduct(product_id=_named(arguments["product_id"]), variants=tuple(changes))


def _bulk_updated(result: Product, _: Asking, arguments: Arguments) -> Json:
    by_id = {variant.id: variant for variant in result.variants}
    named = dict.fromkeys(_named(given["id"], _VARIANT) for given in arguments["variants"])
    return {"product": result.id, "product_variants": [by_id[each] for each in named]}


def _bulk_errors(refusal: Refusal, arguments: Arguments) -> Sequence[UserError]:
    match refusal:
        case NotFound("product"):
            return [UserError(("productId",), _NO_PRODUCT, "PRODUCT_DOES_NOT_EXIST")]
        case NotFound("variant", missing):
            return [
                UserError(("variants", str(index), "id"), _NO_VARIANT, "PRODUCT_VARIANT_DOES_NOT_EXIST")
                for index, given in enumerate(arguments["variants"])
                if _named(given["id"], _VARIANT) == missing
            ]
        case Invalid("base", message):
            return [UserError(("variants",), message, _CODES["base"])]
        case Invalid(field):
            return say(refusal, ("variants", _FIELDS.get(field, field)), _CODES.get(field, "INVALID_INPUT"))
        case StockRefused():
            return [UserError(("variants",), _stock(refusal), "TRACKED_VARIANT_LOCATION_NOT_FOUND")]
        case _:
            return say(refusal, ("variants",), "INVALID_INPUT")


def _bulk_update_errors(refusal: Refusal, arguments: Arguments) -> Sequence[UserError]:
    if not isinstance(refusal, StockRefused):
        return _bulk_errors(refusal, arguments)
    adjusted = [
        ("variants", str(variant), "quantityAdjustments", str(index))
        for variant, given in enumerate(arguments["variants"])
        for index, _ in enumerate(given.get("quantity_adjustments") or ())
    ]
    return [
        UserError(
            ("variants",)
            if problem.line is None
            else (*adjusted[problem.line], _AT_FAULT.get(problem.rule, "locationId")),
            stock_text(problem.rule),
            "INVALID_INPUT",
        )
        for problem in refusal.problems
    ]


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        name="productCreate",
        scopes=_WRITE,
        decode=_decode_create,
        result=Product,
        payload=_created,
        user_errors=_create_errors,
        objects=("product",),
        source="Shopify GraphQL productCreate",
    ),
    Mutation(
        name="productSet",
        scopes=_WRITE,
        decode=_decode_set,
        result=ProductSet,
        payload=_set,
        user_errors=_set_errors,
        objects=("product", "product_set_operation"),
        source="Shopify GraphQL productSet",
    ),
    Mutation(
        name="productDelete",
        scopes=_WRITE,
        decode=_decode_delete,
        result=None,
        payload=_deleted,
        user_errors=_delete_errors,
        objects=("deleted_product_id",),
        source="Shopify GraphQL productDelete",
    ),
    Mutation(
        name="productVariantsBulkCreate",
        scopes=_WRITE,
        decode=_decode_bulk_create,
        result=tuple[ProductVariant, ...],
        payload=_bulk_created,
        user_errors=_bulk_errors,
        objects=("product", "product_variants"),
        source="Shopify GraphQL productVariantsBulkCreate",
    ),
    Mutation(
        name="productVariantsBulkUpdate",
        scopes=_WRITE,
        decode=_decode_bulk_update,
        result=Product,
        payload=_bulk_updated,
        user_errors=_bulk_update_errors,
        objects=("product", "product_variants"),
        source="Shopify GraphQL productVariantsBulkUpdate",
    ),
)


def _product(payload: Any, asking: Asking) -> Any:
    return payload["product"] and asking.load(GetProduct(product_id=payload["product"]))


PAYLOAD_FIELDS: Resolvers = {
    "ProductVariantsBulkCreatePayload": {"product": _product},
    "ProductVariantsBulkUpdatePayload": {"product": _product},
}
