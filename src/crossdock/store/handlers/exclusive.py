"""Items of services that share no SKUs with other locations: to stock one there, the others have to give it up.

Source: Shopify REST InventoryLevel, `disconnect_if_necessary` and `relocate_if_necessary`.
"""

from dataclasses import replace

from crossdock.domain.activating import spoken_for
from crossdock.domain.refusals import StockProblem, StockRefused
from crossdock.domain.stock import set_available
from crossdock.runtime.connection import Connection
from crossdock.store.database.changes import Changes, write
from crossdock.store.database.stock import shelves
from crossdock.store.handlers.context import WriteContext

STOCKING = """
    SELECT location_id FROM inventory_levels WHERE shop_id = $1 AND inventory_item_id = $2 AND active
    ORDER BY location_id FOR NO KEY UPDATE
"""
DEACTIVATE = """
    UPDATE inventory_levels SET active = false, updated_at = $4
    WHERE shop_id = $1 AND inventory_item_id = $2 AND location_id = ANY ($3::bigint[])
"""


async def give_up_others(
    connection: Connection, inventory_item_id: int, location_id: int, context: WriteContext
) -> int:
    """Empty and deactivate the item's levels at all other locations; return how many units they had available.

    Raises: StockRefused where units are spoken for.
    """
    rows = await connection.fetch(STOCKING, context.shop_id, inventory_item_id)
    others = [(inventory_item_id, row["location_id"]) for row in rows if row["location_id"] != location_id]
    found, (cause_id, *ids) = await shelves(connection, context.shop_id, others, 1 + len(others))
    problems = tuple(StockProblem(rule=rule) for level in found.levels.values() for rule in spoken_for(level))
    if problems:
        raise StockRefused(problems)
    changes = Changes()
    for level, move_id in zip(found.levels.values(), ids, strict=False):
        for move in set_available(level, 0):
            changes.add_stock_move(
                context.shop_id,
                replace(move, cause_id=cause_id),
                move_id,
                0,
                at=context.at,
                actor=context.actor,
                request_id=context.request_id,
            )
            changes.add_level(context.shop_id, level.after(move), context.at)
    await write(connection, changes)
    await connection.execute(
        DEACTIVATE, context.shop_id, inventory_item_id, [place for _, place in found.levels], context.at
    )
    return sum(level.available for level in found.levels.values())
