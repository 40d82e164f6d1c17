"""The shop and its apps, asked for by GraphQL."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from crossdock.dialects.shopify.scopes import READ_APPS
from tests.store.calls import Client, Served, served

ADDRESS = """
    address1 address2 city company coordinatesValidated country countryCode countryCodeV2 firstName formatted
    formattedArea id lastName latitude longitude name phone province provinceCode zip
"""
SHOP = f"""{{
    shop {{
        id name email contactEmail createdAt updatedAt currencyCode description ianaTimezone myshopifyDomain
        orderNumberFormatPrefix orderNumberFormatSuffix setupRequired shopOwnerName taxShipping taxesIncluded
        timezoneAbbreviation timezoneOffset timezoneOffsetMinutes unitSystem url weightUnit
        primaryDomain {{ id host sslEnabled url }}
        shopAddress {{ {ADDRESS} }}
        billingAddress {{ id }}
        fulfillmentOrders(first: 1) {{ nodes {{ id }} }}
        assignedFulfillmentOrders(first: 1) {{ nodes {{ id }} }}
        orders(first: 1) {{ nodes {{ id }} }}
    }}
    publicApiVersions {{ handle displayName supported }}
}}"""
APP = """
    id apiKey title handle description developerName embedded launchUrl previouslyInstalled shopifyDeveloped
    webhookApiVersion availableAccessScopes { handle description } optionalAccessScopes { handle }
    requestedAccessScopes { handle } installation { id accessScopes { handle } launchUrl uninstallUrl app { id } }
"""


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place


async def ask(client: Client, text: str, **variables: Any) -> Any:
    return (await client.post("graphql.json", {"query": text, "variables": variables})).json


async def test_the_shop_says_all_that_it_is(acme: Served) -> None:
    answer = await ask(acme.desk, SHOP)
    assert "errors" not in answer
    shop = answer["data"]["shop"]
    assert (shop["name"], shop["email"], shop["orderNumberFormatPrefix"]) == ("Acme", "a@acme.example", "#")
    assert shop["primaryDomain"]["host"] == shop["myshopifyDomain"] == "acme.example"
    assert [each["handle"] for each in answer["data"]["publicApiVersions"]][-1] == "unstable"
    found = await ask(acme.desk, "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=[
        shop["id"], shop["primaryDomain"]["id"], shop["shopAddress"]["id"], "gid://shopify/Shop/2", "gid://shopify/X/1"
    ])  # fmt: skip
    assert [each and each["__typename"] for each in found["data"]["nodes"]] == [
        "Shop",
        "Domain",
        "ShopAddress",
        None,
        None,
    ]


async def test_an_app_sees_itself_and_others_with_the_scope_for_it(acme: Served) -> None:
    answer = await ask(acme.warehouse, f"{{ app {{ {APP} }} currentAppInstallation {{ id app {{ title }} }} }}")
    assert "errors" not in answer
    app = answer["data"]["app"]
    assert app["title"] == answer["data"]["currentAppInstallation"]["app"]["title"] == "Acme 3PL"
    assert "write_fulfillments" in [each["handle"] for each in app["installation"]["accessScopes"]]
    by_id = "query($id: ID!) { app(id: $id) { title } node(id: $id) { id } }"
    assert (await ask(acme.warehouse, by_id, id=app["id"]))["data"]["app"] == {"title": "Acme 3PL"}
    stranger = await acme.client(name="Stranger")
    refused = await ask(stranger, by_id, id=app["id"])
    assert refused["data"] == {"app": None, "node": None}
    assert {each["extensions"]["code"] for each in refused["errors"]} == {"ACCESS_DENIED"}
    reader = await acme.client(READ_APPS, name="Reader")
    assert (await ask(reader, by_id, id=app["id"]))["data"]["app"] == {"title": "Acme 3PL"}
    assert (await ask(reader, by_id, id="gid://shopify/App/1"))["data"] == {"app": None, "node": None}


async def test_what_a_search_does_not_look_at_is_noted_once_a_day_with_the_scope(acme: Served) -> None:
    text = "{ fulfillmentOrders(first: 5) { nodes { id } } }"
    for _ in range(2):
        assert "errors" not in await ask(acme.warehouse, text)
    noted = await acme.store.pool.fetch("SELECT reason, endpoint FROM messages WHERE reason LIKE 'left out:%'")
    needed = "needs read_merchant_managed_fulfillment_orders"
    assert [(row["reason"], row["endpoint"]) for row in noted] == [
        (f"left out: the work of location {acme.shop.merchant_location} ({needed})", "app:Acme 3PL")
    ]
    await ask(acme.desk, text)
    assert await acme.store.pool.fetchval("SELECT count(*) FROM messages WHERE reason LIKE 'left out:%'") == 1
