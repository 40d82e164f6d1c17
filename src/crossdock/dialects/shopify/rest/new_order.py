"""The request that makes an Order. Source: Shopify REST Order, "Creates an order"."""

import re
from dataclasses import replace

from crossdock.dialects.operation import Call, Json, NotExpressible
from crossdock.dialects.shopify.fields import Fields, root
from crossdock.dialects.shopify.wire import without_nothing, write_money
from crossdock.domain.commands import CreateOrder, NewOrderLine
from crossdock.domain.countries import country_code, country_name
from crossdock.domain.orders import FinancialStatus, Property, StockClaim
from crossdock.domain.places import Address
from crossdock.domain.refusals import Invalid

ROOT = "order"
HEAVIEST = 2**31 - 1
_CURRENCY = re.compile(r"[A-Z]{3}")


def encode_create(command: CreateOrder) -> Call:
    """Write the request. The key that an import knows the order by stays with the importer."""
    shipping = without_nothing(
        {
            "title": command.shipping_title,
            "code": command.shipping_code,
            "price": _write_price(command.shipping_price, command.currency),
        }
    )
    fields = {
        "line_items": [_write_line(line, command.currency) for line in command.lines],
        "currency": command.currency,
        "name": command.name,
        "source_name": command.source_name,
        "email": command.email,
        "phone": command.phone,
        "note": command.note,
        "tags": command.tags or None,
        "note_attributes": write_properties(command.note_attributes),
        "test": command.test or None,
        "financial_status": command.financial_status.value,
        "inventory_behaviour": command.stock_claim.value,
        "shipping_address": write_requested_address(command.shipping_address),
        "billing_address": write_requested_address(command.billing_address),
        "shipping_lines": [shipping] if shipping else None,
        "processed_at": command.processed_at.isoformat() if command.processed_at else None,
        "fulfill_at": command.fulfill_at.isoformat() if command.fulfill_at else None,
    }
    return Call(method="POST", path="orders.json", body={ROOT: without_nothing(fields)})


def _write_line(line: NewOrderLine, currency: str | None) -> Json:
    fields = {
        "variant_id": line.variant_id,
        "title": line.title,
        "quantity": line.quantity,
        "price": _write_price(line.price, currency),
        "sku": line.sku,
        "grams": line.grams,
        "vendor": line.vendor,
        "requires_shipping": line.requires_shipping,
        "taxable": line.taxable,
        "properties": write_properties(line.properties),
    }
    return without_nothing(fields)


def _write_price(price: int | None, currency: str | None) -> str | None:
    if price is None:
        return None
    if currency is None:
        raise NotExpressible("a price without its currency")
    return write_money(price, currency)


def write_properties(properties: tuple[Property, ...]) -> Json:
    """Write properties; None where there are none."""
    return [{"name": each.name, "value": each.value} for each in properties] or None


def write_requested_address(address: Address | None) -> Json:
    """Write the fields of an address that are known."""
    if address is None:
        return None
    fields = {
        "first_name": address.first_name,
        "last_name": address.last_name,
        "company": address.company,
        "address1": address.address1,
        "address2": address.address2,
        "city": address.city,
        "province": address.province,
        "province_code": address.province_code,
        "zip": address.zip,
        "country": address.country,
        "country_code": address.country_code,
        "phone": address.phone,
    }
    return without_nothing(fields)


def decode_create(call: Call) -> CreateOrder:
    """Read the request. `fulfill_at` is ours: on the platform, what is sold ahead of its time says it.

    Raises: Unreadable, Invalid.
    """
    fields = root(call, ROOT)
    currency = _read_currency(fields)
    shipping = next(iter(fields.each("shipping_lines") or ()), Fields({}))
    lines = fields.each("line_items") or ()
    return CreateOrder(
        lines=tuple(_read_line(line, currency or call.currency) for line in lines),
        currency=currency,
        name=fields.line("name") or None,
        source_name=fields.line("source_name") or None,
        email=_read_email(fields),
        phone=fields.line("phone"),
        note=fields.paragraph("note"),
        tags=read_tags(fields),
        note_attributes=read_properties(fields, "note_attributes"),
        test=fields.flag("test") or False,
        financial_status=_read_financial_status(fields),
        stock_claim=fields.word("inventory_behaviour", StockClaim) or StockClaim.BYPASS,
        shipping_address=read_address(fields, "shipping_address"),
        billing_address=read_address(fields, "billing_address"),
        shipping_title=shipping.line("title"),
        shipping_code=shipping.line("code"),
        shipping_price=shipping.money("price", currency or call.currency),
        processed_at=fields.time("processed_at"),
        fulfill_at=fields.time("fulfill_at"),
    )


def _read_currency(fields: Fields) -> str | None:
    currency = fields.text("currency")
    if currency is not None and not _CURRENCY.fullmatch(currency):
        raise Invalid("currency", "is not a currency code")
    return currency


def _read_email(fields: Fields) -> str | None:
    customer = fields.within("customer")
    return fields.line("email") or (customer.line("email") if customer else None)


def _read_financial_status(fields: Fields) -> FinancialStatus:
    """Return the status given, else paid if a sale went through."""
    given = fields.word("financial_status", FinancialStatus)
    if given is not None:
        return given
    sold = any(
        each.text("kind") in {"sale", "capture"} and each.text("status") in {None, "success"}
        for each in fields.each("transactions") or ()
    )
    return FinancialStatus.PAID if sold else FinancialStatus.PENDING


def read_tags(fields: Fields) -> str:
    """Read tags, which come as one text or as a list, as one text."""
    if isinstance(fields.values.get("tags"), list):
        return ", ".join(fields.texts("tags"))
    return fields.text("tags") or ""


def read_grams(fields: Fields, owner: str) -> int | None:
    """Read a weight in grams. Raises: Invalid beyond what can be stored."""
    grams = fields.whole("grams")
    if grams is not None and not 0 <= grams <= HEAVIEST:
        raise Invalid(owner, f"grams must be from 0 to {HEAVIEST}")
    return grams


def _read_line(fields: Fields, currency: str) -> NewOrderLine:
    return NewOrderLine(
        quantity=fields.need("quantity", fields.whole("quantity")),
        variant_id=fields.identity("variant_id"),
        title=fields.line("title"),
        price=fields.money("price", currency),
        sku=fields.line("sku"),
        grams=read_grams(fields, "line_items"),
        vendor=fields.line("vendor"),
        requires_shipping=fields.flag("requires_shipping"),
        taxable=fields.flag("taxable") is not False,
        properties=read_properties(fields, "properties"),
    )


def read_properties(fields: Fields, name: str) -> tuple[Property, ...]:
    """Read a list of names and values; absent is empty."""
    return tuple(
        Property(name=each.need("name", each.line("name")), value=each.paragraph("value") or "")
        for each in fields.each(name) or ()
    )


def read_address(fields: Fields, name: str) -> Address | None:
    """Read an address; one word for the whole name will do. Raises: Invalid for a country that is none."""
    given = fields.within(name)
    if given is None:
        return None
    country, code = _read_country(given, name)
    address = Address(
        first_name=given.line("first_name"),
        last_name=given.line("last_name"),
        company=given.line("company"),
        address1=given.line("address1"),
        address2=given.line("address2"),
        city=given.line("city"),
        province=given.line("province"),
        province_code=given.line("province_code"),
        zip=given.line("zip"),
        country=country,
        country_code=code,
        phone=given.line("phone"),
    )
    whole_name = given.line("name")
    if whole_name and address.first_name is None and address.last_name is None:
        first, _, last = whole_name.rpartition(" ")
        return replace(address, first_name=first or None, last_name=last)
    return address


def _read_country(fields: Fields, owner: str) -> tuple[str | None, str | None]:
    """Return the country's name and code, each found from the other where only one is given."""
    name, code = fields.line("country") or None, fields.line("country_code") or None
    if code is not None and country_name(code) is None:
        raise Invalid(owner, "country_code is not a country")
    if code is None and name is not None:
        code = country_code(name)
        if code is None:
            raise Invalid(owner, "country is not a country")
    return name or (country_name(code) if code else None), code
