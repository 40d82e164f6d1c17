"""Many hands at once, honest and hostile, on the same orders and shelves through several dispatchers, on PostgreSQL.

What one pair of hands may do is in `test_every_action.py`. Here they act on what others have changed meanwhile, name
what is not theirs, and ask for more than there is. After each run everything that must hold holds.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from crossdock.domain.access import Caller
from crossdock.domain.commands import FulfillmentGroup, LineQuantity, RejectFulfillmentRequest
from crossdock.domain.orders import Order
from crossdock.domain.refusals import Refusal
from crossdock.runtime.postgres.server import EmbeddedPostgres
from crossdock.store.database.history import all_departures
from crossdock.store.dispatch.dispatcher import Dispatcher
from crossdock.store.handlers.orders import DECISIONS
from tests.conftest import database
from tests.store.scene import Scene, new_dispatcher, scene
from tests.store.test_every_action import Hands

AT_ONCE = 8
ODD_QUANTITIES = (0, -1, 5, 10**12)

# Counted here once more, in the plainest way: what moves brought in and took away, beside what stands on the counters.
UNLIKE_THE_LEDGER = """
    SELECT l.shop_id, l.inventory_item_id, l.location_id FROM inventory_levels l
    LEFT JOIN stock_moves m USING (shop_id, inventory_item_id, location_id)
    GROUP BY l.shop_id, l.inventory_item_id, l.location_id
    HAVING l.available IS DISTINCT FROM sum(m.quantity * ((m.target IS NOT DISTINCT FROM 'available')::int
            - (m.source IS NOT DISTINCT FROM 'available')::int))
        OR l.committed IS DISTINCT FROM sum(m.quantity * ((m.target IS NOT DISTINCT FROM 'committed')::int
            - (m.source IS NOT DISTINCT FROM 'committed')::int))
        OR l.on_hand IS DISTINCT FROM sum(m.quantity * ((m.target IS NOT NULL)::int - (m.source IS NOT NULL)::int))
"""


@pytest_asyncio.fixture
async def shop(store_database: str) -> AsyncIterator[Scene]:
    async with scene(store_database) as place:
        yield place


class Crowd(Hands):
    """Hands that count what became of their commands, by kind, and of every one that was refused, by the rule."""

    def __init__(self, shop: Scene, seed: int, dispatchers: list[Dispatcher]) -> None:
        super().__init__(shop, seed)
        self.dispatchers = dispatchers
        self.orders: list[int] = []
        self.carried_out: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    async def run(self, orders: int, commands: int) -> None:
        """Make orders, and have everyone try commands on any of them until so many were tried."""
        await self.prepare()
        self.orders = [(await self.new_order()).id for _ in range(orders)]
        left = iter(range(commands))

        async def one() -> None:
            for _ in left:
                await self.try_one()

        await asyncio.gather(*(one() for _ in range(AT_ONCE)))

    async def try_one(self) -> None:
        order, other = [await self.shop.read(self.dice.choice(self.orders)) for _ in range(2)]
        command = self.command(order)
        if self.dice.random() < 0.25:
            command = self.spoiled(command, other)
        try:
            await self.shop.dispatch(command, self.caller(command), by=self.dice.choice(self.dispatchers))
        except Refusal as refusal:
            self.refused[type(refusal).__name__] += 1
        else:
            self.carried_out[type(command).__name__] += 1

    def caller(self, command: object) -> Caller:
        stranger = replace(self.shop.warehouse, app_id=self.shop.app_id + 1)
        if type(command).__name__.startswith(("Accept", "Reject", "Close")) and self.dice.random() < 0.9:
            return self.shop.warehouse
        return self.dice.choice([*[self.shop.merchant] * 6, self.shop.warehouse, stranger])

    def spoiled(self, command: Any, other: Order) -> object:
        """Return a command that names something of another order, nothing that there is, or an odd number of units."""
        theirs = self.dice.choice([self.dice.choice(other.fulfillment_orders).id, other.id, 4_000_000_000])
        ids = [line.id for each in other.fulfillment_orders for line in each.lines] or [theirs]
        odd = LineQuantity(id=self.dice.choice(ids), quantity=self.dice.choice(ODD_QUANTITIES))
        spoilt: dict[str, object] = {
            "fulfillment_order_id": theirs,
            "fulfillment_order_ids": (theirs, theirs),
            "fulfillment_id": theirs,
            "order_id": theirs,
            "location_id": theirs,
            "hold_ids": (theirs,),
            "event_id": theirs,
            "lines": (odd,),
            "quantities": (odd,),
            "groups": (*getattr(command, "groups", ()), FulfillmentGroup(fulfillment_order_id=theirs, lines=(odd,))),
        }
        if isinstance(command, RejectFulfillmentRequest):
            del spoilt["lines"]  # faults, which are not units
        name = self.dice.choice([name for name in spoilt if hasattr(command, name)])
        return replace(command, **{name: spoilt[name]})


async def held_true(shop: Scene, seed: int, *, orders: int, commands: int) -> Crowd:
    """Run a crowd, and check the invariants, the logs against the orders, and the counters against the ledger."""
    crowd = Crowd(shop, seed, [shop.dispatcher, new_dispatcher(shop.pool), new_dispatcher(shop.pool)])
    await crowd.run(orders, commands)
    assert await shop.offences() == []
    async with shop.pool.acquire() as connection:
        assert await all_departures(connection) == []
    assert await shop.pool.fetch(UNLIKE_THE_LEDGER) == []
    return crowd


def report(crowds: Sequence[Crowd], capsys: pytest.CaptureFixture[str]) -> None:
    done = sum((crowd.carried_out for crowd in crowds), Counter[str]())
    refused = sum((crowd.refused for crowd in crowds), Counter[str]())
    with capsys.disabled():
        print(f"\non PostgreSQL, {len(crowds)} runs: {done.total()} commands carried out, {refused.total()} refused")
        print(f"carried out: {dict(done.most_common())}\nrefused: {dict(refused.most_common())}")


async def test_a_crowd_breaks_nothing(shop: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    crowd = await held_true(shop, 1, orders=12, commands=800)
    report([crowd], capsys)
    assert len(crowd.carried_out) > 20
    assert len(crowd.refused) > 8


@pytest.mark.long
async def test_crowds_break_nothing(
    postgres: EmbeddedPostgres, store_template: str, capsys: pytest.CaptureFixture[str]
) -> None:
    crowds = []
    for seed in range(100, 120):
        async with database(postgres, store_template) as url, scene(url) as shop:
            crowds.append(await held_true(shop, seed, orders=20, commands=1500))
    report(crowds, capsys)
    assert {name for crowd in crowds for name in crowd.carried_out} == {command.__name__ for command in DECISIONS}
