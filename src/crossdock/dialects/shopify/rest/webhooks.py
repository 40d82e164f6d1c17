"""Webhook: which topics an app subscribes to. Source: Shopify REST Webhook."""

from typing import Any

from crossdock.dialects.operation import Call, Json, Operation
from crossdock.dialects.shopify.fields import Fields, Parameters, answered, answered_list, path_id, root
from crossdock.dialects.shopify.paging import open_list, write_window
from crossdock.dialects.shopify.rest.actions import decode_nothing, encode_nothing
from crossdock.dialects.shopify.rest.fulfillments import decode_number, encode_number
from crossdock.dialects.shopify.rest.spans import read_spans, write_spans
from crossdock.dialects.shopify.wire import Rendering, without_nothing, write_time
from crossdock.domain.queries import Page, Spans
from crossdock.domain.subscriptions import (
    ChangeWebhookSubscription,
    CountWebhookSubscriptions,
    DeleteWebhookSubscription,
    GetWebhookSubscription,
    ListWebhookSubscriptions,
    SubscribeToWebhook,
    WebhookFilter,
    WebhookFormat,
    WebhookSubscription,
)
from crossdock.domain.work import RegisteredWebhook

_ROOT = "webhook"
_ROOTS = "webhooks"
_WHOLE = ListWebhookSubscriptions().window
_NO_SCOPE: frozenset[str] = frozenset()  # each topic needs the scope of its data


def _write(subscription: WebhookSubscription, context: Rendering) -> dict[str, Json]:
    return {
        "id": subscription.id,
        "address": subscription.address,
        "topic": subscription.topic,
        "created_at": write_time(subscription.created_at, context.shop),
        "updated_at": write_time(subscription.updated_at, context.shop),
        "format": subscription.format.value,
        "fields": list(subscription.fields),
        "metafield_namespaces": list(subscription.metafield_namespaces),
        "api_version": subscription.api_version or context.version,
        "private_metafield_namespaces": [],
        "metafield_identifiers": [],
    }


def _read(fields: Fields) -> RegisteredWebhook:
    return RegisteredWebhook(
        id=fields.need("id", fields.identity("id")),
        topic=fields.need("topic", fields.text("topic")),
        address=fields.need("address", fields.text("address")),
        fields=fields.texts("fields"),
    )


def _encode_create(command: SubscribeToWebhook) -> Call:
    fields = {
        "topic": next(iter(command.topics), ""),
        "address": command.address,
        "format": command.format.value,
        "fields": list(command.fields) or None,
        "metafield_namespaces": list(command.metafield_namespaces) or None,
        "filter": command.filter,
        "name": command.name,
    }
    return Call(method="POST", path="webhooks.json", body={_ROOT: without_nothing(fields)})


def _decode_create(call: Call) -> SubscribeToWebhook:
    fields = root(call, _ROOT)
    return SubscribeToWebhook(
        topics=(fields.line("topic") or "",),
        address=fields.paragraph("address") or "",
        format=fields.word("format", WebhookFormat) or WebhookFormat.JSON,
        fields=fields.texts("fields"),
        metafield_namespaces=fields.texts("metafield_namespaces"),
        filter=fields.paragraph("filter") or None,
        name=fields.line("name") or None,
        api_version=call.version,
    )


def _encode_change(command: ChangeWebhookSubscription) -> Call:
    namespaces = command.metafield_namespaces
    fields = {
        "id": command.subscription_id,
        "address": command.address,
        "format": command.format.value if command.format else None,
        "fields": None if command.fields is None else list(command.fields),
        "metafield_namespaces": None if namespaces is None else list(namespaces),
        "filter": command.filter,
        "name": command.name,
    }
    path = f"webhooks/{command.subscription_id}.json"
    return Call(method="PUT", path=path, body={_ROOT: without_nothing(fields)})


def _decode_change(call: Call) -> ChangeWebhookSubscription:
    """Read what can be changed; the topic cannot."""
    fields = root(call, _ROOT)
    given = fields.values
    return ChangeWebhookSubscription(
        subscription_id=_named(call),
        address=fields.paragraph("address"),
        format=fields.word("format", WebhookFormat),
        fields=fields.texts("fields") if given.get("fields") is not None else None,
        metafield_namespaces=(
            fields.texts("metafield_namespaces") if given.get("metafield_namespaces") is not None else None
        ),
        filter=fields.paragraph("filter"),
        name=fields.line("name"),
    )


def _named(call: Call) -> int:
    return path_id(call, "webhook_id", "webhook")


def _encode_filter(only: WebhookFilter) -> tuple[tuple[str, str], ...]:
    filters = (("topic", next(iter(only.topics), None)), ("address", only.address))
    spans = Spans(
        created_at_min=only.created_at_min,
        created_at_max=only.created_at_max,
        updated_at_min=only.updated_at_min,
        updated_at_max=only.updated_at_max,
    )
    return (*((name, value) for name, value in filters if value is not None), *write_spans(spans))


def _decode_filter(parameters: Parameters) -> WebhookFilter:
    topic, spans = parameters.text("topic"), read_spans(parameters)
    return WebhookFilter(
        topics=(topic,) if topic else (),
        address=parameters.text("address"),
        created_at_min=spans.created_at_min,
        created_at_max=spans.created_at_max,
        updated_at_min=spans.updated_at_min,
        updated_at_max=spans.updated_at_max,
    )


def _encode_list(command: ListWebhookSubscriptions) -> Call:
    query = (*_encode_filter(command.only), *write_window(command.window, _WHOLE))
    return Call(method="GET", path="webhooks.json", query=query)


def _decode_list(call: Call) -> ListWebhookSubscriptions:
    parameters, window = open_list(call, _WHOLE)
    return ListWebhookSubscriptions(only=_decode_filter(parameters), window=window)


def _encode_count(command: CountWebhookSubscriptions) -> Call:
    return Call(method="GET", path="webhooks/count.json", query=_encode_filter(command.only))


def _decode_count(call: Call) -> CountWebhookSubscriptions:
    return CountWebhookSubscriptions(only=_decode_filter(Parameters(call.query)))


def _encode_get(command: GetWebhookSubscription) -> Call:
    return Call(method="GET", path=f"webhooks/{command.subscription_id}.json")


def _decode_get(call: Call) -> GetWebhookSubscription:
    return GetWebhookSubscription(subscription_id=_named(call))


def _encode_delete(command: DeleteWebhookSubscription) -> Call:
    return Call(method="DELETE", path=f"webhooks/{command.subscription_id}.json")


def _decode_delete(call: Call) -> DeleteWebhookSubscription:
    return DeleteWebhookSubscription(subscription_id=_named(call))


def _encode_one(subscription: WebhookSubscription, context: Rendering) -> Json:
    return {_ROOT: _write(subscription, context)}


def _encode_page(page: Page[WebhookSubscription], context: Rendering) -> Json:
    return {_ROOTS: [_write(subscription, context) for subscription in page.items]}


def _decode_one(answer: Json) -> RegisteredWebhook:
    return _read(answered(answer, _ROOT))


def _decode_many(answer: Json) -> tuple[RegisteredWebhook, ...]:
    return tuple(_read(fields) for fields in answered_list(answer, _ROOTS))


CREATE = Operation(
    name="create_webhook_subscription",
    command=SubscribeToWebhook,
    method="POST",
    path="webhooks.json",
    scopes=_NO_SCOPE,
    encode=_encode_create,
    decode=_decode_create,
    encode_result=_encode_one,
    decode_result=_decode_one,
    status=201,
    source="Shopify REST Webhook, create",
)
LIST = Operation(
    name="list_webhook_subscriptions",
    command=ListWebhookSubscriptions,
    method="GET",
    path="webhooks.json",
    scopes=_NO_SCOPE,
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_page,
    decode_result=_decode_many,
    writes=False,
    source="Shopify REST Webhook, list",
)
COUNT = Operation(
    name="count_webhook_subscriptions",
    command=CountWebhookSubscriptions,
    method="GET",
    path="webhooks/count.json",
    scopes=_NO_SCOPE,
    encode=_encode_count,
    decode=_decode_count,
    encode_result=encode_number,
    decode_result=decode_number,
    writes=False,
    source="Shopify REST Webhook, count",
)
GET = Operation(
    name="get_webhook_subscription",
    command=GetWebhookSubscription,
    method="GET",
    path="webhooks/{webhook_id}.json",
    scopes=_NO_SCOPE,
    encode=_encode_get,
    decode=_decode_get,
    encode_result=_encode_one,
    decode_result=_decode_one,
    writes=False,
    source="Shopify REST Webhook, read",
)
UPDATE = Operation(
    name="update_webhook_subscription",
    command=ChangeWebhookSubscription,
    method="PUT",
    path="webhooks/{webhook_id}.json",
    scopes=_NO_SCOPE,
    encode=_encode_change,
    decode=_decode_change,
    encode_result=_encode_one,
    decode_result=_decode_one,
    source="Shopify REST Webhook, update",
)
DELETE = Operation(
    name="delete_webhook_subscription",
    command=DeleteWebhookSubscription,
    method="DELETE",
    path="webhooks/{webhook_id}.json",
    scopes=_NO_SCOPE,
    encode=_encode_delete,
    decode=_decode_delete,
    encode_result=encode_nothing,
    decode_result=decode_nothing,
    source="Shopify REST Webhook, delete",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (COUNT, CREATE, LIST, GET, UPDATE, DELETE)
