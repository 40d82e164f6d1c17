"""One order under random hands, honest and hostile, and what must hold after each of them."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from crossdock.domain.access import MERCHANT, Caller
from crossdock.domain.cancelling import cancel_order, close_order, reopen_order
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
    CreateOrder,
    EditOrder,
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
from crossdock.domain.decisions import (
    Circumstances,
    Decision,
    FulfillmentOrderMoved,
    FulfillmentOrderReplaced,
    FulfillmentOrdersChanged,
    FulfillmentOrdersSplit,
    RequestSubmitted,
)
from crossdock.domain.editing import edit_order
from crossdock.domain.events import EventKind, LoggedEvent
from crossdock.domain.fulfilling import create_fulfillment
from crossdock.domain.history import in_order, record, replay
from crossdock.domain.holding import hold_fulfillment_order, release_holds
from crossdock.domain.moving import move_fulfillment_order, reroute_fulfillment_orders
from crossdock.domain.ordering import create_order
from crossdock.domain.orders import (
    FinancialStatus,
    FulfillmentLine,
    FulfillmentOrder,
    FulfillmentOrderLine,
    FulfillmentStatus,
    HoldReason,
    LineRejection,
    MerchantRequest,
    Order,
    StockClaim,
    Tracking,
    supported_actions,
)
from crossdock.domain.parcels import add_carrier_event, cancel_fulfillment, remove_carrier_event, update_tracking
from crossdock.domain.refusals import Refusal
from crossdock.domain.requests import (
    accept_cancellation_request,
    accept_fulfillment_request,
    close_fulfillment_order,
    reject_cancellation_request,
    reject_fulfillment_request,
    submit_cancellation_request,
    submit_fulfillment_request,
    withdraw_cancellation_request,
    withdraw_fulfillment_request,
)
from crossdock.domain.scheduling import mark_as_open, report_progress, reschedule, set_deadline
from crossdock.domain.shipment import ShipmentStatus
from crossdock.domain.splitting import cancel_fulfillment_order, merge_fulfillment_orders, split_fulfillment_orders
from crossdock.domain.states import Place, RequestStatus, Status
from crossdock.domain.states import RequestStatus as Q
from crossdock.domain.stock import InventoryLevel, StockCause
from crossdock.domain.updating import update_order
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

CALLERS = {"merchant": MERCHANT, "service": THE_SERVICE, "another service": ANOTHER_SERVICE}

STEPS = ("submit", "accept", "reject", "withdraw", "ask_to_stop", "stop", "go_on", "never_mind", "give_up", "ship")
STOPPED = {Status.ON_HOLD: "merchant release", Status.SCHEDULED: "merchant open"}
MERCHANTS_ANYWAY = {("merchant", "ship"), ("merchant", "release"), ("merchant", "open")}
HONEST = {
    Q.UNSUBMITTED: ["merchant submit", "merchant submit", "merchant submit", "merchant ship"],
    Q.SUBMITTED: ["service accept", "service accept", "service reject", "merchant withdraw"],
    Q.ACCEPTED: ["merchant ask_to_stop", "service ship", "service give_up"],
    Q.REJECTED: ["merchant submit", "merchant ship"],
    Q.CANCELLATION_REQUESTED: ["service stop", "service go_on", "service ship", "merchant never_mind"],
    Q.CANCELLATION_ACCEPTED: ["merchant submit", "merchant ship"],
    Q.CANCELLATION_REJECTED: ["service give_up", "service ship"],
    Q.CLOSED: ["merchant submit", "merchant ship"],
}
"""What can go on from each request status, and who may do it; hostile hands alone would never get an order far."""

people = st.sampled_from(sorted(CALLERS))
steps = st.sampled_from(STEPS)
indexes = st.integers(0, 5)  # taken modulo what is there
quantities = st.one_of(st.integers(1, 4), st.sampled_from([-1, 0, 5, 9, 10**12]))
named_lines = st.lists(st.tuples(indexes, quantities), max_size=4)
numbers = st.sampled_from([None, "", "T1", "T2"])
handles = st.sampled_from(["", "a", "b"])
places = st.sampled_from([*LOCATIONS, 99])
WITH_THE_SERVICE = {Q.SUBMITTED, Q.ACCEPTED, Q.CANCELLATION_REQUESTED, Q.CANCELLATION_REJECTED}
claims = st.sampled_from(StockClaim)
orders = st.lists(st.tuples(st.sampled_from([1, 2, 2, 3]), st.integers(1, 6)), min_size=1, max_size=4)
stock = st.tuples(st.integers(0, 3), st.integers(0, 12), st.integers(0, 12), st.integers(0, 3))

NO_SUCH_ID = 4_000_000


class OneOrder(RuleBasedStateMachine):
    """The order, the stock of its items, and every request that was ever sent, with its answer."""

    order: Order
    levels: dict[tuple[int, int], InventoryLevel]
    opening: dict[tuple[int, int], int]
    answered: dict[int, MerchantRequest]
    written_off: Counter[tuple[int, int]]
    causes: set[tuple[StockCause, int | None, int, int]]
    log: list[LoggedEvent]
    closed_by_hand: bool

    @initialize(lines=orders, have=stock, claim=claims, paid=st.booleans())
    def comes_in(self, lines: list[tuple[int, int]], have: tuple[int, ...], claim: StockClaim, paid: bool) -> None:
        """An order over up to three items: one at both places, one at the service's, one that may be oversold."""
        self.ids = count(1)
        known = [
            level(101, WAREHOUSE, have[0]),
            level(101, SERVICE_PLACE, have[1]),
            level(102, SERVICE_PLACE, have[2]),
            level(103, WAREHOUSE, have[3], may_oversell=True),
            level(101, ANNEX, 2),
            level(103, ANNEX, 0, may_oversell=True),
        ]
        self.levels = {(each.inventory_item_id, each.location_id): each for each in known}
        self.opening = {key: each.on_hand for key, each in self.levels.items()}
        self.answered = {}
        self.written_off = Counter()
        self.causes = set()
        self.log = []
        self.closed_by_hand = False
        command = CreateOrder(
            lines=tuple(NewOrderLine(variant_id=number, quantity=quantity) for number, quantity in lines),
            stock_claim=claim,
            financial_status=FinancialStatus.PAID if paid else FinancialStatus.PENDING,
        )
        catalogue = facts(*known, variants=[variant(number) for number in (1, 2, 3)])
        circumstances = Circumstances(at=AT, ids=self.ids, locations=LOCATIONS)
        try:
            decision = create_order(command, catalogue, circumstances)
        except Refusal:
            assert claim is StockClaim.OBEYING_POLICY
            command = CreateOrder(lines=command.lines, stock_claim=StockClaim.IGNORING_POLICY)
            decision = create_order(command, catalogue, circumstances)
        self.take(decision, None, AT)

    def take(self, decision: Decision, before: Order | None, at: datetime) -> None:
        """Carry a decision out as the dispatcher would."""
        for move in decision.stock_moves:
            key = move.inventory_item_id, move.location_id
            assert move.quantity > 0
            if key not in self.levels:  # not stocked there: nothing to count
                continue
            self.levels[key] = self.levels[key].after(move)
            assert not (move.obeys_policy and self.levels[key].available < 0)
            if move.target is None and move.cause is not StockCause.FULFILLMENT_CREATED:
                self.written_off[key] += move.quantity
        causes = [
            (move.cause, move.cause_id, move.inventory_item_id, move.location_id) for move in decision.stock_moves
        ]
        assert len(set(causes)) == len(causes)
        assert not self.causes & set(causes)
        self.causes |= set(causes)
        assert decision.events or decision.order == before
        first = (before.version if before else 0) + 1
        self.order, events = record(before, decision.order, decision.events, at)
        self.log += [LoggedEvent(sequence=number, at=at, event=event) for number, event in enumerate(events, first)]

    def attempt(self, decide: Callable[[Circumstances], Decision], caller: Caller) -> Decision | None:
        """Decide as this caller; a refusal leaves everything as it was."""
        before, levels = self.order, dict(self.levels)
        try:
            decision = decide(self.given(caller))
        except Refusal as refusal:
            assert str(refusal)
            assert (self.order, self.levels) == (before, levels)
            return None
        self.take(decision, before, LATER)
        return decision

    def given(self, caller: Caller) -> Circumstances:
        return Circumstances(
            at=LATER,
            ids=self.ids,
            locations=LOCATIONS,
            caller=caller,
            levels=dict(self.levels),
            priority=tuple(LOCATIONS),
            variants={number: variant(number) for number in (1, 2, 3)},
        )

    def one(self, index: int) -> FulfillmentOrder:
        return self.order.fulfillment_orders[index % len(self.order.fulfillment_orders)]

    def lines(self, chosen: FulfillmentOrder, named: list[tuple[int, int]]) -> tuple[LineQuantity, ...]:
        """Name lines by index; an index past the end names one that does not exist."""
        ids = [line.id for line in chosen.lines]
        return tuple(
            LineQuantity(id=ids[index] if index < len(ids) else NO_SUCH_ID, quantity=quantity)
            for index, quantity in named
        )

    def step(
        self, name: str, who: str, id: int, lines: tuple[LineQuantity, ...], number: str | None = None
    ) -> Decision | None:
        """Let someone take one step with a fulfillment order."""

        def decide(given: Circumstances) -> Decision:
            match name:
                case "submit":
                    submission = SubmitFulfillmentRequest(fulfillment_order_id=id, lines=lines)
                    return submit_fulfillment_request(self.order, submission, given)
                case "accept":
                    return accept_fulfillment_request(
                        self.order, AcceptFulfillmentRequest(fulfillment_order_id=id), given
                    )
                case "reject":
                    faults = tuple(LineRejection(fulfillment_order_line_id=line.id) for line in lines)
                    rejection = RejectFulfillmentRequest(fulfillment_order_id=id, lines=faults)
                    return reject_fulfillment_request(self.order, rejection, given)
                case "withdraw":
                    return withdraw_fulfillment_request(
                        self.order, WithdrawFulfillmentRequest(fulfillment_order_id=id), given
                    )
                case "never_mind":
                    return withdraw_cancellation_request(
                        self.order, WithdrawCancellationRequest(fulfillment_order_id=id), given
                    )
                case "release":
                    return release_holds(self.order, ReleaseHolds(fulfillment_order_id=id), given)
                case "open":
                    return mark_as_open(self.order, MarkAsOpen(fulfillment_order_id=id), given)
                case "ask_to_stop":
                    return submit_cancellation_request(
                        self.order, SubmitCancellationRequest(fulfillment_order_id=id), given
                    )
                case "stop":
                    return accept_cancellation_request(
                        self.order, AcceptCancellationRequest(fulfillment_order_id=id), given
                    )
                case "go_on":
                    return reject_cancellation_request(
                        self.order, RejectCancellationRequest(fulfillment_order_id=id), given
                    )
                case "give_up":
                    return close_fulfillment_order(self.order, CloseFulfillmentOrder(fulfillment_order_id=id), given)
            parcel = CreateFulfillment(
                groups=(FulfillmentGroup(fulfillment_order_id=id, lines=lines),), tracking=(Tracking(number=number),)
            )
            return create_fulfillment(self.order, parcel, given)

        return self.attempt(decide, CALLERS[who])

    @precondition(lambda self: any(each.live for each in self.order.fulfillment_orders))
    @rule(index=indexes, choice=indexes, units=st.none() | st.tuples(indexes, st.integers(1, 3)))
    def honest(self, index: int, choice: int, units: tuple[int, int] | None) -> None:
        """Someone does what is theirs to do next, with some units of one line or with all; nothing may stop them."""
        live = [each for each in self.order.fulfillment_orders if each.live]
        chosen = live[index % len(live)]
        open_to = HONEST[chosen.request_status] if chosen.place is Place.SERVICE else ["merchant ship"]
        if chosen.status in STOPPED:
            open_to = [STOPPED[chosen.status]]
        who, name = open_to[choice % len(open_to)].split()
        lines: tuple[LineQuantity, ...] = ()
        if units is not None:
            left = [line for line in chosen.lines if line.remaining]
            line = left[units[0] % len(left)]
            lines = (LineQuantity(id=line.id, quantity=min(units[1], line.remaining)),)
        decision = self.step(name, who, chosen.id, lines)
        assert decision is not None
        if chosen.status in STOPPED:
            return
        told = [(notice.fulfillment_order_id, notice.location_id) for notice in decision.notices]
        asked = chosen
        if isinstance(decision.result, RequestSubmitted):
            # Work that was handed back is asked for as a new fulfillment order.
            asked = decision.result.submitted
            assert asked.id == chosen.id or (asked.replaces == chosen.id and chosen.requests)
        assert told == ([(asked.id, SERVICE_PLACE)] if name in ("submit", "ask_to_stop") else [])

    @rule(name=steps, who=people, index=indexes, named=named_lines, number=numbers)
    def hostile(self, name: str, who: str, index: int, named: list[tuple[int, int]], number: str | None) -> None:
        """Anyone tries anything; what succeeds was theirs to do."""
        chosen = self.one(index)
        decision = self.step(name, who, chosen.id, self.lines(chosen, named), number)
        if decision is not None:
            theirs = HONEST[chosen.request_status] if chosen.place is Place.SERVICE else []
            assert chosen.status not in STOPPED or STOPPED[chosen.status] == f"{who} {name}"
            assert f"{who} {name}" in theirs or (who, name) in MERCHANTS_ANYWAY

    @rule(groups=st.lists(st.tuples(indexes, named_lines), max_size=3), number=numbers)
    def ship_together(self, groups: list[tuple[int, list[tuple[int, int]]]], number: str | None) -> None:
        chosen = [(self.one(index), named) for index, named in groups]
        command = CreateFulfillment(
            groups=tuple(
                FulfillmentGroup(fulfillment_order_id=each.id, lines=self.lines(each, named)) for each, named in chosen
            ),
            tracking=(Tracking(number=number),),
        )
        decision = self.attempt(lambda given: create_fulfillment(self.order, command, given), MERCHANT)
        if decision is not None:
            assert decision.events[0].kind is EventKind.FULFILLMENT_CREATED
            assert {each.location_id for each, _ in chosen} == {decision.order.fulfillments[-1].location_id}

    @rule(who=people, index=indexes, reason=st.sampled_from(HoldReason), handle=handles, named=named_lines)
    def hold(self, who: str, index: int, reason: HoldReason, handle: str, named: list[tuple[int, int]]) -> None:
        chosen = self.one(index)
        lines = self.lines(chosen, named)
        command = HoldFulfillmentOrder(fulfillment_order_id=chosen.id, reason=reason, handle=handle, lines=lines)
        decision = self.attempt(lambda given: hold_fulfillment_order(self.order, command, given), CALLERS[who])
        if decision is not None:
            assert who == "merchant" or chosen.location_id == SERVICE_PLACE
            held = self.order.fulfillment_order(chosen.id)
            assert held.status is Status.ON_HOLD
            assert len(held.holds) == len(chosen.holds) + 1
            assert held.remaining == (sum(line.quantity for line in lines) or chosen.remaining)

    @rule(who=people, index=indexes, which=st.none() | indexes)
    def release(self, who: str, index: int, which: int | None) -> None:
        chosen = self.one(index)
        ids = None if which is None else (chosen.holds[which % len(chosen.holds)].id if chosen.holds else NO_SUCH_ID,)
        command = ReleaseHolds(fulfillment_order_id=chosen.id, hold_ids=ids)
        decision = self.attempt(lambda given: release_holds(self.order, command, given), CALLERS[who])
        if decision is not None:
            assert who == "merchant" or chosen.location_id == SERVICE_PLACE
            released = self.order.fulfillment_order(chosen.id)
            assert (released.status is Status.ON_HOLD) == bool(released.holds)
            assert released.remaining >= chosen.remaining

    @rule(who=people, index=indexes, place=places, named=named_lines, new=st.booleans())
    def move(self, who: str, index: int, place: int, named: list[tuple[int, int]], new: bool) -> None:
        before, chosen = self.order, self.one(index)
        command = MoveFulfillmentOrder(
            fulfillment_order_id=chosen.id, location_id=place, lines=self.lines(chosen, named), renumbered=new
        )
        decision = self.attempt(lambda given: move_fulfillment_order(self.order, command, given), CALLERS[who])
        if decision is not None:
            assert who == "merchant"
            assert isinstance(decision.result, FulfillmentOrderMoved)
            moved = decision.result.moved
            assert moved.location_id == place != chosen.location_id
            assert not (new and moved.id == chosen.id)
            assert self.order.fulfillment_order(chosen.id).merged_into in {None, moved.id}
            assert moved.request_status is RequestStatus.UNSUBMITTED
            assert all((line.inventory_item_id, place) in self.levels for line in moved.lines if line.remaining)
            assert before.fulfilled_quantities() == self.order.fulfilled_quantities()

    @rule(who=people, chosen=st.lists(indexes, max_size=3), excluded=st.lists(places, max_size=2))
    def reroute(self, who: str, chosen: list[int], excluded: list[int]) -> None:
        named = [self.one(index) for index in chosen]
        command = RerouteFulfillmentOrders(
            fulfillment_order_ids=tuple(each.id for each in named), excluded_location_ids=tuple(excluded)
        )
        decision = self.attempt(lambda given: reroute_fulfillment_orders(self.order, command, given), CALLERS[who])
        if decision is not None:
            assert who == "merchant"
            assert isinstance(decision.result, FulfillmentOrdersChanged)
            gone_to = {each.location_id for each in decision.result.fulfillment_orders}
            assert not gone_to & {*excluded, named[0].location_id}

    @rule(who=people, groups=st.lists(st.tuples(indexes, named_lines), max_size=3))
    def split(self, who: str, groups: list[tuple[int, list[tuple[int, int]]]]) -> None:
        command = SplitFulfillmentOrders(groups=self.groups(groups))
        decision = self.attempt(lambda given: split_fulfillment_orders(self.order, command, given), CALLERS[who])
        if decision is not None:
            assert who == "merchant"
            assert isinstance(decision.result, FulfillmentOrdersSplit)
            for each in decision.result.splits:
                assert each.original.remaining
                assert each.remaining.split_from == each.original.id
                assert each.remaining.location_id == each.original.location_id

    @rule(who=people, groups=st.lists(st.tuples(indexes, st.just([]) | named_lines), min_size=1, max_size=3))
    def merge(self, who: str, groups: list[tuple[int, list[tuple[int, int]]]]) -> None:
        command = MergeFulfillmentOrders(groups=self.groups(groups))
        decision = self.attempt(lambda given: merge_fulfillment_orders(self.order, command, given), CALLERS[who])
        if decision is not None:
            assert who == "merchant"
            for group in command.groups[1:]:
                other = self.order.fulfillment_order(group.fulfillment_order_id)
                assert other.live or other.merged_into == command.groups[0].fulfillment_order_id

    def groups(self, named: list[tuple[int, list[tuple[int, int]]]]) -> tuple[FulfillmentGroup, ...]:
        chosen = [(self.one(index), lines) for index, lines in named]
        return tuple(
            FulfillmentGroup(fulfillment_order_id=each.id, lines=self.lines(each, lines)) for each, lines in chosen
        )

    @rule(who=people, index=indexes, either=st.booleans())
    def cancel_work(self, who: str, index: int, either: bool) -> None:
        chosen = self.one(index)
        command = CancelFulfillmentOrder(fulfillment_order_id=chosen.id, by_whoever_has_it=either)
        decision = self.attempt(lambda given: cancel_fulfillment_order(self.order, command, given), CALLERS[who])
        if decision is not None:
            assert who == "merchant" or (either and chosen.location_id == SERVICE_PLACE)
            assert isinstance(decision.result, FulfillmentOrderReplaced)
            assert not decision.result.original.remaining
            assert decision.result.replacement.remaining == chosen.remaining
            untouched = {line.id for line in chosen.lines if line.quantity == line.remaining > 0}
            assert untouched <= {line.id for line in decision.result.replacement.lines}

    @rule(who=people, index=indexes, what=st.sampled_from(["begin", "open", "later", "deadline"]))
    def schedule(self, who: str, index: int, what: str) -> None:
        chosen = self.one(index)
        soon = LATER + timedelta(days=1)

        def decide(given: Circumstances) -> Decision:
            match what:
                case "begin":
                    return report_progress(self.order, ReportProgress(fulfillment_order_id=chosen.id), given)
                case "open":
                    return mark_as_open(self.order, MarkAsOpen(fulfillment_order_id=chosen.id), given)
                case "later":
                    command = RescheduleFulfillmentOrder(fulfillment_order_id=chosen.id, fulfill_at=soon)
                    return reschedule(self.order, command, given)
            deadline = SetFulfillmentDeadline(fulfillment_order_ids=(chosen.id,), deadline=soon)
            return set_deadline(self.order, deadline, given)

        if self.attempt(decide, CALLERS[who]) is not None:
            assert who == "merchant"

    @precondition(lambda self: self.order.fulfillments)
    @rule(index=indexes, who=people, what=st.sampled_from(["cancel", "track", "scan", "strike"]), number=numbers)
    def with_a_parcel(self, index: int, who: str, what: str, number: str | None) -> None:
        parcel = self.order.fulfillments[index % len(self.order.fulfillments)]
        was_closed = self.order.closed_at is not None

        def decide(given: Circumstances) -> Decision:
            match what:
                case "cancel":
                    return cancel_fulfillment(self.order, CancelFulfillment(fulfillment_id=parcel.id), given)
                case "track":
                    tracked = UpdateTracking(fulfillment_id=parcel.id, tracking=(Tracking(number=number),))
                    return update_tracking(self.order, tracked, given)
                case "scan":
                    scan = AddCarrierEvent(fulfillment_id=parcel.id, status=list(ShipmentStatus)[index], happened_at=AT)
                    return add_carrier_event(self.order, scan, given)
            known = parcel.events[0].id if parcel.events else NO_SUCH_ID
            strike = RemoveCarrierEvent(fulfillment_id=parcel.id, event_id=known)
            return remove_carrier_event(self.order, strike, given)

        decision = self.attempt(decide, CALLERS[who])
        if decision is not None and what == "cancel":
            assert self.order.fulfillment(parcel.id).status is FulfillmentStatus.CANCELLED
            assert parcel.status is FulfillmentStatus.CANCELLED or self.order.closed_at is None or not was_closed

    @rule(
        wanted=st.lists(st.tuples(indexes, st.integers(-1, 8)), max_size=3),
        added=st.lists(st.tuples(st.sampled_from([1, 2, 3, 4]), st.integers(0, 3)), max_size=2),
        restock=st.booleans(),
    )
    def edit(self, wanted: list[tuple[int, int]], added: list[tuple[int, int]], restock: bool) -> None:
        before = self.order
        command = EditOrder(
            order_id=before.id,
            quantities=tuple(
                LineQuantity(id=before.lines[index % len(before.lines)].id, quantity=units) for index, units in wanted
            ),
            added=tuple(NewOrderLine(variant_id=number, quantity=units) for number, units in added),
            restock=restock,
        )
        decision = self.attempt(lambda given: edit_order(self.order, command, given), MERCHANT)
        if decision is not None:
            self.closed_by_hand = True
            for named in command.quantities:
                line = self.order.line(named.id)
                assert line.quantity - line.removed == named.quantity
            kept = {(each.id, line.id) for each in before.fulfillment_orders for line in each.lines}
            there = {(each.id, line.id) for each in self.order.fulfillment_orders for line in each.lines}
            assert kept <= there
            for each in before.fulfillment_orders:
                if each.request_status in WITH_THE_SERVICE:
                    assert self.order.fulfillment_order(each.id) == each

    @rule(what=st.sampled_from(["update", "update", "close", "reopen"]), note=st.sampled_from(["", "a", "b"]))
    def write_on_it(self, what: str, note: str) -> None:
        def decide(given: Circumstances) -> Decision:
            match what:
                case "update":
                    return update_order(self.order, UpdateOrder(order_id=self.order.id, note=note), given)
                case "close":
                    return close_order(self.order, CloseOrder(order_id=self.order.id), given)
            return reopen_order(self.order, ReopenOrder(order_id=self.order.id), given)

        if self.attempt(decide, MERCHANT) is not None and what != "update":
            self.closed_by_hand = True

    @precondition(lambda self: len(self.log) > 12)
    @rule(restock=st.booleans())
    def cancel_everything(self, restock: bool) -> None:
        before = self.order
        command = CancelOrder(order_id=before.id, restock=restock)
        decision = self.attempt(lambda given: cancel_order(self.order, command, given), MERCHANT)
        with_service = [each for each in before.fulfillment_orders if each.status is Status.IN_PROGRESS]
        shipped = any(before.fulfilled_quantities().values())
        in_service = any(each.place is Place.SERVICE for each in with_service)
        assert (decision is None) == (before.cancelled_at is not None or shipped or in_service)
        if decision is not None:
            assert not any(each.live for each in self.order.fulfillment_orders)

    @rule(name=steps, who=people)
    def of_another_order(self, name: str, who: str) -> None:
        assert self.step(name, who, NO_SUCH_ID, ()) is None

    @invariant()
    def no_unit_is_lost_or_made(self) -> None:
        """For each line: shipped and still to be shipped are what was ordered."""
        shipped, remaining = self.order.fulfilled_quantities(), self.order.remaining_quantities()
        for line in self.order.lines:
            assert shipped[line.id] + remaining[line.id] == line.quantity - line.removed
            assert 0 <= shipped[line.id] <= line.quantity

    @invariant()
    def each_line_has_between_nothing_and_everything_left(self) -> None:
        lines = self.fulfillment_order_lines()
        assert all(0 <= line.remaining <= line.quantity for line in lines)
        assert len({line.id for line in lines}) == len(lines)
        shipped: Counter[int] = Counter()
        for part in self.shipped_parts():
            assert part.quantity > 0
            shipped[part.fulfillment_order_line_id] += part.quantity
        assert shipped == +Counter({line.id: line.quantity - line.remaining for line in lines})

    def shipped_parts(self) -> list[FulfillmentLine]:
        return [
            part for each in self.order.fulfillments if each.status is FulfillmentStatus.SUCCESS for part in each.lines
        ]

    def fulfillment_order_lines(self) -> list[FulfillmentOrderLine]:
        return [line for each in self.order.fulfillment_orders for line in each.lines]

    @invariant()
    def what_goes_on_has_something_left(self) -> None:
        """What a closed one still shows as left is with another, or was given up with the order."""
        for each in self.order.fulfillment_orders:
            assert each.remaining > 0 or not each.live
            assert bool(supported_actions(self.order, each)) == each.live
            assert each.live or not each.holds
            assert (each.status is Status.ON_HOLD) == bool(each.holds)

    @invariant()
    def the_log_gives_the_order(self) -> None:
        assert replay(self.log) == in_order(self.order)
        assert len(self.log) == self.order.version

    @invariant()
    def each_request_is_answered_at_most_once(self) -> None:
        """An answer never changes, nothing is ever unsaid, and at most the newest request is open."""
        for each in self.order.fulfillment_orders:
            assert all(request.answer is not None or request is each.requests[-1] for request in each.requests)
            for request in each.requests:
                assert (request.answer is None) == (request.answered_at is None)
                assert self.answered.get(request.id, request) == request
                if request.answer is not None:
                    self.answered[request.id] = request
        there = {request.id for each in self.order.fulfillment_orders for request in each.requests}
        assert self.answered.keys() <= there

    @invariant()
    def a_service_ships_what_it_accepted_and_has_not_handed_back_and_the_merchant_may_take_over(self) -> None:
        """Above all: after an accepted cancellation the service can no longer ship, and the merchant can."""
        for each in self.order.fulfillment_orders:
            given_back = each.request_status not in (Q.ACCEPTED, Q.CANCELLATION_REQUESTED, Q.CANCELLATION_REJECTED)
            goes_on = each.live and each.status not in STOPPED
            assert self.could_ship(each, THE_SERVICE) == (goes_on and not given_back)
            assert self.could_ship(each, MERCHANT) == (goes_on and each.request_status is not Q.SUBMITTED)
            assert not self.could_ship(each, ANOTHER_SERVICE)

    def could_ship(self, one: FulfillmentOrder, caller: Caller) -> bool:
        command = CreateFulfillment(groups=(FulfillmentGroup(fulfillment_order_id=one.id),))
        given = Circumstances(at=LATER, ids=self.ids, locations=LOCATIONS, caller=caller)
        try:
            return create_fulfillment(self.order, command, given).order is not self.order
        except Refusal:
            return False

    @invariant()
    def whoever_waits_for_an_answer_has_asked(self) -> None:
        waiting = {RequestStatus.SUBMITTED, RequestStatus.CANCELLATION_REQUESTED}
        for each in self.order.fulfillment_orders:
            if each.live:
                assert (each.request_status in waiting) == (each.open_request() is not None)
            assert each.place is Place.SERVICE or each.request_status is RequestStatus.UNSUBMITTED
            assert LOCATIONS[each.location_id].place is each.place

    @invariant()
    def stock_is_committed_for_what_is_still_to_be_shipped(self) -> None:
        claiming = {line.id for line in self.order.lines if line.claims_stock}
        waiting: Counter[tuple[int, int]] = Counter()
        for each in self.order.fulfillment_orders:
            for line in each.lines:
                if each.live and line.order_line_id in claiming and line.inventory_item_id is not None:
                    waiting[line.inventory_item_id, each.location_id] += line.remaining
        there = Counter({key: units for key, units in waiting.items() if key in self.levels})
        assert +Counter({key: held.committed for key, held in self.levels.items()}) == +there

    @invariant()
    def what_left_the_shelf_is_what_was_shipped(self) -> None:
        claiming = {line.id: line.inventory_item_id for line in self.order.lines if line.claims_stock}
        gone = Counter(self.opening)
        gone.subtract(self.written_off)
        for fulfillment in self.order.fulfillments:
            if fulfillment.status is FulfillmentStatus.CANCELLED:
                continue
            for part in fulfillment.lines:
                item = claiming.get(part.order_line_id)
                if (item, fulfillment.location_id) in self.levels and item is not None:
                    gone[item, fulfillment.location_id] -= part.quantity
        assert {key: held.on_hand for key, held in self.levels.items()} == dict(gone)

    @invariant()
    def parcels_are_counted_from_one(self) -> None:
        assert [each.number for each in self.order.fulfillments] == list(range(1, len(self.order.fulfillments) + 1))

    @invariant()
    def an_order_closes_when_it_is_paid_and_everything_is_shipped(self) -> None:
        done = self.order.fulfilled and self.order.financial_status is FinancialStatus.PAID
        if not self.closed_by_hand and self.order.cancelled_at is None:
            assert (self.order.closed_at is not None) == done


TestOneOrder = OneOrder.TestCase
TestOneOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.mark.long
def test_one_order_for_long() -> None:
    run_state_machine_as_test(OneOrder, settings=settings(max_examples=1000, stateful_step_count=60, deadline=None))
