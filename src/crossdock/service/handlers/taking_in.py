"""Taking in what a pull read, and deciding on it: each one transaction's work."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from crossdock.domain.work import AssignedFulfillmentOrder
from crossdock.runtime.connection import Connection
from crossdock.service.database.assignments import Assignment, decidable, lock
from crossdock.service.database.changes import Draft, together, write
from crossdock.service.database.items import items_to_read, skus_of
from crossdock.service.database.shelf import lock_shelf
from crossdock.service.database.stores import Store, ask_for_pull, lock_store
from crossdock.service.handlers.deciding import decide
from crossdock.service.handlers.drafting import units_left
from crossdock.service.handlers.reconciling import Doubt, gone, reconcile

# So much work is answered in one transaction; the rest follows in the next.
BATCH = 500


async def take_in(
    connection: Connection,
    store_id: int,
    pull: int,
    *,
    orders: Sequence[AssignedFulfillmentOrder],
    missing: Collection[int],
    at: datetime,
) -> bool:
    """Lay what a pull read beside what we know; False when a later pull has begun, which will know better.

    `missing`: fulfillment orders of ours that the store says do not exist.
    """
    store = await lock_store(connection, store_id)
    if store is None or store.pulls != pull:
        return False
    known = await lock(connection, store_id, [*(order.id for order in orders), *missing])
    items = {line.inventory_item_id for order in orders for line in order.lines if line.inventory_item_id}
    skus = await skus_of(connection, store_id, list(items))
    drafts, doubts = lay_beside(known, orders, missing, store=store, pull=pull, skus=skus, at=at)
    await write(connection, together(drafts), at)
    if doubts:
        await ask_for_pull(connection, store_id, whole=False)
    return True


def lay_beside(
    known: Mapping[int, Assignment],
    orders: Sequence[AssignedFulfillmentOrder],
    missing: Collection[int],
    *,
    store: Store,
    pull: int,
    skus: Mapping[int, str | None],
    at: datetime,
) -> tuple[list[Draft], bool]:
    """Return what a pull's readings change, and whether any of them is in doubt: a pure decision."""
    drafts: list[Draft] = []
    doubts = False
    for order in orders:
        try:
            draft = reconcile(known.get(order.id), order, store=store, pull=pull, skus=skus, at=at)
        except Doubt:
            doubts = True
            continue
        if draft is not None and draft.assignment != known.get(order.id):
            drafts.append(draft)
    drafts += [gone(known[id], at) for id in missing if id in known]
    return drafts, doubts


async def answer_received(connection: Connection, store_id: int, at: datetime) -> int:
    """Decide on work that was received and can be; return how much of it that was."""
    store = await lock_store(connection, store_id)
    if store is None:
        return 0
    unread = await items_to_read(connection, store_id)
    ids = await decidable(connection, store_id, unread, by_hand=store.by_hand, limit=BATCH)
    if not ids:
        return 0
    work = list((await lock(connection, store_id, ids)).values())
    shelf = await lock_shelf(connection, store_id, {sku for each in work for sku in units_left(each)})
    drafts = decide(work, shelf, store=store, at=at)
    await write(connection, together(drafts), at)
    return len(drafts)
