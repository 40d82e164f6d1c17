"""Put orders away that nothing has happened to for long, in shops with apps of a platform that does so."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crossdock.dialects.registry import DIALECTS
from crossdock.domain.commands import CloseOrder
from crossdock.domain.refusals import Refusal
from crossdock.runtime.jobs import NOBODY, Done, Job, Outcome, Timer
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.store.jobs.context import JobContext

NAME = "archive_idle_orders"
EVERY_SECONDS = 24 * 3600
BATCH = 500

FIND = """
    SELECT o.shop_id, o.id FROM orders o
    WHERE (o.shop_id, o.id) > ($1, $2) AND o.updated_at < $3 AND o.closed_at IS NULL AND o.deleted_at IS NULL
        AND o.shop_id IN (SELECT shop_id FROM apps WHERE platform = $5 AND uninstalled_at IS NULL)
    ORDER BY o.shop_id, o.id LIMIT $4
"""


@dataclass(frozen=True, kw_only=True)
class ArchiveIdleOrders:
    """Takes nothing: it is about all shops."""


def daily(due_at: datetime) -> Timer:
    """Return the timer of this job; it belongs to no shop."""
    return Timer(
        tenant_id=NOBODY,
        job=NAME,
        key="daily",
        due_at=due_at,
        args=ArchiveIdleOrders(),
        every_seconds=EVERY_SECONDS,
    )


async def run(_job: ArchiveIdleOrders, context: JobContext) -> Outcome:
    for dialect in DIALECTS.values():
        if dialect.archives_after is not None:
            await archive(dialect.name, dialect.archives_after, context)
    return Done()


async def archive(platform: str, idle: timedelta, context: JobContext) -> None:
    """Close orders one by one, each with an event of its own; one that is gone meanwhile is passed over."""
    shop_id, order_id = 0, 0
    while True:
        async with acquire_ready(context.pool) as connection:
            at = await context.clock.now(connection)
            rows = await connection.fetch(FIND, shop_id, order_id, at - idle, BATCH, platform)
        for row in rows:
            shop_id, order_id = row["shop_id"], row["id"]
            try:
                await context.dispatch(shop_id, CloseOrder(order_id=order_id))
            except Refusal:
                continue
        if len(rows) < BATCH:
            return


JOB = Job(name=NAME, args=ArchiveIdleOrders, run=run)
