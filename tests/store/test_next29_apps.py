"""What an app of 29 Next sees of itself and keeps with the store, and how its time there ends."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from crossdock.dialects.next29.rest import apps
from tests.store.calls import Client, Reply
from tests.store.next29_calls import Next29, next29_shop
from tests.store.test_next29_work import Docks


@pytest_asyncio.fixture
async def shop(store_database: str) -> AsyncIterator[Next29]:
    async with next29_shop(store_database) as place:
        yield place


async def id_of(shop: Next29, name: str) -> str:
    client_id: str = await shop.shop.pool.fetchval(
        "SELECT client_id FROM apps WHERE name = $1 AND platform = 'next29'", name
    )
    return client_id


async def test_an_app_sees_itself(shop: Next29) -> None:
    """Fields: PublicApp of the reference; 200, where the file says 201."""
    mine = await id_of(shop, "Dockers")
    app = await shop.warehouse.ok("GET", f"apps/{mine}/")
    assert app == {
        "client_id": mine,
        "name": "Dockers",
        "version": None,
        "settings": {},
        "created_at": "2026-11-21T12:00:00.000000+00:00",
        "updated_at": "2026-11-21T12:00:00.000000+00:00",
    }
    assert apps.read_app(app).client_id == mine
    await shop.warehouse.ok("PUT", f"apps/{mine}/settings/", {"color": "#fff"})
    changed = await shop.warehouse.ok("GET", f"apps/{mine}/")
    assert changed["settings"] == {"color": "#fff"}
    assert changed["updated_at"] > app["updated_at"]


async def test_settings_are_replaced_changed_and_cleared(shop: Next29) -> None:
    mine = f"apps/{await id_of(shop, 'Dockers')}/settings/"
    app = shop.warehouse
    assert await app.ok("GET", mine) == {}
    first = {"key": "a", "on": True, "nested": {"é": [1, 2.5, None]}, "old": 1}
    assert await app.ok("PUT", mine, first) == first
    assert await app.ok("PATCH", mine, {"key": "b", "nested": None}) == {**first, "key": "b", "nested": None}
    assert await app.ok("GET", mine) == {**first, "key": "b", "nested": None}
    assert await app.ok("PUT", mine, {"only": "this"}) == {"only": "this"}
    assert (await app.call("DELETE", mine)).status == 204
    assert await app.ok("GET", mine) == {}


async def test_settings_are_the_apps_own(shop: Next29) -> None:
    theirs, mine = await id_of(shop, "Order desk"), await id_of(shop, "Dockers")
    await shop.desk.ok("PUT", f"apps/{theirs}/settings/", {"secret": "word"})
    for path in (f"apps/{theirs}/", f"apps/{theirs}/settings/", "apps/nobody/", "apps/nobody/settings/", "apps/%00/"):
        assert await shop.warehouse.refused("GET", path, status=404) == {"detail": "Not found."}
    for method in ("PUT", "PATCH", "DELETE"):
        await shop.warehouse.refused(method, f"apps/{theirs}/settings/", {"secret": "mine"}, status=404)
    assert await shop.desk.ok("GET", f"apps/{theirs}/settings/") == {"secret": "word"}
    # An app with every scope is no exception.
    await shop.desk.refused("GET", f"apps/{mine}/settings/", status=404)
    # A token without any scope will do.
    bare = await shop.api(name="Dockers")
    assert await bare.ok("GET", f"apps/{mine}/settings/") == {}


async def test_settings_that_are_none(shop: Next29) -> None:
    mine = f"apps/{await id_of(shop, 'Dockers')}/settings/"
    for body in ([], "text", 7, [{"a": 1}]):
        for method in ("PUT", "PATCH"):
            answer = await shop.warehouse.refused(method, mine, body)
            assert "non_field_errors" in answer
    await shop.warehouse.ok("PUT", mine, {"a": "x" * 60_000})
    answer = await shop.warehouse.refused("PATCH", mine, {"b": "x" * 10_000})
    assert "65536" in answer["non_field_errors"][0]
    assert (await shop.warehouse.ok("GET", mine)).keys() == {"a"}


async def test_changes_at_once_lose_nothing(shop: Next29) -> None:
    mine = f"apps/{await id_of(shop, 'Dockers')}/settings/"
    await asyncio.gather(*(shop.warehouse.ok("PATCH", mine, {f"key {each}": each}) for each in range(8)))
    assert await shop.warehouse.ok("GET", mine) == {f"key {each}": each for each in range(8)}


async def uninstall(shop: Next29) -> Reply:
    app_id = await shop.shop.pool.fetchval("SELECT id FROM apps WHERE name = 'Dockers'")
    return await Client(shop.served.app, None).send("POST", f"/shops/acme/apps/{app_id}/uninstall", b"")


async def test_an_app_stays_while_work_is_in_progress_at_its_location(shop: Next29) -> None:
    docks = await Docks.of(shop)
    work = await docks.accepted()
    refused = await uninstall(shop)
    assert refused.status == 409
    assert b"at work on a fulfillment order that is not done" in refused.body
    await shop.warehouse.ok("GET", "locations/")
    await shop.desk.ok("POST", f"fulfillment-orders/{work}/cancellation-request/")
    assert (await uninstall(shop)).status == 409
    await shop.warehouse.ok("POST", f"fulfillment-orders/{work}/cancellation-request/accept/")
    await docks.work()  # what was only routed there holds nobody
    assert (await uninstall(shop)).status == 303
    await shop.warehouse.refused("GET", "locations/", status=401)
    assert (await uninstall(shop)).status == 404
    assert await shop.shop.offences() == []


async def test_settings_go_with_the_app(shop: Next29) -> None:
    mine = f"apps/{await id_of(shop, 'Dockers')}/settings/"
    await shop.warehouse.ok("PUT", mine, {"key": "word"})
    assert (await uninstall(shop)).status == 303
    await shop.warehouse.refused("GET", mine, status=401)
    assert await shop.shop.pool.fetchval("SELECT settings FROM apps WHERE name = 'Dockers'") == {}


async def until_waiting(shop: Next29, count: int, *, or_done: asyncio.Task[Reply]) -> None:
    """Return when so many sessions wait for a lock, or a task that should be one of them is through."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    async with asyncio.timeout(10):
        while not or_done.done() and await shop.shop.pool.fetchval(waiting) < count:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("first", ["accept", "uninstall"])
async def test_an_app_that_takes_work_on_while_it_is_uninstalled_has_it_and_stays_or_goes_without(
    shop: Next29, first: str
) -> None:
    docks = await Docks.of(shop)
    work = await docks.work()
    await shop.desk.ok("POST", f"fulfillment-orders/{work}/fulfillment-request/")

    def begin(what: str) -> asyncio.Task[Reply]:
        accept = f"fulfillment-orders/{work}/fulfillment-request/accept/"
        return asyncio.create_task(shop.warehouse.call("POST", accept, {}) if what == "accept" else uninstall(shop))

    # What the first one needs is held until the second one is on its way.
    held = {"accept": "SELECT FROM orders FOR UPDATE", "uninstall": "SELECT FROM apps FOR SHARE"}[first]
    async with shop.shop.pool.acquire() as other:
        begun = other.transaction()
        await begun.start()
        await other.execute(held)
        leading = begin(first)
        await until_waiting(shop, 1, or_done=leading)
        following = begin("uninstall" if first == "accept" else "accept")
        await until_waiting(shop, 2, or_done=following)
        await begun.commit()
    answers = {(await leading).status, (await following).status}
    found = await shop.desk.ok("GET", f"fulfillment-orders/{work}/")
    if first == "accept":
        assert (answers, found["status"]) == ({200, 409}, "processing")
    else:
        assert (answers, found["status"]) == ({303, 404}, "open")
    assert await shop.shop.offences() == []
