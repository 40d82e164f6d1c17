"""The worker of the store side: signed deliveries, and keys that are forgotten."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest
from aiohttp import web as aioweb

from crossdock.dialects.shopify import callback
from crossdock.domain.access import Caller
from crossdock.domain.catalogue import CreateFulfillmentService
from crossdock.domain.commands import SubmitFulfillmentRequest
from crossdock.domain.places import FulfillmentService
from crossdock.runtime import jobs
from crossdock.runtime.secrets import new_key
from crossdock.runtime.settings import Settings
from crossdock.store.app import Store, open_store, work
from crossdock.store.setup import App, create_app, create_location, create_shop
from tests.quiet import pending
from tests.store.scene import NOW, Scene

SETTINGS = Settings(
    secret_keys=(new_key("test"),), sandbox=True, allow_http=True, allow_private_addresses=("127.0.0.0/8",)
)


@asynccontextmanager
async def receiver() -> AsyncIterator[tuple[str, list[aioweb.Request]]]:
    """Serve a warehouse's callbacks, and keep what comes."""
    heard: list[aioweb.Request] = []

    async def hear(request: aioweb.Request) -> aioweb.Response:
        await request.read()
        heard.append(request)
        return aioweb.Response()

    app = aioweb.Application()
    app.router.add_route("*", "/{path:.*}", hear)
    runner = aioweb.AppRunner(app)
    await runner.setup()
    site = aioweb.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/3pl", heard
    finally:
        await runner.cleanup()


@asynccontextmanager
async def working(store: Store) -> AsyncIterator[None]:
    task = asyncio.create_task(work(store))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def shop_with_service(store: Store, callback_url: str) -> tuple[Scene, App]:
    shop_id = await create_shop(
        store.pool, NOW, name="Acme", subdomain="acme", domain="acme.example", email="desk@acme.example"
    )
    location = await create_location(store.pool, NOW, shop_id, name="Shop location")
    app = await create_app(store.pool, store.vault, NOW, shop_id, name="Acme 3PL")
    shop = Scene(store.pool, store.dispatcher, shop_id, app.id, location, service=None)  # type: ignore[arg-type]
    command = CreateFulfillmentService(name="Acme 3PL", callback_url=callback_url)
    made = await shop.dispatch(command, Caller(app_id=app.id))
    assert isinstance(made, FulfillmentService)
    shop.service = made
    return shop, app


async def settled(store: Store) -> None:
    async with asyncio.timeout(20):
        while await pending(store.pool, store.clock):
            await asyncio.sleep(0.02)


async def test_a_request_is_announced_with_the_apps_signature(store_database: str) -> None:
    async with receiver() as (url, heard), open_store(SETTINGS, url=store_database) as store, working(store):
        shop, app = await shop_with_service(store, url)
        tee = (await shop.product("TEE")).variants[0]
        await shop.stock(tee, shop.service.location_id, 5)
        order = await shop.order((tee, 1))
        await shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=order.fulfillment_orders[0].id))
        await settled(store)
        (request,) = heard
        body = await request.read()
        assert (request.method, request.path) == ("POST", "/3pl/fulfillment_order_notification")
        assert body == b'{"kind":"FULFILLMENT_REQUEST"}'
        assert callback.verify([app.client_secret], body, request.headers[callback.SIGNATURE])
        assert request.headers["X-Shopify-Shop-Domain"] == "acme.example"
        assert request.headers["Content-Type"] == "application/json"
        assert {"X-Shopify-Webhook-Id", "X-Shopify-Topic", "X-Shopify-API-Version"} <= set(request.headers)
        row = await store.pool.fetchrow("SELECT status, request_headers FROM messages WHERE direction = 'out'")
        assert row is not None
        assert row["status"] == "delivered"
        assert app.client_secret not in str(dict(row))


async def test_no_message_goes_to_an_app_that_is_gone(store_database: str) -> None:
    async with receiver() as (url, heard), open_store(SETTINGS, url=store_database) as store:
        shop, app = await shop_with_service(store, url)
        tee = (await shop.product("TEE")).variants[0]
        await shop.stock(tee, shop.service.location_id, 5)
        order = await shop.order((tee, 1))
        await shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=order.fulfillment_orders[0].id))
        await store.pool.execute("UPDATE apps SET uninstalled_at = $2 WHERE id = $1", app.id, NOW)
        async with working(store):
            await settled(store)
        assert heard == []
        row = await store.pool.fetchrow("SELECT status, reason FROM messages WHERE direction = 'out'")
        assert row is not None
        assert tuple(row) == ("dead", "the app is not installed any more")


@pytest.mark.parametrize(("age", "kept"), [(timedelta(days=2), True), (timedelta(days=4), False)])
async def test_keys_are_forgotten_after_three_days(store_database: str, age: timedelta, kept: bool) -> None:
    async with open_store(SETTINGS, url=store_database) as store:
        at = await store.clock.now()
        await store.pool.execute(
            "INSERT INTO idempotency_keys (shop_id, app_id, key, request_hash, status, body, used_at)"
            " VALUES (1, 1, 'k', '', 200, '', $1)",
            at - age,
        )
        async with working(store):
            await asyncio.sleep(0.2)
            await settled(store)
        assert (await store.pool.fetchval("SELECT count(*) FROM idempotency_keys") == 1) is kept
        async with store.pool.acquire() as connection:
            due = await jobs.next_due(connection)
        assert due is not None
        assert timedelta(minutes=59) < due - at < timedelta(minutes=61)
