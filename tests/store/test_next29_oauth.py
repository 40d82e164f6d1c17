"""How an app of 29 Next gets into a store: install link, the merchant's page, codes, tokens, and opening it."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import pytest
import pytest_asyncio

from crossdock.dialects.next29 import oauth
from crossdock.dialects.next29.app_tokens import read_app_token
from crossdock.runtime.clock import MovableClock
from crossdock.store.setup import Registration, register
from tests.store.calls import SETTINGS, Client, Reply, Served, served
from tests.store.scene import NOW
from tests.store.test_oauth import FORM, hidden_fields

APP = "https://app.example/"
BACK = "https://app.example/setup/"
SCOPES = "fulfillment_service:read fulfillment_service:write"


@dataclass
class Place:
    """A store with an app that is registered and not installed."""

    shop: Served
    client_id: str
    secret: str
    app_id: int

    @property
    def browser(self) -> Client:
        return Client(self.shop.app, None)

    def address(self, scopes: str = SCOPES, **changed: str) -> str:
        """The authorize page as the demo app has it: nothing escaped but the blank between scopes."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": BACK,
            "scope": scopes.replace(" ", "%20"),
        }
        return "/oauth2/authorize/?" + "&".join(f"{name}={value}" for name, value in (query | changed).items())

    async def see(self, scopes: str = SCOPES, **changed: str) -> Reply:
        return await self.browser.get(self.address(scopes, **changed))

    async def decide(self, page: Reply, decision: str = "allow") -> dict[str, str]:
        """Press a button of the page, and return what the browser brings back to the app."""
        sent = await self.post("/oauth2/authorize/", hidden_fields(page) | {"decision": decision})
        return brought_back(sent)

    async def code(self, scopes: str = SCOPES) -> str:
        return (await self.decide(await self.see(scopes)))["code"]

    async def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Reply:
        return await self.browser.send("POST", path, urlencode(fields).encode(), content_type=FORM, **headers)

    async def ask(self, **fields: str) -> Reply:
        mine = {"client_id": self.client_id, "client_secret": self.secret}
        return await self.post("/oauth2/token/", mine | fields)

    async def exchange(self, code: str, **changed: str) -> Reply:
        grant = {"grant_type": "authorization_code", "redirect_uri": BACK, "code": code}
        return await self.ask(**(grant | changed))

    async def refresh(self, token: str) -> Reply:
        return await self.ask(grant_type="refresh_token", refresh_token=token)

    async def installed(self, scopes: str = SCOPES) -> dict[str, str]:
        answer = await self.exchange(await self.code(scopes))
        assert answer.status == 200, answer.body
        return dict(answer.json)

    def api(self, token: str, host: str = "acme.29next.store") -> Client:
        return Client(self.shop.app, None, host=host, headers={"authorization": f"Bearer {token}"})

    async def may(self, token: str) -> int:
        return (await self.api(token).get("/api/admin/locations/")).status

    async def later(self, **by: float) -> None:
        clock = self.shop.store.clock
        assert isinstance(clock, MovableClock)
        await clock.set_offset(await clock.offset() + timedelta(**by).total_seconds())


def brought_back(sent: Reply, to: str = BACK, status: int = 302) -> dict[str, str]:
    assert sent.status == status, sent.body
    where = urlsplit(sent.headers["location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == to
    return dict(parse_qsl(where.query, keep_blank_values=True, strict_parsing=True))


@pytest_asyncio.fixture
async def place(store_database: str) -> AsyncIterator[Place]:
    settings = SETTINGS.model_copy(update={"network_domain": "29next.store"})
    async with served(store_database, settings) as shop:
        yield await registered(shop)


async def registered(shop: Served, name: str = "Acme <Packer>", *redirects: str) -> Place:
    app = Registration(name=name, app_url=APP, redirect_urls=redirects or (BACK,), platform="next29")
    made = await register(shop.store.pool, shop.store.vault, NOW, shop.shop.shop_id, app)
    return Place(shop, made.client_id, made.client_secret, made.id)


async def test_a_small_app_goes_the_whole_way_to_its_first_location(place: Place) -> None:
    """The steps as the reference lists them, each with what the one before gave."""
    link = await place.browser.get(f"/dashboard/apps/install-app/?client_id={place.client_id}")
    assert brought_back(link, APP) == {"store": "acme.29next.store"}
    page = await place.see()
    assert page.status == 200, page.body
    back = await place.decide(page)
    assert (sorted(back), back["store"]) == (["code", "store"], "acme.29next.store")
    answer = await place.exchange(back["code"])
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    token = answer.json
    assert {**token, "access_token": "", "refresh_token": ""} == {
        "access_token": "",
        "expires_in": 15778476000,
        "token_type": "Bearer",
        "scope": SCOPES,
        "refresh_token": "",
    }
    assert len(token["access_token"]) >= 32 <= len(token["refresh_token"])
    app = place.api(token["access_token"])
    address = {"line1": "Dock 1", "line4": "Reno", "state": "NV", "postcode": "89501", "country": "US"}
    body = {"name": "Our warehouse", "address": address, "callback_url": "http://127.0.0.1:1025/next/"}
    made = await app.post("/api/admin/locations/", body, content_type="application/json")
    assert made.status == 201, made.body
    assert made.json["callback_url"] == "http://127.0.0.1:1025/next/"
    mine = await app.get("/api/admin/locations/")
    assert [each["id"] for each in mine.json["results"]] == [made.json["id"]]
    assert (await app.get("/api/admin/products/")).status == 403


async def test_nothing_secret_stays(place: Place) -> None:
    code = await place.code()
    token = (await place.exchange(code)).json
    for secret in (code, token["access_token"], token["refresh_token"], place.secret):
        for table in ("apps", "tokens", "authorization_codes", "messages"):
            rows = await place.shop.store.pool.fetch(f"SELECT row_to_json(t)::text AS row FROM {table} t")
            assert all(secret not in row["row"] for row in rows), table


async def test_a_merchant_sees_who_asks_for_what_and_nothing_happens_by_looking(place: Place) -> None:
    page = await place.see(f"{SCOPES} orders:read gift_cards:write")
    text = page.body.decode()
    for words in (
        "Acme &lt;Packer&gt;",
        "acme.29next.store",
        "See and change the app&#39;s own locations and the work assigned to them",
        "See orders and parcels",
        "Change gift cards",
        "nothing of this kind is kept here",
        "app.example",
    ):
        assert words in text, words
    assert "form-action 'self' https://app.example;" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert await place.shop.store.pool.fetchval("SELECT count(*) FROM authorization_codes") == 0
    assert await place.shop.store.pool.fetchval("SELECT installed_at FROM apps WHERE id = $1", place.app_id) is None


async def test_a_merchant_says_no(place: Place) -> None:
    back = await place.decide(await place.see(state="a%26b"), "deny")
    assert back.pop("error_description")
    assert back == {"store": "acme.29next.store", "error": "access_denied", "state": "a&b"}
    assert await place.shop.store.pool.fetchval("SELECT installed_at FROM apps WHERE id = $1", place.app_id) is None


async def test_a_state_comes_back_as_it_was_sent(place: Place) -> None:
    back = await place.decide(await place.see(state=quote("nonce-1 & “more”")))
    assert back["state"] == "nonce-1 & “more”"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"scope": "orders:read%20everything:write"}, "invalid_scope"),
        ({"scope": "orders:read,orders:write"}, "invalid_scope"),
        ({"scope": "write_orders"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": ""}, "invalid_request"),
    ],
)
async def test_an_app_hears_what_is_wrong_with_its_request(place: Place, change: dict[str, str], error: str) -> None:
    back = brought_back(await place.see(**change, state="7"))
    assert (back["error"], back["state"], back["store"]) == (error, "7", "acme.29next.store")
    assert "code" not in back
    fields = dict(parse_qsl(urlsplit(place.address(**change)).query, keep_blank_values=True))
    assert brought_back(await place.post("/oauth2/authorize/", fields))["error"] == error


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"client_id": "0" * 64}, "No app of this shop has this client id"),
        ({"client_id": "%00"}, "cannot be read"),
        ({"redirect_uri": "https://evil.example/"}, "not one that it was registered with"),
        ({"redirect_uri": f"{BACK}?more=1"}, "not one that it was registered with"),
        ({"redirect_uri": BACK.rstrip("/")}, "not one that it was registered with"),
        ({"redirect_uri": ""}, "redirect_uri: is missing"),
        ({"state": "x" * 5000}, "state: is too long"),
        ({"state": "1&state=2"}, "stands twice"),
    ],
)
async def test_nobody_is_sent_anywhere_for_whom_it_is_not(place: Place, change: dict[str, str], words: str) -> None:
    page = await place.see(**change)
    assert page.status == 400
    assert words in unescape(page.body.decode())
    assert "location" not in page.headers


async def test_forms_of_other_sites_are_refused(place: Place) -> None:
    fields = hidden_fields(await place.see())
    assert (await place.post("/oauth2/authorize/", fields, origin="https://evil.example")).status == 403
    assert (await place.post("/oauth2/authorize/", fields, sec_fetch_site="cross-site")).status == 403


@pytest.mark.parametrize(
    ("registered_url", "url", "allowed"),
    [
        ("https://*.app.example/setup/", "https://eu.app.example/setup/", True),
        ("https://*.app.example/setup/", "https://a-1.app.example/setup/", True),
        ("https://*.app.example/setup/", "https://app.example/setup/", False),
        ("https://*.app.example/setup/", "https://a.b.app.example/setup/", False),
        ("https://*.app.example/setup/", "https://.app.example/setup/", False),
        ("https://*.app.example/setup/", "https://evil.example/.app.example/setup/", False),
        ("https://*.app.example/setup/", "https://evil.example?.app.example/setup/", False),
        ("https://*.app.example/setup/", "https://evil.example#.app.example/setup/", False),
        ("https://*.app.example/setup/", "https://evil@eu.app.example/setup/", False),
        ("https://*.app.example/setup/", "https://eu.app.example:444/setup/", False),
        ("https://*.app.example/setup/", "https://eu.app.example/setup/more", False),
        ("https://*.app.example/setup/", "http://eu.app.example/setup/", False),
        ("https://*.app.example/setup/", "https://*.app.example/setup/", False),
        ("https://*.example/", "https://evil.example/", False),
        ("https://*/", "https://evil/", False),
        ("https://app.*.example/", "https://app.evil.example/", False),
        ("http://*.app.example/", "http://evil.app.example/", False),
    ],
)
async def test_where_a_star_may_stand_in_a_redirect(registered_url: str, url: str, allowed: bool) -> None:
    assert oauth.may_be_sent_to([registered_url], url) is allowed


async def test_an_app_with_a_star_is_let_in_from_one_of_its_names(place: Place) -> None:
    app = await registered(place.shop, "Starry", "https://*.app.example/setup/")
    url = "https://eu.app.example/setup/"
    page = await app.see(redirect_uri=url)
    assert page.status == 200, page.body
    assert "form-action 'self' https://eu.app.example;" in page.headers["content-security-policy"]
    sent = await app.post("/oauth2/authorize/", hidden_fields(page))
    code = brought_back(sent, url)["code"]
    assert (await app.exchange(code, redirect_uri="https://us.app.example/setup/")).json["error"] == "invalid_grant"
    assert (await app.exchange(code, redirect_uri=url)).status == 200


async def test_the_host_must_be_the_stores(place: Place) -> None:
    code = await place.code()
    grant = {"grant_type": "authorization_code", "redirect_uri": BACK, "code": code}
    body = urlencode({"client_id": place.client_id, "client_secret": place.secret, **grant}).encode()
    elsewhere = replace(place.browser, host="other.29next.store")
    assert (await elsewhere.send("POST", "/oauth2/token/", body, content_type=FORM)).status == 401
    assert (await elsewhere.get(place.address())).status == 400
    link = f"/dashboard/apps/install-app/?client_id={place.client_id}"
    assert (await elsewhere.get(link)).status == 400
    here = replace(place.browser, host="acme.29next.store")
    assert brought_back(await here.get(link), APP) == {"store": "acme.29next.store"}
    assert (await here.get("/dashboard/apps/")).headers["location"] == "/shops/acme/apps"
    assert (await place.browser.get("/dashboard/apps/")).headers["location"] == "/"
    token = await here.send("POST", "/oauth2/token/", body, content_type=FORM)
    assert token.status == 200
    assert (
        await place.api(token.json["access_token"], "other.29next.store").get("/api/admin/locations/")
    ).status == 401


async def test_names_that_strangers_could_point_here_are_refused(place: Place) -> None:
    for host in ("acme.evil.example", "evil29next.store", "29next.store.evil.example"):
        assert (await replace(place.browser, host=host).get(place.address())).status == 403, host


async def test_unknown_and_wrong_look_alike(place: Place) -> None:
    code = await place.code()
    other = await place.exchange(code, client_id="unknown")
    wrong = await place.exchange(code, client_secret="nexts_wrong")
    assert other.status == wrong.status == 401
    assert other.json == wrong.json
    assert other.json["error"] == "invalid_client"
    assert wrong.headers["www-authenticate"].startswith("Basic")
    unknown = await place.exchange("0" * 64)
    elsewhere = await place.exchange(code, redirect_uri="https://app.example/other")
    assert (await place.exchange(code)).status == 200
    used = await place.exchange(code)
    assert [each.status for each in (unknown, elsewhere, used)] == [400] * 3
    assert {each.body for each in (elsewhere, used)} == {unknown.body}
    assert unknown.json["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
        ({"code": ""}, 400, "invalid_request"),
        ({"redirect_uri": ""}, 400, "invalid_request"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"client_id": "\0"}, 400, "invalid_request"),
        ({"code": "x" * 9000}, 400, "invalid_request"),
    ],
)
async def test_requests_for_a_token_that_are_none(
    place: Place, change: dict[str, str], status: int, error: str
) -> None:
    grant = {"grant_type": "authorization_code", "redirect_uri": BACK, "code": "0" * 64}
    answer = await place.ask(**(grant | change))
    assert (answer.status, answer.json["error"]) == (status, error)
    assert answer.json["error_description"]


async def test_bodies_that_are_no_form(place: Place) -> None:
    for body in (b"[]", b"{", b'{"client_id": {"a": 1}}', b"\xff", b"x" * 40_000):
        for content_type in (FORM, "application/json"):
            answer = await place.browser.send("POST", "/oauth2/token/", body, content_type=content_type)
            assert answer.status in {400, 401, 413}, (body[:20], content_type, answer.body)
            assert answer.json["error"] in {"invalid_request", "invalid_client"}
    twice = b"grant_type=refresh_token&grant_type=refresh_token"
    assert (await place.browser.send("POST", "/oauth2/token/", twice, content_type=FORM)).status == 400
    assert (await place.browser.get("/oauth2/token/")).status == 405


async def test_a_client_may_name_itself_by_http_basic(place: Place) -> None:
    grant = {"grant_type": "authorization_code", "redirect_uri": BACK, "code": await place.code()}
    basic = base64.b64encode(f"{place.client_id}:{place.secret}".encode()).decode()
    both = await place.post("/oauth2/token/", grant | {"client_secret": "x"}, authorization=f"Basic {basic}")
    assert (both.status, both.json["error"]) == (400, "invalid_request")
    assert (await place.post("/oauth2/token", grant, authorization=f"Basic {basic}")).status == 200


async def test_a_code_is_the_apps_own_and_ends_after_ten_minutes(place: Place) -> None:
    thief = await registered(place.shop, "Thief")
    code = await place.code()
    assert (await thief.exchange(code)).json["error"] == "invalid_grant"
    await place.later(minutes=9)
    assert (await place.exchange(code)).status == 200
    late = await place.code()
    await place.later(minutes=11)
    assert (await place.exchange(late)).json["error"] == "invalid_grant"


async def test_one_code_exchanged_by_eight_at_once_gives_one_token(place: Place) -> None:
    for _ in range(3):
        code = await place.code()
        before = await place.shop.store.pool.fetchval("SELECT count(*) FROM tokens WHERE app_id = $1", place.app_id)
        answers = await asyncio.gather(*(place.exchange(code) for _ in range(8)))
        assert sorted(each.status for each in answers) == [200, *[400] * 7]
        after = await place.shop.store.pool.fetchval("SELECT count(*) FROM tokens WHERE app_id = $1", place.app_id)
        assert after == before + 1
        assert await place.may(next(each.json["access_token"] for each in answers if each.status == 200)) == 200


async def test_a_token_is_renewed_once_and_the_old_one_goes_on_for_an_hour(place: Place) -> None:
    first = await place.installed()
    answers = await asyncio.gather(*(place.refresh(first["refresh_token"]) for _ in range(4)))
    assert sorted(each.status for each in answers) == [200, 400, 400, 400]
    second = next(each.json for each in answers if each.status == 200)
    assert second.keys() == first.keys()
    assert second["scope"] == SCOPES
    assert second["refresh_token"] != first["refresh_token"]
    assert [await place.may(each["access_token"]) for each in (first, second)] == [200, 200]
    await place.later(minutes=61)
    assert [await place.may(each["access_token"]) for each in (first, second)] == [401, 200]
    assert (await place.refresh(first["refresh_token"])).json["error"] == "invalid_grant"
    await place.later(days=3650)
    assert (await place.refresh(second["refresh_token"])).status == 200


async def test_a_refresh_token_is_the_apps_own(place: Place) -> None:
    mine = await place.installed()
    thief = await registered(place.shop, "Thief")
    await thief.installed()
    assert (await thief.refresh(mine["refresh_token"])).json["error"] == "invalid_grant"
    assert (await place.refresh(mine["refresh_token"])).status == 200


async def test_what_a_merchant_takes_back_is_gone(place: Place) -> None:
    wide = await place.installed(f"{SCOPES} orders:read")
    pending = await place.code(f"{SCOPES} orders:read")
    narrow = await place.installed(SCOPES)
    assert [await place.may(each["access_token"]) for each in (wide, narrow)] == [401, 200]
    assert (await place.refresh(wide["refresh_token"])).json["error"] == "invalid_grant"
    assert (await place.exchange(pending)).json["error"] == "invalid_grant"


async def test_everything_stands_for_all_of_it(place: Place) -> None:
    everything = await place.installed("admin:read")
    part = await place.installed("locations:read")
    assert await place.may(part["access_token"]) == 200
    assert await place.may(everything["access_token"]) == 401  # taken back: the merchant agreed to less


async def test_an_app_that_asks_for_nothing_reads_what_needs_nothing(place: Place) -> None:
    page = await place.see("")
    assert "asks for nothing" in page.body.decode()
    token = await place.installed("")
    assert token["scope"] == ""
    assert await place.may(token["access_token"]) == 403


async def test_apps_of_the_other_platform_are_not_known(place: Place) -> None:
    app = Registration(name="Other", app_url=APP, redirect_urls=(BACK,))
    shop = place.shop
    made = await register(shop.store.pool, shop.store.vault, NOW, shop.shop.shop_id, app)
    assert (await place.see(client_id=made.client_id)).status == 400
    assert (await place.browser.get(f"/dashboard/apps/install-app/?client_id={made.client_id}")).status == 400
    there = await place.browser.get(f"/admin/oauth/install?client_id={place.client_id}")
    assert there.status == 400
    answer = await place.exchange("0" * 64, client_id=made.client_id, client_secret=made.client_secret)
    assert answer.json["error"] == "invalid_client"


async def opened(place: Place) -> dict[str, str]:
    return brought_back(await place.browser.get(f"/shops/acme/apps/{place.app_id}/open"), APP, 303)


async def test_opening_an_app_shows_it_who_looks(place: Place) -> None:
    assert await opened(place) == {"store": "acme.29next.store"}
    await place.installed()
    assert b"/open" in (await place.browser.get("/shops/acme/apps")).body
    given = await opened(place)
    assert given.keys() == {"store", "token"}
    at = await place.shop.store.clock.now()
    shown = read_app_token([place.secret], given["token"], client_id=place.client_id, at=at)
    assert (shown.store, shown.user_id, shown.user_email) == ("acme.29next.store", 1, "a@acme.example")
    # The link is for an app that wants to be installed anew: it begins at the beginning.
    link = await place.browser.get(f"/dashboard/apps/install-app/?client_id={place.client_id}")
    assert brought_back(link, APP) == {"store": "acme.29next.store"}


async def test_an_app_that_asks_for_more_is_marked_so(place: Place) -> None:
    await place.installed()
    page = (await place.see(f"{SCOPES} orders:read")).body.decode()
    assert "asks for more" in page
    assert len(re.findall(r">New<|New</span>", page)) == 1


async def test_requests_for_tokens_are_limited(store_database: str) -> None:
    settings = SETTINGS.model_copy(update={"limits": True})
    async with served(store_database, settings) as shop:
        place = await registered(shop)
        answers = [(await place.exchange("0" * 64, client_secret="wrong")) for _ in range(45)]
        statuses = {each.status for each in answers}
        assert statuses == {401, 429}
        refused = next(each for each in answers if each.status == 429)
        assert refused.headers["retry-after"] == "2"
        # Without a network of its own a store is named by the shop's domain.
        assert (await place.decide(await place.see()))["store"] == "acme.example"


async def test_the_words_of_both_directions_fit(place: Place) -> None:
    """What a client would send by our own words is what the store takes."""
    asked = oauth.AuthorizeRequest(
        client_id=place.client_id, redirect_uri=BACK, scopes=tuple(SCOPES.split()), state="1"
    )
    page = await place.browser.get(oauth.authorize_url("", asked))
    sent = await place.post("/oauth2/authorize/", hidden_fields(page))
    back = oauth.read_callback(parse_qsl(urlsplit(sent.headers["location"]).query))
    assert (back.store, back.state, back.error) == ("acme.29next.store", "1", None)
    assert back.code is not None
    request = oauth.TokenRequest(
        client_id=place.client_id,
        client_secret=place.secret,
        grant=oauth.AuthorizationCode(code=back.code, redirect_uri=BACK),
    )
    call = oauth.token_request(request)
    token = oauth.read_token((await place.post(call.path, call.body)).json)
    assert token.scopes == asked.scopes
    assert token.refresh_token is not None
    renew = replace(request, grant=oauth.Refresh(refresh_token=token.refresh_token))
    again = await place.post(oauth.TOKEN_PATH, oauth.token_request(renew).body)
    assert oauth.read_token(again.json).access_token != token.access_token
    gone = await place.post(oauth.TOKEN_PATH, oauth.token_request(renew).body)
    assert "refresh token" in oauth.read_refusal(gone.json)
    no = parse_qs(urlsplit((await place.see("nonsense")).headers["location"]).query)
    assert no["error"] == ["invalid_scope"]


async def test_nothing_is_given_out_while_an_app_is_being_uninstalled(place: Place) -> None:
    for _ in range(4):
        token = await place.installed()
        code = await place.code()
        answers = await asyncio.gather(
            place.exchange(code),
            place.refresh(token["refresh_token"]),
            place.post(f"/shops/acme/apps/{place.app_id}/uninstall", {}),
        )
        assert answers[2].status == 303
        given = [token, *(each.json for each in answers[:2] if each.status == 200)]
        assert {await place.may(each["access_token"]) for each in given} == {401}
        assert (await place.exchange(code)).json["error"] == "invalid_grant"
        assert await place.shop.shop.offences() == []
    assert await place.may((await place.installed())["access_token"]) == 200
