"""Connected stores, and what is pulled from them."""

from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from crossdock.runtime.connection import Connection


@dataclass(frozen=True, kw_only=True)
class Store:
    """A store that we work for. `access_token` and the secrets are encrypted, each for its `purpose`.

    `transport`: how it is asked. `client_id`, `scopes`: as which app it let us in, and what it lets us do, where it was
    connected by installing. `service_name`: what our fulfillment service there is called; `set_up_at`: since when it
    and what it tells us of are in order. `by_hand`: people decide on its requests. `ships_within_hours`: what it is
    promised with an acceptance. `disconnected_at`: it does not know us any more, and is not called.
    """

    id: int
    name: str
    platform: str
    url: str
    shop_domain: str
    api_version: str
    access_token: str
    secret: str
    previous_secret: str | None
    service_id: int | None
    location_id: int | None
    paused: bool
    pulls: int
    pull_asked: bool
    pull_whole: bool
    last_pulled_at: datetime | None
    trouble: str | None
    connected_at: datetime
    transport: str = "graphql"
    client_id: str | None = None
    scopes: str | None = None
    service_name: str = "Crossdock"
    set_up_at: datetime | None = None
    by_hand: bool = False
    ships_within_hours: int | None = None
    disconnected_at: datetime | None = None
    disconnected_reason: str | None = None

    @property
    def subject(self) -> str:
        """The subject of messages that concern the store as a whole."""
        return f"store:{self.id}"


def token_purpose(shop_domain: str) -> str:
    """Return what a store's access token is encrypted for."""
    return f"token of store {shop_domain}"


def secret_purpose(shop_domain: str) -> str:
    """Return what a store's secrets are encrypted for."""
    return f"secret of store {shop_domain}"


async def store_by_id(connection: Connection, store_id: int) -> Store | None:
    return store_of(await connection.fetchrow("SELECT * FROM stores WHERE id = $1", store_id))


async def store_by_domain(connection: Connection, shop_domain: str) -> Store | None:
    """Find a store by the domain that it names itself by, in any case."""
    return store_of(await connection.fetchrow("SELECT * FROM stores WHERE shop_domain = $1", shop_domain.lower()))


async def lock_store(connection: Connection, store_id: int) -> Store | None:
    """Lock a store until the end of the transaction: one transaction at a time takes in work or decides for it."""
    return store_of(await connection.fetchrow("SELECT * FROM stores WHERE id = $1 FOR NO KEY UPDATE", store_id))


async def set_dealings(connection: Connection, store: Store) -> None:
    """Write how we deal with a store."""
    await connection.execute(
        "UPDATE stores SET paused = $2, transport = $3, ships_within_hours = $4, by_hand = $5 WHERE id = $1",
        store.id,
        store.paused,
        store.transport,
        store.ships_within_hours,
        store.by_hand,
    )


async def ask_for_pull(connection: Connection, store_id: int, *, whole: bool) -> bool:
    """Note that a pull is to begin; whoever pulls now will see it when done. Return whether the last one failed."""
    return bool(
        await connection.fetchval(
            """
            UPDATE stores SET pull_asked = true, pull_whole = pull_whole OR $2 WHERE id = $1
            RETURNING trouble IS NOT NULL
            """,
            store_id,
            whole,
        )
    )


async def is_pull_asked(connection: Connection, store_id: int) -> bool:
    return bool(
        await connection.fetchval(
            "SELECT pull_asked AND NOT paused AND disconnected_at IS NULL FROM stores WHERE id = $1", store_id
        )
    )


@dataclass(frozen=True, kw_only=True)
class Pull:
    """One reading of a store's fulfillment orders; `whole`: of the accepted ones too."""

    number: int
    whole: bool


async def begin_pull(connection: Connection, store_id: int) -> Pull | None:
    """Number the pull that begins now; None when none is asked for, or the store is paused."""
    row = await connection.fetchrow(
        """
        WITH asked AS (
            SELECT id, pull_whole FROM stores
            WHERE id = $1 AND pull_asked AND NOT paused AND disconnected_at IS NULL
            FOR NO KEY UPDATE
        )
        UPDATE stores SET pulls = pulls + 1, pull_asked = false, pull_whole = false
        FROM asked WHERE stores.id = asked.id
        RETURNING stores.pulls AS number, asked.pull_whole AS whole
        """,
        store_id,
    )
    return None if row is None else Pull(number=row["number"], whole=row["whole"])


async def end_pull(connection: Connection, store_id: int, at: datetime, trouble: str | None) -> None:
    """Note how a pull ended."""
    await connection.execute(
        """
        UPDATE stores
        SET trouble = $3, last_pulled_at = CASE WHEN $3::text IS NULL THEN $2 ELSE last_pulled_at END
        WHERE id = $1
        """,
        store_id,
        at,
        trouble,
    )


async def disconnect(connection: Connection, store_id: int, reason: str, at: datetime) -> bool:
    """Note that a store does not know us any more; False when that was known."""
    tag: str = await connection.execute(
        """
        UPDATE stores SET disconnected_at = $3, disconnected_reason = $2
        WHERE id = $1 AND disconnected_at IS NULL
        """,
        store_id,
        reason,
        at,
    )
    return tag == "UPDATE 1"


async def reconnect(connection: Connection, store_id: int) -> bool:
    """Let a store be called again; False when it was not disconnected."""
    tag: str = await connection.execute(
        """
        UPDATE stores SET disconnected_at = NULL, disconnected_reason = NULL, trouble = NULL
        WHERE id = $1 AND disconnected_at IS NOT NULL
        """,
        store_id,
    )
    return tag == "UPDATE 1"


async def set_trouble(connection: Connection, store_id: int, trouble: str | None) -> None:
    """Note what keeps us from working with a store."""
    await connection.execute("UPDATE stores SET trouble = $2 WHERE id = $1", store_id, trouble)


def store_of(row: Record | None) -> Store | None:
    return None if row is None else Store(**row)


@dataclass(frozen=True, kw_only=True)
class Installation:
    """What a shop gave us when it let us in; `token` and `secret` are encrypted."""

    url: str
    shop_domain: str
    client_id: str
    scopes: str
    token: str
    secret: str
    api_version: str
    transport: str
    platform: str


async def keep_installation(connection: Connection, given: Installation, at: datetime) -> int | None:
    """Write a store that let us in, or did so again; return its id. Callbacks under the secret before stay good.

    None where a store of another platform has its name.
    """
    store_id: int | None = await connection.fetchval(
        """
        INSERT INTO stores AS known (id, name, platform, url, shop_domain, api_version, access_token, secret, client_id,
            scopes, transport, connected_at)
        VALUES (nextval('ids'), $1, $2, $3, $1, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (shop_domain) DO UPDATE
        SET url = excluded.url, access_token = excluded.access_token, secret = excluded.secret,
            previous_secret = known.secret, client_id = excluded.client_id, scopes = excluded.scopes,
            transport = excluded.transport, set_up_at = NULL, trouble = NULL, disconnected_at = NULL,
            disconnected_reason = NULL
        WHERE known.platform = excluded.platform
        RETURNING id
        """,
        given.shop_domain,
        given.platform,
        given.url,
        given.api_version,
        given.token,
        given.secret,
        given.client_id,
        given.scopes,
        given.transport,
        at,
    )
    return store_id


async def mark_set_up(
    connection: Connection, store_id: int, *, name: str, service_id: int, location_id: int, at: datetime
) -> None:
    """Note that a store is in order, and as what it knows us."""
    await connection.execute(
        "UPDATE stores SET name = $2, service_id = $3, location_id = $4, set_up_at = $5 WHERE id = $1",
        store_id,
        name,
        service_id,
        location_id,
        at,
    )
