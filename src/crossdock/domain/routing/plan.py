"""Which location ships which units of a new order. Pure: demand, candidates and stock in, a plan out.

The first active location that stocks the whole order takes it; else it is split over the locations by their stock.
Source: Shopify, order routing by location priority; the split by stock is ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crossdock.domain.refusals import NoLocation, StockNotAvailable
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
    """A location that could take the work, with what it has by item. An item without a level is not stocked there."""

    location_id: int
    levels: Mapping[int, InventoryLevel]

    def can_ship(self, item: int | None, quantity: int, spoken_for: int = 0) -> int:
        """Return how many of so many units the location can ship."""
        if item is None:
            return quantity
        level = self.levels.get(item)
        if level is None:
            return 0
        if not level.tracked:
            return quantity
        return max(0, min(quantity, level.available - spoken_for))


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """Units of one line, given to one location."""

    key: int
    location_id: int
    quantity: int


def plan(demands: Sequence[Demand], candidates: Sequence[Candidate], *, obey_policy: bool) -> tuple[Assignment, ...]:
    """Assign every unit of the demand. Candidates stand in order of priority.

    `obey_policy`: units that nobody has are refused unless the item may be oversold; otherwise they wait at the first
    location that stocks the item, or at the first of all.
    Raises: NoLocation without candidates, StockNotAvailable.
    """
    if not candidates:
        raise NoLocation
    for candidate in candidates:
        if _ships_whole(candidate, demands):
            return tuple(
                Assignment(key=demand.key, location_id=candidate.location_id, quantity=demand.quantity)
                for demand in demands
            )
    return _split(demands, candidates, obey_policy=obey_policy)


def _ships_whole(candidate: Candidate, demands: Sequence[Demand]) -> bool:
    spoken_for: dict[int, int] = {}
    for demand in demands:
        item = demand.inventory_item_id
        taken = spoken_for.get(item, 0) if item is not None else 0
        if candidate.can_ship(item, demand.quantity, taken) < demand.quantity:
            return False
        if item is not None:
            spoken_for[item] = taken + demand.quantity
    return True


def _split(demands: Sequence[Demand], candidates: Sequence[Candidate], *, obey_policy: bool) -> tuple[Assignment, ...]:
    spoken_for: dict[tuple[int, int | None], int] = {}
    units: dict[tuple[int, int], int] = {}
    for demand in demands:
        left = demand.quantity
        item = demand.inventory_item_id
        for candidate in candidates:
            taken = spoken_for.get((candidate.location_id, item), 0)
            share = candidate.can_ship(item, left, taken)
            if share:
                spoken_for[candidate.location_id, item] = taken + share
                units[demand.key, candidate.location_id] = share
                left -= share
        if left:
            waits_at = _waiting_place(demand, candidates, left, obey_policy=obey_policy)
            units[demand.key, waits_at] = units.get((demand.key, waits_at), 0) + left
    return tuple(
        Assignment(key=key, location_id=location_id, quantity=quantity)
        for (key, location_id), quantity in units.items()
    )


def _waiting_place(demand: Demand, candidates: Sequence[Candidate], left: int, *, obey_policy: bool) -> int:
    item = demand.inventory_item_id
    stocking = [candidate for candidate in candidates if item in candidate.levels]
    overselling = [candidate for candidate in stocking if item is not None and candidate.levels[item].may_oversell]
    if overselling:
        return overselling[0].location_id
    if obey_policy and item is not None and demand.counted:
        raise StockNotAvailable(item, demand.quantity, demand.quantity - left)
    return (stocking or candidates)[0].location_id
