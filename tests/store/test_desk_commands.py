"""What an order desk does by commands: changes orders, takes stock from place to place, looks into the ledger."""

import io
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from rich.console import Console

from crossdock.cli import editing, stocktaking
from crossdock.cli.desks import Desk
from crossdock.cli.editing import Wish
from crossdock.cli.log_table import log_table
from crossdock.cli.problems import Problem
from crossdock.domain.commands import (
    LineQuantity,
    MoveFulfillmentOrder,
    RejectFulfillmentRequest,
    SubmitFulfillmentRequest,
)
from crossdock.domain.orders import LineRejection
from crossdock.store.database.history import load_logs
from tests.store.scene import NOW, Scene, scene


@pytest_asyncio.fixture
async def shop(store_database: str) -> AsyncIterator[Scene]:
    async with scene(store_database) as place:
        yield place
        assert await place.offences() == []


@pytest.fixture
def desk(store_database: str) -> Desk:
    return Desk(url=store_database, shop=None, console=Console(file=io.StringIO(), width=160))


def printed(desk: Desk) -> str:
    assert isinstance(desk.console.file, io.StringIO)
    return desk.console.file.getvalue()


async def test_an_order_is_edited_until_a_service_is_asked_and_added_to_after(shop: Scene, desk: Desk) -> None:
    mug, cap = [variant for sku in ("MUG", "CAP") for variant in (await shop.product(sku)).variants]
    for variant in (mug, cap):
        await shop.stock(variant, shop.service.location_id, 10)
    order = await shop.order((mug, 3))
    await editing.edit(desk, order.name, Wish(wanted=("MUG=2",), added=("CAP=1",), note="They rang."))
    assert printed(desk) == f"{order.name}: 2 MUG, 1 CAP\n"
    assert await shop.available(mug, shop.service.location_id) == (8, 2, 10)

    (work,) = (await shop.read(order.id)).fulfillment_orders
    await shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=work.id))
    with pytest.raises(Problem, match=r"2 of MUG cannot be taken out, 0 can: .* a service was asked for them"):
        await editing.edit(desk, order.name, Wish(wanted=("MUG=0",)))
    await editing.edit(desk, str(order.id), Wish(wanted=("MUG=5",)))
    asked, added = (await shop.read(order.id)).fulfillment_orders
    assert (asked.remaining, added.remaining) == (3, 3)


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (Wish(wanted=("MUG",)), "'MUG' is no quantity"),
        (Wish(wanted=("MUG=-1",)), "'MUG=-1' is no quantity"),
        (Wish(wanted=("CAP=1",)), "has no line 'CAP'; it has MUG, MUG"),
        (Wish(wanted=("MUG=1",)), "several lines are of 'MUG'; name one by its id"),
        (Wish(added=("CAP=1",)), "there is no article 'CAP'"),
    ],
)
async def test_an_edit_that_makes_no_sense_is_told_in_words(shop: Scene, desk: Desk, wish: Wish, why: str) -> None:
    (mug,) = (await shop.product("MUG", managed_by=None)).variants
    order = await shop.order((mug, 1), (mug, 2))
    with pytest.raises(Problem, match=why):
        await editing.edit(desk, order.name, wish)
    with pytest.raises(Problem, match="there is no order '#9999'"):
        await editing.edit(desk, "#9999", wish)


async def test_the_log_speaks_of_articles_places_and_faults_of_lines(shop: Scene, desk: Desk) -> None:
    (mug,) = (await shop.product("MUG")).variants
    for location_id in (shop.merchant_location, shop.service.location_id):
        await shop.stock(mug, location_id, 10)
    order = await shop.order((mug, 3))
    (work,) = order.fulfillment_orders
    line = work.lines[0].id
    part = (LineQuantity(id=line, quantity=2),)
    await shop.dispatch(
        MoveFulfillmentOrder(fulfillment_order_id=work.id, location_id=shop.service.location_id, lines=part)
    )
    moved = (await shop.read(order.id)).fulfillment_orders[-1]
    await shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=moved.id))
    fault = LineRejection(fulfillment_order_line_id=moved.lines[0].id, message="one is broken")
    await shop.dispatch(
        RejectFulfillmentRequest(fulfillment_order_id=moved.id, message="Sorry", lines=(fault,)), caller=shop.warehouse
    )
    async with shop.pool.acquire() as connection:
        logs = await load_logs(connection, shop.shop_id, [order.id])
    places = {shop.merchant_location: "Dock", shop.service.location_id: "Acme"}
    desk.console.print(log_table(order.name, logs[order.id], places))
    lines = [line.rstrip() for line in printed(desk).splitlines()]
    assert any(line.endswith(f"2 MUG · from Dock · to Acme · original: {work.id}") for line in lines)
    assert any(line.endswith("other · Sorry · MUG: one is broken") for line in lines)


async def test_units_go_from_place_to_place_and_the_ledger_tells_of_it(shop: Scene, desk: Desk) -> None:
    (mug,) = (await shop.product("MUG")).variants
    await shop.stock(mug, shop.merchant_location, 10)
    await shop.stock(mug, shop.service.location_id, 1)
    ends = (str(shop.merchant_location), shop.service.name)
    await stocktaking.transfer(desk, ends, ["MUG=4"], arrived=True, document="https://example.com/note/1")
    await stocktaking.transfer(desk, ends, ["MUG=2"], arrived=False, document=None)
    assert await shop.available(mug, shop.merchant_location) == (4, 0, 4)
    assert await shop.available(mug, shop.service.location_id) == (5, 0, 5)
    with pytest.raises(Problem, match="there are not so many units"):
        await stocktaking.transfer(desk, ends, ["MUG=5"], arrived=True, document=None)

    desk.console.file = io.StringIO()
    await stocktaking.show_moves(desk, "MUG", shop.service.name, 10)
    count, came, coming = printed(desk).splitlines()
    assert "1 into available (1 available then)" in count
    assert "4 into available (5 available then)" in came
    assert "https://example.com/note/1  command line" in came
    assert "2 into incoming (5 available then)" in coming


async def test_stock_as_it_was_is_told_without_quantities_that_are_nowhere(shop: Scene, desk: Desk) -> None:
    (mug,) = (await shop.product("MUG")).variants
    await shop.stock(mug, shop.merchant_location, 10)
    await stocktaking.show_as_of(desk, NOW + timedelta(days=1), "MUG")
    assert "available" in printed(desk)
    assert "quality control" not in printed(desk)
    await stocktaking.show_as_of(desk, NOW - timedelta(days=1), "MUG")
    assert printed(desk).endswith("nothing had been stocked yet\n")
    with pytest.raises(Problem, match="there is no article 'CAP'"):
        await stocktaking.show_as_of(desk, NOW, "CAP")
