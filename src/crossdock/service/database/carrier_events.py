"""What carriers said of parcels, and what became of telling the stores."""

from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from crossdock.domain.shipment import ShipmentStatus
from crossdock.runtime.connection import Connection
from crossdock.service.database.assignments import Telling


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a parcel was, as far as its carrier says so."""

    city: str | None = None
    province: str | None = None
    zip: str | None = None
    country: str | None = None


@dataclass(frozen=True, kw_only=True)
class ParcelEvent:
    """One thing that a carrier said of a parcel; `number` counts those of the parcel."""

    store_id: int
    parcel_id: int
    number: int
    status: ShipmentStatus
    happened_at: datetime
    actor: str
    noted_at: datetime
    message: str | None = None
    place: Place = field(default_factory=Place)
    told: Telling = Telling.WAITING
    trouble: str | None = None


decoder = msgspec.json.Decoder(tuple[ParcelEvent, ...])


async def events_of_parcel(connection: Connection, store_id: int, parcel_id: int) -> tuple[ParcelEvent, ...]:
    """Return what was noted of a parcel, the oldest note first."""
    text: str = await connection.fetchval(
        """
        SELECT coalesce(json_agg(e ORDER BY e.number), '[]')::text FROM carrier_events e
        WHERE e.store_id = $1 AND e.parcel_id = $2
        """,
        store_id,
        parcel_id,
    )
    return decoder.decode(text)


async def insert_event(connection: Connection, event: ParcelEvent) -> None:
    """Keep an event, under a number that is free."""
    await connection.execute(
        "INSERT INTO carrier_events SELECT * FROM jsonb_populate_recordset(NULL::carrier_events, $1)", [event]
    )


async def end_event(
    connection: Connection, store_id: int, parcel_id: int, number: int, *, told: Telling, trouble: str | None
) -> None:
    """Note what became of telling a store."""
    await connection.execute(
        "UPDATE carrier_events SET told = $4, trouble = $5 WHERE store_id = $1 AND parcel_id = $2 AND number = $3",
        store_id,
        parcel_id,
        number,
        told,
        trouble,
    )
