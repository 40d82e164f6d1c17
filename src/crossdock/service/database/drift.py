"""What stores answer that we do not know: kept to be seen, and of no other consequence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from crossdock.runtime.connection import Connection

log = structlog.get_logger(__name__)

MOST_PER_STORE = 500


@dataclass(frozen=True, kw_only=True)
class Drift:
    """Something unknown in the answers to a question: where, how often, and since when."""

    question: str
    what: str
    times: int
    first_at: datetime
    last_at: datetime


async def note_drift(connection: Connection, store_id: int, question: str, found: Sequence[str], at: datetime) -> None:
    """Count what was found. What is new is logged; a store that never says the same twice is not kept whole."""
    if not found:
        return
    rows = await connection.fetch(
        """
        INSERT INTO store_drift AS known (store_id, question, what, times, first_at, last_at)
        SELECT id, $2, what, 1, $4, $4 FROM stores, unnest($3::text[]) AS what
        WHERE id = $1 AND (SELECT count(*) FROM store_drift WHERE store_id = $1) < $5
        ON CONFLICT (store_id, question, what) DO UPDATE SET times = known.times + 1, last_at = excluded.last_at
        RETURNING what, times = 1 AS new
        """,
        store_id,
        question,
        list(found),
        at,
        MOST_PER_STORE,
    )
    if new := [row["what"] for row in rows if row["new"]]:
        log.warning("store_drift", store=store_id, question=question, unknown=new)


async def drift_of_store(connection: Connection, store_id: int) -> list[Drift]:
    """Return what is known of a store's drift, the latest first."""
    rows = await connection.fetch(
        """
        SELECT question, what, times, first_at, last_at FROM store_drift
        WHERE store_id = $1 ORDER BY last_at DESC, question, what LIMIT 100
        """,
        store_id,
    )
    return [Drift(**row) for row in rows]
