"""What every platform's way in stands on: apps by their client ids, their secrets, how often tokens are asked for.

Secrets, codes and tokens go through here and stay nowhere: the database has their hashes, the ledger nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Protocol

from crossdock.runtime.connection import Pool
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.runtime.secrets import Vault
from crossdock.store.database import grants
from crossdock.store.database.apps import Registered, find_registered, secret_purpose

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


def is_one_of(given: str, secrets: Sequence[str]) -> bool:
    """Compare with each of them, whichever fits."""
    matches = [compare_digest(given.encode(), each.encode()) for each in secrets]
    return any(matches)
