"""Reading stock levels for a change, reading them as they were, and counting them anew from the ledger."""

from collections.abc import Collection, Mapping
from datetime import datetime

from asyncpg import Record

from crossdock.domain.stock import InventoryLevel
from crossdock.domain.stock_commands import Spot
from crossdock.domain.stocking import Shelves
from crossdock.runtime.connection import Connection

# Named by arrays, for the reason that `facts` gives.
LOCK = """
    SELECT l.inventory_item_id, l.location_id, l.id,
        (SELECT v.managed_by IS NOT NULL FROM variants v
            WHERE v.shop_id = l.shop_id AND v.inventory_item_id = l.inventory_item_id) AS tracked,
        l.available, l.committed, l.reserved, l.damaged, l.safety_stock, l.quality_control, l.incoming
    FROM inventory_levels l
    WHERE l.shop_id = $1 AND l.active
        AND l.inventory_item_id = ANY ($2::bigint[]) AND l.location_id = ANY ($3::bigint[])
    ORDER BY l.shop_id, l.inventory_item_id, l.location_id
    FOR NO KEY UPDATE OF l
"""

KNOWN = """
    SELECT
        ARRAY(SELECT inventory_item_id FROM variants
            WHERE shop_id = $1 AND inventory_item_id = ANY ($2::bigint[])) AS items,
        ARRAY(SELECT id FROM locations
            WHERE shop_id = $1 AND id = ANY ($3::bigint[]) AND deleted_at IS NULL) AS locations,
        ARRAY(SELECT nextval('ids') FROM generate_series(1, $4)) AS ids
"""

# Every move counts twice: out of its source, into its target.
AS_OF = """
    SELECT inventory_item_id, location_id,
        coalesce(sum(units) FILTER (WHERE state = 'available'), 0)::bigint AS available,
        coalesce(sum(units) FILTER (WHERE state = 'committed'), 0)::bigint AS committed,
        coalesce(sum(units) FILTER (WHERE state = 'reserved'), 0)::bigint AS reserved,
        coalesce(sum(units) FILTER (WHERE state = 'damaged'), 0)::bigint AS damaged,
        coalesce(sum(units) FILTER (WHERE state = 'safety_stock'), 0)::bigint AS safety_stock,
        coalesce(sum(units) FILTER (WHERE state = 'quality_control'), 0)::bigint AS quality_control,
        coalesce(sum(units) FILTER (WHERE state = 'incoming'), 0)::bigint AS incoming
    FROM stock_moves m
    CROSS JOIN LATERAL (VALUES (m.source, -m.quantity), (m.target, m.quantity)) AS entry (state, units)
    WHERE m.shop_id = $1 AND m.at <= $2
    GROUP BY inventory_item_id, location_id
"""

LOCK_ALL = """
    SELECT FROM inventory_levels WHERE shop_id = $1 ORDER BY inventory_item_id, location_id FOR NO KEY UPDATE
"""

REBUILD = f"""
    WITH counted AS ({AS_OF.replace("AND m.at <= $2", "")})
    UPDATE inventory_levels l SET available = coalesce(c.available, 0), committed = coalesce(c.committed, 0),
        reserved = coalesce(c.reserved, 0), damaged = coalesce(c.damaged, 0),
        safety_stock = coalesce(c.safety_stock, 0), quality_control = coalesce(c.quality_control, 0),
        incoming = coalesce(c.incoming, 0), updated_at = $2
    FROM inventory_levels old
    LEFT JOIN counted c USING (inventory_item_id, location_id)
    WHERE old.shop_id = $1 AND l.shop_id = $1
        AND l.inventory_item_id = old.inventory_item_id AND l.location_id = old.location_id
        AND (old.available, old.committed, old.reserved, old.damaged, old.safety_stock, old.quality_control,
                old.incoming)
            IS DISTINCT FROM (coalesce(c.available, 0), coalesce(c.committed, 0), coalesce(c.reserved, 0),
                coalesce(c.damaged, 0), coalesce(c.safety_stock, 0), coalesce(c.quality_control, 0),
                coalesce(c.incoming, 0))
    RETURNING l.inventory_item_id, l.location_id
"""


LEVEL_IDS = """
    SELECT inventory_item_id, location_id, id FROM inventory_levels
    WHERE shop_id = ANY ($1::bigint[]) AND inventory_item_id = ANY ($2::bigint[]) AND active
"""


async def level_ids(connection: Connection, shop_ids: Collection[int], items: Collection[int]) -> Mapping[Spot, int]:
    """Return the ids of the levels of items, which are unique over shops, wherever they are stocked. One statement."""
    rows = await connection.fetch(LEVEL_IDS, list(shop_ids), list(items))
    return {(row["inventory_item_id"], row["location_id"]): row["id"] for row in rows}


async def shelves(
    connection: Connection, shop_id: int, places: Collection[Spot], ids: int
) -> tuple[Shelves, list[int]]:
    """Lock the levels of these places and return them, with so many new ids. Two statements.

    Ids are taken once the locks are held, so that the moves of a level follow each other by id.
    """
    items, locations = sorted({item for item, _ in places}), sorted({location for _, location in places})
    rows = await connection.fetch(LOCK, shop_id, items, locations)
    known = await connection.fetchrow(KNOWN, shop_id, items, locations, ids)
    assert known is not None  # a SELECT without FROM
    found = Shelves(
        items=frozenset(known["items"]), locations=frozenset(known["locations"]), levels=dict(map(_level, rows))
    )
    return found, known["ids"]


async def stock_as_of(connection: Connection, shop_id: int, at: datetime) -> Mapping[Spot, InventoryLevel]:
    """Return what every location had of every item at a time, by the ledger. One statement.

    Places where nothing had moved yet are left out.
    """
    return dict(map(_level, await connection.fetch(AS_OF, shop_id, at)))


async def rebuild_levels(connection: Connection, shop_id: int, at: datetime) -> list[Spot]:
    """Set every counter of a shop to the sum of its moves; return the places that were wrong."""
    await connection.execute(LOCK_ALL, shop_id)
    rows = await connection.fetch(REBUILD, shop_id, at)
    return [(row["inventory_item_id"], row["location_id"]) for row in rows]


def _level(row: Record) -> tuple[Spot, InventoryLevel]:
    level = InventoryLevel(**row)
    return (level.inventory_item_id, level.location_id), level
