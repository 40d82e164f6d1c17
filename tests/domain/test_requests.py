"""The talk between merchant and service about one fulfillment order."""

from collections.abc import Callable

import pytest

from crossdock.domain.access import MERCHANT, Caller
from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    CloseFulfillmentOrder,
    LineQuantity,
    RejectCancellationRequest,
    RejectFulfillmentRequest,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
)
from crossdock.domain.decisions import Decision, FulfillmentOrderChanged, RequestSubmitted
from crossdock.domain.events import EventKind
from crossdock.domain.orders import LineRejection, Order, RejectionReason, RequestAnswer, RequestKind
from crossdock.domain.refusals import (
    ActionNotAllowed,
    LineNamedTwice,
    LineNotFound,
    NotAtFulfillmentService,
    NotFound,
    QuantityNotAvailable,
    QuantityNotPositive,
)
from crossdock.domain.requests import (
    accept_cancellation_request,
    accept_fulfillment_request,
    close_fulfillment_order,
    reject_cancellation_request,
    reject_fulfillment_request,
    submit_cancellation_request,
    submit_fulfillment_request,
)
from tests.domain.scene import (
    ANOTHER_SERVICE,
    LATER,
    SERVICE_PLACE,
    THE_SERVICE,
    WAREHOUSE,
    circumstances,
    order_at,
    the_only,
)

Step = Callable[[Order], Decision]


def submit(order: Order, *lines: tuple[int, int], caller: Caller = MERCHANT) -> Decision:
    """Send a request for the first fulfillment order, for lines (id, quantity) or for all of it."""
    command = SubmitFulfillmentRequest(
        fulfillment_order_id=order.fulfillment_orders[0].id,
        message="ASAP",
        notify_customer=True,
        lines=tuple(LineQuantity(id=id, quantity=quantity) for id, quantity in lines),
    )
    return submit_fulfillment_request(order, command, circumstances(caller))


def accept(order: Order, caller: Caller = THE_SERVICE) -> Decision:
    command = AcceptFulfillmentRequest(fulfillment_order_id=order.fulfillment_orders[0].id, message="ok")
    return accept_fulfillment_request(order, command, circumstances(caller))


def reject(order: Order, *lines: LineRejection, caller: Caller = THE_SERVICE) -> Decision:
    command = RejectFulfillmentRequest(
        fulfillment_order_id=order.fulfillment_orders[0].id,
        reason=RejectionReason.INVENTORY_OUT_OF_STOCK,
        message="none left",
        lines=lines,
    )
    return reject_fulfillment_request(order, command, circumstances(caller))


def ask_to_stop(order: Order, caller: Caller = MERCHANT) -> Decision:
    command = SubmitCancellationRequest(fulfillment_order_id=order.fulfillment_orders[0].id, message="stop")
    return submit_cancellation_request(order, command, circumstances(caller))


def stop(order: Order, caller: Caller = THE_SERVICE) -> Decision:
    command = AcceptCancellationRequest(fulfillment_order_id=order.fulfillment_orders[0].id, message="stopped")
    return accept_cancellation_request(order, command, circumstances(caller))


def go_on(order: Order, caller: Caller = THE_SERVICE) -> Decision:
    command = RejectCancellationRequest(fulfillment_order_id=order.fulfillment_orders[0].id, message="too late")
    return reject_cancellation_request(order, command, circumstances(caller))


def give_up(order: Order, caller: Caller = THE_SERVICE) -> Decision:
    command = CloseFulfillmentOrder(fulfillment_order_id=order.fulfillment_orders[0].id, message="broken")
    return close_fulfillment_order(order, command, circumstances(caller))


def after(order: Order, *steps: Step) -> Order:
    for step in steps:
        order = step(order).order
    return order


def state(order: Order) -> str:
    return str(order.fulfillment_orders[0].state)


@pytest.fixture
def order() -> Order:
    return order_at(SERVICE_PLACE, 3, 2)


def test_a_request_for_everything_leaves_nothing_out(order: Order) -> None:
    decision = submit(order)
    assert isinstance(decision.result, RequestSubmitted)
    assert decision.result.unsubmitted is None
    assert decision.result.submitted is decision.result.original
    assert state(decision.order) == "open / submitted"
    (request,) = the_only(decision.order).requests
    assert (request.kind, request.message, request.notify_customer) == (RequestKind.FULFILLMENT, "ASAP", True)
    assert (request.sent_at, request.answer) == (LATER, None)


def test_a_request_tells_the_service_of_the_location(order: Order) -> None:
    decision = submit(order)
    (notice,) = decision.notices
    assert (notice.kind, notice.location_id) == (RequestKind.FULFILLMENT, SERVICE_PLACE)
    assert notice.fulfillment_order_id == the_only(order).id
    assert notice.request_id == the_only(decision.order).requests[0].id


def test_a_request_for_some_units_leaves_the_rest_in_a_new_fulfillment_order_there(order: Order) -> None:
    first, second = the_only(order).lines
    decision = submit(order, (first.id, 2))
    submitted, rest = decision.order.fulfillment_orders
    assert isinstance(decision.result, RequestSubmitted)
    assert (decision.result.submitted, decision.result.unsubmitted) == (submitted, rest)
    assert [(line.id, line.quantity, line.remaining) for line in submitted.lines] == [(first.id, 2, 2)]
    assert [(line.order_line_id, line.quantity, line.remaining) for line in rest.lines] == [
        (first.order_line_id, 1, 1),
        (second.order_line_id, 2, 2),
    ]
    assert {line.id for line in rest.lines}.isdisjoint({first.id, second.id})
    assert (str(rest.state), rest.location_id, rest.split_from) == ("open / unsubmitted", SERVICE_PLACE, submitted.id)
    assert (rest.requests, rest.fulfill_at) == ((), submitted.fulfill_at)
    assert decision.order.remaining_quantities() == order.remaining_quantities()
    assert [event.kind for event in decision.events] == [
        EventKind.FULFILLMENT_ORDER_SPLIT,
        EventKind.FULFILLMENT_REQUEST_SUBMITTED,
    ]


def test_naming_all_units_one_by_one_is_asking_for_everything(order: Order) -> None:
    decision = submit(order, *[(line.id, line.quantity) for line in the_only(order).lines])
    assert len(decision.order.fulfillment_orders) == 1


@pytest.mark.parametrize(
    ("units", "refused"),
    [
        ([(0, 0)], QuantityNotPositive),
        ([(0, -1)], QuantityNotPositive),
        ([(0, 4)], QuantityNotAvailable),
        ([(0, 1), (0, 1)], LineNamedTwice),
        ([(0, 1), (7, 1)], LineNotFound),
    ],
)
def test_a_request_for_units_that_are_not_there_is_refused(
    order: Order, units: list[tuple[int, int]], refused: type[Exception]
) -> None:
    lines = the_only(order).lines
    with pytest.raises(refused):
        submit(order, *[(lines[index].id if index < len(lines) else 55, quantity) for index, quantity in units])


def test_where_there_is_no_service_there_is_nobody_to_ask() -> None:
    order = order_at(WAREHOUSE, 1)
    for step in (submit, accept, reject, ask_to_stop, stop, go_on, give_up):
        with pytest.raises(NotAtFulfillmentService):
            step(order)


def test_an_accepted_request_is_answered_and_in_progress(order: Order) -> None:
    decision = accept(submit(order).order)
    assert state(decision.order) == "in_progress / accepted"
    (request,) = the_only(decision.order).requests
    assert (request.answer, request.answered_at, request.answer_message) == (RequestAnswer.ACCEPTED, LATER, "ok")
    assert isinstance(decision.result, FulfillmentOrderChanged)
    assert decision.notices == ()


def test_a_rejection_is_of_the_whole_request_and_says_which_lines_are_at_fault(order: Order) -> None:
    first, _ = the_only(order).lines
    rejection = LineRejection(fulfillment_order_line_id=first.id, message="no such thing")
    decision = reject(submit(order).order, rejection)
    assert state(decision.order) == "open / rejected"
    (request,) = the_only(decision.order).requests
    assert request.answer is RequestAnswer.REJECTED
    assert request.rejection_reason is RejectionReason.INVENTORY_OUT_OF_STOCK
    assert request.line_rejections == (rejection,)
    assert the_only(decision.order).lines == the_only(order).lines
    (event,) = decision.events
    assert (event.message, event.reason) == ("none left", "inventory_out_of_stock")


def test_a_rejection_names_lines_that_are_there_and_each_once(order: Order) -> None:
    submitted = submit(order).order
    first = LineRejection(fulfillment_order_line_id=the_only(order).lines[0].id)
    with pytest.raises(LineNotFound):
        reject(submitted, LineRejection(fulfillment_order_line_id=55))
    with pytest.raises(LineNamedTwice):
        reject(submitted, first, first)


def test_a_stopped_order_goes_back_to_the_merchant_with_its_lines(order: Order) -> None:
    stopped = after(order, submit, accept, ask_to_stop, stop)
    assert state(stopped) == "cancelled / cancellation_accepted"
    assert stopped.remaining_quantities() == order.remaining_quantities()
    assert [(request.kind, request.answer) for request in the_only(stopped).requests] == [
        (RequestKind.FULFILLMENT, RequestAnswer.ACCEPTED),
        (RequestKind.CANCELLATION, RequestAnswer.ACCEPTED),
    ]


def test_a_request_to_stop_tells_the_service(order: Order) -> None:
    (notice,) = ask_to_stop(after(order, submit, accept)).notices
    assert notice.kind is RequestKind.CANCELLATION


def test_a_refused_stop_leaves_the_work_with_the_service(order: Order) -> None:
    assert state(after(order, submit, accept, ask_to_stop, go_on)) == "in_progress / cancellation_rejected"
    assert state(after(order, submit, accept, ask_to_stop, go_on, give_up)) == "incomplete / closed"


def test_declined_work_can_be_requested_again_whole_or_in_part(order: Order) -> None:
    back = after(order, submit, reject)
    assert state(after(back, submit)) == "open / submitted"
    again = submit(back, (the_only(back).lines[1].id, 1)).order
    assert again.remaining_quantities() == order.remaining_quantities()
    assert [str(each.state) for each in again.fulfillment_orders] == ["open / submitted", "open / unsubmitted"]


@pytest.mark.parametrize(
    ("way_back", "left"),
    [
        ((submit, accept, ask_to_stop, stop), "closed / cancellation_accepted"),
        ((submit, accept, give_up), "closed / closed"),
    ],
    ids=["stopped", "given up"],
)
def test_work_that_was_given_back_is_requested_again_as_a_new_one(
    order: Order, way_back: tuple[Step, ...], left: str
) -> None:
    """Source: Shopify GraphQL fulfillmentOrderSubmitFulfillmentRequest, submittedFulfillmentOrder."""
    back = after(order, *way_back)
    for lines, states in (
        ((), [left, "open / submitted"]),
        (((the_only(back).lines[1].id, 1),), [left, "open / submitted", "open / unsubmitted"]),
    ):
        decision = submit(back, *lines)
        again, result = decision.order, decision.result
        assert isinstance(result, RequestSubmitted)
        assert again.remaining_quantities() == order.remaining_quantities()
        assert [str(each.state) for each in again.fulfillment_orders] == states
        assert result.original.id == the_only(back).id
        assert result.original.remaining == 0
        assert (result.submitted.replaces, len(result.submitted.requests)) == (the_only(back).id, 1)
        assert not {line.id for line in result.submitted.lines} & {line.id for line in result.original.lines}
        (notice,) = decision.notices
        assert notice.fulfillment_order_id == result.submitted.id


def test_a_request_is_answered_once(order: Order) -> None:
    for answered in (after(order, submit, accept), after(order, submit, reject)):
        for step in (accept, reject):
            with pytest.raises(ActionNotAllowed):
                step(answered)
    for answered in (after(order, submit, accept, ask_to_stop, stop), after(order, submit, accept, ask_to_stop, go_on)):
        for step in (stop, go_on):
            with pytest.raises(ActionNotAllowed):
                step(answered)


@pytest.mark.parametrize("stranger", [MERCHANT, ANOTHER_SERVICE], ids=lambda caller: caller.name)
def test_only_the_service_of_the_location_answers_and_gives_up(order: Order, stranger: Caller) -> None:
    submitted = after(order, submit)
    accepted = after(submitted, accept)
    asked = after(accepted, ask_to_stop)
    for step, here in ((accept, submitted), (reject, submitted), (stop, asked), (go_on, asked), (give_up, accepted)):
        with pytest.raises(ActionNotAllowed):
            step(here, caller=stranger)


@pytest.mark.parametrize("stranger", [THE_SERVICE, ANOTHER_SERVICE], ids=lambda caller: caller.name)
def test_only_the_merchant_asks(order: Order, stranger: Caller) -> None:
    with pytest.raises(ActionNotAllowed):
        submit(order, caller=stranger)
    with pytest.raises(ActionNotAllowed):
        ask_to_stop(after(order, submit, accept), caller=stranger)


def test_the_state_is_told_before_what_is_wrong_with_the_units(order: Order) -> None:
    with pytest.raises(ActionNotAllowed):
        submit(after(order, submit), (55, 0))


def test_a_fulfillment_order_of_another_order_does_not_exist(order: Order) -> None:
    elsewhere = circumstances(THE_SERVICE)
    with pytest.raises(NotFound):
        submit_fulfillment_request(order, SubmitFulfillmentRequest(fulfillment_order_id=4711), elsewhere)
    with pytest.raises(NotFound):
        accept_fulfillment_request(order, AcceptFulfillmentRequest(fulfillment_order_id=4711), elsewhere)
    with pytest.raises(NotFound):
        reject_fulfillment_request(order, RejectFulfillmentRequest(fulfillment_order_id=4711), elsewhere)
    with pytest.raises(NotFound):
        submit_cancellation_request(order, SubmitCancellationRequest(fulfillment_order_id=4711), elsewhere)
    with pytest.raises(NotFound):
        accept_cancellation_request(order, AcceptCancellationRequest(fulfillment_order_id=4711), elsewhere)
    with pytest.raises(NotFound):
        reject_cancellation_request(order, RejectCancellationRequest(fulfillment_order_id=4711), elsewhere)
    with pytest.raises(NotFound):
        close_fulfillment_order(order, CloseFulfillmentOrder(fulfillment_order_id=4711), elsewhere)
