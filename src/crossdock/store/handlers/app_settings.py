"""What apps keep with the shop. Each statement names the app that calls: no other's row is ever looked at."""

from collections.abc import Mapping
from typing import Any

from crossdock.domain.app_settings import (
    LONGEST_SETTINGS,
    AppCard,
    ChangeAppSettings,
    ClearAppSettings,
    GetApp,
    GetAppSettings,
    ReplaceAppSettings,
)
from crossdock.domain.refusals import Invalid, NotFound
from crossdock.runtime.connection import Connection
from crossdock.store.handlers.context import CommandHandler, QueryHandler, ReadContext, WriteContext

MINE = """
    SELECT client_id, name, settings, created_at, greatest(created_at, installed_at, settings_at) AS updated_at
    FROM apps WHERE shop_id = $1 AND id = $2 AND client_id = $3 AND uninstalled_at IS NULL
"""
LOCK = """
    SELECT settings FROM apps WHERE shop_id = $1 AND id = $2 AND client_id = $3 AND uninstalled_at IS NULL
    FOR NO KEY UPDATE
"""
REPLACE = """
    UPDATE apps SET settings = $3, settings_at = $4
    WHERE shop_id = $1 AND id = $2 AND octet_length($3::jsonb::text) <= $5
"""


async def get_app(connection: Connection, query: GetApp, context: ReadContext) -> AppCard:
    """Raises: NotFound."""
    return await find(connection, query.client_id, context)


async def get_settings(connection: Connection, query: GetAppSettings, context: ReadContext) -> Mapping[str, Any]:
    """Raises: NotFound."""
    return (await find(connection, query.client_id, context)).settings


async def find(connection: Connection, client_id: str, context: ReadContext) -> AppCard:
    row = None
    if storable(client_id):
        row = await connection.fetchrow(MINE, context.shop_id, context.caller.app_id, client_id)
    if row is None:
        raise NotFound("app", client_id)
    return AppCard(**row)


async def replace(connection: Connection, command: ReplaceAppSettings, context: WriteContext) -> Mapping[str, Any]:
    """Raises: NotFound, Invalid."""
    await lock(connection, command.client_id, context)
    return await write(connection, command.settings, context)


async def change(connection: Connection, command: ChangeAppSettings, context: WriteContext) -> Mapping[str, Any]:
    """Raises: NotFound, Invalid."""
    settings = await lock(connection, command.client_id, context)
    return await write(connection, {**settings, **command.settings}, context)


async def clear(connection: Connection, command: ClearAppSettings, context: WriteContext) -> None:
    """Raises: NotFound."""
    await lock(connection, command.client_id, context)
    await write(connection, {}, context)


async def lock(connection: Connection, client_id: str, context: WriteContext) -> Mapping[str, Any]:
    """Return the settings as they are, and keep others from changing them. Raises: NotFound."""
    row = None
    if storable(client_id):
        row = await connection.fetchrow(LOCK, context.shop_id, context.caller.app_id, client_id)
    if row is None:
        raise NotFound("app", client_id)
    settings: Mapping[str, Any] = row["settings"]
    return settings


async def write(connection: Connection, settings: Mapping[str, Any], context: WriteContext) -> Mapping[str, Any]:
    """Raises: Invalid for more than is kept."""
    values = (context.shop_id, context.caller.app_id, dict(settings), context.at, LONGEST_SETTINGS)
    tag: str = await connection.execute(REPLACE, *values)
    if tag.endswith(" 0"):
        raise Invalid("base", f"Settings have at most {LONGEST_SETTINGS} bytes.")
    return settings


def storable(client_id: str) -> bool:
    # No text in the database can hold a NUL character.
    return "\0" not in client_id


QUERIES: Mapping[type, QueryHandler] = {GetApp: get_app, GetAppSettings: get_settings}
COMMANDS: Mapping[type, CommandHandler] = {
    ReplaceAppSettings: replace,
    ChangeAppSettings: change,
    ClearAppSettings: clear,
}
