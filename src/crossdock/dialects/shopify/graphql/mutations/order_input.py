"""What mutations are told of orders: addresses, tags, attributes, amounts.

Source: Shopify GraphQL, MailingAddressInput, MoneyBagInput, AttributeInput, WeightInput.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from crossdock.dialects.shopify.graphql.errors import UserError, UserErrors
from crossdock.dialects.shopify.graphql.mutations.reading import label, one_line, paragraph
from crossdock.dialects.shopify.wire import read_money
from crossdock.domain.countries import country_code, country_name
from crossdock.domain.orders import Property
from crossdock.domain.places import Address

_GRAMS = {"GRAMS": 1.0, "KILOGRAMS": 1000.0, "OUNCES": 28.349523125, "POUNDS": 453.59237}
_HEAVIEST = 2**31 - 1
_LINES = ("address1", "address2", "city", "company", "phone", "zip")


def address(given: Mapping[str, Any] | None, *path: str) -> Address | None:
    """Read an address. Raises: UserErrors."""
    if given is None:
        return None
    code = given.get("country_code") or country_code(given.get("country") or "")
    if code is None and given.get("country"):
        raise UserErrors((UserError((*path, "country"), "Country is invalid"),))
    return Address(
        **{name: one_line(given.get(name), *path, name) for name in _LINES},
        first_name=one_line(given.get("first_name"), *path, "firstName"),
        last_name=one_line(given.get("last_name"), *path, "lastName"),
        province=one_line(given.get("province"), *path, "province"),
        province_code=one_line(given.get("province_code"), *path, "provinceCode"),
        country=given.get("country") or (country_name(code) if code else None),
        country_code=code,
    )


def tags(given: Iterable[str] | None) -> str | None:
    """Read tags as one text."""
    return None if given is None else ", ".join(tag for each in given if (tag := each.strip()))


def attributes(given: Iterable[Mapping[str, Any]] | None, *path: str) -> tuple[Property, ...] | None:
    """Read names with values, whichever of their two names the names have. Raises: UserErrors."""
    if given is None:
        return None
    return tuple(
        Property(
            name=one_line(each.get("key") or each.get("name") or "", *path, str(index), "key") or "",
            value=paragraph(each["value"], *path, str(index), "value") or "",
        )
        for index, each in enumerate(given)
    )


def amount(text: str | None, currency: str, *path: str) -> int | None:
    """Read an amount as minor units. Raises: UserErrors."""
    if text is None:
        return None
    try:
        return read_money(text, currency)
    except ValueError as error:
        raise UserErrors((UserError(path, f"{label(path[-1])} is not a number"),)) from error


def grams(weight: Mapping[str, Any] | None, *path: str) -> int | None:
    """Read a weight, of whichever unit. Raises: UserErrors."""
    if weight is None:
        return None
    whole: float = weight["value"] * _GRAMS[weight["unit"]]
    if not 0 <= whole <= _HEAVIEST:
        raise UserErrors((UserError(path, "Weight must be greater than or equal to 0, and not astronomical"),))
    return round(whole)
