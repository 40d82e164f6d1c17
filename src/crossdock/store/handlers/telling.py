"""What commands that are about no order do to things, for those who subscribed to it.

What goes is looked at before the command, what stays after it. Nothing is read unless somebody subscribed to anything.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossdock.domain.catalogue import (
    AdjustAvailable,
    ChangeVariant,
    CreateFulfillmentService,
    CreateProduct,
    Product,
    SetAvailable,
    StockedLevel,
    StockItem,
)
from crossdock.domain.places import FulfillmentService, Location
from crossdock.domain.stocking import (
    ActivateLevel,
    AdjustQuantities,
    DeactivateLevel,
    MoveQuantities,
    QuantityName,
    SetQuantities,
    Spot,
    StockChanged,
    TransferStock,
)
from crossdock.domain.subscriptions import Happened, Happening
from crossdock.runtime.connection import Connection
from crossdock.store.handlers.catalogue import find_product
from crossdock.store.handlers.context import WriteContext
from crossdock.store.handlers.stock import LEVEL, stocked


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
    item_ids = [variant.inventory_item_id for variant in product.variants]
    levels = await levels_of(connection, done.context.shop_id, item_ids)
    return [
        Happened(kind=Happening.PRODUCT_CREATED, thing=product),
        *(Happened(kind=Happening.LEVEL_CONNECTED, thing=level) for level in levels),
    ]


async def variant_changed(connection: Connection, done: Done) -> Sequence[Happened]:
    product = await find_product(connection, done.context.shop_id, done.result.product_id)
    return [Happened(kind=Happening.PRODUCT_UPDATED, thing=product)]


async def level_counted(_connection: Connection, done: Done) -> Sequence[Happened]:
    """Tell of a level unless it was left as it is."""
    level: StockedLevel = done.result
    return [Happened(kind=Happening.LEVEL_UPDATED, thing=level)] if level.updated_at == done.context.at else []


async def level_begun(_connection: Connection, done: Done) -> Sequence[Happened]:
    level: StockedLevel = done.result
    return [Happened(kind=Happening.LEVEL_CONNECTED, thing=level)] if level.updated_at == done.context.at else []


async def level_activated(connection: Connection, done: Done) -> Sequence[Happened]:
    spot = (done.command.inventory_item_id, done.command.location_id)
    levels = await levels_at(connection, done.context.shop_id, [spot])
    return [
        Happened(kind=Happening.LEVEL_CONNECTED, thing=level) for level in levels if level.updated_at == done.context.at
    ]


async def level_deactivated(connection: Connection, done: Done) -> Sequence[Happened]:
    spot = (done.command.inventory_item_id, done.command.location_id)
    levels = await levels_at(connection, done.context.shop_id, [spot])
    return [Happened(kind=Happening.LEVEL_DISCONNECTED, thing=level) for level in levels]


async def levels_changed(connection: Connection, done: Done) -> Sequence[Happened]:
    """Tell of the levels whose available units changed."""
    result: StockChanged = done.result
    spots = [
        (change.inventory_item_id, change.location_id)
        for change in result.changes
        if change.name is QuantityName.AVAILABLE and change.delta
    ]
    levels = await levels_at(connection, done.context.shop_id, spots)
    return [Happened(kind=Happening.LEVEL_UPDATED, thing=level) for level in levels]


async def service_made(_connection: Connection, done: Done) -> Sequence[Happened]:
    service: FulfillmentService = done.result
    return [Happened(kind=Happening.LOCATION_CREATED, thing=done.locations[service.location_id])]


async def levels_at(connection: Connection, shop_id: int, spots: Sequence[Spot]) -> list[StockedLevel]:
    """Return the levels at places, also those that are not active."""
    rows = await connection.fetch(
        f"""
        {LEVEL} JOIN unnest($2::bigint[], $3::bigint[]) AS spot (item, place)
            ON spot.item = l.inventory_item_id AND spot.place = l.location_id
        WHERE l.shop_id = $1 ORDER BY l.id
        """,
        shop_id,
        [item for item, _ in spots],
        [place for _, place in spots],
    )
    return [stocked(row) for row in rows]


async def levels_of(connection: Connection, shop_id: int, items: Sequence[int]) -> list[StockedLevel]:
    """Return the active levels of items."""
    rows = await connection.fetch(
        f"{LEVEL} WHERE l.shop_id = $1 AND l.inventory_item_id = ANY ($2::bigint[]) AND l.active ORDER BY l.id",
        shop_id,
        items,
    )
    return [stocked(row) for row in rows]


FORETOLD: Mapping[type, Foreteller] = {}
TOLD: Mapping[type, Teller] = {
    CreateProduct: product_made,
    ChangeVariant: variant_changed,
    SetAvailable: level_counted,
    AdjustAvailable: level_counted,
    StockItem: level_begun,
    SetQuantities: levels_changed,
    AdjustQuantities: levels_changed,
    MoveQuantities: levels_changed,
    TransferStock: levels_changed,
    ActivateLevel: level_activated,
    DeactivateLevel: level_deactivated,
    CreateFulfillmentService: service_made,
}
