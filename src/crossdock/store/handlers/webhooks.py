"""Webhook subscriptions: apps say what they want to hear of, and where."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from asyncpg import UniqueViolationError

from crossdock.dialects.deliveries import Telling
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
    WebhookFormat,
    WebhookSubscription,
)
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import OutgoingMessage, new_message_id, post
from crossdock.runtime.secrets import new_token
from crossdock.store.database.shops import load_shop
from crossdock.store.database.webhooks import (
    TROUBLE,
    app_of,
    count_subscriptions,
    find_subscription,
    list_subscriptions,
    most_of_a_topic,
    webhook_purpose,
)
from crossdock.store.handlers.callback_urls import UrlPolicy
from crossdock.store.handlers.context import CommandHandler, QueryHandler, ReadContext, WriteContext
from crossdock.store.handlers.windows import page_of, slice_of
from crossdock.store.jobs.announcements import addressee_of, endpoint_of
from crossdock.store.jobs.deliveries import TEST, switch_off
from crossdock.store.jobs.give_up_waiting import GiveUpWaiting, give_up_waiting

# Where Shopify itself delivers to clouds; what is sent there must be JSON.
CLOUDS = ("pubsub", "arn")
MOST_FIELDS = 250
LONGEST_NAME = 255
# Everything that happens is written down once for each of them, in the transaction in which it happens.
MOST_OF_TOPIC = 50
SWITCHED_OFF = "switched off by the app"

CREATE = """
    INSERT INTO webhook_subscriptions (shop_id, id, app_id, topics, address, fields, format, filter,
        metafield_namespaces, name, api_version, created_at, updated_at, secret, disabled_at, disabled_reason)
    VALUES ($1, nextval('ids'), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::timestamptz, $11, $12,
        CASE WHEN $13::text IS NOT NULL THEN $11::timestamptz END, $13)
    RETURNING id
"""
CHANGE = """
    UPDATE webhook_subscriptions
    SET address = $3, fields = $4, format = $5, filter = $6, metafield_namespaces = $7, name = $8, updated_at = $9,
        topics = $10, api_version = $11, secret = coalesce($12, secret),
        disabled_at = CASE WHEN NOT $13 THEN disabled_at END,
        disabled_reason = CASE WHEN NOT $13 THEN disabled_reason END,
        warnings = CASE WHEN $13 THEN 0 ELSE warnings END,
        removed = removed AND NOT $13
    WHERE shop_id = $1 AND id = $2
"""


async def subscribe_to_webhook(
    connection: Connection, command: SubscribeToWebhook, context: WriteContext
) -> WebhookSubscription:
    """Subscribe the app that calls; what is returned has its secret, which is told this once.

    Raises: Invalid, NotPermitted to a caller that is no app.
    Source: Shopify REST Webhook; texts as recorded for webhookSubscriptionCreate.
    """
    app_id = context.caller.app_id
    app = None if app_id is None else await app_of(connection, context.shop_id, app_id)
    if app_id is None or app is None:
        raise NotPermitted("an app that hears")
    platform, _ = app
    check_topics(command.topics, *app)
    address = deliverable(platform, command.address, command.format, context.callback_urls)
    check_choices(platform, command.fields, command.metafield_namespaces, command.filter, command.name)
    secret = (command.secret or new_token("")) if DIALECTS[platform].own_secrets else None
    await check_room(connection, context.shop_id, app_id, command.topics)
    try:
        subscription_id: int = await connection.fetchval(
            CREATE,
            context.shop_id,
            app_id,
            list(command.topics),
            address,
            list(command.fields),
            command.format,
            command.filter or None,
            list(command.metafield_namespaces),
            command.name or None,
            command.api_version,
            context.at,
            sealed(context, app_id, secret),
            None if command.active else SWITCHED_OFF,
        )
    except UniqueViolationError as error:
        raise taken(error) from error
    return replace(await subscription_of(connection, context.shop_id, subscription_id, app_id), secret=secret)


def sealed(context: WriteContext, app_id: int, secret: str | None) -> str | None:
    """Return a secret as it is kept."""
    if secret is None:
        return None
    assert context.vault is not None  # only processes that have keys serve apps
    return context.vault.encrypt(secret, purpose=webhook_purpose(app_id))


def check_topics(topics: Collection[str], platform: str, scopes: Collection[str]) -> None:
    """Raises: Invalid, naming the topics that the app may subscribe to."""
    dialect = DIALECTS[platform]
    allowed = [name for name, needed in dialect.topics.items() if dialect.missing(needed, scopes) is None]
    for topic in topics:
        if topic not in allowed:
            raise Invalid(
                "topic",
                f"Invalid topic specified: {topic}. Does it exist? Is there a missing access scope? "
                f"Topics allowed: {', '.join(allowed)}",
            )


def deliverable(platform: str, address: str, form: WebhookFormat, policy: UrlPolicy) -> str:
    """Return an address as it is kept. Raises: Invalid."""
    if not address.strip():
        raise Invalid("address", "can't be blank")
    if form is not WebhookFormat.JSON and urlsplit(address.strip()).scheme in CLOUDS:
        raise Invalid("format", "can only be used with format: 'json'")
    return policy.normal(address, "address", not_allowed=DIALECTS[platform].refused_host)


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


async def check_room(connection: Connection, shop_id: int, app_id: int, topics: Collection[str]) -> None:
    """Raises: Invalid where an app is told of one of these topics often enough."""
    if await most_of_a_topic(connection, shop_id, app_id, topics) >= MOST_OF_TOPIC:
        raise Invalid("address", f"can't be more than {MOST_OF_TOPIC} for this topic")


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
    """Change where it goes or what it has. What waits goes where it was to go. Raises: NotFound, Invalid.

    A new secret signs what waits as well, and is told this once.
    """
    before = await subscription_of(connection, context.shop_id, command.subscription_id, context.caller.app_id)
    app = await app_of(connection, context.shop_id, before.app_id)
    if app is None:
        raise NotFound("webhook", command.subscription_id)
    platform, _ = app
    after = changed(before, command)
    if command.topics is not None:
        check_topics(after.topics, *app)
        await check_room(connection, context.shop_id, before.app_id, set(after.topics).difference(before.topics))
    if command.address is not None or command.format is not None:
        after = replace(after, address=deliverable(platform, after.address, after.format, context.callback_urls))
    secret = command.secret if DIALECTS[platform].own_secrets else None
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
            list(after.topics),
            after.api_version,
            sealed(context, before.app_id, secret),
            command.active is True,
        )
    except UniqueViolationError as error:
        raise taken(error) from error
    if command.active is False:
        await switch_off(
            connection,
            context.shop_id,
            before.id,
            SWITCHED_OFF,
            context.at,
            endpoint=endpoint_of(before.address),
        )
    return replace(
        await subscription_of(connection, context.shop_id, before.id, context.caller.app_id), secret=secret or None
    )


def changed(before: WebhookSubscription, command: ChangeWebhookSubscription) -> WebhookSubscription:
    """Return a subscription with everything that the command names."""
    return replace(
        before,
        topics=before.topics if command.topics is None else command.topics,
        api_version=before.api_version if command.api_version is None else command.api_version,
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
    rest = GiveUpWaiting(
        shop_id=context.shop_id,
        subscription_id=gone.id,
        endpoint=endpoint_of(gone.address),
        reason="the subscription was deleted",
        at=context.at,
    )
    await give_up_waiting(connection, rest)


async def send_test_webhook(
    connection: Connection, command: SendTestWebhook, context: WriteContext
) -> WebhookSubscription:
    """Send an example of the topic to a subscription's address, also where it is disabled. Raises: NotFound."""
    asked = await subscription_of(connection, context.shop_id, command.subscription_id, context.caller.app_id)
    app = await app_of(connection, context.shop_id, asked.app_id)
    if app is None:
        raise NotFound("webhook", command.subscription_id)
    dialect = DIALECTS[app[0]]
    telling = Telling(topic=asked.topic, body=dialect.example(asked.topic), event=f"test:{new_message_id()}")
    shop, _ = await load_shop(connection, context.shop_id)
    content_type, body = dialect.write_delivery(telling, replace(addressee_of(asked), fields=()), shop)
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
        command={
            "subscription_id": asked.id,
            "topic": asked.topic,
            "name": asked.name,
            "version": asked.api_version,
        },
    )
    await post(connection, [message], context.at)
    return asked


async def get_webhook_subscription(
    connection: Connection, query: GetWebhookSubscription, context: ReadContext
) -> WebhookSubscription:
    found = await subscription_of(connection, context.shop_id, query.subscription_id, context.caller.app_id)
    (told,) = await with_trouble(connection, context.shop_id, [found])
    return told


async def with_trouble(
    connection: Connection, shop_id: int, subscriptions: Sequence[WebhookSubscription]
) -> list[WebhookSubscription]:
    """Return subscriptions with what is tried again for them. One statement."""
    endpoints = sorted({endpoint_of(each.address) for each in subscriptions})
    rows = {row["id"]: row for row in await connection.fetch(TROUBLE, shop_id, endpoints)}
    return [
        replace(each, warnings=rows[each.id]["attempts"], next_attempt_at=rows[each.id]["due_at"])
        if each.id in rows
        else each
        for each in subscriptions
    ]


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
    told = await with_trouble(connection, context.shop_id, found)
    return page_of(query.window, told, lambda subscription: subscription.id)


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
