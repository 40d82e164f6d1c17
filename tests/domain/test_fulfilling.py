"""Units leave: fulfillments, and what is refused to leave twice, wrongly or from nowhere."""

from dataclasses import replace

import pytest

from crossdock.domain.access import MERCHANT, Caller
from crossdock.domain.commands import CreateFulfillment, FulfillmentGroup, FulfillOrderLines, LineQuantity
from crossdock.domain.decisions import Decision, FulfillmentCreated
from crossdock.domain.events import EventKind
from crossdock.domain.fulfilling import create_fulfillment, fulfill_order_lines
from crossdock.domain.orders import FinancialStatus, FulfillmentStatus, Order, StockClaim, Tracking
from crossdock.domain.refusals import (
    AlreadyFulfilled,
    LineNamedTwice,
    LineNotFound,
    NotFound,
    NotFulfillable,
    NothingToFulfill,
    QuantityNotAvailable,
    QuantityNotPositive,
    SeveralLocations,
)
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.stock import StockCause, StockState
from tests.domain.scene import (
    ANOTHER_SERVICE,
    LATER,
    SERVICE_PLACE,
    THE_SERVICE,
    WAREHOUSE,
    circumstances,
    order_at,
    placed_in,
    the_only,
)

Units = tuple[int, int]


def group(order: Order, *units: Units, at: int = 0) -> FulfillmentGroup:
    """Units (index of the line, quantity) of one of the order's fulfillment orders, or all that is left there."""
    fulfillment_order = order.fulfillment_orders[at]
    lines = tuple(LineQuantity(id=fulfillment_order.lines[index].id, quantity=quantity) for index, quantity in units)
    return FulfillmentGroup(fulfillment_order_id=fulfillment_order.id, lines=lines)


def ship(order: Order, *groups: FulfillmentGroup, number: str | None = None, caller: Caller = MERCHANT) -> Decision:
    tracking = (Tracking(number=number, company="Posten"),) if number else ()
    return create_fulfillment(order, CreateFulfillment(groups=groups, tracking=tracking), circumstances(caller))


def paid(order: Order) -> Order:
    return replace(order, financial_status=FinancialStatus.PAID)


def two_parts(*, elsewhere: bool = False) -> Order:
    """An order whose one line stands in two fulfillment orders, at one place or at two."""
    order = order_at(WAREHOUSE, 3)
    first = the_only(order)
    second = replace(
        first,
        id=first.id + 50,
        location_id=SERVICE_PLACE if elsewhere else WAREHOUSE,
        place=order_at(SERVICE_PLACE, 1).fulfillment_orders[0].place if elsewhere else first.place,
        lines=tuple(replace(line, id=line.id + 50, quantity=2, remaining=2) for line in first.lines),
    )
    line = replace(order.lines[0], quantity=5)
    return replace(order.replacing(second), lines=(line,))


def test_everything_left_leaves_when_no_lines_are_named() -> None:
    order = order_at(WAREHOUSE, 3, 2)
    decision = ship(order, group(order), number="T1")
    assert isinstance(decision.result, FulfillmentCreated)
    fulfillment = decision.result.fulfillment
    assert [(line.order_line_id, line.quantity) for line in fulfillment.lines] == [
        (order.lines[0].id, 3),
        (order.lines[1].id, 2),
    ]
    assert (fulfillment.number, fulfillment.status, fulfillment.location_id) == (
        1,
        FulfillmentStatus.SUCCESS,
        WAREHOUSE,
    )
    assert (fulfillment.service_handle, fulfillment.created_at) == ("manual", LATER)
    assert str(the_only(decision.order).state) == "closed / unsubmitted"
    assert the_only(decision.order).remaining == 0
    assert decision.order.fulfilled


def test_a_part_leaves_and_the_rest_stays() -> None:
    order = order_at(WAREHOUSE, 3, 2)
    decision = ship(order, group(order, (0, 1)))
    assert str(the_only(decision.order).state) == "in_progress / unsubmitted"
    assert [line.remaining for line in the_only(decision.order).lines] == [2, 2]
    assert [line.quantity for line in the_only(decision.order).lines] == [3, 2]
    assert decision.order.partially_fulfilled
    rest = ship(decision.order, group(decision.order))
    assert isinstance(rest.result, FulfillmentCreated)
    assert rest.result.fulfillment.number == 2
    assert rest.order.fulfilled


def test_a_parcel_from_a_service_carries_its_handle() -> None:
    order = placed_in(order_at(SERVICE_PLACE, 1), Status.IN_PROGRESS, RequestStatus.ACCEPTED)
    decision = ship(order, group(order), caller=THE_SERVICE)
    assert isinstance(decision.result, FulfillmentCreated)
    assert decision.result.fulfillment.service_handle == "dockers"


def test_units_of_several_fulfillment_orders_of_one_place_leave_together() -> None:
    order = two_parts()
    decision = ship(order, group(order, (0, 1)), group(order, at=1))
    assert [str(each.state) for each in decision.order.fulfillment_orders] == [
        "in_progress / unsubmitted",
        "closed / unsubmitted",
    ]
    assert decision.order.fulfilled_quantities() == {order.lines[0].id: 3}


def test_one_parcel_does_not_leave_from_two_places() -> None:
    order = two_parts(elsewhere=True)
    with pytest.raises(SeveralLocations) as refusal:
        ship(order, group(order), group(order, at=1))
    assert refusal.value.location_ids == (WAREHOUSE, SERVICE_PLACE)


@pytest.mark.parametrize(
    ("units", "refused"),
    [
        ([(0, 0)], QuantityNotPositive),
        ([(0, 1), (1, -2)], QuantityNotPositive),
        ([(0, 4)], QuantityNotAvailable),
        ([(0, 1), (0, 1)], LineNamedTwice),
    ],
)
def test_units_that_are_not_there_do_not_leave(units: list[Units], refused: type[Exception]) -> None:
    order = order_at(WAREHOUSE, 3, 2)
    with pytest.raises(refused):
        ship(order, group(order, *units))


def test_quantities_are_looked_at_before_anything_else() -> None:
    order = order_at(WAREHOUSE, 3)
    unknown = FulfillmentGroup(fulfillment_order_id=4711)
    with pytest.raises(QuantityNotPositive) as refusal:
        ship(order, unknown, group(order, (0, 0)))
    assert (refusal.value.group, refusal.value.item) == (1, 0)


def test_a_refused_quantity_says_where_it_stood() -> None:
    order = order_at(WAREHOUSE, 3, 2)
    with pytest.raises(QuantityNotPositive) as refusal:
        ship(order, group(order, (0, 1), (1, 0)))
    assert (refusal.value.group, refusal.value.item) == (0, 1)


def test_what_does_not_exist_cannot_leave() -> None:
    order = order_at(WAREHOUSE, 3)
    with pytest.raises(NothingToFulfill):
        ship(order)
    with pytest.raises(NotFound):
        ship(order, FulfillmentGroup(fulfillment_order_id=4711))
    stranger = FulfillmentGroup(fulfillment_order_id=the_only(order).id, lines=(LineQuantity(id=4711, quantity=1),))
    with pytest.raises(LineNotFound):
        ship(order, stranger)


def test_a_fulfillment_order_stands_in_a_parcel_once() -> None:
    order = order_at(WAREHOUSE, 3)
    with pytest.raises(LineNamedTwice):
        ship(order, group(order, (0, 1)), group(order, (0, 1)))


@pytest.mark.parametrize(
    "state",
    ["open/submitted", "on_hold/unsubmitted", "scheduled/unsubmitted", "closed/accepted", "not_required/unsubmitted"],
)
def test_nothing_leaves_in_a_state_that_does_not_let_it(state: str) -> None:
    status, request_status = state.split("/")
    order = placed_in(order_at(SERVICE_PLACE, 2), Status(status), RequestStatus(request_status))
    for caller in (MERCHANT, THE_SERVICE):
        with pytest.raises(NotFulfillable) as refusal:
            ship(order, group(order, (0, 1)), caller=caller)
        assert (refusal.value.fulfillment_order_id, refusal.value.status) == (the_only(order).id, status)


@pytest.mark.parametrize(
    ("state", "service_may"),
    [
        ("open/unsubmitted", False),
        ("open/rejected", False),
        ("in_progress/accepted", True),
        ("in_progress/cancellation_requested", True),
        ("in_progress/cancellation_rejected", True),
        ("cancelled/cancellation_accepted", False),
        ("incomplete/closed", False),
    ],
)
def test_a_service_ships_while_the_work_is_its_own_and_the_merchant_always(state: str, service_may: bool) -> None:
    status, request_status = state.split("/")
    order = placed_in(order_at(SERVICE_PLACE, 2), Status(status), RequestStatus(request_status))
    assert ship(order, group(order)).order.fulfilled
    with pytest.raises(NotFulfillable):
        ship(order, group(order), caller=ANOTHER_SERVICE)
    if service_may:
        assert ship(order, group(order, (0, 1)), caller=THE_SERVICE).order.partially_fulfilled
    else:
        with pytest.raises(NotFulfillable):
            ship(order, group(order), caller=THE_SERVICE)


def test_the_same_units_under_the_same_number_are_one_parcel() -> None:
    order = order_at(WAREHOUSE, 4)
    shipped = ship(order, group(order, (0, 2)), number="T1").order
    with pytest.raises(AlreadyFulfilled) as refusal:
        ship(shipped, group(shipped, (0, 2)), number="T1")
    assert refusal.value.fulfillment_id == shipped.fulfillments[0].id
    assert ship(shipped, group(shipped, (0, 1)), number="T1").order.fulfilled_quantities()[order.lines[0].id] == 3
    assert ship(shipped, group(shipped, (0, 2)), number="T2").order.fulfilled
    assert ship(shipped, group(shipped, (0, 2))).order.fulfilled


def test_a_cancelled_parcel_can_be_made_again() -> None:
    order = order_at(WAREHOUSE, 4)
    shipped = ship(order, group(order, (0, 2)), number="T1").order
    undone = replace(shipped, fulfillments=(replace(shipped.fulfillments[0], status=FulfillmentStatus.CANCELLED),))
    assert ship(undone, group(undone, (0, 2)), number="T1").order.fulfilled_quantities()[order.lines[0].id] == 2


def test_a_paid_order_closes_itself_with_the_last_unit_and_an_unpaid_one_does_not() -> None:
    unpaid = order_at(WAREHOUSE, 2)
    order = paid(unpaid)
    part = ship(order, group(order, (0, 1)))
    assert part.order.closed_at is None
    assert [event.kind for event in part.events] == [
        EventKind.FULFILLMENT_CREATED,
        EventKind.ORDER_PARTIALLY_FULFILLED,
    ]
    whole = ship(part.order, group(part.order))
    assert whole.order.closed_at == LATER
    assert [event.kind for event in whole.events] == [
        EventKind.FULFILLMENT_CREATED,
        EventKind.ORDER_FULFILLED,
        EventKind.ORDER_CLOSED,
    ]
    assert ship(unpaid, group(unpaid)).order.closed_at is None


def test_an_order_that_was_closed_before_is_not_closed_again() -> None:
    order = replace(paid(order_at(WAREHOUSE, 2)), closed_at=order_at(WAREHOUSE, 2).created_at)
    decision = ship(order, group(order))
    assert decision.order.closed_at == order.closed_at
    assert EventKind.ORDER_CLOSED not in [event.kind for event in decision.events]


def test_units_that_claimed_stock_leave_the_shelf_once_an_item() -> None:
    order = two_parts()
    decision = ship(order, group(order, (0, 1)), group(order, at=1))
    (move,) = decision.stock_moves
    assert (move.quantity, move.source, move.target) == (3, StockState.COMMITTED, None)
    assert (move.cause, move.cause_id) == (StockCause.FULFILLMENT_CREATED, decision.order.fulfillments[0].id)
    bypassing = order_at(WAREHOUSE, 3, claim=StockClaim.BYPASS)
    assert ship(bypassing, group(bypassing)).stock_moves == ()


def test_a_refused_parcel_changes_nothing_of_any_group() -> None:
    order = two_parts()
    with pytest.raises(QuantityNotAvailable):
        ship(order, group(order), group(order, (0, 3), at=1))
    assert order == two_parts()


def test_lines_of_an_order_leave_from_all_fulfillment_orders_that_have_them() -> None:
    order = two_parts()
    decision = fulfill_order_lines(order, FulfillOrderLines(order_id=order.id), circumstances())
    (made,) = decision.order.fulfillments
    assert sorted(line.quantity for line in made.lines) == sorted(each.remaining for each in order.fulfillment_orders)
    assert decision.order.fulfilled
    with pytest.raises(NothingToFulfill):
        fulfill_order_lines(decision.order, FulfillOrderLines(order_id=order.id), circumstances())


def test_lines_of_an_order_leave_from_one_place_and_only_those_that_it_has() -> None:
    with pytest.raises(SeveralLocations):
        fulfill_order_lines(two_parts(elsewhere=True), FulfillOrderLines(order_id=1), circumstances())
    order = order_at(WAREHOUSE, 3, 2)
    with pytest.raises(NotFound):
        fulfill_order_lines(order, FulfillOrderLines(order_id=order.id, order_line_ids=(1,)), circumstances())
    second = FulfillOrderLines(order_id=order.id, order_line_ids=(order.lines[1].id,))
    decision = fulfill_order_lines(order, second, circumstances())
    assert decision.order.fulfilled_quantities() == {order.lines[1].id: 2}
    assert the_only(decision.order).remaining == 3


@pytest.mark.parametrize("only_while_going_on", [True, False])
@pytest.mark.parametrize(
    ("status", "asked"),
    [
        (Status.IN_PROGRESS, RequestStatus.CANCELLATION_REQUESTED),
        (Status.CANCELLED, RequestStatus.CANCELLATION_ACCEPTED),
        (Status.INCOMPLETE, RequestStatus.CLOSED),
    ],
)
def test_what_does_not_go_on_is_shipped_only_where_it_need_not(
    status: Status, asked: RequestStatus, only_while_going_on: bool
) -> None:
    order = placed_in(order_at(SERVICE_PLACE, 3), status, asked)
    command = CreateFulfillment(groups=(group(order),), only_while_going_on=only_while_going_on)
    if only_while_going_on:
        with pytest.raises(NotFulfillable):
            create_fulfillment(order, command, circumstances())
        with pytest.raises(NotFulfillable):
            fulfill_order_lines(order, FulfillOrderLines(order_id=order.id), circumstances())
    else:
        assert create_fulfillment(order, command, circumstances()).order.fulfilled
