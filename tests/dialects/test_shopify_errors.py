"""What Shopify answers when the answer is no. Texts: Shopify REST, sections on errors and failure messages."""

from datetime import UTC, datetime

import pytest

from crossdock.dialects.operation import Json, NotExpressible, Unreadable, WireError
from crossdock.dialects.shopify.errors import answer_refusal, answer_wire_error, read_error, scope_missing
from crossdock.domain import refusals
from crossdock.domain.commands import (
    AcceptFulfillmentRequest,
    CancelOrder,
    CreateFulfillment,
    FulfillmentGroup,
    HoldFulfillmentOrder,
    MoveFulfillmentOrder,
    SetFulfillmentDeadline,
    SplitFulfillmentOrders,
)
from crossdock.domain.orders import HoldReason
from crossdock.domain.refusals import Refusal
from crossdock.domain.states import Action, Place, RequestStatus, State, Status

CREATE = CreateFulfillment(groups=(FulfillmentGroup(fulfillment_order_id=9),))
ACCEPT = AcceptFulfillmentRequest(fulfillment_order_id=9)


def not_allowed(action: Action, status: Status, request_status: RequestStatus = RequestStatus.UNSUBMITTED) -> Refusal:
    state = State(status=status, request_status=request_status, place=Place.SERVICE)
    return refusals.ActionNotAllowed(action, state, 9)


RECORDED = [
    (
        not_allowed(Action.MARK_AS_OPEN, Status.ON_HOLD),
        "Expected fulfillment order status to be valid but it was on_hold.",
    ),
    (not_allowed(Action.RESCHEDULE, Status.OPEN), "Fulfillment order must be scheduled."),
    (
        refusals.NotAtFulfillmentService(9),
        "The fulfillment order's assigned fulfillment service must be of api type",
    ),
    (
        not_allowed(Action.CANCEL, Status.CLOSED),
        "Fulfillment order is not in cancelable request state and can't be canceled.",
    ),
    (
        refusals.ProgressReported(9),
        "Cannot cancel fulfillment order that has had progress reported. Mark as unfulfilled first.",
    ),
    (not_allowed(Action.MOVE, Status.CLOSED), "Cannot change location."),
    (
        not_allowed(Action.MOVE, Status.OPEN, RequestStatus.SUBMITTED),
        "Cannot move submitted fulfillment order that is at a 3PL fulfillment service.",
    ),
    (not_allowed(Action.SPLIT, Status.ON_HOLD), "The fulfillment order is not in a splittable state."),
    (refusals.LineNamedTwice(4), "must contain unique line item ids"),
    (refusals.QuantityNotAvailable(4, 3, 2), "Invalid fulfillment order line item quantity requested."),
    (
        refusals.NotFulfillable(9825095713074, Status.CLOSED),
        "Fulfillment order 9825095713074 has an unfulfillable status= closed.",
    ),
    (refusals.QuantityNotPositive(0, 0), "Quantity must be greater than 0"),
    (refusals.NothingToFulfill(), "The required line_items_by_fulfillment_order field is missing."),
    (refusals.LineNotFound(4), "Fulfillment order line item does not exist."),
    (
        refusals.HoldHandleTaken("x"),
        "The handle provided for the fulfillment hold is already in use by this app for another hold on this "
        "fulfillment order.",
    ),
    (
        refusals.TooManyHolds(10),
        "The maximum number of fulfillment holds for this fulfillment order has been reached for this app. "
        "An app can only have up to 10 holds on a single fulfillment order at any one time.",
    ),
    (refusals.NothingToSplit(0), "There must be at least one item selected in this fulfillment to split it."),
    (
        refusals.SeveralOrders((8979519799602, 8979519865138)),
        "All fulfillment orders must belong to the same order. "
        "Multiple orders with ids [8979519799602, 8979519865138] were found.",
    ),
    (
        refusals.SeveralLocations((113884102962, 114038047026)),
        "All fulfillment orders must be assigned to a single location. "
        "Multiple locations with ids [113884102962, 114038047026] were found.",
    ),
]

OURS = [
    (
        refusals.ActionNotAllowed(
            Action.REJECT_REQUEST,
            State(status=Status.OPEN, request_status=RequestStatus.SUBMITTED, place=Place.SERVICE),
            9,
            for_others=True,
        ),
        "This app cannot reject the fulfillment request of fulfillment order 9.",
    ),
    (
        not_allowed(Action.MOVE, Status.SCHEDULED),
        "Cannot move fulfillment order 9 with status scheduled and request status unsubmitted.",
    ),
    (
        not_allowed(Action.REROUTE, Status.IN_PROGRESS, RequestStatus.ACCEPTED),
        "Cannot reroute fulfillment order 9 with status in_progress and request status accepted.",
    ),
    (
        not_allowed(Action.CANCEL_ORDER, Status.IN_PROGRESS, RequestStatus.ACCEPTED),
        "Cannot cancel the order of fulfillment order 9 with status in_progress and request status accepted.",
    ),
]


@pytest.mark.parametrize(("refusal", "text"), [*RECORDED, *OURS], ids=lambda value: type(value).__name__)
def test_an_action_that_is_refused(refusal: Refusal, text: str) -> None:
    assert answer_refusal(refusal) == (422, {"errors": [text]})


def test_a_state_is_told_where_no_text_is_recorded() -> None:
    refusal = not_allowed(Action.ACCEPT_REQUEST, Status.IN_PROGRESS, RequestStatus.ACCEPTED)
    status, body = answer_refusal(refusal, ACCEPT)
    assert status == 422
    assert body["errors"] == [
        "Cannot accept the fulfillment request of fulfillment order 9 with status in_progress and request status "
        "accepted."
    ]


@pytest.mark.parametrize("action", Action)
def test_every_action_has_a_text(action: Action) -> None:
    status, body = answer_refusal(not_allowed(action, Status.CLOSED))
    assert status == 422
    assert body["errors"][0].endswith(".")


HOLD = HoldFulfillmentOrder(fulfillment_order_id=9, reason=HoldReason.OTHER)
SPLIT = SplitFulfillmentOrders(groups=())
DEADLINE = SetFulfillmentDeadline(fulfillment_order_ids=(9,), deadline=datetime(2026, 3, 2, tzinfo=UTC))
MOVE = MoveFulfillmentOrder(fulfillment_order_id=9, location_id=4)

OTHERS: list[tuple[Refusal, object, int, Json]] = [
    (
        refusals.QuantityNotPositive(0, 0),
        HOLD,
        422,
        {"errors": ["You must select at least one item to place on partial hold."]},
    ),
    (
        refusals.QuantityNotPositive(0, 0),
        SPLIT,
        422,
        {"errors": ["You must select at least one item to split into a new fulfillment order."]},
    ),
    (refusals.NotFound("location", 4), MOVE, 422, {"errors": ["Location not found."]}),
    (
        refusals.NotFound("fulfillment order", 9),
        DEADLINE,
        422,
        {"errors": ["Fulfillment orders could not be found."]},
    ),
    (
        refusals.OrderCancelled(3),
        CancelOrder(order_id=3),
        422,
        {"errors": ["Cannot cancel an order that has already been canceled"]},
    ),
    (refusals.NotFound("fulfillment order", 9), ACCEPT, 404, {"errors": "Not Found"}),
    (refusals.NotFound("fulfillment order", 9), CREATE, 422, {"errors": ["Fulfillment order does not exist."]}),
    (refusals.Invalid("name", "has already been taken"), None, 422, {"errors": {"name": ["has already been taken"]}}),
    (
        refusals.NotPermitted("read_orders"),
        None,
        403,
        {"errors": "[API] This action requires merchant approval for read_orders scope."},
    ),
]


@pytest.mark.parametrize("rule", refusals.StockRule)
def test_every_rule_of_stock_has_a_text(rule: refusals.StockRule) -> None:
    refusal = refusals.StockRefused((refusals.StockProblem(rule=rule, line=0), refusals.StockProblem(rule=rule)))
    status, body = answer_refusal(refusal)
    assert status == 422
    assert isinstance(body, dict)
    assert body["errors"]
    assert read_error(status, body).endswith(".")


@pytest.mark.parametrize(("refusal", "command", "status", "body"), OTHERS)
def test_other_refusals(refusal: Refusal, command: object, status: int, body: Json) -> None:
    assert answer_refusal(refusal, command) == (status, body)


@pytest.mark.parametrize(
    ("error", "body"),
    [
        (
            Unreadable("fulfillment.line_items_by_fulfillment_order", "expected Hash to be a Array"),
            {"errors": {"line_items_by_fulfillment_order": "expected Hash to be a Array"}},
        ),
        (
            Unreadable("order", "Required parameter missing or invalid"),
            {"errors": {"order": "Required parameter missing or invalid"}},
        ),
        (
            Unreadable("order.line_items[2]", "expected String to be a Hash"),
            {"errors": {"line_items": "expected String to be a Hash"}},
        ),
        (NotExpressible("this"), {"errors": {"base": "not expressible: this"}}),
    ],
)
def test_a_message_that_does_not_fit(error: WireError, body: Json) -> None:
    assert answer_wire_error(error) == (400, body)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"errors": {"title": ["can't be blank", "is odd"]}}, "422: title can't be blank; title is odd"),
        ({"errors": ["Cannot change location."]}, "422: Cannot change location."),
        ({"errors": "Not Found"}, "422: Not Found"),
        ({"error": "invalid_subject_token", "error_description": "Too old"}, "422: invalid_subject_token; Too old"),
        ({"errors": {"base": ["No."]}}, "422: No."),
        (
            {"errors": {"order": "Required parameter missing or invalid"}},
            "422: order Required parameter missing or invalid",
        ),
        (None, "422"),
        ("<html>", "422: <html>"),
        (scope_missing("write_orders"), "422: [API] This action requires merchant approval for write_orders scope."),
    ],
)
def test_every_form_of_an_error_is_read(answer: Json, text: str) -> None:
    assert read_error(422, answer) == text


def test_an_order_that_was_shipped_is_not_cancelled() -> None:
    """An older controller of Shopify's says it as one text. Source: Shopify REST Order, cancel."""
    refusal = refusals.FulfillmentsOutstanding((5,))
    assert answer_refusal(refusal) == (422, {"errors": "Cannot cancel a paid and fulfilled order"})
