"""Killing a sandbox's processes while somebody works with it."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.integration.sandboxes import Box

# What a client does not get through while a process starts again: no answer, or one that says "come back".
COME_BACK = (409, 429, 500, 502, 503, 504)
PATIENCE_SECONDS = 60.0


@dataclass
class Killer:
    """Kills the sandbox's own processes with SIGKILL: each once a round, in random order at random moments."""

    box: Box
    names: Sequence[str]
    chance: random.Random
    rounds: int
    pause: tuple[float, float] = (0.2, 1.0)
    killed: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        for _ in range(self.rounds):
            for name in self.chance.sample(self.names, len(self.names)):
                await asyncio.sleep(self.chance.uniform(*self.pause))
                await self.kill(name)

    async def kill(self, name: str) -> None:
        """Kill a process by its role, waiting while it is not there because it died before."""
        while (pid := self.box.children().get(name)) is None:
            await asyncio.sleep(0.05)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self.killed[name] += 1


@asynccontextmanager
async def meanwhile(*works: Any) -> AsyncIterator[None]:
    """Run coroutines until the block ends; one that fails ends the block."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work) for work in works]
        yield
        for task in tasks:
            task.cancel()


@dataclass
class Persistent:
    """A client that asks again until it is answered, each write with the same idempotency key every time."""

    session: aiohttp.ClientSession
    base: str
    headers: Mapping[str, str]

    async def call(
        self, method: str, path: str, body: object = None, *, key: str | None = None, until_allowed: bool = False
    ) -> Any:
        """Return the answer to a call. A refusal is an error, unless the call is to be made until it is allowed."""
        come_back = (*COME_BACK, 422) if until_allowed else COME_BACK
        headers = {**self.headers, **({"Idempotency-Key": key} if key else {})}
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                with suppress(aiohttp.ClientError, TimeoutError, ConnectionError):
                    timeout = aiohttp.ClientTimeout(total=10)
                    async with self.session.request(
                        method, self.base + path, json=body, headers=headers, timeout=timeout
                    ) as answer:
                        content = await answer.json(content_type=None)
                        if answer.status < 300:
                            return content
                        if answer.status not in come_back:
                            raise AssertionError(f"{method} {path}: {answer.status} {content}")
                await asyncio.sleep(0.1)
