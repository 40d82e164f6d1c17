"""Whether a call comes from the store that it says it comes from, and the secrets by which that is known."""

from dataclasses import dataclass

from crossdock.runtime.secrets import Undecryptable, Vault
from crossdock.service.database.stores import Store, secret_purpose, token_purpose
from crossdock.service.stores.platforms import PLATFORMS


class SecretLost(Exception):
    """The store's secret cannot be read here: its key is gone."""


def is_signed(vault: Vault, store: Store, body: bytes, signature: str | None) -> bool:
    """Check a raw body against the store's secret, and the one before it, which is good for a while.

    Raises: SecretLost.
    """
    stored = [secret for secret in (store.secret, store.previous_secret) if secret is not None]
    try:
        secrets = [vault.decrypt(each, purpose=secret_purpose(store.shop_domain)) for each in stored]
    except Undecryptable as error:
        raise SecretLost(str(error)) from error
    return PLATFORMS[store.platform].hearing.verify(secrets, body, signature)


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """What a store gave us, encrypted as its row keeps it."""

    token: str
    secret: str


def sealed(vault: Vault, shop_domain: str, *, token: str, secret: str) -> Sealed:
    """Encrypt a store's token and secret, each for its purpose."""
    return Sealed(
        token=vault.encrypt(token, purpose=token_purpose(shop_domain)),
        secret=vault.encrypt(secret, purpose=secret_purpose(shop_domain)),
    )
