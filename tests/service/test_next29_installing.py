"""29 Next's stores let us in by OAuth; nobody else does, and nobody in another's name."""

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import pytest_asyncio
from pydantic import SecretStr

from crossdock.dialects.next29.app_tokens import AppToken, write_app_token
from crossdock.runtime.settings import WarehouseAddress
from crossdock.service.database.stores import Store, store_by_domain
from tests.service.fake_next29 import NAME, SECRET, FakeNext29, fake_next29
from tests.service.warehouse import SETTINGS, Reply, Warehouse, call, warehouse, working

OURS = "https://warehouse.example.com"
STORE = f"{NAME}.29next.store"
DOCK = WarehouseAddress(address1="Kaj 1", city="Lund", zip="22350", country_code="SE")


@pytest_asyncio.fixture
async def shop() -> AsyncIterator[FakeNext29]:
    async with fake_next29() as each:
        yield each


@pytest_asyncio.fixture
async def house(service_database: str, shop: FakeNext29) -> AsyncIterator[Warehouse]:
    """A warehouse that is a partner's app, and knows no store yet."""
    settings = SETTINGS.model_copy(
        update={
            "next29_client_id": "ours",
            "next29_client_secret": SecretStr(SECRET),
            "public_url": OURS,
            "warehouse_address": DOCK,
            "store_addresses": (f"{STORE}={shop.url}",),
        }
    )
    async with warehouse(service_database, shop, settings) as each, working(each.service):  # type: ignore[arg-type]
        yield each


async def begin(house: Warehouse, store: str = STORE, **more: str) -> Reply:
    return await call(house.app, "GET", f"/next29/install?{urlencode({'store': store, **more})}")


async def come_back(house: Warehouse, began: Reply, *, cookie: str | None = None, **changed: str | None) -> Reply:
    """Do what the browser does when the merchant agreed."""
    state = parse_qs(urlsplit(began.headers["location"]).query)["state"][0]
    query = {"store": STORE, "code": "a code", "state": state} | changed
    target = f"/next29/callback?{urlencode({name: value for name, value in query.items() if value is not None})}"
    kept = began.headers["set-cookie"].partition(";")[0] if cookie is None else cookie
    return await call(house.app, "GET", target, headers={"Cookie": kept})


async def known(house: Warehouse) -> Store | None:
    async with house.service.pool.acquire() as connection:
        return await store_by_domain(connection, NAME)


@pytest.mark.parametrize("echoed", [True, False])
async def test_a_store_lets_us_in_and_is_put_in_order(house: Warehouse, shop: FakeNext29, echoed: bool) -> None:
    began = await begin(house)
    where = urlsplit(began.headers["location"])
    assert (began.status, f"{where.scheme}://{where.netloc}{where.path}") == (302, f"{shop.url}/oauth2/authorize/")
    asked = {name: values[0] for name, values in parse_qs(where.query).items()}
    assert (asked["response_type"], asked["client_id"]) == ("code", "ours")
    assert asked["redirect_uri"] == f"{OURS}/next29/callback"
    assert {"fulfillment_service:write", "catalogue:write", "webhooks:write"} <= set(asked["scope"].split())
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/next29"} <= set(began.headers["set-cookie"].split("; "))
    shop.code = "a code"
    landed = await come_back(house, began, **({} if echoed else {"state": None}))
    assert landed.status == 303, landed.body
    await house.settle(within=40)
    store = await known(house)
    assert store is not None
    assert (store.platform, store.transport, store.trouble, store.location_id) == ("next29", "rest", None, 7)
    assert shop.exchanges[0]["grant_type"] == "authorization_code"
    assert shop.webhooks[0]["target"] == f"{OURS}/callbacks/{store.id}/webhooks"
    # Nothing that was exchanged stands anywhere to be read.
    assert "next_test" not in store.access_token
    # Let in again, it keeps its id and its one webhook.
    shop.code = "a code"
    assert (await come_back(house, await begin(house))).headers["location"] == f"{OURS}/stores/{store.id}"
    await house.settle(within=40)
    assert len(shop.webhooks) == len(shop.locations) == 1


async def test_who_was_not_sent_does_not_come_back(house: Warehouse, shop: FakeNext29) -> None:
    shop.code = "a code"
    began = await begin(house)
    for reply in (
        await come_back(house, began, cookie="crossdock_install=forged.00"),
        await come_back(house, began, cookie=""),
        await come_back(house, began, state="another"),
        await come_back(house, began, store="other.29next.store"),
        await come_back(house, began, store="evil.example"),
        await come_back(house, began, code=None),
    ):
        assert reply.status == 400, reply.body
    denied = await come_back(house, began, code=None, error="<b>access_denied")
    assert denied.status == 403
    assert b"did not let us in: &lt;b&gt;access_denied. Nothing was changed." in denied.body
    assert (shop.exchanges, await known(house)) == ([], None)
    assert (await come_back(house, began)).status == 303
    # Each beginning is good for one end.
    shop.code = "a code"
    assert (await come_back(house, began)).status == 400


async def test_a_store_that_gives_no_token_is_not_connected(house: Warehouse, shop: FakeNext29) -> None:
    reply = await come_back(house, await begin(house))
    assert (reply.status, await known(house)) == (502, None)
    assert SECRET.encode() not in reply.body


async def test_a_store_opens_us_with_its_word_for_it(house: Warehouse, shop: FakeNext29) -> None:
    shop.code = "a code"
    landed = await come_back(house, await begin(house))
    at = await house.service.clock.now()
    token = AppToken(store=STORE, client_id="ours", user_id=1, user_email="a@b.example", issued_at=at)
    opened = await begin(house, token=write_app_token(SECRET, token))
    assert (opened.status, opened.headers["location"]) == (303, landed.headers["location"])
    old = AppToken(
        store=STORE, client_id="ours", user_id=1, user_email="a@b.example", issued_at=at - timedelta(minutes=9)
    )
    elsewhere = AppToken(
        store="other.29next.store", client_id="ours", user_id=1, user_email="a@b.example", issued_at=at
    )
    for wrong in (
        write_app_token("another secret", token),
        write_app_token(SECRET, old),
        write_app_token(SECRET, elsewhere),
        "x.y.z",
    ):
        assert (await begin(house, token=wrong)).status == 400


@pytest.mark.parametrize(
    "store", ["", "evil.example", "127.0.0.1", "a.b.29next.store", "fake.29next.store.evil.example"]
)
async def test_only_stores_are_gone_to(house: Warehouse, store: str) -> None:
    refused = await begin(house, store)
    assert (refused.status, refused.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert b"Name your store in the address: /next29/install?store=your-store.29next.store" in refused.body
    assert "default-src 'self'" in refused.headers["content-security-policy"]
    assert (refused.headers["referrer-policy"], refused.headers["cache-control"]) == ("no-referrer", "no-store")
