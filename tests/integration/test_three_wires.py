"""One engine, three wires: an order that one of them makes and lives through is told alike by all, after each step."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
import pytest_asyncio

from crossdock.dialects.next29.scopes import SCOPES as NEXT29_SCOPES
from crossdock.dialects.next29.wire import order_number
from crossdock.dialects.shopify.scopes import SCOPES as SHOPIFY_SCOPES
from crossdock.domain.catalogue import ProductVariant
from crossdock.store.setup import issue_token
from tests.integration.three_wires import ENDED, ByGraphql, ByNext29, ByRest, Piece, Tracked, View, Wire
from tests.store.calls import Client, Served, served
from tests.store.next29_calls import ADDRESS
from tests.store.scene import NOW

# What has ended has gone elsewhere, was shipped, or was called off.
ENDS = {"closed/closed", "canceled/closed", "canceled/cancel_accepted"}


@dataclass
class Shop:
    """A shop whose goods lie at a service and, once an order is routed, with the merchant, too.

    `wire` makes and changes orders, in the name of the app that runs the service and works for the merchant.
    """

    served: Served
    rest: ByRest
    graphql: ByGraphql
    next29: ByNext29
    wire: Wire
    service: int
    mug: ProductVariant
    pen: ProductVariant

    @property
    def own(self) -> int:
        return self.served.shop.merchant_location

    async def order(self) -> "Life":
        """Make an order of three mugs and two pens by the wire."""
        made = await self.wire.order({self.mug.id: 3, self.pen.id: 2})
        row = await self.served.shop.pool.fetchrow("SELECT id FROM orders ORDER BY id DESC LIMIT 1")
        assert row is not None
        number = int(order_number(await self.served.shop.read(row["id"])))
        assert made == (number if self.wire is self.next29 else row["id"])
        life = Life(self, id=row["id"], number=number)
        for variant in (self.mug, self.pen):
            await self.served.shop.stock(variant, self.own, 50)
        await life.agree("open/pending")
        return life


@dataclass
class Life:
    """An order's life. `view`: as all three wires tell it; `words`: states in 29 Next's words, by fulfillment order."""

    shop: Shop
    id: int
    number: int
    view: View = field(init=False)
    words: dict[int, str] = field(init=False)

    @property
    def made(self) -> int:
        """How the wire calls the order."""
        return self.number if self.shop.wire is self.shop.next29 else self.id

    @property
    def piece(self) -> Piece:
        """The fulfillment order that goes on."""
        (piece,) = (each for each in self.view.work if each.state != ENDED)
        return piece

    @property
    def work(self) -> int:
        return self.piece.id

    @property
    def ended(self) -> list[str]:
        return [self.words[each.id] for each in self.view.work if each.state == ENDED]

    def left(self, line: int = 0) -> int:
        """How many units of a line of the order are still to be shipped."""
        return self.view.lines[line][3]

    async def agree(self, state: str | None) -> None:
        """Read the order by each wire and have them agree; `state`: of what goes on, if anything does.

        Of what has ended Shopify's wires tell what was left then, where 29 Next's tells that nothing is.
        """
        rest = await self.shop.rest.read(self.id)
        graphql = await self.shop.graphql.read(self.id)
        next29 = await self.shop.next29.read(self.number)
        self.words = {each.id: each.state for each in next29.work}
        ended = {each.id for each in rest.work if each.state == ENDED}
        assert {self.words[id] for id in ended} <= ENDS

        def over(each: Piece) -> Piece:
            lines = tuple((id, line, units, 0) for id, line, units, _ in each.lines)
            return replace(each, state=ENDED, lines=lines) if each.id in ended else each

        assert graphql == rest
        assert replace(next29, work=tuple(map(over, next29.work))) == replace(rest, work=tuple(map(over, rest.work)))
        assert {left for each in next29.work if each.id in ended for *_, left in each.lines} <= {0}
        self.view = rest
        assert [each.state for each in rest.work if each.state != ENDED] == ([] if state is None else [state])


@pytest_asyncio.fixture(params=["rest", "graphql", "next29"])
async def shop(request: pytest.FixtureRequest, store_database: str) -> AsyncIterator[Shop]:
    async with served(store_database) as place:
        rest = await place.client(*SHOPIFY_SCOPES)
        token = await issue_token(
            place.store.pool, NOW, place.shop.shop_id, place.shop.app_id, scopes=NEXT29_SCOPES, platform="next29"
        )
        headers = {"authorization": f"Bearer {token}", "x-29next-api-version": "2024-04-01"}
        wires = (ByRest(rest), ByGraphql(rest), ByNext29(Client(place.app, None, headers=headers)))
        by_name: dict[str, Wire] = dict(zip(("rest", "graphql", "next29"), wires, strict=True))
        service = place.shop.service.location_id
        if request.param == "next29":
            made = await wires[2].call("POST", "locations/", {"name": "Dock 1", "address": ADDRESS})
            service = made["id"]
        mug, pen = (await place.shop.product("MUG", "PEN")).variants
        for variant in (mug, pen):
            await place.shop.stock(variant, service, 50)
        yield Shop(place, *wires, wire=by_name[request.param], service=service, mug=mug, pen=pen)
        assert await place.shop.offences() == []


async def test_an_order_is_held_worked_on_shipped_in_parts_given_up_moved_and_shipped(shop: Shop) -> None:
    life = await shop.order()
    assert (life.piece.place, life.left(0), life.left(1)) == (shop.service, 3, 2)
    await shop.wire.hold(life.work)
    await life.agree("on_hold/pending")
    assert [*life.piece.holds] == ["awaiting_payment"]
    await shop.wire.release(life.work)
    await life.agree("open/pending")
    assert [*life.piece.holds] == []

    await shop.wire.request(life.work)
    await life.agree("open/requested")
    await shop.wire.answer(life.work, accepted=True)
    await life.agree("processing/accepted")
    await shop.wire.ask_to_stop(life.work)
    await life.agree("processing/cancel_requested")
    await shop.wire.answer_stop(life.work, accepted=False)
    await life.agree("processing/cancel_rejected")
    assert life.piece.asked == (("fulfill_request", "Please"), ("cancel_request", "Stop"))

    mugs = life.piece.lines[0][0]
    await shop.wire.ship(life.work, {mugs: 2}, shop.wire.parcels)
    await life.agree("processing/cancel_rejected")
    (parcel,) = life.view.parcels
    assert (parcel.place, parcel.units, parcel.carrier) == (shop.service, (("MUG", 2),), "usps")
    assert (parcel.numbers, parcel.moved, parcel.counts) == (shop.wire.parcels.numbers, None, True)
    assert parcel.links[0].endswith("94001")
    assert (life.left(0), life.left(1)) == (1, 2)

    for status, at in (("in_transit", "2026-11-22T08:00:00Z"), ("delivered", "2026-11-23T08:00:00Z")):
        await shop.wire.tell(life.made, parcel.id, status, at)
        await life.agree("processing/cancel_rejected")
        assert life.view.parcels[0].moved == status

    await shop.wire.close(life.work)
    await life.agree("incomplete/closed")
    await shop.wire.move(life.work, shop.own)
    await life.agree("open/pending")
    assert (life.piece.place, sum(line[3] for line in life.piece.lines)) == (shop.own, 3)

    await shop.wire.ship(life.work, None, Tracked())
    await life.agree(None)
    assert set(life.ended) == {"closed/closed"}
    assert [each.units for each in life.view.parcels] == [(("MUG", 2),), (("MUG", 1), ("PEN", 2))]
    assert (life.view.parcels[1].numbers, life.view.parcels[1].carrier) == ((), None)
    assert (life.view.closed, life.view.cancelled, life.left(0), life.left(1)) == (True, False, 0, 0)


async def test_an_order_is_stopped_moved_asked_for_again_taken_back_declined_and_cancelled(shop: Shop) -> None:
    life = await shop.order()
    await shop.wire.request(life.work)
    await life.agree("open/requested")
    await shop.wire.answer(life.work, accepted=True)
    await life.agree("processing/accepted")
    await shop.wire.ask_to_stop(life.work)
    await life.agree("processing/cancel_requested")
    await shop.wire.answer_stop(life.work, accepted=True)
    await life.agree("canceled/cancel_accepted")
    stopped = life.work
    await shop.wire.move(life.work, shop.own)
    await life.agree("open/pending")
    assert life.piece.place == shop.own
    await shop.wire.move(life.work, shop.service)
    await life.agree("open/pending")
    assert life.piece.place == shop.service

    await shop.wire.request(life.work)
    await life.agree("open/requested")
    taken = life.work
    await shop.wire.cancel(life.work)
    await life.agree("open/pending")
    assert life.work != taken
    assert life.words[taken] == "canceled/closed"
    await shop.wire.request(life.work)
    await life.agree("open/requested")
    await shop.wire.answer(life.work, accepted=False)
    await life.agree("open/rejected")
    if shop.wire is shop.next29:
        assert life.words[stopped] == "closed/closed"

    await shop.wire.cancel_order(life.made)
    await life.agree(None)
    assert (life.view.cancelled, life.view.closed, life.view.parcels) == (True, True, ())
    assert {life.words[each.id] for each in life.view.work if each.id > taken} == {"canceled/closed"}


async def test_an_order_that_was_stopped_is_asked_for_again(shop: Shop) -> None:
    life = await shop.order()
    await shop.wire.request(life.work)
    await life.agree("open/requested")
    await shop.wire.answer(life.work, accepted=True)
    await life.agree("processing/accepted")
    await shop.wire.ask_to_stop(life.work)
    await life.agree("processing/cancel_requested")
    await shop.wire.answer_stop(life.work, accepted=True)
    await life.agree("canceled/cancel_accepted")
    before = life.work
    await shop.wire.request(life.work)
    await life.agree("open/requested")
    if shop.wire is shop.next29:  # an app of that platform keeps one row an id
        assert life.work != before
        assert life.ended == ["canceled/cancel_accepted"]
    await shop.wire.answer(life.work, accepted=True)
    await life.agree("processing/accepted")
    await shop.wire.ship(life.work, None, shop.wire.parcels)
    await life.agree(None)
    assert [each.numbers for each in life.view.parcels] == [shop.wire.parcels.numbers]
