"""Whatever the merchant, the packers and the network do: when it is quiet, both sides say the same of every order."""

import asyncio
import random
from contextlib import suppress

import pytest

from crossdock.domain import commands
from crossdock.domain.orders import FulfillmentStatus
from crossdock.domain.refusals import Refusal
from crossdock.domain.states import Status
from crossdock.service.handlers.reconciling import Asked, asked
from tests.service.fake_store import FakeStore
from tests.service.warehouse import Warehouse

SKUS = ("TEE", "TEE", "TEE", "MUG", "NOPE")
# What a store may ask of us about work in a stage where we rest.
AGREEMENT = {
    "accepted": Asked.TO_GO_ON,
    "rejected": Asked.NOTHING,
    "cancelled": Asked.NOTHING,
    "closed": Asked.NOTHING,
    "shipped": Asked.NOTHING,
}


class Weather:
    """Random hands of a merchant and of packers, and a random network between them."""

    def __init__(self, house: Warehouse, store: FakeStore, seed: int) -> None:
        self.house, self.store = house, store
        self.chance = random.Random(seed)
        self.work: list[int] = []
        self.parcels = 0
        self.booked: list[int] = []

    async def blow(self) -> None:
        """Do one thing."""
        action = self.chance.choice(
            (
                self.ask,
                self.ask,
                self.request_again,
                self.cancel,
                self.ship,
                self.ship,
                self.give_back,
                self.merchant_ships,
                self.retrack,
                self.take_back,
            )
        )
        with suppress(Refusal):
            await action()
        self.store.loses_answers = self.chance.choice((0, 0, 0, 1, 2))
        self.store.down = self.chance.random() < 0.05
        if self.chance.random() < 0.6:
            await self.house.notify(self.chance.choice(("FULFILLMENT_REQUEST", "CANCELLATION_REQUEST")))
        if self.chance.random() < 0.3:
            self.store.answers.clear()
        await asyncio.sleep(self.chance.choice((0, 0.005, 0.03)))

    async def ask(self) -> None:
        lines = [(self.chance.choice(SKUS), self.chance.randint(1, 3)) for _ in range(self.chance.randint(1, 2))]
        self.work.append(self.store.ask(*lines))

    def one(self) -> int:
        return self.chance.choice(self.work) if self.work else self.store.ask(("TEE", 1))

    async def request_again(self) -> None:
        self.store.request(self.one())

    async def cancel(self) -> None:
        self.store.cancel(self.one())

    async def ship(self) -> None:
        work = self.one()
        self.parcels += 1
        more = {} if self.chance.random() < 0.6 else {"lines": [{"sku": "TEE", "quantity": 1}]}
        reply = await self.house.ship(work, f"P{self.parcels}", **more)
        if reply.status == 201:
            self.booked.append(reply.json["parcel"]["id"])

    async def retrack(self) -> None:
        if self.booked:
            self.parcels += 1
            value = {"carrier": "DHL", "tracking_number": f"P{self.parcels}"}
            path = f"/api/parcels/{self.house.store_id}/{self.chance.choice(self.booked)}"
            assert (await self.house.ask("PUT", path, value)).status in {200, 422}

    async def take_back(self) -> None:
        if self.booked and self.chance.random() < 0.5:
            path = f"/api/parcels/{self.house.store_id}/{self.chance.choice(self.booked)}/cancel"
            assert (await self.house.ask("POST", path, {})).status == 200

    async def give_back(self) -> None:
        if self.chance.random() < 0.3:
            path = f"/api/assignments/{self.house.store_id}/{self.one()}/close"
            await self.house.ask("POST", path, {})

    async def merchant_ships(self) -> None:
        work = self.store.work(self.one())
        if work.status in {Status.OPEN, Status.CANCELLED, Status.INCOMPLETE} and self.chance.random() < 0.3:
            self.store.do(commands.CreateFulfillment(groups=(commands.FulfillmentGroup(fulfillment_order_id=work.id),)))


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 12))])
async def test_both_sides_agree_in_the_end(house: Warehouse, store: FakeStore, seed: int) -> None:
    await house.count(TEE=200, MUG=20)
    weather = Weather(house, store, seed)
    for _ in range(60):
        await weather.blow()
        assert not await house.offences()
    store.down, store.loses_answers = False, 0
    for minutes in (6, 12, 30, 60):
        await house.pass_time(minutes=minutes)
    assert not await house.offences()
    for work in weather.work:
        stage, theirs = await house.stage(work), store.work(work)
        said = (work, stage, theirs.status, theirs.request_status, await house.kinds(work))
        assert asked(theirs.status, theirs.request_status) is AGREEMENT.get(stage), said
        if stage == "accepted":
            assert theirs.remaining == (await house.assignment(work)).left, said
        if stage == "shipped":
            assert theirs.remaining == 0, said
    assert await parcels_here(house) == parcels_there(store)


async def parcels_here(house: Warehouse) -> dict[int, list[str]]:
    """Return the tracking of the parcels that the store took and that count, by its ids."""
    listed = (await house.ask("GET", "/api/parcels?limit=250")).json["parcels"]
    return {
        each["fulfillment_id"]: each["tracking_numbers"]
        for each in listed
        if each["told"] == "told" and not each["cancelled_at"]
    }


def parcels_there(store: FakeStore) -> dict[int, list[str | None]]:
    """Return the same of the store's books, without what the merchant shipped."""
    return {
        each.id: [tracking.number for tracking in each.tracking]
        for order in store.orders.values()
        for each in order.fulfillments
        if each.tracking and each.status is FulfillmentStatus.SUCCESS
    }
