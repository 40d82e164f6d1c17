"""Invariants as SQL: each query returns the rows that break it, and a sound database returns none."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from crossdock.runtime.connection import Connection
from crossdock.runtime.postgres.pool import prepare_connection

MOST_ROWS = 20
AT_ONCE = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Invariant:
    """Something that always holds. `says` is the sentence; `sql` finds what breaks it."""

    name: str
    says: str
    sql: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Offence:
    """A row that breaks an invariant."""

    invariant: str
    row: Mapping[str, object]


async def check(connection: Connection, invariants: Sequence[Invariant]) -> list[Offence]:
    """Run every query in one read-only snapshot, so that they all see the same moment.

    Of each invariant at most `MOST_ROWS` rows are returned: one is enough to know.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return [offence for invariant in invariants for offence in await _offences(connection, invariant)]


async def check_at_once(url: str, invariants: Sequence[Invariant]) -> list[Offence]:
    """Run every query as `check` does, in one snapshot too, but over several connections."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot: str = await connection.fetchval("SELECT pg_export_snapshot()")
            waiting = iter(enumerate(invariants))
            async with asyncio.TaskGroup() as group:
                checking = [group.create_task(_take_turns(url, snapshot, waiting)) for _ in range(AT_ONCE)]
    finally:
        await connection.close()
    found = dict(pair for each in checking for pair in each.result())
    return [offence for number in range(len(invariants)) for offence in found[number]]


async def _take_turns(
    url: str, snapshot: str, waiting: Iterator[tuple[int, Invariant]]
) -> list[tuple[int, list[Offence]]]:
    connection = await asyncpg.connect(url)
    try:
        await prepare_connection(connection)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            return [(number, await _offences(connection, invariant)) for number, invariant in waiting]
    finally:
        await connection.close()


async def _offences(connection: Connection, invariant: Invariant) -> list[Offence]:
    rows = await connection.fetch(f"SELECT * FROM ({invariant.sql}) offences LIMIT {MOST_ROWS}")
    return [Offence(invariant=invariant.name, row=dict(row)) for row in rows]
