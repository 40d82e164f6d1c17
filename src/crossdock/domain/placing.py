"""Locations that are made, replaced and closed by one call each, together with the app that runs them.

Source: 29 Next Admin API, locations: who makes one with the permission of a fulfillment service runs it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from crossdock.domain.access import Caller, Reach
from crossdock.domain.countries import country_name
from crossdock.domain.locating import Places, Usage, existing, merchants, online_without
from crossdock.domain.places import Address, Location
from crossdock.domain.postcodes import is_postcode
from crossdock.domain.queries import NEWEST_FIRST, Window
from crossdock.domain.refusals import Invalid, NotFound, PlaceRefused, PlaceRule, Refusal, SeveralInvalid
from crossdock.domain.values import replace

LONGEST_NAME = 128
NAME_TAKEN = "is that of another location already"

Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenPlace:
    """Make a location. An app that may ship runs it, as does whoever wants to be called; else it is the merchant's.

    Without a name it is called after its street. Without a `callback_url` nobody is called: its work is done by hand.
    """

    address: Address
    name: str | None = None
    callback_url: str | None = None
    accepts_returns: bool = False
    destinations: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplacePlace:
    """Put other things on a location; None leaves as it is, but the address is always another one.

    An empty `callback_url` takes away the one there was.
    """

    location_id: int
    address: Address
    name: str | None = None
    callback_url: str | None = None
    accepts_returns: bool | None = None
    destinations: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClosePlace:
    """Have a location gone, in use or not, together with whoever runs it. It stays known for what it shipped."""

    location_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ListPlaces:
    """The locations that the caller sees: all, or those that it runs."""

    window: Window = NEWEST_FIRST


@dataclass(frozen=True, kw_only=True, slots=True)
class GetPlace:
    """One location that the caller sees."""

    location_id: int


def opened(command: OpenPlace, places: Places) -> OpenPlace:
    """Return a new location as it is kept. Raises: Invalid, SeveralInvalid, PlaceRefused."""
    address = command.address
    name = (command.name or "").strip() or ", ".join(filter(None, (address.address1, address.city)))[:LONGEST_NAME]
    _refuse([*_address(address), *_name(name, places), *_destinations(command.destinations)])
    return replace(command, name=name, destinations=tuple(dict.fromkeys(command.destinations)))


def replaced(command: ReplacePlace, places: Places, caller: Caller) -> Location:
    """Return a location with what is to be another. Raises: NotFound, Invalid, SeveralInvalid."""
    location = within_reach(command.location_id, places, caller)
    name = location.name if command.name is None else command.name.strip()
    problems = [*_address(command.address), *_destinations(command.destinations or ())]
    if name != location.name:
        problems += _name(name, places, but=location.id)
    if command.callback_url and location.service is None:
        problems.append(Invalid("callback_url", "is for locations that an app runs"))
    _refuse(problems)
    return replace(
        location,
        name=name,
        address=command.address,
        accepts_returns=_given(command.accepts_returns, location.accepts_returns),
        destinations=tuple(dict.fromkeys(_given(command.destinations, location.destinations))),
    )


def check_closing(location_id: int, places: Places, caller: Caller, usage: Usage) -> Location:
    """Return the location that may go. Raises: NotFound; PlaceRefused, naming all that is in the way."""
    location = within_reach(location_id, places, caller)
    rules = [rule for rule, found in _OBSTACLES.items() if getattr(usage, found)]
    if location.service is None and location.active:
        if not merchants(places, but=location.id):
            rules.append(PlaceRule.LAST_ONE)
        elif location.fulfills_online_orders and not online_without(places, location.id):
            rules.append(PlaceRule.LAST_ONLINE)
    if rules:
        raise PlaceRefused(tuple(rules))
    return location


def within_reach(location_id: int, places: Places, caller: Caller) -> Location:
    """Return a location that the caller sees. Raises: NotFound."""
    location = existing(places, location_id)
    if not is_within_reach(location, caller):
        raise NotFound("location", location_id)
    return location


def is_within_reach(location: Location, caller: Caller) -> bool:
    return caller.every_place or caller.reach_of(location) is Reach.ASSIGNED


_OBSTACLES = {
    PlaceRule.HAS_STOCK: "has_stock",
    PlaceRule.HAS_WORK: "has_work",
    PlaceRule.HAS_PARCELS: "has_parcels",
}


def _given(value: Value | None, known: Value) -> Value:
    return known if value is None else value


def _name(name: str, places: Places, *, but: int | None = None) -> list[Invalid]:
    if not name:
        return [Invalid("name", "may not be blank")]
    if len(name) > LONGEST_NAME:
        return [Invalid("name", f"may have no more than {LONGEST_NAME} characters")]
    others = (each for each in places.values() if each.id != but and not each.deleted)
    taken = any(each.name.lower() == name.lower() for each in others)
    return [Invalid("name", NAME_TAKEN)] if taken else []


def _address(address: Address) -> list[Invalid]:
    """Return what is wrong with an address in its country."""
    code = address.country_code
    if code is None or country_name(code) is None:
        return [Invalid("address.country", "is not a valid choice")]
    if address.zip and not is_postcode(code, address.zip):
        return [Invalid("address.postcode", f"is not valid for {country_name(code)}")]
    return []


def _destinations(codes: Iterable[str]) -> list[Invalid]:
    unknown = [code for code in codes if country_name(code) is None]
    return [Invalid("allowed_destination_countries", f"may not have {unknown[0][:20]}")] if unknown else []


def _refuse(problems: list[Invalid]) -> None:
    if problems:
        refusal: Refusal = problems[0] if len(problems) == 1 else SeveralInvalid(tuple(problems))
        raise refusal
