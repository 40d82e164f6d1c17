"""Orders of files find their way into a shop, once each, and what cannot be taken is told with its line."""

import asyncio
import gzip
import io
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from rich.console import Console

from crossdock.cli.importing import Job, import_orders
from crossdock.cli.problems import Problem
from crossdock.domain.orders import StockClaim
from crossdock.runtime.clock import SystemClock
from crossdock.runtime.postgres.pool import Pool
from crossdock.runtime.settings import Settings
from crossdock.runtime.verify import check
from crossdock.store.importing.intake import Wishes
from crossdock.store.setup import create_location, create_shop
from crossdock.store.verify import INVARIANTS

RETAIL = (
    "name=InvoiceNo,sku=StockCode,quantity=Quantity,title=Description,price=UnitPrice,created_at=InvoiceDate,"
    "country=Country"
)
RETAIL_HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
SHOPIFY = """\
Name,Email,Financial Status,Created at,Currency,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,\
Shipping Name,Shipping Street,Shipping Address1,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Notes
#1001,ada@example.com,paid,2024-05-02 10:15:00 -0400,USD,2,Mug,18.00,MUG,Ada Lovelace,1 Elm,1 Elm,Boston,'02110,MA,\
US,"Two
lines"
#1001,ada@example.com,,,,1,Tea,9.80,TEA,,,,,,,,
#1002,bob@example.com,pending,2024-05-02 11:00:00 -0400,USD,1,Tea,9.80,TEA,Bob,2 Oak,2 Oak,Oslo,0150,,Norway,
"""


@dataclass(frozen=True)
class Desk:
    """A shop with one location, and a folder for files."""

    url: str
    pool: Pool
    folder: Path

    async def bring(self, text: str | bytes, *, columns: str | None = None, **wishes: object) -> str:
        """Import a file of this text and return what was printed."""
        file = self.folder / ("orders.csv.gz" if isinstance(text, bytes) and text[:2] == b"\x1f\x8b" else "orders.csv")
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        console = Console(file=io.StringIO(), width=200)
        job = Job(file=file, columns=columns, shop=None, wishes=Wishes(**{"stock": 100, **wishes}))  # type: ignore[arg-type]
        await import_orders(Settings(database_url=self.url), None, job, console)
        printed = console.file
        assert isinstance(printed, io.StringIO)
        return printed.getvalue()


@pytest_asyncio.fixture
async def desk(store_database: str, store_pool: Pool, tmp_path: Path) -> AsyncIterator[Desk]:
    at = await SystemClock().now()
    shop_id = await create_shop(store_pool, at, name="A", subdomain="a", domain="a.test", email="a@a.test")
    await create_location(store_pool, at, shop_id, name="Shop location")
    yield Desk(url=store_database, pool=store_pool, folder=tmp_path)
    async with store_pool.acquire() as connection:
        assert await check(connection, INVARIANTS) == []


async def test_shopifys_export_is_read_as_it_comes(desk: Desk) -> None:
    """Only the first row of an order has the order's own fields; a note may have several lines."""
    printed = await desk.bring(SHOPIFY)
    assert "2 orders with 3 lines taken" in printed
    assert "0 of 3 rows left out" in printed
    row = await desk.pool.fetchrow("SELECT * FROM orders WHERE name = '#1001'")
    assert row is not None
    assert (row["email"], row["note"], row["financial_status"]) == ("ada@example.com", "Two\nlines", "paid")
    assert row["processed_at"].isoformat() == "2024-05-02T14:15:00+00:00"
    address = row["shipping_address"]
    assert (address["last_name"], address["zip"], address["country_code"]) == ("Lovelace", "02110", "US")


async def test_rows_that_cannot_be_taken_are_told_and_the_rest_goes_on(desk: Desk) -> None:
    rows = [
        "1,A,Mug,2,2010-12-01 08:26:00,2.55,7,United Kingdom",
        "1,B,Tea,-1,2010-12-01 08:26:00,2.55,7,United Kingdom",
        "1,,Tea,1,2010-12-01 08:26:00,2.55,7,United Kingdom",
        "1,C,Tea,1,yesterday,2.55,7,United Kingdom",
        "1,D,Tea,1,2010-12-01 08:26:00,2.55,7,Atlantis",
        "1,E,Tea,1,2010-12-01 08:26:00,cheap,7,United Kingdom",
        "1,F,Tea,1.5,2010-12-01 08:26:00,2.55,7,United Kingdom",
        ",G,Tea,1,2010-12-01 08:26:00,2.55,7,United Kingdom",
        "2,A,Mug,99999999999999,2010-12-01 08:26:00,2.55,7,EIRE",
        "3,A,Mug,1,2010-12-01 08:26:00,2.55,7,EIRE,surplus",
        "4,A,Mug,1,2010-12-01 08:26:00,2.55,7,EIRE",
    ]
    printed = await desk.bring(RETAIL_HEADER + "\n".join(rows), columns=RETAIL)
    assert "2 orders with 2 lines taken" in printed
    assert "9 of 11 rows left out" in printed
    for line, reason in {
        3: "quantity -1 is not above 0",
        4: "it has no SKU",
        5: "date 'yesterday' is not one",
        6: "country 'Atlantis' is unknown",
        7: "price 'cheap' is not a number",
        8: "quantity '1.5' is not a whole number",
        9: "the row names no order",
        10: "is above 1,000,000",
        11: "it has more cells than the header",
    }.items():
        assert any(text.startswith(f"line {line}:") and reason in text for text in printed.splitlines()), line


async def test_an_order_whose_own_row_is_bad_is_left_out_whole(desk: Desk) -> None:
    printed = await desk.bring(SHOPIFY.replace(",US,", ",Narnia,"))
    assert "1 orders with 1 lines taken" in printed
    assert printed.count("country 'Narnia' is unknown") == 2


async def test_running_again_adds_nothing_twice(desk: Desk) -> None:
    await desk.bring(SHOPIFY)
    printed = await desk.bring(SHOPIFY)
    assert "0 orders with 0 lines taken" in printed
    assert "2 were there before" in printed
    assert await desk.pool.fetchval("SELECT count(*) FROM orders") == 2
    assert await desk.pool.fetchval("SELECT count(*) FROM products") == 2


async def test_unknown_skus_are_refused_unless_they_are_to_be_made(desk: Desk) -> None:
    printed = await desk.bring(SHOPIFY, stock=None)
    assert printed.count("is not in the catalogue") == 3
    assert "0 orders" in printed
    await desk.bring(SHOPIFY, stock=7)
    assert await desk.pool.fetchval("SELECT array_agg(DISTINCT available) FROM inventory_levels") == [7]


async def test_stock_is_claimed_as_asked_and_orders_beyond_it_are_refused(desk: Desk) -> None:
    printed = await desk.bring(SHOPIFY, stock=1, claim=StockClaim.OBEYING_POLICY)
    assert "1 orders with 1 lines taken" in printed
    assert "line 2: order #1001:" in printed
    assert await desk.pool.fetchval("SELECT sum(committed) FROM inventory_levels") == 1


async def test_packed_files_and_windows_letters_are_read(desk: Desk) -> None:
    text = RETAIL_HEADER + "1,A,Crème brûlée,2,2010-12-01 08:26:00,2.55,7,France\n"
    await desk.bring(gzip.compress(text.encode("cp1252")), columns=RETAIL)
    assert await desk.pool.fetchval("SELECT title FROM order_lines") == "Crème brûlée"


async def test_an_address_is_made_where_the_file_has_only_the_country(desk: Desk) -> None:
    await desk.bring(RETAIL_HEADER + "1,A,Mug,2,2010-12-01 08:26:00,2.55,7,EIRE\n", columns=RETAIL)
    address = await desk.pool.fetchval("SELECT shipping_address FROM orders")
    assert (address["city"], address["country"], address["country_code"]) == ("Dublin", "Ireland", "IE")


@pytest.mark.parametrize(
    ("text", "columns", "words"),
    [
        ("a,b\n1,2\n", None, "no column 'Name'"),
        ("a,b\n1,2\n", "name=a,quantity=b,sku=c", "no column 'c'"),
        ("a,b\n1,2\n", "name=a", "quantity=… is missing"),
        ("a,b\n1,2\n", "colour=a", "cannot read 'colour=a'"),
        ("", None, "no column 'Name'"),
    ],
)
async def test_a_file_with_other_columns_is_refused_with_advice(
    desk: Desk, text: str, columns: str | None, words: str
) -> None:
    with pytest.raises(Problem, match=words):
        await desk.bring(text, columns=columns)


async def test_a_place_that_is_not_there_is_refused_before_anything_is_done(desk: Desk) -> None:
    with pytest.raises(Problem, match="no location 'Moon'"):
        await desk.bring(SHOPIFY, location="Moon")
    assert await desk.pool.fetchval("SELECT count(*) FROM products") == 0


async def test_ctrl_c_loses_nothing_that_was_reported_as_taken(desk: Desk) -> None:
    """What the summary says is in the database, and a second run brings the rest."""
    count = 3000
    rows = "".join(f"{n},A,Mug,2,2010-12-01 08:26:00,2.55,7,France\n" for n in range(count))
    file = desk.folder / "many.csv"
    file.write_text(RETAIL_HEADER + rows)
    command = ("orders", "import", str(file), "--columns", RETAIL, "--create-products", "9999999")
    env = os.environ | {"DATABASE_URL": desk.url}

    async def start() -> asyncio.subprocess.Process:
        # Where this process ignores it, as what a shell starts in the background does, so would its child.
        ignored = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "crossdock.cli.main", *command, env=env, stdout=asyncio.subprocess.PIPE
            )
        finally:
            signal.signal(signal.SIGINT, ignored)

    process = await start()
    while not await desk.pool.fetchval("SELECT count(*) FROM orders"):
        await asyncio.sleep(0.01)
    # However slow this process is, the other cannot come to its end before it is interrupted.
    async with desk.pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE orders IN SHARE MODE")
        process.send_signal(signal.SIGINT)
    printed = (await process.communicate())[0].decode()
    reported = re.search(r"(\d+) orders with \d+ lines taken", printed)
    assert reported is not None, printed
    assert process.returncode == 130
    assert "run it again to go on" in printed
    in_shop = await desk.pool.fetchval("SELECT count(*) FROM orders")
    assert 0 < int(reported[1]) <= in_shop < count
    again = (await (await start()).communicate())[0].decode()
    assert f"{count - in_shop} orders with" in again
    assert await desk.pool.fetchval("SELECT count(*) FROM orders") == count
