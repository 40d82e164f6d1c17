"""29 Next's webhooks and location callbacks: managed over its API, sent over real HTTP, tried again, given up."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from crossdock.dialects.next29.retries import RETRY_DELAYS
from crossdock.domain.apps import RevokeTokens, UninstallApp
from crossdock.domain.catalogue import ProductVariant
from crossdock.domain.commands import SubmitFulfillmentRequest
from crossdock.domain.deliveries import DeliveriesReplayed, ReplayDeliveries
from crossdock.domain.orders import FinancialStatus, Order
from crossdock.domain.refusals import Invalid
from crossdock.domain.shops import SetRequestDelay
from crossdock.domain.subscriptions import SendTestWebhook
from crossdock.runtime.clock import MovableClock
from crossdock.sandbox.clock import advance, settle
from crossdock.store.setup import create_app
from tests.store.hearing import Ear, ear
from tests.store.next29_calls import ADDRESS, Api, Next29, next29_shop
from tests.store.scene import NOW, new_order
from tests.store.test_api_worker import working

SECRET = "hush-hush"
EVENTS = ["order.created", "order.updated", "fulfillment.created", "fulfillment.updated"]


@dataclass
class Stage:
    """A shop at work beside an app that hears, and answers as told."""

    acme: Next29
    hears: Ear
    dock: int
    tee: ProductVariant

    @property
    def app(self) -> Api:
        return self.acme.desk

    async def subscribe(self, *events: str, path: str = "/hooks", **more: Any) -> Any:
        body = {"events": list(events or EVENTS), "target": self.hears.url + path, "secret_key": SECRET}
        return await self.app.ok("POST", "webhooks/", body | more)

    async def app_id(self) -> int:
        """Return the app that subscribes."""
        shop_id = self.acme.shop.shop_id
        store = self.acme.served.store
        return (await create_app(store.pool, store.vault, NOW, shop_id, name="Order desk", platform="next29")).id

    async def order(self) -> Order:
        return await self.acme.shop.order((self.tee, 2))

    async def requested(self) -> int:
        """Make an order that is to be shipped from the dock, and ask for it; return its fulfillment order."""
        (work,) = (await self.order()).fulfillment_orders
        await self.acme.shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=work.id))
        return work.id

    async def settle(self) -> None:
        await settle([self.acme.served.store.pool])

    async def advance(self, **time: float) -> None:
        await advance([self.acme.served.store.pool], timedelta(**time).total_seconds())

    async def now(self) -> datetime:
        return await MovableClock(self.acme.served.store.pool).now()

    async def messages(self, kind: str) -> list[Any]:
        rows = await self.acme.served.store.pool.fetch("SELECT * FROM messages WHERE kind = $1 ORDER BY id", kind)
        return list(rows)

    @property
    def said(self) -> list[Any]:
        """The envelopes that were heard, each verified in both ways."""
        return [verified(headers, body) for path, headers, body in self.hears.heard if "x-29next-signature" in headers]


def verified(headers: dict[str, str], body: bytes) -> Any:
    """Return an envelope, checked as the two kinds of receivers check it."""
    envelope = json.loads(body)
    for text in (body, json.dumps(envelope).encode()):
        assert hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest() == headers["x-29next-signature"]
    return envelope


@pytest_asyncio.fixture
async def quiet(store_database: str) -> AsyncIterator[Stage]:
    """The stage as long as nothing is sent."""
    async with AsyncExitStack() as stack:
        acme = await stack.enter_async_context(next29_shop(store_database))
        hears = await stack.enter_async_context(ear())
        dock = await acme.warehouse.ok(
            "POST", "locations/", {"name": "Dock", "address": ADDRESS, "callback_url": f"{hears.url}/"}
        )
        product = await acme.shop.product("TEE-åäö")
        await acme.shop.stock(product.variants[0], dock["id"], 50)
        yield Stage(acme, hears, dock["id"], product.variants[0])
        assert await acme.shop.offences() == []


@pytest_asyncio.fixture
async def stage(quiet: Stage) -> AsyncIterator[Stage]:
    async with working(quiet.acme.served.store):
        yield quiet


async def ship(stage: Stage, work: int) -> Any:
    await stage.acme.warehouse.ok("POST", f"fulfillment-orders/{work}/fulfillment-request/accept/")
    parcel = {"tracking_info": [{"carrier": "dhl", "tracking_code": "ÅÄÖ-1"}], "notify": False}
    return await stage.acme.warehouse.ok("POST", f"fulfillment-orders/{work}/fulfillments/", parcel)


async def test_a_webhook_is_made_read_changed_and_ended(stage: Stage) -> None:
    made = await stage.subscribe(name="Mine", version="2023-02-10")
    assert made | {"id": 0, "created_at": "", "updated_at": ""} == {
        "id": 0,
        "name": "Mine",
        "events": EVENTS,
        "target": f"{stage.hears.url}/hooks",
        "secret_key": SECRET,
        "api_version": "2023-02-10",
        "active": True,
        "warning_count": 0,
        "next_check_date": None,
        "created_at": "",
        "updated_at": "",
    }
    place = f"webhooks/{made['id']}/"
    read = await stage.app.ok("GET", place)
    assert read == made | {"secret_key": None}
    changed = await stage.app.ok("PATCH", place, {"active": False, "events": ["store.updated"], "name": ""})
    assert (changed["active"], changed["events"], changed["name"]) == (False, ["store.updated"], None)
    assert (await stage.app.ok("GET", "webhooks/?active=true"))["results"] == []
    # A client sends back what it has read.
    whole = await stage.app.ok("PUT", place, read | {"secret_key": "another"})
    assert (whole["active"], whole["events"], whole["secret_key"]) == (True, EVENTS, "another")
    other = await stage.subscribe("order.created", name="Other")
    assert len(other["secret_key"]) > 0
    listed = await stage.app.ok("GET", "webhooks/")
    assert [each["id"] for each in listed["results"]] == [other["id"], made["id"]]
    assert [each["secret_key"] for each in listed["results"]] == [None, None]
    for query in ("events=fulfillment.created,store.updated", "name=Mine", "active=true&limit=1&name=Mine"):
        found = await stage.app.ok("GET", f"webhooks/?{query}")
        assert [each["id"] for each in found["results"]] == [made["id"]]
    assert await stage.app.ok("DELETE", place) is None
    await stage.app.refused("GET", place, status=404)
    assert [each["id"] for each in (await stage.app.ok("GET", "webhooks/"))["results"]] == [other["id"]]


async def test_nobody_is_told_of_a_topic_more_than_fifty_times(quiet: Stage) -> None:
    for _ in range(50):
        last = await quiet.subscribe("order.created")
    other = await quiet.subscribe("order.updated")
    await quiet.subscribe("order.updated", "fulfillment.created")
    both = {"events": ["order.updated", "order.created"]}
    await quiet.app.refused("POST", "webhooks/", both | {"target": f"{quiet.hears.url}/"}, status=400)
    await quiet.app.refused("PATCH", f"webhooks/{other['id']}/", both, status=400)
    changed = await quiet.app.ok("PATCH", f"webhooks/{last['id']}/", both)
    assert changed["events"] == both["events"], "it was one of the fifty"


async def test_a_secret_is_made_up_where_none_is_given_and_stands_nowhere_readable(stage: Stage) -> None:
    first = await stage.subscribe("order.created", secret_key=None)
    second = await stage.subscribe("order.created")  # the same once more
    assert len(first["secret_key"]) >= 32
    await stage.app.ok("PATCH", f"webhooks/{second['id']}/", {"secret_key": "replaced-hush"})
    await stage.app.refused("POST", "webhooks/", {"events": ["no.event"], "target": "x", "secret_key": "in-vain-hush"})
    kept = await stage.acme.served.store.pool.fetchval(
        """
        SELECT string_agg(t, '') FROM (
            SELECT (m.*)::text || convert_from(request_body, 'UTF8')
                || coalesce(convert_from(answer_body, 'UTF8'), '') AS t FROM messages m
            UNION ALL SELECT (w.*)::text FROM webhook_subscriptions w
            UNION ALL SELECT (k.*)::text || convert_from(body, 'UTF8') FROM idempotency_keys k
        ) all_of_it
        """
    )
    assert "order.created" in kept
    for secret in (first["secret_key"], SECRET, "replaced-hush", "in-vain-hush"):
        assert secret not in kept


async def test_a_repeated_call_makes_one_webhook_and_tells_its_secret_once(stage: Stage) -> None:
    body = {"events": ["order.created"], "target": f"{stage.hears.url}/hooks"}
    client = stage.app.client
    first, again = [
        await client.post("/api/admin/webhooks/", body, idempotency_key="k1", content_type="application/json")
        for _ in range(2)
    ]
    assert first.json["secret_key"]
    assert again.json == first.json | {"secret_key": None}
    assert again.headers["idempotent-replayed"] == "true"
    assert len((await stage.app.ok("GET", "webhooks/"))["results"]) == 1


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"events": None}, "events"),
    ({"events": []}, "events"),
    ({"events": ["order.eaten"]}, "events"),
    ({"events": [1]}, "events"),
    ({"target": None}, "target"),
    ({"target": " "}, "target"),
    ({"target": "ftp://app.example.se/"}, "target"),
    ({"target": "https://10.0.0.1/hooks"}, "target"),
    ({"target": "https://app.example.se/" + "x" * 240}, "target"),
    ({"api_version": "1999-01-01"}, "api_version"),
    ({"active": "perhaps"}, "active"),
    ({"secret_key": "x" * 256}, "secret_key"),
]


async def test_what_is_wrong_with_a_webhook_is_said_of_its_field(quiet: Stage) -> None:
    good = {"events": ["order.created"], "target": "https://app.example.se/hooks"}
    made = await quiet.app.ok("POST", "webhooks/", good)
    for more, field in REFUSED:
        for method, path in (("POST", "webhooks/"), ("PUT", f"webhooks/{made['id']}/")):
            problem = await quiet.app.refused(method, path, good | more)
            assert list(problem) == [field], more
            assert "shopify" not in json.dumps(problem).lower()
    assert await quiet.app.ok("GET", f"webhooks/{made['id']}/") == made | {"secret_key": None}


async def test_webhooks_need_their_permission_and_are_the_apps_own(stage: Stage) -> None:
    made = await stage.subscribe("order.created")
    reader = await stage.acme.api("webhooks:read", name="Another")
    assert (await reader.ok("GET", "webhooks/"))["results"] == []
    await reader.refused("GET", f"webhooks/{made['id']}/", status=404)
    await reader.refused("DELETE", f"webhooks/{made['id']}/", status=403)
    writer = await stage.acme.api("webhooks:write", name="Another")
    for method in ("PUT", "PATCH", "DELETE"):
        body = None if method == "DELETE" else {"events": ["order.created"], "target": "https://x.example.se/"}
        await writer.refused(method, f"webhooks/{made['id']}/", body, status=404)
    await stage.acme.warehouse.refused("GET", "webhooks/", status=403)
    # When no token is left, nothing is told to an app that is installed still.
    ended = await stage.acme.shop.dispatch(RevokeTokens(app_id=await stage.app_id()))
    await stage.order()
    await stage.settle()
    assert (ended, stage.hears.heard) == (1, [])


async def test_an_app_is_told_in_signed_envelopes_of_what_happens(stage: Stage) -> None:
    made = await stage.subscribe()
    work = await stage.requested()
    shipped = await ship(stage, work)
    events = f"orders/{shipped['order_number']}/fulfillments/{shipped['id']}/events/"
    place = {"latitude": 55.7047, "longitude": 13.191, "message": "på väg"}
    for status in ("in_transit", "in_transit", "picked_up", "delivered"):
        await stage.app.ok("POST", events, {"status": status, **place})
    await stage.settle()
    told = [each["event_type"] for each in stage.said]
    assert told == [
        *("order.created", "order.updated", "order.updated"),  # made, requested, accepted
        *("fulfillment.created", "order.updated"),
        *("fulfillment.updated", "order.updated"),  # in transit, and nothing for what only has another date
        *("fulfillment.updated", "order.updated"),  # delivered
    ]
    order, parcel = stage.said[0], stage.said[-2]
    assert order["object"] == "order"
    assert order["webhook"] == {
        "id": made["id"],
        "store": "acme",
        "events": EVENTS,
        "target": f"{stage.hears.url}/hooks",
    }
    assert order["data"]["number"] == shipped["order_number"]
    assert parcel["data"]["delivery_status"] == "delivered"
    assert parcel["data"]["tracking_code"] == "ÅÄÖ-1"
    read = await stage.app.ok("GET", f"orders/{shipped['order_number']}/fulfillments/{shipped['id']}/")
    images = {line["product_image"]: line.pop("product_image") for line in (*parcel["data"]["line_items"],)}
    assert all(image.startswith("https://acme.example/") for image in images)
    assert all(line.pop("product_image") for line in read["line_items"])
    assert parcel["data"] == read


async def test_a_location_is_called_and_the_call_names_the_store(stage: Stage) -> None:
    work = await stage.requested()
    await stage.settle()
    ((path, headers, body),) = stage.hears.heard
    assert path == "/app/fulfillment-order-notification/"
    assert json.loads(body) == {"type": "fulfillment_requested"}
    assert headers["x-29next-store"] == "acme"
    assert "x-29next-signature" not in headers
    await stage.acme.warehouse.ok("POST", f"fulfillment-orders/{work}/fulfillment-request/accept/")
    await stage.app.ok("POST", f"fulfillment-orders/{work}/cancellation-request/")
    await stage.settle()
    assert json.loads(stage.hears.heard[-1][2]) == {"type": "cancellation_requested"}


async def test_only_200_tells_that_it_came_and_what_is_sent_again_is_the_same(stage: Stage) -> None:
    made = await stage.subscribe("order.created")
    stage.hears.status = 204
    await stage.requested()
    await stage.settle()
    assert [each["status"] for each in await stage.messages("webhook")] == ["waiting"]
    trouble = await stage.app.ok("GET", f"webhooks/{made['id']}/")
    assert (trouble["active"], trouble["warning_count"]) == (True, 1)
    due = datetime.fromisoformat(trouble["next_check_date"]) - await stage.now()
    assert timedelta(seconds=20) < due <= timedelta(seconds=34)
    stage.hears.status = 200
    await stage.advance(seconds=60)
    assert [each["status"] for each in await stage.messages("webhook")] == ["delivered"]
    assert [each["status"] for each in await stage.messages("fulfillment_order_notification")] == ["delivered"]
    first, again = stage.said
    assert first == again
    calm = await stage.app.ok("GET", f"webhooks/{made['id']}/")
    assert (calm["warning_count"], calm["next_check_date"]) == (0, None)


async def test_an_endpoint_that_is_gone_is_not_tried_again(stage: Stage) -> None:
    made = await stage.subscribe("order.created")
    stage.hears.status = 410
    await stage.order()
    await stage.settle()
    (dead,) = await stage.messages("webhook")
    assert (dead["status"], dead["attempts"], dead["reason"]) == ("dead", 1, "the endpoint is gone (410)")
    read = await stage.app.ok("GET", f"webhooks/{made['id']}/")
    assert (read["active"], read["warning_count"]) == (False, 1)
    heard = len(stage.hears.heard)
    await stage.order()
    await stage.advance(days=12)
    assert len(stage.hears.heard) == heard


async def test_ten_days_beside_a_dead_endpoint_switch_a_webhook_off_and_it_can_be_taken_up_again(stage: Stage) -> None:
    made = await stage.subscribe("order.created")
    stage.hears.status = 500
    began = await stage.now()
    await stage.order()
    await stage.settle()
    await stage.advance(days=9)
    (message,) = await stage.messages("webhook")
    assert (message["status"], message["attempts"]) == ("waiting", len(RETRY_DELAYS))
    await stage.order()  # is given up with the webhook
    await stage.advance(days=3)
    first, second = await stage.messages("webhook")
    assert (first["status"], first["attempts"]) == ("dead", 1 + len(RETRY_DELAYS))
    assert first["reason"].startswith("given up after 11 attempts")
    assert timedelta(days=10) < first["finished_at"] - began < timedelta(days=12)
    assert second["status"] == "cancelled"
    read = await stage.app.ok("GET", f"webhooks/{made['id']}/")
    assert (read["active"], read["warning_count"]) == (False, 1 + len(RETRY_DELAYS))
    stage.hears.status = 200
    stage.hears.heard.clear()
    back = await stage.app.ok("PATCH", f"webhooks/{made['id']}/", {"active": True})
    assert (back["active"], back["warning_count"]) == (True, 0)
    both = DeliveriesReplayed(count=2, last=None)
    assert await stage.acme.shop.dispatch(ReplayDeliveries(since=began)) == both
    await stage.order()
    await stage.settle()
    assert [each["event_type"] for each in stage.said] == ["order.created"] * 3


async def test_what_is_switched_off_hears_nothing_and_an_example_finds_its_way(stage: Stage) -> None:
    made = await stage.subscribe("order.created", active=False)
    await stage.order()
    await stage.settle()
    assert stage.hears.heard == []
    await stage.acme.shop.dispatch(SendTestWebhook(subscription_id=made["id"]))
    await stage.settle()
    (example,) = stage.said
    assert (example["event_type"], example["data"]) == ("order.created", {"id": 0})


async def test_a_new_secret_signs_what_is_tried_again(stage: Stage) -> None:
    made = await stage.subscribe("order.created", secret_key="the-old-one")
    stage.hears.status = 503
    await stage.order()
    await stage.settle()
    await stage.app.ok("PATCH", f"webhooks/{made['id']}/", {"secret_key": SECRET})
    stage.hears.status = 200
    stage.hears.heard.clear()
    await stage.advance(minutes=1)
    assert len(stage.said) == 1


async def test_an_app_that_is_put_out_is_told_so_with_its_own_secret(stage: Stage) -> None:
    await stage.subscribe("app.uninstalled")
    store = stage.acme.served.store
    app = await create_app(store.pool, store.vault, NOW, stage.acme.shop.shop_id, name="Order desk", platform="next29")
    stage.hears.status = 500
    await stage.acme.shop.dispatch(UninstallApp(app_id=app.id))
    await stage.settle()
    stage.hears.status = 200
    await stage.advance(minutes=1)
    first, again = stage.said
    assert first == again
    assert (first["event_type"], first["object"]) == ("app.uninstalled", "app")
    assert first["data"]["client_id"] == app.client_id
    assert first["data"]["name"] == "Order desk"
    assert app.client_secret not in json.dumps(first)


async def test_requests_that_become_due_together_are_one_call_to_their_location(quiet: Stage) -> None:
    orders = [await quiet.order() for _ in range(3)]
    for order in orders:
        (work,) = order.fulfillment_orders
        await quiet.acme.shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=work.id))
    notices = await quiet.messages("fulfillment_order_notification")
    assert [each["status"] for each in notices] == ["waiting", "cancelled", "cancelled"]
    async with working(quiet.acme.served.store):
        await quiet.settle()
        waiting = await quiet.acme.warehouse.ok(
            "GET", "assigned-fulfillment-orders/?assignment_status=fulfillment_requested"
        )
    assert len(quiet.hears.heard) == 1
    assert len(waiting["results"]) == 3


async def test_an_app_may_call_the_store_while_it_answers(stage: Stage) -> None:
    """The vendor's demo app pulls and accepts before it answers: nothing may be locked meanwhile."""
    accepted: list[str] = []

    async def pull() -> None:
        page = await stage.acme.warehouse.ok(
            "GET", "assigned-fulfillment-orders/?assignment_status=fulfillment_requested"
        )
        for work in page["results"]:
            answer = await stage.acme.warehouse.ok(
                "POST", f"fulfillment-orders/{work['id']}/fulfillment-request/accept/"
            )
            accepted.append(answer["status"])

    stage.hears.meanwhile = pull
    await stage.requested()
    await stage.settle()
    assert accepted == ["processing"]
    (notice,) = await stage.messages("fulfillment_order_notification")
    assert (notice["status"], notice["attempts"]) == ("delivered", 1)


async def test_services_are_asked_when_the_delay_since_an_order_was_made_is_over(stage: Stage) -> None:
    shop = stage.acme.shop
    for minutes in (9, 4321):
        with pytest.raises(Invalid, match="between 10 and 4320 minutes"):
            await shop.dispatch(SetRequestDelay(delay=timedelta(minutes=minutes)))
    await shop.dispatch(SetRequestDelay(delay=timedelta(minutes=30)))
    paid = new_order((stage.tee, 1))
    for other in (replace(paid, test=True), replace(paid, financial_status=FinancialStatus.PENDING)):
        await shop.dispatch(other)
    held, asked, waiting = [(await stage.order()).fulfillment_orders[0].id for _ in range(3)]
    await stage.app.ok("POST", f"fulfillment-orders/{held}/hold/", {"reason": "high_risk"})
    await stage.app.ok("POST", f"fulfillment-orders/{asked}/fulfillment-request/")
    await stage.settle()
    assert len(stage.hears.heard) == 1  # asked for by the merchant
    await stage.advance(minutes=29)
    assert len(stage.hears.heard) == 1
    await stage.advance(minutes=2)
    path = "assigned-fulfillment-orders/?assignment_status=fulfillment_requested"
    assert {each["id"] for each in (await stage.acme.warehouse.ok("GET", path))["results"]} == {asked, waiting}
    assert len(stage.hears.heard) == 2
    # What is released late is asked for at once: the clock began with the order.
    await stage.app.ok("POST", f"fulfillment-orders/{held}/release-hold/")
    await stage.settle()
    assert len(stage.hears.heard) == 3
    await shop.dispatch(SetRequestDelay(delay=None))
    await stage.order()
    await stage.advance(hours=80)
    assert len(stage.hears.heard) == 3
