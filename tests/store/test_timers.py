"""What happens by itself when its time comes, on the clock that can be moved."""

from datetime import timedelta

import pytest

from crossdock.domain.catalogue import ChangeVariant
from crossdock.domain.commands import (
    CreateFulfillment,
    CreateOrder,
    FulfillmentGroup,
    HoldFulfillmentOrder,
    NewOrderLine,
    ReleaseHolds,
    RescheduleFulfillmentOrder,
    SubmitFulfillmentRequest,
    UpdateOrder,
)
from crossdock.domain.decisions import OrderCreated
from crossdock.domain.orders import FinancialStatus, HoldReason, Order, Tracking
from crossdock.domain.refusals import Invalid, NotFound
from crossdock.domain.shops import SetRequestDelay
from crossdock.domain.states import RequestStatus, Status
from crossdock.store.setup import issue_token
from tests.store.hearing import Stage, stage


async def paid(scene: Stage, *, status: FinancialStatus = FinancialStatus.PAID, test: bool = False) -> Order:
    command = CreateOrder(
        lines=(NewOrderLine(variant_id=scene.tee.id, quantity=1),), financial_status=status, test=test
    )
    made = await scene.shop.dispatch(command)
    assert isinstance(made, OrderCreated)
    return made.order


async def request_status(scene: Stage, order: Order) -> RequestStatus:
    return (await scene.shop.read(order.id)).fulfillment_orders[0].request_status


async def test_services_are_asked_when_the_shops_delay_is_over(store_database: str) -> None:
    async with stage(store_database) as scene:
        await scene.shop.dispatch(SetRequestDelay(delay=timedelta(minutes=30)))
        order = await paid(scene)
        unpaid = await paid(scene, status=FinancialStatus.PENDING)
        test = await paid(scene, test=True)
        await scene.advance(minutes=29)
        assert await request_status(scene, order) is RequestStatus.UNSUBMITTED
        await scene.advance(minutes=2)
        assert await request_status(scene, order) is RequestStatus.SUBMITTED
        assert await request_status(scene, unpaid) is RequestStatus.UNSUBMITTED
        assert await request_status(scene, test) is RequestStatus.UNSUBMITTED
        request = (await scene.shop.read(order.id)).fulfillment_orders[0].requests[0]
        assert timedelta(minutes=30) <= request.sent_at - order.created_at < timedelta(minutes=30, seconds=2)
        assert len(await scene.messages("fulfillment_order_notification")) == 1


async def test_what_is_held_or_unpaid_is_asked_for_when_it_is_free(store_database: str) -> None:
    async with stage(store_database) as scene:
        await scene.shop.dispatch(SetRequestDelay(delay=timedelta(minutes=30)))
        held, unpaid = await paid(scene), await paid(scene, status=FinancialStatus.PENDING)
        work = held.fulfillment_orders[0].id
        await scene.shop.dispatch(HoldFulfillmentOrder(fulfillment_order_id=work, reason=HoldReason.OTHER))
        await scene.advance(hours=2)
        assert await request_status(scene, held) is RequestStatus.UNSUBMITTED
        await scene.shop.dispatch(ReleaseHolds(fulfillment_order_id=work))
        await scene.shop.dispatch(UpdateOrder(order_id=unpaid.id, financial_status=FinancialStatus.PAID))
        await scene.advance(seconds=1)
        assert await request_status(scene, held) is RequestStatus.SUBMITTED
        assert await request_status(scene, unpaid) is RequestStatus.SUBMITTED


async def test_scheduled_work_opens_at_its_time_and_not_before(store_database: str) -> None:
    async with stage(store_database) as scene:
        at = await scene.now() + timedelta(hours=5)
        command = CreateOrder(
            lines=(NewOrderLine(variant_id=scene.tee.id, quantity=1),),
            financial_status=FinancialStatus.PAID,
            fulfill_at=at,
        )
        made = await scene.shop.dispatch(command)
        assert isinstance(made, OrderCreated)
        (work,) = made.order.fulfillment_orders
        assert work.status is Status.SCHEDULED
        later = at + timedelta(hours=2)
        await scene.shop.dispatch(RescheduleFulfillmentOrder(fulfillment_order_id=work.id, fulfill_at=later))
        await scene.advance(hours=6)
        assert (await scene.shop.read(made.order.id)).fulfillment_orders[0].status is Status.SCHEDULED
        await scene.advance(hours=1.1)
        assert (await scene.shop.read(made.order.id)).fulfillment_orders[0].status is Status.OPEN


async def test_tracking_numbers_are_asked_for_each_hour(store_database: str) -> None:
    async with stage(store_database, manages=True) as scene:
        orders = [await paid(scene) for _ in range(2)]
        for order in orders:
            group = FulfillmentGroup(fulfillment_order_id=order.fulfillment_orders[0].id)
            await scene.shop.dispatch(CreateFulfillment(groups=(group,)))
        scene.ear.answers["fetch_tracking_numbers.json"] = {"tracking_numbers": {f"{orders[0].name}.1": "1Z9"}}
        await scene.advance(minutes=61)
        assert (await scene.shop.read(orders[0].id)).fulfillments[0].tracking == (Tracking(number="1Z9"),)
        assert (await scene.shop.read(orders[1].id)).fulfillments[0].tracking == ()
        await scene.advance(minutes=60)
        asked = [path for path, _, _ in scene.ear.heard if "/fetch_tracking_numbers.json" in path]
        assert [path.count("order_names") for path in asked] == [2, 1]


async def test_nothing_is_requested_by_itself_unless_the_shop_wants_it(store_database: str) -> None:
    async with stage(store_database) as scene:
        order = await paid(scene)
        await scene.shop.dispatch(SetRequestDelay(delay=timedelta(minutes=10)))
        wanted = await paid(scene)
        await scene.shop.dispatch(SetRequestDelay(delay=None))
        await scene.advance(days=4)
        assert await request_status(scene, order) is RequestStatus.UNSUBMITTED
        assert await request_status(scene, wanted) is RequestStatus.UNSUBMITTED


async def test_what_the_merchant_requested_is_not_requested_again(store_database: str) -> None:
    async with stage(store_database) as scene:
        await scene.shop.dispatch(SetRequestDelay(delay=timedelta(minutes=10)))
        order = await paid(scene)
        await scene.shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=order.fulfillment_orders[0].id))
        await scene.advance(hours=1)
        assert len((await scene.shop.read(order.id)).fulfillment_orders[0].requests) == 1


async def test_a_service_is_asked_for_its_stock_each_hour_and_the_ledger_takes_it_in(store_database: str) -> None:
    async with stage(store_database, manages=True) as scene:
        await scene.shop.order((scene.tee, 3))
        scene.ear.answers["fetch_stock.json"] = {"TEE": 40, "UNKNOWN": 7, "tee": 9}
        await scene.advance(minutes=61)
        asked = [path for path, _, _ in scene.ear.heard if "/fetch_stock.json" in path]
        assert len(asked) == 1
        assert "max_retries=" in asked[0]
        assert "sku=" not in asked[0]
        assert await scene.shop.available(scene.tee, scene.shop.service.location_id) == (37, 3, 40)
        await scene.advance(minutes=60)
        assert len([path for path, _, _ in scene.ear.heard if "/fetch_stock.json" in path]) == 2
        assert await scene.shop.offences() == []


async def test_an_answer_that_is_none_changes_nothing(store_database: str) -> None:
    async with stage(store_database, manages=True) as scene:
        scene.ear.status = 500
        await scene.advance(minutes=61)
        assert (await scene.shop.available(scene.tee, scene.shop.service.location_id))[0] == 500
        (call,) = await scene.messages("fetch_stock")
        assert (call["status"], call["reason"]) == ("dead", "answered 500")


async def test_a_new_product_of_the_services_is_asked_for_at_once(store_database: str) -> None:
    async with stage(store_database, manages=True) as scene:
        scene.ear.answers["fetch_stock.json"] = {"stock_levels": {"CAP": "12"}}
        cap = (await scene.shop.product("CAP", managed_by=scene.shop.service.handle)).variants[0]
        await scene.settle()
        assert any("sku=CAP" in path for path, _, _ in scene.ear.heard)
        assert await scene.shop.available(cap, scene.shop.service.location_id) == (12, 0, 12)


async def test_a_sku_that_changes_is_asked_for_anew(store_database: str) -> None:
    async with stage(store_database, manages=True) as scene:
        change = ChangeVariant(variant_id=scene.tee.id, managed_by=scene.shop.service.handle)
        scene.ear.answers["fetch_stock.json"] = {"TEE": 41, "TEE-2": 17}
        await scene.shop.dispatch(change)
        await scene.settle()
        assert (await scene.shop.available(scene.tee, scene.shop.service.location_id))[2] == 41
        await scene.shop.dispatch(change)  # nothing changes, so nobody is asked
        await scene.shop.dispatch(ChangeVariant(variant_id=scene.tee.id, sku="TEE-2"))
        await scene.settle()
        assert (await scene.shop.available(scene.tee, scene.shop.service.location_id))[2] == 17
        asked = [path for path, _, _ in scene.ear.heard if "sku=" in path]
        assert ["sku=TEE-2" in path for path in asked] == [False, True]
        with pytest.raises(Invalid):
            await scene.shop.dispatch(ChangeVariant(variant_id=scene.tee.id, managed_by="nobody"))
        with pytest.raises(NotFound):
            await scene.shop.dispatch(ChangeVariant(variant_id=1))


async def test_old_messages_and_tokens_are_forgotten(store_database: str) -> None:
    async with stage(store_database) as scene:
        made = await scene.subscribe("orders/create")
        await scene.shop.order((scene.tee, 1))
        await scene.settle()
        soon = await scene.now() + timedelta(days=1)
        await issue_token(
            scene.store.pool, await scene.now(), scene.shop.shop_id, scene.app.id, scopes=("read_orders",),
            expires_at=soon,
        )  # fmt: skip
        await scene.age(days=19)
        await scene.advance(days=1)
        assert await scene.store.pool.fetchval("SELECT count(*) FROM tokens") == 2
        assert len(await scene.messages("webhook")) == 1
        await scene.age(days=75)
        await scene.advance(days=1)
        assert await scene.store.pool.fetchval("SELECT count(*) FROM tokens") == 1
        assert await scene.messages("webhook") == []
        assert made.disabled_at is None
