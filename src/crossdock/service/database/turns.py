"""Whose turn it is to pull from a store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.postgres.pool import acquire_ready

# First half of the advisory lock of whoever pulls from a store; the second is made of the store's id.
PULLING = 0x0C06


@dataclass(kw_only=True)
class Turns:
    """The turns of one process, all of them held by one connection of the pool: stores may be silent for long.

    The locks go with the connection, so nothing has to be cleaned up after a killed worker.
    """

    pool: Pool
    taken: set[int] = field(default_factory=set)
    locking: asyncio.Lock = field(default_factory=asyncio.Lock)
    connection: Connection | None = None
    lent: AsyncExitStack = field(default_factory=AsyncExitStack)

    @asynccontextmanager
    async def take(self, store_id: int) -> AsyncIterator[bool]:
        """Try to be the one that pulls from a store, for as long as the block runs; False when somebody else is."""
        if store_id in self.taken:  # a session would get its own lock a second time
            yield False
            return
        self.taken.add(store_id)
        try:
            yield await self._lock(store_id)
        finally:
            # Shielded: a lock that outlived its pull would keep its store from all others.
            await asyncio.shield(self._give_back(store_id))

    async def _lock(self, store_id: int) -> bool:
        async with self.locking:
            if self.connection is None or self.connection.is_closed():
                await self._close()
                self.connection = await self.lent.enter_async_context(acquire_ready(self.pool))
            query = "SELECT pg_try_advisory_lock($1, hashint8($2))"
            return bool(await self.connection.fetchval(query, PULLING, store_id))

    async def _give_back(self, store_id: int) -> None:
        async with self.locking:
            self.taken.discard(store_id)
            connection = self.connection
            if connection is not None and not connection.is_closed():
                # One that another process holds is not ours to give back: the statement leaves it alone.
                await connection.execute("SELECT pg_advisory_unlock($1, hashint8($2))", PULLING, store_id)
            if not self.taken:
                await self._close()

    async def _close(self) -> None:
        self.connection = None
        await self.lent.aclose()
