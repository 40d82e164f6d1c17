"""Forget messages that nobody needs any more, with their attempts. One that still waits is never forgotten."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crossdock.runtime.exchange.second_thoughts import forget
from crossdock.runtime.jobs import Done, Job, Outcome, Timer
from crossdock.runtime.postgres.pool import transaction
from crossdock.service.jobs.context import JobContext

NAME = "forget_old_messages"
KEPT_FOR = timedelta(days=90)
EVERY_SECONDS = 24 * 3600
BATCH = 5_000


@dataclass(frozen=True, kw_only=True)
class ForgetOldMessages:
    """No arguments."""


def daily(due_at: datetime) -> Timer:
    """Return the timer of this job; it belongs to no store."""
    return Timer(
        tenant_id=0, job=NAME, key="daily", due_at=due_at, args=ForgetOldMessages(), every_seconds=EVERY_SECONDS
    )


async def run(job: ForgetOldMessages, context: JobContext) -> Outcome:  # noqa: ARG001 (the shape of a job)
    """Delete some at a time, so that no transaction is long."""
    forgotten = BATCH
    while forgotten == BATCH:
        async with transaction(context.caller.pool) as connection:
            at = await context.caller.clock.now(connection)
            forgotten = await forget(connection, at - KEPT_FOR, limit=BATCH)
    return Done()


JOB = Job(name=NAME, args=ForgetOldMessages, run=run)
