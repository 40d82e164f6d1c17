"""Locations. All of them are at hand, so lists of them are searched in memory.

Source: Shopify GraphQL, Location, locations, locationsAvailableForDeliveryProfilesConnection; flags as recorded.
"""

from collections.abc import Awaitable, Mapping
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.connections import Connection, listed
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import bad_request
from crossdock.dialects.shopify.graphql.field import Field, Resolvers, always
from crossdock.dialects.shopify.graphql.ids import gid, read_gid
from crossdock.dialects.shopify.graphql.scalars import write_time
from crossdock.dialects.shopify.graphql.searched import searched
from crossdock.dialects.shopify.graphql.types.inventory import level_at_location, levels_of_location
from crossdock.dialects.shopify.graphql.types.order_roots import counted_up_to
from crossdock.dialects.shopify.scopes import READ_INVENTORY, READ_LOCATIONS
from crossdock.dialects.shopify.wire import country_of
from crossdock.domain.locating import Usage, may_activate, may_deactivate, may_delete
from crossdock.domain.matching import Values, holds
from crossdock.domain.places import Address, Location
from crossdock.domain.stock_queries import FindUsage

LOCATION_SEARCH = frozenset(
    {
        *("id", "location_id", "name", "active", "legacy", "address1", "address2", "city", "country", "province"),
        *("zip", "created_at", "pickup_in_store"),
    }
)
MOST_COUNTED = 10_000
_READ = frozenset({READ_LOCATIONS})
_LEVELS = frozenset({READ_INVENTORY})


def location_of(asking: Asking, number: int | None) -> Location | None:
    """Return a location that is not deleted."""
    location = asking.locations.get(number or 0)
    return None if location is None or location.deleted else location


def _location(_: object, asking: Asking, *, id: str | None = None) -> Location | None:
    number = asking.shop.primary_location_id if id is None else read_gid(id, "Location").number
    return location_of(asking, number)


def _by_identifier(_: object, asking: Asking, *, identifier: Mapping[str, Any]) -> Location | None:
    named = identifier.get("id")
    if named is None:
        raise bad_request("identifier must name a location")
    return _location(None, asking, id=named)


def _found(
    asking: Asking, query: str | None, path: str, *, legacy: bool = False, inactive: bool = False
) -> list[Location]:
    """Return the locations that a search finds, by id; those of services and those out of use only if wanted."""
    condition = searched(asking, query, LOCATION_SEARCH, path)
    return [
        location
        for _, location in sorted(asking.locations.items())
        if not location.deleted
        and (legacy or location.service is None)
        and (inactive or location.active)
        and holds(condition, _values(location), at=asking.at)
    ]


def locations(
    _: object,
    asking: Asking,
    *,
    query: str | None = None,
    sort_key: str | None = None,
    include_legacy: bool | None = False,
    include_inactive: bool | None = False,
    **arguments: Any,
) -> Connection[Location]:
    """Resolve the merchant's locations, by name if nothing else is asked for."""
    found = _found(asking, query, "locations", legacy=bool(include_legacy), inactive=bool(include_inactive))
    if (sort_key or "NAME") != "NAME":
        return listed(found, arguments, id_of=_id)
    found.sort(key=lambda each: (each.name.casefold(), each.id))
    return listed(found, arguments, id_of=_id, value_of=lambda each: each.name)


def _deliverable(_: object, asking: Asking, **arguments: Any) -> Connection[Location]:
    return listed(_found(asking, None, "", legacy=True), arguments, id_of=_id)


def _count(_: object, asking: Asking, *, query: str | None = None, limit: int | None = MOST_COUNTED) -> Json:
    found, most = len(_found(asking, query, "locationsCount")), counted_up_to(limit)
    if most is None or found <= most:
        return {"count": found, "precision": "EXACT"}
    return {"count": most, "precision": "AT_LEAST"}


def _id(location: Location) -> int:
    return location.id


def _values(location: Location) -> Values:
    address = location.address
    return {
        None: (location.name, address.address1, address.city, address.zip, country_of(address)),
        "id": (location.id,),
        "location_id": (location.id,),
        "name": (location.name,),
        "active": (location.active,),
        "legacy": (location.service is not None,),
        "address1": (address.address1,),
        "address2": (address.address2,),
        "city": (address.city,),
        "country": (address.country_code, country_of(address)),
        "province": (address.province_code, address.province),
        "zip": (address.zip,),
        "created_at": (location.created_at,),
        "pickup_in_store": (False,),
    }


def _usage(read: Any) -> Any:
    """Resolve something that what the location is needed for says."""

    def resolve(location: Location, asking: Asking) -> Awaitable[Any]:
        return asking.load(FindUsage(location_id=location.id), lambda usage: read(location, usage))

    return resolve


def _has_stock(_: Location, usage: Usage) -> bool:
    return usage.has_stock


def _has_work(_: Location, usage: Usage) -> bool:
    return usage.has_work


def _formatted(of: Location, _: Asking) -> list[str]:
    address = of.address
    town = " ".join(part for part in (address.city, address.province_code or address.province, address.zip) if part)
    return [line for line in (address.address1, address.address2, town, country_of(address)) if line]


def _province(address: Address) -> str | None:
    return address.province or address.province_code


def _plain(name: str) -> Any:
    return lambda of, _: getattr(of.address, name)


LOCATION_FIELDS: Resolvers = {
    "QueryRoot": {
        "location": Field(_location, _READ),
        "locationByIdentifier": Field(_by_identifier, _READ),
        "locations": Field(locations, _READ),
        "locationsCount": Field(_count, _READ),
        "locationsAvailableForDeliveryProfilesConnection": Field(_deliverable, _READ),
    },
    "Shop": {"locations": Field(locations, _READ)},
    "Location": {
        "id": lambda of, _: gid("Location", of.id),
        "legacyResourceId": lambda of, _: of.id,
        "address": lambda of, _: of,
        "addressVerified": always(False),
        "suggestedAddresses": always([]),
        "isActive": lambda of, _: of.active,
        "isFulfillmentService": lambda of, _: of.service is not None,
        "isPrimary": lambda of, asking: of.id == asking.shop.primary_location_id,
        "fulfillmentService": lambda of, _: None if of.deleted else of.service,
        "shipsInventory": lambda of, _: of.fulfills_online_orders and of.service is None,
        "deactivatedAt": lambda of, _: None if of.deactivated_at is None else write_time(of.deactivated_at),
        "activatable": lambda of, _: may_activate(of),
        "deactivatable": lambda of, asking: may_deactivate(of, asking.locations),
        "deletable": _usage(may_delete),
        "hasActiveInventory": _usage(_has_stock),
        "hasUnfulfilledOrders": _usage(_has_work),
        "localPickupSettingsV2": always(None),
        "inventoryLevel": Field(level_at_location, _LEVELS),
        "inventoryLevels": Field(levels_of_location, _LEVELS),
    },
    # Read from the location itself, which has the coordinates.
    "LocationAddress": {
        **{name: _plain(name) for name in ("address1", "address2", "city", "phone", "zip")},
        "country": lambda of, _: country_of(of.address),
        "countryCode": _plain("country_code"),
        "province": lambda of, _: _province(of.address),
        "provinceCode": _plain("province_code"),
        "formatted": _formatted,
        "latitude": lambda of, _: of.coordinates and of.coordinates.latitude,
        "longitude": lambda of, _: of.coordinates and of.coordinates.longitude,
    },
}


def _of_number(number: int) -> Any:
    return lambda asking: location_of(asking, number)


LOCATION_NODES: Mapping[str, Field] = {"Location": Field(_of_number, _READ)}
