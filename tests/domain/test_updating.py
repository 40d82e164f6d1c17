"""What stands on an order changes, money comes in, and orders are given up or come from elsewhere already done."""

from collections import Counter
from dataclasses import replace

import pytest

from crossdock.domain.cancelling import cancel_order
from crossdock.domain.commands import CancelOrder, CreateOrder, MarkOrderAsPaid, NewOrderLine, UpdateOrder
from crossdock.domain.decisions import OrderChanged, OrderCreated
from crossdock.domain.events import EventKind
from crossdock.domain.order_details import NO_DETAILS, OrderDetails
from crossdock.domain.order_status import NextFulfillmentStatus
from crossdock.domain.ordering import create_order
from crossdock.domain.orders import FinancialStatus, Order, StockClaim
from crossdock.domain.places import Address
from crossdock.domain.refusals import AlreadyPaid, FulfillmentsOutstanding, Invalid, OrderCancelled
from crossdock.domain.shipping_methods import ShippingMethod, ShippingPrice
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.updating import mark_order_as_paid, update_order
from tests.domain.scene import (
    LATER,
    SERVICE_PLACE,
    WAREHOUSE,
    circumstances,
    facts,
    level,
    order_at,
    placed_in,
    the_only,
    variant,
)
from tests.domain.test_fulfilling import group, ship

LUND = Address(first_name="Bo", last_name="Ek", address1="Storgatan 1", city="Lund", country_code="SE")


def kept(details: OrderDetails, order: Order, command: UpdateOrder) -> OrderChanged:
    result = update_order(order, command, replace(circumstances(), details=details)).result
    assert isinstance(result, OrderChanged)
    return result


def test_only_what_is_named_of_an_attribution_changes_and_what_is_empty_is_not_there() -> None:
    before = OrderDetails(metadata={"a": 1}, attribution={"funnel": "spring", "utm_source": "mail"})
    order = order_at(WAREHOUSE, 1)
    command = UpdateOrder(order_id=order.id, attribution={"utm_source": "", "utm_term": "mugs", "gclid": None})
    assert kept(before, order, command).details == OrderDetails(
        metadata={"a": 1}, attribution={"funnel": "spring", "utm_term": "mugs"}
    )


@pytest.mark.parametrize(
    "command",
    [
        UpdateOrder(order_id=1, metadata={"a": 1}),
        UpdateOrder(order_id=1, attribution={"funnel": "spring", "affiliate": ""}),
        UpdateOrder(order_id=1, closed=False, tags="", expected_statuses=(NextFulfillmentStatus.UNFULFILLED,)),
    ],
)
def test_what_is_the_same_makes_no_event(command: UpdateOrder) -> None:
    before = OrderDetails(metadata={"a": 1}, attribution={"funnel": "spring"})
    order = order_at(WAREHOUSE, 1)
    decision = update_order(order, command, replace(circumstances(), details=before))
    assert (decision.order, decision.events, decision.details) == (order, (), None)


def test_what_was_empty_from_the_first_is_no_change_later() -> None:
    before = OrderDetails(metadata={}, attribution={"funnel": ""})
    order = order_at(WAREHOUSE, 1)
    decision = update_order(
        order, UpdateOrder(order_id=order.id, note="gift"), replace(circumstances(), details=before)
    )
    assert ([each.details for each in decision.events], decision.details) == ([{"fields": "note"}], None)
    sent_back = UpdateOrder(order_id=order.id, metadata={}, attribution={"funnel": ""})
    assert update_order(order, sent_back, replace(circumstances(), details=before)).events == ()


def test_details_alone_are_a_change_of_the_order() -> None:
    order = order_at(WAREHOUSE, 1)
    decision = update_order(order, UpdateOrder(order_id=order.id, metadata=[1, 2.5]), circumstances())
    assert decision.details == OrderDetails(metadata=[1, 2.5])
    assert [(each.kind, each.details) for each in decision.events] == [
        (EventKind.ORDER_UPDATED, {"fields": "metadata"})
    ]


def test_an_order_is_put_away_and_taken_out_again() -> None:
    order = order_at(WAREHOUSE, 1)
    away = update_order(order, UpdateOrder(order_id=order.id, closed=True), circumstances())
    assert (away.order.closed_at, [each.kind for each in away.events]) == (LATER, [EventKind.ORDER_CLOSED])
    back = update_order(away.order, UpdateOrder(order_id=order.id, closed=False), circumstances())
    assert (back.order.closed_at, [each.kind for each in back.events]) == (None, [EventKind.ORDER_REOPENED])
    cancelled = cancel_order(order, CancelOrder(order_id=order.id), circumstances()).order
    with pytest.raises(OrderCancelled):
        update_order(cancelled, UpdateOrder(order_id=order.id, closed=False), circumstances())


@pytest.mark.parametrize(
    ("status", "request_status", "late"),
    [
        (Status.OPEN, RequestStatus.UNSUBMITTED, False),
        (Status.OPEN, RequestStatus.SUBMITTED, False),
        (Status.IN_PROGRESS, RequestStatus.ACCEPTED, True),
        (Status.IN_PROGRESS, RequestStatus.CANCELLATION_REQUESTED, True),
        (Status.IN_PROGRESS, RequestStatus.CANCELLATION_REJECTED, True),
        (Status.OPEN, RequestStatus.CANCELLATION_ACCEPTED, False),
        (Status.CLOSED, RequestStatus.CLOSED, False),
    ],
)
def test_an_address_comes_too_late_once_the_service_works(
    status: Status, request_status: RequestStatus, late: bool
) -> None:
    order = placed_in(order_at(SERVICE_PLACE, 1), status, request_status)
    command = UpdateOrder(order_id=order.id, shipping_address=LUND, in_time=True)
    if late:
        with pytest.raises(Invalid, match="shipping_address"):
            update_order(order, command, circumstances())
    else:
        assert update_order(order, command, circumstances()).order.shipping_address == LUND
    assert update_order(order, replace(command, in_time=False), circumstances()).order.shipping_address == LUND
    sent_back = replace(order, shipping_address=LUND)
    assert update_order(sent_back, command, circumstances()).events == ()


def test_nobody_sets_a_fulfillment_status() -> None:
    order = order_at(WAREHOUSE, 1)
    with pytest.raises(Invalid, match="fulfillment_status"):
        update_order(
            order, UpdateOrder(order_id=1, expected_statuses=(NextFulfillmentStatus.FULFILLED,)), circumstances()
        )


def test_an_order_is_paid_once() -> None:
    order = order_at(WAREHOUSE, 1)
    paid = mark_order_as_paid(order, MarkOrderAsPaid(order_id=order.id, payment_method="cash"), circumstances())
    assert paid.order.financial_status is FinancialStatus.PAID
    assert paid.details == OrderDetails(payment_method="cash")
    with pytest.raises(AlreadyPaid):
        mark_order_as_paid(paid.order, MarkOrderAsPaid(order_id=order.id), circumstances())
    cancelled = cancel_order(order, CancelOrder(order_id=order.id), circumstances()).order
    with pytest.raises(OrderCancelled):
        mark_order_as_paid(cancelled, MarkOrderAsPaid(order_id=order.id), circumstances())


def test_what_is_shipped_and_then_paid_closes_itself() -> None:
    order = order_at(WAREHOUSE, 2)
    shipped = ship(order, group(order)).order
    assert shipped.closed_at is None
    paid = mark_order_as_paid(shipped, MarkOrderAsPaid(order_id=order.id), circumstances())
    assert paid.order.closed_at == LATER
    assert [each.kind for each in paid.events] == [EventKind.ORDER_UPDATED, EventKind.ORDER_CLOSED]


@pytest.mark.parametrize("status", FinancialStatus)
def test_an_order_with_parcels_out_is_given_up_only_if_nobody_paid(status: FinancialStatus) -> None:
    order = replace(order_at(WAREHOUSE, 2, 3), financial_status=status)
    shipped = ship(order, group(order, (0, 1))).order
    command = CancelOrder(order_id=order.id, despite_parcels=True)
    if status not in {FinancialStatus.PENDING, FinancialStatus.AUTHORIZED, FinancialStatus.VOIDED}:
        with pytest.raises(FulfillmentsOutstanding):
            cancel_order(shipped, command, circumstances())
        return
    with pytest.raises(FulfillmentsOutstanding):
        cancel_order(shipped, replace(command, despite_parcels=False), circumstances())
    given_up = cancel_order(shipped, command, circumstances()).order
    gone = given_up.fulfilled_quantities()
    assert gone == Counter({given_up.lines[0].id: 1})
    assert all(line.quantity - line.removed == gone[line.id] for line in given_up.lines)
    assert not +given_up.remaining_quantities()


def test_a_refund_gives_back_what_there_is() -> None:
    order = order_at(WAREHOUSE, 1)
    command = CancelOrder(order_id=order.id, refund=True)
    for before, after in (
        (FinancialStatus.PAID, FinancialStatus.REFUNDED),
        (FinancialStatus.PENDING, FinancialStatus.VOIDED),
        (FinancialStatus.REFUNDED, FinancialStatus.REFUNDED),
    ):
        given_up = cancel_order(replace(order, financial_status=before), command, circumstances()).order
        assert given_up.financial_status is after


EXPRESS = ShippingMethod(
    id=3,
    code="express",
    name="Express",
    countries=("SE", "NO"),
    prices=(ShippingPrice(currency="EUR", amount=900), ShippingPrice(currency="JPY", amount=1500)),
)


def made(command: CreateOrder, method: ShippingMethod | None = EXPRESS) -> OrderCreated:
    known = replace(facts(level(101, WAREHOUSE, 5), variants=[variant(1)]), shipping_method=method)
    result = create_order(command, known, circumstances()).result
    assert isinstance(result, OrderCreated)
    return result


def test_a_shipping_method_gives_its_name_and_its_price() -> None:
    command = CreateOrder(lines=(NewOrderLine(variant_id=1, quantity=1),), shipping_method="express")
    order = made(command).order
    assert (order.shipping_title, order.shipping_code, order.shipping_price) == ("Express", "express", 900)
    assert made(replace(command, currency="JPY")).order.shipping_price == 1500
    assert made(replace(command, currency="USD")).order.shipping_price == 0
    assert made(replace(command, shipping_price=0)).order.shipping_price == 0
    with pytest.raises(Invalid, match="shipping_code"):
        made(command, method=None)
    assert made(replace(command, shipping_address=LUND)).order.shipping_price == 900
    with pytest.raises(Invalid, match="country"):
        made(replace(command, shipping_address=replace(LUND, country_code="US")))


def test_what_is_kept_of_lines_stands_by_their_ids() -> None:
    lines = (
        NewOrderLine(variant_id=1, quantity=1),
        NewOrderLine(variant_id=1, quantity=2, upsell=True, metadata={"gift": True}),
    )
    created = made(CreateOrder(lines=lines))
    assert [created.details.line(line.id).upsell for line in created.order.lines] == [False, True]
    assert created.details.line(created.order.lines[1].id).metadata == {"gift": True}
    assert made(CreateOrder(lines=lines[:1])).details == NO_DETAILS


def test_an_order_from_elsewhere_can_be_done_already() -> None:
    lines = (NewOrderLine(variant_id=1, quantity=2),)
    known = facts(level(101, WAREHOUSE, 5), variants=[variant(1)])
    claim = StockClaim.OBEYING_POLICY
    away = create_order(CreateOrder(lines=lines, stock_claim=claim, closed=True), known, circumstances())
    assert (away.order.closed_at, the_only(away.order).status) == (LATER, Status.OPEN)
    given_up = create_order(CreateOrder(lines=lines, stock_claim=claim, cancelled=True), known, circumstances())
    assert (given_up.order.cancelled_at, the_only(given_up.order).status) == (LATER, Status.CLOSED)
    assert given_up.events[0].kind is EventKind.ORDER_CREATED
    assert given_up.result == OrderCreated(order=given_up.order)
    moved: Counter[str | None] = Counter()
    for move in given_up.stock_moves:
        moved.update({move.source: -move.quantity})
        moved.update({move.target: move.quantity})
    assert not any(moved.values())
