"""Who a token stands for, and how often they may call.

Both look at the database every time, so that a revoked token ends everywhere at once and a limit holds over all web
processes; only guesses at tokens are counted by each process for itself. Tokens of calls that arrive while others are
looked up share the next look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Pool
from crossdock.runtime.http.strangers import Strangers
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.runtime.secrets import hash_token
from crossdock.store.dispatch.lane import Lane

FIND = """
    SELECT t.id, t.hash, t.platform, t.shop_id, s.subdomain, s.currency, t.app_id,
        a.name AS app_name, t.scopes, t.expires_at
    FROM tokens t
    JOIN apps a ON a.shop_id = t.shop_id AND a.id = t.app_id
    JOIN shops s ON s.id = t.shop_id
    WHERE t.hash = ANY ($1::bytea[]) AND t.revoked_at IS NULL AND a.uninstalled_at IS NULL
"""

# A call that does not fit changes nothing, and so returns nothing.
DRAW = """
    INSERT INTO call_buckets AS b (shop_id, app_id, wire, level, at) VALUES ($1, $2, $3, $6, clock_timestamp())
    ON CONFLICT (shop_id, app_id, wire) DO UPDATE SET
        level = greatest(0, b.level - $5 * extract(epoch FROM clock_timestamp() - b.at)) + $6, at = clock_timestamp()
    WHERE greatest(0, b.level - $5 * extract(epoch FROM clock_timestamp() - b.at)) + $6 <= $4
    RETURNING level
"""
GIVE_BACK = """
    UPDATE call_buckets SET level = greatest(0, level - $4) WHERE shop_id = $1 AND app_id = $2 AND wire = $3
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """What a token gives: a shop, in the name of an app, with scopes in the words of the platform that it is for.

    `token` is the token's own id.
    """

    platform: str
    shop_id: int
    subdomain: str
    currency: str
    app_id: int
    app_name: str
    scopes: frozenset[str]
    token: int


class Gate:
    """Knows tokens by their hashes, and counts calls in a leaky bucket for each app and shop.

    `limited` False: every call is let in, and the bucket looks as if it were the only one.
    """

    def __init__(self, pool: Pool, clock: Clock, *, limited: bool) -> None:
        self.pool = pool
        self.clock = clock
        self.limited = limited
        self.strangers = Strangers(limited=limited)
        self.lane: Lane[bytes, Access | None] = Lane(self._find)

    async def admit(self, token: str, platform: str, *, address: str) -> Access | None:
        """Return what a token gives; None when it is unknown, revoked or expired, or its app is uninstalled.

        `address`: of the client that shows it. Raises: LaneFull, TooManyTries.
        """

        async def find() -> Access | None:
            access = await self.lane.submit(hash_token(token))
            return access if access is not None and access.platform == platform else None

        return await self.strangers.look_up(address, token, find)

    async def draw(self, access: Access, wire: str, *, size: float, leak: float, cost: float = 1) -> float | None:
        """Put a call into a wire's bucket and return how full it is; None when the call does not fit.

        `leak`: how much runs out of the bucket each second.
        """
        if not self.limited:
            return cost
        async with acquire_ready(self.pool) as connection:
            level: float | None = await connection.fetchval(DRAW, access.shop_id, access.app_id, wire, size, leak, cost)
            return level

    async def give_back(self, access: Access, wire: str, cost: float) -> None:
        """Take out of a bucket what a call did not need."""
        if self.limited and cost > 0:
            async with acquire_ready(self.pool) as connection:
                await connection.execute(GIVE_BACK, access.shop_id, access.app_id, wire, cost)

    async def _find(self, hashes: Sequence[bytes]) -> Sequence[Access | None]:
        async with acquire_ready(self.pool) as connection:
            rows = await connection.fetch(FIND, list(set(hashes)))
            at = await self.clock.now(connection) if any(row["expires_at"] for row in rows) else None
        found = {row["hash"]: access_of(row) for row in rows if at is None or not is_over(row["expires_at"], at)}
        return [found.get(each) for each in hashes]


def is_over(expires_at: datetime | None, at: datetime) -> bool:
    return expires_at is not None and expires_at <= at


def access_of(row: Record) -> Access:
    return Access(
        platform=row["platform"],
        shop_id=row["shop_id"],
        subdomain=row["subdomain"],
        currency=row["currency"],
        app_id=row["app_id"],
        app_name=row["app_name"],
        scopes=frozenset(row["scopes"]),
        token=row["id"],
    )
