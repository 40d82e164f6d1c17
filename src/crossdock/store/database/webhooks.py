"""Reading and writing webhook subscriptions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import msgspec

from crossdock.domain.subscriptions import WebhookFilter, WebhookFormat, WebhookSubscription
from crossdock.runtime.connection import Connection

SUBSCRIPTION = """
    SELECT id, app_id, topics, address, fields, format, filter, metafield_namespaces, name, api_version, created_at,
        updated_at, disabled_at, disabled_reason, removed, warnings
    FROM webhook_subscriptions
"""

# Of a shop ($1), those that an app ($2) has, or with NULL those that there are for the merchant.
OWNED = "shop_id = $1 AND ($2::bigint IS NULL OR app_id = $2 AND NOT removed)"
CHOSEN = f"""
    {OWNED}
    AND (cardinality($3::text[]) = 0 OR topics && $3) AND ($4::text IS NULL OR address = $4)
    AND ($5::text IS NULL OR format = $5)
    AND ($6::timestamptz IS NULL OR created_at >= $6) AND ($7::timestamptz IS NULL OR created_at <= $7)
    AND ($8::timestamptz IS NULL OR updated_at >= $8) AND ($9::timestamptz IS NULL OR updated_at <= $9)
    AND ($10::text IS NULL OR name = $10) AND ($11::boolean IS NULL OR (disabled_at IS NULL) = $11)
"""

# Who is to hear of what happens in shops, with the scopes of all tokens that the app has.
SUBSCRIBERS = """
    SELECT w.shop_id, w.id, w.app_id, a.name AS app_name, a.platform, w.topics, w.address, w.fields, w.format, w.filter,
        w.name, w.api_version,
        (SELECT coalesce(json_agg(DISTINCT scope), '[]') FROM tokens t, unnest(t.scopes) AS scope
            WHERE t.shop_id = w.shop_id AND t.app_id = w.app_id AND t.revoked_at IS NULL) AS scopes
    FROM webhook_subscriptions w JOIN apps a ON a.shop_id = w.shop_id AND a.id = w.app_id
    WHERE w.shop_id = ANY ({shops}::bigint[]) AND w.disabled_at IS NULL AND a.uninstalled_at IS NULL
"""

# Why what waits for a subscription is given up when it is disabled; it can be sent again later.
DISABLED = "the subscription was disabled"
DISABLE = """
    UPDATE webhook_subscriptions SET disabled_at = $4, disabled_reason = $3, removed = $5, warnings = $6
    WHERE shop_id = $1 AND id = $2 AND disabled_at IS NULL
"""


# How it stands with what is tried again for subscriptions, by what their deliveries go to.
TROUBLE = """
    SELECT (command ->> 'subscription_id')::bigint AS id, max(attempts) AS attempts, min(next_attempt_at) AS due_at
    FROM messages
    WHERE tenant_id = $1 AND endpoint = ANY ($2::text[]) AND status = 'waiting' AND retrying AND kind = 'webhook'
    GROUP BY 1
"""


def webhook_purpose(app_id: int) -> str:
    """Return what the secrets of an app's subscriptions are encrypted for."""
    return f"webhooks of app {app_id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscriber:
    """An app that is to hear of a topic, with all that decides whether it may."""

    shop_id: int
    id: int
    app_id: int
    app_name: str
    platform: str
    topics: tuple[str, ...]
    address: str
    fields: tuple[str, ...]
    scopes: tuple[str, ...]
    format: WebhookFormat = WebhookFormat.JSON
    filter: str | None = None
    name: str | None = None
    api_version: str | None = None


subscribers_decoder = msgspec.json.Decoder(tuple[Subscriber, ...])
_subscriptions = msgspec.json.Decoder(tuple[WebhookSubscription, ...])


async def subscribers_of(connection: Connection, shop_id: int) -> tuple[Subscriber, ...]:
    """Return who is to hear of what happens in a shop."""
    text: str = await connection.fetchval(
        f"""
        SELECT coalesce(json_agg(subscriber ORDER BY subscriber.id), '[]')::text
        FROM ({SUBSCRIBERS.format(shops="$1")}) subscriber
        """,
        [shop_id],
    )
    return subscribers_decoder.decode(text)


async def find_subscription(
    connection: Connection, shop_id: int, subscription_id: int, app_id: int | None
) -> WebhookSubscription | None:
    """Return a subscription of an app's, or with `app_id` None of anyone's."""
    found = await _read(
        connection, f"{SUBSCRIPTION} WHERE {OWNED} AND id = $3", shop_id, app_id, subscription_id
    )  # fmt: skip
    return found[0] if found else None


async def load_subscriptions(
    connection: Connection, shop_id: int, app_id: int | None, ids: Collection[int]
) -> dict[int, WebhookSubscription]:
    """Return those of these ids that an app has, or with `app_id` None those of anyone's, by id."""
    found = await _read(
        connection, f"{SUBSCRIPTION} WHERE {OWNED} AND id = ANY ($3::bigint[])", shop_id, app_id, list(ids)
    )
    return {each.id: each for each in found}


async def list_subscriptions(
    connection: Connection, shop_id: int, app_id: int | None, only: WebhookFilter, *, above: int, below: int,
    direction: str, limit: int,
) -> tuple[WebhookSubscription, ...]:  # fmt: skip
    """Return the subscriptions chosen with ids between two others, sorted by id."""
    return await _read(
        connection,
        f"{SUBSCRIPTION} WHERE {CHOSEN} AND id > $12 AND id < $13 ORDER BY id {direction} LIMIT $14",
        *_chosen(shop_id, app_id, only),
        above,
        below,
        limit,
    )


async def count_subscriptions(connection: Connection, shop_id: int, app_id: int | None, only: WebhookFilter) -> int:
    count: int = await connection.fetchval(
        f"SELECT count(*) FROM webhook_subscriptions WHERE {CHOSEN}", *_chosen(shop_id, app_id, only)
    )
    return count


async def most_of_a_topic(connection: Connection, shop_id: int, app_id: int, topics: Collection[str]) -> int:
    """Return how many subscriptions an app has to that one of these topics to which it has most."""
    count: int = await connection.fetchval(
        f"""
        SELECT coalesce(max(subscriptions), 0) FROM (
            SELECT count(*) AS subscriptions FROM webhook_subscriptions, unnest(topics) AS topic
            WHERE {OWNED} AND topic = ANY ($3::text[]) GROUP BY topic
        ) counted
        """,
        shop_id,
        app_id,
        list(topics),
    )
    return count


def _chosen(shop_id: int, app_id: int | None, only: WebhookFilter) -> list[object]:
    return [
        shop_id,
        app_id,
        list(only.topics),
        only.address,
        only.format,
        only.created_at_min,
        only.created_at_max,
        only.updated_at_min,
        only.updated_at_max,
        only.name,
        only.active,
    ]


async def _read(connection: Connection, statement: str, *values: object) -> tuple[WebhookSubscription, ...]:
    text: str = await connection.fetchval(f"SELECT coalesce(json_agg(one), '[]')::text FROM ({statement}) one", *values)
    return _subscriptions.decode(text)


async def app_of(connection: Connection, shop_id: int, app_id: int) -> tuple[str, Collection[str]] | None:
    """Return an app's platform and the scopes of all its tokens, and keep it installed until the transaction ends.

    None once it is uninstalled.
    """
    row = await connection.fetchrow(
        """
        SELECT platform, (SELECT coalesce(array_agg(DISTINCT scope), '{}') FROM tokens t, unnest(t.scopes) AS scope
            WHERE t.shop_id = a.shop_id AND t.app_id = a.id AND t.revoked_at IS NULL) AS scopes
        FROM apps a WHERE shop_id = $1 AND id = $2 AND uninstalled_at IS NULL
        FOR NO KEY UPDATE
        """,
        shop_id,
        app_id,
    )
    return None if row is None else (row["platform"], row["scopes"])


async def disable(
    connection: Connection,
    shop_id: int,
    subscription_id: int,
    reason: str,
    at: datetime,
    *,
    removed: bool,
    warnings: int,
) -> bool:
    """Send nothing more to a subscription; False when it is disabled already, or gone.

    `removed`: its app does not find it any more either. `warnings`: how many attempts failed.
    """
    tag: str = await connection.execute(DISABLE, shop_id, subscription_id, reason, at, removed, warnings)
    return not tag.endswith(" 0")
