"""29 Next's words and small forms: times, money, addresses, order numbers. Its wire is written and read with these.

Source: 29 Next Admin API 2024-04-01; what is absent is an empty text where its clients count on one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from crossdock.dialects.operation import Json
from crossdock.domain.countries import country_code
from crossdock.domain.currencies import decimals
from crossdock.domain.orders import FIRST_ORDER_NUMBER, Order
from crossdock.domain.places import Address, Location
from crossdock.domain.shops import Shop

_EARLIEST, _LATEST = 1900, 9000  # far enough from datetime's own ends for every time zone
_AMOUNT = re.compile(r"[+-]?\d{0,10}(\.\d{0,4})?", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendering:
    """What an answer needs beside the result. `base_url`: scheme and host that the caller used, without a slash.

    `url` and `query`: of the request, the address without its query. `app_id`: the app that calls, if any. `level_ids`:
    of the stock levels of what is shipped, by item and location.
    """

    shop: Shop
    locations: Mapping[int, Location]
    version: str
    base_url: str
    url: str = ""
    query: tuple[tuple[str, str], ...] = ()
    app_id: int | None = None
    level_ids: Mapping[tuple[int, int], int] = field(default_factory=dict)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def write_time(at: datetime, shop: Shop) -> str:
    """Write a time with its offset, in the store's time zone."""
    return at.astimezone(_zone(shop.timezone)).isoformat(timespec="microseconds")


def write_optional_time(at: datetime | None, shop: Shop) -> str | None:
    return None if at is None else write_time(at, shop)


def read_time(text: str) -> datetime:
    """Read an ISO time; one without an offset is UTC. Raises: ValueError."""
    at = datetime.fromisoformat(text.strip())
    if not _EARLIEST <= at.year <= _LATEST:
        raise ValueError("the year is out of range")
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def read_day(text: str) -> date:
    """Read `YYYY-MM-DD`. Raises: ValueError."""
    day = date.fromisoformat(text.strip())
    if not _EARLIEST <= day.year <= _LATEST:
        raise ValueError("the year is out of range")
    return day


def day_begins(day: date, timezone: str) -> datetime:
    """Return when a day begins in a time zone, as UTC."""
    return datetime.combine(day, time(), _zone(timezone)).astimezone(UTC)


def day_ends(day: date, timezone: str) -> datetime:
    """Return the last moment of a day in a time zone, as UTC."""
    return day_begins(day + timedelta(days=1), timezone) - timedelta(microseconds=1)


def write_money(amount: int, currency: str) -> str:
    """Write minor units as a decimal string of two places, whatever the currency."""
    places = decimals(currency)
    return f"{Decimal(amount).scaleb(-places).quantize(Decimal('0.01'), rounding=ROUND_HALF_UP)}"


def read_money(text: str, currency: str) -> int:
    """Read a decimal string of at most ten digits before the point as minor units. Raises: ValueError."""
    written = text.strip()
    if not _AMOUNT.fullmatch(written) or not any(character.isdigit() for character in written):
        raise ValueError("not an amount")
    places = decimals(currency)
    return int(Decimal(written).scaleb(places).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def order_number(order: Order) -> str:
    """Return the number that addresses an order, a text."""
    return str(FIRST_ORDER_NUMBER + order.number)


def read_order_number(text: str) -> int | None:
    """Return the order's own number (counted from 1) of a text that addresses it; None for what can be none."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        return None
    number = int(text) - FIRST_ORDER_NUMBER
    return number if number > 0 else None


def write_address(address: Address) -> dict[str, Json]:
    """Write the parts of an address that every one of this platform has; line4 is the city."""
    return {
        "line1": address.address1 or "",
        "line2": address.address2 or "",
        "line3": address.address3 or "",
        "line4": address.city or "",
        "state": address.province_code or address.province or "",
        "postcode": address.zip or "",
        "country": country_of(address),
        "phone_number": address.phone or "",
    }


def write_person_address(address: Address, *, id: int) -> dict[str, Json]:
    """Write an address with whom it is of. `id`: of what it stands at, since an address has none of its own."""
    return {
        "id": id,
        "first_name": address.first_name or "",
        "last_name": address.last_name or "",
        **write_address(address),
        "notes": address.notes or "",
    }


def country_of(address: Address) -> str:
    """Return an address's country as an ISO code; empty where nobody knows it."""
    return address.country_code or (country_code(address.country) if address.country else None) or ""
