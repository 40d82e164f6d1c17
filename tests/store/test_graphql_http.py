"""The edge of the GraphQL API: who is let in, what is read, what every answer carries, and keys."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from tests.store.calls import SETTINGS, Client, Reply, Served, served
from tests.store.errands import Things

PATH = "graphql.json"
HERE = "{ __typename }"


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place


async def ask(client: Client, text: str, variables: Any = None, **more: Any) -> Reply:
    return await client.post(PATH, {"query": text, "variables": variables, **more})


async def test_a_document_is_answered_with_what_it_cost(acme: Served) -> None:
    reply = await ask(acme.desk, HERE)
    assert reply.status == 200
    assert reply.json["data"] == {"__typename": "QueryRoot"}
    cost = reply.json["extensions"]["cost"]
    assert cost["requestedQueryCost"] >= cost["actualQueryCost"] >= 0
    assert cost["throttleStatus"]["maximumAvailable"] == 2000
    assert reply.headers["x-shopify-api-version"] == "2026-07"


async def test_a_token_is_needed(acme: Served) -> None:
    for token in (None, "shpat_wrong"):
        assert (await ask(replace(acme.desk, token=token), HERE)).status == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"query": 1}', 400),
        (b'{"query": " "}', 400),
        (b'{"query": "{ shop { name } }", "variables": []}', 400),
        (b'{"query": "{ shop { name } }", "operationName": 5}', 400),
        (b'{"query": "{ shop { name } }", "query": "{ shop { id } }"}', 400),
        (b" " * 1_100_000, 413),
    ],
)
async def test_a_body_that_is_none(acme: Served, body: bytes, status: int) -> None:
    reply = await acme.desk.post(PATH, body)
    assert reply.status == status
    assert "errors" in reply.json


async def test_a_document_may_stand_alone(acme: Served) -> None:
    reply = await acme.desk.post(PATH, HERE.encode(), content_type="application/graphql; charset=utf-8")
    assert reply.json["data"] == {"__typename": "QueryRoot"}
    assert (await acme.desk.post(PATH, b"\xff", content_type="application/graphql")).status == 400


async def test_versions(acme: Served) -> None:
    for version, served_by in (("2026-04", "2026-04"), ("2020-01", "2025-10"), ("unstable", "unstable")):
        reply = await acme.desk.post(f"/admin/api/{version}/{PATH}", {"query": HERE})
        assert (reply.status, reply.headers["x-shopify-api-version"]) == (200, served_by)
    assert (await acme.desk.post(f"/admin/api/1999-13/{PATH}", {"query": HERE})).status == 404
    assert (await acme.desk.get(PATH)).status == 405


async def test_an_operation_is_chosen_by_its_name(acme: Served) -> None:
    text = f"query A {HERE} query B {{ root: __typename }}"
    reply = await ask(acme.desk, text, operationName="B")
    assert reply.json["data"] == {"root": "QueryRoot"}
    assert "errors" in (await ask(acme.desk, text)).json


async def test_a_bucket_that_is_empty_throttles(store_database: str) -> None:
    async with served(store_database, SETTINGS.model_copy(update={"limits": True})) as acme:
        text = "{ orders(first: 250) { nodes { id lineItems(first: 10) { nodes { id } } } } }"
        first = (await ask(acme.desk, text)).json["extensions"]["cost"]
        assert first["throttleStatus"]["currentlyAvailable"] == 2000 - first["actualQueryCost"]
        replies = await asyncio.gather(*(ask(acme.desk, text) for _ in range(40)))
        refused = [each.json for each in replies if "errors" in each.json]
        for answer in refused:
            assert answer["errors"][0]["extensions"]["code"] == "THROTTLED"
            assert answer["extensions"]["cost"]["actualQueryCost"] is None
        assert (await acme.desk.get("shop.json")).status == 200


async def test_what_was_asked_for_in_vain_does_not_disturb_the_end(acme: Served) -> None:
    """A field that may not be null is denied while others of the document are still to be loaded."""
    things = Things(acme)
    await things.work()
    text = "{ assignedFulfillmentOrders(first: 5) { nodes { order { id } supportedActions { action } } } }"
    for _ in range(3):
        answer = (await ask(acme.warehouse, text)).json
        assert answer["data"] is None
        assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


async def test_documents_that_cost_nothing_are_counted_all_the_same(store_database: str) -> None:
    """Who looks for orders by guessing their ids finds nothing, and not for ever."""
    async with served(store_database, SETTINGS.model_copy(update={"limits": True})) as acme:
        for text in (HERE, '{ order(id: "gid://shopify/Order/4711") { id } }'):
            assert (await ask(acme.desk, text)).json["extensions"]["cost"]["actualQueryCost"] == 0
            await acme.store.pool.execute("UPDATE call_buckets SET level = 2400, at = clock_timestamp()")
            assert (await ask(acme.desk, text)).json["errors"][0]["extensions"]["code"] == "THROTTLED"
            await acme.store.pool.execute("UPDATE call_buckets SET level = 0")


# Refused by the scopes, by an id that cannot be, by what the arguments say, by the key, and by a rule.
REFUSED = {
    "denied": 'fulfillmentServiceDelete(id: "gid://shopify/FulfillmentService/1") { deletedId }',
    "impossible": 'fulfillmentOrderClose(id: "gid://shopify/FulfillmentOrder/0") { userErrors { message } }',
    "wrong": "fulfillmentOrderSplit(fulfillmentOrderSplits: [{fulfillmentOrderId: $id, fulfillmentOrderLineItems: []}])"
    " { userErrors { message } }",
    "keyless": 'locationDeactivate(locationId: "gid://shopify/Location/1") { location { id } }',
    "ruled": "fulfillmentOrderOpen(id: $id) { userErrors { message } }",
    "nowhere": 'fulfillmentOrderMove(id: "gid://shopify/FulfillmentOrder/404", newLocationId: "gid://shopify/Location/1")'
    " { userErrors { message } }",
}


@pytest.mark.parametrize("why", REFUSED)
async def test_a_mutation_that_is_refused_stands_in_the_ledger(acme: Served, why: str) -> None:
    one = await Things(acme).work()
    scopes = {"write_third_party_fulfillment_orders", "write_assigned_fulfillment_orders", "write_locations"}
    client = await acme.client(*scopes, name="Order desk")
    declared = "($id: ID!)" if "$id" in REFUSED[why] else ""
    ours = "SELECT count(*) FROM messages WHERE direction = 'in' AND url LIKE '%graphql.json'"
    before = await acme.store.pool.fetchval(ours)
    reply = await ask(
        client, f"mutation{declared} {{ {REFUSED[why]} }}", {"id": f"gid://shopify/FulfillmentOrder/{one.id}"}
    )
    assert reply.status == 200
    assert await acme.store.pool.fetchval(ours) == before + 1
    row = await acme.store.pool.fetchrow("SELECT * FROM messages WHERE direction = 'in' ORDER BY id DESC LIMIT 1")
    assert row is not None
    said, told = json.loads(row["request_body"]), json.loads(row["answer_body"])
    assert (said["mutation"], row["status"]) == (REFUSED[why].partition("(")[0], "done")
    errors = reply.json.get("errors")
    (message,) = {each["message"] for each in errors or next(iter(reply.json["data"].values()))["userErrors"]}
    assert message in {each["message"] for each in told.get("errors") or told["user_errors"]}
