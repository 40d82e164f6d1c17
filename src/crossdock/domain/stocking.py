"""Counting, correcting, moving and transferring stock by hand: the moves that commands come to.

All that is wrong with a command is told at once.
Source: Shopify GraphQL, inventorySetQuantities, inventoryAdjustQuantities, inventoryMoveQuantities; transfers and what
may not fall below zero are ours.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from crossdock.domain.refusals import StockProblem, StockRefused, StockRule
from crossdock.domain.stock import HIGHEST_QUANTITY, InventoryLevel, StockCause, StockMove, StockState
from crossdock.domain.stock_commands import (
    COUNTABLE,
    MOVABLE,
    REASONS,
    AdjustQuantities,
    Load,
    MoveQuantities,
    QuantityChange,
    QuantityName,
    SetQuantities,
    Shift,
    Spot,
    TransferStock,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelves:
    """What must be known to change stock: which of the items and locations named there are, and the levels they have.

    A level that is not active is left out.
    """

    items: frozenset[int]
    locations: frozenset[int]
    levels: Mapping[Spot, InventoryLevel]


Problems = Iterator[StockProblem]


def quantity(level: InventoryLevel, name: QuantityName) -> int:
    return int(getattr(level, name))


def set_quantities(command: SetQuantities, shelves: Shelves, group_id: int) -> tuple[StockMove, ...]:
    """Return the moves of `available` that make the quantity named what was counted.

    Raises: StockRefused.
    """
    if command.name not in COUNTABLE:
        raise StockRefused((StockProblem(rule=StockRule.NAME_NOT_COUNTABLE),))
    refuse([*_reason(command.reason), *_counts(command, shelves)])
    return tuple(
        correction(
            level,
            StockState.AVAILABLE,
            count.quantity - quantity(level, command.name),
            cause_id=group_id,
            reason=command.reason,
            reference=command.reference,
        )
        for count in command.counts
        if (level := shelves.levels[count.inventory_item_id, count.location_id])
        and count.quantity != quantity(level, command.name)
    )


def _counts(command: SetQuantities, shelves: Shelves) -> Problems:
    named = Counter((count.inventory_item_id, count.location_id) for count in command.counts)
    for line, count in enumerate(command.counts):
        spot = (count.inventory_item_id, count.location_id)
        yield from _place(line, spot, shelves)
        if named[spot] > 1:
            yield StockProblem(rule=StockRule.PLACE_NAMED_TWICE, line=line)
        if command.name is QuantityName.ON_HAND and count.quantity < 0:
            yield StockProblem(rule=StockRule.NEGATIVE, line=line)
        else:
            yield from _range(line, count.quantity)
        yield from _stale(line, shelves.levels.get(spot), command.name, count.change_from)


def adjust_quantities(command: AdjustQuantities, shelves: Shelves, group_id: int) -> tuple[StockMove, ...]:
    """Return the moves that change the quantity named. Raises: StockRefused."""
    if command.name not in MOVABLE:
        raise StockRefused((StockProblem(rule=StockRule.NAME_NOT_MOVABLE),))
    refuse([*_reason(command.reason), *_corrections(command, shelves)])
    state = StockState(command.name)
    return tuple(
        correction(
            shelves.levels[each.inventory_item_id, each.location_id],
            state,
            each.delta,
            cause_id=group_id,
            reason=command.reason,
            document=each.document,
            reference=command.reference,
        )
        for each in command.corrections
        if each.delta
    )


def _corrections(command: AdjustQuantities, shelves: Shelves) -> Problems:
    available = command.name is QuantityName.AVAILABLE
    named = Counter((each.inventory_item_id, each.location_id) for each in command.corrections)
    for line, each in enumerate(command.corrections):
        spot = (each.inventory_item_id, each.location_id)
        yield from _place(line, spot, shelves)
        if named[spot] > 1:
            yield StockProblem(rule=StockRule.PLACE_NAMED_TWICE, line=line)
        if available and each.document is not None:
            yield StockProblem(rule=StockRule.DOCUMENT_NOT_ALLOWED, line=line)
        if not available and each.document is None:
            yield StockProblem(rule=StockRule.DOCUMENT_REQUIRED, line=line)
        level = shelves.levels.get(spot)
        if level is not None:
            after = quantity(level, command.name) + each.delta
            if not available and after < 0:
                yield StockProblem(rule=StockRule.NEGATIVE, line=line)
            else:
                yield from _range(line, after)
        yield from _stale(line, level, command.name, each.change_from)
    if len({each.document for each in command.corrections}) > 1:
        yield StockProblem(rule=StockRule.SEVERAL_DOCUMENTS)


def move_quantities(command: MoveQuantities, shelves: Shelves, group_id: int) -> tuple[StockMove, ...]:
    """Return the moves between named quantities. Raises: StockRefused, also where there are not so many units."""
    refuse([*_reason(command.reason), *_shifts(command, shelves)])
    moves = tuple(
        StockMove(
            inventory_item_id=shift.inventory_item_id,
            location_id=shift.source.location_id,
            quantity=shift.quantity,
            source=StockState(shift.source.name),
            target=StockState(shift.target.name),
            cause=StockCause.MOVED,
            cause_id=group_id,
            reason=command.reason,
            document=shift.target.document or shift.source.document,
            reference=command.reference,
        )
        for shift in command.shifts
    )
    refuse(_short(moves, shelves))
    return moves


def _shifts(command: MoveQuantities, shelves: Shelves) -> Problems:
    named = Counter(map(_path, command.shifts))
    for line, shift in enumerate(command.shifts):
        if shift.source.location_id != shift.target.location_id:
            yield StockProblem(rule=StockRule.SEVERAL_LOCATIONS, line=line)
            continue
        spot = (shift.inventory_item_id, shift.source.location_id)
        yield from _place(line, spot, shelves)
        if shift.quantity <= 0:
            yield StockProblem(rule=StockRule.NEGATIVE if shift.quantity else StockRule.NOTHING, line=line)
        if shift.source.name is shift.target.name:
            yield StockProblem(rule=StockRule.SAME_NAME, line=line)
        if named[_path(shift)] > 1:
            yield StockProblem(rule=StockRule.PLACE_NAMED_TWICE, line=line)
        for end in (shift.source, shift.target):
            if end.name not in MOVABLE:
                yield StockProblem(rule=StockRule.NAME_NOT_MOVABLE, line=line)
            if end.name is QuantityName.AVAILABLE and end.document is not None:
                yield StockProblem(rule=StockRule.DOCUMENT_NOT_ALLOWED, line=line)
            if end.name is not QuantityName.AVAILABLE and end.document is None:
                yield StockProblem(rule=StockRule.DOCUMENT_REQUIRED, line=line)
            yield from _stale(line, shelves.levels.get(spot), end.name, end.change_from)


def _path(shift: Shift) -> tuple[int, int, QuantityName, QuantityName]:
    return (shift.inventory_item_id, shift.source.location_id, shift.source.name, shift.target.name)


def transfer_stock(command: TransferStock, shelves: Shelves, group_id: int) -> tuple[StockMove, ...]:
    """Return two moves an item, out of the one location and into the other, of one cause.

    Raises: StockRefused, also where there are not so many units available.
    """
    refuse(_loads(command, shelves))
    target = StockState.AVAILABLE if command.arrived else StockState.INCOMING

    def move(load: Load, location_id: int, source: StockState | None, target: StockState | None) -> StockMove:
        return StockMove(
            inventory_item_id=load.inventory_item_id,
            location_id=location_id,
            quantity=load.quantity,
            source=source,
            target=target,
            cause=StockCause.TRANSFERRED,
            cause_id=group_id,
            document=command.document,
        )

    leaving = tuple(move(load, command.from_location_id, StockState.AVAILABLE, None) for load in command.loads)
    refuse(_short(leaving, shelves))
    return (*leaving, *(move(load, command.to_location_id, None, target) for load in command.loads))


def _loads(command: TransferStock, shelves: Shelves) -> Problems:
    if command.from_location_id == command.to_location_id:
        yield StockProblem(rule=StockRule.SAME_LOCATION)
    named = Counter(load.inventory_item_id for load in command.loads)
    for line, load in enumerate(command.loads):
        for location_id in dict.fromkeys((command.from_location_id, command.to_location_id)):
            yield from _place(line, (load.inventory_item_id, location_id), shelves)
        if load.quantity <= 0:
            yield StockProblem(rule=StockRule.NEGATIVE if load.quantity else StockRule.NOTHING, line=line)
        if named[load.inventory_item_id] > 1:
            yield StockProblem(rule=StockRule.PLACE_NAMED_TWICE, line=line)


def changed(
    before: Mapping[Spot, InventoryLevel], after: Mapping[Spot, InventoryLevel], moves: Sequence[StockMove]
) -> tuple[QuantityChange, ...]:
    """Tell what moves changed, quantity by quantity, `on_hand` last."""
    documents = {(move.inventory_item_id, move.location_id): move.document for move in moves}
    order = [name for name in QuantityName if name is not QuantityName.ON_HAND]
    return tuple(
        QuantityChange(
            inventory_item_id=spot[0],
            location_id=spot[1],
            name=name,
            delta=quantity(after[spot], name) - quantity(before[spot], name),
            after=quantity(after[spot], name),
            document=document,
        )
        for spot, document in documents.items()
        for name in (*order, QuantityName.ON_HAND)
        if quantity(after[spot], name) != quantity(before[spot], name)
    )


def correction(
    level: InventoryLevel,
    state: StockState,
    delta: int,
    *,
    cause_id: int,
    reason: str | None = None,
    document: str | None = None,
    reference: str | None = None,
) -> StockMove:
    """Return the move of a state by which units appear, or with a negative delta disappear."""
    return StockMove(
        inventory_item_id=level.inventory_item_id,
        location_id=level.location_id,
        quantity=abs(delta),
        source=None if delta > 0 else state,
        target=state if delta > 0 else None,
        cause=StockCause.CORRECTION,
        cause_id=cause_id,
        reason=reason,
        document=document,
        reference=reference,
    )


def refuse(problems: Sequence[StockProblem] | Problems) -> None:
    """Raises: StockRefused, if there are any."""
    found = tuple(problems)
    if found:
        raise StockRefused(found)


def _reason(reason: str) -> Problems:
    if reason not in REASONS:
        yield StockProblem(rule=StockRule.REASON)


def _place(line: int, spot: Spot, shelves: Shelves) -> Problems:
    item, location_id = spot
    if item not in shelves.items:
        yield StockProblem(rule=StockRule.ITEM_NOT_FOUND, line=line)
    if location_id not in shelves.locations:
        yield StockProblem(rule=StockRule.LOCATION_NOT_FOUND, line=line)
    if item in shelves.items and location_id in shelves.locations and spot not in shelves.levels:
        yield StockProblem(rule=StockRule.NOT_STOCKED, line=line)


def _range(line: int, result: int) -> Problems:
    if result > HIGHEST_QUANTITY:
        yield StockProblem(rule=StockRule.TOO_HIGH, line=line)
    if result < -HIGHEST_QUANTITY:
        yield StockProblem(rule=StockRule.TOO_LOW, line=line)


def _stale(line: int, level: InventoryLevel | None, name: QuantityName, change_from: int | None) -> Problems:
    if level is not None and change_from is not None and change_from != quantity(level, name):
        yield StockProblem(rule=StockRule.STALE, line=line)


def _short(moves: Sequence[StockMove], shelves: Shelves) -> Problems:
    """Find the moves that take more units than are left by the moves before them."""
    levels = dict(shelves.levels)
    for line, move in enumerate(moves):
        spot = (move.inventory_item_id, move.location_id)
        if move.source is not None and int(getattr(levels[spot], move.source)) < move.quantity:
            yield StockProblem(rule=StockRule.NOT_ENOUGH, line=line)
        levels[spot] = levels[spot].after(move)


DECISIONS: Mapping[type, Callable[..., tuple[StockMove, ...]]] = {
    SetQuantities: set_quantities,
    AdjustQuantities: adjust_quantities,
    MoveQuantities: move_quantities,
    TransferStock: transfer_stock,
}
