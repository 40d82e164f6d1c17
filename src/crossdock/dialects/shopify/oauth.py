"""How an app is let into a shop: the authorize page's address, signed queries, and the exchange for a token.

Both directions: a shop answers with these words, an app that connects to shops asks with them.
Source: Shopify REST, AccessScope and OAuth; its official clients for the order and escaping of signed queries.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from crossdock.dialects.operation import Call, Json, Unreadable
from crossdock.dialects.shopify.fields import Fields

Pairs = Sequence[tuple[str, str]]

AUTHORIZE_PATH = "/admin/oauth/authorize"
TOKEN_PATH = "/admin/oauth/access_token"  # noqa: S105  # a path
PER_USER = "per-user"

# How far a signed query's time may be from ours. Source: the official clients allow 90 seconds to one day.
FRESH = timedelta(seconds=90)

CLIENT_CREDENTIALS = "client_credentials"
REFRESH = "refresh_token"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
SUBJECT_TYPE = "urn:ietf:params:oauth:token-type:id_token"
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
ONLINE = "urn:shopify:params:oauth:token-type:online-access-token"

LONGEST_VALUE = 2048
_SCOPE = re.compile(r"(unauthenticated_)?(read|write)_[a-z0-9_]{1,80}", re.ASCII)
_MOST_SCOPES = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthorizeRequest:
    """What an app asks the merchant for. `online`: a token for the user at hand, which ends with the day."""

    client_id: str
    scopes: tuple[str, ...]
    redirect_uri: str
    state: str | None = None
    online: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Callback:
    """What the browser brings back to the app, verified."""

    shop: str
    code: str
    state: str | None
    host: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthorizationCode:
    """The code of the redirect. `redirect_uri`: where it was sent, if the app says so. `expiring`: see `Token`."""

    code: str
    redirect_uri: str | None = None
    expiring: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientCredentials:
    """The app asks for itself, on a shop that has it installed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenExchange:
    """A session token in place of a code."""

    subject_token: str
    online: bool = False
    expiring: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Migration:
    """An expiring token in place of one that lasts, which ends."""

    access_token: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Refresh:
    """A new token in place of an expiring one."""

    refresh_token: str


Grant = AuthorizationCode | ClientCredentials | TokenExchange | Migration | Refresh


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenRequest:
    """An app's request for a token, with what proves that it is the app."""

    client_id: str
    client_secret: str
    grant: Grant


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """The user that an online token stands for."""

    id: int
    email: str
    first_name: str
    last_name: str = ""
    account_owner: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A token as it is given out. Times are seconds from now; one without `expires_in` lasts until it is revoked.

    An online one has its `user`, an offline one that expires a `refresh_token`.
    """

    access_token: str
    scopes: tuple[str, ...]
    expires_in: int | None = None
    user: User | None = None
    session: str | None = None
    refresh_token: str | None = None
    refresh_token_expires_in: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenRefused:
    """Why no token was given, in OAuth's words."""

    error: str
    description: str
    status: int = 400


# One answer for each, so that what is unknown and what is wrong look alike.
INVALID_CLIENT = TokenRefused(
    error="invalid_client", description="The client id and secret do not belong together.", status=401
)
INVALID_CODE = TokenRefused(
    error="invalid_request", description="The authorization code was not found or was already used"
)
INVALID_REFRESH = TokenRefused(error="invalid_grant", description="The refresh token was not found or has ended.")
INVALID_SUBJECT = TokenRefused(error="invalid_subject_token", description="The session token is not valid.")
NOT_INSTALLED = TokenRefused(error="app_not_installed", description="The app is not installed on this shop.")
TOO_MANY = TokenRefused(error="too_many_requests", description="Too many requests. Try again later.", status=429)


# -- scopes ------------------------------------------------------------------------------------------------------------


def read_scopes(text: str) -> tuple[str, ...]:
    """Read scopes separated by commas (or blanks), each once, without those that others imply.

    Scopes that Crossdock has nothing for are taken like others: apps compare what they got with what they asked for.
    Raises: Unreadable for a word that cannot be one.
    """
    words = tuple(dict.fromkeys(word for word in re.split(r"[,\s]+", text) if word))
    if len(words) > _MOST_SCOPES:
        raise Unreadable("scope", "has too many scopes")
    for word in words:
        if not _SCOPE.fullmatch(word):
            raise Unreadable("scope", f"{word[:80]} is not a scope")
    return without_implied(words)


def write_scopes(scopes: Iterable[str]) -> str:
    return ",".join(scopes)


def without_implied(scopes: Iterable[str]) -> tuple[str, ...]:
    """Leave out each `read_` beside its `write_`. Source: the official clients compare scopes in this form."""
    given = tuple(dict.fromkeys(scopes))
    implied = {scope.replace("write_", "read_", 1) for scope in given if scope.startswith(("write_", "unauth"))}
    return tuple(scope for scope in given if "write_" in scope or scope not in implied)


# -- the way to the authorize page and back ----------------------------------------------------------------------------


def authorize_url(base_url: str, request: AuthorizeRequest) -> str:
    """Return where to send the merchant's browser. `base_url`: scheme and host of the shop."""
    query = [
        ("client_id", request.client_id),
        ("scope", write_scopes(request.scopes)),
        ("redirect_uri", request.redirect_uri),
        *([("state", request.state)] if request.state is not None else []),
        ("grant_options[]", PER_USER if request.online else ""),
    ]
    return f"{base_url.rstrip('/')}{AUTHORIZE_PATH}?{urlencode(query)}"


def read_authorize(query: Iterable[tuple[str, str]]) -> AuthorizeRequest:
    """Read the authorize page's query. Whether the app may be sent to `redirect_uri` is not checked here.

    Raises: Unreadable for what is missing, doubled or too long.
    """
    pairs = [(name, value) for name, value in query if name in _AUTHORIZE_FIELDS]
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Unreadable("base", "a parameter stands twice")
    for name, value in pairs:
        if len(value) > (8 * LONGEST_VALUE if name == "scope" else LONGEST_VALUE) or not _is_plain(value):
            raise Unreadable(name, "is too long or holds control characters")
    for name in ("client_id", "redirect_uri"):
        if not fields.get(name):
            raise Unreadable(name, "is missing")
    granted = fields.get("grant_options[]", "")
    if granted not in ("", "value", PER_USER):
        raise Unreadable("grant_options[]", "is neither empty nor per-user")
    return AuthorizeRequest(
        client_id=fields["client_id"],
        scopes=read_scopes(fields.get("scope", "")),
        redirect_uri=fields["redirect_uri"],
        state=fields.get("state"),
        online=granted == PER_USER,
    )


_AUTHORIZE_FIELDS = frozenset({"client_id", "scope", "redirect_uri", "state", "grant_options[]"})


def _is_plain(text: str) -> bool:
    return all(ord(each) >= 32 and ord(each) != 127 for each in text)


def callback_url(secret: str, redirect_uri: str, *, shop: str, code: str, state: str | None, at: datetime) -> str:
    """Return where to send the browser when the merchant agreed: the app's address with a signed query."""
    pairs = [("code", code), ("host", host_of(shop)), ("shop", shop)]
    if state is not None:
        pairs.append(("state", state))
    return signed_url(secret, redirect_uri, [*pairs, ("timestamp", str(int(at.timestamp())))])


def open_url(secret: str, app_url: str, *, shop: str, at: datetime, session_token: str | None = None) -> str:
    """Return where to send the browser to open an app: installed, with a session token for token exchange."""
    pairs = [("host", host_of(shop)), ("shop", shop), ("timestamp", str(int(at.timestamp())))]
    if session_token is not None:
        pairs.append(("id_token", session_token))
    return signed_url(secret, app_url, pairs)


def signed_url(secret: str, url: str, pairs: Pairs) -> str:
    """Add to a URL's query, and sign all of it: an app checks whatever it is sent. What was ours to say stays ours."""
    parts = urlsplit(url)
    ours = {name for name, _ in pairs} | {"hmac"}
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in ours]
    query = urlencode(signed(secret, [*kept, *pairs]), quote_via=quote)
    return urlunsplit(parts._replace(query=query, fragment=""))


def host_of(shop: str) -> str:
    """Return the `host` parameter: the admin's address in base64, without padding, whose `=` clients escape unlike."""
    return base64.b64encode(f"{shop}/admin".encode()).decode().rstrip("=")


def read_callback(secrets: Iterable[str], query: Pairs, *, at: datetime, fresh: timedelta = FRESH) -> Callback:
    """Read what came back to the app. That `state` is the one that was sent is for the caller to check.

    Raises: Unreadable where it was not signed with one of the secrets, is too old, or lacks something.
    """
    verify_query(secrets, query, at=at, fresh=fresh)
    fields = dict(query)
    for name in ("shop", "code"):
        if not fields.get(name):
            raise Unreadable(name, "is missing")
    return Callback(shop=fields["shop"], code=fields["code"], state=fields.get("state"), host=fields.get("host"))


# -- signed queries ----------------------------------------------------------------------------------------------------


def signed(secret: str, pairs: Pairs) -> Pairs:
    """Return a query sorted and with its `hmac`."""
    return sorted([*pairs, ("hmac", query_hmac(secret, pairs))])


def verify_query(secrets: Iterable[str], pairs: Pairs, *, at: datetime, fresh: timedelta = FRESH) -> None:
    """Check that a query was signed with one of the secrets, and lately.

    Raises: Unreadable.
    """
    given = [value for name, value in pairs if name == "hmac"]
    if len(given) != 1 or not given[0].isascii():
        raise Unreadable("hmac", "is missing")
    matches = [hmac.compare_digest(query_hmac(secret, pairs), given[0]) for secret in secrets]
    if not any(matches):
        raise Unreadable("hmac", "does not fit")
    names = [name for name, _ in pairs if not name.endswith("[]")]
    if len(set(names)) != len(names):
        raise Unreadable("base", "a parameter stands twice")
    timestamp = dict(pairs).get("timestamp", "")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        raise Unreadable("timestamp", "is missing")
    if abs(at.timestamp() - int(timestamp)) > fresh.total_seconds():
        raise Unreadable("timestamp", "is too far from now")


def query_hmac(secret: str, pairs: Pairs) -> str:
    """Return the hex HMAC-SHA256 of a query's decoded pairs; an `hmac` among them is left out."""
    return hmac.digest(secret.encode(), _message(pairs).encode(), hashlib.sha256).hex()


def _message(pairs: Pairs) -> str:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if name != "hmac":
            values.setdefault(name, []).append(value)
    plain = {
        # Rails reads `ids[]=1&ids[]=2` as a list, and signs it as it prints one.
        name.removesuffix("[]"): json.dumps(found, ensure_ascii=False) if name.endswith("[]") else found[-1]
        for name, found in values.items()
    }
    escaped = {_escape(name).replace("=", "%3D"): _escape(value) for name, value in plain.items()}
    return "&".join(sorted(f"{name}={value}" for name, value in escaped.items()))


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("&", "%26")


# -- the exchange for a token ------------------------------------------------------------------------------------------


def token_request(request: TokenRequest) -> Call:
    """Return the call for a token; its body goes as JSON, or as a form. `path` is the whole path."""
    body: dict[str, Json] = {"client_id": request.client_id, "client_secret": request.client_secret}
    match request.grant:
        case AuthorizationCode(code=code, redirect_uri=redirect_uri, expiring=expiring):
            body |= {"code": code}
            body |= {"redirect_uri": redirect_uri} if redirect_uri is not None else {}
            body |= {"expiring": "1"} if expiring else {}
        case ClientCredentials():
            body |= {"grant_type": CLIENT_CREDENTIALS}
        case Refresh(refresh_token=token):
            body |= {"grant_type": REFRESH, "refresh_token": token}
        case Migration(access_token=token):
            body |= {
                "grant_type": EXCHANGE,
                "subject_token": token,
                "subject_token_type": OFFLINE,
                "requested_token_type": OFFLINE,
                "expiring": "1",
            }
        case TokenExchange(subject_token=token, online=online, expiring=expiring):
            body |= {
                "grant_type": EXCHANGE,
                "subject_token": token,
                "subject_token_type": SUBJECT_TYPE,
                "requested_token_type": ONLINE if online else OFFLINE,
            }
            body |= {"expiring": "1"} if expiring else {}
    return Call(method="POST", path=TOKEN_PATH, body=body)


def read_token_request(body: Json) -> TokenRequest:
    """Read a body, JSON or the fields of a form. Raises: Unreadable for what is missing or of no known kind."""
    if not isinstance(body, dict):
        raise Unreadable("base", "is not an object")
    for name, value in body.items():
        if not (_is_plain(name) and _is_plain(str(value))):
            raise Unreadable("base", "holds control characters")
    fields = Fields(body)
    return TokenRequest(
        client_id=_word(fields, "client_id"),
        client_secret=_word(fields, "client_secret"),
        grant=_grant(fields),
    )


def _grant(fields: Fields) -> Grant:
    kind = fields.text("grant_type")
    expiring = fields.flag("expiring") or False
    if kind in (None, "", "authorization_code"):
        return AuthorizationCode(
            code=_word(fields, "code"), redirect_uri=fields.text("redirect_uri") or None, expiring=expiring
        )
    if kind == CLIENT_CREDENTIALS:
        return ClientCredentials()
    if kind == REFRESH:
        return Refresh(refresh_token=_word(fields, "refresh_token"))
    if kind != EXCHANGE:
        raise Unreadable("grant_type", "is not known")
    shown = fields.text("subject_token_type")
    wanted = fields.text("requested_token_type") or ONLINE
    if (shown, wanted, expiring) == (OFFLINE, OFFLINE, True):
        return Migration(access_token=_word(fields, "subject_token"))
    if shown != SUBJECT_TYPE:
        raise Unreadable("subject_token_type", f"must be {SUBJECT_TYPE}")
    if wanted not in (OFFLINE, ONLINE):
        raise Unreadable("requested_token_type", "is neither an online nor an offline access token")
    return TokenExchange(subject_token=_word(fields, "subject_token"), online=wanted == ONLINE, expiring=expiring)


def _word(fields: Fields, name: str) -> str:
    value = fields.text(name)
    if not value:
        raise Unreadable(name, "is missing")
    if len(value) > 2 * LONGEST_VALUE:
        raise Unreadable(name, "is too long")
    return value


def write_token(token: Token) -> Json:
    """Write the answer to a request for a token."""
    body: dict[str, Json] = {"access_token": token.access_token, "scope": write_scopes(token.scopes)}
    if token.expires_in is not None:
        body["expires_in"] = token.expires_in
    if token.user is not None:
        body |= {
            "associated_user_scope": write_scopes(token.scopes),
            "session": token.session,
            "associated_user": _write_user(token.user),
        }
    if token.refresh_token is not None:
        body |= {
            "refresh_token": token.refresh_token,
            "refresh_token_expires_in": token.refresh_token_expires_in,
        }
    return body


def _write_user(user: User) -> Json:
    return {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "email_verified": True,
        "account_owner": user.account_owner,
        "locale": "en",
        "collaborator": False,
    }


def read_token(answer: Json) -> Token:
    """Read the answer that a token came with. Raises: Unreadable."""
    if not isinstance(answer, dict):
        raise Unreadable("base", "is not an object")
    fields = Fields(answer)
    user = answer.get("associated_user")
    return Token(
        access_token=_word(fields, "access_token"),
        scopes=tuple(word for word in re.split(r"[,\s]+", fields.text("scope") or "") if word),
        expires_in=fields.whole("expires_in"),
        user=_read_user(Fields(user, "associated_user")) if isinstance(user, dict) else None,
        session=fields.text("session"),
        refresh_token=fields.text("refresh_token"),
        refresh_token_expires_in=fields.whole("refresh_token_expires_in"),
    )


def _read_user(fields: Fields) -> User:
    return User(
        id=fields.need("id", fields.identity("id")),
        email=fields.text("email") or "",
        first_name=fields.text("first_name") or "",
        last_name=fields.text("last_name") or "",
        account_owner=fields.flag("account_owner") or False,
    )


def write_refusal(refused: TokenRefused) -> Json:
    return {"error": refused.error, "error_description": refused.description}


def read_refusal(answer: Json) -> str:
    """Return what a shop said when it gave no token, "" where it said nothing that can be read."""
    if not isinstance(answer, dict):
        return ""
    words = (answer.get("error"), answer.get("error_description"), answer.get("errors"))
    return ": ".join(word for word in words if isinstance(word, str))
