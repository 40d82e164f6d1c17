"""Forget what nobody needs any more: messages with their attempts, tokens and codes that ended.

By the business clock. A message that still waits is never forgotten, however old.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crossdock.runtime.exchange.second_thoughts import forget
from crossdock.runtime.jobs import NOBODY, Done, Job, Outcome, Timer
from crossdock.runtime.postgres.pool import transaction
from crossdock.store.jobs.context import JobContext

NAME = "forget_old"
MESSAGES_KEPT = timedelta(days=90)
TOKENS_KEPT = timedelta(days=30)
EVERY_SECONDS = 24 * 3600
BATCH = 5_000


@dataclass(frozen=True, kw_only=True)
class ForgetOld:
    """Takes nothing: it is about all shops."""


def daily(due_at: datetime) -> Timer:
    """Return the timer of this job; it belongs to no shop."""
    return Timer(tenant_id=NOBODY, job=NAME, key="daily", due_at=due_at, args=ForgetOld(), every_seconds=EVERY_SECONDS)


async def run(_job: ForgetOld, context: JobContext) -> Outcome:
    """Delete some at a time, so that no transaction is long."""
    async with transaction(context.pool) as connection:
        at = await context.clock.now(connection)
        # First, so that nobody counts the webhooks of an action while some are forgotten.
        await connection.execute("DELETE FROM fan_outs WHERE at < $1", at - MESSAGES_KEPT)
    forgotten = BATCH
    while forgotten == BATCH:
        async with transaction(context.pool) as connection:
            at = await context.clock.now(connection)
            forgotten = await forget(connection, at - MESSAGES_KEPT, limit=BATCH)
    async with transaction(context.pool) as connection:
        at = await context.clock.now(connection)
        await connection.execute(
            "DELETE FROM tokens WHERE least(greatest(expires_at, refresh_until), revoked_at) < $1", at - TOKENS_KEPT
        )
        await connection.execute("DELETE FROM authorization_codes WHERE expires_at < $1", at)
        # These go by the database's real time, and have leaked empty long before.
        await connection.execute("DELETE FROM token_requests WHERE at < clock_timestamp() - interval '1 day'")
        await connection.execute(
            "UPDATE apps SET old_secret = NULL, old_until = NULL WHERE old_until < $1", at - TOKENS_KEPT
        )
    return Done()


JOB = Job(name=NAME, args=ForgetOld, run=run)
