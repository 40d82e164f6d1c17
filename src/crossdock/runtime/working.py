"""What a worker process does on both sides: it sends messages and runs jobs, until it is told to stop."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Pool
from crossdock.runtime.exchange.courier import Courier
from crossdock.runtime.jobs import Timer, Worker, set_timers
from crossdock.runtime.postgres.pool import transaction

Context = TypeVar("Context")


async def work_until_cancelled(
    courier: Courier,
    worker: Worker[Context],
    *,
    pool: Pool,
    clock: Clock,
    timers: Callable[[datetime], Sequence[Timer]],
) -> None:
    """Send messages and run jobs until cancelled; then finish what is under way. `timers` are due again and again."""
    async with transaction(pool) as connection:
        await set_timers(connection, timers(await clock.now(connection)))
    running = asyncio.gather(courier.run(), worker.run())
    try:
        await asyncio.shield(running)
    finally:
        courier.stop()
        worker.stop()
        await running
