"""What is kept of orders beside what they are worked by."""

from collections.abc import Collection
from dataclasses import dataclass

import msgspec

from crossdock.domain.order_details import OrderDetails
from crossdock.runtime.connection import Connection

DETAILS = """
    SELECT d.shop_id, d.order_id, d.customer, d.metadata, d.attribution, d.payment_method, d.lines
    FROM order_details d
"""
LOAD = f"""
    SELECT coalesce(json_agg(kept), '[]')::text FROM (
        {DETAILS} WHERE d.shop_id = $1 AND d.order_id = ANY ($2::bigint[])
    ) kept
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Of:
    """Whose row it is."""

    shop_id: int
    order_id: int


_owners = msgspec.json.Decoder(tuple[_Of, ...])
_details = msgspec.json.Decoder(tuple[OrderDetails, ...])


def details_by_order(text: str) -> dict[tuple[int, int], OrderDetails]:
    """Return rows, as an array of JSON, by shop and order."""
    if text == "[]":
        return {}
    owners = _owners.decode(text)
    return {(of.shop_id, of.order_id): kept for of, kept in zip(owners, _details.decode(text), strict=True)}


async def load_details(connection: Connection, shop_id: int, order_ids: Collection[int]) -> dict[int, OrderDetails]:
    """Return what is kept of orders of a shop, by order id; of which nothing is kept are left out. One statement."""
    if not order_ids:
        return {}
    kept = details_by_order(await connection.fetchval(LOAD, shop_id, list(order_ids)))
    return {order_id: details for (_, order_id), details in kept.items()}
