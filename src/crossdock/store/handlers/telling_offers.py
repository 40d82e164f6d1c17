"""What commands in 29 Next's manner do to things, for those who subscribed to it: locations, records, products."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crossdock.domain.placing import ClosePlace, OpenPlace, ReplacePlace
from crossdock.domain.stock_records import AddStockRecord, ChangeStockRecord, RemoveStockRecord, StockRecord
from crossdock.domain.subscriptions import Happened, Happening
from crossdock.runtime.connection import Connection
from crossdock.store.handlers.telling import (
    LEVELS_OF,
    Done,
    Foreteller,
    Teller,
    at_place,
    level_now,
    levels_at,
    levels_toggled,
    location_changed,
    location_gone,
    location_made,
)


async def record_made(connection: Connection, done: Done) -> Sequence[Happened]:
    """Tell of the level that begins, and of those that were given up for it."""
    rows = await connection.fetch(LEVELS_OF, done.context.shop_id, [done.result.inventory_item_id], done.context.at)
    return [
        replace(told, kind=Happening.LEVEL_CONNECTED) if at_place(told, done.command.location_id) else told
        for told in map(level_now, rows)
    ]


async def record_changed(connection: Connection, done: Done) -> Sequence[Happened]:
    record: StockRecord = done.result
    return await levels_at(connection, {(record.inventory_item_id, record.location_id)}, done.context)


FORETOLD: Mapping[type, Foreteller] = {}
TOLD: Mapping[type, Teller] = {
    OpenPlace: location_made,
    ReplacePlace: location_changed,
    ClosePlace: location_gone,
    AddStockRecord: record_made,
    ChangeStockRecord: record_changed,
    RemoveStockRecord: levels_toggled,
}
