"""Reading what signs a shop's messages to an app."""

from dataclasses import dataclass

from crossdock.runtime.connection import Connection

FIND = """
    SELECT s.domain AS shop_domain, a.client_secret
    FROM apps a JOIN shops s ON s.id = a.shop_id
    WHERE a.shop_id = $1 AND a.id = $2 AND a.uninstalled_at IS NULL
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signer:
    """In whose name a message goes out, and the app's secret that signs it, encrypted."""

    shop_domain: str
    client_secret: str


def secret_purpose(app_id: int) -> str:
    """Return what an app's secret is encrypted for."""
    return f"app {app_id}"


async def find_signer(connection: Connection, shop_id: int, app_id: int) -> Signer | None:
    """Return what signs messages to an app; None once it is uninstalled."""
    row = await connection.fetchrow(FIND, shop_id, app_id)
    return None if row is None else Signer(**row)
