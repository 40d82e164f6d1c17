"""Fulfillment orders and parcels through GraphQL, as recorded exchanges tell it. Source: Shopify GraphQL."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio

from crossdock.domain.orders import FulfillmentOrder, Order, StockClaim
from crossdock.domain.states import RequestStatus, Status
from crossdock.store.setup import create_location
from tests.store.calls import Client, Served, served
from tests.store.scene import NOW

PARTS = """id status requestStatus fulfillBy assignedLocation { name }
lineItems(first: 5) { nodes { id totalQuantity remainingQuantity } }"""
ERRORS = "userErrors { field message }"
CODED = "userErrors { field message code }"


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place


def fo(number: int) -> str:
    return f"gid://shopify/FulfillmentOrder/{number}"


def line(number: int, quantity: int) -> dict[str, Any]:
    return {"id": f"gid://shopify/FulfillmentOrderLineItem/{number}", "quantity": quantity}


async def answer(client: Client, text: str, variables: dict[str, Any]) -> dict[str, Any]:
    reply = await client.post("graphql.json", {"query": text, "variables": variables})
    assert reply.status == 200, reply.body
    said: dict[str, Any] = reply.json
    return said


async def mutate(client: Client, call: str, shape: str, types: str, **variables: Any) -> dict[str, Any]:
    """Carry out one mutation and return its payload; `types` declares the variables."""
    said = await answer(client, f"mutation({types}) {{ {call} {{ {shape} }} }}", variables)
    assert "errors" not in said, said
    (payload,) = said["data"].values()
    return dict(payload)


async def order_of(acme: Served, *units: int, at_service: bool = False) -> tuple[Order, FulfillmentOrder]:
    """Make an order of so many units a line at the merchant's location, or at the service's."""
    place = acme.shop.service.location_id if at_service else acme.shop.merchant_location
    lines = []
    for number, quantity in enumerate(units):
        product = await acme.shop.product(f"SKU-{number}", managed_by="acme-3pl" if at_service else "shopify")
        (variant,) = product.variants
        await acme.shop.stock(variant, place, 100)
        lines.append((variant, quantity))
    made = await acme.shop.order(*lines, claim=StockClaim.IGNORING_POLICY)
    order = await acme.shop.read(made.id)
    (work,) = order.fulfillment_orders
    assert work.location_id == place
    return order, work


def shown(fulfillment_order: dict[str, Any]) -> tuple[str, str, list[tuple[int, int]]]:
    return (
        fulfillment_order["status"],
        fulfillment_order["requestStatus"],
        [(each["totalQuantity"], each["remainingQuantity"]) for each in fulfillment_order["lineItems"]["nodes"]],
    )


def problem(field: Sequence[str] | None, message: str, code: str | None = None) -> dict[str, Any]:
    return {"field": None if field is None else list(field), "message": message, "code": code}


SUBMIT = (
    "fulfillmentOrderSubmitFulfillmentRequest(id: $id, message: $message, fulfillmentOrderLineItems: $lines)",
    f"originalFulfillmentOrder {{ {PARTS} }} submittedFulfillmentOrder {{ {PARTS} }} "
    f"unsubmittedFulfillmentOrder {{ {PARTS} }} {ERRORS}",
    "$id: ID!, $message: String, $lines: [FulfillmentOrderLineItemInput!]",
)


def about_one(name: str, arguments: str = "", types: str = "", errors: str = ERRORS) -> tuple[str, str, str]:
    return f"{name}(id: $id{arguments})", f"fulfillmentOrder {{ {PARTS} }} {errors}", f"$id: ID!{types}"


async def test_a_request_for_a_part_is_accepted_and_its_cancellation_is_refused(acme: Served) -> None:
    order, work = await order_of(acme, 3, at_service=True)
    (units,) = work.lines
    payload = await mutate(acme.desk, *SUBMIT, id=fo(work.id), message="Soon.", lines=[line(units.id, 2)])
    assert payload["userErrors"] == []
    assert shown(payload["submittedFulfillmentOrder"]) == ("OPEN", "SUBMITTED", [(2, 2)])
    assert payload["originalFulfillmentOrder"] == payload["submittedFulfillmentOrder"]
    assert shown(payload["unsubmittedFulfillmentOrder"]) == ("OPEN", "UNSUBMITTED", [(1, 1)])
    assert payload["unsubmittedFulfillmentOrder"]["lineItems"]["nodes"][0]["id"] != units.id

    past = '"2020-01-01T00:00:00Z"'
    accept = about_one("fulfillmentOrderAcceptFulfillmentRequest", f", estimatedShippedAt: {past}")
    payload = await mutate(acme.warehouse, *accept, id=fo(work.id))
    assert shown(payload["fulfillmentOrder"]) == ("IN_PROGRESS", "ACCEPTED", [(2, 2)])

    stop = about_one("fulfillmentOrderSubmitCancellationRequest", ', message: "Stop."')
    payload = await mutate(acme.desk, *stop, id=fo(work.id))
    assert shown(payload["fulfillmentOrder"]) == ("IN_PROGRESS", "ACCEPTED", [(2, 2)])
    kept = (await acme.shop.read(order.id)).fulfillment_order(work.id)
    assert kept.request_status is RequestStatus.CANCELLATION_REQUESTED

    payload = await mutate(acme.warehouse, *about_one("fulfillmentOrderRejectCancellationRequest"), id=fo(work.id))
    assert shown(payload["fulfillmentOrder"]) == ("IN_PROGRESS", "CANCELLATION_REJECTED", [(2, 2)])
    payload = await mutate(acme.warehouse, *about_one("fulfillmentOrderClose"), id=fo(work.id))
    assert shown(payload["fulfillmentOrder"]) == ("INCOMPLETE", "CLOSED", [(2, 2)])


HOLD = (
    "fulfillmentOrderHold(id: $id, fulfillmentHold: $hold)",
    f"fulfillmentHold {{ id handle reason }} fulfillmentOrder {{ {PARTS} }} "
    f"remainingFulfillmentOrder {{ {PARTS} }} {CODED}",
    "$id: ID!, $hold: FulfillmentOrderHoldInput!",
)
HOLD_LINES = ("fulfillmentHold", "fulfillmentOrderLineItems")


async def test_holds_by_handle_and_what_they_refuse(acme: Served) -> None:
    _, work = await order_of(acme, 5)
    (units,) = work.lines
    some = [line(units.id, 2)]
    payload = await mutate(
        acme.desk, *HOLD, id=fo(work.id), hold={"reason": "OTHER", "fulfillmentOrderLineItems": some}
    )
    assert payload["fulfillmentHold"] | {"id": None} == {"id": None, "handle": "", "reason": "OTHER"}
    assert shown(payload["fulfillmentOrder"]) == ("ON_HOLD", "UNSUBMITTED", [(2, 2)])
    rest = payload["remainingFulfillmentOrder"]
    assert shown(rest) == ("OPEN", "UNSUBMITTED", [(3, 3)])

    async def refused(**hold: Any) -> dict[str, Any]:
        said = await mutate(acme.desk, *HOLD, id=fo(work.id), hold={"reason": "OTHER", **hold})
        (found,) = said.pop("userErrors")
        assert set(said.values()) == {None}
        return dict(found)

    assert (await refused())["code"] == "DUPLICATE_FULFILLMENT_HOLD_HANDLE"
    for number in range(1, 10):
        hold = {"reason": "AWAITING_PAYMENT", "handle": f"h{number}"}
        payload = await mutate(acme.desk, *HOLD, id=fo(work.id), hold=hold)
        assert payload["remainingFulfillmentOrder"] is None
    assert (await refused(handle="h10"))["code"] == "FULFILLMENT_ORDER_HOLD_LIMIT_REACHED"
    assert await refused(handle="h10", fulfillmentOrderLineItems=[line(units.id, 0)]) == problem(
        (*HOLD_LINES, "0", "quantity"),
        "You must select at least one item to place on partial hold.",
        "GREATER_THAN_ZERO",
    )
    assert (await refused(handle="h10", fulfillmentOrderLineItems=some))["field"] == list(HOLD_LINES)
    assert (await refused(fulfillmentOrderLineItems=some * 2))["code"] == "DUPLICATED_FULFILLMENT_ORDER_LINE_ITEMS"

    release = about_one("fulfillmentOrderReleaseHold", errors=CODED)
    payload = await mutate(acme.desk, *release, id=fo(work.id))
    assert shown(payload["fulfillmentOrder"]) == ("OPEN", "UNSUBMITTED", [(5, 5)])
    sibling = await answer(
        acme.desk, f"query($id: ID!) {{ fulfillmentOrder(id: $id) {{ {PARTS} }} }}", {"id": rest["id"]}
    )
    assert shown(sibling["data"]["fulfillmentOrder"]) == ("CLOSED", "UNSUBMITTED", [(0, 0)])


SPLIT = (
    "fulfillmentOrderSplit(fulfillmentOrderSplits: $splits)",
    f"fulfillmentOrderSplits {{ fulfillmentOrder {{ {PARTS} }} remainingFulfillmentOrder {{ {PARTS} }} "
    f"replacementFulfillmentOrder {{ id }} }} {CODED}",
    "$splits: [FulfillmentOrderSplitInput!]!",
)
MERGE = (
    "fulfillmentOrderMerge(fulfillmentOrderMergeInputs: $merges)",
    f"fulfillmentOrderMerges {{ fulfillmentOrder {{ {PARTS} }} }} {CODED}",
    "$merges: [FulfillmentOrderMergeInput!]!",
)


async def test_splits_of_several_orders_are_made_all_or_none_and_merged_again(acme: Served) -> None:
    (one, mine), (other, yours) = await order_of(acme, 5), await order_of(acme, 4)
    splits = [
        {"fulfillmentOrderId": fo(mine.id), "fulfillmentOrderLineItems": [line(mine.lines[0].id, 2)]},
        {"fulfillmentOrderId": fo(yours.id), "fulfillmentOrderLineItems": [line(yours.lines[0].id, 5)]},
    ]
    payload = await mutate(acme.desk, *SPLIT, splits=splits)
    assert payload == {
        "fulfillmentOrderSplits": None,
        "userErrors": [
            problem(
                ("fulfillmentOrderSplits", "1", "fulfillmentOrderLineItems", "0", "quantity"),
                "Invalid fulfillment order line item quantity requested.",
                "INVALID_LINE_ITEM_QUANTITY",
            )
        ],
    }
    assert [await acme.shop.read(each.id) for each in (one, other)] == [one, other]
    unknown = {**splits[0], "fulfillmentOrderId": fo(404)}
    payload = await mutate(acme.desk, *SPLIT, splits=[splits[0], unknown])
    assert payload["userErrors"] == [problem(None, "Fulfillment order does not exist.", "FULFILLMENT_ORDER_NOT_FOUND")]
    assert await acme.shop.read(one.id) == one

    splits[1]["fulfillmentOrderLineItems"] = [line(yours.lines[0].id, 1)]
    first, second = (await mutate(acme.desk, *SPLIT, splits=splits))["fulfillmentOrderSplits"]
    assert shown(first["fulfillmentOrder"]) == ("OPEN", "UNSUBMITTED", [(3, 3)])
    assert shown(first["remainingFulfillmentOrder"]) == ("OPEN", "UNSUBMITTED", [(2, 2)])
    assert (second["fulfillmentOrder"]["id"], second["replacementFulfillmentOrder"]) == (fo(yours.id), None)

    merges = [
        {"mergeIntents": [{"fulfillmentOrderId": split[part]["id"]} for part in split if split[part]]}
        for split in (first, second)
    ]
    gathered = (await mutate(acme.desk, *MERGE, merges=merges))["fulfillmentOrderMerges"]
    assert [shown(each["fulfillmentOrder"])[2] for each in gathered] == [[(5, 5)], [(4, 4)]]
    assert gathered[0]["fulfillmentOrder"]["lineItems"] == {
        "nodes": [{**first["fulfillmentOrder"]["lineItems"]["nodes"][0], "totalQuantity": 5, "remainingQuantity": 5}]
    }
    closed = (await acme.shop.read(one.id)).fulfillment_orders[1]
    assert (closed.status, closed.remaining) == (Status.CLOSED, 0)


async def test_a_cancelled_fulfillment_order_hands_its_lines_on(acme: Served) -> None:
    _, work = await order_of(acme, 2)
    cancel = (
        "fulfillmentOrderCancel(id: $id)",
        f"fulfillmentOrder {{ {PARTS} }} replacementFulfillmentOrder {{ {PARTS} }} {CODED}",
        "$id: ID!",
    )
    await mutate(acme.desk, *about_one("fulfillmentOrderReportProgress", errors=CODED), id=fo(work.id))
    payload = await mutate(acme.desk, *cancel, id=fo(work.id))
    assert payload["userErrors"][0]["code"] == "FULFILLMENT_ORDER_HAS_MANUALLY_REPORTED_PROGRESS"
    payload = await mutate(acme.desk, *about_one("fulfillmentOrderOpen"), id=fo(work.id))
    assert shown(payload["fulfillmentOrder"])[0] == "OPEN"
    payload = await mutate(acme.desk, *about_one("fulfillmentOrderOpen"), id=fo(work.id))
    assert payload["userErrors"] == [
        {"field": None, "message": "Expected fulfillment order status to be valid but it was open."}
    ]

    payload = await mutate(acme.desk, *cancel, id=fo(work.id))
    assert shown(payload["fulfillmentOrder"]) == ("CLOSED", "UNSUBMITTED", [])
    replacement = payload["replacementFulfillmentOrder"]
    assert shown(replacement) == ("OPEN", "UNSUBMITTED", [(2, 2)])
    assert replacement["lineItems"]["nodes"][0]["id"] == line(work.lines[0].id, 2)["id"]
    payload = await mutate(acme.desk, *cancel, id=fo(work.id))
    assert payload["userErrors"] == [
        problem(None, "Fulfillment order is not in cancelable request state and can't be canceled.")
    ]


async def test_a_part_moves_where_it_is_stocked_and_nowhere_unknown(acme: Served) -> None:
    order, work = await order_of(acme, 3)
    annex = await create_location(acme.store.pool, NOW, acme.shop.shop_id, name="Annex")
    await acme.store.pool.execute(
        "INSERT INTO inventory_levels"
        " (shop_id, inventory_item_id, location_id, id, available, committed, created_at, updated_at)"
        " SELECT shop_id, inventory_item_id, $3, nextval('ids'), 9, 0, created_at, updated_at FROM inventory_levels"
        " WHERE shop_id = $1 AND inventory_item_id = $2 LIMIT 1",
        acme.shop.shop_id,
        order.lines[0].inventory_item_id,
        annex,
    )
    move = (
        "fulfillmentOrderMove(id: $id, newLocationId: $to, fulfillmentOrderLineItems: $lines)",
        f"movedFulfillmentOrder {{ {PARTS} }} originalFulfillmentOrder {{ {PARTS} }} "
        f"remainingFulfillmentOrder {{ {PARTS} }} {CODED}",
        "$id: ID!, $to: ID!, $lines: [FulfillmentOrderLineItemInput!]",
    )
    to = f"gid://shopify/Location/{annex}"
    payload = await mutate(acme.desk, *move, id=fo(work.id), to=to, lines=[line(work.lines[0].id, 1)])
    assert shown(payload["movedFulfillmentOrder"])[2] == [(1, 1)]
    assert payload["movedFulfillmentOrder"]["assignedLocation"]["name"] == "Annex"
    assert payload["originalFulfillmentOrder"] == payload["remainingFulfillmentOrder"]
    assert shown(payload["originalFulfillmentOrder"])[2] == [(2, 2)]
    payload = await mutate(acme.desk, *move, id=fo(work.id), to="gid://shopify/Location/404")
    assert payload["userErrors"] == [problem(["newLocationId"], "Location not found.")]


async def test_deadlines_of_several_orders_are_set_all_or_none(acme: Served) -> None:
    works = [await order_of(acme, 1), await order_of(acme, 1)]
    deadline = (
        "fulfillmentOrdersSetFulfillmentDeadline(fulfillmentOrderIds: $ids, "
        'fulfillmentDeadline: "2030-01-02T03:04:05.678Z")',
        f"success {CODED}",
        "$ids: [ID!]!",
    )
    ids = [fo(work.id) for _, work in works]
    payload = await mutate(acme.desk, *deadline, ids=[*ids, fo(404)])
    assert payload == {
        "success": None,
        "userErrors": [
            problem(["fulfillmentOrderIds"], "Fulfillment orders could not be found.", "FULFILLMENT_ORDERS_NOT_FOUND")
        ],
    }
    assert [await acme.shop.read(order.id) for order, _ in works] == [order for order, _ in works]
    assert (await mutate(acme.desk, *deadline, ids=ids))["success"] is True
    for order, _ in works:
        (due,) = (await acme.shop.read(order.id)).fulfillment_orders
        assert due.fulfill_by is not None
        assert due.fulfill_by.isoformat() == "2030-01-02T03:04:05+00:00"


CREATE = (
    "fulfillmentCreate(fulfillment: $fulfillment)",
    f"fulfillment {{ id name status displayStatus trackingInfo {{ number company url }} }} {ERRORS}",
    "$fulfillment: FulfillmentInput!",
)


async def test_a_new_fulfillment_is_checked_in_the_order_recorded(acme: Served) -> None:
    (one, mine), (other, yours) = await order_of(acme, 2), await order_of(acme, 2)
    _, served_work = await order_of(acme, 1, at_service=True)

    async def refused(*groups: dict[str, Any]) -> dict[str, Any]:
        payload = await mutate(acme.desk, *CREATE, fulfillment={"lineItemsByFulfillmentOrder": list(groups)})
        (found,) = payload["userErrors"]
        assert payload["fulfillment"] is None
        return dict(found)

    def group(work: int, *lines: dict[str, Any]) -> dict[str, Any]:
        return {"fulfillmentOrderId": fo(work), "fulfillmentOrderLineItems": list(lines)}

    def said(message: str) -> dict[str, Any]:
        return {"field": ["fulfillment"], "message": message}

    nothing, too_many = line(mine.lines[0].id, 0), line(mine.lines[0].id, 3)
    assert await refused(group(404), group(mine.id, nothing)) == {
        "field": ["fulfillment", "lineItemsByFulfillmentOrder", "1", "fulfillmentOrderLineItems", "0", "quantity"],
        "message": "Quantity must be greater than 0",
    }
    assert await refused(group(mine.id, too_many), group(404)) == said("Fulfillment order does not exist.")
    assert await refused(group(mine.id, too_many), group(yours.id)) == said(
        "All fulfillment orders must belong to the same order. "
        f"Multiple orders with ids [{one.id}, {other.id}] were found."
    )
    await mutate(acme.desk, *HOLD, id=fo(mine.id), hold={"reason": "OTHER"})
    assert await refused(group(mine.id, too_many)) == said(
        f"Fulfillment order {mine.id} has an unfulfillable status= on_hold."
    )
    await mutate(acme.desk, *about_one("fulfillmentOrderReleaseHold", errors=CODED), id=fo(mine.id))
    assert await refused(group(mine.id, line(404, 1))) == said("Fulfillment order line item does not exist.")
    assert await refused(group(mine.id, too_many)) == said("Invalid fulfillment order line item quantity requested.")
    assert [await acme.shop.read(other.id)] == [other]
    assert (await acme.shop.read(one.id)).fulfillments == ()
    assert served_work.location_id != mine.location_id


async def test_a_fulfillment_is_followed_and_taken_back_twice(acme: Served) -> None:
    order, work = await order_of(acme, 2)
    sent = {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": fo(work.id)}], "trackingInfo": {"number": "N1"}}
    made = (await mutate(acme.desk, *CREATE, fulfillment=sent))["fulfillment"]
    assert (made["name"], made["status"], made["displayStatus"]) == (f"{order.name}-F1", "SUCCESS", "FULFILLED")
    cancel = ("fulfillmentCancel(id: $id)", f"fulfillment {{ id status displayStatus }} {ERRORS}", "$id: ID!")
    for _ in range(2):
        payload = await mutate(acme.desk, *cancel, id=made["id"])
        assert payload == {
            "fulfillment": {"id": made["id"], "status": "CANCELLED", "displayStatus": "CANCELED"},
            "userErrors": [],
        }
    closed, again = (await acme.shop.read(order.id)).fulfillment_orders
    assert (closed.status, closed.remaining, again.status, again.remaining) == (Status.CLOSED, 2, Status.OPEN, 2)

    follow = (
        "fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $info)",
        f"fulfillment {{ trackingInfo {{ number company url }} }} {ERRORS}",
        "$id: ID!, $info: FulfillmentTrackingInput!",
    )
    info = {"numbers": ["A", "B"], "urls": ["https://x.example/A"], "company": "Own van"}
    payload = await mutate(acme.desk, *follow, id=made["id"], info=info)
    assert payload["fulfillment"]["trackingInfo"] == [
        {"number": "A", "company": "Own van", "url": "https://x.example/A"},
        {"number": "B", "company": "Own van", "url": None},
    ]
    event = (
        "fulfillmentEventCreate(fulfillmentEvent: {fulfillmentId: $id, status: IN_TRANSIT, "
        'happenedAt: "2026-11-20T10:11:11.690Z"})',
        f"fulfillmentEvent {{ status happenedAt }} {ERRORS}",
        "$id: ID!",
    )
    payload = await mutate(acme.desk, *event, id=made["id"])
    assert payload["fulfillmentEvent"] == {"status": "IN_TRANSIT", "happenedAt": "2026-11-20T10:11:11Z"}
    for call, field, message in (
        (cancel, "id", "Fulfillment not found."),
        (follow, "fulfillmentId", "Fulfillment does not exist."),
    ):
        payload = await mutate(acme.desk, *call, id="gid://shopify/Fulfillment/404", info={})
        assert payload == {"fulfillment": None, "userErrors": [{"field": [field], "message": message}]}


async def test_what_a_caller_may_not_change_does_not_exist_for_him(acme: Served) -> None:
    order, work = await order_of(acme, 1)
    stranger = await acme.client("write_third_party_fulfillment_orders", "write_orders", name="Stranger")
    said = await answer(acme.warehouse, f'mutation {{ fulfillmentOrderClose(id: "{fo(work.id)}") {{ {ERRORS} }} }}', {})
    assert said["data"] == {"fulfillmentOrderClose": None}
    assert said["errors"][0]["message"] == f"Invalid id: {fo(work.id)}"
    payload = await mutate(stranger, *HOLD, id=fo(work.id), hold={"reason": "OTHER"})
    assert payload["userErrors"] == [
        problem(["id"], "Fulfillment order does not exist.", "FULFILLMENT_ORDER_NOT_FOUND")
    ]
    payload = await mutate(
        stranger, *CREATE, fulfillment={"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": fo(work.id)}]}
    )
    assert payload["userErrors"] == [{"field": ["fulfillment"], "message": "Fulfillment order does not exist."}]
    assert await acme.shop.read(order.id) == order


async def test_a_key_makes_several_commands_one(acme: Served) -> None:
    order, work = await order_of(acme, 5)
    splits = [
        {"fulfillmentOrderId": fo(work.id), "fulfillmentOrderLineItems": [line(work.lines[0].id, 1)]} for _ in range(2)
    ]
    call = (f'{SPLIT[0]} @idempotent(key: "k1")', *SPLIT[1:])
    first = await mutate(acme.desk, *call, splits=splits)
    again = await mutate(acme.desk, *call, splits=splits)
    assert first == again
    assert [shown(each["fulfillmentOrder"])[2] for each in first["fulfillmentOrderSplits"]] == [[(3, 3)], [(3, 3)]]
    assert len((await acme.shop.read(order.id)).fulfillment_orders) == 3
    other = await mutate(acme.desk, *call, splits=splits[:1])
    assert other["userErrors"][0]["message"].startswith("The same idempotency key cannot be used")


@pytest.mark.parametrize("status", [Status.OPEN, Status.CLOSED])
async def test_only_scheduled_work_is_rescheduled(acme: Served, status: Status) -> None:
    _, work = await order_of(acme, 1)
    if status is Status.CLOSED:
        sent = {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": fo(work.id)}]}
        await mutate(acme.desk, *CREATE, fulfillment=sent)
    reschedule = about_one("fulfillmentOrderReschedule", ', fulfillAt: "2030-01-01T00:00:00Z"', errors=CODED)
    payload = await mutate(acme.desk, *reschedule, id=fo(work.id))
    assert payload["userErrors"] == [problem(None, "Fulfillment order must be scheduled.")]
