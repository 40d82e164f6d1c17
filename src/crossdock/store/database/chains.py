"""Seals over the audit log and the stock ledger of a shop, and the queries that walk their hash chains.

The rows chain themselves when they are written (see `migrations/chains.sql`).
"""

from collections.abc import Sequence
from datetime import datetime

from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.postgres.pool import transaction

# First half of the advisory lock that writers of events and moves share; the second is made of the shop's id.
WRITING = 1397047628

SHOPS_WITH_ENTRIES = """
    SELECT s.id FROM shops s
    CROSS JOIN LATERAL (SELECT coalesce(max(number), 1) AS number FROM seals WHERE shop_id = s.id) open
    WHERE EXISTS (SELECT FROM events e WHERE e.shop_id = s.id AND e.seal = open.number)
        OR EXISTS (SELECT FROM stock_moves m WHERE m.shop_id = s.id AND m.seal = open.number)
        OR EXISTS (SELECT FROM seals c WHERE c.shop_id = s.id AND c.number < open.number AND c.hash IS NULL)
    ORDER BY s.id
"""

OPEN_NEXT = """
    INSERT INTO seals (shop_id, number, opened_at)
    SELECT $1, number, $2
    FROM (SELECT coalesce(max(number), 1) AS last, count(*) AS made FROM seals WHERE shop_id = $1) so_far,
        generate_series(CASE made WHEN 0 THEN 1 ELSE last + 1 END, last + 1) AS number
"""

# What each seal contains, by shop and number: how many rows, and their hashes one after the other.
CONTENTS = """
    SELECT shop_id, seal, sum(entries)::bigint AS entries, string_agg(hashes, '' ORDER BY part) AS hashes
    FROM (
        SELECT 1 AS part, shop_id, seal, count(*) AS entries,
            string_agg(hash, '' ORDER BY order_id, sequence) AS hashes
        FROM events {of} GROUP BY shop_id, seal
        UNION ALL
        SELECT 2, shop_id, seal, count(*), string_agg(hash, '' ORDER BY id)
        FROM stock_moves {of} GROUP BY shop_id, seal
    ) parts
    GROUP BY shop_id, seal
"""

UNFINISHED = """
    SELECT number FROM seals WHERE shop_id = $1 AND hash IS NULL
        AND number < (SELECT max(number) FROM seals WHERE shop_id = $1)
    ORDER BY number FOR UPDATE
"""

FINISH = f"""
    UPDATE seals s SET entries = coalesce(contents.entries, 0), hash = sha256(
        coalesce((SELECT hash FROM seals WHERE shop_id = $1 AND number = $2 - 1), '') || coalesce(contents.hashes, ''))
    FROM (SELECT) always LEFT JOIN ({CONTENTS.format(of="WHERE shop_id = $1 AND seal = $2")}) contents ON true
    WHERE s.shop_id = $1 AND s.number = $2
"""


async def seal(pool: Pool, shop_id: int, at: datetime) -> None:
    """Close the shop's open seal and compute the hashes of those that are closed. What is written next opens another.

    Waits for the writes that are under way, and holds up those that begin meanwhile for a moment.
    """
    async with transaction(pool) as connection:
        await connection.execute("SELECT pg_advisory_xact_lock($1, hashint8($2))", WRITING, shop_id)
        await connection.execute(OPEN_NEXT, shop_id, at)
    async with transaction(pool) as connection:
        # Each rests on the one before; there is more than one only where a run was broken off.
        for row in await connection.fetch(UNFINISHED, shop_id):
            await connection.execute(FINISH, shop_id, row["number"])


async def shops_to_seal(connection: Connection) -> Sequence[int]:
    """Return the shops with entries that no closed seal has yet."""
    return [row["id"] for row in await connection.fetch(SHOPS_WITH_ENTRIES)]


# What an entry says is digested apart, by as many processes as PostgreSQL gives; only linking needs the order.
WALK_EVENTS = """
    WITH digested AS MATERIALIZED (
        SELECT shop_id, order_id, sequence, kind, hash, digest(e) AS said FROM events e {of}
    )
    SELECT shop_id, order_id, sequence, kind FROM (
        SELECT *, chained(lag(hash) OVER (PARTITION BY shop_id, order_id ORDER BY sequence), said) AS computed
        FROM digested
    ) walked
    WHERE hash <> computed
"""

BROKEN_EVENTS = WALK_EVENTS.format(of="")
FIRST_BROKEN = f"""
    SELECT min(sequence) FROM ({WALK_EVENTS.format(of="WHERE shop_id = $1 AND order_id = $2")}) broken
"""

BROKEN_MOVES = """
    WITH digested AS MATERIALIZED (
        SELECT shop_id, inventory_item_id, location_id, id, hash, digest(m) AS said FROM stock_moves m
    )
    SELECT shop_id, inventory_item_id, location_id, id FROM (
        SELECT *, chained(
            lag(hash) OVER (PARTITION BY shop_id, inventory_item_id, location_id ORDER BY id), said
        ) AS computed
        FROM digested
    ) walked
    WHERE hash <> computed
"""

BROKEN_SEALS = f"""
    SELECT coalesce(walked.shop_id, contents.shop_id) AS shop_id, coalesce(walked.number, contents.seal) AS number,
        walked.entries AS sealed, contents.entries AS found
    FROM (
        SELECT s.*, lag(s.hash) OVER shop AS before, lag(s.number, 1, 0::bigint) OVER shop AS earlier
        FROM seals s WINDOW shop AS (PARTITION BY s.shop_id ORDER BY s.number)
    ) walked
    FULL JOIN ({CONTENTS.format(of="")}) contents ON contents.shop_id = walked.shop_id AND contents.seal = walked.number
    WHERE (walked.number IS NULL AND contents.seal > 1)
        OR walked.earlier <> walked.number - 1
        OR (walked.hash IS NOT NULL AND (
            (walked.before IS NULL AND walked.number > 1)
            OR walked.entries <> coalesce(contents.entries, 0)
            OR walked.hash <> sha256(coalesce(walked.before, '') || coalesce(contents.hashes, ''))
        ))
"""


async def first_broken_event(connection: Connection, shop_id: int, order_id: int) -> int | None:
    """Return the number of the first event of an order that is not as it was written, or that follows what is not."""
    sequence: int | None = await connection.fetchval(FIRST_BROKEN, shop_id, order_id)
    return sequence
