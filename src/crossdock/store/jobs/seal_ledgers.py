"""Once an hour the audit log and the stock ledger of each shop that wrote something are sealed."""

from dataclasses import dataclass

from crossdock.runtime.jobs import Done, Job, Outcome
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.store.database.chains import seal, shops_to_seal
from crossdock.store.jobs.context import JobContext

EVERY_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class SealLedgers:
    """Takes nothing: it is about all shops."""


async def run(_job: SealLedgers, context: JobContext) -> Outcome:
    """Seal shop by shop, each in a transaction of its own: while one waits for its writers, no other shop does."""
    async with acquire_ready(context.pool) as connection:
        at = await context.clock.now(connection)
        shops = await shops_to_seal(connection)
    for shop_id in shops:
        await seal(context.pool, shop_id, at)
    return Done()


JOB = Job(name="seal_ledgers", args=SealLedgers, run=run)
