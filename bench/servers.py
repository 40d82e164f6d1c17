"""The processes that are measured: PostgreSQL, the store's web process and its worker."""

import asyncio
import os
import socket
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

READY_SECONDS = 30.0
PROC = Path("/proc")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@asynccontextmanager
async def store_servers(url: str, port: int, environment: Mapping[str, str], log: Path) -> AsyncIterator[list[int]]:
    """Run one web process and one worker on a database, and give their process ids."""
    env = {**os.environ, **environment, "DATABASE_URL": url}
    crossdock = str(Path(sys.executable).with_name("crossdock"))
    with log.open("wb") as output:
        servers = [
            await asyncio.create_subprocess_exec(
                crossdock, "store", *arguments, env=env, stdout=output, stderr=subprocess.STDOUT
            )
            for arguments in (("serve", "--port", str(port)), ("work",))
        ]
    try:
        await _answering(port, servers, log)
        yield [server.pid for server in servers]
    finally:
        for server in servers:
            if server.returncode is None:
                server.terminate()
        for server in servers:
            await server.wait()


async def _answering(port: int, servers: list[Process], log: Path) -> None:
    async with asyncio.timeout(READY_SECONDS):
        while True:
            if any(server.returncode is not None for server in servers):
                said = await asyncio.to_thread(log.read_text)
                raise RuntimeError(f"a server ended before it could be measured: {said[-2000:]}")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


def cpu_seconds(pids: list[int]) -> float:
    """Return the processor time that processes and their descendants have used."""
    if not PROC.joinpath("self", "stat").exists():
        return _cpu_seconds_by_ps(pids)
    stats = [_stat(path) for path in PROC.glob("[0-9]*/stat")]
    family = set(pids)
    for _ in range(4):  # a tree of servers is not deeper
        family |= {pid for pid, parent, _ in stats if parent in family}
    ticks = sum(used for pid, _, used in stats if pid in family)
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(path: Path) -> tuple[int, int, int]:
    try:
        pid, _, rest = path.read_text().partition(" (")
    except OSError:  # it ended meanwhile
        return (0, 0, 0)
    fields = rest.rpartition(") ")[2].split()
    return (int(pid), int(fields[1]), int(fields[11]) + int(fields[12]))


def _cpu_seconds_by_ps(pids: list[int]) -> float:
    listed = subprocess.run(
        ["ps", "-o", "time=", "-p", ",".join(map(str, pids))], capture_output=True, text=True, check=True
    )
    return sum(_clock(line) for line in listed.stdout.split())


def _clock(text: str) -> float:
    seconds = 0.0
    for part in text.replace("-", ":").split(":"):
        seconds = seconds * 60 + float(part)
    return seconds
