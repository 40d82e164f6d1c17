"""What routing decides about: units that are wanted, and the locations that could ship them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crossdock.domain.stock import InventoryLevel


@dataclass(frozen=True, kw_only=True, slots=True)
class Demand:
    """Units that one line of an order needs. `inventory_item_id` None: nothing to stock, so any location will do.

    `counted` False: nobody counts the item, so that there is enough even where no location stocks it.
    """

    key: int
    quantity: int
    inventory_item_id: int | None
    counted: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A location that could take the work, with what it has by item. An item without a level is not stocked there.

    `destinations`: the countries that it ships to; everywhere if there are none. `distance_km`: how far it is from the
    customer, where anybody knows.
    """

    location_id: int
    levels: Mapping[int, InventoryLevel]
    country: str | None = None
    destinations: tuple[str, ...] = ()
    distance_km: float | None = None

    def stocks(self, item: int | None) -> bool:
        return item is None or item in self.levels

    def may_oversell(self, item: int | None) -> bool:
        return item is not None and item in self.levels and self.levels[item].may_oversell

    def can_ship(self, item: int | None, quantity: int, spoken_for: int = 0) -> int:
        """Return how many of so many units the location has to ship."""
        if item is None:
            return quantity
        level = self.levels.get(item)
        if level is None:
            return 0
        if not level.tracked:
            return quantity
        return max(0, min(quantity, level.available - spoken_for))


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What a rule may know: the units still wanted, where to, and what has been decided so far.

    `spoken_for`: units by location and item that are given away already. `used`: locations that get work anyway.
    `by_stock`: nobody is given more than it has. `preference`: every location, the one that the rules of taste like
    best first.
    """

    demands: Sequence[Demand]
    country: str | None
    spoken_for: Mapping[tuple[int, int | None], int]
    used: frozenset[int]
    by_stock: bool
    preference: Sequence[Candidate]

    def has(self, candidate: Candidate, item: int | None, quantity: int) -> int:
        """Return how many of so many units a location has that are not given away."""
        return candidate.can_ship(item, quantity, self.spoken_for.get((candidate.location_id, item), 0))

    def room(self, candidate: Candidate, item: int | None, quantity: int) -> int:
        """Return how many of so many units a location would take; all of what nobody has and may be oversold."""
        return self.has(candidate, item, quantity) or quantity if self.by_stock else quantity


# The locations left for each line, by the line's key, in the shop's order of priority.
Choices = Mapping[int, Sequence[Candidate]]
