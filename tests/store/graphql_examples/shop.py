"""The shop, its apps, nodes, versions and webhook subscriptions, as sections 1, 2, 3 and 12 tell them."""

from collections.abc import Mapping

from crossdock.dialects.operation import Json
from tests.store.graphql_examples.example import ERRORS, Example, a_time, id_of, refused
from tests.store.graphql_examples.settings import ordered, subscribed

SUBSCRIPTION = """id topic format includeFields metafieldNamespaces filter createdAt updatedAt
  endpoint { __typename ... on WebhookHttpEndpoint { callbackUrl } }"""
CREATE = f"""mutation($topic: WebhookSubscriptionTopic!, $hook: WebhookSubscriptionInput!) {{
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $hook) {{
    webhookSubscription {{ {SUBSCRIPTION} }} {ERRORS}
  }}
}}"""


def refused_address(uri: str, message: str) -> Example:
    return Example(
        operation="webhookSubscriptionCreate",
        source="12: recorded, the field is callbackUrl also for a uri",
        document=CREATE,
        variables={"topic": "ORDERS_CREATE", "hook": {"uri": uri}},
        data={
            "webhookSubscriptionCreate": {
                "webhookSubscription": None,
                "userErrors": refused(["webhookSubscription", "callbackUrl"], message),
            }
        },
    )


def unknown(name: str, arguments: str, payload: Mapping[str, Json]) -> Example:
    (shown,) = payload
    selected = shown if shown.startswith("deleted") else f"{shown} {{ id }}"
    return Example(
        operation=name,
        source="12: recorded, of an unknown id",
        document=f"""mutation {{
          {name}(id: "gid://shopify/WebhookSubscription/404"{arguments}) {{ {selected} {ERRORS} }}
        }}""",
        data={name: {**payload, "userErrors": refused(["id"], "Webhook subscription does not exist")}},
    )


EXAMPLES = (
    Example(
        operation="node",
        source="3: recorded, one that names nothing",
        setting=ordered(2),
        document="""query($id: ID!) {
          node(id: $id) { __typename id } missing: node(id: "gid://shopify/Location/999999999999") { id }
        }""",
        variables={"id": "{order}"},
        data={"node": {"__typename": "Order", "id": "{order}"}, "missing": None},
    ),
    Example(
        operation="nodes",
        source="3: recorded, order and duplicates are kept, null for the unknown",
        setting=ordered(2),
        document="query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        variables={"ids": ["{work}", "gid://shopify/Order/404", "{order}", "{work}"]},
        data={"nodes": [{"id": "{work}"}, None, {"id": "{order}"}, {"id": "{work}"}]},
    ),
    Example(
        operation="shop",
        source="2: recorded, an object without a selection",
        document="query { shop }",
        errors=[
            {
                "message": "Field must have selections (field 'shop' returns Shop but has no selections. Did you mean "
                "'shop { ... }'?)",
                "locations": ...,
                "path": ["query", "shop"],
                "extensions": lambda said: said["code"] == "selectionMismatch",
            }
        ],
    ),
    Example(
        operation="currentAppInstallation",
        source="documented: access scopes, those granted; a write scope has the read scope with it",
        by_warehouse=True,
        document="{ currentAppInstallation { accessScopes { handle } } }",
        data={
            "currentAppInstallation": {
                "accessScopes": lambda said: (
                    {each["handle"] for each in said}
                    >= {"write_inventory", "read_inventory", "write_fulfillments", "read_products"}
                )
            }
        },
    ),
    Example(
        operation="app",
        source="documented: without an id the app that asks",
        by_warehouse=True,
        document="{ app { title } }",
        data={"app": {"title": "Acme 3PL"}},
    ),
    Example(
        operation="appInstallation",
        source="documented: without an id that of the app that asks",
        by_warehouse=True,
        document="{ appInstallation { app { title } } }",
        data={"appInstallation": {"app": {"title": "Acme 3PL"}}},
    ),
    Example(
        operation="publicApiVersions",
        source="1: YYYY-MM or unstable; the reference's version among those supported",
        document="{ publicApiVersions { handle supported } }",
        data={
            "publicApiVersions": lambda said: (
                {"handle": "2026-07", "supported": True} in said and {"handle": "unstable", "supported": False} in said
            )
        },
    ),
    Example(
        operation="webhookSubscriptionCreate",
        source="12: recorded",
        document=CREATE,
        variables={
            "topic": "ORDERS_CREATE",
            "hook": {"uri": "https://hooks.acme.shop/1", "format": "JSON", "includeFields": ["id"]},
        },
        data={
            "webhookSubscriptionCreate": {
                "webhookSubscription": {
                    "id": id_of("WebhookSubscription"),
                    "topic": "ORDERS_CREATE",
                    "format": "JSON",
                    "includeFields": ["id"],
                    "metafieldNamespaces": [],
                    "filter": None,
                    "createdAt": a_time,
                    "updatedAt": a_time,
                    "endpoint": {"__typename": "WebhookHttpEndpoint", "callbackUrl": "https://hooks.acme.shop/1"},
                },
                "userErrors": [],
            }
        },
    ),
    refused_address("", "Address can't be blank"),
    Example(
        operation="webhookSubscriptionCreate",
        source="2: recorded, a topic that there is not",
        document="""mutation Hook { webhookSubscriptionCreate(topic: NOT_A_REAL_TOPIC, webhookSubscription: {}) {
          webhookSubscription { id }
        } }""",
        errors=[
            {
                "message": "Argument 'topic' on Field 'webhookSubscriptionCreate' has an invalid value "
                "(NOT_A_REAL_TOPIC). Expected type 'WebhookSubscriptionTopic!'.",
                "locations": ...,
                "path": ["mutation Hook", "webhookSubscriptionCreate", "topic"],
                "extensions": {
                    "code": "argumentLiteralsIncompatible",
                    "typeName": "Field",
                    "argumentName": "topic",
                },
            }
        ],
    ),
    unknown("webhookSubscriptionUpdate", ", webhookSubscription: {}", {"webhookSubscription": None}),
    unknown("webhookSubscriptionDelete", "", {"deletedWebhookSubscriptionId": None}),
    Example(
        operation="webhookSubscription",
        source="12: recorded, the endpoint; 3: one that names nothing",
        setting=subscribed("orders/create"),
        document="""query($id: ID!) {
          webhookSubscription(id: $id) { id topic format endpoint { __typename } }
          missing: webhookSubscription(id: "gid://shopify/WebhookSubscription/404") { id }
        }""",
        variables={"id": "{hook1}"},
        data={
            "webhookSubscription": {
                "id": "{hook1}",
                "topic": "ORDERS_CREATE",
                "format": "JSON",
                "endpoint": {"__typename": "WebhookHttpEndpoint"},
            },
            "missing": None,
        },
    ),
    Example(
        operation="webhookSubscriptions",
        source="recorded: the first page, in the order of creation, and the last one before its end",
        setting=subscribed("orders/create", "orders/paid", "products/create"),
        document="""{
          webhookSubscriptions(first: 2) { nodes { id } pageInfo { hasNextPage hasPreviousPage } }
          reverse: webhookSubscriptions(first: 3, sortKey: ID, reverse: true) { nodes { topic } }
        }""",
        data={
            "webhookSubscriptions": {
                "nodes": [{"id": "{hook1}"}, {"id": "{hook2}"}],
                "pageInfo": {"hasNextPage": True, "hasPreviousPage": False},
            },
            "reverse": {"nodes": [{"topic": each} for each in ("PRODUCTS_CREATE", "ORDERS_PAID", "ORDERS_CREATE")]},
        },
    ),
    Example(
        operation="webhookSubscriptionsCount",
        source="documented: webhookSubscriptionsCount, sample answer",
        setting=subscribed("orders/create"),
        document="{ webhookSubscriptionsCount { count precision } }",
        data={"webhookSubscriptionsCount": {"count": 1, "precision": "EXACT"}},
    ),
)
