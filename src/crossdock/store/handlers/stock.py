"""What locations have: counts, corrections, and beginning to stock an item. The ledger has every change of a level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import reduce

import msgspec
from asyncpg import Record

from crossdock.domain.activating import NOT_SHARED
from crossdock.domain.catalogue import AdjustAvailable, SetAvailable, StockedLevel, StockItem
from crossdock.domain.queries import ListInventoryLevels, ListLevelsOfLocation, Page
from crossdock.domain.refusals import Invalid, NotFound
from crossdock.domain.stock import InventoryLevel, StockMove
from crossdock.domain.stock import adjust_available as adjusted
from crossdock.domain.stock import set_available as counted
from crossdock.runtime.connection import Connection
from crossdock.store.handlers.context import CommandHandler, QueryHandler, ReadContext, WriteContext
from crossdock.store.handlers.exclusive import give_up_others
from crossdock.store.handlers.windows import page_of, slice_of

MOST_IDS = 50

LEVEL = """
    SELECT l.id, l.inventory_item_id, l.location_id, l.available, l.committed, l.reserved, l.damaged, l.safety_stock,
        l.quality_control, l.incoming, l.updated_at, v.managed_by IS NOT NULL AS tracked, v.may_oversell
    FROM inventory_levels l
    JOIN variants v ON v.shop_id = l.shop_id AND v.inventory_item_id = l.inventory_item_id
"""

# Finds nothing unless both the item and the location are the shop's, and the location in use.
SPOT = """
    SELECT v.managed_by IS NOT NULL AS tracked,
        EXISTS (
            SELECT FROM inventory_levels l
            LEFT JOIN fulfillment_services other ON other.shop_id = l.shop_id AND other.location_id = l.location_id
            WHERE l.shop_id = $1 AND l.inventory_item_id = $2 AND l.location_id <> $3 AND l.active
                AND NOT (coalesce(s.permits_sku_sharing, true) AND coalesce(other.permits_sku_sharing, true))
        ) AS exclusive
    FROM variants v, locations p
    LEFT JOIN fulfillment_services s ON s.shop_id = p.shop_id AND s.location_id = p.id
    WHERE v.shop_id = $1 AND v.inventory_item_id = $2 AND p.shop_id = $1 AND p.id = $3 AND p.active
"""

BEGIN = """
    INSERT INTO inventory_levels (shop_id, id, inventory_item_id, location_id, created_at, updated_at)
    VALUES ($1, nextval('ids'), $2, $3, $4, $4)
    ON CONFLICT (shop_id, inventory_item_id, location_id) DO UPDATE SET active = true, updated_at = excluded.updated_at
        WHERE NOT inventory_levels.active
"""

MOVE = """
    WITH noted AS (
        INSERT INTO stock_moves (shop_id, id, inventory_item_id, location_id, quantity, source, target, cause, cause_id,
            obeys_policy, available_after, actor, request_id, at)
        SELECT $1, nextval('ids'), $2, $3, quantity, source, target, cause, nextval('ids'), obeys_policy, $5, $6, $7, $8
        FROM jsonb_to_recordset($4::jsonb) AS move (quantity bigint, source text, target text, cause text,
            obeys_policy boolean)
    )
    UPDATE inventory_levels SET available = $5, updated_at = $8
    WHERE shop_id = $1 AND inventory_item_id = $2 AND location_id = $3
"""


async def set_available(connection: Connection, command: SetAvailable, context: WriteContext) -> StockedLevel:
    """Make `available` what a count says, and stock the item there if it is not yet.

    Raises: NotFound, Invalid.
    """
    spot = await find_spot(connection, command.inventory_item_id, command.location_id, context)
    spot.require_counted()
    await begin(connection, spot, context, alone=command.alone)
    level = await locked(connection, spot, context)
    return await carry_out(connection, level, counted(level.quantities, command.available), context)


async def adjust_available(connection: Connection, command: AdjustAvailable, context: WriteContext) -> StockedLevel:
    """Change `available` by so many units. Raises: NotFound, Invalid, also where the item is not stocked."""
    spot = await find_spot(connection, command.inventory_item_id, command.location_id, context)
    spot.require_counted()
    level = await locked(connection, spot, context)
    return await carry_out(connection, level, adjusted(level.quantities, command.delta), context)


async def stock_item(connection: Connection, command: StockItem, context: WriteContext) -> StockedLevel:
    """Begin to stock an item at a location; one that is stocked there already is left as it is.

    Raises: NotFound, Invalid.
    """
    spot = await find_spot(connection, command.inventory_item_id, command.location_id, context)
    units = await begin(connection, spot, context, alone=command.relocate)
    level = await locked(connection, spot, context)
    return await carry_out(connection, level, adjusted(level.quantities, units), context)


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """An item of the shop and a location of the shop. `exclusive`: a service there or elsewhere does not share SKUs."""

    inventory_item_id: int
    location_id: int
    tracked: bool
    exclusive: bool

    def require_counted(self) -> None:
        if not self.tracked:
            raise Invalid("Inventory item", "does not have inventory tracking enabled")


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedLevel:
    """A level that nobody else can change now: its quantities, and what the wire tells of it."""

    quantities: InventoryLevel
    told: StockedLevel


async def find_spot(connection: Connection, item: int, place: int, context: WriteContext) -> Spot:
    """Raises: NotFound when either is not the shop's."""
    row = await connection.fetchrow(SPOT, context.shop_id, item, place)
    if row is None:
        raise NotFound("inventory item or location", item)
    return Spot(inventory_item_id=item, location_id=place, **row)


async def begin(connection: Connection, spot: Spot, context: WriteContext, *, alone: bool = False) -> int:
    """Stock the item at the location if it is not yet; return how many units others had to give up for it.

    `alone`: others give it up where SKUs are not shared. Raises: Invalid where they are not and may keep it;
    StockRefused where units are spoken for. Source: Shopify, inventory_levels connect.
    """
    units = 0
    if spot.exclusive:
        if not alone:
            raise Invalid("base", NOT_SHARED)
        units = await give_up_others(connection, spot.inventory_item_id, spot.location_id, context)
    await connection.execute(BEGIN, context.shop_id, spot.inventory_item_id, spot.location_id, context.at)
    return units


async def locked(connection: Connection, spot: Spot, context: WriteContext) -> LockedLevel:
    """Lock a level against orders and other counts, and read it. Raises: Invalid when the item is not stocked there."""
    row = await connection.fetchrow(
        f"""
        {LEVEL}
        WHERE l.shop_id = $1 AND l.inventory_item_id = $2 AND l.location_id = $3 AND l.active
        FOR NO KEY UPDATE OF l
        """,
        context.shop_id,
        spot.inventory_item_id,
        spot.location_id,
    )
    if row is None:
        raise Invalid("Inventory item", "is not stocked at the location")
    return LockedLevel(
        quantities=InventoryLevel(**{each.name: row[each.name] for each in fields(InventoryLevel)}),
        told=stocked(row),
    )


async def carry_out(
    connection: Connection, level: LockedLevel, moves: Sequence[StockMove], context: WriteContext
) -> StockedLevel:
    """Write moves of a level's `available`, at most one, with their effect on it."""
    if not moves:
        return level.told
    after = reduce(InventoryLevel.after, moves, level.quantities)
    await connection.execute(
        MOVE,
        context.shop_id,
        after.inventory_item_id,
        after.location_id,
        msgspec.to_builtins(moves),
        after.available,
        context.actor,
        context.request_id,
        context.at,
    )
    return replace(level.told, available=after.available, updated_at=context.at)


async def list_inventory_levels(
    connection: Connection, query: ListInventoryLevels, context: ReadContext
) -> Page[StockedLevel]:
    """Return levels of the items, of the locations, or of both at once. Raises: Invalid without either."""
    if not query.inventory_item_ids and not query.location_ids:
        raise Invalid("base", "inventory_item_ids or location_ids must be given")
    if max(len(query.inventory_item_ids), len(query.location_ids)) > MOST_IDS:
        raise Invalid("base", f"No more than {MOST_IDS} inventory_item_ids or location_ids can be given")
    return await levels_page(connection, query, context)


async def list_levels_of_location(
    connection: Connection, query: ListLevelsOfLocation, context: ReadContext
) -> Page[StockedLevel]:
    location = context.locations.get(query.location_id)
    if location is None or location.deleted:
        raise NotFound("location", query.location_id)
    asked = ListInventoryLevels(location_ids=(location.id,), window=query.window)
    return await levels_page(connection, asked, context)


async def levels_page(connection: Connection, query: ListInventoryLevels, context: ReadContext) -> Page[StockedLevel]:
    part = slice_of(query.window)
    rows = await connection.fetch(
        f"""
        {LEVEL}
        WHERE l.shop_id = $1 AND l.id > $2 AND l.id < $3 AND l.active
            AND (cardinality($5::bigint[]) = 0 OR l.inventory_item_id = ANY ($5))
            AND (cardinality($6::bigint[]) = 0 OR l.location_id = ANY ($6))
            AND ($7::timestamptz IS NULL OR l.updated_at >= $7)
        ORDER BY l.id {part.direction} LIMIT $4
        """,
        context.shop_id,
        part.above,
        part.below,
        part.limit,
        list(query.inventory_item_ids),
        list(query.location_ids),
        query.updated_at_min,
    )
    return page_of(query.window, [stocked(row) for row in rows], lambda level: level.id)


def stocked(row: Record) -> StockedLevel:
    return StockedLevel(
        id=row["id"],
        inventory_item_id=row["inventory_item_id"],
        location_id=row["location_id"],
        available=row["available"] if row["tracked"] else None,
        updated_at=row["updated_at"],
    )


COMMANDS: Mapping[type, CommandHandler] = {
    SetAvailable: set_available,
    AdjustAvailable: adjust_available,
    StockItem: stock_item,
}
QUERIES: Mapping[type, QueryHandler] = {
    ListInventoryLevels: list_inventory_levels,
    ListLevelsOfLocation: list_levels_of_location,
}
