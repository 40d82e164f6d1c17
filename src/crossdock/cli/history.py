"""`crossdock history`: what happened to an order, from its log; and whether the log gives the order as it is stored."""

from pathlib import Path

import asyncpg
from rich.console import Console

from crossdock.cli.log_table import log_table
from crossdock.cli.problems import Problem
from crossdock.cli.sides import STORE, url_of
from crossdock.runtime.connection import Connection
from crossdock.runtime.postgres.pool import prepare_connection
from crossdock.runtime.settings import Settings
from crossdock.store.database.chains import first_broken_event
from crossdock.store.database.history import departures, load_logs

FIND = """
    SELECT o.shop_id, o.id, o.name FROM orders o JOIN shops s ON s.id = o.shop_id
    WHERE (o.name = $1 OR o.name = '#' || $1 OR o.id::text = $1) AND ($2::text IS NULL OR s.subdomain = $2)
    ORDER BY o.shop_id, o.id LIMIT 2
"""
PLACES = "SELECT id, name FROM locations WHERE shop_id = $1"


async def show(
    settings: Settings, details: Path | None, order: str, *, shop: str | None, check: bool, console: Console
) -> bool:
    """Print an order's log; with `check`, say whether it holds. Raises: Problem.

    It holds when its events are as they were written, and replaying them gives the order as it is stored.
    """
    connection = await asyncpg.connect(url_of(STORE, settings, details))
    try:
        await prepare_connection(connection)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            shop_id, order_id, name = await _find(connection, order, shop)
            logs = await load_logs(connection, shop_id, [order_id])
            places = {row["id"]: row["name"] for row in await connection.fetch(PLACES, shop_id)}
            console.print(log_table(name, logs.get(order_id, ()), places))
            if not check:
                return True
            wrong = await departures(connection, shop_id, [order_id])
            changed = await first_broken_event(connection, shop_id, order_id)
    finally:
        await connection.close()
    if changed is not None:
        console.print(
            f"broken: event {changed} is not what was written, or what stood before it is not: its hash differs"
        )
    console.print(f"broken: {wrong[0].problem}" if wrong else "The log, replayed, gives the order as it is stored.")
    return changed is None and not wrong


async def _find(connection: Connection, order: str, shop: str | None) -> tuple[int, int, str]:
    rows = await connection.fetch(FIND, order, shop)
    if not rows:
        raise Problem(f"there is no order {order!r}")
    if len(rows) > 1:
        raise Problem(f"there are several orders {order!r}: name the shop with --shop, or give the order's id")
    return rows[0]["shop_id"], rows[0]["id"], rows[0]["name"]
