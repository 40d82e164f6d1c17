"""What every platform's way in stands on: apps by their client ids, their secrets, how often tokens are asked for.

Secrets, codes and tokens go through here and stay nowhere: the database has their hashes, the ledger nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Protocol

from crossdock.domain.refusals import NotFound
from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Pool
from crossdock.runtime.postgres.pool import acquire_ready, transaction
from crossdock.runtime.secrets import Vault, new_token
from crossdock.store.database import grants
from crossdock.store.database.apps import Registered, find_registered, replace_secret, secret_purpose

# Apps of the two platforms know their secrets by these beginnings. Source: Shopify, client credentials.
SECRET_PREFIXES = {"shopify": "shpss_", "next29": "nexts_"}

CODE_LIFETIME = timedelta(minutes=10)
BUCKET_SIZE = 40
LEAK_PER_SECOND = 1.0


class Visitor(Protocol):
    """Who opens an app."""

    @property
    def id(self) -> int: ...
    @property
    def email(self) -> str: ...


async def find_app(pool: Pool, client_id: str, platform: str) -> Registered | None:
    """Return the app of a client id, installed or not; None where it is another platform's."""
    async with acquire_ready(pool) as connection:
        found = await find_registered(connection, client_id)
    return found if found is not None and found.app.platform == platform else None


async def may_ask(pool: Pool, address: str) -> bool:
    """Count a request for a token, before it is looked at, so that a burst of guesses is counted too."""
    async with acquire_ready(pool) as connection:
        return await grants.draw(connection, address, size=BUCKET_SIZE, leak=LEAK_PER_SECOND)


def secrets_of(vault: Vault, who: Registered, at: datetime) -> tuple[str, ...]:
    """Return an app's secrets that are good at a time; the last one is that which signs."""
    stored = {who.signer.client_secret: None, who.signer.secret_at(at): None}
    return tuple(vault.decrypt(each, purpose=secret_purpose(who.app.id)) for each in stored)


async def rotate(
    pool: Pool, clock: Clock, vault: Vault, shop_id: int, app_id: int, *, overlap: timedelta = timedelta(days=1)
) -> str:
    """Give an app a new secret and return it. The old one signs, and is taken, until the overlap is over.

    Raises: NotFound.
    """
    async with transaction(pool) as connection:
        at = await clock.now(connection)
        platform = await connection.fetchval(
            "SELECT platform FROM apps WHERE shop_id = $1 AND id = $2", shop_id, app_id
        )
        secret = new_token(SECRET_PREFIXES.get(platform, ""))
        stored = vault.encrypt(secret, purpose=secret_purpose(app_id))
        if not await replace_secret(connection, shop_id, app_id, stored, at + overlap):
            raise NotFound("app", app_id)
    return secret


def is_one_of(given: str, secrets: Sequence[str]) -> bool:
    """Compare with each of them, whichever fits."""
    matches = [compare_digest(given.encode(), each.encode()) for each in secrets]
    return any(matches)
