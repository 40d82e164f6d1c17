"""A PostgreSQL of our own: started, watched and stopped as a child of this process."""

import asyncio
import os
import signal
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import asyncpg

from crossdock.runtime.postgres.account import Account, choose_account, readable_binaries, require_reachable
from crossdock.runtime.postgres.binaries import Binaries, find_binaries
from crossdock.runtime.postgres.folder import DataFolder

USER = "crossdock"
START_SECONDS = 120.0
PROGRESS_SECONDS = 5.0
STOP_SECONDS = 60.0
LOG_BYTES = 5_000_000
SHARED_MEMORY_HELD = "pre-existing shared memory block"

# Whatever decides whether an acknowledged write survives a crash stays as PostgreSQL has it: on.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": "5432",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "jit": "off",
}

# Its standard input ends when we do, however we end; then it stops PostgreSQL in an orderly manner.
GUARD = 'read -r _; kill -INT "$1"'

Progress = Callable[[str], None]


class PostgresDidNotStart(Exception):
    """PostgreSQL ended or said nothing for too long; the message has the end of its log."""


class EmbeddedPostgres:
    """One running PostgreSQL on one data folder, reached by a socket that only this user may open."""

    def __init__(self, folder: DataFolder, binaries: Binaries, account: Account, settings: Mapping[str, str]) -> None:
        self._folder = folder
        self._binaries = binaries
        self._account = account
        self._settings = settings
        self._process: Process | None = None
        self._guard: Process | None = None

    @classmethod
    async def start(
        cls,
        data: Path,
        *,
        databases: Sequence[str],
        binaries: Path | None = None,
        settings: Mapping[str, str] | None = None,
        progress: Progress = lambda _: None,
    ) -> "EmbeddedPostgres":
        """Start PostgreSQL on `data`, making the folder, the cluster and the databases that are missing.

        Takes over a folder whose last holder was killed, also while its PostgreSQL still runs.
        Raises: DataFolderInUse, WrongMajorVersion, AccountUnusable, PostgresNotFound, PostgresDidNotStart.
        """
        folder = DataFolder(data)
        folder.lock()
        try:
            account = await choose_account(folder.cluster)
            found = await asyncio.to_thread(find_binaries, binaries)
            usable = await asyncio.to_thread(readable_binaries, account, found)
            server = cls(folder, usable, account, settings or {})
            await server._begin(databases, progress)
        except BaseException:
            folder.unlock()
            raise
        return server

    @property
    def pid(self) -> int | None:
        """The process id of PostgreSQL, or None while there is none."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def version(self) -> str:
        """The version of PostgreSQL, such as "18.4"."""
        return self._binaries.version

    def url(self, database: str) -> str:
        """Return the URL of a database, the same over every restart."""
        return database_url(self._folder.socket, database)

    async def wait(self) -> int:
        """Wait until PostgreSQL ends, and return its exit status."""
        if self._process is None:
            raise RuntimeError("PostgreSQL was never started")
        status = await self._process.wait()
        await self._dismiss_guard()
        return status

    async def restart(self, *, progress: Progress = lambda _: None) -> None:
        """Start PostgreSQL again after it ended by itself."""
        await self._launch(progress)

    async def stop(self) -> None:
        """Stop PostgreSQL, breaking its connections, and give up the data folder."""
        if self._process and self._process.returncode is None:
            await self._end(self._process)
        await self._dismiss_guard()
        self._folder.remove_socket()
        self._folder.unlock()

    async def _begin(self, databases: Sequence[str], progress: Progress) -> None:
        self._account.take(self._folder.path, self._folder.lock_file, self._folder.log)
        self._folder.clear_half_clusters()
        if not self._folder.cluster.exists():
            require_reachable(self._account, self._folder.path)
            progress(f"creating a database folder for PostgreSQL {self.version} in {self._folder.path}")
            await self._initialise()
        self._folder.require_major(self._binaries.major)
        await self._stop_survivor(progress)
        await self._launch(progress)
        try:
            await self._create_missing(databases)
        except BaseException:
            await self.stop()
            raise

    async def _initialise(self) -> None:
        with self._folder.new_cluster() as cluster:
            self._account.take(cluster)
            command: list[str | Path] = [
                self._binaries.initdb,
                "-D",
                cluster,
                "-U",
                USER,
                *_cluster_options(self._binaries.major),
            ]
            started = self._log_size()
            with self._folder.log.open("ab") as log:
                process = await self._account.spawn(command, output=log, env=_environment())
                try:
                    status = await process.wait()
                except BaseException:
                    await self._end(process)
                    raise
                if status != 0:
                    raise PostgresDidNotStart(f"initdb failed: {self._log_since(started)}")

    async def _stop_survivor(self, progress: Progress) -> None:
        """Stop the PostgreSQL of a holder that was killed: whoever has the lock owns what runs on the folder."""
        pid = self._folder.running_pid()
        if pid is None:
            return
        progress(f"stopping the PostgreSQL (process {pid}) that a killed Crossdock left running")
        for sign in (signal.SIGINT, signal.SIGQUIT):
            with suppress(ProcessLookupError):
                os.kill(pid, sign)
            deadline = time.monotonic() + STOP_SECONDS
            while time.monotonic() < deadline:
                if not self._folder.is_served_by(pid):
                    return
                await asyncio.sleep(0.02)
        raise PostgresDidNotStart(f"a PostgreSQL (process {pid}) runs on {self._folder.path} and does not stop")

    async def _launch(self, progress: Progress) -> None:
        """Start PostgreSQL and return when it takes connections."""
        progress(f"starting PostgreSQL {self.version}")
        deadline = time.monotonic() + START_SECONDS
        self._rotate_log()
        while True:
            self._folder.clear_socket()
            self._account.take(self._folder.socket)
            started = self._log_size()
            self._process = await self._spawn()
            self._guard = await _guard(self._process.pid)
            try:
                if await self._became_ready(self._process, deadline, progress):
                    return
            except BaseException:
                await self._end(self._process)
                raise
            finally:
                if self.pid is None:
                    await self._dismiss_guard()
            said = self._log_since(started)
            # The last processes of a PostgreSQL that was killed need a moment to notice it.
            if SHARED_MEMORY_HELD not in said or time.monotonic() > deadline:
                raise PostgresDidNotStart(f"PostgreSQL ended while starting: {said}")
            await asyncio.sleep(0.05)

    async def _spawn(self) -> Process:
        environment = _environment()
        stale = self._folder.recorded_pid()
        if stale:
            # PostgreSQL refuses to start while the pid in its pid file is alive, although after a crash that may be
            # anybody. This variable names a process that it shall not mind. The file stays: PostgreSQL needs it to
            # find out whether parts of its predecessor still use the shared memory.
            environment["PG_GRANDPARENT_PID"] = str(stale)
        sockets = str(self._folder.socket).replace('"', '""')
        settings = {**SETTINGS, "unix_socket_directories": f'"{sockets}"', **self._settings}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._folder.log.open("ab") as log:
            return await self._account.spawn(
                [self._binaries.postgres, "-D", self._folder.cluster, *options], output=log, env=environment
            )

    async def _became_ready(self, process: Process, deadline: float, progress: Progress) -> bool:
        """Wait for PostgreSQL to take connections; False when it ended instead."""
        begun = time.monotonic()
        told = begun
        while process.returncode is None:
            if self._folder.is_ready(process.pid):
                return True
            now = time.monotonic()
            if now > deadline:
                raise PostgresDidNotStart(
                    f"PostgreSQL was not ready after {START_SECONDS:.0f} s, see {self._folder.log}"
                )
            if now - told >= PROGRESS_SECONDS:
                told = now
                progress(f"waiting for PostgreSQL for {now - begun:.0f} s (it may be recovering from a crash)")
            await asyncio.sleep(0.01)
        return False

    async def _end(self, process: Process) -> None:
        for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            with suppress(ProcessLookupError):
                process.send_signal(sign)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
                return

    async def _dismiss_guard(self) -> None:
        """End the guard before its input ends, so that it does not signal a pid that is no longer PostgreSQL's."""
        if self._guard is not None:
            with suppress(ProcessLookupError):
                self._guard.kill()
            await self._guard.wait()
            self._guard = None

    async def _create_missing(self, databases: Sequence[str]) -> None:
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            present = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
            for name in databases:
                if name not in present:
                    quoted = name.replace('"', '""')
                    await connection.execute(f'CREATE DATABASE "{quoted}"')
        finally:
            await connection.close()

    def _rotate_log(self) -> None:
        if self._log_size() > LOG_BYTES:
            self._folder.log.replace(self._folder.log.with_suffix(".log.1"))
            self._folder.log.touch()
            self._account.take(self._folder.log)

    def _log_size(self) -> int:
        return self._folder.log.stat().st_size

    def _log_since(self, position: int) -> str:
        with self._folder.log.open("rb") as log:
            log.seek(position)
            return log.read(4000).decode(errors="replace").strip()


def database_url(socket: Path, database: str) -> str:
    """Return the URL of a database of the embedded PostgreSQL whose socket is in this folder."""
    return f"postgresql://{USER}@/{quote(database)}?host={quote(str(socket), safe='')}"


async def _guard(pid: int) -> Process:
    """Start a process that outlives us by a moment and stops PostgreSQL, if we should be killed."""
    command = ("/bin/sh", "-c", GUARD, "guard", str(pid))
    return await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True
    )


def _cluster_options(major: int) -> list[str]:
    """Return options for a cluster that sorts and compares alike on every machine, whatever its locales."""
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if major >= 17 else []
    return ["--encoding=UTF8", "--locale=C", *builtin, "--auth=trust", "--data-checksums", "--no-instructions"]


def _environment() -> dict[str, str]:
    """Return our environment without what would point PostgreSQL's programs elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C", "LANG": "C"}
