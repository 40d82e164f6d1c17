"""What must always hold on the store side, as SQL: each query returns the rows that break it.

Source: the invariants of the design; the states that can be come from the domain's own table.
"""

from collections.abc import Sequence

from crossdock.domain.states import TRANSITIONS, State
from crossdock.runtime.connection import Connection
from crossdock.runtime.verify import Invariant, Offence, check
from crossdock.store.database.chains import BROKEN_EVENTS, BROKEN_MOVES, BROKEN_SEALS


def _possible_states() -> str:
    """Return every state that the table can start from or lead to, as rows of SQL text."""
    moving = {key: row for key, row in TRANSITIONS.items() if (row.status, row.request_status) != _pair(key[0])}
    starts = {(start.place, *_pair(start)) for start, _ in moving}
    ends = {(start.place, row.status, row.request_status) for (start, _), row in moving.items()}
    return ", ".join(f"('{place}', '{status}', '{request}')" for place, status, request in sorted(starts | ends))


def _pair(state: State) -> tuple[str, str]:
    return (state.status, state.request_status)


LIVE_LINES = """
    SELECT f.shop_id, f.order_id, f.location_id, l.order_line_id, l.inventory_item_id, l.remaining
    FROM fulfillment_order_lines l
    JOIN fulfillment_orders f ON f.shop_id = l.shop_id AND f.id = l.fulfillment_order_id
    WHERE f.status <> 'closed'
"""
SHIPPED_LINES = """
    SELECT l.shop_id, l.order_line_id, l.fulfillment_order_line_id, l.quantity
    FROM fulfillment_lines l
    JOIN fulfillments f ON f.shop_id = l.shop_id AND f.id = l.fulfillment_id
    WHERE f.status = 'success'
"""
# Source and target of a move as two entries, the one taking units from a named quantity, the other giving them.
LEDGER = """
    SELECT shop_id, inventory_item_id, location_id, id, source AS state, -quantity AS units FROM stock_moves
    WHERE source IS NOT NULL
    UNION ALL
    SELECT shop_id, inventory_item_id, location_id, id, target, quantity FROM stock_moves WHERE target IS NOT NULL
"""

INVARIANTS: Sequence[Invariant] = (
    Invariant(
        name="quantities",
        says="of each order line, what was shipped and what is left on live fulfillment orders is what was ordered",
        sql=f"""
            SELECT l.shop_id, l.order_id, l.id AS order_line_id, l.quantity, l.removed,
                coalesce(s.units, 0) AS shipped, coalesce(r.units, 0) AS remaining
            FROM order_lines l
            LEFT JOIN (SELECT shop_id, order_line_id, sum(quantity) AS units FROM ({SHIPPED_LINES}) x GROUP BY 1, 2) s
                ON s.shop_id = l.shop_id AND s.order_line_id = l.id
            LEFT JOIN (SELECT shop_id, order_line_id, sum(remaining) AS units FROM ({LIVE_LINES}) x GROUP BY 1, 2) r
                ON r.shop_id = l.shop_id AND r.order_line_id = l.id
            WHERE coalesce(s.units, 0) + coalesce(r.units, 0) <> l.quantity - l.removed
        """,
    ),
    Invariant(
        name="never_above_ordered",
        says="at no point of an order's log is more fulfilled than was ordered",
        sql="""
            SELECT * FROM (
                SELECT e.shop_id, e.order_id, e.sequence, line.order_line_id,
                    sum(line.quantity) OVER (
                        PARTITION BY e.shop_id, e.order_id, line.order_line_id ORDER BY e.sequence
                    ) AS fulfilled
                FROM events e,
                    jsonb_to_recordset(e.lines) AS line (order_line_id bigint, quantity bigint)
                WHERE e.kind = 'fulfillment_created'
            ) so_far
            JOIN order_lines l ON l.shop_id = so_far.shop_id AND l.id = so_far.order_line_id
            WHERE so_far.fulfilled > l.quantity
        """,
    ),
    Invariant(
        name="fulfillment_order_lines",
        says="what a fulfillment order line has left and what was shipped of it is what it had",
        sql=f"""
            SELECT l.shop_id, l.fulfillment_order_id, l.id, l.quantity, l.remaining, coalesce(s.units, 0) AS shipped
            FROM fulfillment_order_lines l
            LEFT JOIN (
                SELECT shop_id, fulfillment_order_line_id, sum(quantity) AS units FROM ({SHIPPED_LINES}) x GROUP BY 1, 2
            ) s ON s.shop_id = l.shop_id AND s.fulfillment_order_line_id = l.id
            WHERE l.remaining NOT BETWEEN 0 AND l.quantity OR l.remaining + coalesce(s.units, 0) <> l.quantity
        """,
    ),
    Invariant(
        name="states",
        says="every fulfillment order is in a state that the table knows",
        sql=f"""
            SELECT f.shop_id, f.order_id, f.id, f.place, f.status, f.request_status
            FROM fulfillment_orders f
            WHERE (f.place, f.status, f.request_status) NOT IN (VALUES {_possible_states()})
        """,
    ),
    Invariant(
        name="closed_means_done",
        says="a fulfillment order with nothing left is closed, and its place is that of its location",
        sql="""
            SELECT f.shop_id, f.id, f.status, f.place
            FROM fulfillment_orders f
            LEFT JOIN fulfillment_services s ON s.shop_id = f.shop_id AND s.location_id = f.location_id
            WHERE (f.place = 'service') <> (s.id IS NOT NULL)
                OR (f.status <> 'closed' AND NOT EXISTS (
                    SELECT FROM fulfillment_order_lines l
                    WHERE l.shop_id = f.shop_id AND l.fulfillment_order_id = f.id AND l.remaining > 0
                ))
        """,
    ),
    Invariant(
        name="requests",
        says="each request is answered at most once, and only the newest can wait for its answer",
        sql="""
            SELECT f.shop_id, f.id, f.request_status, newest.kind, newest.answer
            FROM fulfillment_orders f
            LEFT JOIN LATERAL (
                SELECT r.id, r.kind, r.answer FROM merchant_requests r
                WHERE r.shop_id = f.shop_id AND r.fulfillment_order_id = f.id ORDER BY r.id DESC LIMIT 1
            ) newest ON true
            WHERE (f.status <> 'closed' AND (f.request_status = 'submitted') <>
                    (newest.id IS NOT NULL AND newest.kind = 'fulfillment_request' AND newest.answer IS NULL))
                OR (f.status <> 'closed' AND (f.request_status = 'cancellation_requested') <>
                    (newest.id IS NOT NULL AND newest.kind = 'cancellation_request' AND newest.answer IS NULL))
                OR EXISTS (
                    SELECT FROM merchant_requests r
                    WHERE r.shop_id = f.shop_id AND r.fulfillment_order_id = f.id AND r.id < newest.id
                        AND r.answer IS NULL
                )
        """,
    ),
    Invariant(
        name="answers",
        says="the log has as many answers of each kind as there are answered requests",
        sql="""
            SELECT coalesce(r.shop_id, e.shop_id) AS shop_id, coalesce(r.id, e.id) AS fulfillment_order_id,
                r.answers, e.events
            FROM (
                SELECT shop_id, fulfillment_order_id AS id, kind || '_' || answer AS kind, count(*) AS answers
                FROM merchant_requests WHERE answer IN ('accepted', 'rejected') GROUP BY 1, 2, 3
            ) r
            FULL JOIN (
                SELECT shop_id, fulfillment_order_id AS id, kind, count(*) AS events FROM events
                WHERE kind IN ('fulfillment_request_accepted', 'fulfillment_request_rejected',
                    'cancellation_request_accepted', 'cancellation_request_rejected')
                GROUP BY 1, 2, 3
            ) e USING (shop_id, id, kind)
            WHERE r.answers IS DISTINCT FROM e.events
        """,
    ),
    Invariant(
        name="order_status",
        says="an order's fulfillment status is what its lines say",
        sql=f"""
            SELECT o.shop_id, o.id, o.fulfillment_status, units.shipped, units.due
            FROM orders o
            JOIN (
                SELECT l.shop_id, l.order_id, sum(l.quantity - l.removed) AS due, coalesce(sum(s.units), 0) AS shipped
                FROM order_lines l
                LEFT JOIN (
                    SELECT shop_id, order_line_id, sum(quantity) AS units FROM ({SHIPPED_LINES}) x GROUP BY 1, 2
                ) s ON s.shop_id = l.shop_id AND s.order_line_id = l.id
                GROUP BY 1, 2
            ) units ON units.shop_id = o.shop_id AND units.order_id = o.id
            WHERE o.fulfillment_status IS DISTINCT FROM CASE
                WHEN units.shipped = units.due THEN 'fulfilled' WHEN units.shipped > 0 THEN 'partial' END
        """,
    ),
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
                    ('quality_control', l.quality_control)) AS counter (state, units)
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
        sql=f"""
            SELECT * FROM (
                SELECT m.shop_id, m.inventory_item_id, m.location_id, m.id, m.obeys_policy, m.source, m.available_after,
                    sum(coalesce(entry.units, 0)) OVER (
                        PARTITION BY m.shop_id, m.inventory_item_id, m.location_id ORDER BY m.id
                    ) AS available
                FROM stock_moves m
                LEFT JOIN ({LEDGER}) entry ON entry.shop_id = m.shop_id AND entry.id = m.id
                    AND entry.state = 'available'
            ) moves
            WHERE available <> available_after OR (obeys_policy AND source = 'available' AND available_after < 0)
        """,
    ),
    Invariant(
        name="ledger_without_level",
        says="stock moves only where the item is stocked",
        sql="""
            SELECT m.shop_id, m.inventory_item_id, m.location_id, m.id FROM stock_moves m
            WHERE NOT EXISTS (
                SELECT FROM inventory_levels l WHERE l.shop_id = m.shop_id
                    AND l.inventory_item_id = m.inventory_item_id AND l.location_id = m.location_id
            )
        """,
    ),
    Invariant(
        name="events",
        says="an order's events are numbered 1 to n without gaps, and its version is n",
        sql="""
            SELECT o.shop_id, o.id, o.version, count(e.sequence) AS events, max(e.sequence) AS last
            FROM orders o LEFT JOIN events e ON e.shop_id = o.shop_id AND e.order_id = o.id
            GROUP BY 1, 2, 3
            HAVING count(e.sequence) <> o.version OR max(e.sequence) <> o.version OR o.version = 0
        """,
    ),
    Invariant(
        name="events_chained",
        says="each event carries the hash of what it says and of the event before it",
        sql=BROKEN_EVENTS,
    ),
    Invariant(
        name="ledger_chained",
        says="each stock move carries the hash of what it says and of the move before it of its level",
        sql=BROKEN_MOVES,
    ),
    Invariant(
        name="seals",
        says="each seal has the hash of all entries in it and of the seal before it",
        sql=BROKEN_SEALS,
    ),
    Invariant(
        name="fulfillments_in_log",
        says="every fulfillment stands in the log, once",
        sql="""
            SELECT coalesce(f.shop_id, e.shop_id) AS shop_id, coalesce(f.id, e.id) AS fulfillment_id, e.events
            FROM fulfillments f
            FULL JOIN (
                SELECT shop_id, fulfillment_id AS id, count(*) AS events FROM events
                WHERE kind = 'fulfillment_created' GROUP BY 1, 2
            ) e USING (shop_id, id)
            WHERE e.events IS DISTINCT FROM 1 OR f.id IS NULL
        """,
    ),
    Invariant(
        name="announcements",
        says="a request is announced at most once, and only requests are",
        sql="""
            SELECT m.tenant_id AS shop_id, m.id, m.cause FROM messages m
            LEFT JOIN merchant_requests r ON r.shop_id = m.tenant_id AND 'request:' || r.id = m.cause
            WHERE m.kind = 'fulfillment_order_notification' AND r.id IS NULL
        """,
    ),
    Invariant(
        name="deliveries",
        says="what is marked delivered was attempted and answered, what is dead has a reason",
        sql="""
            SELECT m.tenant_id AS shop_id, m.id, m.kind, m.status, m.reason FROM messages m
            WHERE m.direction = 'out' AND (
                (m.status = 'delivered' AND NOT EXISTS (
                    SELECT FROM message_attempts a
                    WHERE a.tenant_id = m.tenant_id AND a.message = m.id AND a.answer_status BETWEEN 200 AND 299
                ))
                OR (m.status = 'dead' AND m.reason IS NULL)
            )
        """,
    ),
    Invariant(
        name="delivery_order",
        # A replayed message ends once more, later than the next began; its fence has outgrown its attempts.
        says="of one line of messages, the next is first attempted after the one before it has ended",
        sql="""
            SELECT * FROM (
                SELECT m.tenant_id AS shop_id, m.fifo_key, m.id, first.started_at,
                    lag(CASE WHEN m.fence = m.attempts THEN m.finished_at END) OVER line AS before
                FROM messages m
                LEFT JOIN LATERAL (
                    SELECT min(a.started_at) AS started_at FROM message_attempts a
                    WHERE a.tenant_id = m.tenant_id AND a.message = m.id
                ) first ON true
                WHERE m.direction = 'out' AND m.fifo_key IS NOT NULL
                WINDOW line AS (PARTITION BY m.tenant_id, m.fifo_key ORDER BY m.id)
            ) line
            WHERE started_at IS NOT NULL AND before IS NOT NULL AND started_at < before
        """,
    ),
)


async def offences(connection: Connection) -> list[Offence]:
    """Return everything that breaks an invariant, seen in one read-only snapshot."""
    return await check(connection, INVARIANTS)
