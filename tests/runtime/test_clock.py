"""Time that can be moved, by all processes together."""

from datetime import UTC, datetime, timedelta

from crossdock.runtime import clock
from crossdock.runtime.clock import MovableClock, SystemClock
from crossdock.runtime.postgres.pool import open_pool


async def test_the_machines_time_is_aware_and_in_utc() -> None:
    now = await SystemClock().now()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=1)


async def test_a_moved_clock_is_moved_for_all(empty_database: str) -> None:
    pool = await open_pool(empty_database, size=2, name="test")
    try:
        await pool.execute(clock.schema())
        mine, yours = MovableClock(pool), MovableClock(pool)
        assert abs(await mine.now() - datetime.now(UTC)) < timedelta(seconds=1)
        await mine.set_offset(6 * 3600)
        async with pool.acquire() as connection:
            assert abs(await yours.now(connection) - datetime.now(UTC) - timedelta(hours=6)) < timedelta(seconds=1)
        assert await yours.offset() == 6 * 3600
    finally:
        await pool.close()
