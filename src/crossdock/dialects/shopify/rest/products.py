"""Product and Variant, as far as fulfillment needs them. Source: Shopify REST Product, Product Variant."""

from typing import Any

from crossdock.dialects.operation import Call, Json, NotExpressible, Operation
from crossdock.dialects.shopify.fields import Fields, answered, answered_list, path_id, root
from crossdock.dialects.shopify.paging import open_list, write_window
from crossdock.dialects.shopify.rest.fulfillments import decode_number, encode_number
from crossdock.dialects.shopify.rest.new_order import read_grams, read_tags
from crossdock.dialects.shopify.scopes import READ_PRODUCTS, WRITE_PRODUCTS
from crossdock.dialects.shopify.wire import (
    MANUAL,
    Rendering,
    comma_separated,
    gid,
    without_nothing,
    write_money,
    write_time,
)
from crossdock.domain.catalogue import CreateProduct, NewVariant, Product, ProductVariant
from crossdock.domain.queries import CountProducts, GetProduct, GetVariant, ListProducts, Page
from crossdock.domain.refusals import Invalid
from crossdock.domain.work import ListedProduct, ListedVariant

_ROOT = "product"
_ROOTS = "products"
_VARIANT = "variant"
_WHOLE = ListProducts().window
_READ = frozenset({READ_PRODUCTS})
_STATUSES = frozenset({"active", "draft", "archived"})
_OPTION = "Title"
_OVERSELL = "continue"
_NO_OVERSELL = "deny"
_SHOPIFY = "shopify"


def write_product(product: Product, context: Rendering) -> dict[str, Json]:
    created_at = write_time(product.created_at, context.shop)
    return {
        "id": product.id,
        "title": product.title,
        "body_html": product.body_html,
        "vendor": product.vendor,
        "product_type": product.product_type,
        "created_at": created_at,
        "handle": product.handle,
        "updated_at": write_time(product.updated_at, context.shop),
        "published_at": created_at if product.status == "active" else None,
        "template_suffix": None,
        "published_scope": "global",
        "tags": product.tags,
        "status": product.status,
        "admin_graphql_api_id": gid("Product", product.id),
        "variants": [write_variant(variant, context) for variant in product.variants],
        "options": [
            {
                "id": product.id,
                "product_id": product.id,
                "name": _OPTION,
                "position": 1,
                "values": [variant.title for variant in product.variants],
            }
        ],
        "images": [],
        "image": None,
    }


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
        "option1": variant.title,
        "option2": None,
        "option3": None,
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


def _read_product(fields: Fields) -> ListedProduct:
    return ListedProduct(
        id=fields.need("id", fields.identity("id")),
        title=fields.need("title", fields.text("title")),
        variants=tuple(_read_variant(variant) for variant in fields.each("variants") or ()),
    )


def _read_variant(fields: Fields) -> ListedVariant:
    return ListedVariant(
        id=fields.need("id", fields.identity("id")),
        product_id=fields.need("product_id", fields.identity("product_id")),
        inventory_item_id=fields.need("inventory_item_id", fields.identity("inventory_item_id")),
        sku=fields.text("sku"),
    )


def _encode_create(command: CreateProduct) -> Call:
    fields = {
        "title": command.title,
        "vendor": command.vendor,
        "product_type": command.product_type,
        "body_html": command.body_html,
        "status": command.status,
        "tags": command.tags,
        "variants": [_write_new_variant(variant, command.currency) for variant in command.variants],
    }
    return Call(method="POST", path="products.json", body={_ROOT: without_nothing(fields)})


def _write_new_variant(variant: NewVariant, currency: str | None) -> Json:
    if currency is None and variant.price:
        raise NotExpressible("a price without its currency")
    fields = {
        "price": write_money(variant.price, currency) if currency else None,
        "option1": variant.title,
        "sku": variant.sku,
        "barcode": variant.barcode,
        "grams": variant.grams,
        "requires_shipping": variant.requires_shipping,
        "taxable": variant.taxable,
        "inventory_management": variant.managed_by,
        "inventory_policy": _OVERSELL if variant.may_oversell else _NO_OVERSELL,
    }
    return without_nothing(fields)


def _decode_create(call: Call) -> CreateProduct:
    fields = root(call, _ROOT)
    title = fields.line("title") or ""
    if not title.strip():
        raise Invalid("title", "can't be blank")
    status = fields.text("status") or CreateProduct(title=title).status
    if status not in _STATUSES:
        raise Invalid("status", "is not included in the list")
    variants = fields.each("variants") or (Fields({}),)
    return CreateProduct(
        title=title,
        currency=call.currency,
        vendor=fields.line("vendor"),
        product_type=fields.line("product_type") or "",
        body_html=fields.text("body_html"),
        status=status,
        tags=read_tags(fields),
        variants=tuple(_read_new_variant(variant, call.currency) for variant in variants),
    )


def _read_new_variant(fields: Fields, currency: str) -> NewVariant:
    price = fields.money("price", currency) or 0
    if price < 0:
        raise Invalid("price", "must be greater than or equal to 0")
    policy = fields.text("inventory_policy") or _NO_OVERSELL
    if policy not in {_OVERSELL, _NO_OVERSELL}:
        raise Invalid("inventory_policy", "is not included in the list")
    return NewVariant(
        price=price,
        title=fields.line("option1") or fields.line("title") or None,
        sku=fields.line("sku"),
        barcode=fields.line("barcode"),
        grams=read_grams(fields, "variants") or 0,
        requires_shipping=fields.flag("requires_shipping") is not False,
        taxable=fields.flag("taxable") is not False,
        managed_by=fields.line("inventory_management") or None,
        may_oversell=policy == _OVERSELL,
    )


def _encode_list(command: ListProducts) -> Call:
    ids = (("ids", comma_separated(command.ids)),) if command.ids else ()
    return Call(method="GET", path="products.json", query=(*ids, *write_window(command.window, _WHOLE)))


def _decode_list(call: Call) -> ListProducts:
    parameters, window = open_list(call, _WHOLE)
    return ListProducts(ids=parameters.ids("ids"), window=window)


def _encode_get(command: GetProduct) -> Call:
    return Call(method="GET", path=f"products/{command.product_id}.json")


def _decode_get(call: Call) -> GetProduct:
    return GetProduct(product_id=path_id(call, "product_id", "product"))


def _encode_count(_command: CountProducts) -> Call:
    return Call(method="GET", path="products/count.json")


def _decode_count(_call: Call) -> CountProducts:
    return CountProducts()


def _encode_get_variant(command: GetVariant) -> Call:
    return Call(method="GET", path=f"variants/{command.variant_id}.json")


def _decode_get_variant(call: Call) -> GetVariant:
    return GetVariant(variant_id=path_id(call, "variant_id", "variant"))


def _encode_one(product: Product, context: Rendering) -> Json:
    return {_ROOT: write_product(product, context)}


def _encode_page(page: Page[Product], context: Rendering) -> Json:
    return {_ROOTS: [write_product(product, context) for product in page.items]}


def _decode_one(answer: Json) -> ListedProduct:
    return _read_product(answered(answer, _ROOT))


def _decode_many(answer: Json) -> tuple[ListedProduct, ...]:
    return tuple(_read_product(fields) for fields in answered_list(answer, _ROOTS))


def _encode_variant(variant: ProductVariant, context: Rendering) -> Json:
    return {_VARIANT: write_variant(variant, context)}


def _decode_variant(answer: Json) -> ListedVariant:
    return _read_variant(answered(answer, _VARIANT))


CREATE = Operation(
    name="create_product",
    command=CreateProduct,
    method="POST",
    path="products.json",
    scopes=frozenset({WRITE_PRODUCTS}),
    encode=_encode_create,
    decode=_decode_create,
    encode_result=_encode_one,
    decode_result=_decode_one,
    status=201,
    source="Shopify REST Product, create",
)
LIST = Operation(
    name="list_products",
    command=ListProducts,
    method="GET",
    path="products.json",
    scopes=_READ,
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_page,
    decode_result=_decode_many,
    writes=False,
    source="Shopify REST Product, list",
)
COUNT = Operation(
    name="count_products",
    command=CountProducts,
    method="GET",
    path="products/count.json",
    scopes=_READ,
    encode=_encode_count,
    decode=_decode_count,
    encode_result=encode_number,
    decode_result=decode_number,
    writes=False,
    source="Shopify REST Product, count",
)
GET = Operation(
    name="get_product",
    command=GetProduct,
    method="GET",
    path="products/{product_id}.json",
    scopes=_READ,
    encode=_encode_get,
    decode=_decode_get,
    encode_result=_encode_one,
    decode_result=_decode_one,
    writes=False,
    source="Shopify REST Product, read",
)
GET_VARIANT = Operation(
    name="get_variant",
    command=GetVariant,
    method="GET",
    path="variants/{variant_id}.json",
    scopes=_READ,
    encode=_encode_get_variant,
    decode=_decode_get_variant,
    encode_result=_encode_variant,
    decode_result=_decode_variant,
    writes=False,
    source="Shopify REST Product Variant, read",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (CREATE, LIST, COUNT, GET, GET_VARIANT)
