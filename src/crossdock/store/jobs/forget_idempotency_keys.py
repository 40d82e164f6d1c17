"""Idempotency keys are kept for three days of the business clock; a client that repeats a call does so sooner."""

from dataclasses import dataclass
from datetime import timedelta

from crossdock.runtime.jobs import Done, Job, Outcome
from crossdock.runtime.postgres.pool import transaction
from crossdock.store.jobs.context import JobContext

KEPT = timedelta(days=3)
EVERY_SECONDS = 3600
BATCH = 10_000

FORGET = """
    DELETE FROM idempotency_keys WHERE ctid IN (
        SELECT ctid FROM idempotency_keys WHERE used_at < $1 ORDER BY used_at LIMIT $2
    )
"""


@dataclass(frozen=True, kw_only=True)
class ForgetIdempotencyKeys:
    """Takes nothing: it is about the keys of all shops."""


async def run(_job: ForgetIdempotencyKeys, context: JobContext) -> Outcome:
    """Delete the keys that are too old, some at a time so that no transaction is long."""
    deleted = BATCH
    while deleted == BATCH:
        async with transaction(context.pool) as connection:
            oldest = await context.clock.now(connection) - KEPT
            tag: str = await connection.execute(FORGET, oldest, BATCH)
        deleted = int(tag.rpartition(" ")[2])
    return Done()


JOB = Job(name="forget_idempotency_keys", args=ForgetIdempotencyKeys, run=run)
