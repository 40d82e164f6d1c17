"""The service's own API: what it takes, what it refuses, and that a refusal changes nothing."""

from typing import Any

import pytest

from crossdock.domain.shipment import MOST_CARRIER_EVENTS
from crossdock.runtime.json import write_json
from crossdock.service.setup import NewStore, connect_store
from tests.service.fake_next29 import TOKEN as NEXT29_TOKEN
from tests.service.fake_next29 import fake_next29
from tests.service.fake_store import FakeStore
from tests.service.warehouse import API_TOKEN, Warehouse, call


@pytest.mark.parametrize("header", [None, "Bearer wrong", f"Basic {API_TOKEN}", "Bearer "])
async def test_without_a_token_nothing_is_told(idle: Warehouse, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    for method, path in (("GET", "/api/stores"), ("POST", "/api/parcels"), ("PUT", "/api/shelf/TEE")):
        assert (await call(idle.app, method, path, headers=headers)).status == 401


async def test_a_revoked_token_is_worth_nothing(idle: Warehouse) -> None:
    assert (await idle.ask("GET", "/api/stores")).status == 200
    await idle.service.pool.execute("UPDATE service_tokens SET revoked_at = created_at")
    assert (await idle.ask("GET", "/api/stores")).status == 401


async def test_stores_are_told_without_their_secrets(idle: Warehouse) -> None:
    reply = await idle.ask("GET", "/api/stores")
    assert [store["shop_domain"] for store in reply.json["stores"]] == ["fake.crossdock.test"]
    assert b"token" not in reply.body
    assert b"secret" not in reply.body


async def test_work_and_parcels_are_listed(house: Warehouse, store: FakeStore) -> None:
    first, second = store.ask(("TEE", 2), name="#1"), store.ask(("NOPE", 1), name="#2")
    await house.notify()
    await house.settle()
    listed = (await house.ask("GET", "/api/assignments")).json["assignments"]
    assert [(each["fulfillment_order_id"], each["status"]) for each in listed] == [
        (first, "accepted"),
        (second, "rejected"),
    ]
    assert listed[0]["ready_to_ship"]
    assert listed[0]["destination"]["city"] == "Berlin"
    assert listed[1]["lines"][0]["fault"] == "SKU NOPE is not known to the warehouse"
    for query, found in (
        ("status=accepted", [first]),
        ("order_name=%232", [second]),
        ("order_name=2", [second]),
        (f"after={first}", [second]),
        ("limit=1", [first]),
    ):
        reply = await house.ask("GET", f"/api/assignments?{query}")
        assert [each["fulfillment_order_id"] for each in reply.json["assignments"]] == found
    one = await house.ask("GET", f"/api/assignments/{house.store_id}/{first}")
    assert one.json["assignment"]["order_name"] == "#1"
    await house.ship(first, "A")
    await house.settle()
    (parcel,) = (await house.ask("GET", f"/api/parcels?fulfillment_order_id={first}")).json["parcels"]
    assert (parcel["told"], parcel["fulfillment_name"], parcel["lines"][0]["quantity"]) == ("told", "#1.1", 2)


async def test_what_a_carrier_says_is_noted_and_told(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 2))
    await house.notify()
    await house.settle()
    parcel = (await house.ship(work, "A")).json["parcel"]["id"]
    path = f"/api/parcels/{house.store_id}/{parcel}/events"
    assert (await house.ask("POST", path, {"status": "in_transit"})).status == 422, "it is not in the books yet"
    await house.settle()
    for happened_at in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "2026-03-02T09:00:00"):
        assert (await house.ask("POST", path, {"status": "in_transit", "happened_at": happened_at})).status == 400
    scan = {"status": "delivered", "happened_at": "2026-03-03T10:00:00+01:00", "city": "Berlin"}
    assert (await house.ask("POST", path, scan)).json == (await house.ask("POST", path, scan)).json
    await house.settle()
    (told,) = (await house.ask("GET", path)).json["events"]
    assert (told["number"], told["happened_at"], told["told"]) == (1, "2026-03-03T09:00:00Z", "told")
    (order,) = store.orders.values()
    assert [(each.status, each.city) for each in order.fulfillments[0].events] == [("delivered", "Berlin")]
    for method in ("GET", "POST"):
        nowhere = f"/api/parcels/{house.store_id}/{parcel + 1}/events"
        assert (await house.ask(method, nowhere, scan if method == "POST" else None)).status == 404
    assert not await house.offences()
    await house.service.pool.execute(
        """
        INSERT INTO carrier_events
        SELECT (jsonb_populate_record(e, jsonb_build_object('number', n))).*
        FROM carrier_events e, generate_series(2, $1) n
        """,
        MOST_CARRIER_EVENTS,
    )
    assert (await house.ask("POST", path, scan)).status == 201, "it is known"
    assert (await house.ask("POST", path, scan | {"status": "failure"})).status == 422


async def test_the_shelf_is_counted_and_told(idle: Warehouse) -> None:
    reply = await idle.ask("PUT", "/api/shelf/a%2Fb%20c", {"on_hand": 7})
    assert reply.json == {"sku": "a/b c", "on_hand": 7, "allocated": 0, "available": 7}
    assert (await idle.ask("PUT", "/api/shelf", {"on_hand": {"TEE": 3, "NEW": 0}})).status == 200
    shelf = (await idle.ask("GET", "/api/shelf")).json["shelf"]
    assert {each["sku"]: each["on_hand"] for each in shelf} == {"MUG": 5, "NEW": 0, "TEE": 3, "a/b c": 7}
    assert (await idle.ask("GET", "/api/shelf/NOPE")).status == 404
    assert not await idle.offences()


BAD_PARCELS: list[tuple[Any, int]] = [
    ({}, 400),
    ([], 400),
    ({"carrier": "DHL", "tracking_number": "1"}, 400),
    ({"carrier": "DHL", "tracking_number": 1, "fulfillment_order_id": 1}, 400),
    ({"carrier": "", "tracking_number": "1", "fulfillment_order_id": 1}, 400),
    ({"carrier": "DHL", "tracking_number": "x" * 256, "fulfillment_order_id": 1}, 400),
    ({"carrier": "DHL", "tracking_number": "1", "fulfillment_order_id": "1"}, 400),
    ({"carrier": "DHL", "tracking_number": "1", "fulfillment_order_id": 1, "other": 1}, 400),
    ({"carrier": "DHL", "tracking_number": "1", "fulfillment_order_id": 1, "order_name": "#1"}, 400),
    ({"carrier": "DHL", "tracking_number": "1", "fulfillment_order_id": 1, "lines": [{"quantity": 1}]}, 400),
    (
        {"carrier": "DHL", "tracking_number": "1", "fulfillment_order_id": 1, "lines": [{"id": 1, "quantity": True}]},
        400,
    ),
    ({"carrier": "DHL", "tracking_number": "1", "fulfillment_order_id": 1}, 404),
    ({"carrier": "DHL", "tracking_number": "1", "fulfillment_order_id": -1}, 404),
    ({"carrier": "DHL", "tracking_number": "1", "order_name": "nope"}, 404),
    ({"carrier": "DHL", "tracking_number": "1", "fulfillment_order_id": 1, "store": 99}, 404),
    ({"carrier": "DHL", "tracking_number": "1", "fulfillment_order_id": 1, "store": "other.example"}, 404),
    ({"carrier": "DHL", "tracking_number": "1", "fulfillment_order_id": 1, "store": -5}, 404),
]


@pytest.mark.parametrize(("value", "status"), BAD_PARCELS)
async def test_parcels_that_cannot_be(idle: Warehouse, value: Any, status: int) -> None:
    reply = await idle.ask("POST", "/api/parcels", value)
    assert (reply.status, list(reply.json)) == (status, ["errors"])


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"a": 1, "a": 2}',
        b'{"carrier": "\\u0000"}',
        b'{"carrier": "\\ud800"}',
        b"[" * 100,
        b'{"a": NaN}',
        b'{"a": 1' + b"0" * 5000 + b"}",
        b"\xff",
    ],
)
async def test_json_that_is_none(idle: Warehouse, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {API_TOKEN}"}
    assert (await call(idle.app, "POST", "/api/parcels", headers=headers, body=body)).status == 400
    assert (await call(idle.app, "POST", "/api/parcels", headers=headers, body=b" " * 1100000)).status == 413


async def test_units_that_cannot_be_shipped(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 2), ("MUG", 1))
    declined = store.ask(("NOPE", 1))
    await house.notify()
    await house.settle()
    tee = (await house.assignment(work)).lines[0].id
    before = await house.kinds(work)
    for lines, status in (
        ([], 422),
        ([{"id": tee, "quantity": 0}], 422),
        ([{"id": tee, "quantity": -1}], 422),
        ([{"id": tee, "quantity": 3}], 422),
        ([{"id": tee, "quantity": 2**63 - 1}], 422),
        ([{"id": tee, "quantity": 1}, {"id": tee, "quantity": 1}], 422),
        ([{"sku": "TEE", "quantity": 1}, {"sku": "TEE", "quantity": 1}], 422),
        ([{"sku": "TEE", "quantity": 1}, {"id": tee, "quantity": 2}], 422),
        ([{"id": 5, "quantity": 1}], 422),
        ([{"sku": "NOPE", "quantity": 1}], 404),
    ):
        reply = await house.ship(work, "A", lines=lines)
        assert (reply.status, list(reply.json)) == (status, ["errors"]), lines
    assert (await house.ship(declined, "A")).json == {
        "errors": [f"fulfillment order {declined} cannot be worked on while it is rejected"]
    }
    assert await house.kinds(work) == before
    await house.count(TEE=1)
    reply = await house.ship(work, "A")
    assert reply.json == {"errors": ["SKU TEE: 2 to ship, 1 on the shelf"]}
    assert not store.heard_of("create_fulfillment")
    refused = await house.service.pool.fetchval("SELECT count(*) FROM messages WHERE status = 'refused'")
    assert refused == 12
    assert not await house.offences()


async def test_an_order_is_named_in_place_of_its_id(house: Warehouse, store: FakeStore) -> None:
    store.ask(("TEE", 1), name="#77")
    await house.notify()
    await house.settle()
    value = {"order_name": "77", "carrier": "DHL", "tracking_number": "A"}
    assert (await house.ask("POST", "/api/parcels", value)).status == 201


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nope", 404),
        ("DELETE", "/api/parcels", 405),
        ("GET", "/api/assignments?limit=0", 400),
        ("GET", "/api/assignments?limit=x", 400),
        ("GET", "/api/assignments?after=99999999999999999999", 400),
        ("GET", "/api/assignments?status=odd", 400),
        ("GET", "/api/assignments?order_name=%00", 400),
        ("GET", "/api/assignments/1/99999999999999999999", 400),
        ("GET", "/api/assignments/1/5", 404),
        ("GET", "/api/assignments/99/5", 404),
        ("GET", "/api/shelf/%00", 400),
    ],
)
async def test_paths_and_parameters_that_cannot_be(idle: Warehouse, method: str, path: str, status: int) -> None:
    reply = await idle.ask(method, path)
    assert (reply.status, list(reply.json)) == (status, ["errors"])


@pytest.mark.parametrize("value", [{"on_hand": -1}, {"on_hand": 10**10}])
async def test_counts_that_cannot_be(idle: Warehouse, value: Any) -> None:
    assert (await idle.ask("PUT", "/api/shelf/TEE", value)).status == 422
    assert await idle.shelf("TEE") == (10, 0)


async def test_a_key_that_is_too_long(idle: Warehouse) -> None:
    assert (await idle.ask("PUT", "/api/shelf/TEE", {"on_hand": 1}, Idempotency_Key="k" * 256)).status == 400
    headers = {"Authorization": f"Bearer {API_TOKEN}", "Idempotency-Key": "k"}
    body = write_json({"on_hand": 1})
    first = await call(idle.app, "PUT", "/api/shelf/TEE", headers=headers, body=body)
    again = await call(idle.app, "PUT", "/api/shelf/TEE", headers=headers, body=body)
    assert (first.status, again.status, again.headers.get("idempotent-replayed")) == (200, 200, "true")
    other = await call(idle.app, "PUT", "/api/shelf/TEE", headers=headers, body=write_json({"on_hand": 2}))
    assert other.status == 422


async def test_a_store_has_not_the_name_of_one_on_another_platform(idle: Warehouse, store: FakeStore) -> None:
    async with fake_next29() as other:
        new = NewStore(url=other.url, token=NEXT29_TOKEN, platform="next29", shop_domain=store.shop.domain)
        with pytest.raises(ValueError, match="is the name of a store of another platform"):
            await connect_store(idle.service.caller, new, public_url="http://127.0.0.1:1")
        assert other.locations == [], "nothing is made there, either"
    kept = await idle.service.pool.fetch("SELECT id, platform, url FROM stores")
    assert [tuple(row) for row in kept] == [(idle.store_id, "shopify", store.url)]


async def test_connecting_again_keeps_the_store(idle: Warehouse) -> None:
    before = idle.store_id
    await idle.connect()
    assert idle.store_id == before
    assert await idle.service.pool.fetchval("SELECT count(*) FROM stores") == 1
