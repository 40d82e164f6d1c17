"""Session tokens: what an app's page is given to show who looks at it, and can be exchanged for an access token.

A JWT, signed with the app's secret by HMAC-SHA256. Source: Shopify, session tokens; the official clients' checks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from crossdock.dialects.operation import Json, Unreadable
from crossdock.dialects.signed_tokens import read_claims, time_of, write_claims

LIFETIME = timedelta(seconds=60)


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
    return write_claims(secret, claims)


def read_session_token(secrets: Iterable[str], text: str, *, client_id: str, at: datetime) -> SessionToken:
    """Read a token that one of the secrets signed, for this app and this time. Raises: Unreadable."""
    return _checked(read_claims(secrets, text, client_id=client_id, at=at), client_id)


def _checked(claims: Mapping[str, Json], client_id: str) -> SessionToken:
    dest, issuer, subject = (str(claims.get(name, "")) for name in ("dest", "iss", "sub"))
    if not dest.startswith("https://") or issuer != f"{dest}/admin":
        raise Unreadable("session token", "is from nowhere")
    if not (subject.isascii() and subject.isdecimal() and len(subject) < 20):
        raise Unreadable("session token", "names no user")
    return SessionToken(
        shop=dest.removeprefix("https://"),
        client_id=client_id,
        user_id=int(subject),
        issued_at=time_of(claims, "iat"),
        id=str(claims.get("jti", "")),
        session=str(claims.get("sid", "")),
    )
