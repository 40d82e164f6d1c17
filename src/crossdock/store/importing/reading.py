"""Reading orders from the rows of a file. Pure: text in, orders and refused rows out."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from crossdock.domain.orders import FinancialStatus
from crossdock.domain.places import Address
from crossdock.store.importing.columns import Columns, positions
from crossdock.store.importing.countries import Country, find_country, plausible_address

HIGHEST_QUANTITY = 1_000_000
HIGHEST_PRICE = Decimal(10**9)
ORDER_FIELDS = ("created_at", "country", "financial_status", "currency")
DATES = ("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S UTC")

Value = TypeVar("Value")


class BadRow(Exception):
    """A row cannot be taken; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Skipped:
    """A row that was not taken. `line` is where it starts in the file, counted from 1."""

    line: int
    order: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FileLine:
    """One line of an order as the file has it. `price` in whole units of the currency, None where it tells none."""

    row: int
    quantity: int
    sku: str
    title: str
    price: Decimal | None
    vendor: str | None
    requires_shipping: bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FileOrder:
    """One order as the file has it, with the rows that can be taken."""

    name: str
    lines: tuple[FileLine, ...]
    email: str | None
    phone: str | None
    note: str | None
    tags: str
    currency: str | None
    financial_status: FinancialStatus | None
    created_at: datetime | None
    shipping_title: str | None
    address: Address | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderFile:
    """What a file holds. `rows` counts all of them."""

    orders: tuple[FileOrder, ...]
    skipped: tuple[Skipped, ...]
    rows: int


@dataclass(slots=True)
class _Gathered:
    """The rows of one order on the way: those taken, those refused, and the order's own fields."""

    lines: list[FileLine] = field(default_factory=list)
    refused: list[Skipped] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def read_orders(lines: Iterable[str], columns: Columns, *, strictly: bool = False) -> OrderFile:
    """Read a whole file. The rows of an order may stand anywhere in it; `strictly`: every column asked for is there.

    Raises: BadColumns.
    """
    rows = _rows(lines)
    header = next(rows, (1, []))[1]
    places = positions(columns, header, strictly=strictly)
    gathered: dict[str, _Gathered] = {}
    unnamed: list[Skipped] = []
    count = 0
    for number, cells in rows:
        count += 1
        row = {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
        if not row["name"]:
            unnamed.append(Skipped(line=number, order="", reason="the row names no order"))
            continue
        _gather(gathered.setdefault(row["name"], _Gathered()), number, row, surplus=len(cells) > len(header))
    orders = [_order(name, each) for name, each in gathered.items()]
    skipped = [*unnamed, *(refused for each in gathered.values() for refused in each.refused)]
    return OrderFile(
        orders=tuple(order for order in orders if order is not None),
        skipped=tuple(sorted(skipped, key=lambda each: each.line)),
        rows=count,
    )


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Give each row with the line on which it starts; empty lines are passed over."""
    reader = csv.reader(lines)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            cells = [f"unreadable: {error}"]
        if cells:
            yield start, cells


def _gather(order: _Gathered, number: int, row: Mapping[str, str], *, surplus: bool) -> None:
    try:
        if surplus:
            raise BadRow("it has more cells than the header")
        bad = _bad_order_field(order, row)
        line = _line(number, row)
        if bad:
            raise BadRow(bad)
    except BadRow as reason:
        order.refused.append(Skipped(line=number, order=row["name"], reason=str(reason)))
        return
    for name, text in row.items():
        if text:
            order.values.setdefault(name, text)
    order.lines.append(line)


def _bad_order_field(order: _Gathered, row: Mapping[str, str]) -> str | None:
    """Say what is wrong with the order's own fields in this row; remember it for rows that rely on this one."""
    for name in ORDER_FIELDS:
        try:
            READERS[name](row.get(name, ""))
        except BadRow as reason:
            order.missing.setdefault(name, str(reason))
            return str(reason)
    return None


def _order(name: str, gathered: _Gathered) -> FileOrder | None:
    """Make the order of its rows; none when no row is left, or when the one that told its fields was refused."""
    lacking = [reason for each, reason in gathered.missing.items() if each not in gathered.values]
    if lacking:
        gathered.refused.extend(Skipped(line=line.row, order=name, reason=lacking[0]) for line in gathered.lines)
        return None
    if not gathered.lines:
        return None
    values = gathered.values
    return FileOrder(
        name=name,
        lines=tuple(gathered.lines),
        email=values.get("email"),
        phone=values.get("phone"),
        note=values.get("note"),
        tags=values.get("tags", ""),
        currency=_currency(values.get("currency", "")),
        financial_status=_financial_status(values.get("financial_status", "")),
        created_at=_date(values.get("created_at", "")),
        shipping_title=values.get("shipping_title"),
        address=_address(values),
    )


def _line(number: int, row: Mapping[str, str]) -> FileLine:
    sku = row.get("sku", "")
    quantity = _quantity(row["quantity"])
    if not sku:
        raise BadRow("it has no SKU")
    if any("\x00" in text for text in row.values()):
        raise BadRow("it holds a NUL character")
    return FileLine(
        row=number,
        quantity=quantity,
        sku=sku,
        title=row.get("title") or sku,
        price=_price(row.get("price", "")),
        vendor=row.get("vendor") or None,
        requires_shipping={"true": True, "false": False}.get(row.get("requires_shipping", "").lower()),
    )


def _quantity(text: str) -> int:
    # A spreadsheet may have written 3 as 3.0.
    if not re.fullmatch(r"[+-]?\d{1,18}(\.0+)?", text, re.ASCII):
        raise BadRow(f"quantity {text!r} is not a whole number")
    quantity = int(text.partition(".")[0])
    if quantity <= 0:
        raise BadRow(f"quantity {quantity} is not above 0")
    if quantity > HIGHEST_QUANTITY:
        raise BadRow(f"quantity {quantity} is above {HIGHEST_QUANTITY:,}")
    return quantity


def _price(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        price = Decimal(text)
    except InvalidOperation:
        raise BadRow(f"price {text!r} is not a number") from None
    if not price.is_finite() or not 0 <= price <= HIGHEST_PRICE:
        raise BadRow(f"price {text} is not from 0 to {HIGHEST_PRICE:,}")
    return price


def _date(text: str) -> datetime | None:
    if not text:
        return None
    for read in (datetime.fromisoformat, *(_dates_like(form) for form in DATES)):
        try:
            date = read(text)
            # Without a zone it is taken for UTC.
            return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
    raise BadRow(f"date {text!r} is not one (write 2010-12-01 08:26:00, with a zone if it is not UTC)")


def _dates_like(form: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, form)  # noqa: DTZ007  # a zone is given, or UTC is meant


def _country(text: str) -> Country | None:
    if not text:
        return None
    country = find_country(text)
    if country is None:
        raise BadRow(f"country {text!r} is unknown")
    return country


def _financial_status(text: str) -> FinancialStatus | None:
    try:
        return FinancialStatus(text.lower().replace(" ", "_")) if text else None
    except ValueError:
        raise BadRow(f"financial status {text!r} is unknown") from None


def _currency(text: str) -> str | None:
    if text and not re.fullmatch(r"[A-Za-z]{3}", text):
        raise BadRow(f"currency {text!r} is not a code of three letters")
    return text.upper() or None


READERS: Mapping[str, Callable[[str], object]] = {
    "created_at": _date,
    "country": _country,
    "financial_status": _financial_status,
    "currency": _currency,
}


def _address(values: Mapping[str, str]) -> Address | None:
    country = _country(values.get("country", ""))
    if country is None:
        return None
    plausible = plausible_address(country)
    first, _, last = values.get("customer", "").rpartition(" ")
    return Address(
        first_name=first or None,
        last_name=last or None,
        company=values.get("company"),
        address1=values.get("address1", plausible.address1),
        address2=values.get("address2"),
        city=values.get("city", plausible.city),
        province=values.get("province"),
        # Shopify's export keeps leading zeros of postal codes from spreadsheets with an apostrophe.
        zip=values["zip"].lstrip("'") if "zip" in values else plausible.zip,
        country=country.name,
        country_code=country.code,
        phone=values.get("phone"),
    )
