"""The store's pages: what they show, whose they show, and what their buttons do."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from starlette.applications import Starlette

from crossdock.domain.commands import (
    AcceptFulfillmentRequest,
    AddCarrierEvent,
    CancelFulfillmentOrder,
    CreateFulfillment,
    CreateOrder,
    EditOrder,
    FulfillmentGroup,
    LineQuantity,
    MergeFulfillmentOrders,
    MoveFulfillmentOrder,
    NewOrderLine,
    SetFulfillmentDeadline,
    SplitFulfillmentOrders,
    SubmitFulfillmentRequest,
)
from crossdock.domain.decisions import OrderCreated
from crossdock.domain.orders import Order, StockClaim
from crossdock.domain.places import Address
from crossdock.domain.shipment import ShipmentStatus
from crossdock.domain.states import RequestStatus, Status
from crossdock.runtime.clock import SystemClock
from crossdock.runtime.exchange.journey import LedgerMessage
from crossdock.store.dashboard.app import dashboard
from crossdock.store.dashboard.journey import caption_of
from crossdock.store.setup import create_shop
from tests.runtime.asgi import Heard, call
from tests.store.a_day import Day, at_service, play
from tests.store.calls import any_host, grants_of, next29_grants_of
from tests.store.scene import Scene, scene

# The badge of each order of the day. Source: ux.md, section 1.
BADGES = {
    "unfulfilled": "Unfulfilled",
    "split": "Unfulfilled",
    "requested": "Requested",
    "accepted": "In progress",
    "declined": "Request declined",
    "cancelling": "Cancellation requested",
    "cancelled": "Cancellation accepted",
    "goes on": "In progress",
    "part shipped": "Partially fulfilled 2/3",
    "incomplete": "Incomplete",
    "shipped": "Fulfilled",
}


@pytest_asyncio.fixture
async def shop(store_database: str) -> AsyncIterator[Scene]:
    async with scene(store_database) as place:
        yield place


@pytest_asyncio.fixture
async def day(shop: Scene) -> Day:
    return await play(shop)


@pytest.fixture
def pages(shop: Scene) -> Starlette:
    clock = SystemClock()
    grants = grants_of(shop.pool, clock)
    return dashboard(
        pool=shop.pool,
        clock=clock,
        dispatcher=shop.dispatcher,
        grants=grants,
        next29=next29_grants_of(shop.pool, clock),
        stands_for=any_host,
    )


async def get(pages: Starlette, path: str, **headers: str) -> Heard:
    return await call(pages, "GET", f"/shops/acme{path}", headers={k.replace("_", "-"): v for k, v in headers.items()})


async def post(pages: Starlette, order: Order, one: int, action: str, **fields: object) -> Heard:
    return await call(
        pages,
        "POST",
        f"/shops/acme/orders/{order.id}/fulfillment-orders/{one}/{action}",
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=urlencode({name.replace("_", "-"): value for name, value in fields.items()}).encode(),
    )


def badges(page: Heard) -> list[str]:
    return re.findall(r'class="badge[^"]*"><svg.*?</svg>([^<]+)</span>', page.body.decode())


def names(page: Heard) -> list[str]:
    return re.findall(r'class="whole"[^>]*>([^<]+)<', page.body.decode())


async def test_the_start_leads_to_the_orders_of_the_only_shop(pages: Starlette) -> None:
    heard = await call(pages, "GET", "/orders")
    assert (heard.status, heard.headers["location"]) == (303, "/shops/acme/orders")


async def test_with_several_shops_the_start_lets_choose(shop: Scene, pages: Starlette) -> None:
    await create_shop(
        shop.pool, datetime.now(UTC), name="Other", subdomain="other", domain="other.example", email="o@other.example"
    )
    heard = await call(pages, "GET", "/")
    assert heard.status == 200
    assert names(heard) == ["Acme Goods", "Other"]


async def test_an_empty_shop_says_how_orders_come(pages: Starlette) -> None:
    assert b"No orders yet" in (await get(pages, "/orders")).body


async def test_each_order_has_the_badge_of_its_state(day: Day, pages: Starlette) -> None:
    assert badges(await get(pages, "/orders")) == list(reversed(BADGES.values()))


@pytest.mark.parametrize(
    ("view", "orders"),
    [
        ("unfulfilled", ["split", "unfulfilled"]),
        ("requested", ["requested"]),
        ("progress", ["part shipped", "goes on", "cancelling", "accepted"]),
        ("cancelling", ["cancelling"]),
        ("declined", ["declined"]),
        ("given_back", ["incomplete", "cancelled"]),
        ("held", []),
        ("fulfilled", ["shipped"]),
    ],
)
async def test_a_tab_has_the_orders_it_names(day: Day, pages: Starlette, view: str, orders: list[str]) -> None:
    heard = await get(pages, f"/orders?view={view}")
    assert names(heard) == [day.orders[name].name for name in orders]


async def test_search_finds_by_name_customer_sku_tracking_and_id(day: Day, pages: Starlette) -> None:
    shipped, split = day.orders["shipped"], day.orders["split"]

    async def found(words: str) -> list[str]:
        return names(await get(pages, f"/orders?{urlencode({'q': words})}"))

    assert await found(shipped.name) == [shipped.name]
    assert await found(shipped.name.removeprefix("#")) == [shipped.name]
    assert await found("1Z999AA10123456799") == [shipped.name]
    assert await found(str(at_service(shipped).id)) == [shipped.name]
    assert await found("mug-ena-01") == [split.name]
    assert split.name in await found("norman")
    assert await found("%") == []
    assert await found("\0") == names(await get(pages, "/orders"))


async def test_pages_of_a_long_list_meet_without_a_gap(shop: Scene, pages: Starlette) -> None:
    tee = (await shop.product("TEE")).variants[0]
    await shop.stock(tee, shop.merchant_location, 200)
    made = [await shop.order((tee, 1)) for _ in range(120)]
    seen, address = [], "/orders"
    while address:
        heard = await get(pages, address)
        seen += names(heard)
        older = re.search(r'href="/shops/acme(/orders\?before=\d+)"', heard.body.decode())
        address = older[1] if older else ""
    assert seen == [order.name for order in reversed(made)]
    newer = re.search(r'href="/shops/acme(/orders\?after=\d+)"', heard.body.decode())
    assert newer
    assert names(await get(pages, newer[1])) == seen[50:100]


async def test_an_order_shows_its_journey_in_order(day: Day, pages: Starlette) -> None:
    page = (await get(pages, f"/orders/{day.orders['declined'].id}")).body.decode()
    assert re.findall(r'class="words">([^<]+)<', page) == [
        "Order came in",
        "Routed",
        "Fulfillment requested",
        "Fulfillment order notification",
        "Reject fulfillment request",
        "Request declined",
    ]
    assert "None left on the shelf." in page
    assert "0 of 2 there" in page
    # A later announcement to the same service says the same, so this one was folded into it and is not sent.
    assert re.findall(r'class="arrow (\w+) (\w+)"', page) == [("right", "quiet"), ("left", "good")]


async def test_what_others_wrote_is_escaped(shop: Scene, pages: Starlette) -> None:
    tee = (await shop.product("TEE")).variants[0]
    address = Address(first_name="<script>alert(1)</script>", country_code="SE")
    made = await shop.dispatch(
        CreateOrder(lines=(NewOrderLine(variant_id=tee.id, quantity=1),), shipping_address=address)
    )
    assert isinstance(made, OrderCreated)
    for path in ("/orders", f"/orders/{made.order.id}"):
        page = (await get(pages, path)).body
        assert b"<script>alert" not in page
        assert b"&lt;script&gt;alert(1)" in page


async def test_what_is_anothers_and_what_is_absent_look_alike(day: Day, pages: Starlette) -> None:
    shop = day.shop
    await create_shop(
        shop.pool, datetime.now(UTC), name="Other", subdomain="other", domain="other.example", email="o@other.example"
    )
    order = day.orders["unfulfilled"]
    theirs = await call(pages, "GET", f"/shops/other/orders/{order.id}")
    absent = await call(pages, "GET", "/shops/other/orders/999999999")
    assert (theirs.status, absent.status) == (404, 404)
    assert strip(theirs) == strip(absent)
    acted = await call(
        pages, "POST", f"/shops/other/orders/{order.id}/fulfillment-orders/{at_service(order).id}/request_fulfillment"
    )
    assert acted.status == 404
    for path in (
        "/shops/nobody/orders",
        "/shops/\0/orders",
        "/shops/acme/orders/x",
        "/shops/acme/orders/99999999999999999999999",
    ):
        assert (await call(pages, "GET", path)).status == 404


def strip(page: Heard) -> str:
    return re.sub(r"<time.*?</time>", "", page.body.decode())


async def test_the_living_part_comes_again_only_when_it_is_another(day: Day, pages: Starlette) -> None:
    order = day.orders["requested"]
    page = (await get(pages, f"/orders/{order.id}")).body.decode()
    again = re.search(r'hx-get="/shops/acme([^"]+)"', page)
    assert again
    assert (await get(pages, again[1], hx_request="true")).status == 204
    await shop_accepts(day, order)
    changed = await get(pages, again[1], hx_request="true")
    assert changed.status == 200
    assert changed.body.decode().startswith('<div id="live"')
    assert b"<html" not in changed.body
    assert "In progress" in badges(changed)


async def shop_accepts(day: Day, order: Order) -> None:
    await day.answer(AcceptFulfillmentRequest(fulfillment_order_id=at_service(order).id), "accept")


async def test_requesting_moves_the_order_and_a_second_click_changes_nothing(day: Day, pages: Starlette) -> None:
    order = await day.shop.read(day.orders["split"].id)
    one = at_service(order)
    fields = {f"units-{one.lines[0].id}": 2, "message": "Soon, please", "version": order.version}
    for _ in range(2):
        heard = await post(pages, order, one.id, "request_fulfillment", **fields)
        assert (heard.status, heard.headers["location"]) == (303, f"/shops/acme/orders/{order.id}")
    now = (await day.shop.read(order.id)).fulfillment_order(one.id)
    assert now.request_status is RequestStatus.SUBMITTED
    assert [request.message for request in now.requests] == ["Soon, please"]


async def test_requesting_a_part_leaves_the_rest_behind(day: Day, pages: Starlette) -> None:
    order = day.orders["split"]
    one = at_service(order)
    await post(pages, order, one.id, "request_fulfillment", **{f"units-{one.lines[0].id}": 1})
    at_acme = [f for f in (await day.shop.read(order.id)).fulfillment_orders if f.location_id == one.location_id]
    assert [(f.request_status, f.remaining) for f in at_acme] == [
        (RequestStatus.SUBMITTED, 1),
        (RequestStatus.UNSUBMITTED, 1),
    ]


async def test_shipping_oneself_books_units_and_tracking(day: Day, pages: Starlette) -> None:
    order = day.orders["split"]
    mine = next(one for one in order.fulfillment_orders if one.id != at_service(order).id)
    heard = await post(
        pages,
        order,
        mine.id,
        "create_fulfillment",
        **{f"units-{mine.lines[0].id}": 2, "number": "JD01", "company": "DHL"},
    )
    assert heard.status == 303
    now = await day.shop.read(order.id)
    assert now.fulfillment_order(mine.id).remaining == 1
    assert [(t.number, t.company) for t in now.fulfillments[0].tracking] == [("JD01", "DHL")]
    assert b"JD01" in (await get(pages, f"/orders/{order.id}")).body


async def test_asking_to_cancel(day: Day, pages: Starlette) -> None:
    order = day.orders["accepted"]
    one = at_service(order)
    assert (await post(pages, order, one.id, "request_cancellation", message="Wrong size")).status == 303
    now = (await day.shop.read(order.id)).fulfillment_order(one.id)
    assert now.request_status is RequestStatus.CANCELLATION_REQUESTED


async def test_what_the_state_does_not_allow_is_refused_in_words(day: Day, pages: Starlette) -> None:
    order = day.orders["shipped"]
    one = at_service(order)
    heard = await post(pages, order, one.id, "request_cancellation")
    assert heard.status == 409
    assert b"The store refused this" in heard.body
    assert f'hx-get="/shops/acme/orders/{order.id}?'.encode() in heard.body
    assert (await day.shop.read(order.id)).fulfillment_order(one.id).status is Status.CLOSED


@pytest.mark.parametrize("typed", ["0", "-1", "x", "1.5", "99999999999999999999", ""])
async def test_units_that_are_none_are_sent_back(day: Day, pages: Starlette, typed: str) -> None:
    order = await day.shop.read(day.orders["split"].id)
    one = at_service(order)
    heard = await post(pages, order, one.id, "request_fulfillment", **{f"units-{one.lines[0].id}": typed})
    assert heard.status == 422
    assert (await day.shop.read(order.id)).version == order.version


async def test_more_units_than_are_left_are_refused(day: Day, pages: Starlette) -> None:
    order = day.orders["split"]
    one = at_service(order)
    heard = await post(pages, order, one.id, "create_fulfillment", **{f"units-{one.lines[0].id}": 3})
    assert heard.status == 409


async def test_buttons_are_what_the_order_supports_and_no_more(day: Day, pages: Starlette) -> None:
    async def buttons(name: str) -> list[str]:
        page = (await get(pages, f"/orders/{day.orders[name].id}")).body.decode()
        return re.findall(r'action="[^"]+/fulfillment-orders/\d+/(\w+)"', page)

    assert await buttons("unfulfilled") == ["request_fulfillment", "create_fulfillment"]
    assert await buttons("requested") == []
    assert await buttons("accepted") == ["request_cancellation", "create_fulfillment"]
    assert await buttons("shipped") == []
    order = day.orders["unfulfilled"]
    assert (await post(pages, order, at_service(order).id, "hold")).status == 404
    assert (await post(pages, order, 424242, "request_fulfillment")).status == 404


async def test_units_that_nobody_can_ship_are_seen_where_they_wait(shop: Scene, pages: Starlette) -> None:
    (tee,) = (await shop.product("TEE")).variants
    await shop.stock(tee, shop.merchant_location, 1)
    order = await shop.order((tee, 3), claim=StockClaim.IGNORING_POLICY)
    body = (await get(pages, f"/orders/{order.id}")).body.decode()
    assert "2 units unavailable" in body
    assert "3 units · to Shop location · 2 unavailable" in body
    fewer = EditOrder(order_id=order.id, quantities=(LineQuantity(id=order.lines[0].id, quantity=2),))
    await shop.dispatch(fewer)
    assert "1 unit unavailable" in (await get(pages, f"/orders/{order.id}")).body.decode()
    (work,) = order.fulfillment_orders
    part = FulfillmentGroup(fulfillment_order_id=work.id, lines=(LineQuantity(id=work.lines[0].id, quantity=1),))
    await shop.dispatch(CreateFulfillment(groups=(part,)))
    assert "1 unit unavailable" in (await get(pages, f"/orders/{order.id}")).body.decode()
    whole = await shop.order((tee, 1), claim=StockClaim.BYPASS)
    assert "1 unit unavailable" in (await get(pages, f"/orders/{whole.id}")).body.decode()
    assert "Nothing was set aside" in (await get(pages, f"/orders/{whole.id}")).body.decode()


async def test_where_work_came_from_and_went_is_seen(shop: Scene, pages: Starlette) -> None:
    tee = (await shop.product("TEE")).variants[0]
    for location_id in (shop.merchant_location, shop.service.location_id):
        await shop.stock(tee, location_id, 20)
    order = await shop.order((tee, 5))
    (work,) = order.fulfillment_orders
    line = work.lines[0].id
    group = FulfillmentGroup(fulfillment_order_id=work.id, lines=(LineQuantity(id=line, quantity=1),))
    await shop.dispatch(SplitFulfillmentOrders(groups=(group,)))
    split = (await shop.read(order.id)).fulfillment_orders[-1]
    groups = tuple(FulfillmentGroup(fulfillment_order_id=each) for each in (work.id, split.id))
    away = (LineQuantity(id=line, quantity=2),)
    await shop.dispatch(
        MoveFulfillmentOrder(fulfillment_order_id=work.id, location_id=shop.service.location_id, lines=away)
    )
    page = (await get(pages, f"/orders/{order.id}")).body.decode()
    assert f"· split from {work.id}" in page
    assert f"· moved from {work.id}" in page
    await shop.dispatch(MergeFulfillmentOrders(groups=groups))
    moved = (await shop.read(order.id)).fulfillment_orders[-1]
    await shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=moved.id))
    await shop.dispatch(CancelFulfillmentOrder(fulfillment_order_id=moved.id))
    heir = (await shop.read(order.id)).fulfillment_orders[-1]
    heard = await get(pages, f"/orders/{order.id}")
    page = heard.body.decode()
    assert f'id="fulfillment-order-{split.id}"' not in page
    assert f"fulfillment order {split.id} · at " in page
    assert f"into {work.id}" in page
    assert f"who may still ship. Contact them. Its items are with fulfillment order {heir.id} now." in page
    assert f"· in place of {moved.id}" in page
    assert badges(await get(pages, "/orders")) == ["Unfulfilled"]


async def test_deadlines_promises_and_delivery_stand_on_the_card(shop: Scene, pages: Starlette) -> None:
    tee = (await shop.product("TEE")).variants[0]
    await shop.stock(tee, shop.service.location_id, 20)
    order = await shop.order((tee, 2))
    work = order.fulfillment_orders[0]
    soon = datetime(2026, 12, 24, 10, tzinfo=UTC)
    await shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=work.id))
    await shop.dispatch(
        AcceptFulfillmentRequest(fulfillment_order_id=work.id, estimated_shipped_at=soon), caller=shop.warehouse
    )
    await shop.dispatch(SetFulfillmentDeadline(fulfillment_order_ids=(work.id,), deadline=soon + timedelta(days=1)))
    page = (await get(pages, f"/orders/{order.id}")).body.decode()
    assert re.search(r"expects to have shipped it <time [^>]*>24 Dec 10:00", page)
    assert re.search(r"To be shipped by <time [^>]*>25 Dec 10:00", page)
    assert re.search(r"Deadline set.*by <time [^>]*>25 Dec 10:00", page, re.DOTALL)
    await shop.dispatch(CreateFulfillment(groups=(FulfillmentGroup(fulfillment_order_id=work.id),)))
    parcel = (await shop.read(order.id)).fulfillments[0]
    await shop.dispatch(AddCarrierEvent(fulfillment_id=parcel.id, status=ShipmentStatus.OUT_FOR_DELIVERY))
    page = (await get(pages, f"/orders/{order.id}")).body.decode()
    assert "· out for delivery" in page
    assert "expects to have shipped" not in page


def heard(*, direction: str, url: str, body: bytes = b"", topic: str | None = None) -> LedgerMessage:
    return LedgerMessage(
        id=1,
        direction=direction,
        kind="webhook" if direction == "out" else "api_call",
        message_id="m",
        endpoint="app:Acme 3PL",
        subject="order:1",
        method="POST",
        url=url,
        request_headers={},
        request_body=body,
        status="delivered",
        reason=None,
        created_at=datetime(2026, 11, 22, tzinfo=UTC),
        finished_at=None,
        next_attempt_at=None,
        answer_status=200,
        answer_headers=None,
        answer_body=None,
        attempts=(),
        topic=topic,
    )


@pytest.mark.parametrize(
    ("message", "words", "party"),
    [
        (heard(direction="out", url="https://a.test/", topic="order.updated"), "Webhook", "order.updated"),
        (
            heard(direction="in", url="/admin/api/2026-07/graphql.json", body=b'{"mutation":"fulfillmentCreate"}'),
            "Fulfillment create",
            "from Acme 3PL",
        ),
        (heard(direction="in", url="/admin/api/2026-07/graphql.json", body=b"{"), "API call", "from Acme 3PL"),
    ],
)
def test_a_message_is_named_by_what_it_says(message: LedgerMessage, words: str, party: str) -> None:
    caption = caption_of(message, services=frozenset())
    assert (caption.words, caption.party) == (words, party)
