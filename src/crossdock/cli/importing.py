"""`crossdock orders import`: the orders of a CSV file, with a bar that shows how far it is."""

import asyncio
import gzip
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from crossdock.cli.problems import Problem
from crossdock.cli.sides import STORE, require_current, url_of
from crossdock.runtime.clock import MovableClock
from crossdock.runtime.postgres.pool import Pool, open_pool
from crossdock.runtime.settings import Settings
from crossdock.store.dispatch.dispatcher import Dispatcher
from crossdock.store.dispatch.origin import Origin
from crossdock.store.handlers.callback_urls import UrlPolicy
from crossdock.store.importing.columns import SHOPIFY, BadColumns, parse_columns
from crossdock.store.importing.intake import NoSuchLocation, Taken, Wishes, take_in
from crossdock.store.importing.reading import OrderFile, Skipped, read_orders

CONNECTIONS = 6


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to import, and how. `columns` None: those of Shopify's export. `shop` None: the only one there is."""

    file: Path
    columns: str | None
    shop: str | None
    wishes: Wishes


@dataclass(kw_only=True)
class Tally:
    """What came of an import so far. Only what is committed is counted as taken."""

    rows: int
    orders: int = 0
    lines: int = 0
    before: int = 0
    skipped: int = 0

    def count(self, told: Taken | Skipped) -> None:
        match told:
            case Skipped():
                self.skipped += 1
            case Taken(new=True):
                self.orders += 1
                self.lines += told.lines
            case Taken():
                self.before += 1


async def import_orders(settings: Settings, details: Path | None, job: Job, console: Console) -> None:
    """Import a file and print what came of it, also when it is interrupted. Raises: Problem."""
    url = url_of(STORE, settings, details)
    file = read_file(job)
    await require_current(STORE, url)
    pool = await open_pool(url, size=CONNECTIONS, name="crossdock import")
    tally = Tally(rows=file.rows)
    finished = False
    begun = asyncio.get_running_loop().time()
    try:
        # Without a sandbox the offset of the clock is zero.
        dispatcher = Dispatcher(pool, MovableClock(pool), callback_urls=UrlPolicy(http=False, allowed=()))
        origin = Origin(shop_id=await find_shop(pool, job.shop), actor="import")
        with bar(console) as progress:
            task = progress.add_task("orders", total=len(file.orders))

            def tell(told: Taken | Skipped) -> None:
                tally.count(told)
                if isinstance(told, Taken):
                    progress.advance(task)
                else:
                    name = f" order {told.order}:" if told.order else ""
                    progress.console.print(f"line {told.line}:{name} {told.reason}", highlight=False, markup=False)

            await take_in(dispatcher, origin, file, job.wishes, tell)
        finished = True
    except* NoSuchLocation as wrong:
        raise Problem(str(wrong.exceptions[0])) from None
    finally:
        await pool.close()
        seconds = asyncio.get_running_loop().time() - begun
        console.print(summary(tally, seconds, finished=finished), highlight=False, soft_wrap=True)


def read_file(job: Job) -> OrderFile:
    """Read the whole file. Raises: Problem."""
    try:
        columns = SHOPIFY if job.columns is None else parse_columns(job.columns)
        return read_orders(text_of(job.file), columns, strictly=job.columns is not None)
    except BadColumns as wrong:
        raise Problem(str(wrong)) from wrong
    except (OSError, EOFError) as wrong:
        raise Problem(f"cannot read {job.file}: {wrong}") from wrong


def text_of(path: Path) -> TextIO:
    """Return a file's text, unpacked if it is packed. Spreadsheets that know no UTF-8 write Windows' Latin letters."""
    data = path.read_bytes()
    plain = gzip.decompress(data) if path.suffix == ".gz" else data
    try:
        return io.StringIO(plain.decode("utf-8-sig"), newline="")
    except UnicodeDecodeError:
        return io.StringIO(plain.decode("cp1252", errors="replace"), newline="")


async def find_shop(pool: Pool, subdomain: str | None) -> int:
    """Return the shop of a subdomain, or the only one. Raises: Problem."""
    rows = await pool.fetch("SELECT id, subdomain FROM shops ORDER BY id")
    names = ", ".join(row["subdomain"] for row in rows)
    found = [row["id"] for row in rows if subdomain in (None, row["subdomain"])]
    if subdomain is not None and not found:
        raise Problem(f"there is no shop {subdomain!r}; there is {names or 'none yet'} (`crossdock store shop add`)")
    if len(found) != 1:
        raise Problem(f"say with --shop which shop it is: {names or 'there is none yet'}")
    shop_id: int = found[0]
    return shop_id


def bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )


def summary(tally: Tally, seconds: float, *, finished: bool) -> str:
    taken = f"{tally.orders} orders with {tally.lines} lines taken in {seconds:.1f} s, {tally.before} were there before"
    left_out = f"{tally.skipped} of {tally.rows} rows left out"
    return f"{taken}, {left_out}" + ("" if finished else "; not finished: run it again to go on")
