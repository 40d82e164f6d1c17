"""What commands in 29 Next's manner do to things, for those who subscribed to it: locations, records, products."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crossdock.domain.offering import AddProduct, AddVariant, EditProduct, EditVariant, RemoveVariant, VariantFound
from crossdock.domain.placing import ClosePlace, OpenPlace, ReplacePlace
from crossdock.domain.stock_records import AddStockRecord, ChangeStockRecord, RemoveStockRecord, StockRecord
from crossdock.domain.subscriptions import Gone, Happened, Happening
from crossdock.runtime.connection import Connection
from crossdock.store.handlers.context import WriteContext
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
    product_changed,
    product_made,
    variants_begun,
)

ITEM_OF = "SELECT inventory_item_id FROM variants WHERE shop_id = $1 AND id = $2"


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


async def variant_made(connection: Connection, done: Done) -> Sequence[Happened]:
    made: VariantFound = done.result
    return [
        Happened(kind=Happening.PRODUCT_UPDATED, thing=made.product),
        *await variants_begun(connection, [made.variant], done.context),
    ]


async def offer_changed(connection: Connection, done: Done) -> Sequence[Happened]:
    changed: VariantFound = done.result
    return await product_changed(connection, replace(done, result=changed.product))


async def offer_goes(connection: Connection, command: RemoveVariant, context: WriteContext) -> Sequence[Happened]:
    item = await connection.fetchval(ITEM_OF, context.shop_id, command.variant_id)
    return [Happened(kind=Happening.ITEM_DELETED, thing=Gone(id=item))] if item else []


async def offer_gone(_connection: Connection, done: Done) -> Sequence[Happened]:
    return [Happened(kind=Happening.PRODUCT_UPDATED, thing=done.result)]


FORETOLD: Mapping[type, Foreteller] = {RemoveVariant: offer_goes}
TOLD: Mapping[type, Teller] = {
    OpenPlace: location_made,
    ReplacePlace: location_changed,
    ClosePlace: location_gone,
    AddStockRecord: record_made,
    ChangeStockRecord: record_changed,
    RemoveStockRecord: levels_toggled,
    AddProduct: product_made,
    EditProduct: product_changed,
    AddVariant: variant_made,
    EditVariant: offer_changed,
    RemoveVariant: offer_gone,
}
