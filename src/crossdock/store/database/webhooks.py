"""Reading and writing webhook subscriptions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import msgspec

from crossdock.domain.subscriptions import WebhookSubscription
from crossdock.runtime.connection import Connection

SUBSCRIPTION = """
    SELECT id, app_id, topic, address, created_at, updated_at, fields, disabled_at, disabled_reason
    FROM webhook_subscriptions
"""

# Who is to hear of what happens in shops ($1), with the scopes of all tokens that the app has.
SUBSCRIBERS = """
    SELECT w.shop_id, w.id, w.app_id, a.name AS app_name, a.platform, w.topic, w.address, w.fields,
        (SELECT coalesce(json_agg(DISTINCT scope), '[]') FROM tokens t, unnest(t.scopes) AS scope
            WHERE t.shop_id = w.shop_id AND t.app_id = w.app_id AND t.revoked_at IS NULL) AS scopes
    FROM webhook_subscriptions w JOIN apps a ON a.shop_id = w.shop_id AND a.id = w.app_id
    WHERE w.shop_id = ANY ({shops}::bigint[]) AND w.disabled_at IS NULL AND a.uninstalled_at IS NULL
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscriber:
    """An app that is to hear of a topic, with all that decides whether it may."""

    shop_id: int
    id: int
    app_id: int
    app_name: str
    platform: str
    topic: str
    address: str
    fields: tuple[str, ...]
    scopes: tuple[str, ...]


subscribers_decoder = msgspec.json.Decoder(tuple[Subscriber, ...])


async def find_subscription(
    connection: Connection, shop_id: int, subscription_id: int, app_id: int | None
) -> WebhookSubscription | None:
    """Return a subscription of an app's, or with `app_id` None of anyone's."""
    row = await connection.fetchrow(
        f"{SUBSCRIPTION} WHERE shop_id = $1 AND id = $2 AND ($3::bigint IS NULL OR app_id = $3)",
        shop_id,
        subscription_id,
        app_id,
    )
    return None if row is None else WebhookSubscription(**{**row, "fields": tuple(row["fields"])})


async def app_of(connection: Connection, shop_id: int, app_id: int) -> tuple[str, Collection[str]] | None:
    """Return an app's platform and the scopes of all its tokens; None once it is uninstalled."""
    row = await connection.fetchrow(
        """
        SELECT platform, (SELECT coalesce(array_agg(DISTINCT scope), '{}') FROM tokens t, unnest(t.scopes) AS scope
            WHERE t.shop_id = a.shop_id AND t.app_id = a.id AND t.revoked_at IS NULL) AS scopes
        FROM apps a WHERE shop_id = $1 AND id = $2 AND uninstalled_at IS NULL
        """,
        shop_id,
        app_id,
    )
    return None if row is None else (row["platform"], row["scopes"])


async def disable(connection: Connection, shop_id: int, subscription_id: int, reason: str, at: datetime) -> bool:
    """Send nothing more to a subscription; False when it is disabled already, or gone."""
    tag: str = await connection.execute(
        """
        UPDATE webhook_subscriptions SET disabled_at = $4, disabled_reason = $3
        WHERE shop_id = $1 AND id = $2 AND disabled_at IS NULL
        """,
        shop_id,
        subscription_id,
        reason,
        at,
    )
    return not tag.endswith(" 0")
