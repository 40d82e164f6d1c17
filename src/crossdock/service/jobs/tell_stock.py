"""Put right what a store believes lies on our shelf, where its transport has words for that.

What it believes is read first, and set only if it is still so when we say it: orders and parcels change it meanwhile.
So the job may be run again at any time. A store of a transport without these words asks us each hour all the same, or
takes any number as it is told: there it is read again until nothing differs, and at intervals.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.stock_commands import ActivateLevel, Count, QuantityName, SetQuantities
from crossdock.domain.stock_records import ChangeStockRecord, ListStockRecords, StockRecord
from crossdock.domain.work import ReadOnHand
from crossdock.runtime.connection import Connection
from crossdock.runtime.jobs import Cancel, Done, Job, Outcome, Timer, enqueue
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.service.database.budgets import Urgency
from crossdock.service.database.stores import Store, store_by_id
from crossdock.service.database.told_stock import on_hand_by_item, on_hand_by_sku
from crossdock.service.jobs.context import JobContext
from crossdock.service.stores.client import Caller, ask, parts, question_of
from crossdock.service.stores.errors import StoreDisconnected, StoreRefused
from crossdock.service.stores.wire import call_of, can_ask, key_of

NAME = "tell_stock"
ITEMS_PER_CALL = 50
# What is read may be stale when it is set; then it is read again, so often.
LOOKS = 3
EVERY_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class TellStock:
    """Which store, and the number of the count that it is told of."""

    store_id: int
    count: int = 0


def tell_at_intervals(store_id: int, due_at: datetime) -> Timer:
    """Return the timer by which a store that does not ask is told again and again."""
    return Timer(
        tenant_id=store_id,
        job=NAME,
        key="stock",
        due_at=due_at,
        args=TellStock(store_id=store_id),
        every_seconds=EVERY_SECONDS,
    )


async def enqueue_tell_stock(connection: Connection, store_id: int, count: int) -> None:
    """Have a store told of a count, in the caller's transaction."""
    await enqueue(connection, NAME, TellStock(store_id=store_id, count=count), unique=str(store_id))


async def run(job: TellStock, context: JobContext) -> Outcome:
    """Tell a store what differs. Raises: StoreError."""
    async with acquire_ready(context.caller.pool) as connection:
        store = await store_by_id(connection, job.store_id)
    if store is None or store.location_id is None or store.disconnected_at is not None:
        return Cancel("the store is not connected")
    if can_ask(store, ChangeStockRecord):
        await tell_records(context.caller, store, store.location_id)
        return Done()
    if not can_ask(store, SetQuantities):
        return Cancel("the store asks for stock by itself")
    async with acquire_ready(context.caller.pool) as connection:
        ours = await on_hand_by_item(connection, job.store_id)
    items = list(ours)
    for start in range(0, len(items), ITEMS_PER_CALL):
        part = {item: ours[item] for item in items[start : start + ITEMS_PER_CALL]}
        await tell(context.caller, store, store.location_id, part, cause=f"count:{job.count}")
    return Done()


async def tell_records(caller: Caller, store: Store, location_id: int) -> None:
    """Make a store's records of our location what lies on the shelf, of the SKUs that we keep. Raises: StoreError.

    The wire sets a number whatever it was, so a parcel that is booked between reading and setting is counted twice:
    what is set is looked at again.
    """
    for _ in range(LOOKS):
        if not await tell_what_differs(caller, store, location_id):
            return


async def tell_what_differs(caller: Caller, store: Store, location_id: int) -> int:
    """Set the records that differ; return how many. Each page is laid beside the shelf as it is by then."""
    told = 0
    query = ListStockRecords(location_ids=(location_id,))
    question = question_of(store, query, None, Urgency.STOCK)
    records: tuple[StockRecord, ...]
    async for records in parts(caller, question, call_of(store, query)):
        async with acquire_ready(caller.pool) as connection:
            ours = await on_hand_by_sku(connection, store.id)
        for record in records:
            if record.tracked and record.sku in ours and record.on_hand != ours[record.sku]:
                command = ChangeStockRecord(record_id=record.id, on_hand=ours[record.sku])
                await ask(caller, store, command, urgency=Urgency.STOCK)
                told += 1
    return told


async def tell(caller: Caller, store: Store, location_id: int, ours: Mapping[int, int], *, cause: str) -> None:
    """Tell a store of some items. Raises: StoreError."""
    for look in range(1, LOOKS + 1):
        query = ReadOnHand(location_id=location_id, inventory_item_ids=tuple(ours))
        theirs: Mapping[int, int | None] = await ask(caller, store, query, urgency=Urgency.STOCK)
        unstocked = {item: quantity for item, quantity in ours.items() if theirs.get(item, 0) is None}
        await activate(caller, store, location_id, unstocked, cause=cause)
        counts = tuple(
            Count(inventory_item_id=item, location_id=location_id, quantity=quantity, change_from=believed)
            for item, quantity in ours.items()
            if (believed := theirs.get(item)) is not None and believed != quantity
        )
        if not counts:
            return
        command = SetQuantities(name=QuantityName.ON_HAND, counts=counts)
        try:
            await ask(caller, store, command, urgency=Urgency.STOCK, key=key_of(store, f"{cause}:{digest(counts)}"))
        except StoreRefused:
            if look == LOOKS:
                raise
        else:
            return


async def activate(caller: Caller, store: Store, location_id: int, ours: Mapping[int, int], *, cause: str) -> None:
    """Have items stocked at our location that are not, with what lies on the shelf. Raises: StoreError."""
    for item, quantity in ours.items():
        command = ActivateLevel(inventory_item_id=item, location_id=location_id, on_hand=quantity)
        key = key_of(store, f"{cause}:activate:{item}:{quantity}")
        await ask(caller, store, command, urgency=Urgency.STOCK, key=key)


def digest(counts: Sequence[Count]) -> str:
    """Tell this change from others of the same cause."""
    return hashlib.sha256(repr(counts).encode()).hexdigest()


JOB = Job(name=NAME, args=TellStock, run=run, final=(StoreRefused, StoreDisconnected), apart=True)
