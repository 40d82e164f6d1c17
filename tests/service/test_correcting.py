"""Parcels put right after they left: other tracking, or back on the shelf; told in order, and until the store knows."""

import asyncio
from typing import Any

from crossdock.domain.states import Status
from tests.service.fake_store import FakeStore
from tests.service.warehouse import Reply, Warehouse

PUT_RIGHT = frozenset({"create_fulfillment", "update_tracking", "cancel_fulfillment"})


async def accepted(house: Warehouse, store: FakeStore, *lines: tuple[str, int]) -> int:
    work = store.ask(*lines)
    await house.notify()
    await house.settle()
    assert await house.stage(work) == "accepted"
    return work


async def shipped(house: Warehouse, work: int, number: str, **more: Any) -> int:
    reply = await house.ship(work, number, **more)
    assert reply.status == 201
    parcel: int = reply.json["parcel"]["id"]
    return parcel


async def correct(house: Warehouse, parcel: int, *numbers: str, carrier: str = "DHL") -> Reply:
    value = {"carrier": carrier, "tracking_numbers": list(numbers)}
    return await house.ask("PUT", f"/api/parcels/{house.store_id}/{parcel}", value)


async def cancel(house: Warehouse, parcel: int) -> Reply:
    return await house.ask("POST", f"/api/parcels/{house.store_id}/{parcel}/cancel", {})


async def parcel_of(house: Warehouse, parcel: int) -> Any:
    return (await house.ask("GET", f"/api/parcels/{house.store_id}/{parcel}")).json["parcel"]


def told(store: FakeStore) -> list[str]:
    return [name for name, _ in store.heard if name in PUT_RIGHT]


def parcels_in_books(store: FakeStore) -> list[tuple[str, list[str | None]]]:
    (order,) = store.orders.values()
    return [(each.status.value, [one.number for one in each.tracking]) for each in order.fulfillments]


async def test_other_tracking_is_told_behind_the_booking(house: Warehouse, store: FakeStore) -> None:
    work = await accepted(house, store, ("TEE", 2))
    parcel = await shipped(house, work, "A")
    # At once, before the store can have answered, and twice: only the last is left to tell.
    assert (await correct(house, parcel, "B")).json["parcel"]["correction"]["state"] == "waiting"
    await correct(house, parcel, "C", carrier="UPS")
    await house.settle()
    assert parcels_in_books(store) == [("success", ["C"])]
    await correct(house, parcel, "D")
    await correct(house, parcel, "D")
    await house.settle()
    assert parcels_in_books(store) == [("success", ["D"])]
    assert told(store)[0] == "create_fulfillment"
    found = await parcel_of(house, parcel)
    assert (found["tracking_number"], found["carrier"], found["correction"]) == (
        "D",
        "DHL",
        {"number": 3, "state": "told", "trouble": None},
    )
    assert not await house.offences()


async def test_a_part_that_is_taken_back_is_to_be_shipped_again(house: Warehouse, store: FakeStore) -> None:
    work = await accepted(house, store, ("TEE", 3))
    parcel = await shipped(house, work, "A", lines=[{"sku": "TEE", "quantity": 2}])
    await house.settle()
    assert await house.shelf("TEE") == (8, 1)
    assert (await cancel(house, parcel)).json["parcel"]["cancelled_at"]
    assert await house.shelf("TEE") == (10, 3)
    await house.settle()
    assert (await house.stage(work), store.work(work).remaining) == ("accepted", 3)
    await house.pass_time(minutes=6)
    assert await house.shelf("TEE") == (10, 3)
    # The same number, for the parcel that leaves after all.
    await shipped(house, work, "A")
    await house.settle()
    assert parcels_in_books(store) == [("cancelled", ["A"]), ("success", ["A"])]
    assert (await house.stage(work), await house.shelf("TEE")) == ("shipped", (7, 0))
    assert not await house.offences()


async def test_what_was_shipped_whole_becomes_new_work(house: Warehouse, store: FakeStore) -> None:
    work = await accepted(house, store, ("TEE", 2))
    parcel = await shipped(house, work, "A")
    await house.settle()
    for _ in range(2):
        assert (await cancel(house, parcel)).status == 200
        await house.settle()
    assert told(store) == ["create_fulfillment", "cancel_fulfillment"]
    assert (await house.stage(work), await house.shelf("TEE")) == ("closed", (10, 0))
    (order,) = store.orders.values()
    (again,) = (each for each in order.fulfillment_orders if each.status is Status.OPEN)
    store.request(again.id)
    await house.notify()
    await house.settle()
    await shipped(house, again.id, "A")
    await house.settle()
    assert store.state(again.id) == ("closed", "accepted")
    refused = await correct(house, parcel, "B")
    assert (refused.status, refused.json) == (422, {"errors": [f"parcel {parcel} is cancelled"]})
    assert not await house.offences()


async def test_a_parcel_cancelled_before_it_is_told_is_told_and_cancelled(house: Warehouse, store: FakeStore) -> None:
    work = await accepted(house, store, ("TEE", 3))
    store.gates["create_fulfillment"] = asyncio.Event()
    parcel = await shipped(house, work, "A", lines=[{"sku": "TEE", "quantity": 2}])
    assert (await cancel(house, parcel)).json["parcel"]["correction"]["state"] == "waiting"
    # Booked now, its units would be asked for twice: the cancellation can be told only behind the booking.
    refused = await house.ship(work, "B")
    assert refused.status == 422
    store.gates.pop("create_fulfillment").set()
    await house.settle()
    assert told(store) == ["create_fulfillment", "cancel_fulfillment"]
    assert parcels_in_books(store) == [("cancelled", ["A"])]
    assert await house.shelf("TEE") == (10, 3)
    await shipped(house, work, "B")
    await house.settle()
    assert (await house.stage(work), store.state(work)) == ("shipped", ("closed", "accepted"))
    assert not await house.offences()


async def test_a_parcel_that_the_store_refused_is_taken_back_without_a_word(house: Warehouse, store: FakeStore) -> None:
    work = await accepted(house, store, ("TEE", 2))
    store.refuses["create_fulfillment"] = 422
    parcel = await shipped(house, work, "A")
    await house.settle()
    assert (await parcel_of(house, parcel))["told"] == "refused"
    store.refuses.clear()
    await cancel(house, parcel)
    await house.settle()
    # The work is still ours, says the store.
    assert (await house.stage(work), await house.shelf("TEE")) == ("accepted", (10, 2))
    assert not told(store)
    await shipped(house, work, "A")
    await house.settle()
    assert parcels_in_books(store) == [("success", ["A"])]
    assert not await house.offences()


async def test_a_lost_booking_that_turns_up_is_cancelled_after_all(house: Warehouse, store: FakeStore) -> None:
    work = await accepted(house, store, ("TEE", 2))
    store.loses_answers = 1
    parcel = await shipped(house, work, "A")
    await house.settle()
    await cancel(house, parcel)
    # A store without keys: the repetition is refused, the parcel found by looking, and then cancelled.
    store.answers.clear()
    await house.pass_time(minutes=1)
    assert parcels_in_books(store) == [("cancelled", ["A"])]
    assert (await parcel_of(house, parcel))["correction"]["state"] == "told"
    assert not await house.offences()


async def test_a_cancellation_that_was_refused_can_be_told_again(house: Warehouse, store: FakeStore) -> None:
    work = await accepted(house, store, ("TEE", 2))
    parcel = await shipped(house, work, "A")
    await house.settle()
    store.refuses["cancel_fulfillment"] = 422
    await cancel(house, parcel)
    await house.settle()
    correction = (await parcel_of(house, parcel))["correction"]
    assert (correction["state"], bool(correction["trouble"])) == ("refused", True)
    assert parcels_in_books(store) == [("success", ["A"])]
    store.refuses.clear()
    await cancel(house, parcel)
    await house.settle()
    assert parcels_in_books(store) == [("cancelled", ["A"])]
    assert (await parcel_of(house, parcel))["correction"] == {"number": 2, "state": "told", "trouble": None}
    assert not await house.offences()


async def test_a_lost_answer_to_a_correction_is_asked_for_again(house: Warehouse, store: FakeStore) -> None:
    work = await accepted(house, store, ("TEE", 2))
    parcel = await shipped(house, work, "A")
    await house.settle()
    store.loses_answers = 1
    await correct(house, parcel, "B")
    await house.settle()
    store.loses_answers = 1
    await cancel(house, parcel)
    await house.settle()
    await house.pass_time(minutes=2)
    assert told(store) == ["create_fulfillment", "update_tracking", "cancel_fulfillment"]
    assert not await house.offences()


async def test_a_parcel_travels_under_several_numbers(house: Warehouse, store: FakeStore) -> None:
    work = await accepted(house, store, ("TEE", 2))
    value = {"fulfillment_order_id": work, "carrier": "DHL", "tracking_numbers": ["A", "B"]}
    reply = await house.ask("POST", "/api/parcels", value)
    if store.transport == "rest":
        # REST has words for one.
        assert reply.status == 422
        assert "by rest" in reply.json["errors"][0]
        assert await house.shelf("TEE") == (10, 2)
        return
    assert reply.json["parcel"]["tracking_numbers"] == ["A", "B"]
    await house.settle()
    assert parcels_in_books(store) == [("success", ["A", "B"])]
    for numbers in (["B"], ["C", "A"]):
        again = await house.ask("POST", "/api/parcels", value | {"tracking_numbers": numbers})
        assert again.status == 422
    await correct(house, reply.json["parcel"]["id"], "B", "C")
    await house.settle()
    assert parcels_in_books(store) == [("success", ["B", "C"])]
    assert not await house.offences()


async def test_corrections_that_cannot_be(house: Warehouse, store: FakeStore) -> None:
    work = await accepted(house, store, ("TEE", 2))
    first = await shipped(house, work, "A", lines=[{"sku": "TEE", "quantity": 1}])
    await shipped(house, work, "B")
    taken = await correct(house, first, "B")
    assert (taken.status, taken.json) == (422, {"errors": ["parcel DHL B is booked already"]})
    path = f"/api/parcels/{house.store_id}"
    for value, at, status in (
        ({"carrier": "DHL"}, first, 400),
        ({"carrier": "DHL", "tracking_number": "C", "tracking_numbers": ["C"]}, first, 400),
        ({"carrier": "DHL", "tracking_numbers": ["C", " "]}, first, 400),
        ({"carrier": "DHL", "tracking_numbers": []}, first, 422),
        ({"carrier": "DHL", "tracking_numbers": ["C", "C"]}, first, 422),
        ({"carrier": "DHL", "tracking_number": "C", "other": 1}, first, 400),
        ({"carrier": "DHL", "tracking_number": "C"}, 5, 404),
    ):
        assert (await house.ask("PUT", f"{path}/{at}", value)).status == status, value
    assert (await house.ask("POST", f"{path}/{first}/cancel", {"other": 1})).status == 400
    assert (await house.ask("POST", f"{path}/5/cancel")).status == 404
    assert (await house.ask("GET", f"{path}/5")).status == 404
    assert (await house.ask("POST", f"/api/parcels/99/{first}/cancel")).status == 404
    await house.settle()
    assert told(store) == ["create_fulfillment", "create_fulfillment"]
    assert not await house.offences()


async def test_how_a_store_is_dealt_with_can_be_changed(house: Warehouse, store: FakeStore) -> None:
    path = f"/api/stores/{house.store_id}"
    for value, status in (
        ({"transport": "carrier pigeon"}, 422),
        ({"ships_within_hours": 0}, 422),
        ({"ships_within_hours": 10**6}, 422),
        ({"paused": None}, 400),
        ({"other": 1}, 400),
    ):
        assert (await house.ask("PUT", path, value)).status == status, value
    other = {"graphql": "rest", "rest": "graphql"}[store.transport]
    changed = (await house.ask("PUT", path, {"transport": other, "ships_within_hours": 48})).json["store"]
    assert (changed["transport"], changed["ships_within_hours"], changed["paused"]) == (other, 48, False)
    await accepted(house, store, ("TEE", 2))
    assert other == await house.service.pool.fetchval(
        "SELECT command->>'transport' FROM messages WHERE kind = 'accept_fulfillment_request'"
    )
    changed = (await house.ask("PUT", path, {"ships_within_hours": None})).json["store"]
    assert (changed["transport"], changed["ships_within_hours"]) == (other, None)
    assert (await house.ask("PUT", path, {"paused": True})).json["store"]["paused"]
