"""A count of the shelf: what lies there is what somebody found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.refusals import Invalid, NotFound
from crossdock.runtime.connection import Connection
from crossdock.service.database.changes import keep_skus, move_stock
from crossdock.service.database.shelf import Move, MoveKind, Stock, lock_shelf
from crossdock.service.database.stores import store_by_id
from crossdock.service.jobs.tell_stock import enqueue_tell_stock

MOST = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class CountShelf:
    """Units found on the shelf, by SKU. SKUs that are not named stay as they are."""

    store_id: int
    on_hand: Mapping[str, int]


async def count(connection: Connection, command: CountShelf, *, actor: str, at: datetime) -> dict[str, Stock]:
    """Make the shelf what was counted, and have the store told; a SKU that is new becomes known.

    Raises: NotFound, Invalid.
    """
    if await store_by_id(connection, command.store_id) is None:
        raise NotFound("store", command.store_id)
    for quantity in command.on_hand.values():
        if not 0 <= quantity <= MOST:
            raise Invalid("on_hand", f"must be between 0 and {MOST}")
    await keep_skus(connection, command.store_id, command.on_hand, at)
    before = await lock_shelf(connection, command.store_id, command.on_hand)
    number = await connection.fetchval("SELECT nextval('ids')")
    await move_stock(
        connection,
        [
            Move(
                store_id=command.store_id,
                sku=sku,
                kind=MoveKind.COUNT,
                cause=f"count:{number}",
                actor=actor,
                at=at,
                on_hand=quantity - before[sku].on_hand,
            )
            for sku, quantity in command.on_hand.items()
            if quantity != before[sku].on_hand
        ],
        at,
    )
    await enqueue_tell_stock(connection, command.store_id, number)
    return await lock_shelf(connection, command.store_id, command.on_hand)
