"""What stores should believe lies on our shelf.

Parcels that are not in a store's books have left the shelf, and are still on hand to the store: booking them takes them
away. Those cancelled lie on the shelf, and the store has their units back when it is told.
"""

from crossdock.runtime.connection import Connection

TOLD = """
    SELECT s.sku, s.on_hand + coalesce(untold.quantity, 0) AS on_hand
    FROM shelf s
    LEFT JOIN (
        SELECT l.sku,
            sum(CASE WHEN p.cancelled_at IS NULL THEN l.quantity ELSE -l.quantity END)::bigint AS quantity
        FROM parcels p JOIN parcel_lines l ON l.store_id = p.store_id AND l.parcel_id = p.id
        WHERE p.store_id = $1 AND CASE WHEN p.cancelled_at IS NULL THEN p.told <> 'told'
            ELSE p.told = 'told' AND p.correction_state IN ('waiting', 'failed') END
        GROUP BY l.sku
    ) untold ON untold.sku = s.sku
    WHERE s.store_id = $1
"""


async def on_hand_by_sku(connection: Connection, store_id: int, sku: str | None = None) -> dict[str, int]:
    """Return the units that a store should have as on hand at our location: of all that we keep for it, or one SKU."""
    rows = await connection.fetch(
        f"SELECT sku, on_hand FROM ({TOLD}) told WHERE $2::text IS NULL OR sku = $2 ORDER BY sku", store_id, sku
    )
    return {row["sku"]: row["on_hand"] for row in rows}


async def on_hand_by_item(connection: Connection, store_id: int) -> dict[int, int]:
    """Return the same by the store's inventory items.

    Items that no order has named yet are not known; their stock is told when the store asks for it.
    """
    rows = await connection.fetch(
        f"""
        SELECT i.inventory_item_id AS item, told.on_hand
        FROM items i JOIN ({TOLD}) told ON told.sku = i.sku
        WHERE i.store_id = $1
        ORDER BY i.inventory_item_id
        """,
        store_id,
    )
    return {row["item"]: row["on_hand"] for row in rows}
