"""Units, states and requests of orders."""

from collections.abc import Sequence

from crossdock.domain.states import TRANSITIONS, Action, State
from crossdock.runtime.verify import Invariant


def _possible_states() -> str:
    """Return every state that the table can start from or lead to, as rows of SQL text."""
    moving = {key: row for key, row in TRANSITIONS.items() if (row.status, row.request_status) != _pair(key[0])}
    starts = {(start.place, *_pair(start)) for start, _ in moving}
    ends = {(start.place, row.status, row.request_status) for (start, _), row in moving.items()}
    return ", ".join(f"('{place}', '{status}', '{request}')" for place, status, request in sorted(starts | ends))


def _fulfillable_states() -> str:
    """Return the states in which something may be shipped, as rows of SQL text."""
    states = {_pair(start) for start, action in TRANSITIONS if action in (Action.FULFILL_PART, Action.FULFILL_REST)}
    return ", ".join(f"('{status}', '{request}')" for status, request in sorted(states))


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
                    sum(CASE e.kind WHEN 'fulfillment_created' THEN line.quantity ELSE -line.quantity END) OVER (
                        PARTITION BY e.shop_id, e.order_id, line.order_line_id ORDER BY e.sequence
                    ) AS fulfilled
                FROM events e,
                    jsonb_to_recordset(e.lines) AS line (order_line_id bigint, quantity bigint)
                WHERE e.kind IN ('fulfillment_created', 'fulfillment_cancelled')
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
        name="fulfillments_allowed",
        says="a fulfillment was made only in a state in which the table allows it",
        sql=f"""
            SELECT shop_id, order_id, fulfillment_order_id, sequence, status_before, request_status_before FROM (
                SELECT e.*, lag(e.status) OVER work AS status_before, lag(e.request_status) OVER work AS
                    request_status_before
                FROM events e
                WHERE e.fulfillment_order_id IS NOT NULL AND e.status IS NOT NULL
                WINDOW work AS (PARTITION BY e.shop_id, e.order_id, e.fulfillment_order_id ORDER BY e.sequence)
            ) log
            WHERE kind = 'fulfillment_created' AND status_before IS NOT NULL
                AND (status_before, request_status_before) NOT IN (VALUES {_fulfillable_states()})
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
                WHEN units.shipped = 0 THEN NULL WHEN units.shipped = units.due THEN 'fulfilled' ELSE 'partial' END
        """,
    ),
)
