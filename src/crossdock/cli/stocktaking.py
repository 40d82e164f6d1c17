"""What the commands of `crossdock stock` do."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from asyncpg import Record
from rich.table import Table

from crossdock.cli.desks import Desk, Open, opened
from crossdock.cli.editing import read_units
from crossdock.cli.problems import Problem
from crossdock.cli.routing import named
from crossdock.domain.places import Location
from crossdock.domain.stock import InventoryLevel, StockState
from crossdock.domain.stock_commands import Load, Spot, TransferStock
from crossdock.runtime.connection import Connection
from crossdock.runtime.postgres.pool import transaction
from crossdock.store.database.stock import rebuild_levels, stock_as_of

ALWAYS_SHOWN = frozenset({StockState.AVAILABLE, StockState.COMMITTED})

# The newest are found from the end of the level's index, and told oldest first.
MOVES = """
    SELECT * FROM (
        SELECT id, location_id, quantity, source, target, cause, cause_id, reason, document, reference,
            available_after, actor, request_id, at
        FROM stock_moves
        WHERE shop_id = $1 AND inventory_item_id = $2 AND ($3::bigint IS NULL OR location_id = $3)
        ORDER BY id DESC LIMIT $4
    ) newest ORDER BY id
"""


async def rebuild(desk: Desk) -> None:
    async with opened(desk) as shop, transaction(shop.pool) as connection:
        at = await shop.dispatcher.clock.now(connection)
        wrong = await rebuild_levels(connection, shop.shop_id, at)
    for item, location_id in wrong:
        desk.console.print(f"item {item} at location {location_id} was wrong")
    desk.console.print(f"{len(wrong)} levels were corrected" if wrong else "every counter is the sum of its moves")


async def show_as_of(desk: Desk, time: datetime, sku: str | None) -> None:
    """Print what lay where. Raises: Problem for a SKU that there is not."""
    async with opened(desk) as shop, shop.pool.acquire() as connection:
        levels = await stock_as_of(connection, shop.shop_id, time)
        articles = await articles_of(connection, shop.shop_id)
        places = await shop.locations()
    if sku is not None:
        item = item_of(articles, sku)
        levels = {spot: level for spot, level in levels.items() if spot[0] == item}
    desk.console.print(f"as of {time:%Y-%m-%d %H:%M:%S %Z}")
    if levels:
        desk.console.print(level_table(levels, articles, places))
    else:
        desk.console.print("nothing had been stocked yet")


def level_table(
    levels: Mapping[Spot, InventoryLevel], articles: Mapping[int, str], places: Mapping[int, Location]
) -> Table:
    """Return a row a level; quantities that are nowhere are left out."""
    states = [
        state
        for state in StockState
        if state in ALWAYS_SHOWN or any(getattr(level, state) for level in levels.values())
    ]
    table = Table()
    for heading in ("SKU", "location"):
        table.add_column(heading, overflow="fold")
    for heading in ("on hand", *(state.replace("_", " ") for state in states)):
        table.add_column(heading, justify="right")
    for (item, location_id), level in sorted(levels.items()):
        units = (str(getattr(level, state)) for state in states)
        table.add_row(articles.get(item, str(item)), place_name(places, location_id), str(level.on_hand), *units)
    return table


async def show_moves(desk: Desk, sku: str, location: str | None, most: int) -> None:
    """Print the newest moves of an article, oldest first. Raises: Problem."""
    async with opened(desk) as shop, shop.pool.acquire() as connection:
        places = await shop.locations()
        item = item_of(await articles_of(connection, shop.shop_id), sku)
        location_id = None if location is None else named(places, location)
        moves = await connection.fetch(MOVES, shop.shop_id, item, location_id, most)
    if not moves:
        desk.console.print("nothing has moved yet")
        return
    for move in moves:
        desk.console.print(told_move(move, places), markup=False, highlight=False)


def told_move(move: Record, places: Mapping[int, Location]) -> str:
    """Say in a line what moved where, why, and who did it."""
    path = " to ".join(state.replace("_", " ") for state in (move["source"], move["target"]) if state)
    way = path if move["source"] and move["target"] else f"{'out of' if move['source'] else 'into'} {path}"
    cause = move["cause"].replace("_", " ")
    number = f"{cause} {move['cause_id']}" if move["cause_id"] else cause
    why = (number, move["reason"] if move["reason"] != move["cause"] else None, move["document"], move["reference"])
    return "  ".join(
        (
            f"{move['at']:%Y-%m-%d %H:%M:%S}",
            place_name(places, move["location_id"]),
            f"{move['quantity']} {way} ({move['available_after']} available then)",
            " · ".join(filter(None, why)),
            move["actor"],
            f"request {move['request_id']}" if move["request_id"] else "",
        )
    ).rstrip()


async def transfer(
    desk: Desk, ends: tuple[str, str], loads: Iterable[str], *, arrived: bool, document: str | None
) -> None:
    """Take units from one location to another, and print what both have then. Raises: Problem."""
    units = [read_units(text) for text in loads]
    async with opened(desk) as shop:
        known = await shop.locations()
        origin, target = (named(known, end) for end in ends)
        async with shop.pool.acquire() as connection:
            articles = await articles_of(connection, shop.shop_id)
        command = TransferStock(
            from_location_id=origin,
            to_location_id=target,
            loads=tuple(Load(inventory_item_id=item_of(articles, sku), quantity=each) for sku, each in units),
            arrived=arrived,
            document=document,
        )
        await shop.tell(command)
        await show_ends(desk, shop, command, articles)


async def show_ends(desk: Desk, shop: Open, command: TransferStock, articles: Mapping[int, str]) -> None:
    async with shop.pool.acquire() as connection:
        levels = await stock_as_of(connection, shop.shop_id, await shop.dispatcher.clock.now(connection))
    items = {load.inventory_item_id for load in command.loads}
    ends = {command.from_location_id, command.to_location_id}
    touched = {spot: level for spot, level in levels.items() if spot[0] in items and spot[1] in ends}
    desk.console.print(level_table(touched, articles, await shop.locations()))


async def articles_of(connection: Connection, shop_id: int) -> Mapping[int, str]:
    """Return the SKUs of a shop's items; one without is called by its number."""
    rows = await connection.fetch("SELECT inventory_item_id, sku FROM variants WHERE shop_id = $1", shop_id)
    return {row["inventory_item_id"]: row["sku"] or str(row["inventory_item_id"]) for row in rows}


def item_of(articles: Mapping[int, str], sku: str) -> int:
    """Return the item of a SKU. Raises: Problem."""
    found = [item for item, each in articles.items() if each == sku]
    if not found:
        raise Problem(f"there is no article {sku!r}")
    if len(found) > 1:
        raise Problem(f"several articles have the SKU {sku!r}: items {', '.join(map(str, sorted(found)))}")
    return found[0]


def place_name(places: Mapping[int, Location], location_id: int) -> str:
    return places[location_id].name if location_id in places else str(location_id)
