"""Those who want what only one can have: all start at once, each over connections of its own, round after round.

A round is right if what was answered fits what is stored: whoever won did it alone, and everyone else was told a rule.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
import pytest_asyncio

from crossdock.domain.access import MERCHANT, Caller
from crossdock.domain.catalogue import ProductVariant
from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    CancelFulfillment,
    CancelFulfillmentOrder,
    CancelOrder,
    CreateFulfillment,
    EditOrder,
    FulfillmentGroup,
    HoldFulfillmentOrder,
    LineQuantity,
    MergeFulfillmentOrders,
    MoveFulfillmentOrder,
    RejectCancellationRequest,
    RejectFulfillmentRequest,
    SplitFulfillmentOrders,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
    UpdateOrder,
    WithdrawFulfillmentRequest,
)
from crossdock.domain.decisions import FulfillmentCreated
from crossdock.domain.events import EventKind, LoggedEvent
from crossdock.domain.orders import HoldReason, Order, StockClaim, Tracking
from crossdock.domain.refusals import KeyReused, Refusal, StockNotAvailable
from crossdock.domain.states import Status
from crossdock.runtime.postgres.pool import open_pool
from crossdock.store.database.history import all_departures, load_logs
from crossdock.store.dispatch.calls import Rendered
from crossdock.store.dispatch.dispatcher import Dispatcher
from crossdock.store.setup import create_location
from tests.store.scene import NOW, Scene, new_dispatcher, new_order, scene

DISPATCHERS = 4
UNITS = 6
PLENTY = 100_000
ROUNDS = [20, pytest.param(200, marks=pytest.mark.long)]


@dataclass
class Track:
    """A shop, several dispatchers with pools of their own, and an item that lies at all of the shop's places."""

    shop: Scene
    dispatchers: Sequence[Dispatcher]
    annex: int
    tee: ProductVariant

    async def order(self, place: int) -> Order:
        """Make an order that is to be shipped from a place."""
        order = await self.shop.order((self.tee, UNITS), claim=StockClaim.IGNORING_POLICY)
        (work,) = order.fulfillment_orders
        if work.location_id != place:
            await self.shop.dispatch(MoveFulfillmentOrder(fulfillment_order_id=work.id, location_id=place))
        return await self.shop.read(order.id)

    async def run(self, contenders: Sequence["Contender"]) -> list[object]:
        """Start everyone at once and return what each was given or refused."""
        gun = asyncio.Barrier(len(contenders))

        async def one(number: int, contender: Contender) -> object:
            await gun.wait()
            by = self.dispatchers[number % len(self.dispatchers)]
            return await self.shop.dispatch(contender.command, contender.caller, key=contender.key, by=by)

        runs = (one(number, contender) for number, contender in enumerate(contenders))
        return await asyncio.gather(*runs, return_exceptions=True)


@dataclass(frozen=True)
class Contender:
    command: object
    caller: Caller = MERCHANT
    key: str | None = None


@dataclass(frozen=True)
class Finish:
    """How a race ended: the answers beside the contenders, the order as it was and is, and its log."""

    contenders: Sequence[Contender]
    answers: Sequence[object]
    before: Order
    after: Order
    log: Sequence[LoggedEvent]

    @property
    def winners(self) -> list[object]:
        """The commands that were carried out."""
        return [
            contender.command
            for contender, answer in zip(self.contenders, self.answers, strict=True)
            if not isinstance(answer, Exception)
        ]

    def won(self, kind: type) -> int:
        return sum(isinstance(command, kind) for command in self.winners)

    def told(self, kind: EventKind) -> int:
        return sum(logged.event.kind is kind for logged in self.log)

    @property
    def states(self) -> list[str]:
        return [f"{each.status}/{each.request_status}" for each in self.after.fulfillment_orders]

    @property
    def shipped(self) -> int:
        return self.after.fulfilled_quantities().total()

    @property
    def left(self) -> int:
        return self.after.remaining_quantities().total()


Start = tuple[Order, Sequence[Contender]]


@dataclass(frozen=True)
class Race:
    start: Callable[[Track], Awaitable[Start]]
    right: Callable[[Finish], bool]


def ship(work_id: int, *lines: LineQuantity, number: str | None = None) -> CreateFulfillment:
    tracking = (Tracking(number=number),) if number else ()
    return CreateFulfillment(groups=(FulfillmentGroup(fulfillment_order_id=work_id, lines=lines),), tracking=tracking)


async def asked(track: Track) -> tuple[Order, int]:
    """Make an order whose request waits at the service."""
    order = await track.order(track.shop.service.location_id)
    work_id = order.fulfillment_orders[0].id
    await track.shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=work_id))
    return order, work_id


async def taken_on(track: Track) -> tuple[Order, int]:
    order, work_id = await asked(track)
    await track.shop.dispatch(AcceptFulfillmentRequest(fulfillment_order_id=work_id), track.shop.warehouse)
    return order, work_id


async def being_stopped(track: Track) -> tuple[Order, int]:
    order, work_id = await taken_on(track)
    await track.shop.dispatch(SubmitCancellationRequest(fulfillment_order_id=work_id))
    return order, work_id


def mixed(*sides: Contender, each: int = 4) -> list[Contender]:
    """Every side several times, taking turns."""
    return [*sides] * each


async def request_twice(track: Track) -> Start:
    order = await track.order(track.shop.service.location_id)
    return order, mixed(
        Contender(SubmitFulfillmentRequest(fulfillment_order_id=order.fulfillment_orders[0].id)), each=8
    )


async def accept_twice(track: Track) -> Start:
    order, work_id = await asked(track)
    return order, mixed(
        Contender(AcceptFulfillmentRequest(fulfillment_order_id=work_id), track.shop.warehouse), each=12
    )


async def accept_or_reject(track: Track) -> Start:
    order, work_id = await asked(track)
    return order, mixed(
        Contender(AcceptFulfillmentRequest(fulfillment_order_id=work_id), track.shop.warehouse),
        Contender(RejectFulfillmentRequest(fulfillment_order_id=work_id), track.shop.warehouse),
    )


async def accept_or_withdraw(track: Track) -> Start:
    order, work_id = await asked(track)
    return order, mixed(
        Contender(AcceptFulfillmentRequest(fulfillment_order_id=work_id), track.shop.warehouse),
        Contender(WithdrawFulfillmentRequest(fulfillment_order_id=work_id)),
    )


async def accept_or_cancel(track: Track) -> Start:
    order, work_id = await asked(track)
    return order, mixed(
        Contender(AcceptFulfillmentRequest(fulfillment_order_id=work_id), track.shop.warehouse),
        Contender(CancelFulfillmentOrder(fulfillment_order_id=work_id)),
    )


async def accept_or_cancel_order(track: Track) -> Start:
    order, work_id = await asked(track)
    return order, mixed(
        Contender(AcceptFulfillmentRequest(fulfillment_order_id=work_id), track.shop.warehouse),
        Contender(CancelOrder(order_id=order.id)),
    )


async def stop_or_go_on(track: Track) -> Start:
    order, work_id = await being_stopped(track)
    return order, mixed(
        Contender(AcceptCancellationRequest(fulfillment_order_id=work_id), track.shop.warehouse),
        Contender(RejectCancellationRequest(fulfillment_order_id=work_id), track.shop.warehouse),
    )


async def stop_or_ship(track: Track) -> Start:
    order, work_id = await being_stopped(track)
    return order, mixed(
        Contender(AcceptCancellationRequest(fulfillment_order_id=work_id), track.shop.warehouse),
        Contender(ship(work_id), track.shop.warehouse),
    )


async def stop_or_ship_one(track: Track) -> Start:
    order, work_id = await being_stopped(track)
    unit = LineQuantity(id=order.fulfillment_orders[0].lines[0].id, quantity=1)
    return order, mixed(
        Contender(AcceptCancellationRequest(fulfillment_order_id=work_id), track.shop.warehouse),
        Contender(ship(work_id, unit), track.shop.warehouse),
    )


async def ship_over_the_rest(track: Track) -> Start:
    order, work_id = await taken_on(track)
    some = LineQuantity(id=order.fulfillment_orders[0].lines[0].id, quantity=2)
    return order, [Contender(ship(work_id, some, number=f"N{n}"), track.shop.warehouse) for n in range(12)]


async def ship_the_same_parcel(track: Track) -> Start:
    order, work_id = await taken_on(track)
    some = LineQuantity(id=order.fulfillment_orders[0].lines[0].id, quantity=1)
    return order, mixed(Contender(ship(work_id, some, number="SAME"), track.shop.warehouse), each=12)


async def move_or_ship(track: Track) -> Start:
    order = await track.order(track.shop.merchant_location)
    work_id = order.fulfillment_orders[0].id
    return order, mixed(
        Contender(MoveFulfillmentOrder(fulfillment_order_id=work_id, location_id=track.annex)), Contender(ship(work_id))
    )


async def split_or_ship(track: Track) -> Start:
    order = await track.order(track.shop.merchant_location)
    (work,) = order.fulfillment_orders
    some = LineQuantity(id=work.lines[0].id, quantity=4)
    split = SplitFulfillmentOrders(groups=(FulfillmentGroup(fulfillment_order_id=work.id, lines=(some,)),))
    return order, mixed(Contender(split), Contender(ship(work.id)))


async def hold_or_ship(track: Track) -> Start:
    order = await track.order(track.shop.merchant_location)
    work_id = order.fulfillment_orders[0].id
    hold = HoldFulfillmentOrder(fulfillment_order_id=work_id, reason=HoldReason.OTHER)
    return order, mixed(Contender(hold), Contender(ship(work_id)))


async def merge_or_ship(track: Track) -> Start:
    order = await track.order(track.shop.merchant_location)
    (work,) = order.fulfillment_orders
    some = LineQuantity(id=work.lines[0].id, quantity=2)
    await track.shop.dispatch(
        SplitFulfillmentOrders(groups=(FulfillmentGroup(fulfillment_order_id=work.id, lines=(some,)),))
    )
    order = await track.shop.read(order.id)
    both = tuple(FulfillmentGroup(fulfillment_order_id=each.id) for each in order.fulfillment_orders)
    return order, mixed(Contender(MergeFulfillmentOrders(groups=both)), Contender(ship(order.fulfillment_orders[1].id)))


async def edit_or_ship(track: Track) -> Start:
    order = await track.order(track.shop.merchant_location)
    nothing = (LineQuantity(id=order.lines[0].id, quantity=0),)
    return order, mixed(
        Contender(EditOrder(order_id=order.id, quantities=nothing)), Contender(ship(order.fulfillment_orders[0].id))
    )


async def cancel_the_same_parcel(track: Track) -> Start:
    order = await track.order(track.shop.merchant_location)
    parcel = await track.shop.dispatch(ship(order.fulfillment_orders[0].id))
    assert isinstance(parcel, FulfillmentCreated)
    return order, mixed(Contender(CancelFulfillment(fulfillment_id=parcel.fulfillment.id)), each=12)


async def one_key_for_two(track: Track) -> Start:
    order = await track.order(track.shop.merchant_location)
    one, other = (UpdateOrder(order_id=order.id, note=note) for note in ("one", "other"))
    key = f"key of {order.id}"
    return order, mixed(Contender(one, key=key), Contender(other, key=key))


def key_used_once(end: Finish) -> bool:
    """Carried out once; who said the same was answered the same, who said something else was refused."""
    first = [not isinstance(answer, Exception | Rendered) for answer in end.answers]
    again = [isinstance(answer, Rendered) and answer.replayed for answer in end.answers]
    refused = [isinstance(answer, KeyReused) for answer in end.answers]
    same = {end.contenders[number].command for number, good in enumerate(first) if good}
    return (
        (sum(first), sum(again), sum(refused)) == (1, 3, 4)
        and {end.contenders[number].command for number, good in enumerate(again) if good} == same
        and end.after.version == end.before.version + 1
    )


def one_of(**states: str) -> Callable[[Finish], bool]:
    """Say that exactly one command was carried out, and that the work stands as the kind of it says."""

    def right(end: Finish) -> bool:
        return len(end.winners) == 1 and end.states == states[type(end.winners[0]).__name__].split()

    return right


def no_unit_went_wrong(end: Finish) -> bool:
    removed = sum(line.removed for line in end.after.lines)
    return end.shipped + end.left + removed == UNITS


def shipped_before_it_stopped(end: Finish) -> bool:
    kinds = [logged.event.kind for logged in end.log]
    stopped = kinds.index(EventKind.CANCELLATION_REQUEST_ACCEPTED)
    parcels = [number for number, kind in enumerate(kinds) if kind is EventKind.FULFILLMENT_CREATED]
    return (
        end.won(AcceptCancellationRequest) == 1
        and end.won(CreateFulfillment) == len(parcels) == end.shipped
        and all(number < stopped for number in parcels)
    )


def shipped_once(end: Finish) -> bool:
    """The other command may come first, and one parcel then has what it left, where it left it."""
    (parcel,) = end.after.fulfillments
    work = end.after.fulfillment_order(parcel.lines[0].fulfillment_order_id)
    other = len(end.winners) - 1
    return (
        end.won(CreateFulfillment) == 1
        and other <= 1
        and work.status is Status.CLOSED
        and work.location_id == parcel.location_id
        and (other == 1 or end.shipped == UNITS)
    )


RACES: dict[str, Race] = {
    "request / request": Race(request_twice, one_of(SubmitFulfillmentRequest="open/submitted")),
    "accept / accept": Race(accept_twice, one_of(AcceptFulfillmentRequest="in_progress/accepted")),
    "accept / reject": Race(
        accept_or_reject,
        one_of(AcceptFulfillmentRequest="in_progress/accepted", RejectFulfillmentRequest="open/rejected"),
    ),
    "accept / withdraw": Race(
        accept_or_withdraw,
        one_of(AcceptFulfillmentRequest="in_progress/accepted", WithdrawFulfillmentRequest="open/unsubmitted"),
    ),
    "accept / cancel by the merchant": Race(
        accept_or_cancel,
        one_of(
            AcceptFulfillmentRequest="in_progress/accepted", CancelFulfillmentOrder="closed/submitted open/unsubmitted"
        ),
    ),
    "accept / cancel the order": Race(
        accept_or_cancel_order,
        one_of(AcceptFulfillmentRequest="in_progress/accepted", CancelOrder="closed/submitted"),
    ),
    "cancellation: accept / reject": Race(
        stop_or_go_on,
        one_of(
            AcceptCancellationRequest="cancelled/cancellation_accepted",
            RejectCancellationRequest="in_progress/cancellation_rejected",
        ),
    ),
    "cancellation: accept / fulfil": Race(
        stop_or_ship,
        one_of(
            AcceptCancellationRequest="cancelled/cancellation_accepted",
            CreateFulfillment="closed/cancellation_requested",
        ),
    ),
    "cancellation: accept / fulfil a unit": Race(stop_or_ship_one, shipped_before_it_stopped),
    "twelve parcels of two over six units": Race(
        ship_over_the_rest, lambda end: end.won(CreateFulfillment) == 3 and end.states == ["closed/accepted"]
    ),
    "the same parcel twelve times": Race(
        ship_the_same_parcel, lambda end: end.won(CreateFulfillment) == 1 and end.shipped == 1
    ),
    "move / fulfil": Race(move_or_ship, shipped_once),
    "split / fulfil": Race(split_or_ship, shipped_once),
    "hold / fulfil": Race(
        hold_or_ship,
        one_of(HoldFulfillmentOrder="on_hold/unsubmitted", CreateFulfillment="closed/unsubmitted"),
    ),
    "merge / fulfil": Race(
        merge_or_ship,
        one_of(
            MergeFulfillmentOrders="open/unsubmitted closed/unsubmitted",
            CreateFulfillment="open/unsubmitted closed/unsubmitted",
        ),
    ),
    "edit / fulfil": Race(
        edit_or_ship,
        lambda end: (
            (end.won(CreateFulfillment) == 1 and end.won(EditOrder) == 0 and end.shipped == UNITS)
            or (end.won(CreateFulfillment) == 0 and end.shipped == 0 and end.left == 0)
        ),
    ),
    "cancel the same parcel": Race(
        cancel_the_same_parcel,
        lambda end: (
            len(end.winners) == len(end.contenders)
            and end.told(EventKind.FULFILLMENT_CANCELLED) == 1
            and end.states == ["closed/unsubmitted", "open/unsubmitted"]
            and end.left == UNITS
        ),
    ),
    "one key, two requests": Race(one_key_for_two, key_used_once),
}


@pytest_asyncio.fixture
async def track(store_database: str) -> AsyncIterator[Track]:
    async with scene(store_database) as shop, AsyncExitStack() as stack:
        pools = [await open_pool(store_database, size=4, name=f"racer {number}") for number in range(DISPATCHERS)]
        for pool in pools:
            stack.push_async_callback(pool.close)
        annex = await create_location(shop.pool, NOW, shop.shop_id, name="Annex")
        (tee,) = (await shop.product("TEE")).variants
        for place in (shop.merchant_location, shop.service.location_id, annex):
            await shop.stock(tee, place, PLENTY)
        yield Track(shop, [new_dispatcher(pool) for pool in pools], annex, tee)
        assert await shop.offences() == []
        async with shop.pool.acquire() as connection:
            assert await all_departures(connection) == []


async def finished(track: Track, race: Race) -> Finish:
    order, contenders = await race.start(track)
    before = await track.shop.read(order.id)
    answers = await track.run(contenders)
    async with track.shop.pool.acquire() as connection:
        log = (await load_logs(connection, track.shop.shop_id, [order.id]))[order.id]
    return Finish(contenders, answers, before, await track.shop.read(order.id), log)


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("name", RACES)
async def test_no_round_of_a_race_ends_wrong(
    track: Track, name: str, rounds: int, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong: list[Finish] = []
    wins: Counter[str] = Counter()
    for _ in range(rounds):
        end = await finished(track, RACES[name])
        only_rules = all(isinstance(answer, Refusal) for answer in end.answers if isinstance(answer, Exception))
        if not (only_rules and no_unit_went_wrong(end) and RACES[name].right(end)):
            wrong.append(end)
        wins.update(type(command).__name__ for command in end.winners)
    with capsys.disabled():
        print(f"\n{name}: {rounds} rounds, {len(wrong)} wrong, won: {dict(wins)}")
    assert wrong == []


@pytest.mark.parametrize("rounds", [3, pytest.param(40, marks=pytest.mark.long)])
async def test_sixty_four_buyers_of_the_last_ten_units_buy_ten(
    track: Track, rounds: int, capsys: pytest.CaptureFixture[str]
) -> None:
    sold_wrong = 0
    for number in range(rounds):
        (last,) = (await track.shop.product(f"LAST {number}")).variants
        await track.shop.stock(last, track.shop.service.location_id, 6)
        await track.shop.stock(last, track.shop.merchant_location, 4)
        answers = await track.run([Contender(new_order((last, 1)))] * 64)
        refused = sum(isinstance(answer, StockNotAvailable) for answer in answers)
        there = [
            await track.shop.available(last, place)
            for place in (track.shop.service.location_id, track.shop.merchant_location)
        ]
        sold_wrong += refused != 54 or there != [(0, 6, 6), (0, 4, 4)]
    with capsys.disabled():
        print(f"\n64 buyers, 10 units: {rounds} rounds, {sold_wrong} wrong")
    assert sold_wrong == 0


@pytest.mark.parametrize("rounds", ROUNDS)
async def test_work_that_crosses_on_its_way_is_moved(
    track: Track, rounds: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Orders move between the same shelves in opposite directions, each locking levels that the other wants."""
    (mug,) = (await track.shop.product("MUG")).variants
    here, there = track.shop.merchant_location, track.annex
    for place in (here, there):
        await track.shop.stock(mug, place, PLENTY)
    stuck = 0
    for number in range(rounds):
        contenders = []
        for direction in range(4):
            lines = ((mug, 1), (track.tee, 1)) if direction % 2 else ((track.tee, 1), (mug, 1))
            (work,) = (await track.shop.order(*lines)).fulfillment_orders
            away = here if work.location_id == there else there
            if (direction + number) % 2:
                await track.shop.dispatch(MoveFulfillmentOrder(fulfillment_order_id=work.id, location_id=away))
                away = work.location_id
            contenders.append(Contender(MoveFulfillmentOrder(fulfillment_order_id=work.id, location_id=away)))
        stuck += sum(isinstance(answer, Exception) for answer in await track.run(contenders))
    with capsys.disabled():
        print(f"\nmoves that cross: {rounds} rounds, {stuck} stuck")
    assert stuck == 0
