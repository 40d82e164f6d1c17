"""The shop itself and its locations. Both are loaded before every query."""

from collections.abc import Mapping

from crossdock.domain.places import Location
from crossdock.domain.queries import GetLocation, GetShop, ListLocations
from crossdock.domain.refusals import NotFound
from crossdock.domain.shops import Shop
from crossdock.runtime.connection import Connection
from crossdock.store.handlers.context import QueryHandler, ReadContext


async def get_shop(_connection: Connection, _query: GetShop, context: ReadContext) -> Shop:
    return context.shop


async def list_locations(_connection: Connection, _query: ListLocations, context: ReadContext) -> tuple[Location, ...]:
    return tuple(location for location in context.locations.values() if not location.deleted)


async def get_location(_connection: Connection, query: GetLocation, context: ReadContext) -> Location:
    location = context.locations.get(query.location_id)
    if location is None or location.deleted:
        raise NotFound("location", query.location_id)
    return location


QUERIES: Mapping[type, QueryHandler] = {
    GetShop: get_shop,
    ListLocations: list_locations,
    GetLocation: get_location,
}
