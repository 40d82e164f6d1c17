"""The main job from the service's side: hear, pull, decide, tell, ship, answer cancellations."""

from dataclasses import replace

from crossdock.domain.states import Status
from tests.service.fake_store import FakeStore
from tests.service.warehouse import Warehouse


async def test_a_request_is_accepted_shipped_and_told(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 2), ("MUG", 1))
    assert (await house.notify()).status == 200
    await house.settle()
    assert await house.stage(work) == "accepted"
    assert store.state(work) == ("in_progress", "accepted")
    assert await house.shelf("TEE") == (10, 2)
    reply = await house.ship(work, "DHL1")
    assert reply.status == 201
    await house.settle()
    assert store.state(work) == ("closed", "accepted")
    (order,) = store.orders.values()
    assert [tracking.number for tracking in order.fulfillments[0].tracking] == ["DHL1"]
    assert await house.stage(work) == "shipped"
    assert await house.shelf("TEE") == (8, 0)
    assert await house.kinds(work) == ["requested", "accept_decided", "accept_told", "shipped", "parcel_told"]
    assert not await house.offences()


async def test_a_parcel_may_hold_a_part(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 2), ("MUG", 1))
    await house.notify()
    await house.settle()
    assert (await house.ship(work, "A", lines=[{"sku": "TEE", "quantity": 1}])).status == 201
    await house.settle()
    assert (await house.stage(work), store.state(work)) == ("accepted", ("in_progress", "accepted"))
    assert await house.shelf("TEE") == (9, 1)
    assert (await house.ship(work, "B")).status == 201
    await house.settle()
    assert (await house.stage(work), store.state(work)) == ("shipped", ("closed", "accepted"))
    assert not await house.offences()


async def test_unknown_skus_are_declined_with_the_lines_at_fault(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 1), ("NOPE", 1), (None, 1))
    await house.notify()
    await house.settle()
    assert (await house.stage(work), store.state(work)) == ("rejected", ("open", "rejected"))
    (rejection,) = store.heard_of("reject_fulfillment_request")
    # REST has five reasons, and tells the nearest.
    assert rejection.reason == {"graphql": "invalid_sku", "rest": "ineligible_product"}[store.transport]
    assert [line.message for line in rejection.lines] == [
        "SKU NOPE is not known to the warehouse",
        "the item has no SKU",
    ]
    assert await house.shelf("TEE") == (10, 0)
    assert not await house.offences()


async def test_missing_units_are_declined_and_earlier_work_comes_first(house: Warehouse, store: FakeStore) -> None:
    first, second = store.ask(("TEE", 7)), store.ask(("TEE", 4))
    await house.notify()
    await house.settle()
    assert (await house.stage(first), await house.stage(second)) == ("accepted", "rejected")
    (rejection,) = store.heard_of("reject_fulfillment_request")
    assert (rejection.reason, rejection.message) == (
        "inventory_out_of_stock",
        "SKU TEE: 4 asked for, 3 on the shelf",
    )
    assert not await house.offences()


async def test_a_new_request_after_a_rejection_is_a_new_round(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 11))
    await house.notify()
    await house.settle()
    assert await house.stage(work) == "rejected"
    await house.count(TEE=20)
    store.request(work)
    await house.notify()
    await house.settle()
    assert (await house.stage(work), store.state(work)) == ("accepted", ("in_progress", "accepted"))
    assert not await house.offences()


async def test_a_new_request_after_a_cancellation_is_a_new_round(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 1))
    for _ in range(3):
        await house.notify()
        await house.settle()
        store.cancel(work)
        await house.notify("CANCELLATION_REQUEST")
        await house.settle()
        assert (await house.stage(work), store.state(work)) == ("cancelled", ("cancelled", "cancellation_accepted"))
        assert await house.shelf("TEE") == (10, 0)
        work = store.request(work)
    await house.notify()
    await house.settle()
    assert await house.stage(work) == "accepted"
    assert not await house.offences()


async def test_a_cancellation_is_declined_after_the_first_parcel(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 2))
    await house.notify()
    await house.settle()
    await house.ship(work, "A", lines=[{"sku": "TEE", "quantity": 1}])
    await house.settle()
    store.cancel(work)
    await house.notify("CANCELLATION_REQUEST")
    await house.settle()
    assert store.state(work) == ("in_progress", "cancellation_rejected")
    assert await house.stage(work) == "accepted"
    await house.ship(work, "B")
    await house.settle()
    assert (await house.stage(work), store.state(work)) == ("shipped", ("closed", "cancellation_rejected"))
    assert not await house.offences()


async def test_work_is_given_back_by_closing(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 2))
    await house.notify()
    await house.settle()
    reply = await house.ask("POST", f"/api/assignments/{house.store_id}/{work}/close", {"message": "flood"})
    assert (reply.status, reply.json["assignment"]["status"]) == (200, "closing")
    await house.settle()
    assert (await house.stage(work), store.state(work)) == ("closed", ("incomplete", "closed"))
    assert await house.shelf("TEE") == (10, 0)
    work = store.request(work)
    await house.notify()
    await house.settle()
    assert await house.stage(work) == "accepted"
    assert not await house.offences()


async def test_what_the_merchant_takes_back_is_closed_here(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 2))
    await house.notify()
    await house.settle()
    store.put(work, status=Status.CLOSED)
    await house.pass_time(minutes=6)
    assert await house.stage(work) == "closed"
    assert await house.shelf("TEE") == (10, 0)
    assert not await house.offences()


async def test_quantities_follow_the_store(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 4))
    await house.notify()
    await house.settle()
    (line,) = store.work(work).lines
    store.put(work, lines=(replace(line, remaining=1),))
    await house.pass_time(minutes=6)
    assert await house.shelf("TEE") == (10, 1)
    assert not await house.offences()


async def test_lists_longer_than_a_page_are_read_whole(house: Warehouse, store: FakeStore) -> None:
    store.page = 3
    await house.count(TEE=100)
    work = [store.ask(("TEE", 1)) for _ in range(10)]
    await house.notify()
    await house.settle()
    assert {await house.stage(each) for each in work} == {"accepted"}
    assert not await house.offences()


async def test_old_messages_are_forgotten(house: Warehouse, store: FakeStore) -> None:
    store.ask(("TEE", 1))
    await house.notify()
    await house.settle()
    pool = house.service.pool
    newest = await pool.fetchval("SELECT max(id) FROM messages")
    await house.pass_time(days=91)
    await house.settle()
    assert await pool.fetchval("SELECT count(*) FROM messages WHERE id <= $1", newest) == 0


async def test_what_was_told_long_ago_is_sound_though_its_messages_are_forgotten(
    house: Warehouse, store: FakeStore
) -> None:
    async def shipped(number: str) -> int:
        work = store.ask(("TEE", 1))
        await house.notify()
        await house.settle()
        parcel: int = (await house.ship(work, number)).json["parcel"]["id"]
        await house.settle()
        path = f"/api/parcels/{house.store_id}/{parcel}/events"
        assert (await house.ask("POST", path, {"status": "in_transit"})).status == 201
        await house.settle()
        return parcel

    pool = house.service.pool
    await shipped("OLD")
    await house.pass_time(days=100)
    about = "subject LIKE 'assignment:%' AND profile IS NOT NULL"
    assert await pool.fetchval(f"SELECT count(*) FROM messages WHERE {about}") == 0
    assert await house.offences() == []
    young = await shipped("NEW")
    assert await house.offences() == []
    await pool.execute(f"UPDATE messages SET subject = 'lost ' || subject WHERE {about}")
    lost = await house.offences()
    await pool.execute("UPDATE messages SET subject = substr(subject, 6) WHERE subject LIKE 'lost %'")
    assert sorted(each.invariant for each in lost) == ["answers", "followed", "parcels"]
    assert {each.row["id"] for each in lost if each.invariant == "parcels"} == {young}
