"""Locations: opened, changed, put out of use and deleted. Whoever does so holds the shop, so one does at a time."""

from collections.abc import Mapping

from crossdock.domain.locating import (
    ActivateLocation,
    AddLocation,
    DeactivateLocation,
    DeleteLocation,
    EditLocation,
    Usage,
    added,
    check_activation,
    check_deactivation,
    check_deletion,
    edited,
    primary_without,
)
from crossdock.domain.places import Location
from crossdock.domain.shops import Shop
from crossdock.runtime.connection import Connection
from crossdock.store.database.facts import let_nobody_take_work_on
from crossdock.store.database.shops import load_shop
from crossdock.store.handlers.context import CommandHandler, WriteContext
from crossdock.store.handlers.relocating import relocate

LOCK = "SELECT FROM shops WHERE id = $1 FOR NO KEY UPDATE"

ADD = """
    INSERT INTO locations (shop_id, id, name, address, fulfills_online_orders, priority, created_at, updated_at)
    SELECT $1, nextval('ids'), $2, $3, $4, coalesce(max(priority), 0) + 1, $5, $5 FROM locations WHERE shop_id = $1
    RETURNING id
"""
EDIT = """
    UPDATE locations SET name = $3, address = $4, fulfills_online_orders = $5, updated_at = $6
    WHERE shop_id = $1 AND id = $2
"""
SWITCH = """
    UPDATE locations SET active = $3, deactivated_at = CASE WHEN $3 THEN NULL ELSE $4::timestamptz END, updated_at = $4
    WHERE shop_id = $1 AND id = $2
"""
DELETE = "UPDATE locations SET deleted_at = $3, updated_at = $3 WHERE shop_id = $1 AND id = $2"
PRIMARY = "UPDATE shops SET primary_location_id = $2, updated_at = $3 WHERE id = $1"

USAGE = """
    SELECT asked AS location_id,
        EXISTS (
            SELECT FROM inventory_levels WHERE shop_id = $1 AND location_id = asked AND active
        ) AS has_stock,
        EXISTS (
            SELECT FROM fulfillment_orders WHERE shop_id = $1 AND location_id = asked AND status <> 'closed'
        ) AS has_work
    FROM unnest($2::bigint[]) AS asked
"""


async def add_location(connection: Connection, command: AddLocation, context: WriteContext) -> Location:
    """Raises: PlaceRefused."""
    _, places = await held(connection, context)
    new = added(command, places)
    location_id: int = await connection.fetchval(
        ADD, context.shop_id, new.name, new.address, new.fulfills_online_orders, context.at
    )
    return await location_now(connection, location_id, context)


async def edit_location(connection: Connection, command: EditLocation, context: WriteContext) -> Location:
    """Raises: NotFound, PlaceRefused."""
    _, places = await held(connection, context)
    new = edited(command, places)
    await connection.execute(
        EDIT, context.shop_id, new.id, new.name, new.address, new.fulfills_online_orders, context.at
    )
    return await location_now(connection, new.id, context)


async def activate_location(connection: Connection, command: ActivateLocation, context: WriteContext) -> Location:
    """One that is in use stays so. Raises: PlaceRefused."""
    _, places = await held(connection, context)
    location = check_activation(command.location_id, places)
    if location.active:
        return location
    await connection.execute(SWITCH, context.shop_id, location.id, True, context.at)
    return await location_now(connection, location.id, context)


async def deactivate_location(connection: Connection, command: DeactivateLocation, context: WriteContext) -> Location:
    """One that is out of use stays so; another becomes the primary one if it was it. Raises: PlaceRefused."""
    shop, places = await held_still(connection, context)
    used = (await usage(connection, context.shop_id, [command.location_id]))[command.location_id]
    location = check_deactivation(command, places, used)
    if not location.active:
        return location
    if command.destination_location_id is not None:
        await relocate(connection, location.id, command.destination_location_id, context)
    await connection.execute(SWITCH, context.shop_id, location.id, False, context.at)
    if shop.primary_location_id == location.id:
        await connection.execute(PRIMARY, context.shop_id, primary_without(places, location.id), context.at)
    return await location_now(connection, location.id, context)


async def delete_location(connection: Connection, command: DeleteLocation, context: WriteContext) -> None:
    """Raises: PlaceRefused."""
    _, places = await held(connection, context)
    used = await usage(connection, context.shop_id, [command.location_id])
    check_deletion(command.location_id, places, used[command.location_id])
    await connection.execute(DELETE, context.shop_id, command.location_id, context.at)


async def held(connection: Connection, context: WriteContext) -> tuple[Shop, dict[int, Location]]:
    """Return the shop and its locations, which nobody else can change until the end of the transaction."""
    await connection.execute(LOCK, context.shop_id)
    return await load_shop(connection, context.shop_id)


async def held_still(connection: Connection, context: WriteContext) -> tuple[Shop, dict[int, Location]]:
    """As `held`, for a location that is to go: nobody brings work to any until the end of the transaction either."""
    # First, as those do who bring work: one who has said so may wait for the shop.
    await let_nobody_take_work_on(connection, context.shop_id)
    return await held(connection, context)


async def usage(connection: Connection, shop_id: int, location_ids: list[int]) -> dict[int, Usage]:
    """Return what each location is needed for. One statement."""
    rows = await connection.fetch(USAGE, shop_id, location_ids)
    return {row["location_id"]: Usage(has_stock=row["has_stock"], has_work=row["has_work"]) for row in rows}


async def location_now(connection: Connection, location_id: int, context: WriteContext) -> Location:
    _, places = await load_shop(connection, context.shop_id)
    return places[location_id]


COMMANDS: Mapping[type, CommandHandler] = {
    AddLocation: add_location,
    EditLocation: edit_location,
    ActivateLocation: activate_location,
    DeactivateLocation: deactivate_location,
    DeleteLocation: delete_location,
}
