"""What an app is given when a user of the store opens it: who looks at which store, signed with the app's secret.

Source: 29 Next, session tokens: the claims of its sample; a minute from its times (its text says 30 seconds).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crossdock.dialects.operation import Unreadable
from crossdock.dialects.signed_tokens import read_claims, time_of, write_claims

LIFETIME = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True, slots=True)
class AppToken:
    """Which user looks at which store, through which app. `store`: its network domain."""

    store: str
    client_id: str
    user_id: int
    user_email: str
    issued_at: datetime


def write_app_token(secret: str, token: AppToken) -> str:
    """Return the signed token. It is good for a minute."""
    issued = int(token.issued_at.timestamp())
    claims = {
        "iss": f"https://{token.store}/dashboard",
        "sub": f"https://{token.store}",
        "aud": token.client_id,
        "exp": issued + int(LIFETIME.total_seconds()),
        "nbf": issued,
        "iat": issued,
        "uid": token.user_id,
        "user_email": token.user_email,
        "store": token.store,
    }
    return write_claims(secret, claims)


def read_app_token(secrets: Iterable[str], text: str, *, client_id: str, at: datetime) -> AppToken:
    """Read a token that one of the secrets signed, for this app and this time. Raises: Unreadable."""
    claims = read_claims(secrets, text, client_id=client_id, at=at)
    store, user = claims.get("store"), claims.get("uid")
    if not isinstance(store, str) or not store or claims.get("sub") != f"https://{store}":
        raise Unreadable("session token", "is from nowhere")
    if not isinstance(user, int) or isinstance(user, bool):
        raise Unreadable("session token", "names no user")
    return AppToken(
        store=store,
        client_id=client_id,
        user_id=user,
        user_email=str(claims.get("user_email", "")),
        issued_at=time_of(claims, "iat"),
    )
