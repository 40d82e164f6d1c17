"""Whether a side has come to rest."""

from crossdock.runtime import jobs
from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Pool
from crossdock.runtime.exchange import journey


async def pending(pool: Pool, clock: Clock) -> int:
    """Count what is due or on its way: messages, jobs, timers."""
    async with pool.acquire() as connection:
        at = await clock.now(connection)
        return await journey.pending(connection, at) + await jobs.pending(connection, at)
