"""Two sides, a network and a few orders: one run from a seed until it is quiet, and what must be so in the end.

Everything that decides is the real code: the store's edge, batch and domain; the dialect's rows; the warehouse's
handlers; the exchange's verdicts and profiles. Tables, processes, time and network are this world's.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from random import Random

from crossdock.domain.orders import FulfillmentOrder, FulfillmentStatus, Order
from crossdock.domain.refusals import Refusal
from crossdock.domain.states import Status
from crossdock.service.database.assignments import HOLDING, Stage, Telling
from crossdock.service.handlers.drafting import units_left
from crossdock.service.handlers.reconciling import TRY_AGAIN, Asked, asked
from crossdock.service.jobs.pull_assigned_work import POLL_SECONDS
from tests.integration.virtual.network import Node, Process, Sleep, Time, Weather
from tests.integration.virtual.service_side import LookJob, VirtualWarehouse
from tests.integration.virtual.store_side import PLACE, SHOP, STOCKED, VirtualStore
from tests.integration.virtual.stories import DETERMINED, OPEN, Desk, Story

ORDERS = 4
# A storm ends with the stories, or when it has lasted so long. What failed often is tried again hours later, so a
# story that has not ended by the latest never will.
LONGEST_STORM = 3600.0
LONGEST = 4 * 24 * 3600.0
LOOK = 60.0
QUIET = 2 * POLL_SECONDS + LOOK

# What a store may ask of us about work in a stage where we rest.
AGREEMENT = {
    Stage.ACCEPTED: Asked.TO_GO_ON,
    Stage.REJECTED: Asked.NOTHING,
    Stage.CANCELLED: Asked.NOTHING,
    Stage.CLOSED: Asked.NOTHING,
    Stage.SHIPPED: Asked.NOTHING,
}


class Flaw(Enum):
    """Faults to plant, to see that this world can fail."""

    STORE_FORGETS_KEYS = auto()
    NO_POLL = auto()
    NO_DOUBT = auto()
    NO_ORDER = auto()
    SILENCE_IS_CONSENT = auto()
    LEDGER_DIES_WITH_WORKERS = auto()


@dataclass(frozen=True, kw_only=True)
class OrderEnd:
    """How an order ended, in words that do not depend on the order of ids."""

    statuses: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, int, int], ...]
    requests: tuple[tuple[str, str | None], ...]
    parcels: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
    stages: tuple[str | None, ...]
    shelf: tuple[tuple[int, int], ...]
    stock: tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True)
class End:
    """How a run ended. `offences` should be none; `orders` has the determined ones."""

    offences: tuple[str, ...]
    orders: dict[str, OrderEnd]
    misfortunes: int
    attempts: int
    hours: float


@dataclass(kw_only=True)
class World:
    """One run. Its script comes from the seed; so does its weather, where there is one."""

    seed: int
    stormy: bool
    flaws: frozenset[Flaw] = frozenset()
    time: Time = field(default_factory=Time)
    running: int = 0
    refused: list[str] = field(default_factory=list)
    is_over: bool = False

    def __post_init__(self) -> None:
        self.weather = weather(self.seed) if self.stormy else Weather(chance=Random(self.seed))
        self.store = VirtualStore(
            time=self.time, weather=self.weather, takes_keys=Flaw.STORE_FORGETS_KEYS not in self.flaws
        )
        self.house = VirtualWarehouse(
            time=self.time,
            weather=self.weather,
            to=self.store.web,
            polls=Flaw.NO_POLL not in self.flaws,
            doubts=Flaw.NO_DOUBT not in self.flaws,
        )
        self.store.connect(self.house.web)
        self.house.courier.in_order = Flaw.NO_ORDER not in self.flaws
        self.house.courier.hears_silence = Flaw.SILENCE_IS_CONSENT not in self.flaws
        if Flaw.LEDGER_DIES_WITH_WORKERS in self.flaws:
            self.house.worker.boot = self.boot_without_ledger

    def boot_without_ledger(self) -> None:
        self.house.tables.outbox.waiting.clear()
        self.house.boot()

    def run(self) -> End:
        script = Random(self.seed)
        people = Node(time=self.time, weather=Weather(chance=script))
        self.desks: list[tuple[Story, Desk]] = []
        for number in range(ORDERS):
            story = script.choice(DETERMINED if number < ORDERS - 1 else OPEN)
            desk = Desk(store=self.store, house=self.house, name=f"#{number}", chance=Random(script.random()))
            self.desks.append((story, desk))
            people.start(self.told(story, desk, script.uniform(0, 300)))
        self.house.worker.boot()
        people.start(self.watched())
        self.time.run(lambda: not self.is_over)
        return self.end()

    def told(self, story: Story, desk: Desk, after: float) -> Process:
        self.running += 1
        yield Sleep(seconds=after)
        try:
            yield from story(desk)
        except Refusal as refusal:
            self.refused.append(f"{desk.name} {story.__name__}: {refusal}")
        self.running -= 1

    def watched(self) -> Process:
        """Clear the sky when the stories are over, and end when nothing has changed for some polls."""
        while self.running and self.time.seconds < LONGEST_STORM:
            yield Sleep(seconds=LOOK)
        self.weather.clear()
        seen, since = self.state(), self.time.seconds
        while self.time.seconds - since < self.patience() and self.time.seconds < LONGEST:
            yield Sleep(seconds=LOOK)
            if (now := self.state()) != seen or self.is_busy():
                seen, since = now, self.time.seconds
        self.is_over = True

    def patience(self) -> float:
        """Some refused answers are given again only after a while."""
        known = self.house.tables.assignments.values()
        if any(each.answer_state in {Telling.REFUSED, Telling.FAILED} for each in known):
            return TRY_AGAIN.total_seconds() + QUIET
        return QUIET

    def state(self) -> object:
        orders = tuple(order.version for order in self.store.facts.orders.values())
        assignments = tuple(each.version for each in self.house.tables.assignments.values())
        return orders, assignments

    def is_busy(self) -> bool:
        """Say whether something is left to do. Pulls come for ever; what they change is seen by `state`."""
        tables = self.house.tables
        looks = any(isinstance(job, LookJob) for job in (*tables.queued.values(), *tables.running.values()))
        return bool(self.running or self.store.outbox.waiting or tables.outbox.waiting or looks)

    # -- the end

    def end(self) -> End:
        nodes = (self.store.web, self.store.worker, self.house.web, self.house.worker)
        return End(
            offences=tuple(self.offences()),
            orders={desk.name: self.end_of(desk) for story, desk in self.desks if story in DETERMINED},
            misfortunes=sum(node.deaths for node in nodes),
            attempts=self.store.outbox.attempts + self.house.tables.outbox.attempts,
            hours=self.time.seconds / 3600,
        )

    def end_of(self, desk: Desk) -> OrderEnd:
        order = desk.order
        skus = {line.id: line.sku or "" for line in order.lines}
        shelf = [self.house.tables.shelf[sku] for sku in desk.skus]
        levels = [self.store.facts.levels[SHOP, line.inventory_item_id or 0, PLACE] for line in order.lines]
        works = order.fulfillment_orders
        return OrderEnd(
            statuses=tuple((each.status.value, each.request_status.value) for each in works),
            lines=tuple(
                (skus[line.order_line_id], line.quantity, line.remaining) for each in works for line in each.lines
            ),
            requests=tuple(
                (request.kind.value, request.answer.value if request.answer else None)
                for each in works
                for request in each.requests
            ),
            parcels=tuple(sorted(parcels_of(order))),
            stages=tuple(self.house.stage(each.id) for each in works),
            shelf=tuple((stock.on_hand, stock.allocated) for stock in shelf),
            stock=tuple((level.available, level.committed) for level in levels),
        )

    def offences(self) -> Iterator[str]:
        """Say all that is wrong, whatever the story."""
        yield from self.refused
        if self.running:
            yield f"{self.running} stories have not ended"
        if self.is_busy():
            yield "there is still something to say or to do"
        for story, desk in self.desks:
            if desk.order_id:
                for offence in (*self.order_offences(desk.order), *self.parcel_offences(desk.order)):
                    yield f"{desk.name} {story.__name__}: {offence}"
        yield from self.shelf_offences()

    def order_offences(self, order: Order) -> Iterator[str]:
        fulfilled, remaining = order.fulfilled_quantities(), order.remaining_quantities()
        for line in order.lines:
            if fulfilled[line.id] + remaining[line.id] != line.quantity:
                yield f"{line.sku}: {fulfilled[line.id]} shipped, {remaining[line.id]} left of {line.quantity}"
            level = self.store.facts.levels[SHOP, line.inventory_item_id or 0, PLACE]
            if level.committed != remaining[line.id] or level.on_hand != STOCKED - fulfilled[line.id]:
                yield f"{line.sku}: the ledger has {level}"
        for each in order.fulfillment_orders:
            yield from self.work_offences(each)

    def work_offences(self, work: FulfillmentOrder) -> Iterator[str]:
        state = f"{work.status.value}/{work.request_status.value}"
        known = self.house.tables.assignments.get(work.id)
        wanted = asked(work.status, work.request_status)
        if known is None:
            if wanted is not Asked.NOTHING:
                yield f"{state} is not known to the warehouse"
            return
        if AGREEMENT.get(known.status) is not wanted:
            yield f"{state} at the store, {known.status} at the warehouse"
        if known.status is Stage.ACCEPTED and known.left != work.remaining:
            yield f"{work.remaining} left at the store, {known.left} at the warehouse"
        if work.status is not Status.CLOSED and (request := work.open_request()):
            yield f"{request.kind} was never answered"

    def parcel_offences(self, order: Order) -> Iterator[str]:
        """Each parcel stands once in the store's books, with its units."""
        works = {each.id for each in order.fulfillment_orders}
        told = Counter(number for number, _ in parcels_of(order))
        units = dict(parcels_of(order))
        for parcel in self.house.tables.parcels.values():
            if parcel.fulfillment_order_id not in works:
                continue
            if parcel.cancelled_at is not None:
                # A later parcel may have its number, and is looked at for itself.
                continue
            number = ",".join(parcel.tracking_numbers)
            if parcel.told is Telling.TOLD and told[number] != 1:
                yield f"parcel {number} is told, and {told[number]} times in the store's books"
            if parcel.told is not Telling.TOLD and told[number]:
                yield f"parcel {number} is in the store's books, and {parcel.told} here"
            shipped = tuple(sorted((line.sku, line.quantity) for line in parcel.lines))
            if told[number] and units[number] != shipped:
                yield f"parcel {number} has {shipped}, the store has {units[number]}"
            if parcel.told is Telling.REFUSED and order.name not in self.open_names():
                yield f"parcel {number} was refused: {parcel.trouble}"
        counting = {
            ",".join(each.tracking_numbers)
            for each in self.house.tables.parcels.values()
            if each.fulfillment_order_id in works and each.cancelled_at is None
        }
        if extra := [number for number in told if number not in counting and not number.endswith("/own")]:
            yield f"parcels {extra} are in the store's books, and none of ours"

    def open_names(self) -> set[str]:
        return {desk.name for story, desk in self.desks if story in OPEN}

    def shelf_offences(self) -> Iterator[str]:
        held: Counter[str] = Counter()
        for known in self.house.tables.assignments.values():
            if known.status in HOLDING:
                held += units_left(known)
        for sku, stock in self.house.tables.shelf.items():
            if stock.allocated != held[sku]:
                yield f"{sku}: {stock.allocated} promised, {held[sku]} for work"


def parcels_of(order: Order) -> Iterator[tuple[str, tuple[tuple[str, int], ...]]]:
    """Return the parcels that count: tracking number and units by SKU."""
    skus = {line.id: line.sku or "" for line in order.lines}
    for each in order.fulfillments:
        if each.status is FulfillmentStatus.SUCCESS:
            numbers = ",".join(tracking.number or "" for tracking in each.tracking)
            yield numbers, tuple(sorted((skus[line.order_line_id], line.quantity) for line in each.lines))


def weather(seed: int) -> Weather:
    """Return the weather of a seed: of each misfortune none, some or much."""
    chance = Random(f"weather {seed}")
    return Weather(
        chance=chance,
        loses_requests=chance.choice((0.0, 0.05, 0.25)),
        loses_answers=chance.choice((0.0, 0.05, 0.25)),
        repeats=chance.choice((0.0, 0.1, 0.4)),
        delays=chance.choice((0.0, 0.05, 0.25)),
        kills=chance.choice((0.0, 0.01, 0.05)),
    )
