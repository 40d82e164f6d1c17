"""`crossdock history`: what happened to an order, from its log; and whether the log gives the order as it is stored."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from crossdock.cli.problems import Problem
from crossdock.cli.sides import STORE, url_of
from crossdock.domain.events import LoggedEvent
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
            console.print(_table(name, logs.get(order_id, ())))
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


def _table(name: str, log: Sequence[LoggedEvent]) -> Table:
    table = Table(title=f"Order {name}", title_justify="left", box=None, pad_edge=False)
    for heading in ("#", "when", "what", "who", "fulfillment order", "state", "more"):
        table.add_column(heading, overflow="fold")
    for each in log:
        event = each.event
        table.add_row(
            str(each.sequence),
            f"{each.at:%Y-%m-%d %H:%M:%S}",
            event.kind.replace("_", " "),
            each.actor,
            str(event.fulfillment_order_id or event.fulfillment_id or ""),
            " / ".join(filter(None, (event.status, event.request_status))),
            _more(each),
        )
    return table


def _more(logged: LoggedEvent) -> str:
    event = logged.event
    units = ", ".join(f"{line.quantity} of line {line.order_line_id}" for line in event.lines)
    told = [f"{name.replace('_', ' ')}: {value}" for name, value in event.details.items() if value not in {None, ""}]
    return " · ".join(filter(None, (units, event.reason, event.message, *told)))
