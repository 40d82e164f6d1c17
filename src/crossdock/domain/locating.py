"""A shop's locations: made, changed, put out of use and deleted.

Source: Shopify GraphQL locationAdd, locationEdit, locationActivate, locationDeactivate, locationDelete; rules and
limits as recorded.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from crossdock.domain.places import Address, Location
from crossdock.domain.refusals import NotFound, PlaceRefused, PlaceRule
from crossdock.domain.stock import InventoryLevel, StockCause, StockMove, StockState
from crossdock.domain.values import replace

MOST_LOCATIONS = 200
LONGEST_NAME = 100
LONGEST_FIELD = 255
_RELOCATED = tuple(state for state in StockState if state is not StockState.COMMITTED)

Places = Mapping[int, Location]


@dataclass(frozen=True, kw_only=True, slots=True)
class AddLocation:
    """Open a location of the merchant's, behind all others in priority."""

    name: str
    address: Address
    fulfills_online_orders: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class AddressChange:
    """What of an address is to be another; None leaves as it is, an empty text takes away."""

    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    zip: str | None = None
    phone: str | None = None
    province_code: str | None = None
    country_code: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EditLocation:
    """Change what stands on a location; None leaves as it is."""

    location_id: int
    name: str | None = None
    address: AddressChange | None = None
    fulfills_online_orders: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ActivateLocation:
    """Take a location into use again."""

    location_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DeactivateLocation:
    """Put a location out of use. What lies there goes to the destination, which it needs if anything does."""

    location_id: int
    destination_location_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeleteLocation:
    """Have a location that is out of use gone. It stays known for what was shipped from it."""

    location_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What a location is needed for: items stocked there, and fulfillment orders that are not done.

    `has_parcels`: a carrier has parcels of it on their way, where somebody has looked.
    """

    has_stock: bool = False
    has_work: bool = False
    has_parcels: bool = False


def merchants(places: Places, *, but: int | None = None) -> list[Location]:
    """Return the merchant's active locations, in the shop's order of priority."""
    return [each for each in places.values() if each.active and each.service is None and each.id != but]


def primary_without(places: Places, location_id: int) -> int | None:
    """Return which location becomes the shop's primary one when this one does not do any more."""
    others = merchants(places, but=location_id)
    return next((each.id for each in (*(each for each in others if each.takes_orders), *others)), None)


def existing(places: Places, location_id: int) -> Location:
    """Raises: NotFound."""
    location = places.get(location_id)
    if location is None or location.deleted:
        raise NotFound("location", location_id)
    return location


def added(command: AddLocation, places: Places) -> AddLocation:
    """Return a new location as it is kept. Raises: PlaceRefused."""
    name = command.name.strip()
    _refuse([*_name(name, places), *_address(command.address), *_limit(places)])
    return replace(command, name=name)


def edited(command: EditLocation, places: Places) -> Location:
    """Return a location with what is to be another. Raises: NotFound, PlaceRefused."""
    location = existing(places, command.location_id)
    name = location.name if command.name is None else command.name.strip()
    address = location.address if command.address is None else changed_address(location.address, command.address)
    online = command.fulfills_online_orders
    rules = [] if name == location.name else [*_name(name, places, but=location.id)]
    rules += _address(address)
    if online is not None and online != location.fulfills_online_orders:
        if location.service is not None:
            rules.append(PlaceRule.RUN_BY_SERVICE)
        elif not online and location.active and not online_without(places, location.id):
            rules.append(PlaceRule.LAST_ONLINE)
    _refuse(rules)
    return replace(
        location,
        name=name,
        address=address,
        fulfills_online_orders=location.fulfills_online_orders if online is None else online,
    )


def changed_address(address: Address, change: AddressChange) -> Address:
    """Return an address with what is to be another; the words for a country or a province go with its code."""
    codes = ("province_code", "country_code")
    plain = {
        name: new or None
        for name in ("address1", "address2", "city", "zip", "phone")
        if (new := getattr(change, name)) is not None
    }
    coded = {
        key: value
        for name in codes
        if (new := getattr(change, name)) is not None
        for key, value in ((name, new or None), (name.removesuffix("_code"), None))
    }
    return replace(address, **plain, **coded)


def check_activation(location_id: int, places: Places) -> Location:
    """Return the location that may be taken into use. Raises: PlaceRefused."""
    location = places.get(location_id)
    if location is None or location.deleted or location.service is not None:
        raise PlaceRefused((PlaceRule.NOT_FOUND,))
    if location.active:
        return location
    taken = any(each.active and each.name.lower() == location.name.lower() for each in places.values())
    _refuse([*([PlaceRule.NAME_TAKEN] if taken else []), *_limit(places)])
    return location


def check_deactivation(command: DeactivateLocation, places: Places, usage: Usage) -> Location:
    """Return the location that may be put out of use. Raises: PlaceRefused."""
    location, destination = places.get(command.location_id), command.destination_location_id
    if location is None or location.deleted:
        raise PlaceRefused((PlaceRule.NOT_FOUND,))
    if not location.active:
        return location
    _refuse([*_indispensable(location, places)])
    _refuse([*_destination(location.id, destination, places)])
    if usage.has_work:
        raise PlaceRefused((PlaceRule.HAS_WORK,))
    if usage.has_stock and destination is None:
        raise PlaceRefused((PlaceRule.HAS_STOCK,))
    return location


def may_deactivate(location: Location, places: Places) -> bool:
    return location.active and not any(_indispensable(location, places))


def may_activate(location: Location) -> bool:
    return location.service is None and not location.deleted


def check_deletion(location_id: int, places: Places, usage: Usage) -> None:
    """Raises: PlaceRefused, naming all that is in the way."""
    location = places.get(location_id)
    if location is None or location.deleted:
        raise PlaceRefused((PlaceRule.NOT_FOUND,))
    _refuse([*_obstacles(location, usage)])


def may_delete(location: Location, usage: Usage) -> bool:
    return not any(_obstacles(location, usage))


def _obstacles(location: Location, usage: Usage) -> Iterator[PlaceRule]:
    if location.active:
        yield PlaceRule.IS_ACTIVE
    if usage.has_stock:
        yield PlaceRule.HAS_STOCK
    if usage.has_work:
        yield PlaceRule.HAS_WORK


def check_destination(location_id: int, destination_id: int, places: Places) -> None:
    """Raises: PlaceRefused unless stock can go there."""
    _refuse([*_destination(location_id, destination_id, places)])


def relocated(levels: Iterable[InventoryLevel], destination_id: int, cause_id: int) -> Iterator[StockMove]:
    """Yield the moves of all that lies at a location to another, each out of the one and then into the other.

    What is available may be less than nothing; that debt goes along.
    """
    for level in levels:
        for state in _RELOCATED:
            units = int(getattr(level, state))
            for location_id, comes in ((level.location_id, units < 0), (destination_id, units > 0)):
                if units:
                    yield StockMove(
                        inventory_item_id=level.inventory_item_id,
                        location_id=location_id,
                        quantity=abs(units),
                        source=None if comes else state,
                        target=state if comes else None,
                        cause=StockCause.TRANSFERRED,
                        cause_id=cause_id,
                    )


def _indispensable(location: Location, places: Places) -> Iterator[PlaceRule]:
    if location.service is not None:
        yield PlaceRule.RUN_BY_SERVICE
    elif not merchants(places, but=location.id):
        yield PlaceRule.LAST_ONE
    elif location.fulfills_online_orders and not online_without(places, location.id):
        yield PlaceRule.LAST_ONLINE


def _destination(location_id: int, destination_id: int | None, places: Places) -> Iterator[PlaceRule]:
    if destination_id is None:
        return
    destination = places.get(destination_id)
    if destination_id == location_id:
        yield PlaceRule.SAME_DESTINATION
    elif destination is None or destination.deleted or not destination.active:
        yield PlaceRule.NO_DESTINATION
    elif destination.service is not None:
        yield PlaceRule.DESTINATION_OF_SERVICE


def online_without(places: Places, location_id: int) -> bool:
    return any(each.fulfills_online_orders for each in merchants(places, but=location_id))


def _name(name: str, places: Places, *, but: int | None = None) -> Iterator[PlaceRule]:
    if not name:
        yield PlaceRule.NAME_BLANK
    if len(name) > LONGEST_NAME:
        yield PlaceRule.NAME_TOO_LONG
    others = (each for each in places.values() if each.id != but and not each.deleted)
    if any(each.name.lower() == name.lower() for each in others):
        yield PlaceRule.NAME_TAKEN


def _address(address: Address) -> Iterator[PlaceRule]:
    if len(address.address1 or "") > LONGEST_FIELD:
        yield PlaceRule.STREET_TOO_LONG
    if len(address.zip or "") > LONGEST_FIELD:
        yield PlaceRule.ZIP_TOO_LONG


def _limit(places: Places) -> Iterator[PlaceRule]:
    if len(merchants(places)) >= MOST_LOCATIONS:
        yield PlaceRule.TOO_MANY


def _refuse(rules: Iterable[PlaceRule]) -> None:
    found = tuple(rules)
    if found:
        raise PlaceRefused(found)
