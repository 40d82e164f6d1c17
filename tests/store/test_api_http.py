"""The edge of the REST API: who is let in, what is found, how lists go on, and what every answer carries."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from crossdock.domain.apps import RevokeTokens
from crossdock.runtime.http.strangers import MOST_WAITING, SIZE
from crossdock.store.api.requests import request_of
from crossdock.store.setup import create_app, create_shop, issue_token
from tests.store.calls import SETTINGS, Client, Served, served
from tests.store.errands import Things
from tests.store.scene import NOW

NO_TOKEN = {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place


async def test_a_token_is_needed(acme: Served) -> None:
    for token in (None, "", "shpat_wrong", "x" * 5000):
        reply = await replace(acme.desk, token=token).get("shop.json")
        assert (reply.status, reply.json) == (401, NO_TOKEN)
        assert reply.headers["x-shopify-api-version"] == "2026-07"


async def test_a_password_will_do_for_a_token(acme: Served) -> None:
    basic = base64.b64encode(f"key:{acme.desk.token}".encode()).decode()
    assert (await Client(acme.app, None).get("shop.json", authorization=f"Basic {basic}")).status == 200
    for wrong in ("Basic", "Basic !!", f"Bearer {acme.desk.token}", "Basic " + base64.b64encode(b"\xff:").decode()):
        assert (await Client(acme.app, None).get("shop.json", authorization=wrong)).status == 401


async def test_tokens_end(acme: Served) -> None:
    at = await acme.store.clock.now()
    shop_id = acme.shop.shop_id
    app = await create_app(acme.store.pool, acme.store.vault, NOW, shop_id, name="Passing")

    async def status(token: str) -> int:
        return (await Client(acme.app, token).get("shop.json")).status

    lasting = await issue_token(acme.store.pool, at, shop_id, app.id, scopes=())
    short = await issue_token(acme.store.pool, at, shop_id, app.id, scopes=(), expires_at=at + timedelta(hours=1))
    over = await issue_token(acme.store.pool, at, shop_id, app.id, scopes=(), expires_at=at)
    other_wire = await issue_token(acme.store.pool, at, shop_id, app.id, scopes=(), platform="next29")
    assert [await status(token) for token in (lasting, short, over, other_wire)] == [200, 200, 401, 401]
    await acme.shop.dispatch(RevokeTokens(app_id=app.id))
    fresh = await issue_token(acme.store.pool, at, shop_id, app.id, scopes=())
    assert [await status(token) for token in (lasting, fresh)] == [401, 200]
    await acme.store.pool.execute("UPDATE apps SET uninstalled_at = $2 WHERE id = $1", app.id, at)
    assert await status(fresh) == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("localhost", 200),
        ("acme.myshopify.com", 200),
        ("ACME.anything:8000", 200),
        ("other.anything", 401),
        ("acme-2.anything", 401),
        ("notacme.anything", 401),
    ],
)
async def test_the_host_must_agree_with_the_token(acme: Served, host: str, status: int) -> None:
    assert (await replace(acme.desk, host=host).get("shop.json")).status == status


@pytest.mark.parametrize("host", [b"[::::]", b"[", b"", b"a b", b"x/y", b"\xff", b"a:999999"])
def test_no_address_is_made_of_a_host_that_is_none(host: bytes) -> None:
    """It would stand in links and in the ledger, where pages read it."""
    scope = {"method": "GET", "scheme": "http", "path": "/", "query_string": b"", "headers": [(b"host", host)]}
    assert request_of(scope).base_url == "http://localhost"


@pytest.mark.parametrize(
    ("public_url", "host", "address"),
    [
        (None, b"acme.29next.store", "http://acme.29next.store"),
        ("http://crossdock.example", b"acme.29next.store", "http://acme.29next.store"),
        ("https://crossdock.example", b"acme.29next.store", "https://acme.29next.store"),
        ("HTTPS://crossdock.example", b"acme.29next.store:8443", "https://acme.29next.store:8443"),
        ("https://crossdock.example", b"127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://crossdock.example", b"[::1]:8000", "http://[::1]:8000"),
        ("https://crossdock.example", b"[2001:db8::7]", "https://[2001:db8::7]"),
        ("https://crossdock.example", b"a b", "http://localhost"),
    ],
)
def test_addresses_are_those_by_which_the_installation_is_reached(
    public_url: str | None, host: bytes, address: str
) -> None:
    """29 Next's own clients follow the next part of a list only to the same host by https."""
    scope = {"method": "GET", "scheme": "http", "path": "/", "query_string": b"", "headers": [(b"host", host)]}
    assert request_of(scope, public_url).base_url == address


async def test_an_installation_may_have_a_name_of_its_own(store_database: str) -> None:
    settings = SETTINGS.model_copy(update={"public_url": "https://crossdock.acme.example"})
    async with served(store_database, settings) as place:
        assert (await replace(place.desk, host="crossdock.acme.example").get("shop.json")).status == 200
        assert (await replace(place.desk, host="elsewhere.acme.example").get("shop.json")).status == 401


@pytest.mark.parametrize(
    ("path", "status", "version"),
    [
        ("/admin/api/2026-07/shop.json", 200, "2026-07"),
        ("/admin/api/2025-10/shop.json", 200, "2025-10"),
        ("/admin/api/2023-04/shop.json", 200, "2025-10"),
        ("/admin/api/unstable/shop.json", 200, "unstable"),
        ("/admin/shop.json", 200, "2025-10"),
        ("/admin/oauth/access_scopes.json", 200, "2025-10"),
        ("/admin/api/2023-05/shop.json", 404, "2025-10"),
        ("/admin/api/2099-01/shop.json", 404, "2025-10"),
        ("/admin/api/latest/shop.json", 404, "2025-10"),
        ("/admin/api/2026-07/shop", 404, "2026-07"),
        ("/admin/api/2026-07/shops.json", 404, "2026-07"),
        ("/admin/api/2026-07/shop.json/", 404, "2026-07"),
        ("/admin/api/2026-07//shop.json", 404, "2026-07"),
        ("/admin/api/", 404, "2025-10"),
        ("/admin/", 404, "2025-10"),
    ],
)
async def test_versions_fall_forward(acme: Served, path: str, status: int, version: str) -> None:
    reply = await acme.desk.get(path)
    assert (reply.status, reply.headers["x-shopify-api-version"]) == (status, version)
    if status == 404:
        assert reply.json == {"errors": "Not Found"}


async def test_every_answer_carries_its_headers(acme: Served) -> None:
    reply = await acme.desk.get("shop.json", x_request_id="0123456789abcdef")
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert reply.headers["x-request-id"] == "0123456789abcdef"
    assert reply.headers["x-shopify-shop-api-call-limit"] == "1/40"
    assert (await acme.desk.get("orders/1.json")).headers["x-request-id"]


async def test_a_wrong_verb_is_told_the_right_ones(acme: Served) -> None:
    reply = await acme.desk.send("DELETE", "shop.json", b"")
    assert (reply.status, reply.headers["allow"], reply.json) == (405, "GET", {"errors": "Method Not Allowed"})
    assert (await acme.desk.send("PATCH", "orders.json", b"")).headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "orders/1/fulfillments.json"),
        ("PUT", "orders/1/fulfillments/2.json"),
        ("POST", "orders/1/fulfillments/2/complete.json"),
        ("POST", "orders/1/fulfillments/2/open.json"),
    ],
)
async def test_what_no_version_has_any_more_is_gone(acme: Served, method: str, path: str) -> None:
    reply = await acme.desk.send(method, path, b"{}")
    assert (reply.status, reply.body) == (406, b"")


async def test_a_missing_scope_is_named(acme: Served) -> None:
    client = await acme.client("write_inventory", "read_products")
    reply = await client.get("orders.json")
    assert reply.status == 403
    assert reply.json == {"errors": "[API] This action requires merchant approval for read_orders scope."}
    assert "write_orders" in (await client.post("orders.json", {"order": {}})).json["errors"]
    assert (await client.get("inventory_items.json?ids=1")).status == 200  # to write is to read
    assert (await client.get("shop.json")).status == 200  # needs none


async def test_a_token_says_what_it_may(acme: Served) -> None:
    client = await acme.client("write_inventory", "read_products")
    handles = [scope["handle"] for scope in (await client.get("/admin/oauth/access_scopes.json")).json["access_scopes"]]
    assert handles == ["read_inventory", "read_products", "write_inventory"]


async def test_fields_are_chosen(acme: Served) -> None:
    assert (await acme.desk.get("shop.json?fields=id,myshopify-domain,nothing")).json == {
        "shop": {"id": acme.shop.shop_id, "myshopify_domain": "acme.example"}
    }
    listed = (await acme.desk.get("locations.json?fields=name")).json["locations"]
    assert listed == [{"name": "Shop location"}, {"name": "Acme 3PL"}]


async def test_lists_go_on_by_links(acme: Served) -> None:
    ids = [(await acme.shop.product(f"SKU-{number}")).id for number in range(5)]

    async def page(path: str) -> tuple[list[int], dict[str, str]]:
        reply = await acme.desk.get(path)
        assert reply.status == 200, reply.body
        links = [part.partition("; ") for part in reply.headers.get("link", "").split(", ") if part]
        return [product["id"] for product in reply.json["products"]], {
            rel: url.strip("<>").removeprefix("http://127.0.0.1") for url, _, rel in links
        }

    first, links = await page("products.json?limit=2&fields=id")
    assert (first, list(links)) == (ids[:2], ['rel="next"'])
    assert links['rel="next"'].startswith("/admin/api/2026-07/products.json?limit=2&")
    second, links = await page(links['rel="next"'])
    assert (second, list(links)) == (ids[2:4], ['rel="previous"', 'rel="next"'])
    back, _ = await page(links['rel="previous"'])
    assert back == first
    last, links = await page(links['rel="next"'])
    assert (last, list(links)) == (ids[4:], ['rel="previous"'])
    assert await page("products.json") == (ids, {})
    assert await page(f"products.json?since_id={ids[1]}") == (ids[2:], {})


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "limit=-1",
        "since_id=x",
        "page_info=x",
        "page_info=eyJmIjpbXX0",
        "ids=1,x",
        "ids=99999999999999999999",
        "title=%00",
        "&".join(["a=1"] * 300),
    ],
)
async def test_a_list_asked_for_badly_is_refused(acme: Served, query: str) -> None:
    reply = await acme.desk.get(f"products.json?{query}")
    assert reply.status == 400
    assert isinstance(reply.json["errors"], dict)


async def test_who_guesses_tokens_is_slowed_on_every_wire_and_who_has_one_is_not(store_database: str) -> None:
    async with served(store_database, SETTINGS.model_copy(update={"limits": True})) as place:
        assert (await place.desk.get("shop.json")).status == 200
        guesses = (Client(place.app, f"shpat_{n}") for n in range(SIZE * 3))
        await asyncio.gather(*(guess.get("shop.json") for guess in guesses))
        crowd = [asyncio.create_task(Client(place.app, f"x{n}").get("shop.json")) for n in range(MOST_WAITING)]
        await asyncio.sleep(0.01)  # until they wait for their turn
        for reply in (
            await Client(place.app, "x").get("shop.json"),
            await Client(place.app, "x").post("graphql.json", {"query": "{ shop { name } }"}),
            await Client(place.app, None).get("/api/admin/store/", authorization="Bearer guess"),
            await Client(place.app, "x").call("DELETE", "/admin/api_permissions/current.json"),
        ):
            assert (reply.status, reply.headers["retry-after"].removesuffix(".0")) == (429, "5")
            assert b"not valid" in reply.body
        assert (await place.desk.get("shop.json")).status == 200
        assert {reply.status for reply in await asyncio.gather(*crowd)} == {401}


async def test_limits_hold_for_an_app_over_all_its_tokens(store_database: str) -> None:
    async with served(store_database, SETTINGS.model_copy(update={"limits": True})) as place:
        again = await place.client("read_products", name="Order desk")
        used = [await client.get("shop.json") for _ in range(20) for client in (place.desk, again)]
        assert [reply.status for reply in used] == [200] * 40
        level = int(used[-1].headers["x-shopify-shop-api-call-limit"].split("/")[0])
        assert 30 <= level <= 40
        refused = None
        for _ in range(15):
            reply = await place.desk.get("shop.json")
            refused = reply if reply.status == 429 else refused
        assert refused is not None
        assert refused.headers["retry-after"] == "2.0"
        assert refused.headers["x-shopify-shop-api-call-limit"] == "40/40"
        assert refused.json["errors"].startswith("Exceeded 2 calls per second for api client.")
        assert (await place.warehouse.get("shop.json")).headers["x-shopify-shop-api-call-limit"] == "1/40"
        await place.store.pool.execute("UPDATE call_buckets SET at = at - interval '10 seconds'")
        assert (await place.desk.get("shop.json")).status == 200


async def test_nobody_sees_another_shop(acme: Served) -> None:
    tee = (await acme.shop.product("TEE")).variants[0]
    await acme.shop.stock(tee, acme.shop.service.location_id, 5)
    order = await acme.shop.order((tee, 1))
    before = await acme.shop.read(order.id)
    one = order.fulfillment_orders[0].id
    pool, vault = acme.store.pool, acme.store.vault
    other = await create_shop(pool, NOW, name="Other", subdomain="other", domain="other.example", email="o@o.example")
    app = await create_app(pool, vault, NOW, other, name="Order desk")
    scopes = (await acme.desk.get("/admin/oauth/access_scopes.json")).json["access_scopes"]
    token = await issue_token(pool, NOW, other, app.id, scopes=[scope["handle"] for scope in scopes])
    stranger = Client(acme.app, token)
    for path in (
        f"orders/{order.id}.json",
        f"orders/{order.id}/fulfillment_orders.json",
        f"orders/{order.id}/fulfillments.json",
        f"fulfillment_orders/{one}.json",
        f"fulfillment_orders/{one}/fulfillments.json",
        f"products/{tee.product_id}.json",
        f"variants/{tee.id}.json",
        f"inventory_items/{tee.inventory_item_id}.json",
        f"locations/{acme.shop.merchant_location}.json",
        f"fulfillment_services/{acme.shop.service.id}.json",
    ):
        assert (await acme.desk.get(path)).status == 200, path
        assert (await stranger.get(path)).status == 404, path
    level = {"inventory_item_id": tee.inventory_item_id, "location_id": acme.shop.service.location_id, "available": 1}
    for path, body in (
        (f"fulfillment_orders/{one}/fulfillment_request.json", {}),
        (f"fulfillment_orders/{one}/fulfillment_request/accept.json", {}),
        (f"fulfillment_orders/{one}/cancellation_request.json", {}),
        (f"fulfillment_orders/{one}/close.json", {}),
        ("inventory_levels/set.json", level),
    ):
        assert (await stranger.post(path, body)).status == 404, path
    assert (await stranger.get("orders.json?status=any")).json == {"orders": []}
    assert (await acme.shop.read(order.id)) == before


async def test_pages_and_probes_stand_beside_the_api(acme: Served) -> None:
    for path, status in (("/healthz", 200), ("/readyz", 200), ("/metrics", 200), ("/nothing", 404)):
        assert (await Client(acme.app, None).get(path)).status == status
    assert (await Client(acme.app, None, host="acme.example").get("/metrics")).status == 403


async def test_pages_need_a_login_outside_the_sandbox(store_database: str) -> None:
    async with served(store_database, SETTINGS.model_copy(update={"sandbox": False})) as place:
        nobody = Client(place.app, None)
        reply = await nobody.get("/orders")
        assert (reply.status, reply.headers["location"]) == (303, "/login?next=%2Forders")
        assert (await nobody.get("/login")).status == 200
        assert (await nobody.get("/static/crossdock.css")).status == 200
        assert (await place.desk.get("shop.json")).status == 200
        assert (await nobody.get("shop.json")).status == 401


async def test_a_webhook_is_written_in_the_version_in_which_it_was_asked_for(acme: Served) -> None:
    hook = {"webhook": {"topic": "orders/create", "address": "https://hooks.acme.shop/orders"}}
    made = await acme.desk.post("/admin/api/2026-04/webhooks.json", hook)
    assert made.json["webhook"]["api_version"] == "2026-04"
    assert (await acme.desk.get(f"webhooks/{made.json['webhook']['id']}.json")).json == made.json


async def test_what_can_be_done_rests_on_who_stocks_it_and_on_who_asks(acme: Served) -> None:
    things = Things(acme)
    one = await things.work()

    async def offered(client: Client, path: str = f"fulfillment_orders/{one.id}.json") -> set[str]:
        found = (await client.get(path)).json
        (shown,) = found.get("fulfillment_orders") or [found["fulfillment_order"]]
        return set(shown["supported_actions"])

    work_of = await acme.store.pool.fetchval("SELECT order_id FROM fulfillment_orders WHERE id = $1", one.id)
    assert "move" in await offered(acme.desk)
    await acme.store.pool.execute(
        "DELETE FROM inventory_levels WHERE inventory_item_id = $1 AND location_id = $2",
        one.lines[0].inventory_item_id,
        acme.shop.merchant_location,
    )
    for path in (f"fulfillment_orders/{one.id}.json", f"orders/{work_of}/fulfillment_orders.json"):
        assert "hold" in await offered(acme.desk, path)
        assert "move" not in await offered(acme.desk, path)
    for number in range(10):
        hold = {"fulfillment_hold": {"reason": "other", "handle": f"h{number}"}}
        assert (await acme.desk.post(f"fulfillment_orders/{one.id}/hold.json", hold)).status == 200
    assert "hold" not in await offered(acme.desk)
    assert "hold" in await offered(await acme.client("read_third_party_fulfillment_orders", name="Another"))
