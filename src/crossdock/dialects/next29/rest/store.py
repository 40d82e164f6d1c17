"""The store itself. Source: 29 Next Admin API, Store: typed as a list there, and answered as one object."""

from dataclasses import dataclass
from typing import Any

from crossdock.dialects.next29.fields import whole_body
from crossdock.dialects.next29.scopes import READ_STORE
from crossdock.dialects.next29.wire import Rendering, country_of
from crossdock.dialects.operation import Call, Json, Operation
from crossdock.domain.queries import GetShop
from crossdock.domain.shops import Shop

_PATH = "store/"
# A shop here is kept in one language.
_LANGUAGES: tuple[Json, ...] = ({"code": "en", "label": "English"},)


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownStore:
    """A store as it tells of itself."""

    name: str
    domain: str
    timezone: str
    currencies: tuple[str, ...]


def write_store(shop: Shop, _context: Rendering) -> dict[str, Json]:
    return {
        "name": shop.name,
        "primary_domain": shop.domain,
        "timezone": shop.timezone,
        "tagline": "",
        "tax_id": "",
        "contact_address": {
            "company_name": shop.address.company or shop.name,
            "line1": shop.address.address1 or "",
            "line2": shop.address.address2 or "",
            "city": shop.address.city or "",
            "state": shop.address.province_code or shop.address.province or "",
            "postcode": shop.address.zip or "",
            "country": country_of(shop.address),
            "phone_number": shop.address.phone or "",
        },
        "available_currencies": [{"code": shop.currency, "label": shop.currency}],
        "available_languages": list(_LANGUAGES),
        "payments": {},
    }


def _read_store(answer: Json) -> KnownStore:
    fields = whole_body(answer)
    return KnownStore(
        name=fields.need("name", fields.text("name")),
        domain=fields.need("primary_domain", fields.text("primary_domain")),
        timezone=fields.need("timezone", fields.text("timezone")),
        currencies=tuple(each.need("code", each.text("code")) for each in fields.each("available_currencies") or ()),
    )


def _encode(_query: GetShop) -> Call:
    return Call(method="GET", path=_PATH)


def _decode(_call: Call) -> GetShop:
    return GetShop()


GET = Operation(
    name="get_shop",
    command=GetShop,
    method="GET",
    path=_PATH,
    scopes=frozenset({READ_STORE}),
    encode=_encode,
    decode=_decode,
    encode_result=write_store,
    decode_result=_read_store,
    writes=False,
    source="29 Next Admin API 2024-04-01, storeDetail",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (GET,)
