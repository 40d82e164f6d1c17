"""What merchants and packers do with one order each. Where a story waits for the other side, its end is determined."""

from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from crossdock.domain.commands import (
    CancelFulfillmentOrder,
    CreateFulfillment,
    FulfillmentGroup,
    HoldFulfillmentOrder,
    LineQuantity,
    ReleaseHolds,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
    WithdrawCancellationRequest,
    WithdrawFulfillmentRequest,
)
from crossdock.domain.orders import FulfillmentOrder, HoldReason, Order, Tracking
from crossdock.domain.refusals import Refusal
from crossdock.domain.states import RequestStatus, Status
from crossdock.service.database.assignments import Assignment, Stage
from tests.integration.virtual.network import Send, Sleep
from tests.integration.virtual.service_side import VirtualWarehouse
from tests.integration.virtual.store_side import VirtualStore

PACE = 4.0
NEWEST = -1
SLOWEST = 60.0
# From one round of a story to the next: time is told in seconds on the wire.
PAUSE = 2.0

Acts = Generator[Sleep | Send, None, None]


@dataclass(kw_only=True)
class Desk:
    """The hands of a merchant and a packer on one order of two lines, five and three units."""

    store: VirtualStore
    house: VirtualWarehouse
    name: str
    chance: Random
    order_id: int = 0

    @property
    def order(self) -> Order:
        return self.store.one(self.order_id)

    @property
    def skus(self) -> tuple[str, str]:
        return f"{self.name}-A", f"{self.name}-B"

    def begin(self, on_shelf: int = 100) -> None:
        first, second = self.skus
        self.order_id = self.store.order(self.name, (first, 5), (second, 3))
        for sku in self.skus:
            self.house.count(sku, on_shelf)

    def work(self, place: int = 0) -> FulfillmentOrder:
        return self.order.fulfillment_orders[place]

    def assignment(self, place: int = 0) -> Assignment | None:
        return self.house.tables.assignments.get(self.work(place).id)

    def wait(self) -> Acts:
        yield Sleep(seconds=self.chance.uniform(PAUSE, 20 * PAUSE))

    def until(self, condition: Callable[[], bool]) -> Acts:
        seconds = PACE
        while not condition():
            yield Sleep(seconds=seconds)
            seconds = min(seconds * 1.2, SLOWEST)

    def until_asked(self, *statuses: RequestStatus, place: int = 0) -> Acts:
        yield from self.until(lambda: self.work(place).request_status in statuses)

    def until_accepted(self, place: int = 0) -> Acts:
        yield from self.until(lambda: self.house.stage(self.work(place).id) is Stage.ACCEPTED)

    def request(self, place: int = 0, *units: int) -> None:
        lines = self.lines(place, *units) if units else None
        self.store.do(SubmitFulfillmentRequest(fulfillment_order_id=self.work(place).id, lines=lines))

    def lines(self, place: int, *units: int) -> tuple[LineQuantity, ...]:
        pairs = zip(self.work(place).lines, units, strict=True)
        return tuple(LineQuantity(id=line.id, quantity=quantity) for line, quantity in pairs if quantity)

    def cancel(self, place: int = 0) -> None:
        self.store.do(SubmitCancellationRequest(fulfillment_order_id=self.work(place).id))

    def ship(self, number: int, *units: int, place: int = 0) -> None:
        lines = [(sku, quantity) for sku, quantity in zip(self.skus, units, strict=True) if quantity] if units else []
        self.house.ship(self.work(place).id, f"{self.name}/{number}", *lines)

    def retrack(self, number: int, other: int) -> None:
        self.house.retrack(f"{self.name}/{number}", f"{self.name}/{other}")

    def nothing_is_undone_early(self) -> bool:
        try:
            self.house.require_none_undone(self.work().id)
        except Refusal:
            return False
        return True

    def take_back(self, number: int) -> None:
        self.house.take_back(f"{self.name}/{number}")

    def ship_by_merchant(self, *units: int) -> None:
        group = FulfillmentGroup(fulfillment_order_id=self.work().id, lines=self.lines(0, *units) if units else None)
        tracking = (Tracking(number=f"{self.name}/own", company="DHL"),)
        self.store.do(CreateFulfillment(groups=(group,), tracking=tracking))


def in_one_parcel(desk: Desk) -> Acts:
    desk.begin()
    yield from desk.wait()
    desk.request()
    yield from desk.until_accepted()
    yield from desk.wait()
    desk.ship(1)


def in_three_parcels(desk: Desk) -> Acts:
    desk.begin()
    desk.request()
    yield from desk.until_accepted()
    desk.ship(1, 2, 0)
    # The same units once more: only its number and key tell that this is another parcel.
    desk.ship(2, 2, 0)
    yield from desk.wait()
    desk.ship(3, 1, 3)


def declined_then_restocked(desk: Desk) -> Acts:
    desk.begin(on_shelf=2)
    desk.request()
    yield from desk.until_asked(RequestStatus.REJECTED)
    yield from desk.wait()
    for sku in desk.skus:
        desk.house.count(sku, 50)
    desk.request()
    yield from desk.until_accepted()
    desk.ship(1)


def declined_then_shipped_by_merchant(desk: Desk) -> Acts:
    desk.begin(on_shelf=0)
    desk.request()
    yield from desk.until_asked(RequestStatus.REJECTED)
    yield from desk.wait()
    desk.ship_by_merchant()


def cancelled_in_time(desk: Desk) -> Acts:
    desk.begin()
    desk.request()
    yield from desk.until_asked(RequestStatus.ACCEPTED)
    yield from desk.wait()
    desk.cancel()
    yield from desk.until_asked(RequestStatus.CANCELLATION_ACCEPTED)


def cancelled_and_asked_again(desk: Desk) -> Acts:
    yield from cancelled_in_time(desk)
    yield from desk.wait()
    desk.request()
    # What was stopped is asked for as new work.
    yield from desk.until_asked(RequestStatus.ACCEPTED, place=1)
    yield from desk.until_accepted(place=1)
    desk.ship(1, place=1)


def cancelled_too_late(desk: Desk) -> Acts:
    desk.begin()
    desk.request()
    yield from desk.until_accepted()
    desk.ship(1, 4, 0)
    yield from desk.until(lambda: bool(desk.order.fulfillments))
    desk.cancel()
    yield from desk.until_asked(RequestStatus.CANCELLATION_REJECTED)
    yield from desk.wait()
    desk.ship(2)


def asked_in_parts(desk: Desk) -> Acts:
    desk.begin()
    desk.request(0, 5, 1)
    yield from desk.wait()
    desk.request(1)
    for place in (0, 1):
        yield from desk.until_accepted(place)
        desk.ship(place, place=place)


def held(desk: Desk) -> Acts:
    desk.begin()
    desk.store.do(HoldFulfillmentOrder(fulfillment_order_id=desk.work().id, reason=HoldReason.AWAITING_PAYMENT))
    yield from desk.wait()
    desk.store.do(ReleaseHolds(fulfillment_order_id=desk.work().id))
    desk.request()
    yield from desk.until_accepted()
    desk.ship(1)


def held_in_part(desk: Desk) -> Acts:
    desk.begin()
    hold = HoldFulfillmentOrder(fulfillment_order_id=desk.work().id, reason=HoldReason.OTHER, lines=desk.lines(0, 2, 0))
    desk.store.do(hold)
    desk.request(1)
    yield from desk.until_accepted(1)
    desk.ship(1, place=1)
    yield from desk.until(lambda: bool(desk.order.fulfillments))
    desk.store.do(ReleaseHolds(fulfillment_order_id=desk.work().id))
    desk.request()
    yield from desk.until_accepted()
    desk.ship(2)


def given_back(desk: Desk) -> Acts:
    desk.begin()
    desk.request()
    yield from desk.until_accepted()
    desk.ship(1, 1, 1)
    desk.house.close(desk.work().id)
    yield from desk.until(lambda: desk.work().status is Status.INCOMPLETE)
    yield from desk.wait()
    desk.request()
    yield from desk.until_asked(RequestStatus.ACCEPTED, place=1)
    yield from desk.until_accepted(place=1)
    desk.ship(2, place=1)


def cancelled_in_a_second_round(desk: Desk) -> Acts:
    """The cancellation may be read before the warehouse has heard that its acceptance arrived."""
    desk.begin()
    desk.request()
    yield from desk.until_accepted()
    desk.ship(1, 1, 1)
    desk.house.close(desk.work().id)
    yield from desk.until(lambda: desk.work().status is Status.INCOMPLETE)
    desk.request()
    yield from desk.until_asked(RequestStatus.ACCEPTED, place=1)
    desk.cancel(place=1)
    yield from desk.until_asked(RequestStatus.CANCELLATION_ACCEPTED, place=1)


def helped_by_merchant(desk: Desk) -> Acts:
    """Only a poll tells the warehouse that units of its work are gone."""
    desk.begin()
    desk.request()
    yield from desk.until_accepted()
    desk.ship_by_merchant(2, 2)
    yield from desk.until(lambda: (known := desk.assignment()) is not None and known.left == 4)
    desk.ship(1)


def shipped_by_merchant(desk: Desk) -> Acts:
    """The merchant has shipped all of it himself: the warehouse may not, and its units are free again."""
    desk.begin()
    desk.request()
    yield from desk.until_accepted()
    yield from desk.wait()
    desk.ship_by_merchant()
    yield from desk.until(lambda: desk.house.stage(desk.work().id) is Stage.CLOSED)


def cancelled_without_asking(desk: Desk) -> Acts:
    """The merchant cancels the fulfillment order itself as soon as he may; another takes its place."""
    desk.begin()
    desk.request()
    yield from desk.until_accepted()
    desk.cancel()
    yield from desk.wait()
    try:
        desk.store.do(CancelFulfillmentOrder(fulfillment_order_id=desk.work().id))
    except Refusal:  # the warehouse was faster
        return
    yield from desk.wait()
    desk.request(1)
    yield from desk.until_accepted(1)
    desk.ship(1, place=1)


def cancellation_taken_back(desk: Desk) -> Acts:
    """Whoever is faster; then the rest is shipped if the work is still there."""
    desk.begin()
    desk.request()
    yield from desk.until_accepted()
    desk.cancel()
    yield from desk.wait()
    with suppress(Refusal):
        desk.store.do(WithdrawCancellationRequest(fulfillment_order_id=desk.work().id))
    yield from desk.wait()
    with suppress(Refusal):
        desk.ship(1)


def withdrawn(desk: Desk) -> Acts:
    desk.begin()
    desk.request()
    yield from desk.wait()
    with suppress(Refusal):
        desk.store.do(WithdrawFulfillmentRequest(fulfillment_order_id=desk.work().id))
    yield from desk.wait()
    with suppress(Refusal):
        desk.request()
    yield from desk.wait()
    with suppress(Refusal):
        desk.ship(1)


def cancelled_while_packing(desk: Desk) -> Acts:
    desk.begin()
    desk.request()
    yield from desk.until_accepted()
    desk.cancel()
    yield from desk.wait()
    with suppress(Refusal):
        desk.ship(1, 1, 0)
    yield from desk.wait()
    with suppress(Refusal):
        desk.cancel()
    with suppress(Refusal):
        desk.ship(2)


def all_hands(desk: Desk) -> Acts:
    """Merchant and packer do as they like, with the newest work: what comes back is asked for anew."""
    desk.begin(on_shelf=desk.chance.choice((0, 6, 100)))
    acts: tuple[Callable[[int], object], ...] = (
        lambda _: desk.request(NEWEST),
        lambda _: desk.request(NEWEST),
        lambda _: desk.cancel(NEWEST),
        lambda turn: desk.ship(turn, 1, 0, place=NEWEST),
        lambda turn: desk.ship(turn, place=NEWEST),
        lambda turn: desk.take_back(turn - 1),
        lambda _: desk.house.close(desk.work(NEWEST).id),
        lambda _: desk.store.do(WithdrawFulfillmentRequest(fulfillment_order_id=desk.work(NEWEST).id)),
        lambda _: desk.store.do(WithdrawCancellationRequest(fulfillment_order_id=desk.work(NEWEST).id)),
    )
    desk.request()
    for turn in range(16):
        yield from desk.wait()
        with suppress(Refusal, StopIteration):
            desk.chance.choice(acts)(turn)


def parcels_put_right(desk: Desk) -> Acts:
    """What is put right before the store has heard of the parcel is told behind it."""
    desk.begin()
    desk.request()
    yield from desk.until_accepted()
    desk.ship(1, 2, 0)
    desk.ship(2, 1, 1)
    desk.take_back(1)
    desk.retrack(2, 3)
    yield from desk.until(desk.nothing_is_undone_early)
    desk.ship(1, 2, 0)
    desk.retrack(3, 4)
    yield from desk.wait()
    desk.take_back(1)
    yield from desk.until(desk.nothing_is_undone_early)
    desk.ship(5)


def taken_back_whole(desk: Desk) -> Acts:
    """Of work that was shipped whole the store makes new work."""
    desk.begin()
    desk.request()
    yield from desk.until_accepted()
    desk.ship(1)
    yield from desk.wait()
    desk.take_back(1)
    yield from desk.until(lambda: len(desk.order.fulfillment_orders) > 1)
    yield from desk.wait()
    desk.request(place=1)
    yield from desk.until_accepted(place=1)
    desk.ship(1, place=1)


Story = Callable[[Desk], Acts]

DETERMINED: tuple[Story, ...] = (
    in_one_parcel,
    in_three_parcels,
    declined_then_restocked,
    declined_then_shipped_by_merchant,
    cancelled_in_time,
    cancelled_and_asked_again,
    cancelled_too_late,
    asked_in_parts,
    held,
    held_in_part,
    given_back,
    cancelled_in_a_second_round,
    helped_by_merchant,
    shipped_by_merchant,
    parcels_put_right,
    taken_back_whole,
)
# Who is faster decides how these end; that both sides agree and nothing is lost holds for them too.
OPEN: tuple[Story, ...] = (
    cancellation_taken_back,
    withdrawn,
    cancelled_while_packing,
    cancelled_without_asking,
    all_hands,
)
