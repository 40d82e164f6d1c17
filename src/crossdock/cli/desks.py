"""One shop of the store side, opened for a command: its database, and the way in for commands and queries."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from crossdock.cli.importing import find_shop
from crossdock.cli.printing import printed
from crossdock.cli.problems import Problem
from crossdock.cli.sides import STORE, require_current, url_of
from crossdock.domain.places import Location
from crossdock.domain.refusals import Refusal
from crossdock.domain.routing.settings import GetRoutingRules
from crossdock.runtime.clock import MovableClock
from crossdock.runtime.connection import Pool
from crossdock.runtime.postgres.pool import open_pool
from crossdock.runtime.settings import Settings
from crossdock.store.dispatch.dispatcher import Dispatcher
from crossdock.store.dispatch.origin import Origin
from crossdock.store.handlers.callback_urls import UrlPolicy

ACTOR = "command line"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Which shop, and where it is told. `shop`: its subdomain; None for the only one."""

    url: str
    shop: str | None
    console: Console


def desk(details: Path | None, shop: str | None, *, soft_wrap: bool = False) -> Desk:
    """Raises: Problem."""
    return Desk(url=url_of(STORE, Settings(), details), shop=shop, console=printed(soft_wrap=soft_wrap))


def parse_time(text: str) -> datetime:
    """Return a time; a date is its midnight, and without an offset it is UTC. Raises: Problem."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise Problem(f"{text!r} is no date or time; write 2026-11-21 or 2026-11-21T14:00") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Open:
    """A shop that can be asked and told."""

    pool: Pool
    dispatcher: Dispatcher
    origin: Origin

    @property
    def shop_id(self) -> int:
        return self.origin.shop_id

    async def ask(self, query: object) -> Any:  # what the query is answered with
        return (await self.dispatcher.ask(query, self.origin))[0]

    async def locations(self) -> Mapping[int, Location]:
        return (await self.dispatcher.ask(GetRoutingRules(), self.origin))[2]

    async def tell(self, command: object) -> Any:  # what the command results in
        return await self.dispatcher.tell(command, self.origin)


@asynccontextmanager
async def opened(desk: Desk) -> AsyncIterator[Open]:
    """Open the shop. Raises: Problem, also in place of a refusal."""
    await require_current(STORE, desk.url)
    pool = await open_pool(desk.url, size=2, name="crossdock")
    try:
        # Without a sandbox the offset of the clock is zero.
        dispatcher = Dispatcher(pool, MovableClock(pool), callback_urls=UrlPolicy(http=False, allowed=()))
        yield Open(
            pool=pool, dispatcher=dispatcher, origin=Origin(shop_id=await find_shop(pool, desk.shop), actor=ACTOR)
        )
    except Refusal as refusal:
        raise Problem(str(refusal)) from refusal
    finally:
        await pool.close()
