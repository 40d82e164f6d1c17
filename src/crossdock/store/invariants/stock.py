"""The stock ledger, its counters and its hash chain."""

from collections.abc import Sequence

from crossdock.runtime.verify import Invariant
from crossdock.store.database.chains import BROKEN_MOVES
from crossdock.store.invariants.orders import LIVE_LINES

# Source and target of a move as two entries, the one taking units from a named quantity, the other giving them.
LEDGER = """
    SELECT shop_id, inventory_item_id, location_id, id, source AS state, -quantity AS units FROM stock_moves
    WHERE source IS NOT NULL
    UNION ALL
    SELECT shop_id, inventory_item_id, location_id, id, target, quantity FROM stock_moves WHERE target IS NOT NULL
"""

INVARIANTS: Sequence[Invariant] = (
    Invariant(
        name="committed_stock",
        says="committed is what live fulfillment orders there have left of the item",
        sql=f"""
            SELECT l.shop_id, l.inventory_item_id, l.location_id, l.committed, coalesce(c.units, 0) AS remaining
            FROM inventory_levels l
            LEFT JOIN (
                SELECT x.shop_id, x.inventory_item_id, x.location_id, sum(x.remaining) AS units
                FROM ({LIVE_LINES}) x
                JOIN order_lines o ON o.shop_id = x.shop_id AND o.id = x.order_line_id
                WHERE o.claims_stock
                GROUP BY 1, 2, 3
            ) c USING (shop_id, inventory_item_id, location_id)
            WHERE l.committed <> coalesce(c.units, 0)
        """,
    ),
    Invariant(
        name="ledger",
        says="every counter of a level is the sum of its moves",
        sql=f"""
            SELECT * FROM (
                SELECT l.shop_id, l.inventory_item_id, l.location_id, counter.state, counter.units,
                    coalesce(moved.units, 0) AS moved
                FROM inventory_levels l
                CROSS JOIN LATERAL (VALUES ('available', l.available), ('committed', l.committed),
                    ('reserved', l.reserved), ('damaged', l.damaged), ('safety_stock', l.safety_stock),
                    ('quality_control', l.quality_control), ('incoming', l.incoming)) AS counter (state, units)
                LEFT JOIN (
                    SELECT shop_id, inventory_item_id, location_id, state, sum(units) AS units
                    FROM ({LEDGER}) entry GROUP BY 1, 2, 3, 4
                ) moved USING (shop_id, inventory_item_id, location_id, state)
            ) levels
            WHERE units <> moved
        """,
    ),
    Invariant(
        name="ledger_prefixes",
        says="each move leaves the availability that it notes, and none that obeyed the policy left less than nothing",
        sql="""
            SELECT * FROM (
                SELECT shop_id, inventory_item_id, location_id, id, obeys_policy, source, available_after,
                    sum(CASE 'available' WHEN target THEN quantity WHEN source THEN -quantity ELSE 0 END) OVER (
                        PARTITION BY shop_id, inventory_item_id, location_id ORDER BY id
                    ) AS available
                FROM stock_moves
            ) moves
            WHERE available <> available_after OR (obeys_policy AND source = 'available' AND available_after < 0)
        """,
    ),
    Invariant(
        name="ledger_without_level",
        says="stock moves only where the item is stocked, as long as there is the item",
        sql="""
            SELECT m.shop_id, m.inventory_item_id, m.location_id, m.id FROM stock_moves m
            WHERE NOT EXISTS (
                SELECT FROM inventory_levels l WHERE l.shop_id = m.shop_id
                    AND l.inventory_item_id = m.inventory_item_id AND l.location_id = m.location_id
            ) AND EXISTS (
                SELECT FROM variants v WHERE v.shop_id = m.shop_id AND v.inventory_item_id = m.inventory_item_id
            )
        """,
    ),
    Invariant(
        name="ledger_chained",
        says="each stock move carries the hash of what it says and of the move before it of its level",
        sql=BROKEN_MOVES,
    ),
)
