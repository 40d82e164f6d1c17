"""Invariants as SQL: each query returns the rows that break it, and a sound database returns none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crossdock.runtime.connection import Connection

MOST_ROWS = 20


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
        return [
            Offence(invariant=invariant.name, row=dict(row))
            for invariant in invariants
            for row in await connection.fetch(f"SELECT * FROM ({invariant.sql}) offences LIMIT {MOST_ROWS}")
        ]
