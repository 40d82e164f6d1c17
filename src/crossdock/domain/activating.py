"""Where an item is stocked: levels are activated, with a first count, and given up.

Source: Shopify GraphQL, inventoryActivate, inventoryDeactivate, inventoryBulkToggleActivation.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crossdock.domain.refusals import Invalid, StockProblem, StockRefused, StockRule
from crossdock.domain.stock import HIGHEST_QUANTITY, InventoryLevel, StockMove, StockState
from crossdock.domain.stock_commands import ActivateLevel, Spot, Toggle, ToggleLevels
from crossdock.domain.stocking import correction, refuse

NOT_SHARED = "An item cannot be active at more than one location if one of them is a fulfillment service location."


def first_count(command: ActivateLevel, level: InventoryLevel | None, group_id: int) -> tuple[StockMove, ...]:
    """Return the moves of the count that an item's activation brings; `level` as it is, None where there is none yet.

    Raises: StockRefused for both quantities at once, one out of range, or one for a level that is active.
    """
    if command.available is not None and command.on_hand is not None:
        raise StockRefused((StockProblem(rule=StockRule.BOTH_QUANTITIES),))
    counted = command.available if command.available is not None else command.on_hand
    if counted is None:
        return ()
    if not -HIGHEST_QUANTITY <= counted <= HIGHEST_QUANTITY:
        raise StockRefused((StockProblem(rule=StockRule.OUT_OF_RANGE),))
    spot = (command.inventory_item_id, command.location_id)
    here = level or InventoryLevel(inventory_item_id=spot[0], location_id=spot[1])
    known = here.on_hand if command.available is None else here.available
    if counted == known:
        return ()
    return (correction(here, StockState.AVAILABLE, counted - known, cause_id=group_id),)


def check_given_up(
    given_up: Mapping[int, Spot], levels: Mapping[Spot, InventoryLevel], places: Mapping[int, int]
) -> None:
    """Refuse to give up levels that there are not, whose units are spoken for, or that are an item's last.

    `given_up`: by the line that names it; `places`: how many stock each item now.
    Raises: StockRefused.
    Source: Shopify, InventoryBulkToggleActivationUserErrorCode.
    """
    fewer = Counter(item for item, _ in given_up.values())
    refuse(
        StockProblem(rule=rule, line=line)
        for line, spot in given_up.items()
        for rule in _kept_for(levels.get(spot), places.get(spot[0], 0) - fewer[spot[0]])
    )


def _kept_for(level: InventoryLevel | None, places_left: int) -> tuple[StockRule, ...]:
    if level is None:
        return (StockRule.NOT_STOCKED,)
    return spoken_for(level) if places_left > 0 else (StockRule.ONLY_LOCATION,)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaceOfItem:
    """A location with what it has of an item; `level` None: it does not stock it. `shares`: others may stock it too."""

    name: str
    active: bool
    shares: bool
    level: InventoryLevel | None


def toggled(command: ToggleLevels, places: Mapping[int, PlaceOfItem]) -> frozenset[int]:
    """Return which locations stock the item from now on.

    Raises: StockRefused; Invalid where one of several would not share the item.
    """
    stocked = {location_id for location_id, place in places.items() if place.level is not None}
    after = stocked | {each.location_id for each in command.toggles if each.stocked}
    after -= {each.location_id for each in command.toggles if not each.stocked}
    refuse([problem for line, each in enumerate(command.toggles) for problem in _toggle(line, each, places, after)])
    if len(after) > 1 and after - stocked and not all(places[each].shares for each in after):
        raise Invalid("base", NOT_SHARED)
    return frozenset(after)


def _toggle(line: int, toggle: Toggle, places: Mapping[int, PlaceOfItem], after: set[int]) -> Iterator[StockProblem]:
    place = places.get(toggle.location_id)
    if place is None or not place.active:
        yield StockProblem(rule=StockRule.LOCATION_NOT_FOUND, line=line)
    elif not toggle.stocked and place.level is not None:
        rules = spoken_for(place.level) if after else (StockRule.ONLY_LOCATION,)
        for rule in rules:
            yield StockProblem(rule=rule, line=line, place=place.name)


def spoken_for(level: InventoryLevel) -> tuple[StockRule, ...]:
    """Say why a level cannot be given up: what its units are wanted for."""
    wanted = {
        StockRule.COMMITTED_THERE: level.committed,
        StockRule.INCOMING_THERE: level.incoming,
        StockRule.RESERVED_THERE: level.reserved,
    }
    return tuple(rule for rule, units in wanted.items() if units)
