"""Jobs and timers, with real workers."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest_asyncio
import structlog

from crossdock.runtime import clock, jobs
from crossdock.runtime.clock import MovableClock
from crossdock.runtime.jobs import (
    BATCH,
    Cancel,
    Done,
    Job,
    Outcome,
    Snooze,
    Timer,
    Worker,
    cancel_timer,
    enqueue,
    enqueue_all,
    next_due,
    pending,
    set_timers,
    sweep,
)
from crossdock.runtime.postgres.pool import Pool, close_pool, open_pool, transaction


@dataclass(frozen=True, kw_only=True)
class Count:
    number: int
    note: str = ""


@dataclass(kw_only=True)
class Notebook:
    """The context of these tests: what ran, and how it should end."""

    ran: list[int] = field(default_factory=list)
    ends: list[Outcome | Exception] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)


async def count(args: Count, notebook: Notebook) -> Outcome:
    notebook.ran.append(args.number)
    end = notebook.ends.pop(0) if notebook.ends else Done()
    if isinstance(end, Exception):
        raise end
    return end


async def wait(args: Count, notebook: Notebook) -> Outcome:
    notebook.ran.append(args.number)
    await notebook.gate.wait()
    return Done()


JOBS: dict[str, Job[Any, Notebook]] = {
    "count": Job(name="count", args=Count, run=count, attempts=3, delays=(60,), final=(LookupError,)),
    "wait": Job(name="wait", args=Count, run=wait),
    "ask": Job(name="ask", args=Count, run=wait, apart=True),
}


@pytest_asyncio.fixture
async def pool(empty_database: str) -> AsyncIterator[Pool]:
    pool = await open_pool(empty_database, size=12, name="test")
    await pool.execute(jobs.schema())
    await pool.execute(clock.schema())
    yield pool
    await close_pool(pool)


@asynccontextmanager
async def working(pool: Pool, notebook: Notebook) -> AsyncIterator[None]:
    worker = Worker(pool=pool, clock=MovableClock(pool), jobs=JOBS, context=notebook)
    running = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        notebook.gate.set()
        worker.stop()
        await asyncio.wait_for(running, 10)


async def put(pool: Pool, number: int, *, job: str = "count", unique: str | None = None) -> None:
    async with transaction(pool) as connection:
        await enqueue(connection, job, Count(number=number), unique=unique)


async def left(pool: Pool) -> int:
    async with pool.acquire() as connection:
        return await pending(connection, await MovableClock(pool).now(connection))


async def settled(pool: Pool) -> None:
    async with asyncio.timeout(10):
        while True:
            if not await left(pool):
                return
            await asyncio.sleep(0.02)


async def until(happened: Callable[[], bool], within: float = 10) -> None:
    async with asyncio.timeout(within):
        while True:
            if happened():
                return
            await asyncio.sleep(0.002)


async def test_a_job_runs_soon_after_the_commit_and_not_before(pool: Pool) -> None:
    notebook = Notebook()
    async with working(pool, notebook):
        await put(pool, 0)
        await settled(pool)
        async with transaction(pool) as connection:
            await enqueue(connection, "count", Count(number=1))
            await asyncio.sleep(0.3)
            assert notebook.ran == [0]
        started = asyncio.get_running_loop().time()
        await until(lambda: notebook.ran == [0, 1])
        assert asyncio.get_running_loop().time() - started < 0.3
        await settled(pool)


async def test_a_unique_job_waits_once(pool: Pool) -> None:
    notebook = Notebook()
    async with transaction(pool) as connection:
        await enqueue_all(connection, "count", [(Count(number=n), "same") for n in range(3)])
        await enqueue_all(connection, "count", [(Count(number=9), None), (Count(number=9), None)])
    await put(pool, 5, unique="same")
    async with working(pool, notebook):
        await settled(pool)
    assert len(notebook.ran) == 3
    assert sorted(notebook.ran)[1:] == [9, 9]


async def test_what_comes_while_a_unique_job_runs_is_run_again(pool: Pool) -> None:
    notebook = Notebook()
    async with working(pool, notebook):
        await put(pool, 1, job="wait", unique="same")
        await until(lambda: notebook.ran == [1])
        await put(pool, 2, job="wait", unique="same")
        await until(lambda: notebook.ran == [1, 2])


async def test_a_failed_job_is_tried_again_by_the_clock_and_then_given_up(pool: Pool) -> None:
    notebook = Notebook(ends=[ValueError("once"), ValueError("twice"), ValueError("thrice")])
    movable = MovableClock(pool)
    async with working(pool, notebook):
        await put(pool, 1)
        await settled(pool)
        assert notebook.ran == [1]
        await movable.set_offset(61)
        await settled(pool)
        assert notebook.ran == [1, 1]
        await movable.set_offset(122)
        await settled(pool)
        await movable.set_offset(9999)
        await settled(pool)
    assert notebook.ran == [1, 1, 1]
    assert await pool.fetchval("SELECT count(*) FROM pgqueuer WHERE status = 'failed'") == 1


async def test_outcomes(pool: Pool) -> None:
    notebook = Notebook(ends=[Snooze(60), Snooze(60), Snooze(60), Cancel("no more"), LookupError("final")])
    movable = MovableClock(pool)
    async with working(pool, notebook):
        await put(pool, 1)
        for step in range(1, 5):
            await settled(pool)
            assert notebook.ran == [1] * step
            await movable.set_offset(61 * step)
        await settled(pool)
        await put(pool, 2)
        await settled(pool)
        async with pool.acquire() as connection:
            assert await next_due(connection) is None
    assert notebook.ran == [1, 1, 1, 1, 2]


async def test_timers_are_due_by_the_clock(pool: Pool) -> None:
    notebook = Notebook()
    movable = MovableClock(pool)
    at = await movable.now()
    async with transaction(pool) as connection:
        await set_timers(
            connection,
            [
                Timer(tenant_id=1, job="count", key="later", due_at=at + timedelta(hours=1), args=Count(number=1)),
                Timer(tenant_id=1, job="count", key="never", due_at=at + timedelta(hours=1), args=Count(number=2)),
                Timer(tenant_id=2, job="count", key="later", due_at=at + timedelta(hours=3), args=Count(number=3)),
            ],
        )
        await cancel_timer(connection, 1, "count", "never")
        await set_timers(
            connection,
            [Timer(tenant_id=2, job="count", key="later", due_at=at + timedelta(hours=2), args=Count(number=4))],
        )
        assert await next_due(connection) == at + timedelta(hours=1)
    async with working(pool, notebook):
        await settled(pool)
        assert notebook.ran == []
        await movable.set_offset(3600)
        await settled(pool)
        assert notebook.ran == [1]
        await movable.set_offset(7200)
        await settled(pool)
    assert notebook.ran == [1, 4]


async def test_a_repeating_timer_keeps_its_beat_and_makes_one_job_for_all_it_missed(pool: Pool) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    timer = Timer(tenant_id=1, job="count", key="hourly", due_at=at, args=Count(number=1), every_seconds=3600)
    async with transaction(pool) as connection:
        await set_timers(connection, [timer])
        assert await sweep(connection, at - timedelta(seconds=1)) == 0
        assert await sweep(connection, at) == 1
        assert await next_due(connection) == at + timedelta(hours=1)
        assert await sweep(connection, at + timedelta(hours=5, minutes=20)) == 1
        assert await next_due(connection) == at + timedelta(hours=6)
        assert await connection.fetchval("SELECT count(*) FROM pgqueuer") == 1


async def test_two_sweeps_make_one_job(pool: Pool) -> None:
    at = datetime.now(UTC)
    async with transaction(pool) as first, transaction(pool) as second:
        await set_timers(first, [])
        await pool.execute(
            "INSERT INTO timers (tenant_id, job, key, args, due_at) VALUES (1, 'count', 'k', '{\"number\": 1}', $1)", at
        )
        assert await sweep(first, at) == 1
        assert await sweep(second, at) == 0


KILLED = """
import asyncio, sys
from crossdock.runtime.clock import MovableClock
from crossdock.runtime.jobs import Worker
from crossdock.runtime.postgres.pool import open_pool
from tests.runtime.test_jobs import JOBS, Notebook

async def main():
    pool = await open_pool(sys.argv[1], size=4, name="killed")
    await Worker(pool=pool, clock=MovableClock(pool), jobs=JOBS, context=Notebook()).run()

asyncio.run(main())
"""


async def test_the_jobs_of_a_killed_worker_are_run_by_another(pool: Pool, empty_database: str) -> None:
    await put(pool, 7, job="wait")
    victim = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, empty_database)
    async with asyncio.timeout(20):
        while True:
            if await pool.fetchval("SELECT count(*) FROM pgqueuer WHERE status = 'picked' AND dedupe_key IS NULL"):
                break
            await asyncio.sleep(0.05)
    victim.send_signal(signal.SIGKILL)
    await victim.wait()
    notebook = Notebook()
    async with working(pool, notebook):
        await until(lambda: notebook.ran == [7], within=12)


async def test_jobs_that_wait_for_others_hold_up_no_other_jobs(pool: Pool) -> None:
    notebook = Notebook()
    async with working(pool, notebook):
        for number in range(5 * BATCH):
            await put(pool, number, job="ask")
        await until(lambda: len(notebook.ran) >= 2 * BATCH)
        await put(pool, 1000)
        await until(lambda: 1000 in notebook.ran)
        assert len(notebook.ran) < 5 * BATCH
        notebook.gate.set()
        await settled(pool)
    assert sorted(notebook.ran) == [*range(5 * BATCH), 1000]


async def test_a_worker_outlives_the_loss_of_its_connections_and_says_what_it_saw(pool: Pool) -> None:
    notebook = Notebook()
    with structlog.testing.capture_logs() as logged:
        async with working(pool, notebook):
            await put(pool, 1)
            await until(lambda: notebook.ran == [1])
            await pool.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
            await asyncio.sleep(0.1)
            await put(pool, 2)
            await until(lambda: notebook.ran == [1, 2])
    seen = [each["error"] for each in logged if each["event"] == "worker_lost_database"]
    assert seen
    assert all(re.match(r"\w+(Error|Unavailable)\(", error) for error in seen), seen


async def test_a_worker_that_is_cancelled_leaves_its_jobs_in_the_queue(pool: Pool) -> None:
    stuck, notebook = Notebook(), Notebook()
    running = asyncio.create_task(Worker(pool=pool, clock=MovableClock(pool), jobs=JOBS, context=stuck).run())
    await put(pool, 3, job="wait")
    await until(lambda: stuck.ran == [3])
    ending = asyncio.all_tasks() - {asyncio.current_task()}
    for task in ending:  # as asyncio.run does
        task.cancel()
    await asyncio.wait(ending, timeout=10)
    assert running.done()
    async with working(pool, notebook):
        await until(lambda: notebook.ran == [3])


async def test_a_job_that_loses_the_database_is_neither_lost_nor_failed(pool: Pool) -> None:
    notebook = Notebook()
    async with working(pool, notebook):
        await put(pool, 3, job="wait")
        await until(lambda: notebook.ran == [3])
        await pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        notebook.gate.set()
        await settled(pool)
    assert await pool.fetchval("SELECT count(*) FROM pgqueuer") == 0
