"""Apps of 29 Next's that behave badly: every request is answered once all the same.

They answer their callbacks late, call the store while it waits for their answer, and ask again at once when it says
that they ask too often.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest_asyncio
from aiohttp import web

from tests.integration.sandboxes import Box, sandbox
from tests.integration.serving import verified

ORDERS = 6
ADDRESS = {"line1": "Kaj 1", "line4": "Lund", "postcode": "22350", "country": "SE"}


@dataclass
class RudeApp:
    """An app that accepts whatever is requested. `taken` counts by fulfillment order how often the store agreed."""

    box: Box
    slow: bool
    url: str = ""
    throttled: int = 0
    heard: int = 0
    taken: Counter[int] = field(default_factory=Counter)
    late: set[asyncio.Task[None]] = field(default_factory=set)

    async def hear(self, request: web.Request) -> web.Response:
        """Answer a callback: after the store has lost its patience with us, or while we ask it."""
        self.heard += 1
        if self.slow:
            task = asyncio.create_task(self.accept_all())
            self.late.add(task)
            task.add_done_callback(self.late.discard)
            await asyncio.sleep(2)
        else:
            await self.accept_all()
        return web.json_response("success")

    async def accept_all(self) -> None:
        answer = await self.insist("GET", "assigned-fulfillment-orders/?assignment_status=fulfillment_requested")
        for work in answer["results"]:
            path = f"fulfillment-orders/{work['id']}/fulfillment-request/accept/"
            if await self.insist("POST", path, {}) is not None:
                self.taken[work["id"]] += 1

    async def insist(self, method: str, path: str, body: object = None) -> Any:
        """Call the store again and again, without a pause, until it says anything but that this was too often."""
        headers = {
            "Authorization": f"Bearer {self.box.details['next_token']}",
            "X-29next-API-Version": "2024-04-01",
        }
        while True:
            url = f"{self.box.details['store_url']}/api/admin/{path}"
            status, answer = await self.box.call(method, url, body, headers)
            if status != 429:
                return answer if status < 300 else None
            self.throttled += 1


@asynccontextmanager
async def app(box: Box, *, slow: bool) -> AsyncIterator[RudeApp]:
    rude = RudeApp(box=box, slow=slow)
    served = web.Application()
    served.router.add_post("/hooks/fulfillment-order-notification/", rude.hear)
    runner = web.AppRunner(served, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    rude.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/"
    try:
        yield rude
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    async with sandbox(tmp_path, "--empty", "--limits") as each:
        yield each
        await each.settle()
        await verified(each.details, tmp_path)


async def test_every_request_is_answered_once(box: Box) -> None:
    for slow in (False, True):
        async with app(box, slow=slow) as rude:
            name = "Slow" if slow else "Busy"
            location = {"name": name, "address": ADDRESS, "callback_url": rude.url}
            made = await rude.insist("POST", "locations/", location)
            works = [await requested(box, name, made["id"]) for _ in range(ORDERS)]
            await box.settle()
            await asyncio.gather(*rude.late)
            assert rude.taken == dict.fromkeys(works, 1)
            assert rude.throttled > 0
            assert rude.heard > 0
            for work in works:
                answer = (await desk(box, "GET", f"fulfillment_orders/{work}.json"))["fulfillment_order"]
                assert (answer["status"], answer["request_status"]) == ("in_progress", "accepted")


async def requested(box: Box, name: str, location_id: int) -> int:
    """Take an order in for a location, and ask for it; return its work."""
    variant = {"sku": name, "price": "1.00", "inventory_management": "shopify"}
    made = await desk(box, "POST", "products.json", {"product": {"title": name, "variants": [variant]}})
    (variant,) = made["product"]["variants"]
    level = {"inventory_item_id": variant["inventory_item_id"], "location_id": location_id, "available": 5}
    await desk(box, "POST", "inventory_levels/set.json", level)
    order = {
        "line_items": [{"variant_id": variant["id"], "quantity": 1}],
        "financial_status": "paid",
        "inventory_behaviour": "decrement_obeying_policy",
        "shipping_address": {"last_name": "Ek", "address1": "Kaj 1", "city": "Lund", "country_code": "SE"},
    }
    order_id = (await desk(box, "POST", "orders.json", {"order": order}))["order"]["id"]
    (work,) = (await desk(box, "GET", f"orders/{order_id}/fulfillment_orders.json"))["fulfillment_orders"]
    assert work["assigned_location_id"] == location_id
    body = {"fulfillment_request": {"message": "Please"}}
    await desk(box, "POST", f"fulfillment_orders/{work['id']}/fulfillment_request.json", body)
    return int(work["id"])


async def desk(box: Box, method: str, path: str, body: object = None) -> Any:
    """Call the store as the merchant, who waits when told to."""
    while True:
        status, answer = await box.store(method, path, body)
        if status != 429:
            assert status in (200, 201), (path, status, answer)
            return answer
        await asyncio.sleep(0.5)
