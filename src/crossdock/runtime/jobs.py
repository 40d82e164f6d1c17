"""Work that is done apart from the request that asked for it, and work that is due later.

Jobs wait in pgqueuer's tables and run as soon as a worker is free. Whatever is due later, retries included, is a row of
`timers` with a time of the business clock; the sweep turns due timers into jobs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar

import asyncpg
import msgspec
import structlog
from pgqueuer import AsyncpgDriver, Queries, QueueManager
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.errors import FailingListenerError, RetryRequested
from pgqueuer.models import Job as QueuedJob

from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.postgres.pool import GONE, DatabaseUnavailable, transaction

log = structlog.get_logger(__name__)

SWEEP_EVERY = 0.5
SWEEP_BATCH = 500
AFTER_A_LOSS = 0.5
# A worker that was killed gives up its jobs after this; beats come at half of it.
HEARTBEAT = timedelta(seconds=4)
LOOK_AGAIN = timedelta(seconds=1)
BATCH = 10
KEEP_LOG_DAYS = 7
PRUNE_EVERY = 3600.0
# Retries belong to the queue and to no tenant.
NOBODY = 0

TIMERS = """
CREATE TABLE timers (
    tenant_id      bigint      NOT NULL,                        -- 0: a job that waits for its next attempt
    job            text        NOT NULL,
    key            text        NOT NULL,
    args           jsonb       NOT NULL,
    attempt        integer     NOT NULL DEFAULT 1,
    due_at         timestamptz NOT NULL,                        -- by the business clock
    every_seconds  integer     CHECK (every_seconds > 0),
    PRIMARY KEY (tenant_id, job, key)
);
CREATE INDEX timers_due ON timers (due_at);
"""


def schema() -> str:
    """Return the SQL of the queue and the timers, for a side's first migration."""
    return f"{QueryBuilderEnvironment().build_install_query()}\n{TIMERS}"


@dataclass(frozen=True)
class Done:
    """The work is done."""


@dataclass(frozen=True)
class Cancel:
    """The work is no longer wanted; do not try again."""

    reason: str


@dataclass(frozen=True)
class Snooze:
    """Run again after so many seconds of the business clock; does not count as an attempt."""

    seconds: float


Outcome: TypeAlias = Done | Cancel | Snooze
Context = TypeVar("Context")
Args = TypeVar("Args")


@dataclass(frozen=True, kw_only=True)
class Job(Generic[Args, Context]):
    """A kind of work: its name, the frozen dataclass of its arguments (JSON values only), and what runs it.

    `attempts` in all, with `delays` seconds of the business clock between them (the last one repeats). An exception
    means another attempt, unless it is one of `final`. `apart`: it waits for servers of others, so it has room of its
    own in each worker, and however many of them are silent the other jobs run.
    """

    name: str
    args: type[Args]
    run: Callable[[Args, Context], Awaitable[Outcome]]
    attempts: int = 10
    delays: tuple[float, ...] = (1, 5, 30, 120, 600)
    final: tuple[type[Exception], ...] = ()
    apart: bool = False


@dataclass(frozen=True, kw_only=True)
class Timer:
    """A job that is due at a time, once or again and again. `args` is the dataclass that the job takes."""

    tenant_id: int
    job: str
    key: str
    due_at: datetime
    args: object = field(default_factory=dict)
    every_seconds: int | None = None


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """What waits in the queue: a job's arguments as JSON, and which attempt this is."""

    args: msgspec.Raw
    attempt: int = 1


async def enqueue(connection: Connection, job: str, args: object, *, unique: str | None = None) -> None:
    """Queue a job in the caller's transaction; passed over when one with the same `unique` waits already.

    One that already runs may have read too early, so it does not count.
    """
    await enqueue_all(connection, job, [(args, unique)])


async def enqueue_all(connection: Connection, job: str, items: Sequence[tuple[object, str | None]]) -> None:
    """Queue many jobs of a kind, each with its arguments and `unique`, in one statement."""
    await queue(connection, [(job, Ticket(args=raw(args)), unique and f"{job}:{unique}") for args, unique in items])


async def queue(connection: Connection, tickets: Sequence[tuple[str, Ticket, str | None]]) -> None:
    """Queue tickets, of one key no more than one.

    A ticket that is passed over locks the one that waits until our commit: its job cannot start before, and so sees
    what we have written.
    """
    single = list({key or number: (job, ticket, key) for number, (job, ticket, key) in enumerate(tickets)}.values())
    if single:
        await Queries(AsyncpgDriver(connection)).enqueue(  # type: ignore[arg-type]  # a pool's proxy will do
            [job for job, _, _ in single],
            [msgspec.json.encode(ticket) for _, ticket, _ in single],
            [0] * len(single),
            dedupe_key=[key for _, _, key in single],
            on_conflict="update_priority",
        )


def raw(args: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(args))


async def set_timers(connection: Connection, timers: Sequence[Timer]) -> None:
    """Arm timers, each replacing the one of the same tenant, job and key."""
    rows = [(timer, 1) for timer in timers]
    await arm(connection, rows)


def timer_rows(timers: Iterable[Timer]) -> list[dict[str, Any]]:
    """Return timers as JSON values, for the parameter of `insert_timers`: of one key the last."""
    rows = {(timer.tenant_id, timer.job, timer.key): timer for timer in timers}
    return [msgspec.to_builtins(timer) | {"attempt": 1} for timer in rows.values()]


def insert_timers(parameter: str) -> str:
    """Return the INSERT of rows given as the jsonb parameter named, e.g. `$4`; it stands alone or inside a CTE."""
    return f"""
        INSERT INTO timers (tenant_id, job, key, args, due_at, every_seconds, attempt)
        SELECT tenant_id, job, key, args, due_at, every_seconds, attempt
        FROM jsonb_to_recordset({parameter}::jsonb) AS row (tenant_id bigint, job text, key text, args jsonb,
            due_at timestamptz, every_seconds integer, attempt integer)
        ORDER BY tenant_id, job, key
        ON CONFLICT (tenant_id, job, key) DO UPDATE
        SET args = excluded.args, due_at = excluded.due_at, every_seconds = excluded.every_seconds,
            attempt = excluded.attempt
    """


async def arm(connection: Connection, timers: Sequence[tuple[Timer, int]]) -> None:
    await connection.execute(
        insert_timers("$1"), [msgspec.to_builtins(timer) | {"attempt": attempt} for timer, attempt in timers]
    )


async def cancel_timer(connection: Connection, tenant_id: int, job: str, key: str) -> None:
    await connection.execute("DELETE FROM timers WHERE tenant_id = $1 AND job = $2 AND key = $3", tenant_id, job, key)


async def sweep(connection: Connection, at: datetime) -> int:
    """Turn timers that are due into jobs and arm the repeating ones anew; return how many were due.

    Call it inside a transaction. A repeating timer that was due several times makes one job. At most 500 at a time.
    """
    due = await connection.fetch(
        """
        WITH due AS (
            SELECT * FROM timers WHERE due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ), once AS (
            DELETE FROM timers USING due
            WHERE timers.tenant_id = due.tenant_id AND timers.job = due.job AND timers.key = due.key
                AND due.every_seconds IS NULL
        ), again AS (
            UPDATE timers SET due_at = due.due_at + interval '1 second' * due.every_seconds
                * (floor(extract(epoch FROM $1 - due.due_at) / due.every_seconds) + 1)
            FROM due
            WHERE timers.tenant_id = due.tenant_id AND timers.job = due.job AND timers.key = due.key
                AND due.every_seconds IS NOT NULL
        )
        SELECT tenant_id, job, key, args, attempt FROM due ORDER BY due_at
        """,
        at,
        SWEEP_BATCH,
    )
    await queue(
        connection,
        [
            (
                row["job"],
                Ticket(args=raw(row["args"]), attempt=row["attempt"]),
                f"timer:{row['tenant_id']}:{row['job']}:{row['key']}",
            )
            for row in due
        ],
    )
    return len(due)


async def pending(connection: Connection, at: datetime) -> int:
    """Count the jobs that wait or run, and the timers that are due."""
    count: int = await connection.fetchval(
        """
        SELECT (SELECT count(*) FROM pgqueuer WHERE status IN ('queued', 'picked'))
            + (SELECT count(*) FROM timers WHERE due_at <= $1)
        """,
        at,
    )
    return count


async def next_due(connection: Connection) -> datetime | None:
    """Return the business time of the next timer, retries included."""
    due_at: datetime | None = await connection.fetchval("SELECT min(due_at) FROM timers")
    return due_at


class Worker(Generic[Context]):
    """Sweeps the timers and runs the jobs until stopped. Run as many as you like, anywhere.

    The worker keeps a connection of the pool to itself, to hear of new jobs; where some stand apart, a second one.
    """

    def __init__(
        self,
        *,
        pool: Pool,
        clock: Clock,
        jobs: Mapping[str, Job[Any, Context]],
        context: Context,
        concurrency: int = 2 * BATCH,
    ) -> None:
        self.pool = pool
        self.clock = clock
        self.jobs = jobs
        self.context = context
        self.concurrency = max(concurrency, 2 * BATCH)
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop`, then let running jobs finish. Outlives restarts of the database."""
        while not self.stopping.is_set():
            try:
                await self.serve()
            except* (DatabaseUnavailable, FailingListenerError, asyncpg.InterfaceError, *GONE) as lost:
                log.warning("worker_lost_database", error="; ".join(sorted({repr(each) for each in leaves(lost)})))
                await self.pause(AFTER_A_LOSS)

    def stop(self) -> None:
        self.stopping.set()

    async def serve(self) -> None:
        managers = [self.manager(apart=apart) for apart in sorted({job.apart for job in self.jobs.values()})]
        async with asyncio.TaskGroup() as tasks:
            consumers = [tasks.create_task(self.consume(manager)) for manager in managers]
            others = [tasks.create_task(self.keep_sweeping()), tasks.create_task(self.keep_pruning())]
            stopping = tasks.create_task(self.stopping.wait())
            await asyncio.wait((*consumers, stopping), return_when=asyncio.FIRST_COMPLETED)
            for manager in managers:
                manager.shutdown.set()
            await asyncio.wait(consumers)
            for task in (*others, stopping):
                task.cancel()

    def manager(self, *, apart: bool) -> QueueManager:
        """Return what runs the jobs that stand apart, or the others."""
        manager = QueueManager(Queries.from_asyncpg_pool(self.pool))
        for job in self.jobs.values():
            if job.apart is apart:
                manager.entrypoint(job.name, accepts_context=False, on_failure="hold")(self.runner(job))
        return manager

    async def consume(self, manager: QueueManager) -> None:
        await manager.run(
            dequeue_timeout=LOOK_AGAIN,
            batch_size=BATCH,
            max_concurrent_tasks=self.concurrency,
            heartbeat_timeout=HEARTBEAT,
            shutdown_on_listener_failure=True,
            log_aggregation_interval=timedelta(0),
        )

    def runner(self, job: Job[Any, Context]) -> Callable[[QueuedJob], Awaitable[None]]:
        async def run(queued: QueuedJob) -> None:
            try:
                await self.perform(job, queued)
            except asyncio.CancelledError:
                # The process ends. What pgqueuer sees as cancelled it deletes; this one goes back into the queue.
                raise RetryRequested(reason="the worker was stopped") from None

        return run

    async def perform(self, job: Job[Any, Context], queued: QueuedJob) -> None:
        """Run one job and see to its next attempt. Raises what ends it for good, for the queue to keep."""
        await self.surely(partial(give_up_key, queued=queued))
        ticket = msgspec.json.decode(queued.payload or b"", type=Ticket)
        try:
            outcome = await job.run(msgspec.json.decode(ticket.args, type=job.args), self.context)
        except Exception as error:
            if isinstance(error, job.final) or ticket.attempt >= job.attempts:
                raise
            delay = job.delays[min(ticket.attempt, len(job.delays)) - 1]
            log.warning("job_failed", job=job.name, attempt=ticket.attempt, delay=delay, error=repr(error))
            await self.again(job, queued, ticket, attempt=ticket.attempt + 1, seconds=delay)
            return
        match outcome:
            case Done():
                await self.surely(partial(remove, queued=queued))
            case Cancel(reason):
                log.info("job_cancelled", job=job.name, reason=reason)
                await self.surely(partial(remove, queued=queued))
            case Snooze(seconds):
                await self.again(job, queued, ticket, attempt=ticket.attempt, seconds=seconds)

    async def again(
        self, job: Job[Any, Context], queued: QueuedJob, ticket: Ticket, *, attempt: int, seconds: float
    ) -> None:
        """Put a job that has to wait for its next attempt among the timers."""

        async def move(connection: Connection) -> None:
            due_at = await self.clock.now(connection) + timedelta(seconds=seconds)
            args = msgspec.json.decode(ticket.args)
            timer = Timer(tenant_id=NOBODY, job=job.name, key=str(queued.id), due_at=due_at, args=args)
            await arm(connection, [(timer, attempt)])
            await remove(connection, queued)

        await self.surely(move)

    async def surely(self, change: Callable[[Connection], Awaitable[None]]) -> None:
        """Make a change that can be made twice, however long the database is away: else pgqueuer gives up the job."""
        while True:
            try:
                async with transaction(self.pool) as connection:
                    await change(connection)
            except DatabaseUnavailable as error:
                log.warning("worker_lost_database", error=repr(error))
                await asyncio.sleep(AFTER_A_LOSS)
            else:
                return

    async def keep_sweeping(self) -> None:
        while True:
            try:
                async with transaction(self.pool) as connection:
                    due = await sweep(connection, await self.clock.now(connection))
            except DatabaseUnavailable as error:
                log.warning("sweep_lost_database", error=repr(error))
                due = 0
            if due < SWEEP_BATCH:
                await self.pause(SWEEP_EVERY)

    async def keep_pruning(self) -> None:
        while True:
            await self.surely(prune)
            await self.pause(PRUNE_EVERY)

    async def pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stopping.wait()


def leaves(group: BaseExceptionGroup[Exception]) -> Iterator[Exception]:
    """Yield what went wrong, out of the groups in which tasks raise it."""
    for each in group.exceptions:
        if isinstance(each, BaseExceptionGroup):
            yield from leaves(each)
        else:
            yield each


async def give_up_key(connection: Connection, queued: QueuedJob) -> None:
    """Let others queue the like of a job that starts: what comes from now on may concern what it has read already."""
    await connection.execute(
        "UPDATE pgqueuer SET dedupe_key = NULL WHERE id = $1 AND dedupe_key IS NOT NULL", queued.id
    )


async def remove(connection: Connection, queued: QueuedJob) -> None:
    """Take a job out of the queue at once; pgqueuer by itself would gather some that are done first."""
    await connection.execute("DELETE FROM pgqueuer WHERE id = $1", queued.id)


async def prune(connection: Connection) -> None:
    """Forget old entries of pgqueuer's log."""
    await connection.execute(
        "DELETE FROM pgqueuer_log WHERE created < now() - make_interval(days => $1)", KEEP_LOG_DAYS
    )
