"""Every refusal of a change to stock, locations and services has words in every mutation, with codes that there are."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql.type import GraphQLEnumType, GraphQLObjectType, get_named_type

from crossdock.dialects.shopify.graphql.binding import executable, snake
from crossdock.dialects.shopify.graphql.errors import TopLevel
from crossdock.dialects.shopify.graphql.mutation import Mutation
from crossdock.dialects.shopify.graphql.mutations import counting, locations, services, stocking
from crossdock.domain.refusals import (
    Invalid,
    NotFound,
    PlaceRefused,
    PlaceRule,
    Refusal,
    SeveralInvalid,
    StockProblem,
    StockRefused,
    StockRule,
)

SPOT = {"inventory_item_id": "gid://shopify/InventoryItem/7", "location_id": "gid://shopify/Location/3"}
STOCK_ROWS = (*counting.MUTATIONS, *stocking.MUTATIONS)
ACTIVATION = {StockRule.AVAILABLE_ALREADY_ACTIVE, StockRule.ON_HAND_ALREADY_ACTIVE, StockRule.BOTH_QUANTITIES}
ACTIVATION |= {StockRule.OUT_OF_RANGE, StockRule.LOCATION_NOT_FOUND, StockRule.ITEM_NOT_FOUND}
GIVING_UP = {StockRule.ONLY_LOCATION, StockRule.COMMITTED_THERE, StockRule.INCOMING_THERE, StockRule.RESERVED_THERE}
COUNTING = set(StockRule) - {StockRule.NAME_NOT_COUNTABLE}
# What each can be refused for.
RULES = {
    "inventorySetQuantities": set(StockRule),
    "inventoryActivate": ACTIVATION | GIVING_UP,
    "inventoryDeactivate": GIVING_UP | {StockRule.NOT_STOCKED},
    "inventoryBulkToggleActivation": GIVING_UP | {StockRule.LOCATION_NOT_FOUND, StockRule.ITEM_NOT_FOUND},
    "inventoryItemUpdate": set[StockRule](),
}
PLACE_RULES = {
    "locationAdd": ("NAME_BLANK", "NAME_TOO_LONG", "NAME_TAKEN", "STREET_TOO_LONG", "ZIP_TOO_LONG", "TOO_MANY"),
    "locationEdit": ("NAME_BLANK", "NAME_TAKEN", "NAME_TOO_LONG", "RUN_BY_SERVICE", "LAST_ONLINE", "ZIP_TOO_LONG"),
    "locationActivate": ("NOT_FOUND", "NAME_TAKEN", "TOO_MANY"),
    "locationDeactivate": (
        *("NOT_FOUND", "RUN_BY_SERVICE", "LAST_ONE", "LAST_ONLINE", "SAME_DESTINATION", "NO_DESTINATION"),
        *("DESTINATION_OF_SERVICE", "HAS_WORK", "HAS_STOCK"),
    ),
    "locationDelete": ("NOT_FOUND", "IS_ACTIVE", "HAS_STOCK", "HAS_WORK"),
    "fulfillmentServiceDelete": ("SAME_DESTINATION", "NO_DESTINATION", "DESTINATION_OF_SERVICE"),
}


def cases() -> Iterator[Any]:
    for row in STOCK_ROWS:
        for rule in sorted(RULES.get(row.name, COUNTING)):
            problem = StockProblem(rule=rule, line=0, place="Barn")
            yield pytest.param(row, StockRefused((problem,)), id=f"{row.name}-{rule.name}")
    for row in (*locations.MUTATIONS, *services.MUTATIONS):
        for name in PLACE_RULES.get(row.name, ()):
            yield pytest.param(row, PlaceRefused((PlaceRule[name],)), id=f"{row.name}-{name}")
    for row in services.MUTATIONS:
        both = (Invalid("name", "can't be blank"), Invalid("callback_url", "is not allowed"))
        yield pytest.param(row, SeveralInvalid(both), id=f"{row.name}-several")
        yield pytest.param(row, NotFound("fulfillment service", 7), id=f"{row.name}-not-found")


def errors_type(row: Mutation) -> GraphQLObjectType:
    mutations = executable().mutation_type
    assert mutations is not None
    payload = get_named_type(mutations.fields[row.name].type)
    assert isinstance(payload, GraphQLObjectType)
    (field,) = [field for name, field in payload.fields.items() if snake(name) == row.errors]
    assert set(row.objects) == {snake(name) for name in payload.fields} - {row.errors}
    found = get_named_type(field.type)
    assert isinstance(found, GraphQLObjectType)
    return found


@pytest.mark.parametrize(("row", "refusal"), list(cases()))
def test_a_refusal_has_words_a_place_and_a_code_that_there_is(row: Mutation, refusal: Refusal) -> None:
    errors = row.user_errors(refusal, {**SPOT, "available": 1})
    if isinstance(refusal, StockRefused) and refusal.problems[0].rule is StockRule.NOT_STOCKED and not row.objects:
        assert errors == []  # what is not stocked there is as it was asked to be
        return
    assert errors
    code = errors_type(row).fields.get("code")
    for error in errors:
        assert error.message and "None" not in error.message
        if code is None:
            assert error.code is None
        else:
            named = get_named_type(code.type)
            assert isinstance(named, GraphQLEnumType)
            assert error.code in named.values


@pytest.mark.parametrize("row", [*STOCK_ROWS, *locations.MUTATIONS, *services.MUTATIONS], ids=lambda row: row.name)
def test_an_id_of_something_else_is_no_user_error(row: Mutation) -> None:
    wrong = "gid://shopify/Order/1"
    line = {"inventory_item_id": wrong, "location_id": wrong, "quantity": 1, "delta": 1, "change_from_quantity": None}
    end = {"location_id": wrong, "name": "available"}
    given = {
        **dict.fromkeys(("id", "inventory_item_id", "location_id", "inventory_level_id"), wrong),
        "inventory_item_updates": [{"location_id": wrong, "activate": True}],
        "input": {
            "name": "available",
            "reason": "correction",
            "quantities": [line],
            "set_quantities": [line],
            "changes": [{**line, "from": end, "to": end}],
        },
    }
    if row.name in {"locationAdd", "fulfillmentServiceCreate"}:
        return
    asking: Any = type("Asking", (), {"version": "2026-07", "currency": "USD"})
    with pytest.raises(TopLevel) as refused:
        row.decode(given, asking)
    assert refused.value.code == "RESOURCE_NOT_FOUND"
