"""Routing over a shop's locations: makes candidates of them, measures how far they are, and has the plan made."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crossdock.domain.geography import Gazetteer, Located, PlainTable, Precision, country_of, distance_km, locate
from crossdock.domain.places import Address, Location
from crossdock.domain.routing.case import Candidate, Demand
from crossdock.domain.routing.plan import Plan, plan
from crossdock.domain.routing.rules import DEFAULT_RULES, RuleSetting
from crossdock.domain.stock import InventoryLevel
from crossdock.domain.values import replace

NOWHERE = PlainTable()


@dataclass(frozen=True, kw_only=True, slots=True)
class Routing:
    """How a shop routes: its rules in their order, and the table of places, which only `nearest` looks into."""

    rules: tuple[RuleSetting, ...] = DEFAULT_RULES
    places: Gazetteer = NOWHERE

    @property
    def in_force(self) -> tuple[str, ...]:
        return tuple(rule.name for rule in self.rules if rule.on)


def route(
    demands: Sequence[Demand],
    locations: Iterable[Location],
    levels: Mapping[tuple[int, int], InventoryLevel],
    *,
    destination: Address | None,
    routing: Routing,
    obey_policy: bool,
    used: Iterable[int] = (),
) -> Plan:
    """Plan which of these locations ship the demand. They stand in the shop's order of priority.

    `levels` come by item and location; those of other locations do no harm. The rest is as in `plan`, which also says
    what this raises.
    """
    at_location: dict[int, dict[int, InventoryLevel]] = {}
    for (item, location_id), level in levels.items():
        at_location.setdefault(location_id, {})[item] = level
    by_distance = "nearest" in routing.in_force
    customer = locate(destination, routing.places) if by_distance and destination else None
    candidates = [
        Candidate(
            location_id=location.id,
            levels=at_location.get(location.id, {}),
            country=country_of(location.address),
            destinations=location.destinations,
            distance_km=_distance(location, customer, routing.places),
        )
        for location in locations
    ]
    made = plan(
        demands,
        candidates,
        obey_policy=obey_policy,
        rules=routing.in_force,
        country=country_of(destination),
        used=used,
    )
    return replace(made, explanation=replace(made.explanation, located_by=customer.by if customer else None))


def position(location: Location, places: Gazetteer) -> Located | None:
    """Return where a location is: as it was told, else by its address."""
    if location.coordinates is not None:
        return Located(coordinates=location.coordinates, by=Precision.COORDINATES)
    return locate(location.address, places)


def _distance(location: Location, customer: Located | None, places: Gazetteer) -> float | None:
    """Return whole kilometres: more would pretend to know where in a city somebody lives."""
    here = position(location, places) if customer is not None else None
    if customer is None or here is None:
        return None
    return float(round(distance_km(here.coordinates, customer.coordinates)))
