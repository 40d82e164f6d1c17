"""The hash chains of the audit log and the stock ledger: what was written cannot be changed unnoticed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import cast

import pytest
import pytest_asyncio

from crossdock.runtime.clock import SystemClock
from crossdock.runtime.http.outgoing import Outgoing
from crossdock.runtime.jobs import Done
from crossdock.runtime.secrets import Vault, new_key
from crossdock.store.database.chains import BROKEN_EVENTS, BROKEN_MOVES, seal, shops_to_seal
from crossdock.store.jobs import seal_ledgers
from crossdock.store.jobs.context import JobContext
from tests.store.scene import NOW, Scene, scene

LATER = NOW + timedelta(hours=1)


@pytest_asyncio.fixture
async def shop(store_database: str) -> AsyncIterator[Scene]:
    """A shop with three orders of a product whose stock they claimed."""
    async with scene(store_database) as place:
        product = await place.product("TEE")
        await place.stock(product.variants[0], place.merchant_location, 50)
        for _ in range(3):
            await place.order((product.variants[0], 1))
        yield place


async def broken(shop: Scene) -> set[str]:
    """Return the names of the invariants that do not hold."""
    return {offence.invariant for offence in await shop.offences()}


async def test_what_is_written_is_chained_and_what_is_sealed_rests_on_the_seal_before(shop: Scene) -> None:
    product = await shop.product("MUG")
    for _ in range(3):
        await seal(shop.pool, shop.shop_id, NOW)
        await shop.stock(product.variants[0], shop.merchant_location, 1)
        await shop.stock(product.variants[0], shop.merchant_location, 2)
    assert await broken(shop) == set()
    seals = await shop.pool.fetch("SELECT number, entries, hash IS NULL AS open FROM seals ORDER BY number")
    assert [tuple(row) for row in seals] == [(1, 10, False), (2, 2, False), (3, 2, False), (4, None, True)]


PLANTED = {
    "UPDATE events SET message = 'x' WHERE sequence = 1": {"events_chained"},
    "UPDATE events SET at = at + interval '1 microsecond' WHERE sequence = 1": {"events_chained"},
    "UPDATE events SET actor = 'Somebody else' WHERE sequence = 2": {"events_chained"},
    'UPDATE events SET details = details || \'{"source": "x"}\' WHERE sequence = 1': {"events_chained"},
    "DELETE FROM events WHERE sequence = 1": {"events", "events_chained"},
    "DELETE FROM events WHERE sequence = 2": {"events"},
    "UPDATE stock_moves SET actor = 'Somebody else'": {"ledger_chained"},
    "UPDATE stock_moves SET at = at - interval '1 hour'": {"ledger_chained"},
    "UPDATE stock_moves SET quantity = quantity + 1": {"ledger", "ledger_chained", "ledger_prefixes"},
}


@pytest.mark.parametrize("change", PLANTED)
async def test_a_changed_entry_is_found(shop: Scene, change: str) -> None:
    await shop.pool.execute(change)
    assert await broken(shop) >= PLANTED[change]


OTHER_VALUES = {"bigint": 987654, "text": "x", "jsonb": ["x"], "boolean": False, "timestamp with time zone": LATER}


@pytest.mark.parametrize("table", ["events", "stock_moves"])
async def test_every_column_counts(shop: Scene, table: str) -> None:
    columns = await shop.pool.fetch(
        "SELECT column_name AS name, data_type AS type FROM information_schema.columns WHERE table_name = $1", table
    )
    same = f"SELECT bool_and(digest(e) = digest(jsonb_populate_record(e, $1))) FROM {table} e"
    for column in columns:
        if column["name"] != "hash":
            other = {column["name"]: OTHER_VALUES[column["type"]]}
            assert await shop.pool.fetchval(same, other) is False, column["name"]


async def test_what_an_entry_says_does_not_depend_on_who_reads_it(shop: Scene) -> None:
    async with shop.pool.acquire() as connection, connection.transaction():
        for setting in ("timezone = 'Asia/Tokyo'", "datestyle = 'German'", "intervalstyle = 'sql_standard'"):
            await connection.execute(f"SET LOCAL {setting}")
        assert [await connection.fetch(query) for query in (BROKEN_EVENTS, BROKEN_MOVES)] == [[], []]


async def test_the_seal_is_looked_up_again_after_its_lock_was_given_back(shop: Scene) -> None:
    """A savepoint that is undone gives its locks back, so that another may close the seal."""
    copied = "INSERT INTO events SELECT * FROM jsonb_populate_record(NULL::events, $1)"
    entry = dict(await shop.pool.fetchrow("SELECT * FROM events ORDER BY sequence DESC LIMIT 1") or {})
    event = {name: value for name, value in entry.items() if name not in ("hash", "seal", "at")}
    event |= {"at": NOW, "sequence": entry["sequence"] + 1}
    async with shop.pool.acquire() as connection, connection.transaction():
        undone = connection.transaction()
        await undone.start()
        await connection.execute(copied, event)
        await undone.rollback()
        await seal(shop.pool, shop.shop_id, NOW)
        await connection.execute(copied, event)
        assert await connection.fetchval("SELECT max(seal) FROM events") == 2


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET hash = sha256('x') WHERE sequence = 2",
        "DELETE FROM stock_moves WHERE cause = 'order_routed'",
        "UPDATE seals SET hash = sha256('x') WHERE number = 1",
        "UPDATE seals SET entries = 1 WHERE number = 1",
        "DELETE FROM seals WHERE number = 1",
        "DELETE FROM seals",
        "UPDATE seals SET hash = NULL, entries = NULL WHERE number = 1",
    ],
)
async def test_a_whole_piece_that_is_cut_out_of_a_sealed_ledger_is_found(shop: Scene, change: str) -> None:
    await seal(shop.pool, shop.shop_id, NOW)
    product = await shop.product("MUG")
    await shop.stock(product.variants[0], shop.merchant_location, 1)
    await seal(shop.pool, shop.shop_id, NOW)
    await shop.pool.execute(change)
    assert "seals" in await broken(shop)


async def test_no_entry_joins_a_seal_that_was_closed(shop: Scene) -> None:
    product = await shop.product("MUG")
    await shop.stock(product.variants[0], shop.merchant_location, 500)

    async def buy() -> None:
        for _ in range(10):
            await shop.order((product.variants[0], 1))

    async def close() -> None:
        for _ in range(10):
            await seal(shop.pool, shop.shop_id, NOW)

    await asyncio.gather(buy(), buy(), buy(), close())
    await seal(shop.pool, shop.shop_id, NOW)
    assert await broken(shop) == set()
    assert await shop.pool.fetchval("SELECT sum(entries) FROM seals") == await shop.pool.fetchval(
        "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM stock_moves)"
    )


async def test_the_job_seals_what_was_written_and_nothing_twice(shop: Scene) -> None:
    async def dispatch(_shop_id: int, _command: object) -> None:
        raise AssertionError("nothing is to be carried out")

    context = JobContext(
        pool=shop.pool,
        clock=SystemClock(),
        vault=Vault([new_key("test")]),
        outgoing=cast(Outgoing, None),  # nothing is to be sent
        dispatch=dispatch,
    )
    assert await seal_ledgers.run(seal_ledgers.SealLedgers(), context) == Done()
    async with shop.pool.acquire() as connection:
        assert await shops_to_seal(connection) == []
    await shop.pool.execute("UPDATE seals SET hash = NULL, entries = NULL")  # as if it had died half way
    assert await seal_ledgers.run(seal_ledgers.SealLedgers(), context) == Done()
    assert await seal_ledgers.run(seal_ledgers.SealLedgers(), context) == Done()
    assert await broken(shop) == set()
