"""A database that tests share is as new to each of them, whatever the one before has done."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from crossdock.runtime.postgres.server import EmbeddedPostgres
from tests.keeping import GROWN_BYTES, Kept
from tests.store.scene import scene

NAMES = """
SELECT format('SELECT %L, count(*) FROM %I', relname, relname)
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname
"""


@pytest_asyncio.fixture(loop_scope="session")
async def kept(postgres: EmbeddedPostgres, store_template: str) -> AsyncIterator[Kept]:
    one = await Kept.clone(postgres, store_template, "kept_to_be_spoilt")
    yield one
    await one.connection.close()


pytestmark = pytest.mark.asyncio(loop_scope="session")


async def contents(url: str) -> list[tuple[object, ...]]:
    """Return how many rows each table has, what the clock says, and the next id."""
    connection = await asyncpg.connect(url)
    counting = " UNION ALL ".join(row[0] for row in await connection.fetch(NAMES))
    found = [tuple(row) for row in await connection.fetch(f"{counting} ORDER BY 1")]
    found += [tuple(row) for row in await connection.fetch("SELECT * FROM clock")]
    found.append((await connection.fetchval("SELECT nextval('ids')"),))
    await connection.close()
    return found


async def test_rows_and_numbers_are_as_in_the_template(kept: Kept) -> None:
    new = await contents(kept.url)
    async with scene(kept.url) as shop:
        (mug,) = (await shop.product("MUG")).variants
        await shop.stock(mug, shop.merchant_location, 3)
        await shop.order((mug, 1))
        await shop.pool.execute("UPDATE clock SET offset_seconds = 77")
    assert await contents(kept.url) != new
    assert await kept.cleared() is kept
    assert await contents(kept.url) == new


async def test_what_has_grown_is_made_anew(kept: Kept) -> None:
    new = await contents(kept.url)
    size = "SELECT pg_relation_size('shops')"
    async with scene(kept.url) as shop:
        await shop.pool.execute(
            "INSERT INTO shops (id, name, domain, subdomain, email, currency, timezone, address, created_at,"
            " updated_at)"
            " SELECT n, name, n || domain, n || subdomain, email, currency, timezone, address, created_at, updated_at"
            f" FROM shops, generate_series(100, {GROWN_BYTES // 100}) n"
        )
        assert await shop.pool.fetchval(size) > GROWN_BYTES
    assert await kept.cleared() is kept
    assert await kept.connection.fetchval(size) == 0
    assert await contents(kept.url) == new


async def test_one_with_other_tables_is_cloned_anew(kept: Kept) -> None:
    new = await contents(kept.url)
    for spoilt in (
        "CREATE TABLE notes (id bigint)",
        "ALTER TABLE holds ADD COLUMN note bigint",
        "ALTER TABLE holds ALTER COLUMN reason DROP NOT NULL",
        "DROP TRIGGER chained ON events",
        "ALTER TABLE events DISABLE TRIGGER chained",
        "CREATE INDEX spare ON orders (shop_id)",
        "DROP FUNCTION chain_event CASCADE",
        f"ALTER DATABASE {kept.name} SET timezone TO 'Asia/Tokyo'",
    ):
        await kept.connection.execute(spoilt)
        again = await kept.cleared()
        assert again is not kept, spoilt
        assert again.clear == kept.clear, spoilt
        kept = again
    assert await contents(kept.url) == new
    await kept.connection.close()


async def test_nobody_stays_connected(kept: Kept) -> None:
    left = await asyncpg.connect(kept.url)
    await left.execute("BEGIN; LOCK TABLE orders")
    assert await kept.cleared() is kept
    with pytest.raises((asyncpg.AdminShutdownError, asyncpg.InterfaceError)):
        await left.execute("SELECT 1")
