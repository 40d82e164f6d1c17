"""What each action on a fulfillment order does, by the vendors' sentences and recordings."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from crossdock.domain.cancelling import cancel_order, close_order, reopen_order
from crossdock.domain.commands import (
    AcceptFulfillmentRequest,
    AddCarrierEvent,
    CancelFulfillment,
    CancelFulfillmentOrder,
    CancelOrder,
    CloseOrder,
    CreateFulfillment,
    EditOrder,
    FulfillmentGroup,
    HoldFulfillmentOrder,
    LineQuantity,
    MarkAsOpen,
    MergeFulfillmentOrders,
    MoveFulfillmentOrder,
    NewOrderLine,
    ReleaseHolds,
    ReopenOrder,
    ReportProgress,
    RerouteFulfillmentOrders,
    SplitFulfillmentOrders,
    SubmitFulfillmentRequest,
    UpdateTracking,
)
from crossdock.domain.decisions import (
    Circumstances,
    FulfillmentOrderHeld,
    FulfillmentOrderMoved,
    FulfillmentOrderReplaced,
    FulfillmentOrdersChanged,
    FulfillmentOrdersSplit,
)
from crossdock.domain.editing import edit_order, editable_units
from crossdock.domain.fulfilling import create_fulfillment
from crossdock.domain.holding import hold_fulfillment_order, release_holds
from crossdock.domain.moving import move_fulfillment_order, reroute_fulfillment_orders
from crossdock.domain.orders import HoldReason, Order, Tracking
from crossdock.domain.parcels import add_carrier_event, cancel_fulfillment, update_tracking
from crossdock.domain.refusals import (
    ActionNotAllowed,
    FulfillmentsOutstanding,
    HoldHandleTaken,
    Invalid,
    NotEditable,
    NothingToSplit,
    NotStockedThere,
    NowhereElse,
    OrderCancelled,
    ProgressReported,
    QuantityNotPositive,
    TooManyHolds,
)
from crossdock.domain.requests import accept_fulfillment_request, submit_fulfillment_request
from crossdock.domain.scheduling import mark_as_open, report_progress
from crossdock.domain.shipment import MOST_CARRIER_EVENTS, ShipmentStatus
from crossdock.domain.splitting import cancel_fulfillment_order, merge_fulfillment_orders, split_fulfillment_orders
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.stock import StockState
from tests.domain.scene import (
    ANNEX,
    LATER,
    LOCATIONS,
    SERVICE_PLACE,
    THE_SERVICE,
    WAREHOUSE,
    circumstances,
    level,
    order_at,
    the_only,
    variant,
)

IDS = count(50_000)


def given(*stocked: tuple[int, int, int]) -> Circumstances:
    """The merchant's circumstances, with so many units of items at locations."""
    return Circumstances(
        at=LATER,
        ids=IDS,
        locations=LOCATIONS,
        levels={(item, place): level(item, place, units) for item, place, units in stocked},
        priority=tuple(LOCATIONS),
        variants={1: variant(1), 2: variant(2)},
    )


def held(order: Order, *lines: LineQuantity, handle: str = "") -> FulfillmentOrderHeld:
    command = HoldFulfillmentOrder(
        fulfillment_order_id=order.fulfillment_orders[0].id,
        reason=HoldReason.INCORRECT_ADDRESS,
        handle=handle,
        lines=lines,
    )
    result = hold_fulfillment_order(order, command, given()).result
    assert isinstance(result, FulfillmentOrderHeld)
    return result


def moved(
    order: Order, place: int, *lines: LineQuantity, stocked: tuple[int, ...] = (101, 102)
) -> FulfillmentOrderMoved:
    command = MoveFulfillmentOrder(fulfillment_order_id=order.fulfillment_orders[0].id, location_id=place, lines=lines)
    result = move_fulfillment_order(order, command, given(*((item, place, 9) for item in stocked))).result
    assert isinstance(result, FulfillmentOrderMoved)
    return result


def shipped(order: Order, *lines: LineQuantity, number: str | None = None) -> Order:
    command = CreateFulfillment(
        groups=(FulfillmentGroup(fulfillment_order_id=order.fulfillment_orders[0].id, lines=lines),),
        tracking=(Tracking(number=number),),
    )
    return create_fulfillment(order, command, given()).order


def units(order: Order) -> list[tuple[int, str, int]]:
    return [(each.location_id, each.status.value, each.remaining) for each in order.fulfillment_orders]


def test_a_partial_hold_keeps_what_is_held_and_lets_the_rest_go_on_until_it_comes_home() -> None:
    order = order_at(WAREHOUSE, 5)
    line = the_only(order).lines[0]
    result = held(order, LineQuantity(id=line.id, quantity=2))
    assert units(result.order) == [(WAREHOUSE, "on_hold", 2), (WAREHOUSE, "open", 3)]
    assert result.held.lines[0].id == line.id
    assert result.remaining is not None
    released = release_holds(result.order, ReleaseHolds(fulfillment_order_id=result.held.id), given()).order
    assert units(released) == [(WAREHOUSE, "open", 5), (WAREHOUSE, "closed", 0)]
    first, second = released.fulfillment_orders
    assert [(each.quantity, each.remaining) for each in second.lines] == [(0, 0)]
    assert second.merged_into == first.id


def test_what_was_split_by_hand_stays_when_a_hold_is_released() -> None:
    order = order_at(WAREHOUSE, 5)
    only = the_only(order)
    group = FulfillmentGroup(fulfillment_order_id=only.id, lines=(LineQuantity(id=only.lines[0].id, quantity=2),))
    parted = split_fulfillment_orders(order, SplitFulfillmentOrders(groups=(group,)), given()).order
    result = held(parted)
    released = release_holds(result.order, ReleaseHolds(fulfillment_order_id=only.id), given()).order
    assert units(released) == [(WAREHOUSE, "open", 3), (WAREHOUSE, "open", 2)]


def test_holds_stack_by_handle_up_to_ten_and_the_last_release_reopens() -> None:
    order = order_at(WAREHOUSE, 1)
    for number in range(10):
        order = held(order, handle=str(number)).order
    with pytest.raises(HoldHandleTaken):
        held(order, handle="3")
    with pytest.raises(TooManyHolds):
        held(order, handle="new")
    only = the_only(order)
    with pytest.raises(ActionNotAllowed, match="split"):
        held(order, LineQuantity(id=only.lines[0].id, quantity=1), handle="new")
    with pytest.raises(QuantityNotPositive):
        held(order, LineQuantity(id=only.lines[0].id, quantity=0), handle="new")
    first = ReleaseHolds(fulfillment_order_id=only.id, hold_ids=(only.holds[0].id,))
    order = release_holds(order, first, given()).order
    assert (the_only(order).status, len(the_only(order).holds)) == (Status.ON_HOLD, 9)
    order = release_holds(order, ReleaseHolds(fulfillment_order_id=only.id), given()).order
    assert (the_only(order).status, the_only(order).holds) == (Status.OPEN, ())


def test_all_of_it_moves_under_its_own_id_and_takes_its_claims_along() -> None:
    order = order_at(WAREHOUSE, 3)
    command = MoveFulfillmentOrder(fulfillment_order_id=the_only(order).id, location_id=ANNEX)
    decision = move_fulfillment_order(order, command, given((101, ANNEX, 9)))
    after = the_only(decision.order)
    assert (after.id, after.location_id) == (the_only(order).id, ANNEX)
    assert [(move.location_id, move.source, move.target, move.quantity) for move in decision.stock_moves] == [
        (WAREHOUSE, StockState.COMMITTED, StockState.AVAILABLE, 3),
        (ANNEX, StockState.AVAILABLE, StockState.COMMITTED, 3),
    ]


def test_a_part_moves_as_a_new_one_and_so_does_the_rest_beside_shipped_units() -> None:
    order = order_at(WAREHOUSE, 5)
    line = the_only(order).lines[0]
    part = moved(order, ANNEX, LineQuantity(id=line.id, quantity=2))
    assert units(part.order) == [(WAREHOUSE, "open", 3), (ANNEX, "open", 2)]
    assert part.moved.split_from == part.original.id
    assert part.moved.lines[0].id != line.id
    rest = moved(shipped(order, LineQuantity(id=line.id, quantity=2)), ANNEX)
    assert units(rest.order) == [(WAREHOUSE, "closed", 0), (ANNEX, "open", 3)]
    assert rest.original.lines[0].quantity == 2


def test_only_lines_that_the_destination_stocks_move() -> None:
    order = order_at(WAREHOUSE, 2, 3)
    result = moved(order, ANNEX, stocked=(102,))
    assert units(result.order) == [(WAREHOUSE, "open", 2), (ANNEX, "open", 3)]
    with pytest.raises(NotStockedThere):
        moved(order, ANNEX, stocked=())


def test_what_arrives_where_work_is_open_already_is_recreated_with_it_in_a_new_one() -> None:
    order = order_at(WAREHOUSE, 5)
    line = the_only(order).lines[0]
    parted = moved(order, ANNEX, LineQuantity(id=line.id, quantity=2)).order
    together = moved(parted, ANNEX)
    assert units(together.order) == [(WAREHOUSE, "closed", 0), (ANNEX, "closed", 0), (ANNEX, "open", 5)]
    assert {each.merged_into for each in together.order.fulfillment_orders[:2]} == {together.moved.id}


def test_work_that_has_begun_is_neither_moved_nor_cancelled_before_it_is_marked_as_open() -> None:
    order = order_at(WAREHOUSE, 2)
    id = the_only(order).id
    begun = report_progress(order, ReportProgress(fulfillment_order_id=id), given()).order
    with pytest.raises(ProgressReported):
        moved(begun, ANNEX)
    with pytest.raises(ProgressReported):
        cancel_fulfillment_order(begun, CancelFulfillmentOrder(fulfillment_order_id=id), given())
    again = mark_as_open(begun, MarkAsOpen(fulfillment_order_id=id), given()).order
    assert the_only(again).status is Status.OPEN
    assert moved(again, ANNEX).moved.location_id == ANNEX
    with pytest.raises(ActionNotAllowed):
        mark_as_open(
            shipped(order, LineQuantity(id=the_only(order).lines[0].id, quantity=1)),
            MarkAsOpen(fulfillment_order_id=id),
            given(),
        )


def test_routing_chooses_another_place_that_has_the_units() -> None:
    order = order_at(WAREHOUSE, 3)
    command = RerouteFulfillmentOrders(fulfillment_order_ids=(the_only(order).id,))
    stock = ((101, WAREHOUSE, 9), (101, SERVICE_PLACE, 2), (101, ANNEX, 5))
    after = reroute_fulfillment_orders(order, command, given(*stock)).order
    assert units(after) == [(ANNEX, "open", 3)]
    with pytest.raises(NowhereElse):
        reroute_fulfillment_orders(order, command, given((101, WAREHOUSE, 9), (101, ANNEX, 1)))
    without = RerouteFulfillmentOrders(
        fulfillment_order_ids=(the_only(order).id,), included_location_ids=(ANNEX,), excluded_location_ids=(ANNEX,)
    )
    with pytest.raises(NowhereElse):
        reroute_fulfillment_orders(order, without, given(*stock))


def test_a_split_takes_units_out_and_a_merge_gathers_them_in_the_first() -> None:
    order = order_at(WAREHOUSE, 5)
    only = the_only(order)
    group = FulfillmentGroup(fulfillment_order_id=only.id, lines=(LineQuantity(id=only.lines[0].id, quantity=2),))
    decision = split_fulfillment_orders(order, SplitFulfillmentOrders(groups=(group,)), given())
    assert isinstance(decision.result, FulfillmentOrdersSplit)
    assert units(decision.order) == [(WAREHOUSE, "open", 3), (WAREHOUSE, "open", 2)]
    whole = tuple(FulfillmentGroup(fulfillment_order_id=each.id) for each in decision.order.fulfillment_orders)
    merged = merge_fulfillment_orders(decision.order, MergeFulfillmentOrders(groups=whole), given()).order
    assert units(merged) == [(WAREHOUSE, "open", 5), (WAREHOUSE, "closed", 0)]
    assert merged.fulfillment_orders[0].lines[0].id == only.lines[0].id
    with pytest.raises(NothingToSplit):
        split_fulfillment_orders(
            order, SplitFulfillmentOrders(groups=(FulfillmentGroup(fulfillment_order_id=only.id),)), given()
        )


def test_a_cancelled_one_keeps_no_lines_and_its_replacement_has_them_under_their_ids() -> None:
    order = order_at(SERVICE_PLACE, 2, 3)
    only = the_only(order)
    asked = submit_fulfillment_request(order, SubmitFulfillmentRequest(fulfillment_order_id=only.id), given()).order
    decision = cancel_fulfillment_order(asked, CancelFulfillmentOrder(fulfillment_order_id=only.id), given())
    assert isinstance(decision.result, FulfillmentOrderReplaced)
    original, replacement = decision.result.original, decision.result.replacement
    assert (original.status, original.request_status, original.lines) == (Status.CLOSED, RequestStatus.SUBMITTED, ())
    assert (replacement.status, replacement.request_status) == (Status.OPEN, RequestStatus.UNSUBMITTED)
    assert (replacement.lines, replacement.replaces) == (only.lines, original.id)


def test_a_cancelled_fulfillment_of_closed_work_is_shipped_again_from_a_new_one() -> None:
    order = shipped(order_at(WAREHOUSE, 2), number="T1")
    (parcel,) = order.fulfillments
    decision = cancel_fulfillment(order, CancelFulfillment(fulfillment_id=parcel.id), given((101, WAREHOUSE, 9)))
    closed, again = decision.order.fulfillment_orders
    assert (closed.status, closed.remaining) == (Status.CLOSED, 2)
    assert (again.status, again.remaining, again.replaces) == (Status.OPEN, 2, closed.id)
    assert again.lines[0].id != closed.lines[0].id
    assert [(move.source, move.target, move.quantity) for move in decision.stock_moves] == [
        (None, StockState.COMMITTED, 2)
    ]
    repeated = cancel_fulfillment(decision.order, CancelFulfillment(fulfillment_id=parcel.id), given())
    assert (repeated.order, repeated.events, repeated.stock_moves) == (decision.order, (), ())


def test_a_cancelled_fulfillment_of_work_that_goes_on_gives_its_units_back_to_it() -> None:
    order = order_at(WAREHOUSE, 5)
    parted = shipped(order, LineQuantity(id=the_only(order).lines[0].id, quantity=2))
    command = CancelFulfillment(fulfillment_id=parted.fulfillments[0].id)
    after = cancel_fulfillment(parted, command, given((101, WAREHOUSE, 9))).order
    assert the_only(after).remaining == 5


def test_what_can_be_shipped_again_only_elsewhere_goes_there_with_its_claims() -> None:
    order = shipped(order_at(WAREHOUSE, 2))
    command = CancelFulfillment(fulfillment_id=order.fulfillments[0].id)
    decision = cancel_fulfillment(order, command, given((101, ANNEX, 9)))
    assert units(decision.order) == [(WAREHOUSE, "closed", 2), (ANNEX, "open", 2)]
    assert [(move.location_id, move.source, move.target) for move in decision.stock_moves] == [
        (WAREHOUSE, None, StockState.COMMITTED),
        (WAREHOUSE, StockState.COMMITTED, StockState.AVAILABLE),
        (ANNEX, StockState.AVAILABLE, StockState.COMMITTED),
    ]


def test_the_carrier_s_newest_word_is_the_status_and_its_times_stay() -> None:
    order = shipped(order_at(WAREHOUSE, 1), number="T1")
    id = order.fulfillments[0].id
    for status, hours in ((ShipmentStatus.DELIVERED, 9), (ShipmentStatus.IN_TRANSIT, 3), (ShipmentStatus.FAILURE, 12)):
        scan = AddCarrierEvent(fulfillment_id=id, status=status, happened_at=LATER + timedelta(hours=hours))
        order = add_carrier_event(order, scan, given()).order
        assert add_carrier_event(order, scan, given()).events == ()
    shipment = order.fulfillments[0].shipment
    assert shipment.status is ShipmentStatus.FAILURE
    assert (shipment.in_transit_at, shipment.delivered_at) == (LATER + timedelta(hours=3), LATER + timedelta(hours=9))


def test_a_parcel_has_so_many_carrier_events_and_no_more() -> None:
    order = shipped(order_at(WAREHOUSE, 1), number="T1")
    id = order.fulfillments[0].id

    def scan(hours: int) -> AddCarrierEvent:
        happened_at = LATER + timedelta(hours=hours)
        return AddCarrierEvent(fulfillment_id=id, status=ShipmentStatus.IN_TRANSIT, happened_at=happened_at)

    for hours in range(MOST_CARRIER_EVENTS):
        order = add_carrier_event(order, scan(hours), given()).order
    assert add_carrier_event(order, scan(0), given()).events == ()
    with pytest.raises(Invalid, match="can have 500 events"):
        add_carrier_event(order, scan(MOST_CARRIER_EVENTS), given())


def test_tracking_is_replaced_as_a_whole_and_the_same_changes_nothing() -> None:
    order = shipped(order_at(WAREHOUSE, 1), number="T1")
    command = UpdateTracking(
        fulfillment_id=order.fulfillments[0].id, tracking=(Tracking(number="A"), Tracking(number="B"))
    )
    after = update_tracking(order, command, given()).order
    assert [each.number for each in after.fulfillments[0].tracking] == ["A", "B"]
    assert update_tracking(after, command, given()).events == ()


def test_only_units_that_nobody_was_asked_for_can_be_taken_out() -> None:
    order = order_at(SERVICE_PLACE, 5)
    only, line = the_only(order), order.lines[0]
    part = SubmitFulfillmentRequest(
        fulfillment_order_id=only.id, lines=(LineQuantity(id=only.lines[0].id, quantity=3),)
    )
    asked = submit_fulfillment_request(order, part, given()).order
    assert editable_units(asked) == {line.id: 2}
    fewer = EditOrder(order_id=order.id, quantities=(LineQuantity(id=line.id, quantity=3),))
    after = edit_order(asked, fewer, given()).order
    assert units(after) == [(SERVICE_PLACE, "open", 3), (SERVICE_PLACE, "closed", 0)]
    with pytest.raises(NotEditable):
        edit_order(after, EditOrder(order_id=order.id, quantities=(LineQuantity(id=line.id, quantity=2),)), given())


def test_what_is_added_joins_the_work_that_is_still_to_be_started_at_the_same_place() -> None:
    order = order_at(WAREHOUSE, 2)
    stock = ((101, WAREHOUSE, 9), (102, WAREHOUSE, 9), (102, SERVICE_PLACE, 9))
    more = EditOrder(
        order_id=order.id,
        quantities=(LineQuantity(id=order.lines[0].id, quantity=4),),
        added=(NewOrderLine(variant_id=2, quantity=1),),
    )
    decision = edit_order(order, more, given(*stock))
    assert units(decision.order) == [(WAREHOUSE, "open", 5)]
    assert [line.quantity for line in decision.order.lines] == [4, 1]
    assert sum(move.quantity for move in decision.stock_moves) == 3


def test_what_is_rerouted_to_one_place_is_told_as_the_one_that_has_it_all() -> None:
    order = order_at(WAREHOUSE, 5)
    part = LineQuantity(id=the_only(order).lines[0].id, quantity=2)
    group = FulfillmentGroup(fulfillment_order_id=the_only(order).id, lines=(part,))
    parted = split_fulfillment_orders(order, SplitFulfillmentOrders(groups=(group,)), given()).order
    ids = tuple(each.id for each in parted.fulfillment_orders)
    decision = reroute_fulfillment_orders(
        parted, RerouteFulfillmentOrders(fulfillment_order_ids=ids), given((101, WAREHOUSE, 9), (101, ANNEX, 9))
    )
    assert isinstance(decision.result, FulfillmentOrdersChanged)
    (all_of_it,) = decision.result.fulfillment_orders
    assert (all_of_it.location_id, all_of_it.remaining) == (ANNEX, 5)


def test_what_is_added_to_an_order_that_is_to_be_shipped_later_waits_with_it() -> None:
    order = order_at(WAREHOUSE, 2)
    later = LATER + timedelta(days=2)
    order = order.replacing(replace(the_only(order), status=Status.SCHEDULED, fulfill_at=later))
    line = order.lines[0]
    more = EditOrder(order_id=order.id, quantities=(LineQuantity(id=line.id, quantity=3),))
    assert units(edit_order(order, more, given((101, WAREHOUSE, 9))).order) == [(WAREHOUSE, "scheduled", 3)]
    new = EditOrder(order_id=order.id, added=(NewOrderLine(variant_id=2, quantity=1),))
    edited = edit_order(order, new, given((102, ANNEX, 9))).order
    assert units(edited) == [(WAREHOUSE, "scheduled", 2), (ANNEX, "scheduled", 1)]
    assert edited.fulfillment_orders[-1].fulfill_at == later
    opened = mark_as_open(edited, MarkAsOpen(fulfillment_order_id=the_only(order).id), given()).order
    assert units(edit_order(opened, more, given((101, WAREHOUSE, 9))).order)[0] == (WAREHOUSE, "open", 3)


def test_an_order_is_given_up_only_before_a_service_works_on_it_or_a_parcel_is_out() -> None:
    order = order_at(SERVICE_PLACE, 2)
    id = the_only(order).id
    asked = submit_fulfillment_request(order, SubmitFulfillmentRequest(fulfillment_order_id=id), given()).order
    taken = accept_fulfillment_request(
        asked, AcceptFulfillmentRequest(fulfillment_order_id=id), circumstances(THE_SERVICE)
    ).order
    with pytest.raises(ActionNotAllowed):
        cancel_order(taken, CancelOrder(order_id=order.id), given())
    with pytest.raises(FulfillmentsOutstanding):
        cancel_order(shipped(order), CancelOrder(order_id=order.id), given())
    decision = cancel_order(asked, CancelOrder(order_id=order.id, restock=False), given())
    assert units(decision.order) == [(SERVICE_PLACE, "closed", 2)]
    assert [(move.source, move.target) for move in decision.stock_moves] == [(StockState.COMMITTED, None)]
    with pytest.raises(OrderCancelled):
        cancel_order(decision.order, CancelOrder(order_id=order.id), given())
    with pytest.raises(OrderCancelled):
        reopen_order(decision.order, ReopenOrder(order_id=order.id), given())


def test_closing_and_reopening_twice_changes_nothing_more() -> None:
    order = order_at(WAREHOUSE, 1)
    closed = close_order(order, CloseOrder(order_id=order.id), given()).order
    assert closed.closed_at == LATER
    assert close_order(closed, CloseOrder(order_id=order.id), given()).events == ()
    opened = reopen_order(closed, ReopenOrder(order_id=order.id), given()).order
    assert opened.closed_at is None
    assert reopen_order(opened, ReopenOrder(order_id=order.id), given()).events == ()
