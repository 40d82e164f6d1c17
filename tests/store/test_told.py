"""What apps are told of things that are no orders: stock, products, items, locations."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest_asyncio

from crossdock.dialects.shopify.webhooks import TOPICS
from crossdock.domain.access import Caller
from crossdock.domain.catalogue import (
    AdjustAvailable,
    ChangeVariant,
    CreateFulfillmentService,
    CreateProduct,
    CreateVariants,
    DeleteFulfillmentService,
    DeleteProduct,
    DeleteVariant,
    NewVariant,
    Product,
    ProductSet,
    ProductVariant,
    SetAvailable,
    SetProduct,
    StockAdjustment,
    StockCount,
    StockItem,
    UpdateFulfillmentService,
    UpdateInventoryItem,
    UpdateProduct,
    WantedVariant,
)
from crossdock.domain.commands import CancelOrder
from crossdock.domain.locating import AddLocation, DeactivateLocation, DeleteLocation, EditLocation
from crossdock.domain.places import Address, FulfillmentService, Location
from crossdock.domain.stock_commands import (
    ActivateLevel,
    Count,
    DeactivateLevel,
    Load,
    QuantityName,
    SetQuantities,
    Toggle,
    ToggleLevels,
    TransferStock,
)
from tests.store.hearing import Stage, stage

SCOPES = ("read_orders", "read_products", "read_inventory", "read_locations")
GROUPS = {"products", "inventory_items", "inventory_levels", "locations"}


@dataclass
class Listener:
    """An app that subscribed to everything but orders; `said` gives what it has been told since it was last asked."""

    scene: Stage
    last: int = 0

    async def said(self) -> list[tuple[str, Any]]:
        rows = [row for row in await self.scene.messages("webhook") if row["id"] > self.last]
        self.last = max([self.last, *(row["id"] for row in rows)])
        return [(row["command"]["topic"], msgspec.json.decode(row["request_body"])) for row in rows]

    async def topics(self) -> list[str]:
        return [topic for topic, _ in await self.said()]


@pytest_asyncio.fixture
async def listener(store_database: str) -> AsyncIterator[Listener]:
    async with stage(store_database, scopes=SCOPES) as scene:
        for topic in TOPICS:
            if topic.partition("/")[0] in GROUPS:
                await scene.subscribe(topic)
        yield Listener(scene)
        await scene.settle()
        assert await scene.shop.offences() == []


async def test_a_product_is_told_with_its_items_and_levels(listener: Listener) -> None:
    shop = listener.scene.shop
    product = await shop.product("MUG")
    (variant,) = product.variants
    made = await listener.said()
    assert [topic for topic, _ in made] == ["products/create", "inventory_items/create", "inventory_levels/connect"]
    assert made[0][1]["variants"][0]["sku"] == "MUG"
    assert made[1][1]["admin_graphql_api_id"] == f"gid://shopify/InventoryItem/{variant.inventory_item_id}"
    assert made[2][1]["available"] == 0

    await shop.dispatch(UpdateProduct(product_id=product.id, title="Cup"))
    assert [(topic, body["title"]) for topic, body in await listener.said()] == [("products/update", "Cup")]
    await shop.dispatch(ChangeVariant(variant_id=variant.id, sku="CUP"))
    assert await listener.topics() == ["products/update", "inventory_items/update"]
    await shop.dispatch(UpdateInventoryItem(inventory_item_id=variant.inventory_item_id, cost=250))
    assert [(topic, body["cost"]) for topic, body in await listener.said()] == [("inventory_items/update", "2.50")]

    large = await shop.dispatch(CreateVariants(product_id=product.id, variants=(NewVariant(title="L", sku="CUP-L"),)))
    assert isinstance(large, tuple)
    assert await listener.topics() == ["products/update", "inventory_items/create", "inventory_levels/connect"]
    await shop.dispatch(DeleteVariant(product_id=product.id, variant_id=large[0].id))
    gone, updated = await listener.said()
    assert gone == ("inventory_items/delete", {"id": large[0].inventory_item_id})
    assert (updated[0], len(updated[1]["variants"])) == ("products/update", 1)
    await shop.dispatch(DeleteProduct(product_id=product.id))
    assert await listener.said() == [
        ("products/delete", {"id": product.id}),
        ("inventory_items/delete", {"id": variant.inventory_item_id}),
    ]


async def test_what_comes_and_goes_with_a_product_that_is_set_is_told(listener: Listener) -> None:
    shop = listener.scene.shop
    small, large = (NewVariant(options=(size,), managed_by="shopify") for size in ("S", "L"))
    wanted = [WantedVariant(change=ChangeVariant(variant_id=0, price=100), new=each) for each in (small, large)]
    made = await shop.dispatch(SetProduct(title="Mug", options=("Size",), variants=(wanted[0],)))
    assert isinstance(made, ProductSet)
    assert await listener.topics() == ["products/create", "inventory_items/create", "inventory_levels/connect"]
    await shop.dispatch(SetProduct(product_id=made.product.id, variants=tuple(wanted)))
    assert await listener.topics() == [
        *("products/update", "inventory_items/update"),
        *("inventory_items/create", "inventory_levels/connect"),
    ]
    after = await shop.dispatch(SetProduct(product_id=made.product.id, variants=(wanted[1],)))
    assert isinstance(after, ProductSet)
    assert after.gone == (made.product.variants[0].inventory_item_id,)
    assert await listener.topics() == ["products/update", "inventory_items/update", "inventory_items/delete"]
    plain = await shop.dispatch(CreateProduct(title="Cup"))
    assert isinstance(plain, Product)
    await listener.said()
    await shop.dispatch(CreateVariants(product_id=plain.id, variants=(small,), replaces_default=True))
    assert await listener.topics() == [
        *("inventory_items/delete", "products/update"),
        *("inventory_items/create", "inventory_levels/connect"),
    ]


async def levels(listener: Listener) -> list[tuple[str, int, int | None]]:
    """Return what was told of levels: what happened, where, and what is available."""
    return [
        (topic.partition("/")[2], body["location_id"], body.get("available"))
        for topic, body in await listener.said()
        if topic.startswith("inventory_levels/")
    ]


async def test_stock_is_told_where_what_is_available_changes(listener: Listener) -> None:
    scene, shop = listener.scene, listener.scene.shop
    here, there = shop.merchant_location, shop.service.location_id
    mug: ProductVariant = (await shop.product("MUG")).variants[0]
    item = mug.inventory_item_id
    await levels(listener)

    await shop.dispatch(SetAvailable(inventory_item_id=item, location_id=here, available=5))
    await shop.dispatch(SetAvailable(inventory_item_id=item, location_id=here, available=5))
    assert await levels(listener) == [("update", here, 5)]
    await shop.dispatch(AdjustAvailable(inventory_item_id=item, location_id=here, delta=-1))
    assert await levels(listener) == [("update", here, 4)]
    await shop.dispatch(StockItem(inventory_item_id=item, location_id=there))
    await shop.dispatch(StockItem(inventory_item_id=item, location_id=there))
    assert await levels(listener) == [("connect", there, 0)]
    count = Count(inventory_item_id=item, location_id=here, quantity=9)
    await shop.dispatch(SetQuantities(name=QuantityName.AVAILABLE, counts=(count,)))
    await shop.dispatch(SetQuantities(name=QuantityName.AVAILABLE, counts=(count,)))
    assert await levels(listener) == [("update", here, 9)]
    load = Load(inventory_item_id=item, quantity=2)
    await shop.dispatch(TransferStock(from_location_id=here, to_location_id=there, loads=(load,)))
    assert sorted(await levels(listener)) == sorted([("update", here, 7), ("update", there, 2)])
    await shop.dispatch(TransferStock(from_location_id=there, to_location_id=here, loads=(load,)))
    await levels(listener)
    await shop.dispatch(DeactivateLevel(inventory_item_id=item, location_id=there))
    assert await levels(listener) == [("disconnect", there, None)]
    await shop.dispatch(ActivateLevel(inventory_item_id=item, location_id=there))
    assert await levels(listener) == [("connect", there, 0)]
    adjusted = (StockAdjustment(location_id=here, delta=-2), StockAdjustment(location_id=there, delta=None))
    await shop.dispatch(ChangeVariant(variant_id=mug.id, price=5, adjustments=adjusted))
    assert sorted(await levels(listener)) == sorted([("update", here, 7), ("disconnect", there, None)])
    change = ChangeVariant(variant_id=mug.id, adjustments=(StockAdjustment(location_id=here, delta=1),))
    await shop.dispatch(UpdateProduct(product_id=mug.product_id, variants=(change,)))
    assert await levels(listener) == [("update", here, 8)]
    assert await scene.shop.offences() == []


async def test_an_order_tells_of_the_stock_that_it_claims_and_gives_back(listener: Listener) -> None:
    scene, shop = listener.scene, listener.scene.shop
    await listener.said()
    order = await shop.order((scene.tee, 3))
    (work,) = order.fulfillment_orders
    ((topic, body),) = await listener.said()
    assert topic == "inventory_levels/update"
    level_id = await scene.store.pool.fetchval(
        "SELECT id FROM inventory_levels WHERE inventory_item_id = $1 AND location_id = $2",
        scene.tee.inventory_item_id,
        work.location_id,
    )
    assert body == {
        "inventory_item_id": scene.tee.inventory_item_id,
        "location_id": work.location_id,
        "available": 497,
        "updated_at": order.created_at.isoformat(timespec="seconds"),
        "admin_graphql_api_id": (
            f"gid://shopify/InventoryLevel/{level_id}?inventory_item_id={scene.tee.inventory_item_id}"
        ),
    }
    await shop.dispatch(CancelOrder(order_id=order.id, restock=True))
    assert await levels(listener) == [("update", work.location_id, 500)]


async def test_what_a_command_tells_of_is_one_action_to_its_hearers(listener: Listener) -> None:
    scene = listener.scene
    await scene.subscribe("orders/create")
    await scene.shop.order((scene.tee, 1))
    await scene.settle()
    told = {
        headers["x-shopify-topic"]: headers["x-shopify-event-id"]
        for _, headers, _ in scene.ear.heard
        if headers["x-shopify-topic"] in {"orders/create", "inventory_levels/update"}
    }
    assert len(told) == 2
    assert len(set(told.values())) == 1


async def test_a_services_location_is_told(listener: Listener) -> None:
    scene, shop = listener.scene, listener.scene.shop
    app = Caller(app_id=scene.app.id)
    await listener.said()
    made = await shop.dispatch(CreateFulfillmentService(name="Nordlager"), app)
    assert isinstance(made, FulfillmentService)
    ((topic, body),) = await listener.said()
    assert (topic, body["id"], body["name"], body["legacy"]) == (
        "locations/create",
        made.location_id,
        "Nordlager",
        True,
    )
    await shop.dispatch(UpdateFulfillmentService(service_id=made.id, name="Südlager"), app)
    assert [(topic, body["name"]) for topic, body in await listener.said()] == [("locations/update", "Südlager")]
    await shop.dispatch(DeleteFulfillmentService(service_id=made.id), app)
    assert ("locations/delete", {"id": made.location_id}) in await listener.said()


async def test_whoever_may_not_read_it_is_not_told(store_database: str) -> None:
    async with stage(store_database, scopes=SCOPES) as scene:
        await scene.subscribe("inventory_levels/update")
        await scene.store.pool.execute("UPDATE tokens SET scopes = '{read_orders}'")
        await scene.shop.order((scene.tee, 1))
        assert await scene.messages("webhook") == []


async def test_locations_are_told_with_what_goes_elsewhere(listener: Listener) -> None:
    shop = listener.scene.shop
    here = shop.merchant_location
    mug: ProductVariant = (await shop.product("MUG")).variants[0]
    await shop.dispatch(SetAvailable(inventory_item_id=mug.inventory_item_id, location_id=here, available=5))
    await listener.said()
    annex = await shop.dispatch(AddLocation(name="Annex", address=Address(country_code="SE")))
    assert isinstance(annex, Location)
    await shop.dispatch(EditLocation(location_id=annex.id, name="Barn"))
    assert [(topic, body["name"]) for topic, body in await listener.said()] == [
        ("locations/create", "Annex"),
        ("locations/update", "Barn"),
    ]
    toggle = ToggleLevels(
        inventory_item_id=mug.inventory_item_id, toggles=(Toggle(location_id=annex.id, stocked=True),)
    )
    await shop.dispatch(toggle)
    await shop.dispatch(toggle)
    assert await levels(listener) == [("connect", annex.id, 0)]
    await shop.dispatch(DeactivateLocation(location_id=here, destination_location_id=annex.id))
    await shop.dispatch(DeactivateLocation(location_id=here))
    told = Counter(await listener.topics())
    assert told.pop("locations/deactivate") == 1
    assert told["inventory_levels/disconnect"] == told["inventory_levels/update"] == told.total() / 2 > 0
    await shop.dispatch(DeleteLocation(location_id=here))
    assert await listener.said() == [("locations/delete", {"id": here})]


async def test_stock_that_is_counted_with_a_product_that_is_set_is_told(listener: Listener) -> None:
    shop = listener.scene.shop
    here = shop.merchant_location
    mug = await shop.product("MUG")
    (variant,) = mug.variants
    await shop.stock(variant, here, 5)
    await levels(listener)
    for units in (8, 8):
        count = StockCount(location_id=here, name=QuantityName.ON_HAND, quantity=units)
        change = ChangeVariant(variant_id=variant.id, counts=(count,))
        await shop.dispatch(
            SetProduct(product_id=mug.id, variants=(WantedVariant(change=change, new=NewVariant(title="")),))
        )
    assert await levels(listener) == [("update", here, 8)]
