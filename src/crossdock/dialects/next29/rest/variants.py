"""ProductVariant: what is sold and stocked.

Source: 29 Next Admin API, products/variants, which version 2023-02-10 calls products/children.
"""

from dataclasses import replace
from typing import Any

from crossdock.dialects.next29.fields import Fields, body_of, path_id, whole_body
from crossdock.dialects.next29.rest.nothing import decode_nothing, encode_nothing
from crossdock.dialects.next29.rest.variant_body import (
    VALUES,
    encode_change,
    encode_offer,
    read_offer,
    read_offer_change,
    read_values,
    read_variant,
    write_variant,
)
from crossdock.dialects.next29.scopes import READ_CATALOGUE, WRITE_CATALOGUE
from crossdock.dialects.next29.wire import Rendering
from crossdock.dialects.operation import AnyOperation, Call, Json, Operation
from crossdock.domain.catalogue import Product, ProductVariant
from crossdock.domain.offering import AddVariant, EditVariant, GetOffer, RemoveVariant, VariantFound
from crossdock.domain.queries import GetProduct

READ = frozenset({READ_CATALOGUE})
WRITE = frozenset({WRITE_CATALOGUE})
_OF_PRODUCT = "products/{id}/variants/"
_VARIANTS, _CHILDREN = "products/variants/", "products/children/"
_ONE = _VARIANTS + "{id}/"


def _encode_list(command: GetProduct) -> Call:
    return Call(method="GET", path=_of_product(command.product_id))


def _decode_list(call: Call) -> GetProduct:
    return GetProduct(product_id=path_id(call, "id", "product"))


def _encode_all(product: Product, context: Rendering) -> Json:
    return [write_variant(variant, product, context) for variant in product.variants]


def _decode_all(answer: Json) -> tuple[ProductVariant, ...]:
    items = Fields({"variants": answer}).each("variants") or ()
    return tuple(read_variant(fields) for fields in items)


def _encode_add(command: AddVariant) -> Call:
    values = [{"name": each.name, "value": each.value} for each in command.values]
    body = encode_offer(command.offer, ()) | {VALUES: values}
    return Call(method="POST", path=_of_product(command.product_id), body=body)


def _decode_add(call: Call) -> AddVariant:
    fields = body_of(call)
    return AddVariant(
        product_id=path_id(call, "id", "product"),
        offer=read_offer(fields, call.currency),
        values=fields.need(VALUES, read_values(fields)),
    )


def _encode_one(found: VariantFound, context: Rendering) -> Json:
    return write_variant(found.variant, found.product, context)


def _decode_one(answer: Json) -> ProductVariant:
    return read_variant(whole_body(answer))


def _encode_get(command: GetOffer) -> Call:
    return Call(method="GET", path=_path(command.variant_id))


def _decode_get(call: Call) -> GetOffer:
    return GetOffer(variant_id=_id(call))


def _encode_edit(command: EditVariant) -> Call:
    body = encode_change(command.offer, with_id=False)
    if command.values is not None:
        body[VALUES] = [{"name": each.name, "value": each.value} for each in command.values]
    return Call(method="PATCH", path=_path(command.offer.variant.variant_id), body=body)


def _encode_replace(command: EditVariant) -> Call:
    call = _encode_edit(command)
    return Call(method="PUT", path=call.path, body=call.body)


def _decode_edit(call: Call) -> EditVariant:
    fields = body_of(call)
    return EditVariant(offer=read_offer_change(fields, call.currency, _id(call)), values=read_values(fields))


def _encode_remove(command: RemoveVariant) -> Call:
    return Call(method="DELETE", path=_path(command.variant_id))


def _decode_remove(call: Call) -> RemoveVariant:
    return RemoveVariant(variant_id=_id(call))


def _of_product(product_id: int) -> str:
    return f"products/{product_id}/variants/"


def _path(variant_id: int) -> str:
    return f"{_VARIANTS}{variant_id}/"


def _id(call: Call) -> int:
    return path_id(call, "id", "variant")


def _as_child(row: AnyOperation) -> AnyOperation:
    """Return an operation where the oldest version has it."""

    def encode(command: Any) -> Call:
        call = row.encode(command)
        return replace(call, path=call.path.replace(_VARIANTS, _CHILDREN))

    return replace(row, path=row.path.replace(_VARIANTS, _CHILDREN), encode=encode)


LIST = Operation(
    name="list_variants",
    command=GetProduct,
    method="GET",
    path=_OF_PRODUCT,
    scopes=READ,
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_all,
    decode_result=_decode_all,
    writes=False,
    source="29 Next Admin API 2024-04-01, productsVariantList",
)
ADD = Operation(
    name="create_variant",
    command=AddVariant,
    method="POST",
    path=_OF_PRODUCT,
    scopes=WRITE,
    encode=_encode_add,
    decode=_decode_add,
    encode_result=_encode_one,
    decode_result=_decode_one,
    source="29 Next Admin API 2024-04-01, productsVariantCreate, which answers 200",
)
GET = Operation(
    name="get_variant",
    command=GetOffer,
    method="GET",
    path=_ONE,
    scopes=READ,
    encode=_encode_get,
    decode=_decode_get,
    encode_result=_encode_one,
    decode_result=_decode_one,
    writes=False,
    source="29 Next Admin API 2024-04-01, productsVariantsRetrieve",
)
EDIT = Operation(
    name="update_variant",
    command=EditVariant,
    method="PATCH",
    path=_ONE,
    scopes=WRITE,
    encode=_encode_edit,
    decode=_decode_edit,
    encode_result=_encode_one,
    decode_result=_decode_one,
    source="29 Next Admin API 2024-04-01, productsVariantsPartialUpdate",
)
REPLACE = Operation(
    name="replace_variant",
    command=EditVariant,
    method="PUT",
    path=_ONE,
    scopes=WRITE,
    encode=_encode_replace,
    decode=_decode_edit,
    encode_result=_encode_one,
    decode_result=_decode_one,
    source="29 Next Admin API 2024-04-01, productsVariantsUpdate; what is left out stays",
)
REMOVE = Operation(
    name="delete_variant",
    command=RemoveVariant,
    method="DELETE",
    path=_ONE,
    scopes=WRITE,
    encode=_encode_remove,
    decode=_decode_remove,
    encode_result=encode_nothing,
    decode_result=decode_nothing,
    status=204,
    source="29 Next Admin API 2024-04-01, productsVariantsDestroy",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (LIST, ADD)
NEWER: tuple[Operation[Any, Any, Any], ...] = (GET, EDIT, REPLACE, REMOVE)
OLDEST: tuple[Operation[Any, Any, Any], ...] = tuple(map(_as_child, NEWER))
