"""Forget idempotency keys that nobody repeats any more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crossdock.runtime.jobs import Done, Job, Outcome, Timer
from crossdock.runtime.postgres.pool import transaction
from crossdock.service.jobs.context import JobContext

NAME = "forget_idempotency_keys"
KEPT_FOR = timedelta(days=3)
EVERY_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class ForgetIdempotencyKeys:
    """No arguments."""


def hourly(due_at: datetime) -> Timer:
    """Return the timer of this job; it belongs to no store."""
    return Timer(
        tenant_id=0, job=NAME, key="hourly", due_at=due_at, args=ForgetIdempotencyKeys(), every_seconds=EVERY_SECONDS
    )


async def run(job: ForgetIdempotencyKeys, context: JobContext) -> Outcome:  # noqa: ARG001 (the shape of a job)
    async with transaction(context.caller.pool) as connection:
        at = await context.caller.clock.now(connection)
        await connection.execute("DELETE FROM idempotency_keys WHERE used_at < $1", at - KEPT_FOR)
    return Done()


JOB = Job(name=NAME, args=ForgetIdempotencyKeys, run=run)
