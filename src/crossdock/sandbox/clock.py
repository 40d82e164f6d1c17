"""Moving the clock of both sides at once, through everything that becomes due on the way."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crossdock.runtime import jobs
from crossdock.runtime.clock import MovableClock
from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.exchange import journey
from crossdock.runtime.exchange.messages import wake
from crossdock.runtime.postgres.pool import acquire_ready, transaction

PAUSE = 0.01
PATIENCE = 120.0
# What is due within so many seconds comes in one stop.
TOGETHER = 1.0
# A repeating timer that would be due more often than this on the way comes along with the other steps instead.
MOST_STEPS_OF_A_TIMER = 500


class NeverSettled(Exception):
    """Something stayed due or under way for too long; the message says what."""


@dataclass(frozen=True, kw_only=True)
class Activity:
    """What one side has to do, and a mark that changes with whatever it takes in or hands on."""

    messages: int
    jobs: int
    mark: tuple[int, int]

    @property
    def is_quiet(self) -> bool:
        return not self.messages and not self.jobs


async def now(pool: Pool) -> datetime:
    """Return the business time of a side."""
    return await MovableClock(pool).now()


async def settle(sides: Sequence[Pool]) -> None:
    """Return when nothing is due or under way on any side. Raises: NeverSettled.

    Work may pass from one side to the other while we look at them in turn. So all must be quiet twice in a row, with
    nothing having been taken in between the two looks.
    """
    deadline = asyncio.get_running_loop().time() + PATIENCE
    before: list[Activity] | None = None
    while True:
        seen = [await _activity(pool) for pool in sides]
        if seen == before and all(side.is_quiet for side in seen):
            return
        if asyncio.get_running_loop().time() > deadline:
            left = "; ".join(f"{side.messages} messages and {side.jobs} jobs" for side in seen)
            raise NeverSettled(f"after {PATIENCE:.0f} s there is still work due or under way: {left}")
        before = seen
        await asyncio.sleep(PAUSE)


async def advance(sides: Sequence[Pool], seconds: float) -> int:
    """Move the clock, stopping at each time at which something is due until it is done; return how many stops.

    Raises: NeverSettled.
    """
    await settle(sides)
    offset = await MovableClock(sides[0]).offset()
    target = offset + seconds
    steps = 0
    while (due := await _next_due(sides, frequent=seconds / MOST_STEPS_OF_A_TIMER)) is not None:
        machine_time = await now(sides[0]) - timedelta(seconds=offset)
        needed = (due - machine_time).total_seconds()
        if needed > target:
            break
        # Time goes on by itself as well, so what is due may have become so already.
        offset = max(offset, min(needed + TOGETHER, target))
        await _move_to(sides, offset)
        await settle(sides)
        steps += 1
    await _move_to(sides, target)
    await settle(sides)
    return steps


async def _move_to(sides: Sequence[Pool], offset: float) -> None:
    for pool in sides:
        await MovableClock(pool).set_offset(offset)
    for pool in sides:
        # What the workers would do at their next look: we are in a hurry.
        async with transaction(pool) as connection:
            await jobs.sweep(connection, await MovableClock(pool).now(connection))
        async with acquire_ready(pool) as connection:
            await wake(connection)


async def _activity(pool: Pool) -> Activity:
    async with acquire_ready(pool) as connection:
        mark = await _mark(connection)
        at = await MovableClock(pool).now(connection)
        return Activity(
            messages=await journey.pending(connection, at), jobs=await jobs.pending(connection, at), mark=mark
        )


async def _mark(connection: Connection) -> tuple[int, int]:
    row = await connection.fetchrow(
        "SELECT (SELECT last_value FROM message_ids), (SELECT last_value FROM pgqueuer_id_seq)"
    )
    assert row is not None
    return row[0], row[1]


async def _next_due(sides: Sequence[Pool], *, frequent: float) -> datetime | None:
    """Return when the next message or timer is due anywhere, leaving out timers that repeat too often."""
    times: list[datetime | None] = []
    for pool in sides:
        async with acquire_ready(pool) as connection:
            times.append(await journey.next_due(connection))
            times.append(
                await connection.fetchval(
                    "SELECT min(due_at) FROM timers WHERE coalesce(every_seconds >= $1, true)", frequent
                )
            )
    return min((time for time in times if time is not None), default=None)
