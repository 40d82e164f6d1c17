"""Postal addresses, and the countries in them.

Source: Shopify GraphQL, MailingAddress.
"""

from functools import cache
from typing import Any

from graphql.type import GraphQLEnumType

from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.field import Resolvers, always
from crossdock.dialects.shopify.graphql.ids import gid
from crossdock.dialects.shopify.graphql.schema import schema
from crossdock.dialects.shopify.graphql.sources import AddressOf
from crossdock.dialects.shopify.wire import country_of, full_name
from crossdock.domain.orders import Order
from crossdock.domain.places import Address

UNKNOWN_COUNTRY = "ZZ"


def country_code(address: Address) -> str | None:
    """Return an address's country as the schema knows it; None for one that it does not."""
    code = (address.country_code or "").upper()
    return code if code in _countries() else None


@cache
def _countries() -> frozenset[str]:
    codes = schema().type_map["CountryCode"]
    return frozenset(codes.values) if isinstance(codes, GraphQLEnumType) else frozenset()


def shipping_address(order: Order) -> AddressOf | None:
    # An order's two addresses have no ids of their own, so its id names both.
    return None if order.shipping_address is None else AddressOf(2 * order.id, order.shipping_address)


def billing_address(order: Order) -> AddressOf | None:
    return None if order.billing_address is None else AddressOf(2 * order.id + 1, order.billing_address)


def order_of_address(number: int) -> int:
    """Return the id of the order that the address with this id belongs to."""
    return number // 2


def _formatted(of: AddressOf, _: Asking, *, with_name: bool, with_company: bool) -> list[str]:
    address = of.address
    town = " ".join(part for part in (address.city, address.province_code or address.province, address.zip) if part)
    lines = (
        full_name(address) if with_name else None,
        address.company if with_company else None,
        address.address1,
        address.address2,
        town,
        country_of(address),
    )
    return [line for line in lines if line]


def _area(of: AddressOf, _: Asking) -> str | None:
    parts = (of.address.city, of.address.province_code or of.address.province, country_of(of.address))
    return ", ".join(part for part in parts if part) or None


def _plain(name: str) -> Any:
    return lambda of, _: getattr(of.address, name)


ADDRESS_FIELDS: Resolvers = {
    "MailingAddress": {
        **{name: _plain(name) for name in ("address1", "address2", "city", "company", "phone", "zip")},
        "firstName": _plain("first_name"),
        "lastName": _plain("last_name"),
        "name": lambda of, _: full_name(of.address),
        "province": lambda of, _: of.address.province or of.address.province_code,
        "provinceCode": _plain("province_code"),
        "country": lambda of, _: country_of(of.address),
        "countryCode": _plain("country_code"),
        "countryCodeV2": lambda of, _: country_code(of.address),
        "formatted": _formatted,
        "formattedArea": _area,
        "coordinatesValidated": always(False),
        "id": lambda of, _: gid("MailingAddress", of.id),
        "latitude": always(None),
        "longitude": always(None),
        "timeZone": always(None),
        "validationResultSummary": always(None),
    }
}
