"""Making what comes before the first call: shops, their locations, apps, and tokens for them.

Each function is one transaction. What has a name of its own (a shop, a location, an app) is made once: asked again, the
function returns the one that is there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crossdock.domain.places import Address
from crossdock.runtime.connection import Pool
from crossdock.runtime.postgres.pool import transaction
from crossdock.runtime.secrets import Vault, hash_token, new_token
from crossdock.store.database.apps import secret_purpose
from crossdock.store.dispatch.credentials import SECRET_PREFIXES

# Ways of sending that a new shop offers, for nothing.
USUAL_SHIPPING_METHODS = """
    INSERT INTO shipping_methods (shop_id, id, code, name, description, countries, delivery_time, is_public, prices)
    SELECT $1, nextval('ids'), code, name, '', '{}', delivery_time, true,
        jsonb_build_array(jsonb_build_object('currency', $2::text, 'amount', 0))
    FROM (VALUES ('standard', 'Standard', '3-5 days'), ('express', 'Express', '1-2 days'))
        AS usual (code, name, delivery_time)
    ON CONFLICT (shop_id, code) DO NOTHING
"""

# Apps of the two platforms know their tokens by these beginnings. Source: Shopify, access tokens.
TOKEN_PREFIXES = {"shopify": "shpat_", "next29": "next_"}


@dataclass(frozen=True, kw_only=True)
class App:
    """An app as it was registered. `client_secret` signs what the shop sends to it."""

    id: int
    client_id: str
    client_secret: str


async def create_shop(
    pool: Pool,
    at: datetime,
    *,
    name: str,
    subdomain: str,
    domain: str,
    email: str,
    currency: str = "USD",
    timezone: str = "UTC",
    address: Address | None = None,
) -> int:
    """Make a shop and return its id; the shop of this subdomain if there is one already."""
    async with transaction(pool) as connection:
        await connection.execute(
            """
            INSERT INTO shops (id, name, domain, subdomain, email, currency, timezone, address, created_at, updated_at)
            VALUES (nextval('ids'), $1, $2, $3, $4, $5, $6, $7, $8, $8)
            ON CONFLICT (subdomain) DO NOTHING
            """,
            name,
            domain,
            subdomain,
            email,
            currency,
            timezone,
            address or Address(),
            at,
        )
        shop_id: int = await connection.fetchval("SELECT id FROM shops WHERE subdomain = $1", subdomain)
        await connection.execute(USUAL_SHIPPING_METHODS, shop_id, currency)
        return shop_id


async def create_location(pool: Pool, at: datetime, shop_id: int, *, name: str, address: Address | None = None) -> int:
    """Make a location of the merchant's, after all others in priority, and return its id.

    The first one becomes the shop's primary location.
    """
    async with transaction(pool) as connection:
        await connection.execute("SELECT FROM shops WHERE id = $1 FOR NO KEY UPDATE", shop_id)
        await connection.execute(
            """
            INSERT INTO locations (shop_id, id, name, address, priority, created_at, updated_at)
            SELECT $1, nextval('ids'), $2, $3, coalesce(max(priority), 0) + 1, $4, $4 FROM locations WHERE shop_id = $1
            ON CONFLICT (shop_id, lower(name)) WHERE deleted_at IS NULL DO NOTHING
            """,
            shop_id,
            name,
            address or Address(),
            at,
        )
        location_id: int = await connection.fetchval(
            "SELECT id FROM locations WHERE shop_id = $1 AND lower(name) = lower($2) AND deleted_at IS NULL",
            shop_id,
            name,
        )
        await connection.execute(
            "UPDATE shops SET primary_location_id = $2, updated_at = $3 WHERE id = $1 AND primary_location_id IS NULL",
            shop_id,
            location_id,
            at,
        )
        return location_id


async def create_app(
    pool: Pool, vault: Vault, at: datetime, shop_id: int, *, name: str, platform: str = "shopify"
) -> App:
    """Register an app with a fresh client id and secret; the one of this name if it is there already."""
    async with transaction(pool) as connection:
        await connection.execute("SELECT FROM shops WHERE id = $1 FOR NO KEY UPDATE", shop_id)
        row = await connection.fetchrow(
            """
            SELECT id, client_id, client_secret FROM apps
            WHERE shop_id = $1 AND name = $2 AND platform = $3 AND uninstalled_at IS NULL
            """,
            shop_id,
            name,
            platform,
        )
        if row is not None:
            secret = vault.decrypt(row["client_secret"], purpose=secret_purpose(row["id"]))
            return App(id=row["id"], client_id=row["client_id"], client_secret=secret)
        app = App(
            id=await connection.fetchval("SELECT nextval('ids')"),
            client_id=new_token(""),
            client_secret=new_token(SECRET_PREFIXES[platform]),
        )
        await connection.execute(
            """
            INSERT INTO apps (shop_id, id, name, client_id, client_secret, platform, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            shop_id,
            app.id,
            name,
            app.client_id,
            vault.encrypt(app.client_secret, purpose=secret_purpose(app.id)),
            platform,
            at,
        )
        return app


@dataclass(frozen=True, kw_only=True)
class Registration:
    """An app that can be installed. URLs are absolute, http or https.

    `redirect_urls`: where the browser may be sent back to, each whole; `privacy_urls`: where the app is told of
    people's data, by topic.
    """

    name: str
    app_url: str
    redirect_urls: tuple[str, ...] = ()
    platform: str = "shopify"
    privacy_urls: Mapping[str, str] = field(default_factory=dict)


async def register(pool: Pool, vault: Vault, at: datetime, shop_id: int, app: Registration) -> App:
    """Register an app for the install flow, or change the URLs of the one of this name; return its credentials."""
    made = await create_app(pool, vault, at, shop_id, name=app.name, platform=app.platform)
    async with transaction(pool) as connection:
        await connection.execute(
            "UPDATE apps SET app_url = $3, redirect_urls = $4, privacy_urls = $5 WHERE shop_id = $1 AND id = $2",
            shop_id,
            made.id,
            app.app_url,
            list(app.redirect_urls),
            dict(app.privacy_urls),
        )
    return made


async def issue_token(
    pool: Pool,
    at: datetime,
    shop_id: int,
    app_id: int,
    *,
    scopes: Iterable[str],
    platform: str = "shopify",
    expires_at: datetime | None = None,
) -> str:
    """Give an app a token. This is the only time that it can be read: the database keeps its hash."""
    token = new_token(TOKEN_PREFIXES[platform])
    given = sorted(set(scopes))
    async with transaction(pool) as connection:
        await connection.execute(
            """
            INSERT INTO tokens (shop_id, id, app_id, hash, platform, scopes, created_at, expires_at)
            VALUES ($1, nextval('ids'), $2, $3, $4, $5, $6, $7)
            """,
            shop_id,
            app_id,
            hash_token(token),
            platform,
            given,
            at,
            expires_at,
        )
        # Whoever gives an app a token by hand has agreed to its scopes.
        await connection.execute(
            """
            UPDATE apps SET installed_at = coalesce(installed_at, $4),
                granted = ARRAY(SELECT unnest(granted) UNION SELECT unnest($3::text[]) ORDER BY 1)
            WHERE shop_id = $1 AND id = $2 AND uninstalled_at IS NULL
            """,
            shop_id,
            app_id,
            given,
            at,
        )
    return token
