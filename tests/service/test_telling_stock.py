"""What a store believes lies on the shelf is put right after a count, whatever happens there meanwhile."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.service.fake_store import FakeStore, fake_store
from tests.service.warehouse import Warehouse, warehouse, working


@pytest_asyncio.fixture
async def shop() -> AsyncIterator[FakeStore]:
    async with fake_store() as each:
        yield each


@pytest_asyncio.fixture
async def counting(service_database: str, shop: FakeStore) -> AsyncIterator[Warehouse]:
    """A warehouse that knows the shop's items, by orders that it has taken."""
    async with warehouse(service_database, shop) as house, working(house.service):
        await house.connect(TEE=10, MUG=5)
        shop.ask(("TEE", 2), ("MUG", 1))
        await house.notify()
        await house.settle()
        shop.heard.clear()
        yield house


def believed(shop: FakeStore) -> dict[str | None, int]:
    return {shop.skus[item]: quantity for item, quantity in shop.on_hand.items()}


async def test_items_are_activated_at_our_location_and_then_set(counting: Warehouse, shop: FakeStore) -> None:
    await counting.count(TEE=9)
    await counting.settle()
    assert believed(shop) == {"TEE": 9, "MUG": 5}
    assert [name for name, _ in shop.heard] == ["activate_level", "activate_level"]
    await counting.count(TEE=12)
    await counting.settle()
    assert believed(shop) == {"TEE": 12, "MUG": 5}
    (said,) = shop.heard_of("set_quantities")
    assert (said["name"], len(said["quantities"])) == ("on_hand", 1)
    assert said["quantities"][0]["changeFromQuantity"] == 9


async def test_what_is_right_is_not_said_again(counting: Warehouse, shop: FakeStore) -> None:
    await counting.count(TEE=9)
    await counting.settle()
    shop.heard.clear()
    await counting.count(TEE=9)
    await counting.settle()
    assert shop.heard == []


async def test_a_count_beside_a_change_of_the_stores_is_said_again(counting: Warehouse, shop: FakeStore) -> None:
    await counting.count(TEE=9)
    await counting.settle()
    (tee,) = (item for item, sku in shop.skus.items() if sku == "TEE")
    stale = {"nodes": [{"id": f"gid://shopify/InventoryItem/{tee}", "inventoryLevel": level(4)}]}
    shop.graphql_answers.append({"data": stale})
    await counting.count(TEE=20)
    await counting.settle()
    assert believed(shop)["TEE"] == 20


def level(quantity: int) -> dict[str, object]:
    return {"quantities": [{"name": "on_hand", "quantity": quantity}]}


async def test_an_empty_bucket_is_waited_for(counting: Warehouse, shop: FakeStore) -> None:
    throttled = {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}
    shop.graphql_answers.append(throttled)
    await counting.count(TEE=9)
    await counting.settle()
    await counting.pass_time(seconds=2)
    assert believed(shop)["TEE"] == 9


async def test_an_acceptance_says_until_when_it_ships(counting: Warehouse, shop: FakeStore) -> None:
    await counting.service.pool.execute("UPDATE stores SET ships_within_hours = 48")
    shop.ask(("TEE", 1))
    await counting.notify()
    await counting.settle()
    body = await counting.service.pool.fetchval(
        "SELECT convert_from(request_body, 'UTF8') FROM messages WHERE kind = $1 ORDER BY id DESC LIMIT 1",
        "accept_fulfillment_request",
    )
    assert '"estimatedShippedAt":"20' in body.replace(" ", "")
