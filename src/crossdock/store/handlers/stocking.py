"""Counts, corrections, moves and transfers of stock by hand, and where an item is stocked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from crossdock.domain.activating import PlaceOfItem, check_given_up, first_count, toggled
from crossdock.domain.refusals import NotFound, StockProblem, StockRefused, StockRule
from crossdock.domain.stock import InventoryLevel, StockMove
from crossdock.domain.stock_commands import (
    ActivateLevel,
    AdjustQuantities,
    DeactivateLevel,
    GiveUpLevel,
    LevelsToggled,
    MoveQuantities,
    SetQuantities,
    Spot,
    StockChanged,
    StockCommand,
    ToggleLevels,
    TransferStock,
    spots,
)
from crossdock.domain.stocking import DECISIONS, Shelves, changed
from crossdock.runtime.connection import Connection
from crossdock.store.database.changes import Changes, write
from crossdock.store.database.stock import shelves
from crossdock.store.handlers.context import CommandHandler, WriteContext
from crossdock.store.handlers.stock import begin, find_spot

IS_ACTIVE = """
    SELECT active FROM inventory_levels WHERE shop_id = $1 AND inventory_item_id = $2 AND location_id = $3
    FOR NO KEY UPDATE
"""

# All levels of the items, so that of two who give up the last two at once, the second is refused.
LOCK_ITEMS = """
    SELECT inventory_item_id FROM inventory_levels
    WHERE shop_id = $1 AND inventory_item_id = ANY ($2::bigint[]) AND active
    ORDER BY inventory_item_id, location_id FOR NO KEY UPDATE
"""

NAME = "SELECT name FROM locations WHERE shop_id = $1 AND id = $2"

PLACE_OF_LEVEL = "SELECT inventory_item_id, location_id FROM inventory_levels WHERE shop_id = $1 AND id = $2"

PLACES_OF_ITEM = """
    SELECT p.id, p.name, p.active, coalesce(s.permits_sku_sharing, true) AS shares
    FROM locations p
    LEFT JOIN fulfillment_services s ON s.shop_id = p.shop_id AND s.location_id = p.id AND s.deleted_at IS NULL
    WHERE p.shop_id = $1 AND p.deleted_at IS NULL
"""

STOCK_AT = """
    INSERT INTO inventory_levels (shop_id, id, inventory_item_id, location_id, created_at, updated_at)
    SELECT $1, nextval('ids'), $2, place, $4, $4 FROM unnest($3::bigint[]) AS place
    ON CONFLICT (shop_id, inventory_item_id, location_id) DO UPDATE SET active = true, updated_at = excluded.updated_at
"""

STOCK_NOWHERE_ELSE = """
    UPDATE inventory_levels SET active = false, updated_at = $4
    WHERE shop_id = $1 AND inventory_item_id = $2 AND active AND location_id <> ALL ($3::bigint[])
"""

DEACTIVATE = """
    UPDATE inventory_levels SET active = false, updated_at = $4
    WHERE shop_id = $1
        AND (inventory_item_id, location_id) IN (SELECT * FROM unnest($2::bigint[], $3::bigint[]))
"""


async def change_stock(connection: Connection, command: StockCommand, context: WriteContext) -> StockChanged:
    """Carry out a change at all places that it names, or at none. Three statements, however many places.

    Raises: StockRefused.
    """
    places = spots(command)
    found, (group_id, *ids) = await shelves(connection, context.shop_id, places, 1 + 2 * len(places))
    moves = DECISIONS[type(command)](command, found, group_id)
    if isinstance(command, TransferStock):
        return await carry_out(connection, found, moves, context, group_id=group_id, ids=ids, reason="transfer")
    done = await carry_out(connection, found, moves, context, group_id=group_id, ids=ids, reason=command.reason)
    return replace(done, reference=command.reference)


async def activate_level(connection: Connection, command: ActivateLevel, context: WriteContext) -> StockChanged:
    """Stock an item at a location. Raises: StockRefused, Invalid where SKUs are not shared."""
    place = (command.inventory_item_id, command.location_id)
    try:
        spot = await find_spot(connection, *place, context)
    except NotFound as missing:
        raise StockRefused(await _missing(connection, place, context)) from missing
    if await connection.fetchval(IS_ACTIVE, context.shop_id, *place):
        _refuse_counts(command)
    await begin(connection, spot, context)
    found, (group_id, *ids) = await shelves(connection, context.shop_id, [place], 2)
    try:
        moves = first_count(command, found.levels[place], group_id)
    except StockRefused as refused:
        raise await _at(connection, command.location_id, refused, context) from refused
    return await carry_out(connection, found, moves, context, group_id=group_id, ids=ids, reason="correction")


async def _missing(connection: Connection, place: Spot, context: WriteContext) -> tuple[StockProblem, ...]:
    """Say which of an item and a location there is not, or not in use."""
    found, _ = await shelves(connection, context.shop_id, [place], 0)
    rule = StockRule.LOCATION_NOT_FOUND if place[0] in found.items else StockRule.ITEM_NOT_FOUND
    return (StockProblem(rule=rule),)


async def _at(connection: Connection, location_id: int, refused: StockRefused, context: WriteContext) -> StockRefused:
    """Return a refusal with the name of the location that it is about."""
    name = await connection.fetchval(NAME, context.shop_id, location_id)
    return StockRefused(tuple(replace(problem, place=name) for problem in refused.problems))


def _refuse_counts(command: ActivateLevel) -> None:
    rules = {StockRule.AVAILABLE_ALREADY_ACTIVE: command.available, StockRule.ON_HAND_ALREADY_ACTIVE: command.on_hand}
    problems = tuple(StockProblem(rule=rule) for rule, given in rules.items() if given is not None)
    if problems:
        raise StockRefused(problems)


async def deactivate_level(connection: Connection, command: DeactivateLevel, context: WriteContext) -> None:
    """Stop stocking an item at a location; what it has there is kept for when it is stocked there again.

    Raises: StockRefused.
    """
    await give_up(connection, {0: (command.inventory_item_id, command.location_id)}, context)


async def give_up(connection: Connection, given_up: Mapping[int, Spot], context: WriteContext) -> None:
    """Stop stocking items at locations, each by the line that names it; all or none. Four statements.

    Raises: StockRefused.
    """
    items, locations = [item for item, _ in given_up.values()], [location_id for _, location_id in given_up.values()]
    stocking = await connection.fetch(LOCK_ITEMS, context.shop_id, items)
    found, _ = await shelves(connection, context.shop_id, given_up.values(), 0)
    check_given_up(given_up, found.levels, Counter(row["inventory_item_id"] for row in stocking))
    await connection.execute(DEACTIVATE, context.shop_id, items, locations, context.at)


async def give_up_level(connection: Connection, command: GiveUpLevel, context: WriteContext) -> LevelsToggled:
    """Stop stocking what a level is of. Raises: NotFound, StockRefused."""
    row = await connection.fetchrow(PLACE_OF_LEVEL, context.shop_id, command.level_id)
    if row is None:
        raise NotFound("inventory level", command.level_id)
    given_up = DeactivateLevel(inventory_item_id=row["inventory_item_id"], location_id=row["location_id"])
    try:
        await deactivate_level(connection, given_up, context)
    except StockRefused as refused:
        raise await _at(connection, given_up.location_id, refused, context) from refused
    return LevelsToggled(inventory_item_id=given_up.inventory_item_id, location_ids=(given_up.location_id,))


async def toggle_levels(connection: Connection, command: ToggleLevels, context: WriteContext) -> LevelsToggled:
    """Stock an item at some locations and not at others. Five statements, however many.

    Raises: StockRefused, Invalid where SKUs are not shared.
    """
    item = command.inventory_item_id
    await connection.fetch(LOCK_ITEMS, context.shop_id, [item])
    rows = await connection.fetch(PLACES_OF_ITEM, context.shop_id)
    known, _ = await shelves(connection, context.shop_id, [(item, row["id"]) for row in rows], 0)
    if item not in known.items:
        raise StockRefused((StockProblem(rule=StockRule.ITEM_NOT_FOUND),))
    places = {
        row["id"]: PlaceOfItem(
            name=row["name"], active=row["active"], shares=row["shares"], level=known.levels.get((item, row["id"]))
        )
        for row in rows
    }
    stocked = toggled(command, places)
    begun = sorted(stocked - {location_id for location_id, place in places.items() if place.level})
    await connection.execute(STOCK_AT, context.shop_id, item, begun, context.at)
    await connection.execute(STOCK_NOWHERE_ELSE, context.shop_id, item, sorted(stocked), context.at)
    named = dict.fromkeys(toggle.location_id for toggle in command.toggles)
    return LevelsToggled(inventory_item_id=item, location_ids=tuple(named))


async def carry_out(
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
        group_id=group_id if moves else None, reason=reason, at=context.at, changes=changed(found.levels, levels, moves)
    )


COMMANDS: Mapping[type, CommandHandler] = {
    SetQuantities: change_stock,
    AdjustQuantities: change_stock,
    MoveQuantities: change_stock,
    TransferStock: change_stock,
    ActivateLevel: activate_level,
    DeactivateLevel: deactivate_level,
    GiveUpLevel: give_up_level,
    ToggleLevels: toggle_levels,
}
