"""The shop, and the versions of the API. Its lists stand with what they list.

Source: Shopify GraphQL, Shop, publicApiVersions; what Crossdock has no setting for is told as REST tells it.
"""

from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.field import Field, Resolvers, always
from crossdock.dialects.shopify.graphql.ids import gid
from crossdock.dialects.shopify.graphql.sources import AddressOf, DomainOf, ShopAddressOf
from crossdock.dialects.shopify.graphql.types.addresses import ADDRESS_FIELDS
from crossdock.dialects.shopify.graphql.types.fulfillment_order_lists import (
    assigned_fulfillment_orders,
    fulfillment_orders,
)
from crossdock.dialects.shopify.graphql.types.order_roots import orders
from crossdock.dialects.shopify.scopes import READ_FULFILLMENT_ORDERS, READ_ORDERS
from crossdock.dialects.shopify.versions import SUPPORTED, UNSTABLE
from crossdock.domain.queries import GetShop
from crossdock.domain.shops import Shop


def api_version(handle: str) -> Json:
    """Return a version as ApiVersion is read from."""
    return {"handle": handle, "display_name": handle, "supported": handle != UNSTABLE}


def shop_asked_for(_: object, asking: Asking) -> Awaitable[Shop]:
    """Resolve the shop wherever it is asked for, in payloads too."""
    return asking.load(GetShop())


def _offset(shop: Shop, asking: Asking) -> timedelta:
    return asking.at.astimezone(ZoneInfo(shop.timezone)).utcoffset() or timedelta()


def _offset_written(shop: Shop, asking: Asking) -> str:
    return f"{asking.at.astimezone(ZoneInfo(shop.timezone)):%z}"


def _address(shop: Shop, _: Asking) -> ShopAddressOf:
    return ShopAddressOf(shop)


def _address_field(name: str) -> Any:
    resolve = ADDRESS_FIELDS["MailingAddress"][name]
    plain = resolve.resolve if isinstance(resolve, Field) else resolve
    return lambda of, asking, **arguments: plain(AddressOf(of.shop.id, of.shop.address), asking, **arguments)


_ADDRESS = (
    *("address1", "address2", "city", "company", "coordinatesValidated", "country", "countryCode", "countryCodeV2"),
    *("firstName", "formattedArea", "lastName", "latitude", "longitude", "name", "phone", "province", "provinceCode"),
    "zip",
)


SHOP_FIELDS: Resolvers = {
    "QueryRoot": {
        "shop": shop_asked_for,
        "publicApiVersions": always([api_version(handle) for handle in (*SUPPORTED, UNSTABLE)]),
    },
    "Shop": {
        "assignedFulfillmentOrders": Field(
            assigned_fulfillment_orders, frozenset({"read_assigned_fulfillment_orders"})
        ),
        "billingAddress": _address,
        "contactEmail": lambda shop, _: shop.email,
        "currencyCode": lambda shop, _: shop.currency,
        "description": always(None),
        "fulfillmentOrders": Field(fulfillment_orders, READ_FULFILLMENT_ORDERS),
        "ianaTimezone": lambda shop, _: shop.timezone,
        "id": lambda shop, _: gid("Shop", shop.id),
        "myshopifyDomain": lambda shop, _: shop.domain,
        "orderNumberFormatPrefix": always("#"),
        "orderNumberFormatSuffix": always(""),
        "orders": Field(orders, frozenset({READ_ORDERS})),
        "primaryDomain": lambda shop, _: DomainOf(shop),
        "setupRequired": always(False),
        "shopAddress": _address,
        "shopOwnerName": lambda shop, _: shop.name,
        "taxShipping": always(False),
        "taxesIncluded": always(False),
        "timezoneAbbreviation": lambda shop, asking: f"{asking.at.astimezone(ZoneInfo(shop.timezone)):%Z}",
        "timezoneOffset": _offset_written,
        "timezoneOffsetMinutes": lambda shop, asking: _offset(shop, asking) // timedelta(minutes=1),
        "unitSystem": always("METRIC_SYSTEM"),
        "url": lambda shop, _: f"https://{shop.domain}",
        "weightUnit": always("KILOGRAMS"),
    },
    "Domain": {
        "host": lambda of, _: of.shop.domain,
        "id": lambda of, _: gid("Domain", of.shop.id),
        "sslEnabled": always(True),
        "url": lambda of, _: f"https://{of.shop.domain}",
    },
    "ShopAddress": {
        **{name: _address_field(name) for name in _ADDRESS},
        "formatted": lambda of, asking, *, with_company: _address_field("formatted")(
            of, asking, with_name=False, with_company=with_company
        ),
        "id": lambda of, _: gid("ShopAddress", of.shop.id),
    },
    **{payload: {"shop": shop_asked_for} for payload in ("ProductCreatePayload", "ProductDeletePayload")},
}


def _own(make: Any) -> Any:
    return lambda number: lambda asking: asking.load(GetShop(), lambda shop: make(shop) if shop.id == number else None)


SHOP_NODES: Mapping[str, Field] = {
    "Shop": Field(_own(lambda shop: shop)),
    "Domain": Field(_own(DomainOf)),
    "ShopAddress": Field(_own(ShopAddressOf)),
}
