"""The words of OAuth: signatures as the vendor's documents have them, and each side reading what the other wrote."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import shopify
from hypothesis import given
from hypothesis import strategies as st
from shopify import session_token

from crossdock.dialects.operation import Unreadable
from crossdock.dialects.shopify import oauth
from crossdock.dialects.shopify.oauth import (
    AuthorizationCode,
    AuthorizeRequest,
    ClientCredentials,
    Migration,
    Refresh,
    Token,
    TokenExchange,
    TokenRequest,
    User,
)
from crossdock.dialects.shopify.partings import write_parting
from crossdock.dialects.shopify.session_tokens import SessionToken, read_session_token, write_session_token
from crossdock.domain.apps import CustomerConcerned, ShopErased
from crossdock.domain.shops import Shop
from tests.dialects.scene import CONTEXT

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECRET = "shpss_" + 64 * "0"
# Samples of Shopify's documentation, as the tests of its client for Python have the first; both with the secret "hush".
SAMPLES = [
    (
        "code=a94a110d86d2452eb3e2af4cfb8a3828&shop=some-shop.myshopify.com&timestamp=1337178173",
        "2cb1a277650a659f1b11e92a4a64275b128e037f2c3390e3c8fd2d8721dac9e2",
    ),
    (
        "code=0907a61c0c8d55e99db179b68161bc00&shop=some-shop.myshopify.com&state=0.6784241404160823"
        "&timestamp=1337178173",
        "700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf",
    ),
]
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)


@pytest.mark.parametrize(("query", "signature"), SAMPLES)
def test_queries_are_signed_as_in_the_documentation(query: str, signature: str) -> None:
    pairs = [*parse_qsl(query), ("hmac", signature)]
    assert oauth.query_hmac("hush", pairs) == signature
    then = datetime.fromtimestamp(1337178173, UTC)
    oauth.verify_query(["other", "hush"], pairs, at=then)
    for secrets, at, change in (
        (["other"], then, []),
        (["hush"], then + timedelta(minutes=2), []),
        (["hush"], then, [("more", "1")]),
        (["hush"], then, [("hmac", signature)]),
    ):
        with pytest.raises(Unreadable):
            oauth.verify_query(secrets, [*pairs, *change], at=at)


@given(pairs=st.dictionaries(WORDS.filter(lambda name: "[" not in name and "]" not in name and name != "hmac"), WORDS))
def test_shopifys_client_for_python_signs_queries_alike(pairs: dict[str, str]) -> None:
    shopify.Session.setup(api_key="key", secret="hush")
    assert oauth.query_hmac("hush", list(pairs.items())) == shopify.Session.calculate_hmac(pairs)


def test_lists_in_queries_are_signed_as_the_client_for_python_does() -> None:
    shopify.Session.setup(api_key="key", secret="hush")
    theirs = shopify.Session.calculate_hmac({"ids[]": [1, 2], "shop": "a.myshopify.com"})
    assert oauth.query_hmac("hush", [("ids[]", "1"), ("shop", "a.myshopify.com"), ("ids[]", "2")]) == theirs


def test_what_comes_back_to_the_app_is_all_signed_and_has_what_its_address_had() -> None:
    address = oauth.callback_url(
        "hush", "https://a.b/c?tab=1&code=forged&hmac=0", shop="acme.myshopify.com", code="abc", state="s&=%", at=AT
    )
    query = parse_qsl(urlsplit(address).query)
    assert dict(query).keys() == {"code", "hmac", "host", "shop", "state", "tab", "timestamp"}
    back = oauth.read_callback(["hush"], query, at=AT)
    assert (back.code, back.shop, back.state) == ("abc", "acme.myshopify.com", "s&=%")
    for name, _ in query:
        tampered = [(each, value + "x" if each == name else value) for each, value in query]
        with pytest.raises(Unreadable):
            oauth.read_callback(["hush"], tampered, at=AT)


@given(client=WORDS, redirect=WORDS, state=st.none() | WORDS, online=st.booleans())
def test_what_an_app_asks_for_arrives(client: str, redirect: str, state: str | None, online: bool) -> None:
    asked = AuthorizeRequest(
        client_id=client, scopes=("write_orders", "read_products"), redirect_uri=redirect, state=state, online=online
    )
    url = urlsplit(oauth.authorize_url("https://acme.myshopify.com/", asked))
    assert (url.netloc, url.path) == ("acme.myshopify.com", "/admin/oauth/authorize")
    assert oauth.read_authorize(parse_qsl(url.query, keep_blank_values=True)) == asked


def test_scopes_are_told_without_what_they_imply() -> None:
    assert oauth.read_scopes("read_orders, write_orders,read_products write_orders") == (
        "write_orders",
        "read_products",
    )
    assert oauth.read_scopes("") == ()
    many = ",".join(f"read_{n}" for n in range(300))
    for text in ("orders", "read_", "READ_ORDERS", "read_orders;", "read_ordérs", many):
        with pytest.raises(Unreadable):
            oauth.read_scopes(text)


@pytest.mark.parametrize(
    "grant",
    [
        AuthorizationCode(code="c"),
        AuthorizationCode(code="c", redirect_uri="https://a.b/c", expiring=True),
        ClientCredentials(),
        TokenExchange(subject_token="t", online=True),
        TokenExchange(subject_token="t", expiring=True),
        Migration(access_token="shpat_1"),
        Refresh(refresh_token="r"),
    ],
    ids=lambda grant: type(grant).__name__,
)
def test_requests_for_a_token_arrive(grant: oauth.Grant) -> None:
    request = TokenRequest(client_id="id", client_secret="secret", grant=grant)
    call = oauth.token_request(request)
    assert (call.method, call.path) == ("POST", "/admin/oauth/access_token")
    assert oauth.read_token_request(call.body) == request


# Source: shopify-rest.md, section 17: what each of Shopify's clients sends for a code.
@pytest.mark.parametrize(
    "body",
    [
        {"client_id": "id", "client_secret": "secret", "code": "c"},
        {"client_id": "id", "client_secret": "secret", "code": "c", "expiring": "0"},
    ],
)
def test_codes_as_clients_send_them(body: dict[str, Any]) -> None:
    assert oauth.read_token_request(body).grant == AuthorizationCode(code="c")


# Source: Shopify, "Implement authorization code grant manually", answers for an offline and an online token.
OFFLINE = {"access_token": "f85632530bf277ec9ac6f649fc327f17", "scope": "write_orders,read_customers"}
ONLINE = {
    **OFFLINE,
    "expires_in": 86399,
    "associated_user_scope": "write_orders,read_customers",
    "session": "1c3e",
    "associated_user": {
        "id": 902541635,
        "first_name": "John",
        "last_name": "Smith",
        "email": "john@example.com",
        "email_verified": True,
        "account_owner": True,
        "locale": "en",
        "collaborator": False,
    },
}


def test_tokens_are_told_as_in_the_documentation() -> None:
    offline = Token(access_token=OFFLINE["access_token"], scopes=("write_orders", "read_customers"))
    john = User(id=902541635, email="john@example.com", first_name="John", last_name="Smith")
    online = Token(
        access_token=OFFLINE["access_token"], scopes=offline.scopes, expires_in=86399, user=john, session="1c3e"
    )
    assert oauth.write_token(offline) == OFFLINE
    assert oauth.write_token(online) == ONLINE
    assert (oauth.read_token(OFFLINE), oauth.read_token(ONLINE)) == (offline, online)
    expiring = Token(
        access_token="a", scopes=(), expires_in=3600, refresh_token="r", refresh_token_expires_in=7_776_000
    )
    assert oauth.read_token(oauth.write_token(expiring)) == expiring


def test_session_tokens_are_read_as_they_were_written() -> None:
    token = SessionToken(shop="acme.myshopify.com", client_id="id", user_id=7, issued_at=AT, id="j", session="s")
    text = write_session_token(SECRET, token)
    assert read_session_token(["other", SECRET], text, client_id="id", at=AT) == token
    header = f"Bearer {write_session_token(SECRET, now(token))}"
    decoded = session_token.decode_from_header(header, "id", SECRET)
    assert (decoded["dest"], decoded["sub"]) == ("https://acme.myshopify.com", "7")


def now(token: SessionToken) -> SessionToken:
    """Return a token that is good by the machine's clock, which the client looks at."""
    return SessionToken(
        shop=token.shop,
        client_id=token.client_id,
        user_id=token.user_id,
        issued_at=datetime.now(UTC),
        id=token.id,
        session=token.session,
    )


def test_a_token_that_says_it_needs_no_signature_is_refused() -> None:
    token = SessionToken(shop="acme.myshopify.com", client_id="id", user_id=7, issued_at=AT, id="j", session="s")
    _, payload, signature = write_session_token("hush", token).split(".")
    none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    for forged in (f"{none}.{payload}.", f"{none}.{payload}.{signature}", f"{none}.{payload}"):
        with pytest.raises(Unreadable):
            read_session_token(["hush"], forged, client_id="id", at=AT)


def test_partings_are_told_as_in_the_documentation() -> None:
    shop: Shop = CONTEXT.shop
    base = {"shop_id": shop.id, "shop_domain": shop.domain}
    # Source: Shopify, "Privacy law compliance", payloads of the three topics.
    assert write_parting(ShopErased(), shop) == base
    john = CustomerConcerned(
        email="john@example.com", phone="555-625-1199", order_ids=(299938, 280263), request_id=9999, erase=False
    )
    customer = {"id": 9999, "email": "john@example.com", "phone": "555-625-1199"}
    assert write_parting(john, shop) == {
        **base,
        "orders_requested": [299938, 280263],
        "customer": customer,
        "data_request": {"id": 9999},
    }
