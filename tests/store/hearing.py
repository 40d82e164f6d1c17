"""A store with its worker beside an app that hears what it is sent, and answers as told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from aiohttp import web as aioweb

from crossdock.domain.access import Caller, Reach
from crossdock.domain.catalogue import CreateFulfillmentService, ProductVariant
from crossdock.domain.places import FulfillmentService
from crossdock.domain.subscriptions import SubscribeToWebhook, WebhookSubscription
from crossdock.runtime.clock import MovableClock
from crossdock.sandbox.clock import advance, settle
from crossdock.store.app import Store, open_store
from crossdock.store.setup import App, create_app, create_location, create_shop, issue_token
from tests.store.scene import NOW, Scene
from tests.store.test_api_worker import SETTINGS, working

SCOPES = ("read_orders", "read_assigned_fulfillment_orders", "write_assigned_fulfillment_orders")


@dataclass
class Ear:
    """An HTTP server that keeps what it hears. An answer that is bytes is sent as it is, any other as JSON.

    `meanwhile`: what it does before it answers.
    """

    url: str = ""
    status: int = 200
    answers: dict[str, object] = field(default_factory=dict)
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def hear(self, request: aioweb.Request) -> aioweb.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.heard.append((request.path_qs, headers, await request.read()))
        if self.meanwhile is not None:
            await self.meanwhile()
        answer = self.answers.get(request.path.rsplit("/", 1)[-1])
        raw = answer if isinstance(answer, bytes) else b"" if answer is None else msgspec.json.encode(answer)
        return aioweb.Response(status=self.status, body=raw)

    @property
    def topics(self) -> list[str]:
        return [headers["x-shopify-topic"] for _, headers, _ in self.heard if "x-shopify-topic" in headers]

    def bodies(self, topic: str) -> list[Any]:
        return [msgspec.json.decode(body) for _, headers, body in self.heard if headers.get("x-shopify-topic") == topic]


@asynccontextmanager
async def ear() -> AsyncIterator[Ear]:
    one = Ear()
    app = aioweb.Application()
    app.router.add_route("*", "/{path:.*}", one.hear)
    runner = aioweb.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await aioweb.TCPSite(runner, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/app"
    try:
        yield one
    finally:
        await runner.cleanup()


# What a job forgets by these times.
FORGOTTEN = {
    "messages": ("created_at", "finished_at"),
    "fan_outs": ("at",),
    "tokens": ("expires_at", "refresh_until", "revoked_at"),
}


@dataclass
class Stage:
    """A shop whose one app runs a service and hears of things."""

    store: Store
    shop: Scene
    app: App
    ear: Ear
    tee: ProductVariant

    @property
    def caller(self) -> Caller:
        reach = frozenset({Reach.ASSIGNED})
        return Caller(app_id=self.app.id, name="Acme 3PL", reads=reach, writes=reach)

    async def subscribe(self, topic: str, path: str = "/hooks", **more: Any) -> WebhookSubscription:
        command = SubscribeToWebhook(topics=(topic,), address=self.ear.url + path, **more)
        made = await self.shop.dispatch(command, self.caller)
        assert isinstance(made, WebhookSubscription)
        return made

    async def settle(self) -> None:
        await settle([self.store.pool])

    async def advance(self, **time: float) -> None:
        await advance([self.store.pool], timedelta(**time).total_seconds())

    async def age(self, **time: float) -> None:
        """Have whatever may be forgotten be older, which is quicker than living through all those hours."""
        for table, columns in FORGOTTEN.items():
            older = ", ".join(f"{column} = {column} - $1::interval" for column in columns)
            await self.store.pool.execute(f"UPDATE {table} SET {older}", timedelta(**time))

    async def now(self) -> datetime:
        return await MovableClock(self.store.pool).now()

    async def messages(self, kind: str) -> list[Any]:
        return list(
            await self.store.pool.fetch("SELECT * FROM messages WHERE kind = $1 ORDER BY id", kind),
        )


@asynccontextmanager
async def stage(url: str, *, scopes: tuple[str, ...] = SCOPES, manages: bool = False) -> AsyncIterator[Stage]:
    """Set it up, with the worker at work."""
    async with AsyncExitStack() as stack:
        hears = await stack.enter_async_context(ear())
        store = await stack.enter_async_context(open_store(SETTINGS, url=url))
        shop_id = await create_shop(
            store.pool, NOW, name="Acme", subdomain="acme", domain="acme.example", email="desk@acme.example"
        )
        location = await create_location(store.pool, NOW, shop_id, name="Shop location")
        app = await create_app(store.pool, store.vault, NOW, shop_id, name="Acme 3PL")
        await issue_token(store.pool, NOW, shop_id, app.id, scopes=scopes)
        shop = Scene(store.pool, store.dispatcher, shop_id, app.id, location, service=None)  # type: ignore[arg-type]
        command = CreateFulfillmentService(
            name="Acme 3PL", callback_url=hears.url, inventory_management=manages, tracking_support=manages
        )
        made = await shop.dispatch(command, Caller(app_id=app.id))
        assert isinstance(made, FulfillmentService)
        shop.service = made
        tee = (await shop.product("TEE")).variants[0]
        await shop.stock(tee, made.location_id, 500)
        await stack.enter_async_context(working(store))
        yield Stage(store, shop, app, hears, tee)


async def until_heard(hears: Ear, count: int, *, within: float = 10.0) -> None:
    async with asyncio.timeout(within):
        while len(hears.heard) < count:
            await asyncio.sleep(0.01)
