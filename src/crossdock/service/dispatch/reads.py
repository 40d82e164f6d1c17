"""What the edges read: stores, assignments, parcels, the shelf. One statement each, whatever the length of the list."""

from dataclasses import dataclass

from asyncpg import Record

from crossdock.runtime.connection import Connection
from crossdock.runtime.secrets import hash_token
from crossdock.service.database import stores
from crossdock.service.database.assignments import Assignment, Stage, assignments_where
from crossdock.service.database.carrier_events import ParcelEvent, Place, events_of_parcel
from crossdock.service.database.parcels import Parcel, parcel_by_id, parcels_where
from crossdock.service.database.shelf import Stock
from crossdock.service.database.stores import Installation, Store
from crossdock.service.database.told_stock import on_hand_by_sku

__all__ = ["Assignment", "Installation", "Parcel", "ParcelEvent", "Place", "Stage", "Stock", "Store"]


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token of the service's own API."""

    id: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Window:
    """A part of a list: at most `limit` rows with ids above `after`."""

    after: int = 0
    limit: int = 50


async def token(connection: Connection, text: str) -> Token | None:
    """Return the token that a caller shows, unless it is unknown or revoked."""
    row = await connection.fetchrow(
        "SELECT id, name FROM service_tokens WHERE hash = $1 AND revoked_at IS NULL", hash_token(text)
    )
    return None if row is None else Token(id=row["id"], name=row["name"])


async def store(connection: Connection, id_or_domain: int | str | None) -> Store | None:
    """Return a store by its id or domain; without either, the only one there is."""
    match id_or_domain:
        case int():
            return await stores.store_by_id(connection, id_or_domain)
        case str():
            return await stores.store_by_domain(connection, id_or_domain)
        case None:
            rows = await connection.fetch("SELECT * FROM stores LIMIT 2")
            return stores.store_of(rows[0]) if len(rows) == 1 else None


async def all_stores(connection: Connection) -> list[Store]:
    return [Store(**row) for row in await connection.fetch("SELECT * FROM stores ORDER BY id")]


async def assignment(connection: Connection, store_id: int, fulfillment_order_id: int) -> Assignment | None:
    found = await assignments_where(
        connection, "a.store_id = $1 AND a.fulfillment_order_id = $2", store_id, fulfillment_order_id
    )
    return found[0] if found else None


async def assignments(
    connection: Connection, store_id: int, window: Window, *, status: str | None, order_name: str | None
) -> tuple[Assignment, ...]:
    return await assignments_where(
        connection,
        """
        a.store_id = $1 AND a.fulfillment_order_id > $2 AND ($4::text IS NULL OR a.status = $4)
            AND ($5::text IS NULL OR a.order_name IN ($5, '#' || $5))
        ORDER BY a.fulfillment_order_id LIMIT $3
        """,
        store_id,
        window.after,
        window.limit,
        status,
        order_name,
    )


async def parcels(
    connection: Connection, store_id: int, window: Window, *, fulfillment_order_id: int | None
) -> tuple[Parcel, ...]:
    return await parcels_where(
        connection,
        """
        p.store_id = $1 AND p.id > $2 AND ($4::bigint IS NULL OR p.fulfillment_order_id = $4)
        ORDER BY p.id LIMIT $3
        """,
        store_id,
        window.after,
        window.limit,
        fulfillment_order_id,
    )


async def shelf(connection: Connection, store_id: int, sku: str | None = None) -> dict[str, Stock]:
    """Return what lies on a store's shelf by SKU: all of it, or one SKU."""
    rows = await connection.fetch(
        "SELECT sku, on_hand, allocated FROM shelf WHERE store_id = $1 AND ($2::text IS NULL OR sku = $2) ORDER BY sku",
        store_id,
        sku,
    )
    return {row["sku"]: stock_of(row) for row in rows}


async def told_stock(connection: Connection, store_id: int, sku: str | None = None) -> dict[str, int]:
    """Return what a store that asks for stock is told: what it should have as on hand, with its books as they are."""
    return await on_hand_by_sku(connection, store_id, sku)


async def parcel(connection: Connection, store_id: int, parcel_id: int) -> Parcel | None:
    return await parcel_by_id(connection, store_id, parcel_id)


async def carrier_events(connection: Connection, store_id: int, parcel_id: int) -> tuple[ParcelEvent, ...]:
    """Return what was noted of a parcel on its way."""
    return await events_of_parcel(connection, store_id, parcel_id)


async def tracking_numbers(connection: Connection, store_id: int, names: tuple[str, ...]) -> dict[str, str]:
    """Return tracking numbers by the names of the store's fulfillments, the first of several.

    Those unknown or cancelled are left out.
    """
    rows = await connection.fetch(
        """
        SELECT p.fulfillment_name, n.tracking_number
        FROM parcels p JOIN parcel_numbers n ON n.store_id = p.store_id AND n.parcel_id = p.id AND n.place = 1
        WHERE p.store_id = $1 AND p.fulfillment_name = ANY ($2::text[]) AND n.counts
        """,
        store_id,
        list(names),
    )
    return {row["fulfillment_name"]: row["tracking_number"] for row in rows}


def stock_of(row: Record) -> Stock:
    return Stock(on_hand=row["on_hand"], allocated=row["allocated"])
