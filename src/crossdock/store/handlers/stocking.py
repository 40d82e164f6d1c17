"""Counts, corrections, moves and transfers of stock by hand, and where an item is stocked."""

from collections.abc import Mapping, Sequence

from crossdock.domain.refusals import StockProblem, StockRefused, StockRule
from crossdock.domain.stock import InventoryLevel, StockMove
from crossdock.domain.stocking import (
    DECISIONS,
    ActivateLevel,
    AdjustQuantities,
    DeactivateLevel,
    MoveQuantities,
    SetQuantities,
    Shelves,
    Spot,
    StockChanged,
    StockCommand,
    TransferStock,
    changed,
    check_deactivation,
    first_count,
    spots,
)
from crossdock.runtime.connection import Connection
from crossdock.store.database.changes import Changes, write
from crossdock.store.database.stock import shelves
from crossdock.store.handlers.context import CommandHandler, WriteContext
from crossdock.store.handlers.stock import begin, find_spot

IS_ACTIVE = """
    SELECT active FROM inventory_levels WHERE shop_id = $1 AND inventory_item_id = $2 AND location_id = $3
    FOR NO KEY UPDATE
"""

# All levels of the item, so that of two who give up the last two at once, the second is refused.
LOCK_ITEM = """
    SELECT location_id FROM inventory_levels WHERE shop_id = $1 AND inventory_item_id = $2 AND active
    ORDER BY location_id FOR NO KEY UPDATE
"""

DEACTIVATE = """
    UPDATE inventory_levels SET active = false, updated_at = $4
    WHERE shop_id = $1 AND inventory_item_id = $2 AND location_id = $3
"""


async def change_stock(connection: Connection, command: StockCommand, context: WriteContext) -> StockChanged:
    """Carry out a change at all places that it names, or at none. Three statements, however many places.

    Raises: StockRefused.
    """
    places = spots(command)
    found, (group_id, *ids) = await shelves(connection, context.shop_id, places, 1 + 2 * len(places))
    moves = DECISIONS[type(command)](command, found, group_id)
    reason = "transfer" if isinstance(command, TransferStock) else command.reason
    return await _carry_out(connection, found, moves, context, group_id=group_id, ids=ids, reason=reason)


async def activate_level(connection: Connection, command: ActivateLevel, context: WriteContext) -> StockChanged:
    """Stock an item at a location. Raises: NotFound, StockRefused, Invalid where SKUs are not shared."""
    place = (command.inventory_item_id, command.location_id)
    spot = await find_spot(connection, *place, context)
    if await connection.fetchval(IS_ACTIVE, context.shop_id, *place):
        _refuse_counts(command)
    await begin(connection, spot, context)
    found, (group_id, *ids) = await shelves(connection, context.shop_id, [place], 2)
    moves = first_count(command, found.levels[place], group_id)
    return await _carry_out(connection, found, moves, context, group_id=group_id, ids=ids, reason="correction")


def _refuse_counts(command: ActivateLevel) -> None:
    rules = {StockRule.AVAILABLE_ALREADY_ACTIVE: command.available, StockRule.ON_HAND_ALREADY_ACTIVE: command.on_hand}
    problems = tuple(StockProblem(rule=rule) for rule, given in rules.items() if given is not None)
    if problems:
        raise StockRefused(problems)


async def deactivate_level(connection: Connection, command: DeactivateLevel, context: WriteContext) -> None:
    """Stop stocking an item at a location; what it has there is kept for when it is stocked there again.

    Raises: StockRefused.
    """
    place = (command.inventory_item_id, command.location_id)
    stocking = await connection.fetch(LOCK_ITEM, context.shop_id, command.inventory_item_id)
    found, _ = await shelves(connection, context.shop_id, [place], 0)
    level = found.levels.get(place)
    if level is None:
        raise StockRefused((StockProblem(rule=StockRule.NOT_STOCKED),))
    check_deactivation(level, len(stocking))
    await connection.execute(DEACTIVATE, context.shop_id, *place, context.at)


async def _carry_out(
    connection: Connection,
    found: Shelves,
    moves: Sequence[StockMove],
    context: WriteContext,
    *,
    group_id: int,
    ids: Sequence[int],
    reason: str,
) -> StockChanged:
    """Write moves with their effect on the levels, in one statement."""
    levels: dict[Spot, InventoryLevel] = dict(found.levels)
    changes = Changes()
    for move, move_id in zip(moves, ids, strict=False):
        place = (move.inventory_item_id, move.location_id)
        levels[place] = levels[place].after(move)
        changes.add_stock_move(
            context.shop_id,
            move,
            move_id,
            levels[place].available,
            at=context.at,
            actor=context.actor,
            request_id=context.request_id,
        )
    for place in dict.fromkeys((move.inventory_item_id, move.location_id) for move in moves):
        changes.add_level(context.shop_id, levels[place], context.at)
    await write(connection, changes)
    return StockChanged(
        group_id=group_id if moves else None, reason=reason, changes=changed(found.levels, levels, moves)
    )


COMMANDS: Mapping[type, CommandHandler] = {
    SetQuantities: change_stock,
    AdjustQuantities: change_stock,
    MoveQuantities: change_stock,
    TransferStock: change_stock,
    ActivateLevel: activate_level,
    DeactivateLevel: deactivate_level,
}
