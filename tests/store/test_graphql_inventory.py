"""Locations, services, items and levels through GraphQL, as recorded exchanges tell it. Source: Shopify GraphQL."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
import pytest_asyncio
from graphql.type import GraphQLObjectType, get_named_type, is_leaf_type

from crossdock.dialects.shopify.graphql.schema import schema
from crossdock.domain.catalogue import CountryCode, ProductVariant, UpdateInventoryItem
from crossdock.domain.stock_commands import REASONS
from tests.store.calls import Client, Served, served
from tests.store.test_graphql_orders import counted

keys = count(1)
ERRORS = "userErrors { field message }"
CODED = "userErrors { field message code }"
GROUP = (
    "inventoryAdjustmentGroup { id reason referenceDocumentUri createdAt "
    "changes { name delta quantityAfterChange ledgerDocumentUri item { id } location { id } } }"
)


@dataclass
class Stocked:
    """An article with ten units at the merchant's location and none at the service's."""

    variant: ProductVariant
    here: int
    there: int

    @property
    def item(self) -> str:
        return item(self.variant.inventory_item_id)


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place
        assert await place.shop.offences() == []


@pytest_asyncio.fixture
async def tee(acme: Served) -> Stocked:
    variant = (await acme.shop.product("TEE")).variants[0]
    here, there = acme.shop.merchant_location, acme.shop.service.location_id
    await acme.shop.stock(variant, here, 10)
    await acme.shop.stock(variant, there, 0)
    codes = (CountryCode(country_code="SE", code="610910"), CountryCode(country_code="DE", code="61091000"))
    await acme.shop.dispatch(
        UpdateInventoryItem(
            inventory_item_id=variant.inventory_item_id,
            cost=1250,
            country_code_of_origin="PT",
            country_harmonized_system_codes=codes,
        )
    )
    return Stocked(variant=variant, here=here, there=there)


def item(number: int) -> str:
    return f"gid://shopify/InventoryItem/{number}"


def location(number: int) -> str:
    return f"gid://shopify/Location/{number}"


def problem(field: str | None, message: str, code: str | None = None) -> dict[str, Any]:
    found = {"field": field.split(".") if field else None, "message": message}
    return found if code is None else {**found, "code": code}


async def ask(client: Client, text: str, **variables: Any) -> Any:
    reply = await client.post("graphql.json", {"query": text, "variables": variables})
    assert reply.status == 200, reply.body
    return reply.json


async def data(client: Client, text: str, **variables: Any) -> Any:
    answer = await ask(client, text, **variables)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


async def mutate(client: Client, name: str, shape: str, key: str | None = None, /, **arguments: Any) -> Any:
    """Carry out one mutation with arguments of the types that it has, and a key of its own."""
    mutations = schema().mutation_type
    assert mutations is not None
    types = {each: str(of.type) for each, of in mutations.fields[name].args.items() if each in arguments}
    declared = ", ".join(f"${each}: {type_}" for each, type_ in types.items())
    given = ", ".join(f"{each}: ${each}" for each in types)
    text = f'mutation({declared}) {{ {name}({given}) @idempotent(key: "{key or next(keys)}") {{ {shape} }} }}'
    return (await data(client, text, **arguments))[name]


def all_fields(type_name: str) -> str:
    """Return a selection of every field of a type, and of what within it is small."""
    type_ = schema().type_map[type_name]
    assert isinstance(type_, GraphQLObjectType)
    parts = []
    for name, field in type_.fields.items():
        inner = get_named_type(field.type)
        given = [f"{each}: {ARGUMENTS[each]}" for each in field.args if each in ARGUMENTS]
        called = f"{name}({', '.join(given)})" if given else name
        if is_leaf_type(inner):
            parts.append(called)
        elif inner.name.endswith("Connection"):
            parts.append(f"{called} {{ edges {{ cursor }} nodes {{ __typename }} pageInfo {{ hasNextPage }} }}")
        else:
            parts.append(f"{called} {{ __typename }}")
    return " ".join(parts)


ARGUMENTS = {"first": "2", "names": '["available", "on_hand"]', "inventoryItemId": "$item", "locationId": "$place"}
LEVEL = "inventoryItem(id: $item) { inventoryLevel(locationId: $place) {"
PATHS = {
    "Location": "location(id: $place) {",
    "LocationAddress": "location(id: $place) { address {",
    "FulfillmentService": "fulfillmentService(id: $service) {",
    "InventoryItem": "inventoryItem(id: $item) {",
    "InventoryItemMeasurement": "inventoryItem(id: $item) { measurement {",
    "CountryHarmonizedSystemCode": "inventoryItem(id: $item) { countryHarmonizedSystemCodes(first: 1) { nodes {",
    "EditableProperty": "inventoryItem(id: $item) { trackedEditable {",
    "InventoryLevel": LEVEL,
    "InventoryQuantity": LEVEL + ' quantities(names: ["available"]) {',
    "InventoryProperties": "inventoryProperties {",
    "InventoryQuantityName": "inventoryProperties { quantityNames {",
}


@pytest.mark.parametrize("type_name", PATHS)
async def test_every_field_is_answered(acme: Served, tee: Stocked, type_name: str) -> None:
    body = f"{PATHS[type_name]} {all_fields(type_name)} {'}' * PATHS[type_name].count('{')}"
    given = {
        "item": tee.item,
        "place": location(tee.here),
        "service": f"gid://shopify/FulfillmentService/{acme.shop.service.id}?id=true",
    }
    named = {name: value for name, value in given.items() if f"${name}" in body}
    declared = ", ".join(f"${name}: ID!" for name in named)
    head = f"query({declared})" if declared else "query"
    assert await data(acme.desk, f"{head} {{ {body} }}", **named)


async def test_an_item_is_told_as_it_is(acme: Served, tee: Stocked) -> None:
    found = await data(
        acme.desk,
        """query($item: ID!) { inventoryItem(id: $item) {
            legacyResourceId sku tracked requiresShipping countryCodeOfOrigin duplicateSkuCount
            locationsCount { count precision } unitCost { amount currencyCode }
            countryHarmonizedSystemCodes(first: 5) { nodes { countryCode harmonizedSystemCode } }
            measurement { weight { unit value } } trackedEditable { locked reason }
            variant { id } variants(first: 1) { nodes { id } }
            inventoryLevels(first: 5) { nodes { isActive location { id } quantities(names: ["on_hand", "nonsense"]) {
                name quantity } } } } }""",
        item=tee.item,
    )
    variant = {"id": f"gid://shopify/ProductVariant/{tee.variant.id}"}
    assert found["inventoryItem"] == {
        "legacyResourceId": str(tee.variant.inventory_item_id),
        "sku": "TEE",
        "tracked": True,
        "requiresShipping": True,
        "countryCodeOfOrigin": "PT",
        "duplicateSkuCount": 0,
        "locationsCount": {"count": 2, "precision": "EXACT"},
        "unitCost": {"amount": "12.5", "currencyCode": "USD"},
        "countryHarmonizedSystemCodes": {
            "nodes": [
                {"countryCode": "SE", "harmonizedSystemCode": "610910"},
                {"countryCode": "DE", "harmonizedSystemCode": "61091000"},
            ]
        },
        "measurement": {"weight": {"unit": "GRAMS", "value": 0.0}},
        "trackedEditable": {"locked": False, "reason": None},
        "variant": variant,
        "variants": {"nodes": [variant]},
        "inventoryLevels": {
            "nodes": [
                {
                    "isActive": True,
                    "location": {"id": location(place)},
                    "quantities": [{"name": "on_hand", "quantity": units}],
                }
                for place, units in ((tee.here, 10), (tee.there, 0))
            ]
        },
    }


async def test_levels_have_ids_with_the_item_and_are_found_by_them(acme: Served, tee: Stocked) -> None:
    shape = 'id canDeactivate deactivationAlert isActive quantities(names: ["available"]) { id name quantity }'
    at = await data(
        acme.desk,
        f"query($item: ID!, $place: ID!) {{ location(id: $place) {{ inventoryLevel(inventoryItemId: $item)"
        f" {{ {shape} }} }} }}",
        item=tee.item,
        place=location(tee.here),
    )
    level = at["location"]["inventoryLevel"]
    assert level["id"].endswith(f"?inventory_item_id={tee.variant.inventory_item_id}")
    assert level["canDeactivate"] is True and level["deactivationAlert"] is None
    for given in (level["id"], level["id"].partition("?")[0]):
        found = await data(
            acme.desk,
            f"query($id: ID!) {{ inventoryLevel(id: $id) {{ {shape} }} node(id: $id) {{ ...on InventoryLevel"
            f" {{ {shape} }} }} }}",
            id=given,
        )
        assert found["inventoryLevel"] == found["node"] == level
    (quantity,) = level["quantities"]
    node = await data(
        acme.desk,
        "query($id: ID!) { node(id: $id) { ...on InventoryQuantity { id name quantity } } }",
        id=quantity["id"],
    )
    assert node["node"] == quantity


async def test_what_there_is_not_is_null(acme: Served) -> None:
    found = await data(
        acme.desk,
        """{ location(id: "gid://shopify/Location/1") { id } inventoryItem(id: "gid://shopify/InventoryItem/1") { id }
        inventoryLevel(id: "gid://shopify/InventoryLevel/1?inventory_item_id=1") { id }
        fulfillmentService(id: "gid://shopify/FulfillmentService/1?id=true") { id }
        nodes(ids: ["gid://shopify/Location/1", "gid://shopify/InventoryItem/1", "gid://shopify/InventoryQuantity/1",
            "gid://shopify/InventoryItemMeasurement/1", "gid://shopify/InventoryAdjustmentGroup/1"]) { id } }""",
    )
    assert found.pop("nodes") == [None] * 5
    assert set(found.values()) == {None}


async def test_items_are_searched_and_levels_windowed(acme: Served, tee: Stocked) -> None:
    cap = (await acme.shop.product("CAP")).variants[0]
    await acme.shop.stock(cap, tee.here, 3)
    text = """query($query: String) { inventoryItems(first: 5, query: $query) { nodes { sku
        inventoryLevels(first: 1) { nodes { location { id } } pageInfo { hasNextPage endCursor } } } } }"""
    found = await data(acme.desk, text, query=None)
    tees, caps = found["inventoryItems"]["nodes"]
    assert (tees["sku"], caps["sku"]) == ("TEE", "CAP")
    assert tees["inventoryLevels"]["pageInfo"]["hasNextPage"] is True
    assert caps["inventoryLevels"]["pageInfo"]["hasNextPage"] is False
    assert [each["sku"] for each in (await data(acme.desk, text, query="sku:cap"))["inventoryItems"]["nodes"]] == [
        "CAP"
    ]
    after = tees["inventoryLevels"]["pageInfo"]["endCursor"]
    rest = await data(
        acme.desk,
        """query($item: ID!, $after: String) { inventoryItem(id: $item) { inventoryLevels(first: 5, after: $after) {
            nodes { location { id } } pageInfo { hasPreviousPage } } } }""",
        item=tee.item,
        after=after,
    )
    levels = rest["inventoryItem"]["inventoryLevels"]
    assert levels["nodes"] == [{"location": {"id": location(tee.there)}}]
    assert levels["pageInfo"]["hasPreviousPage"] is True


async def set_to(client: Client, tee: Stocked, quantity: int, *, key: str | None = None, **more: Any) -> Any:
    line = {
        "inventoryItemId": tee.item,
        "locationId": location(tee.here),
        "quantity": quantity,
        "changeFromQuantity": None,
    } | more.pop("line", {})
    given = {"name": "available", "reason": "correction", "quantities": [line]} | more
    return await mutate(client, "inventorySetQuantities", f"{GROUP} {CODED}", key, input=given)


async def test_available_is_set_and_on_hand_follows(acme: Served, tee: Stocked) -> None:
    done = await set_to(acme.desk, tee, 12, referenceDocumentUri="logistics://count/7", line={"changeFromQuantity": 10})
    assert done["userErrors"] == []
    group = done["inventoryAdjustmentGroup"]
    where = {"item": {"id": tee.item}, "location": {"id": location(tee.here)}, "ledgerDocumentUri": None}
    assert group["changes"] == [
        {"name": name, "delta": 2, "quantityAfterChange": None, **where} for name in ("available", "on_hand")
    ]
    assert (group["reason"], group["referenceDocumentUri"]) == ("correction", "logistics://count/7")
    again = await data(
        acme.desk,
        f"query($id: ID!) {{ node(id: $id) {{ ...on I{GROUP.removeprefix('i')} }} }}",
        id=group["id"],
    )
    assert again["node"] == group
    assert (await set_to(acme.desk, tee, 12)) == {"inventoryAdjustmentGroup": None, "userErrors": []}


async def test_the_same_key_is_answered_as_before(acme: Served, tee: Stocked) -> None:
    first = await set_to(acme.desk, tee, 12, key="once")
    assert await set_to(acme.desk, tee, 12, key="once") == first
    other = await set_to(acme.desk, tee, 13, key="once")
    assert other["userErrors"] == [
        problem(
            None,
            "The same idempotency key cannot be used with different operation parameters.",
            "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
        )
    ]
    assert other["inventoryAdjustmentGroup"] is None


async def test_a_key_and_what_is_compared_with_have_to_be_said(acme: Served, tee: Stocked) -> None:
    line = {"inventoryItemId": tee.item, "locationId": location(tee.here), "quantity": 1}
    text = """mutation($input: InventorySetQuantitiesInput!) {
        inventorySetQuantities(input: $input) %s { userErrors { message } } }"""
    given = {"name": "available", "reason": "correction", "quantities": [line]}
    for directive, message, code in (
        ("", "The @idempotent directive is required for this mutation but was not provided.", "BAD_REQUEST"),
        (
            '@idempotent(key: "k")',
            "InventoryQuantityInput must include the following argument: changeFromQuantity.",
            "INVALID_FIELD_ARGUMENTS",
        ),
    ):
        answer = await ask(acme.desk, text % directive, input=given)
        assert answer["data"] == {"inventorySetQuantities": None}
        (error,) = answer["errors"]
        assert (error["message"], error["extensions"]["code"]) == (message, code)


_REASON = f"The specified reason is invalid. Valid values are: {', '.join(sorted(REASONS))}."
LINE = "input.quantities.0"


@pytest.mark.parametrize(
    ("given", "line", "expected"),
    [
        (
            {"name": "reserved"},
            {},
            ("input.name", "The quantity name must be either 'available' or 'on_hand'.", "INVALID_NAME"),
        ),
        (
            {"name": "x"},
            {},
            ("input.name", "The quantity name must be either 'available' or 'on_hand'.", "INVALID_NAME"),
        ),
        ({"reason": "x"}, {}, ("input.reason", _REASON, "INVALID_REASON")),
        (
            {},
            {"inventoryItemId": item(0)},
            (
                f"{LINE}.inventoryItemId",
                "The specified inventory item could not be found.",
                "INVALID_INVENTORY_ITEM",
            ),
        ),
        (
            {},
            {"locationId": location(1)},
            (f"{LINE}.locationId", "The specified location could not be found.", "INVALID_LOCATION"),
        ),
        (
            {},
            {"quantity": 1_000_000_001},
            (f"{LINE}.quantity", "The quantity can't be higher than 1,000,000,000.", "INVALID_QUANTITY_TOO_HIGH"),
        ),
        (
            {},
            {"quantity": -1_000_000_001},
            (f"{LINE}.quantity", "The quantity can't be lower than -1,000,000,000.", "INVALID_QUANTITY_TOO_LOW"),
        ),
        (
            {"name": "on_hand"},
            {"quantity": -1},
            (f"{LINE}.quantity", "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE"),
        ),
        (
            {},
            {"changeFromQuantity": 3},
            (
                f"{LINE}.changeFromQuantity",
                "The quantity to change from is no longer the current quantity.",
                "CHANGE_FROM_QUANTITY_STALE",
            ),
        ),
        (
            {"referenceDocumentUri": "no uri"},
            {},
            (
                "input.referenceDocumentUri",
                "The specified reference document is not a valid URI.",
                "INVALID_REFERENCE_DOCUMENT",
            ),
        ),
    ],
)
async def test_what_is_wrong_with_a_count(
    acme: Served, tee: Stocked, given: Any, line: Any, expected: tuple[str, str, str]
) -> None:
    done = await set_to(acme.desk, tee, 5, line=line, **given)
    assert done == {"inventoryAdjustmentGroup": None, "userErrors": [problem(*expected)]}


async def test_a_place_is_named_once(acme: Served, tee: Stocked) -> None:
    line = {"inventoryItemId": tee.item, "locationId": location(tee.here), "quantity": 1, "changeFromQuantity": None}
    done = await set_to(acme.desk, tee, 5, quantities=[line, line])
    assert done["userErrors"] == [
        problem(
            f"input.quantities.{index}.locationId",
            "The combination of inventoryItemId and locationId must be unique.",
            "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
        )
        for index in (0, 1)
    ]


async def test_on_hand_is_set(acme: Served, tee: Stocked) -> None:
    line = {"inventoryItemId": tee.item, "locationId": location(tee.here), "quantity": 4, "changeFromQuantity": 10}
    given = {"reason": "correction", "setQuantities": [line]}
    done = await mutate(acme.desk, "inventorySetOnHandQuantities", f"{GROUP} {CODED}", input=given)
    assert [each["delta"] for each in done["inventoryAdjustmentGroup"]["changes"]] == [-6, -6]
    done = await mutate(acme.desk, "inventorySetOnHandQuantities", f"{GROUP} {CODED}", input=given)
    assert [each["code"] for each in done["userErrors"]] == ["CHANGE_FROM_QUANTITY_STALE"]


async def adjust(acme: Served, tee: Stocked, name: str, *lines: dict[str, Any]) -> Any:
    base = {"inventoryItemId": tee.item, "locationId": location(tee.here), "delta": 1, "changeFromQuantity": None}
    given = {"name": name, "reason": "correction", "changes": [base | line for line in lines]}
    return await mutate(acme.desk, "inventoryAdjustQuantities", f"{GROUP} {CODED}", input=given)


async def test_quantities_are_corrected(acme: Served, tee: Stocked) -> None:
    done = await adjust(acme, tee, "damaged", {"delta": 3, "ledgerDocumentUri": "doc://1"})
    changes = [(each["name"], each["delta"]) for each in done["inventoryAdjustmentGroup"]["changes"]]
    assert changes == [("damaged", 3), ("on_hand", 3)]
    names = "available, damaged, incoming, quality_control, reserved, safety_stock"
    wrong = f"The specified quantity name is invalid. Valid values are: {names}."
    for name in ("committed", "x"):
        assert (await adjust(acme, tee, name, {}))["userErrors"] == [
            problem("input.name", wrong, "INVALID_QUANTITY_NAME")
        ]
    for name, document, message, code in (
        (
            "available",
            "doc://1",
            "A ledger document URI is not allowed when adjusting available.",
            "INVALID_AVAILABLE_DOCUMENT",
        ),
        (
            "damaged",
            None,
            "A ledger document URI is required except when adjusting available.",
            "INVALID_QUANTITY_DOCUMENT",
        ),
    ):
        done = await adjust(acme, tee, name, {"ledgerDocumentUri": document})
        assert done["userErrors"] == [problem("input.changes.0.ledgerDocumentUri", message, code)]
    several = {"locationId": location(tee.there), "ledgerDocumentUri": "doc://2"}
    done = await adjust(acme, tee, "damaged", {"ledgerDocumentUri": "doc://1"}, several)
    assert done["userErrors"] == [
        problem(
            "input.changes",
            "All changes must have the same ledger document URI or, in the case of adjusting available, no ledger "
            "document URI.",
            "MAX_ONE_LEDGER_DOCUMENT",
        )
    ]


async def test_units_move_within_a_location(acme: Served, tee: Stocked) -> None:
    async def move(to: int, name: str = "reserved", quantity: int = 2) -> Any:
        change = {
            "inventoryItemId": tee.item,
            "quantity": quantity,
            "from": {"locationId": location(tee.here), "name": "available"},
            "to": {"locationId": location(to), "name": name, "ledgerDocumentUri": "doc://1"},
        }
        given = {"reason": "correction", "referenceDocumentUri": "doc://9", "changes": [change]}
        return await mutate(acme.desk, "inventoryMoveQuantities", f"{GROUP} {CODED}", input=given)

    done = await move(tee.here)
    changes = [(each["name"], each["delta"]) for each in done["inventoryAdjustmentGroup"]["changes"]]
    assert changes == [("available", -2), ("reserved", 2)]
    assert (await move(tee.there))["userErrors"] == [
        problem("input.changes.0", "The quantities can't be moved between different locations.", "DIFFERENT_LOCATIONS")
    ]
    assert [each["code"] for each in (await move(tee.here, "x"))["userErrors"]] == ["INVALID_QUANTITY_NAME"]
    for quantity, text, code in (
        (0, "The quantity must be greater than 0.", "MOVE_QUANTITIES_FAILED"),
        (-1, "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE"),
    ):
        assert (await move(tee.here, quantity=quantity))["userErrors"] == [
            problem("input.changes.0.quantity", text, code)
        ]


async def test_an_item_is_stocked_once_more_and_given_up(acme: Served, tee: Stocked) -> None:
    level = 'inventoryLevel { id isActive quantities(names: ["available"]) { quantity } }'
    given = {"inventoryItemId": tee.item, "locationId": location(tee.here)}
    done = await mutate(acme.desk, "inventoryActivate", f"{level} {ERRORS}", **given, available=3)
    assert done["inventoryLevel"]["quantities"] == [{"quantity": 10}]
    said = "Not allowed to set available quantity when the item is already active at the location."
    assert done["userErrors"] == [problem("available", said)]
    for units in ({"available": 1, "onHand": 1}, {"onHand": 2_000_000_000}):
        cap = (await acme.shop.product(f"CAP-{len(units)}")).variants[0]
        new = {"inventoryItemId": item(cap.inventory_item_id), "locationId": location(tee.there)}
        done = await mutate(acme.desk, "inventoryActivate", f"{level} {ERRORS}", **new, **units)
        why = (
            "not allowed to set available and on_hand quantities at the same time."
            if len(units) > 1
            else "the quantity needs to be between -1 billion and 1 billion."
        )
        said = f"The product couldn't be stocked at Acme 3PL because {why}"
        assert done == {"inventoryLevel": None, "userErrors": [problem(name, said) for name in units]}
    unknown = {"inventoryItemId": tee.item, "locationId": location(0)}
    done = await mutate(acme.desk, "inventoryActivate", f"{level} {ERRORS}", **unknown)
    said = "The product couldn't be stocked because the location wasn't found."
    assert done == {"inventoryLevel": None, "userErrors": [problem("locationId", said)]}


async def level_id(acme: Served, tee: Stocked, place: int) -> str:
    found = await data(
        acme.desk,
        "query($item: ID!, $place: ID!) { inventoryItem(id: $item) { inventoryLevel(locationId: $place,"
        " includeInactive: true) { id } } }",
        item=tee.item,
        place=location(place),
    )
    return str(found["inventoryItem"]["inventoryLevel"]["id"])


async def test_a_level_is_given_up_and_brought_back(acme: Served, tee: Stocked) -> None:
    here = await level_id(acme, tee, tee.here)
    assert await mutate(acme.desk, "inventoryDeactivate", ERRORS, inventoryLevelId=here) == {"userErrors": []}
    assert await mutate(acme.desk, "inventoryDeactivate", ERRORS, inventoryLevelId=here) == {"userErrors": []}
    last = await level_id(acme, tee, tee.there)
    done = await mutate(acme.desk, "inventoryDeactivate", ERRORS, inventoryLevelId=last)
    said = (
        "The product couldn't be unstocked from Acme 3PL because "
        "products need to be stocked at a minimum of 1 location."
    )
    assert done == {"userErrors": [problem(None, said)]}
    levels = """query($item: ID!, $all: Boolean) { inventoryItem(id: $item) {
        inventoryLevels(first: 5, includeInactive: $all) { nodes { isActive } } } }"""
    for everything, expected in ((False, [True]), (True, [False, True])):
        found = await data(acme.desk, levels, item=tee.item, all=everything)
        assert [each["isActive"] for each in found["inventoryItem"]["inventoryLevels"]["nodes"]] == expected
    done = await mutate(
        acme.desk,
        "inventoryActivate",
        'inventoryLevel { quantities(names: ["available"]) { quantity } } userErrors { message }',
        inventoryItemId=tee.item,
        locationId=location(tee.here),
    )
    assert done == {"inventoryLevel": {"quantities": [{"quantity": 10}]}, "userErrors": []}


async def test_many_places_are_switched_at_once(acme: Served, tee: Stocked) -> None:
    shape = f"inventoryItem {{ id }} inventoryLevels {{ location {{ id }} }} {CODED}"

    async def switch(*more: tuple[int, bool], **places: bool) -> Any:
        named = [*((int(place[1:]), on) for place, on in places.items()), *more]
        updates = [{"locationId": location(number), "activate": on} for number, on in named]
        return await mutate(
            acme.desk,
            "inventoryBulkToggleActivation",
            shape,
            inventoryItemId=tee.item,
            inventoryItemUpdates=updates,
        )

    done = await switch(**{f"_{tee.here}": False, f"_{tee.there}": True})
    assert done == {
        "inventoryItem": {"id": tee.item},
        "inventoryLevels": [{"location": {"id": location(tee.there)}}],
        "userErrors": [],
    }
    nothing = {"inventoryItem": None, "inventoryLevels": None}
    done = await switch(**{f"_{tee.there}": False})
    said = (
        "The variant couldn't be unstocked from Acme 3PL because "
        "products need to be stocked at a minimum of 1 location."
    )
    place = "inventoryItemUpdates.0.locationId"
    assert done == {**nothing, "userErrors": [problem(place, said, "CANNOT_DEACTIVATE_FROM_ONLY_LOCATION")]}
    said = "The quantity couldn't be updated because the location was not found."
    assert await switch(_1=True) == {**nothing, "userErrors": [problem(place, said, "LOCATION_NOT_FOUND")]}
    done = await switch(**{f"_{tee.here}": True})
    assert done["userErrors"] == []
    assert await acme.shop.available(tee.variant, tee.here) == (10, 0, 10)
    done = await switch((tee.there, True), (tee.there, False))
    assert (done["inventoryLevels"], done["userErrors"]) == ([], [])


async def test_what_stands_on_an_item_is_changed(acme: Served, tee: Stocked) -> None:
    shape = f"inventoryItem {{ sku unitCost {{ amount }} tracked measurement {{ weight {{ value }} }} }} {ERRORS}"
    given = {
        "sku": "TEE-2",
        "cost": "7.25",
        "tracked": False,
        "measurement": {"weight": {"unit": "KILOGRAMS", "value": 0.25}},
    }
    done = await mutate(acme.desk, "inventoryItemUpdate", shape, id=tee.item, input=given)
    assert done == {
        "inventoryItem": {
            "sku": "TEE-2",
            "unitCost": {"amount": "7.25"},
            "tracked": False,
            "measurement": {"weight": {"value": 250.0}},
        },
        "userErrors": [],
    }
    for changed, field, message in (
        ({"cost": "-1"}, "input.cost", "Cost must be greater than or equal to 0"),
        (
            {"harmonizedSystemCode": "12"},
            "input.harmonizedSystemCode",
            "Harmonized system code must be a number between six and thirteen digits",
        ),
    ):
        done = await mutate(acme.desk, "inventoryItemUpdate", shape, id=tee.item, input=changed)
        assert done == {"inventoryItem": None, "userErrors": [problem(field, message)]}
    done = await mutate(acme.desk, "inventoryItemUpdate", shape, id=item(0), input={})
    said = "The product couldn't be updated because it does not exist."
    assert done == {"inventoryItem": None, "userErrors": [problem("id", said)]}


async def test_scopes_are_asked_for(acme: Served, tee: Stocked) -> None:
    stranger = await acme.client("read_orders", name="Stranger")
    for text in (
        "{ inventoryItems(first: 1) { nodes { id } } }",
        "{ inventoryProperties { quantityNames { name } } }",
        "{ locations(first: 1) { nodes { id } } }",
        "{ locationsCount { count } }",
        '{ fulfillmentService(id: "gid://shopify/FulfillmentService/manual") { id } }',
        f'{{ node(id: "{tee.item}") {{ id }} }}',
        f'mutation {{ inventoryItemUpdate(id: "{tee.item}", input: {{sku: "x"}}) {{ userErrors {{ message }} }} }}',
        'mutation { locationDelete(locationId: "gid://shopify/Location/1") { deletedLocationId } }',
        'mutation { fulfillmentServiceDelete(id: "gid://shopify/FulfillmentService/1") { deletedId } }',
    ):
        answer = await ask(stranger, text)
        assert [each["extensions"]["code"] for each in answer["errors"]] == ["ACCESS_DENIED"], text
    products = await acme.client("read_products", name="Catalogue")
    answer = await ask(
        products, "{ inventoryItems(first: 1) { nodes { sku inventoryLevels(first: 1) { nodes { id } } } } }"
    )
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["ACCESS_DENIED"]


async def test_which_app_counted_is_told_to_it_and_to_whoever_may_read_apps(acme: Served, tee: Stocked) -> None:
    counting = await acme.client("write_inventory", name="Counter")
    group = (await set_to(counting, tee, 12))["inventoryAdjustmentGroup"]["id"]
    text = "query($id: ID!) { node(id: $id) { ... on InventoryAdjustmentGroup { reason app { title apiKey } } } }"
    for client, seen in (
        (counting, True),
        (await acme.client("read_inventory", name="Other"), False),
        (await acme.client("read_inventory", "read_apps", name="Other"), True),
    ):
        answer = await ask(client, text, id=group)
        assert answer["data"]["node"]["reason"] == "correction"
        assert (answer["data"]["node"]["app"] is not None) == seen
        codes = [each["extensions"]["code"] for each in answer.get("errors", ())]
        assert codes == ([] if seen else ["ACCESS_DENIED"])


DEEP = """query($n: Int!) { inventoryItems(first: $n) { nodes { id duplicateSkuCount locationsCount { count }
    measurement { weight { value } } variant { id }
    inventoryLevels(first: 5) { nodes { item { id sku } location { name hasActiveInventory deletable } } } } } }"""


async def test_longer_lists_take_no_more_statements(acme: Served, tee: Stocked) -> None:
    for number in range(3):
        await acme.shop.product(f"MORE-{number}")
    await data(acme.desk, DEEP, n=1)
    counts = []
    for length in (1, 2, 4):
        async with counted(acme) as statements:
            found = await data(acme.desk, DEEP, n=length)
        assert len(found["inventoryItems"]["nodes"]) == length
        counts.append(len(statements))
    assert len(set(counts)) == 1, counts
