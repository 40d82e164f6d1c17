"""Lists of fulfillment orders by 29 Next's Admin API: filters, parts, who sees what, and how much they cost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from crossdock.dialects.next29.scopes import SCOPES
from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    CloseFulfillmentOrder,
    MoveFulfillmentOrder,
    RejectCancellationRequest,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
)
from crossdock.domain.queries import Window
from crossdock.domain.work_queries import FindFulfillmentOrders
from crossdock.domain.work_status import WorkRequestStatus, WorkStatus, work_request_status, work_status
from crossdock.store.database.orders import load_orders
from crossdock.store.dispatch.origin import Origin
from tests.store.calls import opened
from tests.store.next29_calls import Api, Next29, next29_shop
from tests.store.scene import Scene, scene
from tests.store.test_every_action import Hands
from tests.store.test_next29_work import Docks

LIST = "fulfillment-orders/"


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Next29]:
    async with next29_shop(store_database) as shop:
        yield shop
        assert await shop.shop.offences() == []


@pytest_asyncio.fixture
async def docks(acme: Next29) -> Docks:
    return await Docks.of(acme)


async def ids(api: Api, path: str) -> list[int]:
    return [each["id"] for each in (await api.ok("GET", path))["results"]]


async def test_fulfillment_orders_are_listed_by_what_they_are(docks: Docks) -> None:
    desk = docks.acme.desk
    cup, jug = await docks.variant("CUP"), await docks.variant("JUG", docks.other)
    first, second = await docks.work((cup, 1)), await docks.work((jug, 2))
    third = await docks.accepted((cup, 1))
    number = (await desk.ok("GET", f"{LIST}{second}/"))["order_number"]
    product = (await desk.ok("GET", f"{LIST}{first}/"))["line_items"][0]["product_id"]
    await docks.acme.shop.pool.execute("UPDATE orders SET shipping_code = 'express' WHERE number = 2")
    expected = {
        "": [third, second, first],
        f"order_number={number}": [second],
        "order_number=9": [],
        "order_number=none": [],
        f"location_id={docks.dock}": [third, first],
        "status=open": [second, first],
        "status=processing,open": [third, second, first],
        "status=processing&status=open": [third, second, first],
        "status=canceled": [],
        "request_status=accepted": [third],
        "request_status=pending": [second, first],
        f"fulfillment_order_id={first}": [first],
        "shipping_method=express": [second],
        "shipping_method=standard,express": [third, second, first],
        f"product={product}": [third, first],
        f"product_id={product}": [third, first],
        f"product={cup.id}": [third, first],
        "sku=CUP,JUG": [third, second, first],
        "sku=JUG": [second],
        "sku=jug": [],
        "status=open&sku=CUP": [first],
    }
    found = {query: await ids(desk, f"{LIST}?{query}") for query in expected}
    assert found == expected
    for wrong in ("status=odd", "request_status=odd", "location_id=x", "date_created_from=soon", "cursor=x"):
        refused = await desk.refused("GET", f"{LIST}?{wrong}")
        assert list(refused) == [wrong.partition("=")[0]]


async def test_days_are_those_of_the_store(docks: Docks) -> None:
    pool = docks.acme.shop.pool
    await pool.execute("UPDATE shops SET timezone = 'Asia/Tokyo'")
    early, late = await docks.work(), await docks.work()
    midnight = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # in Tokyo the 21st begins
    for work, at in ((early, midnight - timedelta(seconds=1)), (late, midnight)):
        await pool.execute("UPDATE fulfillment_orders SET created_at = $2 WHERE id = $1", work, at)
    for api, path in ((docks.acme.desk, LIST), (docks.acme.warehouse, "assigned-fulfillment-orders/")):
        assert await ids(api, f"{path}?date_created_from=2026-11-21") == [late]
        assert await ids(api, f"{path}?date_created_to=2026-11-20") == [early]
        assert await ids(api, f"{path}?date_created_from=2026-11-20&date_created_to=2026-11-21") == [late, early]
        assert await ids(api, f"{path}?date_created_to=9000-01-01") == [late, early]


async def test_lists_come_in_parts(docks: Docks) -> None:
    made = [await docks.work() for _ in range(5)]
    for api, path in ((docks.acme.desk, LIST), (docks.acme.warehouse, "assigned-fulfillment-orders/")):
        seen: list[int] = []
        address = f"{path}?page_size=2&status=open" if path == LIST else f"{path}?page_size=2"
        while address:
            page = await api.ok("GET", address)
            seen += [each["id"] for each in page["results"]]
            address = (page["next"] or "").partition("/api/admin/")[2]
        assert seen == made[::-1]
        for size in ("page_size=-1", "limit=many", "page_size=" + "9" * 40):
            assert await ids(api, f"{path}?{size}") == seen  # not in the file, so no reason to fail


async def test_who_ships_sees_its_own_and_the_merchants_app_everything(docks: Docks) -> None:
    acme = docks.acme
    mine = await docks.work()
    cup = await docks.variant("CUP", acme.shop.merchant_location)
    theirs = await docks.work((cup, 1))
    rival = await acme.api("fulfillment_service:read", "fulfillment_service:write", name="Rival")
    merchant = await acme.api("fulfillment_orders:read", "fulfillment_orders:write", name="Back office")
    assert await ids(acme.desk, LIST) == [theirs, mine]
    assert await ids(merchant, LIST) == [theirs, mine]
    assert await ids(acme.warehouse, LIST) == [mine]
    assert await ids(acme.warehouse, f"{LIST}?location_id={acme.shop.merchant_location}") == []
    assert await ids(rival, LIST) == []
    assert await ids(rival, "assigned-fulfillment-orders/") == []
    assert await ids(acme.warehouse, f"assigned-fulfillment-orders/?location_id={docks.other}") == []
    await merchant.refused("GET", "assigned-fulfillment-orders/", status=403)
    for api, work in ((rival, mine), (acme.warehouse, theirs)):
        assert await api.refused("GET", f"{LIST}{work}/", status=404) == {"detail": "Not found."}
        for step in ("fulfillment-request/accept", "hold", "cancel", "close"):
            await api.refused("POST", f"{LIST}{work}/{step}/", {"reason": "other"}, status=404)
    await acme.warehouse.refused("GET", f"{LIST}{mine}/available-locations/", status=403)
    nobody = await acme.api("webhooks:read", name="Nobody")
    for path in (LIST, f"{LIST}{mine}/", "assigned-fulfillment-orders/"):
        await nobody.refused("GET", path, status=403)


async def test_another_shops_work_is_not_there(docks: Docks) -> None:
    work = await docks.work()
    elsewhere = await opened(docks.acme.served.store, subdomain="other")
    other = Next29(elsewhere, desk=docks.acme.desk, warehouse=docks.acme.warehouse)
    desk = await other.api(*SCOPES, name="Other desk")
    assert await ids(desk, LIST) == []
    for method, path in (
        ("GET", f"{LIST}{work}/"),
        ("GET", f"{LIST}{work}/available-locations/"),
        ("POST", f"{LIST}{work}/fulfillment-request/"),
        ("POST", f"{LIST}{work}/cancel/"),
        ("POST", f"{LIST}{work}/release-hold/"),
        ("GET", "orders/1001/fulfillment-orders/"),
    ):
        assert await desk.refused(method, path, status=404) == {"detail": "Not found."}
    for odd in ("0", "none", "9" * 30):
        await desk.refused("GET", f"{LIST}{odd}/", status=404)


async def test_an_orders_fulfillment_orders_are_a_bare_list(docks: Docks) -> None:
    cup, jug = await docks.variant("CUP"), await docks.variant("JUG", docks.other)
    order = await docks.order((cup, 1), (jug, 1))
    reader = await docks.acme.api("orders:read", name="Reader")
    found = await reader.ok("GET", f"orders/{1000 + order.number}/fulfillment-orders/")
    assert [each["id"] for each in found] == [each.id for each in order.fulfillment_orders]
    assert all(line["stockrecord_id"] for each in found for line in each["line_items"])
    await docks.acme.warehouse.refused("GET", f"orders/{1000 + order.number}/fulfillment-orders/", status=403)


async def test_the_oldest_version_tells_prices_in_its_own_words(docks: Docks) -> None:
    cup = await docks.variant("CUP")
    work = await docks.work((cup, 3))
    old = await docks.acme.api("fulfillment_orders:read", name="Old", version="2023-02-10")
    (line,) = (await old.ok("GET", f"{LIST}{work}/"))["line_items"]
    assert {name: line[name] for name in line if name.startswith(("price", "total"))} == {
        "price_excl_tax": "30.00",
        "price_incl_tax": "30.00",
        "price_excl_tax_excl_discounts": "30.00",
        "price_incl_tax_excl_discounts": "30.00",
    }


@pytest.mark.parametrize("path", [LIST, "assigned-fulfillment-orders/"])
async def test_a_list_takes_the_same_statements_however_long_it_is(docks: Docks, path: str) -> None:
    pool, api = docks.acme.shop.pool, docks.acme.warehouse
    seen: list[object] = []
    holding = [await pool.acquire() for _ in range(pool.get_max_size())]
    for connection in holding:
        connection.add_query_logger(seen.append)
    for connection in holding:
        await pool.release(connection)

    async def statements() -> int:
        before = len(seen)
        await api.ok("GET", path)
        return len(seen) - before

    await docks.work()
    await statements()
    few = await statements()
    for _ in range(8):
        await docks.work()
    assert few
    assert await statements() == few


@pytest_asyncio.fixture
async def anything(store_database: str) -> AsyncIterator[Scene]:
    async with scene(store_database) as place:
        yield place


async def asked_to_stop(hands: Hands, answer: type[AcceptCancellationRequest | RejectCancellationRequest]) -> int:
    """Return work that its service was asked to stop, and its answer: the dice may not have led there."""
    shop = hands.shop
    order = await shop.order((hands.both, 1))
    (one,) = order.fulfillment_orders
    if one.location_id != shop.service.location_id:
        await shop.dispatch(MoveFulfillmentOrder(fulfillment_order_id=one.id, location_id=shop.service.location_id))
    await shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=one.id))
    await shop.dispatch(AcceptFulfillmentRequest(fulfillment_order_id=one.id), shop.warehouse)
    await shop.dispatch(SubmitCancellationRequest(fulfillment_order_id=one.id))
    await shop.dispatch(answer(fulfillment_order_id=one.id), shop.warehouse)
    return one.id


async def test_statuses_are_filtered_as_they_are_told(anything: Scene) -> None:
    hands = Hands(anything, seed=29)
    await hands.prepare()
    for _ in range(40):
        order = await hands.new_order()
        for _ in range(18):
            await hands.act(await anything.read(order.id))
    for answer in (AcceptCancellationRequest, RejectCancellationRequest):
        await asked_to_stop(hands, answer)
    given_up = await asked_to_stop(hands, RejectCancellationRequest)
    await anything.dispatch(CloseFulfillmentOrder(fulfillment_order_id=given_up), anything.warehouse)
    await anything.pool.execute("UPDATE order_lines SET requires_shipping = false WHERE order_id % 5 = 0")
    rows = await anything.pool.fetch("SELECT id FROM orders WHERE deleted_at IS NULL")
    async with anything.pool.acquire() as connection:
        orders = await load_orders(connection, anything.shop_id, [row["id"] for row in rows])
    status: dict[WorkStatus, set[int]] = {each: set() for each in WorkStatus}
    asked: dict[WorkRequestStatus, set[int]] = {each: set() for each in WorkRequestStatus}
    for order in orders.values():
        for each in order.fulfillment_orders:
            status[work_status(order, each)].add(each.id)
            asked[work_request_status(order, each)].add(each.id)
    everything = Window(limit=10_000, descending=True)

    async def found(query: FindFulfillmentOrders) -> set[int]:
        page, _, _ = await anything.dispatcher.ask(query, Origin(shop_id=anything.shop_id))
        return {item.fulfillment_order.id for item in page.items}

    for word, told in status.items():
        assert await found(FindFulfillmentOrders(statuses=(word,), window=everything)) == told, word
    for said, told in asked.items():
        assert await found(FindFulfillmentOrders(request_statuses=(said,), window=everything)) == told, said
    assert [word for word, told in status.items() if not told] == []
    assert [word for word, told in asked.items() if not told] == []
