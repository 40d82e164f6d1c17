"""Webhook subscriptions: what apps may ask for, how they are told, and the words of every refusal."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree

import pytest
import pytest_asyncio

from crossdock.dialects.shopify.webhook_filters import check_filter, passes
from crossdock.domain.access import MERCHANT, Caller
from crossdock.domain.apps import UninstallApp
from crossdock.domain.queries import Page
from crossdock.domain.refusals import Invalid, NotFound, NotPermitted
from crossdock.domain.subscriptions import (
    ChangeWebhookSubscription,
    CountWebhookSubscriptions,
    GetWebhookSubscription,
    ListWebhookSubscriptions,
    SendTestWebhook,
    SubscribeToWebhook,
    WebhookFilter,
    WebhookFormat,
    WebhookSubscription,
)
from crossdock.store.dispatch.origin import Origin
from crossdock.store.handlers.apps import uninstall_app
from crossdock.store.handlers.callback_urls import UrlPolicy
from crossdock.store.handlers.context import WriteContext
from tests.store.hearing import Stage, stage
from tests.store.scene import NOW

ADDRESS = "https://app.example.se/hooks"
TAKEN = "for this topic has already been taken"
INTERNAL = "cannot be a Shopify or an internal domain"


@pytest_asyncio.fixture
async def scene(store_database: str) -> AsyncIterator[Stage]:
    async with stage(store_database) as scene:
        yield scene


async def subscribe(scene: Stage, **more: Any) -> WebhookSubscription:
    command = SubscribeToWebhook(**({"topics": ("orders/create",), "address": ADDRESS} | more))
    made = await scene.shop.dispatch(command, scene.caller)
    assert isinstance(made, WebhookSubscription)
    return made


async def ask(scene: Stage, query: object, caller: Caller | None = None) -> Any:
    origin = Origin(shop_id=scene.shop.shop_id, caller=caller or scene.caller)
    answer, _, _ = await scene.store.dispatcher.ask(query, origin)
    return answer


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"address": " "}, "address", "can't be blank"),
    ({"address": "nonsense"}, "address", "is invalid"),
    ({"address": "https://"}, "address", "is invalid"),
    ({"address": "ftp://app.example.se/"}, "address", "protocol ftp:// is not supported"),
    ({"address": "pubsub://project:topic"}, "address", "protocol pubsub:// is not supported"),
    ({"address": "https://acme.myshopify.com/hooks"}, "address", INTERNAL),
    ({"address": "https://example.com/hooks"}, "address", INTERNAL),
    ({"address": "https://10.0.0.1/hooks"}, "address", INTERNAL),
    ({"address": "https://app.example.se:25/"}, "address", INTERNAL),
    (
        {"address": "pubsub://project:topic", "format": WebhookFormat.XML},
        "format",
        "can only be used with format: 'json'",
    ),
    (
        {"filter": "hello"},
        "filter",
        "The specified filter is invalid, please ensure you specify the field(s) you wish to filter on.",
    ),
    ({"name": "x" * 300}, "name", "is too long (maximum is 255 characters)"),
]


@pytest.mark.parametrize(("given", "field", "message"), REFUSED)
async def test_what_cannot_be_is_refused_in_the_recorded_words(
    scene: Stage, given: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await subscribe(scene, **given)
    assert (refused.value.field, refused.value.message) == (field, message)


def test_an_installation_without_exceptions_takes_https_only_and_not_itself() -> None:
    policy = UrlPolicy(own=("store.example.se",))
    assert policy.normal("https://app.example.se", "address") == "https://app.example.se/"
    with pytest.raises(Invalid, match="protocol http:// is not supported"):
        policy.normal("http://app.example.se/", "address")
    for url in ("https://store.example.se/", "https://acme.store.example.se/", "https://localhost/", "https://[::1]/"):
        with pytest.raises(Invalid, match="is not allowed"):
            policy.normal(url)


async def test_addresses_and_names_are_taken_once_an_app(scene: Stage) -> None:
    made = await subscribe(scene, name="mine")
    for given, field, message in (
        ({}, "address", TAKEN),
        ({"topics": ("orders/updated",), "name": "mine"}, "name", "already exists, no duplicate allowed"),
    ):
        with pytest.raises(Invalid) as refused:
            await subscribe(scene, **given)
        assert (refused.value.field, refused.value.message) == (field, message)
    other = await subscribe(scene, topics=("orders/updated",), name="other")
    with pytest.raises(Invalid, match="already exists"):
        await scene.shop.dispatch(ChangeWebhookSubscription(subscription_id=other.id, name="mine"), scene.caller)
    await scene.shop.dispatch(ChangeWebhookSubscription(subscription_id=made.id, name=""), scene.caller)
    await scene.shop.dispatch(ChangeWebhookSubscription(subscription_id=other.id, name="mine"), scene.caller)


async def test_they_are_found_by_what_they_are(scene: Stage) -> None:
    created = await subscribe(scene, metafield_namespaces=("custom",), api_version="2026-01", fields=("id",))
    updated = await subscribe(scene, topics=("orders/updated",), format=WebhookFormat.XML)
    assert await ask(scene, GetWebhookSubscription(subscription_id=created.id)) == created
    assert (created.metafield_namespaces, created.api_version) == (("custom",), "2026-01")
    for only, expected in (
        (WebhookFilter(), [created, updated]),
        (WebhookFilter(topics=("orders/updated",)), [updated]),
        (WebhookFilter(topics=("orders/updated", "orders/create"), format=WebhookFormat.JSON), [created]),
        (WebhookFilter(address="https://elsewhere.example.se/"), []),
        (WebhookFilter(created_at_min=updated.created_at), [updated]),
        (WebhookFilter(updated_at_max=created.updated_at), [created]),
    ):
        page = await ask(scene, ListWebhookSubscriptions(only=only))
        assert isinstance(page, Page)
        assert list(page.items) == expected
        assert await ask(scene, CountWebhookSubscriptions(only=only)) == len(expected)
    assert await ask(scene, CountWebhookSubscriptions(), Caller(app_id=scene.app.id + 1)) == 0


async def test_a_filter_chooses_what_is_told(scene: Stage) -> None:
    await scene.subscribe("orders/create", filter="line_items.quantity:>=2 AND financial_status:paid")
    await scene.shop.order((scene.tee, 1))
    many = await scene.shop.order((scene.tee, 2))
    await scene.settle()
    assert [body["id"] for body in scene.ear.bodies("orders/create")] == [many.id]


def test_a_long_filter_over_a_long_order_is_read_soon() -> None:
    """It is read in the transaction that writes the order. The time is a guard, not a measure."""
    filter = " OR ".join(f"line_items.properties.name:{number}" for number in range(60))
    body = {"line_items": [{"properties": [{"name": "n"}] * 10}] * 250}
    started = time.process_time()
    assert not passes(filter, body)
    with pytest.raises(Invalid):
        check_filter("a" * 2000)
    assert time.process_time() - started < 5


async def test_a_topic_has_fifty_addresses_at_most(scene: Stage) -> None:
    for number in range(50):
        await subscribe(scene, address=f"{ADDRESS}/{number}")
    with pytest.raises(Invalid, match="can't be more than 50 for this topic"):
        await subscribe(scene)
    assert (await subscribe(scene, topics=("orders/updated",))).address == ADDRESS


async def test_a_body_can_be_xml(scene: Stage) -> None:
    made = await scene.subscribe(
        "orders/create", format=WebhookFormat.XML, fields=("id", "name", "line_items", "closed_at")
    )
    order = await scene.shop.order((scene.tee, 2))
    await scene.shop.dispatch(SendTestWebhook(subscription_id=made.id), scene.caller)
    await scene.settle()
    heard = sorted(scene.ear.heard, key=lambda each: "x-shopify-test" in each[1])  # which goes first is not promised
    (_, headers, body), (_, tried, _) = heard
    assert headers["content-type"] == tried["content-type"] == "application/xml"
    assert tried["x-shopify-test"] == "true"
    root = ElementTree.fromstring(body)
    assert (root.tag, root.findtext("id"), root.findtext("name")) == ("order", str(order.id), order.name)
    assert root.findtext("line-items/line-item/quantity") == "2"
    closed = root.find("closed-at")
    assert closed is not None
    assert closed.get("nil") == "true"


async def test_a_delivery_says_the_name_and_the_version_that_were_asked_for(scene: Stage) -> None:
    await scene.subscribe("orders/create", name="mine", api_version="2026-01")
    await scene.subscribe("orders/create", "/old", api_version="2024-01")
    await scene.shop.order((scene.tee, 1))
    await scene.settle()
    said = {
        path: (headers.get("x-shopify-name"), headers["x-shopify-api-version"]) for path, headers, _ in scene.ear.heard
    }
    assert said == {"/app/hooks": ("mine", "2026-01"), "/app/old": (None, "2025-10")}


async def test_one_that_failed_to_the_end_is_gone_for_its_app_and_can_be_made_again(scene: Stage) -> None:
    made = await scene.subscribe("orders/create")
    scene.ear.status = 500
    await scene.shop.order((scene.tee, 1))
    await scene.advance(hours=6)
    with pytest.raises(NotFound):
        await ask(scene, GetWebhookSubscription(subscription_id=made.id))
    assert await ask(scene, CountWebhookSubscriptions()) == 0
    (kept,) = (await ask(scene, ListWebhookSubscriptions(), Caller())).items
    assert kept.removed
    assert kept.disabled_reason == "given up after 9 attempts: answered 500"
    again = await scene.subscribe("orders/create")
    with pytest.raises(Invalid, match=TAKEN):  # the merchant cannot take the old one up beside it
        await scene.shop.dispatch(ChangeWebhookSubscription(subscription_id=made.id))
    assert again.id != made.id


async def test_an_app_that_is_being_uninstalled_subscribes_to_nothing(scene: Stage) -> None:
    assert scene.caller.app_id is not None
    async with scene.shop.pool.acquire() as connection, connection.transaction():
        await uninstall_app(
            connection,
            UninstallApp(app_id=scene.caller.app_id),
            WriteContext(
                shop_id=scene.shop.shop_id, caller=MERCHANT, at=NOW, actor="merchant", callback_urls=UrlPolicy()
            ),
        )
        late = asyncio.create_task(subscribe(scene))
        assert not (await asyncio.wait([late], timeout=0.3))[0]
    with pytest.raises(NotPermitted):
        await late
    assert await scene.shop.pool.fetchval("SELECT count(*) FROM webhook_subscriptions") == 0
