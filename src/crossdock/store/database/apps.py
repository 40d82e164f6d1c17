"""Reading what signs a shop's messages to an app, and replacing it."""

from dataclasses import dataclass
from datetime import datetime

from crossdock.runtime.connection import Connection

# What apps are told although they are gone: that they are, and that people's data is to be erased.
PARTING = "app_parting"

FIND = """
    SELECT s.domain AS shop_domain, a.client_secret, a.old_secret, a.old_until
    FROM apps a JOIN shops s ON s.id = a.shop_id
    WHERE a.shop_id = $1 AND a.id = $2 AND ($3 OR a.uninstalled_at IS NULL)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signer:
    """In whose name a message goes out, and the app's secrets, encrypted."""

    shop_domain: str
    client_secret: str
    old_secret: str | None
    old_until: datetime | None

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


async def find_signer(connection: Connection, shop_id: int, app_id: int, *, gone_too: bool = False) -> Signer | None:
    """Return what signs messages to an app; None once it is uninstalled, unless those that are `gone_too` count."""
    row = await connection.fetchrow(FIND, shop_id, app_id, gone_too)
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
