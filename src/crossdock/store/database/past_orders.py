"""Reading orders as they came in, with the stock as it was then: a page of orders in one statement."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from crossdock.domain.places import Address
from crossdock.domain.routing.case import Demand
from crossdock.domain.routing.comparison import PastOrder
from crossdock.domain.routing.plan import Explanation
from crossdock.domain.stock import InventoryLevel
from crossdock.runtime.connection import Connection

PAGE = 500

# All ids come from one sequence, and an order takes its own while it holds the locks of its levels: what has a lower id
# was there before it.
PAST = """
    SELECT coalesce(json_agg(past ORDER BY past.id), '[]')::text FROM (
        SELECT o.id, o.name, o.created_at, o.shipping_address AS destination,
            (SELECT r.explanation FROM routings r
                WHERE r.shop_id = o.shop_id AND r.order_id = o.id ORDER BY r.version LIMIT 1) AS decided,
            (SELECT coalesce(json_agg(line ORDER BY line.key), '[]') FROM (
                SELECT l.id AS key, l.quantity, l.inventory_item_id, v.managed_by IS NOT NULL AS counted
                FROM order_lines l
                LEFT JOIN variants v ON v.shop_id = l.shop_id AND v.inventory_item_id = l.inventory_item_id
                WHERE l.shop_id = o.shop_id AND l.order_id = o.id
            ) line) AS demands,
            (SELECT coalesce(json_agg(level), '[]') FROM (
                SELECT l.inventory_item_id, l.location_id, v.managed_by IS NOT NULL AS tracked, v.may_oversell,
                    coalesce((SELECT m.available_after FROM stock_moves m
                        WHERE m.shop_id = l.shop_id AND m.inventory_item_id = l.inventory_item_id
                            AND m.location_id = l.location_id AND m.id < o.id
                        ORDER BY m.id DESC LIMIT 1), 0) AS available
                FROM inventory_levels l
                JOIN variants v ON v.shop_id = l.shop_id AND v.inventory_item_id = l.inventory_item_id
                WHERE l.shop_id = o.shop_id AND l.id < o.id AND (l.active OR l.updated_at > o.created_at)
                    AND l.inventory_item_id IN (
                    SELECT line.inventory_item_id FROM order_lines line
                    WHERE line.shop_id = o.shop_id AND line.order_id = o.id)
            ) level) AS levels
        FROM (
            SELECT shop_id, id, name, created_at, shipping_address FROM orders
            WHERE shop_id = $1 AND created_at >= $2 AND id > $3 ORDER BY id LIMIT $4
        ) o
    ) past
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class PastRow:
    """An order as the statement gives it."""

    id: int
    name: str
    created_at: datetime
    destination: Address | None
    decided: Explanation | None
    demands: tuple[Demand, ...]
    levels: tuple[InventoryLevel, ...]


_rows = msgspec.json.Decoder(tuple[PastRow, ...])


async def past_orders(connection: Connection, shop_id: int, since: datetime) -> AsyncIterator[Sequence[PastOrder]]:
    """Yield pages of the orders that were made since then, oldest first."""
    last = 0
    while rows := _rows.decode(await connection.fetchval(PAST, shop_id, since, last, PAGE)):
        yield [_past_order(row) for row in rows]
        last = rows[-1].id


def _past_order(row: PastRow) -> PastOrder:
    return PastOrder(
        id=row.id,
        name=row.name,
        created_at=row.created_at,
        demands=tuple(row.demands if row.decided is None else _as_routed(row.demands, row.decided)),
        levels={(level.inventory_item_id, level.location_id): level for level in row.levels},
        destination=row.destination,
        decided=row.decided,
    )


def _as_routed(demands: Iterable[Demand], decided: Explanation) -> Iterable[Demand]:
    """Leave out what an edit added later."""
    units: dict[int, int] = {}
    for step in decided.steps:
        for line, quantity in zip(step.lines, step.units, strict=True):
            units[line] = units.get(line, 0) + quantity
    return [_of(demand, units) for demand in demands if demand.key in units]


def _of(demand: Demand, units: Mapping[int, int]) -> Demand:
    return Demand(
        key=demand.key,
        quantity=units[demand.key],
        inventory_item_id=demand.inventory_item_id,
        counted=demand.counted,
    )
