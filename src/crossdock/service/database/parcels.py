"""Parcels: what left the shelf for an assignment, and whether its store has it in the books."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from crossdock.runtime.connection import Connection
from crossdock.service.database.assignments import Telling


@dataclass(frozen=True, kw_only=True)
class ParcelLine:
    """Units of one line of the fulfillment order."""

    line_id: int
    sku: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One parcel. `fulfillment_id` and `fulfillment_name` are the store's, once it is told."""

    store_id: int
    id: int
    fulfillment_order_id: int
    carrier: str
    tracking_number: str
    actor: str
    shipped_at: datetime
    lines: tuple[ParcelLine, ...]
    told: Telling = Telling.WAITING
    trouble: str | None = None
    fulfillment_id: int | None = None
    fulfillment_name: str | None = None
    told_at: datetime | None = None


SELECT = """
    SELECT p.store_id, p.id, p.fulfillment_order_id, p.carrier, p.tracking_number, p.actor, p.shipped_at, p.told,
        p.trouble, p.fulfillment_id, p.fulfillment_name, p.told_at,
        (SELECT coalesce(json_agg(line ORDER BY line.line_id), '[]') FROM (
            SELECT l.line_id, l.sku, l.quantity FROM parcel_lines l
            WHERE l.store_id = p.store_id AND l.parcel_id = p.id
        ) line) AS lines
    FROM parcels p
"""

decoder = msgspec.json.Decoder(tuple[Parcel, ...])


async def parcels_where(connection: Connection, condition: str, *values: object) -> tuple[Parcel, ...]:
    """Return the parcels that an SQL condition (over `p`, with ORDER BY and LIMIT if need be) selects."""
    text: str = await connection.fetchval(
        f"SELECT coalesce(json_agg(parcel), '[]')::text FROM ({SELECT} WHERE {condition}) parcel", *values
    )
    return decoder.decode(text)


async def insert_parcel(connection: Connection, parcel: Parcel) -> bool:
    """Book a parcel; False when one of this carrier and number is there already."""
    inserted = await connection.fetchval(
        """
        INSERT INTO parcels (store_id, id, fulfillment_order_id, carrier, tracking_number, told, actor, shipped_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (store_id, carrier, tracking_number) DO NOTHING
        RETURNING id
        """,
        parcel.store_id,
        parcel.id,
        parcel.fulfillment_order_id,
        parcel.carrier,
        parcel.tracking_number,
        parcel.told,
        parcel.actor,
        parcel.shipped_at,
    )
    if inserted is None:
        return False
    await connection.execute(
        """
        INSERT INTO parcel_lines (store_id, parcel_id, fulfillment_order_id, line_id, sku, quantity)
        SELECT $1, $2, $3, line_id, sku, quantity FROM jsonb_populate_recordset(NULL::parcel_lines, $4)
        """,
        parcel.store_id,
        parcel.id,
        parcel.fulfillment_order_id,
        parcel.lines,
    )
    return True


async def settle_parcel(
    connection: Connection,
    store_id: int,
    parcel_id: int,
    told: Telling,
    at: datetime,
    *,
    trouble: str | None = None,
    fulfillment_id: int | None = None,
    fulfillment_name: str | None = None,
) -> None:
    """Note what became of telling a store of a parcel."""
    await connection.execute(
        """
        UPDATE parcels SET told = $3, trouble = $4, fulfillment_id = $5, fulfillment_name = $6, told_at = $7
        WHERE store_id = $1 AND id = $2
        """,
        store_id,
        parcel_id,
        told,
        trouble,
        fulfillment_id,
        fulfillment_name,
        at if told is Telling.TOLD else None,
    )
