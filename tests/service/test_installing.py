"""Shops let us in by OAuth, put us out, and let us in again; and what a shop says that does not know us any more."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from pydantic import SecretStr

from crossdock.dialects.registry import SHOPIFY
from crossdock.dialects.shopify.oauth import callback_url
from crossdock.runtime.json import write_json
from crossdock.service.app import job_context
from crossdock.service.database.stores import Store, store_by_domain
from crossdock.service.handlers.shipping import ShipParcel
from crossdock.service.jobs.set_up_store import SetUpStore, run
from tests.service.fake_store import DOMAIN, SECRET, FakeStore, fake_store
from tests.service.warehouse import SETTINGS, Reply, Warehouse, call, warehouse, working

OURS = "https://warehouse.example.com"


@pytest_asyncio.fixture
async def shop() -> AsyncIterator[FakeStore]:
    async with fake_store() as each:
        yield each


@pytest_asyncio.fixture
async def open_house(service_database: str, shop: FakeStore) -> AsyncIterator[Warehouse]:
    """A warehouse that is an app of the platform's, and knows no store yet."""
    settings = SETTINGS.model_copy(
        update={
            "app_client_id": "ours",
            "app_client_secret": SecretStr(SECRET),
            "public_url": OURS,
            "store_addresses": (f"{DOMAIN}={shop.url}",),
        }
    )
    async with warehouse(service_database, shop, settings) as each, working(each.service):
        yield each


async def begin(house: Warehouse, name: str = DOMAIN) -> Reply:
    return await call(house.app, "GET", f"/shopify/install?shop={name}")


def cookie_of(reply: Reply) -> str:
    return reply.headers["set-cookie"].partition(";")[0]


async def come_back(house: Warehouse, began: Reply, *, secret: str = SECRET, cookie: str | None = None) -> Reply:
    """Do what the browser does when the merchant agreed."""
    state = parse_qs(urlsplit(began.headers["location"]).query)["state"][0]
    at = await house.service.clock.now()
    house.store.code = "a code"
    url = callback_url(secret, f"{OURS}/shopify/callback", shop=DOMAIN, code="a code", state=state, at=at)
    target = url.removeprefix(OURS)
    return await call(house.app, "GET", target, headers={"Cookie": cookie or cookie_of(began)})


async def install(house: Warehouse) -> Store:
    assert (await come_back(house, await begin(house))).status == 303
    await house.settle()
    store = await known(house)
    assert store is not None
    house.store_id = store.id
    return store


async def known(house: Warehouse) -> Store | None:
    async with house.service.pool.acquire() as connection:
        return await store_by_domain(connection, DOMAIN)


async def test_a_shop_lets_us_in_and_is_put_in_order(open_house: Warehouse, shop: FakeStore) -> None:
    began = await begin(open_house)
    assert began.status == 302
    assert began.headers["location"].startswith(f"{shop.url}/admin/oauth/authorize?client_id=ours&")
    assert {"HttpOnly", "Secure", "SameSite=lax"} <= set(began.headers["set-cookie"].split("; "))
    reply = await come_back(open_house, began)
    assert reply.status == 303
    await open_house.settle()
    store = await known(open_house)
    assert store is not None
    assert reply.headers["location"] == f"{OURS}/stores/{store.id}"
    assert (store.name, store.service_id, store.location_id) == ("Fake", 3, 2)
    assert store.set_up_at is not None
    assert store.trouble is None
    assert shop.service is not None
    assert shop.service.callback_url == f"{OURS}/callbacks/{store.id}"
    assert {each["uri"] for each in shop.subscriptions} == {f"{OURS}/callbacks/{store.id}/webhooks"}
    assert "APP_UNINSTALLED" in {each["topic"] for each in shop.subscriptions}
    kept = await open_house.service.pool.fetch("SELECT * FROM stores")
    assert shop.token not in str(kept)
    assert SECRET not in str(kept)
    ledger = await open_house.service.pool.fetch("SELECT request_headers, request_body, url FROM messages")
    assert shop.token not in str(ledger)


async def test_the_work_of_a_shop_that_let_us_in_is_done(open_house: Warehouse, shop: FakeStore) -> None:
    await install(open_house)
    await open_house.count(TEE=10)
    work = shop.ask(("TEE", 1))
    await webhook(open_house, "fulfillment_orders/fulfillment_request_submitted")
    await open_house.settle()
    assert shop.state(work) == ("in_progress", "accepted")
    assert not await open_house.offences()


@pytest.mark.parametrize(
    "name", ["", "evil.example.com", "x.myshopify.com.evil.example", "a/b.myshopify.com", "127.0.0.1"]
)
async def test_only_shops_can_be_installed_on(open_house: Warehouse, name: str) -> None:
    assert (await begin(open_house, name)).status == 400


async def test_who_was_not_sent_cannot_come_back(open_house: Warehouse, shop: FakeStore) -> None:
    began, other = await begin(open_house), await begin(open_house)
    assert (await come_back(open_house, began, secret="guessed")).status == 400
    assert (await come_back(open_house, began, cookie=cookie_of(other))).status == 400
    assert (await come_back(open_house, began, cookie="crossdock_install=")).status == 400
    assert await known(open_house) is None
    assert (await come_back(open_house, began)).status == 303
    assert (await come_back(open_house, began)).status == 400  # each state is good once
    assert await open_house.service.pool.fetchval("SELECT count(*) FROM stores") == 1


async def test_a_shop_that_gives_no_token_is_not_kept(open_house: Warehouse, shop: FakeStore) -> None:
    began = await begin(open_house)
    state = parse_qs(urlsplit(began.headers["location"]).query)["state"][0]
    at = await open_house.service.clock.now()
    url = callback_url(SECRET, f"{OURS}/shopify/callback", shop=DOMAIN, code="spent", state=state, at=at)
    reply = await call(open_house.app, "GET", url.removeprefix(OURS), headers={"Cookie": cookie_of(began)})
    assert reply.status == 502
    assert await known(open_house) is None


async def test_without_an_app_nobody_is_let_in(service_database: str, shop: FakeStore) -> None:
    async with warehouse(service_database, shop) as house:
        for path in ("/shopify/install", "/shopify/callback", "/next29/install", "/next29/callback"):
            told = await call(house.app, "GET", path)
            assert told.status == 404
            assert b"no app is set up for it" in told.body
            assert b"crossdock service connect" in told.body


async def test_setting_up_twice_makes_nothing_twice(open_house: Warehouse, shop: FakeStore) -> None:
    store = await install(open_house)
    subscriptions = list(shop.subscriptions)
    shop.subscriptions.pop()  # as if killed before the last
    await run(SetUpStore(store_id=store.id), job_context(open_house.service))
    assert [each["topic"] for each in shop.subscriptions] == [each["topic"] for each in subscriptions]
    assert len(shop.heard_of("create_fulfillment_service")) == 1


async def test_a_topic_that_a_shop_refuses_is_told_and_borne(open_house: Warehouse, shop: FakeStore) -> None:
    shop.refused_topics.add("FULFILLMENT_ORDERS_SPLIT")
    store = await install(open_house)
    assert store.set_up_at is not None


async def webhook(house: Warehouse, topic: str, *, secret: str = SECRET) -> Reply:
    body = write_json({"id": 1})
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": DOMAIN,
        "X-Shopify-Hmac-Sha256": SHOPIFY.sign(secret, body),
    }
    return await call(house.app, "POST", f"/callbacks/{house.store_id}/webhooks", headers=headers, body=body)


async def test_a_shop_that_put_us_out_is_left_alone_until_it_lets_us_in_again(
    open_house: Warehouse, shop: FakeStore
) -> None:
    await install(open_house)
    await open_house.count(TEE=10)
    work = shop.ask(("TEE", 2))
    await webhook(open_house, "fulfillment_orders/fulfillment_request_submitted")
    await open_house.settle()
    assert (await webhook(open_house, "app/uninstalled", secret="other")).status == 401
    assert (await webhook(open_house, "app/uninstalled")).status == 200
    store = await known(open_house)
    assert store is not None
    assert store.disconnected_reason == "the shop has uninstalled us"
    shop.calls.clear()
    shop.token = "shpat_new"
    at = await open_house.service.clock.now()
    parcel = await open_house.service.dispatcher.dispatch(ship(open_house.store_id, work), actor="test")
    await open_house.pass_time(minutes=11)
    assert shop.calls == []
    assert at < await open_house.service.clock.now()
    again = await install(open_house)
    assert again.id == store.id
    assert again.disconnected_at is None
    assert shop.state(work) == ("closed", "accepted")
    assert parcel.told == "waiting"
    told = await open_house.service.pool.fetchval("SELECT told FROM parcels WHERE id = $1", parcel.id)
    assert told == "told"
    assert not await open_house.offences()


def ship(store_id: int, work: int) -> ShipParcel:
    return ShipParcel(store_id=store_id, carrier="DHL", tracking_numbers=("A",), fulfillment_order_id=work)


async def test_a_shop_that_does_not_know_our_token_is_left_alone(open_house: Warehouse, shop: FakeStore) -> None:
    await install(open_house)
    shop.token = "shpat_other"
    await open_house.pass_time(minutes=6)
    store = await known(open_house)
    assert store is not None
    assert (store.disconnected_reason or "").startswith("401")
    shop.calls.clear()
    await open_house.pass_time(minutes=11)
    assert shop.calls == []


async def test_the_stores_page_says_why_it_is_not_called_and_tries_again(
    open_house: Warehouse, shop: FakeStore
) -> None:
    store = await install(open_house)
    await webhook(open_house, "app/uninstalled")
    page = (await call(open_house.app, "GET", f"/stores/{store.id}")).body.decode()
    assert "the shop has uninstalled us" in page
    assert "GraphQL" in page
    assert shop.token not in page
    listed = (await call(open_house.app, "GET", "/assignments")).body.decode()
    assert "is not connected: the shop has uninstalled us" in listed
    assert (await call(open_house.app, "POST", f"/stores/{store.id}/again")).status == 303
    await open_house.settle()
    again = await known(open_house)
    assert again is not None
    assert again.disconnected_at is None
    assert "Not connected" not in (await call(open_house.app, "GET", f"/stores/{store.id}")).body.decode()
    assert (await call(open_house.app, "GET", "/stores/999")).status == 404


async def test_what_a_store_says_that_we_do_not_know_is_seen_on_its_page(
    open_house: Warehouse, shop: FakeStore
) -> None:
    store = await install(open_house)
    page = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [], "weather": "rain"}
    shop.graphql_answers += [{"data": {"assignedFulfillmentOrders": page}}] * 2
    await webhook(open_house, "fulfillment_orders/moved")
    await open_house.settle()
    shown = (await call(open_house.app, "GET", f"/stores/{store.id}")).body.decode()
    assert "assignedFulfillmentOrders.weather" in shown
    assert "of 2000 points" in shown


async def test_a_bucket_that_is_empty_is_waited_for_and_a_dear_page_is_halved(
    open_house: Warehouse, shop: FakeStore
) -> None:
    await install(open_house)
    dear = {"errors": [{"message": "too dear", "extensions": {"code": "MAX_COST_EXCEEDED"}}]}
    shop.graphql_answers += [dear, dear]
    work = shop.ask(("TEE", 1))
    await webhook(open_house, "fulfillment_orders/moved")
    await open_house.settle()
    assert await open_house.stage(work) == "rejected"
    bodies = await open_house.service.pool.fetch(
        "SELECT convert_from(request_body, 'UTF8') AS body FROM messages WHERE kind = $1 ORDER BY id DESC LIMIT 5",
        "list_assigned_fulfillment_orders",
    )
    assert any('"first":3' in row["body"].replace(" ", "") for row in bodies)
