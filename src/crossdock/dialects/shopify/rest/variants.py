"""Product Variant. Source: Shopify REST Product Variant."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from crossdock.dialects.operation import Call, Json, NotExpressible, Operation
from crossdock.dialects.shopify.fields import Fields, answered, answered_list, path_id, root
from crossdock.dialects.shopify.paging import open_list, write_window
from crossdock.dialects.shopify.rest.actions import decode_nothing, encode_nothing
from crossdock.dialects.shopify.rest.fulfillments import decode_number, encode_number
from crossdock.dialects.shopify.rest.new_order import read_grams
from crossdock.dialects.shopify.scopes import READ_PRODUCTS, WRITE_PRODUCTS
from crossdock.dialects.shopify.wire import MANUAL, Rendering, gid, without_nothing, write_money, write_time
from crossdock.domain.catalogue import ChangeVariant, CreateVariants, DeleteVariant, NewVariant, ProductVariant
from crossdock.domain.queries import CountVariants, GetVariant, ListVariants, Page
from crossdock.domain.refusals import Invalid
from crossdock.domain.work import ListedVariant

_ROOT = "variant"
_ROOTS = "variants"
_WHOLE = ListVariants(product_id=0).window
_READ = frozenset({READ_PRODUCTS})
_WRITE = frozenset({WRITE_PRODUCTS})
_OVERSELL = "continue"
_NO_OVERSELL = "deny"
_SHOPIFY = "shopify"
_OPTIONS = ("option1", "option2", "option3")


def write_variant(variant: ProductVariant, context: Rendering) -> dict[str, Json]:
    by_service = variant.managed_by not in {None, _SHOPIFY}
    price = write_money(variant.price, context.shop.currency)
    return {
        "id": variant.id,
        "product_id": variant.product_id,
        "title": variant.title,
        "price": price,
        "position": variant.position,
        "inventory_policy": _OVERSELL if variant.may_oversell else _NO_OVERSELL,
        "compare_at_price": None,
        **_write_options(variant.values),
        "created_at": write_time(variant.created_at, context.shop),
        "updated_at": write_time(variant.updated_at, context.shop),
        "taxable": variant.taxable,
        "barcode": variant.barcode,
        "fulfillment_service": variant.managed_by if by_service else MANUAL,
        "grams": variant.grams,
        "inventory_management": variant.managed_by,
        "requires_shipping": variant.requires_shipping,
        "sku": variant.sku,
        "weight": variant.grams / 1000,
        "weight_unit": "kg",
        "inventory_item_id": variant.inventory_item_id,
        "inventory_quantity": variant.quantity,
        "old_inventory_quantity": variant.quantity,
        "presentment_prices": [
            {"price": {"amount": price, "currency_code": context.shop.currency}, "compare_at_price": None}
        ],
        "admin_graphql_api_id": gid("ProductVariant", variant.id),
        "image_id": None,
    }


def _write_options(values: Sequence[str]) -> dict[str, str | None]:
    return dict(zip_longest(_OPTIONS, values))


def _read_options(fields: Fields) -> tuple[str, ...]:
    """Read the values of several options; one alone is the title."""
    values = tuple(value for name in _OPTIONS if (value := fields.line(name)))
    return values if len(values) > 1 else ()


def read_variant(fields: Fields) -> ListedVariant:
    """Read what a client needs of a variant."""
    return ListedVariant(
        id=fields.need("id", fields.identity("id")),
        product_id=fields.need("product_id", fields.identity("product_id")),
        inventory_item_id=fields.need("inventory_item_id", fields.identity("inventory_item_id")),
        sku=fields.text("sku"),
    )


def write_new_variant(variant: NewVariant, currency: str | None) -> Json:
    """Write a variant to be made. Raises: NotExpressible for a price without its currency."""
    if currency is None and variant.price:
        raise NotExpressible("a price without its currency")
    fields = {
        "price": write_money(variant.price, currency) if currency else None,
        "option1": variant.title,
        **dict(zip(_OPTIONS, variant.options, strict=False)),
        "sku": variant.sku,
        "barcode": variant.barcode,
        "grams": variant.grams,
        "requires_shipping": variant.requires_shipping,
        "taxable": variant.taxable,
        "inventory_management": variant.managed_by,
        "inventory_policy": _OVERSELL if variant.may_oversell else _NO_OVERSELL,
    }
    return without_nothing(fields)


def read_new_variant(fields: Fields, currency: str) -> NewVariant:
    """Read a variant to be made. Raises: Unreadable, Invalid."""
    price = fields.money("price", currency) or 0
    if price < 0:
        raise Invalid("price", "must be greater than or equal to 0")
    options = _read_options(fields)
    policy = fields.text("inventory_policy") or _NO_OVERSELL
    if policy not in {_OVERSELL, _NO_OVERSELL}:
        raise Invalid("inventory_policy", "is not included in the list")
    return NewVariant(
        price=price,
        title=None if options else fields.line("option1") or fields.line("title") or None,
        options=options,
        sku=fields.line("sku"),
        barcode=fields.line("barcode"),
        grams=read_grams(fields, "variants") or 0,
        requires_shipping=fields.flag("requires_shipping") is not False,
        taxable=fields.flag("taxable") is not False,
        managed_by=fields.line("inventory_management") or None,
        may_oversell=policy == _OVERSELL,
    )


def read_variant_change(fields: Fields, variant_id: int, currency: str) -> ChangeVariant:
    """Read what is to be changed of a variant. Raises: Unreadable, Invalid."""
    price = fields.money("price", currency)
    if price is not None and price < 0:
        raise Invalid("price", "must be greater than or equal to 0")
    options = _read_options(fields)
    policy = fields.text("inventory_policy")
    if policy not in {_OVERSELL, _NO_OVERSELL, None}:
        raise Invalid("inventory_policy", "is not included in the list")
    return ChangeVariant(
        variant_id=variant_id,
        price=price,
        title=None if options else fields.line("option1") or None,
        options=options or None,
        sku=fields.line("sku"),
        barcode=fields.line("barcode"),
        grams=read_grams(fields, _ROOTS),
        requires_shipping=fields.flag("requires_shipping"),
        taxable=fields.flag("taxable"),
        managed_by=fields.line("inventory_management") or None,
        may_oversell=None if policy is None else policy == _OVERSELL,
    )


def write_variant_change(change: ChangeVariant) -> Json:
    """Write what is to be changed of a variant. Raises: NotExpressible for a price, whose currency is not known."""
    if change.price is not None:
        raise NotExpressible("a price without its currency")
    policy = None if change.may_oversell is None else _OVERSELL if change.may_oversell else _NO_OVERSELL
    fields = {
        "id": change.variant_id,
        "option1": change.title,
        **dict(zip(_OPTIONS, change.options or (), strict=False)),
        "sku": change.sku,
        "barcode": change.barcode,
        "grams": change.grams,
        "requires_shipping": change.requires_shipping,
        "taxable": change.taxable,
        "inventory_management": change.managed_by,
        "inventory_policy": policy,
    }
    return without_nothing(fields)


def _encode_get(command: GetVariant) -> Call:
    return Call(method="GET", path=f"variants/{command.variant_id}.json")


def _decode_get(call: Call) -> GetVariant:
    return GetVariant(variant_id=_variant_of(call))


def _encode_get_of_product(command: GetVariant) -> Call:
    return Call(method="GET", path=_path_of_both(command))


def _decode_get_of_product(call: Call) -> GetVariant:
    return GetVariant(product_id=_product_of(call), variant_id=_variant_of(call))


def _path_of_both(command: GetVariant | ChangeVariant) -> str:
    """Raises: NotExpressible where the product is not named."""
    if command.product_id is None:
        raise NotExpressible("a variant without its product, by this call")
    return f"products/{command.product_id}/variants/{command.variant_id}.json"


def _variant_of(call: Call) -> int:
    return path_id(call, "variant_id", "variant")


def _product_of(call: Call) -> int:
    return path_id(call, "product_id", "product")


def _encode_list(command: ListVariants) -> Call:
    path = f"products/{command.product_id}/variants.json"
    return Call(method="GET", path=path, query=write_window(command.window, _WHOLE))


def _decode_list(call: Call) -> ListVariants:
    _, window = open_list(call, _WHOLE)
    return ListVariants(product_id=_product_of(call), window=window)


def _encode_count(command: CountVariants) -> Call:
    return Call(method="GET", path=f"products/{command.product_id}/variants/count.json")


def _decode_count(call: Call) -> CountVariants:
    return CountVariants(product_id=_product_of(call))


def _encode_create(command: CreateVariants) -> Call:
    if len(command.variants) != 1:
        raise NotExpressible("several variants at once")
    body = {_ROOT: write_new_variant(command.variants[0], None)}
    return Call(method="POST", path=f"products/{command.product_id}/variants.json", body=body)


def _decode_create(call: Call) -> CreateVariants:
    variant = read_new_variant(root(call, _ROOT), call.currency)
    return CreateVariants(product_id=_product_of(call), variants=(variant,))


def _encode_update(command: ChangeVariant) -> Call:
    body = {_ROOT: write_variant_change(command)}
    return Call(method="PUT", path=f"variants/{command.variant_id}.json", body=body)


def _decode_update(call: Call) -> ChangeVariant:
    return read_variant_change(root(call, _ROOT), _variant_of(call), call.currency)


def _encode_update_of_product(command: ChangeVariant) -> Call:
    return Call(method="PUT", path=_path_of_both(command), body={_ROOT: write_variant_change(command)})


def _decode_update_of_product(call: Call) -> ChangeVariant:
    return replace(_decode_update(call), product_id=_product_of(call))


def _encode_delete(command: DeleteVariant) -> Call:
    return Call(method="DELETE", path=f"products/{command.product_id}/variants/{command.variant_id}.json")


def _decode_delete(call: Call) -> DeleteVariant:
    return DeleteVariant(product_id=_product_of(call), variant_id=_variant_of(call))


def _encode_one(variant: ProductVariant, context: Rendering) -> Json:
    return {_ROOT: write_variant(variant, context)}


def _encode_created(variants: tuple[ProductVariant, ...], context: Rendering) -> Json:
    return _encode_one(variants[0], context)


def _encode_page(page: Page[ProductVariant], context: Rendering) -> Json:
    return {_ROOTS: [write_variant(variant, context) for variant in page.items]}


def _decode_one(answer: Json) -> ListedVariant:
    return read_variant(answered(answer, _ROOT))


def _decode_many(answer: Json) -> tuple[ListedVariant, ...]:
    return tuple(read_variant(fields) for fields in answered_list(answer, _ROOTS))


GET = Operation(
    name="get_variant",
    command=GetVariant,
    method="GET",
    path="variants/{variant_id}.json",
    scopes=_READ,
    encode=_encode_get,
    decode=_decode_get,
    encode_result=_encode_one,
    decode_result=_decode_one,
    writes=False,
    source="Shopify REST Product Variant, read",
)
UPDATE = Operation(
    name="update_variant",
    command=ChangeVariant,
    method="PUT",
    path="variants/{variant_id}.json",
    scopes=_WRITE,
    encode=_encode_update,
    decode=_decode_update,
    encode_result=_encode_one,
    decode_result=_decode_one,
    source="Shopify REST Product Variant, update",
)
GET_OF_PRODUCT = Operation(
    name="get_variant_of_product",
    command=GetVariant,
    method="GET",
    path="products/{product_id}/variants/{variant_id}.json",
    scopes=_READ,
    encode=_encode_get_of_product,
    decode=_decode_get_of_product,
    encode_result=_encode_one,
    decode_result=_decode_one,
    writes=False,
    source="Shopify REST Product Variant, read, by the path that the Python client takes",
)
UPDATE_OF_PRODUCT = Operation(
    name="update_variant_of_product",
    command=ChangeVariant,
    method="PUT",
    path="products/{product_id}/variants/{variant_id}.json",
    scopes=_WRITE,
    encode=_encode_update_of_product,
    decode=_decode_update_of_product,
    encode_result=_encode_one,
    decode_result=_decode_one,
    source="Shopify REST Product Variant, update, by the path that the Python client takes",
)
LIST = Operation(
    name="list_variants",
    command=ListVariants,
    method="GET",
    path="products/{product_id}/variants.json",
    scopes=_READ,
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_page,
    decode_result=_decode_many,
    writes=False,
    source="Shopify REST Product Variant, list",
)
COUNT = Operation(
    name="count_variants",
    command=CountVariants,
    method="GET",
    path="products/{product_id}/variants/count.json",
    scopes=_READ,
    encode=_encode_count,
    decode=_decode_count,
    encode_result=encode_number,
    decode_result=decode_number,
    writes=False,
    source="Shopify REST Product Variant, count",
)
CREATE = Operation(
    name="create_variant",
    command=CreateVariants,
    method="POST",
    path="products/{product_id}/variants.json",
    scopes=_WRITE,
    encode=_encode_create,
    decode=_decode_create,
    encode_result=_encode_created,
    decode_result=_decode_one,
    status=201,
    source="Shopify REST Product Variant, create",
)
DELETE = Operation(
    name="delete_variant",
    command=DeleteVariant,
    method="DELETE",
    path="products/{product_id}/variants/{variant_id}.json",
    scopes=_WRITE,
    encode=_encode_delete,
    decode=_decode_delete,
    encode_result=encode_nothing,
    decode_result=decode_nothing,
    source="Shopify REST Product Variant, delete",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (
    GET,
    UPDATE,
    LIST,
    COUNT,
    GET_OF_PRODUCT,
    UPDATE_OF_PRODUCT,
    CREATE,
    DELETE,
)
