"""Locations made, replaced and closed by one call each, with the app that runs them. One does so at a time."""

from collections.abc import Mapping

from asyncpg import UniqueViolationError

from crossdock.domain.access import Reach
from crossdock.domain.locating import Usage, primary_without
from crossdock.domain.places import Location
from crossdock.domain.placing import (
    NAME_TAKEN,
    ClosePlace,
    GetPlace,
    ListPlaces,
    OpenPlace,
    ReplacePlace,
    check_closing,
    is_within_reach,
    opened,
    replaced,
    within_reach,
)
from crossdock.domain.queries import Page
from crossdock.domain.refusals import Invalid, NotPermitted
from crossdock.runtime.connection import Connection
from crossdock.runtime.jobs import cancel_timer
from crossdock.store.handlers.context import CommandHandler, QueryHandler, ReadContext, WriteContext
from crossdock.store.handlers.locating import PRIMARY, held, held_still, location_now
from crossdock.store.handlers.services import DELETE_PLACE, END, MANAGE, handle_of
from crossdock.store.handlers.windows import window_over
from crossdock.store.jobs import fetch_stock, fetch_tracking_numbers

OPEN = """
    INSERT INTO locations (shop_id, id, name, address, accepts_returns, destinations, priority, created_at, updated_at)
    SELECT $1, nextval('ids'), $2, $3, $4, $5, coalesce(max(priority), 0) + 1, $6, $6
    FROM locations WHERE shop_id = $1
    RETURNING id
"""
# Two services may be called alike but for what a handle leaves out.
RUN = """
    INSERT INTO fulfillment_services (shop_id, id, app_id, name, handle, location_id, callback_url, tracking_support,
        inventory_management, requires_shipping_method, permits_sku_sharing, created_at)
    SELECT $1, id, $3, $2, CASE WHEN $4 = '' OR EXISTS (
            SELECT FROM fulfillment_services WHERE shop_id = $1 AND handle = $4 AND deleted_at IS NULL
        ) THEN 'service-' || id ELSE $4 END, $5, $6, false, false, false, true, $7
    FROM nextval('ids') AS id
"""
REPLACE = """
    WITH served AS (
        UPDATE fulfillment_services SET name = $3,
            callback_url = CASE $7::text WHEN '' THEN NULL ELSE coalesce($7, callback_url) END
        WHERE shop_id = $1 AND location_id = $2 AND deleted_at IS NULL
    )
    UPDATE locations SET name = $3, address = $4, accepts_returns = $5, destinations = $6, updated_at = $8
    WHERE shop_id = $1 AND id = $2
"""
USAGE = """
    SELECT
        EXISTS (SELECT FROM inventory_levels WHERE shop_id = $1 AND location_id = $2 AND active) AS has_stock,
        EXISTS (
            SELECT FROM fulfillment_orders WHERE shop_id = $1 AND location_id = $2 AND status <> 'closed'
        ) AS has_work,
        EXISTS (
            SELECT FROM fulfillments f
            JOIN carrier_events e ON e.shop_id = f.shop_id AND e.fulfillment_id = f.id
            WHERE f.shop_id = $1 AND f.location_id = $2 AND f.status <> 'cancelled' AND NOT EXISTS (
                SELECT FROM carrier_events last WHERE last.shop_id = f.shop_id AND last.fulfillment_id = f.id
                    AND last.status IN ('delivered', 'failure')
            )
        ) AS has_parcels
"""


async def open_place(connection: Connection, command: OpenPlace, context: WriteContext) -> Location:
    """Raises: Invalid, SeveralInvalid; NotPermitted to a caller that is no app and wants to be called."""
    _, places = await held(connection, context)
    new = opened(command, places)
    assert new.name is not None  # as it is kept, it has one
    callback_url = context.callback_urls.normal(new.callback_url) if new.callback_url else None
    location_id: int = await connection.fetchval(
        OPEN, context.shop_id, new.name, new.address, new.accepts_returns, list(new.destinations), context.at
    )
    if callback_url is not None or runs_places(context):
        if context.caller.app_id is None:
            raise NotPermitted("an app that runs the location")
        await run_by_caller(connection, location_id, new.name, callback_url, context)
    return await location_now(connection, location_id, context)


async def run_by_caller(
    connection: Connection, location_id: int, name: str, callback_url: str | None, context: WriteContext
) -> None:
    """Have the caller's app run a location from now on. Raises: Invalid."""
    handle = handle_of(name)
    try:
        await connection.execute(
            RUN, context.shop_id, name, context.caller.app_id, handle, location_id, callback_url, context.at
        )
    except UniqueViolationError as error:
        raise Invalid("name", NAME_TAKEN) from error


def runs_places(context: WriteContext) -> bool:
    """Say whether whoever calls is an app that ships."""
    return context.caller.app_id is not None and Reach.ASSIGNED in context.caller.writes


async def replace_place(connection: Connection, command: ReplacePlace, context: WriteContext) -> Location:
    """Raises: NotFound, Invalid, SeveralInvalid."""
    _, places = await held(connection, context)
    new = replaced(command, places, context.caller)
    url = command.callback_url
    try:
        await connection.execute(
            REPLACE,
            context.shop_id,
            new.id,
            new.name,
            new.address,
            new.accepts_returns,
            list(new.destinations),
            context.callback_urls.normal(url) if url else url,
            context.at,
        )
    except UniqueViolationError as error:
        raise Invalid("name", NAME_TAKEN) from error
    return await location_now(connection, new.id, context)


async def close_place(connection: Connection, command: ClosePlace, context: WriteContext) -> None:
    """Who managed stock by its service has the shop count. Raises: NotFound, PlaceRefused."""
    shop, places = await held_still(connection, context)
    row = await connection.fetchrow(USAGE, context.shop_id, command.location_id)
    assert row is not None  # a SELECT without FROM
    location = check_closing(command.location_id, places, context.caller, Usage(**row))
    await connection.execute(DELETE_PLACE, context.shop_id, location.id, context.at)
    if shop.primary_location_id == location.id:
        await connection.execute(PRIMARY, context.shop_id, primary_without(places, location.id), context.at)
    if location.service is not None:
        await connection.execute(MANAGE, context.shop_id, location.service.handle, context.at)
        await connection.execute(END, context.shop_id, location.service.id, context.at)
        for job in (fetch_stock.NAME, fetch_tracking_numbers.NAME):
            await cancel_timer(connection, context.shop_id, job, f"service:{location.service.id}")


async def list_places(_connection: Connection, query: ListPlaces, context: ReadContext) -> Page[Location]:
    seen = [each for each in context.locations.values() if not each.deleted and is_within_reach(each, context.caller)]
    return window_over(query.window, seen, lambda location: location.id)


async def get_place(_connection: Connection, query: GetPlace, context: ReadContext) -> Location:
    """Raises: NotFound."""
    return within_reach(query.location_id, context.locations, context.caller)


COMMANDS: Mapping[type, CommandHandler] = {
    OpenPlace: open_place,
    ReplacePlace: replace_place,
    ClosePlace: close_place,
}
QUERIES: Mapping[type, QueryHandler] = {ListPlaces: list_places, GetPlace: get_place}
