"""Reading the ledger: what is pending, and the journey of one subject."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from crossdock.runtime.connection import Connection

# Of the messages of one key only the first that waits can be sent next; while its endpoint rests, only if it failed
# before.
HEADS = """
    SELECT CASE WHEN retrying THEN next_attempt_at ELSE greatest(next_attempt_at, endpoints.open_until) END AS due_at,
        coalesce(lease_until > clock_timestamp(), false) AS on_its_way
    FROM messages
    LEFT JOIN endpoints USING (tenant_id, endpoint)
    LEFT JOIN (
        SELECT tenant_id, fifo_key, min(id) AS id FROM messages
        WHERE status = 'waiting' AND fifo_key IS NOT NULL GROUP BY tenant_id, fifo_key
    ) AS first USING (tenant_id, fifo_key)
    WHERE status = 'waiting' AND (fifo_key IS NULL OR first.id = messages.id)
"""


async def pending(connection: Connection, at: datetime) -> int:
    """Count the messages that are due or on their way at a time of the business clock."""
    count: int = await connection.fetchval(
        f"SELECT count(*) FROM ({HEADS}) AS head WHERE on_its_way OR due_at <= $1", at
    )
    return count


async def next_due(connection: Connection) -> datetime | None:
    """Return the business time at which the next waiting message may be sent, possibly in the past."""
    due_at: datetime | None = await connection.fetchval(f"SELECT min(due_at) FROM ({HEADS}) AS head")
    return due_at


@dataclass(frozen=True, kw_only=True)
class Attempt:
    number: int
    started_at: datetime
    duration_ms: int
    answer_status: int | None
    answer_headers: Mapping[str, str] | None
    answer_body: bytes | None
    error: str | None


@dataclass(frozen=True, kw_only=True)
class LedgerMessage:
    """One message with its attempts. Bodies of answers are their first 4 kB. `topic`: of a webhook of ours."""

    id: int
    direction: str
    kind: str
    message_id: str
    endpoint: str
    subject: str | None
    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: str
    reason: str | None
    created_at: datetime
    finished_at: datetime | None
    next_attempt_at: datetime | None
    answer_status: int | None
    answer_headers: Mapping[str, str] | None
    answer_body: bytes | None
    attempts: tuple[Attempt, ...]
    topic: str | None = None


async def journey(
    connection: Connection, tenant_id: int, subject: str, *, after: int = 0, limit: int = 200
) -> list[LedgerMessage]:
    """Return the messages of a subject, oldest first, from above an id."""
    rows = await connection.fetch(
        "SELECT * FROM messages WHERE tenant_id = $1 AND subject = $2 AND id > $3 ORDER BY id LIMIT $4",
        tenant_id,
        subject,
        after,
        limit,
    )
    return await with_attempts(connection, tenant_id, rows)


async def messages(
    connection: Connection, tenant_id: int, *, status: str | None = None, before: int | None = None, limit: int = 50
) -> list[LedgerMessage]:
    """Return the newest messages of a tenant, newest first, from below an id."""
    rows = await connection.fetch(
        """
        SELECT * FROM messages
        WHERE tenant_id = $1 AND ($2::text IS NULL OR status = $2) AND ($3::bigint IS NULL OR id < $3)
        ORDER BY id DESC LIMIT $4
        """,
        tenant_id,
        status,
        before,
        limit,
    )
    return await with_attempts(connection, tenant_id, rows)


async def message(connection: Connection, tenant_id: int, id: int) -> LedgerMessage | None:
    """Return one message."""
    rows = await connection.fetch("SELECT * FROM messages WHERE tenant_id = $1 AND id = $2", tenant_id, id)
    return next(iter(await with_attempts(connection, tenant_id, rows)), None)


async def with_attempts(connection: Connection, tenant_id: int, rows: Sequence[Record]) -> list[LedgerMessage]:
    attempts: defaultdict[int, list[Attempt]] = defaultdict(list)
    for row in await connection.fetch(
        "SELECT * FROM message_attempts WHERE tenant_id = $1 AND message = ANY($2) ORDER BY message, number",
        tenant_id,
        [row["id"] for row in rows],
    ):
        attempts[row["message"]].append(attempt_of(row))
    return [message_of(row, tuple(attempts[row["id"]])) for row in rows]


def attempt_of(row: Record) -> Attempt:
    return Attempt(
        number=row["number"],
        started_at=row["started_at"],
        duration_ms=row["duration_ms"],
        answer_status=row["answer_status"],
        answer_headers=row["answer_headers"],
        answer_body=row["answer_body"],
        error=row["error"],
    )


def message_of(row: Record, attempts: tuple[Attempt, ...]) -> LedgerMessage:
    return LedgerMessage(
        id=row["id"],
        direction=row["direction"],
        kind=row["kind"],
        message_id=row["message_id"],
        endpoint=row["endpoint"],
        subject=row["subject"],
        method=row["method"],
        url=row["url"],
        request_headers=row["request_headers"],
        request_body=row["request_body"],
        status=row["status"],
        reason=row["reason"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
        next_attempt_at=row["next_attempt_at"],
        answer_status=row["answer_status"],
        answer_headers=row["answer_headers"],
        answer_body=row["answer_body"],
        attempts=attempts,
        topic=(row["command"] or {}).get("topic"),
    )
