"""Invariants are checked over several connections, which all see one moment."""

import asyncio

import asyncpg

from crossdock.runtime.verify import AT_ONCE, MOST_ROWS, Invariant, check_at_once


def _invariant(name: str, sql: str) -> Invariant:
    return Invariant(name=name, says="a sentence", sql=sql)


async def test_all_connections_see_the_same_moment(store_database: str) -> None:
    seen = "SELECT pg_current_snapshot()::text AS snapshot FROM pg_sleep(0.02)"
    connection = await asyncpg.connect(store_database)

    async def write() -> None:
        while True:
            await connection.execute("SELECT pg_current_xact_id()")

    writing = asyncio.create_task(write())
    try:
        offences = await check_at_once(store_database, [_invariant(str(n), seen) for n in range(2 * AT_ONCE)])
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await connection.close()
    assert len(offences) == 2 * AT_ONCE
    assert len({each.row["snapshot"] for each in offences}) == 1


async def test_offences_come_in_the_order_of_the_invariants_and_not_too_many(store_database: str) -> None:
    slow = _invariant("slow", "SELECT 1 AS found FROM pg_sleep(0.1)")
    many = _invariant("many", "SELECT n AS found FROM generate_series(1, 1000) AS n")
    offences = await check_at_once(store_database, [slow, _invariant("sound", "SELECT 1 WHERE false"), many])
    assert [each.invariant for each in offences] == ["slow", *["many"] * MOST_ROWS]
