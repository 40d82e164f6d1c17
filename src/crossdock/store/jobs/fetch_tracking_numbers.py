"""Ask a service each hour for the tracking numbers of parcels that have none yet.

Source: Shopify, "Build for fulfillment services", step 8.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from asyncpg import Record

from crossdock.domain.commands import UpdateTracking
from crossdock.domain.orders import Tracking
from crossdock.domain.refusals import Refusal
from crossdock.domain.work import FetchTrackingNumbers
from crossdock.runtime.jobs import Cancel, Done, Job, Outcome, Timer
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.store.jobs.asking import NotAnswered, ask_service, find_service
from crossdock.store.jobs.context import JobContext

NAME = "fetch_tracking_numbers"
EVERY_SECONDS = 3600
# As many names as fit into an address that every server takes, and as many such questions an hour.
MOST_NAMES = 100
MOST_QUESTIONS = 10

# The newest first: what has had no number for long is the least likely to get one.
WITHOUT_NUMBER = """
    SELECT f.id, o.name || '.' || f.number AS name, f.tracking
    FROM fulfillments f JOIN orders o ON o.shop_id = f.shop_id AND o.id = f.order_id
    WHERE f.shop_id = $1 AND f.location_id = $2 AND f.status = 'success'
        AND NOT jsonb_path_exists(f.tracking, '$[*].number ? (@ != null && @ != "")')
    ORDER BY f.id DESC LIMIT $3
"""


@dataclass(frozen=True, kw_only=True)
class FetchServiceTracking:
    """Which service to ask."""

    shop_id: int
    service_id: int


def hourly(shop_id: int, service_id: int, due_at: datetime) -> Timer:
    """Return the timer of a service."""
    return Timer(
        tenant_id=shop_id,
        job=NAME,
        key=f"service:{service_id}",
        due_at=due_at,
        args=FetchServiceTracking(shop_id=shop_id, service_id=service_id),
        every_seconds=EVERY_SECONDS,
    )


async def run(job: FetchServiceTracking, context: JobContext) -> Outcome:
    """Ask for the newest that have none, and add what is known. Without an answer the next hour asks again."""
    async with acquire_ready(context.pool) as connection:
        service = await find_service(connection, job.shop_id, job.service_id)
        at = await context.clock.now(connection)
        if service is None or not service.tracking_support:
            return Cancel("no service that has tracking numbers can be asked")
        most = MOST_NAMES * MOST_QUESTIONS
        rows = await connection.fetch(WITHOUT_NUMBER, job.shop_id, service.location_id, most)
    for start in range(0, len(rows), MOST_NAMES):
        waiting = {row["name"]: row for row in rows[start : start + MOST_NAMES]}
        question = FetchTrackingNumbers(shop=service.shop_domain, at=at, fulfillment_names=tuple(waiting))
        try:
            numbers: dict[str, str] = await ask_service(context, job.shop_id, service, question)
        except NotAnswered as trouble:
            return Cancel(str(trouble))
        known = [(row, numbers[name]) for name, row in waiting.items() if name in numbers]
        await asyncio.gather(*(add_number(context, job.shop_id, row, number) for row, number in known))
    return Done()


async def add_number(context: JobContext, shop_id: int, row: Record, number: str) -> None:
    """Give a fulfillment its number; company and address of its tracking stay as they are."""
    known = Tracking(**row["tracking"][0]) if row["tracking"] else Tracking()
    command = UpdateTracking(fulfillment_id=row["id"], tracking=(replace(known, number=number),))
    with suppress(Refusal):  # cancelled meanwhile
        await context.dispatch(shop_id, command)


JOB = Job(name=NAME, args=FetchServiceTracking, run=run, apart=True)
