"""What the inventory items of a store are called on our shelf."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from crossdock.runtime.connection import Connection

# A merchant may give an item another SKU; work that comes later than this after the last look is looked up anew.
GOOD_FOR = timedelta(hours=1)


async def items_to_read(connection: Connection, store_id: int) -> Sequence[int]:
    """Return the inventory items of work to be decided that we do not know, or that we may know wrongly.

    What was read before the request came and is not on the shelf is read again: the merchant may have put it right.
    """
    rows = await connection.fetch(
        """
        SELECT DISTINCT l.inventory_item_id AS id
        FROM assignments a JOIN assignment_lines l USING (store_id, fulfillment_order_id)
        LEFT JOIN items i USING (store_id, inventory_item_id)
        LEFT JOIN shelf s ON s.store_id = a.store_id AND s.sku = i.sku
        WHERE a.store_id = $1 AND a.status = 'received' AND l.inventory_item_id IS NOT NULL
            AND (i.read_at IS NULL OR i.read_at < a.received_at - $2::interval
                OR (i.read_at < a.received_at AND s.sku IS NULL))
        ORDER BY id
        """,
        store_id,
        GOOD_FOR,
    )
    return [row["id"] for row in rows]


async def keep_items(connection: Connection, store_id: int, skus: Mapping[int, str | None], at: datetime) -> None:
    """Keep the SKUs of inventory items, None for those that have none, and name the lines of undecided work by them."""
    await connection.execute(
        """
        WITH read AS (SELECT * FROM unnest($2::bigint[], $3::text[]) AS read (id, sku)), kept AS (
            INSERT INTO items (store_id, inventory_item_id, sku, read_at) SELECT $1, id, sku, $4 FROM read
            ON CONFLICT (store_id, inventory_item_id) DO UPDATE SET sku = excluded.sku, read_at = excluded.read_at
        )
        UPDATE assignment_lines l SET sku = read.sku
        FROM read, assignments a
        WHERE l.store_id = $1 AND l.inventory_item_id = read.id AND l.sku IS DISTINCT FROM read.sku
            AND a.store_id = $1 AND a.fulfillment_order_id = l.fulfillment_order_id AND a.status = 'received'
        """,
        store_id,
        list(skus),
        list(skus.values()),
        at,
    )


async def skus_of(connection: Connection, store_id: int, items: Sequence[int]) -> dict[int, str | None]:
    """Return what is known of inventory items; those never read are left out."""
    rows = await connection.fetch(
        "SELECT inventory_item_id, sku FROM items WHERE store_id = $1 AND inventory_item_id = ANY ($2::bigint[])",
        store_id,
        list(items),
    )
    return {row["inventory_item_id"]: row["sku"] for row in rows}
