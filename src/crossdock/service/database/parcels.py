"""Parcels: what left the shelf for an assignment, and whether its store has it in the books."""

from collections.abc import Sequence
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
    """One parcel, under one tracking number or several. `fulfillment_id` and `fulfillment_name` are the store's.

    `told`: what became of telling the store of it, by the numbers `booked_as`. `corrections` numbers what was put right
    since, tracking or that the parcel does not count (`cancelled_at`); `correction_state` is that of the last.
    """

    store_id: int
    id: int
    fulfillment_order_id: int
    carrier: str
    tracking_numbers: tuple[str, ...]
    booked_as: tuple[str, ...]
    actor: str
    shipped_at: datetime
    lines: tuple[ParcelLine, ...]
    told: Telling = Telling.WAITING
    trouble: str | None = None
    fulfillment_id: int | None = None
    fulfillment_name: str | None = None
    told_at: datetime | None = None
    cancelled_at: datetime | None = None
    corrections: int = 0
    correction_state: Telling | None = None
    correction_trouble: str | None = None

    @property
    def subject(self) -> str:
        """The subject of its messages: that of its assignment."""
        return f"assignment:{self.store_id}:{self.fulfillment_order_id}"


SELECT = """
    SELECT p.store_id, p.id, p.fulfillment_order_id, p.carrier, p.booked_as, p.actor, p.shipped_at, p.told, p.trouble,
        p.fulfillment_id, p.fulfillment_name, p.told_at, p.cancelled_at, p.corrections, p.correction_state,
        p.correction_trouble,
        (SELECT coalesce(json_agg(n.tracking_number ORDER BY n.place), '[]') FROM parcel_numbers n
            WHERE n.store_id = p.store_id AND n.parcel_id = p.id) AS tracking_numbers,
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


async def parcel_by_id(connection: Connection, store_id: int, parcel_id: int) -> Parcel | None:
    found = await parcels_where(connection, "p.store_id = $1 AND p.id = $2", store_id, parcel_id)
    return found[0] if found else None


async def times_booked(connection: Connection, store_id: int, fulfillment_order_id: int, number: str) -> int:
    """Return how many parcels of a fulfillment order were booked under a number, whatever became of them since."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM parcels WHERE store_id = $1 AND fulfillment_order_id = $2 AND booked_as[1] = $3",
        store_id,
        fulfillment_order_id,
        number,
    )
    return count


async def undone_early(connection: Connection, store_id: int, fulfillment_order_id: int) -> int | None:
    """Return a parcel of a fulfillment order that was cancelled before its store has heard of it, if there is one."""
    parcel_id: int | None = await connection.fetchval(
        """
        SELECT id FROM parcels
        WHERE store_id = $1 AND fulfillment_order_id = $2 AND told = 'waiting' AND cancelled_at IS NOT NULL LIMIT 1
        """,
        store_id,
        fulfillment_order_id,
    )
    return parcel_id


async def taken_number(
    connection: Connection, store_id: int, carrier: str, numbers: Sequence[str], *, beside: int | None = None
) -> str | None:
    """Return which of some tracking numbers a parcel that counts has, other than the one named, if any has."""
    taken: str | None = await connection.fetchval(
        """
        SELECT tracking_number FROM parcel_numbers
        WHERE store_id = $1 AND carrier = $2 AND tracking_number = ANY ($3::text[]) AND counts
            AND parcel_id IS DISTINCT FROM $4
        ORDER BY place LIMIT 1
        """,
        store_id,
        carrier,
        list(numbers),
        beside,
    )
    return taken


async def insert_parcel(connection: Connection, parcel: Parcel) -> None:
    """Book a parcel. Raises: UniqueViolationError when one that counts has one of its numbers."""
    await connection.execute(
        """
        INSERT INTO parcels (store_id, id, fulfillment_order_id, carrier, booked_as, told, actor, shipped_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        parcel.store_id,
        parcel.id,
        parcel.fulfillment_order_id,
        parcel.carrier,
        list(parcel.booked_as),
        parcel.told,
        parcel.actor,
        parcel.shipped_at,
    )
    await write_numbers(connection, parcel)
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


async def write_numbers(connection: Connection, parcel: Parcel) -> None:
    """Write a parcel's tracking numbers as they are now, in their order."""
    await connection.execute(
        "DELETE FROM parcel_numbers WHERE store_id = $1 AND parcel_id = $2", parcel.store_id, parcel.id
    )
    await connection.execute(
        """
        INSERT INTO parcel_numbers (store_id, parcel_id, place, carrier, tracking_number, counts)
        SELECT $1, $2, place, $3, number, $5 FROM unnest($4::text[]) WITH ORDINALITY AS given (number, place)
        """,
        parcel.store_id,
        parcel.id,
        parcel.carrier,
        list(parcel.tracking_numbers),
        parcel.cancelled_at is None,
    )


async def update_parcel(connection: Connection, parcel: Parcel) -> None:
    """Write what may change of a parcel, beside its tracking numbers."""
    await connection.execute(
        """
        UPDATE parcels
        SET carrier = $3, told = $4, trouble = $5, fulfillment_id = $6, fulfillment_name = $7, told_at = $8,
            cancelled_at = $9, corrections = $10, correction_state = $11, correction_trouble = $12
        WHERE store_id = $1 AND id = $2
        """,
        parcel.store_id,
        parcel.id,
        parcel.carrier,
        parcel.told,
        parcel.trouble,
        parcel.fulfillment_id,
        parcel.fulfillment_name,
        parcel.told_at,
        parcel.cancelled_at,
        parcel.corrections,
        parcel.correction_state,
        parcel.correction_trouble,
    )
