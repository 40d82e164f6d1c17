"""Ask a service each hour for the tracking numbers of parcels that have none yet.

Source: Shopify, "Build for fulfillment services", step 8.
"""

from dataclasses import dataclass
from datetime import datetime

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
# As many names as fit into an address that every server takes.
MOST_NAMES = 100

WITHOUT_TRACKING = """
    SELECT f.id, o.name || '.' || f.number AS name
    FROM fulfillments f JOIN orders o ON o.shop_id = f.shop_id AND o.id = f.order_id
    WHERE f.shop_id = $1 AND f.location_id = $2 AND f.status = 'success' AND f.tracking = '[]'
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
    """Ask for the newest that have none, and add what is known."""
    async with acquire_ready(context.pool) as connection:
        service = await find_service(connection, job.shop_id, job.service_id)
        at = await context.clock.now(connection)
        if service is None or not service.tracking_support:
            return Cancel("no service that has tracking numbers can be asked")
        rows = await connection.fetch(WITHOUT_TRACKING, job.shop_id, service.location_id, MOST_NAMES)
    if not rows:
        return Done()
    names = {row["name"]: row["id"] for row in rows}
    question = FetchTrackingNumbers(shop=service.shop_domain, at=at, fulfillment_names=tuple(names))
    try:
        numbers: dict[str, str] = await ask_service(context, job.shop_id, service, question)
    except NotAnswered as trouble:
        return Cancel(str(trouble))
    for name in names.keys() & numbers.keys():
        command = UpdateTracking(fulfillment_id=names[name], tracking=(Tracking(number=numbers[name]),))
        try:
            await context.dispatch(job.shop_id, command)
        except Refusal:  # cancelled meanwhile
            continue
    return Done()


JOB = Job(name=NAME, args=FetchServiceTracking, run=run)
