"""How mutations of fulfillment orders and fulfillments say no.

Texts, field paths and codes: Shopify GraphQL, as recorded, where `RECORDED` says so.
"""

import pytest

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.errors import TopLevel
from crossdock.dialects.shopify.graphql.mutation import Mutation
from crossdock.domain import refusals
from crossdock.domain.refusals import Refusal
from crossdock.domain.states import Action, Place, RequestStatus, State, Status
from tests.dialects.graphql_side import ARGUMENTS, LATER, ROWS, Canned, ask, codes_of, document, fo, line, parcel


def state(status: Status, place: Place = Place.MERCHANT, request: RequestStatus = RequestStatus.UNSUBMITTED) -> State:
    return State(status=status, request_status=request, place=place)


def not_allowed(action: Action, status: Status = Status.OPEN, place: Place = Place.MERCHANT) -> Refusal:
    return refusals.ActionNotAllowed(action, state(status, place), 9)


def error(field: list[str] | None, message: str, code: str | None = None) -> dict[str, Json]:
    return {"field": field, "message": message, "code": code}


HOLD_LINES = ["fulfillmentHold", "fulfillmentOrderLineItems"]
SPLIT_1 = ["fulfillmentOrderSplits", "1", "fulfillmentOrderLineItems"]
MERGE_1 = ["fulfillmentOrderMergeInputs", "0", "mergeIntents", "1", "fulfillmentOrderLineItems"]
NO_FULFILLMENT_ORDER = "Fulfillment order does not exist."

RECORDED: list[tuple[str, Refusal, dict[str, Json]]] = [
    (
        "fulfillmentOrderCancel",
        refusals.ProgressReported(9),
        error(
            ["id"],
            "Cannot cancel fulfillment order that has had progress reported. Mark as unfulfilled first.",
            "FULFILLMENT_ORDER_HAS_MANUALLY_REPORTED_PROGRESS",
        ),
    ),
    (
        "fulfillmentOrderCancel",
        not_allowed(Action.CANCEL, Status.CLOSED),
        error(None, "Fulfillment order is not in cancelable request state and can't be canceled."),
    ),
    (
        "fulfillmentOrderClose",
        refusals.NotAtFulfillmentService(9),
        error(None, "The fulfillment order's assigned fulfillment service must be of api type"),
    ),
    (
        "fulfillmentOrderHold",
        refusals.HoldHandleTaken("h"),
        error(
            ["fulfillmentHold", "handle"],
            "The handle provided for the fulfillment hold is already in use by this app for another hold on this "
            "fulfillment order.",
            "DUPLICATE_FULFILLMENT_HOLD_HANDLE",
        ),
    ),
    (
        "fulfillmentOrderHold",
        not_allowed(Action.SPLIT, Status.ON_HOLD),
        error(HOLD_LINES, "The fulfillment order is not in a splittable state.", "FULFILLMENT_ORDER_NOT_SPLITTABLE"),
    ),
    (
        "fulfillmentOrderHold",
        refusals.TooManyHolds(10),
        error(
            ["id"],
            "The maximum number of fulfillment holds for this fulfillment order has been reached for this app. "
            "An app can only have up to 10 holds on a single fulfillment order at any one time.",
            "FULFILLMENT_ORDER_HOLD_LIMIT_REACHED",
        ),
    ),
    (
        "fulfillmentOrderHold",
        refusals.QuantityNotPositive(0, 0),
        error(
            [*HOLD_LINES, "0", "quantity"],
            "You must select at least one item to place on partial hold.",
            "GREATER_THAN_ZERO",
        ),
    ),
    (
        "fulfillmentOrderHold",
        refusals.LineNamedTwice(4),
        error(HOLD_LINES, "must contain unique line item ids", "DUPLICATED_FULFILLMENT_ORDER_LINE_ITEMS"),
    ),
    (
        "fulfillmentOrderOpen",
        not_allowed(Action.MARK_AS_OPEN),
        error(None, "Expected fulfillment order status to be valid but it was open."),
    ),
    (
        "fulfillmentOrderReschedule",
        not_allowed(Action.RESCHEDULE),
        error(None, "Fulfillment order must be scheduled."),
    ),
    (
        "fulfillmentOrderSplit",
        refusals.NotFound("fulfillment order", 9),
        error(None, NO_FULFILLMENT_ORDER, "FULFILLMENT_ORDER_NOT_FOUND"),
    ),
    ("fulfillmentCreate", refusals.NotFound("fulfillment order", 9), error(["fulfillment"], NO_FULFILLMENT_ORDER)),
    (
        "fulfillmentCreate",
        refusals.SeveralOrders((8979519799602, 8979519865138)),
        error(
            ["fulfillment"],
            "All fulfillment orders must belong to the same order. "
            "Multiple orders with ids [8979519799602, 8979519865138] were found.",
        ),
    ),
    (
        "fulfillmentCreate",
        refusals.SeveralLocations((113884102962, 114038047026)),
        error(
            ["fulfillment"],
            "All fulfillment orders must be assigned to a single location. "
            "Multiple locations with ids [113884102962, 114038047026] were found.",
        ),
    ),
    (
        "fulfillmentCreate",
        refusals.NotFulfillable(9825095713074, Status.CLOSED),
        error(["fulfillment"], "Fulfillment order 9825095713074 has an unfulfillable status= closed."),
    ),
    (
        "fulfillmentCreate",
        refusals.LineNotFound(4),
        error(["fulfillment"], "Fulfillment order line item does not exist."),
    ),
    (
        "fulfillmentCreate",
        refusals.QuantityNotAvailable(4, 3, 2),
        error(["fulfillment"], "Invalid fulfillment order line item quantity requested."),
    ),
    (
        "fulfillmentTrackingInfoUpdate",
        refusals.NotFound("fulfillment", 6),
        error(["fulfillmentId"], "Fulfillment does not exist."),
    ),
    ("fulfillmentCancel", refusals.NotFound("fulfillment", 6), error(["id"], "Fulfillment not found.")),
]

INFERRED: list[tuple[str, Refusal, dict[str, Json]]] = [
    *(
        (
            name,
            refusals.NotFound("fulfillment order", 9),
            error(["id"], NO_FULFILLMENT_ORDER, "FULFILLMENT_ORDER_NOT_FOUND"),
        )
        for name in (
            "fulfillmentOrderHold",
            "fulfillmentOrderReleaseHold",
            "fulfillmentOrderReportProgress",
            "fulfillmentOrderReschedule",
        )
    ),
    (
        "fulfillmentOrderReleaseHold",
        refusals.NotFound("fulfillment hold", 3),
        error(["externalId"], "Fulfillment hold does not exist."),
    ),
    (
        "fulfillmentOrderHold",
        refusals.Invalid("handle", "is too long (maximum is 64 characters)"),
        error(["fulfillmentHold", "handle"], "Handle is too long (maximum is 64 characters)"),
    ),
    (
        "fulfillmentOrderHold",
        refusals.QuantityNotAvailable(4, 3, 2),
        error(
            [*HOLD_LINES, "0", "quantity"],
            "Invalid fulfillment order line item quantity requested.",
            "INVALID_LINE_ITEM_QUANTITY",
        ),
    ),
    (
        "fulfillmentOrderSubmitFulfillmentRequest",
        refusals.LineNotFound(4),
        error(["fulfillmentOrderLineItems", "0", "id"], "Fulfillment order line item does not exist."),
    ),
    (
        "fulfillmentOrderMove",
        refusals.ProgressReported(9, Action.MOVE),
        error(
            ["id"],
            "Cannot move fulfillment order that has had progress reported. Mark as unfulfilled first.",
            "CANNOT_MOVE_FULFILLMENT_ORDER_WITH_REPORTED_PROGRESS",
        ),
    ),
    ("fulfillmentOrderMove", refusals.NotFound("location", 3), error(["newLocationId"], "Location not found.")),
    (
        "fulfillmentOrderSplit",
        refusals.QuantityNotAvailable(4, 3, 2),
        error(
            [*SPLIT_1, "0", "quantity"],
            "Invalid fulfillment order line item quantity requested.",
            "INVALID_LINE_ITEM_QUANTITY",
        ),
    ),
    (
        "fulfillmentOrderSplit",
        not_allowed(Action.SPLIT, Status.CLOSED),
        error(
            ["fulfillmentOrderSplits", "1", "fulfillmentOrderId"],
            "The fulfillment order is not in a splittable state.",
        ),
    ),
    (
        "fulfillmentOrderMerge",
        refusals.QuantityNotAvailable(4, 3, 2),
        error(
            [*MERGE_1, "0", "quantity"],
            "Invalid fulfillment order line item quantity requested.",
            "INVALID_LINE_ITEM_QUANTITY",
        ),
    ),
    (
        "fulfillmentOrderReportProgress",
        not_allowed(Action.REPORT_PROGRESS, Status.ON_HOLD),
        error(
            ["id"],
            "Cannot report progress of fulfillment order 9 with status on_hold and request status unsubmitted.",
            "FULFILLMENT_ORDER_STATUS_INVALID",
        ),
    ),
    (
        "fulfillmentOrderReportProgress",
        not_allowed(Action.REPORT_PROGRESS, Status.OPEN, Place.SERVICE),
        error(
            ["id"],
            "Cannot report progress of fulfillment order 9 with status open and request status unsubmitted.",
            "FULFILLMENT_ORDER_INVALID_FULFILLMENT_SERVICE_OWNERSHIP",
        ),
    ),
    (
        "fulfillmentOrdersReroute",
        refusals.NowhereElse((9,), only=True),
        error(None, "No other location can fulfill the fulfillment orders.", "SINGLE_LOCATION_SHOP_NOT_SUPPORTED"),
    ),
    (
        "fulfillmentOrdersSetFulfillmentDeadline",
        refusals.NotFound("fulfillment order", 9),
        error(["fulfillmentOrderIds"], "Fulfillment orders could not be found.", "FULFILLMENT_ORDERS_NOT_FOUND"),
    ),
    (
        "fulfillmentEventCreate",
        refusals.Invalid("latitude", "must be from -90 to 90"),
        error(["fulfillmentEvent", "latitude"], "Latitude must be from -90 to 90"),
    ),
]


@pytest.mark.parametrize(
    ("name", "refusal", "expected"),
    [*RECORDED, *INFERRED],
    ids=[f"{name}-{type(refusal).__name__}" for name, refusal, _ in [*RECORDED, *INFERRED]],
)
async def test_what_a_mutation_says_to_a_refusal(name: str, refusal: Refusal, expected: dict[str, Json]) -> None:
    _, answer = await ask(document(name), Canned(refusal=refusal))
    assert "errors" not in answer
    payload = answer["data"][name]
    if not codes_of(name):
        del expected["code"]
    assert payload.pop("userErrors") == [expected]
    assert set(payload.values()) <= {None}


BEFOREHAND: list[tuple[str, str, dict[str, Json]]] = [
    (
        "fulfillmentOrderSplit",
        f"fulfillmentOrderSplits: [{{fulfillmentOrderId: {fo(8)}, fulfillmentOrderLineItems: []}}]",
        error(
            ["fulfillmentOrderSplits", "0", "fulfillmentOrderLineItems"],
            "There must be at least one item selected in this fulfillment to split it.",
            "NO_LINE_ITEMS_PROVIDED_TO_SPLIT",
        ),
    ),
    (
        "fulfillmentOrderSplit",
        f"fulfillmentOrderSplits: [{{fulfillmentOrderId: {fo(8)}, fulfillmentOrderLineItems: [{line(3, 1)}]}}, "
        f"{{fulfillmentOrderId: {fo(9)}, fulfillmentOrderLineItems: [{line(4, 0)}]}}]",
        error(
            [*SPLIT_1, "0", "quantity"],
            "You must select at least one item to split into a new fulfillment order.",
            "GREATER_THAN",
        ),
    ),
    (
        "fulfillmentOrderSplit",
        "fulfillmentOrderSplits: []",
        error(
            ["fulfillmentOrderSplits"],
            "There must be at least one item selected in this fulfillment to split it.",
            "NO_LINE_ITEMS_PROVIDED_TO_SPLIT",
        ),
    ),
    (
        "fulfillmentOrderMerge",
        "fulfillmentOrderMergeInputs: []",
        error(["fulfillmentOrderMergeInputs"], "There must be at least two fulfillment orders to merge."),
    ),
    (
        "fulfillmentOrderMerge",
        f"fulfillmentOrderMergeInputs: [{{mergeIntents: [{{fulfillmentOrderId: {fo(8)}}}, "
        f"{{fulfillmentOrderId: {fo(9)}, fulfillmentOrderLineItems: [{line(4, -1)}]}}]}}]",
        error([*MERGE_1, "0", "quantity"], "Quantity must be greater than 0", "GREATER_THAN"),
    ),
    (
        "fulfillmentCreate",
        f"fulfillment: {{lineItemsByFulfillmentOrder: [{{fulfillmentOrderId: {fo(8)}}}, "
        f"{{fulfillmentOrderId: {fo(9)}, fulfillmentOrderLineItems: [{line(4, 0)}]}}]}}",
        error(
            ["fulfillment", "lineItemsByFulfillmentOrder", "1", "fulfillmentOrderLineItems", "0", "quantity"],
            "Quantity must be greater than 0",
        ),
    ),
    (
        "fulfillmentOrderLineItemsPreparedForPickup",
        ARGUMENTS["fulfillmentOrderLineItemsPreparedForPickup"],
        error(
            ["input", "lineItemsByFulfillmentOrder", "0", "fulfillmentOrderId"],
            "Invalid fulfillment_order_id provided 9875856720178",
            "FULFILLMENT_ORDER_INVALID",
        ),
    ),
    (
        "fulfillmentOrderLineItemsPreparedForPickup",
        "input: {lineItemsByFulfillmentOrder: []}",
        error(
            ["input", "lineItemsByFulfillmentOrder"],
            "There are no line items to prepare for this fulfillment order.",
            "NO_LINE_ITEMS_TO_PREPARE_FOR_FULFILLMENT_ORDER",
        ),
    ),
    (
        "fulfillmentOrdersSetFulfillmentDeadline",
        f"fulfillmentOrderIds: [], fulfillmentDeadline: {LATER}",
        error(["fulfillmentOrderIds"], "Fulfillment orders could not be found.", "FULFILLMENT_ORDERS_NOT_FOUND"),
    ),
    (
        "fulfillmentOrderAcceptFulfillmentRequest",
        f'id: {fo(9)}, message: "{"x" * 5001}"',
        error(["message"], "Message is too long (maximum is 5000 characters)"),
    ),
    (
        "fulfillmentOrderRejectFulfillmentRequest",
        f'id: {fo(9)}, lineItems: [{{fulfillmentOrderLineItemId: "gid://shopify/FulfillmentOrderLineItem/4", '
        f'message: "{"x" * 151}"}}]',
        error(["lineItems", "0", "message"], "Message is too long (maximum is 150 characters)"),
    ),
    (
        "fulfillmentOrderHold",
        f'id: {fo(9)}, fulfillmentHold: {{reason: OTHER, reasonNotes: "{"x" * 5001}"}}',
        error(["fulfillmentHold", "reasonNotes"], "Reason notes is too long (maximum is 5000 characters)"),
    ),
    (
        "fulfillmentTrackingInfoUpdate",
        f'fulfillmentId: {parcel(6)}, trackingInfoInput: {{numbers: ["a", "{"x" * 256}"]}}',
        error(["trackingInfoInput", "numbers", "1"], "Numbers is too long (maximum is 255 characters)"),
    ),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), BEFOREHAND, ids=[name for name, _, _ in BEFOREHAND])
async def test_what_is_refused_before_anything_is_looked_at(
    name: str, arguments: str, expected: dict[str, Json]
) -> None:
    side = Canned()
    _, answer = await ask(document(name, arguments), side)
    assert side.asked == []
    if not codes_of(name):
        del expected["code"]
    assert answer["data"][name]["userErrors"] == [expected]


REFUSALS: list[Refusal] = [
    *(
        refusals.NotFound(kind, 9)
        for kind in ("fulfillment order", "fulfillment", "fulfillment hold", "location", "order", "pallet")
    ),
    refusals.NotFound("fulfillment hold", "x"),
    *(not_allowed(action, status) for action in Action for status in (Status.OPEN, Status.CLOSED)),
    refusals.NotAtFulfillmentService(9),
    refusals.ProgressReported(9),
    refusals.HoldHandleTaken("h"),
    refusals.TooManyHolds(10),
    refusals.NotStockedThere(3),
    refusals.NowhereElse((9,)),
    refusals.NothingToSplit(0),
    refusals.OrderCancelled(1),
    refusals.FulfillmentsOutstanding((1,)),
    refusals.NotEditable(1, 2, 1),
    refusals.NotFulfillable(9, Status.OPEN),
    refusals.QuantityNotPositive(0, 0),
    refusals.QuantityNotAvailable(4, 2, 1),
    refusals.QuantityNotAvailable(44, 2, 1),
    refusals.LineNotFound(4),
    refusals.LineNotFound(44),
    refusals.LineNamedTwice(4),
    refusals.LineNamedTwice(9),
    refusals.NothingToFulfill(),
    refusals.SeveralOrders((1, 2)),
    refusals.SeveralLocations((1, 2)),
    refusals.AlreadyFulfilled(6),
    refusals.Invalid("something_long", "is wrong"),
    refusals.StockNotAvailable(1, 2, 1),
    refusals.StockRefused((refusals.StockProblem(rule=refusals.StockRule.STALE),)),
    refusals.SeveralInvalid((refusals.Invalid("name", "is wrong"),)),
    refusals.PlaceRefused((refusals.PlaceRule.NOT_FOUND,)),
    refusals.NoLocation(),
    refusals.KeyReused("k"),
    refusals.AlreadyImported(1),
    refusals.AlreadyPaid(1),
    refusals.NotPermitted("write_orders"),
]


def test_every_refusal_that_orders_know_is_tried() -> None:
    tried = {type(each) for each in REFUSALS}
    assert tried == {each for each in Refusal.__subclasses__() if each.__module__ == refusals.__name__}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_no_refusal_becomes_an_error_of_ours(row: Mutation) -> None:
    for refusal in REFUSALS:
        result, answer = await ask(document(row.name), Canned(refusal=refusal))
        if result.errors:
            (problem,) = result.errors
            assert isinstance(problem.original_error, TopLevel), refusal
            assert problem.original_error.code in {"RESOURCE_NOT_FOUND", "ACCESS_DENIED"}
            assert answer["data"] == {row.name: None}
            continue
        payload = answer["data"][row.name]
        said = payload.pop("userErrors")
        assert said
        assert set(payload.values()) <= {None}
        for each in said:
            assert each["message"]
            assert each.get("code") is None or each["code"] in codes_of(row.name)


OF_A_FULFILLMENT_ORDER = [
    row.name for row in ROWS if row.name.startswith("fulfillmentOrder") and row.name not in {"fulfillmentOrderSplit"}
]


@pytest.mark.parametrize("name", OF_A_FULFILLMENT_ORDER)
@pytest.mark.parametrize("sent", ["gid://shopify/FulfillmentOrder/0", "gid://shopify/Order/9", "9", ""])
async def test_an_id_that_cannot_exist(name: str, sent: str) -> None:
    arguments = ARGUMENTS[name].replace(fo(9875856720178), fo(9)).replace(fo(9), f'"{sent}"')
    side = Canned()
    _, answer = await ask(document(name, arguments), side)
    (problem,) = answer["errors"]
    assert (problem["message"], problem["path"]) == (f"Invalid id: {sent}", [name])
    assert problem["extensions"]["code"] == "RESOURCE_NOT_FOUND"
    assert answer["data"] == {name: None}
    assert side.asked == []


@pytest.mark.parametrize("name", ["fulfillmentCreate", "fulfillmentCreateV2"])
async def test_an_id_that_cannot_exist_in_a_new_fulfillment(name: str) -> None:
    arguments = ARGUMENTS[name].replace(fo(9), fo(0))
    _, answer = await ask(document(name, arguments), Canned())
    (problem,) = answer["errors"]
    assert (problem["message"], problem["extensions"]["code"]) == ("invalid id", "RESOURCE_NOT_FOUND")
    assert answer["data"] == {name: None}


@pytest.mark.parametrize(
    "name", ["fulfillmentOrderSplit", "fulfillmentCancel", "fulfillmentTrackingInfoUpdate", "fulfillmentEventCreate"]
)
async def test_an_id_of_0_that_is_like_any_other(name: str) -> None:
    arguments = ARGUMENTS[name].replace(fo(9), fo(0)).replace(parcel(6), parcel(0))
    side = Canned(refusal=refusals.NotFound("fulfillment", 0))
    _, answer = await ask(document(name, arguments), side)
    assert "errors" not in answer
    assert side.asked
