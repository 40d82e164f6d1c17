"""What stores let us spend on calls, as far as their answers tell; shared by all our processes.

A store's bucket refills with time. Before a call its points are taken out of what should be there; each answer that
tells of it puts the store's own number in its place. What is urgent may empty the bucket, what is not leaves a share
for what is.
Source: Shopify GraphQL, cost and throttling; 29 Next, four calls a second for each token.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from crossdock.dialects.asking import Budget
from crossdock.runtime.connection import Connection


class Urgency(Enum):
    """What a call is for, by the share of the bucket that it leaves to more urgent ones."""

    ANSWER = 0.0
    PARCEL = 0.1
    READING = 0.3
    STOCK = 0.5


SPEND = """
    WITH bucket AS (
        SELECT store_id, maximum, per_second,
            least(maximum, available + per_second * greatest(extract(epoch FROM $4 - read_at), 0)::float8) AS available,
            least($2, maximum * (1 - $3::float8)) AS points, maximum * $3::float8 AS kept
        FROM store_budgets WHERE store_id = $1
        FOR UPDATE
    ), spent AS (
        UPDATE store_budgets b
        SET available = bucket.available - bucket.points, read_at = greatest(b.read_at, $4)
        FROM bucket
        WHERE b.store_id = bucket.store_id AND bucket.available - bucket.points >= bucket.kept
        RETURNING b.store_id
    )
    SELECT CASE WHEN EXISTS (SELECT FROM spent) THEN 0 ELSE (kept + points - available) / per_second END FROM bucket
"""


async def spend(connection: Connection, store_id: int, points: int, urgency: Urgency, at: datetime) -> float:
    """Take the points of a call out of a store's bucket; else return the seconds until they may be there.

    A store has none as long as it has told of none, unless its platform says what every store allows.
    """
    wait = await connection.fetchval(SPEND, store_id, float(points), urgency.value, at)
    return float(wait or 0)


async def begin_budget(connection: Connection, store_id: int, allowance: Budget | None, at: datetime) -> None:
    """Give a store the bucket that its platform allows, where its answers do not tell of one; it keeps what it has."""
    if allowance is not None:
        await connection.execute(
            """
            INSERT INTO store_budgets (store_id, available, maximum, per_second, read_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (store_id) DO NOTHING
            """,
            store_id,
            allowance.available,
            allowance.maximum,
            allowance.per_second,
            at,
        )


async def note_budget(
    connection: Connection, store_id: int, *, available: float, maximum: float, per_second: float, at: datetime
) -> None:
    """Keep what an answer says is left, once the store is one of ours."""
    await connection.execute(
        """
        INSERT INTO store_budgets (store_id, available, maximum, per_second, read_at)
        SELECT id, $2, $3, $4, $5 FROM stores WHERE id = $1
        ON CONFLICT (store_id) DO UPDATE
        SET available = excluded.available, maximum = excluded.maximum, per_second = excluded.per_second,
            read_at = excluded.read_at
        """,
        store_id,
        available,
        maximum,
        per_second,
        at,
    )


@dataclass(frozen=True, kw_only=True)
class StoreBudget:
    """A store's bucket as it was last told, less what was spent since."""

    available: float
    maximum: float
    per_second: float


async def budget_of_store(connection: Connection, store_id: int) -> StoreBudget | None:
    """Return what is known of a store's bucket."""
    row = await connection.fetchrow(
        "SELECT available, maximum, per_second FROM store_budgets WHERE store_id = $1", store_id
    )
    return None if row is None else StoreBudget(**row)
