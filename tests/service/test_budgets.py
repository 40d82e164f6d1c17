"""What a store lets us spend: its bucket is shared by all, waited for, and emptied only by what is urgent."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from crossdock.domain.commands import (
    AcceptFulfillmentRequest,
    AddCarrierEvent,
    CancelFulfillment,
    CreateFulfillment,
    UpdateTracking,
)
from crossdock.domain.queries import GetShop
from crossdock.runtime.connection import Pool
from crossdock.service.database.budgets import Urgency, note_budget, spend
from crossdock.service.database.stores import store_by_id
from crossdock.service.stores.client import ask
from crossdock.service.stores.errors import StoreUnavailable
from crossdock.service.stores.messages import PARCELS
from crossdock.service.stores.platforms import PLATFORMS, Platform
from tests.service.a_shift import STORE_ID, play
from tests.service.fake_store import FakeStore
from tests.service.warehouse import Warehouse, working

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


async def taken(pool: Pool, points: int, urgency: Urgency = Urgency.ANSWER, seconds: float = 0.0) -> float:
    """Spend points so many seconds later; return how long to wait instead."""
    async with pool.acquire() as connection, connection.transaction():
        return await spend(connection, STORE_ID, points, urgency, AT + timedelta(seconds=seconds))


async def told(pool: Pool, available: float, *, maximum: float = 100.0, per_second: float = 10.0) -> None:
    async with pool.acquire() as connection:
        await note_budget(connection, STORE_ID, available=available, maximum=maximum, per_second=per_second, at=AT)


async def test_a_store_that_never_told_of_a_bucket_has_none(service_pool: Pool) -> None:
    await play(service_pool)
    assert await taken(service_pool, 10_000) == 0


async def test_an_empty_bucket_says_when_it_will_have_enough(service_pool: Pool) -> None:
    await play(service_pool)
    await told(service_pool, 10)
    assert await taken(service_pool, 50) == 4.0
    assert await taken(service_pool, 50, seconds=3.0) == 1.0
    assert await taken(service_pool, 50, seconds=4.0) == 0
    assert await taken(service_pool, 1, seconds=4.0) == pytest.approx(0.1)


async def test_a_bucket_never_holds_more_than_it_can(service_pool: Pool) -> None:
    await play(service_pool)
    await told(service_pool, 0)
    assert await taken(service_pool, 100, seconds=3600.0) == 0
    assert await taken(service_pool, 10, seconds=3600.0) == 1.0
    # What takes more than there can ever be waits for a full bucket, and no longer.
    assert await taken(service_pool, 1_000, seconds=3600.0) == 10.0


@pytest.mark.parametrize(
    ("urgency", "kept"),
    [(Urgency.ANSWER, 0), (Urgency.PARCEL, 10), (Urgency.READING, 30), (Urgency.STOCK, 50)],
)
async def test_what_is_less_urgent_leaves_a_share(service_pool: Pool, urgency: Urgency, kept: int) -> None:
    await play(service_pool)
    await told(service_pool, kept + 20)
    assert await taken(service_pool, 20, urgency) == 0
    assert await taken(service_pool, 20, urgency) == 2.0
    assert await taken(service_pool, kept) == 0


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=list(PLATFORMS))
def test_messages_about_parcels_are_known_by_the_names_of_every_transport(platform: Platform) -> None:
    for rows in (each.rows for each in platform.transports.values()):
        about = (CreateFulfillment, UpdateTracking, CancelFulfillment, AddCarrierEvent)
        assert {rows[each].name for each in about if each in rows} <= PARCELS
        assert rows[AcceptFulfillmentRequest].name not in PARCELS


async def test_many_at_once_spend_no_more_than_there_is(service_pool: Pool) -> None:
    await play(service_pool)
    await told(service_pool, 100)
    waits = await asyncio.gather(*(taken(service_pool, 10) for _ in range(16)))
    assert sorted(waits)[:10] == [0.0] * 10
    assert all(sorted(waits)[10:])


async def empty(house: Warehouse, *, per_second: float) -> None:
    """Empty the store's bucket, as if the store had just told so."""
    async with house.service.pool.acquire() as connection:
        at = await house.service.clock.now(connection)
        await note_budget(connection, house.store_id, available=0, maximum=2000, per_second=per_second, at=at)


async def test_a_question_waits_for_its_turn_and_gives_up_when_that_is_long(idle: Warehouse, store: FakeStore) -> None:
    async with idle.service.pool.acquire() as connection:
        connected = await store_by_id(connection, idle.store_id)
    assert connected is not None
    if store.transport == "rest":
        # A call takes one point there, and the store tells of no bucket.
        assert await idle.service.pool.fetchval("SELECT count(*) FROM store_budgets") == 0
        return
    loop = asyncio.get_running_loop()
    await empty(idle, per_second=2000.0)
    began = loop.time()
    shop = await ask(idle.service.caller, connected, GetShop())
    # Three tenths of the bucket are kept from readings.
    assert (shop.name, loop.time() - began >= 0.25) == ("Fake", True)
    await empty(idle, per_second=1.0)
    store.calls.clear()
    with pytest.raises(StoreUnavailable) as gave_up:
        await ask(idle.service.caller, connected, GetShop())
    assert gave_up.value.seconds is not None
    assert gave_up.value.seconds > 500
    assert store.calls == []


async def test_a_parcel_is_told_when_the_bucket_has_what_it_takes(idle: Warehouse, store: FakeStore) -> None:
    loop = asyncio.get_running_loop()
    async with working(idle.service):
        await idle.settle()
        work = store.ask(("TEE", 1))
        await idle.notify()
        await idle.settle()
        await empty(idle, per_second=400.0)
        began = loop.time()
        assert (await idle.ship(work, "A")).status == 201
        await idle.settle()
        # A tenth of the bucket is kept from parcels.
        assert loop.time() - began >= 0.45
    assert store.state(work) == ("closed", "accepted")
    assert not await idle.offences()
