"""Stock that is changed by hand, against PostgreSQL: the ledger has every change, and the counters agree with it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from crossdock.domain.catalogue import ProductVariant
from crossdock.domain.orders import Order, StockClaim
from crossdock.domain.refusals import StockNotAvailable, StockRefused, StockRule
from crossdock.domain.stock import StockState
from crossdock.domain.stock_commands import (
    ActivateLevel,
    AdjustQuantities,
    Correction,
    Count,
    DeactivateLevel,
    Load,
    MoveEnd,
    MoveQuantities,
    QuantityName,
    SetQuantities,
    Shift,
    StockChanged,
    TransferStock,
)
from crossdock.store.database.stock import rebuild_levels, stock_as_of
from tests.store.scene import Scene, all_of, new_dispatcher, scene


@pytest_asyncio.fixture
async def shop(store_database: str) -> AsyncIterator[Scene]:
    async with scene(store_database) as place:
        yield place
        assert await place.offences() == []


@pytest_asyncio.fixture
async def tee(shop: Scene) -> ProductVariant:
    """An article with ten units at the merchant's and none at the service's location."""
    tee = (await shop.product("TEE")).variants[0]
    await shop.stock(tee, shop.merchant_location, 10)
    await shop.stock(tee, shop.service.location_id, 0)
    return tee


async def named(shop: Scene, variant: ProductVariant, location_id: int) -> dict[str, int]:
    """Return the quantities of a level that are not 0."""
    columns = ", ".join((*StockState, "on_hand"))
    row = await shop.pool.fetchrow(
        f"SELECT {columns} FROM inventory_levels WHERE inventory_item_id = $1 AND location_id = $2",
        variant.inventory_item_id,
        location_id,
    )
    assert row is not None
    return {name: units for name, units in row.items() if units}


def counted(variant: ProductVariant, location_id: int, units: int, change_from: int | None = None) -> SetQuantities:
    count = Count(
        inventory_item_id=variant.inventory_item_id, location_id=location_id, quantity=units, change_from=change_from
    )
    return SetQuantities(name=QuantityName.AVAILABLE, counts=(count,), reason="cycle_count_available")


def set_aside(variant: ProductVariant, location_id: int, units: int, name: QuantityName) -> MoveQuantities:
    shift = Shift(
        inventory_item_id=variant.inventory_item_id,
        quantity=units,
        source=MoveEnd(location_id=location_id, name=QuantityName.AVAILABLE),
        target=MoveEnd(location_id=location_id, name=name, document="doc://1"),
    )
    return MoveQuantities(shifts=(shift,))


async def test_units_are_set_aside_come_in_and_are_counted(shop: Scene, tee: ProductVariant) -> None:
    here = shop.merchant_location
    await shop.order((tee, 2))
    await shop.dispatch(set_aside(tee, here, 3, QuantityName.DAMAGED))
    arriving = Correction(inventory_item_id=tee.inventory_item_id, location_id=here, delta=40, document="po://7")
    await shop.dispatch(
        AdjustQuantities(name=QuantityName.INCOMING, corrections=(arriving,), reason="movement_created")
    )
    assert await named(shop, tee, here) == {"available": 5, "committed": 2, "damaged": 3, "incoming": 40, "on_hand": 10}
    count = Count(inventory_item_id=tee.inventory_item_id, location_id=here, quantity=12, change_from=10)
    changed = await shop.dispatch(SetQuantities(name=QuantityName.ON_HAND, counts=(count,), reason="received"))
    assert isinstance(changed, StockChanged)
    assert [(each.name, each.delta, each.after) for each in changed.changes] == [
        ("available", 2, 7),
        ("on_hand", 2, 12),
    ]
    row = await shop.pool.fetchrow("SELECT * FROM stock_moves ORDER BY id DESC LIMIT 1")
    assert row is not None
    assert (row["cause"], row["cause_id"], row["reason"]) == ("correction", changed.group_id, "received")
    assert row["actor"] == shop.merchant.name


async def test_a_transfer_leaves_one_place_and_comes_to_the_other(shop: Scene, tee: ProductVariant) -> None:
    here, there = shop.merchant_location, shop.service.location_id
    load = Load(inventory_item_id=tee.inventory_item_id, quantity=4)
    await shop.dispatch(TransferStock(from_location_id=here, to_location_id=there, loads=(load,)))
    await shop.dispatch(TransferStock(from_location_id=here, to_location_id=there, loads=(load,), arrived=False))
    assert await named(shop, tee, here) == {"available": 2, "on_hand": 2}
    assert await named(shop, tee, there) == {"available": 4, "incoming": 4, "on_hand": 4}
    with pytest.raises(StockRefused):
        await shop.dispatch(TransferStock(from_location_id=here, to_location_id=there, loads=(load,)))


async def test_of_twelve_who_saw_the_same_count_one_changes_it(shop: Scene, tee: ProductVariant) -> None:
    dispatchers = [shop.dispatcher, new_dispatcher(shop.pool)]
    given = await all_of(
        *(
            shop.dispatch(counted(tee, shop.merchant_location, 20 + n, change_from=10), by=dispatchers[n % 2])
            for n in range(12)
        )
    )
    assert sum(isinstance(each, StockChanged) for each in given) == 1
    stale = [each for each in given if isinstance(each, StockRefused)]
    assert [problem.rule for each in stale for problem in each.problems] == [StockRule.STALE] * 11


async def test_counts_moves_and_orders_at_once_lose_nothing(shop: Scene, tee: ProductVariant) -> None:
    here, there = shop.merchant_location, shop.service.location_id
    await shop.dispatch(counted(tee, here, 60))
    load = Load(inventory_item_id=tee.inventory_item_id, quantity=1)
    given = await all_of(
        *(shop.order((tee, 1), by=new_dispatcher(shop.pool)) for _ in range(20)),
        *(shop.dispatch(set_aside(tee, here, 1, QuantityName.RESERVED)) for _ in range(20)),
        *(shop.dispatch(TransferStock(from_location_id=here, to_location_id=there, loads=(load,))) for _ in range(10)),
        *(shop.dispatch(TransferStock(from_location_id=there, to_location_id=here, loads=(load,))) for _ in range(5)),
    )
    assert not [each for each in given if isinstance(each, Exception) and not isinstance(each, StockRefused)]
    both = [await named(shop, tee, place) for place in (here, there)]
    assert sum(each.get("on_hand", 0) for each in both) == 60
    assert sum(each.get("committed", 0) for each in both) == 20


async def test_what_is_stocked_no_more_is_not_routed_to_and_comes_back_as_it_was(
    shop: Scene, tee: ProductVariant
) -> None:
    here, there = shop.merchant_location, shop.service.location_id
    item = tee.inventory_item_id
    order = await shop.order((tee, 1))
    with pytest.raises(StockRefused) as refused:
        await shop.dispatch(DeactivateLevel(inventory_item_id=item, location_id=here))
    assert [problem.rule for problem in refused.value.problems] == [StockRule.COMMITTED_THERE]
    assert order.fulfillment_orders[0].location_id == here
    await shop.dispatch(counted(tee, there, 6))
    await shop.dispatch(DeactivateLevel(inventory_item_id=item, location_id=there))
    given = await all_of(*(shop.order((tee, 1)) for _ in range(12)))
    assert sum(isinstance(each, Order) for each in given) == 9
    assert sum(isinstance(each, StockNotAvailable) for each in given) == 3
    with pytest.raises(StockRefused) as refused:
        await shop.dispatch(counted(tee, there, 1))
    assert [problem.rule for problem in refused.value.problems] == [StockRule.NOT_STOCKED]
    with pytest.raises(StockRefused):
        await shop.dispatch(ActivateLevel(inventory_item_id=item, location_id=here, available=1))
    await shop.dispatch(ActivateLevel(inventory_item_id=item, location_id=there))
    assert await named(shop, tee, there) == {"available": 6, "on_hand": 6}


async def test_of_two_last_places_given_up_at_once_one_stays(shop: Scene) -> None:
    cap = (await shop.product("CAP")).variants[0]
    places = (shop.merchant_location, shop.service.location_id)
    await shop.stock(cap, places[1], 0)
    given = await all_of(
        *(
            shop.dispatch(
                DeactivateLevel(inventory_item_id=cap.inventory_item_id, location_id=place),
                by=new_dispatcher(shop.pool),
            )
            for place in places
        )
    )
    assert sum(isinstance(each, StockRefused) for each in given) == 1
    assert (
        await shop.pool.fetchval(
            "SELECT count(*) FROM inventory_levels WHERE active AND location_id = ANY ($1)", places
        )
        == 1
    )


async def test_a_level_is_begun_with_a_first_count(shop: Scene) -> None:
    cap = (await shop.product("CAP")).variants[0]
    there = shop.service.location_id
    changed = await shop.dispatch(ActivateLevel(inventory_item_id=cap.inventory_item_id, location_id=there, on_hand=8))
    assert isinstance(changed, StockChanged)
    assert await named(shop, cap, there) == {"available": 8, "on_hand": 8}


async def test_another_shops_item_and_location_do_not_exist(shop: Scene, tee: ProductVariant) -> None:
    for item, location_id, rule in (
        (1, shop.merchant_location, StockRule.ITEM_NOT_FOUND),
        (tee.inventory_item_id, 1, StockRule.LOCATION_NOT_FOUND),
    ):
        count = Count(inventory_item_id=item, location_id=location_id, quantity=1)
        with pytest.raises(StockRefused) as refused:
            await shop.dispatch(SetQuantities(name=QuantityName.AVAILABLE, counts=(count,)))
        assert [problem.rule for problem in refused.value.problems] == [rule]


async def test_counters_are_made_anew_from_the_ledger(shop: Scene, tee: ProductVariant) -> None:
    here = shop.merchant_location
    await shop.dispatch(set_aside(tee, here, 3, QuantityName.SAFETY_STOCK))
    before = await named(shop, tee, here)
    await shop.pool.execute("UPDATE inventory_levels SET available = 99, incoming = 4 WHERE location_id = $1", here)
    async with shop.pool.acquire() as connection, connection.transaction():
        assert await rebuild_levels(connection, shop.shop_id, datetime.now(UTC)) == [(tee.inventory_item_id, here)]
        assert await rebuild_levels(connection, shop.shop_id, datetime.now(UTC)) == []
    assert await named(shop, tee, here) == before


async def test_stock_is_known_as_it_was(shop: Scene, tee: ProductVariant) -> None:
    here = shop.merchant_location
    place = (tee.inventory_item_id, here)
    times = [datetime.now(UTC)]
    for units in (5, 7):
        await asyncio.sleep(0.002)
        await shop.dispatch(counted(tee, here, units))
        await asyncio.sleep(0.002)
        times.append(datetime.now(UTC))
    await shop.order((tee, 1), claim=StockClaim.OBEYING_POLICY)
    async with shop.pool.acquire() as connection:
        then = [(await stock_as_of(connection, shop.shop_id, time))[place].available for time in times]
        now = (await stock_as_of(connection, shop.shop_id, datetime.now(UTC)))[place]
        assert await stock_as_of(connection, shop.shop_id, datetime(2020, 1, 1, tzinfo=UTC)) == {}
    assert then == [10, 5, 7]
    assert (now.available, now.committed) == (6, 1)
