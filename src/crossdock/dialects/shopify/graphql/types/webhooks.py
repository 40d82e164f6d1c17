"""Webhook subscriptions. Source: Shopify GraphQL, WebhookSubscription, webhookSubscriptions."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.connections import Connection, connection, cut_of
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.field import Field, Resolvers, always
from crossdock.dialects.shopify.graphql.ids import gid, read_gid
from crossdock.dialects.shopify.graphql.searched import searched
from crossdock.dialects.shopify.graphql.types.order_roots import MOST_COUNTED, counted_up_to, tally
from crossdock.dialects.shopify.graphql.types.shop import api_version
from crossdock.dialects.shopify.versions import NEWEST
from crossdock.dialects.shopify.webhooks import TOPICS
from crossdock.domain.searching import Count, Cut, SearchWebhookSubscriptions
from crossdock.domain.subscriptions import GetWebhookSubscription, WebhookSubscription

SUBSCRIPTION_SEARCH = frozenset({"id", "created_at", "updated_at"})


@dataclass(frozen=True, slots=True)
class HttpEndpoint:
    """Where deliveries go by HTTP: WebhookHttpEndpoint."""

    callback_url: str


def topic_name(topic: str) -> str:
    """Return a topic as the enum has it: orders/create is ORDERS_CREATE."""
    return topic.upper().replace("/", "_")


_TOPICS = {topic_name(topic): topic for topic in TOPICS}


def topic_of(name: str) -> str:
    """Return a topic of the enum as deliveries have it; one that nothing knows by another name stays as it is."""
    return _TOPICS.get(name, name.lower())


def _subscription(_: object, asking: Asking, *, id: str) -> Awaitable[WebhookSubscription | None]:
    return asking.load(GetWebhookSubscription(subscription_id=read_gid(id, "WebhookSubscription").number))


def _subscriptions(
    _: object,
    asking: Asking,
    *,
    query: str | None = None,
    sort_key: str | None = None,
    topics: Sequence[str] | None = None,
    uri: str | None = None,
    callback_url: str | None = None,
    format: str | None = None,
    **arguments: Any,
) -> Awaitable[Connection[WebhookSubscription]]:
    search = SearchWebhookSubscriptions(
        cut=cut_of(arguments, sort=(sort_key or "CREATED_AT").lower()),
        condition=searched(asking, query, SUBSCRIPTION_SEARCH, "webhookSubscriptions"),
        topics=tuple(topic_of(name) for name in topics or ()),
        address=callback_url if uri is None else uri,
        format=format and format.lower(),
    )
    return asking.load(search, connection)


def _count(_: object, asking: Asking, *, query: str | None = None, limit: int | None = MOST_COUNTED) -> Awaitable[Json]:
    condition = searched(asking, query, SUBSCRIPTION_SEARCH, "webhookSubscriptionsCount")
    search = SearchWebhookSubscriptions(cut=Cut(limit=0), condition=condition)
    return asking.load(Count(search=search, limit=counted_up_to(limit)), tally)


def _get(number: int) -> GetWebhookSubscription:
    return GetWebhookSubscription(subscription_id=number)


WEBHOOK_FIELDS: Resolvers = {
    "QueryRoot": {
        "webhookSubscription": _subscription,
        "webhookSubscriptions": _subscriptions,
        "webhookSubscriptionsCount": _count,
    },
    "WebhookSubscription": {
        "id": lambda subscription, _: gid("WebhookSubscription", subscription.id),
        "legacyResourceId": lambda subscription, _: subscription.id,
        "apiVersion": lambda subscription, _: api_version(subscription.api_version or NEWEST),
        "callbackUrl": lambda subscription, _: subscription.address,
        "endpoint": lambda subscription, _: HttpEndpoint(subscription.address),
        "format": lambda subscription, _: subscription.format.value.upper(),
        "includeFields": lambda subscription, _: subscription.fields,
        "metafields": always([]),
        "topic": lambda subscription, _: topic_name(subscription.topic),
        "uri": lambda subscription, _: subscription.address,
    },
}
WEBHOOK_NODES: Mapping[str, Field] = {"WebhookSubscription": Field(_get)}
