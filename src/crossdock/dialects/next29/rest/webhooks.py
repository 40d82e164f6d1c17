"""Webhook: what an app is told of, and where. Source: 29 Next Admin API, Webhook.

`secret_key` is told to whoever makes or changes it, this once: who may only read could forge deliveries by it.
"""

from typing import Any

from crossdock.dialects.next29 import versions
from crossdock.dialects.next29.fields import Fields, body_of, path_id, whole_body
from crossdock.dialects.next29.paging import open_list, read_page, write_page, write_window
from crossdock.dialects.next29.rest.nothing import decode_nothing, encode_nothing
from crossdock.dialects.next29.scopes import READ_WEBHOOKS, WRITE_WEBHOOKS
from crossdock.dialects.next29.webhooks import TOPICS
from crossdock.dialects.next29.wire import Rendering, write_optional_time, write_time
from crossdock.dialects.operation import Call, Json, Operation
from crossdock.domain.queries import Page
from crossdock.domain.subscriptions import (
    ChangeWebhookSubscription,
    DeleteWebhookSubscription,
    GetWebhookSubscription,
    ListWebhookSubscriptions,
    SubscribeToWebhook,
    ToldWebhook,
    WebhookFilter,
    WebhookSubscription,
)

_PATH = "webhooks/"
_ONE = f"{_PATH}{{id}}/"
_READ = frozenset({READ_WEBHOOKS})
_WRITE = frozenset({WRITE_WEBHOOKS})
# Never kept of what is said and answered.
SECRETS = frozenset({"secret_key"})


def write_webhook(subscription: WebhookSubscription, context: Rendering) -> dict[str, Json]:
    return {
        "id": subscription.id,
        "name": subscription.name,
        "events": list(subscription.topics),
        "target": subscription.address,
        "secret_key": subscription.secret,
        "api_version": versions.spoken(subscription.api_version),
        "active": subscription.disabled_at is None,
        "warning_count": subscription.warnings,
        "next_check_date": write_optional_time(subscription.next_attempt_at, context.shop),
        "created_at": write_time(subscription.created_at, context.shop),
        "updated_at": write_time(subscription.updated_at, context.shop),
    }


def read_webhook(fields: Fields) -> ToldWebhook:
    active = fields.flag("active")
    return ToldWebhook(
        id=fields.need("id", fields.identity("id")),
        topics=fields.need("events", fields.texts("events")),
        address=fields.need("target", fields.text("target")),
        active=True if active is None else active,
        secret=fields.text("secret_key") or None,
    )


def _encode_create(command: SubscribeToWebhook) -> Call:
    body = {
        "events": list(command.topics),
        "target": command.address,
        "active": command.active,
        "name": command.name,
        "secret_key": command.secret,
        "api_version": command.api_version,
    }
    return Call(method="POST", path=_PATH, body={name: value for name, value in body.items() if value is not None})


def _decode_create(call: Call) -> SubscribeToWebhook:
    fields = body_of(call)
    active = fields.flag("active")
    return SubscribeToWebhook(
        topics=fields.need("events", _events(fields)),
        address=fields.filled("target"),
        name=fields.line("name") or None,
        secret=fields.line("secret_key") or None,
        api_version=_version(fields) or call.version,
        active=True if active is None else active,
    )


def _events(fields: Fields) -> tuple[str, ...] | None:
    """Read which events are wanted, each once. Raises: Unreadable for what is none."""
    events = fields.texts("events")
    if events is None:
        return None
    for each in events:
        if each not in TOPICS:
            raise fields.not_a_choice("events", each)
    if not events:
        raise fields.wrong("events", "This list may not be empty.")
    return tuple(dict.fromkeys(events))


def _version(fields: Fields) -> str | None:
    """Read the version of what is told. The vendor's demo app says `version`; what is no version there is passed over.

    Raises: Unreadable for an `api_version` that there is not.
    """
    asked = fields.line("api_version")
    if asked:
        if asked not in versions.VERSIONS:
            raise fields.not_a_choice("api_version", asked)
        return asked
    alias = fields.free("version")
    return alias if isinstance(alias, str) and alias in versions.VERSIONS else None


def _encode_change(method: str, command: ChangeWebhookSubscription) -> Call:
    body = {
        "events": None if command.topics is None else list(command.topics),
        "target": command.address,
        "active": command.active,
        "name": command.name,
        "secret_key": command.secret,
        "api_version": command.api_version,
    }
    path = _path(command.subscription_id)
    return Call(method=method, path=path, body={name: value for name, value in body.items() if value is not None})


def _encode_replace(command: ChangeWebhookSubscription) -> Call:
    return _encode_change("PUT", command)


def _encode_update(command: ChangeWebhookSubscription) -> Call:
    return _encode_change("PATCH", command)


def _decode_replace(call: Call) -> ChangeWebhookSubscription:
    """Read a whole webhook; what is not required and not there stays as it is."""
    fields = body_of(call)
    fields.need("events", fields.texts("events"))
    fields.filled("target")
    return _decode_update(call)


def _decode_update(call: Call) -> ChangeWebhookSubscription:
    fields = body_of(call)
    return ChangeWebhookSubscription(
        subscription_id=_named(call),
        topics=_events(fields),
        address=fields.filled("target") if fields.text("target") is not None else None,
        name=fields.line("name"),
        secret=fields.line("secret_key") or None,
        api_version=_version(fields),
        active=fields.flag("active"),
    )


def _named(call: Call) -> int:
    return path_id(call, "id", "webhook")


def _path(subscription_id: int) -> str:
    return f"{_PATH}{subscription_id}/"


def _encode_list(query: ListWebhookSubscriptions) -> Call:
    only = query.only
    filters = [("events", topic) for topic in only.topics]
    filters += [("name", only.name)] if only.name is not None else []
    filters += [("active", str(only.active).lower())] if only.active is not None else []
    return Call(method="GET", path=_PATH, query=(*filters, *write_window(query.window)))


def _decode_list(call: Call) -> ListWebhookSubscriptions:
    """Read a list's filters. The file calls `events` whole numbers, which no webhook has; words are meant."""
    parameters, window = open_list(call)
    only = WebhookFilter(
        topics=parameters.texts("events"), name=parameters.text("name"), active=parameters.flag("active")
    )
    return ListWebhookSubscriptions(only=only, window=window)


def _encode_get(query: GetWebhookSubscription) -> Call:
    return Call(method="GET", path=_path(query.subscription_id))


def _decode_get(call: Call) -> GetWebhookSubscription:
    return GetWebhookSubscription(subscription_id=_named(call))


def _encode_delete(command: DeleteWebhookSubscription) -> Call:
    return Call(method="DELETE", path=_path(command.subscription_id))


def _decode_delete(call: Call) -> DeleteWebhookSubscription:
    return DeleteWebhookSubscription(subscription_id=_named(call))


def _encode_page(page: Page[WebhookSubscription], context: Rendering) -> Json:
    return write_page(page, (write_webhook(each, context) for each in page.items), context)


def _decode_one(answer: Json) -> ToldWebhook:
    return read_webhook(whole_body(answer))


def _decode_page(answer: Json) -> tuple[ToldWebhook, ...]:
    return tuple(read_webhook(fields) for fields in read_page(answer))


LIST = Operation(
    name="list_webhook_subscriptions",
    command=ListWebhookSubscriptions,
    method="GET",
    path=_PATH,
    scopes=_READ,
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_page,
    decode_result=_decode_page,
    writes=False,
    source="29 Next Admin API 2024-04-01, webhooksList",
)
CREATE = Operation(
    name="create_webhook_subscription",
    command=SubscribeToWebhook,
    method="POST",
    path=_PATH,
    scopes=_WRITE,
    encode=_encode_create,
    decode=_decode_create,
    encode_result=write_webhook,
    decode_result=_decode_one,
    status=201,
    secrets=SECRETS,
    source="29 Next Admin API 2024-04-01, webhooksCreate",
)
GET = Operation(
    name="get_webhook_subscription",
    command=GetWebhookSubscription,
    method="GET",
    path=_ONE,
    scopes=_READ,
    encode=_encode_get,
    decode=_decode_get,
    encode_result=write_webhook,
    decode_result=_decode_one,
    writes=False,
    source="29 Next Admin API 2024-04-01, webhooksRetrieve",
)
REPLACE = Operation(
    name="replace_webhook_subscription",
    command=ChangeWebhookSubscription,
    method="PUT",
    path=_ONE,
    scopes=_WRITE,
    encode=_encode_replace,
    decode=_decode_replace,
    encode_result=write_webhook,
    decode_result=_decode_one,
    secrets=SECRETS,
    source="29 Next Admin API 2024-04-01, webhooksUpdate",
)
UPDATE = Operation(
    name="update_webhook_subscription",
    command=ChangeWebhookSubscription,
    method="PATCH",
    path=_ONE,
    scopes=_WRITE,
    encode=_encode_update,
    decode=_decode_update,
    encode_result=write_webhook,
    decode_result=_decode_one,
    secrets=SECRETS,
    source="29 Next Admin API 2024-04-01, webhooksPartialUpdate",
)
DELETE = Operation(
    name="delete_webhook_subscription",
    command=DeleteWebhookSubscription,
    method="DELETE",
    path=_ONE,
    scopes=_WRITE,
    encode=_encode_delete,
    decode=_decode_delete,
    encode_result=encode_nothing,
    decode_result=decode_nothing,
    status=204,
    source="29 Next Admin API 2024-04-01, webhooksDestroy",
)
# What changes in part stands before what replaces: who changes a webhook sends what is to change.
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (LIST, CREATE, GET, UPDATE, REPLACE, DELETE)
