"""Commands against PostgreSQL: what is decided is what is stored, once, whoever races."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from crossdock.domain.access import MERCHANT
from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    CreateFulfillment,
    FulfillmentGroup,
    LineQuantity,
    RejectFulfillmentRequest,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
)
from crossdock.domain.decisions import FulfillmentCreated, FulfillmentOrderChanged, RequestSubmitted
from crossdock.domain.orders import Order, StockClaim, Tracking
from crossdock.domain.refusals import (
    ActionNotAllowed,
    AlreadyImported,
    KeyReused,
    NotFound,
    NotFulfillable,
    Refusal,
    SeveralOrders,
    StockNotAvailable,
)
from crossdock.domain.states import RequestStatus, Status
from crossdock.store.dispatch.calls import Rendered
from tests.store.scene import Scene, all_of, new_dispatcher, new_order, scene


@pytest_asyncio.fixture
async def shop(store_database: str) -> AsyncIterator[Scene]:
    async with scene(store_database) as place:
        yield place
        assert await place.offences() == []


async def requested(shop: Scene, order: Order, **marks: object) -> int:
    """Ask the service for the first fulfillment order of an order; return its id."""
    (first, *_) = order.fulfillment_orders
    await shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=first.id, **marks))  # type: ignore[arg-type]
    return first.id


async def accepted(shop: Scene, order: Order) -> int:
    fulfillment_order_id = await requested(shop, order)
    await shop.dispatch(AcceptFulfillmentRequest(fulfillment_order_id=fulfillment_order_id), shop.warehouse)
    return fulfillment_order_id


def shipped(fulfillment_order_id: int, *lines: LineQuantity, number: str | None = None) -> CreateFulfillment:
    return CreateFulfillment(
        groups=(FulfillmentGroup(fulfillment_order_id=fulfillment_order_id, lines=lines),),
        tracking=(Tracking(number=number, company="UPS"),) if number else (),
    )


async def at_service(shop: Scene, units: int) -> Order:
    """Make an order of two units that only the service can ship."""
    product = await shop.product("TEE")
    await shop.stock(product.variants[0], shop.service.location_id, units)
    return await shop.order((product.variants[0], 2))


async def test_a_life_is_stored_as_it_was_decided(shop: Scene) -> None:
    product = await shop.product("TEE", "MUG")
    tee, mug = product.variants
    await shop.stock(tee, shop.service.location_id, 10)
    await shop.stock(mug, shop.service.location_id, 10)
    order = await shop.order((tee, 2), (mug, 3))
    assert await shop.read(order.id) == order
    assert await shop.available(tee, shop.service.location_id) == (8, 2, 10)

    first = order.fulfillment_orders[0]
    asked = await shop.dispatch(
        SubmitFulfillmentRequest(
            fulfillment_order_id=first.id, lines=(LineQuantity(id=first.lines[0].id, quantity=2),), message="soon"
        )
    )
    assert isinstance(asked, RequestSubmitted)
    assert asked.unsubmitted is not None
    assert (await shop.read(order.id)).fulfillment_orders == (asked.submitted, asked.unsubmitted)

    taken = await shop.dispatch(AcceptFulfillmentRequest(fulfillment_order_id=first.id), shop.warehouse)
    assert isinstance(taken, FulfillmentOrderChanged)
    parcel = await shop.dispatch(shipped(first.id, number="1Z1"), shop.warehouse)
    assert isinstance(parcel, FulfillmentCreated)
    stored = await shop.read(order.id)
    assert stored == parcel.order, "the answer has the order as it is stored, with its time and version"
    assert stored.fulfillments == (parcel.fulfillment,)
    assert [each.status for each in stored.fulfillment_orders] == [Status.CLOSED, Status.OPEN]
    assert await shop.available(tee, shop.service.location_id) == (8, 0, 8)
    assert await shop.available(mug, shop.service.location_id) == (7, 3, 10)

    rest = asked.unsubmitted.id
    await shop.dispatch(shipped(rest), MERCHANT)
    stored = await shop.read(order.id)
    assert stored.closed_at is not None
    assert await shop.available(mug, shop.service.location_id) == (7, 0, 7)


async def test_a_refusal_changes_nothing(shop: Scene) -> None:
    order = await at_service(shop, 5)
    before = await shop.read(order.id)
    fulfillment_order_id = order.fulfillment_orders[0].id
    refused = [
        (AcceptFulfillmentRequest(fulfillment_order_id=fulfillment_order_id), ActionNotAllowed),
        (AcceptFulfillmentRequest(fulfillment_order_id=1), NotFound),
        (shipped(fulfillment_order_id, LineQuantity(id=1, quantity=1)), Refusal),
        (shipped(fulfillment_order_id), NotFulfillable),
    ]
    for command, kind in refused:
        with pytest.raises(kind):
            await shop.dispatch(command, shop.warehouse)
    assert await shop.read(order.id) == before


async def test_another_apps_service_is_not_seen(shop: Scene) -> None:
    order = await at_service(shop, 5)
    stranger = shop.warehouse.__class__(
        app_id=shop.app_id + 1, reads=shop.warehouse.reads, writes=shop.warehouse.writes
    )
    with pytest.raises(NotFound):
        await shop.dispatch(RejectFulfillmentRequest(fulfillment_order_id=await requested(shop, order)), stranger)


async def test_a_service_that_stopped_cannot_ship_but_the_merchant_can(shop: Scene) -> None:
    order = await at_service(shop, 5)
    fulfillment_order_id = await accepted(shop, order)
    await shop.dispatch(SubmitCancellationRequest(fulfillment_order_id=fulfillment_order_id))
    await shop.dispatch(AcceptCancellationRequest(fulfillment_order_id=fulfillment_order_id), shop.warehouse)
    with pytest.raises(NotFulfillable):
        await shop.dispatch(shipped(fulfillment_order_id), shop.warehouse)
    await shop.dispatch(shipped(fulfillment_order_id), MERCHANT)


async def test_a_fulfillment_of_two_orders_is_refused(shop: Scene) -> None:
    product = await shop.product("TEE")
    await shop.stock(product.variants[0], shop.merchant_location, 5)
    one, other = [await shop.order((product.variants[0], 1)) for _ in range(2)]
    groups = tuple(FulfillmentGroup(fulfillment_order_id=each.fulfillment_orders[0].id) for each in (one, other))
    with pytest.raises(SeveralOrders):
        await shop.dispatch(CreateFulfillment(groups=groups))


async def test_a_key_gives_the_same_answer_again(shop: Scene) -> None:
    order = await at_service(shop, 5)
    command = SubmitFulfillmentRequest(fulfillment_order_id=order.fulfillment_orders[0].id)
    await shop.dispatch(command, key="one")
    again = await shop.dispatch(command, key="one")
    assert again == Rendered(status=200, body=b"{}", replayed=True)
    with pytest.raises(KeyReused):
        await shop.dispatch(shipped(command.fulfillment_order_id), key="one")


async def test_one_key_used_at_once_has_one_effect(shop: Scene) -> None:
    product = await shop.product("TEE")
    await shop.stock(product.variants[0], shop.merchant_location, 100)
    other = new_dispatcher(shop.pool)
    command = new_order((product.variants[0], 1))
    given = await all_of(*(shop.dispatch(command, key="k", by=by) for by in (shop.dispatcher, other) * 6))
    assert sum(isinstance(each, Rendered) and each.replayed for each in given) == 11
    assert await shop.pool.fetchval("SELECT count(*) FROM orders") == 1


async def test_each_announcement_is_made_once_and_with_the_change(shop: Scene) -> None:
    await requested(shop, await at_service(shop, 5))
    rows = await shop.pool.fetch("SELECT url, request_body, status, fifo_key FROM messages WHERE direction = 'out'")
    assert [(row["url"], row["request_body"], row["status"]) for row in rows] == [
        ("http://127.0.0.1:1025/callbacks/fulfillment_order_notification", b'{"kind":"FULFILLMENT_REQUEST"}', "waiting")
    ]


@pytest.mark.parametrize("rounds", [10])
async def test_of_twelve_who_accept_or_ship_at_once_one_wins(shop: Scene, rounds: int) -> None:
    product = await shop.product("TEE")
    await shop.stock(product.variants[0], shop.service.location_id, 2 * rounds)
    dispatchers = (shop.dispatcher, new_dispatcher(shop.pool), new_dispatcher(shop.pool))
    for _ in range(rounds):
        order = await shop.order((product.variants[0], 2))
        fulfillment_order_id = await requested(shop, order)
        answers: tuple[object, ...] = (
            AcceptFulfillmentRequest(fulfillment_order_id=fulfillment_order_id),
            RejectFulfillmentRequest(fulfillment_order_id=fulfillment_order_id),
        )
        given = await all_of(*(shop.dispatch(answers[n % 2], shop.warehouse, by=dispatchers[n % 3]) for n in range(12)))
        assert sum(isinstance(each, FulfillmentOrderChanged) for each in given) == 1
        assert sum(isinstance(each, ActionNotAllowed) for each in given) == 11
        if (await shop.read(order.id)).fulfillment_orders[0].request_status is RequestStatus.REJECTED:
            continue
        parcels = await all_of(
            *(shop.dispatch(shipped(fulfillment_order_id), shop.warehouse, by=dispatchers[n % 3]) for n in range(12))
        )
        assert sum(isinstance(each, FulfillmentCreated) for each in parcels) == 1


async def test_many_buyers_of_the_last_units_get_exactly_those(shop: Scene) -> None:
    product = await shop.product("TEE")
    tee = product.variants[0]
    await shop.stock(tee, shop.service.location_id, 6)
    await shop.stock(tee, shop.merchant_location, 4)
    dispatchers = [shop.dispatcher, *(new_dispatcher(shop.pool) for _ in range(3))]
    given = await all_of(*(shop.order((tee, 1), by=dispatchers[n % 4]) for n in range(64)))
    assert sum(isinstance(each, Order) for each in given) == 10
    assert sum(isinstance(each, StockNotAvailable) for each in given) == 54
    assert await shop.available(tee, shop.service.location_id) == (0, 6, 6)
    numbers = await shop.pool.fetch("SELECT number FROM orders ORDER BY number")
    assert [row["number"] for row in numbers] == list(range(1, 11))


async def test_an_order_is_imported_once(shop: Scene) -> None:
    product = await shop.product("TEE")
    other = new_dispatcher(shop.pool)
    given = await all_of(
        *(
            shop.order((product.variants[0], 1), claim=StockClaim.BYPASS, import_key="A1", by=by)
            for by in (shop.dispatcher, other) * 3
        )
    )
    assert sum(isinstance(each, Order) for each in given) == 1
    assert sum(isinstance(each, AlreadyImported) for each in given) == 5


async def test_an_order_over_many_places_gets_the_ids_it_needs(shop: Scene) -> None:
    product = await shop.product("TEE")
    tee = product.variants[0]
    for number in range(30):
        location = await shop.pool.fetchval(
            "INSERT INTO locations (shop_id, id, name, address, priority, created_at, updated_at)"
            " VALUES ($1, nextval('ids'), $2, '{}', 9, now(), now()) RETURNING id",
            shop.shop_id,
            f"Depot {number}",
        )
        await shop.stock(tee, location, 1)
    order = await shop.order((tee, 30))
    assert len(order.fulfillment_orders) == 30


async def test_a_caller_who_goes_away_does_not_disturb_the_others(shop: Scene) -> None:
    product = await shop.product("TEE")
    tasks = [asyncio.create_task(shop.order((product.variants[0], 1), claim=StockClaim.BYPASS)) for _ in range(8)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    given = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(each, Order) for each in given) == 7
