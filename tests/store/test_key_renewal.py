"""The key that encrypts the store's secrets is replaced, beside processes at work, and also by halves."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from crossdock.cli import renewing
from crossdock.cli.problems import Problem
from crossdock.cli.sides import STORE
from crossdock.dialects.next29.scopes import SCOPES
from crossdock.domain.access import Caller
from crossdock.domain.apps import UninstallApp
from crossdock.domain.subscriptions import SubscribeToWebhook
from crossdock.runtime.connection import Pool
from crossdock.runtime.sealed import count_secrets, renew_secrets
from crossdock.runtime.secrets import Undecryptable, Vault, new_key
from crossdock.runtime.settings import Settings
from crossdock.store.database.apps import secret_purpose
from crossdock.store.database.secrets import PLACES
from crossdock.store.database.webhooks import webhook_purpose
from crossdock.store.dispatch import credentials
from crossdock.store.setup import create_app
from tests.store.calls import SETTINGS
from tests.store.next29_calls import Next29, next29_shop
from tests.store.scene import NOW

NEW_KEY = new_key("next")
BOTH = Vault([NEW_KEY, *SETTINGS.secret_keys])
NEW_ONLY = Vault([NEW_KEY])
HOOK_SECRET = "hush-hush"


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Next29]:
    """A shop with three apps: one with a webhook, one with two secrets, and one that is gone and to be told so."""
    async with next29_shop(store_database) as shop:
        for name in ("Order desk", "Leaver"):
            await shop.api(*SCOPES, name=name)
            app_id = await app_of(shop, name)
            topics = ("app.uninstalled", "order.created")
            command = SubscribeToWebhook(topics=topics, address="https://hooks.acme.shop/", secret=HOOK_SECRET)
            await shop.shop.dispatch(command, Caller(app_id=app_id))
        await shop.shop.dispatch(UninstallApp(app_id=await app_of(shop, "Leaver")))
        await rotate(shop)
        yield shop


async def app_of(shop: Next29, name: str) -> int:
    store = shop.served.store
    return (await create_app(store.pool, store.vault, NOW, shop.shop.shop_id, name=name, platform="next29")).id


async def rotate(shop: Next29) -> str:
    """Give an app another secret, as a process does that has the old key only; the one before still signs."""
    store = shop.served.store
    app_id = await app_of(shop, "Dockers")
    return await credentials.rotate(store.pool, store.clock, store.vault, shop.shop.shop_id, app_id)


async def readable(pool: Pool, vault: Vault) -> list[str]:
    """Return every secret of the database. Raises: Undecryptable."""
    apps = await pool.fetch("SELECT id, unnest(ARRAY[client_secret, old_secret]) AS stored FROM apps ORDER BY 1, 2")
    hooks = await pool.fetch("SELECT app_id, secret AS stored FROM webhook_subscriptions")
    left = await pool.fetch(
        "SELECT substr(credential, 5)::bigint AS app_id, command ->> 'sealed' AS stored FROM messages "
        "WHERE command ? 'sealed'"
    )
    assert hooks
    assert left
    return [
        *(vault.decrypt(row["stored"], purpose=secret_purpose(row["id"])) for row in apps if row["stored"]),
        *(vault.decrypt(row["stored"], purpose=webhook_purpose(row["app_id"])) for row in (*hooks, *left)),
    ]


async def test_after_a_renewal_the_old_key_is_not_needed_and_a_second_one_has_nothing_to_do(acme: Next29) -> None:
    pool = acme.shop.pool
    before = sorted(await readable(pool, BOTH))
    assert HOOK_SECRET in before
    renewal = await renew_secrets(pool, BOTH, PLACES, batch=1)
    assert (renewal.renewed, renewal.unreadable) == (len(before), 0)
    assert await count_secrets(pool, PLACES) == {"next": len(before)}
    assert sorted(await readable(pool, NEW_ONLY)) == before
    again = await renew_secrets(pool, BOTH, PLACES)
    assert (again.renewed, again.unreadable) == (0, 0)


async def test_a_renewal_that_was_ended_half_way_is_taken_up(acme: Next29) -> None:
    pool = acme.shop.pool
    before = sorted(await readable(pool, BOTH))
    half = await renew_secrets(pool, BOTH, PLACES[:1])
    assert 0 < half.renewed < len(before)
    assert sorted(await readable(pool, BOTH)) == before
    rest = await renew_secrets(pool, BOTH, PLACES)
    assert half.renewed + rest.renewed == len(before)
    assert sorted(await readable(pool, NEW_ONLY)) == before


async def test_a_secret_that_is_replaced_meanwhile_is_not_undone(acme: Next29) -> None:
    pool = acme.shop.pool
    app_id = await app_of(acme, "Dockers")
    fresh = acme.served.store.vault.encrypt("fresh", purpose=secret_purpose(app_id))
    async with pool.acquire() as other:
        begun = other.transaction()
        await begun.start()
        await other.execute(
            "UPDATE apps SET client_secret = $2, old_secret = client_secret WHERE id = $1", app_id, fresh
        )
        renewing_it = asyncio.create_task(renew_secrets(pool, BOTH, PLACES))
        async with asyncio.timeout(10):
            while not await pool.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            ):
                await asyncio.sleep(0.01)
        await begun.commit()
    await renewing_it
    stored = await pool.fetchval("SELECT client_secret FROM apps WHERE id = $1", app_id)
    assert NEW_ONLY.decrypt(stored, purpose=secret_purpose(app_id)) == "fresh"
    await readable(pool, NEW_ONLY)


async def test_what_cannot_be_read_stays_and_is_told(acme: Next29, store_database: str) -> None:
    pool = acme.shop.pool
    app_id = await app_of(acme, "Dockers")
    lost = Vault([new_key("lost")]).encrypt("lost", purpose=secret_purpose(app_id))
    await pool.execute("UPDATE apps SET client_secret = $2 WHERE id = $1", app_id, lost)
    whole = sum((await count_secrets(pool, PLACES)).values())
    settings = keyed(store_database, NEW_KEY, *SETTINGS.secret_keys)
    told, well = await renewing.keys(STORE, settings, renew=True)
    assert (told, well) == (
        [
            f"{whole - 1} secrets renewed, 1 not readable",
            f"key next (in use): {whole - 1} secrets",
            "key test: no secret, can be removed from CROSSDOCK_SECRET_KEYS",
            "key lost (not in CROSSDOCK_SECRET_KEYS): 1 secret, which cannot be read",
        ],
        False,
    )
    assert await pool.fetchval("SELECT client_secret FROM apps WHERE id = $1", app_id) == lost
    with pytest.raises(Undecryptable):
        await readable(pool, NEW_ONLY)


async def test_a_database_that_is_not_reached_is_told_in_a_line() -> None:
    with pytest.raises(Problem, match="check DATABASE_URL"):
        await renewing.keys(STORE, keyed("postgresql://nobody@127.0.0.1:1/none", NEW_KEY), renew=True)


async def test_keys_are_listed_without_a_change(acme: Next29, store_database: str) -> None:
    whole = len(await readable(acme.shop.pool, BOTH))
    settings = keyed(store_database, NEW_KEY, *SETTINGS.secret_keys)
    assert await renewing.keys(STORE, settings, renew=False) == (
        ["key next (in use): 0 secrets", f"key test: {whole} secrets"],
        True,
    )
    settings = keyed(store_database, *SETTINGS.secret_keys, NEW_KEY)  # the next key is no key done with
    assert await renewing.keys(STORE, settings, renew=False) == (
        [f"key test (in use): {whole} secrets", "key next: 0 secrets"],
        True,
    )
    assert await renewing.keys(STORE, keyed(store_database, NEW_KEY), renew=False) == (
        [
            "key next (in use): 0 secrets",
            f"key test (not in CROSSDOCK_SECRET_KEYS): {whole} secrets, which cannot be read",
        ],
        False,
    )
    assert (await count_secrets(acme.shop.pool, PLACES)) == {"test": whole}


def keyed(url: str, *keys: str) -> Settings:
    return SETTINGS.model_copy(update={"secret_keys": keys, "database_url": url})
