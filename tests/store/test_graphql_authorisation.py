"""Who may ask GraphQL for what: every root field, every mutation and every field with scopes, asked by who may not.

The rows are those of the schema: a field or a mutation without an errand, and an id of an argument that no errand
names, fail the first tests.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from graphql.type import GraphQLObjectType, get_named_type

from crossdock.dialects.shopify.graphql.binding import executable
from crossdock.dialects.shopify.graphql.field import Field
from crossdock.dialects.shopify.graphql.fields import FIELDS, MUTATIONS, NODES
from crossdock.dialects.shopify.graphql.ids import gid
from crossdock.dialects.shopify.scopes import READ_FULFILLMENT_ORDERS, SCOPES
from crossdock.domain.apps import RevokeTokens
from crossdock.store.setup import create_app
from tests.store.calls import Client, Served, opened, served
from tests.store.errands import Things, state
from tests.store.graphql_errands import (
    OTHERWISE,
    PATH,
    READS,
    WRITES,
    Errand,
    IdPlace,
    errors,
    id_places,
    order_of,
    replaced_at,
    send,
    value_at,
)
from tests.store.scene import NOW

REACHING = "_fulfillment_orders"
PARTS = 4
ROWS = {row.name: row for row in MUTATIONS}
# Mutations of what belongs to an app, which no other app finds, whatever its scopes. The rest is the shop's.
OF_THE_APP = {
    *("fulfillmentServiceUpdate", "fulfillmentServiceDelete"),
    *("webhookSubscriptionUpdate", "webhookSubscriptionDelete"),
}
# Ids that name nothing of a shop like this one, so that they can be nobody else's either.
NOTHING_BEHIND = {
    *("companyLocationId", "customerId", "toAssociate.id", "toUpsert.id", "deviceId", "giftCardId", "userId"),
    *("billingAddress.id", "shippingAddress.id", "category", "collections", "collectionsToJoin", "collectionsToLeave"),
    *("shippingPackageId", "mediaId"),
}
# Places for ids that nobody looks at, whatever stands there.
LEFT_ALONE: set[tuple[str, IdPlace]] = {
    ("fulfillmentOrdersReroute", ("excludedLocationIds",)),
    ("orderCreate", ("order", "lineItems", "productId")),
    ("orderCreate", ("order", "transactions", "locationId")),
}
LEFT_ALONE |= {("productCreate", ("input", "id"))}
LEFT_ALONE |= {("productSet", ("input", "productOptions", *place)) for place in (("id",), ("values", "id"))}
LEFT_ALONE |= {("productSet", ("input", "variants", "optionValues", each)) for each in ("id", "optionId")}
LEFT_ALONE |= {
    (name, ("variants", *place))
    for name in ("productVariantsBulkCreate", "productVariantsBulkUpdate")
    for place in (("optionValues", "id"), ("optionValues", "optionId"))
}
# Places in what is refused whatever it says.
REFUSED = {
    ("orderCreate", ("order", "fulfillment", "locationId")),
    ("productVariantsBulkCreate", ("variants", "id")),
    ("productVariantsBulkCreate", ("variants", "quantityAdjustments", "locationId")),
    ("productVariantsBulkUpdate", ("variants", "inventoryQuantities", "locationId")),
}


def root(kind: GraphQLObjectType | None) -> GraphQLObjectType:
    assert kind is not None
    return kind


def names_nothing(place: IdPlace) -> bool:
    return any(".".join(place).endswith(each) for each in NOTHING_BEHIND)


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place
        assert await place.shop.offences() == []


def test_every_mutation_has_an_errand() -> None:
    assert set(WRITES) == set(root(executable().mutation_type).fields)


async def nobody(acme: Served) -> list[Client]:
    """Clients without a token that is good."""
    revoked = await acme.client(*SCOPES, name="Revoked")
    app = await create_app(acme.store.pool, acme.store.vault, NOW, acme.shop.shop_id, name="Revoked")
    await acme.shop.dispatch(RevokeTokens(app_id=app.id))
    return [replace(acme.desk, token=None), replace(acme.desk, token="shpat_none"), revoked]


def without(scopes: frozenset[str]) -> list[str]:
    """Return all scopes but these and those that imply them."""
    dropped = {scope.replace("read_", "write_", 1) for scope in scopes} | scopes
    return [scope for scope in SCOPES if scope not in dropped]


def denied(answer: Any, name: str, scopes: frozenset[str]) -> bool:
    """Say whether a root field was denied for want of any of these scopes, and says so."""
    said = answer.get("errors", ())
    return bool(
        len(said) == 1
        and said[0]["path"] == [name]
        and said[0]["extensions"]["code"] == "ACCESS_DENIED"
        and all(f"`{scope}`" in said[0]["message"] for scope in scopes)
    )


@pytest.mark.parametrize("part", range(PARTS))
async def test_nobody_changes_what_he_may_not(acme: Served, part: int) -> None:
    things = Things(acme)
    wrong: list[tuple[object, ...]] = []
    outside = await nobody(acme)
    for name in list(ROWS)[part::PARTS]:
        row, errand = ROWS[name], await WRITES[name](things)
        before = await state(acme)
        said = [await send(client, name, errand.arguments) for client in outside]
        if any("data" in each or "errors" not in each for each in said):
            wrong.append((name, "without a token that is good", said))
        if row.scopes:
            answer = await send(await acme.client(*without(row.scopes), name="Desk"), name, errand.arguments)
            if not denied(answer, name, row.scopes):
                wrong.append((name, "without its scopes", answer))
        if await state(acme) != before:
            wrong.append((name, "changed something"))
        answer = await send(acme.warehouse if errand.by_warehouse else acme.desk, name, errand.arguments)
        if bool(errors(answer, name)) is errand.succeeds:
            wrong.append((name, "with its scopes", answer))
    assert not wrong, "\n".join(map(str, wrong))


def ids_of(name: str) -> Iterator[IdPlace]:
    """List where arguments of a mutation have ids of things of a shop."""
    places = id_places(root(executable().mutation_type).fields[name].args)
    return (place for place in places if not names_nothing(place) and (name, place) not in REFUSED)


@pytest.mark.parametrize("part", range(PARTS))
async def test_an_id_of_another_shop_is_like_one_that_is_not_there(acme: Served, part: int) -> None:
    """Each id of an errand is replaced by that of the same errand in another shop, which its own shop could do then."""
    wrong: list[tuple[object, ...]] = []
    ours, theirs = Things(acme), Things(await opened(acme.store, subdomain="other"))
    for name in list(ROWS)[part::PARTS]:
        named = set(ids_of(name))
        for prepare in (WRITES[name], *OTHERWISE.get(name, ())):
            foreign = await prepare(ours)
            for place in sorted(named):
                strange = value_at(foreign.arguments, place)
                if strange is not None:
                    named.remove(place)
                    strayed = looked_at if (name, place) in LEFT_ALONE else told_apart
                    wrong += await strayed(theirs, await prepare(theirs), name, place, strange)
            client = acme.warehouse if foreign.by_warehouse else acme.desk
            answer = await send(client, name, foreign.arguments)
            if bool(errors(answer, name)) is foreign.succeeds:
                wrong.append((name, "and then its own", answer))
        wrong += [(name, place, "is named by no errand") for place in named]
    assert not wrong, "\n".join(map(str, wrong))


async def told_apart(
    things: Things, errand: Errand, name: str, place: IdPlace, strange: str
) -> list[tuple[object, ...]]:
    """Tell where an id of another shop's does something, or is answered otherwise than one that is nobody's."""
    client = things.acme.warehouse if errand.by_warehouse else things.acme.desk
    absent = re.sub(r"/(\d+)", lambda number: f"/{int(number[1]) + 10**9}", strange, count=1)
    before = await state(things.acme)
    answers = [await send(client, name, replaced_at(errand.arguments, place, each)) for each in (strange, absent)]
    if not errors(answers[0], name) or await state(things.acme) != before:
        return [(name, place, "does something", answers[0])]
    alike = bare(answers[0], strange) == bare(answers[1], absent)
    return [] if alike else [(name, place, "is told apart", *answers)]


async def looked_at(
    things: Things, errand: Errand, name: str, place: IdPlace, strange: str
) -> list[tuple[object, ...]]:
    """Tell where it matters what stands at a place that nobody looks at."""
    answer = await send(things.acme.desk, name, replaced_at(errand.arguments, place, strange))
    return [(name, place, "is looked at", answer)] if errors(answer, name) else []


def bare(answer: Any, asked: str) -> str:
    """Return an answer without what it repeats of the question, and what it cost."""
    number = re.search(r"/(\d+)", asked)
    told = str({key: answer.get(key) for key in ("data", "errors")})
    return told.replace(asked, "it").replace(number[1] if number else asked, "it")


@pytest.mark.parametrize("part", range(PARTS))
async def test_another_app_changes_only_what_its_scopes_reach(acme: Served, part: int) -> None:
    """It has every scope, but of fulfillment orders only those assigned to it, and there are none."""
    things = Things(acme)
    wrong: list[tuple[object, ...]] = []
    scopes = [scope for scope in SCOPES if REACHING not in scope or "assigned" in scope]
    other = await acme.client(*scopes, name="Other 3PL")
    for name in list(ROWS)[part::PARTS]:
        row = ROWS[name]
        reaching = bool(row.scopes) and all(REACHING in scope for scope in row.scopes)
        if not reaching and name not in OF_THE_APP:
            continue
        errand = await WRITES[name](things)
        before = await state(acme)
        answer = await send(other, name, errand.arguments)
        if not errors(answer, name) or await state(acme) != before:
            wrong.append((name, answer))
    assert not wrong, "\n".join(map(str, wrong))


# Roots that anybody with a token may ask for. What they lead to has scopes of its own.
OPEN = {
    *("app", "appInstallation", "currentAppInstallation", "job", "node", "nodes", "publicApiVersions", "shop"),
    *("webhookSubscription", "webhookSubscriptions", "webhookSubscriptionsCount"),
}
# Roots whose answers are the same for every shop.
EVERYBODYS = {"job", "publicApiVersions", "inventoryProperties", "locationsCount", "ordersCount"}
EVERYBODYS |= {"webhookSubscriptionsCount"}


def scopes_of(type_name: str, name: str) -> frozenset[str]:
    field = FIELDS.get(type_name, {}).get(name)
    return field.scopes if isinstance(field, Field) else frozenset()


def test_every_root_has_an_errand_and_those_without_scopes_are_known() -> None:
    roots = root(executable().query_type).fields
    assert set(READS) == set(roots)
    assert {name for name in roots if not scopes_of("QueryRoot", name)} == OPEN


def gids(answer: Any) -> set[str]:
    """Return the ids that an answer tells, but for the one service that every shop has."""
    return set(re.findall(r"gid://shopify/\w+/\d+", str(answer.get("data"))))


async def test_nobody_reads_what_he_may_not(acme: Served) -> None:
    things, stranger = Things(acme), await opened(acme.store, subdomain="other")
    wrong: list[tuple[object, ...]] = []
    outside = await nobody(acme)
    for name, prepare in READS.items():
        errand, scopes = await prepare(things), scopes_of("QueryRoot", name)
        said = [await send(client, name, errand.arguments) for client in outside]
        if any("data" in each or "errors" not in each for each in said):
            wrong.append((name, "without a token that is good", said))
        if scopes:
            answer = await send(await acme.client(*without(scopes), name="Desk"), name, errand.arguments)
            if not denied(answer, name, scopes):
                wrong.append((name, "without its scopes", answer))
        service = await acme.client(*SCOPES)
        own = await send(service if errand.by_warehouse else acme.desk, name, errand.arguments)
        if errors(own, name) or own["data"][name] is None or (name not in EVERYBODYS and not gids(own)):
            wrong.append((name, "with its scopes", own))
        strange = await stranger.client(*SCOPES) if errand.by_warehouse else stranger.desk
        answer = await send(strange, name, errand.arguments)
        if name not in EVERYBODYS and gids(own) & gids(answer):
            wrong.append((name, "tells another shop", gids(own) & gids(answer)))
    assert not wrong, "\n".join(map(str, wrong))


async def test_another_app_reads_only_work_that_its_scopes_reach(acme: Served) -> None:
    things = Things(acme)
    scopes = [scope for scope in SCOPES if REACHING not in scope or "assigned" in scope]
    other = await acme.client(*scopes, name="Other 3PL")
    for name, prepare in READS.items():
        errand = await prepare(things)
        told = gids(await send(other, name, errand.arguments))
        # Who sees all orders sees the manual holds on them, too.
        if name != "manualHoldsFulfillmentOrders":
            assert not {each for each in told if "/FulfillmentOrder" in each}, (name, told)


# How each field that needs a scope is come to, by ids of things.
WITHIN: Mapping[tuple[str, str], str] = {
    ("Fulfillment", "order"): 'fulfillment(id: "{parcel}") {{ order {{ id }} }}',
    ("FulfillmentOrder", "order"): 'fulfillmentOrder(id: "{work}") {{ order {{ id }} }}',
    ("FulfillmentHold", "heldByApp"): 'fulfillmentOrder(id: "{work}") {{ fulfillmentHolds {{ heldByApp {{ id }} }} }}',
    ("FulfillmentOrderLineItem", "variant"): (
        'fulfillmentOrder(id: "{work}") {{ lineItems(first: 1) {{ nodes {{ variant {{ id }} }} }} }}'
    ),
    ("LineItem", "product"): 'order(id: "{order}") {{ lineItems(first: 1) {{ nodes {{ product {{ id }} }} }} }}',
    ("LineItem", "variant"): 'order(id: "{order}") {{ lineItems(first: 1) {{ nodes {{ variant {{ id }} }} }} }}',
    ("InventoryItem", "inventoryLevel"): (
        'inventoryItem(id: "{item}") {{ inventoryLevel(locationId: "{place}") {{ id }} }}'
    ),
    ("InventoryItem", "inventoryLevels"): (
        'inventoryItem(id: "{item}") {{ inventoryLevels(first: 1) {{ nodes {{ id }} }} }}'
    ),
    ("InventoryItem", "variant"): 'inventoryItem(id: "{item}") {{ variant {{ id }} }}',
    ("InventoryItem", "variants"): 'inventoryItem(id: "{item}") {{ variants(first: 1) {{ nodes {{ id }} }} }}',
    ("Location", "inventoryLevel"): 'location(id: "{place}") {{ inventoryLevel(inventoryItemId: "{item}") {{ id }} }}',
    ("Location", "inventoryLevels"): 'location(id: "{place}") {{ inventoryLevels(first: 1) {{ nodes {{ id }} }} }}',
    ("Shop", "fulfillmentServices"): "shop {{ fulfillmentServices {{ id }} }}",
    **{
        ("Shop", name): f"shop {{{{ {name}(first: 1) {{{{ nodes {{{{ id }}}} }}}} }}}}"
        for name in ("assignedFulfillmentOrders", "fulfillmentOrders", "orders", "products", "productVariants")
    },
    **{
        ("Shop", name): f"shop {{{{ {name}(first: 1) {{{{ nodes {{{{ id }}}} }}}} }}}}"
        for name in ("locations", "inventoryItems")
    },
}


def test_every_field_that_needs_a_scope_is_come_to() -> None:
    needing = {
        (type_name, name)
        for type_name, fields in FIELDS.items()
        for name in fields
        if type_name != "QueryRoot" and scopes_of(type_name, name)
    }
    assert set(WITHIN) == needing


async def test_no_field_is_read_without_its_scopes(acme: Served) -> None:
    things = Things(acme)
    work = await things.work("hold")
    _, parcel = await things.parcel()
    level = await things.level()
    ids = {
        "order": gid("Order", await order_of(things, work)),
        "work": gid("FulfillmentOrder", work.id),
        "parcel": gid("Fulfillment", parcel),
        "item": gid("InventoryItem", level["inventory_item_id"]),
        "place": gid("Location", level["location_id"]),
    }
    for (type_name, name), template in WITHIN.items():
        text, scopes = f"{{ {template.format(**ids)} }}", scopes_of(type_name, name)
        allowed = (await acme.desk.post(PATH, {"query": text})).json
        assert "errors" not in allowed, (type_name, name, allowed)
        client = await acme.client(*without(scopes), name="Desk")
        answer = (await client.post(PATH, {"query": text})).json
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "ACCESS_DENIED", (type_name, name, answer)
        assert error["path"][-1] == name
        assert not gids(answer), (type_name, name, answer)


async def test_no_node_is_read_without_its_scopes(acme: Served) -> None:
    """Not even whether it is there is told: a number is as good as another."""
    for type_name, finder in NODES.items():
        answer = await send(await acme.client(*without(finder.scopes), name="Desk"), "node", {"id": gid(type_name, 1)})
        assert denied(answer, "node", finder.scopes) == bool(finder.scopes), (type_name, answer)


# Where something is seen by other scopes than by its id, as the vendor documents: work on hold by who sees its order,
# a line's order line, and the name and address of a place by who sees what is there.
SEEN_OTHERWISE: Mapping[str, frozenset[str]] = {
    "LineItem": READ_FULFILLMENT_ORDERS,
    "Location": READ_FULFILLMENT_ORDERS | {"read_orders", "read_fulfillments", "read_inventory", "read_products"},
    **dict.fromkeys(
        (
            *("FulfillmentOrder", "FulfillmentOrderLineItem", "FulfillmentOrderMerchantRequest", "FulfillmentHold"),
            *("FulfillmentOrderDestination", "DeliveryMethod"),
        ),
        frozenset({"read_orders"}),
    ),
}


def test_nothing_is_come_to_by_scopes_that_do_not_show_it() -> None:
    """Whatever fields lead to a thing: the scope that let the caller in at their beginning shows the thing, too."""
    schema = executable()
    waiting: list[tuple[str, str | None]] = [("QueryRoot", None)]
    come_to: set[tuple[str, str | None]] = set(waiting)
    while waiting:
        type_name, scope = waiting.pop()
        type_ = schema.type_map[type_name]
        for name, field in type_.fields.items() if isinstance(type_, GraphQLObjectType) else ():
            inner = get_named_type(field.type)
            if inner.name.endswith("Connection"):
                inner = get_named_type(inner.fields["nodes"].type)
            for shown_by in scopes_of(type_name, name) or {scope}:
                if (inner.name, shown_by) not in come_to:
                    come_to.add((inner.name, shown_by))
                    waiting.append((inner.name, shown_by))
    wrong = {
        (type_name, scope)
        for type_name, scope in come_to
        if type_name in NODES
        and NODES[type_name].scopes
        and scope not in NODES[type_name].scopes | SEEN_OTHERWISE.get(type_name, frozenset())
    }
    assert not wrong
