"""What commands that are about no order do to things, for those who subscribed to it.

What goes is looked at before the command, what stays after it. Nothing is read unless somebody subscribed to anything.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from asyncpg import Record

from crossdock.domain.catalogue import (
    DEFAULT_TITLE,
    AdjustAvailable,
    ChangeVariant,
    CreateFulfillmentService,
    CreateProduct,
    CreateVariants,
    DeleteFulfillmentService,
    DeleteProduct,
    DeleteVariant,
    InventoryItem,
    Product,
    ProductVariant,
    SetAvailable,
    SetProduct,
    StockedLevel,
    StockItem,
    StockOfService,
    UpdateFulfillmentService,
    UpdateInventoryItem,
    UpdateProduct,
)
from crossdock.domain.locating import (
    ActivateLocation,
    AddLocation,
    DeactivateLocation,
    DeleteLocation,
    EditLocation,
)
from crossdock.domain.places import FulfillmentService, Location
from crossdock.domain.stock_commands import (
    ActivateLevel,
    AdjustQuantities,
    DeactivateLevel,
    GiveUpLevel,
    MoveQuantities,
    QuantityName,
    SetQuantities,
    Spot,
    StockChanged,
    ToggleLevels,
    TransferStock,
)
from crossdock.domain.subscriptions import Gone, Happened, Happening
from crossdock.runtime.connection import Connection
from crossdock.store.handlers.catalogue import find_product, items_of
from crossdock.store.handlers.context import WriteContext
from crossdock.store.handlers.stock import LEVEL, stocked

# Levels of items, all of them with those that are not active where a time is given: those that changed then.
LEVELS_OF = f"""
    SELECT level.*, (SELECT active FROM inventory_levels a WHERE a.shop_id = $1 AND a.id = level.id) AS active
    FROM ({LEVEL} WHERE l.shop_id = $1 AND l.inventory_item_id = ANY ($2::bigint[])
        AND ($3::timestamptz IS NULL AND l.active OR l.updated_at = $3)) level
    ORDER BY level.id
"""
LEVELS_AT = f"""
    SELECT level.*, (SELECT active FROM inventory_levels a WHERE a.shop_id = $1 AND a.id = level.id) AS active
    FROM ({LEVEL} WHERE l.shop_id = $1 AND l.updated_at = $2) level
    ORDER BY level.id
"""
ITEMS_THAT_GO = """
    SELECT inventory_item_id AS id FROM variants
    WHERE shop_id = $1 AND product_id = $2 AND ($3::bigint IS NULL OR id = $3)
    ORDER BY id
"""
DEFAULT_THAT_GOES = """
    SELECT max(inventory_item_id) AS id FROM variants WHERE shop_id = $1 AND product_id = $2
    HAVING count(*) = 1 AND max(title) = $3
"""
PLACE_THAT_GOES = "SELECT location_id FROM fulfillment_services WHERE shop_id = $1 AND id = $2"


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """A command that was carried out, with its result and the locations that there are now."""

    command: Any
    result: Any
    context: WriteContext
    locations: Mapping[int, Location]


Teller = Callable[[Connection, Done], Awaitable[Sequence[Happened]]]
Foreteller = Callable[[Connection, Any, WriteContext], Awaitable[Sequence[Happened]]]


async def product_made(connection: Connection, done: Done) -> Sequence[Happened]:
    product: Product = done.result
    return [
        Happened(kind=Happening.PRODUCT_CREATED, thing=product),
        *await variants_begun(connection, product.variants, done.context),
    ]


async def product_changed(connection: Connection, done: Done) -> Sequence[Happened]:
    """Tell of the product and of those of its items that changed with it."""
    product: Product = done.result
    items = await items_of(connection, done.context.shop_id, [each.inventory_item_id for each in product.variants])
    return [
        Happened(kind=Happening.PRODUCT_UPDATED, thing=product),
        *(Happened(kind=Happening.ITEM_UPDATED, thing=item) for item in items if item.updated_at == done.context.at),
    ]


async def product_and_stock_changed(connection: Connection, done: Done) -> Sequence[Happened]:
    """Tell of the levels, too, that were adjusted with its variants."""
    told = await product_changed(connection, done)
    return [*told, *await levels_adjusted(connection, done.result, done.command.variants, done.context)]


async def levels_adjusted(
    connection: Connection, product: Product, changes: Sequence[ChangeVariant], context: WriteContext
) -> Sequence[Happened]:
    items = {variant.id: variant.inventory_item_id for variant in product.variants}
    spots = {(items[change.variant_id], each.location_id) for change in changes for each in change.adjustments}
    return await levels_at(connection, spots, context)


async def product_set(connection: Connection, done: Done) -> Sequence[Happened]:
    """Tell of the product, of the items that came, changed and went with it, and of the levels that were counted."""
    product: Product = done.result.product
    if product.created_at == done.context.at:
        return await product_made(connection, replace(done, result=product))
    new = [each for each in product.variants if each.created_at == done.context.at]
    items = {each.inventory_item_id for each in new}
    changed = await product_changed(connection, replace(done, result=product))
    return [
        *(each for each in changed if not (isinstance(each.thing, InventoryItem) and each.thing.id in items)),
        *await variants_begun(connection, new, done.context),
        *await levels_at(connection, set(done.result.counted), done.context),
        *(Happened(kind=Happening.ITEM_DELETED, thing=Gone(id=item)) for item in done.result.gone),
    ]


async def variant_changed(connection: Connection, done: Done) -> Sequence[Happened]:
    product = await find_product(connection, done.context.shop_id, done.result.product_id)
    told = await product_changed(connection, replace(done, result=product))
    return [*told, *await levels_adjusted(connection, product, [done.command], done.context)]


async def variants_made(connection: Connection, done: Done) -> Sequence[Happened]:
    product = await find_product(connection, done.context.shop_id, done.command.product_id)
    return [
        Happened(kind=Happening.PRODUCT_UPDATED, thing=product),
        *await variants_begun(connection, done.result, done.context),
    ]


async def variants_begun(
    connection: Connection, variants: Sequence[ProductVariant], context: WriteContext
) -> Sequence[Happened]:
    """Tell of what comes with new variants: their items, and the levels that these begin with."""
    ids = [variant.inventory_item_id for variant in variants]
    items = await items_of(connection, context.shop_id, ids)
    levels = await connection.fetch(LEVELS_OF, context.shop_id, ids, None)
    return [
        *(Happened(kind=Happening.ITEM_CREATED, thing=item) for item in items),
        *(Happened(kind=Happening.LEVEL_CONNECTED, thing=stocked(row)) for row in levels),
    ]


async def product_goes(connection: Connection, command: DeleteProduct, context: WriteContext) -> Sequence[Happened]:
    items = await connection.fetch(ITEMS_THAT_GO, context.shop_id, command.product_id, None)
    return [
        Happened(kind=Happening.PRODUCT_DELETED, thing=Gone(id=command.product_id)),
        *(Happened(kind=Happening.ITEM_DELETED, thing=Gone(id=row["id"])) for row in items),
    ]


async def variant_goes(connection: Connection, command: DeleteVariant, context: WriteContext) -> Sequence[Happened]:
    items = await connection.fetch(ITEMS_THAT_GO, context.shop_id, command.product_id, command.variant_id)
    return [Happened(kind=Happening.ITEM_DELETED, thing=Gone(id=row["id"])) for row in items]


async def default_goes(connection: Connection, command: CreateVariants, context: WriteContext) -> Sequence[Happened]:
    """Tell of the item of a variant that others take the place of."""
    if not command.replaces_default:
        return []
    items = await connection.fetch(DEFAULT_THAT_GOES, context.shop_id, command.product_id, DEFAULT_TITLE)
    return [Happened(kind=Happening.ITEM_DELETED, thing=Gone(id=row["id"])) for row in items]


async def variant_gone(connection: Connection, done: Done) -> Sequence[Happened]:
    product = await find_product(connection, done.context.shop_id, done.command.product_id)
    return [Happened(kind=Happening.PRODUCT_UPDATED, thing=product)]


async def item_changed(_connection: Connection, done: Done) -> Sequence[Happened]:
    return [Happened(kind=Happening.ITEM_UPDATED, thing=done.result)]


async def level_counted(connection: Connection, done: Done) -> Sequence[Happened]:
    """Tell of the item's levels that changed, here and where it was given up for here."""
    rows = await connection.fetch(LEVELS_OF, done.context.shop_id, [done.command.inventory_item_id], done.context.at)
    return [level_now(row) for row in rows]


async def level_begun(connection: Connection, done: Done) -> Sequence[Happened]:
    told = await level_counted(connection, done)
    return [
        replace(each, kind=Happening.LEVEL_CONNECTED) if at_place(each, done.command.location_id) else each
        for each in told
    ]


def level_now(row: Record) -> Happened:
    kind = Happening.LEVEL_UPDATED if row["active"] else Happening.LEVEL_DISCONNECTED
    return Happened(kind=kind, thing=stocked(row))


def at_place(happened: Happened, location_id: int) -> bool:
    return isinstance(happened.thing, StockedLevel) and happened.thing.location_id == location_id


async def levels_toggled(connection: Connection, done: Done) -> Sequence[Happened]:
    """Tell of where an item is stocked now, and where it is not any more."""
    rows = await connection.fetch(LEVELS_OF, done.context.shop_id, [done.result.inventory_item_id], done.context.at)
    return [
        Happened(kind=Happening.LEVEL_CONNECTED if row["active"] else Happening.LEVEL_DISCONNECTED, thing=stocked(row))
        for row in rows
    ]


async def levels_changed(connection: Connection, done: Done) -> Sequence[Happened]:
    """Tell of the levels whose available units changed."""
    result: StockChanged = done.result
    spots = {
        (change.inventory_item_id, change.location_id)
        for change in result.changes
        if change.name is QuantityName.AVAILABLE and change.delta
    }
    return await levels_at(connection, spots, done.context)


async def levels_at(connection: Connection, spots: Set[Spot], context: WriteContext) -> Sequence[Happened]:
    """Tell of those of these levels that changed."""
    if not spots:
        return []
    rows = await connection.fetch(LEVELS_OF, context.shop_id, sorted({item for item, _ in spots}), context.at)
    return [level_now(row) for row in rows if (row["inventory_item_id"], row["location_id"]) in spots]


async def service_made(_connection: Connection, done: Done) -> Sequence[Happened]:
    service: FulfillmentService = done.result
    return [Happened(kind=Happening.LOCATION_CREATED, thing=done.locations[service.location_id])]


async def service_changed(_connection: Connection, done: Done) -> Sequence[Happened]:
    """A service's new name is its location's."""
    location = done.locations[done.result.location_id]
    return [] if done.command.name is None else [Happened(kind=Happening.LOCATION_UPDATED, thing=location)]


async def service_goes(
    connection: Connection, command: DeleteFulfillmentService, context: WriteContext
) -> Sequence[Happened]:
    if command.stock is StockOfService.KEEP:
        return []
    location_id = await connection.fetchval(PLACE_THAT_GOES, context.shop_id, command.service_id)
    return [Happened(kind=Happening.LOCATION_DELETED, thing=Gone(id=location_id))] if location_id else []


async def location_made(_connection: Connection, done: Done) -> Sequence[Happened]:
    return [Happened(kind=Happening.LOCATION_CREATED, thing=done.result)]


async def location_changed(_connection: Connection, done: Done) -> Sequence[Happened]:
    return [Happened(kind=Happening.LOCATION_UPDATED, thing=done.result)]


async def location_switched(connection: Connection, done: Done) -> Sequence[Happened]:
    """Tell of a location that was put out of use or back in, and of the levels that went elsewhere."""
    location: Location = done.result
    if location.updated_at != done.context.at:
        return []
    kind = Happening.LOCATION_ACTIVATED if location.active else Happening.LOCATION_DEACTIVATED
    return [Happened(kind=kind, thing=location), *await levels_now(connection, done)]


async def location_gone(_connection: Connection, done: Done) -> Sequence[Happened]:
    return [Happened(kind=Happening.LOCATION_DELETED, thing=Gone(id=done.command.location_id))]


async def levels_now(connection: Connection, done: Done) -> Sequence[Happened]:
    """Tell of every level that a command changed."""
    rows = await connection.fetch(LEVELS_AT, done.context.shop_id, done.context.at)
    return [level_now(row) for row in rows]


FORETOLD: Mapping[type, Foreteller] = {
    DeleteProduct: product_goes,
    DeleteVariant: variant_goes,
    CreateVariants: default_goes,
    DeleteFulfillmentService: service_goes,
}
TOLD: Mapping[type, Teller] = {
    CreateProduct: product_made,
    UpdateProduct: product_and_stock_changed,
    SetProduct: product_set,
    CreateVariants: variants_made,
    ChangeVariant: variant_changed,
    DeleteVariant: variant_gone,
    UpdateInventoryItem: item_changed,
    SetAvailable: level_counted,
    AdjustAvailable: level_counted,
    StockItem: level_begun,
    SetQuantities: levels_changed,
    AdjustQuantities: levels_changed,
    MoveQuantities: levels_changed,
    TransferStock: levels_changed,
    ActivateLevel: level_begun,
    DeactivateLevel: level_counted,
    GiveUpLevel: levels_toggled,
    ToggleLevels: levels_toggled,
    AddLocation: location_made,
    EditLocation: location_changed,
    ActivateLocation: location_switched,
    DeactivateLocation: location_switched,
    DeleteLocation: location_gone,
    DeleteFulfillmentService: levels_now,
    CreateFulfillmentService: service_made,
    UpdateFulfillmentService: service_changed,
}
