"""The end of an app's time with a shop, and what apps are told of people's data."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from asyncpg import Record

from crossdock.dialects.deliveries import Addressee, Telling
from crossdock.dialects.registry import DIALECTS, Dialect
from crossdock.domain.apps import (
    SHOP_ERASED_AFTER,
    AppAtWork,
    AppUninstalled,
    CustomerConcerned,
    EraseCustomer,
    Parting,
    RequestCustomerData,
    RevokeTokens,
    ShopErased,
    UninstallApp,
    customer_erased_at,
)
from crossdock.domain.refusals import NotFound
from crossdock.domain.shops import Shop
from crossdock.domain.subscriptions import WebhookFormat
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import OutgoingMessage, new_message_id, post
from crossdock.runtime.exchange.second_thoughts import give_up
from crossdock.runtime.json import write_json
from crossdock.store.database.apps import PARTING, SEALED, installation
from crossdock.store.database.facts import let_nobody_take_work_on
from crossdock.store.database.shops import load_shop
from crossdock.store.handlers.context import CommandHandler, WriteContext
from crossdock.store.jobs.announcements import endpoint_of

GONE = "the app was uninstalled"

# Locked, so that nothing is given out to the app from here on.
STANDING = """
    SELECT a.platform, (
        SELECT count(*) FROM fulfillment_services s
        JOIN fulfillment_orders f ON f.shop_id = s.shop_id AND f.location_id = s.location_id
        WHERE s.shop_id = $1 AND s.app_id = $2 AND f.status = 'in_progress'
    ) AS at_work
    FROM apps a WHERE a.shop_id = $1 AND a.id = $2 AND a.uninstalled_at IS NULL
    FOR NO KEY UPDATE
"""
UNINSTALL = """
    UPDATE apps SET uninstalled_at = $3, granted = '{}', settings = '{}'
    WHERE shop_id = $1 AND id = $2 AND uninstalled_at IS NULL
    RETURNING id, name, platform, client_id, app_url, redirect_urls, privacy_urls, granted, created_at, installed_at,
        uninstalled_at
"""
# After the app's row is locked: nobody can be given a token of it any more.
CLEAR = """
    WITH revoked AS (
        UPDATE tokens SET revoked_at = $3, refresh_hash = NULL
        WHERE shop_id = $1 AND app_id = $2 AND revoked_at IS NULL
    ), void AS (
        DELETE FROM authorization_codes WHERE shop_id = $1 AND app_id = $2
    )
    DELETE FROM webhook_subscriptions WHERE shop_id = $1 AND app_id = $2
    RETURNING id, topics, address, secret, fields, format, name, api_version, disabled_at
"""
# Nobody is being given a token meanwhile.
LOCK = "SELECT id FROM apps WHERE shop_id = $1 AND id = $2 AND uninstalled_at IS NULL FOR NO KEY UPDATE"
REVOKE = """
    WITH void AS (
        DELETE FROM authorization_codes WHERE shop_id = $1 AND app_id = $2
    ), revoked AS (
        UPDATE tokens SET revoked_at = $3, refresh_hash = NULL
        WHERE shop_id = $1 AND app_id = $2 AND revoked_at IS NULL
        RETURNING expires_at
    )
    SELECT count(*) FROM revoked WHERE expires_at IS NULL OR expires_at > $3
"""
CONCERNED = """
    SELECT coalesce(array_agg(id ORDER BY id), '{}') AS order_ids, max(created_at) AS last_order_at,
        (array_agg(phone ORDER BY id DESC) FILTER (WHERE phone IS NOT NULL))[1] AS phone, nextval('ids') AS request_id
    FROM orders WHERE shop_id = $1 AND lower(email) = lower($2)
"""
INSTALLED = """
    SELECT id, platform, privacy_urls, granted FROM apps
    WHERE shop_id = $1 AND installed_at IS NOT NULL AND uninstalled_at IS NULL ORDER BY id
"""


async def uninstall_app(connection: Connection, command: UninstallApp, context: WriteContext) -> None:
    """Take an app out of the shop at once; its services keep their locations, where the units still lie.

    Raises: NotFound, also for an app that names another; AppAtWork where its platform does not let it go so.
    """
    mine = context.caller.app_id
    app_id = command.app_id if mine is None or command.app_id is not None else mine
    standing = None
    if app_id is not None and mine in (None, app_id):
        await let_nobody_take_work_on(connection, context.shop_id)
        standing = await connection.fetchrow(STANDING, context.shop_id, app_id)
    if standing is None:
        raise NotFound("app", app_id or 0)
    if DIALECTS[standing["platform"]].held_by_work and standing["at_work"]:
        raise AppAtWork(standing["at_work"])
    app = await connection.fetchrow(UNINSTALL, context.shop_id, app_id, context.at)
    assert app is not None  # it is locked
    subscriptions = await connection.fetch(CLEAR, context.shop_id, app_id, context.at)
    await give_up(connection, "credential = $4", context.shop_id, GONE, context.at, f"app:{app_id}")
    shop, _ = await load_shop(connection, context.shop_id)
    await post(connection, partings(app, subscriptions, shop, context), context.at)


def partings(
    app: Record, subscriptions: Sequence[Record], shop: Shop, context: WriteContext
) -> Sequence[OutgoingMessage]:
    """Return what an app that is gone is told: that it is, wherever it wanted to hear of it, and later to forget."""
    dialect = DIALECTS[app["platform"]]
    gone, erased = AppUninstalled(app=installation(app)), ShopErased()
    topic = dialect.parting_topic(gone)
    event = f"app:{app['id']}:{new_message_id()}"
    told = [
        replace(
            message(app, gone, each["address"], shop),
            **as_subscribed(
                dialect, each, Telling(topic=topic, body=dialect.write_parting(gone, shop), event=event), shop
            ),
        )
        for each in subscriptions
        if topic is not None and topic in each["topics"] and each["disabled_at"] is None
    ]
    url = privacy_url(app, erased)
    return [*told, message(app, erased, url, shop, due_at=context.at + SHOP_ERASED_AFTER)] if url else told


def as_subscribed(dialect: Dialect, subscription: Record, telling: Telling, shop: Shop) -> dict[str, Any]:
    """Return a message's fields in the form that its subscription wanted, which is not there any more."""
    addressee = Addressee(
        subscription_id=subscription["id"],
        topics=tuple(subscription["topics"]),
        address=subscription["address"],
        version=subscription["api_version"],
        fields=tuple(subscription["fields"]),
        format=WebhookFormat(subscription["format"]),
    )
    content_type, text = dialect.write_delivery(telling, addressee, shop)
    command = {"topic": telling.topic, "name": subscription["name"], "version": subscription["api_version"]}
    sealed = {} if subscription["secret"] is None else {SEALED: subscription["secret"]}
    return {"headers": {"Content-Type": content_type}, "body": text, "command": command | sealed}


def message(app: Record, parting: Parting, url: str, shop: Shop, *, due_at: datetime | None = None) -> OutgoingMessage:
    dialect = DIALECTS[app["platform"]]
    return OutgoingMessage(
        tenant_id=shop.id,
        kind=PARTING,
        endpoint=endpoint_of(url),
        method="POST",
        url=url,
        profile=app["platform"],
        body=write_json(dialect.write_parting(parting, shop)),
        subject=f"app:{app['id']}",
        credential=f"app:{app['id']}",
        command={"topic": dialect.parting_topic(parting), "app_id": app["id"]},
        due_at=due_at,
    )


async def revoke_tokens(connection: Connection, command: RevokeTokens, context: WriteContext) -> int:
    """Return how many tokens ended; codes on their way to a token end as well. Raises: NotFound."""
    if await connection.fetchval(LOCK, context.shop_id, command.app_id) is None:
        raise NotFound("app", command.app_id)
    ended: int = await connection.fetchval(REVOKE, context.shop_id, command.app_id, context.at)
    return ended


async def concern_apps(
    connection: Connection, command: RequestCustomerData | EraseCustomer, context: WriteContext
) -> int:
    """Tell each app that could know a customer; return how many are told."""
    erase = isinstance(command, EraseCustomer)
    orders = await connection.fetchrow(CONCERNED, context.shop_id, command.email)
    assert orders is not None  # an aggregate always has a row
    parting = CustomerConcerned(
        email=command.email,
        phone=orders["phone"],
        order_ids=tuple(orders["order_ids"]),
        request_id=orders["request_id"],
        erase=erase,
    )
    due_at = customer_erased_at(context.at, orders["last_order_at"]) if erase else context.at
    apps = await connection.fetch(INSTALLED, context.shop_id)
    shop, _ = await load_shop(connection, context.shop_id)
    told = [
        message(app, parting, url, shop, due_at=due_at)
        for app in apps
        if (url := privacy_url(app, parting)) and knows_customers(app)
    ]
    await post(connection, told, context.at)
    return len(told)


def privacy_url(app: Record, parting: Parting) -> str | None:
    """Return where an app wants to be told of people's data; None where it does not, or its platform has no word."""
    topic = DIALECTS[app["platform"]].parting_topic(parting)
    url: str | None = None if topic is None else app["privacy_urls"].get(topic)
    return url


def knows_customers(app: Record) -> bool:
    dialect = DIALECTS[app["platform"]]
    return dialect.missing(dialect.knowing_customers, app["granted"]) is None


COMMANDS: Mapping[type, CommandHandler] = {
    UninstallApp: uninstall_app,
    RevokeTokens: revoke_tokens,
    RequestCustomerData: concern_apps,
    EraseCustomer: concern_apps,
}
