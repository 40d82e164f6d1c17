"""Give up what waits for a subscription that is disabled or gone: some at once, and the rest by a job.

After a long silence there may be a million, and one transaction would hold up who writes messages meanwhile.
"""

from dataclasses import dataclass
from datetime import datetime

from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.second_thoughts import MOST_AT_ONCE, cancel_waiting
from crossdock.runtime.jobs import Done, Job, Outcome, enqueue
from crossdock.runtime.postgres.pool import transaction
from crossdock.store.jobs.context import JobContext

NAME = "give_up_waiting"


@dataclass(frozen=True, kw_only=True)
class GiveUpWaiting:
    """Which subscription, where it was told, why nothing more goes there, and since when."""

    shop_id: int
    subscription_id: int
    endpoint: str
    reason: str
    at: datetime


async def give_up_waiting(connection: Connection, job: GiveUpWaiting) -> None:
    """Give up the oldest messages in the caller's transaction, and the others after it."""
    if await give_up_some(connection, job, at=job.at) == MOST_AT_ONCE:
        await enqueue(connection, NAME, job)


async def give_up_some(
    connection: Connection, job: GiveUpWaiting, *, at: datetime, until: datetime | None = None
) -> int:
    return await cancel_waiting(
        connection,
        job.shop_id,
        job.reason,
        at,
        endpoint=job.endpoint,
        command={"subscription_id": job.subscription_id},
        until=until,
    )


async def run(job: GiveUpWaiting, context: JobContext) -> Outcome:
    """Give up the rest. What was posted since is for a subscription that was enabled again."""
    count = MOST_AT_ONCE
    while count == MOST_AT_ONCE:
        async with transaction(context.pool) as connection:
            at = await context.clock.now(connection)
            count = await give_up_some(connection, job, at=at, until=job.at)
    return Done()


JOB = Job(name=NAME, args=GiveUpWaiting, run=run)
