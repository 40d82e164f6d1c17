"""The engine beside the naive model of `oracle.py`: after each command both must say the same."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import count
from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from crossdock.domain.access import MERCHANT, Caller
from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    CancelFulfillment,
    CancelFulfillmentOrder,
    CancelOrder,
    CloseFulfillmentOrder,
    CloseOrder,
    CreateFulfillment,
    CreateOrder,
    EditOrder,
    ExistingOrderCommand,
    FulfillmentGroup,
    HoldFulfillmentOrder,
    LineQuantity,
    MarkAsOpen,
    MergeFulfillmentOrders,
    MoveFulfillmentOrder,
    NewOrderLine,
    RejectCancellationRequest,
    RejectFulfillmentRequest,
    ReleaseHolds,
    ReopenOrder,
    ReportProgress,
    RescheduleFulfillmentOrder,
    SetFulfillmentDeadline,
    SplitFulfillmentOrders,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
    WithdrawCancellationRequest,
    WithdrawFulfillmentRequest,
)
from crossdock.domain.decisions import Circumstances
from crossdock.domain.history import record
from crossdock.domain.ordering import create_order
from crossdock.domain.orders import (
    FinancialStatus,
    FulfillmentOrder,
    FulfillmentStatus,
    HoldReason,
    Order,
    StockClaim,
    Tracking,
)
from crossdock.domain.refusals import Refusal
from crossdock.domain.stock import InventoryLevel
from crossdock.store.handlers.orders import DECISIONS
from tests.domain.oracle import MERCHANT as A_MERCHANT
from tests.domain.oracle import SERVICE as A_SERVICE
from tests.domain.oracle import STRANGER, Named, Refused, Shop, Unit, Work
from tests.domain.scene import (
    ANNEX,
    ANOTHER_SERVICE,
    AT,
    LATER,
    LOCATIONS,
    SERVICE_PLACE,
    THE_SERVICE,
    WAREHOUSE,
    facts,
    level,
    variant,
)

CALLERS: dict[str, Caller] = {A_MERCHANT: MERCHANT, A_SERVICE: THE_SERVICE, STRANGER: ANOTHER_SERVICE}
NO_SUCH_ID = 4_000_000
SOON = LATER + timedelta(days=1)
STOCK = 1000
VARIANTS = (1, 2, 3)

# What is done to one fulfillment order without naming any units, and by whom it is meant to be done.
PLAIN: dict[str, tuple[str, Callable[[int], ExistingOrderCommand]]] = {
    "request": (A_MERCHANT, lambda id: SubmitFulfillmentRequest(fulfillment_order_id=id)),
    "accept": (A_SERVICE, lambda id: AcceptFulfillmentRequest(fulfillment_order_id=id)),
    "reject": (A_SERVICE, lambda id: RejectFulfillmentRequest(fulfillment_order_id=id)),
    "withdraw": (A_MERCHANT, lambda id: WithdrawFulfillmentRequest(fulfillment_order_id=id)),
    "ask_to_stop": (A_MERCHANT, lambda id: SubmitCancellationRequest(fulfillment_order_id=id)),
    "stop": (A_SERVICE, lambda id: AcceptCancellationRequest(fulfillment_order_id=id)),
    "go_on": (A_SERVICE, lambda id: RejectCancellationRequest(fulfillment_order_id=id)),
    "never_mind": (A_MERCHANT, lambda id: WithdrawCancellationRequest(fulfillment_order_id=id)),
    "give_up": (A_SERVICE, lambda id: CloseFulfillmentOrder(fulfillment_order_id=id)),
    "force": (A_MERCHANT, lambda id: CancelFulfillmentOrder(fulfillment_order_id=id)),
    "replace": (A_SERVICE, lambda id: CancelFulfillmentOrder(fulfillment_order_id=id, by_whoever_has_it=True)),
    "release": (A_MERCHANT, lambda id: ReleaseHolds(fulfillment_order_id=id)),
    "begin": (A_MERCHANT, lambda id: ReportProgress(fulfillment_order_id=id)),
    "open": (A_MERCHANT, lambda id: MarkAsOpen(fulfillment_order_id=id)),
    "later": (A_MERCHANT, lambda id: RescheduleFulfillmentOrder(fulfillment_order_id=id, fulfill_at=SOON)),
    "deadline": (A_MERCHANT, lambda id: SetFulfillmentDeadline(fulfillment_order_ids=(id,), deadline=SOON)),
}

indexes = st.integers(0, 7)  # taken modulo what is there
people = st.sampled_from([A_MERCHANT, A_MERCHANT, A_SERVICE, STRANGER])
names = st.sampled_from(sorted(PLAIN))
handles = st.sampled_from(["", "a", "b"])
places = st.sampled_from([*LOCATIONS, 99])
numbers = st.sampled_from([None, "T1", "T2"])
quantities = st.one_of(st.integers(1, 3), st.sampled_from([-1, 0, 9]))
some = st.lists(st.tuples(indexes, quantities), max_size=2)
orders = st.lists(st.tuples(st.sampled_from(VARIANTS), st.integers(1, 4)), min_size=1, max_size=3)

compared: Counter[str] = Counter()


class Beside(RuleBasedStateMachine):
    """The engine's order and the model's, with fulfillment orders and parcels in the order in which they were made."""

    order: Order
    shop: Shop
    levels: dict[tuple[int, int], InventoryLevel]

    @initialize(
        lines=orders,
        homes=st.tuples(*(st.sampled_from([WAREHOUSE, SERVICE_PLACE]) for _ in VARIANTS)),
        annex=st.sets(st.sampled_from(VARIANTS)),
        claims=st.booleans(),
        paid=st.booleans(),
        scheduled=st.sampled_from([False, False, False, True]),
    )
    def comes_in(
        self,
        lines: list[tuple[int, int]],
        homes: tuple[int, ...],
        annex: set[int],
        claims: bool,
        paid: bool,
        scheduled: bool,
    ) -> None:
        """Each item lies at one place when the order comes; later others stock it too, and some of them the annex."""
        self.ids = count(1)
        home = dict(zip(VARIANTS, homes, strict=True))
        command = CreateOrder(
            lines=tuple(NewOrderLine(variant_id=number, quantity=units) for number, units in lines),
            stock_claim=StockClaim.OBEYING_POLICY if claims else StockClaim.BYPASS,
            financial_status=FinancialStatus.PAID if paid else FinancialStatus.PENDING,
            fulfill_at=SOON if scheduled else None,
        )
        at_home = [level(number + 100, home[number], STOCK) for number in VARIANTS]
        stocked = {(number, place) for number in VARIANTS for place in (WAREHOUSE, SERVICE_PLACE)}
        stocked |= {(number, ANNEX) for number in annex}
        self.levels = {(number + 100, place): level(number + 100, place, STOCK) for number, place in stocked}
        decision = create_order(
            command,
            facts(*at_home, variants=[variant(number) for number in VARIANTS]),
            Circumstances(at=AT, ids=self.ids, locations=LOCATIONS),
        )
        for move in decision.stock_moves:
            key = move.inventory_item_id, move.location_id
            self.levels[key] = self.levels[key].after(move)
        self.order, _ = record(None, decision.order, decision.events, AT)
        self.shop = Shop(
            works=[],
            available={(number + 100, place): STOCK for number, place in stocked},
            service_places=frozenset({SERVICE_PLACE}),
            priority=tuple(LOCATIONS),
            claims=claims,
            paid=paid,
        )
        for place in (each.location_id for each in self.order.fulfillment_orders):
            units = [
                Unit(line=number, item=sku + 100)
                for number, (sku, quantity) in enumerate(lines)
                if home[sku] == place
                for _ in range(quantity)
            ]
            status = "scheduled" if scheduled else "open"
            self.shop.works.append(Work(place=place, at_service=place == SERVICE_PLACE, units=units, status=status))
            for unit in units if claims else ():
                self.shop.available[unit.item, place] -= 1

    def both(self, name: str, who: str, model: Callable[[], None], command: ExistingOrderCommand) -> bool:
        """Have the model and the engine do the same, and say whether it was allowed: both must think so."""
        try:
            model()
            allowed = True
        except Refused:
            allowed = False
        given = Circumstances(
            at=LATER,
            ids=self.ids,
            locations=LOCATIONS,
            caller=CALLERS[who],
            levels=dict(self.levels),
            priority=tuple(LOCATIONS),
            variants={number: variant(number) for number in VARIANTS},
        )
        try:
            decision = DECISIONS[type(command)](self.order, command, given)
        except Refusal as refusal:
            assert not allowed, f"the engine refuses {name} by {who}: {refusal!r}"
        else:
            assert allowed, f"the engine allows {name} by {who}: {command}"
            for move in decision.stock_moves:
                key = move.inventory_item_id, move.location_id
                self.levels[key] = self.levels[key].after(move)
            self.order, _ = record(self.order, decision.order, decision.events, LATER)
        compared[name if allowed else "(refused)"] += 1
        self.compare()
        return allowed

    def pair(self, index: int) -> tuple[Work, FulfillmentOrder]:
        index %= len(self.shop.works)
        return self.shop.works[index], self.order.fulfillment_orders[index]

    def named(self, one: FulfillmentOrder, wanted: Sequence[tuple[int, int]]) -> tuple[Named, tuple[LineQuantity, ...]]:
        """Name units for the model by the number of their order line, and for the engine by the id of its line."""
        position = {line.id: number for number, line in enumerate(self.order.lines)}
        lines = {position[line.order_line_id]: line.id for line in one.lines}
        chosen = [(index % (len(self.order.lines) + 1), quantity) for index, quantity in wanted]
        return chosen, tuple(
            LineQuantity(id=lines.get(number, NO_SUCH_ID), quantity=quantity) for number, quantity in chosen
        )

    def plain(self, name: str, who: str, index: int) -> bool:
        work, one = self.pair(index)
        _, make = PLAIN[name]
        return self.both(name, who, lambda: getattr(self.shop, name)(who, work), make(one.id))

    @rule(name=names, who=people, index=indexes)
    def anyone_tries(self, name: str, who: str, index: int) -> None:
        self.plain(name, who, index)

    @rule(start=st.integers(0, len(PLAIN) - 1), index=indexes)
    def someone_goes_on(self, start: int, index: int) -> None:
        """The next step, from some point of the list on, that is theirs to take and is allowed."""
        rotated = [*PLAIN][start:] + [*PLAIN][:start]
        live = [number for number, work in enumerate(self.shop.works) if work.live]
        for name in rotated:
            if live and name != "deadline" and self.plain(name, PLAIN[name][0], live[index % len(live)]):
                break

    @rule(who=people, index=indexes, some=some)
    def request_some(self, who: str, index: int, some: list[tuple[int, int]]) -> None:
        work, one = self.pair(index)
        named, lines = self.named(one, some)
        command = SubmitFulfillmentRequest(fulfillment_order_id=one.id, lines=lines)
        self.both("request", who, lambda: self.shop.request(who, work, named), command)

    @rule(who=people, parts=st.lists(st.tuples(indexes, some), max_size=3), number=numbers)
    def ship(self, who: str, parts: list[tuple[int, list[tuple[int, int]]]], number: str | None) -> None:
        self.in_groups(
            "ship",
            who,
            parts,
            lambda groups: CreateFulfillment(groups=groups, tracking=(Tracking(number=number),)),
            number,
        )

    @rule(
        who=st.sampled_from([A_MERCHANT, A_SERVICE]),
        index=indexes,
        some=st.lists(st.tuples(indexes, st.just(1)), max_size=1),
    )
    def ship_one(self, who: str, index: int, some: list[tuple[int, int]]) -> None:
        self.in_groups("ship", who, [(index, some)], lambda groups: CreateFulfillment(groups=groups), None)

    @rule(who=people, parts=st.lists(st.tuples(indexes, some), max_size=3))
    def split(self, who: str, parts: list[tuple[int, list[tuple[int, int]]]]) -> None:
        self.in_groups("split", who, parts, lambda groups: SplitFulfillmentOrders(groups=groups))

    @rule(index=indexes, line=indexes)
    def split_one_off(self, index: int, line: int) -> None:
        self.in_groups(
            "split", A_MERCHANT, [(index, [(line, 1)])], lambda groups: SplitFulfillmentOrders(groups=groups)
        )

    @rule(who=people, parts=st.lists(st.tuples(indexes, some), max_size=3))
    def merge(self, who: str, parts: list[tuple[int, list[tuple[int, int]]]]) -> None:
        self.in_groups("merge", who, parts, lambda groups: MergeFulfillmentOrders(groups=groups))

    @rule(index=indexes)
    def merge_all_of_a_kind(self, index: int) -> None:
        chosen, _ = self.pair(index)
        alike: list[tuple[int, list[tuple[int, int]]]] = [
            (number, [])
            for number, work in enumerate(self.shop.works)
            if (work.place, work.state) == (chosen.place, chosen.state)
        ]
        self.in_groups("merge", A_MERCHANT, alike, lambda groups: MergeFulfillmentOrders(groups=groups))

    def in_groups(
        self,
        name: str,
        who: str,
        parts: Sequence[tuple[int, list[tuple[int, int]]]],
        make: Callable[[tuple[FulfillmentGroup, ...]], ExistingOrderCommand],
        *more: object,
    ) -> None:
        model: list[tuple[Work, Named]] = []
        groups: list[FulfillmentGroup] = []
        for index, wanted in parts:
            work, one = self.pair(index)
            named, lines = self.named(one, wanted)
            model.append((work, named))
            groups.append(FulfillmentGroup(fulfillment_order_id=one.id, lines=lines))
        self.both(name, who, lambda: getattr(self.shop, name)(who, model, *more), make(tuple(groups)))

    @rule(who=people, index=indexes, handle=handles, some=some)
    def hold(self, who: str, index: int, handle: str, some: list[tuple[int, int]]) -> None:
        work, one = self.pair(index)
        named, lines = self.named(one, some)
        command = HoldFulfillmentOrder(fulfillment_order_id=one.id, reason=HoldReason.OTHER, handle=handle, lines=lines)
        self.both("hold", who, lambda: self.shop.hold(who, work, handle, named), command)

    @rule(who=people, index=indexes, which=st.integers(0, 3))
    def release_one(self, who: str, index: int, which: int) -> None:
        work, one = self.pair(index)
        hold_id = one.holds[which].id if which < len(one.holds) else NO_SUCH_ID
        command = ReleaseHolds(fulfillment_order_id=one.id, hold_ids=(hold_id,))
        self.both("release", who, lambda: self.shop.release(who, work, which), command)

    @rule(who=people, index=indexes, place=places, some=some)
    def move(self, who: str, index: int, place: int, some: list[tuple[int, int]]) -> None:
        work, one = self.pair(index)
        named, lines = self.named(one, some)
        command = MoveFulfillmentOrder(fulfillment_order_id=one.id, location_id=place, lines=lines)
        self.both("move", who, lambda: self.shop.move(who, work, place, named), command)

    @rule(index=indexes, place=st.sampled_from([*LOCATIONS]))
    def move_all(self, index: int, place: int) -> None:
        work, one = self.pair(index)
        command = MoveFulfillmentOrder(fulfillment_order_id=one.id, location_id=place)
        self.both("move", A_MERCHANT, lambda: self.shop.move(A_MERCHANT, work, place), command)

    @rule(index=indexes, place=st.sampled_from([*LOCATIONS]), some=st.lists(indexes, max_size=2))
    def move_whole_lines(self, index: int, place: int, some: list[int]) -> None:
        work, one = self.pair(index)
        named, lines = self.named(one, [(each, 1) for each in some])
        command = MoveFulfillmentOrder(
            fulfillment_order_id=one.id,
            location_id=place,
            whole_lines=tuple(each.id for each in lines),
            renumbered=True,
        )
        whole = [number for number, _ in named]
        self.both("move", A_MERCHANT, lambda: self.shop.move(A_MERCHANT, work, place, whole=whole, new=True), command)

    @precondition(lambda self: self.shop.parcels)
    @rule(who=st.sampled_from([A_MERCHANT, A_SERVICE]), index=indexes)
    def call_back(self, who: str, index: int) -> None:
        index %= len(self.shop.parcels)
        command = CancelFulfillment(fulfillment_id=self.order.fulfillments[index].id)
        self.both("call back", who, lambda: self.shop.call_back(who, self.shop.parcels[index]), command)

    @rule(wanted=st.lists(st.tuples(indexes, st.integers(-1, 4)), max_size=2), restock=st.booleans())
    def take_out(self, wanted: list[tuple[int, int]], restock: bool) -> None:
        chosen = [(index % len(self.order.lines), units) for index, units in wanted]
        chosen = [(line, min(units, self.shop.wanted(line))) for line, units in chosen]
        command = EditOrder(
            order_id=self.order.id,
            quantities=tuple(LineQuantity(id=self.order.lines[line].id, quantity=units) for line, units in chosen),
            restock=restock,
        )
        self.both("edit", A_MERCHANT, lambda: self.shop.fewer(chosen, restock=restock), command)

    @rule(index=indexes, units=st.integers(1, 2))
    def put_in(self, index: int, units: int) -> None:
        number = index % len(self.order.lines)
        line = self.order.lines[number]
        if line.inventory_item_id is None:
            return
        item, wanted = line.inventory_item_id, LineQuantity(id=line.id, quantity=self.shop.wanted(number) + units)
        command = EditOrder(order_id=self.order.id, quantities=(wanted,))
        self.both("edit", A_MERCHANT, lambda: self.shop.more(number, item, units), command)

    @rule(what=st.sampled_from(["close", "reopen"]))
    def put_away_or_reopen(self, what: str) -> None:
        if what == "close":
            self.both(what, A_MERCHANT, self.shop.put_away, CloseOrder(order_id=self.order.id))
        else:
            self.both(what, A_MERCHANT, self.shop.take_out_again, ReopenOrder(order_id=self.order.id))

    @precondition(lambda self: self.order.version > 8)
    @rule(restock=st.booleans())
    def give_order_up(self, restock: bool) -> None:
        command = CancelOrder(order_id=self.order.id, restock=restock)
        self.both("cancel order", A_MERCHANT, lambda: self.shop.give_order_up(restock=restock), command)

    def compare(self) -> None:
        self.both_see_the_same_work()
        self.both_see_the_same_parcels()
        self.both_see_the_same_order()
        self.both_see_the_same_shelves()

    def both_see_the_same_work(self) -> None:
        position = {line.id: number for number, line in enumerate(self.order.lines)}
        seen = [
            (
                each.location_id,
                f"{each.status}/{each.request_status}",
                {position[line.order_line_id]: (line.quantity, line.remaining) for line in each.lines if line.quantity},
                sorted(hold.handle for hold in each.holds),
                each.live and each.progress_reported,
            )
            for each in self.order.fulfillment_orders
        ]
        assert seen == [
            (work.place, work.state, work.quantities(), sorted(handle for _, handle in work.holds), work.begun)
            for work in self.shop.works
        ]

    def both_see_the_same_parcels(self) -> None:
        position = {line.id: number for number, line in enumerate(self.order.lines)}
        seen = []
        for each in self.order.fulfillments:
            units: Counter[int] = Counter()
            for line in each.lines:
                units[position[line.order_line_id]] += line.quantity
            seen.append((each.status is FulfillmentStatus.SUCCESS, units))
        assert seen == [
            (parcel.counts, Counter(unit.line for _, unit in parcel.contents)) for parcel in self.shop.parcels
        ]

    def both_see_the_same_order(self) -> None:
        everything, out = self.shop.to_ship(), self.shop.out()
        assert (self.order.closed_at is not None, self.order.cancelled_at is not None) == (
            self.shop.closed,
            self.shop.cancelled,
        )
        assert self.order.fulfilled == bool(out and not everything)
        assert self.order.partially_fulfilled == bool(out and everything)
        for number, line in enumerate(self.order.lines):
            assert line.removed == sum(unit.line == number for unit in self.shop.removed)

    def both_see_the_same_shelves(self) -> None:
        committed = self.shop.committed()
        seen = {key: (held.available, held.committed) for key, held in self.levels.items()}
        assert seen == {key: (units, committed[key]) for key, units in self.shop.available.items()}


def _units(draw: Random) -> list[tuple[int, int]]:
    return [(draw.randrange(4), draw.choice([1, 1, 1, 2, 3, 0])) for _ in range(draw.choice([0, 0, 1, 1, 2]))]


def _parts(draw: Random) -> list[tuple[int, list[tuple[int, int]]]]:
    return [(draw.randrange(8), _units(draw)) for _ in range(draw.choice([1, 1, 1, 2, 3]))]


def _one(draw: Random) -> str:
    return draw.choice([A_MERCHANT, A_MERCHANT, A_SERVICE, A_SERVICE, STRANGER])


def _call_back(beside: Beside, draw: Random) -> None:
    if beside.shop.parcels:
        beside.call_back(draw.choice([A_MERCHANT, A_SERVICE]), draw.randrange(8))


def _with_held_work(beside: Beside, draw: Random) -> None:
    """Held work is rare, and what may be done with it rarer."""
    held = [number for number, work in enumerate(beside.shop.works) if work.status == "on_hold"]
    if not held:
        return
    index = draw.choice(held)
    match draw.randrange(4):
        case 0:
            beside.hold(A_MERCHANT, index, draw.choice(["a", "b", "c"]), [])
        case 1:
            beside.give_order_up(draw.random() < 0.5)
        case _:
            beside.move_all(index, draw.choice([*LOCATIONS]))


def _try_anything(beside: Beside, draw: Random) -> None:
    """Try what the state most likely forbids, in the name of whom it would be for."""
    live = [number for number, work in enumerate(beside.shop.works) if work.live]
    for name in draw.sample([*PLAIN], 5) if live else ():
        beside.plain(name, PLAIN[name][0], draw.choice(live))


def _hold_all(beside: Beside, draw: Random) -> None:
    live = [number for number, work in enumerate(beside.shop.works) if work.live]
    if live:
        beside.hold(A_MERCHANT, draw.choice(live), "", [])


def _edit(beside: Beside, draw: Random) -> None:
    if draw.random() < ONCE_IN * 4:
        beside.take_out([(draw.randrange(3), draw.randrange(6))], draw.random() < 0.5)
        beside.put_in(draw.randrange(3), draw.randint(1, 3))


def _give_order_up(beside: Beside, draw: Random) -> None:
    if draw.random() < ONCE_IN:
        beside.give_order_up(draw.random() < 0.5)


def _get_on(beside: Beside, draw: Random) -> None:
    """Take a step with some work that is allowed; what leads on is tried before what leads in circles."""
    live = [number for number, work in enumerate(beside.shop.works) if work.live]
    names = draw.sample(LEADING_ON, len(LEADING_ON)) + (["force", "begin"] if draw.random() < 0.2 else [])
    if live and draw.random() < 0.3:
        beside.ship(draw.choice([A_MERCHANT, A_SERVICE]), [(draw.choice(live), _units(draw))], None)
        return
    for name in names if live else ():
        if beside.plain(name, PLAIN[name][0], draw.choice(live)):
            break


LEADING_ON = [name for name in PLAIN if name not in {"force", "begin", "deadline"}]
ONCE_IN = 0.05

HANDS: Sequence[Callable[[Beside, Random], object]] = (
    *(_get_on,) * 6,
    lambda beside, draw: beside.anyone_tries(draw.choice([*PLAIN]), _one(draw), draw.randrange(8)),
    lambda beside, draw: beside.request_some(_one(draw), draw.randrange(8), _units(draw)),
    lambda beside, draw: beside.ship(_one(draw), _parts(draw), draw.choice([None, "T1", "T2"])),
    lambda beside, draw: beside.ship_one(_one(draw), draw.randrange(8), [(draw.randrange(3), 1)]),
    lambda beside, draw: beside.split(A_MERCHANT, _parts(draw)),
    lambda beside, draw: beside.split_one_off(draw.randrange(8), draw.randrange(3)),
    lambda beside, draw: beside.merge(A_MERCHANT, _parts(draw)),
    lambda beside, draw: beside.merge_all_of_a_kind(draw.randrange(8)),
    lambda beside, draw: beside.hold(A_MERCHANT, draw.randrange(8), draw.choice(["", "a", "b"]), _units(draw)),
    lambda beside, draw: beside.release_one(A_MERCHANT, draw.randrange(8), draw.randrange(2)),
    lambda beside, draw: beside.move(A_MERCHANT, draw.randrange(8), draw.choice([*LOCATIONS, 99]), _units(draw)),
    lambda beside, draw: beside.move_all(draw.randrange(8), draw.choice([*LOCATIONS])),
    lambda beside, draw: beside.put_away_or_reopen(draw.choice(["close", "reopen"])),
    _try_anything,
    _try_anything,
    _hold_all,
    _with_held_work,
    _with_held_work,
    _edit,
    _call_back,
    _give_order_up,
)


def walk(seed: int, steps: int) -> None:
    """Many hands at work on one order, drawn evenly, which Hypothesis, in search of the odd case, does not do."""
    draw = Random(seed)
    beside = Beside()
    beside.comes_in(
        lines=[(draw.choice(VARIANTS), draw.randint(1, 6)) for _ in range(draw.randint(1, 3))],
        homes=tuple(draw.choice([WAREHOUSE, SERVICE_PLACE, SERVICE_PLACE]) for _ in VARIANTS),
        annex={number for number in VARIANTS if draw.random() < 0.5},
        claims=draw.random() < 0.8,
        paid=draw.random() < 0.5,
        scheduled=draw.random() < 0.2,
    )
    for _ in range(steps):
        draw.choice(HANDS)(beside, draw)
        if not any(work.live for work in beside.shop.works) and draw.random() < ONCE_IN:
            break


def report(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(
            f"\ncompared with the model: {sum(compared.values())} commands, allowed: {dict(sorted(compared.items()))}"
        )


def search(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Beside, settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None)
    )


def test_engine_and_model_say_the_same() -> None:
    search(60, 40)


def test_engine_and_model_say_the_same_on_long_ways(capsys: pytest.CaptureFixture[str]) -> None:
    compared.clear()
    for seed in range(150):
        walk(seed, 100)
    report(capsys)
    assert all(compared[name] for name in PLAIN)


@pytest.mark.long
def test_engine_and_model_always_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    compared.clear()
    for seed in range(1000, 7000):
        walk(seed, 120)
    search(1000, 60)
    report(capsys)
