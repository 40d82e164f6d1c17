"""The words of 29 Next's OAuth: tokens as the vendor's document has them, each side reading what the other wrote."""

import base64
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.dialects.next29 import oauth
from crossdock.dialects.next29.app_tokens import AppToken, read_app_token, write_app_token
from crossdock.dialects.next29.oauth import AuthorizationCode, AuthorizeRequest, Refresh, Token, TokenRequest
from crossdock.dialects.next29.scopes import SCOPES
from crossdock.dialects.operation import Unreadable
from crossdock.dialects.signed_tokens import write_claims

SECRET = "nexts_" + 64 * "0"
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
# Decoded sample of the vendor's "Session Auth": 29next/developer-docs, docs/apps/oauth/session-auth.
SAMPLE = {
    "iss": "https://example.29next.store/dashboard",
    "sub": "https://example.29next.store",
    "aud": "kbCWYEPXMezpXripKyDSlA68fb4auutiaEXmh3Rx",
    "exp": 1660881585,
    "nbf": 1660881525,
    "iat": 1660881525,
    "uid": 3,
    "user_email": "demo@29next.com",
    "store": "example.29next.store",
}
CLIENT_ID = str(SAMPLE["aud"])
ISSUED = datetime.fromtimestamp(1660881525, UTC)
SHOWN = AppToken(
    store="example.29next.store", client_id=CLIENT_ID, user_id=3, user_email="demo@29next.com", issued_at=ISSUED
)


def test_a_token_has_the_claims_of_the_sample_and_is_read_as_apps_read_it() -> None:
    token = write_app_token(SECRET, SHOWN)
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    decoded = jwt.decode(token, SECRET, audience=CLIENT_ID, algorithms=["HS256"], options={"verify_exp": False})
    assert decoded == SAMPLE
    theirs = jwt.encode(SAMPLE, SECRET, algorithm="HS256")
    for text in (token, theirs):
        assert read_app_token(["other", SECRET], text, client_id=CLIENT_ID, at=ISSUED) == SHOWN


def changed(**claims: object) -> str:
    return write_claims(SECRET, {**SAMPLE, **claims})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "a.b.c",
        "x" * 5000,
        "é",
        write_app_token("other secret", SHOWN),
        jwt.encode(SAMPLE, "", algorithm="none"),
        jwt.encode(SAMPLE, SECRET, algorithm="HS512"),
        changed(aud="somebody else"),
        changed(aud=[CLIENT_ID]),
        changed(exp=None),
        changed(exp="1660881585"),
        changed(exp=True),
        changed(nbf=1660881700),
        changed(iat=-1),
        changed(uid="3"),
        changed(uid=None),
        changed(store=""),
        changed(store=7),
        changed(store="other.29next.store"),
        changed(sub="https://evil.example"),
    ],
)
def test_tokens_that_are_none(text: str) -> None:
    with pytest.raises(Unreadable):
        read_app_token([SECRET], text, client_id=CLIENT_ID, at=ISSUED)


def test_a_token_is_over_after_a_minute_and_changing_it_breaks_it() -> None:
    token = write_app_token(SECRET, SHOWN)
    for seconds, good in ((-60, False), (0, True), (60, True), (75, False)):
        at = ISSUED + timedelta(seconds=seconds)
        try:
            read_app_token([SECRET], token, client_id=CLIENT_ID, at=at)
        except Unreadable:
            assert not good
        else:
            assert good
    header, payload, signature = token.split(".")
    other = json.loads(base64.urlsafe_b64decode(payload + "=="))
    other["uid"] = 4
    forged = base64.urlsafe_b64encode(json.dumps(other).encode()).decode().rstrip("=")
    with pytest.raises(Unreadable):
        read_app_token([SECRET], f"{header}.{forged}.{signature}", client_id=CLIENT_ID, at=ISSUED)


@given(
    client_id=WORDS, redirect_uri=WORDS, scopes=st.lists(st.sampled_from(SCOPES), unique=True), state=st.none() | WORDS
)
def test_what_is_asked_for_arrives(client_id: str, redirect_uri: str, scopes: list[str], state: str | None) -> None:
    asked = AuthorizeRequest(client_id=client_id, redirect_uri=redirect_uri, scopes=tuple(scopes), state=state)
    url = urlsplit(oauth.authorize_url("https://example.29next.store/", asked))
    assert url.path == oauth.AUTHORIZE_PATH
    assert oauth.read_authorize(parse_qsl(url.query, keep_blank_values=True)) == asked


@given(code=WORDS, state=st.none() | WORDS, query=st.dictionaries(WORDS, WORDS, max_size=3))
def test_what_comes_back_arrives_beside_what_was_there(code: str, state: str | None, query: dict[str, str]) -> None:
    there = oauth.with_query("https://app.example/back", list(query.items()))
    for url, expected in (
        (oauth.callback_url(there, store="a.29next.store", code=code, state=state), (code, None)),
        (
            oauth.refused_url(there, store="a.29next.store", refusal=oauth.DENIED, state=state),
            (None, oauth.DENIED.description),
        ),
    ):
        pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
        back = oauth.read_callback(pairs)
        assert (back.store, back.code, back.error, back.state) == ("a.29next.store", *expected, state)


@pytest.mark.parametrize(
    "query",
    [
        [("code", "1")],
        [("store", "a.29next.store")],
        [("store", ""), ("code", "1")],
        [("store", "a.29next.store"), ("store", "b.29next.store"), ("code", "1")],
    ],
)
def test_what_comes_back_and_says_nothing(query: list[tuple[str, str]]) -> None:
    with pytest.raises(Unreadable):
        oauth.read_callback(query)


@given(
    client_id=WORDS,
    client_secret=WORDS,
    grant=st.builds(AuthorizationCode, code=WORDS, redirect_uri=WORDS) | st.builds(Refresh, refresh_token=WORDS),
)
def test_requests_for_tokens_arrive(client_id: str, client_secret: str, grant: oauth.Grant) -> None:
    request = TokenRequest(client_id=client_id, client_secret=client_secret, grant=grant)
    call = oauth.token_request(request)
    assert (call.method, call.path) == ("POST", "/oauth2/token/")
    assert oauth.read_token_request(call.body) == request
    bare = {name: value for name, value in call.body.items() if not name.startswith("client_")}
    assert oauth.read_token_request(bare, (client_id, client_secret)) == request


def test_the_answer_with_a_token_is_the_documented_one() -> None:
    """Fields and their values as in the OAuth guide's step with the access token."""
    token = Token(access_token="a", refresh_token="r", scopes=("orders:read", "orders:write"))
    written = oauth.write_token(token)
    assert written == {
        "access_token": "a",
        "expires_in": 15778476000,
        "token_type": "Bearer",
        "scope": "orders:read orders:write",
        "refresh_token": "r",
    }
    assert oauth.read_token(written) == token
    wrong: tuple[object, ...] = ({}, [], None, {"access_token": ""}, {"access_token": 7, "expires_in": "soon"})
    for answer in wrong:
        with pytest.raises(Unreadable):
            oauth.read_token(answer)
