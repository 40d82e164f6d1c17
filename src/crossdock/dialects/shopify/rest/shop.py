"""Shop and AccessScope. Source: Shopify REST Shop, AccessScope."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from crossdock.dialects.operation import Call, Json, Operation
from crossdock.dialects.shopify.fields import Fields, answered, answered_list
from crossdock.dialects.shopify.wire import Rendering, country_of, write_time
from crossdock.domain.places import Address
from crossdock.domain.queries import GetShop, ListAccessScopes
from crossdock.domain.shops import Shop

_ROOT = "shop"
_SCOPES = "access_scopes"


def write_shop(shop: Shop, context: Rendering) -> dict[str, Json]:
    address = shop.address
    return {
        "id": shop.id,
        "name": shop.name,
        "email": shop.email,
        "domain": shop.domain,
        "province": address.province or address.province_code,
        "country": address.country_code,
        "address1": address.address1,
        "zip": address.zip,
        "city": address.city,
        "source": None,
        "phone": address.phone,
        "latitude": None,
        "longitude": None,
        "primary_locale": "en",
        "address2": address.address2,
        "created_at": write_time(shop.created_at, context.shop),
        "updated_at": write_time(shop.updated_at, context.shop),
        "country_code": address.country_code,
        "country_name": country_of(address),
        "currency": shop.currency,
        "customer_email": shop.email,
        "timezone": _zone_title(shop),
        "iana_timezone": shop.timezone,
        "shop_owner": shop.name,
        "money_format": "{{amount}}",
        "money_with_currency_format": f"{{{{amount}}}} {shop.currency}",
        "weight_unit": "kg",
        "province_code": address.province_code,
        "taxes_included": False,
        "auto_configure_tax_inclusivity": None,
        "tax_shipping": None,
        "county_taxes": False,
        "plan_display_name": "Crossdock",
        "plan_name": "crossdock",
        "has_discounts": False,
        "has_gift_cards": False,
        "myshopify_domain": shop.domain,
        "google_apps_domain": None,
        "google_apps_login_enabled": None,
        "money_in_emails_format": "{{amount}}",
        "money_with_currency_in_emails_format": f"{{{{amount}}}} {shop.currency}",
        "eligible_for_payments": False,
        "requires_extra_payments_agreement": False,
        "password_enabled": False,
        "has_storefront": False,
        "finances": False,
        "primary_location_id": shop.primary_location_id,
        "checkout_api_supported": False,
        "multi_location_enabled": True,
        "setup_required": False,
        "pre_launch_enabled": False,
        "enabled_presentment_currencies": [shop.currency],
    }


def _zone_title(shop: Shop) -> str:
    """Write the zone as Shopify titles it: `(GMT-05:00) America/New_York`, by its standard offset."""
    january = datetime(2025, 1, 1, tzinfo=ZoneInfo(shop.timezone))
    offset = january.strftime("%z")
    return f"(GMT{offset[:3]}:{offset[3:5]}) {shop.timezone}"


def _read_shop(fields: Fields) -> Shop:
    domain = fields.need("domain", fields.text("domain"))
    return Shop(
        id=fields.need("id", fields.identity("id")),
        name=fields.need("name", fields.text("name")),
        domain=fields.text("myshopify_domain") or domain,
        subdomain=(fields.text("myshopify_domain") or domain).split(".", 1)[0],
        email=fields.text("email") or "",
        currency=fields.need("currency", fields.text("currency")),
        timezone=fields.text("iana_timezone") or "UTC",
        address=Address(
            address1=fields.text("address1"),
            address2=fields.text("address2"),
            city=fields.text("city"),
            province=fields.text("province"),
            province_code=fields.text("province_code"),
            zip=fields.text("zip"),
            country=fields.text("country_name"),
            country_code=fields.text("country_code"),
            phone=fields.text("phone"),
        ),
        primary_location_id=fields.identity("primary_location_id"),
        created_at=fields.need("created_at", fields.time("created_at")),
        updated_at=fields.need("updated_at", fields.time("updated_at")),
    )


def _encode_get(_command: GetShop) -> Call:
    return Call(method="GET", path="shop.json")


def _decode_get(_call: Call) -> GetShop:
    return GetShop()


def _encode_shop(shop: Shop, context: Rendering) -> Json:
    return {_ROOT: write_shop(shop, context)}


def _decode_shop(answer: Json) -> Shop:
    return _read_shop(answered(answer, _ROOT))


def _encode_list_scopes(_command: ListAccessScopes) -> Call:
    return Call(method="GET", path="oauth/access_scopes.json")


def _decode_list_scopes(_call: Call) -> ListAccessScopes:
    return ListAccessScopes()


def _encode_scopes(scopes: Iterable[str], _context: Rendering) -> Json:
    return {_SCOPES: [{"handle": scope} for scope in scopes]}


def _decode_scopes(answer: Json) -> tuple[str, ...]:
    return tuple(fields.need("handle", fields.text("handle")) for fields in answered_list(answer, _SCOPES))


GET = Operation(
    name="get_shop",
    command=GetShop,
    method="GET",
    path="shop.json",
    scopes=frozenset(),
    encode=_encode_get,
    decode=_decode_get,
    encode_result=_encode_shop,
    decode_result=_decode_shop,
    writes=False,
    source="Shopify REST Shop",
)
LIST_ACCESS_SCOPES = Operation(
    name="list_access_scopes",
    command=ListAccessScopes,
    method="GET",
    path="oauth/access_scopes.json",
    scopes=frozenset(),
    encode=_encode_list_scopes,
    decode=_decode_list_scopes,
    encode_result=_encode_scopes,
    decode_result=_decode_scopes,
    writes=False,
    source="Shopify REST AccessScope; under /admin/, without a version",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (GET,)
