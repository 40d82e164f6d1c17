"""Fulfillment orders by 29 Next's Admin API: who sees them, what is said about them, and where they go."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from crossdock.domain.catalogue import ProductVariant
from crossdock.domain.decisions import OrderCreated
from crossdock.domain.orders import Order, StockClaim
from tests.store.next29_calls import ADDRESS, Api, Next29, next29_shop
from tests.store.scene import new_order


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Next29]:
    async with next29_shop(store_database) as shop:
        yield shop
        assert await shop.shop.offences() == []


@pytest_asyncio.fixture
async def docks(acme: Next29) -> "Docks":
    return await Docks.of(acme)


class Docks:
    """Two docks of the warehouse's, where all that is ordered lies."""

    def __init__(self, acme: Next29, dock: int, other: int) -> None:
        self.acme = acme
        self.dock = dock
        self.other = other
        self.count = 0

    @classmethod
    async def of(cls, acme: Next29) -> "Docks":
        first, second = [
            await acme.warehouse.ok("POST", "locations/", {"name": name, "address": ADDRESS})
            for name in ("Dock 1", "Dock 2")
        ]
        return cls(acme, first["id"], second["id"])

    async def variant(self, sku: str, *places: int) -> ProductVariant:
        variant = (await self.acme.shop.product(sku)).variants[0]
        for place in places or (self.dock,):
            await self.acme.shop.stock(variant, place, 50)
        return variant

    async def order(self, *lines: tuple[ProductVariant, int]) -> Order:
        command = replace(new_order(*lines, claim=StockClaim.OBEYING_POLICY), shipping_code="standard")
        made = await self.acme.shop.dispatch(command)
        assert isinstance(made, OrderCreated)
        return made.order

    async def work(self, *lines: tuple[ProductVariant, int]) -> int:
        """Return the one fulfillment order of a new order; of three units of one article, if none are named."""
        self.count += 1
        named = lines or ((await self.variant(f"SKU-{self.count}", self.dock, self.other), 3),)
        (only,) = (await self.order(*named)).fulfillment_orders
        return only.id

    async def accepted(self, *lines: tuple[ProductVariant, int]) -> int:
        work = await self.work(*lines)
        await self.acme.desk.ok("POST", f"fulfillment-orders/{work}/fulfillment-request/")
        await self.acme.warehouse.ok("POST", f"fulfillment-orders/{work}/fulfillment-request/accept/")
        return work

    async def assigned(self, status: str) -> list[int]:
        page = await self.acme.warehouse.ok("GET", f"assigned-fulfillment-orders/?assignment_status={status}")
        return [each["id"] for each in page["results"]]


def state(body: dict[str, Any]) -> str:
    return f"{body['status']}/{body['request_status']}"


async def post(api: Api, work: int, step: str, body: object = None) -> Any:
    return await api.ok("POST", f"fulfillment-orders/{work}/{step}/", body)


async def test_who_may_not_answer_is_told_so_and_not_that_the_state_is_wrong(docks: Docks) -> None:
    merchant = await docks.acme.api("fulfillment_orders:read", "fulfillment_orders:write", name="Back office")
    work = await docks.work()
    await post(merchant, work, "fulfillment-request")
    for step, done in (("accept", "accepted"), ("reject", "rejected")):
        told = await merchant.refused("POST", f"fulfillment-orders/{work}/fulfillment-request/{step}/")
        assert told == {"detail": f"The fulfillment request cannot be {done} by this app."}


async def test_a_request_is_sent_read_accepted_stopped_and_sent_again_as_a_new_one(docks: Docks) -> None:
    desk, warehouse = docks.acme.desk, docks.acme.warehouse
    work = await docks.work()
    body = {"message": "gently", "notify": True}
    sent = await post(desk, work, "fulfillment-request", body)
    assert sent["unrequested_fulfillment_order"] is None
    assert sent["original_fulfillment_order"] == sent["requested_fulfillment_order"]
    assert state(sent["requested_fulfillment_order"]) == "open/requested"
    assert await docks.assigned("fulfillment_requested") == [work]
    again = await desk.refused("POST", f"fulfillment-orders/{work}/fulfillment-request/", body)
    assert again == {"detail": "Fulfillment cannot be requested while the fulfillment order is open (requested)."}
    accepted = await post(warehouse, work, "fulfillment-request/accept", {"message": "gladly"})
    assert state(accepted) == "processing/accepted"
    assert accepted["merchant_requests"] == [{"type": "fulfill_request", "message": "gently", "notify": True}]
    assert await docks.assigned("fulfillment_requested") == []
    assert await docks.assigned("fulfillment_accepted") == [work]
    asked = await post(desk, work, "cancellation-request", {"message": "wrong size"})
    assert state(asked) == "processing/cancel_requested"
    assert "create_fulfillment" not in asked["supported_actions"]
    assert await docks.assigned("cancellation_requested") == [work]
    stopped = await post(warehouse, work, "cancellation-request/accept")
    assert state(stopped) == "canceled/cancel_accepted"
    assert "move" in stopped["supported_actions"]
    resent = await post(desk, work, "fulfillment-request")
    new = resent["requested_fulfillment_order"]
    assert state(resent["original_fulfillment_order"]) == "canceled/cancel_accepted"
    assert (new["id"] != work, state(new), len(new["merchant_requests"])) == (True, "open/requested", 1)
    assert resent["original_fulfillment_order"]["supported_actions"] == []
    assert await docks.assigned("fulfillment_requested") == [new["id"]]


async def test_only_what_is_asked_for_is_requested(docks: Docks) -> None:
    cup, jug = await docks.variant("CUP"), await docks.variant("JUG")
    work = await docks.work((cup, 5), (jug, 2))
    read = await docks.acme.desk.ok("GET", f"fulfillment-orders/{work}/")
    lines = {line["sku"]: line["id"] for line in read["line_items"]}
    named = [{"id": lines["CUP"], "quantity": 3}]
    sent = await post(docks.acme.desk, work, "fulfillment-request", {"fulfillment_order_line_items": named})
    asked, rest = sent["requested_fulfillment_order"], sent["unrequested_fulfillment_order"]
    assert [(line["sku"], line["quantity"]) for line in asked["line_items"]] == [("CUP", 3)]
    assert {(line["sku"], line["quantity"]) for line in rest["line_items"]} == {("CUP", 2), ("JUG", 2)}
    assert (state(asked), state(rest)) == ("open/requested", "open/pending")
    none = [{"id": lines["CUP"], "quantity": 0}]
    refused = await docks.acme.desk.refused(
        "POST", f"fulfillment-orders/{rest['id']}/fulfillment-request/", {"fulfillment_order_line_items": none}
    )
    assert list(refused) == ["fulfillment_order_line_items"]


@pytest.mark.parametrize(
    "reason",
    [
        *("incorrect_address", "inventory_out_of_stock", "ineligible_product", "undeliverable_address", "other"),
        *("", None),
    ],
)
async def test_a_request_is_rejected_for_any_reason_or_none(docks: Docks, reason: str | None) -> None:
    work = await docks.work()
    await post(docks.acme.desk, work, "fulfillment-request")
    body = {"rejected_reason": reason, "message": "No such street"}
    rejected = await post(docks.acme.warehouse, work, "fulfillment-request/reject", body)
    assert state(rejected) == "open/rejected"
    assert await docks.assigned("fulfillment_requested") == []
    said = await docks.acme.shop.pool.fetchval(
        "SELECT rejection_reason FROM merchant_requests WHERE fulfillment_order_id = $1", work
    )
    assert said == {"undeliverable_address": "undeliverable_destination"}.get(reason or "other", reason or "other")
    resent = await post(docks.acme.desk, work, "fulfillment-request")
    assert resent["requested_fulfillment_order"]["id"] == work
    wrong = {"rejected_reason": "raining"}
    refused = await docks.acme.warehouse.refused(
        "POST", f"fulfillment-orders/{work}/fulfillment-request/reject/", wrong
    )
    assert refused == {"rejected_reason": ['"raining" is not a valid choice.']}


async def test_both_kinds_of_requests_are_taken_back(docks: Docks) -> None:
    desk = docks.acme.desk
    work = await docks.work()
    await post(desk, work, "fulfillment-request")
    assert state(await post(desk, work, "fulfillment-request/cancel", {"message": "not yet"})) == "open/pending"
    assert await docks.assigned("fulfillment_requested") == []
    await post(desk, work, "fulfillment-request")
    await post(docks.acme.warehouse, work, "fulfillment-request/accept")
    await post(desk, work, "cancellation-request")
    assert state(await post(desk, work, "cancellation-request/cancel")) == "processing/accepted"
    await post(desk, work, "cancellation-request")
    said = await post(docks.acme.warehouse, work, "cancellation-request/reject", {"message": "on the truck"})
    assert state(said) == "processing/cancel_rejected"
    closed = await post(docks.acme.warehouse, work, "close", {"message": "it fell off"})
    assert state(closed) == "incomplete/closed"


@pytest.mark.parametrize("reason", ["address_incorrect", "out_of_stock", "high_risk", "awaiting_payment", "other"])
async def test_work_is_held_and_let_go(docks: Docks, reason: str) -> None:
    work = await docks.work()
    held = await post(docks.acme.desk, work, "hold", {"reason": reason, "reason_message": "ask first"})
    assert state(held) == "on_hold/pending"
    (hold,) = held["fulfillment_holds"]
    assert (hold["reason"], hold["reason_message"]) == (reason, "ask first")
    assert held["supported_actions"] == ["release_hold", "move", "hold"]
    released = await post(docks.acme.desk, work, "release-hold")
    assert (state(released), released["fulfillment_holds"]) == ("open/pending", [])
    assert await docks.acme.desk.refused("POST", f"fulfillment-orders/{work}/hold/") == {
        "reason": ["This field is required."]
    }


async def test_what_moves_is_a_new_one_and_the_old_one_is_closed(docks: Docks) -> None:
    desk = docks.acme.desk
    work = await docks.accepted()
    await desk.refused("POST", f"fulfillment-orders/{work}/move/", {"new_location_id": docks.other})
    await post(desk, work, "cancellation-request")
    await post(docks.acme.warehouse, work, "cancellation-request/accept")
    places = await desk.ok("GET", f"fulfillment-orders/{work}/available-locations/")
    (line,) = (await desk.ok("GET", f"fulfillment-orders/{work}/"))["line_items"]
    assert places == {
        "available_locations": [
            {"id": docks.other, "name": "Dock 2", "fulfillment_order_line_ids": [line["id"]]},
        ]
    }
    answer = await post(desk, work, "move", {"new_location_id": docks.other})
    moved, original = answer["moved_fulfillment_order"], answer["original_fulfillment_order"]
    assert (original["id"], state(original)) == (work, "closed/closed")
    assert (moved["id"] != work, state(moved), moved["assigned_location"]["id"]) == (True, "open/pending", docks.other)
    (there,) = moved["line_items"]
    assert (there["quantity"], there["stockrecord_id"] != line["stockrecord_id"]) == (3, True)
    listed = await desk.ok("GET", f"fulfillment-orders/{work}/")
    assert (state(listed), listed["supported_actions"]) == ("closed/closed", [])


async def test_what_moves_away_from_this_platforms_services_is_a_new_one_by_every_wire(docks: Docks) -> None:
    acme = docks.acme
    article = await docks.variant("MUG")
    work = await docks.work((article, 2))
    await acme.shop.stock(article, acme.shop.service.location_id, 5)
    fields = {"fulfillment_order": {"new_location_id": acme.shop.service.location_id}}
    away = await acme.served.desk.post(f"fulfillment_orders/{work}/move.json", fields)
    moved = away.json["moved_fulfillment_order"]
    assert (away.json["original_fulfillment_order"]["status"], moved["id"] != work) == ("closed", True)
    fields = {"fulfillment_order": {"new_location_id": docks.dock}}
    back = await acme.served.desk.post(f"fulfillment_orders/{moved['id']}/move.json", fields)
    assert back.json["moved_fulfillment_order"]["id"] == moved["id"]  # Shopify's services know it again
    assert state(await acme.warehouse.ok("GET", f"fulfillment-orders/{work}/")) == "closed/closed"


async def test_whole_lines_move(docks: Docks) -> None:
    cup, jug = await docks.variant("CUP", docks.dock, docks.other), await docks.variant("JUG")
    work = await docks.work((cup, 5), (jug, 2))
    read = await docks.acme.desk.ok("GET", f"fulfillment-orders/{work}/")
    lines = {each["sku"]: each["id"] for each in read["line_items"]}
    body = {"new_location_id": docks.other, "fulfillment_order_line_items": [{"id": lines["CUP"]}]}
    answer = await post(docks.acme.desk, work, "move", body)
    moved, original = answer["moved_fulfillment_order"], answer["original_fulfillment_order"]
    assert [(each["sku"], each["quantity"]) for each in moved["line_items"]] == [("CUP", 5)]
    assert [(each["sku"], each["quantity"]) for each in original["line_items"]] == [("JUG", 2)]
    assert (state(original), state(moved)) == ("open/pending", "open/pending")
    absent = {"new_location_id": 1}
    assert await docks.acme.desk.refused("POST", f"fulfillment-orders/{original['id']}/move/", absent) == {
        "new_location_id": ["Invalid pk - object does not exist."]
    }


async def test_a_canceled_one_is_replaced(docks: Docks) -> None:
    work = await docks.work()
    await post(docks.acme.desk, work, "fulfillment-request")
    answer = await post(docks.acme.desk, work, "cancel")
    original, new = answer["original_fulfillment_order"], answer["new_fulfillment_order"]
    assert (original["id"], state(original)) == (work, "canceled/closed")
    assert (new["id"] != work, state(new)) == (True, "open/pending")
    assert [line["quantity"] for line in new["line_items"]] == [3]
    assert await docks.assigned("fulfillment_requested") == []
