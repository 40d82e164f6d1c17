"""Location: where work is done and stock lies. Source: 29 Next Admin API, Location."""

from crossdock.dialects.next29.wire import Rendering, write_address
from crossdock.dialects.operation import Json
from crossdock.domain.places import Location


def write_location(location: Location, _context: Rendering) -> dict[str, Json]:
    """Write a location. An empty list of countries stands for all of them."""
    return {
        "id": location.id,
        "name": location.name,
        "address": write_address(location.address),
        "callback_url": (location.service.callback_url if location.service else None) or None,
        "accept_return": location.accepts_returns,
        "allowed_destination_countries": list(location.destinations),
    }
