"""The whole of Shopify's guide "Build for fulfillment services", steps 1 to 9, over HTTP and by either wire.

The warehouse is installed on the shop as an app; the merchant works with an app of its own, which may see and change
the work of other apps' services and of its own places. After each step both sides must agree on the work and the stock.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from tests.integration.both_sides import Story, both
from tests.integration.installing import let_in, let_warehouse_in, open_door
from tests.integration.merchants import MERCHANTS, Wire, gid
from tests.integration.sandboxes import sandbox
from tests.integration.serving import verified
from tests.store.hearing import ear

HOUR = 3600
POLL = 310
SCOPES = (
    *("write_orders", "write_products", "write_inventory", "read_locations", "read_fulfillments"),
    *("write_merchant_managed_fulfillment_orders", "write_third_party_fulfillment_orders"),
)
# How a store calls its first two parcels. A service asked for tracking numbers hears the first form.
NAMES = {"rest": ["#1001.1", "#1001.2"], "graphql": ["#1001-F1", "#1001-F2"]}
TOPICS = (
    "order_routing_complete",
    "fulfillment_request_submitted",
    "fulfillment_request_accepted",
    "fulfillment_request_rejected",
    "cancellation_request_submitted",
    "cancellation_request_accepted",
    "cancellation_request_rejected",
    "cancelled",
    "fulfillment_service_failed_to_complete",
)
# What only the merchant does, alone.
OTHER_TOPICS = (
    *("placed_on_hold", "hold_released", "moved", "split", "merged"),
    *("progress_reported", "manually_reported_progress_stopped"),
)


@pytest_asyncio.fixture(params=["graphql", "rest"])
async def story(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Story]:
    wire: str = request.param
    data = tmp_path / "data"
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(sandbox(tmp_path, "--empty", "--data", str(data)))
        hears = await stack.enter_async_context(ear())
        door = await stack.enter_async_context(open_door(box, data, transport=wire))
        await let_warehouse_in(box, door)
        app = await let_in(box, "Order desk", f"{hears.url}/back", *SCOPES)
        store = await asyncpg.connect(box.details["databases"]["store"])
        stack.push_async_callback(store.close)
        by = Wire(session=box.session, url=box.details["store_url"], token=app.token)
        yield Story(box=box, merchant=MERCHANTS[wire](wire=by), app=app, ear=hears, store=store, wire=wire)
        await box.settle()
        await verified(box.details, tmp_path)


async def test_the_guide_is_lived_through_from_beginning_to_end(story: Story) -> None:
    await step_1_the_service_is_there(story)
    anvil = await step_9_one_sku_is_asked_for(story)
    order_id, work_id, parcel_id = await steps_2_to_4_work_is_asked_for_accepted_and_shipped(story, anvil)
    await step_3_work_is_rejected(story)
    await step_6_a_parcel_of_finished_work_is_cancelled(story, order_id, work_id, parcel_id)
    other_order_id, other_work_id = await step_6_a_parcel_of_half_done_work_is_cancelled(story, anvil)
    await step_5_a_cancellation_is_rejected(story, other_order_id, other_work_id)
    await step_5_a_cancellation_is_accepted(story, anvil)
    await step_5_the_merchant_does_not_wait(story, anvil)
    await step_7_work_is_closed(story, anvil)
    await step_8_a_tracking_number_is_asked_for(story, order_id)
    await step_9_all_stock_is_asked_for(story)
    await everything_was_told(story, anvil)


async def step_1_the_service_is_there(story: Story) -> None:
    (connected,) = (await story.warehouse("GET", "/api/stores"))["stores"]
    assert (connected["trouble"], connected["transport"]) == (None, story.wire)
    (service,) = (await story.desk("GET", "fulfillment_services.json?scope=all"))["fulfillment_services"]
    assert (service["id"], service["location_id"]) == (connected["service_id"], connected["location_id"])
    assert (service["tracking_support"], service["inventory_management"]) == (True, True)
    assert service["callback_url"] == f"{story.box.details['service_url']}/callbacks/{connected['id']}"
    # It is the warehouse's own, and nobody else's.
    assert (await story.desk("GET", "fulfillment_services.json"))["fulfillment_services"] == []
    story.store_id, story.location_id, story.handle = connected["id"], service["location_id"], service["handle"]
    for topic in (*TOPICS, *OTHER_TOPICS):
        await story.merchant.subscribe(f"fulfillment_orders/{topic}", f"{story.ear.url}/hooks")


async def step_9_one_sku_is_asked_for(story: Story) -> int:
    """A product is set up, and its units are those that lie on the shelf."""
    await story.warehouse("PUT", "/api/shelf/ANVIL", {"on_hand": 20})
    anvil = await story.product("ANVIL", managed_by=story.handle)
    (question,) = await story.asked("fetch_stock")
    assert question["sku"] == "ANVIL"
    assert question["location_id"] == str(story.location_id)
    assert await story.moved() == [("correction", 20, None, "available")]
    assert await story.stock() == both(20, 0, 20)
    return anvil


async def steps_2_to_4_work_is_asked_for_accepted_and_shipped(story: Story, anvil: int) -> tuple[int, int, int]:
    """Return the ids of the order, of its work, and of the second parcel at the warehouse."""
    order_id, work_id = await story.requested(anvil, 5, "Fragile")
    work = await story.work(order_id, work_id)
    assert (work.state, work.left) == ("in_progress/accepted", 5)
    assert work.actions == {"create_fulfillment", "request_cancellation"}
    assert work.requests == (("fulfillment_request", "Fragile"),)
    assert await story.notified() == ["FULFILLMENT_REQUEST"]
    taken = await story.assignment(work_id)
    assert (taken["status"], taken["message"], taken["answer"]["state"]) == ("accepted", "Fragile", "told")
    assert await story.moved() == [("order_routed", 5, "available", "committed")]
    assert await story.stock() == both(20, 5, 15)
    (routed,) = story.told("order_routing_complete")
    assert routed["fulfillment_order"] == {"id": gid("FulfillmentOrder", work_id), "status": "open"}
    (submitted,) = story.told("fulfillment_request_submitted")
    assert submitted["fulfillment_order_merchant_request"]["message"] == "Fragile"
    (accepted,) = story.told("fulfillment_request_accepted")
    assert accepted["fulfillment_order"]["request_status"] == "accepted"

    first = await story.ship(work_id, "TRCK-1", 3)
    assert (await story.work(order_id, work_id)).left == 2
    assert await story.state(order_id, work_id) == "in_progress/accepted"
    assert (await story.order(order_id))["fulfillment_status"] == "partial"
    assert await story.stock() == both(17, 2, 15)
    tracking = {"carrier": "PostNord", "tracking_number": "TRACK-1"}
    await story.warehouse("PUT", f"/api/parcels/{story.store_id}/{first['id']}", tracking)
    assert [each.numbers for each in await story.merchant.parcels(order_id)] == [("TRACK-1",)]
    second = await story.ship(work_id, "TRACK-2")
    assert await story.state(order_id, work_id) == "closed/accepted"
    assert (await story.order(order_id))["fulfillment_status"] == "fulfilled"
    assert await story.stock() == both(15, 0, 15)
    assert await story.moved() == [
        ("fulfillment_created", 3, "committed", None),
        ("fulfillment_created", 2, "committed", None),
    ]
    parcels = await story.merchant.parcels(order_id)
    assert [(each.units, each.status, each.company) for each in parcels] == [
        (3, "success", "PostNord"),
        (2, "success", "PostNord"),
    ]
    assert [each.name for each in parcels] == NAMES[story.wire]
    for sent, found, name in zip((first, second), parcels, NAMES["rest"], strict=True):
        booked = await story.booked(sent["id"])
        assert (booked["told"], booked["fulfillment_id"], booked["fulfillment_name"]) == ("told", found.id, name)
    assert (await story.assignment(work_id))["status"] == "shipped"
    return order_id, work_id, second["id"]


async def step_3_work_is_rejected(story: Story) -> None:
    """The warehouse has never heard of an article, and says so."""
    unknown = await story.product("UNHEARD-OF", managed_by="shopify")
    level = {"inventory_item_id": story.items["UNHEARD-OF"], "location_id": story.location_id, "available": 3}
    await story.desk("POST", "inventory_levels/set.json", level)
    order_id, work_id = await story.requested(unknown, 1)
    work = await story.work(order_id, work_id)
    assert (work.state, work.left) == ("open/rejected", 1)
    assert "request_fulfillment" in work.actions
    taken = await story.assignment(work_id)
    assert (taken["status"], taken["answer"]["reason"]) == ("rejected", "invalid_sku")
    (rejected,) = story.told("fulfillment_request_rejected")
    assert rejected["fulfillment_order"]["request_status"] == "rejected"
    assert rejected["message"] == "SKU UNHEARD-OF is not known to the warehouse"


async def step_6_a_parcel_of_finished_work_is_cancelled(
    story: Story, order_id: int, work_id: int, parcel_id: int
) -> None:
    """The work stays closed; its units are new work, which is asked for and shipped."""
    await story.take_back(parcel_id)
    assert await story.state(order_id, work_id) == "closed/accepted"
    assert (await story.parcel(order_id, "TRACK-2")).status == "cancelled"
    (anew,) = [each for each in await story.merchant.work(order_id) if each.id != work_id]
    assert (anew.state, anew.left) == ("open/unsubmitted", 2)
    assert await story.moved() == [("fulfillment_cancelled", 2, None, "committed")]
    assert (await story.order(order_id))["fulfillment_status"] == "partial"
    assert await story.stock() == ((17, 2, 15), (17, 0, 17))
    await story.merchant.request(anew.id, "Once more")
    await story.box.settle()
    assert await story.state(order_id, anew.id) == "in_progress/accepted"
    assert await story.stock() == both(17, 2, 15)
    await story.ship(anew.id, "TRACK-3")
    assert await story.state(order_id, anew.id) == "closed/accepted"
    assert await story.stock() == both(15, 0, 15)
    assert await story.moved() == [("fulfillment_created", 2, "committed", None)]


async def step_6_a_parcel_of_half_done_work_is_cancelled(story: Story, anvil: int) -> tuple[int, int]:
    """The work has its units back, and goes on: whoever cancels, the warehouse or the merchant."""
    order_id, work_id = await story.requested(anvil, 4)
    parcel = await story.ship(work_id, "TRACK-4", 1)
    assert (await story.work(order_id, work_id)).left == 3
    assert await story.stock() == both(14, 3, 11)
    await story.take_back(parcel["id"])
    assert (await story.parcel(order_id, "TRACK-4")).status == "cancelled"
    (work,) = await story.merchant.work(order_id)
    assert (work.id, work.state, work.left) == (work_id, "in_progress/accepted", 4)
    assert (await story.assignment(work_id))["lines"][0]["left"] == 4
    assert await story.stock() == both(15, 4, 11)

    await story.ship(work_id, "TRACK-5", 2)
    await story.merchant.cancel_parcel((await story.parcel(order_id, "TRACK-5")).id)
    (work,) = await story.merchant.work(order_id)
    assert (work.id, work.state, work.left) == (work_id, "in_progress/accepted", 4)
    # The warehouse sees it when it looks, and finds the goods when somebody counts.
    await story.later(POLL)
    assert (await story.assignment(work_id))["lines"][0]["left"] == 4
    await story.warehouse("PUT", "/api/shelf/ANVIL", {"on_hand": 15})
    assert await story.stock() == both(15, 4, 11)
    assert await story.moved() == [
        ("order_routed", 4, "available", "committed"),
        ("fulfillment_created", 1, "committed", None),
        ("fulfillment_cancelled", 1, None, "committed"),
        ("fulfillment_created", 2, "committed", None),
        ("fulfillment_cancelled", 2, None, "committed"),
    ]
    return order_id, work_id


async def step_5_a_cancellation_is_rejected(story: Story, order_id: int, work_id: int) -> None:
    """A part has left already; the rest goes on."""
    await story.ship(work_id, "TRACK-6", 3)
    await story.merchant.ask_to_stop(work_id, "Too late?")
    await story.box.settle()
    work = await story.work(order_id, work_id)
    assert work.state == "in_progress/cancellation_rejected"
    assert work.actions == {"create_fulfillment"}
    (rejected,) = story.told("cancellation_request_rejected")
    assert rejected["message"] == "already shipped"
    assert await story.stock() == both(12, 1, 11)
    await story.ship(work_id, "TRACK-7")
    assert await story.state(order_id, work_id) == "closed/cancellation_rejected"
    assert await story.stock() == both(11, 0, 11)
    assert await story.moved() == [
        ("fulfillment_created", 3, "committed", None),
        ("fulfillment_created", 1, "committed", None),
    ]


async def step_5_a_cancellation_is_accepted(story: Story, anvil: int) -> None:
    order_id, work_id = await story.requested(anvil, 2)
    assert await story.stock() == both(11, 2, 9)
    await story.merchant.ask_to_stop(work_id, "Changed their mind")
    await story.box.settle()
    work = await story.work(order_id, work_id)
    assert (work.state, work.left) == ("cancelled/cancellation_accepted", 2)
    assert "request_fulfillment" in work.actions
    assert (await story.assignment(work_id))["status"] == "cancelled"
    submitted, accepted = story.told("cancellation_request_submitted")[-1], story.told("cancellation_request_accepted")
    assert submitted["fulfillment_order_merchant_request"]["message"] == "Changed their mind"
    assert [each["fulfillment_order"]["id"] for each in accepted] == [gid("FulfillmentOrder", work_id)]
    assert (await story.notified())[-2:] == ["FULFILLMENT_REQUEST", "CANCELLATION_REQUEST"]
    # The units are promised at the store, where they can be asked for again, and free on the shelf.
    assert await story.stock() == ((11, 2, 9), (11, 0, 11))
    assert await story.moved() == [("order_routed", 2, "available", "committed")]


async def step_5_the_merchant_does_not_wait(story: Story, anvil: int) -> None:
    order_id, work_id = await story.requested(anvil, 3)
    await story.warehouse("PUT", f"/api/stores/{story.store_id}", {"paused": True})
    await story.merchant.ask_to_stop(work_id, "Stop!")
    await story.box.settle()
    work = await story.work(order_id, work_id)
    assert work.state == "in_progress/cancellation_requested"
    assert "cancel_fulfillment_order" in work.actions
    replacing = await story.merchant.cancel(work_id)
    await story.box.settle()
    assert (await story.work(order_id, work_id)).state.startswith("closed/")
    replacement = await story.work(order_id, replacing)
    assert (replacement.state, replacement.left) == ("open/unsubmitted", 3)
    (cancelled,) = story.told("cancelled")
    assert cancelled["fulfillment_order"]["id"] == gid("FulfillmentOrder", work_id)
    assert cancelled["replacement_fulfillment_order"]["id"] == gid("FulfillmentOrder", replacing)
    # The warehouse has not looked, and packs it all the same; the store does not take that.
    parcel = await story.ship(work_id, "TRACK-8")
    booked = await story.booked(parcel["id"])
    assert booked["told"] == "refused"
    assert f"Fulfillment order {work_id} has an unfulfillable status= closed." in booked["trouble"]
    assert await story.merchant.parcels(order_id) == []
    await story.warehouse("PUT", f"/api/stores/{story.store_id}", {"paused": False})
    await story.later(POLL)
    assert await story.stock() == ((11, 5, 6), (8, 0, 8))
    await story.take_back(parcel["id"])
    assert await story.stock() == ((11, 5, 6), (11, 0, 11))
    assert await story.moved() == [("order_routed", 3, "available", "committed")]
    assert await story.merchant.not_cancelled(work_id) == (
        "Fulfillment order is not in cancelable request state and can't be canceled."
    )


async def step_7_work_is_closed(story: Story, anvil: int) -> None:
    order_id, work_id = await story.requested(anvil, 2)
    path = f"/api/assignments/{story.store_id}/{work_id}/close"
    await story.warehouse("POST", path, {"message": "Water damage"})
    work = await story.work(order_id, work_id)
    assert (work.state, work.left) == ("incomplete/closed", 2)
    (told,) = story.told("fulfillment_service_failed_to_complete")
    assert told["message"] == "Water damage"
    assert (await story.assignment(work_id))["status"] == "closed"
    await story.merchant.ship(work_id)
    await story.box.settle()
    assert await story.state(order_id, work_id) == "closed/closed"
    # The store counts what it has not asked the warehouse for as gone from there; the next question puts that right.
    assert await story.stock() == ((9, 5, 4), (11, 0, 11))
    assert await story.moved() == [
        ("order_routed", 2, "available", "committed"),
        ("fulfillment_created", 2, "committed", None),
    ]


async def step_8_a_tracking_number_is_asked_for(story: Story, order_id: int) -> None:
    parcel = await story.parcel(order_id, "TRACK-1")
    await story.merchant.track(parcel.id, None, "PostNord")
    assert "TRACK-1" not in [number for each in await story.merchant.parcels(order_id) for number in each.numbers]
    await story.later(HOUR)
    (question,) = await story.asked("fetch_tracking_numbers")
    # The other one is what the merchant shipped without a number, of which the warehouse knows nothing.
    assert question["order_names[]"] == "#1006.1 #1001.1"
    assert question["shop"] == story.box.details["shop_domain"]
    found = await story.parcel(order_id, "TRACK-1")
    assert (found.id, found.company) == (parcel.id, "PostNord")


async def step_9_all_stock_is_asked_for(story: Story) -> None:
    _, question = await story.asked("fetch_stock")
    assert set(question) == {"location_id", "max_retries", "shop", "timestamp"}
    assert await story.moved() == [("correction", 2, None, "available")]
    assert await story.stock() == ((11, 5, 6), (11, 0, 11))


async def everything_was_told(story: Story, anvil: int) -> None:
    """What the merchant does alone is told, too; and all that was told was signed, and told once."""
    order_id = await story.merchant.order(anvil, 2)
    (work,) = await story.merchant.work(order_id)
    (place,) = [each for each in (await story.desk("GET", "locations.json"))["locations"] if not each["legacy"]]
    level = {"inventory_item_id": story.items["ANVIL"], "location_id": place["id"], "available": 5}
    await story.desk("POST", "inventory_levels/set.json", level)
    others = await story.merchant.rearrange(work.id, place["id"])
    await story.box.settle()
    for topic in (*TOPICS, *others):
        assert story.told(topic), topic
    told = [headers["x-shopify-webhook-id"] for _, headers, _ in story.ear.heard if "x-shopify-topic" in headers]
    assert len(told) == len(set(told))
    # The warehouse, too, did all of it by this wire.
    service = await asyncpg.connect(story.box.details["databases"]["service"])
    urls = [row["url"] for row in await service.fetch("SELECT DISTINCT url FROM messages WHERE direction = 'out'")]
    await service.close()
    assert {url.endswith("/graphql.json") for url in urls} == {story.wire == "graphql"}
