"""The sandbox keeps its contract: what it tells, what it brings along, what it forgets, and who may move its clock."""

import asyncio
import json
import os
import re
import signal
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from crossdock.runtime.secrets import new_key
from tests.integration.next29_app import browser, demo_app
from tests.integration.sandboxes import Box, sandbox
from tests.integration.serving import crossdock
from tests.integration.test_next29_story import Story, warehouse_of
from tests.store.calls import Reply
from tests.store.test_oauth import hidden_fields

KEYS = {
    *("store_url", "service_url", "shop_domain", "shop_subdomain", "admin_token", "next_token", "app"),
    *("service_token", "dashboards", "databases", "pid"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def box(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Box]:
    folder = tmp_path_factory.mktemp("sandbox")
    async with sandbox(folder, "--data", str(folder / "kept")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def empty(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Box]:
    async with sandbox(tmp_path_factory.mktemp("empty"), "--empty") as running:
        yield running


pytestmark = pytest.mark.asyncio(loop_scope="module")


def folder_of(box: Box) -> Path:
    """Return where a sandbox has its things."""
    cluster = Path(f"/proc/{box.children()['postgres']}/cwd").resolve()
    return next(folder for folder in cluster.parents if (folder / "sandbox.json").exists())


async def time_of(box: Box) -> datetime:
    return datetime.fromisoformat((await box.store("GET", "/sandbox/clock"))[1]["now"])


async def test_the_details_tell_all_that_was_promised(box: Box) -> None:
    assert set(box.details) == KEYS
    assert set(box.details["app"]) == {"client_id", "client_secret"}
    assert set(box.details["databases"]) == set(box.details["dashboards"]) == {"store", "service"}
    assert box.details["pid"] == box.process.pid


async def test_the_tokens_open_what_they_should(box: Box) -> None:
    status, answer = await box.store("GET", "shop.json")
    assert (status, answer["shop"]["myshopify_domain"]) == (200, box.details["shop_domain"])
    assert (await box.store("GET", "shop.json", **{"X-Shopify-Access-Token": "shpat_wrong"}))[0] == 401
    assert (await box.service("GET", "/api/assignments"))[0] == 200


async def test_the_pages_need_no_login(box: Box) -> None:
    for page in box.details["dashboards"].values():
        async with box.session.get(page) as answer:
            assert answer.status == 200, page
            assert "/login" not in str(answer.url)
            assert answer.headers["Content-Type"].startswith("text/html")


async def test_there_are_orders_in_several_states(box: Box) -> None:
    await box.settle()
    orders = (await box.store("GET", "orders.json?status=any"))[1]["orders"]
    assert {order["fulfillment_status"] for order in orders} == {None, "partial", "fulfilled"}
    states = set()
    for order in orders:
        work = (await box.store("GET", f"orders/{order['id']}/fulfillment_orders.json"))[1]["fulfillment_orders"]
        states |= {f"{each['status']}/{each['request_status']}" for each in work}
    assert states >= {
        "open/unsubmitted",
        "in_progress/accepted",
        "open/rejected",
        "closed/accepted",
        "cancelled/cancellation_accepted",
    }


async def test_there_are_two_shops_and_a_connected_warehouse_with_stock(box: Box) -> None:
    locations = (await box.store("GET", "locations.json"))[1]["locations"]
    assert [location["legacy"] for location in locations].count(False) == 2
    assert [location["legacy"] for location in locations].count(True) == 1
    everyone = (await box.store("GET", "fulfillment_services.json?scope=all"))[1]["fulfillment_services"]
    assert everyone[0]["callback_url"].startswith(box.details["service_url"])
    assert len((await box.store("GET", "products.json"))[1]["products"]) >= 10


async def test_the_clock_moves_on_both_sides(box: Box) -> None:
    before = await time_of(box)
    status, answer = await box.store("POST", "/sandbox/clock", {"advance_seconds": 6 * 3600})
    assert status == 200, answer
    moved = datetime.fromisoformat(answer["now"]) - before
    assert timedelta(hours=6) <= moved < timedelta(hours=6, minutes=1)
    assert answer["stops"] > 0  # the warehouse polls every few minutes


@pytest.mark.parametrize("seconds", [-1, "60", None, True, 1e12])
async def test_the_clock_goes_forward_only_and_by_numbers(box: Box, seconds: object) -> None:
    assert (await box.store("POST", "/sandbox/clock", {"advance_seconds": seconds}))[0] == 422


async def test_controls_are_closed_to_other_sites_and_names(box: Box) -> None:
    for headers in (
        {"Origin": "https://evil.test"},
        {"Host": "evil.test"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ):
        assert (await box.store("POST", "/sandbox/settle", **headers))[0] == 403, headers
    assert (await box.store("POST", "/sandbox/settle", Origin=box.details["store_url"]))[0] == 200


async def test_bad_bodies_are_refused(box: Box) -> None:
    url = box.details["store_url"] + "/sandbox/clock"
    for body in (b"{", b"[]", b'{"advance_seconds": NaN}', b"{" * 5000):
        async with box.session.post(url, data=body) as answer:
            assert answer.status == 400, body
    async with box.session.post(url, data=b"x" * (1024 * 1024 + 1)) as answer:
        assert answer.status == 413


async def test_apps_are_registered_listed_and_uninstalled(box: Box) -> None:
    app = {
        "name": "Parcel Robot",
        "app_url": "http://127.0.0.1:9000/",
        "redirect_urls": ["http://127.0.0.1:9000/back"],
        "platform": "shopify",
    }
    status, credentials = await box.store("POST", "/sandbox/apps", app)
    assert status == 201
    assert set(credentials) == {"client_id", "client_secret"}
    assert (await box.store("POST", "/sandbox/apps", app))[1] == credentials
    listed = (await box.store("GET", "/sandbox/apps"))[1]["apps"]
    assert app | {"client_id": credentials["client_id"]} in listed
    assert (await box.store("DELETE", f"/sandbox/apps/{credentials['client_id']}"))[0] == 200
    assert (await box.store("DELETE", f"/sandbox/apps/{credentials['client_id']}"))[0] == 404
    assert (await box.store("POST", "/sandbox/apps", app | {"platform": "other"}))[0] == 422
    assert (await box.store("POST", "/sandbox/apps", app | {"app_url": "file:///etc"}))[0] == 422
    assert (await box.store("POST", "/sandbox/apps", app | {"name": "x" * 256}))[0] == 422
    for privacy, expected in (
        ({"shop/redact": app["app_url"]}, 201),
        ({"orders/create": app["app_url"]}, 422),
        ([], 422),
    ):
        body: dict[str, object] = app | {"name": "Discreet Robot", "privacy_urls": privacy}
        assert (await box.store("POST", "/sandbox/apps", body))[0] == expected
    assert (await box.store("DELETE", "/sandbox/apps/%00"))[0] == 404


async def test_an_app_of_29_next_is_let_in_by_the_name_that_its_store_has_there(box: Box) -> None:
    """As the demo app does it, with the network's names led to this machine."""
    store = f"{box.details['shop_subdomain']}.29next.store"
    async with demo_app(box.details["store_url"]) as app, browser() as person:
        wanted = {"name": "Dockers", "app_url": f"{app.url}/", "redirect_urls": [f"{app.url}/setup/"]}
        status, credentials = await box.store("POST", "/sandbox/apps", wanted | {"platform": "next29"})
        assert status == 201
        app.client_id, app.client_secret = credentials["client_id"], credentials["client_secret"]
        link = f"http://{store}:{app.port}/dashboard/apps/install-app/?client_id={app.client_id}"
        for decision, end in (("deny", "access_denied"), ("allow", "set up")):
            async with person.get(link) as page:
                assert page.status == 200, await page.text()
                fields = hidden_fields(Reply(page.status, page.headers, await page.read()))
            target = page.url.with_path("/oauth2/authorize/").with_query(None)
            async with person.post(target, data=fields | {"decision": decision}) as answer:
                assert (answer.status, await answer.text()) == (200, end)
        assert app.opened == [{"store": store}] * 2
        mine = await app.ask("GET", "locations/")
        assert [each["id"] for each in mine["results"]] == [app.location["id"]]
        async with person.get(f"http://{store}:{app.port}/dashboard/apps/") as apps:
            page_of_it = re.search(r'href="([^"]+/open)"', (await apps.text()).partition("Dockers")[2])
        assert page_of_it is not None
        async with person.get(apps.url.with_path(page_of_it[1])) as answer:
            assert await answer.text() == "welcome back"
        assert app.opened[-1]["store"] == store
        assert (await box.store("DELETE", f"/sandbox/apps/{app.client_id}"))[0] == 200
        await box.settle()
        assert (await app.call("GET", "locations/"))[0] == 401
        assert [(each["event_type"], each["webhook"]["store"]) for each in app.heard] == [
            ("app.uninstalled", box.details["shop_subdomain"])
        ]


async def test_where_stars_may_stand_in_what_is_registered(box: Box) -> None:
    app = {"name": "Starry", "app_url": "https://app.example/", "platform": "next29"}
    for url, expected in (("https://*.app.example/", 201), ("https://*.example/", 422), ("http://*.app.example/", 422)):
        assert (await box.store("POST", "/sandbox/apps", app | {"redirect_urls": [url]}))[0] == expected, url


@pytest.mark.parametrize("role", ["store-web", "store-work", "service-web", "service-work", "postgres"])
async def test_whatever_dies_is_back_within_two_seconds(box: Box, role: str) -> None:
    before = box.children()
    os.kill(before[role], signal.SIGKILL)
    killed = time.monotonic()
    while box.children().get(role, before[role]) == before[role]:
        assert time.monotonic() - killed < 2, f"{role} is not back"
        await asyncio.sleep(0.02)
    for path in ("shop.json", "orders.json"):
        # A database that recovers for longer than calls wait for it has them told to come again.
        while (status := (await box.store("GET", path))[0]) == 503 and time.monotonic() - killed < 30:
            await asyncio.sleep(0.1)
        assert status == 200
    await box.settle()


async def test_an_empty_one_has_a_shop_with_one_location_and_nothing_else(empty: Box) -> None:
    locations = (await empty.store("GET", "locations.json"))[1]["locations"]
    assert [(location["name"], location["active"], location["legacy"]) for location in locations] == [
        ("Shop location", True, False)
    ]
    for path in ("orders", "products", "fulfillment_services"):
        assert (await empty.store("GET", f"{path}.json"))[1][path] == []
    assert (await empty.service("GET", "/api/stores"))[1]["stores"] == []


async def test_a_store_is_connected_by_the_command(empty: Box, tmp_path: Path) -> None:
    log = tmp_path / "connect.log"
    details = empty.details
    env = warehouse_of(empty, folder_of(empty)) | {"CROSSDOCK_PUBLIC_URL": details["service_url"]}
    token = ("--token", details["next_token"])
    command = ("service", "connect", details["store_url"], "--platform", "next29", *token)
    for _ in range(2):
        async with crossdock(*command, "--domain", details["shop_subdomain"], log=log, env=env) as process:
            assert await process.wait() == 0, log.read_text()
    (connected,) = (await empty.service("GET", "/api/stores"))[1]["stores"]
    assert (connected["platform"], connected["trouble"]) == ("next29", None)
    story = Story(box=empty, store_id=connected["id"], location_id=connected["location_id"])
    locations = (await story.admin("GET", "locations/"))["results"]
    (ours,) = [each for each in locations if each["callback_url"]]
    assert ours["id"] == connected["location_id"]
    assert ours["callback_url"] == f"{details['service_url']}/callbacks/{connected['id']}"
    (webhook,) = (await story.admin("GET", "webhooks/"))["results"]
    assert webhook["target"] == f"{ours['callback_url']}/webhooks"


async def test_apps_of_a_sandbox_are_given_tokens_and_secrets_by_its_details(empty: Box, tmp_path: Path) -> None:
    """Their secrets are kept by the sandbox's key, whichever this shell is set to."""
    file, log = tmp_path / "box.json", tmp_path / "command.log"
    file.write_text(json.dumps(empty.details))

    async def told(*arguments: str, shop: str = empty.details["shop_subdomain"]) -> str:
        command = ("store", *arguments[:2], shop, *arguments[2:], "--details", str(file))
        async with crossdock(*command, log=log, env={"CROSSDOCK_SECRET_KEYS": new_key("another")}) as process:
            assert await process.wait() == 0, log.read_text()
        return log.read_text()

    added = await told("token", "add", "--app", "Robot", "--scopes", "read_orders")
    secret = re.findall(r"client secret +(\S+)", added)[-1]
    token = re.findall(r"access token +(\S+)", added)[-1]
    assert (await empty.store("GET", "orders.json", **{"X-Shopify-Access-Token": token}))[0] == 200
    fresh = re.findall(r"client secret +(\S+)", await told("app", "rotate-secret", "--name", "Robot"))[-1]
    again = await told("app", "add", "--name", "Robot", "--url", "https://app.test/")
    assert re.findall(r"client secret +(\S+)", again)[-1] == fresh != secret
    assert await told("shop", "add", "--domain", "b.test", "--email", "b@b.test", shop="second")


async def test_uninstalling_an_app_makes_its_token_worthless(empty: Box) -> None:
    """Last in this sandbox: it has no other token."""
    assert (await empty.store("GET", "shop.json"))[0] == 200
    assert (await empty.store("DELETE", f"/sandbox/apps/{empty.details['app']['client_id']}"))[0] == 200
    assert (await empty.store("GET", "shop.json"))[0] == 401


async def ends_quietly(box: Box, sign: signal.Signals) -> None:
    children = box.children()
    assert len(children) == 5, children
    assert await box.stop(sign) == 0
    assert box.said.count(b"\n") == 1
    assert not any(Path(f"/proc/{pid}").exists() for pid in children.values())


async def test_it_ends_quietly_and_leaves_nothing(empty: Box) -> None:
    """The last that happens to this sandbox."""
    data = folder_of(empty)
    assert data.exists()
    await ends_quietly(empty, signal.SIGTERM)
    assert not data.exists()


async def test_a_kept_one_is_nobody_elses_and_comes_back_with_the_same_tokens_and_orders(
    box: Box, tmp_path: Path
) -> None:
    """The last that happens to this sandbox."""
    data = folder_of(box)
    first = box.details
    orders = (await box.store("GET", "orders/count.json?status=any"))[1]
    with pytest.raises(AssertionError, match="is in use by another Crossdock"):
        async with sandbox(tmp_path, "--data", str(data)):
            pass
    await ends_quietly(box, signal.SIGINT)
    assert [path.name for path in data.iterdir() if path.stat().st_mode & 0o077 and path.is_file()] == []
    async with sandbox(tmp_path, "--data", str(data)) as again:
        same = ("admin_token", "next_token", "app", "service_token", "shop_domain", "databases")
        assert {key: again.details[key] for key in same} == {key: first[key] for key in same}
        assert (await again.store("GET", "orders/count.json?status=any"))[1] == orders
        order = (await again.store("GET", "orders.json?fulfillment_status=unshipped"))[1]["orders"][-1]
        work = (await again.store("GET", f"orders/{order['id']}/fulfillment_orders.json"))[1]["fulfillment_orders"][0]
        # On other ports the two sides still find each other.
        status, _ = await again.store("POST", f"fulfillment_orders/{work['id']}/fulfillment_request.json", {})
        assert status in (200, 422)
        await again.settle()
