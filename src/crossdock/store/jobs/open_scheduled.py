"""Open fulfillment orders whose time has come."""

from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.commands import MarkAsOpen
from crossdock.domain.refusals import Refusal
from crossdock.domain.states import Status
from crossdock.runtime.jobs import Cancel, Done, Job, Outcome, Timer
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.store.database.orders import load_orders
from crossdock.store.jobs.context import JobContext

NAME = "open_scheduled"


@dataclass(frozen=True, kw_only=True)
class OpenScheduled:
    """A fulfillment order of an order, that was scheduled for now."""

    shop_id: int
    order_id: int
    fulfillment_order_id: int


def timer(shop_id: int, order_id: int, fulfillment_order_id: int, fulfill_at: datetime) -> Timer:
    """Return the timer of a fulfillment order; scheduled anew, it takes the place of the one before."""
    return Timer(
        tenant_id=shop_id,
        job=NAME,
        key=f"fulfillment_order:{fulfillment_order_id}",
        due_at=fulfill_at,
        args=OpenScheduled(shop_id=shop_id, order_id=order_id, fulfillment_order_id=fulfillment_order_id),
    )


async def run(job: OpenScheduled, context: JobContext) -> Outcome:
    """Open it, unless somebody did, or put it off: then another timer is armed."""
    async with acquire_ready(context.pool) as connection:
        at = await context.clock.now(connection)
        order = (await load_orders(connection, job.shop_id, [job.order_id])).get(job.order_id)
    scheduled = [each for each in order.fulfillment_orders if each.id == job.fulfillment_order_id] if order else []
    for each in scheduled:
        if each.status is not Status.SCHEDULED or each.fulfill_at is None or each.fulfill_at > at:
            return Cancel("it is not scheduled for now any more")
        try:
            await context.dispatch(job.shop_id, MarkAsOpen(fulfillment_order_id=each.id))
        except Refusal as refusal:
            return Cancel(str(refusal))
    return Done()


JOB = Job(name=NAME, args=OpenScheduled, run=run)
