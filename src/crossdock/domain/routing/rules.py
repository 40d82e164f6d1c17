"""The rules of routing. Each drops locations for lines; a shop says which of them apply, and in which order.

`allowed_destinations` and `available_stock` say what can be, so they come first wherever they are listed, and may leave
a line without any location. The others say what is better, and always leave one.
Source: 29 Next, order routing, rules 1 to 5; Shopify, order routing by location priority.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, islice, takewhile
from math import inf

from crossdock.domain.refusals import Invalid
from crossdock.domain.routing.case import Candidate, Case, Choices, Demand

RoutingRule = Callable[[Case, Choices], Choices]
Taste = Callable[[str | None, Candidate], float]  # of the customer's country and a location

MOST_GROUPS = 2_000  # groups of locations that are compared before the search for the smallest becomes a greedy one


def allowed_destinations(case: Case, choices: Choices) -> Choices:
    """Keep locations that ship to the customer's country. Source: 29 Next, rule 1; one that lists none ships to all."""
    if case.country is None:
        return choices
    return {
        key: [each for each in candidates if not each.destinations or case.country in each.destinations]
        for key, candidates in choices.items()
    }


def available_stock(case: Case, choices: Choices) -> Choices:
    """Keep locations that have units of the line; where nobody has any, those that may sell what they do not have.

    Source: 29 Next, rule 2; that units on the shelf come before backorders is ours.
    """

    def having(demand: Demand) -> Sequence[Candidate]:
        item, candidates = demand.inventory_item_id, choices[demand.key]
        if item is None or not any(each.stocks(item) for each in candidates):
            return candidates if item is None or not demand.counted else []
        there = [each for each in candidates if case.has(each, item, demand.quantity)]
        return there or [each for each in candidates if each.may_oversell(item)]

    return {demand.key: having(demand) for demand in case.demands}


def fewest_splits(case: Case, choices: Choices) -> Choices:
    """Keep the smallest group of locations that together ship as much as all of them could.

    Locations that get work anyway cost nothing. Between locations that could each do it alone the rules after this one
    choose; between larger groups this one does, by the taste of all rules.
    Source: 29 Next, rule 3; Shopify prefers one location for the whole order.
    """
    wants = _wants(case, choices)
    if not wants:
        return choices
    present = frozenset(location_id for want in wants for location_id in want.room)
    used = present & case.used
    free = [
        each.location_id for each in case.preference if each.location_id in present and each.location_id not in used
    ]
    group = _smallest_group(wants, used, free)
    return {key: [each for each in candidates if each.location_id in group] for key, candidates in choices.items()}


def same_country(case: Case, choices: Choices) -> Choices:
    """Keep locations in the customer's country, if there are any. Source: 29 Next, rule 4."""
    return _best(case, choices, _abroad)


def nearest(case: Case, choices: Choices) -> Choices:
    """Keep the location nearest to the customer, as the crow flies. Source: 29 Next, rule 5."""
    return _best(case, choices, _distance)


def listed_destination(case: Case, choices: Choices) -> Choices:
    """Keep locations that name the customer's country, if any does, over those that ship everywhere.

    Source: 29 Next's guides, where a listed country gives priority.
    """
    return _best(case, choices, _unlisted)


def location_priority(_case: Case, choices: Choices) -> Choices:
    """Keep the location that the shop ranks first. Source: Shopify, order routing."""
    return {key: candidates[:1] for key, candidates in choices.items()}


RULES: Mapping[str, RoutingRule] = {
    "allowed_destinations": allowed_destinations,
    "available_stock": available_stock,
    "fewest_splits": fewest_splits,
    "same_country": same_country,
    "nearest": nearest,
    "listed_destination": listed_destination,
    "location_priority": location_priority,
}


WHAT_CAN_BE = ("allowed_destinations", "available_stock")


def in_force(names: Iterable[str]) -> tuple[str, ...]:
    """Return the rules named in the order in which they apply."""
    named = tuple(names)
    return (*(each for each in WHAT_CAN_BE if each in named), *(each for each in named if each not in WHAT_CAN_BE))


def _abroad(country: str | None, candidate: Candidate) -> float:
    return candidate.country != country


def _distance(_country: str | None, candidate: Candidate) -> float:
    return inf if candidate.distance_km is None else candidate.distance_km


def _unlisted(country: str | None, candidate: Candidate) -> float:
    return country not in candidate.destinations


# The rules of taste but the last, which is the order itself, each by what it wants to be least.
TASTES: Mapping[str, Taste] = {
    "same_country": _abroad,
    "nearest": _distance,
    "listed_destination": _unlisted,
}


def by_taste(candidates: Sequence[Candidate], rules: Sequence[str], country: str | None) -> Sequence[Candidate]:
    """Return candidates, given in the shop's order of priority, so that those which the rules like best come first."""
    tastes = [TASTES[rule] for rule in takewhile(lambda rule: rule != "location_priority", rules) if rule in TASTES]
    return sorted(candidates, key=lambda each: [taste(country, each) for taste in tastes]) if tastes else candidates


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleSetting:
    """One of the rules, and whether the shop applies it."""

    name: str
    on: bool = True


# As Shopify routes; the rules of 29 Next that it does not have are there to be switched on.
DEFAULT_RULES = tuple(
    RuleSetting(name=name, on=name not in ("same_country", "nearest", "listed_destination")) for name in RULES
)
# As 29 Next routes: its rules 1 to 5; who is first in the shop's order is asked last, where all else is equal.
NEAREST_RULES = tuple(RuleSetting(name=name, on=name != "listed_destination") for name in RULES)


def check_rules(settings: Sequence[RuleSetting]) -> None:
    """Raises: Invalid for a rule that is none, or is named twice."""
    names = [each.name for each in settings]
    for name in names:
        if name not in RULES:
            raise Invalid("rules", f"has no rule {name!r}; there are {', '.join(RULES)}")
    if len(set(names)) < len(names):
        raise Invalid("rules", "names a rule twice")


def _best(case: Case, choices: Choices, taste: Taste) -> Choices:
    """Keep the candidates of each line that a taste likes best."""
    return {key: _least(candidates, partial(taste, case.country)) for key, candidates in choices.items()}


def _least(candidates: Sequence[Candidate], measure: Callable[[Candidate], float]) -> Sequence[Candidate]:
    if len(candidates) < 2:
        return candidates
    measures = [measure(each) for each in candidates]
    least = min(measures)
    return [each for each, size in zip(candidates, measures, strict=True) if size == least]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Want:
    """Units of one item that lines want together, and how many of them each location would take."""

    quantity: int
    room: Mapping[int, int]

    def served(self, group: frozenset[int]) -> int:
        return min(self.quantity, sum(room for location_id, room in self.room.items() if location_id in group))


def _wants(case: Case, choices: Choices) -> Sequence[_Want]:
    """Sum lines up by item: no rule tells lines of one item apart."""
    quantities: dict[int, int] = {}
    first: dict[int, Demand] = {}
    for demand in case.demands:
        item = demand.inventory_item_id if demand.inventory_item_id is not None else -demand.key
        first.setdefault(item, demand)
        quantities[item] = quantities.get(item, 0) + demand.quantity
    return [
        _Want(
            quantity=quantities[item],
            room={
                each.location_id: case.room(each, demand.inventory_item_id, quantities[item])
                for each in choices[demand.key]
            },
        )
        for item, demand in first.items()
        if choices[demand.key]
    ]


def _smallest_group(wants: Sequence[_Want], used: frozenset[int], free: Sequence[int]) -> frozenset[int]:
    """Return the locations of the smallest group; several that need only one more each are all kept."""
    goal = _units(wants, used.union(free))
    if _units(wants, used) == goal:
        return used
    alone = used.union(each for each in free if _units(wants, used | {each}) == goal)
    if alone != used:
        return alone
    for group in islice(_groups(used, free), MOST_GROUPS):
        if _units(wants, group) == goal:
            return group
    return _greedy_group(wants, used, free, goal)


def _groups(used: frozenset[int], free: Sequence[int]) -> Iterator[frozenset[int]]:
    """Yield groups with two more locations, then three …, of one size those with better liked ones first."""
    for size in range(2, len(free) + 1):
        for added in combinations(free, size):
            yield used.union(added)


def _greedy_group(wants: Sequence[_Want], group: frozenset[int], free: Sequence[int], goal: int) -> frozenset[int]:
    """Add the location that ships the most of what is left until nothing more can be had."""
    while (reached := _units(wants, group)) < goal:
        gains = [_units(wants, group | {each}) - reached for each in free]
        group = group | {free[gains.index(max(gains))]}
    return group


def _units(wants: Sequence[_Want], group: frozenset[int]) -> int:
    return sum(want.served(group) for want in wants)
