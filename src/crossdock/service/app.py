"""The service side put together: its database, its pages and callbacks, its worker."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from starlette.types import ASGIApp

from crossdock.runtime.clock import Clock, MovableClock, SystemClock
from crossdock.runtime.connection import Pool
from crossdock.runtime.http.outgoing import Outgoing
from crossdock.runtime.postgres.pool import open_pool
from crossdock.runtime.secrets import Vault
from crossdock.runtime.settings import Settings

MIGRATIONS = "crossdock.service.database.migrations"


@dataclass(frozen=True, kw_only=True)
class Service:
    """What one process of the service side works with."""

    settings: Settings
    pool: Pool
    clock: Clock
    vault: Vault
    outgoing: Outgoing


@asynccontextmanager
async def open_service(settings: Settings, *, url: str, size: int = 16) -> AsyncIterator[Service]:
    """Open the service side on a migrated database, by its URL. `size`: database connections at most."""
    pool = await open_pool(url, size=size, name="crossdock-service")
    try:
        async with Outgoing(allowed=settings.allow_private_addresses, http=settings.allow_http) as outgoing:
            yield Service(
                settings=settings,
                pool=pool,
                clock=MovableClock(pool) if settings.sandbox else SystemClock(),
                vault=Vault(settings.secret_keys),
                outgoing=outgoing,
            )
    finally:
        await pool.close()


def web(service: Service) -> ASGIApp:
    """Return callbacks, API and pages as one app."""
    raise NotImplementedError


async def work(service: Service) -> None:
    """Tell stores, pull from them and run timers until cancelled; then finish what is on its way."""
    raise NotImplementedError


async def pending(service: Service) -> int:
    """Count what is due or on its way: messages, jobs, timers."""
    raise NotImplementedError


async def next_due(service: Service) -> datetime | None:
    """Return the business time at which something is due next, possibly in the past."""
    raise NotImplementedError
