"""Writes over the REST API: an order's whole life, and what bad input gets. A refused write changes nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from crossdock.domain.catalogue import ProductVariant
from crossdock.domain.orders import FulfillmentOrder
from tests.store.calls import Client, Served, served

TOO_LONG = b'{"order":{"note":"' + b"x" * (1024 * 1024) + b'"}}'
BAD_JSON = (
    b"{",
    b"[1,]",
    b'{"order":{"line_items":[]},"order":{}}',
    b'{"order":NaN}',
    b'{"order":-Infinity}',
    b'{"order":' + b"9" * 5000 + b"}",
    b'{"order":"\\ud800"}',
    b'{"order":"\\u0000"}',
    b"\xff\xfe{}",
    b"[" * 40 + b"]" * 40,
)
NOT_OBJECTS = (b"[]", b'"order"', b"7", b"true")

TABLES = (
    "orders",
    "order_lines",
    "fulfillment_orders",
    "fulfillment_order_lines",
    "merchant_requests",
    "fulfillments",
    "fulfillment_lines",
    "events",
    "products",
    "variants",
    "inventory_levels",
    "stock_moves",
    "locations",
    "fulfillment_services",
    "idempotency_keys",
)


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place
        assert await place.shop.offences() == []


async def contents(acme: Served) -> dict[str, object]:
    """Read all that a command can change."""
    return {
        table: await acme.store.pool.fetchval(
            f"SELECT coalesce(json_agg(t ORDER BY t::text), '[]')::text FROM {table} t"
        )
        for table in TABLES
    }


async def variant(acme: Served, sku: str = "TEE", units: int = 10) -> ProductVariant:
    made = (await acme.shop.product(sku)).variants[0]
    await acme.shop.stock(made, acme.shop.service.location_id, units)
    return made


async def assigned(acme: Served, quantity: int = 3) -> FulfillmentOrder:
    """Make an order whose work is the service's."""
    order = await acme.shop.order((await variant(acme), quantity))
    return order.fulfillment_orders[0]


def new_order(line: dict[str, Any]) -> dict[str, Any]:
    return {"order": {"line_items": [line]}}


def shipment(one: FulfillmentOrder, *lines: dict[str, int]) -> dict[str, Any]:
    group: dict[str, Any] = {"fulfillment_order_id": one.id}
    if lines:
        group["fulfillment_order_line_items"] = list(lines)
    return {
        "fulfillment": {
            "line_items_by_fulfillment_order": [group],
            "tracking_info": {"number": "1Z1", "company": "UPS"},
        }
    }


async def state(acme: Served, one: FulfillmentOrder) -> tuple[str, str]:
    found = (await acme.desk.get(f"fulfillment_orders/{one.id}.json")).json["fulfillment_order"]
    return found["status"], found["request_status"]


async def test_an_order_from_its_creation_to_its_parcel(acme: Served) -> None:
    product = {
        "product": {"title": "Tee", "variants": [{"sku": "TEE", "price": "19.90", "inventory_management": "shopify"}]}
    }
    made = await acme.desk.post("products.json", product)
    assert made.status == 201
    (tee,) = made.json["product"]["variants"]
    place = acme.shop.service.location_id
    level = {"inventory_item_id": tee["inventory_item_id"], "location_id": place, "available": 5}
    assert (await acme.desk.post("inventory_levels/set.json", level)).json["inventory_level"]["available"] == 5

    order = {
        "line_items": [{"variant_id": tee["id"], "quantity": 2}],
        "inventory_behaviour": "decrement_obeying_policy",
    }
    reply = await acme.desk.post("orders.json", {"order": order})
    assert reply.status == 201
    order_id = reply.json["order"]["id"]
    listed = (await acme.desk.get(f"orders/{order_id}/fulfillment_orders.json")).json["fulfillment_orders"]
    (one,) = listed
    assert (one["status"], one["request_status"], one["assigned_location_id"]) == ("open", "unsubmitted", place)

    path = f"fulfillment_orders/{one['id']}"
    sent = await acme.desk.post(f"{path}/fulfillment_request.json", {"fulfillment_request": {"message": "Please."}})
    assert sent.status == 200
    assert sent.json["unsubmitted_fulfillment_order"] is None
    work = await acme.warehouse.get("assigned_fulfillment_orders.json?assignment_status=fulfillment_requested")
    assert [each["id"] for each in work.json["fulfillment_orders"]] == [one["id"]]
    accepted = await acme.warehouse.post(f"{path}/fulfillment_request/accept.json")
    assert accepted.json["fulfillment_order"]["request_status"] == "accepted"

    body = {"fulfillment": {"line_items_by_fulfillment_order": [{"fulfillment_order_id": one["id"]}]}}
    shipped = await acme.warehouse.post("fulfillments.json", body)
    assert shipped.status == 201
    assert shipped.json["fulfillment"]["order_id"] == order_id
    closed = (await acme.desk.get(f"orders/{order_id}.json")).json["order"]
    assert closed["fulfillment_status"] == "fulfilled"
    calls = await acme.store.pool.fetch(
        "SELECT url, status, subject FROM messages WHERE direction = 'in' AND subject = $1 ORDER BY id",
        f"order:{order_id}",
    )
    assert [call["url"].rpartition("/2026-07/")[2] for call in calls] == [
        "orders.json",
        f"{path}/fulfillment_request.json",
        f"{path}/fulfillment_request/accept.json",
        "fulfillments.json",
    ]
    assert {call["status"] for call in calls} == {"done"}
    secrets = await acme.store.pool.fetchval(
        "SELECT count(*) FROM messages WHERE request_headers::text LIKE '%shpat_%'"
    )
    assert secrets == 0


async def test_reads_record_nothing(acme: Served) -> None:
    one = await assigned(acme)
    before = await acme.store.pool.fetchval("SELECT count(*) FROM messages")
    for path in (
        "orders.json",
        f"fulfillment_orders/{one.id}.json",
        "orders/1.json",
        "assigned_fulfillment_orders.json",
    ):
        await acme.desk.get(path)
    assert await acme.store.pool.fetchval("SELECT count(*) FROM messages") == before


async def writes(acme: Served) -> list[tuple[Client, str, dict[str, Any]]]:
    """Return every write that there is, with a body that would do."""
    tee = await variant(acme, "CAP")
    one = await assigned(acme)
    level = {"inventory_item_id": tee.inventory_item_id, "location_id": acme.shop.service.location_id}
    path = f"fulfillment_orders/{one.id}"
    return [
        (acme.desk, "orders.json", new_order({"variant_id": tee.id, "quantity": 1})),
        (acme.desk, "products.json", {"product": {"title": "Mug"}}),
        (acme.desk, "inventory_levels/set.json", level | {"available": 4}),
        (acme.desk, "inventory_levels/adjust.json", level | {"available_adjustment": 4}),
        (acme.desk, "inventory_levels/connect.json", level),
        (acme.desk, "fulfillment_services.json", {"fulfillment_service": {"name": "Jupiter"}}),
        (acme.desk, f"{path}/fulfillment_request.json", {"fulfillment_request": {"message": "Go."}}),
        (acme.warehouse, f"{path}/fulfillment_request/accept.json", {"fulfillment_request": {"message": "Yes."}}),
        (acme.warehouse, f"{path}/fulfillment_request/reject.json", {"fulfillment_request": {"message": "No."}}),
        (acme.desk, f"{path}/cancellation_request.json", {"cancellation_request": {"message": "Stop."}}),
        (acme.warehouse, f"{path}/cancellation_request/accept.json", {"cancellation_request": {}}),
        (acme.warehouse, f"{path}/cancellation_request/reject.json", {"cancellation_request": {}}),
        (acme.warehouse, f"{path}/close.json", {"fulfillment_order": {"message": "Done."}}),
        (acme.warehouse, "fulfillments.json", shipment(one)),
    ]


async def test_bad_bodies_are_refused_at_every_write(acme: Served) -> None:
    all_writes = await writes(acme)
    before = await contents(acme)
    for client, path, _ in all_writes:
        for raw in (*BAD_JSON, *NOT_OBJECTS):
            reply = await client.post(path, raw)
            assert (reply.status, list(reply.json)) == (400, ["errors"]), (path, raw[:40], reply.body)
        reply = await client.post(path, TOO_LONG)
        assert reply.status == 413, path
        assert "errors" in reply.json
    assert await contents(acme) == before


async def test_callers_that_may_not_are_refused_at_every_write(acme: Served) -> None:
    all_writes = await writes(acme)
    nothing = await acme.client(name="Nothing allowed")
    readers = await acme.client(
        "read_orders",
        "read_products",
        "read_inventory",
        "read_fulfillments",
        "read_assigned_fulfillment_orders",
        "read_merchant_managed_fulfillment_orders",
        "read_third_party_fulfillment_orders",
        name="Readers",
    )
    stranger = await acme.client("write_assigned_fulfillment_orders", name="Another 3PL")
    before = await contents(acme)
    for _, path, body in all_writes:
        assert (await Client(acme.app, None).post(path, body)).status == 401
        assert (await Client(acme.app, "wrong").post(path, body)).status == 401
        for client in (nothing, readers):
            reply = await client.post(path, body)
            assert reply.status == 403, path
            assert reply.json["errors"].startswith("[API] This action requires merchant approval for write_")
        if path.startswith("fulfillment_orders/"):
            assert (await stranger.post(path, body)).status == 404, path
    assert (await stranger.post("fulfillments.json", all_writes[-1][2])).status == 422
    assert await contents(acme) == before
    refused = await acme.store.pool.fetchval(
        "SELECT count(*) FROM messages WHERE direction = 'in' AND status = 'refused'"
    )
    assert refused == 2 * len(all_writes) + 8


async def test_ids_that_nobody_has_are_refused_at_every_write(acme: Served) -> None:
    before = await contents(acme)
    requests = ("fulfillment_request", "cancellation_request")
    answers = [f"{kind}/{answer}" for kind in requests for answer in ("accept", "reject")]
    for unknown in (
        "1",
        "99999999999",
        "9223372036854775807",
        "9223372036854775808",
        "x",
        "-1",
        "1.5",
        "%00",
        "%F0%9F",
    ):
        for action in (*requests, *answers, "close"):
            reply = await acme.desk.post(f"fulfillment_orders/{unknown}/{action}.json", {})
            assert (reply.status, reply.json) == (404, {"errors": "Not Found"}), (unknown, action)
        for path in (
            f"orders/{unknown}.json",
            f"orders/{unknown}/fulfillment_orders.json",
            f"orders/{unknown}/fulfillments/1.json",
            f"fulfillment_orders/{unknown}.json",
            f"products/{unknown}.json",
            f"locations/{unknown}.json",
        ):
            assert (await acme.desk.get(path)).status == 404, path
    level = {"inventory_item_id": 1, "location_id": acme.shop.merchant_location}
    assert (await acme.desk.post("inventory_levels/set.json", level | {"available": 1})).status == 404
    assert (await acme.desk.post("inventory_levels/adjust.json", level | {"available_adjustment": 1})).status == 404
    assert (await acme.desk.post("inventory_levels/connect.json", level)).status == 404
    card = (await acme.shop.product("CARD", managed_by=None)).variants[0]
    before = await contents(acme)
    uncounted = {"inventory_item_id": card.inventory_item_id, "location_id": acme.shop.merchant_location}
    reply = await acme.desk.post("inventory_levels/adjust.json", uncounted | {"available_adjustment": 1})
    assert (reply.status, reply.json) == (
        422,
        {"errors": ["Inventory item does not have inventory tracking enabled"]},
    )
    assert (await acme.desk.post("orders.json", new_order({"variant_id": 1, "quantity": 1}))).status == 422
    nobody = {"fulfillment": {"line_items_by_fulfillment_order": [{"fulfillment_order_id": 1}]}}
    reply = await acme.desk.post("fulfillments.json", nobody)
    assert (reply.status, reply.json) == (422, {"errors": ["Fulfillment order does not exist."]})
    assert await contents(acme) == before


async def test_wrong_states_are_refused_with_the_state(acme: Served) -> None:
    one = await assigned(acme)
    path = f"fulfillment_orders/{one.id}"

    async def refused(client: Client, *actions: str) -> None:
        before = await contents(acme)
        for action in actions:
            reply = await client.post(f"{path}/{action}.json", {})
            assert reply.status == 422, action
            (message,) = reply.json["errors"]
            assert all(word in message for word in await state(acme, one)), message
        assert await contents(acme) == before

    cancellation = ("cancellation_request/accept", "cancellation_request/reject")
    answers = ("fulfillment_request/accept", "fulfillment_request/reject")
    await refused(acme.warehouse, *answers, *cancellation, "close")
    await refused(acme.desk, "cancellation_request")
    assert (await acme.desk.post(f"{path}/fulfillment_request.json")).status == 200
    await refused(acme.warehouse, *cancellation, "close")
    await refused(acme.desk, "fulfillment_request", "cancellation_request")
    reply = await acme.warehouse.post("fulfillments.json", shipment(one))
    assert reply.json == {"errors": [f"Fulfillment order {one.id} has an unfulfillable status= open."]}
    assert (await acme.warehouse.post(f"{path}/fulfillment_request/accept.json")).status == 200
    await refused(acme.warehouse, *answers, *cancellation)
    assert (await acme.warehouse.post("fulfillments.json", shipment(one))).status == 201
    await refused(acme.warehouse, *answers, *cancellation, "close")
    await refused(acme.desk, "fulfillment_request", "cancellation_request")
    reply = await acme.warehouse.post("fulfillments.json", shipment(one))
    assert reply.status == 422


async def test_work_of_the_merchant_is_asked_of_nobody(acme: Served) -> None:
    tee = (await acme.shop.product("TEE")).variants[0]
    await acme.shop.stock(tee, acme.shop.merchant_location, 5)
    one = (await acme.shop.order((tee, 1))).fulfillment_orders[0]
    reply = await acme.desk.post(f"fulfillment_orders/{one.id}/fulfillment_request.json")
    assert reply.status == 422
    assert reply.json == {"errors": ["The fulfillment order's assigned fulfillment service must be of api type"]}
    assert (await acme.warehouse.post("fulfillments.json", shipment(one))).status == 422
    assert (await acme.desk.post("fulfillments.json", shipment(one))).status == 201


async def test_wrong_quantities_are_refused(acme: Served) -> None:
    one = await assigned(acme, quantity=3)
    line = one.lines[0].id
    before = await contents(acme)

    def lines(*quantities: object, line_id: int = line) -> dict[str, Any]:
        items = [{"id": line_id, "quantity": quantity} for quantity in quantities]
        return {"fulfillment_request": {"fulfillment_order_line_items": items}}

    path = f"fulfillment_orders/{one.id}/fulfillment_request.json"
    for body, status in (
        (lines(0), 422),
        (lines(-1), 422),
        (lines(4), 422),
        (lines(10**18), 422),
        (lines(2**63), 400),
        (lines(1.5), 400),
        (lines("many"), 400),
        (lines(True), 400),
        (lines([]), 400),
        (lines(1, 1), 422),
        (lines(1, line_id=line + 1000), 422),
    ):
        reply = await acme.desk.post(path, body)
        assert reply.status == status, (body, reply.body)
        assert "errors" in reply.json
    assert await contents(acme) == before
    assert (await acme.desk.post(path)).status == 200
    assert (await acme.warehouse.post(f"fulfillment_orders/{one.id}/fulfillment_request/accept.json")).status == 200
    before = await contents(acme)
    for items, message in (
        ([{"id": line, "quantity": 0}], "Quantity must be greater than 0"),
        ([{"id": line, "quantity": -2}], "Quantity must be greater than 0"),
        ([{"id": line, "quantity": 4}], "Invalid fulfillment order line item quantity requested."),
        ([{"id": line, "quantity": 1}, {"id": line, "quantity": 1}], "must contain unique line item ids"),
        ([{"id": 1, "quantity": 1}], "Fulfillment order line item does not exist."),
    ):
        reply = await acme.warehouse.post("fulfillments.json", shipment(one, *items))
        assert (reply.status, reply.json) == (422, {"errors": [message]})
    twice = shipment(one)
    twice["fulfillment"]["line_items_by_fulfillment_order"] *= 2
    assert (await acme.warehouse.post("fulfillments.json", twice)).status == 422
    assert (await acme.warehouse.post("fulfillments.json", {"fulfillment": {}})).status in {400, 422}
    assert await contents(acme) == before


async def test_an_order_that_is_not_to_be_shipped_yet(acme: Served) -> None:
    line = {"variant_id": (await variant(acme)).id, "quantity": 1}

    async def work(fulfill_at: str | None) -> dict[str, Any]:
        made = await acme.desk.post("orders.json", {"order": {"line_items": [line], "fulfill_at": fulfill_at}})
        assert made.status == 201
        found = await acme.desk.get(f"orders/{made.json['order']['id']}/fulfillment_orders.json")
        one: dict[str, Any] = found.json["fulfillment_orders"][0]
        return one

    later = await work("2099-12-01T10:00:00Z")
    assert (later["status"], later["fulfill_at"][:10], later["supported_actions"]) == (
        "scheduled",
        "2099-12-01",
        ["mark_as_open"],
    )
    assert [(await work(at))["status"] for at in ("2020-01-01", None)] == ["open", "open"]
    opened = await acme.desk.post(f"fulfillment_orders/{later['id']}/open.json")
    assert opened.json["fulfillment_order"]["status"] == "open"


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([], "Fulfillment orders could not be found."),
        ([10**9], "Fulfillment orders could not be found."),
        (["its own", "its own"], "must contain unique fulfillment order ids"),
    ],
)
async def test_a_deadline_of_nothing_is_refused_in_words_of_its_own(acme: Served, ids: list[Any], message: str) -> None:
    one = await assigned(acme)
    body = {
        "fulfillment_order_ids": [one.id if each == "its own" else each for each in ids],
        "fulfillment_deadline": "2099-12-01T10:00:00Z",
    }
    reply = await acme.desk.post("fulfillment_orders/set_fulfillment_orders_deadline.json", body)
    assert (reply.status, reply.json) == (422, {"errors": [message]})


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("orders.json", {}, 400),
        ("orders.json", {"order": {}}, 422),
        ("orders.json", {"order": {"line_items": []}}, 422),
        ("orders.json", {"order": {"line_items": {}}}, 400),
        ("orders.json", {"order": {"line_items": [{"title": "Tee", "price": "1.00", "quantity": 0}]}}, 422),
        ("orders.json", {"order": {"line_items": [{"title": "Tee", "price": "1.00", "quantity": -1}]}}, 422),
        ("orders.json", {"order": {"line_items": [{"title": "Tee", "price": "1.00", "quantity": 10**12}]}}, 422),
        ("orders.json", {"order": {"line_items": [{"title": "Tee", "price": "cheap", "quantity": 1}]}}, 400),
        ("orders.json", {"order": {"line_items": [{"quantity": 1}]}}, 422),
        ("orders.json", {"order": {"line_items": [{"title": "Tee", "quantity": 1}], "note": "x" * 5001}}, 422),
        ("products.json", {}, 400),
        ("products.json", {"product": {}}, 422),
        ("products.json", {"product": {"title": ""}}, 422),
        ("products.json", {"product": {"title": "Tee", "variants": [{"price": "-1.00"}]}}, 422),
        ("products.json", {"product": {"title": "Tee", "variants": [{"inventory_management": "nobody"}]}}, 422),
        ("products.json", {"product": {"title": "Tee", "variants": [{"grams": 10**12}]}}, 422),
        ("products.json", {"product": {"title": "Tee", "variants": [{"price": "9" * 40}]}}, 400),
        ("fulfillment_services.json", {}, 400),
        ("fulfillment_services.json", {"fulfillment_service": {}}, 422),
        ("fulfillment_services.json", {"fulfillment_service": {"name": "Acme 3PL"}}, 422),
        ("fulfillment_services.json", {"fulfillment_service": {"name": "J", "callback_url": "ftp://j.com"}}, 422),
        ("fulfillment_services.json", {"fulfillment_service": {"name": "J", "callback_url": "http://10.0.0.1"}}, 422),
        ("inventory_levels/set.json", {}, 400),
        ("inventory_levels/set.json", {"inventory_item_id": "x", "location_id": 1, "available": 1}, 400),
        ("fulfillments.json", {}, 400),
        ("fulfillments.json", {"fulfillment": {"line_items_by_fulfillment_order": {}}}, 400),
        ("fulfillments.json", {"fulfillment": {"line_items_by_fulfillment_order": []}}, 422),
    ],
)
async def test_fields_that_break_a_rule_are_named(acme: Served, path: str, body: object, status: int) -> None:
    before = await contents(acme)
    reply = await acme.desk.post(path, body)
    assert (reply.status, list(reply.json)) == (status, ["errors"]), reply.body
    assert await contents(acme) == before


async def test_the_same_key_is_answered_the_same(acme: Served) -> None:
    tee = await variant(acme)
    body = new_order({"variant_id": tee.id, "quantity": 1})
    first = await acme.desk.post("orders.json", body, idempotency_key="k1")
    assert (first.status, "idempotent-replayed" in first.headers) == (201, False)
    again = await acme.desk.post("orders.json", body, idempotency_key="k1")
    assert (again.status, again.body, again.headers["idempotent-replayed"]) == (201, first.body, "true")
    elsewhere = await acme.desk.post("orders.json", body, idempotency_key="k1", host="localhost:8001")
    assert elsewhere.body == first.body
    other = await acme.desk.post("orders.json", new_order({"variant_id": tee.id, "quantity": 2}), idempotency_key="k1")
    assert other.status == 422
    assert (await acme.warehouse.post("orders.json", body, idempotency_key="k1")).status == 403
    assert (await acme.desk.get("orders/count.json")).json == {"count": 1}
    replies = await asyncio.gather(
        *(acme.desk.post("products.json", {"product": {"title": "Mug"}}, idempotency_key="k2") for _ in range(8))
    )
    assert {reply.status for reply in replies} == {201}
    assert len({reply.body for reply in replies}) == 1
    assert sum("idempotent-replayed" in reply.headers for reply in replies) == 7
    assert (
        await acme.desk.post("products.json", {"product": {"title": "Mug"}}, idempotency_key="x" * 256)
    ).status == 400


async def test_a_refused_write_leaves_its_key_free(acme: Served) -> None:
    one = await assigned(acme)
    path = f"fulfillment_orders/{one.id}/fulfillment_request"
    assert (await acme.warehouse.post(f"{path}/accept.json", idempotency_key="k")).status == 422
    assert (await acme.desk.post(f"{path}.json")).status == 200
    assert (await acme.warehouse.post(f"{path}/accept.json", idempotency_key="k")).status == 200


async def test_refused_writes_are_in_the_ledger(acme: Served) -> None:
    await acme.desk.post("products.json", b"{")
    await acme.desk.post("orders.json", {"order": {}})
    rows = await acme.store.pool.fetch(
        "SELECT status, answer_status, request_body, answer_body FROM messages WHERE direction = 'in' ORDER BY id"
    )
    assert [(row["status"], row["answer_status"], row["request_body"]) for row in rows] == [
        ("refused", 400, b"{"),
        ("refused", 422, b'{"order": {}}'),
    ]
    assert all("errors" in json.loads(row["answer_body"]) for row in rows)
