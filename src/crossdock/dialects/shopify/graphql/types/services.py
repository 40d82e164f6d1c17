"""Fulfillment services: those that apps registered, and the one of the merchant's own locations.

Source: Shopify GraphQL, FulfillmentService; the built-in one as recorded.
"""

from collections.abc import Mapping
from typing import Any

from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.field import Field, Resolvers, always
from crossdock.dialects.shopify.graphql.ids import MANUAL_SERVICE, read_gid, service_gid
from crossdock.dialects.shopify.graphql.sources import ManualService
from crossdock.dialects.shopify.scopes import READ_FULFILLMENTS
from crossdock.domain.places import FulfillmentService, Location

Service = FulfillmentService | ManualService
_READ = frozenset({READ_FULFILLMENTS})
_MANUAL: Mapping[str, Any] = {
    "id": MANUAL_SERVICE,
    "handle": "manual",
    "serviceName": "Manual",
    "type": "MANUAL",
    "trackingSupport": False,
    "inventoryManagement": False,
    "requiresShippingMethod": True,
}


def services(asking: Asking) -> list[FulfillmentService]:
    """Return the services that there are, oldest first."""
    found = (each.service for each in asking.locations.values() if each.service and not each.deleted)
    return sorted(found, key=lambda service: service.id)


def all_services(_: object, asking: Asking) -> list[Service]:
    """Resolve every service, the merchant's own first."""
    return [ManualService(), *services(asking)]


def _service(_: object, asking: Asking, *, id: str) -> Service | None:
    if id == MANUAL_SERVICE:
        return ManualService()
    number = read_gid(id, "FulfillmentService").number
    return next((each for each in services(asking) if each.id == number), None)


def _location(service: Service, asking: Asking) -> Location | None:
    place = asking.shop.primary_location_id if isinstance(service, ManualService) else service.location_id
    return asking.locations.get(place or 0)


def _callback_url(service: Service, asking: Asking) -> str | None:
    # Where another app is called is none of the caller's business.
    if isinstance(service, ManualService) or service.app_id != asking.caller.app_id:
        return None
    return service.callback_url


def _either(name: str, of_service: Any) -> Any:
    """Resolve a field of either kind of service."""
    return lambda service, _: _MANUAL[name] if isinstance(service, ManualService) else of_service(service)


SERVICE_FIELDS: Resolvers = {
    "QueryRoot": {"fulfillmentService": Field(_service, _READ)},
    "Shop": {"fulfillmentServices": Field(all_services, _READ)},
    "FulfillmentService": {
        "id": _either("id", lambda service: service_gid(service.id)),
        "handle": _either("handle", lambda service: service.handle),
        "serviceName": _either("serviceName", lambda service: service.name),
        "type": _either("type", lambda _: "THIRD_PARTY"),
        "trackingSupport": _either("trackingSupport", lambda service: service.tracking_support),
        "inventoryManagement": _either("inventoryManagement", lambda service: service.inventory_management),
        "requiresShippingMethod": _either("requiresShippingMethod", lambda service: service.requires_shipping_method),
        "callbackUrl": _callback_url,
        "fulfillmentOrdersOptIn": always(True),
        "location": _location,
    },
}
