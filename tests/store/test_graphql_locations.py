"""Locations and services changed through GraphQL, as recorded exchanges tell it. Source: Shopify GraphQL."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from crossdock.domain.locating import MOST_LOCATIONS
from tests.store.calls import Served, served
from tests.store.test_graphql_inventory import data, location, mutate, problem

SHAPE = "id name isActive activatable deactivatable deletable shipsInventory fulfillsOnlineOrders isFulfillmentService"
ERRORS = "userErrors { field message }"
CODED = "userErrors { field message code }"
DEACTIVATED = "location { id isActive deactivatedAt } locationDeactivateUserErrors { field message code }"
ACTIVATED = "location { id isActive } locationActivateUserErrors { field message code }"
DELETED = "deletedLocationId locationDeleteUserErrors { field message code }"
ADDRESS = {"address1": "Storgatan 1", "city": "Lund", "zip": "222 22", "countryCode": "SE", "phone": "+46 1"}


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place
        assert await place.shop.offences() == []


async def add(acme: Served, name: str, shape: str = SHAPE, **more: Any) -> Any:
    given = {"name": name, "address": ADDRESS} | more
    return await mutate(acme.desk, "locationAdd", f"location {{ {shape} }} {CODED}", input=given)


async def added(acme: Served, name: str, **more: Any) -> str:
    return str((await add(acme, name, "id", **more))["location"]["id"])


async def test_a_location_is_added(acme: Served) -> None:
    done = await add(
        acme, "Annex", f"{SHAPE} address {{ countryCode country formatted zip }} legacyResourceId isPrimary"
    )
    assert done["userErrors"] == []
    annex = done["location"]
    assert annex["address"] == {
        "countryCode": "SE",
        "country": "Sweden",
        "zip": "222 22",
        "formatted": ["Storgatan 1", "Lund 222 22", "Sweden"],
    }
    flags = ("isActive", "activatable", "deactivatable", "deletable", "shipsInventory", "fulfillsOnlineOrders")
    assert [annex[flag] for flag in flags] == [True, True, True, False, True, True]
    assert (annex["isPrimary"], annex["isFulfillmentService"]) == (False, False)
    hidden = await add(acme, "Cellar", fulfillsOnlineOrders=False)
    assert (hidden["location"]["shipsInventory"], hidden["location"]["fulfillsOnlineOrders"]) == (False, False)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"name": " "}, ("input.name", "Add a location name", "BLANK")),
        ({"name": "SHOP location"}, ("input.name", "You already have a location with this name", "TAKEN")),
        ({"name": "x" * 101}, ("input.name", "Use a shorter location name (up to 100 characters)", "TOO_LONG")),
        (
            {"address": {**ADDRESS, "address1": "x" * 256}},
            ("input.address.address1", "Use a shorter name for the street (up to 255 characters)", "TOO_LONG"),
        ),
        (
            {"address": {**ADDRESS, "zip": "x" * 256}},
            ("input.address.zip", "Use a shorter postal / ZIP code (up to 255 characters)", "TOO_LONG"),
        ),
    ],
)
async def test_what_is_wrong_with_a_location(acme: Served, given: Any, expected: tuple[str, str, str]) -> None:
    done = await add(acme, **{"name": "Annex", **given})
    assert done == {"location": None, "userErrors": [problem(*expected)]}
    text = f"location {{ id }} {CODED}"
    mine = await added(acme, "Mine")
    assert (await mutate(acme.desk, "locationEdit", text, id=mine, input=given))["userErrors"] == [problem(*expected)]


async def test_there_are_so_many_locations_and_no_more(acme: Served) -> None:
    await acme.store.pool.execute(
        "INSERT INTO locations (shop_id, id, name, address, priority, created_at, updated_at)"
        " SELECT shop_id, nextval('ids'), 'L' || n, address, 9, created_at, updated_at"
        " FROM locations, generate_series(2, $2) n WHERE id = $1",
        acme.shop.merchant_location,
        MOST_LOCATIONS,
    )
    said = problem("input", "You have reached the maximum number of locations (200)", "INVALID")
    assert (await add(acme, "One more"))["userErrors"] == [said]


async def test_a_location_is_changed(acme: Served) -> None:
    annex = await added(acme, "Annex")
    shape = f"location {{ name address {{ city zip country phone }} fulfillsOnlineOrders }} {CODED}"
    given = {"name": "Barn", "address": {"city": "Malmo", "phone": "", "countryCode": "DK"}}
    done = await mutate(acme.desk, "locationEdit", shape, id=annex, input=given)
    assert done["location"] == {
        "name": "Barn",
        "address": {"city": "Malmo", "zip": "222 22", "country": "Denmark", "phone": None},
        "fulfillsOnlineOrders": True,
    }
    missing = await mutate(acme.desk, "locationEdit", shape, id=location(1), input={})
    assert missing == {"location": None, "userErrors": [problem("id", "Location not found.", "NOT_FOUND")]}
    offline = {"fulfillsOnlineOrders": False}
    assert (await mutate(acme.desk, "locationEdit", shape, id=annex, input=offline))["userErrors"] == []
    last = await mutate(acme.desk, "locationEdit", shape, id=location(acme.shop.merchant_location), input=offline)
    said = (
        "Online order fulfillment could not be disabled for this location as it is the only location that fulfills "
        "online orders."
    )
    assert last["userErrors"] == [problem("input", said, "CANNOT_DISABLE_ONLINE_ORDER_FULFILLMENT")]
    theirs = await mutate(acme.desk, "locationEdit", shape, id=location(acme.shop.service.location_id), input=offline)
    assert [each["code"] for each in theirs["userErrors"]] == ["CANNOT_MODIFY_ONLINE_ORDER_FULFILLMENT_FOR_FS_LOCATION"]


async def test_orders_are_not_routed_to_where_none_are_fulfilled(acme: Served) -> None:
    annex = await added(acme, "Annex")
    tee = (await acme.shop.product("TEE")).variants[0]
    await acme.shop.stock(tee, acme.shop.merchant_location, 5)
    await acme.shop.stock(tee, int(annex.rpartition("/")[2]), 5)
    here = location(acme.shop.merchant_location)
    text = f"location {{ id }} {CODED}"
    await mutate(acme.desk, "locationEdit", text, id=here, input={"fulfillsOnlineOrders": False})
    order = await acme.shop.order((tee, 1))
    assert [location(each.location_id) for each in order.fulfillment_orders] == [annex]


async def deactivate(acme: Served, place: str, destination: str | None = None) -> Any:
    given = {"locationId": place} | ({"destinationLocationId": destination} if destination else {})
    return await mutate(acme.desk, "locationDeactivate", DEACTIVATED, **given)


async def test_a_location_is_put_out_of_use_with_what_lies_there(acme: Served) -> None:
    here, annex = acme.shop.merchant_location, await added(acme, "Annex")
    tee = (await acme.shop.product("TEE")).variants[0]
    await acme.shop.stock(tee, here, 10)
    texts = {
        None: (
            "locationId",
            "Location could not be deactivated without specifying where to relocate inventory stocked at the location.",
            "HAS_ACTIVE_INVENTORY_ERROR",
        ),
        location(here): (
            "destinationLocationId",
            "Location could not be deactivated because the destination location cannot be set to the location to be "
            "deactivated.",
            "DESTINATION_LOCATION_IS_THE_SAME_LOCATION",
        ),
        location(1): (
            "destinationLocationId",
            "Location could not be deactivated because the destination location could be not found or is inactive.",
            "DESTINATION_LOCATION_NOT_FOUND_OR_INACTIVE",
        ),
        location(acme.shop.service.location_id): (
            "destinationLocationId",
            "Location could not be deactivated because the destination location not shopify managed",
            "DESTINATION_LOCATION_NOT_SHOPIFY_MANAGED",
        ),
    }
    for destination, said in texts.items():
        done = await deactivate(acme, location(here), destination)
        assert done["locationDeactivateUserErrors"] == [problem(*said)]
        assert done["location"] == {"id": location(here), "isActive": True, "deactivatedAt": None}
    done = await deactivate(acme, location(here), annex)
    assert done["locationDeactivateUserErrors"] == []
    assert done["location"]["isActive"] is False and done["location"]["deactivatedAt"].endswith("Z")
    assert await acme.shop.available(tee, int(annex.rpartition("/")[2])) == (10, 0, 10)
    assert await acme.shop.available(tee, here) == (0, 0, 0)
    found = await data(acme.desk, "{ location { id isPrimary } locations(first: 5) { nodes { id } } }")
    assert found == {"location": {"id": annex, "isPrimary": True}, "locations": {"nodes": [{"id": annex}]}}
    done = await mutate(acme.desk, "locationActivate", ACTIVATED, locationId=location(here))
    assert done == {"location": {"id": location(here), "isActive": True}, "locationActivateUserErrors": []}


async def test_what_has_work_or_is_needed_stays_in_use(acme: Served) -> None:
    here = location(acme.shop.merchant_location)
    blocked = problem(
        "locationId",
        "Location could not be deactivated because it either has a fulfillment service or is the only location with a "
        "shipping address.",
        "PERMANENTLY_BLOCKED_FROM_DEACTIVATION_ERROR",
    )
    theirs = location(acme.shop.service.location_id)
    for place in (here, theirs):
        assert (await deactivate(acme, place))["locationDeactivateUserErrors"] == [blocked]
    annex = await added(acme, "Annex", fulfillsOnlineOrders=False)
    done = await deactivate(acme, here)
    assert done["locationDeactivateUserErrors"] == [
        problem(
            "locationId",
            "At least one location must fulfill online orders.",
            "CANNOT_DISABLE_ONLINE_ORDER_FULFILLMENT",
        )
    ]
    text = f"location {{ id }} {CODED}"
    await mutate(acme.desk, "locationEdit", text, id=annex, input={"fulfillsOnlineOrders": True})
    tee = (await acme.shop.product("TEE")).variants[0]
    await acme.shop.stock(tee, acme.shop.merchant_location, 5)
    await acme.shop.order((tee, 1))
    done = await deactivate(acme, here, annex)
    assert [each["code"] for each in done["locationDeactivateUserErrors"]] == ["HAS_FULFILLMENT_ORDERS_ERROR"]
    missing = await mutate(acme.desk, "locationActivate", ACTIVATED, locationId=theirs)
    said = problem("locationId", "Location not found.", "LOCATION_NOT_FOUND")
    assert missing["locationActivateUserErrors"] == [said]
    gone = await mutate(acme.desk, "locationDelete", DELETED, locationId=here)
    assert gone == {
        "deletedLocationId": None,
        "locationDeleteUserErrors": [
            problem("locationId", f"The location cannot be deleted while it {why}.", code)
            for why, code in (
                ("is active", "LOCATION_IS_ACTIVE"),
                ("has inventory", "LOCATION_HAS_INVENTORY"),
                ("has pending orders", "LOCATION_HAS_PENDING_ORDERS"),
            )
        ],
    }


async def test_a_location_out_of_use_is_deleted(acme: Served) -> None:
    annex = await added(acme, "Annex")
    await deactivate(acme, annex)
    done = await mutate(acme.desk, "locationDelete", DELETED, locationId=annex)
    assert done == {"deletedLocationId": annex, "locationDeleteUserErrors": []}
    again = await mutate(acme.desk, "locationDelete", DELETED, locationId=annex)
    said = problem("locationId", "Location not found.", "LOCATION_NOT_FOUND")
    assert again == {"deletedLocationId": None, "locationDeleteUserErrors": [said]}
    found = await data(acme.desk, "query($id: ID!) { location(id: $id) { id } node(id: $id) { id } }", id=annex)
    assert found == {"location": None, "node": None}


async def test_locations_are_listed_as_asked_for(acme: Served) -> None:
    for name in ("Zoo", "barn"):
        await added(acme, name)
    await deactivate(acme, await added(acme, "Closed"))

    async def names(arguments: str = "") -> list[str]:
        found = await data(acme.desk, f"{{ locations(first: 9{arguments}) {{ nodes {{ name }} }} }}")
        return [each["name"] for each in found["locations"]["nodes"]]

    assert await names() == ["barn", "Shop location", "Zoo"]
    assert await names(", reverse: true") == ["Zoo", "Shop location", "barn"]
    assert await names(", sortKey: ID") == ["Shop location", "Zoo", "barn"]
    assert await names(", includeLegacy: true, includeInactive: true") == [
        "Acme 3PL",
        "barn",
        "Closed",
        "Shop location",
        "Zoo",
    ]
    assert await names(', query: "name:zoo OR country:XX"') == ["Zoo"]
    assert await names(', query: "city:lund"') == ["barn", "Zoo"]
    assert await names(', includeInactive: true, query: "active:false"') == ["Closed"]
    found = await data(
        acme.desk,
        "{ all: locationsCount { count precision } one: locationsCount(limit: 1) { count precision }"
        " locationsAvailableForDeliveryProfilesConnection(first: 9) { nodes { name } }"
        " page: locations(first: 1) { nodes { name } pageInfo { endCursor } } shop { locations(first: 1) {"
        " nodes { name } } } }",
    )
    assert found["all"] == {"count": 3, "precision": "EXACT"}
    assert found["one"] == {"count": 1, "precision": "AT_LEAST"}
    delivering = [each["name"] for each in found["locationsAvailableForDeliveryProfilesConnection"]["nodes"]]
    assert delivering == ["Shop location", "Acme 3PL", "Zoo", "barn"]
    assert found["shop"]["locations"] == {"nodes": [{"name": "barn"}]}
    after = found["page"]["pageInfo"]["endCursor"]
    assert await names(f', after: "{after}"') == ["Shop location", "Zoo"]


SERVICE = (
    "fulfillmentService { id handle serviceName type callbackUrl trackingSupport inventoryManagement "
    "requiresShippingMethod fulfillmentOrdersOptIn location { id name isFulfillmentService fulfillsOnlineOrders "
    "shipsInventory } }"
)


async def create(acme: Served, name: str, **more: Any) -> Any:
    return await mutate(acme.warehouse, "fulfillmentServiceCreate", f"{SERVICE} {ERRORS}", name=name, **more)


async def test_a_service_is_registered_renamed_and_ended(acme: Served) -> None:
    done = await create(acme, "FS Unique Café__3PL x!!!", callbackUrl="http://127.0.0.1:1025/x", trackingSupport=True)
    assert done["userErrors"] == []
    service = done["fulfillmentService"]
    assert service.pop("location") == {
        "id": location(await last_location(acme)),
        "name": "FS Unique Café__3PL x!!!",
        "isFulfillmentService": True,
        "fulfillsOnlineOrders": True,
        "shipsInventory": False,
    }
    id = service.pop("id")
    assert id.startswith("gid://shopify/FulfillmentService/") and id.endswith("?id=true")
    assert service == {
        "handle": "fs-unique-cafe__3pl-x",
        "serviceName": "FS Unique Café__3PL x!!!",
        "type": "THIRD_PARTY",
        "callbackUrl": "http://127.0.0.1:1025/x",
        "trackingSupport": True,
        "inventoryManagement": False,
        "requiresShippingMethod": True,
        "fulfillmentOrdersOptIn": True,
    }
    done = await mutate(
        acme.warehouse, "fulfillmentServiceUpdate", f"{SERVICE} {ERRORS}", id=id, name="Other", inventoryManagement=True
    )
    changed = done["fulfillmentService"]
    assert (changed["id"], changed["handle"], changed["serviceName"]) == (id, "fs-unique-cafe__3pl-x", "Other")
    assert (changed["location"]["name"], changed["inventoryManagement"]) == ("Other", True)
    seen = await data(acme.desk, "query($id: ID!) { fulfillmentService(id: $id) { serviceName callbackUrl } }", id=id)
    assert seen["fulfillmentService"] == {"serviceName": "Other", "callbackUrl": None}
    done = await mutate(
        acme.warehouse, "fulfillmentServiceDelete", f"deletedId {ERRORS}", id=id, inventoryAction="DELETE"
    )
    assert done == {"deletedId": id.removesuffix("?id=true"), "userErrors": []}
    assert (await data(acme.desk, "query($id: ID!) { fulfillmentService(id: $id) { id } }", id=id)) == {
        "fulfillmentService": None
    }


async def last_location(acme: Served) -> int:
    number: int = await acme.store.pool.fetchval("SELECT max(id) FROM locations")
    return number


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"name": ""}, [("name", "Name can't be blank")]),
        ({"name": "ACME 3pl"}, [("name", "Name has already been taken")]),
        ({"name": "acme-3PL!"}, [("name", "Name has already been taken")]),
        ({"name": "Gift_Card"}, [("name", "Name is reserved")]),
        (
            {"name": "", "callbackUrl": "https://example.com/x"},
            [("name", "Name can't be blank"), ("callbackUrl", "Callback url is not allowed")],
        ),
    ],
)
async def test_what_is_wrong_with_a_service(acme: Served, given: Any, expected: list[tuple[str, str]]) -> None:
    done = await mutate(acme.warehouse, "fulfillmentServiceCreate", f"{SERVICE} {ERRORS}", **given)
    assert done == {"fulfillmentService": None, "userErrors": [problem(*each) for each in expected]}


async def test_a_service_that_is_not_the_callers_is_not_found(acme: Served) -> None:
    said = [problem("id", "Fulfillment service could not be found.")]
    mine = f"gid://shopify/FulfillmentService/{acme.shop.service.id}?id=true"
    for client, id in (
        (acme.desk, mine),
        (acme.warehouse, "gid://shopify/FulfillmentService/0"),
        (acme.warehouse, "gid://shopify/FulfillmentService/manual"),
    ):
        done = await mutate(client, "fulfillmentServiceUpdate", f"{SERVICE} {ERRORS}", id=id, name="X")
        assert done == {"fulfillmentService": None, "userErrors": said}
        done = await mutate(client, "fulfillmentServiceDelete", f"deletedId {ERRORS}", id=id)
        assert done == {"deletedId": None, "userErrors": said}


@pytest.mark.parametrize("action", ["TRANSFER", "KEEP"])
async def test_what_lies_at_a_service_that_ends_is_kept(acme: Served, action: str) -> None:
    tee = (await acme.shop.product("TEE")).variants[0]
    there = acme.shop.service.location_id
    await acme.shop.stock(tee, there, 7)
    id = f"gid://shopify/FulfillmentService/{acme.shop.service.id}"
    done = await mutate(
        acme.warehouse, "fulfillmentServiceDelete", f"deletedId {ERRORS}", id=id, inventoryAction=action
    )
    assert done == {"deletedId": id, "userErrors": []}
    here = acme.shop.merchant_location if action == "TRANSFER" else there
    assert await acme.shop.available(tee, here) == (7, 0, 7)
    found = await data(
        acme.desk, "query($id: ID!) { location(id: $id) { isFulfillmentService isActive } }", id=location(there)
    )
    kept = {"isFulfillmentService": False, "isActive": True}
    assert found["location"] == (kept if action == "KEEP" else None)


async def test_the_merchants_own_service_comes_first(acme: Served) -> None:
    found = await data(
        acme.desk,
        """{ shop { fulfillmentServices { id handle serviceName type trackingSupport inventoryManagement
            requiresShippingMethod location { id } } }
        fulfillmentService(id: "gid://shopify/FulfillmentService/manual") { handle } }""",
    )
    manual, theirs = found["shop"]["fulfillmentServices"]
    assert manual == {
        "id": "gid://shopify/FulfillmentService/manual",
        "handle": "manual",
        "serviceName": "Manual",
        "type": "MANUAL",
        "trackingSupport": False,
        "inventoryManagement": False,
        "requiresShippingMethod": True,
        "location": {"id": location(acme.shop.merchant_location)},
    }
    assert theirs["serviceName"] == "Acme 3PL"
    assert found["fulfillmentService"] == {"handle": "manual"}
