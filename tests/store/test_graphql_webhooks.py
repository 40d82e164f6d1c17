"""Webhook subscriptions by GraphQL: made, read, changed and ended, and refused in the recorded words."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from crossdock.dialects.shopify.graphql.schema import schema
from crossdock.dialects.shopify.graphql.types.webhooks import topic_name, topic_of
from crossdock.dialects.shopify.webhooks import TOPICS
from tests.store.calls import Client, Served, served

ALL = """
    id apiVersion { handle displayName supported } callbackUrl createdAt filter format includeFields legacyResourceId
    endpoint { __typename ... on WebhookHttpEndpoint { callbackUrl } }
    metafieldNamespaces metafields { key namespace } name topic updatedAt uri
"""
CREATE = f"""
    mutation($topic: WebhookSubscriptionTopic!, $input: WebhookSubscriptionInput!) {{
        webhookSubscriptionCreate(topic: $topic, webhookSubscription: $input) {{
            webhookSubscription {{ {ALL} }} userErrors {{ field message }}
        }}
    }}
"""
UPDATE = f"""
    mutation($id: ID!, $input: WebhookSubscriptionInput!) {{
        webhookSubscriptionUpdate(id: $id, webhookSubscription: $input) {{
            webhookSubscription {{ {ALL} }} userErrors {{ field message }}
        }}
    }}
"""
DELETE = """
    mutation($id: ID!) {
        webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { field message } }
    }
"""
HERE = "http://127.0.0.1:1999/hooks"


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place


async def ask(client: Client, text: str, **variables: Any) -> Any:
    reply = await client.post("graphql.json", {"query": text, "variables": variables})
    assert reply.status == 200, reply.body
    return reply.json


async def payload(client: Client, text: str, **variables: Any) -> Any:
    answer = await ask(client, text, **variables)
    assert "errors" not in answer, answer["errors"]
    (found,) = answer["data"].values()
    return found


async def subscribed(client: Client, topic: str = "ORDERS_CREATE", **given: Any) -> Any:
    made = await payload(client, CREATE, topic=topic, input={"uri": HERE, **given})
    assert made["userErrors"] == []
    return made["webhookSubscription"]


def test_every_topic_of_the_schema_has_a_name_of_its_own() -> None:
    words = set(schema().type_map["WebhookSubscriptionTopic"].values)  # type: ignore[attr-defined]
    assert {topic_name(topic) for topic in TOPICS} == words
    assert {topic_of(word) for word in words} == set(TOPICS)


async def test_a_subscription_says_all_that_it_is(acme: Served) -> None:
    made = await subscribed(
        acme.desk,
        *("FULFILLMENT_ORDERS_FULFILLMENT_REQUEST_SUBMITTED",),
        includeFields=["id"],
        filter="status:open",
        metafieldNamespaces=["ours"],
        name="requests",
    )
    assert made["topic"] == "FULFILLMENT_ORDERS_FULFILLMENT_REQUEST_SUBMITTED"
    assert made["uri"] == made["callbackUrl"] == made["endpoint"]["callbackUrl"] == HERE
    assert (made["includeFields"], made["filter"], made["name"]) == (["id"], "status:open", "requests")
    assert (made["format"], made["metafieldNamespaces"], made["metafields"]) == ("JSON", ["ours"], [])
    assert made["apiVersion"]["handle"] == "2026-07"
    found = await ask(
        acme.desk,
        f"query($id: ID!) {{ webhookSubscription(id: $id) {{ {ALL} }} node(id: $id) {{ __typename id }} }}",
        id=made["id"],
    )
    assert found["data"] == {
        "webhookSubscription": made,
        "node": {"__typename": "WebhookSubscription", "id": made["id"]},
    }


async def test_subscriptions_are_listed_and_counted(acme: Served) -> None:
    for topic in ("ORDERS_CREATE", "ORDERS_UPDATED", "PRODUCTS_CREATE"):
        await subscribed(acme.desk, topic)
    await subscribed(acme.desk, "ORDERS_CREATE", uri=f"{HERE}/xml", format="XML")
    await subscribed(acme.warehouse, "PRODUCTS_CREATE")

    async def topics(arguments: str) -> list[str]:
        said = await ask(acme.desk, f"{{ webhookSubscriptions({arguments}) {{ nodes {{ topic }} }} }}")
        assert "errors" not in said, said
        return [each["topic"] for each in said["data"]["webhookSubscriptions"]["nodes"]]

    assert await topics("first: 9") == ["ORDERS_CREATE", "ORDERS_UPDATED", "PRODUCTS_CREATE", "ORDERS_CREATE"]
    assert await topics("first: 2, sortKey: ID, reverse: true") == ["ORDERS_CREATE", "PRODUCTS_CREATE"]
    assert await topics("first: 9, topics: [ORDERS_CREATE]") == ["ORDERS_CREATE"] * 2
    assert await topics("first: 9, format: XML") == ["ORDERS_CREATE"]
    assert await topics(f'first: 9, uri: "{HERE}/xml"') == await topics(f'first: 9, callbackUrl: "{HERE}/xml"')
    assert await topics('first: 9, query: "id:0"') == []
    assert await topics('first: 9, query: "created_at:<=now"') == await topics("first: 9")
    counted = await ask(acme.desk, "{ webhookSubscriptionsCount { count precision } }")
    assert counted["data"]["webhookSubscriptionsCount"] == {"count": 4, "precision": "EXACT"}
    some = await ask(acme.desk, "{ webhookSubscriptionsCount(limit: 3) { count precision } }")
    assert some["data"]["webhookSubscriptionsCount"] == {"count": 3, "precision": "AT_LEAST"}


async def test_a_subscription_is_changed_and_ended(acme: Served) -> None:
    made = await subscribed(acme.desk, filter="id:1", name="mine")
    changed = await payload(
        acme.desk, UPDATE, id=made["id"], input={"callbackUrl": f"{HERE}/2", "format": "XML", "includeFields": ["id"]}
    )
    after = changed["webhookSubscription"]
    assert (after["uri"], after["format"], after["includeFields"]) == (f"{HERE}/2", "XML", ["id"])
    assert (after["filter"], after["name"]) == ("id:1", "mine")
    cleared = await payload(acme.desk, UPDATE, id=made["id"], input={"filter": None, "name": None})
    assert (cleared["webhookSubscription"]["filter"], cleared["webhookSubscription"]["name"]) == (None, None)
    gone = await payload(acme.desk, DELETE, id=made["id"])
    assert gone == {"deletedWebhookSubscriptionId": made["id"], "userErrors": []}
    missing = [{"field": ["id"], "message": "Webhook subscription does not exist"}]
    for id in (made["id"], "gid://shopify/WebhookSubscription/0"):
        assert await payload(acme.desk, DELETE, id=id) == {"deletedWebhookSubscriptionId": None, "userErrors": missing}
        refused = await payload(acme.desk, UPDATE, id=id, input={"uri": HERE})
        assert refused == {"webhookSubscription": None, "userErrors": missing}


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({}, "callbackUrl", "Address can't be blank"),
        ({"uri": ""}, "callbackUrl", "Address can't be blank"),
        ({"uri": "nowhere"}, "callbackUrl", "Address is invalid"),
        ({"callbackUrl": "ftp://shop.acme.se/x"}, "callbackUrl", "Address protocol ftp:// is not supported"),
        (
            {"uri": "https://acme.myshopify.com/x"},
            *("callbackUrl", "Address cannot be a Shopify or an internal domain"),
        ),
        ({"uri": HERE}, "callbackUrl", "Address for this topic has already been taken"),
        ({"uri": f"{HERE}/2", "name": "taken"}, "name", "Name already exists, no duplicate allowed"),
        ({"uri": "pubsub://a:b", "format": "XML"}, "format", "Format can only be used with format: 'json'"),
        (
            {"uri": f"{HERE}/3", "filter": "anything"},
            None,
            "The specified filter is invalid, please ensure you specify the field(s) you wish to filter on.",
        ),
    ],
)
async def test_a_subscription_is_refused_in_the_recorded_words(
    acme: Served, given: Any, field: str | None, message: str
) -> None:
    await subscribed(acme.desk, name="taken")
    refused = await payload(acme.desk, CREATE, topic="ORDERS_CREATE", input=given)
    path = ["webhookSubscription"] if field is None else ["webhookSubscription", field]
    assert refused == {"webhookSubscription": None, "userErrors": [{"field": path, "message": message}]}


async def test_each_topic_needs_the_scope_of_its_data_and_each_app_has_its_own(acme: Served) -> None:
    refused = await payload(acme.warehouse, CREATE, topic="ORDERS_CREATE", input={"uri": HERE})
    assert refused["webhookSubscription"] is None
    assert refused["userErrors"][0]["field"] == ["topic"]
    assert refused["userErrors"][0]["message"].startswith("Invalid topic specified: orders/create.")
    made = await subscribed(acme.desk)
    look = "query($id: ID!) { webhookSubscription(id: $id) { id } node(id: $id) { id } }"
    assert (await ask(acme.warehouse, look, id=made["id"]))["data"] == {"webhookSubscription": None, "node": None}
    assert (await payload(acme.warehouse, DELETE, id=made["id"]))["userErrors"]
    assert (await ask(acme.desk, look, id=made["id"]))["data"]["node"] == {"id": made["id"]}
