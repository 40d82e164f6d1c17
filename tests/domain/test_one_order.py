"""One order under random hands, honest and hostile, and what must hold after each of them."""

from collections import Counter
from collections.abc import Callable
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from crossdock.domain.access import MERCHANT, Caller
from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    CloseFulfillmentOrder,
    CreateFulfillment,
    CreateOrder,
    FulfillmentGroup,
    LineQuantity,
    NewOrderLine,
    RejectCancellationRequest,
    RejectFulfillmentRequest,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
)
from crossdock.domain.decisions import Circumstances, Decision
from crossdock.domain.events import EventKind
from crossdock.domain.fulfilling import create_fulfillment
from crossdock.domain.ordering import create_order
from crossdock.domain.orders import (
    FinancialStatus,
    FulfillmentOrder,
    FulfillmentOrderLine,
    LineRejection,
    MerchantRequest,
    Order,
    StockClaim,
    Tracking,
    supported_actions,
)
from crossdock.domain.refusals import Refusal
from crossdock.domain.requests import (
    accept_cancellation_request,
    accept_fulfillment_request,
    close_fulfillment_order,
    reject_cancellation_request,
    reject_fulfillment_request,
    submit_cancellation_request,
    submit_fulfillment_request,
)
from crossdock.domain.states import Place, RequestStatus, Status
from crossdock.domain.states import RequestStatus as Q
from crossdock.domain.stock import InventoryLevel
from tests.domain.scene import (
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

STEPS = ("submit", "accept", "reject", "ask_to_stop", "stop", "go_on", "give_up", "ship")
HONEST = {
    Q.UNSUBMITTED: ["merchant submit", "merchant submit", "merchant submit", "merchant ship"],
    Q.SUBMITTED: ["service accept", "service accept", "service reject"],
    Q.ACCEPTED: ["merchant ask_to_stop", "service ship", "service give_up"],
    Q.REJECTED: ["merchant submit", "merchant ship"],
    Q.CANCELLATION_REQUESTED: ["service stop", "service go_on", "service ship"],
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

    @initialize(lines=orders, have=stock, claim=claims, paid=st.booleans())
    def comes_in(self, lines: list[tuple[int, int]], have: tuple[int, ...], claim: StockClaim, paid: bool) -> None:
        """An order over up to three items: one at both places, one at the service's, one that may be oversold."""
        self.ids = count(1)
        known = [
            level(101, WAREHOUSE, have[0]),
            level(101, SERVICE_PLACE, have[1]),
            level(102, SERVICE_PLACE, have[2]),
            level(103, WAREHOUSE, have[3], may_oversell=True),
        ]
        self.levels = {(each.inventory_item_id, each.location_id): each for each in known}
        self.opening = {key: each.on_hand for key, each in self.levels.items()}
        self.answered = {}
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
        self.take(decision)

    def take(self, decision: Decision) -> None:
        """Carry a decision out as the dispatcher would."""
        for move in decision.stock_moves:
            key = move.inventory_item_id, move.location_id
            self.levels[key] = self.levels[key].after(move)
            assert move.quantity > 0
            assert not (move.obeys_policy and self.levels[key].available < 0)
        causes = [
            (move.cause, move.cause_id, move.inventory_item_id, move.location_id) for move in decision.stock_moves
        ]
        assert len(set(causes)) == len(causes)
        assert decision.events
        self.order = decision.order

    def attempt(self, decide: Callable[[Circumstances], Decision], caller: Caller) -> Decision | None:
        """Decide as this caller; a refusal leaves everything as it was."""
        before, levels = self.order, dict(self.levels)
        try:
            decision = decide(Circumstances(at=LATER, ids=self.ids, locations=LOCATIONS, caller=caller))
        except Refusal as refusal:
            assert str(refusal)
            assert (self.order, self.levels) == (before, levels)
            return None
        assert decision.order is not before
        self.take(decision)
        return decision

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

    @precondition(lambda self: not self.order.fulfilled)
    @rule(index=indexes, choice=indexes, units=st.none() | st.tuples(indexes, st.integers(1, 3)))
    def honest(self, index: int, choice: int, units: tuple[int, int] | None) -> None:
        """Someone does what is theirs to do next, with some units of one line or with all; nothing may stop them."""
        live = [each for each in self.order.fulfillment_orders if each.live]
        chosen = live[index % len(live)]
        open_to = HONEST[chosen.request_status] if chosen.place is Place.SERVICE else ["merchant ship"]
        who, name = open_to[choice % len(open_to)].split()
        lines: tuple[LineQuantity, ...] = ()
        if units is not None:
            left = [line for line in chosen.lines if line.remaining]
            line = left[units[0] % len(left)]
            lines = (LineQuantity(id=line.id, quantity=min(units[1], line.remaining)),)
        decision = self.step(name, who, chosen.id, lines)
        assert decision is not None
        told = [(notice.fulfillment_order_id, notice.location_id) for notice in decision.notices]
        assert told == ([(chosen.id, SERVICE_PLACE)] if name in ("submit", "ask_to_stop") else [])

    @rule(name=steps, who=people, index=indexes, named=named_lines, number=numbers)
    def hostile(self, name: str, who: str, index: int, named: list[tuple[int, int]], number: str | None) -> None:
        """Anyone tries anything; what succeeds was theirs to do."""
        chosen = self.one(index)
        decision = self.step(name, who, chosen.id, self.lines(chosen, named), number)
        if decision is not None:
            theirs = HONEST[chosen.request_status] if chosen.place is Place.SERVICE else []
            assert f"{who} {name}" in theirs or (who, name) == ("merchant", "ship")

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
        assert all(0 <= line.remaining <= line.quantity and line.quantity > 0 for line in lines)
        assert len({line.id for line in lines}) == len(lines)
        shipped: Counter[int] = Counter()
        for fulfillment in self.order.fulfillments:
            for part in fulfillment.lines:
                assert part.quantity > 0
                shipped[part.fulfillment_order_line_id] += part.quantity
        assert shipped == +Counter({line.id: line.quantity - line.remaining for line in lines})

    def fulfillment_order_lines(self) -> list[FulfillmentOrderLine]:
        return [line for each in self.order.fulfillment_orders for line in each.lines]

    @invariant()
    def closed_is_what_has_nothing_left(self) -> None:
        for each in self.order.fulfillment_orders:
            assert (each.status is Status.CLOSED) == (each.remaining == 0)
            assert bool(supported_actions(self.order, each)) == (each.remaining > 0)

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
            assert self.could_ship(each, THE_SERVICE) == (each.live and not given_back)
            assert self.could_ship(each, MERCHANT) == (each.live and each.request_status is not Q.SUBMITTED)
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
        assert +Counter({key: held.committed for key, held in self.levels.items()}) == +waiting

    @invariant()
    def what_left_the_shelf_is_what_was_shipped(self) -> None:
        claiming = {line.id: line.inventory_item_id for line in self.order.lines if line.claims_stock}
        gone = Counter(self.opening)
        for fulfillment in self.order.fulfillments:
            for part in fulfillment.lines:
                item = claiming.get(part.order_line_id)
                if item is not None:
                    gone[item, fulfillment.location_id] -= part.quantity
        assert {key: held.on_hand for key, held in self.levels.items()} == dict(gone)

    @invariant()
    def parcels_are_counted_from_one(self) -> None:
        assert [each.number for each in self.order.fulfillments] == list(range(1, len(self.order.fulfillments) + 1))

    @invariant()
    def an_order_closes_when_it_is_paid_and_everything_is_shipped(self) -> None:
        done = self.order.fulfilled and self.order.financial_status is FinancialStatus.PAID
        assert (self.order.closed_at is not None) == done


TestOneOrder = OneOrder.TestCase
TestOneOrder.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
