"""Connections survive PostgreSQL's restarts, and say so when they do not."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from crossdock.runtime.postgres.pool import (
    DatabaseUnavailable,
    Pool,
    TransactionRolledBack,
    acquire_ready,
    close_pool,
    open_pool,
    snapshot,
    transaction,
)
from crossdock.runtime.postgres.server import EmbeddedPostgres


@pytest_asyncio.fixture
async def pool(empty_database: str) -> AsyncIterator[Pool]:
    pool = await open_pool(empty_database, size=4, name="crossdock test")
    yield pool
    await pool.close()


async def test_a_session_is_named_in_utc_and_takes_json_as_values(pool: Pool) -> None:
    value = {"a": [1, None, "ü", 2.5, {"b": True}]}
    async with acquire_ready(pool) as connection:
        assert await connection.fetchval("SHOW timezone") == "UTC"
        assert await connection.fetchval("SHOW application_name") == "crossdock test"
        assert await connection.fetchval("SELECT $1::jsonb", value) == value
        assert await connection.fetchval("SELECT $1::json", value) == value
        assert await connection.fetchval("SELECT $1::jsonb -> 'a' ->> 2", value) == "ü"


async def test_a_transaction_commits_at_its_end_and_rolls_back_on_an_error(pool: Pool) -> None:
    async with transaction(pool) as connection:
        await connection.execute("CREATE TABLE taken (id int)")
        await connection.execute("INSERT INTO taken VALUES (1)")
    with pytest.raises(KeyError):
        async with transaction(pool) as connection:
            await connection.execute("INSERT INTO taken VALUES (2)")
            raise KeyError
    assert await pool.fetchval("SELECT array_agg(id) FROM taken") == [1]


async def test_a_swallowed_error_does_not_pass_for_a_commit(pool: Pool) -> None:
    with pytest.raises(TransactionRolledBack):
        async with transaction(pool) as connection:
            with suppress(asyncpg.DivisionByZeroError):
                await connection.execute("SELECT 1 / 0")


async def test_a_cancelled_transaction_leaves_the_connection_usable(pool: Pool) -> None:
    async def slow() -> None:
        async with transaction(pool) as connection:
            await connection.execute("SELECT pg_sleep(10)")

    tasks = [asyncio.create_task(slow()) for _ in range(4)]
    await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    assert all(isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*tasks, return_exceptions=True))
    for _ in range(8):
        async with transaction(pool) as connection:
            assert await connection.fetchval("SELECT 1") == 1


async def test_errors_of_statements_and_of_other_networks_stay_what_they_are(pool: Pool) -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        async with acquire_ready(pool) as connection:
            await connection.execute("SELECT * FROM nowhere")
    with pytest.raises(FileNotFoundError):
        async with acquire_ready(pool):
            raise FileNotFoundError
    assert await pool.fetchval("SELECT 1") == 1


async def test_a_lost_connection_is_an_unavailable_database(pool: Pool) -> None:
    for lend in (acquire_ready, transaction):
        with pytest.raises(DatabaseUnavailable):
            async with lend(pool) as connection:
                await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert await pool.fetchval("SELECT 1") == 1


async def test_who_asks_while_postgres_restarts_waits_and_who_asks_too_long_is_told(tmp_path: Path) -> None:
    server = await EmbeddedPostgres.start(tmp_path / "postgres", databases=["store"])
    pool = await open_pool(server.url("store"), size=4, name="test")
    try:
        for _ in range(3):
            async with asyncio.TaskGroup() as group:  # four open, idle connections, which PostgreSQL then takes along
                for _ in range(4):
                    group.create_task(pool.execute("SELECT pg_sleep(0.05)"))
            assert server.pid
            os.kill(server.pid, signal.SIGKILL)
            await server.wait()
            with pytest.raises(DatabaseUnavailable):
                await _one(pool, patience=0.1)
            waiting = asyncio.create_task(_one(pool, patience=10))
            await server.restart()
            assert await waiting == 1
    finally:
        await pool.close()
        await server.stop()


async def _one(pool: Pool, patience: float) -> int:
    async with transaction(pool, patience=patience) as connection:
        return int(await connection.fetchval("SELECT 1"))


async def test_a_pool_is_closed_though_not_all_is_back(empty_database: str) -> None:
    lending = await open_pool(empty_database, size=2, name="test")
    await lending.acquire()
    await close_pool(lending, patience=0.2)
    assert lending.is_closing()


async def test_a_trigger_that_was_planned_on_an_empty_table_is_planned_anew(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'young'"  # by this session, so far
    pool = await open_pool(empty_database, size=1, name="crossdock test")

    async def reads_all() -> bool:
        async with transaction(pool) as connection:
            before = await connection.fetchval(looked)
            await connection.execute("SELECT find()")
            return bool(await connection.fetchval(looked) > before)

    try:
        await pool.execute("CREATE TABLE young (id bigint PRIMARY KEY)")
        await pool.execute("ANALYZE young")
        await pool.execute(
            "CREATE FUNCTION find() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM FROM young WHERE id = 7; END'"
        )
        assert await reads_all()
        await pool.execute("INSERT INTO young SELECT generate_series(1, 10000)")
        assert await reads_all()
        monkeypatch.setattr("crossdock.runtime.postgres.pool.PLANS_LAST_SECONDS", 0)
        assert not await reads_all()
    finally:
        await pool.close()


async def test_a_snapshot_is_one_state_also_where_plans_are_renewed(pool: Pool) -> None:
    await pool.execute("CREATE TABLE counted AS SELECT 1 AS n")
    async with snapshot(pool) as connection:
        assert await connection.fetchval("SELECT n FROM counted") == 1
        await pool.execute("UPDATE counted SET n = 2")
        assert await connection.fetchval("SELECT n FROM counted") == 1
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with snapshot(pool) as connection:
            await connection.execute("UPDATE counted SET n = 3")
