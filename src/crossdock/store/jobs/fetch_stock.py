"""Ask a service what lies on its shelf: of everything each hour, of one SKU when its product is set up or changed.

Source: Shopify, "Build for fulfillment services", step 9.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.subscriptions import Happened, Happening
from crossdock.domain.work import FetchStock
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import wake
from crossdock.runtime.jobs import Cancel, Done, Job, Outcome, Timer, enqueue_all
from crossdock.runtime.postgres.pool import acquire_ready, transaction
from crossdock.store.database.counts import take_in_counts
from crossdock.store.jobs.announcements import announce_happenings
from crossdock.store.jobs.asking import NotAnswered, ask_service, find_service
from crossdock.store.jobs.context import JobContext

NAME = "fetch_stock"
EVERY_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class FetchServiceStock:
    """Which service to ask; `sku` None asks for all."""

    shop_id: int
    service_id: int
    sku: str | None = None


def hourly(shop_id: int, service_id: int, due_at: datetime) -> Timer:
    """Return the timer of a service."""
    return Timer(
        tenant_id=shop_id,
        job=NAME,
        key=f"service:{service_id}",
        due_at=due_at,
        args=FetchServiceStock(shop_id=shop_id, service_id=service_id),
        every_seconds=EVERY_SECONDS,
    )


async def enqueue_fetches(connection: Connection, shop_id: int, variant_ids: Collection[int]) -> None:
    """Have the services that manage variants asked soon: one question for each SKU."""
    if not variant_ids:
        return
    rows = await connection.fetch(
        """
        SELECT DISTINCT f.id AS service_id, v.sku
        FROM variants v
        JOIN fulfillment_services f ON f.shop_id = v.shop_id AND f.handle = v.managed_by AND f.deleted_at IS NULL
        WHERE v.shop_id = $1 AND v.id = ANY ($2::bigint[]) AND v.sku <> '' AND f.inventory_management
        """,
        shop_id,
        list(variant_ids),
    )
    questions = [FetchServiceStock(shop_id=shop_id, **row) for row in rows]
    await enqueue_all(connection, NAME, [(each, f"{each.service_id}:{each.sku}") for each in questions])


async def run(job: FetchServiceStock, context: JobContext) -> Outcome:
    """Ask, and take in what differs. Without a good answer nothing changes: the next hour asks again."""
    async with acquire_ready(context.pool) as connection:
        service = await find_service(connection, job.shop_id, job.service_id)
        at = await context.clock.now(connection)
    if service is None or not service.inventory_management:
        return Cancel("no service that manages its inventory can be asked")
    question = FetchStock(shop=service.shop_domain, at=at, location_id=service.location_id, sku=job.sku)
    try:
        counts: dict[str, int] = await ask_service(context, job.shop_id, service, question)
    except NotAnswered as trouble:
        return Cancel(str(trouble))
    if job.sku is not None:
        counts = {sku: units for sku, units in counts.items() if sku == job.sku}
    async with transaction(context.pool) as connection:
        at = await context.clock.now(connection)
        actor = f"service:{service.handle}"
        changed = await take_in_counts(connection, job.shop_id, service.location_id, counts, actor=actor, at=at)
        happened = [Happened(kind=Happening.LEVEL_UPDATED, thing=level) for level in changed]
        told = await announce_happenings(connection, job.shop_id, happened, at)
    if told:
        async with acquire_ready(context.pool) as connection:
            await wake(connection)
    return Done()


JOB = Job(name=NAME, args=FetchServiceStock, run=run, apart=True)
