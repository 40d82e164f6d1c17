"""What stores call: signatures first, then everything else."""

import asyncio

import pytest

from crossdock.dialects.registry import SHOPIFY
from crossdock.runtime.connection import Pool
from tests.service.fake_store import DOMAIN, SECRET, FakeStore
from tests.service.warehouse import Reply, Warehouse, call


async def get(house: Warehouse, url: str, *, secret: str | None = SECRET) -> Reply:
    headers = {} if secret is None else {"X-Shopify-Hmac-Sha256": SHOPIFY.sign(secret, b"")}
    return await call(house.app, "GET", url, headers=headers)


async def messages(pool: Pool) -> int:
    count: int = await pool.fetchval("SELECT count(*) FROM messages WHERE direction = 'in'")
    return count


@pytest.mark.parametrize(
    "path", ["/callbacks/{store}/fulfillment_order_notification", "/fulfillment_order_notification"]
)
async def test_a_store_is_known_by_path_or_by_its_name(idle: Warehouse, path: str) -> None:
    reply = await idle.notify(path=path.format(store=idle.store_id))
    assert (reply.status, reply.json) == (200, {})
    assert await messages(idle.service.pool) == 1


async def test_a_wrong_signature_leaves_nothing(idle: Warehouse) -> None:
    assert (await idle.notify(secret="other")).status == 401
    path = f"/callbacks/{idle.store_id}/fulfillment_order_notification"
    for signature in ("", "no base64!", "AAAA"):
        reply = await call(idle.app, "POST", path, headers={"X-Shopify-Hmac-Sha256": signature}, body=b"{}")
        assert reply.status == 401
    assert (await call(idle.app, "POST", path, body=b"{}")).status == 401
    assert not await messages(idle.service.pool)
    # What connecting and counting left waits there: a pull, and telling of the count.
    assert await idle.service.pool.fetchval("SELECT count(*) FROM pgqueuer WHERE payload IS NOT NULL") == 2


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"kind": 1}', b'{"kind": "OTHER"}', b'{"kind": "A", "kind": "A"}', b"\xff"]
)
async def test_a_signed_message_that_says_nothing_is_refused(idle: Warehouse, body: bytes) -> None:
    assert (await idle.notify(body=body)).status == 400
    assert not await messages(idle.service.pool)


async def test_lower_case_is_heard_too(idle: Warehouse) -> None:
    assert (await idle.notify("fulfillment_request")).status == 200


async def test_an_unknown_store_is_not_found(idle: Warehouse) -> None:
    for path in ("/callbacks/999/fulfillment_order_notification", "/callbacks/x/fulfillment_order_notification"):
        assert (await idle.notify(path=path)).status == 404
    headers = {"X-Shopify-Shop-Domain": "other.example", "X-Shopify-Hmac-Sha256": SHOPIFY.sign(SECRET, b"{}")}
    own = f"/callbacks/{idle.store_id}/fulfillment_order_notification"
    for path in ("/fulfillment_order_notification", own):
        assert (await call(idle.app, "POST", path, headers=headers, body=b"{}")).status == 404


async def test_other_verbs_are_not_allowed(idle: Warehouse) -> None:
    path = f"/callbacks/{idle.store_id}/fulfillment_order_notification"
    for method in ("GET", "PUT", "DELETE"):
        reply = await call(idle.app, method, path)
        assert (reply.status, reply.headers["allow"]) == (405, "POST")


async def test_a_long_body_is_refused(idle: Warehouse) -> None:
    assert (await idle.notify(body=b" " * (1024 * 1024 + 1))).status == 413


async def test_a_secret_that_was_replaced_is_good_for_a_while(idle: Warehouse) -> None:
    await idle.service.pool.execute("UPDATE stores SET previous_secret = secret")
    vault = idle.service.vault
    await idle.service.pool.execute(
        "UPDATE stores SET secret = $1", vault.encrypt("new", purpose=f"secret of store {DOMAIN}")
    )
    assert (await idle.notify(secret="new")).status == 200
    assert (await idle.notify(secret=SECRET)).status == 200
    assert (await idle.notify(secret="old")).status == 401


@pytest.mark.parametrize("suffix", ["", ".json"])
async def test_stock_is_told_as_it_lies_on_the_shelf(idle: Warehouse, suffix: str) -> None:
    url = f"/callbacks/{idle.store_id}/fetch_stock{suffix}?shop={DOMAIN}&timestamp=1700000000&max_retries=3"
    assert (await get(idle, url)).json == {"TEE": 10, "MUG": 5}
    assert (await get(idle, f"{url}&sku=TEE")).json == {"TEE": 10}
    assert (await get(idle, f"{url}&sku=tee")).json == {}
    assert (await get(idle, f"/fetch_stock{suffix}?shop={DOMAIN}&sku=MUG")).json == {"MUG": 5}
    assert (await get(idle, url, secret=None)).status == 401
    assert (await get(idle, url, secret="other")).status == 401
    assert (await get(idle, f"{url}&sku=%00")).status == 400


async def test_a_parcel_that_the_store_has_not_booked_yet_is_in_what_it_is_told(
    house: Warehouse, store: FakeStore
) -> None:
    work = store.ask(("TEE", 4))
    await house.notify()
    await house.settle()
    booking = store.gates["create_fulfillment"] = asyncio.Event()
    await house.ship(work, "DHL1")
    url = f"/callbacks/{house.store_id}/fetch_stock.json?shop={DOMAIN}&sku=TEE"
    assert await house.shelf("TEE") == (6, 0)
    # Booking it takes its units away there.
    assert (await get(house, url)).json == {"TEE": 10}
    booking.set()
    await house.settle()
    assert (await get(house, url)).json == {"TEE": 6}


async def test_tracking_numbers_are_told_by_the_names_of_fulfillments(house: Warehouse, store: FakeStore) -> None:
    work = store.ask(("TEE", 1), name="#1001")
    await house.notify()
    await house.settle()
    await house.ship(work, "DHL1")
    await house.settle()
    (fulfillment,) = store.order_of(work).fulfillments
    assert fulfillment.number == 1
    url = f"/callbacks/{house.store_id}/fetch_tracking_numbers.json?shop={DOMAIN}&timestamp=1700000000"
    reply = await get(house, f"{url}&order_names[]=%231001.1&order_names[]=%239.9")
    assert reply.json["tracking_numbers"] == {"#1001.1": "DHL1"}
