"""The main job through every room of the house, over HTTP alone: one order ships, one is stopped, one is declined."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from tests.integration.sandboxes import Box, sandbox
from tests.integration.serving import verified


@dataclass
class Story:
    """A merchant and a warehouse, and what they have between them."""

    box: Box
    location_id: int
    warehouse_id: int
    number: int

    def own(self, name: str) -> str:
        """Return a name that no other story in this sandbox has."""
        return f"{name}-{self.number}"

    async def product(self, name: str, *, on_shelf: int | None) -> int:
        """Sell something that the store believes to lie at the warehouse; return its variant."""
        sku = self.own(name)
        variant = {"sku": sku, "price": "40.00", "inventory_management": "shopify"}
        made = await self.admin("POST", "products.json", {"product": {"title": sku, "variants": [variant]}})
        (variant,) = made["product"]["variants"]
        level = {"inventory_item_id": variant["inventory_item_id"], "location_id": self.location_id, "available": 20}
        await self.admin("POST", "inventory_levels/set.json", level)
        if on_shelf is not None:
            status, answer = await self.box.service("PUT", f"/api/shelf/{sku}", {"on_hand": on_shelf})
            assert status == 200, answer
        return int(variant["id"])

    async def requested(self, variant_id: int, quantity: int) -> tuple[int, int]:
        """Take an order in and ask the warehouse for it; return the ids of order and fulfillment order."""
        order = {
            "line_items": [{"variant_id": variant_id, "quantity": quantity}],
            "financial_status": "paid",
            "inventory_behaviour": "decrement_obeying_policy",
            "shipping_address": {"last_name": "Ek", "address1": "Kaj 1", "city": "Lund", "country_code": "SE"},
        }
        order_id = (await self.admin("POST", "orders.json", {"order": order}))["order"]["id"]
        (work,) = (await self.admin("GET", f"orders/{order_id}/fulfillment_orders.json"))["fulfillment_orders"]
        assert (work["status"], work["request_status"]) == ("open", "unsubmitted")
        assert work["assigned_location_id"] == self.location_id
        request = {"fulfillment_request": {"message": "Gift wrap, please."}}
        await self.admin("POST", f"fulfillment_orders/{work['id']}/fulfillment_request.json", request)
        await self.box.settle()
        return order_id, work["id"]

    async def state(self, work_id: int) -> str:
        work = (await self.admin("GET", f"fulfillment_orders/{work_id}.json"))["fulfillment_order"]
        return f"{work['status']} / {work['request_status']}"

    async def admin(self, method: str, path: str, body: object = None) -> Any:
        status, answer = await self.box.store(method, path, body)
        assert status in (200, 201), answer
        return answer

    async def warehouse(self, method: str, path: str, body: object = None) -> Any:
        """Do what the warehouse does with parcels, and let its store hear of it."""
        status, answer = await self.box.service(method, path, body)
        assert status in (200, 201), answer
        await self.box.settle()
        return answer["parcel"]

    async def told(self, work_id: int) -> list[tuple[str, str | None]]:
        """Return what has happened to a fulfillment order, with the words that came with it."""
        connection = await asyncpg.connect(self.box.details["databases"]["store"])
        try:
            rows = await connection.fetch(
                "SELECT kind, message FROM events WHERE fulfillment_order_id = $1 ORDER BY sequence", work_id
            )
        finally:
            await connection.close()
        return [(row["kind"], row["message"]) for row in rows]


by_either_wire = pytest.mark.parametrize("story", ["graphql", "rest"], indirect=True)
pytestmark = pytest.mark.asyncio(loop_scope="module")
numbers = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def box(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Box]:
    """A sandbox for all stories, in which nothing is wrong after the last of them."""
    folder = tmp_path_factory.mktemp("sandbox")
    async with sandbox(folder) as running:
        (connected,) = (await running.service("GET", "/api/stores"))[1]["stores"]
        assert connected["transport"] == "graphql"
        yield running
        await running.settle()
        await verified(running.details, folder)


@pytest_asyncio.fixture(loop_scope="module")
async def story(box: Box, request: pytest.FixtureRequest) -> Story:
    """The two sides, the warehouse asking by GraphQL if nothing else is said. Articles are each story's own."""
    (connected,) = (await box.service("GET", "/api/stores"))[1]["stores"]
    transport = getattr(request, "param", "graphql")
    assert (await box.service("PUT", f"/api/stores/{connected['id']}", {"transport": transport}))[0] == 200
    _, answer = await box.store("GET", "fulfillment_services.json?scope=all")
    location_id = answer["fulfillment_services"][0]["location_id"]
    return Story(box=box, location_id=location_id, warehouse_id=connected["id"], number=next(numbers))


@by_either_wire
async def test_one_order_ships_one_is_stopped_and_one_is_declined(story: Story) -> None:
    anvil = await story.product("ANVIL", on_shelf=20)

    order_id, work_id = await story.requested(anvil, 2)
    assert await story.state(work_id) == "in_progress / accepted"
    parcel = {"fulfillment_order_id": work_id, "carrier": "PostNord", "tracking_number": story.own("0037070000000018")}
    status, answer = await story.box.service("POST", "/api/parcels", parcel)
    assert status in (200, 201, 202), answer
    await story.box.settle()
    assert await story.state(work_id) == "closed / accepted"
    order = (await story.admin("GET", f"orders/{order_id}.json"))["order"]
    assert order["fulfillment_status"] == "fulfilled"
    assert order["closed_at"]
    (fulfillment,) = order["fulfillments"]
    assert (fulfillment["tracking_number"], fulfillment["status"]) == (parcel["tracking_number"], "success")
    assert [kind for kind, _ in await story.told(work_id)] == [
        "order_routed",
        "fulfillment_request_submitted",
        "fulfillment_request_accepted",
        "fulfillment_created",
    ]

    _, stopped = await story.requested(anvil, 3)
    request = {"cancellation_request": {"message": "Changed their mind."}}
    await story.admin("POST", f"fulfillment_orders/{stopped}/cancellation_request.json", request)
    await story.box.settle()
    assert await story.state(stopped) == "cancelled / cancellation_accepted"
    status, refusal = await story.box.service("POST", "/api/parcels", parcel | {"fulfillment_order_id": stopped})
    assert status in (409, 422), refusal

    unknown = await story.product("UNHEARD-OF", on_shelf=None)
    _, declined = await story.requested(unknown, 1)
    assert await story.state(declined) == "open / rejected"
    kind, words = (await story.told(declined))[-1]
    assert kind == "fulfillment_request_rejected"
    assert words


async def test_a_merchant_who_asks_too_late_hears_no(story: Story) -> None:
    anvil = await story.product("ANVIL", on_shelf=20)
    _, work_id = await story.requested(anvil, 4)
    (line,) = (await story.admin("GET", f"fulfillment_orders/{work_id}.json"))["fulfillment_order"]["line_items"]
    parcel = {
        "fulfillment_order_id": work_id,
        "carrier": "PostNord",
        "tracking_number": story.own("FIRST"),
        "lines": [{"id": line["id"], "quantity": 3}],
    }
    status, answer = await story.box.service("POST", "/api/parcels", parcel)
    assert status in (200, 201, 202), answer
    await story.box.settle()
    assert await story.state(work_id) == "in_progress / accepted"
    await story.admin("POST", f"fulfillment_orders/{work_id}/cancellation_request.json", {})
    await story.box.settle()
    assert await story.state(work_id) == "in_progress / cancellation_rejected"
    rest = {"fulfillment_order_id": work_id, "carrier": "PostNord", "tracking_number": story.own("SECOND")}
    status, answer = await story.box.service("POST", "/api/parcels", rest)
    assert status in (200, 201, 202), answer
    await story.box.settle()
    assert await story.state(work_id) == "closed / cancellation_rejected"


@by_either_wire
async def test_a_parcel_is_put_right_and_taken_back(story: Story) -> None:
    anvil = await story.product("ANVIL", on_shelf=20)
    order_id, work_id = await story.requested(anvil, 4)
    (line,) = (await story.admin("GET", f"fulfillment_orders/{work_id}.json"))["fulfillment_order"]["line_items"]
    part = {"fulfillment_order_id": work_id, "carrier": "PostNord", "lines": [{"id": line["id"], "quantity": 3}]}
    first = await story.warehouse("POST", "/api/parcels", part | {"tracking_number": story.own("FIRST")})
    parcels = f"/api/parcels/{story.warehouse_id}"
    # Put right: another number; and, of work that goes on, taken back and sent anew under the same.
    await story.warehouse("PUT", f"{parcels}/{first['id']}", {"carrier": "DHL", "tracking_number": story.own("RIGHT")})
    await story.warehouse("POST", f"{parcels}/{first['id']}/cancel", {})
    assert await story.state(work_id) == "in_progress / accepted"
    whole = {"fulfillment_order_id": work_id, "carrier": "DHL", "tracking_number": story.own("RIGHT")}
    second = await story.warehouse("POST", "/api/parcels", whole)
    assert await story.state(work_id) == "closed / accepted"
    # Work that is shipped whole is asked for anew.
    taken_back = await story.warehouse("POST", f"{parcels}/{second['id']}/cancel", {})
    assert (taken_back["correction"]["state"], second["lines"][0]["quantity"]) == ("waiting", 4)
    assert (await story.box.service("GET", f"{parcels}/{second['id']}"))[1]["parcel"]["correction"]["state"] == "told"
    works = (await story.admin("GET", f"orders/{order_id}/fulfillment_orders.json"))["fulfillment_orders"]
    (again,) = (each for each in works if each["status"] == "open")
    await story.admin("POST", f"fulfillment_orders/{again['id']}/fulfillment_request.json", {})
    await story.box.settle()
    await story.warehouse("POST", "/api/parcels", whole | {"fulfillment_order_id": again["id"]})
    order = (await story.admin("GET", f"orders/{order_id}.json"))["order"]
    assert [(each["status"], each["tracking_number"]) for each in order["fulfillments"]] == [
        ("cancelled", story.own("RIGHT")),
        ("cancelled", story.own("RIGHT")),
        ("success", story.own("RIGHT")),
    ]
    assert order["fulfillment_status"] == "fulfilled"
