"""Commands of the catalogue, the stock and the services, and every query, straight through dispatch."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from crossdock.domain.access import MERCHANT, Caller
from crossdock.domain.catalogue import (
    AdjustAvailable,
    CreateFulfillmentService,
    CreateProduct,
    NewVariant,
    Product,
    SetAvailable,
    StockedLevel,
    StockItem,
)
from crossdock.domain.commands import SubmitFulfillmentRequest
from crossdock.domain.places import FulfillmentService
from crossdock.domain.queries import (
    AssignmentStatus,
    CountOrders,
    CountProducts,
    GetFulfillmentOrder,
    GetFulfillmentService,
    GetInventoryItem,
    GetLocation,
    GetOrder,
    GetProduct,
    GetShop,
    GetVariant,
    ListAssignedFulfillmentOrders,
    ListFulfillmentOrders,
    ListFulfillmentServices,
    ListInventoryItems,
    ListInventoryLevels,
    ListLocations,
    ListOrders,
    ListProducts,
    Page,
    Spans,
    Window,
)
from crossdock.domain.refusals import Invalid, NotFound, NotPermitted
from crossdock.runtime.secrets import Vault, new_key
from crossdock.store.dispatch.origin import Origin
from crossdock.store.handlers.callback_urls import UrlPolicy
from crossdock.store.setup import create_app, create_shop
from tests.store.scene import NOW, Scene, scene


@pytest_asyncio.fixture
async def shop(store_database: str) -> AsyncIterator[Scene]:
    async with scene(store_database) as place:
        yield place
        assert await place.offences() == []


async def ask(shop: Scene, query: object, caller: Caller = MERCHANT) -> object:
    result, _, _ = await shop.dispatcher.ask(query, Origin(shop_id=shop.shop_id, caller=caller))
    return result


async def test_a_product_has_variants_items_and_nothing_in_stock(shop: Scene) -> None:
    product = await shop.product("TEE-M", "TEE-L")
    assert [variant.sku for variant in product.variants] == ["TEE-M", "TEE-L"]
    assert [variant.position for variant in product.variants] == [1, 2]
    assert await ask(shop, GetProduct(product_id=product.id)) == product
    one = product.variants[0]
    assert await ask(shop, GetVariant(variant_id=one.id)) == one
    levels = await ask(shop, ListInventoryLevels(inventory_item_ids=(one.inventory_item_id,)))
    assert isinstance(levels, Page)
    assert [(level.location_id, level.available) for level in levels.items] == [(shop.merchant_location, 0)]


async def test_variants_managed_by_a_service_are_stocked_at_its_location(shop: Scene) -> None:
    product = await shop.product("TEE-M", managed_by=shop.service.handle)
    levels = await ask(shop, ListInventoryLevels(inventory_item_ids=(product.variants[0].inventory_item_id,)))
    assert isinstance(levels, Page)
    assert [level.location_id for level in levels.items] == [shop.service.location_id]


async def test_two_products_of_one_title_have_handles_of_their_own(shop: Scene) -> None:
    first = await shop.dispatch(CreateProduct(title="Tee & Mug"))
    second = await shop.dispatch(CreateProduct(title="Tee & Mug"))
    assert isinstance(first, Product)
    assert isinstance(second, Product)
    assert first.handle == "tee-mug"
    assert second.handle == f"tee-mug-{second.id}"


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (CreateProduct(title="  "), "title"),
        (CreateProduct(title="x" * 256), "title"),
        (CreateProduct(title="Tee", status="lost"), "status"),
        (CreateProduct(title="Tee", variants=(NewVariant(price=-1),)), "price"),
        (CreateProduct(title="Tee", variants=(NewVariant(grams=2**31),)), "grams"),
        (CreateProduct(title="Tee", variants=(NewVariant(managed_by="nobody"),)), "inventory_management"),
        (CreateProduct(title="Tee", variants=(NewVariant(title="M"), NewVariant(title="m"))), "base"),
        (CreateProduct(title="Tee", variants=tuple(NewVariant(title=str(n)) for n in range(101))), "variants"),
    ],
)
async def test_a_product_that_breaks_a_rule_is_refused(shop: Scene, command: CreateProduct, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await shop.dispatch(command)
    assert refused.value.field == field
    assert await ask(shop, CountProducts()) == 0


async def test_counts_and_corrections_go_through_the_ledger(shop: Scene) -> None:
    item = (await shop.product("TEE-M")).variants[0].inventory_item_id
    there: dict[str, Any] = {"inventory_item_id": item, "location_id": shop.service.location_id}
    level = await shop.dispatch(SetAvailable(**there, available=7))
    assert isinstance(level, StockedLevel)
    assert level.available == 7
    level = await shop.dispatch(AdjustAvailable(**there, delta=-9))
    assert isinstance(level, StockedLevel)
    assert level.available == -2
    await shop.dispatch(SetAvailable(**there, available=-2))
    moves = await shop.pool.fetch("SELECT quantity, source, target, available_after FROM stock_moves ORDER BY id")
    assert [tuple(move) for move in moves] == [(7, None, "available", 7), (9, "available", None, -2)]


async def test_twenty_corrections_at_once_all_count(shop: Scene) -> None:
    item = (await shop.product("TEE-M")).variants[0].inventory_item_id
    one_more = AdjustAvailable(inventory_item_id=item, location_id=shop.merchant_location, delta=1)
    await asyncio.gather(*(shop.dispatch(one_more) for _ in range(20)))
    page = await ask(shop, ListInventoryLevels(inventory_item_ids=(item,)))
    assert isinstance(page, Page)
    assert page.items[0].available == 20


async def test_stock_is_refused_where_there_can_be_none(shop: Scene) -> None:
    counted = (await shop.product("TEE-M")).variants[0].inventory_item_id
    uncounted = (await shop.product("CARD", managed_by=None)).variants[0].inventory_item_id
    here = shop.merchant_location
    refusals: list[tuple[object, type[Exception]]] = [
        (SetAvailable(inventory_item_id=1, location_id=here, available=1), NotFound),
        (SetAvailable(inventory_item_id=counted, location_id=1, available=1), NotFound),
        (SetAvailable(inventory_item_id=uncounted, location_id=here, available=1), Invalid),
        (SetAvailable(inventory_item_id=counted, location_id=here, available=10**9 + 1), Invalid),
        (AdjustAvailable(inventory_item_id=counted, location_id=shop.service.location_id, delta=1), Invalid),
        (AdjustAvailable(inventory_item_id=counted, location_id=here, delta=-(10**9) - 1), Invalid),
        (StockItem(inventory_item_id=1, location_id=here), NotFound),
    ]
    for command, refusal in refusals:
        with pytest.raises(refusal):
            await shop.dispatch(command)


async def test_an_item_begins_to_be_stocked_once(shop: Scene) -> None:
    item = (await shop.product("TEE-M")).variants[0].inventory_item_id
    command = StockItem(inventory_item_id=item, location_id=shop.service.location_id)
    first = await shop.dispatch(command)
    assert isinstance(first, StockedLevel)
    assert first.available == 0
    assert await shop.dispatch(command) == first


async def test_a_service_that_does_not_share_skus_has_its_items_alone(shop: Scene) -> None:
    caller = Caller(app_id=shop.app_id)
    alone = await shop.dispatch(CreateFulfillmentService(name="Alone", permits_sku_sharing=False), caller)
    assert isinstance(alone, FulfillmentService)
    item = (await shop.product("TEE-M")).variants[0].inventory_item_id
    with pytest.raises(Invalid, match="more than one location"):
        await shop.dispatch(StockItem(inventory_item_id=item, location_id=alone.location_id))


async def test_a_service_gets_a_location_of_its_name(shop: Scene) -> None:
    service = await shop.dispatch(
        CreateFulfillmentService(name="Jupiter Fulfillment", callback_url="HTTPS://Jupiter.Example.NET.au"),
        Caller(app_id=shop.app_id),
    )
    assert isinstance(service, FulfillmentService)
    assert (service.handle, service.dialect) == ("jupiter-fulfillment", "shopify")
    assert service.callback_url == "https://jupiter.example.net.au/"
    location = await ask(shop, GetLocation(location_id=service.location_id))
    assert getattr(location, "name", None) == "Jupiter Fulfillment"
    assert getattr(location, "service", None) == service
    assert await ask(shop, GetFulfillmentService(service_id=service.id)) == service


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "can't be blank"),
        (" Jupiter", "cannot begin with a whitespace character"),
        ("Jupiter ", "cannot end with a whitespace character"),
        ("Gift Card", "is reserved"),
        ("ACME 3pl", "has already been taken"),
        ("Shop Location", "has already been taken"),
        ("x" * 256, "is too long (maximum is 255 characters)"),
    ],
)
async def test_names_of_services_keep_to_the_rules(shop: Scene, name: str, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        await shop.dispatch(CreateFulfillmentService(name=name), Caller(app_id=shop.app_id))
    assert (refused.value.field, refused.value.message) == ("name", message)


async def test_only_an_app_registers_a_service(shop: Scene) -> None:
    with pytest.raises(NotPermitted):
        await shop.dispatch(CreateFulfillmentService(name="Jupiter"))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://3pl.com/",
        "3pl.com",
        "http://3pl.com/",
        "https://user:secret@3pl.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.1.2.3/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://①②⑦.⓪.⓪.①/",
        "https://3pl..com/",
        "https://169.254.169.254/latest",
        "https://[::ffff:10.0.0.1]/",
        "https://localhost/",
        "https://warehouse/",
        "https://db.internal/",
        "https://example.com/",
        "https://www.example.com/",
        "https://acme.myshopify.com/",
        "https://3pl.com:99999/",
        "https://3pl .com/",
        "https://",
        "https://3pl.com/" + "x" * 2048,
    ],
)
def test_callback_urls_that_are_not_public_are_refused(url: str) -> None:
    with pytest.raises(Invalid):
        UrlPolicy().normal(url)


def test_callback_urls_are_kept_in_one_form() -> None:
    assert UrlPolicy().normal("https://3PL.com") == "https://3pl.com/"
    assert UrlPolicy().normal("https://3pl.com/a/B?c=D") == "https://3pl.com/a/B?c=D"
    sandbox = UrlPolicy(http=True, allowed=("127.0.0.0/8", "localhost"))
    assert sandbox.normal("http://127.0.0.1:8001/x") == "http://127.0.0.1:8001/x"
    assert sandbox.normal("http://localhost:8001") == "http://localhost:8001/"


async def test_lists_are_read_in_parts_both_ways(shop: Scene) -> None:
    products = [await shop.product(f"SKU-{number}") for number in range(5)]
    ids = [product.id for product in products]

    async def page(window: Window) -> tuple[list[int], int | None, int | None]:
        found = await ask(shop, ListProducts(window=window))
        assert isinstance(found, Page)
        return [product.id for product in found.items], found.previous, found.next

    assert await page(Window(limit=2)) == (ids[:2], None, ids[1])
    assert await page(Window(limit=2, after=ids[1])) == (ids[2:4], ids[2], ids[3])
    assert await page(Window(limit=2, after=ids[3])) == (ids[4:], ids[4], None)
    assert await page(Window(limit=2, before=ids[4])) == (ids[2:4], ids[2], ids[3])
    assert await page(Window(limit=2, before=ids[2])) == (ids[:2], None, ids[1])
    newest = ids[::-1]
    assert await page(Window(limit=2, descending=True)) == (newest[:2], None, newest[1])
    assert await page(Window(limit=2, after=newest[1], descending=True)) == (newest[2:4], newest[2], newest[3])
    assert await page(Window(limit=2, before=newest[2], descending=True)) == (newest[:2], None, newest[1])
    assert await page(Window(limit=5)) == (ids, None, None)
    found = await ask(shop, ListProducts(ids=(ids[3], ids[0])))
    assert isinstance(found, Page)
    assert [product.id for product in found.items] == [ids[0], ids[3]]


async def test_orders_are_filtered(shop: Scene) -> None:
    tee = (await shop.product("TEE-M")).variants[0]
    await shop.stock(tee, shop.merchant_location, 10)
    first, second = await shop.order((tee, 1)), await shop.order((tee, 2))

    async def listed(**filters: object) -> list[int]:
        found = await ask(shop, ListOrders(**filters))  # type: ignore[arg-type]
        assert isinstance(found, Page)
        assert await ask(shop, CountOrders(filters=ListOrders(**filters))) == len(found.items)  # type: ignore[arg-type]
        return [order.id for order in found.items]

    both = [second.id, first.id]
    assert await listed() == both
    assert await listed(status="any", fulfillment_status="unshipped", financial_status="paid") == both
    assert await listed(name="#1001") == [first.id]
    assert await listed(name="1002") == [second.id]
    assert await listed(ids=(first.id, 1)) == [first.id]
    assert await listed(spans=Spans(created_at_min=first.created_at, updated_at_max=second.updated_at)) == both
    assert await listed(spans=Spans(created_at_min=second.updated_at, created_at_max=first.created_at)) == []
    assert (
        await listed(status="closed")
        == await listed(status="cancelled")
        == await listed(fulfillment_status="shipped")
        == []
    )
    for wrong in ({"status": "lost"}, {"fulfillment_status": "lost"}):
        with pytest.raises(Invalid):
            await listed(**wrong)
    assert await ask(shop, GetOrder(order_id=first.id)) == await shop.read(first.id)


async def test_work_is_seen_by_whom_it_concerns(shop: Scene) -> None:
    tee = (await shop.product("TEE-M")).variants[0]
    await shop.stock(tee, shop.service.location_id, 10)
    order = await shop.order((tee, 1))
    (one,) = order.fulfillment_orders
    assert one.location_id == shop.service.location_id
    stranger = replace(shop.warehouse, app_id=shop.app_id + 1000)

    async def seen(query: object, caller: Caller) -> int:
        found = await ask(shop, query, caller)
        return len(found.items if isinstance(found, Page) else found)  # type: ignore[arg-type]

    of_order = ListFulfillmentOrders(order_id=order.id)
    assert [await seen(of_order, caller) for caller in (MERCHANT, shop.warehouse, stranger)] == [1, 1, 0]
    with pytest.raises(NotFound):
        await ask(shop, GetFulfillmentOrder(fulfillment_order_id=one.id), stranger)
    assigned = ListAssignedFulfillmentOrders()
    requested = ListAssignedFulfillmentOrders(assignment_status=AssignmentStatus.FULFILLMENT_REQUESTED)
    assert [await seen(assigned, caller) for caller in (MERCHANT, shop.warehouse, stranger)] == [0, 1, 0]
    assert await seen(requested, shop.warehouse) == 0
    await shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=one.id))
    assert await seen(requested, shop.warehouse) == 1
    elsewhere = replace(requested, location_ids=(shop.merchant_location,))
    assert await seen(elsewhere, shop.warehouse) == 0


async def test_nothing_of_another_shop_is_found(shop: Scene) -> None:
    tee = (await shop.product("TEE-M")).variants[0]
    await shop.stock(tee, shop.merchant_location, 3)
    order = await shop.order((tee, 1))
    other = await create_shop(
        shop.pool, NOW, name="Other", subdomain="other", domain="other.example", email="desk@other.example"
    )
    app = await create_app(shop.pool, Vault([new_key("test")]), NOW, other, name="Acme 3PL")
    foreign = replace(shop, shop_id=other, app_id=app.id)
    caller = Caller(app_id=app.id)
    for query in (
        GetOrder(order_id=order.id),
        ListFulfillmentOrders(order_id=order.id),
        GetFulfillmentOrder(fulfillment_order_id=order.fulfillment_orders[0].id),
        GetProduct(product_id=tee.product_id),
        GetVariant(variant_id=tee.id),
        GetInventoryItem(inventory_item_id=tee.inventory_item_id),
        GetLocation(location_id=shop.merchant_location),
        GetFulfillmentService(service_id=shop.service.id),
    ):
        with pytest.raises(NotFound):
            await ask(foreign, query, caller)
    for listing in (
        ListOrders(status="any", ids=(order.id,)),
        ListProducts(),
        ListInventoryItems(ids=(tee.inventory_item_id,)),
        ListInventoryLevels(location_ids=(shop.merchant_location,)),
        ListLocations(),
        ListFulfillmentServices(everyone=True),
        ListAssignedFulfillmentOrders(location_ids=(shop.service.location_id,)),
    ):
        found = await ask(foreign, listing, caller)
        assert not (found.items if isinstance(found, Page) else found), listing
    for command in (
        SetAvailable(inventory_item_id=tee.inventory_item_id, location_id=shop.merchant_location, available=9),
        StockItem(inventory_item_id=tee.inventory_item_id, location_id=shop.merchant_location),
    ):
        with pytest.raises(NotFound):
            await foreign.dispatch(command, caller)
    assert (await shop.available(tee, shop.merchant_location))[2] == 3
    assert getattr(await ask(foreign, GetShop(), caller), "subdomain", None) == "other"
