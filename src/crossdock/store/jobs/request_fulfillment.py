"""Ask services by ourselves, when the shop's delay is over."""

from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.automatic import awaiting_request
from crossdock.domain.commands import SubmitFulfillmentRequest
from crossdock.domain.refusals import Refusal
from crossdock.runtime.jobs import Cancel, Done, Job, Outcome, Timer
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.store.database.orders import load_orders
from crossdock.store.jobs.context import JobContext

NAME = "request_fulfillment"


@dataclass(frozen=True, kw_only=True)
class RequestFulfillment:
    """The order whose fulfillment orders are due."""

    shop_id: int
    order_id: int


def timer(shop_id: int, order_id: int, due_at: datetime) -> Timer:
    """Return the timer of an order."""
    return Timer(
        tenant_id=shop_id,
        job=NAME,
        key=f"order:{order_id}",
        due_at=due_at,
        args=RequestFulfillment(shop_id=shop_id, order_id=order_id),
    )


async def run(job: RequestFulfillment, context: JobContext) -> Outcome:
    """Request what still waits for it. What was held or requested meanwhile is left alone."""
    async with acquire_ready(context.pool) as connection:
        delay = await connection.fetchval("SELECT request_after FROM shops WHERE id = $1", job.shop_id)
        order = (await load_orders(connection, job.shop_id, [job.order_id])).get(job.order_id)
    if delay is None:
        return Cancel("the shop requests by hand")
    if order is None:
        return Cancel("the order is gone")
    for fulfillment_order in awaiting_request(order):
        try:
            await context.dispatch(job.shop_id, SubmitFulfillmentRequest(fulfillment_order_id=fulfillment_order.id))
        except Refusal as refusal:
            return Cancel(str(refusal))
    return Done()


JOB = Job(name=NAME, args=RequestFulfillment, run=run)
