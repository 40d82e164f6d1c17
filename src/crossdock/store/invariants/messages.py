"""What was sent and what came in."""

from collections.abc import Sequence

from crossdock.dialects.registry import DIALECTS
from crossdock.runtime.verify import Invariant

# The answers that tell on each platform that a message arrived; on those of nobody's, any 200 series answer.
ARRIVED = ", ".join(f"('{name}', {each.arrived.start}, {each.arrived.stop - 1})" for name, each in DIALECTS.items())

INVARIANTS: Sequence[Invariant] = (
    Invariant(
        name="announcements",
        says="a request is announced at most once, and only requests are",
        sql="""
            SELECT m.tenant_id AS shop_id, m.id, m.cause FROM messages m
            LEFT JOIN merchant_requests r ON r.shop_id = m.tenant_id
                AND r.id = CASE WHEN m.cause LIKE 'request:%' THEN substr(m.cause, length('request:') + 1)::bigint END
            WHERE m.kind = 'fulfillment_order_notification' AND r.id IS NULL
        """,
    ),
    Invariant(
        name="webhooks",
        # Its cause makes a message once: a second one of the same event, topic and subscription has lost it.
        says="a webhook is about an event or a move of the log, or about an action; a subscription hears of it once",
        sql="""
            SELECT m.tenant_id AS shop_id, m.id, m.cause FROM messages m
            CROSS JOIN LATERAL (SELECT split_part(m.command ->> 'event', ':', 1) AS kind,
                split_part(m.command ->> 'event', ':', 2) AS first,
                split_part(m.command ->> 'event', ':', 3) AS second) said
            LEFT JOIN events e ON said.kind = 'order' AND e.shop_id = m.tenant_id
                AND e.order_id = CASE WHEN said.kind = 'order' THEN said.first::bigint END
                AND e.sequence = CASE WHEN said.kind = 'order' THEN said.second::bigint END
            LEFT JOIN stock_moves s ON said.kind = 'stock_move' AND s.shop_id = m.tenant_id
                AND s.id = CASE WHEN said.kind = 'stock_move' THEN said.first::bigint END
            WHERE m.kind = 'webhook' AND ((e.sequence IS NULL AND s.id IS NULL AND said.kind <> 'action')
                OR m.cause IS DISTINCT FROM concat_ws(
                    ':', m.command ->> 'event', m.command ->> 'topic', m.command ->> 'subscription_id'))
        """,
    ),
    Invariant(
        name="fan_outs",
        says="each subscription that an action concerned has its webhook",
        sql="""
            SELECT f.shop_id, f.action, f.webhooks AS made, count(m.id) AS found FROM fan_outs f
            LEFT JOIN messages m ON m.tenant_id = f.shop_id AND m.kind = 'webhook' AND m.command ->> 'action' = f.action
            GROUP BY f.shop_id, f.action, f.webhooks
            HAVING count(m.id) <> f.webhooks
        """,
    ),
    Invariant(
        name="deliveries",
        says="what is marked delivered was attempted and answered, what is dead has a reason",
        sql=f"""
            SELECT m.tenant_id AS shop_id, m.id, m.kind, m.status, m.reason FROM messages m
            LEFT JOIN (VALUES {ARRIVED}) arrived (profile, lowest, highest) USING (profile)
            WHERE m.direction = 'out' AND (
                (m.status = 'delivered' AND NOT EXISTS (
                    SELECT FROM message_attempts a
                    WHERE a.tenant_id = m.tenant_id AND a.message = m.id
                        AND a.answer_status BETWEEN coalesce(lowest, 200) AND coalesce(highest, 299)
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
    Invariant(
        name="idempotency_keys",
        says="a key holds the answer that its request got, written with its effect",
        sql="""
            SELECT k.shop_id, k.app_id, k.key FROM idempotency_keys k
            JOIN messages m ON m.tenant_id = k.shop_id AND m.idempotency_key = k.key AND m.direction = 'in'
                AND m.status = 'done' AND m.created_at = k.used_at
            GROUP BY 1, 2, 3
            HAVING NOT bool_or(m.answer_status = k.status AND m.answer_body = substr(k.body, 1, 4096))
        """,
    ),
    Invariant(
        name="effects_of_keys",
        # Keys are forgotten by age: those of calls since the oldest that is left are all there.
        says="each call that was carried out under a key has left its key",
        sql="""
            SELECT m.tenant_id AS shop_id, m.id, m.idempotency_key FROM messages m
            WHERE m.direction = 'in' AND m.kind = 'api_call' AND m.status = 'done' AND m.idempotency_key IS NOT NULL
                AND m.created_at >= (SELECT min(used_at) FROM idempotency_keys)
                AND NOT EXISTS (
                    SELECT FROM idempotency_keys k
                    WHERE k.shop_id = m.tenant_id AND k.key = m.idempotency_key AND k.used_at = m.created_at
                )
        """,
    ),
)
