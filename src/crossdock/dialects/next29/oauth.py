"""How an app is let into a store: the authorize page's address, the way back, and the exchange of codes for tokens.

Both directions: a store answers with these words, an app that connects to stores asks with them. What the platform does
not describe (`state`, refusals, refreshing) is as RFC 6749 has it.
Source: 29 Next, OAuth guide; the changelog for wildcards in redirect URLs.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crossdock.dialects.next29 import scopes
from crossdock.dialects.next29.fields import Fields, whole_body
from crossdock.dialects.operation import Call, Json, Unreadable, WireError

Pairs = Sequence[tuple[str, str]]

AUTHORIZE_PATH = "/oauth2/authorize/"
TOKEN_PATH = "/oauth2/token/"  # noqa: S105  # a path
INSTALL_PATH = "/dashboard/apps/install-app/"
APPS_PATH = "/dashboard/apps/"

AUTHORIZATION_CODE = "authorization_code"
REFRESH_TOKEN = "refresh_token"  # noqa: S105  # a kind of grant
BEARER = "Bearer"
LASTS = 15778476000  # seconds, 500 years

LONGEST_VALUE = 2048
_MOST_SCOPES = 200
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why an app is not let in or gets no token, in OAuth's words."""

    error: str
    description: str
    status: int = 400


DENIED = Refusal(error="access_denied", description="The merchant did not let the app in.")
UNKNOWN_SCOPE = "invalid_scope"
# One answer for each, so that what is unknown and what is wrong look alike.
INVALID_CLIENT = Refusal(
    error="invalid_client", description="The client id and secret do not belong together.", status=401
)
INVALID_CODE = Refusal(
    error="invalid_grant", description="The authorization code is not known, was used, is over or was sent elsewhere."
)
INVALID_REFRESH = Refusal(error="invalid_grant", description="The refresh token is not known or was used.")
TOO_MANY = Refusal(error="temporarily_unavailable", description="Too many requests. Try again later.", status=429)


class Refused(WireError):
    """An app asked for what it does not get."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.error)
        self.refusal = refusal


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthorizeRequest:
    """What an app asks the merchant for. `refusal`: the app is told this instead of the merchant being asked."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...] = ()
    state: str | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Callback:
    """What the browser brings back to the app, from the store of a network domain: a code, or else an `error`.

    Nothing of it is signed.
    """

    store: str
    code: str | None = None
    error: str | None = None
    state: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthorizationCode:
    """The code of the redirect, and where it was sent."""

    code: str
    redirect_uri: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Refresh:
    """A new token in place of one that the app has, for all that that one was for."""

    refresh_token: str


Grant = AuthorizationCode | Refresh


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenRequest:
    """An app's request for a token, with what proves that it is the app."""

    client_id: str
    client_secret: str
    grant: Grant


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A token as it is given out. `expires_in`: seconds from now."""

    access_token: str
    refresh_token: str | None
    scopes: tuple[str, ...]
    expires_in: int = LASTS


# -- scopes ------------------------------------------------------------------------------------------------------------


def read_scopes(text: str) -> tuple[str, ...]:
    """Read scopes separated by blanks, each once. Raises: Refused for one that there is not."""
    words = tuple(dict.fromkeys(text.split()))
    unknown = [word for word in words if word not in scopes.SCOPES]
    if unknown or len(words) > _MOST_SCOPES:
        named = " ".join(re.sub(r"[^\x21\x23-\x5b\x5d-\x7e]", "?", word[:80]) for word in unknown[:5])
        raise Refused(Refusal(error=UNKNOWN_SCOPE, description=f"There is no permission {named}."))
    return words


def write_scopes(granted: Iterable[str]) -> str:
    return " ".join(granted)


# -- the way to the authorize page and back ----------------------------------------------------------------------------


def authorize_url(base_url: str, request: AuthorizeRequest) -> str:
    """Return where to send the merchant's browser. `base_url`: scheme and host of the store."""
    query = [
        ("response_type", "code"),
        ("client_id", request.client_id),
        ("redirect_uri", request.redirect_uri),
        ("scope", write_scopes(request.scopes)),
        *([("state", request.state)] if request.state is not None else []),
    ]
    return f"{base_url.rstrip('/')}{AUTHORIZE_PATH}?{urlencode(query)}"


def read_authorize(query: Iterable[tuple[str, str]]) -> AuthorizeRequest:
    """Read the authorize page's query. Whether the app may be sent to `redirect_uri` is not checked here.

    Raises: Unreadable where it does not say whom to answer; what else is wrong is the request's `refusal`.
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
    wanted, refusal = _wanted(fields)
    return AuthorizeRequest(
        client_id=fields["client_id"],
        redirect_uri=fields["redirect_uri"],
        scopes=wanted,
        state=fields.get("state"),
        refusal=refusal,
    )


_AUTHORIZE_FIELDS = frozenset({"response_type", "client_id", "redirect_uri", "scope", "state"})


def _wanted(fields: Mapping[str, str]) -> tuple[tuple[str, ...], Refusal | None]:
    kind = fields.get("response_type")
    if not kind:
        return (), Refusal(error="invalid_request", description="response_type is missing.")
    if kind != "code":
        return (), Refusal(error="unsupported_response_type", description="response_type must be code.")
    try:
        return read_scopes(fields.get("scope", "")), None
    except Refused as refused:
        return (), refused.refusal


def _is_plain(text: str) -> bool:
    return all(ord(each) >= 32 and ord(each) != 127 for each in text)


def may_be_sent_to(registered: Iterable[str], url: str) -> bool:
    """Say whether a browser may be sent to a URL: one that was registered, whole.

    One that begins with a star, `https://*.example.com/back`, stands for each name with one label more than its own.
    """
    return any(_covers(each, url) if "*" in each else each == url for each in registered)


def is_safe_pattern(url: str) -> bool:
    """Say whether a URL has no star, or one that cannot stand for names of strangers."""
    if "*" not in url:
        return True
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    star, _, domain = parts.netloc.partition(".")
    labels = domain.partition(":")[0].lower().split(".")
    return (
        parts.scheme == "https"
        and star == "*"
        and url.count("*") == 1
        and len(labels) >= 2
        and all(_LABEL.fullmatch(label) for label in labels)
    )


def _covers(pattern: str, url: str) -> bool:
    if not is_safe_pattern(pattern):
        return False
    before, _, after = pattern.partition("*")
    label = url[len(before) : len(url) - len(after)]
    # Nothing but a label stands in the star's place, so that the rest of the host is the registered one.
    return url == f"{before}{label}{after}" and _LABEL.fullmatch(label) is not None


def callback_url(redirect_uri: str, *, store: str, code: str, state: str | None) -> str:
    """Return where to send the browser when the merchant agreed."""
    return with_query(redirect_uri, [("store", store), ("code", code), *_echoed(state)])


def refused_url(redirect_uri: str, *, store: str, refusal: Refusal, state: str | None) -> str:
    """Return where to send the browser when the app is not let in."""
    told = [("error", refusal.error), ("error_description", refusal.description)]
    return with_query(redirect_uri, [("store", store), *told, *_echoed(state)])


def open_url(app_url: str, *, store: str, token: str | None = None) -> str:
    """Return where to send the browser to open an app: with a signed token where it is installed."""
    return with_query(app_url, [("store", store), *([("token", token)] if token is not None else [])])


def with_query(url: str, pairs: Pairs) -> str:
    """Add to a URL's query. What is ours to say stays ours."""
    parts = urlsplit(url)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in _OURS]
    return urlunsplit(parts._replace(query=urlencode([*kept, *pairs]), fragment=""))


_OURS = frozenset({"store", "code", "state", "token", "error", "error_description"})


def _echoed(state: str | None) -> Pairs:
    return [] if state is None else [("state", state)]


def read_callback(query: Pairs) -> Callback:
    """Read what came back to the app. That `state` is the one that was sent is for the caller to check.

    Raises: Unreadable for what is missing or stands twice.
    """
    pairs = [(name, value) for name, value in query if name in _OURS]
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Unreadable("base", "a parameter stands twice")
    if not fields.get("store"):
        raise Unreadable("store", "is missing")
    if not fields.get("code") and not fields.get("error"):
        raise Unreadable("code", "is missing")
    return Callback(
        store=fields["store"],
        code=fields.get("code") or None,
        error=fields.get("error_description") or fields.get("error") or None,
        state=fields.get("state"),
    )


# -- the exchange for a token ------------------------------------------------------------------------------------------


def token_request(request: TokenRequest) -> Call:
    """Return the call for a token; its body goes as a form. `path` is the whole path."""
    body: dict[str, Json] = {"client_id": request.client_id, "client_secret": request.client_secret}
    match request.grant:
        case AuthorizationCode(code=code, redirect_uri=redirect_uri):
            body |= {"grant_type": AUTHORIZATION_CODE, "redirect_uri": redirect_uri, "code": code}
        case Refresh(refresh_token=token):
            body |= {"grant_type": REFRESH_TOKEN, "refresh_token": token}
    return Call(method="POST", path=TOKEN_PATH, body=body)


def read_token_request(body: Json, basic: tuple[str, str] | None = None) -> TokenRequest:
    """Read the fields of a form. `basic`: the client's id and secret where they came in a header.

    Raises: Unreadable for what is missing or doubtful, Refused for a kind of grant that there is not.
    """
    if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
        raise Unreadable("base", "is not a form of plain fields")
    for name, value in body.items():
        if not (_is_plain(name) and _is_plain(value)) or len(value) > 2 * LONGEST_VALUE:
            raise Unreadable("base", "holds control characters or is too long")
    fields = Fields(body)
    if basic is not None and body.get("client_secret"):
        raise Unreadable("client_secret", "is given twice")
    client_id, secret = basic or (body.get("client_id", ""), body.get("client_secret", ""))
    if not client_id or not secret:
        raise Refused(INVALID_CLIENT)
    return TokenRequest(client_id=client_id, client_secret=secret, grant=_grant(fields))


def _grant(fields: Fields) -> Grant:
    kind = _word(fields, "grant_type")
    if kind == AUTHORIZATION_CODE:
        return AuthorizationCode(code=_word(fields, "code"), redirect_uri=_word(fields, "redirect_uri"))
    if kind == REFRESH_TOKEN:
        return Refresh(refresh_token=_word(fields, "refresh_token"))
    raise Refused(Refusal(error="unsupported_grant_type", description="There is no such grant."))


def _word(fields: Fields, name: str) -> str:
    value = fields.text(name)
    if not value:
        raise Unreadable(name, "is missing")
    return value


def write_token(token: Token) -> Json:
    """Write the answer to a request for a token."""
    return {
        "access_token": token.access_token,
        "expires_in": token.expires_in,
        "token_type": BEARER,
        "scope": write_scopes(token.scopes),
        "refresh_token": token.refresh_token,
    }


def read_token(answer: Json) -> Token:
    """Read the answer that a token came with. Raises: Unreadable."""
    fields = whole_body(answer)
    return Token(
        access_token=_word(fields, "access_token"),
        refresh_token=fields.text("refresh_token") or None,
        scopes=tuple((fields.text("scope") or "").split()),
        expires_in=fields.whole("expires_in") or LASTS,
    )


def write_refusal(refusal: Refusal) -> Json:
    return {"error": refusal.error, "error_description": refusal.description}


def read_refusal(answer: Json) -> str:
    """Return what a store said when it gave no token, "" where it said nothing that can be read."""
    if not isinstance(answer, dict):
        return ""
    said = answer.get("error_description") or answer.get("error") or answer.get("detail")
    return said if isinstance(said, str) else ""
