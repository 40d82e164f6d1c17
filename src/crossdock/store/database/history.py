"""Reading orders' logs, and finding orders that are not what their logs tell."""

from collections.abc import Collection
from dataclasses import dataclass

import msgspec

from crossdock.domain.events import LoggedEvent
from crossdock.domain.history import BrokenLog, replay
from crossdock.domain.orders import Order
from crossdock.runtime.connection import Connection
from crossdock.store.database.orders import load_orders

LOGS = """
    SELECT e.order_id, json_agg(json_build_object(
        'sequence', e.sequence, 'at', e.at, 'actor', e.actor, 'request_id', e.request_id,
        'event', json_build_object(
            'kind', e.kind, 'fulfillment_order_id', e.fulfillment_order_id, 'fulfillment_id', e.fulfillment_id,
            'location_id', e.location_id, 'status', e.status, 'request_status', e.request_status,
            'message', e.message, 'reason', e.reason, 'lines', e.lines, 'details', e.details, 'after', e.after
        )
    ) ORDER BY e.sequence)::text AS log
    FROM events e WHERE e.shop_id = $1 AND e.order_id = ANY ($2::bigint[])
    GROUP BY e.order_id
"""

NEXT_ORDERS = """
    SELECT shop_id, id FROM orders WHERE (shop_id, id) > ($1, $2) ORDER BY shop_id, id LIMIT $3
"""
AT_ONCE = 500

decoder = msgspec.json.Decoder(tuple[LoggedEvent, ...])


@dataclass(frozen=True, kw_only=True, slots=True)
class Departure:
    """An order that is not what its log tells; `problem` says where they part."""

    shop_id: int
    order_id: int
    problem: str


async def load_logs(
    connection: Connection, shop_id: int, order_ids: Collection[int]
) -> dict[int, tuple[LoggedEvent, ...]]:
    """Return the logs of orders of a shop, by order id, oldest event first. One statement."""
    rows = await connection.fetch(LOGS, shop_id, list(order_ids))
    return {row["order_id"]: decoder.decode(row["log"]) for row in rows}


async def departures(connection: Connection, shop_id: int, order_ids: Collection[int]) -> list[Departure]:
    """Replay the logs of orders of a shop and return those whose stored state is another."""
    logs = await load_logs(connection, shop_id, order_ids)
    orders = await load_orders(connection, shop_id, order_ids, deleted_too=True)
    return [
        Departure(shop_id=shop_id, order_id=order.id, problem=problem)
        for order in orders.values()
        if (problem := _problem(order, logs.get(order.id, ()))) is not None
    ]


async def all_departures(connection: Connection, *, most: int = 20) -> list[Departure]:
    """Replay every order's log, some hundred at a time, and return the first that are not what they tell.

    The caller holds the snapshot that all of it is seen in.
    """
    found: list[Departure] = []
    shop_id, last = 0, 0
    while len(found) < most:
        rows = await connection.fetch(NEXT_ORDERS, shop_id, last, AT_ONCE)
        if not rows:
            break
        of_shop = [row["id"] for row in rows if row["shop_id"] == rows[0]["shop_id"]]
        shop_id, last = rows[0]["shop_id"], of_shop[-1]
        found += await departures(connection, shop_id, of_shop)
    return found[:most]


def _problem(order: Order, log: tuple[LoggedEvent, ...]) -> str | None:
    try:
        told = replay(log)
    except BrokenLog as broken:
        return str(broken)
    if told == order:
        return None
    parts = [name for name in Order.__dataclass_fields__ if getattr(told, name) != getattr(order, name)]
    return f"stored and told differ in {', '.join(parts)}"
