"""The courier's SQL: claim what is due, store what came of it, free what a dead courier held."""

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import KEPT_OF_AN_ANSWER, without_secrets
from crossdock.runtime.exchange.verdicts import Dead, Delivered, Message
from crossdock.runtime.http.outgoing import OutgoingAnswer

# First half of the advisory lock that says that a courier lives; the second is its number.
COURIERS = 0x0C05

# After so many failures in a row an endpoint rests, and then one message tries it. A message that failed before
# keeps the times of its profile: the rest holds back what is new.
BREAKS_AFTER = 10
FIRST_REST = 30
LONGEST_REST = 600
# How many messages at once an endpoint is sent that is not known to answer quickly, so that many such leave room for
# others.
ROOM_FOR_STRANGERS = 2


@dataclass(frozen=True, kw_only=True)
class Line:
    """The messages of one tenant to one endpoint."""

    tenant_id: int
    endpoint: str


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A message that is ours until the lease ends. `troubled` when its endpoint failed last."""

    message: Message
    troubled: bool


# The lines are found by hopping through the index from one to the next, so that a long line costs no more than a short
# one; the lock comes after the choice, and checks again what another courier may have changed since the snapshot.
DUE = """
    SELECT tenant_id, id, next_attempt_at FROM messages
    WHERE tenant_id = open_line.tenant_id AND endpoint = open_line.endpoint AND status = 'waiting'{and_more}
        AND next_attempt_at <= $1 AND (lease_until IS NULL OR lease_until < clock_timestamp())
        AND (fifo_key IS NULL OR id = (
            SELECT first.id FROM messages AS first
            WHERE first.tenant_id = messages.tenant_id AND first.fifo_key = messages.fifo_key
                AND first.status = 'waiting'
            ORDER BY first.id LIMIT 1
        ))
    ORDER BY next_attempt_at, id
"""
CLAIM = f"""
    WITH RECURSIVE line AS (
        (SELECT tenant_id, endpoint FROM messages WHERE status = 'waiting' ORDER BY tenant_id, endpoint LIMIT 1)
        UNION ALL
        SELECT next.tenant_id, next.endpoint
        FROM line CROSS JOIN LATERAL (
            SELECT tenant_id, endpoint FROM messages
            WHERE status = 'waiting' AND (tenant_id, endpoint) > (line.tenant_id, line.endpoint)
            ORDER BY tenant_id, endpoint LIMIT 1
        ) AS next
    ), open_line AS (
        SELECT line.tenant_id, line.endpoint, coalesce(endpoints.failures, 0) > 0 AS troubled,
            coalesce(endpoints.open_until > $1, false) AS rests,
            CASE WHEN endpoints.failures >= {BREAKS_AFTER} THEN 1
                WHEN endpoints.failures > 0 OR busy.quick IS NOT TRUE THEN least({ROOM_FOR_STRANGERS}, $4::integer)
                ELSE $4::integer END - coalesce(busy.sending, 0) AS room
        FROM line
        LEFT JOIN endpoints USING (tenant_id, endpoint)
        LEFT JOIN unnest($5::bigint[], $6::text[], $7::integer[], $9::boolean[]) AS busy (tenant_id, endpoint, sending,
            quick) USING (tenant_id, endpoint)
    ), chosen AS (
        SELECT due.tenant_id, due.id, open_line.troubled
        FROM open_line CROSS JOIN LATERAL (
            ({DUE.format(and_more="")} LIMIT CASE WHEN open_line.rests THEN 0 ELSE greatest(open_line.room, 0) END)
            UNION ALL
            ({DUE.format(and_more=" AND retrying")}
                LIMIT CASE WHEN open_line.rests THEN greatest(open_line.room, 0) ELSE 0 END)
        ) AS due
        ORDER BY due.next_attempt_at, due.id
        LIMIT $2
    ), claimed AS (
        SELECT messages.tenant_id, messages.id, chosen.troubled
        FROM messages JOIN chosen USING (tenant_id, id)
        WHERE status = 'waiting' AND next_attempt_at <= $1 AND (lease_until IS NULL OR lease_until < clock_timestamp())
        FOR UPDATE OF messages SKIP LOCKED
    )
    UPDATE messages
    SET fence = fence + 1, attempts = attempts + 1, courier = $8,
        lease_until = clock_timestamp() + $3 * interval '1 second'
    FROM claimed
    WHERE messages.tenant_id = claimed.tenant_id AND messages.id = claimed.id
    RETURNING messages.*, claimed.troubled
"""


async def claim(
    connection: Connection,
    *,
    courier: int,
    at: datetime,
    limit: int,
    lease: float,
    per_endpoint: int,
    sending: Mapping[Line, int],
    quick: Collection[Line] = (),
) -> list[Claim]:
    """Take messages that are due, none of whose line is full, and none with an earlier one of its key.

    Of a line that rests only those that failed before. Lines that are not `quick` get less room.
    """
    lines = list({*sending, *quick})
    rows = await connection.fetch(
        CLAIM,
        at,
        limit,
        lease,
        per_endpoint,
        [line.tenant_id for line in lines],
        [line.endpoint for line in lines],
        [sending.get(line, 0) for line in lines],
        courier,
        [line in quick for line in lines],
    )
    return [Claim(message=message_of(row), troubled=row["troubled"]) for row in rows]


def message_of(row: Record) -> Message:
    return Message(
        tenant_id=row["tenant_id"],
        id=row["id"],
        message_id=row["message_id"],
        kind=row["kind"],
        endpoint=row["endpoint"],
        subject=row["subject"],
        method=row["method"],
        url=row["url"],
        headers=row["request_headers"],
        body=row["request_body"],
        credential=row["credential"],
        profile=row["profile"],
        command=row["command"],
        cause=row["cause"],
        idempotency_key=row["idempotency_key"],
        attempts=row["attempts"],
        fence=row["fence"],
        created_at=row["created_at"],
    )


# The fence keeps the result of a lease that ran out from overwriting the one after it. The attempt is kept
# all the same.
FINISH = """
    WITH result AS (
        SELECT * FROM jsonb_to_record($1::jsonb) AS result (
            tenant_id bigint, id bigint, fence bigint, status text, reason text, next_attempt_at timestamptz,
            finished_at timestamptz, started_at timestamptz, duration_ms integer, answer_status integer,
            answer_headers jsonb, answer_body text, error text)
    ), attempt AS (
        INSERT INTO message_attempts (tenant_id, message, number, started_at, duration_ms, answer_status,
            answer_headers, answer_body, error)
        SELECT tenant_id, id, fence, started_at, duration_ms, answer_status, answer_headers,
            decode(answer_body, 'base64'), error
        FROM result
        ON CONFLICT DO NOTHING
    )
    UPDATE messages
    SET status = result.status, retrying = result.status = 'waiting', reason = result.reason,
        next_attempt_at = result.next_attempt_at, finished_at = result.finished_at, lease_until = NULL,
        answer_status = result.answer_status, answer_headers = result.answer_headers,
        answer_body = decode(result.answer_body, 'base64')
    FROM result
    WHERE messages.tenant_id = result.tenant_id AND messages.id = result.id AND messages.fence = result.fence
        AND messages.status = 'waiting'
    RETURNING messages.id
"""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One attempt: what was answered, or why nothing was."""

    message: Message
    started_at: datetime
    duration_ms: int
    answer: OutgoingAnswer | None
    error: str | None


async def finish(
    connection: Connection, sent: Sent, becomes: Delivered | Dead | datetime, *, reason: str | None, at: datetime
) -> bool:
    """Store an attempt and what becomes of its message; False when the lease had gone to another by then."""
    message, answer = sent.message, sent.answer
    result = {
        "tenant_id": message.tenant_id,
        "id": message.id,
        "fence": message.fence,
        "reason": reason,
        "started_at": sent.started_at.isoformat(),
        "duration_ms": sent.duration_ms,
        "answer_status": answer and answer.status,
        "answer_headers": answer and without_secrets(answer.headers),
        "answer_body": answer and base64.b64encode(answer.body[:KEPT_OF_AN_ANSWER]).decode(),
        "error": sent.error,
    } | state_of(becomes, at)
    return await connection.fetchval(FINISH, result) is not None


def state_of(becomes: Delivered | Dead | datetime, at: datetime) -> dict[str, str]:
    match becomes:
        case datetime():
            return {"status": "waiting", "next_attempt_at": becomes.isoformat()}
        case Delivered():
            return {"status": "delivered", "finished_at": at.isoformat()}
        case Dead():
            return {"status": "dead", "finished_at": at.isoformat()}


async def note_failure(connection: Connection, line: Line, error: str, at: datetime) -> None:
    """Count a failure of an endpoint; after some in a row it rests. Failures while it rests do not count."""
    await connection.execute(
        f"""
        INSERT INTO endpoints (tenant_id, endpoint, failures, last_error, last_failed_at) VALUES ($1, $2, 1, $3, $4)
        ON CONFLICT (tenant_id, endpoint) DO UPDATE
        SET failures = endpoints.failures + 1, last_error = $3, last_failed_at = $4,
            open_until = CASE WHEN endpoints.failures + 1 >= {BREAKS_AFTER} THEN $4 + interval '1 second' * least(
                {FIRST_REST} * 2 ^ least(endpoints.failures + 1 - {BREAKS_AFTER}, 10), {LONGEST_REST}) END
        WHERE endpoints.open_until IS NULL OR endpoints.open_until <= $4
        """,
        line.tenant_id,
        line.endpoint,
        error,
        at,
    )


async def note_recovery(connection: Connection, line: Line) -> None:
    """Forget the failures of an endpoint that answers again."""
    await connection.execute(
        "UPDATE endpoints SET failures = 0, open_until = NULL WHERE tenant_id = $1 AND endpoint = $2 AND failures > 0",
        line.tenant_id,
        line.endpoint,
    )


async def sign_on(connection: Connection, number: int | None) -> int:
    """Return a number for a courier that lives for as long as this very connection; the number it had, if it can."""
    if number is None or not await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", COURIERS, number):
        number = await connection.fetchval("SELECT nextval('courier_numbers')::integer")
        await connection.execute("SELECT pg_advisory_lock($1, $2)", COURIERS, number)
    await connection.execute("INSERT INTO couriers (number) VALUES ($1) ON CONFLICT DO NOTHING", number)
    assert number is not None
    return number


async def free_orphans(connection: Connection) -> int:
    """Free the leases of couriers that died, so that nothing waits for them to run out; return how many."""
    freed: int = await connection.fetchval(
        """
        WITH dead AS (
            DELETE FROM couriers
            WHERE number NOT IN (
                SELECT objid::bigint FROM pg_locks
                WHERE locktype = 'advisory' AND classid = $1::bigint::oid AND objsubid = 2
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            )
            RETURNING number
        ), freed AS (
            UPDATE messages SET lease_until = NULL
            WHERE status = 'waiting' AND lease_until IS NOT NULL AND courier IN (SELECT number FROM dead)
            RETURNING 1
        )
        SELECT count(*) FROM freed
        """,
        COURIERS,
    )
    return freed
