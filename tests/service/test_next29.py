"""A warehouse that works for a 29 Next store: what it asks, what it believes, and what it never does."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from aiohttp import web

from crossdock.domain.places import Address
from crossdock.runtime.secrets import Vault
from crossdock.service.database.stores import Store, secret_purpose
from crossdock.service.dispatch import reads
from crossdock.service.setup import NewStore, add_service_token, connect_store
from tests.service.fake_next29 import NAME, TOKEN, FakeNext29, fake_next29
from tests.service.warehouse import API_TOKEN, Reply, Warehouse, call, warehouse, working

DOCK = Address(address1="Kaj 1", city="Lund", zip="22350", country_code="SE")
OURS = "http://127.0.0.1:1"
EVENT = "9b2c2d6e-0b0f-4b0a-9d0b-0c0d0e0f0a0b"


@pytest_asyncio.fixture
async def store() -> AsyncIterator[FakeNext29]:
    async with fake_next29() as each:
        yield each


@pytest_asyncio.fixture
async def house(service_database: str, store: FakeNext29) -> AsyncIterator[Warehouse]:
    """A warehouse connected to the store, at work."""
    async with warehouse(service_database, store) as each:  # type: ignore[arg-type]  # another platform's store
        new = NewStore(url=store.url, token=TOKEN, platform="next29", shop_domain=NAME)
        connected = await connect_store(each.service.caller, new, public_url=OURS, address=DOCK)
        each.store_id = connected.id
        await each.count(TEE=10, MUG=5)
        await add_service_token(each.service.pool, await each.service.clock.now(), name="tests", token=API_TOKEN)
        async with working(each.service):
            await each.settle(within=40)
            yield each
            await each.settle(within=40)
            assert not await each.offences()


async def known(house: Warehouse) -> Store:
    async with house.service.pool.acquire() as connection:
        found = await reads.store(connection, house.store_id)
    assert found is not None
    return found


async def hint(house: Warehouse, kind: str = "fulfillment_requested", *, path: str | None = None, **more: Any) -> Reply:
    """Send word as anybody can."""
    body = more.get("body", json.dumps({"type": kind}).encode())
    path = path or f"/callbacks/{house.store_id}/fulfillment-order-notification/"
    return await call(house.app, "POST", path, headers={"X-29Next-Store": more.get("store", NAME)}, body=body)


async def webhook(house: Warehouse, event: str, *, sent: bytes | None = None, signed: bytes | None = None) -> Reply:
    """Send a webhook; `signed`: the text that the signature is of, if it is not what is sent."""
    envelope = {"event_id": EVENT, "event_type": event, "data": {"note": "Ångström", "rate": 1.10, "lists": [[1], []]}}
    body = json.dumps(envelope).encode() if sent is None else sent
    vault: Vault = house.service.vault
    secret = vault.decrypt((await known(house)).secret, purpose=secret_purpose(NAME))
    signature = hmac.new(secret.encode(), body if signed is None else signed, hashlib.sha256).hexdigest()
    headers = {"X-29Next-Signature": signature}
    return await call(house.app, "POST", f"/callbacks/{house.store_id}/webhooks", headers=headers, body=body)


async def test_the_store_knows_us_and_where_to_call(house: Warehouse, store: FakeNext29) -> None:
    (location,) = store.locations
    assert location["callback_url"] == f"{OURS}/callbacks/{house.store_id}"
    assert (location["address"]["line1"], location["address"]["line4"]) == ("Kaj 1", "Lund")
    (told,) = store.webhooks
    assert (told["target"], told["api_version"]) == (f"{location['callback_url']}/webhooks", "2024-04-01")
    assert "app.uninstalled" in told["events"]
    assert all(each["X-29next-API-Version"] == "2024-04-01" for each in store.headers)


async def test_a_hint_has_the_work_pulled_and_answered(house: Warehouse, store: FakeNext29) -> None:
    taken, declined = store.ask("TEE", 2), store.ask("HAT", 1)
    assert (await hint(house)).status == 200
    await house.settle(within=40)
    assert store.state(taken) == ("processing", "accepted")
    assert store.state(declined) == ("open", "rejected")
    assert store.told("reject/") == [
        {"rejected_reason": "ineligible_product", "message": "SKU HAT is not known to the warehouse"}
    ]


async def test_what_a_hint_says_is_never_believed(house: Warehouse, store: FakeNext29) -> None:
    before = await house.service.pool.fetchval("SELECT count(*) FROM messages WHERE direction = 'in'")
    for body in (b"", b"{", b"[]", b"{}", b'{"type": "other"}'):
        assert (await hint(house, body=body)).status == 400
    assert (await hint(house, store="another")).status == 404
    assert (await hint(house, path="/callbacks/999/fulfillment-order-notification/")).status == 404
    assert (await hint(house, path="/fulfillment-order-notification/", store="stranger")).status == 404
    assert await house.service.pool.fetchval("SELECT count(*) FROM messages WHERE direction = 'in'") == before
    assert (await hint(house, path="/fulfillment-order-notification/")).status == 200


async def test_a_flood_of_hints_costs_little(house: Warehouse, store: FakeNext29) -> None:
    for number in range(60):
        body = json.dumps({"type": "fulfillment_requested", "noise": "x" * number}).encode()
        assert (await hint(house, body=body)).status == 200
    kept = await house.service.pool.fetch("SELECT request_body FROM messages WHERE direction = 'in'")
    assert len(kept) <= 3
    assert {bytes(row[0]) for row in kept} == {b'{"type":"fulfillment_requested"}'}
    await house.settle(within=40)
    assert len([path for _, path, _ in store.heard if path == "assigned-fulfillment-orders/"]) < 20


async def test_webhooks_are_verified_as_they_came_and_as_they_are_dumped(house: Warehouse) -> None:
    assert (await webhook(house, "order.updated")).status == 200
    envelope = {"event_id": EVENT, "event_type": "order.updated", "data": {"n": "Å", "f": 1.10, "l": [[1], []]}}
    compact = json.dumps(envelope, separators=(",", ":"), ensure_ascii=False).encode()
    assert (await webhook(house, "", sent=compact, signed=json.dumps(envelope).encode())).status == 200
    assert (await webhook(house, "", sent=compact)).status == 200
    assert (await webhook(house, "", sent=compact, signed=b"another text")).status == 401
    for broken in (b"", b"{", b"[" * 100_000):
        assert (await webhook(house, "", sent=broken, signed=b"x")).status == 401
    kinds = await house.service.pool.fetch("SELECT kind FROM messages WHERE direction = 'in'")
    # The same event is heard once.
    assert [row["kind"] for row in kinds] == ["order.updated"]


async def test_who_puts_us_out_is_not_called_any_more(house: Warehouse, store: FakeNext29) -> None:
    assert (await webhook(house, "app.uninstalled")).status == 200
    assert (await known(house)).disconnected_at is not None
    calls = len(store.heard)
    await hint(house)
    await house.settle(within=40)
    assert len(store.heard) == calls


async def test_lists_are_followed_on_the_same_host_alone(house: Warehouse, store: FakeNext29) -> None:
    store.page, store.next_host = 2, "evil.example"
    ids = [store.ask("TEE", 1) for _ in range(5)]
    await hint(house)
    await house.settle(within=40)
    assert [store.state(id) for id in ids] == [("processing", "accepted")] * 5


async def test_a_parcel_whose_answer_was_lost_is_looked_for_and_not_sent_twice(
    house: Warehouse, store: FakeNext29
) -> None:
    id = store.ask("TEE", 3)
    await hint(house)
    await house.settle(within=40)
    store.loses_answers = 1
    parcel = (await house.ship(id, "AAA1", lines=[{"sku": "TEE", "quantity": 1}])).json["parcel"]
    await house.settle(within=40)
    await house.pass_time(minutes=1)
    (booked,) = store.fulfillments[id]
    path = f"/api/parcels/{house.store_id}/{parcel['id']}"
    found = (await house.ask("GET", path)).json["parcel"]
    assert (found["told"], found["fulfillment_id"]) == ("told", booked["id"])
    assert store.work[id]["line_items"][0]["fulfillable_quantity"] == "2"
    assert await house.stage(id) == "accepted"


async def test_an_acceptance_whose_answer_was_lost_is_found(house: Warehouse, store: FakeNext29) -> None:
    id = store.ask("TEE", 1)
    store.loses_answers = 1
    await hint(house)
    await house.settle(within=40)
    await house.pass_time(minutes=1)
    assert (store.state(id), await house.stage(id)) == (("processing", "accepted"), "accepted")


async def test_what_came_too_early_is_asked_again_when_the_store_says(house: Warehouse, store: FakeNext29) -> None:
    too_early = [
        web.json_response({"detail": "Request was throttled."}, status=429, headers={"Retry-After": "1"})
        for _ in range(2)
    ]
    store.answers["assigned-fulfillment-orders/"] = list(too_early)
    id = store.ask("TEE", 1)
    await hint(house)
    await house.settle(within=40)
    assert store.state(id) == ("processing", "accepted")
    assert (await known(house)).trouble is None


async def test_a_store_that_throttles_for_long_uses_up_nobodys_patience(house: Warehouse, store: FakeNext29) -> None:
    id = store.ask("TEE", 1)
    path = f"fulfillment-orders/{id}/fulfillment-request/accept/"
    store.answers[path] = [
        web.json_response({"detail": "Request was throttled."}, status=429, headers={"Retry-After": "1"})
        for _ in range(40)
    ]
    await hint(house)
    await house.settle(within=40)
    for _ in range(20):
        await house.pass_time(seconds=3)
    assert 3 <= len(store.told(path)) <= 6
    store.answers[path].clear()
    await house.pass_time(minutes=10)
    assert (store.state(id), await house.stage(id)) == (("processing", "accepted"), "accepted")
    assert len(store.told(path)) <= 8


@pytest.mark.parametrize(
    ("answer", "connected"),
    [
        ((401, {"detail": "Invalid token."}), False),
        ((403, {"detail": "You do not have permission to perform this action."}), True),
        ((404, "<h1>Page not found</h1>"), True),
        ((503, "down"), True),
    ],
)
async def test_troubles_are_told_apart(house: Warehouse, store: FakeNext29, answer: Any, connected: bool) -> None:
    id = store.ask("TEE", 1)
    await hint(house)
    await house.settle(within=40)
    status, body = answer
    text = body if isinstance(body, str) else json.dumps(body)
    for path in ("assigned-fulfillment-orders/", f"fulfillment-orders/{id}/"):
        store.answers[path] = [web.Response(status=status, text=text) for _ in range(9)]
    await hint(house, "cancellation_requested")
    await house.settle(within=40)
    now = await known(house)
    assert (now.disconnected_at is None) is connected
    assert str(status) in (now.trouble or "")
    # Whatever is wrong there, accepted work is not given up for it.
    assert await house.stage(id) == "accepted"


async def test_stock_is_told_by_records_of_what_we_keep(house: Warehouse, store: FakeNext29) -> None:
    for id, sku, units in ((1, "TEE", 3), (2, "MUG", 5), (3, "HAT", 8), (4, "TEE-OLD", None)):
        product = {"id": id, "variant_id": id, "title": sku, "variant_title": sku, "sku": sku}
        times = {"date_created": "2026-11-22T09:00:00Z", "date_updated": "2026-11-22T09:00:00Z"}
        location = {"id": 7, "name": "Crossdock", "address": {"line1": "Kaj 1", "line4": "Lund", "country": "SE"}}
        numbers = {"num_in_stock": units, "num_allocated": 0, "net_stock_level": units or 0, "low_stock_threshold": 0}
        store.records.append({"id": id, "product": product, "location": location, **numbers, **times})
    store.page = 1
    await house.count(MUG=6)
    await house.settle(within=60)
    assert [each["num_in_stock"] for each in store.records] == [10, 6, 8, None]
    assert [path for method, path, _ in store.heard if method == "PATCH"] == ["stockrecords/1/", "stockrecords/2/"]
    store.records[0]["num_in_stock"] = 99
    await house.pass_time(hours=1, seconds=5)
    assert store.records[0]["num_in_stock"] == 10


async def test_people_decide_on_pages(house: Warehouse, store: FakeNext29) -> None:
    settings = f"/stores/{house.store_id}"
    page = await call(house.app, "GET", settings)
    assert b"REST" in page.body
    assert b"GraphQL" not in page.body
    assert (await post(house, settings, by_hand="1", transport="rest")).status == 303
    declined, taken, short = store.ask("TEE", 1), store.ask("TEE", 1), store.ask("TEE", 90)
    await hint(house)
    await house.settle(within=40)
    assert {store.state(id) for id in (declined, taken, short)} == {("open", "requested")}
    reply = await post(house, f"{settings}/assignments/{declined}/reject", reason="incorrect_address", message="No 1?")
    assert reply.status == 303
    assert (await post(house, f"{settings}/assignments/{taken}/accept")).status == 303
    assert (await post(house, f"{settings}/assignments/{short}/accept")).status == 409
    await house.settle(within=40)
    assert store.state(declined) == ("open", "rejected")
    assert store.told("reject/") == [{"rejected_reason": "incorrect_address", "message": "No 1?"}]
    assert store.state(taken) == ("processing", "accepted")
    # What is decided is decided.
    assert (await post(house, f"{settings}/assignments/{taken}/reject", reason="other")).status == 409
    assert (await post(house, f"{settings}/assignments/999/accept")).status == 404


async def post(house: Warehouse, path: str, **form: str) -> Reply:
    """Send a page's form."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://127.0.0.1"}
    return await call(house.app, "POST", path, headers=headers, body=urlencode(form).encode())
