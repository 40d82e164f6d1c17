"""What was sent to apps and services, or was to be, is sent again."""

from collections.abc import Mapping
from datetime import timedelta

from crossdock.dialects.registry import DIALECTS
from crossdock.domain.apps import AppUninstalled, ShopErased
from crossdock.domain.deliveries import DeliveriesReplayed, ReplayDeliveries, ReplayDelivery
from crossdock.domain.refusals import Invalid, NotFound
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.second_thoughts import replay, replay_range
from crossdock.store.database.apps import PARTING
from crossdock.store.database.webhooks import DISABLED
from crossdock.store.handlers.context import CommandHandler, WriteContext
from crossdock.store.handlers.notices import NOTIFICATION
from crossdock.store.jobs.deliveries import WEBHOOK

FIND = """
    SELECT m.kind, m.profile, m.command ->> 'topic' AS topic, EXISTS (
        SELECT FROM apps a WHERE a.shop_id = m.tenant_id AND 'app:' || a.id = m.credential
            AND a.installed_at IS NOT NULL AND a.uninstalled_at IS NULL
    ) AS installed
    FROM messages m WHERE m.tenant_id = $1 AND m.id = $2 AND m.direction = 'out' AND m.profile IS NOT NULL
"""
INSTANT = timedelta(microseconds=1)


async def replay_delivery(connection: Connection, command: ReplayDelivery, context: WriteContext) -> None:
    """Raises: NotFound, Invalid where it is still on its way, or tells an app that is here that it is gone."""
    found = await connection.fetchrow(FIND, context.shop_id, command.delivery_id)
    if found is None:
        raise NotFound("delivery", command.delivery_id)
    dialect = DIALECTS[found["profile"]]
    goodbyes = {dialect.parting_topic(parting) for parting in (AppUninstalled(), ShopErased())}
    if found["kind"] == PARTING and found["installed"] and found["topic"] in goodbyes:
        raise Invalid("delivery", "tells the app that it is gone, and it was installed again")
    if not await replay(connection, context.shop_id, command.delivery_id, context.at):
        raise Invalid(f"delivery {command.delivery_id}", "is still on its way")


async def replay_deliveries(
    connection: Connection, command: ReplayDeliveries, context: WriteContext
) -> DeliveriesReplayed:
    """Raises: Invalid when the time has no length."""
    until = command.until or context.at + INSTANT
    if command.since >= until:
        raise Invalid("since", "must be before the end of the time")
    again = await replay_range(
        connection,
        context.shop_id,
        context.at,
        since=command.since,
        until=until,
        after=command.after,
        kinds=[WEBHOOK, NOTIFICATION],
        endpoint=command.endpoint,
        given_up=DISABLED,
        delivered=command.arrived,
    )
    return DeliveriesReplayed(count=again.count, last=again.last)


COMMANDS: Mapping[type, CommandHandler] = {
    ReplayDelivery: replay_delivery,
    ReplayDeliveries: replay_deliveries,
}
