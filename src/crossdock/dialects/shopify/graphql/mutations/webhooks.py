"""Webhook subscriptions, made and ended.

Source: Shopify GraphQL webhookSubscriptionCreate, webhookSubscriptionUpdate and webhookSubscriptionDelete, recorded.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import UserError
from crossdock.dialects.shopify.graphql.ids import gid
from crossdock.dialects.shopify.graphql.mutation import Arguments, Mutation
from crossdock.dialects.shopify.graphql.mutations.reading import label, number
from crossdock.dialects.shopify.graphql.mutations.wording import say
from crossdock.dialects.shopify.graphql.types.webhooks import topic_of
from crossdock.domain.refusals import Invalid, NotFound, Refusal
from crossdock.domain.subscriptions import (
    ChangeWebhookSubscription,
    DeleteWebhookSubscription,
    SubscribeToWebhook,
    WebhookFormat,
    WebhookSubscription,
)

_TYPE = "WebhookSubscription"
_INPUT = "webhookSubscription"
_NO_SCOPE: frozenset[str] = frozenset()  # each topic needs the scope of its data
_OBJECTS = ("webhook_subscription",)
# Where each field of the engine stands among the arguments; an address always under its older name (recorded).
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "topic": ("topic",),
    "address": (_INPUT, "callbackUrl"),
    "fields": (_INPUT, "includeFields"),
    "metafield_namespaces": (_INPUT, "metafieldNamespaces"),
    "format": (_INPUT, "format"),
    "name": (_INPUT, "name"),
    "filter": (_INPUT,),
}
# What the engine says of these is a sentence already.
_SENTENCES = frozenset({"topic", "filter"})


def _address(given: Mapping[str, Any]) -> str | None:
    uri: str | None = given.get("uri")
    return given.get("callback_url") if uri is None else uri


def _decode_create(arguments: Arguments, _: Asking) -> SubscribeToWebhook:
    given = arguments["webhook_subscription"]
    return SubscribeToWebhook(
        topics=(topic_of(arguments["topic"]),),
        address=_address(given) or "",
        fields=tuple(given.get("include_fields") or ()),
        format=WebhookFormat[given.get("format") or "JSON"],
        filter=given.get("filter"),
        metafield_namespaces=tuple(given.get("metafield_namespaces") or ()),
        name=given.get("name"),
    )


def _decode_update(arguments: Arguments, _: Asking) -> ChangeWebhookSubscription:
    """Read what is to change; a filter or a name that is given as null goes."""
    given = arguments["webhook_subscription"]
    fields, namespaces = given.get("include_fields"), given.get("metafield_namespaces")
    return ChangeWebhookSubscription(
        subscription_id=number(arguments["id"], _TYPE, zero=True),
        address=_address(given),
        fields=None if fields is None else tuple(fields),
        format=None if given.get("format") is None else WebhookFormat[given["format"]],
        filter=_text(given, "filter"),
        metafield_namespaces=None if namespaces is None else tuple(namespaces),
        name=_text(given, "name"),
    )


def _text(given: Mapping[str, Any], name: str) -> str | None:
    return (given[name] or "") if name in given else None


def _decode_delete(arguments: Arguments, _: Asking) -> DeleteWebhookSubscription:
    return DeleteWebhookSubscription(subscription_id=number(arguments["id"], _TYPE, zero=True))


def _shown(result: WebhookSubscription, _: Asking, __: Arguments) -> Json:
    return {"webhook_subscription": result}


def _gone(_: None, __: Asking, arguments: Arguments) -> Json:
    return {"deleted_webhook_subscription_id": gid(_TYPE, number(arguments["id"], _TYPE))}


def _errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    match refusal:
        case NotFound("webhook"):
            return [UserError(("id",), "Webhook subscription does not exist")]
        case Invalid(field, message):
            said = message if field in _SENTENCES else f"{label(field)} {message}"
            return [UserError(_FIELDS.get(field, (_INPUT,)), said)]
        case _:
            return say(refusal)


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        name="webhookSubscriptionCreate",
        scopes=_NO_SCOPE,
        decode=_decode_create,
        result=WebhookSubscription,
        payload=_shown,
        user_errors=_errors,
        objects=_OBJECTS,
        source="Shopify GraphQL webhookSubscriptionCreate, recorded",
    ),
    Mutation(
        name="webhookSubscriptionUpdate",
        scopes=_NO_SCOPE,
        decode=_decode_update,
        result=WebhookSubscription,
        payload=_shown,
        user_errors=_errors,
        objects=_OBJECTS,
        source="Shopify GraphQL webhookSubscriptionUpdate, recorded",
    ),
    Mutation(
        name="webhookSubscriptionDelete",
        scopes=_NO_SCOPE,
        decode=_decode_delete,
        result=None,
        payload=_gone,
        user_errors=_errors,
        objects=("deleted_webhook_subscription_id",),
        source="Shopify GraphQL webhookSubscriptionDelete, recorded",
    ),
)
