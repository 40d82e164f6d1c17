"""Webhook subscriptions: apps say what they want to hear of, and where."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from asyncpg import UniqueViolationError

from crossdock.dialects.registry import DIALECTS
from crossdock.domain.queries import Page
from crossdock.domain.refusals import Invalid, NotFound, NotPermitted
from crossdock.domain.subscriptions import (
    ChangeWebhookSubscription,
    CountWebhookSubscriptions,
    DeleteWebhookSubscription,
    GetWebhookSubscription,
    ListWebhookSubscriptions,
    SendTestWebhook,
    SubscribeToWebhook,
    WebhookFilter,
    WebhookFormat,
    WebhookSubscription,
)
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import OutgoingMessage, post
from crossdock.runtime.exchange.second_thoughts import cancel_waiting
from crossdock.store.database.webhooks import app_of, count_subscriptions, find_subscription, list_subscriptions
from crossdock.store.handlers.callback_urls import UrlPolicy
from crossdock.store.handlers.context import CommandHandler, QueryHandler, ReadContext, WriteContext
from crossdock.store.handlers.windows import page_of, slice_of
from crossdock.store.jobs.announcements import endpoint_of, written
from crossdock.store.jobs.deliveries import TEST

# Where Shopify itself delivers to clouds; what is sent there must be JSON.
CLOUDS = ("pubsub", "arn")
INTERNAL = "cannot be a Shopify or an internal domain"
MOST_FIELDS = 250
LONGEST_NAME = 255
# Everything that happens is written down once for each of them, in the transaction in which it happens.
MOST_OF_TOPIC = 50

CREATE = """
    INSERT INTO webhook_subscriptions (shop_id, id, app_id, topic, address, fields, format, filter,
        metafield_namespaces, name, api_version, created_at, updated_at)
    VALUES ($1, nextval('ids'), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
    RETURNING id
"""
CHANGE = """
    UPDATE webhook_subscriptions
    SET address = $3, fields = $4, format = $5, filter = $6, metafield_namespaces = $7, name = $8, updated_at = $9,
        disabled_at = NULL, disabled_reason = NULL, removed = false
    WHERE shop_id = $1 AND id = $2
"""


async def subscribe_to_webhook(
    connection: Connection, command: SubscribeToWebhook, context: WriteContext
) -> WebhookSubscription:
    """Subscribe the app that calls. Raises: Invalid, NotPermitted to a caller that is no app.

    Source: Shopify REST Webhook; texts as recorded for webhookSubscriptionCreate.
    """
    app_id = context.caller.app_id
    app = None if app_id is None else await app_of(connection, context.shop_id, app_id)
    if app_id is None or app is None:
        raise NotPermitted("an app that hears")
    platform, _ = app
    check_topic(command.topic, *app)
    address = deliverable(command.address, command.format, context.callback_urls)
    check_choices(platform, command.fields, command.metafield_namespaces, command.filter, command.name)
    same_topic = WebhookFilter(topics=(command.topic,))
    if await count_subscriptions(connection, context.shop_id, app_id, same_topic) >= MOST_OF_TOPIC:
        raise Invalid("address", f"can't be more than {MOST_OF_TOPIC} for this topic")
    try:
        subscription_id: int = await connection.fetchval(
            CREATE,
            context.shop_id,
            app_id,
            command.topic,
            address,
            list(command.fields),
            command.format,
            command.filter or None,
            list(command.metafield_namespaces),
            command.name or None,
            command.api_version,
            context.at,
        )
    except UniqueViolationError as error:
        raise taken(error) from error
    return await subscription_of(connection, context.shop_id, subscription_id, app_id)


def check_topic(topic: str, platform: str, scopes: Collection[str]) -> None:
    """Raises: Invalid, naming the topics that the app may subscribe to."""
    dialect = DIALECTS[platform]
    allowed = [name for name, needed in dialect.topics.items() if dialect.missing(needed, scopes) is None]
    if topic not in allowed:
        raise Invalid(
            "topic",
            f"Invalid topic specified: {topic}. Does it exist? Is there a missing access scope? "
            f"Topics allowed: {', '.join(allowed)}",
        )


def deliverable(address: str, form: WebhookFormat, policy: UrlPolicy) -> str:
    """Return an address as it is kept. Raises: Invalid."""
    if not address.strip():
        raise Invalid("address", "can't be blank")
    if form is not WebhookFormat.JSON and urlsplit(address.strip()).scheme in CLOUDS:
        raise Invalid("format", "can only be used with format: 'json'")
    return policy.normal(address, "address", not_allowed=INTERNAL)


def check_choices(
    platform: str, fields: Collection[str], namespaces: Collection[str], condition: str | None, name: str | None
) -> None:
    """Raises: Invalid."""
    if len(fields) > MOST_FIELDS:
        raise Invalid("fields", f"can't be more than {MOST_FIELDS}")
    if len(namespaces) > MOST_FIELDS:
        raise Invalid("metafield_namespaces", f"can't be more than {MOST_FIELDS}")
    if len(name or "") > LONGEST_NAME:
        raise Invalid("name", f"is too long (maximum is {LONGEST_NAME} characters)")
    if condition:
        DIALECTS[platform].check_filter(condition)


def taken(error: UniqueViolationError) -> Invalid:
    if error.constraint_name == "webhook_subscriptions_name":
        return Invalid("name", "already exists, no duplicate allowed")
    return Invalid("address", "for this topic has already been taken")


async def subscription_of(
    connection: Connection, shop_id: int, subscription_id: int, app_id: int | None
) -> WebhookSubscription:
    found = await find_subscription(connection, shop_id, subscription_id, app_id)
    if found is None:
        raise NotFound("webhook", subscription_id)
    return found


async def change_webhook_subscription(
    connection: Connection, command: ChangeWebhookSubscription, context: WriteContext
) -> WebhookSubscription:
    """Change where it goes or what it has. What waits goes where it was to go. Raises: NotFound, Invalid."""
    before = await subscription_of(connection, context.shop_id, command.subscription_id, context.caller.app_id)
    app = await app_of(connection, context.shop_id, before.app_id)
    if app is None:
        raise NotFound("webhook", command.subscription_id)
    platform, _ = app
    after = changed(before, command)
    if command.address is not None or command.format is not None:
        after = replace(after, address=deliverable(after.address, after.format, context.callback_urls))
    check_choices(platform, after.fields, after.metafield_namespaces, after.filter, after.name)
    try:
        await connection.execute(
            CHANGE,
            context.shop_id,
            after.id,
            after.address,
            list(after.fields),
            after.format,
            after.filter,
            list(after.metafield_namespaces),
            after.name,
            context.at,
        )
    except UniqueViolationError as error:
        raise taken(error) from error
    return await subscription_of(connection, context.shop_id, before.id, context.caller.app_id)


def changed(before: WebhookSubscription, command: ChangeWebhookSubscription) -> WebhookSubscription:
    """Return a subscription with everything that the command names."""
    return replace(
        before,
        address=before.address if command.address is None else command.address,
        fields=before.fields if command.fields is None else command.fields,
        format=before.format if command.format is None else command.format,
        filter=before.filter if command.filter is None else command.filter or None,
        metafield_namespaces=(
            before.metafield_namespaces if command.metafield_namespaces is None else command.metafield_namespaces
        ),
        name=before.name if command.name is None else command.name or None,
    )


async def delete_webhook_subscription(
    connection: Connection, command: DeleteWebhookSubscription, context: WriteContext
) -> None:
    """End a subscription. Raises: NotFound."""
    gone = await subscription_of(connection, context.shop_id, command.subscription_id, context.caller.app_id)
    await connection.execute(
        "DELETE FROM webhook_subscriptions WHERE shop_id = $1 AND id = $2", context.shop_id, gone.id
    )
    await cancel_waiting(
        connection,
        context.shop_id,
        "the subscription was deleted",
        context.at,
        endpoint=endpoint_of(gone.address),
        command={"subscription_id": gone.id},
    )


async def send_test_webhook(
    connection: Connection, command: SendTestWebhook, context: WriteContext
) -> WebhookSubscription:
    """Send an example of the topic to a subscription's address, also where it is disabled. Raises: NotFound."""
    asked = await subscription_of(connection, context.shop_id, command.subscription_id, context.caller.app_id)
    app = await app_of(connection, context.shop_id, asked.app_id)
    if app is None:
        raise NotFound("webhook", command.subscription_id)
    dialect = DIALECTS[app[0]]
    content_type, body = written(dialect, asked.topic, dialect.example(asked.topic), (), asked.format)
    message = OutgoingMessage(
        tenant_id=context.shop_id,
        kind=TEST,
        endpoint=endpoint_of(asked.address),
        method="POST",
        url=asked.address,
        profile=app[0],
        headers={"Content-Type": content_type},
        body=body,
        credential=f"app:{asked.app_id}",
        command={"topic": asked.topic, "name": asked.name, "version": asked.api_version},
    )
    await post(connection, [message], context.at)
    return asked


async def get_webhook_subscription(
    connection: Connection, query: GetWebhookSubscription, context: ReadContext
) -> WebhookSubscription:
    return await subscription_of(connection, context.shop_id, query.subscription_id, context.caller.app_id)


async def list_webhook_subscriptions(
    connection: Connection, query: ListWebhookSubscriptions, context: ReadContext
) -> Page[WebhookSubscription]:
    part = slice_of(query.window)
    found = await list_subscriptions(
        connection,
        context.shop_id,
        context.caller.app_id,
        query.only,
        above=part.above,
        below=part.below,
        direction=part.direction,
        limit=part.limit,
    )
    return page_of(query.window, found, lambda subscription: subscription.id)


async def count_webhook_subscriptions(
    connection: Connection, query: CountWebhookSubscriptions, context: ReadContext
) -> int:
    return await count_subscriptions(connection, context.shop_id, context.caller.app_id, query.only)


COMMANDS: Mapping[type, CommandHandler] = {
    SubscribeToWebhook: subscribe_to_webhook,
    ChangeWebhookSubscription: change_webhook_subscription,
    DeleteWebhookSubscription: delete_webhook_subscription,
    SendTestWebhook: send_test_webhook,
}
QUERIES: Mapping[type, QueryHandler] = {
    GetWebhookSubscription: get_webhook_subscription,
    ListWebhookSubscriptions: list_webhook_subscriptions,
    CountWebhookSubscriptions: count_webhook_subscriptions,
}
