"""How an app gets into a shop and out of it: the merchant's page, codes, tokens, and what the app is told."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import pytest_asyncio

from crossdock.dialects.shopify import oauth
from crossdock.dialects.shopify.oauth import AuthorizeRequest, Callback, read_callback
from crossdock.dialects.shopify.session_tokens import SessionToken, write_session_token
from crossdock.domain.access import Caller
from crossdock.domain.subscriptions import SubscribeToWebhook
from crossdock.runtime.clock import MovableClock
from crossdock.store.dispatch.credentials import rotate
from crossdock.store.setup import Registration, create_shop, issue_token, register
from tests.store.calls import SETTINGS, Client, Reply, Served, served
from tests.store.scene import NOW

BACK = "https://app.example/auth/callback?from=acme"
SCOPES = ("write_orders", "read_products", "read_customers")
FORM = "application/x-www-form-urlencoded"
INVALID_CODE = {
    "error": "invalid_request",
    "error_description": "The authorization code was not found or was already used",
}


@dataclass
class Place:
    """A shop with an app that is registered and not installed."""

    shop: Served
    client_id: str
    secret: str
    app_id: int

    @property
    def browser(self) -> Client:
        return Client(self.shop.app, None)

    def asking(self, *scopes: str, **more: object) -> AuthorizeRequest:
        asked = AuthorizeRequest(
            client_id=self.client_id, scopes=scopes or SCOPES, redirect_uri=BACK, state="nonce-1 & more"
        )
        return replace(asked, **more)  # type: ignore[arg-type]  # its own fields

    async def see(self, asked: AuthorizeRequest) -> Reply:
        return await self.browser.get(oauth.authorize_url("", asked))

    async def consent(self, asked: AuthorizeRequest) -> Callback:
        """Agree on the page as a browser does, and read what it brings back to the app."""
        page = await self.see(asked)
        assert page.status == 200, page.body
        sent = await self.post("/admin/oauth/authorize", hidden_fields(page))
        return await self.brought_back(sent)

    async def brought_back(self, sent: Reply) -> Callback:
        assert sent.status == 303, sent.body
        assert sent.headers["location"].startswith("https://app.example/auth/callback?")
        at = await self.shop.store.clock.now()
        return read_callback([self.secret], parse_qsl(urlsplit(sent.headers["location"]).query), at=at)

    async def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Reply:
        return await self.browser.send("POST", path, urlencode(fields).encode(), content_type=FORM, **headers)

    async def exchange(self, **body: object) -> Reply:
        asked = {"client_id": self.client_id, "client_secret": self.secret, **body}
        return await self.browser.post("/admin/oauth/access_token", asked, content_type="application/json")

    async def installed(self, *scopes: str, **body: object) -> str:
        """Install the app and return its token."""
        code = (await self.consent(self.asking(*scopes))).code
        answer = await self.exchange(code=code, **body)
        assert answer.status == 200, answer.body
        return str(answer.json["access_token"])

    async def may(self, token: str) -> int:
        return (await Client(self.shop.app, token).get("shop.json")).status

    async def later(self, **by: float) -> None:
        clock = self.shop.store.clock
        assert isinstance(clock, MovableClock)
        await clock.set_offset(await clock.offset() + timedelta(**by).total_seconds())


def hidden_fields(page: Reply) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.body.decode())
    return {unescape(name): unescape(value) for name, value in found}


@pytest_asyncio.fixture
async def place(store_database: str) -> AsyncIterator[Place]:
    async with served(store_database) as shop:
        app = Registration(name="Acme <Packer>", app_url="https://app.example/", redirect_urls=(BACK,))
        made = await register(shop.store.pool, shop.store.vault, NOW, shop.shop.shop_id, app)
        yield Place(shop, made.client_id, made.client_secret, made.id)


async def test_a_merchant_sees_who_asks_for_what_and_nothing_happens_by_looking(place: Place) -> None:
    page = await place.see(place.asking(online=True))
    text = page.body.decode()
    assert page.status == 200
    for words in (
        "Acme &lt;Packer&gt;",
        "See and change orders",
        "See products",
        "customers",
        "app.example",
        "for a day",
    ):
        assert words in text, words
    assert "form-action 'self' https://app.example;" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert await place.shop.store.pool.fetchval("SELECT count(*) FROM authorization_codes") == 0
    assert (await place.exchange(grant_type="client_credentials")).json["error"] == "app_not_installed"


async def test_an_app_is_installed_and_gets_a_token_for_what_was_agreed(place: Place) -> None:
    back = await place.consent(place.asking())
    assert (back.shop, back.state) == ("acme.example", "nonce-1 & more")
    answer = await place.exchange(code=back.code)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json.keys() == {"access_token", "scope"}
    assert answer.json["scope"] == "write_orders,read_products,read_customers"
    app = Client(place.shop.app, answer.json["access_token"])
    scopes = await app.get("/admin/oauth/access_scopes.json")
    assert {each["handle"] for each in scopes.json["access_scopes"]} == {*SCOPES, "read_orders"}
    assert (await app.get("orders.json")).status == 200
    assert (await app.get("locations.json")).status == 403
    # Neither code, token nor secret is anywhere to be read.
    for secret in (back.code, answer.json["access_token"], place.secret):
        for table in ("apps", "tokens", "authorization_codes", "messages"):
            rows = await place.shop.store.pool.fetch(f"SELECT row_to_json(t)::text AS row FROM {table} t")
            assert all(secret not in row["row"] for row in rows), table


async def test_a_form_will_do_for_json(place: Place) -> None:
    code = (await place.consent(place.asking())).code
    fields = {"client_id": place.client_id, "client_secret": place.secret, "code": code}
    assert (await place.post("/admin/oauth/access_token", fields)).json["scope"].startswith("write_orders")
    twice = urlencode([*fields.items(), ("code", code)]).encode()
    answer = await place.browser.send("POST", "/admin/oauth/access_token", twice, content_type=FORM)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"client_id": "0" * 64}, "No app of this shop has this client id"),
        ({"client_id": "\0"}, "cannot be read"),
        ({"redirect_uri": "https://evil.example/"}, "not one that it was registered with"),
        ({"redirect_uri": BACK + "&more=1"}, "not one that it was registered with"),
        ({"redirect_uri": "https://app.example/auth/callback"}, "not one that it was registered with"),
        ({"redirect_uri": ""}, "redirect_uri: is missing"),
        ({"scopes": ("read_orders", "all of it")}, "all is not a scope"),
        ({"scopes": ("<script>",)}, "is not a scope"),
        ({"state": "x" * 5000}, "state: is too long"),
    ],
)
async def test_nobody_is_sent_anywhere_for_what_is_wrong(place: Place, change: dict[str, object], words: str) -> None:
    asked = place.asking(**change)
    page = await place.see(asked)
    assert page.status == 400
    assert words in unescape(page.body.decode())
    assert "<script>" not in page.body.decode()
    fields = dict(parse_qsl(urlsplit(oauth.authorize_url("", asked)).query, keep_blank_values=True))
    assert (await place.post("/admin/oauth/authorize", fields)).status == 400


async def test_forms_of_other_sites_are_refused(place: Place) -> None:
    fields = hidden_fields(await place.see(place.asking()))
    assert (await place.post("/admin/oauth/authorize", fields, origin="https://evil.example")).status == 403
    assert (await place.post("/admin/oauth/authorize", fields, sec_fetch_site="cross-site")).status == 403


async def test_the_host_must_be_the_shops(place: Place) -> None:
    code = (await place.consent(place.asking())).code
    elsewhere = replace(place.browser, host="other.myshopify.test")
    body = {"client_id": place.client_id, "client_secret": place.secret, "code": code}
    assert (await elsewhere.post("/admin/oauth/access_token", body)).status == 401
    here = replace(place.browser, host="acme.myshopify.test")
    assert (await here.post("/admin/oauth/access_token", body)).status == 200
    page = await replace(place.browser, host="other.localhost").get(oauth.authorize_url("", place.asking()))
    assert page.status == 400


async def test_unknown_and_wrong_look_alike(place: Place) -> None:
    code = (await place.consent(place.asking())).code
    other = await place.exchange(client_id="unknown", code=code)
    wrong = await place.exchange(client_secret="shpss_wrong", code=code)
    assert other.status == wrong.status == 401
    assert other.body == wrong.body
    unknown = await place.exchange(code="0" * 64)
    elsewhere = await place.exchange(code=code, redirect_uri="https://app.example/other")
    assert (await place.exchange(code=code, redirect_uri=BACK)).status == 200
    used = await place.exchange(code=code)
    assert [each.json for each in (unknown, elsewhere, used)] == [INVALID_CODE] * 3
    assert [each.status for each in (unknown, elsewhere, used)] == [400] * 3


async def test_a_code_is_the_apps_own_and_ends_after_ten_minutes(place: Place) -> None:
    shop = place.shop
    made = await register(
        shop.store.pool,
        shop.store.vault,
        NOW,
        shop.shop.shop_id,
        Registration(name="Thief", app_url="https://thief.example/", redirect_urls=(BACK,)),
    )
    code = (await place.consent(place.asking())).code
    stolen = await place.exchange(client_id=made.client_id, client_secret=made.client_secret, code=code)
    assert stolen.json == INVALID_CODE
    await place.later(minutes=9)
    assert (await place.exchange(code=code)).status == 200
    late = (await place.consent(place.asking("read_locations"))).code
    await place.later(minutes=11)
    assert (await place.exchange(code=late)).json == INVALID_CODE


async def test_one_code_exchanged_by_eight_at_once_gives_one_token(place: Place) -> None:
    for _ in range(5):
        code = (await place.consent(place.asking("write_products" if _ % 2 else "write_orders"))).code
        before = await place.shop.store.pool.fetchval("SELECT count(*) FROM tokens WHERE app_id = $1", place.app_id)
        answers = await asyncio.gather(*(place.exchange(code=code) for _ in range(8)))
        assert sorted(each.status for each in answers) == [200, *[400] * 7]
        after = await place.shop.store.pool.fetchval("SELECT count(*) FROM tokens WHERE app_id = $1", place.app_id)
        assert after == before + 1
        # The second use took nothing from the first.
        assert await place.may(next(each.json["access_token"] for each in answers if each.status == 200)) == 200


async def test_an_exchange_that_dies_halfway_leaves_the_code_or_a_token(place: Place) -> None:
    count = """
        SELECT (SELECT count(*) FROM tokens WHERE app_id = $1) + (SELECT count(*) FROM authorization_codes)
    """
    for milliseconds in range(12):
        code = (await place.consent(place.asking("write_orders" if milliseconds % 2 else "write_products"))).code
        before = await place.shop.store.pool.fetchval(count, place.app_id)
        exchange = asyncio.create_task(place.exchange(code=code))
        await asyncio.sleep(milliseconds / 1000)
        exchange.cancel()
        await asyncio.gather(exchange, return_exceptions=True)
        assert await place.shop.store.pool.fetchval(count, place.app_id) == before
        await place.exchange(code=code)
        assert (await place.exchange(code=code)).json == INVALID_CODE
        assert await place.shop.store.pool.fetchval(count, place.app_id) == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'{"client_id": "a"', 400),
        (b'{"client_id": {"a": 1}, "client_secret": "b", "code": "c"}', 400),
        (b'{"client_id": "\\u0000", "client_secret": "b", "code": "c"}', 400),
        (b'{"client_id": "a", "client_id": "b", "client_secret": "b", "code": "c"}', 400),
        (b'{"client_id": "a", "client_secret": "b"}', 400),
        (b'{"client_id": "a", "client_secret": "b", "grant_type": "password"}', 400),
        (b'{"client_id": "a", "client_secret": "\xc3\xa9", "code": "c"}', 401),
        (b"x" * 40_000, 413),
    ],
)
async def test_bodies_that_are_none(place: Place, body: bytes, status: int) -> None:
    answer = await place.browser.post("/admin/oauth/access_token", body)
    assert answer.status == status, answer.body
    form = await place.browser.send("POST", "/admin/oauth/access_token", body, content_type=FORM)
    assert form.status in {400, 413}
    assert (await place.browser.get("/admin/oauth/access_token")).status == 405


async def test_an_online_token_stands_for_a_user_and_ends_with_the_day(place: Place) -> None:
    await place.installed()
    # Nothing new is asked for: the browser is sent on at once, though the token is of another kind.
    back = await place.brought_back(await place.see(place.asking("read_orders", online=True)))
    answer = (await place.exchange(code=back.code)).json
    assert answer["expires_in"] == 86399
    assert (answer["scope"], answer["associated_user_scope"]) == ("read_orders", "read_orders")
    assert answer["associated_user"] == {
        "id": 1,
        "first_name": "Acme",
        "last_name": "",
        "email": "a@acme.example",
        "email_verified": True,
        "account_owner": True,
        "locale": "en",
        "collaborator": False,
    }
    assert await place.may(answer["access_token"]) == 200
    await place.later(days=1)
    assert await place.may(answer["access_token"]) == 401


async def test_what_is_asked_for_anew_needs_a_new_word(place: Place) -> None:
    first = await place.installed("write_orders", "read_products")
    assert (await place.see(place.asking("read_orders"))).status == 303
    more = await place.see(place.asking("write_orders", "read_products", "read_locations"))
    assert more.status == 200
    assert b"asks for more" in more.body
    second = await place.installed("write_orders", "read_products", "read_locations")
    assert [await place.may(token) for token in (first, second)] == [200, 200]
    # A grant that leaves something out takes it from the tokens that have it.
    third = await place.installed("write_orders", "read_inventory")
    assert [await place.may(token) for token in (first, second, third)] == [401, 401, 200]


async def test_a_code_for_more_than_is_granted_now_is_void(place: Place) -> None:
    wide = (await place.consent(place.asking("write_orders", "read_products"))).code
    narrow = (await place.consent(place.asking("write_orders", "read_locations"))).code
    assert (await place.exchange(code=wide)).json == INVALID_CODE
    assert (await place.exchange(code=narrow)).status == 200


async def test_a_token_that_is_given_out_while_the_grant_shrinks_does_not_outlive_it(place: Place) -> None:
    for round in range(8):
        wide = await place.consent(place.asking("write_orders", "read_products"))
        fields = hidden_fields(await place.see(place.asking("write_orders", "read_locations")))
        answers = await asyncio.gather(
            *(place.exchange(grant_type="client_credentials") for _ in range(3)),
            place.exchange(code=wide.code),
            place.post("/admin/oauth/authorize", fields),
            place.exchange(grant_type="client_credentials"),
        )
        for answer in answers:
            if answer.status == 200 and "read_products" in answer.json["scope"]:
                assert await place.may(answer.json["access_token"]) == 401, round


async def test_an_app_is_told_of_its_scopes_when_they_change(place: Place) -> None:
    await place.installed("write_orders", "read_products")
    subscribe = SubscribeToWebhook(topics=("app/scopes_update",), address="https://hooks.example.se/")
    await place.shop.shop.dispatch(subscribe, Caller(app_id=place.app_id))
    await place.consent(place.asking("write_orders", "read_locations"))
    (body,) = await place.shop.store.pool.fetch("SELECT request_body FROM messages WHERE kind = 'webhook'")
    told = json.loads(body["request_body"])
    assert (told["id"], told["previous"], told["current"]) == (
        place.app_id,
        ["write_orders", "read_products"],
        ["write_orders", "read_locations"],
    )


async def test_an_expiring_token_is_renewed_once(place: Place) -> None:
    code = (await place.consent(place.asking())).code
    first = (await place.exchange(code=code, expiring="1")).json
    assert (first["expires_in"], first["refresh_token_expires_in"]) == (3600, 7776000)
    await place.later(hours=1)
    assert await place.may(first["access_token"]) == 401
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    answers = await asyncio.gather(*(place.exchange(**refresh) for _ in range(6)))
    assert sorted(each.status for each in answers) == [200, *[400] * 5]
    second = next(each.json for each in answers if each.status == 200)
    assert second["scope"] == first["scope"]
    assert await place.may(second["access_token"]) == 200
    await place.later(days=90)
    assert (await place.exchange(**{**refresh, "refresh_token": second["refresh_token"]})).status == 400


async def test_a_token_that_lasts_is_exchanged_for_one_that_does_not(place: Place) -> None:
    token = await place.installed()
    wish = {
        "grant_type": oauth.EXCHANGE,
        "subject_token": token,
        "subject_token_type": oauth.OFFLINE,
        "requested_token_type": oauth.OFFLINE,
    }
    assert (await place.exchange(**wish)).status == 400
    answers = [await place.exchange(**wish, expiring="1") for _ in range(2)]
    assert [each.status for each in answers] == [200, 400]
    assert answers[0].json["expires_in"] == 3600
    assert [await place.may(each) for each in (token, answers[0].json["access_token"])] == [401, 200]


async def test_an_app_asks_for_itself_where_it_is_installed(place: Place) -> None:
    await place.installed()
    answer = (await place.exchange(grant_type="client_credentials")).json
    assert (answer["expires_in"], answer["scope"]) == (86399, ",".join(SCOPES))
    assert await place.may(answer["access_token"]) == 200


async def test_opening_an_app_shows_it_who_looks_and_the_token_of_that_can_be_exchanged(place: Place) -> None:
    link = await place.browser.get(f"/admin/oauth/install?client_id={place.client_id}")
    begun = dict(parse_qsl(urlsplit(link.headers["location"]).query))
    assert link.status == 303
    assert begun.keys() == {"hmac", "host", "shop", "timestamp"}
    await place.installed()
    opened = await place.browser.get(f"/shops/acme/apps/{place.app_id}/open")
    query = parse_qsl(urlsplit(opened.headers["location"]).query)
    oauth.verify_query([place.secret], query, at=await place.shop.store.clock.now())
    shown = {
        "grant_type": oauth.EXCHANGE,
        "subject_token": dict(query)["id_token"],
        "subject_token_type": oauth.SUBJECT_TYPE,
    }
    online = await place.exchange(**shown, requested_token_type=oauth.ONLINE)
    offline = await place.exchange(**shown, requested_token_type=oauth.OFFLINE)
    assert online.json["associated_user"]["email"] == "a@acme.example"
    assert offline.json.keys() == {"access_token", "scope"}
    assert [await place.may(each.json["access_token"]) for each in (online, offline)] == [200, 200]
    await place.later(minutes=2)
    assert (await place.exchange(**shown)).json["error"] == "invalid_subject_token"


async def test_session_tokens_of_others_are_refused(place: Place) -> None:
    await place.installed()
    at = await place.shop.store.clock.now()
    good = SessionToken(shop="acme.example", client_id=place.client_id, user_id=1, issued_at=at, id="a", session="b")
    tokens = [
        write_session_token("another secret", good),
        write_session_token(place.secret, replace(good, client_id="another")),
        write_session_token(place.secret, replace(good, shop="other.example")),
        write_session_token(place.secret, replace(good, issued_at=at - timedelta(minutes=5))),
        write_session_token(place.secret, replace(good, issued_at=at + timedelta(minutes=5))),
        write_session_token(place.secret, good)[:-2] + "AA",
        "",
        ".",
        "a.b.c",
        "é.é.é",
    ]
    shown = {"grant_type": oauth.EXCHANGE, "subject_token_type": oauth.SUBJECT_TYPE}
    for token in tokens:
        answer = await place.exchange(**shown, subject_token=token)
        assert answer.status == 400, token
        assert answer.json["error"] in {"invalid_subject_token", "invalid_request"}
    right = await place.exchange(**shown, subject_token=write_session_token(place.secret, good))
    assert right.status == 200


async def test_while_a_secret_is_replaced_both_are_good(place: Place) -> None:
    shop = place.shop
    fresh = await rotate(shop.store.pool, shop.store.clock, shop.store.vault, shop.shop.shop_id, place.app_id)
    for secret in (place.secret, fresh):
        code = (await place.consent(place.asking("read_orders", "read_x" if secret == fresh else "read_y"))).code
        assert (await place.exchange(client_secret=secret, code=code)).status == 200
    await place.later(days=2)
    assert (await place.exchange(code="x")).status == 401
    assert (await place.exchange(client_secret=fresh, code="x")).status == 400


async def test_who_asks_for_tokens_too_often_has_to_wait(store_database: str) -> None:
    async with served(store_database, SETTINGS.model_copy(update={"limits": True})) as shop:
        client = Client(shop.app, None)
        guess = {"client_id": "a", "client_secret": "b", "code": "c"}
        answers = await asyncio.gather(*(client.post("/admin/oauth/access_token", guess) for _ in range(60)))
        statuses = [each.status for each in answers]
        assert 40 <= statuses.count(401) <= 50
        assert statuses.count(429) == 60 - statuses.count(401)
        assert next(each for each in answers if each.status == 429).headers["retry-after"] == "2.0"


async def test_another_shops_app_is_nobodys_here(place: Place) -> None:
    store = place.shop.store
    other = await create_shop(store.pool, NOW, name="Other", subdomain="other", domain="other.example", email="o@x.yz")
    made = await register(
        store.pool, store.vault, NOW, other, Registration(name="Theirs", app_url="https://theirs.example/")
    )
    assert (await place.browser.get(f"/shops/acme/apps/{made.id}/open")).status == 404
    assert (await place.post(f"/shops/acme/apps/{made.id}/uninstall", {})).status == 404
    assert "Theirs" not in (await place.browser.get("/shops/acme/apps")).body.decode()


async def test_an_app_that_is_uninstalled_can_do_nothing_and_may_come_back(place: Place) -> None:
    token = await place.installed()
    code = (await place.brought_back(await place.see(place.asking()))).code
    page = await place.browser.get("/shops/acme/apps")
    assert "Acme &lt;Packer&gt;" in page.body.decode()
    assert (await place.post(f"/shops/acme/apps/{place.app_id}/uninstall", {})).status == 303
    assert (await place.post(f"/shops/acme/apps/{place.app_id}/uninstall", {})).status == 404
    assert await place.may(token) == 401
    assert (await place.exchange(code=code)).json == INVALID_CODE
    assert (await place.exchange(grant_type="client_credentials")).json["error"] == "app_not_installed"
    assert (await place.see(place.asking())).status == 200
    again = await place.installed()
    assert [await place.may(each) for each in (token, again)] == [401, 200]


@pytest.mark.parametrize("version", ["", "api/2026-07/"])
async def test_an_app_takes_itself_out(place: Place, version: str) -> None:
    token = await place.installed()
    app = Client(place.shop.app, token)
    path = f"/admin/{version}api_permissions/current.json"
    assert (await place.browser.send("DELETE", path, b"")).status == 401
    assert (await app.get(path)).status == 405
    answers = await asyncio.gather(*(app.send("DELETE", path, b"") for _ in range(6)))
    assert sorted(each.status for each in answers) == [200, *[401] * 5]
    assert json.loads(next(each.body for each in answers if each.status == 200)) == {}


async def test_nothing_is_given_out_while_an_app_is_being_uninstalled(place: Place) -> None:
    for round in range(8):
        code = (await place.consent(place.asking())).code
        answers = await asyncio.gather(
            *(place.exchange(code=code) for _ in range(2)),
            place.post(f"/shops/acme/apps/{place.app_id}/uninstall", {}),
            place.exchange(grant_type="client_credentials"),
        )
        tokens = [each.json["access_token"] for each in answers if each.status == 200]
        assert [await place.may(token) for token in tokens] == [401] * len(tokens), round


async def test_a_token_by_hand_installs_an_app(place: Place) -> None:
    store = place.shop.store
    await issue_token(store.pool, NOW, place.shop.shop.shop_id, place.app_id, scopes=("read_orders",))
    assert (await place.see(place.asking("read_orders"))).status == 303
