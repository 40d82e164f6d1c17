"""What must always hold on the store side, as SQL: each query returns the rows that break it.

Source: the invariants of the design; the states that can be come from the domain's own table.
"""

from collections.abc import Sequence

from crossdock.runtime.connection import Connection
from crossdock.runtime.verify import Invariant, Offence, check
from crossdock.store.invariants import log, messages, orders, stock, tenancy

INVARIANTS: Sequence[Invariant] = (
    *orders.INVARIANTS,
    *stock.INVARIANTS,
    *log.INVARIANTS,
    *messages.INVARIANTS,
    *tenancy.INVARIANTS,
)


async def offences(connection: Connection) -> list[Offence]:
    """Return everything that breaks an invariant, seen in one read-only snapshot."""
    return await check(connection, INVARIANTS)
