"""Who a token stands for, and how often they may call. One statement each; both look at the database every time, so
that a revoked token ends everywhere at once and a limit holds over all web processes."""

from dataclasses import dataclass
from datetime import datetime

from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Pool
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.runtime.secrets import hash_token

FIND = """
    SELECT t.shop_id, s.subdomain, s.currency, t.app_id, a.name AS app_name, t.scopes, t.expires_at
    FROM tokens t
    JOIN apps a ON a.shop_id = t.shop_id AND a.id = t.app_id
    JOIN shops s ON s.id = t.shop_id
    WHERE t.hash = $1 AND t.platform = $2 AND t.revoked_at IS NULL AND a.uninstalled_at IS NULL
"""

# A call that does not fit changes nothing, and so returns nothing.
DRAW = """
    INSERT INTO call_buckets AS b (shop_id, app_id, level, at) VALUES ($1, $2, 1, clock_timestamp())
    ON CONFLICT (shop_id, app_id) DO UPDATE SET
        level = greatest(0, b.level - $4 * extract(epoch FROM clock_timestamp() - b.at)) + 1, at = clock_timestamp()
    WHERE greatest(0, b.level - $4 * extract(epoch FROM clock_timestamp() - b.at)) + 1 <= $3
    RETURNING ceil(level)::integer
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """What a token gives: a shop, in the name of an app, with scopes in the words of the app's platform."""

    shop_id: int
    subdomain: str
    currency: str
    app_id: int
    app_name: str
    scopes: frozenset[str]


class Gate:
    """Knows tokens by their hashes, and counts calls in a leaky bucket for each app and shop.

    `limited` False: every call is let in, and the bucket looks as if it were the only one.
    """

    def __init__(self, pool: Pool, clock: Clock, *, limited: bool) -> None:
        self.pool = pool
        self.clock = clock
        self.limited = limited

    async def admit(self, token: str, platform: str) -> Access | None:
        """Return what a token gives; None when it is unknown, revoked or expired, or its app is uninstalled."""
        async with acquire_ready(self.pool) as connection:
            row = await connection.fetchrow(FIND, hash_token(token), platform)
            if row is None:
                return None
            expires_at: datetime | None = row["expires_at"]
            if expires_at is not None and expires_at <= await self.clock.now(connection):
                return None
        return Access(
            shop_id=row["shop_id"],
            subdomain=row["subdomain"],
            currency=row["currency"],
            app_id=row["app_id"],
            app_name=row["app_name"],
            scopes=frozenset(row["scopes"]),
        )

    async def draw(self, access: Access, *, size: int, leak: float) -> int | None:
        """Put a call into the bucket and return how full it is; None when the call does not fit.

        `leak`: calls that run out of the bucket each second.
        """
        if not self.limited:
            return 1
        async with acquire_ready(self.pool) as connection:
            level: int | None = await connection.fetchval(DRAW, access.shop_id, access.app_id, size, leak)
            return level
