"""Secrets at rest, and the tokens that we give out."""

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
TOKEN_BYTES = 32


class BadKey(ValueError):
    """A key of the installation cannot be used. The message does not show it."""


class Undecryptable(Exception):
    """A stored secret cannot be read: its key is gone, it was changed, or it was stored for another purpose."""


class Vault:
    """Encrypts secrets for storage, as "key id:base64". The first key encrypts; every key decrypts."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Take keys as "id:base64 of 32 bytes", the one in use first. Raises: BadKey."""
        self._keys = dict(_parsed(key) for key in keys)
        if not self._keys:
            raise BadKey(
                f'no secret key is set; CROSSDOCK_SECRET_KEYS takes "id:" and the base64 of {KEY_BYTES} random bytes'
            )
        self._current = next(iter(self._keys))

    def encrypt(self, secret: str, *, purpose: str) -> str:
        """Encrypt a secret so that it can only be read back for the same purpose, such as "app 7"."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + AESGCM(self._keys[self._current]).encrypt(nonce, secret.encode(), purpose.encode())
        return f"{self._current}:{base64.b64encode(sealed).decode()}"

    def decrypt(self, stored: str, *, purpose: str) -> str:
        """Return the secret. Raises: Undecryptable."""
        key_id, _, encoded = stored.partition(":")
        if key_id not in self._keys:
            raise Undecryptable(f"key {key_id!r} is not among the secret keys")
        try:
            sealed = base64.b64decode(encoded, validate=True)
            plain = AESGCM(self._keys[key_id]).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError):
            raise Undecryptable(f"a secret stored under key {key_id!r} is damaged or was not stored for this") from None
        return plain.decode()

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the keys, the one in use first."""
        return tuple(self._keys)


def new_key(key_id: str) -> str:
    """Return a fresh key in the form that Vault takes."""
    return f"{key_id}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"


def new_token(prefix: str) -> str:
    """Return a token nobody can guess, such as "shpat_5f…"; store only its hash."""
    return f"{prefix}{secrets.token_hex(TOKEN_BYTES)}"


def hash_token(token: str) -> bytes:
    """Return what is stored of a token. A plain hash will do, because tokens are random and long."""
    return hashlib.sha256(token.encode()).digest()


def _parsed(key: str) -> tuple[str, bytes]:
    key_id, _, encoded = key.partition(":")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise BadKey(f"secret key {key_id!r} is not base64") from None
    if not key_id or len(raw) != KEY_BYTES:
        raise BadKey(f'a secret key must be "id:" and the base64 of {KEY_BYTES} bytes; {key_id!r} is not')
    return key_id, raw
