"""What must always hold on the store side, as SQL: each query returns the rows that break it.

Source: the invariants of the design; the states that can be come from the domain's own table.
"""

from collections.abc import Sequence

from crossdock.runtime.connection import Connection
from crossdock.runtime.verify import Invariant, Offence, check
from crossdock.store.database.history import all_departures
from crossdock.store.invariants import apps, log, messages, orders, stock, tenancy

INVARIANTS: Sequence[Invariant] = (
    *orders.INVARIANTS,
    *stock.INVARIANTS,
    *log.INVARIANTS,
    *messages.INVARIANTS,
    *apps.INVARIANTS,
    *tenancy.INVARIANTS,
)

# By the domain, and not by SQL: only it can read its log.
REPLAY = Invariant(name="replay", says="every order is what replaying its log gives", sql="")


async def replayed(connection: Connection) -> list[Offence]:
    """Replay every order's log, and return the orders that are stored otherwise. Takes about a millisecond an order."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return [
            Offence(invariant=REPLAY.name, row={"shop_id": each.shop_id, "id": each.order_id, "problem": each.problem})
            for each in await all_departures(connection)
        ]


async def offences(connection: Connection) -> list[Offence]:
    """Return everything that breaks an invariant, seen in one read-only snapshot."""
    return await check(connection, INVARIANTS)
