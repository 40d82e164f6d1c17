"""The audit log: complete, numbered, chained and sealed."""

from collections.abc import Sequence

from crossdock.runtime.verify import Invariant
from crossdock.store.database.chains import BROKEN_EVENTS, BROKEN_SEALS

INVARIANTS: Sequence[Invariant] = (
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
        name="seals",
        says="each seal has the hash of all entries in it and of the seal before it",
        sql=BROKEN_SEALS,
    ),
    Invariant(
        name="states_in_log",
        # The event that makes an order carries all of it, a later one what its command changed.
        says="every fulfillment order stands where and as the log told last",
        sql="""
            SELECT f.shop_id, f.order_id, f.id, f.status, f.request_status, f.location_id, told.status AS status_told,
                told.request_status AS request_status_told, told.location_id AS location_told
            FROM fulfillment_orders f
            LEFT JOIN (
                SELECT DISTINCT ON (e.shop_id, part.id) e.shop_id, part.*
                FROM events e, jsonb_to_recordset(
                    coalesce(e.after #> '{order,fulfillment_orders}', e.after -> 'fulfillment_orders')
                ) AS part (id bigint, status text, request_status text, location_id bigint)
                WHERE e.after ? 'order' OR e.after ? 'fulfillment_orders'
                ORDER BY e.shop_id, part.id, e.sequence DESC
            ) told ON told.shop_id = f.shop_id AND told.id = f.id
            WHERE (told.status, told.request_status, told.location_id)
                IS DISTINCT FROM (f.status, f.request_status, f.location_id)
        """,
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
)
