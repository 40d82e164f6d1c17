"""Session tokens: what an app's page is given to show who looks at it, and can be exchanged for an access token.

A JWT, signed with the app's secret by HMAC-SHA256. Source: Shopify, session tokens; the official clients' checks.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crossdock.dialects.operation import Json, Unreadable

LIFETIME = timedelta(seconds=60)
# Clocks may differ by so much.
DRIFT = timedelta(seconds=10)
LONGEST = 4096
_HEADER = {"alg": "HS256", "typ": "JWT"}


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionToken:
    """Which user looks at which shop, through which app. `id` and `session` are random words."""

    shop: str
    client_id: str
    user_id: int
    issued_at: datetime
    id: str
    session: str


def write_session_token(secret: str, token: SessionToken) -> str:
    """Return the signed token. It is good for a minute."""
    issued = int(token.issued_at.timestamp())
    claims = {
        "iss": f"https://{token.shop}/admin",
        "dest": f"https://{token.shop}",
        "aud": token.client_id,
        "sub": str(token.user_id),
        "exp": issued + int(LIFETIME.total_seconds()),
        "nbf": issued,
        "iat": issued,
        "jti": token.id,
        "sid": token.session,
    }
    signed = f"{_encode(_HEADER)}.{_encode(claims)}"
    return f"{signed}.{_base64(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))}"


def read_session_token(secrets: Iterable[str], text: str, *, client_id: str, at: datetime) -> SessionToken:
    """Read a token that one of the secrets signed, for this app and this time. Raises: Unreadable."""
    signed, _, signature = text.rpartition(".")
    if len(text) > LONGEST or not text.isascii():
        raise Unreadable("session token", "is too long or not a token")
    matches = [
        hmac.compare_digest(_base64(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256)), signature)
        for secret in secrets
    ]
    if not any(matches):
        raise Unreadable("session token", "was not signed by the app's secret")
    header, _, payload = signed.partition(".")
    # What the header says is looked at after the signature was: no other way of signing was ever tried.
    if _decode(header).get("alg") != _HEADER["alg"]:
        raise Unreadable("session token", "is signed in another way")
    return _checked(_decode(payload), client_id, at)


def _checked(claims: dict[str, Json], client_id: str, at: datetime) -> SessionToken:
    issued, begins, ends = (_time(claims, name) for name in ("iat", "nbf", "exp"))
    dest, issuer, subject = (str(claims.get(name, "")) for name in ("dest", "iss", "sub"))
    if not begins - DRIFT <= at <= ends + DRIFT:
        raise Unreadable("session token", "is over, or not good yet")
    if claims.get("aud") != client_id:
        raise Unreadable("session token", "is for another app")
    if not dest.startswith("https://") or issuer != f"{dest}/admin":
        raise Unreadable("session token", "is from nowhere")
    if not (subject.isascii() and subject.isdecimal() and len(subject) < 20):
        raise Unreadable("session token", "names no user")
    return SessionToken(
        shop=dest.removeprefix("https://"),
        client_id=client_id,
        user_id=int(subject),
        issued_at=issued,
        id=str(claims.get("jti", "")),
        session=str(claims.get("sid", "")),
    )


def _time(claims: dict[str, Json], name: str) -> datetime:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 36:
        raise Unreadable("session token", f"has no {name}")
    return datetime.fromtimestamp(value, UTC)


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
