"""The catalogue by 29 Next's Admin API: counted at once, told to others, in forms, and however long the lists are."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest
import pytest_asyncio

from crossdock.domain.catalogue import ChangeVariant, CreateProduct, NewVariant, Product, UpdateProduct
from crossdock.domain.locating import AddLocation
from crossdock.domain.offering import (
    AddProduct,
    AddVariant,
    AttributeValue,
    EditProduct,
    EditVariant,
    FirstRecord,
    NewOffer,
    OfferChange,
    RemoveVariant,
    VariantFound,
)
from crossdock.domain.places import Address, Location
from crossdock.domain.placing import ClosePlace, OpenPlace, ReplacePlace
from crossdock.domain.product_details import ProductDetails
from crossdock.domain.stock_records import AddStockRecord, ChangeStockRecord, RemoveStockRecord, StockRecord
from tests.store.next29_calls import ADDRESS, Api, Next29, next29_shop
from tests.store.test_graphql_orders import counted
from tests.store.test_told import Listener, listener

__all__ = ["listener"]  # a fixture
LUND = Address(address1="Storgatan 1", city="Lund", country_code="SE")


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Next29]:
    async with next29_shop(store_database) as shop:
        yield shop
        assert await shop.shop.offences() == []


async def record_of(acme: Next29, sku: str, units: int) -> tuple[str, int]:
    """Stock something new at the merchant's location; return the record's path and the variant's id."""
    variant = (await acme.shop.product(sku)).variants[0]
    answer = await acme.desk.ok("GET", f"stockrecords/?sku={sku}")
    path = f"stockrecords/{answer['results'][0]['id']}/"
    await acme.desk.ok("PATCH", path, {"num_in_stock": units})
    return path, variant.id


async def test_counts_and_orders_at_once_lose_no_unit(acme: Next29) -> None:
    path, variant_id = await record_of(acme, "TEE", 100)
    product = await acme.desk.ok("GET", f"products/variants/{variant_id}/")
    variant = await acme.shop.dispatch(ChangeVariant(variant_id=product["id"], barcode="1"))
    counts = [acme.desk.ok("PATCH", path, {"num_in_stock": units}) for units in range(50, 90, 4)]
    orders = [acme.shop.order((variant, 1)) for _ in range(10)]  # type: ignore[arg-type]  # it is a variant
    await asyncio.gather(*counts, *orders)
    after = await acme.desk.ok("GET", path)
    assert after["num_in_stock"] in range(50, 90, 4)
    assert (after["num_allocated"], after["net_stock_level"]) == (10, after["num_in_stock"] - 10)


async def test_one_record_is_made_however_often_it_is_asked_for_at_once(acme: Next29) -> None:
    variant = (await acme.shop.product("TEE")).variants[0]
    dock = await acme.warehouse.ok("POST", "locations/", {"name": "Dock 1", "address": ADDRESS})
    body = {"product": variant.id, "location_id": dock["id"], "num_in_stock": 4}
    made = await asyncio.gather(*(acme.desk.call("POST", "stockrecords/", body) for _ in range(6)))
    assert sorted(reply.status for reply in made) == [201, 400, 400, 400, 400, 400]


async def test_a_name_is_given_to_one_location_only(acme: Next29) -> None:
    body = {"name": "Dock 1", "address": ADDRESS}
    made = await asyncio.gather(*(acme.warehouse.call("POST", "locations/", body) for _ in range(4)))
    assert sorted(reply.status for reply in made) == [201, 400, 400, 400]


async def test_a_key_makes_a_product_once(acme: Next29) -> None:
    acme.desk.client.headers["idempotency-key"] = "k1"
    made = [await acme.desk.ok("POST", "products/", {"title": "Mug"}) for _ in range(2)]
    assert made[0] == made[1]


@pytest.mark.parametrize("what", ["products/", "products/{}/variants/", "stockrecords/", "locations/"])
async def test_longer_lists_take_no_more_statements(acme: Next29, what: str) -> None:
    for number in range(4):
        await acme.shop.dispatch(AddLocation(name=f"Annex {number}", address=LUND))
    variants = [{"sku": f"V{n}", "variant_attribute_values": [{"name": "No", "value": str(n)}]} for n in range(4)]
    product = await acme.desk.ok("POST", "products/", {"title": "Tee", "variants": variants})
    for _ in range(3):
        await acme.desk.ok("POST", "products/", {"title": "Tee", "variants": variants})
    counts = []
    for size in (1, 1, 4):  # the first time a connection asks for what it then knows
        async with counted(acme.served) as statements:
            await acme.desk.ok("GET", f"{what.format(product['id'])}?page_size={size}")
        counts.append(len(statements))
    assert counts[1] == counts[2]


async def test_products_of_many_variants_are_made_by_as_many_statements_as_those_of_one(acme: Next29) -> None:
    async def made(count: int) -> int:
        variants = [
            {
                "variant_attribute_values": [{"name": "No", "value": str(number)}],
                "stockrecords": [{"location_id": acme.shop.merchant_location, "num_in_stock": number}],
            }
            for number in range(1, count + 1)
        ]
        async with counted(acme.served) as statements:
            await acme.desk.ok("POST", "products/", {"title": "Tee", "variants": variants})
        return len(statements)

    await made(1)
    assert await made(2) == await made(20)


async def test_forms_say_the_same_as_json(acme: Next29) -> None:
    async def send(api: Api, path: str, pairs: list[tuple[str, str]]) -> None:
        reply = await api.client.send(
            "POST",
            f"/api/admin/{path}",
            urlencode(pairs).encode(),
            content_type="application/x-www-form-urlencoded",
        )
        assert reply.status == 201, reply.body

    address = [(f"address.{name}", text) for name, text in ADDRESS.items()]
    await send(acme.warehouse, "locations/", [("name", "Dock 1"), ("accept_return", "true"), *address])
    (dock,) = (await acme.warehouse.ok("GET", "locations/"))["results"]
    assert (dock["accept_return"], dock["address"]["line4"]) == (True, "Lund")
    pairs = [
        ("title", "Tee"),
        ("is_public", "false"),
        ("metadata", '{"season": 2}'),
        ("categories", "7"),
        ("categories", "9"),
        ("variants[0]sku", "TEE"),
        ("variants[0]prices[0]price", "18.50"),
        ("variants[0]stockrecords[0]location_id", str(dock["id"])),
        ("variants[0]stockrecords[0]num_in_stock", "5"),
    ]
    await send(acme.desk, "products/", pairs)
    (tee,) = (await acme.desk.ok("GET", "products/"))["results"]
    assert (tee["is_public"], tee["metadata"], [each["id"] for each in tee["categories"]]) == (
        False,
        {"season": 2},
        [7, 9],
    )
    (variant,) = tee["variants"]
    assert (variant["prices"][0]["price"], variant["stockrecords"][0]["num_in_stock"]) == ("18.50", 5)
    await send(
        acme.desk, "stockrecords/", [("product", str(tee["id"])), ("location_id", str(acme.shop.merchant_location))]
    )


async def test_what_is_done_here_is_told_to_those_who_listen(listener: Listener) -> None:
    shop = listener.scene.shop
    add = AddProduct(
        product=CreateProduct(title="Mug"),
        details=ProductDetails(metadata={"a": 1}),
        offers=(
            NewOffer(
                variant=NewVariant(managed_by="shopify"),
                records=(FirstRecord(location_id=shop.service.location_id, on_hand=5),),
            ),
        ),
    )
    mug = await shop.dispatch(add)
    assert isinstance(mug, Product)
    said = await listener.said()
    assert [topic for topic, _ in said] == ["products/create", "inventory_items/create", "inventory_levels/connect"]
    assert (said[2][1]["location_id"], said[2][1]["available"]) == (shop.service.location_id, 5)
    only = mug.variants[0].id
    new = AddVariant(
        product_id=mug.id, offer=NewOffer(variant=NewVariant()), values=(AttributeValue(name="Glaze", value="red"),)
    )
    red = await shop.dispatch(new)
    assert isinstance(red, VariantFound)
    record = await shop.dispatch(
        AddStockRecord(goods_id=only, location_id=shop.merchant_location, on_hand=2, low_stock_threshold=1)
    )
    assert isinstance(record, StockRecord)
    dock = await shop.dispatch(OpenPlace(name="Annex", address=LUND))
    assert isinstance(dock, Location)
    await listener.said()
    cases: list[tuple[object, list[str]]] = [
        (
            EditProduct(product=UpdateProduct(product_id=mug.id, title="Cup"), details=ProductDetails()),
            ["products/update"],
        ),
        (
            EditVariant(offer=OfferChange(variant=ChangeVariant(variant_id=only, sku="CUP"))),
            ["products/update", "inventory_items/update"],
        ),
        (RemoveVariant(variant_id=red.variant.id), ["inventory_items/delete", "products/update"]),
        (ChangeStockRecord(record_id=record.id, on_hand=9), ["inventory_levels/update"]),
        (ChangeStockRecord(record_id=record.id, on_hand=9), []),
        (RemoveStockRecord(record_id=record.id), ["inventory_levels/disconnect"]),
        (
            AddStockRecord(goods_id=only, location_id=shop.merchant_location, on_hand=0),
            ["inventory_levels/connect"],
        ),
        (ReplacePlace(location_id=dock.id, address=LUND, name="Barn"), ["locations/update"]),
        (ClosePlace(location_id=dock.id), ["locations/delete"]),
        (OpenPlace(name="Annex", address=LUND), ["locations/create"]),
    ]
    for command, topics in cases:
        await shop.dispatch(command)
        assert await listener.topics() == topics, command
