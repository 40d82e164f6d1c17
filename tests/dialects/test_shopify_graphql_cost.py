# ruff: noqa: E501 (a document stands on one line)
"""What a document costs, before it is executed and after."""

from typing import Any

import graphql
import pytest

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql import cost
from crossdock.dialects.shopify.graphql.documents import Documents, Prepared, prepare
from crossdock.dialects.shopify.graphql.schema import schema


def prepared(text: str, **variables: Any) -> Prepared:
    found = prepare(Documents(schema()), text, variables, None, version="2026-07")
    assert isinstance(found, Prepared), found
    return found


# Source: costs that public projects measured at real shops (versions 2024-10 to 2025-07), the documents cut down to what
# this schema has.
@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("{ products(first: 250) { edges { cursor node { id } } pageInfo { hasNextPage } } }", 13),
        ("{ products(first: 200) { nodes { id } } }", 12),
        ("{ shop { id } }", 1),
        (
            'mutation { fulfillmentCancel(id: "gid://shopify/Fulfillment/1") { fulfillment { id } userErrors { field } } }',
            10,
        ),
    ],
)
def test_a_measured_cost(text: str, points: int) -> None:
    assert prepared(text).requested_cost == points


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("{ __typename }", 0),
        ("{ shop { id name } }", 1),
        ("{ shop { id } other: shop { id } }", 2),
        ("{ orders(first: 0) { nodes { id } } }", 2),
        ("{ orders(first: 1) { nodes { id } } }", 3),
        ("{ orders(first: 10) { nodes { id } } }", 6),
        ("{ orders(last: 10) { nodes { id } edges { node { id } } } }", 10),
        ("{ orders(first: 10) { nodes { id lineItems(first: 10) { nodes { id } } } } }", 30),
        ('{ ordersCount(query: "x") { count } }', 10),
        ("{ orders(first: 10) { nodes { id fulfillmentsCount { count } } } }", 6),
        ("{ orders(first: 10) { nodes { id totalPriceSet { shopMoney { amount } } } } }", 6),
        ('{ node(id: "gid://shopify/Order/1") { id ... on Order { lineItems(first: 10) { nodes { id } } } ... on Product { id } } }', 7),
        ('{ nodes(ids: ["gid://shopify/Order/1", "gid://shopify/Order/2"]) { id } }', 2),
        ('mutation { fulfillmentCancel(id: "gid://shopify/Fulfillment/1") { fulfillment { id order { id } } } }', 11),
        ('mutation { a: fulfillmentCancel(id: "gid://shopify/Fulfillment/1") { userErrors { field } } b: fulfillmentCancel(id: "gid://shopify/Fulfillment/1") { userErrors { field } } }', 20),
    ],
)  # fmt: skip
def test_the_rule(text: str, points: int) -> None:
    assert prepared(text).requested_cost == points


def test_a_size_may_be_a_variable() -> None:
    text = "query Q($n: Int = 10) { orders(first: $n) { nodes { id } } }"
    assert prepared(text).requested_cost == 6
    assert prepared(text, n=250).requested_cost == 13
    assert prepared("query Q($n: Int) { orders(first: $n) { nodes { id } } }", n=-5).requested_cost == 2


LIST = "{ orders(first: 50) { nodes { id customer { id } lineItems(first: 10) { edges { node { id } } pageInfo { hasNextPage } } } } }"


def lines(count: int) -> Json:
    return {"edges": [{"node": {"id": str(n)}} for n in range(count)], "pageInfo": {"hasNextPage": False}}


@pytest.mark.parametrize(
    ("data", "points"),
    [
        (None, 0),
        ({"orders": None}, 0),
        ({"orders": {"nodes": []}}, 2),
        ({"orders": {"nodes": [{"id": "1", "customer": None, "lineItems": lines(0)}]}}, 5),
        ({"orders": {"nodes": [{"id": "1", "customer": {"id": "1"}, "lineItems": lines(10)}] * 10}}, 34),
        ({"orders": {"nodes": [{"id": "1", "customer": {"id": "1"}, "lineItems": lines(10)}] * 50}}, 58),
    ],
)
def test_what_was_used_is_seen_in_the_data(data: Json, points: int) -> None:
    assert prepared(LIST).requested_cost == 58
    assert prepared(LIST).actual_cost(data) == points


def test_a_mutation_costs_what_it_costs_whatever_came_of_it() -> None:
    found = prepared(
        'mutation { fulfillmentCancel(id: "gid://shopify/Fulfillment/1") { fulfillment { id order { id } } } }'
    )
    assert found.requested_cost == 11
    assert found.actual_cost({"fulfillmentCancel": None}) == 10
    assert found.actual_cost({"fulfillmentCancel": {"fulfillment": None}}) == 10
    assert found.actual_cost({"fulfillmentCancel": {"fulfillment": {"id": "1", "order": {"id": "1"}}}}) == 11


def test_what_was_used_is_never_more_than_what_was_asked_for() -> None:
    found = prepared(
        '{ node(id: "gid://shopify/Order/1") { ... on Order { id lineItems(first: 1) { nodes { id } } } } }'
    )
    assert found.actual_cost({"node": {"id": "1", "lineItems": {"nodes": [{"id": "1"}] * 250}}}) == found.requested_cost


def test_an_introspection_is_paid_for_whatever_its_length_turns_out_to_be() -> None:
    found = prepared(graphql.get_introspection_query())
    assert 100 <= found.requested_cost <= 500
    assert found.actual_cost({"__schema": {"types": []}}) == found.requested_cost
    assert prepared("{ __schema { queryType { name } } }").requested_cost == 1


def test_too_dear() -> None:
    text = "{ orders(first: 250) { nodes { fulfillmentOrders(first: 250) { nodes { lineItems(first: 250) { nodes { id } } } } } } }"
    found = prepare(Documents(schema()), text, {}, None, version="2026-07")
    assert not isinstance(found, Prepared)
    assert found[0]["message"].startswith("Query cost is 1729, which exceeds the single query max cost limit (1000).")
    assert found[0]["extensions"] == {
        "code": "MAX_COST_EXCEEDED",
        "cost": 1729,
        "maxCost": 1000,
        "documentation": cost.DOCUMENTATION,
    }


def test_the_extension_has_the_recorded_form() -> None:
    throttle = {"maximumAvailable": 2000, "currentlyAvailable": 1979, "restoreRate": 100}
    assert cost.extension(32, 21, throttle) == {
        "requestedQueryCost": 32,
        "actualQueryCost": 21,
        "throttleStatus": {"maximumAvailable": 2000, "currentlyAvailable": 1979, "restoreRate": 100},
    }


def test_a_throttled_answer() -> None:
    answer = cost.throttled(50, {})
    assert answer["errors"][0]["message"] == "Throttled"
    assert answer["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert answer["extensions"]["cost"]["actualQueryCost"] is None
