"""Which location ships which units of an order, and why. Pure: demand, candidates and rules in, a plan out.

Rules narrow the locations of each line down in the shop's order. The one that is left takes what it has; what is left
of the line then goes through the rules again. Units that nobody can ship wait, visibly.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crossdock.domain.refusals import NoLocation, StockNotAvailable
from crossdock.domain.routing.case import Candidate, Case, Choices, Demand
from crossdock.domain.routing.rules import DEFAULT_RULES, RULES, by_taste, in_force
from crossdock.domain.values import replace

STOCKED = "stocks_the_item"  # comes before all rules: an item is shipped from where it is stocked
FIRST = "first_of_equals"  # comes after all rules: of locations that they do not tell apart, the first is taken

DEFAULT_ON = tuple(setting.name for setting in DEFAULT_RULES if setting.on)


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """Units of one line, given to one location. `unavailable`: how many of them it cannot ship; they wait there."""

    key: int
    location_id: int
    quantity: int
    unavailable: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """Lines that went the same way through the rules: units of each, the location chosen, and whom each rule dropped.

    `rule`: what decided for the location chosen; None where no other was in question. `available` False: everybody was
    dropped, and the units wait there.
    """

    lines: tuple[int, ...]
    units: tuple[int, ...]
    location_id: int
    rule: str | None
    dropped: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    available: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Why the units went where they went, as it was decided: kept with each order, so compact.

    `candidates`: the locations in question, in the shop's order of priority. `distances`: in kilometres, by location,
    where they were measured. `located_by`: what told where the customer is.
    """

    rules: tuple[str, ...]
    candidates: tuple[int, ...]
    steps: tuple[Step, ...]
    distances: Mapping[int, float] = field(default_factory=dict)
    country: str | None = None
    located_by: str | None = None

    @property
    def unavailable(self) -> int:
        """How many units nobody could ship."""
        return sum(sum(step.units) for step in self.steps if not step.available)

    def naming(self, names: Mapping[int, int]) -> "Explanation":
        """Return the same with lines named otherwise: by what `names` has for what they were planned by."""
        steps = (replace(step, lines=tuple(names[line] for line in step.lines)) for step in self.steps)
        return replace(self, steps=tuple(steps))


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Every unit of the demand, given to a location, with the reasons."""

    assignments: tuple[Assignment, ...]
    explanation: Explanation


def plan(
    demands: Sequence[Demand],
    candidates: Sequence[Candidate],
    *,
    obey_policy: bool,
    rules: Iterable[str] = DEFAULT_ON,
    country: str | None = None,
    used: Iterable[int] = (),
) -> Plan:
    """Assign every unit of the demand. Candidates stand in the shop's order of priority, the default location first.

    `rules`: the names of those that apply, in their order. `country`: where the customer is. `used`: locations that
    ship some of the order anyway. `obey_policy`: units that nobody has are refused unless the item may be oversold.
    Units that are there but may not be shipped wait, and so do those that nobody has where the policy is ignored: at
    the first location that stocks the item and ships to the country, else at the default one.
    Raises: NoLocation without candidates, StockNotAvailable.
    """
    if not candidates:
        raise NoLocation
    if obey_policy:
        rules = dict.fromkeys(("available_stock", *rules))
    routing = _Routing(candidates, in_force(rules), country, frozenset(used), obey_policy=obey_policy)
    routing.assign(demands)
    order = {demand.key: number for number, demand in enumerate(demands)}
    assignments = sorted(routing.assignments.values(), key=lambda each: order[each.key])
    return Plan(assignments=tuple(assignments), explanation=routing.explanation())


@dataclass(slots=True)
class _Way:
    """How one line went through the rules of one round."""

    kept: Sequence[Candidate]
    dropped: tuple[tuple[str, tuple[int, ...]], ...] = ()

    def narrow(self, kept: Sequence[Candidate], rule: str) -> None:
        if len(kept) < len(self.kept):
            remaining = {each.location_id for each in kept}
            gone = tuple(each.location_id for each in self.kept if each.location_id not in remaining)
            self.dropped += ((rule, gone),)
            self.kept = kept

    @property
    def rule(self) -> str | None:
        """What decided for the one that is left."""
        return self.dropped[-1][0] if self.dropped else None


@dataclass(slots=True)
class _Routing:
    """What has been decided so far of one order's routing."""

    candidates: Sequence[Candidate]
    rules: tuple[str, ...]
    country: str | None
    used: frozenset[int]
    obey_policy: bool = field(kw_only=True)
    assignments: dict[tuple[int, int], Assignment] = field(default_factory=dict)
    spoken_for: dict[tuple[int, int | None], int] = field(default_factory=dict)
    waiting: dict[int, int] = field(default_factory=dict)
    steps: dict[tuple[object, ...], Step] = field(default_factory=dict)

    def assign(self, demands: Sequence[Demand]) -> None:
        left, number = list(demands), 0
        while left:
            left, number = self._round(left, number), number + 1

    def explanation(self) -> Explanation:
        return Explanation(
            rules=self.rules,
            country=self.country,
            candidates=tuple(each.location_id for each in self.candidates),
            steps=tuple(self.steps.values()),
            distances={each.location_id: each.distance_km for each in self.candidates if each.distance_km is not None},
        )

    def _round(self, demands: Sequence[Demand], number: int) -> list[Demand]:
        """Give each line to the location that the rules leave, as far as that has units; return what is left."""
        case = Case(
            demands=demands,
            country=self.country,
            spoken_for=dict(self.spoken_for),
            used=self.used.union(location_id for location_id, _ in self.spoken_for),
            by_stock="available_stock" in self.rules,
            preference=by_taste(self.candidates, self.rules, self.country),
        )
        ways = self._narrowed(case)
        left: list[Demand] = []
        for demand in demands:
            way = ways[demand.key]
            if not way.kept:
                self._let_wait(demand, way, number)
                continue
            taken = self._taken(case, way.kept[0], demand)
            if taken:
                self._give(demand, taken, way, number)
            if taken < demand.quantity:
                left.append(replace(demand, quantity=demand.quantity - taken))
        return left

    def _narrowed(self, case: Case) -> Mapping[int, _Way]:
        ways = {demand.key: _Way(self.candidates) for demand in case.demands}
        for demand in case.demands:
            ways[demand.key].narrow(_stocking(demand, self.candidates), STOCKED)
        for rule in self.rules:
            choices: Choices = {key: way.kept for key, way in ways.items()}
            for key, kept in RULES[rule](case, choices).items():
                ways[key].narrow(kept, rule)
        for way in ways.values():
            way.narrow(way.kept[:1], FIRST)
        return ways

    def _taken(self, case: Case, candidate: Candidate, demand: Demand) -> int:
        item, quantity = demand.inventory_item_id, demand.quantity
        if not case.by_stock or not case.has(candidate, item, quantity):  # nobody asks, or it may be oversold
            return quantity
        return candidate.can_ship(item, quantity, self.spoken_for.get((candidate.location_id, item), 0))

    def _give(self, demand: Demand, units: int, way: _Way, number: int) -> None:
        location_id = way.kept[0].location_id
        place = (location_id, demand.inventory_item_id)
        self.spoken_for[place] = self.spoken_for.get(place, 0) + units
        self._note(demand, location_id, units, way, number=number)

    def _let_wait(self, demand: Demand, way: _Way, number: int) -> None:
        item = demand.inventory_item_id
        if self.obey_policy and item is not None and demand.counted:
            self._require_existence(demand, item)
        refused = dict(way.dropped).get("allowed_destinations", ())
        stocking = [each for each in self.candidates if each.stocks(item) and each.location_id not in refused]
        self._note(demand, (stocking or self.candidates)[0].location_id, demand.quantity, way, number=number)

    def _require_existence(self, demand: Demand, item: int) -> None:
        """Refuse units that lie nowhere, unless somebody may oversell them."""
        if any(candidate.may_oversell(item) for candidate in self.candidates):
            return
        there = sum(
            candidate.can_ship(item, demand.quantity, self.spoken_for.get((candidate.location_id, item), 0))
            for candidate in self.candidates
        )
        self.waiting[item] = self.waiting.get(item, 0) + demand.quantity
        if there < self.waiting[item]:
            given = sum(each.quantity for each in self.assignments.values() if each.key == demand.key)
            raise StockNotAvailable(item, given + demand.quantity, given + there)

    def _note(self, demand: Demand, location_id: int, units: int, way: _Way, *, number: int) -> None:
        """Note what became of one line in one round, together with the lines that fared alike."""
        key, available = demand.key, bool(way.kept)
        before = self.assignments.get((key, location_id))
        self.assignments[key, location_id] = Assignment(
            key=key,
            location_id=location_id,
            quantity=units + (before.quantity if before else 0),
            unavailable=(0 if available else units) + (before.unavailable if before else 0),
        )
        alike = (number, location_id, way.dropped)
        step = self.steps.get(alike)
        if step is not None:
            self.steps[alike] = replace(step, lines=(*step.lines, key), units=(*step.units, units))
            return
        self.steps[alike] = Step(
            lines=(key,),
            units=(units,),
            location_id=location_id,
            rule=way.rule if available else None,
            dropped=dict(way.dropped),
            available=available,
        )


def _stocking(demand: Demand, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    item = demand.inventory_item_id
    stocking = [candidate for candidate in candidates if candidate.stocks(item)]
    return stocking or (candidates if not demand.counted else [])
