"""What an app hears when it is uninstalled, and of people's data: what, when, signed how, and what no longer."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from crossdock.dialects.shopify import callback
from crossdock.dialects.shopify.oauth import AuthorizeRequest
from crossdock.dialects.shopify.partings import PRIVACY_TOPICS
from crossdock.domain.access import Caller
from crossdock.domain.apps import EraseCustomer, RequestCustomerData, UninstallApp
from crossdock.domain.refusals import NotFound
from crossdock.store import verify
from crossdock.store.dispatch.grants import Grants, owner_of
from crossdock.store.setup import Registration, create_app, register
from tests.store.hearing import Stage, stage
from tests.store.scene import NOW

BACK = "https://app.example/back"


@asynccontextmanager
async def told(url: str) -> AsyncIterator[Stage]:
    """A stage whose app has addresses for people's data, and wants to hear that it is uninstalled."""
    async with stage(url) as scene:
        app = Registration(
            name="Acme 3PL",
            app_url="https://app.example/",
            redirect_urls=(BACK,),
            privacy_urls=dict.fromkeys(PRIVACY_TOPICS, f"{scene.ear.url}/privacy"),
        )
        await register(scene.store.pool, scene.store.vault, NOW, scene.shop.shop_id, app)
        await scene.subscribe("app/uninstalled")
        yield scene


async def uninstall(scene: Stage) -> None:
    await scene.shop.dispatch(UninstallApp(app_id=scene.app.id))


async def sound(scene: Stage) -> None:
    async with scene.store.pool.acquire() as connection:
        assert await verify.offences(connection) == []


async def test_an_app_that_is_uninstalled_hears_it_once_and_nothing_after(store_database: str) -> None:
    async with told(store_database) as scene:
        await scene.subscribe("orders/create", "/orders")
        await scene.subscribe("app/uninstalled", "/short", fields=("id",))
        await uninstall(scene)
        await scene.shop.order((scene.tee, 1))
        await scene.settle()
        short = [body for path, _, body in scene.ear.heard if path == "/app/short"]
        assert [json.loads(body) for body in short] == [{"id": scene.shop.shop_id}]
        scene.ear.heard = [each for each in scene.ear.heard if each[0] != "/app/short"]
        ((path, headers, body),) = scene.ear.heard
        assert path == "/app/hooks"
        assert headers["x-shopify-topic"] == "app/uninstalled"
        assert callback.verify([scene.app.client_secret], body, headers["x-shopify-hmac-sha256"])
        await sound(scene)
        shop = json.loads(body)
        assert (shop["id"], shop["myshopify_domain"], shop["name"]) == (scene.shop.shop_id, "acme.example", "Acme")
        assert await scene.store.pool.fetchval("SELECT count(*) FROM webhook_subscriptions") == 0


async def test_what_waited_for_it_is_given_up(store_database: str) -> None:
    async with told(store_database) as scene:
        await scene.subscribe("orders/create", "/orders")
        scene.ear.status = 500
        await scene.shop.order((scene.tee, 1))
        await scene.settle()
        await uninstall(scene)
        (waiting,) = await scene.messages("webhook")
        assert (waiting["status"], waiting["reason"]) == ("cancelled", "the app was uninstalled")


async def test_48_hours_later_it_is_told_to_forget_the_shop(store_database: str) -> None:
    async with told(store_database) as scene:
        await uninstall(scene)
        await scene.advance(hours=47, minutes=59)
        assert scene.ear.topics == ["app/uninstalled"]
        await scene.advance(minutes=2)
        assert scene.ear.topics == ["app/uninstalled", "shop/redact"]
        assert scene.ear.bodies("shop/redact") == [{"shop_id": scene.shop.shop_id, "shop_domain": "acme.example"}]


async def test_an_app_that_is_back_by_then_may_remember(store_database: str) -> None:
    async with told(store_database) as scene:
        grants = Grants(pool=scene.store.pool, clock=scene.store.clock, vault=scene.store.vault, limited=False)
        await uninstall(scene)
        await scene.advance(hours=47)
        who = await grants.find(scene.app.client_id)
        assert who is not None
        asked = asking(scene)
        await grants.agree(who, asked, owner_of(who))
        await scene.advance(hours=4)
        assert scene.ear.topics == ["app/uninstalled"]
        # And the clock begins anew.
        await uninstall(scene)
        await scene.advance(hours=49)
        assert scene.ear.topics == ["app/uninstalled", "shop/redact"]


def asking(scene: Stage) -> AuthorizeRequest:
    return AuthorizeRequest(client_id=scene.app.client_id, scopes=("read_orders",), redirect_uri=BACK)


async def test_apps_are_asked_for_what_they_know_of_a_customer(store_database: str) -> None:
    async with told(store_database) as scene:
        first = await scene.shop.order((scene.tee, 1))
        second = await scene.shop.order((scene.tee, 1))
        change = "UPDATE orders SET email = $2, phone = $3 WHERE id = $1"
        await scene.store.pool.execute(change, first.id, "Ana@Example.com", "+1 555")
        await scene.store.pool.execute(change, second.id, "bo@example.com", None)
        assert await scene.shop.dispatch(RequestCustomerData(email="ana@example.com")) == 1
        await scene.settle()
        (body,) = scene.ear.bodies("customers/data_request")
        request = body["data_request"]["id"]
        assert body == {
            "shop_id": scene.shop.shop_id,
            "shop_domain": "acme.example",
            "customer": {"id": request, "email": "ana@example.com", "phone": "+1 555"},
            "orders_requested": [first.id],
            "data_request": {"id": request},
        }


async def test_a_customer_is_erased_after_ten_days_and_not_soon_after_an_order(store_database: str) -> None:
    async with told(store_database) as scene:
        order = await scene.shop.order((scene.tee, 1))
        await scene.store.pool.execute("UPDATE orders SET email = 'ana@example.com'")
        await scene.shop.dispatch(EraseCustomer(email="ana@example.com"))
        await scene.shop.dispatch(EraseCustomer(email="stranger@example.com"))
        await scene.advance(days=9)
        assert scene.ear.topics == []
        await scene.advance(days=2)
        (body,) = scene.ear.bodies("customers/redact")
        assert (body["customer"]["email"], body["orders_to_redact"]) == ("stranger@example.com", [])
        waiting = [row for row in await scene.messages("app_parting") if row["status"] == "waiting"]
        assert [row["next_attempt_at"] for row in waiting] == [order.created_at + timedelta(days=183)]


async def test_only_apps_that_could_know_a_customer_are_told(store_database: str) -> None:
    async with told(store_database) as scene:
        await scene.store.pool.execute("UPDATE apps SET granted = '{read_products}'")
        assert await scene.shop.dispatch(RequestCustomerData(email="ana@example.com")) == 0
        await scene.store.pool.execute("UPDATE apps SET granted = '{write_orders}', uninstalled_at = $1", NOW)
        assert await scene.shop.dispatch(RequestCustomerData(email="ana@example.com")) == 0


async def test_an_app_uninstalls_itself_and_no_other(store_database: str) -> None:
    async with told(store_database) as scene:
        other = await create_app(scene.store.pool, scene.store.vault, NOW, scene.shop.shop_id, name="Other")
        for command in (UninstallApp(app_id=other.id), UninstallApp(app_id=0)):
            with pytest.raises(NotFound):
                await scene.shop.dispatch(command, scene.caller)
        with pytest.raises(NotFound):
            await scene.shop.dispatch(UninstallApp())
        await scene.shop.dispatch(UninstallApp(), Caller(app_id=other.id))
        with pytest.raises(NotFound):
            await scene.shop.dispatch(UninstallApp(app_id=other.id))


async def test_its_service_keeps_its_place_and_is_asked_for_nothing(store_database: str) -> None:
    async with told(store_database) as scene:
        await uninstall(scene)
        order = await scene.shop.order((scene.tee, 1))
        assert order.fulfillment_orders[0].location_id == scene.shop.service.location_id
        await scene.advance(hours=3)
        assert scene.ear.topics == ["app/uninstalled"]
        assert len(scene.ear.heard) == 1
