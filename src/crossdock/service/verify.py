"""What must always hold on the service side, as SQL: each query returns the rows that break it."""

from collections.abc import Sequence

from crossdock.runtime.connection import Connection
from crossdock.runtime.verify import Invariant, Offence, check
from crossdock.service.database.assignments import HOLDING

HELD = ", ".join(f"'{stage}'" for stage in sorted(HOLDING))
# Messages are forgotten 90 days after their end, by a job that may be late: what is younger has all of its messages.
SURELY_KEPT = "(SELECT max(created_at) - interval '60 days' FROM messages)"

INVARIANTS: Sequence[Invariant] = (
    Invariant(
        name="shelf",
        says="the counters of a SKU are the sums of its moves",
        sql="""
            SELECT s.store_id, s.sku, s.on_hand, s.allocated, coalesce(m.on_hand, 0) AS moved_on_hand,
                coalesce(m.allocated, 0) AS moved_allocated
            FROM shelf s
            LEFT JOIN (SELECT store_id, sku, sum(on_hand) AS on_hand, sum(allocated) AS allocated
                FROM shelf_moves GROUP BY store_id, sku) m
                ON m.store_id = s.store_id AND m.sku = s.sku
            WHERE s.on_hand <> coalesce(m.on_hand, 0) OR s.allocated <> coalesce(m.allocated, 0)
        """,
    ),
    Invariant(
        name="promises",
        says="the units promised of a SKU are those that accepted work has left to ship",
        sql=f"""
            SELECT s.store_id, s.sku, s.allocated, coalesce(l.units, 0) AS left_to_ship
            FROM shelf s
            FULL JOIN (
                SELECT l.store_id, l.sku, sum(l.quantity - l.shipped) AS units
                FROM assignment_lines l
                JOIN assignments a ON a.store_id = l.store_id AND a.fulfillment_order_id = l.fulfillment_order_id
                WHERE a.status IN ({HELD}) AND l.sku IS NOT NULL
                GROUP BY l.store_id, l.sku HAVING sum(l.quantity - l.shipped) > 0
            ) l ON l.store_id = s.store_id AND l.sku = s.sku
            WHERE coalesce(s.allocated, 0) <> coalesce(l.units, 0)
        """,
    ),
    Invariant(
        name="shipped",
        says="the units shipped of a line are those in its parcels that count, and never more than were accepted",
        sql="""
            SELECT l.store_id, l.fulfillment_order_id, l.id, l.quantity, l.shipped, coalesce(p.units, 0) AS in_parcels
            FROM assignment_lines l
            LEFT JOIN (
                SELECT i.store_id, i.fulfillment_order_id, i.line_id, sum(i.quantity) AS units
                FROM parcel_lines i JOIN parcels c ON c.store_id = i.store_id AND c.id = i.parcel_id
                WHERE c.cancelled_at IS NULL
                GROUP BY i.store_id, i.fulfillment_order_id, i.line_id
            ) p
                ON p.store_id = l.store_id AND p.fulfillment_order_id = l.fulfillment_order_id AND p.line_id = l.id
            WHERE l.shipped <> coalesce(p.units, 0) OR l.shipped > l.quantity
        """,
    ),
    Invariant(
        name="parcels",
        says="each parcel has one message to its store, and stands as that message ended",
        sql=f"""
            SELECT p.store_id, p.id, p.told, count(m.id) AS messages, min(m.status) AS status
            FROM parcels p
            LEFT JOIN messages m ON m.tenant_id = p.store_id AND m.direction = 'out' AND m.profile IS NOT NULL
                AND m.subject = 'assignment:' || p.store_id || ':' || p.fulfillment_order_id
                AND m.command @> jsonb_build_object('parcel', p.id)
            GROUP BY p.store_id, p.id, p.told, p.shipped_at
            HAVING count(m.id) > 1 OR (count(m.id) = 0 AND (p.told = 'waiting' OR p.shipped_at > {SURELY_KEPT}))
                OR (p.told <> 'told' AND min(m.status) = 'delivered')
                OR (p.told = 'told' AND min(m.status) = 'waiting')
                OR (p.told = 'waiting' AND min(m.status) <> 'waiting')
        """,
    ),
    Invariant(
        name="corrections",
        says="what was last put right of a parcel waits for its booking, or stands as its message ended",
        sql="""
            SELECT p.store_id, p.id, p.told, p.corrections, p.correction_state, m.status
            FROM parcels p
            LEFT JOIN messages m ON m.tenant_id = p.store_id AND m.direction = 'out' AND m.profile IS NOT NULL
                AND m.subject = 'assignment:' || p.store_id || ':' || p.fulfillment_order_id
                AND m.command @> jsonb_build_object('corrected', p.id, 'correction', p.corrections)
            WHERE p.corrections > 0 AND CASE p.correction_state
                WHEN 'waiting' THEN m.status IS DISTINCT FROM 'waiting' AND (m.id IS NOT NULL OR p.told <> 'waiting')
                WHEN 'told' THEN m.status <> 'delivered'
                ELSE m.status = 'delivered' END
        """,
    ),
    Invariant(
        name="followed",
        says="each carrier event of a parcel is one message to its store, and stands as that ended",
        sql=f"""
            SELECT e.store_id, e.parcel_id, e.number, e.told, count(m.id) AS messages, min(m.status) AS status
            FROM carrier_events e
            JOIN parcels p ON p.store_id = e.store_id AND p.id = e.parcel_id
            LEFT JOIN messages m ON m.tenant_id = e.store_id AND m.direction = 'out' AND m.profile IS NOT NULL
                AND m.subject = 'assignment:' || p.store_id || ':' || p.fulfillment_order_id
                AND m.command @> jsonb_build_object('followed', e.parcel_id, 'carrier_event', e.number)
            GROUP BY e.store_id, e.parcel_id, e.number, e.told, e.noted_at
            HAVING count(m.id) > 1 OR (count(m.id) = 0 AND (e.told = 'waiting' OR e.noted_at > {SURELY_KEPT}))
                OR (e.told = 'told') <> (min(m.status) = 'delivered')
                OR (e.told = 'waiting') <> (min(m.status) = 'waiting')
        """,
    ),
    Invariant(
        name="numbers",
        says="each parcel has a tracking number, and its numbers count as long as it does",
        sql="""
            SELECT p.store_id, p.id, p.cancelled_at, count(n.place) AS numbers
            FROM parcels p LEFT JOIN parcel_numbers n ON n.store_id = p.store_id AND n.parcel_id = p.id
            GROUP BY p.store_id, p.id, p.cancelled_at
            HAVING count(n.place) = 0 OR bool_or(n.counts <> (p.cancelled_at IS NULL) OR n.carrier <> p.carrier)
        """,
    ),
    Invariant(
        name="answers",
        says="each answer is one message to its store, and the last one stands as its message ended",
        sql=f"""
            SELECT a.store_id, a.fulfillment_order_id, a.answers, a.answer_state, count(m.id) AS messages,
                min(m.status) FILTER (WHERE (m.command ->> 'answer')::bigint = a.answers) AS status
            FROM assignments a
            LEFT JOIN messages m ON m.tenant_id = a.store_id AND m.direction = 'out' AND m.profile IS NOT NULL
                AND m.subject = 'assignment:' || a.store_id || ':' || a.fulfillment_order_id AND m.command ? 'answer'
            GROUP BY a.store_id, a.fulfillment_order_id, a.answers, a.answer_state, a.received_at
            HAVING count(m.id) > a.answers OR (count(m.id) < a.answers AND a.received_at > {SURELY_KEPT})
                OR (a.answer_state = 'waiting'
                AND min(m.status) FILTER (WHERE (m.command ->> 'answer')::bigint = a.answers) <> 'waiting')
        """,
    ),
    Invariant(
        name="events",
        says="the events of an assignment are numbered 1 to n without a gap, n being its version",
        sql="""
            SELECT a.store_id, a.fulfillment_order_id, a.version, count(e.sequence) AS events,
                coalesce(max(e.sequence), 0) AS last
            FROM assignments a
            LEFT JOIN assignment_events e
                ON e.store_id = a.store_id AND e.fulfillment_order_id = a.fulfillment_order_id
            GROUP BY a.store_id, a.fulfillment_order_id, a.version
            HAVING count(e.sequence) <> a.version OR coalesce(max(e.sequence), 0) <> a.version
        """,
    ),
    Invariant(
        name="inbox",
        says="a notification is in the inbox once",
        sql="""
            SELECT tenant_id, endpoint, message_id, count(*) AS times FROM messages WHERE direction = 'in'
            GROUP BY tenant_id, endpoint, message_id HAVING count(*) > 1
        """,
    ),
    Invariant(
        name="stages",
        says="what was shipped whole has nothing left, and accepted work has something left",
        sql="""
            SELECT a.store_id, a.fulfillment_order_id, a.status, sum(l.quantity - l.shipped) AS left_to_ship
            FROM assignments a
            JOIN assignment_lines l ON l.store_id = a.store_id AND l.fulfillment_order_id = a.fulfillment_order_id
            WHERE a.status IN ('accepted', 'shipped')
            GROUP BY a.store_id, a.fulfillment_order_id, a.status
            HAVING (a.status = 'shipped') <> (sum(l.quantity - l.shipped) = 0)
        """,
    ),
)


async def offences(connection: Connection) -> list[Offence]:
    """Return what breaks an invariant, in one snapshot."""
    return await check(connection, INVARIANTS)
