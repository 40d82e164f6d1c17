"""Product: what is sold, with its variants.

Source: 29 Next Admin API, products.
"""

import json
from typing import Any

from crossdock.dialects.next29.fields import Fields, body_of, path_id, whole_body
from crossdock.dialects.next29.paging import open_list, read_page, write_page, write_window
from crossdock.dialects.next29.rest.nothing import decode_nothing, encode_nothing
from crossdock.dialects.next29.rest.product_body import (
    DETAILS,
    FIELDS,
    HIDDEN,
    LONGEST_NAME,
    PUBLIC,
    encode_details,
    read_attributes,
    read_details,
    read_product,
    write_product,
)
from crossdock.dialects.next29.rest.variant_body import (
    VALUES,
    encode_change,
    encode_offer,
    read_offer,
    read_offer_change,
)
from crossdock.dialects.next29.rest.variants import READ, WRITE
from crossdock.dialects.next29.wire import Rendering
from crossdock.dialects.operation import Call, Json, Operation
from crossdock.domain.catalogue import DEFAULT_OPTION, CreateProduct, DeleteProduct, Product, UpdateProduct
from crossdock.domain.offering import AddProduct, EditProduct, ListOffers
from crossdock.domain.queries import GetProduct, Page

_PATH = "products/"
_ONE = "products/{id}/"
# What an answer to a list leaves out.
_WHOLE_ONLY = ("description", "meta_title", "meta_description", "template")


def _encode_list(command: ListOffers) -> Call:
    filters = [
        ("title", command.title),
        *(("category", str(each)) for each in command.category_ids),
        ("is_public", None if command.public is None else json.dumps(command.public)),
        ("is_gift_card", "true" if command.nothing else None),
        ("sku", ",".join(command.skus)),
    ]
    query = tuple((name, value) for name, value in filters if value)
    return Call(method="GET", path=_PATH, query=(*query, *write_window(command.window)))


def _decode_list(call: Call) -> ListOffers:
    parameters, window = open_list(call)
    return ListOffers(
        title=parameters.text("title"),
        category_ids=parameters.ids("category"),
        skus=parameters.texts("sku"),
        public=parameters.flag("is_public"),
        nothing=bool(parameters.ids("range")) or parameters.flag("is_gift_card") is True,
        window=window,
    )


def _encode_page(page: Page[Product], context: Rendering) -> Json:
    return write_page(page, [_without_texts(write_product(each, context)) for each in page.items], context)


def _without_texts(body: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in body.items() if name not in _WHOLE_ONLY}


def _decode_page(answer: Json) -> tuple[Product, ...]:
    return tuple(read_product(fields) for fields in read_page(answer))


def _encode_add(command: AddProduct) -> Call:
    body = {
        "title": command.product.title,
        "is_public": command.product.status == PUBLIC,
        **({} if command.product.body_html is None else {"description": command.product.body_html}),
        **encode_details(command.details, frozenset(FIELDS)),
        "variants": [encode_offer(each, command.product.options) for each in command.offers],
    }
    return Call(method="POST", path=_PATH, body=body)


def _decode_add(call: Call) -> AddProduct:
    fields = body_of(call)
    given = fields.each("variants") or (Fields({}),)
    details = read_details(fields, categories=fields.identities("categories") or ())
    public = fields.flag("is_public")
    names = tuple(each.name for each in details.attributes) or _names(given)
    product = CreateProduct(
        title=fields.filled("title"),
        body_html=fields.text("description"),
        status=HIDDEN if public is False else PUBLIC,
        options=names or (DEFAULT_OPTION,),
    )
    offers = tuple(read_offer(each, call.currency, names if len(given) > 1 or _names(given) else ()) for each in given)
    return AddProduct(product=product, details=details, offers=offers)


def _names(variants: tuple[Fields, ...]) -> tuple[str, ...]:
    """Return what variants say that they differ in, in the order in which they say so."""
    values = (value for each in variants for value in each.each(VALUES) or ())
    return tuple(dict.fromkeys(value.filled("name", LONGEST_NAME) for value in values))


def _encode_edit(command: EditProduct) -> Call:
    product = command.product
    body: dict[str, Json] = {}
    if product.title is not None:
        body["title"] = product.title
    if product.body_html is not None:
        body["description"] = product.body_html
    if product.status is not None:
        body["is_public"] = product.status == PUBLIC
    body |= encode_details(command.details, command.given)
    if command.offers:
        body["variants"] = [encode_change(each) for each in command.offers]
    return Call(method="PATCH", path=_path(product.product_id), body=body)


def _encode_replace(command: EditProduct) -> Call:
    call = _encode_edit(command)
    return Call(method="PUT", path=call.path, body=call.body)


def _decode_edit(call: Call) -> EditProduct:
    fields = body_of(call)
    public = fields.flag("is_public")
    attributes = read_attributes(fields)
    return EditProduct(
        product=UpdateProduct(
            product_id=_id(call),
            title=fields.filled("title") if fields.has("title") else None,
            body_html=fields.text("description"),
            status=None if public is None else PUBLIC if public else HIDDEN,
            options=tuple(each.name for each in attributes) if attributes else None,
        ),
        details=read_details(fields, categories=fields.identities("categories") or ()),
        given=frozenset(detail for name, detail in DETAILS.items() if _is_given(fields, name)),
        offers=tuple(read_offer_change(each, call.currency) for each in fields.each("variants") or ()),
    )


def _is_given(fields: Fields, name: str) -> bool:
    """Say whether a field is meant: null empties what may be empty, and leaves the rest as it is."""
    return fields.has(name) and (fields.values.get(name) is not None or name in _NULLABLE)


_NULLABLE = frozenset(
    {"external_tax_code", "interval", "interval_counts", "meta_title", "meta_description", "template", "metadata"}
)


def _encode_get(command: GetProduct) -> Call:
    return Call(method="GET", path=_path(command.product_id))


def _decode_get(call: Call) -> GetProduct:
    return GetProduct(product_id=_id(call))


def _encode_delete(command: DeleteProduct) -> Call:
    return Call(method="DELETE", path=_path(command.product_id))


def _decode_delete(call: Call) -> DeleteProduct:
    return DeleteProduct(product_id=_id(call))


def _decode_one(answer: Json) -> Product:
    return read_product(whole_body(answer))


def _path(product_id: int) -> str:
    return f"{_PATH}{product_id}/"


def _id(call: Call) -> int:
    return path_id(call, "id", "product")


LIST = Operation(
    name="list_products",
    command=ListOffers,
    method="GET",
    path=_PATH,
    scopes=READ,
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_page,
    decode_result=_decode_page,
    writes=False,
    source="29 Next Admin API 2024-04-01, productsList",
)
GET = Operation(
    name="get_product",
    command=GetProduct,
    method="GET",
    path=_ONE,
    scopes=READ,
    encode=_encode_get,
    decode=_decode_get,
    encode_result=write_product,
    decode_result=_decode_one,
    writes=False,
    source="29 Next Admin API 2024-04-01, productsRetrieve",
)
ADD = Operation(
    name="create_product",
    command=AddProduct,
    method="POST",
    path=_PATH,
    scopes=WRITE,
    encode=_encode_add,
    decode=_decode_add,
    encode_result=write_product,
    decode_result=_decode_one,
    status=201,
    source="29 Next Admin API 2024-04-01, productsCreate",
)
EDIT = Operation(
    name="update_product",
    command=EditProduct,
    method="PATCH",
    path=_ONE,
    scopes=WRITE,
    encode=_encode_edit,
    decode=_decode_edit,
    encode_result=write_product,
    decode_result=_decode_one,
    source="29 Next Admin API 2024-04-01, productsPartialUpdate",
)
REPLACE = Operation(
    name="replace_product",
    command=EditProduct,
    method="PUT",
    path=_ONE,
    scopes=WRITE,
    encode=_encode_replace,
    decode=_decode_edit,
    encode_result=write_product,
    decode_result=_decode_one,
    source="29 Next Admin API 2024-04-01, productsUpdate; what is left out stays",
)
DELETE = Operation(
    name="delete_product",
    command=DeleteProduct,
    method="DELETE",
    path=_ONE,
    scopes=WRITE,
    encode=_encode_delete,
    decode=_decode_delete,
    encode_result=encode_nothing,
    decode_result=decode_nothing,
    status=204,
    source="29 Next Admin API 2024-04-01, productsDestroy",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (LIST, GET, ADD, EDIT, REPLACE, DELETE)
