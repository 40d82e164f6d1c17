"""What time it is. Everything else is given its time as `at`.

Leases and heartbeats are no business of this clock: they use the database's real time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.postgres.pool import acquire_ready

SCHEMA = """
CREATE TABLE clock (
    one             boolean          PRIMARY KEY DEFAULT true CHECK (one),
    offset_seconds  double precision NOT NULL
);
INSERT INTO clock (offset_seconds) VALUES (0);
"""


def schema() -> str:
    """Return the SQL of the movable clock's one row, for a side's first migration."""
    return SCHEMA


class Clock(Protocol):
    """Gives the business time, aware and in UTC."""

    async def now(self, connection: Connection | None = None) -> datetime:
        """Return the time; a connection at hand spares taking another from the pool."""
        ...


class SystemClock:
    """The machine's own time."""

    async def now(self, connection: Connection | None = None) -> datetime:  # noqa: ARG002 (the protocol's)
        return datetime.now(UTC)


class MovableClock:
    """The machine's time plus an offset in the database, read at every call so that all processes move together."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    async def now(self, connection: Connection | None = None) -> datetime:
        offset = await self.offset(connection)
        return datetime.now(UTC) + timedelta(seconds=offset)

    async def set_offset(self, seconds: float) -> None:
        async with acquire_ready(self.pool) as connection:
            await connection.execute("UPDATE clock SET offset_seconds = $1", seconds)

    async def offset(self, connection: Connection | None = None) -> float:
        if connection is None:
            async with acquire_ready(self.pool) as lent:
                return await self.offset(lent)
        offset: float = await connection.fetchval("SELECT offset_seconds FROM clock")
        return offset


@dataclass(frozen=True, kw_only=True)
class ClockFace:
    """What a page shows of the clock: the time, and by how much it was moved."""

    now: datetime
    moved: timedelta


async def read_face(clock: Clock, connection: Connection | None = None) -> ClockFace:
    """Read a clock beside the machine's own; under a second's difference is no move."""
    now = await clock.now(connection)
    return ClockFace(now=now, moved=timedelta(seconds=round((now - datetime.now(UTC)).total_seconds())))
