"""What would have become of past orders under other rules: each is routed again, on the stock as it was then."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.geography import Gazetteer, distance_km, locate
from crossdock.domain.places import Address, Location
from crossdock.domain.routing.case import Demand
from crossdock.domain.routing.plan import Explanation
from crossdock.domain.routing.route import Routing, position, route
from crossdock.domain.routing.rules import RULES, RuleSetting
from crossdock.domain.stock import InventoryLevel

AS_DECIDED = "as decided"


@dataclass(frozen=True, kw_only=True, slots=True)
class PastOrder:
    """An order as it came in: what it needed, and what locations had then. `decided`: how it was routed."""

    id: int
    name: str
    created_at: datetime
    demands: tuple[Demand, ...]
    levels: Mapping[tuple[int, int], InventoryLevel]
    destination: Address | None = None
    decided: Explanation | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """Where an order goes by one set of rules.

    `distance_km`: the ways of all its parcels, one from each location, together; None where nobody knows one of them.
    `unroutable`: how many of its lines have units that nobody can ship.
    """

    locations: tuple[int, ...]
    unroutable: int
    distance_km: float | None = None

    @property
    def splits(self) -> int:
        """How many parcels there are beyond the first."""
        return max(0, len(self.locations) - 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """One order under each set of rules, by the set's name. `AS_DECIDED` is what happened, where that was kept."""

    order: PastOrder
    outcomes: Mapping[str, Outcome]

    @property
    def differs(self) -> bool:
        return len({(each.locations, each.unroutable) for each in self.outcomes.values()}) > 1


@dataclass(kw_only=True, slots=True)
class Sum:
    """All orders under one set of rules. Distances are those of the `measured` orders."""

    orders: int = 0
    splits: int = 0
    split_orders: int = 0
    unroutable_lines: int = 0
    unroutable_orders: int = 0
    distance_km: float = 0.0
    measured: int = 0
    elsewhere: int = 0

    def add(self, outcome: Outcome, decided: Outcome | None) -> None:
        self.orders += 1
        self.splits += outcome.splits
        self.split_orders += outcome.splits > 0
        self.unroutable_lines += outcome.unroutable
        self.unroutable_orders += outcome.unroutable > 0
        if outcome.distance_km is not None:
            self.distance_km += outcome.distance_km
            self.measured += 1
        self.elsewhere += decided is not None and decided.locations != outcome.locations


def compare(
    orders: Iterable[PastOrder], locations: Sequence[Location], sets: Mapping[str, Routing | None], places: Gazetteer
) -> Iterator[Comparison]:
    """Yield what each set of rules makes of each order. Locations stand in the shop's order, as they are now.

    None in the place of a set: the rules by which each order was routed, for a shop that never said how.
    """
    positions = {location.id: position(location, places) for location in locations}
    for order in orders:
        customer = locate(order.destination, places) if order.destination else None
        ways: dict[int, float | None] = {
            location_id: distance_km(here.coordinates, customer.coordinates) if here and customer else None
            for location_id, here in positions.items()
        }
        outcomes = {AS_DECIDED: _outcome(order.decided, ways)} if order.decided else {}
        for name, routing in sets.items():
            plan = route(
                order.demands,
                locations,
                order.levels,
                destination=order.destination,
                routing=routing or _as_then(order, places),
                obey_policy=False,
            )
            outcomes[name] = _outcome(plan.explanation, ways)
        yield Comparison(order=order, outcomes=outcomes)


def _as_then(order: PastOrder, places: Gazetteer) -> Routing:
    if order.decided is None:
        return Routing()
    rules = tuple(RuleSetting(name=name) for name in order.decided.rules if name in RULES)
    return Routing(rules=rules, places=places)


def summed(comparisons: Iterable[Comparison]) -> dict[str, Sum]:
    """Return the sums by set of rules. An order is elsewhere when it goes elsewhere than was decided."""
    sums: dict[str, Sum] = {}
    for comparison in comparisons:
        for name, outcome in comparison.outcomes.items():
            sums.setdefault(name, Sum()).add(outcome, comparison.outcomes.get(AS_DECIDED))
    return sums


def _outcome(explanation: Explanation, ways: Mapping[int, float | None]) -> Outcome:
    """Lines that wait make no parcel, but for an order of which nothing can be shipped, which stands somewhere."""
    shipping = {step.location_id for step in explanation.steps if step.available}
    unroutable = {line for step in explanation.steps if not step.available for line in step.lines}
    distances = [ways.get(location_id) for location_id in shipping]
    known = [distance for distance in distances if distance is not None]
    return Outcome(
        locations=tuple(sorted(shipping)),
        unroutable=len(unroutable),
        distance_km=round(sum(known), 1) if shipping and len(known) == len(shipping) else None,
    )
