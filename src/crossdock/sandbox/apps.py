"""Apps registered for the install flow, as a partner dashboard would."""

from collections.abc import Mapping

from crossdock.domain.apps import UninstallApp
from crossdock.domain.refusals import NotFound
from crossdock.runtime.clock import MovableClock
from crossdock.runtime.connection import Pool
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.store.dispatch.dispatcher import Dispatcher
from crossdock.store.handlers.callback_urls import UrlPolicy

THE_SHOP = "SELECT id FROM shops ORDER BY id LIMIT 1"


async def the_shop(pool: Pool) -> int:
    """Return the sandbox's one shop."""
    async with acquire_ready(pool) as connection:
        shop_id: int = await connection.fetchval(THE_SHOP)
        return shop_id


async def registered(pool: Pool) -> list[Mapping[str, object]]:
    """Return the apps that are not uninstalled, oldest first, without their secrets."""
    async with acquire_ready(pool) as connection:
        rows = await connection.fetch(
            """
            SELECT name, platform, client_id, app_url, redirect_urls FROM apps
            WHERE uninstalled_at IS NULL ORDER BY id
            """
        )
    return [dict(row) for row in rows]


async def uninstall(pool: Pool, client_id: str) -> bool:
    """Uninstall an app, as its merchant would; False when there is none such. Raises: AppAtWork."""
    async with acquire_ready(pool) as connection:
        row = await connection.fetchrow(
            "SELECT shop_id, id FROM apps WHERE client_id = $1 AND uninstalled_at IS NULL", client_id
        )
    if row is None:
        return False
    dispatcher = Dispatcher(pool, MovableClock(pool), callback_urls=UrlPolicy())
    try:
        await dispatcher.tell_by_itself(row["shop_id"], UninstallApp(app_id=row["id"]))
    except NotFound:  # another call was faster
        return False
    return True
