"""Our own programs as processes, as a user would start them."""

import asyncio
import json
import os
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

from crossdock.runtime.secrets import new_key

READY_SECONDS = 40.0
STOP_SECONDS = 20.0


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@asynccontextmanager
async def crossdock(*arguments: str, log: Path, env: Mapping[str, str] | None = None) -> AsyncIterator[Process]:
    """Run `crossdock …` and stop it in the end."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("crossdock")),
            *arguments,
            env={**os.environ, **(env or {})},
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            raise


@asynccontextmanager
async def serving_store(database: str, log: Path, *, web_processes: int) -> AsyncIterator[str]:
    """Serve the store on a migrated database, and give its URL."""
    port = free_port()
    env = {"DATABASE_URL": database, "CROSSDOCK_SECRET_KEYS": new_key("test"), "CROSSDOCK_LIMITS": "0"}
    arguments = ("store", "serve", "--port", str(port), "--workers", str(web_processes))
    async with crossdock(*arguments, log=log, env=env) as process:
        url = f"http://127.0.0.1:{port}"
        await answering(f"{url}/readyz", process, log)
        yield url


async def answering(url: str, process: Process, log: Path) -> None:
    """Wait until a page answers."""
    async with asyncio.timeout(READY_SECONDS), aiohttp.ClientSession() as session:
        while True:
            assert process.returncode is None, log.read_text()
            with suppress(aiohttp.ClientError):
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.05)


async def verified(details: Mapping[str, Any], folder: Path) -> None:
    """Have `crossdock verify` find nothing wrong in both databases of a sandbox."""
    file, log = folder / "to-verify.json", folder / "verify.log"
    file.write_text(json.dumps(details))
    async with crossdock("verify", "--details", str(file), log=log) as process:
        assert await process.wait() == 0, log.read_text()
