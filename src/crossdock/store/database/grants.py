"""What an app was granted, the codes that say so, and the tokens that they are exchanged for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from crossdock.runtime.connection import Connection
from crossdock.runtime.secrets import hash_token

# Nothing of the app can be given out, or taken from it, by two at once.
INSTALLED = """
    SELECT granted FROM apps
    WHERE shop_id = $1 AND id = $2 AND installed_at IS NOT NULL AND uninstalled_at IS NULL
    FOR SHARE
"""
GRANT = """
    UPDATE apps a SET granted = $3, installed_at = $4, uninstalled_at = NULL
    FROM (SELECT granted, installed_at, uninstalled_at FROM apps WHERE shop_id = $1 AND id = $2 FOR UPDATE) before
    WHERE a.shop_id = $1 AND a.id = $2
    RETURNING before.granted, before.installed_at IS NOT NULL AND before.uninstalled_at IS NULL AS installed
"""
# A grant that has become smaller takes back what is no longer in it. After the app's row is locked: whatever was being
# given out meanwhile is seen.
TAKE_BACK = """
    WITH void AS (
        DELETE FROM authorization_codes WHERE shop_id = $1 AND app_id = $2 AND NOT scopes <@ $3::text[]
    )
    UPDATE tokens SET revoked_at = $4, refresh_hash = NULL
    WHERE shop_id = $1 AND app_id = $2 AND revoked_at IS NULL AND NOT scopes <@ $3::text[]
"""
REMEMBER_CODE = """
    INSERT INTO authorization_codes (shop_id, id, app_id, hash, redirect_uri, scopes, app_user, expires_at)
    VALUES ($1, nextval('ids'), $2, $3, $4, $5, $6, $7)
"""
# Deleted by whoever comes first: the second one finds nothing.
TAKE_CODE = """
    DELETE FROM authorization_codes
    WHERE shop_id = $1 AND app_id = $2 AND hash = $3 AND expires_at > $4
        AND ($5::text IS NULL OR redirect_uri = $5)
    RETURNING scopes, app_user
"""
ISSUE = """
    INSERT INTO tokens (shop_id, id, app_id, hash, platform, scopes, created_at, expires_at, refresh_hash,
        refresh_until)
    SELECT shop_id, nextval('ids'), id, $3, platform, $4, $5, $6, $7, $8 FROM apps WHERE shop_id = $1 AND id = $2
"""
# `least` passes over what is null.
TAKE_REFRESH = """
    UPDATE tokens SET refresh_hash = NULL, expires_at = least(expires_at, $5::timestamptz)
    WHERE shop_id = $1 AND app_id = $2 AND refresh_hash = $3 AND refresh_until > $4 AND revoked_at IS NULL
    RETURNING scopes
"""
TAKE_LASTING = """
    UPDATE tokens SET revoked_at = $4
    WHERE shop_id = $1 AND app_id = $2 AND hash = $3 AND expires_at IS NULL AND revoked_at IS NULL
    RETURNING scopes
"""
# A request that does not fit changes nothing, and so returns nothing.
DRAW = """
    INSERT INTO token_requests AS r (address, level, at) VALUES (sha256(convert_to($1, 'UTF8')), 1, clock_timestamp())
    ON CONFLICT (address) DO UPDATE SET
        level = greatest(0, r.level - $3 * extract(epoch FROM clock_timestamp() - r.at)) + 1, at = clock_timestamp()
    WHERE greatest(0, r.level - $3 * extract(epoch FROM clock_timestamp() - r.at)) + 1 <= $2
    RETURNING true
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewCode:
    """A code for the app to exchange. `app_user`: whom the token will stand for, None where for the app itself."""

    code: str
    redirect_uri: str
    scopes: Sequence[str]
    app_user: Mapping[str, object] | None
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class NewToken:
    """A token to be given out. `refresh`: what renews it, until then."""

    token: str
    scopes: Sequence[str]
    expires_at: datetime | None = None
    refresh: str | None = None
    refresh_until: datetime | None = None


async def lock_installed(connection: Connection, shop_id: int, app_id: int) -> tuple[str, ...] | None:
    """Keep an app from being uninstalled meanwhile, and return its scopes; None when it is not installed."""
    row = await connection.fetchrow(INSTALLED, shop_id, app_id)
    return None if row is None else tuple(row["granted"])


async def grant(
    connection: Connection, shop_id: int, app_id: int, scopes: Sequence[str], at: datetime, *, reach: Iterable[str]
) -> tuple[str, ...] | None:
    """Install an app with scopes, and return those that it had; None when it was not installed.

    `reach` are the new ones with all that they imply.
    """
    row = await connection.fetchrow(GRANT, shop_id, app_id, list(scopes), at)
    await connection.execute(TAKE_BACK, shop_id, app_id, sorted(reach), at)
    return tuple(row["granted"]) if row is not None and row["installed"] else None


async def remember_code(connection: Connection, shop_id: int, app_id: int, new: NewCode) -> None:
    await connection.execute(
        REMEMBER_CODE,
        shop_id,
        app_id,
        hash_token(new.code),
        new.redirect_uri,
        list(new.scopes),
        new.app_user,
        new.expires_at,
    )


async def take_code(
    connection: Connection, shop_id: int, app_id: int, code: str, at: datetime, *, redirect_uri: str | None
) -> Record | None:
    """Return a code's scopes and user, and forget the code; None when there is none such (any more)."""
    return await connection.fetchrow(TAKE_CODE, shop_id, app_id, hash_token(code), at, redirect_uri)


async def take_refresh(
    connection: Connection, shop_id: int, app_id: int, refresh: str, at: datetime, *, ends_at: datetime | None = None
) -> tuple[str, ...] | None:
    """Return the scopes of what can be renewed, once. `ends_at`: what is renewed is good until then at most."""
    row = await connection.fetchrow(TAKE_REFRESH, shop_id, app_id, hash_token(refresh), at, ends_at)
    return None if row is None else tuple(row["scopes"])


async def take_lasting(
    connection: Connection, shop_id: int, app_id: int, token: str, at: datetime
) -> tuple[str, ...] | None:
    """End a token that does not expire, and return its scopes; None when there is none such."""
    row = await connection.fetchrow(TAKE_LASTING, shop_id, app_id, hash_token(token), at)
    return None if row is None else tuple(row["scopes"])


async def issue(connection: Connection, shop_id: int, app_id: int, new: NewToken, at: datetime) -> None:
    await connection.execute(
        ISSUE,
        shop_id,
        app_id,
        hash_token(new.token),
        list(new.scopes),
        at,
        new.expires_at,
        None if new.refresh is None else hash_token(new.refresh),
        new.refresh_until,
    )


async def draw(connection: Connection, address: str, *, size: int, leak: float) -> bool:
    """Count a request for a token from an address; False when it has asked too often. `leak`: a second."""
    return bool(await connection.fetchval(DRAW, address, size, leak))
