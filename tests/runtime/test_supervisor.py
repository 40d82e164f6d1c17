"""The supervisor keeps programs running, stops them in order, and takes them along however it ends."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from crossdock.runtime.postgres.server import EmbeddedPostgres
from crossdock.runtime.supervisor import Program, Supervisor

OBEDIENT = """
import pathlib, signal, sys, time
from crossdock.runtime.parent import watch_parent
def end(*_):
    with open(sys.argv[1], "a") as ended: ended.write(sys.argv[2] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
watch_parent()
pathlib.Path(sys.argv[1]).with_suffix("." + sys.argv[2]).touch()
while True: time.sleep(60)
"""
DEAF = OBEDIENT.replace("signal.signal(signal.SIGTERM, end)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)")
SUPERVISED = """
import asyncio, os, sys
from pathlib import Path
from crossdock.runtime.postgres.server import EmbeddedPostgres
from crossdock.runtime.supervisor import Program, Supervisor
async def main():
    server = await EmbeddedPostgres.start(Path(sys.argv[1]), databases=[])
    async with Supervisor(postgres=server) as supervisor:
        await supervisor.start(Program(name="web", argv=[sys.executable, "-c", sys.argv[2], sys.argv[3], "web"]))
        while not Path(sys.argv[3]).with_suffix(".web").exists(): await asyncio.sleep(0.01)
        print(os.getpid(), supervisor.pids["web"], supervisor.pids["postgres"], flush=True)
        await supervisor.until_stopped()
asyncio.run(main())
"""


@pytest.fixture
def ended(tmp_path: Path) -> Path:
    """Where programs write their name when they are asked to end."""
    return tmp_path / "ended.txt"


def program(name: str, ended: Path, code: str = OBEDIENT) -> Program:
    return Program(name=name, argv=[sys.executable, "-c", code, str(ended), name])


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.01)


async def started(ended: Path, *names: str) -> None:
    await until(lambda: all(ended.with_suffix(f".{name}").exists() for name in names))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # One that nobody has reaped yet is dead to us.
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


async def test_programs_end_in_reverse_order_when_the_block_ends(ended: Path) -> None:
    async with Supervisor() as supervisor:
        for name in ("store", "service", "worker"):
            await supervisor.start(program(name, ended))
        await started(ended, "store", "service", "worker")
        pids = supervisor.pids.values()
    assert ended.read_text().split() == ["worker", "service", "store"]
    assert not any(alive(pid) for pid in pids)
    assert not supervisor.stopped


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_block_quietly_wherever_it_waits(ended: Path, sign: signal.Signals) -> None:
    async with Supervisor() as supervisor:
        await supervisor.start(program("web", ended))
        await started(ended, "web")
        os.kill(os.getpid(), sign)
        await supervisor.until_stopped()
    assert supervisor.stopped
    assert ended.read_text().split() == ["web"]


async def test_an_error_in_the_block_stops_the_programs_and_rises(ended: Path) -> None:
    with pytest.raises(KeyError):
        async with Supervisor() as supervisor:
            await supervisor.start(program("web", ended))
            await started(ended, "web")
            raise KeyError
    assert ended.read_text().split() == ["web"]


async def test_a_killed_program_is_back_within_two_seconds_again_and_again(ended: Path) -> None:
    said: list[str] = []
    async with Supervisor(report=said.append) as supervisor:
        await supervisor.start(program("web", ended))
        for _ in range(5):
            await started(ended, "web")
            ended.with_suffix(".web").unlink()
            before = supervisor.pids["web"]
            os.kill(before, signal.SIGKILL)
            await until(lambda: supervisor.pids.get("web", before) != before, seconds=2)  # noqa: B023
    assert said == ["web ended with status -9, starting it again"] * 5


async def test_a_program_that_does_not_hear_is_killed_at_the_second_signal(ended: Path) -> None:
    begun = time.monotonic()
    async with Supervisor() as supervisor:
        await supervisor.start(program("deaf", ended, DEAF))
        await started(ended, "deaf")
        pid = supervisor.pids["deaf"]
        asyncio.get_running_loop().call_later(0.2, supervisor.stop)
        supervisor.stop()
        await supervisor.until_stopped()
    assert not alive(pid)
    assert time.monotonic() - begun < 5


async def test_the_output_of_a_program_goes_to_its_log(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    said = "import sys; print('out'); print('err', file=sys.stderr); import time; time.sleep(60)"
    async with Supervisor() as supervisor:
        await supervisor.start(Program(name="web", argv=[sys.executable, "-u", "-c", said], log=log))
        await until(lambda: log.exists() and len(log.read_text().split()) == 2)
    assert log.read_text().split() == ["out", "err"]


async def test_a_killed_postgres_is_back_within_two_seconds(tmp_path: Path) -> None:
    server = await EmbeddedPostgres.start(tmp_path / "postgres", databases=["store"])
    async with Supervisor(postgres=server) as supervisor:
        for _ in range(3):
            before = supervisor.pids["postgres"]
            # One that found what the killed one left still there has gone by itself, and the next is on its way.
            with suppress(ProcessLookupError):
                os.kill(before, signal.SIGKILL)
            await until(lambda: supervisor.pids.get("postgres", before) != before, seconds=2)  # noqa: B023
    assert server.pid is None


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL])
async def test_everything_ends_with_the_supervisor(tmp_path: Path, ended: Path, sign: signal.Signals) -> None:
    for _ in range(2):  # the second one takes over what the first one left
        arguments = [sys.executable, "-c", SUPERVISED, str(tmp_path / "postgres"), OBEDIENT, str(ended)]
        supervisor = await asyncio.create_subprocess_exec(*arguments, stdout=subprocess.PIPE)
        assert supervisor.stdout
        pids = [int(pid) for pid in (await supervisor.stdout.readline()).split()]
        assert all(alive(pid) for pid in pids)
        os.kill(pids[0], sign)
        await supervisor.wait()
        await until(lambda: not any(alive(pid) for pid in pids))  # noqa: B023
        ended.with_suffix(".web").unlink()
    assert ended.read_text().split() == ["web", "web"]
