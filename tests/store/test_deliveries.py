"""Webhooks and notifications: who is told what, once, in order, and what becomes of an endpoint that is dead."""

from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from crossdock.dialects.shopify import callback
from crossdock.dialects.shopify.retries import RETRY_DELAYS
from crossdock.dialects.shopify.silent_topics import SILENT
from crossdock.dialects.shopify.webhooks import TOLD, TOPICS
from crossdock.domain.access import Caller
from crossdock.domain.commands import AcceptFulfillmentRequest, SubmitFulfillmentRequest
from crossdock.domain.deliveries import DeliveriesReplayed, ReplayDeliveries
from crossdock.domain.refusals import Invalid, NotFound, NotPermitted
from crossdock.domain.subscriptions import (
    ChangeWebhookSubscription,
    DeleteWebhookSubscription,
    SendTestWebhook,
    SubscribeToWebhook,
    WebhookSubscription,
)
from crossdock.runtime.secrets import Vault, new_key
from crossdock.store.database.apps import secret_purpose
from crossdock.store.database.webhooks import find_subscription
from crossdock.store.dispatch.credentials import rotate
from tests.store.hearing import SCOPES, Stage, stage
from tests.store.test_every_action import Hands


async def subscription(scene: Stage, id: int) -> object:
    async with scene.store.pool.acquire() as connection:
        return await find_subscription(connection, scene.shop.shop_id, id, None)


async def test_each_subscription_hears_of_each_event_once_and_in_order(store_database: str) -> None:
    async with stage(store_database) as scene:
        for topic in ("orders/create", "orders/updated", "fulfillment_orders/fulfillment_request_submitted"):
            await scene.subscribe(topic)
        await scene.subscribe("orders/create", "/elsewhere", fields=("id", "name"))
        order = await scene.shop.order((scene.tee, 1))
        work = order.fulfillment_orders[0]
        await scene.shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=work.id, message="Fragile"))
        await scene.settle()
        there = [headers["x-shopify-topic"] for path, headers, _ in scene.ear.heard if path == "/app/hooks"]
        assert there == [
            "orders/create",
            "orders/updated",
            "fulfillment_orders/fulfillment_request_submitted",
            "orders/updated",
        ]
        assert {"id": order.id, "name": order.name} in scene.ear.bodies("orders/create")
        (submitted,) = scene.ear.bodies("fulfillment_orders/fulfillment_request_submitted")
        assert submitted["submitted_fulfillment_order"] == {
            "id": f"gid://shopify/FulfillmentOrder/{work.id}",
            "status": "open",
            "request_status": "submitted",
        }
        assert submitted["fulfillment_order_merchant_request"]["message"] == "Fragile"
        causes = [row["cause"] for row in await scene.messages("webhook")]
        assert len(causes) == len(set(causes)) == 5


async def test_a_delivery_is_signed_and_says_what_it_is(store_database: str) -> None:
    async with stage(store_database) as scene:
        await scene.subscribe("orders/create")
        order = await scene.shop.order((scene.tee, 1))
        await scene.settle()
        ((_, headers, body),) = scene.ear.heard
        assert callback.verify([scene.app.client_secret], body, headers["x-shopify-hmac-sha256"])
        assert headers["x-shopify-shop-domain"] == "acme.example"
        assert UUID(headers["x-shopify-event-id"]).version == 5
        assert headers["x-shopify-order-id"] == str(order.id)
        (message,) = await scene.messages("webhook")
        assert headers["x-shopify-webhook-id"] == message["message_id"]


async def test_an_app_hears_only_of_what_it_may_see(store_database: str) -> None:
    async with stage(store_database) as scene:
        await scene.subscribe("fulfillment_orders/order_routing_complete")
        mug = (await scene.shop.product("MUG")).variants[0]
        await scene.shop.stock(mug, scene.shop.merchant_location, 5)
        order = await scene.shop.order((scene.tee, 1), (mug, 1))
        await scene.settle()
        (told,) = scene.ear.bodies("fulfillment_orders/order_routing_complete")
        mine = next(one for one in order.fulfillment_orders if one.location_id == scene.shop.service.location_id)
        assert told == {"fulfillment_order": {"id": f"gid://shopify/FulfillmentOrder/{mine.id}", "status": "open"}}


async def test_what_cannot_be_subscribed_to_is_refused(store_database: str) -> None:
    async with stage(store_database, scopes=("read_orders",)) as scene:
        await scene.subscribe("orders/create")
        for topic, path in (("orders/create", "/hooks"), ("orders/nonsense", ""), ("fulfillment_orders/moved", "")):
            with pytest.raises(Invalid):
                await scene.subscribe(topic, path)
        with pytest.raises(Invalid):
            await scene.shop.dispatch(
                SubscribeToWebhook(topics=("orders/updated",), address="ftp://x.example/"), scene.caller
            )
        with pytest.raises(NotPermitted):
            await scene.shop.dispatch(SubscribeToWebhook(topics=("orders/updated",), address=scene.ear.url))
        with pytest.raises(NotFound):
            await scene.shop.dispatch(DeleteWebhookSubscription(subscription_id=1), scene.caller)


async def test_a_webhook_that_is_gone_is_missed_until_the_others_are_forgotten_too(store_database: str) -> None:
    async with stage(store_database, scopes=(*SCOPES, "read_products", "read_inventory")) as scene:
        for path in ("/hooks", "/elsewhere"):
            await scene.subscribe("orders/create", path)
        await scene.subscribe("inventory_levels/update")
        asked_for = await scene.subscribe("products/create")
        await scene.shop.dispatch(SendTestWebhook(subscription_id=asked_for.id), scene.caller)
        await scene.shop.order((scene.tee, 1))
        await scene.shop.product("MUG")
        await scene.settle()
        counted = await scene.store.pool.fetch("SELECT action, webhooks FROM fan_outs ORDER BY webhooks")
        assert [(row["action"].partition(":")[0], row["webhooks"]) for row in counted] == [("action", 1), ("order", 3)]
        assert await scene.shop.offences() == []
        for missing in (1, 2):
            await scene.store.pool.execute(
                "DELETE FROM messages WHERE id = (SELECT max(id) FROM messages WHERE kind = 'webhook')"
            )
            missed = [each.row["found"] for each in await scene.shop.offences() if each.invariant == "fan_outs"]
            assert len(missed) == missing
        await scene.age(days=90)
        await scene.advance(days=1)
        assert await scene.store.pool.fetchval("SELECT count(*) FROM fan_outs") == 0
        assert await scene.shop.offences() == []


async def test_another_app_cannot_touch_a_subscription(store_database: str) -> None:
    async with stage(store_database) as scene:
        made = await scene.subscribe("orders/create")
        for command in (
            DeleteWebhookSubscription(subscription_id=made.id),
            ChangeWebhookSubscription(subscription_id=made.id, address=scene.ear.url),
            SendTestWebhook(subscription_id=made.id),
        ):
            with pytest.raises(NotFound):
                await scene.shop.dispatch(command, Caller(app_id=scene.app.id + 1))


async def test_a_test_delivery_arrives(store_database: str) -> None:
    async with stage(store_database) as scene:
        made = await scene.subscribe("orders/create")
        await scene.shop.dispatch(SendTestWebhook(subscription_id=made.id), scene.caller)
        await scene.settle()
        assert scene.ear.bodies("orders/create")[0]["test"] is True


async def test_a_dead_endpoint_gets_the_documented_attempts_and_its_subscription_says_why_it_ended(
    store_database: str,
) -> None:
    async with stage(store_database) as scene:
        made = await scene.subscribe("orders/updated")
        scene.ear.status = 503
        began = await scene.now()
        order = await scene.shop.order((scene.tee, 1))
        (work,) = order.fulfillment_orders
        await scene.shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=work.id))
        await scene.advance(days=3)
        first, second = await scene.messages("webhook")
        assert (first["status"], second["status"]) == ("dead", "cancelled")
        rows = await scene.store.pool.fetch(
            "SELECT started_at FROM message_attempts WHERE message = $1 ORDER BY number", first["id"]
        )
        times = [row["started_at"] for row in rows]
        assert len(times) == len(RETRY_DELAYS) + 1
        gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
        # A settled clock stops at each due time, so only the jitter and a second of our own come on top.
        assert all(delay <= gap <= delay * 1.1 + 1.5 for delay, gap in zip(RETRY_DELAYS, gaps, strict=True)), gaps
        ended = await subscription(scene, made.id)
        assert ended.disabled_reason == "given up after 9 attempts: answered 503"  # type: ignore[attr-defined]

        await scene.shop.dispatch(AcceptFulfillmentRequest(fulfillment_order_id=work.id), scene.caller)
        assert len(await scene.messages("webhook")) == 2
        with pytest.raises(NotFound):  # for its app it is gone, and the merchant takes it up again
            await scene.shop.dispatch(ChangeWebhookSubscription(subscription_id=made.id), scene.caller)
        await scene.shop.dispatch(ChangeWebhookSubscription(subscription_id=made.id))
        scene.ear.status = 200
        scene.ear.heard.clear()
        replayed = await scene.shop.dispatch(ReplayDeliveries(since=began))
        # The two webhooks, and the notification that nobody answered either.
        assert replayed == DeliveriesReplayed(count=3, last=None)
        await scene.settle()
        events = [headers["x-shopify-event-id"] for path, headers, _ in scene.ear.heard if path == "/app/hooks"]
        assert len(set(events)) == 2
        statuses = [body["updated_at"] for body in scene.ear.bodies("orders/updated")]
        assert statuses == sorted(statuses)
        assert await scene.shop.offences() == []


async def test_what_waits_for_a_deleted_subscription_is_given_up(store_database: str) -> None:
    async with stage(store_database) as scene:
        made = await scene.subscribe("orders/create")
        scene.ear.status = 500
        await scene.shop.order((scene.tee, 1))
        await scene.settle()
        await scene.shop.dispatch(DeleteWebhookSubscription(subscription_id=made.id), scene.caller)
        (message,) = await scene.messages("webhook")
        assert (message["status"], message["reason"]) == ("cancelled", "the subscription was deleted")


async def test_a_secret_is_replaced_with_an_overlap(store_database: str) -> None:
    async with stage(store_database) as scene:
        await scene.subscribe("orders/create")
        new = await rotate(
            scene.store.pool,
            scene.store.clock,
            scene.store.vault,
            scene.shop.shop_id,
            scene.app.id,
            overlap=timedelta(hours=2),
        )
        await scene.shop.order((scene.tee, 1))
        await scene.settle()
        await scene.advance(hours=3)
        await scene.shop.order((scene.tee, 1))
        await scene.settle()
        signed_by = [
            [name for name, secret in (("old", scene.app.client_secret), ("new", new))
             if callback.verify([secret], body, headers["x-shopify-hmac-sha256"])]
            for _, headers, body in scene.ear.heard
        ]  # fmt: skip
        assert signed_by == [["old"], ["new"]]


async def test_a_key_that_is_missing_for_a_while_loses_nothing(store_database: str) -> None:
    """An installation started without one of its keys cannot sign; that is nobody else's fault."""
    async with stage(store_database) as scene:
        made = await scene.subscribe("orders/create")
        pool = scene.store.pool
        secret = await pool.fetchval("SELECT client_secret FROM apps WHERE id = $1", scene.app.id)
        lost = Vault((new_key("lost"),)).encrypt("x", purpose=secret_purpose(scene.app.id))
        await pool.execute("UPDATE apps SET client_secret = $1 WHERE id = $2", lost, scene.app.id)
        await scene.shop.order((scene.tee, 1))
        await scene.settle()
        await scene.advance(minutes=2)
        (message,) = await scene.messages("webhook")
        assert (message["status"], message["attempts"]) == ("waiting", 2)
        assert message["reason"].startswith("the app's secret cannot be read: key 'lost' ")
        await pool.execute("UPDATE apps SET client_secret = $1 WHERE id = $2", secret, scene.app.id)
        await scene.advance(minutes=5)
        assert scene.ear.topics == ["orders/create"]
        kept = await subscription(scene, made.id)
        assert isinstance(kept, WebhookSubscription)
        assert kept.disabled_reason is None


async def test_requests_made_at_once_are_announced_by_one_call_and_all_noted(store_database: str) -> None:
    async with stage(store_database) as scene:
        orders = [await scene.shop.order((scene.tee, 1)) for _ in range(12)]
        await scene.store.pool.execute(
            "INSERT INTO endpoints (tenant_id, endpoint, failures, open_until) VALUES ($1, $2, 99, $3)",
            scene.shop.shop_id,
            f"service:{scene.shop.service.id}",
            await scene.now() + timedelta(minutes=1),
        )
        for order in orders:
            await scene.shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=order.fulfillment_orders[0].id))
        await scene.advance(minutes=2)
        notices = await scene.messages("fulfillment_order_notification")
        assert [row["status"] for row in notices] == ["delivered", *["cancelled"] * 11]
        assert len(scene.ear.heard) == 1
        assert await scene.shop.offences() == []


ALL_SCOPES = (
    *("read_products", "read_inventory", "read_locations"),
    "read_orders",
    *(f"write_{kind}_fulfillment_orders" for kind in ("assigned", "merchant_managed", "third_party")),
)


async def test_whatever_is_done_each_topic_has_one_delivery_for_each_event_of_its_kind(store_database: str) -> None:
    async with stage(store_database, scopes=ALL_SCOPES) as scene:
        for topic in TOPICS.keys() - SILENT:
            await scene.subscribe(topic)
        for seed in range(12):
            hands = Hands(scene.shop, seed)
            await hands.prepare()
            order = await hands.new_order()
            for _ in range(30):
                order = await scene.shop.read(order.id)
                await hands.act(order)
        told = {(row["topic"], row["event"]) for row in await scene.store.pool.fetch(TOLD_EVENTS)}
        events = await scene.store.pool.fetch("SELECT order_id, sequence, kind FROM events")
        due = {
            (topic, f"order:{row['order_id']}:{row['sequence']}")
            for row in events
            for topic, _ in TOLD.get(row["kind"], ())
        }
        told_of_events = {
            (topic, ":".join(event.split(":")[:3]))
            for topic, event in told
            if event.startswith("order:") and topic not in {"orders/updated", *SOMETIMES}
        }
        assert told_of_events == {each for each in due if each[0] not in SOMETIMES}
        assert len({topic for topic, _ in due}) > 15, {topic for topic, _ in due}
        await scene.settle()
        assert await scene.shop.offences() == []


# Told only where it has come to that: an order is paid, the last hold is lifted.
SOMETIMES = ("orders/paid", "fulfillment_orders/hold_released")
TOLD_EVENTS = "SELECT command->>'topic' AS topic, command->>'event' AS event FROM messages WHERE kind = 'webhook'"
