"""Work that is done apart from the request that asked for it, and work that is due later.

Jobs live in pgqueuer's tables, whose timestamps are real time. What is due later by business time lives in `timers`;
the sweep turns due timers into jobs.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar

from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Connection, Pool

TIMERS = """
CREATE TABLE timers (
    tenant_id      bigint      NOT NULL,
    job            text        NOT NULL,
    key            text        NOT NULL,
    args           jsonb       NOT NULL,
    due_at         timestamptz NOT NULL,                        -- by the business clock
    every_seconds  integer     CHECK (every_seconds > 0),
    PRIMARY KEY (tenant_id, job, key)
);
CREATE INDEX timers_due ON timers (due_at);
"""


def schema() -> str:
    """Return the SQL of the queue and the timers, for a side's first migration."""
    raise NotImplementedError


@dataclass(frozen=True)
class Done:
    """The work is done."""


@dataclass(frozen=True)
class Cancel:
    """The work is no longer wanted; do not try again."""

    reason: str


@dataclass(frozen=True)
class Snooze:
    """Run again after so many seconds of real time; does not count as an attempt."""

    seconds: float


Outcome: TypeAlias = Done | Cancel | Snooze
Context = TypeVar("Context")
Args = TypeVar("Args")


class Final(Exception):
    """Raised from an error that no retry can mend: the job ends at once, as failed."""


@dataclass(frozen=True, kw_only=True)
class Job(Generic[Args, Context]):
    """A kind of work: its name, the frozen dataclass of its arguments (JSON values only), and what runs it.

    `attempts` in all, with `delays` seconds between them (the last one repeats); `never_retry` lists exceptions that end
    the job at once.
    """

    name: str
    args: type[Args]
    run: Callable[[Args, Context], Awaitable[Outcome]]
    attempts: int = 10
    delays: tuple[float, ...] = (1, 5, 30, 120, 600)
    never_retry: tuple[type[Exception], ...] = ()


async def enqueue(connection: Connection, job: str, args: object, *, unique: str | None = None) -> None:
    """Queue a job in the caller's transaction; passed over when one with the same `unique` waits or runs already."""
    raise NotImplementedError


async def enqueue_all(connection: Connection, job: str, items: Sequence[tuple[object, str | None]]) -> None:
    """Queue many jobs of a kind, each with its arguments and `unique`, in one statement."""
    raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Timer:
    tenant_id: int
    job: str
    key: str
    due_at: datetime
    args: Mapping[str, object] = field(default_factory=dict)
    every_seconds: int | None = None


async def set_timers(connection: Connection, timers: Sequence[Timer]) -> None:
    """Arm timers, each replacing the one of the same tenant, job and key."""
    raise NotImplementedError


async def cancel_timer(connection: Connection, tenant_id: int, job: str, key: str) -> None:
    raise NotImplementedError


async def sweep(connection: Connection, at: datetime) -> int:
    """Turn the timers that are due into jobs and re-arm the repeating ones; return how many were due.

    A repeating timer that was due several times makes one job, and is next due one period after `at`.
    """
    raise NotImplementedError


async def pending(connection: Connection, at: datetime) -> int:
    """Count jobs that wait or run, and timers due at `at`. Jobs that wait for a retry count as well."""
    raise NotImplementedError


async def next_due(connection: Connection) -> datetime | None:
    """Return the business time of the next timer."""
    raise NotImplementedError


class Worker(Generic[Context]):
    """Sweeps the timers and runs the jobs until stopped. Run as many as you like, anywhere."""

    def __init__(
        self,
        *,
        pool: Pool,
        clock: Clock,
        jobs: Mapping[str, Job[object, Context]],
        context: Context,
        concurrency: int = 20,
    ) -> None:
        raise NotImplementedError

    async def run(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError
