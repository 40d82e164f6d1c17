"""All that lies at one location goes to another, with every move of it in the ledger."""

from crossdock.domain.locating import relocated
from crossdock.domain.stock import StockState
from crossdock.runtime.connection import Connection
from crossdock.store.database.stock import shelves
from crossdock.store.handlers.context import WriteContext
from crossdock.store.handlers.stocking import carry_out

STOCKED = "SELECT inventory_item_id FROM inventory_levels WHERE shop_id = $1 AND location_id = $2 AND active ORDER BY 1"

STOCK_THERE = """
    INSERT INTO inventory_levels (shop_id, id, inventory_item_id, location_id, created_at, updated_at)
    SELECT $1, nextval('ids'), item, $3, $4, $4 FROM unnest($2::bigint[]) AS item
    ON CONFLICT (shop_id, inventory_item_id, location_id) DO UPDATE SET active = true, updated_at = excluded.updated_at
        WHERE NOT inventory_levels.active
"""

GIVE_UP = """
    UPDATE inventory_levels SET active = false, updated_at = $3 WHERE shop_id = $1 AND location_id = $2 AND active
"""


async def relocate(connection: Connection, location_id: int, destination_id: int, context: WriteContext) -> None:
    """Stock at the destination what is stocked at a location, with all that lies there. Six statements, however much.

    Whoever calls has seen to it that nothing there is committed.
    """
    rows = await connection.fetch(STOCKED, context.shop_id, location_id)
    items = [row["inventory_item_id"] for row in rows]
    if not items:
        return
    await connection.execute(STOCK_THERE, context.shop_id, items, destination_id, context.at)
    places = [(item, place) for item in items for place in (location_id, destination_id)]
    found, (cause_id, *ids) = await shelves(connection, context.shop_id, places, 1 + len(places) * len(StockState))
    leaving = [level for (_, place), level in found.levels.items() if place == location_id]
    moves = tuple(relocated(leaving, destination_id, cause_id))
    await carry_out(connection, found, moves, context, group_id=cause_id, ids=ids, reason="transfer")
    await connection.execute(GIVE_UP, context.shop_id, location_id, context.at)
