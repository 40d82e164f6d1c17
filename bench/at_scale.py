"""`python -m bench.at_scale`: how long `crossdock verify` takes over many orders, and which invariant how long."""

import argparse
import asyncio
import shutil
import tempfile
import time
from pathlib import Path

import asyncpg
from rich.console import Console

from bench.generate import generate
from crossdock.runtime.connection import Connection
from crossdock.runtime.postgres.migrations import migrate
from crossdock.runtime.postgres.pool import prepare_connection
from crossdock.runtime.postgres.server import EmbeddedPostgres
from crossdock.runtime.verify import check, check_at_once
from crossdock.sandbox.tree import STORE_MIGRATIONS
from crossdock.store.verify import INVARIANTS

COUNTED = ("orders", "order_lines", "fulfillment_orders", "fulfillments", "events", "stock_moves", "messages")


async def run(folder: Path, orders: int, console: Console) -> None:
    postgres = await EmbeddedPostgres.start(folder / "postgres", databases=["store"])
    try:
        url = postgres.url("store")
        await migrate(url, STORE_MIGRATIONS)
        begun = time.perf_counter()
        await generate(url, orders)
        console.print(f"generated in {time.perf_counter() - begun:.0f} s")
        connection = await asyncpg.connect(url)
        try:
            await prepare_connection(connection)
            await measure(connection, console)
        finally:
            await connection.close()
        begun = time.perf_counter()
        await check_at_once(url, INVARIANTS)
        console.print(f"{'verify, as the command does':30} {time.perf_counter() - begun:8.2f} s")
    finally:
        await postgres.stop()


async def measure(connection: Connection, console: Console) -> None:
    for table in COUNTED:
        console.print(f"{table:30} {await connection.fetchval(f'SELECT count(*) FROM {table}'):>10,}")
    total = 0.0
    for invariant in INVARIANTS:
        begun = time.perf_counter()
        offences = await check(connection, [invariant])
        seconds = time.perf_counter() - begun
        total += seconds
        console.print(f"{invariant.name:30} {seconds:8.2f} s {'BROKEN ' + str(offences[:2]) if offences else ''}")
    console.print(f"{'one after the other':30} {total:8.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.at_scale", description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="crossdock-scale-"))
    folder.chmod(0o711)  # PostgreSQL may have to run as another account
    try:
        asyncio.run(run(folder, arguments.orders, Console(width=140)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
