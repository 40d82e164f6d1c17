"""What the commands of `crossdock stock` do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from crossdock.cli.importing import find_shop
from crossdock.cli.problems import Problem
from crossdock.cli.sides import STORE, require_current, url_of
from crossdock.domain.stock import StockState
from crossdock.runtime.clock import MovableClock
from crossdock.runtime.connection import Pool
from crossdock.runtime.postgres.pool import open_pool, transaction
from crossdock.runtime.settings import Settings
from crossdock.store.database.stock import rebuild_levels, stock_as_of


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Which shop, and where it is told."""

    url: str
    shop: str | None
    console: Console


def desk(details: Path | None, shop: str | None) -> Desk:
    """Raises: Problem."""
    return Desk(url=url_of(STORE, Settings(), details), shop=shop, console=Console(soft_wrap=True))


def parse_time(text: str) -> datetime:
    """Return a time; a date is its midnight, and without an offset it is UTC. Raises: Problem."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise Problem(f"{text!r} is no date or time; write 2026-11-21 or 2026-11-21T14:00") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


@asynccontextmanager
async def opened(desk: Desk) -> AsyncIterator[tuple[Pool, int]]:
    """Open the database and find the shop. Raises: Problem."""
    await require_current(STORE, desk.url)
    pool = await open_pool(desk.url, size=1, name="crossdock stock")
    try:
        yield pool, await find_shop(pool, desk.shop)
    finally:
        await pool.close()


async def rebuild(desk: Desk) -> None:
    async with opened(desk) as (pool, shop_id), transaction(pool) as connection:
        at = await MovableClock(pool).now(connection)
        wrong = await rebuild_levels(connection, shop_id, at)
    for item, location_id in wrong:
        desk.console.print(f"item {item} at location {location_id} was wrong")
    desk.console.print(f"{len(wrong)} levels were corrected" if wrong else "every counter is the sum of its moves")


async def show_as_of(desk: Desk, time: datetime, sku: str | None) -> None:
    async with opened(desk) as (pool, shop_id), pool.acquire() as connection:
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
