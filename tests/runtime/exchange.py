"""A database with the exchange's tables, an endpoint that answers as told, and a courier between them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from crossdock.runtime import clock
from crossdock.runtime.clock import MovableClock
from crossdock.runtime.exchange import schema
from crossdock.runtime.exchange.courier import Courier
from crossdock.runtime.exchange.journey import pending
from crossdock.runtime.exchange.messages import OutgoingMessage
from crossdock.runtime.exchange.profiles import Profile
from crossdock.runtime.exchange.verdicts import Message
from crossdock.runtime.http.outgoing import Outgoing, OutgoingRequest
from crossdock.runtime.postgres.pool import Pool

PROFILES = {
    "quick": Profile(delays=(60, 600), jitter=0, gone_disables=True),
    "long": Profile(delays=(60,) * 50, jitter=0),
    "at_once": Profile(delays=(0, 0, 0), jitter=0),
}

Answer = Callable[[web.Request], Any]


async def create_tables(pool: Pool) -> None:
    await pool.execute(schema.schema())
    await pool.execute(clock.schema())


@dataclass(kw_only=True)
class Endpoint:
    """An HTTP server on a free port; `heard` has the bodies in the order of their coming."""

    url: str = ""
    heard: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        self.heard.append(await request.text())
        self.ids.append(request.headers.get("X-Message-Id", ""))
        await self.gate.wait()
        return web.Response(status=self.status, headers=self.headers, text="thanks")


@asynccontextmanager
async def listening(*, open_gate: bool = True) -> AsyncIterator[Endpoint]:
    endpoint = Endpoint()
    if open_gate:
        endpoint.gate.set()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", endpoint.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    endpoint.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        yield endpoint
    finally:
        await runner.cleanup()


def message(endpoint: Endpoint, text: str, **fields: Any) -> OutgoingMessage:
    values: dict[str, Any] = {
        "tenant_id": 1,
        "kind": "note",
        "endpoint": endpoint.url,
        "profile": "quick",
        "method": "POST",
    }
    return OutgoingMessage(**(values | {"url": endpoint.url, "body": text.encode()} | fields))


async def prepare(message: Message) -> OutgoingRequest:
    return OutgoingRequest(
        method=message.method,
        url=message.url,
        headers={**message.headers, "X-Message-Id": message.message_id},
        body=message.body,
    )


@asynccontextmanager
async def courier(pool: Pool, **settings: Any) -> AsyncIterator[Courier]:
    """Run a courier in this process."""
    async with Outgoing(allowed=("127.0.0.0/8",), http=True) as outgoing:
        given: dict[str, Any] = {
            "prepare": prepare,
            "clock": MovableClock(pool),
            "profiles": PROFILES,
            "outgoing": outgoing,
            "pool": pool,
        }
        worker = Courier(**(given | settings))
        running = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            worker.stop()
            await asyncio.wait_for(running, 20)


async def settled(pool: Pool, *, within: float = 10.0) -> None:
    """Wait until nothing is due or on its way, twice in a row: what is due just now was not a moment ago."""
    quiet = 0
    async with asyncio.timeout(within):
        while quiet < 2:
            async with pool.acquire() as connection:
                due = await pending(connection, await MovableClock(pool).now(connection))
            quiet = 0 if due else quiet + 1
            await asyncio.sleep(0.01)


async def until(happened: Callable[[], bool], *, within: float = 5.0) -> None:
    """Wait for something that this process will see."""
    async with asyncio.timeout(within):
        while True:
            if happened():
                return
            await asyncio.sleep(0.005)
