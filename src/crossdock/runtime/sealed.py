"""The secrets that lie in a database: under which keys they are, and putting them under the key in use.

Safe beside processes that write secrets, as long as these have the key in use, too: a secret is replaced only where
it is still the one that was read, by one statement for a batch. Whatever ends it half-way, it can be done again.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from crossdock.runtime.connection import Pool
from crossdock.runtime.postgres.pool import acquire_ready, transaction
from crossdock.runtime.secrets import Undecryptable, Vault

BATCH = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where secrets lie. All but the purpose is SQL on a row of the table, whose primary key is `tenant` and id.

    `stored`: the secret, null where there is none; `put`: an assignment that stores the column `fresh` instead;
    `owner`: what `purpose` is made of; `among`: which rows can have one.
    """

    table: str
    stored: str
    put: str
    owner: str
    purpose: Callable[[str], str]
    tenant: str = "shop_id"
    among: str = "true"


@dataclass(frozen=True, kw_only=True, slots=True)
class Renewal:
    """What came of a renewal. `unreadable`: secrets whose key is gone or that are damaged; they stay as they are."""

    renewed: int
    unreadable: int


COUNT = """
    SELECT split_part({stored}, ':', 1) AS key_id, count(*) AS secrets FROM {table}
    WHERE {among} AND {stored} IS NOT NULL GROUP BY 1
"""
READ = """
    SELECT {tenant} AS tenant, id, ({owner})::text AS owner, {stored} AS secret FROM {table}
    WHERE {among} AND split_part({stored}, ':', 1) <> $1 AND ({tenant}, id) > ($2, $3)
    ORDER BY {tenant}, id LIMIT $4
"""
WRITE = """
    WITH held AS (
        SELECT of_tenant, of_id, fresh
        FROM {table}
        JOIN unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[]) AS row (of_tenant, of_id, known, fresh)
            ON {tenant} = of_tenant AND id = of_id AND {stored} = known
        ORDER BY of_tenant, of_id
        FOR NO KEY UPDATE OF {table}
    )
    UPDATE {table} SET {put} FROM held WHERE {tenant} = of_tenant AND id = of_id
"""


async def count_secrets(pool: Pool, places: Sequence[Place]) -> Mapping[str, int]:
    """Return how many secrets are under which key. A statement for each place."""
    found: Counter[str] = Counter()
    async with acquire_ready(pool) as connection:
        for place in places:
            for row in await connection.fetch(_of(COUNT, place)):
                found[row["key_id"]] += row["secrets"]
    return found


async def renew_secrets(pool: Pool, vault: Vault, places: Sequence[Place], *, batch: int = BATCH) -> Renewal:
    """Put every secret under the key in use.

    Goes on until a round finds none to renew, so that those are met, too, that somebody wrote beside it.
    """
    renewed = 0
    while True:
        rounds = [await _renew_place(pool, vault, place, batch) for place in places]
        renewed += sum(each.renewed for each in rounds)
        if not any(each.renewed for each in rounds):
            return Renewal(renewed=renewed, unreadable=sum(each.unreadable for each in rounds))


async def _renew_place(pool: Pool, vault: Vault, place: Place, batch: int) -> Renewal:
    renewed = unreadable = 0
    after = (-1, -1)
    while True:
        async with acquire_ready(pool) as connection:
            rows = await connection.fetch(_of(READ, place), vault.key_ids[0], *after, batch)
        if not rows:
            return Renewal(renewed=renewed, unreadable=unreadable)
        fresh = [_under_new_key(vault, row, place) for row in rows]
        renewed += await _replace(pool, place, [(row, new) for row, new in zip(rows, fresh, strict=True) if new])
        unreadable += fresh.count(None)
        after = (rows[-1]["tenant"], rows[-1]["id"])


def _under_new_key(vault: Vault, row: asyncpg.Record, place: Place) -> str | None:
    purpose = place.purpose(row["owner"])
    try:
        return vault.encrypt(vault.decrypt(row["secret"], purpose=purpose), purpose=purpose)
    except Undecryptable:
        return None


async def _replace(pool: Pool, place: Place, fresh: Sequence[tuple[asyncpg.Record, str]]) -> int:
    """Store secrets where those that they replace still are; return how many."""
    # The statement locks what is still as it was read, and changes no other: nobody can get in between.
    async with transaction(pool) as connection:
        done = await connection.execute(
            _of(WRITE, place),
            [row["tenant"] for row, _ in fresh],
            [row["id"] for row, _ in fresh],
            [row["secret"] for row, _ in fresh],
            [new for _, new in fresh],
        )
    return int(done.split()[-1])


def _of(statement: str, place: Place) -> str:
    return statement.format(
        table=place.table,
        stored=place.stored,
        put=place.put,
        owner=place.owner,
        tenant=place.tenant,
        among=place.among,
    )
