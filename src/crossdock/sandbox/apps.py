"""Apps registered for the install flow, as a partner dashboard would."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crossdock.runtime.connection import Pool
from crossdock.runtime.postgres.pool import acquire_ready, transaction
from crossdock.runtime.secrets import Vault
from crossdock.store.setup import App, create_app

THE_SHOP = "SELECT id FROM shops ORDER BY id LIMIT 1"


@dataclass(frozen=True, kw_only=True)
class Registration:
    """An app to be registered. URLs are absolute, http or https."""

    name: str
    app_url: str
    redirect_urls: tuple[str, ...]
    platform: str = "shopify"


async def register(pool: Pool, vault: Vault, at: datetime, app: Registration) -> App:
    """Register an app, or change the URLs of the one of this name; return its credentials."""
    shop_id = await pool.fetchval(THE_SHOP)
    made = await create_app(pool, vault, at, shop_id, name=app.name, platform=app.platform)
    async with transaction(pool) as connection:
        await connection.execute(
            "UPDATE apps SET app_url = $3, redirect_urls = $4 WHERE shop_id = $1 AND id = $2",
            shop_id,
            made.id,
            app.app_url,
            list(app.redirect_urls),
        )
    return made


async def installed(pool: Pool) -> list[Mapping[str, object]]:
    """Return the apps that are not uninstalled, oldest first, without their secrets."""
    async with acquire_ready(pool) as connection:
        rows = await connection.fetch(
            """
            SELECT name, platform, client_id, app_url, redirect_urls FROM apps
            WHERE uninstalled_at IS NULL ORDER BY id
            """
        )
    return [dict(row) for row in rows]


async def uninstall(pool: Pool, at: datetime, client_id: str) -> bool:
    """Uninstall an app and make its tokens worthless; False when there is none such."""
    async with transaction(pool) as connection:
        app_id = await connection.fetchval(
            """
            WITH gone AS (
                UPDATE apps SET uninstalled_at = $2 WHERE client_id = $1 AND uninstalled_at IS NULL
                RETURNING shop_id, id
            ), revoked AS (
                UPDATE tokens SET revoked_at = $2
                FROM gone WHERE tokens.shop_id = gone.shop_id AND app_id = gone.id AND revoked_at IS NULL
            )
            SELECT id FROM gone
            """,
            client_id,
            at,
        )
    return app_id is not None
