"""The lane: commands that arrive while a write is under way share the next transaction.

Decisions are pure, so a batch is locked at once, read at once, decided one by one, and written at once. A command
that is refused refuses only itself. Nobody is answered before the commit.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar, cast

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MOST_PER_BATCH = 64
MOST_WAITING = 4096


class LaneFull(Exception):
    """More commands wait than could be answered in reasonable time."""


class Lane(Generic[Item, Answer]):
    """Gathers items into batches for `carry_out`, which answers each with a value or an exception.

    `width` batches may be under way at once: while one waits for the database, the next is decided.
    """

    def __init__(
        self, carry_out: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]], *, width: int = 2
    ) -> None:
        self.carry_out = carry_out
        self.width = width
        self.waiting: deque[tuple[Item, asyncio.Future[Answer]]] = deque()
        self.running: set[asyncio.Task[None]] = set()

    async def submit(self, item: Item) -> Answer:
        """Have an item carried out in one of the next batches. Raises: LaneFull, and what `carry_out` answers."""
        if len(self.waiting) >= MOST_WAITING:
            raise LaneFull
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.waiting.append((item, future))
        if len(self.running) < self.width:
            self.running.add(asyncio.create_task(self._run()))
        return await future

    async def _run(self) -> None:
        try:
            while self.waiting:
                batch = [self.waiting.popleft() for _ in range(min(len(self.waiting), MOST_PER_BATCH))]
                await self._answer(batch)
        finally:
            # At once, and not when the loop gets to callbacks of a task that is done: who comes in between would take
            # it for one that still runs, and wait until somebody else comes.
            self.running.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _answer(self, batch: Sequence[tuple[Item, "asyncio.Future[Answer]"]]) -> None:
        try:
            answers = await self.carry_out([item for item, _ in batch])
        except Exception as problem:  # whatever it is, those who wait must hear of it
            answers = [problem] * len(batch)
        for (_, future), answer in zip(batch, answers, strict=True):
            if future.done():  # the caller went away; what was committed stays
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
