"""The shelf: what lies there per SKU, what of it is promised, and the moves that made it so."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crossdock.runtime.connection import Connection


@dataclass(frozen=True, kw_only=True)
class Stock:
    """Units of a SKU. More may be promised than lies there, after a count that found less."""

    on_hand: int
    allocated: int

    @property
    def available(self) -> int:
        return self.on_hand - self.allocated


class MoveKind(StrEnum):
    COUNT = "count"
    ALLOCATE = "allocate"
    RELEASE = "release"
    SHIP = "ship"
    RETURN = "return"


@dataclass(frozen=True, kw_only=True)
class Move:
    """A change of the counters of a SKU. A cause moves a SKU once per kind."""

    store_id: int
    sku: str
    kind: MoveKind
    cause: str
    actor: str
    at: datetime
    on_hand: int = 0
    allocated: int = 0


async def lock_shelf(connection: Connection, store_id: int, skus: Collection[str]) -> dict[str, Stock]:
    """Lock the rows of these SKUs and return what they have; SKUs that the warehouse does not keep are left out."""
    rows = await connection.fetch(
        """
        SELECT sku, on_hand, allocated FROM shelf WHERE store_id = $1 AND sku = ANY ($2::text[])
        ORDER BY sku FOR NO KEY UPDATE
        """,
        store_id,
        list(skus),
    )
    return {row["sku"]: Stock(on_hand=row["on_hand"], allocated=row["allocated"]) for row in rows}
