"""What the service asks Shopify by GraphQL: every document fits the schema, every answer is understood or named."""

from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse, validate
from graphql.execution.values import get_variable_values

from crossdock.dialects.asking import Disconnected, Judgement, Later, Refused, Reply, Taken, TooDear, Withheld
from crossdock.dialects.operation import NotExpressible, Unreadable
from crossdock.dialects.shopify.graphql.asking.parcels import write_tracking
from crossdock.dialects.shopify.graphql.asking.question import AnyQuestion, Question
from crossdock.dialects.shopify.graphql.schema import schema
from crossdock.dialects.shopify.transports import GRAPHQL, REST
from crossdock.domain import commands
from crossdock.domain.catalogue import CreateFulfillmentService
from crossdock.domain.orders import LineRejection, RejectionReason, RequestKind, Tracking
from crossdock.domain.queries import (
    AssignmentStatus,
    GetFulfillmentOrder,
    GetShop,
    ListAssignedFulfillmentOrders,
    ListFulfillments,
    ListFulfillmentServices,
    ListInventoryItems,
    Window,
)
from crossdock.domain.shipment import ShipmentStatus
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.stock_commands import ActivateLevel, Count, QuantityName, SetQuantities
from crossdock.domain.subscriptions import ListWebhookSubscriptions, SubscribeToWebhook
from crossdock.domain.work import ReadOnHand, RepointFulfillmentService

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TWO_PARCELS = (Tracking(number="A", company="DHL"), Tracking(number="B", company="DHL"))
ASKED: tuple[Any, ...] = (
    ListAssignedFulfillmentOrders(assignment_status=AssignmentStatus.FULFILLMENT_REQUESTED, location_ids=(5,)),
    GetFulfillmentOrder(fulfillment_order_id=1),
    commands.AcceptFulfillmentRequest(fulfillment_order_id=1, message="yes", estimated_shipped_at=AT),
    commands.RejectFulfillmentRequest(
        fulfillment_order_id=1,
        reason=RejectionReason.INVALID_SKU,
        lines=(LineRejection(fulfillment_order_line_id=2, message="no such thing"),),
    ),
    commands.AcceptCancellationRequest(fulfillment_order_id=1),
    commands.RejectCancellationRequest(fulfillment_order_id=1, message="too late"),
    commands.CloseFulfillmentOrder(fulfillment_order_id=1),
    commands.CreateFulfillment(
        groups=(
            commands.FulfillmentGroup(fulfillment_order_id=1, lines=(commands.LineQuantity(id=2, quantity=3),)),
            commands.FulfillmentGroup(fulfillment_order_id=4),
        ),
        tracking=TWO_PARCELS,
        notify_customer=True,
    ),
    commands.UpdateTracking(fulfillment_id=9, tracking=TWO_PARCELS[:1]),
    commands.CancelFulfillment(fulfillment_id=9),
    commands.AddCarrierEvent(
        fulfillment_id=9, status=ShipmentStatus.OUT_FOR_DELIVERY, happened_at=AT, message="Soon.", city="Lund"
    ),
    ListFulfillments(fulfillment_order_id=1),
    ListInventoryItems(ids=(7, 8)),
    ReadOnHand(location_id=5, inventory_item_ids=(7,)),
    SetQuantities(
        name=QuantityName.ON_HAND, counts=(Count(inventory_item_id=7, location_id=5, quantity=4, change_from=3),)
    ),
    ActivateLevel(inventory_item_id=7, location_id=5, on_hand=4),
    GetShop(),
    ListFulfillmentServices(),
    CreateFulfillmentService(name="Crossdock", callback_url="https://service.example.com/callbacks/1"),
    RepointFulfillmentService(service_id=3, callback_url="https://service.example.com/callbacks/1"),
    ListWebhookSubscriptions(),
    SubscribeToWebhook(topics=("app/uninstalled",), address="https://service.example.com/callbacks/1/webhooks"),
)


def question(command: object) -> AnyQuestion:
    row = GRAPHQL.rows[type(command)]
    assert isinstance(row, Question)
    return row


def test_every_question_is_tried_here() -> None:
    assert {type(each) for each in ASKED} == set(GRAPHQL.rows)


@pytest.mark.parametrize("command", ASKED, ids=lambda each: type(each).__name__)
def test_a_document_and_its_variables_fit_the_schema(command: object) -> None:
    row = question(command)
    document = parse(row.document)
    assert not validate(schema(), document)
    call = GRAPHQL.keyed(row.encode(command), "a key")
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    assert operation.name.value == call.body["operationName"] == row.name
    values = get_variable_values(schema(), operation.variable_definitions or (), call.body["variables"])
    assert not isinstance(values, list), values
    declared = {each.variable.name.value for each in operation.variable_definitions or ()}
    assert set(call.body["variables"]) == declared
    assert 0 < GRAPHQL.points(row, call) <= 1000
    assert row.source


def test_what_rest_can_ask_has_the_same_name_by_graphql() -> None:
    for command, row in REST.rows.items():
        if command in GRAPHQL.rows:
            assert GRAPHQL.rows[command].name == row.name


def test_a_mutation_happens_once_under_its_key() -> None:
    counted = SetQuantities(name=QuantityName.ON_HAND, counts=())
    call = question(counted).encode(counted)
    assert GRAPHQL.keyed(call, "k").body["variables"]["idempotencyKey"] == "k"
    unkeyed = question(GetShop()).encode(GetShop())
    assert GRAPHQL.keyed(unkeyed, "k") == unkeyed


def test_pages_are_followed_to_their_end_and_halved_when_dear() -> None:
    listing = ListAssignedFulfillmentOrders(window=Window(limit=100))
    row = question(listing)
    call = row.encode(listing)
    page = {"pageInfo": {"hasNextPage": True, "endCursor": "c1"}, "nodes": []}
    following = GRAPHQL.following(row, call, answer({"assignedFulfillmentOrders": page}))
    assert following is not None
    assert following.body["variables"]["after"] == "c1"
    with pytest.raises(Unreadable):  # a list that hands out the same place again has no end
        GRAPHQL.following(row, following, answer({"assignedFulfillmentOrders": page}))
    last = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": []}
    assert GRAPHQL.following(row, following, answer({"assignedFulfillmentOrders": last})) is None
    sizes = []
    smaller = GRAPHQL.smaller(call)
    while smaller is not None:
        sizes.append((smaller.body["variables"]["first"], smaller.body["variables"]["lines"]))
        smaller = GRAPHQL.smaller(smaller)
    assert sizes == [(7, 20), (3, 20), (1, 20), (1, 10), (1, 5), (1, 2), (1, 1)]


def test_tracking_is_one_number_or_lists_under_one_carrier() -> None:
    assert write_tracking(()) is None
    assert write_tracking(TWO_PARCELS[:1]) == {"number": "A", "company": "DHL"}
    assert write_tracking(TWO_PARCELS) == {"numbers": ["A", "B"], "company": "DHL"}
    with pytest.raises(NotExpressible):
        write_tracking((Tracking(number="A", company="DHL"), Tracking(number="B", company="UPS")))


# -- what is read ------------------------------------------------------------------------------------------------------

WORK: dict[str, Any] = {
    "id": "gid://shopify/FulfillmentOrder/11",
    "orderId": "gid://shopify/Order/12",
    "orderName": "#1513",
    "status": "OPEN",
    "requestStatus": "SUBMITTED",
    "createdAt": "2026-03-02T09:00:00Z",
    "updatedAt": "2026-03-02T09:00:01Z",
    "assignedLocation": {"location": {"id": "gid://shopify/Location/5"}},
    "destination": {"firstName": "Ada", "city": "Berlin", "countryCode": "DE"},
    "merchantRequests": {
        "nodes": [
            {
                "kind": "FULFILLMENT_REQUEST",
                "sentAt": "2026-03-02T09:00:01Z",
                "message": "please",
                "requestOptions": {"notify_customer": True},
            },
            {"kind": "WISH", "sentAt": "2026-03-02T09:00:01Z", "message": None, "requestOptions": {}},
        ]
    },
    "lineItems": {
        "pageInfo": {"hasNextPage": False, "endCursor": "x"},
        "nodes": [
            {
                "id": "gid://shopify/FulfillmentOrderLineItem/13",
                "totalQuantity": 3,
                "remainingQuantity": 2,
                "inventoryItemId": "gid://shopify/InventoryItem/14",
                "sku": "TEE",
                "lineItem": {"id": "gid://shopify/LineItem/15"},
            }
        ],
    },
}


def answer(data: Any = None, *, status: int = 200, **more: Any) -> Reply:
    return Reply(status=status, headers={}, body={"data": data, **more})


def listed(*work: dict[str, Any]) -> Reply:
    page = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": list(work)}
    return answer({"assignedFulfillmentOrders": page})


def test_work_is_read_with_its_request_and_lines() -> None:
    row = question(ASKED[0])
    (work,) = row.decode_result(listed(WORK).body)
    assert (work.id, work.order_id, work.order_name, work.location_id) == (11, 12, "#1513", 5)
    assert (work.status, work.request_status) == (Status.OPEN, RequestStatus.SUBMITTED)
    assert work.complete
    (line,) = work.lines
    assert (line.id, line.quantity, line.remaining, line.inventory_item_id, line.sku) == (13, 3, 2, 14, "TEE")
    (request,) = work.requests
    assert (request.kind, request.message, request.notify_customer) == (RequestKind.FULFILLMENT, "please", True)
    assert (work.destination.country, work.destination.country_code) == ("Germany", "DE")


def test_lines_that_were_cut_off_are_known_to_be() -> None:
    cut = {**WORK["lineItems"], "pageInfo": {"hasNextPage": True, "endCursor": "x"}}
    (work,) = question(ASKED[0]).decode_result(listed({**WORK, "lineItems": cut}).body)
    assert not work.complete


def test_parts_of_a_fulfillment_order_are_joined() -> None:
    row = question(ASKED[1])
    more = {**WORK["lineItems"]["nodes"][0], "id": "gid://shopify/FulfillmentOrderLineItem/16"}
    rest = {**WORK, "lineItems": {**WORK["lineItems"], "nodes": [more]}}
    parts = [row.decode_result({"data": {"fulfillmentOrder": each}}) for each in (WORK, rest)]
    assert [line.id for line in GRAPHQL.join(*parts).lines] == [13, 16]


def test_unknown_states_and_fields_are_drift_and_no_fault() -> None:
    row = question(ASKED[0])
    reply = listed(WORK, {**WORK, "status": "ON_FIRE", "colour": "red"})
    assert len(row.decode_result(reply.body)) == 1
    assert GRAPHQL.drift(row, reply) == (
        "assignedFulfillmentOrders.nodes.merchantRequests.nodes.kind: WISH",
        "assignedFulfillmentOrders.nodes.status: ON_FIRE",
        "assignedFulfillmentOrders.nodes.colour",
    )


@pytest.mark.parametrize("missing", ["id", "orderId", "status", "requestStatus", "assignedLocation", "updatedAt"])
def test_what_is_needed_and_missing_is_named(missing: str) -> None:
    with pytest.raises(Unreadable, match=missing):
        question(ASKED[0]).decode_result(listed({**WORK, missing: None}).body)


def test_a_fulfillment_is_read() -> None:
    fulfillment: dict[str, Any] = {
        "id": "gid://shopify/Fulfillment/21",
        "name": "#1513-F1",
        "status": "SUCCESS",
        "location": {"id": "gid://shopify/Location/5"},
        "trackingInfo": [{"number": "A"}, {"number": "B"}, {"number": None}],
        "fulfillmentOrders": {"nodes": [{"orderId": "gid://shopify/Order/12"}]},
    }
    made = {"data": {"fulfillmentCreate": {"fulfillment": fulfillment, "userErrors": []}}}
    booked = question(ASKED[7]).decode_result(made)
    assert (booked.id, booked.order_id, booked.location_id, booked.name) == (21, 12, 5, "#1513.1")
    assert (booked.status, booked.tracking_numbers) == ("success", ("A", "B"))


def test_items_and_levels_that_are_not_there_are_left_out() -> None:
    nodes: list[Any] = [None, {"id": "gid://shopify/InventoryItem/7", "inventoryLevel": None}, {}]
    assert question(ReadOnHand(location_id=5, inventory_item_ids=())).decode_result({"data": {"nodes": nodes}}) == {
        7: None
    }
    level: dict[str, Any] = {"quantities": [{"name": "on_hand", "quantity": 4}]}
    nodes = [{"id": "gid://shopify/InventoryItem/7", "inventoryLevel": level}]
    assert question(ReadOnHand(location_id=5, inventory_item_ids=())).decode_result({"data": {"nodes": nodes}}) == {
        7: 4
    }


def test_the_merchants_own_service_is_none_of_ours() -> None:
    manual: dict[str, Any] = {
        "id": "gid://shopify/FulfillmentService/manual",
        "serviceName": "Manual",
        "handle": "manual",
    }
    ours: dict[str, Any] = {
        "id": "gid://shopify/FulfillmentService/71889420594?id=true",
        "serviceName": "Crossdock",
        "handle": "crossdock",
        "location": {"id": "gid://shopify/Location/5"},
    }
    found = question(ListFulfillmentServices()).decode_result(
        {"data": {"shop": {"fulfillmentServices": [manual, ours]}}}
    )
    assert [(each.id, each.location_id) for each in found] == [(71889420594, 5)]


# -- what answers mean -------------------------------------------------------------------------------------------------


def error(code: str | None, message: str = "words", **more: Any) -> dict[str, Any]:
    return {"message": message, **({"extensions": {"code": code}} if code else {}), **more}


COST = {
    "requestedQueryCost": 120,
    "actualQueryCost": None,
    "throttleStatus": {"maximumAvailable": 2000, "currentlyAvailable": 20, "restoreRate": 50},
}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (answer({"shop": {"id": "x"}}), Taken()),
        (answer({"m": {"userErrors": []}}), Taken()),
        (answer({"fulfillmentOrder": None}), Refused(words="there is no such thing", missing=True)),
        (
            answer({"m": {"userErrors": [{"field": ["fulfillment"], "message": "Fulfillment order does not exist."}]}}),
            Refused(words="fulfillment: Fulfillment order does not exist."),
        ),
        (
            answer({"m": {"userErrors": [{"field": None, "message": "no", "code": "CHANGE_FROM_QUANTITY_STALE"}]}}),
            Refused(words="no"),
        ),
        (
            answer({"m": {"userErrors": [{"field": None, "message": "w", "code": "IDEMPOTENCY_CONCURRENT_REQUEST"}]}}),
            Later(words="w", seconds=2.0),
        ),
        (
            answer(errors=[error("THROTTLED", "Throttled")], extensions={"cost": COST}),
            Later(words="Throttled", seconds=2.0),
        ),
        (answer(errors=[error("THROTTLED", "Throttled")]), Later(words="Throttled", seconds=None)),
        (answer(errors=[error("MAX_COST_EXCEEDED")]), TooDear(words="words")),
        (answer({"x": None}, errors=[error("ACCESS_DENIED", "Access denied")]), Withheld(words="Access denied")),
        (answer(errors=[error("SHOP_INACTIVE")]), Withheld(words="words")),
        (
            answer({"m": None}, errors=[error("RESOURCE_NOT_FOUND", "Invalid id")]),
            Refused(words="Invalid id", missing=True),
        ),
        (answer(errors=[error("undefinedField")]), Refused(words="words")),
        (answer(errors=[error("INVALID_VARIABLE")]), Refused(words="words")),
        (answer(errors=[error("INTERNAL_SERVER_ERROR")]), Later(words="words")),
        (answer(errors=[error(None)]), Later(words="words")),
        (answer(errors=[error("SOMETHING_NEW")]), Later(words="words")),
        (answer(errors=["a text"]), Later(words="a text")),
        (
            Reply(status=400, headers={}, body={"errors": {"query": "Required parameter missing or invalid"}}),
            Refused(words="400: query Required parameter missing or invalid"),
        ),
        (
            Reply(status=401, headers={}, body={"errors": "[API] Invalid API key"}),
            Disconnected(words="401: [API] Invalid API key"),
        ),
        (Reply(status=402, headers={}, body={"errors": "Unavailable Shop"}), Withheld),
        (Reply(status=403, headers={}, body=None), Withheld),
        (Reply(status=404, headers={}, body=None), Withheld),
        (Reply(status=423, headers={}, body={"errors": "locked"}), Withheld),
        (Reply(status=429, headers={}, body=None), Later(words="429")),
        (Reply(status=500, headers={}, body=None), Later(words="500")),
        (Reply(status=502, headers={}, body={"errors": "Bad Gateway"}), Later(words="502: Bad Gateway")),
        (Reply(status=200, headers={}, body=None), Later),
        (Reply(status=302, headers={}, body=None), Later(words="302")),
        (Reply(status=200, headers={}, body=["?"]), Later),
        (Reply(status=200, headers={}, body={"errors": "a string"}), Later),
    ],
)
def test_an_answer_is_judged(reply: Reply, expected: Judgement | type) -> None:
    judged = GRAPHQL.judge(reply)
    assert isinstance(judged, expected) if isinstance(expected, type) else judged == expected


def test_the_budget_is_read_where_there_is_one() -> None:
    read = GRAPHQL.budget(answer({}, extensions={"cost": COST}))
    assert read is not None
    assert (read.available, read.maximum, read.per_second) == (20, 2000, 50)
    assert GRAPHQL.budget(answer({})) is None
    assert GRAPHQL.budget(Reply(status=500, headers={}, body=None)) is None
    assert REST.budget(answer({}, extensions={"cost": COST})) is None


@pytest.mark.parametrize(
    ("available", "maximum", "per_second", "read"),
    [
        (1e300, 2000, 100, (2000, 2000, 100)),
        (-1e300, 2000, 100, (-2000, 2000, 100)),
        (5, 2000, 0, None),
        (5, 2000, 1e-9, None),
        (5, 1e300, 1e300, None),
        (5, -1, 100, None),
        (5, "2000", 100, None),
    ],
)
def test_a_bucket_that_nobody_could_wait_for_is_none(
    available: float, maximum: float, per_second: float, read: tuple[float, ...] | None
) -> None:
    """What a store says of its bucket is stored, divided by and waited for."""
    throttle = {"currentlyAvailable": available, "maximumAvailable": maximum, "restoreRate": per_second}
    found = GRAPHQL.budget(answer({}, extensions={"cost": {"requestedQueryCost": 10, "throttleStatus": throttle}}))
    assert (found and (found.available, found.maximum, found.per_second)) == read
    throttled = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
    cost = {"requestedQueryCost": 1e300, "throttleStatus": throttle}
    reply = Reply(status=200, headers={}, body={"errors": throttled, "extensions": {"cost": cost}})
    judged = GRAPHQL.judge(reply)
    assert isinstance(judged, Later)
    assert judged.seconds is None or 1 <= judged.seconds <= 2 * 86_400


@pytest.mark.parametrize(
    ("status", "expected"),
    [(201, Taken), (401, Disconnected), (403, Withheld), (422, Refused), (404, Refused), (429, Later), (503, Later)],
)
def test_an_answer_by_rest_is_judged_by_its_status(status: int, expected: type) -> None:
    judged = REST.judge(Reply(status=status, headers={}, body={"errors": "words"}))
    assert isinstance(judged, expected)
    if isinstance(judged, Refused):
        assert judged.missing == (status == 404)
