"""Webhooks: apps subscribe to topics, and what happens goes to every subscription that it concerns."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from asyncpg import UniqueViolationError

from crossdock.dialects.operation import Announcement, Json
from crossdock.dialects.registry import DIALECTS, Dialect
from crossdock.domain.access import Caller
from crossdock.domain.places import Location
from crossdock.domain.queries import Page
from crossdock.domain.refusals import Invalid, NotFound, NotPermitted
from crossdock.domain.shops import Shop
from crossdock.domain.subscriptions import (
    ChangeWebhookSubscription,
    DeleteWebhookSubscription,
    GetWebhookSubscription,
    ListWebhookSubscriptions,
    OrderChange,
    SendTestWebhook,
    SubscribeToWebhook,
    WebhookSubscription,
)
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import OutgoingMessage, post
from crossdock.runtime.exchange.second_thoughts import cancel_waiting
from crossdock.runtime.json import write_json
from crossdock.store.database.webhooks import SUBSCRIPTION, Subscriber, app_of, find_subscription
from crossdock.store.handlers.context import CommandHandler, QueryHandler, ReadContext, WriteContext
from crossdock.store.handlers.windows import page_of, slice_of
from crossdock.store.jobs.deliveries import WEBHOOK

CREATE = """
    INSERT INTO webhook_subscriptions (shop_id, id, app_id, topic, address, fields, created_at, updated_at)
    VALUES ($1, nextval('ids'), $2, $3, $4, $5, $6, $6)
    RETURNING id
"""
CHANGE = """
    UPDATE webhook_subscriptions
    SET address = $3, fields = $4, updated_at = $5, disabled_at = NULL, disabled_reason = NULL
    WHERE shop_id = $1 AND id = $2
"""


async def subscribe_to_webhook(
    connection: Connection, command: SubscribeToWebhook, context: WriteContext
) -> WebhookSubscription:
    """Subscribe the app that calls. Raises: Invalid, NotPermitted to a caller that is no app.

    Source: Shopify REST Webhook.
    """
    app_id = context.caller.app_id
    app = None if app_id is None else await app_of(connection, context.shop_id, app_id)
    if app_id is None or app is None:
        raise NotPermitted("an app that hears")
    check_topic(command.topic, *app)
    address = context.callback_urls.normal(command.address, "address")
    try:
        subscription_id: int = await connection.fetchval(
            CREATE, context.shop_id, app_id, command.topic, address, list(command.fields), context.at
        )
    except UniqueViolationError as error:
        raise Invalid("address", "for this topic has already been taken") from error
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
    app_id = context.caller.app_id
    before = await subscription_of(connection, context.shop_id, command.subscription_id, app_id)
    address = before.address if command.address is None else context.callback_urls.normal(command.address, "address")
    fields = before.fields if command.fields is None else command.fields
    try:
        await connection.execute(CHANGE, context.shop_id, before.id, address, list(fields), context.at)
    except UniqueViolationError as error:
        raise Invalid("address", "for this topic has already been taken") from error
    return await subscription_of(connection, context.shop_id, before.id, app_id)


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
    message = OutgoingMessage(
        tenant_id=context.shop_id,
        kind=f"{WEBHOOK}_test",
        endpoint=endpoint_of(asked.address),
        method="POST",
        url=asked.address,
        profile=app[0],
        body=write_json(DIALECTS[app[0]].example(asked.topic)),
        credential=f"app:{asked.app_id}",
        command={"topic": asked.topic},
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
    rows = await connection.fetch(
        f"""
        {SUBSCRIPTION}
        WHERE shop_id = $1 AND id > $2 AND id < $3 AND ($5::bigint IS NULL OR app_id = $5)
            AND ($6::text IS NULL OR topic = $6) AND ($7::text IS NULL OR address = $7)
        ORDER BY id {part.direction} LIMIT $4
        """,
        context.shop_id,
        part.above,
        part.below,
        part.limit,
        context.caller.app_id,
        query.topic,
        query.address,
    )
    found = [WebhookSubscription(**{**row, "fields": tuple(row["fields"])}) for row in rows]
    return page_of(query.window, found, lambda subscription: subscription.id)


def endpoint_of(address: str) -> str:
    """Name what fails together. An address may be too long for the indexes of the ledger."""
    return f"webhook:{urlsplit(address).hostname}:{hashlib.sha256(address.encode()).hexdigest()[:16]}"


def fan_out(
    change: OrderChange, subscribers: Sequence[Subscriber], shop: Shop, locations: Mapping[int, Location]
) -> Iterator[OutgoingMessage]:
    """Yield a message for each subscription that an event of a change concerns, in the order of the events."""
    by_platform: defaultdict[str, list[Subscriber]] = defaultdict(list)
    for subscriber in subscribers:
        by_platform[subscriber.platform].append(subscriber)
    for platform, listening in by_platform.items():
        dialect = DIALECTS[platform]
        wanted = {subscriber.topic for subscriber in listening}
        for announcement in dialect.announcements(change, wanted, shop, locations):
            for subscriber in listening:
                if concerns(dialect, announcement, subscriber, locations):
                    yield webhook(change, announcement, subscriber)


def concerns(
    dialect: Dialect, announcement: Announcement, subscriber: Subscriber, locations: Mapping[int, Location]
) -> bool:
    """Say whether a subscriber wants to hear of it and may: scopes can be lost, and not all work is for all eyes."""
    if subscriber.topic != announcement.topic:
        return False
    if dialect.missing(dialect.topics[announcement.topic], subscriber.scopes) is not None:
        return False
    if announcement.location_id is None:
        return True
    reads, writes = dialect.reaches(subscriber.scopes)
    caller = Caller(app_id=subscriber.app_id, name=subscriber.app_name, reads=reads, writes=writes)
    return caller.may_read(locations[announcement.location_id])


def webhook(change: OrderChange, announcement: Announcement, subscriber: Subscriber) -> OutgoingMessage:
    endpoint = endpoint_of(subscriber.address)
    event = f"order:{change.order.id}:{announcement.number}"
    return OutgoingMessage(
        tenant_id=subscriber.shop_id,
        kind=WEBHOOK,
        endpoint=endpoint,
        method="POST",
        url=subscriber.address,
        profile=subscriber.platform,
        body=write_json(chosen(announcement.body, subscriber.fields)),
        fifo_key=f"{endpoint}:order:{change.order.id}",
        subject=f"order:{change.order.id}",
        credential=f"app:{subscriber.app_id}",
        command={"subscription_id": subscriber.id, "topic": announcement.topic, "event": event},
        cause=f"{event}:{announcement.topic}:{subscriber.id}",
    )


def chosen(body: Json, fields: Iterable[str]) -> Json:
    kept = set(fields)
    return {name: value for name, value in body.items() if name in kept} if kept else body


COMMANDS: Mapping[type, CommandHandler] = {
    SubscribeToWebhook: subscribe_to_webhook,
    ChangeWebhookSubscription: change_webhook_subscription,
    DeleteWebhookSubscription: delete_webhook_subscription,
    SendTestWebhook: send_test_webhook,
}
QUERIES: Mapping[type, QueryHandler] = {
    GetWebhookSubscription: get_webhook_subscription,
    ListWebhookSubscriptions: list_webhook_subscriptions,
}
