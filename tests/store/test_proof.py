"""What `crossdock verify` and `crossdock history --check` say of a store in whose database somebody wrote by hand."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from rich.console import Console

from crossdock.cli import history, verifying
from crossdock.cli.sides import STORE
from crossdock.domain.catalogue import ProductVariant
from crossdock.runtime.settings import Settings
from crossdock.runtime.verify import MOST_ROWS
from tests.store.scene import Scene, scene


@dataclass
class Shell:
    """A shell at a store with one order of a product whose stock it claimed."""

    shop: Scene
    tee: ProductVariant
    settings: Settings

    async def plant(self, statement: str) -> None:
        async with self.shop.pool.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")  # no trigger mends it
            await connection.execute(statement)

    async def another_order(self) -> None:
        await self.shop.order((self.tee, 1))

    async def verify(self) -> tuple[bool, str]:
        """Return whether everything holds, and what was printed."""
        told = io.StringIO()
        sound = await verifying.verify(self.settings, None, [STORE], Console(file=told, width=200), replay=False)
        return sound, told.getvalue()

    async def history(self, order: str) -> tuple[bool, str]:
        """Return whether an order's log holds, and what was printed."""
        told = io.StringIO()
        console = Console(file=told, width=200)
        sound = await history.show(self.settings, None, order, shop=None, check=True, console=console)
        return sound, told.getvalue().splitlines()[-1]


@pytest_asyncio.fixture
async def shell(store_database: str) -> AsyncIterator[Shell]:
    async with scene(store_database) as shop:
        product = await shop.product("TEE")
        await shop.stock(product.variants[0], shop.merchant_location, 50)
        await shop.order((product.variants[0], 1))
        yield Shell(shop, product.variants[0], Settings(database_url=store_database))


async def test_of_a_sound_store_it_says_that_all_holds(shell: Shell) -> None:
    sound, printed = await shell.verify()
    assert (sound, "broken" in printed) == (True, False)
    assert printed.splitlines()[-1].strip() == f"all {printed.count(' ok ')} hold"
    assert await shell.history("1001") == (True, "The log, replayed, gives the order as it is stored.")


async def test_what_is_broken_is_counted_and_each_row_can_be_looked_for(shell: Shell) -> None:
    await shell.plant("UPDATE stock_moves SET quantity = quantity + 1 WHERE source = 'available'")
    sound, printed = await shell.verify()
    assert not sound
    broken = [line.split(":")[0].split()[-1] for line in printed.splitlines() if line.startswith("  broken")]
    assert broken == ["ledger", "ledger_prefixes", "ledger_chained"]
    assert printed.splitlines()[-1].strip().startswith("3 of ")
    rows = [line.strip() for line in printed.splitlines() if line.startswith("     ")]
    assert any(" · state committed · units 1 · moved 2" in row for row in rows), rows
    assert not any("Decimal" in row or "{" in row for row in rows)


async def test_a_long_list_of_what_is_broken_says_that_it_ends_early(shell: Shell) -> None:
    for _ in range(MOST_ROWS + 1):
        await shell.another_order()
    await shell.plant("UPDATE orders SET version = version + 1")
    _, printed = await shell.verify()
    assert "(the first 20; there may be more)" in printed


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET message = 'x' WHERE sequence = 2",
        "UPDATE events SET actor = 'Somebody else' WHERE sequence = 2",
        "UPDATE events SET at = at + interval '1 minute' WHERE sequence = 2",
    ],
)
async def test_a_log_that_was_edited_is_not_called_whole(shell: Shell, change: str) -> None:
    """Replaying sees only what makes the state: who did it, and when, is in the hash."""
    await shell.plant(change)
    told = io.StringIO()
    console = Console(file=told, width=200)
    assert not await history.show(shell.settings, None, "#1001", shop=None, check=True, console=console)
    assert "broken: event 2 is not what was written" in told.getvalue()


async def test_another_orders_edited_log_is_not_this_ones(shell: Shell) -> None:
    await shell.another_order()
    await shell.plant("UPDATE events SET message = 'x' WHERE order_id = (SELECT max(id) FROM orders)")
    assert (await shell.history("1001"))[0]
    assert not (await shell.history("1002"))[0]
