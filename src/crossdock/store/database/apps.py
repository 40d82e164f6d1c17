"""Reading apps and what signs between them and a shop, and replacing it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from crossdock.domain.apps import Installation
from crossdock.runtime.connection import Connection

# What apps are told although they are gone: that they are, and that people's data is to be erased.
PARTING = "app_parting"
SEALED = "sealed"
"""In the command of such a message: the secret of the subscription that it goes to, which is gone as well."""

FIND = """
    SELECT s.domain AS shop_domain, s.subdomain, a.client_secret, a.old_secret, a.old_until,
        (SELECT w.secret FROM webhook_subscriptions w WHERE w.shop_id = $1 AND w.id = $4) AS own_secret
    FROM apps a JOIN shops s ON s.id = a.shop_id
    WHERE a.shop_id = $1 AND a.id = $2 AND ($3 OR a.uninstalled_at IS NULL)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signer:
    """In whose name a message goes out, and the app's secrets, encrypted; that of its subscription, if it has one."""

    shop_domain: str
    subdomain: str
    client_secret: str
    old_secret: str | None
    old_until: datetime | None
    own_secret: str | None = None

    def secret_at(self, at: datetime) -> str:
        """Return the secret that signs: the old one for as long as it is good, so that receivers can follow.

        Source: Shopify, "Rotate or revoke credentials": the oldest client secret that is not revoked signs.
        """
        if self.old_secret is not None and self.old_until is not None and at < self.old_until:
            return self.old_secret
        return self.client_secret


def secret_purpose(app_id: int) -> str:
    """Return what an app's secret is encrypted for."""
    return f"app {app_id}"


async def find_signer(
    connection: Connection, shop_id: int, app_id: int, subscription_id: int | None = None, *, gone_too: bool = False
) -> Signer | None:
    """Return what signs messages to an app, or to a subscription of it.

    None once it is uninstalled, unless those that are `gone_too` count.
    """
    row = await connection.fetchrow(FIND, shop_id, app_id, gone_too, subscription_id)
    return None if row is None else Signer(**row)


async def replace_secret(connection: Connection, shop_id: int, app_id: int, secret: str, old_until: datetime) -> bool:
    """Give an app a new (encrypted) secret, while the present one signs until a time; False when the app is gone."""
    tag: str = await connection.execute(
        """
        UPDATE apps SET client_secret = $3, old_secret = client_secret, old_until = $4
        WHERE shop_id = $1 AND id = $2 AND uninstalled_at IS NULL
        """,
        shop_id,
        app_id,
        secret,
        old_until,
    )
    return not tag.endswith(" 0")


@dataclass(frozen=True, kw_only=True, slots=True)
class Registered:
    """An app as it stands with a shop, the shop's names, and what signs between the two."""

    shop_id: int
    shop_name: str
    shop_email: str
    subdomain: str
    signer: Signer
    app: Installation


APPS = """
    SELECT a.id, a.name, a.platform, a.client_id, a.app_url, a.redirect_urls, a.privacy_urls, a.granted, a.created_at,
        a.installed_at, a.uninstalled_at, a.client_secret, a.old_secret, a.old_until,
        s.id AS shop_id, s.name AS shop_name, s.email AS shop_email, s.subdomain, s.domain AS shop_domain
    FROM apps a JOIN shops s ON s.id = a.shop_id
"""


NAMED = """
    SELECT id, name, platform, client_id, app_url, redirect_urls, privacy_urls, granted, created_at, installed_at,
        uninstalled_at
    FROM apps WHERE shop_id = $1 AND id = ANY ($2::bigint[])
"""


async def list_apps(connection: Connection, shop_id: int, app_ids: Collection[int]) -> dict[int, Installation]:
    """Return apps of a shop by id, also those that are gone."""
    rows = await connection.fetch(NAMED, shop_id, list(app_ids))
    return {row["id"]: installation(row) for row in rows}


async def find_registered(connection: Connection, client_id: str) -> Registered | None:
    """Return the app of a client id, installed or not."""
    # No text in the database can hold a NUL character.
    row = None if "\0" in client_id else await connection.fetchrow(f"{APPS} WHERE a.client_id = $1", client_id)
    return None if row is None else registered(row)


async def list_registered(connection: Connection, shop_id: int) -> tuple[Registered, ...]:
    """Return a shop's apps, in the order of their names; those that are gone come last."""
    rows = await connection.fetch(
        f"{APPS} WHERE a.shop_id = $1 ORDER BY a.uninstalled_at IS NOT NULL, lower(a.name), a.id", shop_id
    )
    return tuple(registered(row) for row in rows)


def registered(row: Record) -> Registered:
    return Registered(
        shop_id=row["shop_id"],
        shop_name=row["shop_name"],
        shop_email=row["shop_email"],
        subdomain=row["subdomain"],
        signer=Signer(
            shop_domain=row["shop_domain"],
            subdomain=row["subdomain"],
            client_secret=row["client_secret"],
            old_secret=row["old_secret"],
            old_until=row["old_until"],
        ),
        app=installation(row),
    )


def installation(row: Record) -> Installation:
    return Installation(
        id=row["id"],
        name=row["name"],
        platform=row["platform"],
        client_id=row["client_id"],
        app_url=row["app_url"],
        redirect_urls=tuple(row["redirect_urls"]),
        privacy_urls=row["privacy_urls"],
        granted=tuple(row["granted"]),
        created_at=row["created_at"],
        installed_at=row["installed_at"],
        uninstalled_at=row["uninstalled_at"],
    )
