"""Shipping methods: list, read. Source: 29 Next Admin API, ShippingMethod."""

from typing import Any

from crossdock.dialects.next29.fields import Fields, path_id, whole_body
from crossdock.dialects.next29.paging import open_list, read_page, write_page, write_window
from crossdock.dialects.next29.wire import Rendering, write_money
from crossdock.dialects.operation import Call, Json, Operation
from crossdock.domain.countries import country_name
from crossdock.domain.queries import Page
from crossdock.domain.shipping_methods import GetShippingMethod, ListShippingMethods, ShippingMethod, ShippingPrice

_PATH = "shipping-methods/"
_ONE = "shipping-methods/{id}/"


def write_shipping_method(method: ShippingMethod, _context: Rendering) -> dict[str, Json]:
    return {
        "id": method.id,
        "code": method.code,
        "name": method.name,
        "description": method.description,
        "countries": [{"code": code, "name": country_name(code) or code} for code in method.countries],
        "delivery_time": method.delivery_time,
        "is_public": method.is_public,
        "prices": [
            {"currency": each.currency, "price_per_order": write_money(each.amount, each.currency)}
            for each in method.prices
        ],
    }


def read_shipping_method(fields: Fields) -> ShippingMethod:
    return ShippingMethod(
        id=fields.need("id", fields.identity("id")),
        code=fields.text("code") or "",
        name=fields.need("name", fields.text("name")),
        description=fields.text("description") or "",
        countries=tuple(each.need("code", each.text("code")) for each in fields.each("countries") or ()),
        delivery_time=fields.text("delivery_time") or "",
        is_public=fields.flag("is_public") is not False,
        prices=tuple(_read_price(each) for each in fields.each("prices") or ()),
    )


def _read_price(fields: Fields) -> ShippingPrice:
    currency = fields.need("currency", fields.text("currency"))
    return ShippingPrice(currency=currency, amount=fields.money("price_per_order", currency) or 0)


def _encode_list(query: ListShippingMethods) -> Call:
    return Call(method="GET", path=_PATH, query=write_window(query.window))


def _decode_list(call: Call) -> ListShippingMethods:
    _, window = open_list(call)
    return ListShippingMethods(window=window)


def _encode_page(page: Page[ShippingMethod], context: Rendering) -> Json:
    return write_page(page, (write_shipping_method(each, context) for each in page.items), context)


def _decode_page(answer: Json) -> tuple[ShippingMethod, ...]:
    return tuple(read_shipping_method(fields) for fields in read_page(answer))


def _encode_get(query: GetShippingMethod) -> Call:
    return Call(method="GET", path=_ONE.format(id=query.shipping_method_id))


def _decode_get(call: Call) -> GetShippingMethod:
    return GetShippingMethod(shipping_method_id=path_id(call, "id", "shipping method"))


def _decode_one(answer: Json) -> ShippingMethod:
    return read_shipping_method(whole_body(answer))


# A token is enough for both.
LIST = Operation(
    name="list_shipping_methods",
    command=ListShippingMethods,
    method="GET",
    path=_PATH,
    scopes=frozenset(),
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_page,
    decode_result=_decode_page,
    writes=False,
    source="29 Next Admin API 2024-04-01, shippingMethodsList",
)
GET = Operation(
    name="get_shipping_method",
    command=GetShippingMethod,
    method="GET",
    path=_ONE,
    scopes=frozenset(),
    encode=_encode_get,
    decode=_decode_get,
    encode_result=write_shipping_method,
    decode_result=_decode_one,
    writes=False,
    source="29 Next Admin API 2024-04-01, shippingMethodsRetrieve",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (LIST, GET)
