"""Reading what was sent to apps and services, or is to be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from crossdock.domain.places import Location
from crossdock.runtime.connection import Connection
from crossdock.store.database.webhooks import DISABLED

# As a replay of a time takes them: what was called back, or folded into another, did not fail.
FAILED = f"""
    status IN ('dead', 'cancelled') AND (status = 'dead' OR starts_with(reason, '{DISABLED}'))
"""
SENT = "tenant_id = $1 AND direction = 'out' AND profile IS NOT NULL"
WHICH = {"": "TRUE", "failed": FAILED, "waiting": "status = 'waiting'", "delivered": "status = 'delivered'"}
COUNT = f"""
    SELECT {", ".join(f"count(*) FILTER (WHERE {having}) AS {name}" for name, having in WHICH.items() if name)}
    FROM messages WHERE {SENT}
"""

LIST = f"""
    SELECT id, kind, command ->> 'topic' AS topic, endpoint, url, subject, status, reason, created_at, next_attempt_at,
        answer_status, attempts, (
            SELECT o.name FROM orders o
            WHERE o.shop_id = $1
                AND o.id = CASE WHEN starts_with(subject, 'order:') THEN split_part(subject, ':', 2)::bigint END
        ) AS order_name
    FROM messages WHERE {SENT} AND ($2::bigint IS NULL OR id < $2) AND {{which}}
    ORDER BY id DESC LIMIT $3
"""
DEBTS = f"""
    SELECT endpoint, min(url) AS url, count(*) AS failed FROM messages WHERE {SENT} AND {FAILED}
    GROUP BY endpoint ORDER BY count(*) DESC, endpoint LIMIT $2
"""
RECEIVERS = f"""
    SELECT endpoint, min(url) AS url FROM messages WHERE {SENT} AND created_at >= $2 GROUP BY endpoint ORDER BY endpoint
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """A message to an app or a service. `topic`: of a webhook; `attempts`: since it was posted or last sent again.

    `order_name`: of the order that it is about.
    """

    id: int
    kind: str
    topic: str | None
    endpoint: str
    url: str
    subject: str | None
    status: str
    reason: str | None
    created_at: datetime
    next_attempt_at: datetime | None
    answer_status: int | None
    attempts: int
    order_name: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Debt:
    """How much of what was to be told did not reach a receiver. `url`: one at which it is called."""

    endpoint: str
    url: str
    failed: int


async def list_deliveries(
    connection: Connection, shop_id: int, *, which: str = "", before: int | None = None, limit: int = 50
) -> Sequence[Delivery]:
    """Return the newest deliveries, newest first, from below an id. `which`: a key of `WHICH`, "" for all."""
    rows = await connection.fetch(LIST.format(which=WHICH[which]), shop_id, before, limit)
    return [Delivery(**row) for row in rows]


async def debts(connection: Connection, shop_id: int, *, limit: int = 500) -> Sequence[Debt]:
    """Return the receivers that something did not reach, the worst first."""
    rows: Sequence[Record] = await connection.fetch(DEBTS, shop_id, limit)
    return [Debt(**row) for row in rows]


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How many deliveries there are; what was called back, or folded into another, is none of these."""

    failed: int
    waiting: int
    delivered: int


async def count_deliveries(connection: Connection, shop_id: int) -> Counts:
    (row,) = await connection.fetch(COUNT, shop_id)
    return Counts(**row)


async def receivers_since(connection: Connection, shop_id: int, since: datetime) -> Sequence[tuple[str, str]]:
    """Return the receivers of what was posted since a time, each with an address of its."""
    return [(row["endpoint"], row["url"]) for row in await connection.fetch(RECEIVERS, shop_id, since)]


def receiver(endpoint: str, url: str, locations: Iterable[Location]) -> str:
    """Name who is told: a service by its name, an app's webhook by its address without what stands behind a `?`."""
    services = {f"service:{each.service.id}": each.service.name for each in locations if each.service}
    return services.get(endpoint) or url.partition("://")[2].partition("?")[0]
