"""Making what the service side needs before it can work: connected stores, tokens of its own API."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from crossdock.domain.places import Address
from crossdock.domain.queries import GetShop
from crossdock.domain.shops import Shop
from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.jobs import set_timers
from crossdock.runtime.postgres.pool import acquire_ready, transaction
from crossdock.runtime.secrets import Undecryptable, Vault, hash_token, new_token
from crossdock.runtime.settings import Settings
from crossdock.service.database.budgets import begin_budget
from crossdock.service.database.stores import (
    Store,
    secret_purpose,
    set_trouble,
    store_by_domain,
    token_purpose,
)
from crossdock.service.jobs.pull_assigned_work import enqueue_pull
from crossdock.service.jobs.set_up_store import callback_url_of, found_or_registered, subscribe, timers_of
from crossdock.service.stores.client import Caller, ask
from crossdock.service.stores.platforms import PLATFORMS
from crossdock.service.stores.wire import transport_of

TOKEN_PREFIX = "xdock_"  # noqa: S105 (the beginning of every token)


@dataclass(frozen=True, kw_only=True)
class NewStore:
    """A store to be connected: where it is, and what it gave us. `secret` signs its callbacks.

    `secret` None: we make one, on platforms where it is ours to make. `shop_domain`: what it calls itself in its calls,
    where it does not say so when it is asked; None: the first part of its host's name. `api_version`, `transport` None:
    the best that we know.
    """

    url: str
    token: str
    secret: str | None = None
    name: str | None = None
    service_name: str = "Crossdock"
    platform: str = "shopify"
    api_version: str | None = None
    transport: str | None = None
    shop_domain: str | None = None


async def connect_store(caller: Caller, new: NewStore, *, public_url: str, address: Address | None = None) -> Store:
    """Connect a store: ask it who it is, register our fulfillment service or location there, and begin to pull from it.

    Connected again, it keeps its id and gets the new token and secret; callbacks under the secret before stay good. The
    service is found by its name and not changed. `public_url`: how the store reaches us; `address`: where our warehouse
    is. Raises: StoreError, ValueError for an address that is none, a secret that is missing, or a name that is taken.
    """
    url = origin_of(new.url)
    secret = secret_of(new)
    async with acquire_ready(caller.pool) as connection:
        at = await caller.clock.now(connection)
        store_id = await connection.fetchval("SELECT nextval('ids')")
    stranger = provisional(caller.vault, new, secret, url=url, store_id=store_id, at=at)
    shop: Shop = await ask(caller, stranger, GetShop())
    domain = (new.shop_domain or shop.domain or urlsplit(url).netloc.partition(".")[0]).lower()
    async with acquire_ready(caller.pool) as connection:
        known = await store_by_domain(connection, domain)
    if known is not None and known.platform != new.platform:
        raise ValueError(f"{domain} is the name of a store of another platform")
    if known is not None:
        stranger = replace(stranger, id=known.id)
    callback_url = callback_url_of(public_url, stranger.id)
    service = await found_or_registered(caller, stranger, callback_url, address)
    store = replace(
        stranger,
        name=new.name or shop.name,
        shop_domain=domain,
        access_token=caller.vault.encrypt(new.token, purpose=token_purpose(domain)),
        secret=caller.vault.encrypt(secret, purpose=secret_purpose(domain)),
        previous_secret=None if known is None else secret_before(caller.vault, known, secret),
        service_id=service.id,
        location_id=service.location_id,
    )
    async with transaction(caller.pool) as connection:
        await keep_store(connection, store)
        await begin_budget(connection, store.id, transport_of(store).allowance, at)
        await set_timers(connection, timers_of(store, at))
        await enqueue_pull(connection, store.id)
    if PLATFORMS[store.platform].hearing.own_secret and (
        trouble := await subscribe(caller, store, f"{callback_url}/webhooks")
    ):
        async with transaction(caller.pool) as connection:
            await set_trouble(connection, store.id, trouble)
    return store


def warehouse_address(settings: Settings) -> Address | None:
    """Return where our warehouse is, if anybody has said so."""
    known = settings.warehouse_address
    return None if known is None else Address(**known.model_dump())


def secret_of(new: NewStore) -> str:
    """Return what signs a store's webhooks: as given, or made. Raises: ValueError."""
    if new.secret is not None:
        return new.secret
    if PLATFORMS[new.platform].hearing.own_secret:
        return new_token("")
    raise ValueError("the secret by which the store signs its calls is missing")


def provisional(vault: Vault, new: NewStore, secret: str, *, url: str, store_id: int, at: datetime) -> Store:
    """Return a store as far as it is known before it was asked who it is."""
    host, platform = urlsplit(url).netloc, PLATFORMS[new.platform]
    return Store(
        id=store_id,
        name=new.name or host,
        platform=new.platform,
        url=url,
        shop_domain=host,
        api_version=new.api_version or platform.api_version,
        access_token=vault.encrypt(new.token, purpose=token_purpose(host)),
        secret=vault.encrypt(secret, purpose=secret_purpose(host)),
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
        transport=new.transport or platform.best,
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
