"""Taking in what a fulfillment service counts on its shelf: every difference is a move of the ledger."""

from collections.abc import Mapping
from datetime import datetime

from crossdock.domain.catalogue import StockedLevel
from crossdock.runtime.connection import Connection

# What was claimed stays claimed, so a difference in what is on hand is one in what is available. Levels are locked in
# the order that everybody locks them in; what is to be locked is named by arrays, as everywhere.
TAKE_IN = """
    WITH counted AS (
        SELECT v.inventory_item_id, count.units
        FROM variants v JOIN jsonb_each_text($3::jsonb) AS told (sku, value) ON told.sku = v.sku,
            LATERAL (SELECT value::bigint AS units) AS count
        WHERE v.shop_id = $1 AND v.managed_by IS NOT NULL
    ), held AS (
        SELECT l.inventory_item_id, l.on_hand, l.available FROM inventory_levels l
        WHERE l.shop_id = $1 AND l.location_id = $2 AND l.active
            AND l.inventory_item_id = ANY (ARRAY(SELECT inventory_item_id FROM counted))
        ORDER BY l.inventory_item_id
        FOR NO KEY UPDATE
    ), moved AS (
        SELECT held.inventory_item_id, counted.units - held.on_hand AS units, held.available
        FROM held JOIN counted USING (inventory_item_id)
        WHERE counted.units <> held.on_hand
    ), noted AS (
        INSERT INTO stock_moves (shop_id, id, inventory_item_id, location_id, quantity, source, target, cause,
            cause_id, obeys_policy, available_after, actor, at)
        SELECT $1, nextval('ids'), inventory_item_id, $2, abs(units), CASE WHEN units < 0 THEN 'available' END,
            CASE WHEN units > 0 THEN 'available' END, 'correction', (SELECT nextval('ids')), false,
            available + units, $4, $5
        FROM moved ORDER BY inventory_item_id
    ), changed AS (
        UPDATE inventory_levels l SET available = l.available + moved.units, updated_at = $5
        FROM moved
        WHERE l.shop_id = $1 AND l.location_id = $2 AND l.inventory_item_id = moved.inventory_item_id
        RETURNING l.id, l.inventory_item_id, l.location_id, l.available, l.updated_at
    )
    SELECT * FROM changed ORDER BY id
"""


async def take_in_counts(
    connection: Connection, shop_id: int, location_id: int, counts: Mapping[str, int], *, actor: str, at: datetime
) -> list[StockedLevel]:
    """Make what is on hand at a location what was counted, by SKU; return the levels that changed.

    SKUs compare with case. What is not stocked there, and what was not counted, stays as it is.
    """
    rows = await connection.fetch(TAKE_IN, shop_id, location_id, dict(counts), actor, at)
    return [StockedLevel(**row) for row in rows]
