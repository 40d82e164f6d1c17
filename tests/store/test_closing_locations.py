"""Work that is brought to a location while the location goes: either it stays, or the work does not come."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from crossdock.domain.access import MERCHANT, Caller
from crossdock.domain.catalogue import DeleteFulfillmentService
from crossdock.domain.commands import CreateOrder, MoveFulfillmentOrder, NewOrderLine
from crossdock.domain.decisions import OrderCreated
from crossdock.domain.locating import AddLocation, DeactivateLocation
from crossdock.domain.places import Address, Location
from crossdock.domain.placing import ClosePlace
from crossdock.domain.refusals import Refusal
from tests.store.calls import Served, served

# What the first one needs when it has looked is held until the second one is on its way.
HELD = {"move": "SELECT FROM fulfillment_orders FOR UPDATE", "close": "SELECT FROM shops FOR UPDATE"}
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place
        assert await place.shop.offences() == []


async def closing(acme: Served, way: str) -> tuple[int, object, Caller]:
    """Return a location, and what makes it go by whom."""
    if way == "the service ends":
        service = acme.shop.service
        return service.location_id, DeleteFulfillmentService(service_id=service.id), Caller(app_id=service.app_id)
    annex = await acme.shop.dispatch(AddLocation(name="Annex", address=Address(country_code="SE")))
    assert isinstance(annex, Location)
    if way == "it is closed":
        return annex.id, ClosePlace(location_id=annex.id), MERCHANT
    here = acme.shop.merchant_location
    return annex.id, DeactivateLocation(location_id=annex.id, destination_location_id=here), MERCHANT


async def until_waiting(acme: Served, count: int, *, or_done: asyncio.Task[object]) -> None:
    """Return when so many sessions wait for a lock, or a task that should be one of them is through."""
    async with asyncio.timeout(10):
        while not or_done.done() and await acme.shop.pool.fetchval(WAITING) < count:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("first", ["move", "close"])
@pytest.mark.parametrize("way", ["the service ends", "it is deactivated", "it is closed"])
async def test_no_work_comes_to_a_location_that_goes(acme: Served, way: str, first: str) -> None:
    place, command, caller = await closing(acme, way)
    # A line without an article: there is no stock that would stand in the way.
    made = await acme.shop.dispatch(CreateOrder(lines=(NewOrderLine(quantity=1, title="Gift card", price=1000),)))
    assert isinstance(made, OrderCreated)
    (work,) = made.order.fulfillment_orders

    def begin(what: str) -> asyncio.Task[object]:
        move = MoveFulfillmentOrder(fulfillment_order_id=work.id, location_id=place)
        return asyncio.create_task(acme.shop.dispatch(move) if what == "move" else acme.shop.dispatch(command, caller))

    async with acme.shop.pool.acquire() as other, other.transaction():
        await other.execute(HELD[first])
        leading = begin(first)
        await until_waiting(acme, 1, or_done=leading)
        following = begin("close" if first == "move" else "move")
        await until_waiting(acme, 2, or_done=following)
    done, refused = await asyncio.gather(leading, following, return_exceptions=True)
    assert not isinstance(done, BaseException)
    assert isinstance(refused, Refusal)
    (work,) = (await acme.shop.read(made.order.id)).fulfillment_orders
    assert (work.location_id == place) == (first == "move")
    active = await acme.shop.pool.fetchval("SELECT active AND deleted_at IS NULL FROM locations WHERE id = $1", place)
    assert active == (first == "move")
