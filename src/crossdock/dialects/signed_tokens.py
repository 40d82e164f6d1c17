"""Signed claims (JWT, HMAC-SHA256): what a platform gives a browser to carry to an app.

Which claims there are is each dialect's to say.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from crossdock.dialects.operation import Json, Unreadable

# Clocks may differ by so much.
DRIFT = timedelta(seconds=10)
LONGEST = 4096
_HEADER = {"alg": "HS256", "typ": "JWT"}


def write_claims(secret: str, claims: Mapping[str, Json]) -> str:
    """Return the signed token."""
    signed = f"{_encode(_HEADER)}.{_encode(claims)}"
    return f"{signed}.{_signature(secret, signed)}"


def read_claims(secrets: Iterable[str], text: str, *, client_id: str, at: datetime) -> Mapping[str, Json]:
    """Return the claims of a token that one of the secrets signed, for this app and this time. Raises: Unreadable."""
    signed, _, signature = text.rpartition(".")
    if len(text) > LONGEST or not text.isascii():
        raise Unreadable("session token", "is too long or not a token")
    matches = [hmac.compare_digest(_signature(secret, signed), signature) for secret in secrets]
    if not any(matches):
        raise Unreadable("session token", "was not signed by the app's secret")
    header, _, payload = signed.partition(".")
    # What the header says is looked at after the signature was: no other way of signing was ever tried.
    if _decode(header).get("alg") != _HEADER["alg"]:
        raise Unreadable("session token", "is signed in another way")
    claims = _decode(payload)
    if not time_of(claims, "nbf") - DRIFT <= at <= time_of(claims, "exp") + DRIFT:
        raise Unreadable("session token", "is over, or not good yet")
    if claims.get("aud") != client_id:
        raise Unreadable("session token", "is for another app")
    return claims


def time_of(claims: Mapping[str, Json], name: str) -> datetime:
    """Raises: Unreadable."""
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 36:
        raise Unreadable("session token", f"has no {name}")
    return datetime.fromtimestamp(value, UTC)


def _signature(secret: str, signed: str) -> str:
    return _base64(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))


def _encode(value: Json) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _decode(text: str) -> dict[str, Json]:
    try:
        value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise Unreadable("session token", "cannot be read") from error
    if not isinstance(value, dict):
        raise Unreadable("session token", "cannot be read")
    return value


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
