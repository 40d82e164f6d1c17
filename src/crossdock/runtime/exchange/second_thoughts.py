"""What is done with messages after the fact: sending them again, giving them up, forgetting them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crossdock.runtime.connection import Connection

# Its endpoint is tried again at once, whatever it did before. The fence tells a message that lived twice.
REPLAY = """
    WITH again AS (
        UPDATE messages
        SET status = 'waiting', attempts = 0, retrying = false, fence = greatest(fence, 1), next_attempt_at = $2,
            finished_at = NULL, reason = NULL, lease_until = NULL
        WHERE tenant_id = $1 AND direction = 'out' AND profile IS NOT NULL AND {which}
        RETURNING id, endpoint
    ), woken AS (
        UPDATE endpoints SET open_until = NULL
        WHERE tenant_id = $1 AND endpoint IN (SELECT endpoint FROM again) AND open_until IS NOT NULL
    )
    SELECT {what} FROM again
"""
# No transaction takes up more: it would hold up who writes to the ledger, and all of it would be due in one moment.
MOST_AT_ONCE = 5_000


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """How many messages wait again. `last`: the id of the last of them, where there may be more behind it."""

    count: int
    last: int | None


async def replay(connection: Connection, tenant_id: int, id: int, at: datetime) -> bool:
    """Make a finished outgoing message wait again, with its message id; False when there is none such."""
    which = REPLAY.format(what="count(*)", which="status <> 'waiting' AND id = $3")
    return bool(await connection.fetchval(which, tenant_id, at, id))


async def replay_dead(
    connection: Connection,
    tenant_id: int,
    reason: str,
    at: datetime,
    *,
    kinds: list[str],
    after: int = 0,
    limit: int = MOST_AT_ONCE,
) -> Replayed:
    """Make the messages of some kinds that died for a reason wait again, in their order: the oldest first.

    `after`: only those behind this id, to go on where `limit` has ended it.
    """
    which = """
        id = ANY (ARRAY(
            SELECT id FROM messages
            WHERE tenant_id = $1 AND direction = 'out' AND profile IS NOT NULL
                AND status = 'dead' AND reason = $3 AND kind = ANY ($4::text[]) AND id > $5
            ORDER BY id LIMIT $6 FOR NO KEY UPDATE
        ))
    """
    return await _some_again(connection, which, limit, tenant_id, at, reason, kinds, after, limit)


async def replay_range(
    connection: Connection,
    tenant_id: int,
    at: datetime,
    *,
    since: datetime,
    until: datetime,
    after: int = 0,
    kinds: list[str] | None = None,
    endpoint: str | None = None,
    given_up: str | None = None,
    delivered: bool = False,
    limit: int = MOST_AT_ONCE,
) -> Replayed:
    """Make the messages that were posted in a time (its end excluded) wait again, in their order: the oldest first.

    Those that died, and those that were cancelled for a reason that begins with `given_up`: whatever else was cancelled
    was called back on purpose. With `delivered` also those that arrived. `kinds` None: of every kind. `after`: only
    those behind this id, to go on where `limit` has ended it.
    """
    which = f"""
        id = ANY (ARRAY(
            SELECT id FROM messages
            WHERE tenant_id = $1 AND direction = 'out' AND profile IS NOT NULL
                AND status IN ('dead', 'cancelled'{", 'delivered'" if delivered else ""})
                AND (status <> 'cancelled' OR starts_with(reason, $7))
                AND created_at >= $3 AND created_at < $4 AND id > $8
                AND ($5::text[] IS NULL OR kind = ANY ($5)) AND ($6::text IS NULL OR endpoint = $6)
            ORDER BY id LIMIT $9 FOR NO KEY UPDATE
        ))
    """
    values = (tenant_id, at, since, until, kinds, endpoint, given_up, after, limit)
    return await _some_again(connection, which, limit, *values)


async def _some_again(connection: Connection, which: str, limit: int, *values: object) -> Replayed:
    row = await connection.fetchrow(REPLAY.format(what="count(*), max(id) AS last", which=which), *values)
    assert row is not None  # it counts
    return Replayed(count=row["count"], last=row["last"] if row["count"] == limit else None)


async def cancel(connection: Connection, tenant_id: int, id: int, reason: str, at: datetime) -> bool:
    """Give up a waiting message; False when it is not waiting. A send under way may still arrive."""
    return await give_up(connection, "id = $4", tenant_id, reason, at, id) > 0


async def cancel_waiting(
    connection: Connection,
    tenant_id: int,
    reason: str,
    at: datetime,
    *,
    endpoint: str,
    command: Mapping[str, object],
    until: datetime | None = None,
    limit: int = MOST_AT_ONCE,
) -> int:
    """Give up what waits for an endpoint and whose command has these values, the oldest first; return how many.

    As many as `limit`: there may be more. `until`: only what was posted by then.
    """
    which = """
        id = ANY (ARRAY(
            SELECT id FROM messages
            WHERE tenant_id = $1 AND status = 'waiting' AND endpoint = $4 AND command @> $5::jsonb
                AND ($6::timestamptz IS NULL OR created_at <= $6)
            ORDER BY id LIMIT $7 FOR NO KEY UPDATE
        ))
    """
    return await give_up(connection, which, tenant_id, reason, at, endpoint, command, until, limit)


async def give_up(connection: Connection, which: str, tenant_id: int, reason: str, at: datetime, *more: object) -> int:
    count: int = await connection.fetchval(
        f"""
        WITH given_up AS (
            UPDATE messages
            SET status = 'cancelled', reason = $2, finished_at = $3, next_attempt_at = NULL, lease_until = NULL
            WHERE tenant_id = $1 AND status = 'waiting' AND {which}
            RETURNING 1
        )
        SELECT count(*) FROM given_up
        """,
        tenant_id,
        reason,
        at,
        *more,
    )
    return count


async def forget(connection: Connection, before: datetime, *, limit: int) -> int:
    """Delete messages that came up and ended before a time, with their attempts; return how many, at most `limit`."""
    tag: str = await connection.execute(
        """
        DELETE FROM messages WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM messages WHERE created_at < $1 AND finished_at < $1 LIMIT $2
        ))
        """,
        before,
        limit,
    )
    return int(tag.rpartition(" ")[2])
