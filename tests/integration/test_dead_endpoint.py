"""Three days beside a dead service: the documented attempts at the documented times; alive again, it hears all."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import asyncpg
from aiohttp import web

from crossdock.dialects.shopify.retries import RETRY_DELAYS
from tests.integration.sandboxes import Box, sandbox
from tests.integration.test_cli import run


@asynccontextmanager
async def receiver(heard: list[str], port: int = 0) -> AsyncIterator[int]:
    async def hear(request: web.Request) -> web.Response:
        heard.append(request.headers["X-Shopify-Webhook-Id"])
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


async def made(box: Box, path: str, body: object) -> dict[str, object]:
    status, answer = await box.store("POST", path, body)
    assert status in (200, 201), answer
    (value,) = answer.values() if len(answer) == 1 else (answer,)
    return dict(value)


async def requested(box: Box, port: int, orders: int) -> None:
    """Register a service at a port, and send it so many requests."""
    service = await made(
        box,
        "fulfillment_services.json",
        {"fulfillment_service": {"name": "Nobody Home", "callback_url": f"http://127.0.0.1:{port}/there"}},
    )
    variants = [{"sku": "CAP-9", "inventory_management": service["handle"]}]
    product = await made(box, "products.json", {"product": {"title": "Cap", "variants": variants}})
    variant = product["variants"][0]  # type: ignore[index]
    place = {"inventory_item_id": variant["inventory_item_id"], "location_id": service["location_id"]}
    await made(box, "inventory_levels/set.json", {**place, "available": 9})
    for _ in range(orders):
        order = await made(
            box, "orders.json", {"order": {"line_items": [{"variant_id": variant["id"], "quantity": 1}]}}
        )
        work = (await box.store("GET", f"orders/{order['id']}/fulfillment_orders.json"))[1]["fulfillment_orders"][0]
        await made(box, f"fulfillment_orders/{work['id']}/fulfillment_request.json", {"fulfillment_request": {}})
        await box.settle()


async def test_three_days_beside_a_dead_endpoint(tmp_path: Path) -> None:
    async with receiver([]) as port:
        pass
    async with sandbox(tmp_path, "--empty") as box:
        began = datetime.fromisoformat((await box.store("GET", "/sandbox/clock"))[1]["now"])
        await requested(box, port, orders=3)
        started = time.monotonic()
        status, answer = await box.store("POST", "/sandbox/clock", {"advance_seconds": 3 * 86400})
        assert status == 200, answer
        assert time.monotonic() - started < 40
        connection = await asyncpg.connect(box.details["databases"]["store"])
        rows = await connection.fetch(
            "SELECT m.id, m.status, m.reason, m.message_id, array_agg(a.started_at ORDER BY a.number) AS times "
            "FROM messages m JOIN message_attempts a ON a.tenant_id = m.tenant_id AND a.message = m.id "
            "WHERE m.kind = 'fulfillment_order_notification' GROUP BY m.tenant_id, m.id ORDER BY m.id"
        )
        assert [row["status"] for row in rows] == ["dead"] * 3
        for row in rows:
            assert row["reason"].startswith("given up after 9 attempts")
            gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(row["times"])]
            assert len(gaps) == len(RETRY_DELAYS)
            assert all(delay <= gap <= 1.1 * delay + 3 for delay, gap in zip(RETRY_DELAYS, gaps, strict=True)), gaps
        heard: list[str] = []
        async with receiver(heard, port):
            (details,) = tmp_path.glob("details-*.json")
            ran = await run(*("store", "delivery", "replay", "--since", began.isoformat(), "--details", str(details)))
            assert (ran.status, ran.printed) == (0, "3 deliveries are sent again\n"), ran
            await box.settle()
        await connection.close()
        assert sorted(heard) == sorted(row["message_id"] for row in rows)
