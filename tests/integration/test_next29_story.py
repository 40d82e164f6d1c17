"""The whole of 29 Next's guide "Fulfillment Service Apps" over HTTP: an order, its request, and all that comes of it.

The warehouse is connected as an app of 29 Next's; the merchant works by the same API. After each step both sides must
agree on the work and the stock.
"""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest_asyncio

from crossdock.service.database.budgets import note_budget
from tests.integration.installing import browser
from tests.integration.sandboxes import Box, sandbox
from tests.integration.serving import answering, crossdock, free_port, verified
from tests.store.calls import Reply
from tests.store.test_oauth import hidden_fields

ADDRESS = {"address1": "Kaj 1", "city": "Lund", "zip": "223 50", "country_code": "SE"}
CUSTOMER = {
    "first_name": "Ada",
    "last_name": "Ek",
    "line1": "Storgatan 1",
    "line4": "Lund",
    "postcode": "22350",
    "country": "SE",
}
# What the warehouse's people choose, and what the platform calls it.
REASONS = {
    "incorrect_address": "incorrect_address",
    "inventory_out_of_stock": "inventory_out_of_stock",
    "ineligible_product": "ineligible_product",
    "undeliverable_destination": "undeliverable_address",
    "other": "other",
}
DELAY = 30 * 60
HOUR = 3600


@dataclass
class Story:
    """A shop, the merchant's program, and the warehouse."""

    box: Box
    store_id: int = 0
    location_id: int = 0
    records: dict[str, int] = field(default_factory=dict)

    async def admin(self, method: str, path: str, body: object = None) -> Any:
        """Do something by 29 Next's API, as an app that may do everything."""
        status, answer = await self.asked(method, path, body)
        assert status in (200, 201, 204), (path, status, answer)
        return answer

    async def asked(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        headers = {
            "Authorization": f"Bearer {self.box.details['next_token']}",
            "X-29next-API-Version": "2024-04-01",
        }
        return await self.box.call(method, f"{self.box.details['store_url']}/api/admin/{path}", body, headers)

    async def desk(self, method: str, path: str, body: object = None) -> Any:
        """Do what the merchant does elsewhere."""
        status, answer = await self.box.store(method, path, body)
        assert status in (200, 201), (path, status, answer)
        return answer

    async def warehouse(self, method: str, path: str, body: object = None) -> Any:
        status, answer = await self.box.service(method, path, body)
        assert status in (200, 201, 202), (path, status, answer)
        await self.box.settle()
        return answer

    async def later(self, seconds: int) -> None:
        await self.desk("POST", "/sandbox/clock", {"advance_seconds": seconds})

    async def product(self, sku: str, *, on_shelf: int) -> int:
        """Sell something that lies at the warehouse; return its variant."""
        variant = {"sku": sku, "price": "40.00", "inventory_management": "shopify"}
        made = await self.desk("POST", "products.json", {"product": {"title": sku, "variants": [variant]}})
        (variant,) = made["product"]["variants"]
        level = {"inventory_item_id": variant["inventory_item_id"], "location_id": self.location_id, "available": 0}
        await self.desk("POST", "inventory_levels/set.json", level)
        await self.warehouse("PUT", f"/api/shelf/{sku}", {"on_hand": on_shelf, "store": self.store_id})
        return int(variant["id"])

    async def order(self, variant_id: int, quantity: int) -> tuple[str, int]:
        """Take a paid order in; return its number, and the id of its work at the warehouse."""
        order = {
            "line_items": [{"variant_id": variant_id, "quantity": quantity}],
            "financial_status": "paid",
            "inventory_behaviour": "decrement_obeying_policy",
            "shipping_address": {
                **{"first_name": "Ada", "last_name": "Ek", "address1": "Storgatan 1"},
                **{"city": "Lund", "zip": "22350", "country_code": "SE"},
            },
        }
        made = (await self.desk("POST", "orders.json", {"order": order}))["order"]
        number = made["name"].lstrip("#")
        (work,) = await self.work_of(number)
        assert (work["status"], work["request_status"]) == ("open", "pending")
        assert work["assigned_location"]["id"] == self.location_id
        return number, work["id"]

    async def work_of(self, number: str) -> list[Any]:
        found = await self.admin("GET", f"orders/{number}/fulfillment-orders/")
        assert isinstance(found, list)
        return found

    async def requested(self, variant_id: int, quantity: int, message: str = "Please") -> tuple[str, int]:
        """Take an order in and ask the warehouse for it at once."""
        number, work_id = await self.order(variant_id, quantity)
        await self.admin("POST", f"fulfillment-orders/{work_id}/fulfillment-request/", {"message": message})
        await self.box.settle()
        return number, work_id

    async def state(self, work_id: int) -> str:
        work = await self.admin("GET", f"fulfillment-orders/{work_id}/")
        return f"{work['status']}/{work['request_status']}"

    async def stage(self, work_id: int) -> str:
        answer = await self.warehouse("GET", f"/api/assignments/{self.store_id}/{work_id}")
        stage: str = answer["assignment"]["status"]
        return stage

    async def ship(self, work_id: int, *numbers: str, carrier: str = "DHL", **units: int) -> Any:
        lines = {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in units.items()]} if units else {}
        parcel = {
            "store": self.store_id,
            "fulfillment_order_id": work_id,
            "carrier": carrier,
            "tracking_numbers": list(numbers),
            **lines,
        }
        return (await self.warehouse("POST", "/api/parcels", parcel))["parcel"]

    async def fulfillments(self, work_id: int) -> list[Any]:
        found = await self.admin("GET", f"fulfillment-orders/{work_id}/fulfillments/")
        assert isinstance(found, list)
        return found

    async def stock(self, sku: str) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return what lies there and what is promised: in the store's books, and on the shelf."""
        (record,) = (await self.admin("GET", f"stockrecords/?sku={sku}&location_id={self.location_id}"))["results"]
        shelf = await self.warehouse("GET", f"/api/shelf/{sku}?store={self.store_id}")
        return (record["num_in_stock"], record["num_allocated"]), (shelf["on_hand"], shelf["allocated"])

    async def set_record(self, sku: str, units: int) -> None:
        """Change what the store's books say."""
        (record,) = (await self.admin("GET", f"stockrecords/?sku={sku}&location_id={self.location_id}"))["results"]
        await self.admin("PATCH", f"stockrecords/{record['id']}/", {"num_in_stock": units})

    async def sent(self, work_id: int, action: str) -> list[Any]:
        """Return what the warehouse told the store about work by this action, each time."""
        connection = await asyncpg.connect(self.box.details["databases"]["service"])
        try:
            rows = await connection.fetch(
                "SELECT request_body FROM messages WHERE direction = 'out' AND url LIKE $1 ORDER BY id",
                f"%/fulfillment-orders/{work_id}/{action}",
            )
        finally:
            await connection.close()
        return [json.loads(row["request_body"]) for row in rows]

    async def offences(self, folder: Path) -> None:
        await self.box.settle()
        await verified(self.box.details, folder)


@pytest_asyncio.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """A shop that has let the warehouse in, as a merchant does it in a browser."""
    data = tmp_path / "data"
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(sandbox(tmp_path, "--empty", "--data", str(data)))
        link = await stack.enter_async_context(open_door(box, data))
        await let_in(box, link)
        (connected,) = (await box.service("GET", "/api/stores"))[1]["stores"]
        assert (connected["platform"], connected["trouble"]) == ("next29", None)
        await send_after(box, tmp_path, DELAY // 60)
        await unhurried(box, connected["id"])
        await box.settle()
        lived = Story(box=box, store_id=connected["id"], location_id=connected["location_id"])
        yield lived
        await lived.offences(tmp_path)


async def unhurried(box: Box, store_id: int) -> None:
    """Have the warehouse ask a store as often as it likes: the sandbox holds no limits, and nothing of them is told."""
    service = await asyncpg.connect(box.details["databases"]["service"])
    try:
        often = 1_000_000.0
        at = await service.fetchval("SELECT max(read_at) FROM store_budgets WHERE store_id = $1", store_id)
        await note_budget(service, store_id, available=often, maximum=often, per_second=often, at=at)
    finally:
        await service.close()


def warehouse_of(box: Box, data: Path) -> dict[str, str]:
    """Return the environment of one more process of a sandbox's warehouse."""
    return {
        "SERVICE_DATABASE_URL": box.details["databases"]["service"],
        "CROSSDOCK_SECRET_KEYS": json.loads((data / "sandbox.json").read_text())["secret_key"],
        "CROSSDOCK_SANDBOX": "1",
        "CROSSDOCK_ALLOW_HTTP": "1",
        "CROSSDOCK_ALLOW_PRIVATE_ADDRESSES": "127.0.0.0/8",
        "CROSSDOCK_WAREHOUSE_ADDRESS": json.dumps(ADDRESS),
    }


@asynccontextmanager
async def open_door(box: Box, data: Path) -> AsyncIterator[str]:
    """Run a web process of the warehouse that stores can let in; give the link by which a merchant installs it."""
    url = f"http://127.0.0.1:{free_port()}"
    app = {
        "name": "Crossdock",
        "app_url": f"{url}/next29/install",
        "redirect_urls": [f"{url}/next29/callback"],
        "platform": "next29",
    }
    status, credentials = await box.store("POST", "/sandbox/apps", app)
    assert status == 201, credentials
    domain = f"{box.details['shop_subdomain']}.29next.store"
    env = warehouse_of(box, data) | {
        "CROSSDOCK_PUBLIC_URL": url,
        "CROSSDOCK_NEXT29_CLIENT_ID": credentials["client_id"],
        "CROSSDOCK_NEXT29_CLIENT_SECRET": credentials["client_secret"],
        "CROSSDOCK_STORE_ADDRESSES": f"{domain}={box.details['store_url']}",
    }
    log = data / "door.log"
    async with crossdock("service", "serve", "--port", url.rpartition(":")[2], log=log, env=env) as process:
        await answering(f"{url}/readyz", process, log)
        yield f"{box.details['store_url']}/dashboard/apps/install-app/?client_id={credentials['client_id']}"


async def let_in(box: Box, link: str) -> None:
    """Install the warehouse on the shop, open it there, and wait until it has put everything in order."""
    async with browser() as session:
        async with session.get(link) as page:
            assert page.status == 200, await page.text()
            fields = hidden_fields(Reply(page.status, page.headers, await page.read()))
            target = page.url.with_query(None)
        async with session.post(target, data=fields | {"decision": "allow"}) as landed:
            assert (landed.status, landed.url.path.rpartition("/")[0]) == (200, "/stores"), await landed.text()
            at = landed.url
        await box.settle()
        # From now on the store opens it, with its word for whom.
        store = await asyncpg.connect(box.details["databases"]["store"])
        app_id = await store.fetchval("SELECT id FROM apps WHERE client_id = $1", link.rpartition("=")[2])
        await store.close()
        page_of_app = f"{box.details['store_url']}/shops/{box.details['shop_subdomain']}/apps/{app_id}/open"
        async with session.get(page_of_app) as opened:
            assert opened.url == at, await opened.text()


async def send_after(box: Box, folder: Path, minutes: int) -> None:
    """Have the store send requests by itself, so long after each order."""
    file, log = folder / "details-here.json", folder / "delay.log"
    file.write_text(json.dumps(box.details))
    command = ("store", "shop", "request-delay", box.details["shop_subdomain"], str(minutes), "--details", str(file))
    async with crossdock(*command, log=log) as process:
        assert await process.wait() == 0, log.read_text()


async def test_the_guide_is_lived_through_from_beginning_to_end(story: Story) -> None:
    mug = await story.product("MUG", on_shelf=20)
    assert await story.stock("MUG") == ((20, 0), (20, 0))
    await an_order_is_asked_for_after_the_delay_and_shipped_in_two(story, mug)
    await a_cancellation_is_accepted_and_the_work_asked_for_again(story, mug)
    await a_cancellation_is_rejected(story, mug)
    await requests_are_declined_for_each_reason(story, mug)
    await what_cannot_be_shipped_is_declined_by_itself(story)
    await stock_is_set_right_at_intervals(story)


async def an_order_is_asked_for_after_the_delay_and_shipped_in_two(story: Story, mug: int) -> None:
    number, work_id = await story.order(mug, 3)
    await story.later(DELAY)
    assert await story.state(work_id) == "processing/accepted"
    assert await story.stage(work_id) == "accepted"
    assert await story.stock("MUG") == ((20, 3), (20, 3))

    parcel = await story.ship(work_id, "AAA1", "AAA2", MUG=2)
    assert await story.state(work_id) == "processing/accepted"
    (first,) = await story.fulfillments(work_id)
    assert first["tracking_codes"] == "AAA1, AAA2"
    assert first["tracking_carrier"] == "dhl"
    assert await story.stock("MUG") == ((18, 1), (18, 1))

    await a_carrier_tells_of_a_parcel(story, number, parcel)
    assert (await story.fulfillments(work_id))[0]["delivery_status"] == "delivered"
    await story.ship(work_id, "AAA3", carrier="Nobody's")
    assert (await story.state(work_id), await story.stage(work_id)) == ("closed/closed", "shipped")
    assert [each["tracking_code"] for each in await story.fulfillments(work_id)] == ["AAA1", "AAA3"]
    assert await story.stock("MUG") == ((17, 0), (17, 0))


async def a_carrier_tells_of_a_parcel(story: Story, number: str, parcel: Any) -> None:
    """The warehouse tells the store of each scan; the store knows where the parcel is."""
    path = f"/api/parcels/{story.store_id}/{parcel['id']}"
    known = (await story.warehouse("GET", path))["parcel"]
    for status in ("in_transit", "out_for_delivery", "delivered", "delivered"):
        event = {"status": status, "happened_at": "2026-11-22T10:00:00+01:00", "city": "Lund", "country": "SE"}
        await story.warehouse("POST", f"{path}/events", event)
    (noted,) = {each["told"] for each in (await story.warehouse("GET", f"{path}/events"))["events"]}
    assert noted == "told"
    events = await story.admin("GET", f"orders/{number}/fulfillments/{known['fulfillment_id']}/events/")
    assert sorted(each["status"] for each in events) == ["delivered", "in_transit", "out_for_delivery"]


async def requests_are_declined_for_each_reason(story: Story, mug: int) -> None:
    """People decide, and the merchant reads why."""
    await story.warehouse("PUT", f"/api/stores/{story.store_id}", {"by_hand": True})
    for reason, word in REASONS.items():
        _, work_id = await story.requested(mug, 1)
        assert (await story.state(work_id), await story.stage(work_id)) == ("open/requested", "received")
        path = f"/api/assignments/{story.store_id}/{work_id}/reject"
        await story.warehouse("POST", path, {"reason": reason, "message": "Sorry"})
        assert (await story.state(work_id), await story.stage(work_id)) == ("open/rejected", "rejected")
        assert await story.sent(work_id, "fulfillment-request/reject/") == [
            {"rejected_reason": word, "message": "Sorry"}
        ]
    _, work_id = await story.requested(mug, 1)
    await story.warehouse("POST", f"/api/assignments/{story.store_id}/{work_id}/accept", {})
    assert await story.state(work_id) == "processing/accepted"
    await story.ship(work_id, "DDD1")
    await story.warehouse("PUT", f"/api/stores/{story.store_id}", {"by_hand": False})


async def what_cannot_be_shipped_is_declined_by_itself(story: Story) -> None:
    pen = await story.product("PEN", on_shelf=5)
    await story.set_record("PEN", 9)
    _, work_id = await story.requested(pen, 7)
    assert await story.state(work_id) == "open/rejected"
    ((said),) = await story.sent(work_id, "fulfillment-request/reject/")
    assert said == {"rejected_reason": "inventory_out_of_stock", "message": "SKU PEN: 7 asked for, 5 on the shelf"}


async def a_cancellation_is_accepted_and_the_work_asked_for_again(story: Story, mug: int) -> None:
    number, work_id = await story.requested(mug, 2)
    assert await story.state(work_id) == "processing/accepted"
    await story.admin("POST", f"fulfillment-orders/{work_id}/cancellation-request/", {"message": "Too late?"})
    await story.box.settle()
    assert (await story.state(work_id), await story.stage(work_id)) == ("canceled/cancel_accepted", "cancelled")
    await story.admin("POST", f"fulfillment-orders/{work_id}/fulfillment-request/", {})
    await story.box.settle()
    again = [each for each in await story.work_of(number) if each["id"] != work_id]
    assert [f"{each['status']}/{each['request_status']}" for each in again] == ["processing/accepted"]
    await story.ship(again[0]["id"], "BBB1")
    assert await story.state(again[0]["id"]) == "closed/closed"


async def a_cancellation_is_rejected(story: Story, mug: int) -> None:
    _, work_id = await story.requested(mug, 2)
    await story.ship(work_id, "CCC1", MUG=1)
    await story.admin("POST", f"fulfillment-orders/{work_id}/cancellation-request/", {"message": "Too late?"})
    await story.box.settle()
    assert await story.state(work_id) == "processing/cancel_rejected"
    await story.ship(work_id, "CCC2")
    assert (await story.state(work_id), await story.stage(work_id)) == ("closed/closed", "shipped")


async def stock_is_set_right_at_intervals(story: Story) -> None:
    """What somebody changes in the store's books is what lies on the shelf again within the hour."""
    await story.set_record("MUG", 500)
    await story.later(HOUR + 1)
    (theirs, _), (ours, _) = await story.stock("MUG")
    assert theirs == ours == 12
