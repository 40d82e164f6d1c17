"""One process that keeps others running, PostgreSQL included, and takes them with it when it ends."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO

from crossdock.runtime.parent import PIPE_VARIABLE
from crossdock.runtime.postgres.server import EmbeddedPostgres, PostgresDidNotStart

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOP_SECONDS = 10.0
# A program that ran this long was well: when it dies, it is started again at once.
WELL_SECONDS = 10.0
PAUSES = (0.0, 0.1, 0.2, 0.4, 0.8, 1.0)

Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program to keep running. `env` is added to our environment; without `log` it shares our output.

    It calls `watch_parent()` when it starts, so that it does not outlive us. It inherits the file descriptors `fds`
    under their numbers: a listening socket that we hold stays open while its server is started again.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None
    fds: Sequence[int] = ()


class Supervisor:
    """Keeps programs and an embedded PostgreSQL running for the length of an `async with` block.

    SIGINT, SIGTERM and SIGHUP end the block quietly where it waits (`stopped` tells); at its end the programs are
    stopped, the last one first, and then PostgreSQL. A second signal kills the programs that still run.
    Raises: PostgresDidNotStart at the end of the block, when PostgreSQL died and did not come back.
    """

    def __init__(self, *, postgres: EmbeddedPostgres | None = None, report: Report = lambda _: None) -> None:
        self._postgres = postgres
        self._report = report
        self._processes: dict[str, Process] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._impatient = asyncio.Event()
        self._ending = False
        self._failure: PostgresDidNotStart | None = None
        self.stopped = False

    async def __aenter__(self) -> "Supervisor":
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a supervisor needs a task that it can end")
        self._task = task
        self._pipe_read, self._pipe_write = os.pipe()
        for sign in STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(sign, self.stop)
        if self._postgres:
            self._keep_postgres = asyncio.create_task(self._keep_postgres_running(self._postgres))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        ended_by_us = self.stopped and kind is asyncio.CancelledError and self._task.uncancel() == 0
        self._ending = True
        try:
            await self._stop_all()
        finally:
            for sign in STOP_SIGNALS:
                asyncio.get_running_loop().remove_signal_handler(sign)
            os.close(self._pipe_read)
            os.close(self._pipe_write)
        if ended_by_us and self._failure:
            raise self._failure
        return ended_by_us

    @property
    def pids(self) -> dict[str, int]:
        """The running programs' process ids by name, with that of PostgreSQL as "postgres"."""
        running = {name: process.pid for name, process in self._processes.items() if process.returncode is None}
        postgres = self._postgres.pid if self._postgres else None
        return running | ({"postgres": postgres} if postgres else {})

    async def start(self, program: Program) -> None:
        """Start a program and keep it running."""
        process = await self._spawn(program)
        self._keepers[program.name] = asyncio.create_task(self._keep_running(program, process))

    async def until_stopped(self) -> None:
        """Wait for a signal, or for `stop`."""
        await asyncio.Event().wait()

    def stop(self) -> None:
        """End the block where it waits; when it is ending already, stop being patient with the programs."""
        if self._ending or self.stopped:
            self._impatient.set()
        else:
            self.stopped = True
            self._task.cancel()

    async def _spawn(self, program: Program) -> Process:
        with ExitStack() as stack:
            log: IO[bytes] | None = stack.enter_context(program.log.open("ab")) if program.log else None
            process = await asyncio.create_subprocess_exec(
                *program.argv,
                env={**os.environ, **program.env, PIPE_VARIABLE: str(self._pipe_read)},
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[self._pipe_read, *program.fds],
                start_new_session=True,
            )
        self._processes[program.name] = process
        return process

    async def _keep_running(self, program: Program, process: Process) -> None:
        loop = asyncio.get_running_loop()
        short_lives = 0
        while True:
            begun = loop.time()
            status = await process.wait()
            short_lives = 0 if loop.time() - begun > WELL_SECONDS else short_lives + 1
            self._report(f"{program.name} ended with status {status}, starting it again")
            await asyncio.sleep(PAUSES[min(max(short_lives - 1, 0), len(PAUSES) - 1)])
            process = await self._spawn(program)

    async def _keep_postgres_running(self, postgres: EmbeddedPostgres) -> None:
        while True:
            status = await postgres.wait()
            self._report(f"PostgreSQL ended with status {status}, starting it again")
            self._failure = await self._restart_postgres(postgres)
            if self._failure:
                self.stop()
                return

    async def _restart_postgres(self, postgres: EmbeddedPostgres) -> PostgresDidNotStart | None:
        """Start PostgreSQL again; return why it did not start, if it never did."""
        failure = None
        for pause in PAUSES:
            await asyncio.sleep(pause)
            try:
                await postgres.restart(progress=self._report)
            except PostgresDidNotStart as error:
                self._report(str(error))
                failure = error
            else:
                return None
        return failure

    async def _stop_all(self) -> None:
        for name in reversed(list(self._keepers)):
            keeper = self._keepers.pop(name)
            keeper.cancel()  # it may be between two lives of its program
            await asyncio.wait([keeper])
            await self._stop_process(self._processes.pop(name))
        if self._postgres:
            self._keep_postgres.cancel()
            await asyncio.wait([self._keep_postgres])
            await self._postgres.stop()

    async def _stop_process(self, process: Process) -> None:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        ended = asyncio.create_task(process.wait())
        impatient = asyncio.create_task(self._impatient.wait())
        await asyncio.wait([ended, impatient], timeout=STOP_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        impatient.cancel()
        if not ended.done():
            with suppress(ProcessLookupError):
                process.kill()
        await ended
