"""Product, as far as fulfillment needs it. Source: Shopify REST Product."""

from typing import Any

from crossdock.dialects.operation import Call, Json, Operation
from crossdock.dialects.shopify.fields import Fields, answered, answered_list, path_id, root
from crossdock.dialects.shopify.paging import open_list, write_window
from crossdock.dialects.shopify.rest.actions import decode_nothing, encode_nothing
from crossdock.dialects.shopify.rest.fulfillments import decode_number, encode_number
from crossdock.dialects.shopify.rest.new_order import read_tags
from crossdock.dialects.shopify.rest.variants import (
    read_new_variant,
    read_variant,
    read_variant_change,
    write_new_variant,
    write_variant,
    write_variant_change,
)
from crossdock.dialects.shopify.scopes import READ_PRODUCTS, WRITE_PRODUCTS
from crossdock.dialects.shopify.wire import (
    Rendering,
    comma_separated,
    gid,
    without_nothing,
    write_time,
)
from crossdock.domain.catalogue import (
    DEFAULT_OPTION,
    MOST_OPTIONS,
    CreateProduct,
    DeleteProduct,
    Product,
    UpdateProduct,
)
from crossdock.domain.queries import CountProducts, GetProduct, ListProducts, Page
from crossdock.domain.refusals import Invalid
from crossdock.domain.work import ListedProduct

_ROOT = "product"
_ROOTS = "products"
_WHOLE = ListProducts().window
_READ = frozenset({READ_PRODUCTS})
_STATUSES = frozenset({"active", "draft", "archived", "unlisted"})


def _write_option(product: Product, index: int) -> dict[str, Json]:
    values = (variant.values[index] for variant in product.variants if index < len(variant.values))
    return {
        "id": product.id * MOST_OPTIONS + index,  # it has no id of its own
        "product_id": product.id,
        "name": product.options[index],
        "position": index + 1,
        "values": list(dict.fromkeys(values)),
    }


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
        "options": [_write_option(product, index) for index in range(len(product.options))],
        "images": [],
        "image": None,
    }


def _read_product(fields: Fields) -> ListedProduct:
    return ListedProduct(
        id=fields.need("id", fields.identity("id")),
        title=fields.need("title", fields.text("title")),
        variants=tuple(read_variant(variant) for variant in fields.each("variants") or ()),
    )


def _encode_create(command: CreateProduct) -> Call:
    fields = {
        "title": command.title,
        "options": None if command.options == (DEFAULT_OPTION,) else [{"name": name} for name in command.options],
        "vendor": command.vendor,
        "product_type": command.product_type,
        "body_html": command.body_html,
        "status": command.status,
        "tags": command.tags,
        "variants": [write_new_variant(variant, command.currency) for variant in command.variants],
    }
    return Call(method="POST", path="products.json", body={_ROOT: without_nothing(fields)})


def _encode_update(command: UpdateProduct) -> Call:
    fields = {
        "id": command.product_id,
        "title": command.title,
        "vendor": command.vendor,
        "product_type": command.product_type,
        "body_html": command.body_html,
        "status": command.status,
        "tags": command.tags,
        "variants": [write_variant_change(change) for change in command.variants] or None,
    }
    return Call(method="PUT", path=f"products/{command.product_id}.json", body={_ROOT: without_nothing(fields)})


def _decode_update(call: Call) -> UpdateProduct:
    """Read the fields that can be changed, of the product and of variants that are named by their ids."""
    fields = root(call, _ROOT)
    status = fields.text("status")
    if status is not None and status not in _STATUSES:
        raise fields.not_in_list("status")
    named = ((each, each.identity("id")) for each in fields.each("variants") or ())
    return UpdateProduct(
        product_id=path_id(call, "product_id", "product"),
        title=fields.line("title"),
        vendor=fields.line("vendor"),
        product_type=fields.line("product_type"),
        body_html=fields.text("body_html"),
        status=status,
        tags=read_tags(fields) if fields.values.get("tags") is not None else None,
        variants=tuple(
            read_variant_change(each, variant_id, call.currency) for each, variant_id in named if variant_id is not None
        ),
    )


def _encode_delete(command: DeleteProduct) -> Call:
    return Call(method="DELETE", path=f"products/{command.product_id}.json")


def _decode_delete(call: Call) -> DeleteProduct:
    return DeleteProduct(product_id=path_id(call, "product_id", "product"))


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
        options=tuple(each.need("name", each.line("name")) for each in fields.each("options") or ())
        or (DEFAULT_OPTION,),
        vendor=fields.line("vendor"),
        product_type=fields.line("product_type") or "",
        body_html=fields.text("body_html"),
        status=status,
        tags=read_tags(fields),
        variants=tuple(read_new_variant(variant, call.currency) for variant in variants),
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


def _encode_one(product: Product, context: Rendering) -> Json:
    return {_ROOT: write_product(product, context)}


def _encode_page(page: Page[Product], context: Rendering) -> Json:
    return {_ROOTS: [write_product(product, context) for product in page.items]}


def _decode_one(answer: Json) -> ListedProduct:
    return _read_product(answered(answer, _ROOT))


def _decode_many(answer: Json) -> tuple[ListedProduct, ...]:
    return tuple(_read_product(fields) for fields in answered_list(answer, _ROOTS))


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
UPDATE = Operation(
    name="update_product",
    command=UpdateProduct,
    method="PUT",
    path="products/{product_id}.json",
    scopes=frozenset({WRITE_PRODUCTS}),
    encode=_encode_update,
    decode=_decode_update,
    encode_result=_encode_one,
    decode_result=_decode_one,
    source="Shopify REST Product, update",
)
DELETE = Operation(
    name="delete_product",
    command=DeleteProduct,
    method="DELETE",
    path="products/{product_id}.json",
    scopes=frozenset({WRITE_PRODUCTS}),
    encode=_encode_delete,
    decode=_decode_delete,
    encode_result=encode_nothing,
    decode_result=decode_nothing,
    source="Shopify REST Product, delete",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (CREATE, LIST, COUNT, GET, UPDATE, DELETE)
