"""What becomes due later because an order is as it is now."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from crossdock.domain.automatic import awaiting_request
from crossdock.domain.orders import FulfillmentOrder, Order
from crossdock.domain.states import Status
from crossdock.runtime.jobs import Timer
from crossdock.store.jobs import open_scheduled, request_fulfillment


def due_later(before: Order | None, after: Order, *, request_after: int | None, at: datetime) -> Iterator[Timer]:
    """Yield the timers that a change of an order arms. A job looks again when it runs, so none has to be disarmed.

    `request_after`: the shop's delay in seconds, None where nothing is requested by itself.
    """
    if request_after is not None:
        waiting = {each.id for each in awaiting_request(before)} if before else set()
        if {each.id for each in awaiting_request(after)} - waiting:
            due_at = max(after.created_at + timedelta(seconds=request_after), at)
            yield request_fulfillment.timer(after.shop_id, after.id, due_at)
    for each in after.fulfillment_orders:
        if (
            each.status is Status.SCHEDULED
            and each.fulfill_at is not None
            and each.fulfill_at != scheduled(before, each)
        ):
            yield open_scheduled.timer(after.shop_id, after.id, each.id, each.fulfill_at)


def scheduled(order: Order | None, fulfillment_order: FulfillmentOrder) -> datetime | None:
    """Return for when a fulfillment order was scheduled before; None when it was not."""
    for each in order.fulfillment_orders if order else ():
        if each.id == fulfillment_order.id and each.status is Status.SCHEDULED:
            return each.fulfill_at
    return None
