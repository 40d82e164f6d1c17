"""What stores should believe lies on our shelf."""

from asyncpg import Record

from crossdock.runtime.connection import Connection


async def on_hand_by_item(connection: Connection, store_id: int) -> dict[int, int]:
    """Return the units of the store's inventory items that it should have as on hand at our location.

    Parcels that are not in its books have left the shelf, and are still on hand to the store: booking them takes them
    away. Those cancelled lie on the shelf, and the store has their units back when it is told. Items that no order has
    named yet are not known; their stock is told when the store asks for it.
    """
    rows: list[Record] = await connection.fetch(
        """
        SELECT i.inventory_item_id AS item, s.on_hand + coalesce(untold.quantity, 0) AS on_hand
        FROM items i
        JOIN shelf s ON s.store_id = i.store_id AND s.sku = i.sku
        LEFT JOIN (
            SELECT l.sku,
                sum(CASE WHEN p.cancelled_at IS NULL THEN l.quantity ELSE -l.quantity END)::bigint AS quantity
            FROM parcels p JOIN parcel_lines l ON l.store_id = p.store_id AND l.parcel_id = p.id
            WHERE p.store_id = $1 AND CASE WHEN p.cancelled_at IS NULL THEN p.told <> 'told'
                ELSE p.told = 'told' AND p.correction_state IN ('waiting', 'failed') END
            GROUP BY l.sku
        ) untold ON untold.sku = i.sku
        WHERE i.store_id = $1
        ORDER BY i.inventory_item_id
        """,
        store_id,
    )
    return {row["item"]: row["on_hand"] for row in rows}
