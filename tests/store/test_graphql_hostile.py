"""What is meant to hurt is refused soon, or answered soon, over everything that a call passes through."""

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import graphql
import pytest_asyncio

from tests.store.calls import Served, served
from tests.store.graphql_errands import PATH
from tests.store.test_graphql_orders import rich_order

REFUSED_WITHIN = 1.0
ANSWERED_WITHIN = 5.0
"""Seconds of CPU: guards against what explodes, and not measures. Both take some tens of milliseconds."""
ORDERS = 6
GID = "gid://shopify/Order/1"

Body = dict[str, Any]


def asked(text: str, **variables: Any) -> Body:
    return {"query": text, "variables": variables}


def searched(query: str) -> Body:
    return asked("query($q: String) { orders(first: 5, query: $q) { nodes { id } } }", q=query)


WORK = """id status supportedActions { action } assignedLocation { location { name } }
locationsForMove(first: 2) { nodes { movable location { id } } }
lineItems(first: 5) { nodes { id sku variant { id product { id title } } lineItem { id name } } }"""
HOSTILE: Mapping[str, Callable[[], Body]] = {
    "variables that are long": lambda: asked("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[GID] * 30_000),
    "variables that are deep": lambda: asked(
        "query($i: OrderIdentifierInput!) { orderByIdentifier(identifier: $i) { id } }", i="DEEP"
    ),
    "variables that nobody asked for": lambda: asked(
        "{ shop { id } }", **{f"v{number}": number for number in range(50_000)}
    ),
    "variables of the wrong kind, many of them": lambda: asked(
        "mutation($v: [ProductVariantsBulkInput!]!, $p: ID!) { productVariantsBulkUpdate(productId: $p, variants: $v) "
        "{ userErrors { field } } }",
        v=[{"x": 1}] * 20_000,
        p="gid://shopify/Product/1",
    ),
    "one long text": lambda: asked(
        "query($id: ID!) { order(id: $id) { id } }", id="gid://shopify/Order/" + "1" * 900_000
    ),
    "a long search": lambda: searched("tag:x " * 20_000),
    "a search with many choices": lambda: searched(" OR ".join(f"name:{number}" for number in range(5_000))),
    "a deep search": lambda: searched("(" * 20_000 + "a" + ")" * 20_000),
    "a search that denies itself": lambda: searched("NOT " * 20_000 + "a"),
    "a search with many quotes": lambda: searched("\"'" * 50_000),
    "a search with many backslashes": lambda: searched("\\" * 100_000),
    "a search with many colons": lambda: searched("a:" * 50_000),
    "a search for half of everything": lambda: searched("*" * 10_000),
    "a cursor that is long": lambda: asked(
        "query($c: String) { orders(first: 1, after: $c) { nodes { id } } }", c="e" * 500_000
    ),
    "many operations": lambda: asked(" ".join(f"query Q{number} {{ shop {{ id }} }}" for number in range(2_000))),
    "directives over directives": lambda: asked("{ shop { id " + "@include(if: true) " * 2_000 + "} }"),
    "a key that is long": lambda: asked(
        'mutation { locationActivate(locationId: "gid://shopify/Location/1") @idempotent(key: "'
        + "k" * 50_000
        + '") { locationActivateUserErrors { field } } }'
    ),
    "texts in a list": lambda: asked(
        f'mutation($t: [String!]) {{ orderUpdate(input: {{id: "{GID}", tags: $t}}) {{ userErrors {{ message }} }} }}',
        t=["x"] * 100_000,
    ),
    "a text that is long": lambda: asked(
        f'mutation($t: String) {{ orderUpdate(input: {{id: "{GID}", note: $t}}) {{ userErrors {{ message }} }} }}',
        t="x" * 900_000,
    ),
    "a price of many digits": lambda: asked(
        'mutation($p: Money) { productVariantsBulkUpdate(productId: "gid://shopify/Product/1", '
        'variants: [{id: "gid://shopify/ProductVariant/1", price: $p}]) { userErrors { message } } }',
        p="9" * 100_000,
    ),
}
# What is allowed, and as much of it as is.
DEAR: Mapping[str, Callable[[], Body]] = {
    "the whole schema": lambda: asked(graphql.get_introspection_query()),
    "much of everything": lambda: asked(
        f"{{ orders(first: 20) {{ nodes {{ fulfillmentOrders(first: 4) {{ nodes {{ {WORK} }} }} }} }} }}"
    ),
    "long lists": lambda: asked(
        "{ orders(first: 250) { nodes { id name lineItems(first: 20) { nodes { id sku } } } } }"
    ),
    "one thing by many names": lambda: asked(
        "{ " + " ".join(f'a{n}: order(id: "{GID}") {{ id name tags }}' for n in range(200)) + " }"
    ),
    "many lists by many names": lambda: asked(
        "{ " + " ".join(f'a{n}: orders(first: 1, query: "tag:t{n}") {{ nodes {{ id }} }}' for n in range(100)) + " }"
    ),
    "many nodes": lambda: asked(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Order { name } } }",
        ids=[f"gid://shopify/Order/{n}" for n in range(250)],
    ),
    "many mutations": lambda: asked(
        "mutation { "
        + " ".join(
            f'a{n}: orderClose(input: {{id: "gid://shopify/Order/{n + 1}"}}) {{ userErrors {{ message }} }}'
            for n in range(100)
        )
        + " }"
    ),
    "a search of many words": lambda: searched("vip " * 50),
}


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place


async def took(acme: Served, body: Body) -> tuple[float, Any]:
    """Return the seconds of CPU of the best of some tries, and the answer."""
    deep = '{"a":[' * 5_000 + "1" + "]}" * 5_000
    raw, best = json.dumps(body).replace('"DEEP"', deep).encode(), float("inf")
    for _ in range(3):
        began = time.process_time()
        reply = await acme.desk.post(PATH, raw)
        best = min(best, time.process_time() - began)
        assert reply.status in {200, 400, 413}, reply.body
    return best, reply.json


async def test_what_is_meant_to_hurt_is_refused_soon(acme: Served) -> None:
    slow = []
    for name, write in HOSTILE.items():
        body = write()
        best, answer = await took(acme, body)
        assert "INTERNAL_SERVER_ERROR" not in str(answer), (name, answer)
        if best > REFUSED_WITHIN:
            slow.append((name, best))
        assert len(str(answer)) < len(str(body)) + 20_000, name
    assert not slow


async def test_the_dearest_that_is_allowed_is_answered_soon(acme: Served) -> None:
    for _ in range(ORDERS):
        await rich_order(acme)
    slow = []
    for name, write in DEAR.items():
        best, answer = await took(acme, write())
        assert "data" in answer, (name, answer)
        if best > ANSWERED_WITHIN:
            slow.append((name, best))
    assert not slow
