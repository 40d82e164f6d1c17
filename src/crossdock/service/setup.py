"""Making what the service side needs before it can work: connected stores, tokens of its own API."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from crossdock.domain.catalogue import CreateFulfillmentService
from crossdock.domain.queries import GetShop, ListFulfillmentServices
from crossdock.domain.shops import Shop
from crossdock.domain.work import RegisteredService
from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.jobs import set_timers
from crossdock.runtime.postgres.pool import acquire_ready, transaction
from crossdock.runtime.secrets import Undecryptable, Vault, hash_token, new_token
from crossdock.service.database.stores import Store, secret_purpose, store_by_domain, token_purpose
from crossdock.service.jobs.pull_assigned_work import enqueue_pull, poll
from crossdock.service.stores.client import Caller, ask

TOKEN_PREFIX = "xdock_"  # noqa: S105 (the beginning of every token)
NEWEST_VERSION = "2026-07"


@dataclass(frozen=True, kw_only=True)
class NewStore:
    """A store to be connected: where it is, and what it gave us. `secret` signs its callbacks."""

    url: str
    token: str
    secret: str
    name: str | None = None
    service_name: str = "Crossdock"
    platform: str = "shopify"
    api_version: str = NEWEST_VERSION
    transport: str = "graphql"


async def connect_store(caller: Caller, new: NewStore, *, public_url: str) -> Store:
    """Connect a store: ask it who it is, register our fulfillment service there, and begin to pull from it.

    Connected again, it keeps its id and gets the new token and secret; callbacks under the secret before stay good. The
    service is found by its name and not changed. `public_url`: how the store reaches us.
    Raises: StoreError, ValueError for an address that is none.
    """
    url = origin_of(new.url)
    async with acquire_ready(caller.pool) as connection:
        at = await caller.clock.now(connection)
        store_id = await connection.fetchval("SELECT nextval('ids')")
    stranger = provisional(caller.vault, new, url=url, store_id=store_id, at=at)
    shop: Shop = await ask(caller, stranger, GetShop())
    async with acquire_ready(caller.pool) as connection:
        known = await store_by_domain(connection, shop.domain)
    if known is not None:
        stranger = replace(stranger, id=known.id)
    service = await our_service(caller, stranger, new.service_name, public_url)
    store = replace(
        stranger,
        name=new.name or shop.name,
        shop_domain=shop.domain.lower(),
        access_token=caller.vault.encrypt(new.token, purpose=token_purpose(shop.domain.lower())),
        secret=caller.vault.encrypt(new.secret, purpose=secret_purpose(shop.domain.lower())),
        previous_secret=None if known is None else secret_before(caller.vault, known, new.secret),
        service_id=service.id,
        location_id=service.location_id,
    )
    async with transaction(caller.pool) as connection:
        await keep_store(connection, store)
        await set_timers(connection, [poll(store.id, at)])
        await enqueue_pull(connection, store.id)
    return store


async def our_service(caller: Caller, store: Store, name: str, public_url: str) -> RegisteredService:
    """Return our fulfillment service at a store, registered if it was not."""
    services: tuple[RegisteredService, ...] = await ask(caller, store, ListFulfillmentServices())
    for service in services:
        if service.name.lower() == name.lower():
            return service
    command = CreateFulfillmentService(
        name=name,
        callback_url=f"{public_url.rstrip('/')}/callbacks/{store.id}",
        tracking_support=True,
        inventory_management=True,
    )
    registered: RegisteredService = await ask(caller, store, command)
    return registered


def provisional(vault: Vault, new: NewStore, *, url: str, store_id: int, at: datetime) -> Store:
    """Return a store as far as it is known before it was asked who it is."""
    host = urlsplit(url).netloc
    return Store(
        id=store_id,
        name=new.name or host,
        platform=new.platform,
        url=url,
        shop_domain=host,
        api_version=new.api_version,
        access_token=vault.encrypt(new.token, purpose=token_purpose(host)),
        secret=vault.encrypt(new.secret, purpose=secret_purpose(host)),
        previous_secret=None,
        service_id=None,
        location_id=None,
        paused=False,
        pulls=0,
        pull_asked=False,
        pull_whole=False,
        last_pulled_at=None,
        trouble=None,
        connected_at=at,
        transport=new.transport,
        service_name=new.service_name,
    )


def origin_of(url: str) -> str:
    """Return scheme and host of a store's address. Raises: ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        raise ValueError(f"{url} is not the address of a store, such as https://my-shop.example.com")
    return f"{parts.scheme}://{parts.netloc}"


def secret_before(vault: Vault, known: Store, secret: str) -> str | None:
    """Return the secret that a new one replaces, encrypted; the one before it when they are the same."""
    try:
        replaced = vault.decrypt(known.secret, purpose=secret_purpose(known.shop_domain))
    except Undecryptable:
        return None
    return known.previous_secret if replaced == secret else known.secret


async def keep_store(connection: Connection, store: Store) -> None:
    """Write a store that was connected, or connected again."""
    await connection.execute(
        """
        INSERT INTO stores (id, name, platform, url, shop_domain, api_version, access_token, secret, previous_secret,
            service_id, location_id, connected_at, transport, service_name)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT (id) DO UPDATE
        SET name = excluded.name, url = excluded.url, api_version = excluded.api_version,
            access_token = excluded.access_token, secret = excluded.secret, previous_secret = excluded.previous_secret,
            service_id = excluded.service_id, location_id = excluded.location_id, transport = excluded.transport,
            service_name = excluded.service_name, disconnected_at = NULL, disconnected_reason = NULL
        """,
        store.id,
        store.name,
        store.platform,
        store.url,
        store.shop_domain,
        store.api_version,
        store.access_token,
        store.secret,
        store.previous_secret,
        store.service_id,
        store.location_id,
        store.connected_at,
        store.transport,
        store.service_name,
    )


async def add_service_token(pool: Pool, at: datetime, *, name: str, token: str | None = None) -> str:
    """Add a token of the service's own API and return it; only its hash is kept. One that is given may be there."""
    text = token or new_token(TOKEN_PREFIX)
    async with transaction(pool) as connection:
        await connection.execute(
            """
            INSERT INTO service_tokens (id, name, hash, created_at) VALUES (nextval('ids'), $1, $2, $3)
            ON CONFLICT (hash) DO NOTHING
            """,
            name,
            hash_token(text),
            at,
        )
    return text
