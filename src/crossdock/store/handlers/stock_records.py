"""Inventory levels as records: found, made, counted and ended by their own ids."""

from collections.abc import Mapping

from asyncpg import Record

from crossdock.domain.queries import Page
from crossdock.domain.refusals import Invalid, NotFound
from crossdock.domain.stock_commands import ActivateLevel, DeactivateLevel, LevelsToggled, Spot
from crossdock.domain.stock_records import (
    AddStockRecord,
    ChangeStockRecord,
    GetStockRecord,
    ListStockRecords,
    RemoveStockRecord,
    StockRecord,
    recounted,
)
from crossdock.runtime.connection import Connection
from crossdock.store.database.stock import shelves
from crossdock.store.handlers.context import CommandHandler, QueryHandler, ReadContext, WriteContext
from crossdock.store.handlers.stocking import IS_ACTIVE, activate_level, carry_out, deactivate_level
from crossdock.store.handlers.windows import page_of, slice_of

HIGHEST_THRESHOLD = 2**31 - 1

RECORD = """
    SELECT l.id, l.location_id, l.inventory_item_id, p.id AS product_id, v.id AS variant_id,
        p.title AS product_title, v.title AS variant_title, v.sku, v.managed_by IS NOT NULL AS tracked, v.may_oversell,
        l.on_hand, l.available, l.low_stock_threshold, l.created_at, l.updated_at
    FROM inventory_levels l
    JOIN variants v ON v.shop_id = l.shop_id AND v.inventory_item_id = l.inventory_item_id
    JOIN products p ON p.shop_id = v.shop_id AND p.id = v.product_id
    WHERE l.shop_id = $1 AND l.active
"""
# As `domain.stock_records.availability_of` has it.
AVAILABILITY = """
    CASE WHEN v.managed_by IS NULL THEN 'untracked' WHEN l.available <= 0 THEN 'out_of_stock'
        WHEN l.available <= l.low_stock_threshold THEN 'low_stock' ELSE 'in_stock' END
"""
# Of those of SKUs it looks by the SKU, however few there are among how many.
OF_SKUS = """
    AND l.inventory_item_id = ANY (ARRAY(
        SELECT inventory_item_id FROM variants WHERE shop_id = $1 AND sku = ANY ($8::text[])))
"""
OF_ALL_SKUS = "AND $8::text[] = '{}'"
OF_LOCATIONS = "AND l.location_id = ANY ($9::bigint[])"
OF_ALL_LOCATIONS = "AND $9::bigint[] = '{}'"

PLACE = """
    SELECT l.inventory_item_id, l.location_id, v.id AS variant_id, v.product_id
    FROM inventory_levels l
    JOIN variants v ON v.shop_id = l.shop_id AND v.inventory_item_id = l.inventory_item_id
    WHERE l.shop_id = $1 AND l.id = $2 AND l.active
"""
# Locked, so that of two who stock it at one place at once the second finds it there.
GOODS = """
    SELECT inventory_item_id FROM variants WHERE shop_id = $1 AND (id = $2 OR product_id = $2)
    ORDER BY id LIMIT 2 FOR NO KEY UPDATE
"""
RECORD_AT = f"{RECORD} AND l.inventory_item_id = $2 AND l.location_id = $3"
THRESHOLD = """
    UPDATE inventory_levels SET low_stock_threshold = $4, updated_at = $5
    WHERE shop_id = $1 AND inventory_item_id = $2 AND location_id = $3
"""


async def list_stock_records(
    connection: Connection, query: ListStockRecords, context: ReadContext
) -> Page[StockRecord]:
    part = slice_of(query.window)
    rows = await connection.fetch(
        f"""
        {RECORD} AND l.id > $2 AND l.id < $3
            AND ($5::text IS NULL OR strpos(lower(p.title), lower($5)) > 0 OR strpos(lower(v.title), lower($5)) > 0
                OR strpos(lower(v.sku), lower($5)) > 0)
            AND ($6::text IS NULL OR {AVAILABILITY} = $6)
            AND ($7::boolean IS NULL OR (v.may_oversell OR {AVAILABILITY} <> 'out_of_stock') = $7)
            {OF_SKUS if query.skus else OF_ALL_SKUS} {OF_LOCATIONS if query.location_ids else OF_ALL_LOCATIONS}
        ORDER BY l.id {part.direction} LIMIT $4
        """,
        context.shop_id,
        part.above,
        part.below,
        part.limit,
        query.search,
        query.availability,
        query.purchasable,
        list(query.skus),
        list(query.location_ids),
    )
    return page_of(query.window, [record_of(row) for row in rows], lambda record: record.id)


def record_of(row: Record) -> StockRecord:
    return StockRecord(**row)


async def get_stock_record(connection: Connection, query: GetStockRecord, context: ReadContext) -> StockRecord:
    """Raises: NotFound."""
    row = await connection.fetchrow(f"{RECORD} AND l.id = $2", context.shop_id, query.record_id)
    if row is None:
        raise NotFound("stock record", query.record_id)
    return record_of(row)


async def add_stock_record(connection: Connection, command: AddStockRecord, context: WriteContext) -> StockRecord:
    """Raises: NotFound, Invalid, StockRefused."""
    check_threshold(command.low_stock_threshold)
    goods = await connection.fetch(GOODS, context.shop_id, command.goods_id)
    if not goods:
        raise NotFound("product", command.goods_id)
    if len(goods) > 1:
        raise Invalid("product", "has several variants: name one of them")
    place = (goods[0]["inventory_item_id"], command.location_id)
    if await connection.fetchval(IS_ACTIVE, context.shop_id, *place):
        raise Invalid("base", "The fields product, location_id must make a unique set")
    await activate_level(connection, ActivateLevel(inventory_item_id=place[0], location_id=place[1]), context)
    await count(connection, place, command.on_hand, context)
    await lower(connection, place, command.low_stock_threshold, context)
    return await record_at(connection, place, context)


async def change_stock_record(connection: Connection, command: ChangeStockRecord, context: WriteContext) -> StockRecord:
    """Raises: NotFound, Invalid, StockRefused."""
    check_threshold(command.low_stock_threshold)
    row = await find_place(connection, command.record_id, context)
    if command.goods_id not in {None, row["variant_id"], row["product_id"]}:
        raise Invalid("product", "cannot be changed")
    if command.location_id not in {None, row["location_id"]}:
        raise Invalid("location_id", "cannot be changed")
    place = (row["inventory_item_id"], row["location_id"])
    await count(connection, place, command.on_hand, context)
    await lower(connection, place, command.low_stock_threshold, context)
    return await record_at(connection, place, context)


async def remove_stock_record(
    connection: Connection, command: RemoveStockRecord, context: WriteContext
) -> LevelsToggled:
    """What lies there is kept for when it is stocked there again. Raises: NotFound, StockRefused."""
    row = await find_place(connection, command.record_id, context)
    item, location_id = row["inventory_item_id"], row["location_id"]
    await deactivate_level(connection, DeactivateLevel(inventory_item_id=item, location_id=location_id), context)
    return LevelsToggled(inventory_item_id=item, location_ids=(location_id,))


async def find_place(connection: Connection, record_id: int, context: WriteContext) -> Record:
    """Raises: NotFound."""
    row = await connection.fetchrow(PLACE, context.shop_id, record_id)
    if row is None:
        raise NotFound("stock record", record_id)
    return row


async def count(connection: Connection, place: Spot, on_hand: int | None, context: WriteContext) -> None:
    """Make what is on hand at a place what was counted, in the ledger. Three statements."""
    if on_hand is None:
        return
    found, (group_id, *ids) = await shelves(connection, context.shop_id, [place], 2)
    if place not in found.levels:
        raise NotFound("stock record", place[0])
    moves = recounted(found.levels[place], on_hand, group_id)
    await carry_out(connection, found, moves, context, group_id=group_id, ids=ids, reason="correction")


async def lower(connection: Connection, place: Spot, threshold: int | None, context: WriteContext) -> None:
    """Set from how many units on there are few at a place."""
    if threshold is not None:
        await connection.execute(THRESHOLD, context.shop_id, *place, threshold, context.at)


async def record_at(connection: Connection, place: Spot, context: WriteContext) -> StockRecord:
    row = await connection.fetchrow(RECORD_AT, context.shop_id, *place)
    assert row is not None  # it was there a moment ago, and is locked or new
    return record_of(row)


def check_threshold(threshold: int | None) -> None:
    """Raises: Invalid."""
    if threshold is not None and not 0 <= threshold <= HIGHEST_THRESHOLD:
        raise Invalid("low_stock_threshold", f"must be from 0 to {HIGHEST_THRESHOLD}")


COMMANDS: Mapping[type, CommandHandler] = {
    AddStockRecord: add_stock_record,
    ChangeStockRecord: change_stock_record,
    RemoveStockRecord: remove_stock_record,
}
QUERIES: Mapping[type, QueryHandler] = {
    ListStockRecords: list_stock_records,
    GetStockRecord: get_stock_record,
}
