"""Shopify's words and small forms: ids, times, money, addresses. Its wire is written and read with these alone."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from crossdock.dialects.operation import Json
from crossdock.domain.countries import country_name
from crossdock.domain.currencies import decimals
from crossdock.domain.orders import Order
from crossdock.domain.places import Address, Location
from crossdock.domain.queries import Unmovable
from crossdock.domain.shops import Shop

_EARLIEST, _LATEST = 1900, 9000  # far enough from datetime's own ends for every time zone
_AMOUNT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,6})?", re.ASCII | re.IGNORECASE)
_MOST_DIGITS = 15  # before the point; minor units then fit in 64 bits
# Texts as recorded; a place that will do has none.
WHY_NOT_MOVABLE = {
    Unmovable.CURRENT: "Current location.",
    Unmovable.NOT_STOCKED: "No items are stocked at this location.",
}
MANUAL = "manual"  # the service handle of locations that have none


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendering:
    """What an answer needs beside the result. `base_url`: scheme and host that the caller used, without a slash.

    `order_reference`: the caller asked for the order's name beside its fulfillment orders. `app_id`: the app that
    calls, if any.
    """

    shop: Shop
    locations: Mapping[int, Location]
    version: str
    base_url: str
    order_reference: bool = False
    app_id: int | None = None


def rendering(
    command: object,
    *,
    shop: Shop,
    locations: Mapping[int, Location],
    version: str,
    base_url: str,
    app_id: int | None = None,
) -> Rendering:
    """Return the context that the answer to a command is written in."""
    return Rendering(
        shop=shop,
        locations=locations,
        version=version,
        base_url=base_url,
        app_id=app_id,
        order_reference=bool(getattr(command, "order_reference", False)),
    )


def gid(kind: str, id: int) -> str:
    return f"gid://shopify/{kind}/{id}"


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def write_time(at: datetime, shop: Shop) -> str:
    """Write a time with second precision in the shop's time zone, as Shopify does."""
    return at.astimezone(_zone(shop.timezone)).isoformat(timespec="seconds")


def write_optional_time(at: datetime | None, shop: Shop) -> str | None:
    return None if at is None else write_time(at, shop)


def read_time(text: str) -> datetime:
    """Read any ISO form, and `2026-02-02 16:22 UTC`; a time without an offset is UTC.

    Raises: ValueError.
    """
    named = text.strip().removesuffix(" UTC")
    at = datetime.fromisoformat(named)
    if not _EARLIEST <= at.year <= _LATEST:
        raise ValueError("the year is out of range")
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def write_money(amount: int, currency: str) -> str:
    """Write minor units as a decimal string; money without minor units still has two decimals in Shopify's answers."""
    return f"{Decimal(amount).scaleb(-decimals(currency)):.{max(2, decimals(currency))}f}"


def read_money(text: str, currency: str) -> int:
    """Read a decimal string as minor units, rounded half up. Raises: ValueError."""
    written = text.strip()
    if not _AMOUNT.fullmatch(written):
        raise ValueError("not an amount")
    amount = Decimal(written)
    # Looked at by its exponent first: computing with amounts of a million digits is slow, or overflows.
    if amount.adjusted() >= _MOST_DIGITS:
        raise ValueError("the amount is out of range")
    if amount.adjusted() < -_MOST_DIGITS:
        return 0
    return int(amount.scaleb(decimals(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def money_set(amount: int, currency: str) -> Json:
    money = {"amount": write_money(amount, currency), "currency_code": currency}
    return {"shop_money": money, "presentment_money": money}


def priced(name: str, amount: int, currency: str) -> dict[str, Json]:
    """Return the two fields that carry an amount: the plain one and its `_set`."""
    return {name: write_money(amount, currency), f"{name}_set": money_set(amount, currency)}


def order_token(order: Order) -> str:
    """Return what addresses an order's status page, and begins and ends in other names of it: 64 hexadecimal digits."""
    return hashlib.sha256(f"{order.shop_id}/{order.id}".encode()).hexdigest()


def full_name(address: Address) -> str | None:
    return " ".join(part for part in (address.first_name, address.last_name) if part) or None


def country_of(address: Address) -> str | None:
    """Return the country's full name: by its code where there is one, else as it was given."""
    return (country_name(address.country_code) if address.country_code else None) or address.country


def write_address(address: Address | None) -> Json:
    """Write an address as orders carry it."""
    if address is None:
        return None
    return {
        "first_name": address.first_name,
        "last_name": address.last_name,
        "name": full_name(address),
        "company": address.company,
        "address1": address.address1,
        "address2": address.address2,
        "city": address.city,
        "province": address.province or address.province_code,
        "province_code": address.province_code,
        "country": country_of(address),
        "country_code": address.country_code,
        "zip": address.zip,
        "phone": address.phone,
        "latitude": None,
        "longitude": None,
    }


def without_nothing(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is None: requests name only what they set."""
    return {name: value for name, value in fields.items() if value is not None}


def comma_separated(values: Iterable[object]) -> str:
    return ",".join(str(value) for value in values)
