"""Driving requests over a number of connections, as fast as they are answered.

A driver (`bench.driver`) is a process of its own, so that neither side of a comparison pays for the other.
"""

import asyncio
import pickle
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

READY = b"ready\n"

Send = Callable[[Any], Awaitable[Any]]


class Job(Protocol):
    """Something to drive: requests, and how to connect to what answers them."""

    @property
    def requests(self) -> Sequence[Any]: ...

    def connected(self) -> AbstractAsyncContextManager[Sequence[Send]]:
        """Open the connections; each is a function that sends one request and waits for its answer."""
        ...


@dataclass(frozen=True, kw_only=True)
class Run:
    """How it went: seconds in all; seconds and answer of each request, in the order of the requests."""

    seconds: float
    latencies: list[float]
    answers: list[Any]


async def drive(requests: Sequence[Any], connections: Sequence[Send]) -> Run:
    """Send every request once, each connection taking the next one when its last is answered."""
    latencies = [0.0] * len(requests)
    answers: list[Any] = [None] * len(requests)
    waiting = iter(enumerate(requests))

    async def take_turns(send: Send) -> None:
        for index, request in waiting:
            begun = perf_counter()
            answers[index] = await send(request)
            latencies[index] = perf_counter() - begun

    begun = perf_counter()
    await asyncio.gather(*(take_turns(send) for send in connections))
    return Run(seconds=perf_counter() - begun, latencies=latencies, answers=answers)


@asynccontextmanager
async def waiting_drivers(jobs: Sequence[Job]) -> AsyncIterator[Callable[[], Awaitable[Run]]]:
    """Start a driver for each job; the function given lets them go together and returns what they did, as one run."""
    with tempfile.TemporaryDirectory(prefix="crossdock-drivers-") as folder:
        # In files: of a pipe whose writer ends, uvloop may lose the last that was written.
        runs = [Path(folder, str(number)) for number in range(len(jobs))]
        drivers = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.driver", str(run), stdin=PIPE, stdout=PIPE
            )
            for run in runs
        ]
        try:
            yield await _waiting(drivers, jobs, runs)
        finally:
            for driver in drivers:
                _stdin(driver).close()
                await driver.wait()


async def _waiting(
    drivers: Sequence[Process], jobs: Sequence[Job], runs: Sequence[Path]
) -> Callable[[], Awaitable[Run]]:
    for driver, job in zip(drivers, jobs, strict=True):
        _stdin(driver).write(pickle.dumps(job))
    for driver in drivers:
        if await _stdout(driver).readline() != READY:
            raise RuntimeError("a driver could not begin; its own words stand above")

    async def go() -> Run:
        for driver in drivers:
            _stdin(driver).write(b"go\n")
        if any([await driver.wait() for driver in drivers]):
            raise RuntimeError("a driver did not come to its end; its own words stand above")
        return _together([pickle.loads(run.read_bytes()) for run in runs])

    return go


def _together(runs: Sequence[Run]) -> Run:
    return Run(
        seconds=max(run.seconds for run in runs),
        latencies=[latency for run in runs for latency in run.latencies],
        answers=[answer for run in runs for answer in run.answers],
    )


def _stdin(driver: Process) -> asyncio.StreamWriter:
    assert driver.stdin is not None
    return driver.stdin


def _stdout(driver: Process) -> asyncio.StreamReader:
    assert driver.stdout is not None
    return driver.stdout
