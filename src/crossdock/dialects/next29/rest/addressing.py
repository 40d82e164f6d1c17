"""Addresses that clients send: of people, and of places.

Source: 29 Next Admin API, ShippingAddress, BillingAddress, LocationAddress.
"""

import re

from crossdock.dialects.next29.fields import LONGEST_LINE, Fields
from crossdock.dialects.next29.wire import write_address
from crossdock.dialects.operation import Json
from crossdock.domain.countries import country_code, country_name
from crossdock.domain.places import Address

LONGEST_PHONE = 128
LONGEST_POSTCODE = 64
_STATE_CODE = re.compile(r"[A-Z0-9]{1,3}", re.ASCII)


def read_person_address(fields: Fields, name: str) -> Address | None:
    """Read an address with whom it is of; None where there is none. Raises: Unreadable."""
    given = fields.within(name)
    if given is None:
        return None
    code = _read_country(given)
    state = given.line("state") or None
    return Address(
        first_name=given.filled("first_name"),
        last_name=given.filled("last_name"),
        address1=given.filled("line1"),
        address2=given.line("line2") or None,
        address3=given.line("line3") or None,
        city=given.filled("line4"),
        province=state,
        province_code=state if state and _STATE_CODE.fullmatch(state) else None,
        zip=given.line("postcode", LONGEST_POSTCODE) or None,
        country=country_name(code),
        country_code=code,
        phone=given.line("phone_number", LONGEST_PHONE) or None,
        notes=given.paragraph("notes") or None,
    )


def read_place(fields: Fields) -> Address:
    """Read an address of no person. Raises: Unreadable without street, city or country."""
    state = (fields.line("state") or "").strip()
    is_code = _STATE_CODE.fullmatch(state) is not None
    return Address(
        address1=fields.filled("line1"),
        address2=fields.line("line2") or None,
        address3=fields.line("line3") or None,
        city=fields.filled("line4"),
        province=None if is_code else state or None,
        province_code=state if is_code else None,
        zip=(fields.line("postcode", LONGEST_POSTCODE) or "").strip() or None,
        country_code=fields.filled("country").upper(),
        phone=fields.line("phone_number", LONGEST_PHONE) or None,
    )


def _read_country(fields: Fields) -> str:
    """Read a country, an ISO code or its name."""
    text = fields.filled("country", LONGEST_LINE)
    code = text.upper() if country_name(text.upper()) else country_code(text)
    if code is None:
        raise fields.not_a_choice("country", text)
    return code


def write_sent_address(address: Address | None) -> Json:
    """Write an address as a client sends it; None where there is none."""
    if address is None:
        return None
    parts = {
        "first_name": address.first_name,
        "last_name": address.last_name,
        **write_address(address),
        "notes": address.notes,
    }
    return {name: value for name, value in parts.items() if value}
