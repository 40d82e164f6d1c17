"""What happens becomes messages to every subscription that it concerns."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from crossdock.dialects.deliveries import Addressee, Telling
from crossdock.dialects.operation import Announcement
from crossdock.dialects.registry import DIALECTS, Dialect
from crossdock.domain.access import Caller
from crossdock.domain.catalogue import StockedLevel
from crossdock.domain.places import Location
from crossdock.domain.shops import Shop
from crossdock.domain.stock import InventoryLevel
from crossdock.domain.subscriptions import Change, Happened, Happening, WebhookSubscription
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import OutgoingMessage, message_rows, new_message_id
from crossdock.store.database.changes import Changes, write
from crossdock.store.database.shops import load_shop
from crossdock.store.database.webhooks import Subscriber, subscribers_of
from crossdock.store.jobs.deliveries import WEBHOOK


async def announce_happenings(connection: Connection, shop_id: int, happened: Sequence[Happened], at: datetime) -> bool:
    """Tell whoever wants to hear of what one action did to things that are no orders, in the caller's transaction.

    Three statements at most, however many things; False when nobody is told.
    """
    subscribers = await subscribers_of(connection, shop_id) if happened else ()
    if not subscribers:
        return False
    shop, locations = await load_shop(connection, shop_id)
    messages = list(fan_out_happenings(happened, subscribers, shop, locations))
    changes = Changes()
    add_messages(changes, messages, at)
    await write(connection, changes)
    return bool(messages)


def add_messages(changes: Changes, messages: Sequence[OutgoingMessage], at: datetime) -> None:
    """Note messages to be written, and how many webhooks each action became."""
    changes.messages += message_rows(messages, at)
    webhooks = Counter(
        (message.tenant_id, message.command["action"])
        for message in messages
        if message.kind == WEBHOOK and message.command
    )
    changes.fan_outs += [
        {"shop_id": shop_id, "action": action, "webhooks": count, "at": at}
        for (shop_id, action), count in webhooks.items()
    ]


def fan_out_happenings(
    happened: Iterable[Happened], subscribers: Sequence[Subscriber], shop: Shop, locations: Mapping[int, Location]
) -> Iterator[OutgoingMessage]:
    """Yield the messages that tell of what one action did to things that are no orders."""
    action = f"action:{new_message_id()}"
    for number, each in enumerate(happened):
        yield from fan_out(each, subscribers, shop, locations, action=action, name=f"{action}:{number}")


def level_changes(levels: Mapping[int, InventoryLevel], at: datetime) -> Mapping[str, Happened]:
    """Return levels whose available units changed, each given by its last move, as what happened, by its name."""
    return {
        f"stock_move:{move_id}": Happened(kind=Happening.LEVEL_UPDATED, thing=told_level(level, at))
        for move_id, level in levels.items()
    }


def told_level(level: InventoryLevel, at: datetime) -> StockedLevel:
    return StockedLevel(
        id=level.id,
        inventory_item_id=level.inventory_item_id,
        location_id=level.location_id,
        available=level.available if level.tracked else None,
        updated_at=at,
    )


def fan_out(
    change: Change,
    subscribers: Sequence[Subscriber],
    shop: Shop,
    locations: Mapping[int, Location],
    *,
    action: str,
    name: str = "",
) -> Iterator[OutgoingMessage]:
    """Yield a message for each subscription that a change concerns, in the order of its events.

    `action`: what it is part of; `name`: of a change that has no events, unique in the shop.
    """
    by_words: defaultdict[tuple[str, str], list[Subscriber]] = defaultdict(list)
    for subscriber in subscribers:
        version = DIALECTS[subscriber.platform].body_version(subscriber.api_version)
        by_words[subscriber.platform, version].append(subscriber)
    for (platform, version), listening in by_words.items():
        dialect = DIALECTS[platform]
        wanted = {topic for subscriber in listening for topic in subscriber.topics}
        for announcement in dialect.announcements(change, wanted, shop, locations, version):
            for subscriber in listening:
                if concerns(dialect, change, announcement, subscriber, locations):
                    yield webhook(dialect, change, announcement, subscriber, shop, action=action, name=name)


def concerns(
    dialect: Dialect,
    change: Change,
    announcement: Announcement,
    subscriber: Subscriber,
    locations: Mapping[int, Location],
) -> bool:
    """Say whether a subscriber wants to hear of it and may: scopes can be lost, and not all work is for all eyes."""
    if announcement.topic not in subscriber.topics:
        return False
    if isinstance(change, Happened) and change.app_id not in {None, subscriber.app_id}:
        return False
    if dialect.missing(dialect.topics[announcement.topic], subscriber.scopes) is not None:
        return False
    if subscriber.filter is not None and not dialect.passes(subscriber.filter, announcement.body):
        return False
    if announcement.location_id is None:
        return True
    reads, writes = dialect.reaches(subscriber.scopes)
    caller = Caller(app_id=subscriber.app_id, name=subscriber.app_name, reads=reads, writes=writes)
    return caller.may_read(locations[announcement.location_id])


def webhook(
    dialect: Dialect,
    change: Change,
    announcement: Announcement,
    subscriber: Subscriber,
    shop: Shop,
    *,
    action: str,
    name: str,
) -> OutgoingMessage:
    endpoint = endpoint_of(subscriber.address)
    subject = change.subject
    event = name if isinstance(change, Happened) else f"{subject}:{announcement.number}"
    if announcement.part:
        event = f"{event}:{announcement.part}"
    telling = Telling(topic=announcement.topic, body=announcement.body, event=event)
    content_type, body = dialect.write_delivery(telling, addressee_of(subscriber), shop)
    return OutgoingMessage(
        tenant_id=subscriber.shop_id,
        kind=WEBHOOK,
        endpoint=endpoint,
        method="POST",
        url=subscriber.address,
        profile=subscriber.platform,
        headers={"Content-Type": content_type},
        body=body,
        fifo_key=f"{endpoint}:{subject}",
        subject=subject,
        credential=f"app:{subscriber.app_id}",
        command={
            "subscription_id": subscriber.id,
            "topic": announcement.topic,
            "event": event,
            "action": action,
            "name": subscriber.name,
            "version": subscriber.api_version,
        },
        cause=f"{event}:{announcement.topic}:{subscriber.id}",
    )


def addressee_of(subscription: Subscriber | WebhookSubscription) -> Addressee:
    return Addressee(
        subscription_id=subscription.id,
        topics=subscription.topics,
        address=subscription.address,
        version=subscription.api_version,
        fields=subscription.fields,
        format=subscription.format,
    )


def endpoint_of(address: str) -> str:
    """Name what fails together. An address may be too long for the indexes of the ledger."""
    return f"webhook:{urlsplit(address).hostname}:{hashlib.sha256(address.encode()).hexdigest()[:16]}"
