"""How a store lets a service in, from the service's side: the consent page's address, the exchange, and who opens us.

Source: 29 Next, app development: OAuth, "Session token".
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from crossdock.dialects.next29.fields import whole_body
from crossdock.dialects.operation import Json, Unreadable

AUTHORIZE_PATH = "/oauth2/authorize/"
TOKEN_PATH = "/oauth2/token/"  # noqa: S105 (a path)
_LONGEST = 4096
# Clocks may differ by so much.
_DRIFT = timedelta(seconds=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """What a store gave us: good until we are uninstalled, in effect."""

    access_token: str
    scopes: tuple[str, ...]


def authorize_url(base_url: str, *, client_id: str, redirect_uri: str, scopes: tuple[str, ...], state: str) -> str:
    """Return where to send the merchant's browser. Whether `state` comes back is the store's to decide."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
    }
    return f"{base_url.rstrip('/')}{AUTHORIZE_PATH}?{urlencode(query)}"


def token_form(*, client_id: str, client_secret: str, redirect_uri: str, code: str) -> bytes:
    """Return the form that a code is exchanged by."""
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "client_secret": client_secret,
        "redirect_uri": redirect_uri,
        "code": code,
    }
    return urlencode(form).encode()


def read_token(answer: Json) -> Token:
    """Read what the exchange answered. Raises: Unreadable."""
    fields = whole_body(answer)
    return Token(
        access_token=fields.filled("access_token", _LONGEST), scopes=tuple((fields.text("scope") or "").split())
    )


def read_refusal(answer: Json) -> str:
    """Return why there was no token, "" where that cannot be read."""
    if not isinstance(answer, dict):
        return ""
    return ": ".join(word for name in ("error", "error_description") if isinstance(word := answer.get(name), str))


def require_opening(token: str, *, secret: str, client_id: str, store: str, at: datetime) -> None:
    """Check that a store opened us for somebody, just now. `store`: its network domain. Raises: Unreadable."""
    signed, _, signature = token.rpartition(".")
    if len(token) > _LONGEST or not token.isascii():
        raise Unreadable("token", "is too long or no token")
    expected = _base64(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))
    if not hmac.compare_digest(expected, signature):
        raise Unreadable("token", "was not signed by the app's secret")
    header, _, payload = signed.partition(".")
    claims = _decoded(payload)
    # What the header says is looked at after the signature was: no other way of signing was ever tried.
    if _decoded(header).get("alg") != "HS256":
        raise Unreadable("token", "is signed in another way")
    if not _moment(claims, "iat") - _DRIFT <= at <= _moment(claims, "exp") + _DRIFT:
        raise Unreadable("token", "is over, or not good yet")
    if claims.get("aud") != client_id or claims.get("store") != store:
        raise Unreadable("token", "is for another app or store")


def _moment(claims: dict[str, Json], name: str) -> datetime:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 36:
        raise Unreadable("token", f"has no {name}")
    return datetime.fromtimestamp(value, UTC)


def _decoded(text: str) -> dict[str, Json]:
    try:
        value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise Unreadable("token", "cannot be read") from error
    if not isinstance(value, dict):
        raise Unreadable("token", "cannot be read")
    return value


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
