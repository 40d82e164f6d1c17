"""Where a fulfillment order could go instead, and which of its lines could go along.

Source: Shopify GraphQL, FulfillmentOrder.locationsForMove; messages and order as REST has them.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from crossdock.dialects.shopify.graphql.connections import Connection, cut_of, listed
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.field import Resolvers
from crossdock.dialects.shopify.graphql.ids import read_gid
from crossdock.dialects.shopify.graphql.searched import searched
from crossdock.dialects.shopify.graphql.sources import FulfillmentOrderLineOf, PlaceToMove
from crossdock.dialects.shopify.graphql.types.fulfillment_orders import items_of, listed_lines
from crossdock.dialects.shopify.graphql.types.orders import count_of
from crossdock.dialects.shopify.wire import WHY_NOT_MOVABLE
from crossdock.domain.matching import holds
from crossdock.domain.orders import FulfillmentOrderLine
from crossdock.domain.places import Location
from crossdock.domain.queries import FulfillmentOrderFound, Unmovable
from crossdock.domain.searching import FindStocking

LOCATION_SEARCH = frozenset({"id", "name", "address1", "city", "country", "province", "zip"})

Lines = tuple[FulfillmentOrderLine, ...]


def locations_for_move(
    found: FulfillmentOrderFound,
    asking: Asking,
    *,
    line_item_ids: Sequence[str] | None = (),
    query: str | None = None,
    location_ids: Sequence[str] | None = None,
    **arguments: Any,
) -> Awaitable[Connection[PlaceToMove]]:
    """Resolve the active locations, by name. Only lines named count, if any are."""
    cut_of(arguments)  # a window that is none is told of before anything is loaded
    condition = searched(asking, query, LOCATION_SEARCH, "fulfillmentOrder", "locationsForMove")
    named = {read_gid(each, "FulfillmentOrderLineItem").number for each in line_item_ids or ()}
    wanted = None if location_ids is None else {read_gid(each, "Location").number for each in location_ids}
    lines = tuple(line for line in found.fulfillment_order.lines if line.remaining and (not named or line.id in named))
    places = [
        location
        for location in sorted(asking.locations.values(), key=lambda each: (each.name, each.id))
        if location.active
        and (wanted is None or location.id in wanted)
        and holds(condition, _values(location), at=asking.at)
    ]

    def offered(stocking: frozenset[tuple[int, int]]) -> Connection[PlaceToMove]:
        offers = [_place(found, place, lines, stocking) for place in places]
        return listed(offers, arguments, id_of=lambda each: each.location.id, value_of=lambda each: each.location.name)

    return asking.load(FindStocking(inventory_item_ids=items_of(found)), offered)


def _place(
    found: FulfillmentOrderFound, location: Location, lines: Lines, stocking: frozenset[tuple[int, int]]
) -> PlaceToMove:
    if location.id == found.fulfillment_order.location_id:
        return PlaceToMove(found, location, (), lines, Unmovable.CURRENT)
    available = tuple(
        line for line in lines if line.inventory_item_id is None or (line.inventory_item_id, location.id) in stocking
    )
    unavailable = tuple(line for line in lines if line not in available)
    return PlaceToMove(found, location, available, unavailable, None if available else Unmovable.NOT_STOCKED)


def _values(location: Location) -> dict[str | None, tuple[str | int | None, ...]]:
    address = location.address
    return {
        None: (location.name, address.city, address.country),
        "id": (location.id,),
        "name": (location.name,),
        "address1": (address.address1,),
        "city": (address.city,),
        "country": (address.country_code, address.country),
        "province": (address.province_code, address.province),
        "zip": (address.zip,),
    }


def _lines(choose: Callable[[PlaceToMove], Lines]) -> Callable[..., Connection[FulfillmentOrderLineOf]]:
    def resolve(place: PlaceToMove, _: Asking, **arguments: Any) -> Connection[FulfillmentOrderLineOf]:
        return listed_lines([FulfillmentOrderLineOf(place.found, line) for line in choose(place)], arguments)

    return resolve


def _available(place: PlaceToMove) -> Lines:
    return place.available


def _unavailable(place: PlaceToMove) -> Lines:
    return place.unavailable


MOVING_FIELDS: Resolvers = {
    "FulfillmentOrder": {"locationsForMove": locations_for_move},
    "FulfillmentOrderLocationForMove": {
        "movable": lambda place, _: place.why_not is None,
        "message": lambda place, _: place.why_not and WHY_NOT_MOVABLE[place.why_not],
        "availableLineItems": _lines(_available),
        "availableLineItemsCount": lambda place, _: count_of(len(place.available)),
        "unavailableLineItems": _lines(_unavailable),
        "unavailableLineItemsCount": lambda place, _: count_of(len(place.unavailable)),
    },
}
