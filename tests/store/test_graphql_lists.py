"""No field of anything in a list takes more statements the longer the list is, wherever in the schema it stands."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest
import pytest_asyncio
from graphql.type import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from crossdock.dialects.shopify.graphql.binding import executable
from crossdock.dialects.shopify.scopes import SCOPES
from tests.store.calls import Client, Served, served
from tests.store.errands import Things
from tests.store.graphql_errands import PATH, carried_out, send
from tests.store.test_graphql_orders import counted, rich_order

FEW, MANY = 2, 5
# Who calls, the shop, the locations, the bucket, and one or two for each level of the document.
MOST = 12
# What fields that need an argument are asked with.
GIVEN: Mapping[tuple[str, str], str] = {
    ("InventoryItem", "inventoryLevel"): "locationId: $place",
    ("Location", "inventoryLevel"): "inventoryItemId: $item",
    ("InventoryLevel", "quantities"): 'names: ["available", "on_hand"]',
}
# Types that no list leads to: of their own roots, of payloads, and those of which shops like this one have none.
ALONE = {
    *("QueryRoot", "Mutation", "Node", "PageInfo", "DisplayableError", "LegacyInteroperability"),
    *("Shop", "ShopAddress", "Domain", "Job", "InventoryProperties", "InventoryQuantityName"),
    *("FulfillmentOrderCancelError", "FulfillmentOrderMergeResult", "FulfillmentOrderSplitResult"),
    *("InventoryAdjustmentGroup", "InventoryChange", "ProductSetOperation"),
    *("WebhookHttpEndpoint", "WebhookEventBridgeEndpoint", "WebhookPubSubEndpoint"),
}
PARTS = 4


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place


def queries() -> GraphQLObjectType:
    found = executable().query_type
    assert found is not None
    return found


def listed(field: GraphQLField) -> GraphQLNamedType:
    """Return what a field gives, one of it for a connection."""
    named: Any = get_named_type(field.type)
    one: GraphQLNamedType = get_named_type(named.fields["nodes"].type) if named.name.endswith("Connection") else named
    return one


def asked(parent: str, name: str, field: GraphQLField, inner: str) -> str | None:
    """Write a field with what is asked of it; None where its arguments are not known."""
    given = [GIVEN[parent, name]] if (parent, name) in GIVEN else []
    if not given and any(is_required_argument(each) for each in field.args.values()):
        return None
    arguments = ", ".join([*given, *(["first: $n"] if "first" in field.args else [])])
    nodes = f"nodes {{ {inner} }}" if get_named_type(field.type).name.endswith("Connection") else inner
    return f"{name}{f'({arguments})' if arguments else ''} {{ {nodes} }}"


def paths() -> Mapping[str, str]:
    """Return a way to each type over lists, with a place for what is asked of it."""
    found: dict[str, str] = {}
    waiting: list[str] = []
    for name, field in queries().fields.items():
        if "first" in field.args:
            text = asked("QueryRoot", name, field, "%s")
            assert text is not None
            if listed(field).name not in found:
                found[listed(field).name] = text
                waiting.append(listed(field).name)
    for type_name in waiting:
        type_ = executable().type_map[type_name]
        for name, field in type_.fields.items() if isinstance(type_, GraphQLObjectType) else ():
            inner = listed(field)
            text = None if is_leaf_type(inner) or inner.name in found else asked(type_name, name, field, "%s")
            if text is not None:
                found[inner.name] = found[type_name].replace("%s", text)
                waiting.append(inner.name)
    return found


def documents() -> Iterator[tuple[str, str]]:
    """Write a document for every field that leads on, and one for the leaves of each type, with its name."""
    for type_name, path in paths().items():
        type_ = executable().type_map[type_name]
        if not isinstance(type_, GraphQLObjectType):
            continue
        leaves = " ".join(
            name
            for name, field in type_.fields.items()
            if is_leaf_type(get_named_type(field.type)) and not any(map(is_required_argument, field.args.values()))
        )
        yield type_name, path.replace("%s", f"__typename {leaves}")
        for name, field in type_.fields.items():
            inner = listed(field)
            if not is_leaf_type(inner):
                text = asked(type_name, name, field, plain(inner))
                assert text is not None, (type_name, name)
                yield f"{type_name}.{name}", path.replace("%s", text)


def plain(type_: GraphQLNamedType) -> str:
    if not isinstance(type_, GraphQLObjectType):
        return "__typename"
    return "__typename " + " ".join(
        name
        for name, field in type_.fields.items()
        if is_leaf_type(get_named_type(field.type)) and not any(map(is_required_argument, field.args.values()))
    )


def test_every_type_is_come_to() -> None:
    def is_payload(name: str) -> bool:
        return name.endswith(("Payload", "UserError", "Connection", "Edge")) or name.startswith("__")

    every = {
        name
        for name, type_ in executable().type_map.items()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType) and not is_payload(name)
    }
    assert every - set(paths()) == ALONE


@pytest.mark.parametrize("part", range(PARTS))
async def test_no_field_takes_more_statements_for_a_longer_list(acme: Served, part: int) -> None:
    things = Things(acme)
    for _ in range(MANY + 1):
        await rich_order(acme)
        await things.webhook()
        await things.service()
    level = await things.level()
    given = {
        "place": f"gid://shopify/Location/{level['location_id']}",
        "item": f"gid://shopify/InventoryItem/{level['inventory_item_id']}",
    }
    client = await acme.client(*SCOPES)
    wrong = []
    for name, text in list(documents())[part::PARTS]:
        counts = [await statements(acme, client, name, text, {**given, "n": length}) for length in (FEW, MANY)]
        if counts[0] != counts[1] or counts[1] > MOST:
            wrong.append((name, counts))
    assert not wrong


async def statements(acme: Served, client: Client, name: str, text: str, given: dict[str, Any]) -> int:
    """Return how many statements an answer took."""
    used = {key: value for key, value in given.items() if f"${key}" in text}
    types = ", ".join(f"${key}: {'Int' if key == 'n' else 'ID!'}" for key in used)
    async with counted(acme) as heard:
        reply = await client.post(PATH, {"query": f"query({types}) {{ {text} }}", "variables": used})
    assert reply.status == 200, (name, reply.body)
    assert "errors" not in reply.json, (name, text, reply.json["errors"])
    return len(heard)


async def test_changes_of_stock_take_no_more_statements_for_more_items(acme: Served) -> None:
    """They stand in no list, but have one."""
    counts = []
    for length in (FEW, MANY):
        product = await acme.shop.product(*(f"SKU-{length}-{number}" for number in range(length)))
        quantities = [
            {
                "inventoryItemId": f"gid://shopify/InventoryItem/{each.inventory_item_id}",
                "locationId": f"gid://shopify/Location/{acme.shop.merchant_location}",
                "quantity": 5,
                "changeFromQuantity": None,
            }
            for each in product.variants
        ]
        given = {"input": {"reason": "correction", "name": "available", "quantities": quantities}}
        payload = carried_out(await send(acme.desk, "inventorySetQuantities", given), "inventorySetQuantities")
        group = payload["inventoryAdjustmentGroup"]["id"]
        text = f'''{{ node(id: "{group}") {{ ... on InventoryAdjustmentGroup {{ app {{ id }} changes {{
            delta item {{ id variant {{ id product {{ id }} }} inventoryLevels(first: 2) {{ nodes {{ id }} }} }}
            location {{ id }}
        }} }} }} }}'''
        async with counted(acme) as heard:
            reply = await acme.desk.post(PATH, {"query": text})
        assert len(reply.json["data"]["node"]["changes"]) >= length
        counts.append(len(heard))
    assert counts[0] == counts[1] <= MOST
