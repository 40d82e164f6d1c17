"""Pull the truth from a store: what it asks of us, and what became of what we have.

One pull of a store runs at a time, and the pulls that are asked for meanwhile become one. A store is pulled from when
it notifies, when it refused something, and by a timer, so that no notification has to arrive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from crossdock.domain.catalogue import InventoryItem
from crossdock.domain.queries import (
    AssignmentStatus,
    GetFulfillmentOrder,
    ListAssignedFulfillmentOrders,
    ListInventoryItems,
    Window,
)
from crossdock.domain.work import AssignedFulfillmentOrder
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import close_all_received
from crossdock.runtime.jobs import Cancel, Done, Job, Outcome, Timer, enqueue, set_timers
from crossdock.runtime.postgres.pool import acquire_ready, transaction
from crossdock.service.database.assignments import unlisted
from crossdock.service.database.items import items_to_read, keep_items
from crossdock.service.database.stores import (
    Pull,
    Store,
    ask_for_pull,
    begin_pull,
    disconnect,
    end_pull,
    is_pull_asked,
    store_by_id,
)
from crossdock.service.jobs.context import JobContext
from crossdock.service.stores.client import ask, ask_for_all
from crossdock.service.stores.errors import (
    StoreDisconnected,
    StoreError,
    StoreNotUnderstood,
    StoreRefused,
    StoreUnavailable,
)

log = structlog.get_logger(__name__)

NAME = "pull_assigned_work"
# The same, of a store whose last pull failed: it may be silent again.
AFTER_TROUBLE = "pull_after_trouble"
# The kind of the messages that a pull answers.
NOTIFICATION = "fulfillment_order_notification"
POLL_SECONDS = 300
AGAIN_SECONDS = 5.0
PAGE = 100
ITEMS_PER_CALL = 100
LOOKED_UP_SINGLY = 50

ASKED = (AssignmentStatus.CANCELLATION_REQUESTED, AssignmentStatus.FULFILLMENT_REQUESTED)
ALL = (*ASKED, AssignmentStatus.FULFILLMENT_ACCEPTED)


@dataclass(frozen=True, kw_only=True)
class PullAssignedWork:
    """Which store to pull from; `whole`: also what it has as accepted, to notice what changed there."""

    store_id: int
    whole: bool = False


async def enqueue_pull(connection: Connection, store_id: int) -> None:
    """Have a store pulled from soon, in the caller's transaction."""
    await enqueue(connection, NAME, PullAssignedWork(store_id=store_id), unique=str(store_id))


def pull_at(store_id: int, due_at: datetime) -> Timer:
    """Return the timer by which a store is pulled from once, at a time."""
    return Timer(tenant_id=store_id, job=NAME, key="hinted", due_at=due_at, args=PullAssignedWork(store_id=store_id))


def poll(store_id: int, due_at: datetime) -> Timer:
    """Return the timer by which a store is pulled from without being asked."""
    return Timer(
        tenant_id=store_id,
        job=NAME,
        key="poll",
        due_at=due_at,
        args=PullAssignedWork(store_id=store_id, whole=True),
        every_seconds=POLL_SECONDS,
    )


async def run(job: PullAssignedWork, context: JobContext) -> Outcome:
    """Pull from a store that answered the last time; another one has to wait where it holds up no stores that do."""
    async with acquire_ready(context.caller.pool) as connection:
        if await ask_for_pull(connection, job.store_id, whole=job.whole):
            await enqueue(connection, AFTER_TROUBLE, job, unique=str(job.store_id))
            return Done()
    return await pull(job, context)


async def run_after_trouble(job: PullAssignedWork, context: JobContext) -> Outcome:
    async with acquire_ready(context.caller.pool) as connection:
        await ask_for_pull(connection, job.store_id, whole=job.whole)
    return await pull(job, context)


async def pull(job: PullAssignedWork, context: JobContext) -> Outcome:
    """Pull for as long as pulls are asked for, unless somebody else does, who will see that this one was."""
    asked = True
    while asked:
        async with context.turns.take(job.store_id) as mine:
            if not mine:
                return Done()
            try:
                await pull_while_asked(context, job.store_id)
            except StoreError as error:
                return await give_up(context, job, error)
        # Whoever asked while we held the turn went away, and left it to us.
        async with acquire_ready(context.caller.pool) as connection:
            asked = await is_pull_asked(connection, job.store_id)
    return Done()


async def pull_while_asked(context: JobContext, store_id: int) -> None:
    while True:
        async with acquire_ready(context.caller.pool) as connection:
            began_at = await context.caller.clock.now(connection)
            pull = await begin_pull(connection, store_id)
            store = await store_by_id(connection, store_id)
        if pull is None or store is None:
            return
        await pull_once(context, store, pull)
        async with transaction(context.caller.pool) as connection:
            at = await context.caller.clock.now(connection)
            await end_pull(connection, store_id, at, None)
            await close_all_received(connection, store_id, NOTIFICATION, began_at, at)


async def give_up(context: JobContext, job: PullAssignedWork, error: StoreError) -> Outcome:
    """Note what went wrong.

    A store that may answer later is asked again soon, one that refused is by the timer, and one that does not know us
    any more is not.
    """
    async with transaction(context.caller.pool) as connection:
        at = await context.caller.clock.now(connection)
        await end_pull(connection, job.store_id, at, str(error))
        if isinstance(error, StoreDisconnected):
            await disconnect(connection, job.store_id, str(error), at)
        if isinstance(error, StoreUnavailable):
            due_at = at + timedelta(seconds=max(error.seconds or 0.0, AGAIN_SECONDS))
            await set_timers(
                connection, [Timer(tenant_id=job.store_id, job=NAME, key="again", due_at=due_at, args=job)]
            )
    return Cancel(str(error))


async def pull_once(context: JobContext, store: Store, pull: Pull) -> None:
    """Read, take in, learn the SKUs that are new to us, answer. Raises: StoreError."""
    orders: dict[int, AssignedFulfillmentOrder] = {}
    for status in ALL if pull.whole else ASKED:
        listing = ListAssignedFulfillmentOrders(
            assignment_status=status, order_reference=True, window=Window(limit=PAGE)
        )
        async for order in ask_for_all(context.caller, store, listing):
            orders[order.id] = order if order.complete else await read_alone(context, store, order.id)
    missing = await look_up(context, store, orders, whole=pull.whole)
    if not await context.take_in(store.id, pull.number, list(orders.values()), missing):
        return
    await learn_skus(context, store)
    while await context.answer_received(store.id):
        pass


async def look_up(
    context: JobContext, store: Store, orders: dict[int, AssignedFulfillmentOrder], *, whole: bool
) -> Sequence[int]:
    """Add what we have and the store does not list to what was read; return those that it says do not exist."""
    async with acquire_ready(context.caller.pool) as connection:
        ids = await unlisted(connection, store.id, list(orders), whole=whole, limit=LOOKED_UP_SINGLY)
    missing: list[int] = []
    for id in ids:
        try:
            orders[id] = await read_alone(context, store, id)
        except StoreRefused as refusal:
            if not refusal.missing:
                raise
            missing.append(id)
        except StoreNotUnderstood as error:
            # It waits until we know its words; the rest goes on.
            log.warning("fulfillment_order_not_understood", store=store.id, fulfillment_order=id, reason=str(error))
    return missing


async def read_alone(context: JobContext, store: Store, id: int) -> AssignedFulfillmentOrder:
    """Read one fulfillment order, with all its lines. Raises: StoreError."""
    query = GetFulfillmentOrder(fulfillment_order_id=id, order_reference=True)
    order: AssignedFulfillmentOrder = await ask(context.caller, store, query, subject=f"assignment:{store.id}:{id}")
    return order


async def learn_skus(context: JobContext, store: Store) -> None:
    """Ask for the SKUs of inventory items that we do not know. An item that the store does not know has none."""
    async with acquire_ready(context.caller.pool) as connection:
        items = await items_to_read(connection, store.id)
    for start in range(0, len(items), ITEMS_PER_CALL):
        ids = tuple(items[start : start + ITEMS_PER_CALL])
        read: tuple[InventoryItem, ...] = await ask(context.caller, store, ListInventoryItems(ids=ids))
        async with transaction(context.caller.pool) as connection:
            skus = {item.id: item.sku for item in read}
            at = await context.caller.clock.now(connection)
            await keep_items(connection, store.id, {id: skus.get(id) or None for id in ids}, at)


JOB = Job(name=NAME, args=PullAssignedWork, run=run, attempts=20)
JOB_AFTER_TROUBLE = Job(name=AFTER_TROUBLE, args=PullAssignedWork, run=run_after_trouble, attempts=20, apart=True)
