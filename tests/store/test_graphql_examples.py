"""Every operation of GraphQL is held to at least one example of the vendor's, served field for field.

The examples stand in `graphql_examples/`, each with its source. What has none is listed, with the reason, in
`docs/fidelity.md`.
"""

import re
from collections.abc import AsyncIterator, Sequence
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio
from graphql import FieldNode, OperationDefinitionNode, parse

from crossdock.dialects.shopify.graphql.schema import schema
from crossdock.store.app import Store, open_store
from tests.store.calls import SETTINGS, opened
from tests.store.graphql_examples import goods, orders, parcels, places, requests, shelves, shop, stock, work
from tests.store.graphql_examples.example import Example, differences, shop_names, with_names

THEMES: dict[str, Sequence[Example]] = {
    module.__name__.rpartition(".")[2]: module.EXAMPLES
    for module in (requests, work, parcels, orders, goods, stock, shelves, places, shop)
}
FIDELITY = Path(__file__).parents[2] / "docs" / "fidelity.md"
WITHOUT = re.compile(r"^\| GraphQL `(\w+)` \|", re.MULTILINE)
numbers = count(1)


@pytest_asyncio.fixture
async def store(store_database: str) -> AsyncIterator[Store]:
    async with open_store(SETTINGS, url=store_database, size=12) as store:
        yield store


async def unlike(store: Store, example: Example) -> list[str]:
    """Ask for an example in a shop of its own, and return where the answer is not as told."""
    acme = await opened(store, subdomain=f"shop-{next(numbers)}")
    names = shop_names(acme) | await example.setting(acme)
    client = acme.warehouse if example.by_warehouse else acme.desk
    body = {"query": example.document, "variables": with_names(example.variables, names)}
    said = (await client.post("graphql.json", body)).json
    beside = said.pop("extensions", {})
    if "search" in beside:
        said["search"] = beside["search"]
    return list(differences(with_names(example.answer, names), said))


def roots_of(example: Example) -> set[str]:
    """Return the root fields that a document asks for."""
    (operation,) = parse(example.document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return {each.name.value for each in operation.selection_set.selections if isinstance(each, FieldNode)}


@pytest.mark.parametrize("theme", THEMES)
async def test_examples_are_served_field_for_field(store: Store, theme: str) -> None:
    found = [
        f"{example.operation} ({example.source}) {unlike_told}"
        for example in THEMES[theme]
        for unlike_told in await unlike(store, example)
    ]
    assert not found, "\n".join(found)


def test_every_operation_has_an_example_or_a_reason_why_not() -> None:
    roots = (schema().query_type, schema().mutation_type)
    operations = {name for root in roots if root is not None for name in root.fields}
    with_one = {example.operation for examples in THEMES.values() for example in examples}
    listed = set(WITHOUT.findall(FIDELITY.read_text(encoding="utf-8")))
    assert with_one <= operations
    assert [each for examples in THEMES.values() for each in examples if each.operation not in roots_of(each)] == []
    assert (operations - with_one, with_one & listed) == (listed, set())
