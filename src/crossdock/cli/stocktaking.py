"""What the commands of `crossdock stock` do."""

from datetime import datetime

from rich.table import Table

from crossdock.cli.desks import Desk, opened
from crossdock.domain.stock import StockState
from crossdock.runtime.postgres.pool import transaction
from crossdock.store.database.stock import rebuild_levels, stock_as_of


async def rebuild(desk: Desk) -> None:
    async with opened(desk) as shop, transaction(shop.pool) as connection:
        at = await shop.dispatcher.clock.now(connection)
        wrong = await rebuild_levels(connection, shop.shop_id, at)
    for item, location_id in wrong:
        desk.console.print(f"item {item} at location {location_id} was wrong")
    desk.console.print(f"{len(wrong)} levels were corrected" if wrong else "every counter is the sum of its moves")


async def show_as_of(desk: Desk, time: datetime, sku: str | None) -> None:
    async with opened(desk) as shop, shop.pool.acquire() as connection:
        shop_id = shop.shop_id
        levels = await stock_as_of(connection, shop_id, time)
        skus = {
            row["inventory_item_id"]: row["sku"] or str(row["inventory_item_id"])
            for row in await connection.fetch("SELECT inventory_item_id, sku FROM variants WHERE shop_id = $1", shop_id)
        }
        locations = await connection.fetch("SELECT id, name FROM locations WHERE shop_id = $1", shop_id)
        places = {row["id"]: row["name"] for row in locations}
    table = Table("SKU", "location", "on hand", *(state.replace("_", " ") for state in StockState))
    for (item, location_id), level in sorted(levels.items()):
        name = skus.get(item, str(item))
        if sku in (None, name):
            units = (str(getattr(level, state)) for state in StockState)
            table.add_row(name, places.get(location_id, str(location_id)), str(level.on_hand), *units)
    desk.console.print(f"as of {time:%Y-%m-%d %H:%M:%S %Z}")
    desk.console.print(table)
