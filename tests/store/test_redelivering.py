"""Deliveries sent again, webhooks tried out, secrets and tokens replaced: by the merchant's pages and by commands."""

import io
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from rich.console import Console

from crossdock.cli import access, redelivering
from crossdock.cli.desks import Desk
from crossdock.cli.problems import Problem
from crossdock.dialects.shopify import callback
from crossdock.domain.commands import SubmitFulfillmentRequest
from crossdock.domain.deliveries import DeliveriesReplayed, ReplayDeliveries, ReplayDelivery
from crossdock.domain.refusals import Invalid, NotFound
from crossdock.domain.subscriptions import DeleteWebhookSubscription
from crossdock.runtime.exchange.second_thoughts import MOST_AT_ONCE
from crossdock.store.app import web
from crossdock.store.jobs.announcements import endpoint_of
from crossdock.store.setup import create_app, create_shop, issue_token
from tests.store.calls import Client, Reply
from tests.store.hearing import Stage, stage
from tests.store.scene import NOW

FORM = "application/x-www-form-urlencoded"


@dataclass
class Shop:
    """A shop with a worker and an app that hears, the merchant's browser, and a shell."""

    scene: Stage
    browser: Client
    url: str

    async def see(self, path: str) -> str:
        page = await self.browser.get(f"/shops/acme/{path}")
        assert page.status == 200, page.body
        return page.body.decode()

    async def post(self, path: str, **fields: object) -> Reply:
        body = urlencode(fields).encode()
        return await self.browser.send("POST", f"/shops/acme/{path}", body, content_type=FORM)

    def shell(self) -> tuple[Desk, io.StringIO]:
        told = io.StringIO()
        return Desk(url=self.url, shop="acme", console=Console(file=told, width=200)), told

    async def ordered(self) -> None:
        """Make an order whose service is asked to ship it."""
        order = await self.scene.shop.order((self.scene.tee, 1))
        (work,) = order.fulfillment_orders
        await self.scene.shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=work.id))

    async def silent(self) -> None:
        """Let three days pass beside an app that answers nothing, then heal it."""
        self.scene.ear.status = 503
        await self.ordered()
        await self.scene.advance(days=3)
        self.scene.ear.status = 200
        self.scene.ear.heard.clear()


@pytest_asyncio.fixture
async def shop(store_database: str) -> AsyncIterator[Shop]:
    async with stage(store_database) as scene:
        yield Shop(scene, Client(web(scene.store), None), store_database)


def rows(page: str) -> list[tuple[str, str]]:
    """Return what each row of a page is about, and its badge."""
    found = re.findall(r'<tr id="(?:delivery|webhook)-\d+">(.*?)</tr>', page, re.DOTALL)
    return [
        (
            re.sub("<.*?>", "", re.findall(r"<strong>(.*?)</strong>", row)[0]),
            re.findall(r'class="badge[^"]*"><svg.*?</svg>([^<]+)<', row)[0],
        )
        for row in found
    ]


async def test_an_app_that_was_dead_is_tried_out_taken_up_again_and_told_what_it_missed(shop: Shop) -> None:
    made = await shop.scene.subscribe("orders/updated")
    began = await shop.scene.now()
    await shop.silent()
    failed = [
        ("orders/updated", "Not sent"),
        ("Fulfillment order notification", "Failed"),
        ("orders/updated", "Failed"),
    ]
    page = await shop.see("deliveries?view=failed")
    assert rows(page) == failed
    assert page.count(">#1001</a>") == len(failed)  # each says of which order it tells
    assert rows(await shop.see("webhooks")) == [("orders/updated", "Disabled")]

    assert (await shop.post(f"webhooks/{made.id}/test")).status == 303
    await shop.scene.settle()
    assert [headers["x-shopify-test"] for _, headers, _ in shop.scene.ear.heard] == ["true"]
    assert (await shop.post(f"webhooks/{made.id}/enable")).status == 303
    assert rows(await shop.see("webhooks")) == [("orders/updated", "On")]

    again = await shop.post("deliveries/replay", since=f"{began:%Y-%m-%dT%H:%M}", until="", receiver="")
    assert "3 sent again, in their order." in await shop.see(again.headers["location"].removeprefix("/shops/acme/"))
    await shop.scene.settle()
    assert len(shop.scene.ear.bodies("orders/updated")) == 3  # the test, and what it had missed
    assert "Everything arrived" in await shop.see("deliveries?view=failed")
    assert await shop.scene.shop.offences() == []


async def test_one_delivery_is_sent_again_with_the_id_that_it_had(shop: Shop) -> None:
    await shop.scene.subscribe("orders/create")
    await shop.scene.shop.order((shop.scene.tee, 1))
    await shop.scene.settle()
    (message,) = await shop.scene.messages("webhook")
    answer = await shop.post(f"deliveries/{message['id']}/replay", view="failed")
    assert answer.headers["location"] == "/shops/acme/deliveries?view=failed&done=one"
    await shop.scene.settle()
    ids = [headers["x-shopify-webhook-id"] for _, headers, _ in shop.scene.ear.heard]
    assert ids == [message["message_id"]] * 2


async def test_what_cannot_be_sent_again_is_refused_in_words(shop: Shop) -> None:
    await shop.scene.subscribe("orders/create")
    shop.scene.ear.status = 503
    await shop.scene.shop.order((shop.scene.tee, 1))
    await shop.scene.settle()
    (message,) = await shop.scene.messages("webhook")
    answer = await shop.post(f"deliveries/{message['id']}/replay")
    assert (answer.status, b"it is still on its way" in answer.body) == (409, True)
    for nobodys in ("424242", "9" * 30, "x"):
        assert (await shop.post(f"deliveries/{nobodys}/replay")).status == 404
        assert (await shop.post(f"webhooks/{nobodys}/test")).status == 404
    for fields in ({"since": ""}, {"since": "soon"}, {"since": "2026-11-21T14:00", "until": "2026-11-21T14:00"}):
        assert (await shop.post("deliveries/replay", **fields)).status == 422
    assert (await shop.post("webhooks/1/uninstall")).status == 404


async def test_another_shops_deliveries_are_nobodys_here(shop: Shop) -> None:
    made = await shop.scene.subscribe("orders/updated")
    await shop.silent()
    store = shop.scene.store
    await create_shop(store.pool, NOW, name="Other", subdomain="other", domain="other.example", email="o@x.yz")
    (message, _) = await shop.scene.messages("webhook")
    there = f"/shops/other/deliveries/{message['id']}/replay"
    assert (await shop.browser.send("POST", there, b"", content_type=FORM)).status == 404
    there = f"/shops/other/webhooks/{made.id}/test"
    assert (await shop.browser.send("POST", there, b"", content_type=FORM)).status == 404
    assert rows((await shop.browser.get("/shops/other/deliveries")).body.decode()) == []
    assert rows((await shop.browser.get("/shops/other/webhooks")).body.decode()) == []
    theirs = Desk(url=shop.url, shop="other", console=Console(file=io.StringIO()))
    await redelivering.replay_all(theirs, ReplayDeliveries(since=NOW - timedelta(days=9)))
    assert "0 deliveries" in theirs.console.file.getvalue()  # type: ignore[attr-defined]


async def test_a_range_sends_nothing_that_was_called_back_or_folded(shop: Shop) -> None:
    """What the merchant or the app has called off is not to go out by the back door."""
    made = await shop.scene.subscribe("orders/create")
    shop.scene.ear.status = 503
    await shop.scene.store.pool.execute(
        "INSERT INTO endpoints (tenant_id, endpoint, failures, open_until) VALUES ($1, $2, 99, $3)",
        shop.scene.shop.shop_id,
        f"service:{shop.scene.shop.service.id}",
        await shop.scene.now() + timedelta(minutes=1),
    )
    for _ in range(3):
        await shop.ordered()
    await shop.scene.shop.dispatch(DeleteWebhookSubscription(subscription_id=made.id), shop.scene.caller)
    shop.scene.ear.status = 200
    await shop.scene.advance(minutes=5)
    shop.scene.ear.heard.clear()
    assert [row["status"] for row in await shop.scene.messages("webhook")] == ["cancelled"] * 3
    notices = await shop.scene.messages("fulfillment_order_notification")
    assert [row["status"] for row in notices] == ["delivered", "cancelled", "cancelled"]
    since = ReplayDeliveries(since=NOW - timedelta(days=9))
    assert await shop.scene.shop.dispatch(since) == DeliveriesReplayed(count=0, last=None)
    everything = ReplayDeliveries(since=NOW - timedelta(days=9), arrived=True)
    assert await shop.scene.shop.dispatch(everything) == DeliveriesReplayed(count=1, last=None)
    await shop.scene.settle()
    assert len(shop.scene.ear.heard) == 1


async def test_a_long_range_is_sent_again_some_thousand_at_a_time(shop: Shop) -> None:
    """A million dead deliveries must not all become due in one transaction."""
    pool = shop.scene.store.pool
    dead = """
        INSERT INTO messages (tenant_id, direction, kind, message_id, endpoint, method, url, credential, profile,
            status, reason, created_at, finished_at, fence)
        SELECT $1, 'out', 'webhook', 'm' || n, 'webhook:nobody', 'POST', 'http://nobody.example/', 'app:1', 'shopify',
            'dead', 'given up', $2, $2, 1
        FROM generate_series(1, $3) n
    """
    await pool.execute(dead, shop.scene.shop.shop_id, NOW, MOST_AT_ONCE + 7)
    waiting = "SELECT count(*) FROM messages WHERE status = 'waiting'"
    first = await shop.post("deliveries/replay", since="2000-01-01T00:00", until="", receiver="webhook:nobody")
    assert await pool.fetchval(waiting) == MOST_AT_ONCE
    page = await shop.see(first.headers["location"].removeprefix("/shops/acme/"))
    (form,) = re.findall(r'<form method="post" action="[^"]*" class="notice done rest">.*?</form>', page, re.DOTALL)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    second = await shop.post("deliveries/replay", **fields)
    assert await pool.fetchval(waiting) == MOST_AT_ONCE + 7
    page = await shop.see(second.headers["location"].removeprefix("/shops/acme/"))
    assert ("7 sent again" in page, 'class="notice done rest"' in page) == (True, False)
    await pool.execute(
        "UPDATE messages SET status = 'dead', reason = 'x', next_attempt_at = NULL, finished_at = $1", NOW
    )
    at, told = shop.shell()
    await redelivering.replay_all(at, ReplayDeliveries(since=NOW, until=NOW + timedelta(seconds=1)))
    assert told.getvalue() == f"{MOST_AT_ONCE + 7} deliveries are sent again\n"


async def test_all_that_waits_for_a_deleted_subscription_is_given_up_however_much(shop: Shop) -> None:
    """Some thousand with it, the rest behind it."""
    pool = shop.scene.store.pool
    made = await shop.scene.subscribe("orders/create")
    waiting = """
        INSERT INTO messages (tenant_id, direction, kind, message_id, endpoint, method, url, credential, profile,
            status, created_at, next_attempt_at, fence, command)
        SELECT $1, 'out', 'webhook', 'm' || n, $4, 'POST', $4, 'app:1', 'shopify', 'waiting', $2, 'infinity', 1,
            jsonb_build_object('subscription_id', $5::bigint)
        FROM generate_series(1, $3) n
    """
    values = (shop.scene.shop.shop_id, NOW, MOST_AT_ONCE + 7, endpoint_of(made.address), made.id)
    await pool.execute(waiting, *values)
    await shop.scene.shop.dispatch(DeleteWebhookSubscription(subscription_id=made.id), shop.scene.caller)
    await shop.scene.settle()
    found = await pool.fetch("SELECT status, count(*) AS count FROM messages WHERE kind = 'webhook' GROUP BY status")
    assert [tuple(row) for row in found] == [("cancelled", MOST_AT_ONCE + 7)]


async def test_an_app_that_is_back_is_not_told_that_it_is_gone(shop: Shop) -> None:
    """Told to erase a shop that it works for again, an app would lose what it needs."""
    pool, shop_id = shop.scene.store.pool, shop.scene.shop.shop_id
    message_id = await pool.fetchval(
        """
        INSERT INTO messages (tenant_id, direction, kind, message_id, endpoint, method, url, credential, profile,
            command, status, reason, created_at, finished_at)
        VALUES ($1, 'out', 'app_parting', 'm', 'e', 'POST', $2, $3, 'shopify', $4, 'dead', 'given up', $5, $5)
        RETURNING id
        """,
        shop_id,
        shop.scene.ear.url,
        f"app:{shop.scene.app.id}",
        {"topic": "shop/redact", "app_id": shop.scene.app.id},
        NOW,
    )
    with pytest.raises(Invalid, match="installed again"):
        await shop.scene.shop.dispatch(ReplayDelivery(delivery_id=message_id))
    none = DeliveriesReplayed(count=0, last=None)
    assert await shop.scene.shop.dispatch(ReplayDeliveries(since=NOW)) == none
    await pool.execute("UPDATE apps SET uninstalled_at = $2 WHERE id = $1", shop.scene.app.id, NOW)
    await shop.scene.shop.dispatch(ReplayDelivery(delivery_id=message_id))
    await shop.scene.settle()
    assert shop.scene.ear.topics == ["shop/redact"]


async def test_the_request_delay_is_switched_on_and_off(shop: Shop) -> None:
    async def delay() -> int | None:
        seconds: int | None = await shop.scene.store.pool.fetchval("SELECT request_after FROM shops")
        return seconds

    assert 'value="merchant" checked' in await shop.see("settings")
    for wrong in ("", "-5", "1.5", "43201", "9" * 30):
        assert (await shop.post("settings/request-delay", who="store", minutes=wrong)).status == 422
    assert await delay() is None
    saved = await shop.post("settings/request-delay", who="store", minutes="45")
    assert "Saved." in await shop.see(saved.headers["location"].removeprefix("/shops/acme/"))
    page = await shop.see("settings")
    assert ('value="store" checked' in page, 'value="45"' in page, await delay()) == (True, True, 2700)
    at, _ = shop.shell()
    assert await access.request_delay(at, None, off=False) == "services are asked to ship 45 minutes after a new order"
    assert await access.request_delay(at, 0, off=False) == "services are asked to ship 0 minutes after a new order"
    assert await delay() == 0
    assert (await shop.post("settings/request-delay", who="merchant", minutes="45")).status == 303
    assert await delay() is None
    assert await access.request_delay(at, None, off=True) == "the merchant asks services to ship"


async def test_a_new_secret_is_shown_once_and_signs_when_the_old_one_is_over(shop: Shop) -> None:
    app = shop.scene.app
    await shop.scene.subscribe("orders/create")
    assert (await shop.post(f"apps/{app.id}/secret", overlap="for ever")).status == 404
    assert (await shop.post("apps/424242/secret", overlap="week")).status == 404
    answer = await shop.post(f"apps/{app.id}/secret", overlap="week")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    (secret,) = re.findall(r"shpss_\w+", answer.body.decode())
    assert "shpss_" not in await shop.see("apps")
    for days in (6, 2):
        await shop.scene.advance(days=days)
        await shop.scene.shop.order((shop.scene.tee, 1))
        await shop.scene.settle()
    signed_by = [
        [callback.verify([each], body, headers["x-shopify-hmac-sha256"]) for each in (app.client_secret, secret)]
        for _, headers, body in shop.scene.ear.heard
    ]
    assert signed_by == [[True, False], [False, True]]


async def test_a_secret_that_leaked_is_worthless_at_once(shop: Shop) -> None:
    app = shop.scene.app
    await shop.scene.subscribe("orders/create")
    (secret,) = re.findall(r"shpss_\w+", (await shop.post(f"apps/{app.id}/secret", overlap="none")).body.decode())
    await shop.scene.shop.order((shop.scene.tee, 1))
    await shop.scene.settle()
    ((_, headers, body),) = shop.scene.ear.heard
    assert callback.verify([secret], body, headers["x-shopify-hmac-sha256"])
    asked = {"client_id": app.client_id, "client_secret": app.client_secret, "grant_type": "client_credentials"}
    path = "/admin/oauth/access_token"
    refused = await shop.browser.post(path, asked, content_type="application/json")
    assert refused.status == 401
    taken = await shop.browser.post(path, {**asked, "client_secret": secret}, content_type="application/json")
    assert taken.status == 200


async def test_an_apps_tokens_end_and_it_stays_installed(shop: Shop) -> None:
    store, app_id = shop.scene.store, shop.scene.app.id
    at = await shop.scene.now()

    async def token() -> Client:
        given = await issue_token(store.pool, at, shop.scene.shop.shop_id, app_id, scopes=("read_orders",))
        return Client(shop.browser.app, given)

    first = await token()
    assert (await first.get("orders.json")).status == 200
    ended = await shop.post(f"apps/{app_id}/tokens")
    assert ended.headers["location"] == "/shops/acme/apps?ended=2"
    assert "2 tokens ended." in await shop.see("apps?ended=2")
    second = await token()
    assert [(await each.get("orders.json")).status for each in (first, second)] == [401, 200]
    desk, _ = shop.shell()
    assert await access.revoke_tokens(desk, "Acme 3PL") == "1 token of Acme 3PL ended"
    assert (await second.get("orders.json")).status == 401
    assert (await (await token()).get("orders.json")).status == 200
    with pytest.raises(Problem, match=r"there is no app 'Nobody'; there is Acme 3PL \(Shopify\)$"):
        await access.revoke_tokens(desk, "Nobody")
    assert (await shop.post("apps/424242/tokens")).status == 404


async def test_apps_of_one_name_are_told_apart_by_their_platforms(shop: Shop) -> None:
    store, shop_id = shop.scene.store, shop.scene.shop.shop_id
    twin = await create_app(store.pool, store.vault, NOW, shop_id, name="Acme 3PL", platform="next29")
    desk, _ = shop.shell()
    both = rf"{shop.scene.app.client_id} \(Shopify\), {twin.client_id} \(29 Next\)$"
    with pytest.raises(Problem, match=f"there are 2 apps 'Acme 3PL': give the client id of .*: {both}"):
        await access.revoke_tokens(desk, "Acme 3PL")
    with pytest.raises(Problem, match=r"there is Acme 3PL \(Shopify\), Acme 3PL \(29 Next\)$"):
        await access.revoke_tokens(desk, "Nobody")
    assert await access.revoke_tokens(desk, twin.client_id) == f"0 tokens of {twin.client_id} ended"


async def test_the_command_line_lists_what_failed_and_sends_it_again(shop: Shop) -> None:
    made = await shop.scene.subscribe("orders/updated")
    await shop.silent()
    desk, told = shop.shell()
    await redelivering.show_webhooks(desk)
    assert "disabled: given up after 9 attempts: answered 503" in told.getvalue()
    await redelivering.send_test(desk, made.id)
    await redelivering.enable(desk, made.id)
    assert f"hears of {made.topic} from now on" in told.getvalue()
    desk, told = shop.shell()
    await redelivering.show_deliveries(desk, "failed", 50)
    assert shop.scene.ear.url.partition("://")[2] in told.getvalue()
    ids = [int(each) for each in re.findall(r"^(\d+) ", told.getvalue(), re.MULTILINE)]
    assert len(ids) == 3
    await redelivering.replay(desk, ids[:1])
    service = shop.scene.shop.service.name
    assert service in told.getvalue()
    with pytest.raises(Problem, match=f"nothing was sent to 'Nobody' since then; there is .*{service}"):
        await redelivering.replay_all(desk, ReplayDeliveries(since=NOW - timedelta(days=9), endpoint="Nobody"))
    await redelivering.replay_all(desk, ReplayDeliveries(since=NOW - timedelta(days=9), endpoint=service))
    assert "1 delivery is sent again" in told.getvalue()
    with pytest.raises(Problem, match="delivery 424242 does not exist"):
        await redelivering.replay(desk, [424242])
    with pytest.raises(Problem, match="before the end"):
        await redelivering.replay_all(desk, ReplayDeliveries(since=NOW, until=NOW))
    with pytest.raises(Problem, match="webhook 424242 does not exist"):
        await redelivering.send_test(desk, 424242)
    await shop.scene.settle()
    told_again = ["orders/updated", callback.NOTIFICATION_TOPIC]
    assert sorted(shop.scene.ear.topics) == sorted(["orders/updated", *told_again])  # the test, and what was named
    desk, told = shop.shell()
    await redelivering.show_deliveries(desk, "failed", 50)
    assert len(re.findall(r"^\d+ ", told.getvalue(), re.MULTILINE)) == 1


async def test_where_nothing_failed_the_command_line_says_what_there_is(shop: Shop) -> None:
    shop.scene.ear.status = 503
    await shop.ordered()
    await shop.scene.settle()
    desk, told = shop.shell()
    await redelivering.show_deliveries(desk, "failed", 50)
    shop.scene.ear.status = 200
    await shop.scene.advance(days=1)
    await redelivering.show_deliveries(desk, "waiting", 50)
    assert [line.partition(";")[0] for line in told.getvalue().splitlines()] == [
        "none failed",
        "in all: 0 failed, 1 waiting, 0 delivered",
        "none waits",
        "in all: 0 failed, 0 waiting, 1 delivered",
    ]


async def test_a_shop_that_is_not_there_is_named(shop: Shop) -> None:
    nowhere = Desk(url=shop.url, shop="nowhere", console=Console(file=io.StringIO()))
    with pytest.raises(Problem, match="there is no shop 'nowhere'; there is acme"):
        await redelivering.show_webhooks(nowhere)
    with pytest.raises(NotFound):
        await shop.scene.shop.dispatch(ReplayDelivery(delivery_id=1))
