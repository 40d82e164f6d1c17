"""What can be asked of a shop's fulfillment orders as a whole. Source: 29 Next Admin API, fulfillment-orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from crossdock.domain.orders import FulfillmentOrder, Order
from crossdock.domain.places import Location
from crossdock.domain.queries import NEWEST_FIRST, Window
from crossdock.domain.stock import InventoryLevel
from crossdock.domain.work_status import WorkRequestStatus, WorkStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class FindFulfillmentOrders:
    """Fulfillment orders that match every filter given; of a filter with several values, one must match.

    `order_number`: the order's own, counted from 1. `created_from` and `created_to` are days of the shop, both counted.
    `products`: ids of products or variants; `assigned`: only at locations that the caller's app runs.
    """

    ids: tuple[int, ...] = ()
    order_number: int | None = None
    location_ids: tuple[int, ...] = ()
    statuses: tuple[WorkStatus, ...] = ()
    request_statuses: tuple[WorkRequestStatus, ...] = ()
    shipping_codes: tuple[str, ...] = ()
    created_from: date | None = None
    created_to: date | None = None
    products: tuple[int, ...] = ()
    skus: tuple[str, ...] = ()
    assigned: bool = False
    window: Window = NEWEST_FIRST


@dataclass(frozen=True, kw_only=True, slots=True)
class ListAvailableLocations:
    """The other locations that could ship lines of a fulfillment order."""

    fulfillment_order_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AvailableLocation:
    """A location that could ship these lines whole."""

    location: Location
    line_ids: tuple[int, ...]


def available_locations(
    order: Order,
    fulfillment_order: FulfillmentOrder,
    locations: Mapping[int, Location],
    levels: Mapping[tuple[int, int], InventoryLevel],
) -> tuple[AvailableLocation, ...]:
    """Return where else what is left could be shipped from, by name. `levels`: what is stocked, by item and location.

    A place must ship to where the order goes, and have all of a line's units, or not count them, or may oversell them.
    Source: 29 Next, available-locations: per location the lines; that stock and country count is inferred.
    """
    country = order.shipping_address.country_code if order.shipping_address else None
    found = []
    for place in sorted(locations.values(), key=lambda each: (each.name, each.id)):
        serves = not place.destinations or country is None or country in place.destinations
        if place.id == fulfillment_order.location_id or not place.active or place.deleted or not serves:
            continue
        lines = tuple(
            line.id
            for line in fulfillment_order.lines
            if line.remaining and _has(levels, line.inventory_item_id, place.id, line.remaining)
        )
        if lines:
            found.append(AvailableLocation(location=place, line_ids=lines))
    return tuple(found)


def _has(levels: Mapping[tuple[int, int], InventoryLevel], item: int | None, location_id: int, units: int) -> bool:
    if item is None:
        return True
    level = levels.get((item, location_id))
    return level is not None and (not level.tracked or level.may_oversell or level.available >= units)
