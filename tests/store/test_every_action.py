"""Random commands of every kind through dispatch, on PostgreSQL: nothing breaks, and an order is what its log tells."""

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest_asyncio

from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    AddCarrierEvent,
    CancelFulfillment,
    CancelFulfillmentOrder,
    CancelOrder,
    CloseFulfillmentOrder,
    CloseOrder,
    CreateFulfillment,
    DeleteOrder,
    EditOrder,
    FulfillmentGroup,
    FulfillOrderLines,
    HoldFulfillmentOrder,
    LineQuantity,
    MarkAsOpen,
    MarkOrderAsPaid,
    MergeFulfillmentOrders,
    MoveFulfillmentOrder,
    NewOrderLine,
    RejectCancellationRequest,
    RejectFulfillmentRequest,
    ReleaseHolds,
    RemoveCarrierEvent,
    ReopenOrder,
    ReportProgress,
    RerouteFulfillmentOrders,
    RescheduleFulfillmentOrder,
    SetFulfillmentDeadline,
    SplitFulfillmentOrders,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
    UpdateOrder,
    UpdateTracking,
    WithdrawCancellationRequest,
    WithdrawFulfillmentRequest,
)
from crossdock.domain.decisions import OrderCreated
from crossdock.domain.orders import (
    FinancialStatus,
    FulfillmentOrder,
    HoldReason,
    LineRejection,
    Order,
    StockClaim,
    Tracking,
)
from crossdock.domain.refusals import Refusal
from crossdock.domain.shipment import ShipmentStatus
from crossdock.domain.states import RequestStatus, Status
from crossdock.store.database.history import all_departures
from crossdock.store.handlers.orders import DECISIONS
from crossdock.store.setup import create_location
from tests.store.scene import NOW, Scene, new_order, scene


@pytest_asyncio.fixture
async def shop(store_database: str) -> AsyncIterator[Scene]:
    async with scene(store_database) as place:
        yield place


class Hands:
    """Somebody who does anything with an order, by the dice."""

    def __init__(self, shop: Scene, seed: int) -> None:
        self.shop = shop
        self.dice = random.Random(seed)
        self.done: set[str] = set()

    async def prepare(self) -> None:
        """Stock two products, one at three places and one at two of them."""
        self.annex = await create_location(self.shop.pool, NOW, self.shop.shop_id, name="Annex")
        product = await self.shop.product("A", "B", may_oversell=True)
        self.both, self.rare = product.variants
        service = self.shop.service.location_id
        for place, units in ((self.shop.merchant_location, 3), (service, 4), (self.annex, 2)):
            await self.shop.stock(self.both, place, units)
        for place, units in ((service, 3), (self.annex, 1)):
            await self.shop.stock(self.rare, place, units)

    async def new_order(self) -> Order:
        claim = self.dice.choice(list(StockClaim))
        command = new_order((self.both, self.dice.randint(1, 6)), (self.rare, self.dice.randint(1, 3)), claim=claim)
        if self.dice.random() < 0.5:
            command = replace(command, financial_status=FinancialStatus.PENDING)
        if self.dice.random() < 0.1:
            command = replace(command, fulfill_at=NOW + timedelta(days=300))
        made = await self.shop.dispatch(command)
        assert isinstance(made, OrderCreated)
        order = made.order
        service = self.shop.service.location_id
        if self.dice.random() < 0.7 and command.fulfill_at is None:
            for each in order.fulfillment_orders:
                if each.location_id != service:
                    await self.shop.dispatch(MoveFulfillmentOrder(fulfillment_order_id=each.id, location_id=service))
        return await self.shop.read(order.id)

    async def act(self, order: Order) -> None:
        """Try one command, as the merchant or the warehouse."""
        command = self.command(order)
        caller = self.dice.choice([self.shop.merchant, self.shop.merchant, self.shop.merchant, self.shop.warehouse])
        if type(command).__name__.startswith(("Accept", "Reject", "Close")):
            caller = self.shop.warehouse
        try:
            await self.shop.dispatch(command, caller)
        except Refusal:
            return
        self.done.add(type(command).__name__)

    def command(self, order: Order) -> object:
        one = self.dice.choice([each for each in order.fulfillment_orders if each.live] or order.fulfillment_orders)
        requests = self.of_requests(one)
        choices = [requests, requests, self.of_places(one), self.of_parts(order, one), self.of_time(one)]
        choices += [self.of_order(order)] if self.dice.random() < 0.4 else []
        choices += [self.of_parcels(order)] if order.fulfillments else []
        return self.dice.choice(self.dice.choice(choices))

    def lines(self, one: FulfillmentOrder) -> tuple[LineQuantity, ...]:
        left = [line for line in one.lines if line.remaining]
        if not left or self.dice.random() < 0.4:
            return ()
        line = self.dice.choice(left)
        return (LineQuantity(id=line.id, quantity=self.dice.randint(1, line.remaining)),)

    def of_requests(self, one: FulfillmentOrder) -> list[object]:
        """What may be said next, or now and then anything."""
        faults = tuple(LineRejection(fulfillment_order_line_id=line.id, message="none left") for line in one.lines)
        later = NOW + timedelta(days=2)
        submit = SubmitFulfillmentRequest(fulfillment_order_id=one.id, lines=self.lines(one))
        answers = [
            AcceptFulfillmentRequest(fulfillment_order_id=one.id, estimated_shipped_at=later),
            AcceptFulfillmentRequest(fulfillment_order_id=one.id, message="gladly"),
            RejectFulfillmentRequest(fulfillment_order_id=one.id, lines=faults, message="no"),
            WithdrawFulfillmentRequest(fulfillment_order_id=one.id),
        ]
        stop = [
            SubmitCancellationRequest(fulfillment_order_id=one.id, message="stop"),
            CloseFulfillmentOrder(fulfillment_order_id=one.id),
        ]
        stopping = [
            AcceptCancellationRequest(fulfillment_order_id=one.id),
            RejectCancellationRequest(fulfillment_order_id=one.id),
            WithdrawCancellationRequest(fulfillment_order_id=one.id),
        ]
        if self.dice.random() < 0.2:
            return [submit, *answers, *stop, *stopping]
        next_words: dict[RequestStatus, list[object]] = {
            RequestStatus.SUBMITTED: [*answers],
            RequestStatus.ACCEPTED: [*stop],
            RequestStatus.CANCELLATION_REQUESTED: [*stopping],
        }
        return next_words.get(one.request_status, [submit])

    def of_places(self, one: FulfillmentOrder) -> list[object]:
        places = [self.shop.merchant_location, self.shop.service.location_id, self.annex]
        return [
            MoveFulfillmentOrder(
                fulfillment_order_id=one.id, location_id=self.dice.choice(places), lines=self.lines(one)
            ),
            MoveFulfillmentOrder(
                fulfillment_order_id=one.id,
                location_id=self.dice.choice(places),
                whole_lines=tuple(line.id for line in self.lines(one)),
                renumbered=True,
            ),
            RerouteFulfillmentOrders(fulfillment_order_ids=(one.id,)),
            CancelFulfillmentOrder(fulfillment_order_id=one.id, by_whoever_has_it=self.dice.random() < 0.5),
        ]

    def of_parts(self, order: Order, one: FulfillmentOrder) -> list[object]:
        group = FulfillmentGroup(fulfillment_order_id=one.id, lines=self.lines(one))
        there = [
            each
            for each in order.fulfillment_orders
            if each.location_id == one.location_id
            and (each.status, each.request_status) == (Status.OPEN, RequestStatus.UNSUBMITTED)
        ]
        number = self.dice.choice([None, "T1", "T2"])
        return [
            SplitFulfillmentOrders(groups=(group,)),
            MergeFulfillmentOrders(groups=tuple(FulfillmentGroup(fulfillment_order_id=each.id) for each in there)),
            CreateFulfillment(groups=(group,), tracking=(Tracking(number=number, company="UPS"),)),
            FulfillOrderLines(order_id=order.id, order_line_ids=tuple(line.id for line in order.lines[:1])),
            HoldFulfillmentOrder(
                fulfillment_order_id=one.id,
                reason=HoldReason.OTHER,
                handle=self.dice.choice("abc"),
                external_id=self.dice.choice([None, "x"]),
                lines=self.lines(one),
            ),
            ReleaseHolds(fulfillment_order_id=one.id),
            ReleaseHolds(fulfillment_order_id=one.id, hold_ids=tuple(hold.id for hold in one.holds[:1])),
        ]

    def of_time(self, one: FulfillmentOrder) -> list[object]:
        soon = NOW + timedelta(days=400)
        return [
            MarkAsOpen(fulfillment_order_id=one.id),
            ReportProgress(fulfillment_order_id=one.id, notes="begun"),
            RescheduleFulfillmentOrder(fulfillment_order_id=one.id, fulfill_at=soon),
            SetFulfillmentDeadline(fulfillment_order_ids=(one.id,), deadline=soon),
        ]

    def of_order(self, order: Order) -> list[object]:
        line = self.dice.choice(order.lines)
        wanted = (LineQuantity(id=line.id, quantity=self.dice.randint(0, 6)),)
        added = (NewOrderLine(variant_id=self.rare.id, quantity=1),)
        return [
            EditOrder(order_id=order.id, quantities=wanted, restock=self.dice.random() < 0.5),
            EditOrder(order_id=order.id, added=added),
            UpdateOrder(order_id=order.id, note=self.dice.choice("abc"), tags=self.dice.choice("xy")),
            UpdateOrder(order_id=order.id, metadata={"a": self.dice.choice("abc")}, closed=self.dice.random() < 0.5),
            MarkOrderAsPaid(order_id=order.id, payment_method="bank transfer"),
            CloseOrder(order_id=order.id),
            ReopenOrder(order_id=order.id),
            *([CancelOrder(order_id=order.id, staff_note="enough")] if self.dice.random() < 0.2 else []),
            *([CancelOrder(order_id=order.id, refund=True, despite_parcels=True)] if self.dice.random() < 0.1 else []),
            *([DeleteOrder(order_id=order.id)] if self.dice.random() < 0.15 else []),
        ]

    def of_parcels(self, order: Order) -> list[object]:
        parcel = self.dice.choice(order.fulfillments)
        scan = AddCarrierEvent(
            fulfillment_id=parcel.id,
            status=self.dice.choice(list(ShipmentStatus)),
            happened_at=NOW,
            city="Lund",
            latitude=55.7,
        )
        return [
            CancelFulfillment(fulfillment_id=parcel.id),
            UpdateTracking(fulfillment_id=parcel.id, tracking=(Tracking(number=self.dice.choice("123")),)),
            scan,
            *(RemoveCarrierEvent(fulfillment_id=parcel.id, event_id=event.id) for event in parcel.events[:1]),
        ]


async def test_random_hands_leave_every_order_as_its_log_tells_and_no_invariant_broken(shop: Scene) -> None:
    hands = Hands(shop, seed=11)
    await hands.prepare()
    everything = {command.__name__ for command in DECISIONS}
    for number in range(80):
        if number >= 20 and hands.done == everything:
            break
        order = await hands.new_order()
        for _ in range(50):
            await hands.act(await shop.read(order.id))
    assert await shop.offences() == []
    async with shop.pool.acquire() as connection:
        assert await all_departures(connection) == []
    assert everything - hands.done == set()


async def test_a_log_that_was_meddled_with_is_found(shop: Scene) -> None:
    hands = Hands(shop, seed=5)
    await hands.prepare()
    order = await hands.new_order()
    await shop.dispatch(UpdateOrder(order_id=order.id, note="handle with care"))
    await shop.pool.execute("UPDATE orders SET note = 'throw it' WHERE id = $1", order.id)
    async with shop.pool.acquire() as connection:
        (found,) = await all_departures(connection)
        assert found.problem == "stored and told differ in note"
        await connection.execute("DELETE FROM events WHERE order_id = $1 AND sequence = 1", order.id)
        (found,) = await all_departures(connection)
        assert found.problem == "event 2 stands where 1 is due"
