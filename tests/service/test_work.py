"""The main job from the service's side: hear, pull, decide, tell, ship, answer cancellations."""

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
