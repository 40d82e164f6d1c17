"""Days beside a dead service: the documented attempts at the documented times; alive again, it hears all."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from aiohttp import web

from crossdock.dialects.next29 import retries as next29
from crossdock.dialects.shopify import retries as shopify
from crossdock.runtime.exchange.second_thoughts import replay_range
from tests.integration.sandboxes import Box, sandbox


@asynccontextmanager
async def receiver(heard: list[str], port: int = 0) -> AsyncIterator[int]:
    """Hear calls, each by what names its message, or its store where the platform names none."""

    async def hear(request: web.Request) -> web.Response:
        heard.append(request.headers.get("X-Shopify-Webhook-Id") or request.headers["X-29Next-Store"])
        return web.Response()

    app = web.Application()
    app.router.add_post("/{path:.*}", hear)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def made(box: Box, path: str, body: object) -> dict[str, Any]:
    status, answer = await box.store("POST", path, body)
    assert status in (200, 201), answer
    (value,) = answer.values() if len(answer) == 1 else (answer,)
    return dict(value)


async def service(box: Box, url: str) -> int:
    """Register a Shopify service; return its location."""
    body = {"fulfillment_service": {"name": "Nobody There", "callback_url": url}}
    location: int = (await made(box, "fulfillment_services.json", body))["location_id"]
    return location


async def location(box: Box, url: str) -> int:
    """Make a 29 Next location; return it."""
    address = {"line1": "Nowhere 1", "line4": "Lund", "postcode": "223 50", "country": "SE"}
    status, answer = await box.call(
        "POST",
        f"{box.details['store_url']}/api/admin/locations/",
        {"name": "Nobody Home", "address": address, "callback_url": url},
        {"Authorization": f"Bearer {box.details['next_token']}"},
    )
    assert status == 201, answer
    place: int = answer["id"]
    return place


@dataclass(frozen=True)
class Platform:
    """How a dead endpoint is registered, when it is called, and how long that takes."""

    register: Callable[[Box, str], Awaitable[int]]
    delays: tuple[float, ...]
    days: int
    names_messages: bool


# The long one comes first: Shopify's service is asked for its stock every hour from then on, also when it is dead.
PLATFORMS = {
    "next29": Platform(location, next29.RETRY_DELAYS, 12, names_messages=False),
    "shopify": Platform(service, shopify.RETRY_DELAYS, 3, names_messages=True),
}


async def requested(box: Box, location_id: int, orders: int) -> None:
    """Send so many requests to a location."""
    variants = [{"sku": "CAP-9", "inventory_management": "shopify"}]
    product = await made(box, "products.json", {"product": {"title": "Cap", "variants": variants}})
    variant = product["variants"][0]
    place = {"inventory_item_id": variant["inventory_item_id"], "location_id": location_id}
    await made(box, "inventory_levels/set.json", {**place, "available": 9})
    for _ in range(orders):
        order = await made(
            box, "orders.json", {"order": {"line_items": [{"variant_id": variant["id"], "quantity": 1}]}}
        )
        work = (await box.store("GET", f"orders/{order['id']}/fulfillment_orders.json"))[1]["fulfillment_orders"][0]
        await made(box, f"fulfillment_orders/{work['id']}/fulfillment_request.json", {"fulfillment_request": {}})
        await box.settle()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def box(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Box]:
    async with sandbox(tmp_path_factory.mktemp("sandbox"), "--empty") as running:
        yield running


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", [pytest.param("next29", marks=pytest.mark.long), "shopify"])
async def test_days_beside_a_dead_endpoint(name: str, box: Box) -> None:
    platform = PLATFORMS[name]
    async with receiver([]) as port:
        pass
    connection = await asyncpg.connect(box.details["databases"]["store"])
    try:
        before = await connection.fetchval("SELECT coalesce(max(id), 0) FROM messages")
        began = datetime.fromisoformat((await box.store("GET", "/sandbox/clock"))[1]["now"])
        await requested(box, await platform.register(box, f"http://127.0.0.1:{port}/there"), orders=3)
        started = time.monotonic()
        status, answer = await box.store("POST", "/sandbox/clock", {"advance_seconds": platform.days * 86400})
        assert status == 200, answer
        assert time.monotonic() - started < 40
        rows = await connection.fetch(
            "SELECT m.id, m.status, m.reason, m.message_id, array_agg(a.started_at ORDER BY a.number) AS times "
            "FROM messages m JOIN message_attempts a ON a.tenant_id = m.tenant_id AND a.message = m.id "
            "WHERE m.kind = 'fulfillment_order_notification' AND m.id > $1 GROUP BY m.tenant_id, m.id ORDER BY m.id",
            before,
        )
        assert [row["status"] for row in rows] == ["dead"] * 3
        for row in rows:
            assert row["reason"].startswith(f"given up after {len(platform.delays) + 1} attempts")
            gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(row["times"])]
            assert len(gaps) == len(platform.delays)
            times = zip(platform.delays, gaps, strict=True)
            assert all(delay <= gap <= 1.1 * delay + 3 for delay, gap in times), gaps
        heard: list[str] = []
        async with receiver(heard, port):
            until = datetime.fromisoformat((await box.store("GET", "/sandbox/clock"))[1]["now"])
            shop_id = await connection.fetchval("SELECT id FROM shops")
            assert (await replay_range(connection, shop_id, until, since=began, until=until)).count == 3
            await box.settle()
        named = [row["message_id"] for row in rows] if platform.names_messages else [box.details["shop_subdomain"]] * 3
        assert sorted(heard) == sorted(named)
    finally:
        await connection.close()
