"""Fulfillments, parcels and carrier events by 29 Next's Admin API."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from crossdock.dialects.next29.wire import order_number
from crossdock.domain.catalogue import ProductVariant
from crossdock.domain.orders import Order
from crossdock.store.database.stock import LEVEL_IDS
from tests.store.next29_calls import ADDRESS, Api, Next29, next29_shop
from tests.store.scene import Scene

USPS = "https://tools.usps.com/go/TrackConfirmAction_input?qtc_tLabels1="
PARCELS = [{"carrier": "usps", "tracking_code": "94001"}, {"carrier": "other", "tracking_code": "B-2"}]


@dataclass
class Docks:
    """A shop whose goods lie at the warehouse's dock, and a little at the merchant's."""

    acme: Next29
    dock: int
    mugs: ProductVariant
    pens: ProductVariant
    nails: ProductVariant

    @property
    def shop(self) -> Scene:
        return self.acme.shop

    @property
    def desk(self) -> Api:
        return self.acme.desk

    @property
    def warehouse(self) -> Api:
        return self.acme.warehouse

    async def work(self, *lines: tuple[ProductVariant, int], accepted: bool = True) -> "Work":
        """Return an order whose fulfillment order at the dock is accepted, or only asked for."""
        order = await self.shop.order(*lines)
        id = next(each.id for each in order.fulfillment_orders if each.location_id == self.dock)
        await self.desk.ok("POST", f"fulfillment-orders/{id}/fulfillment-request/", {})
        if accepted:
            await self.warehouse.ok("POST", f"fulfillment-orders/{id}/fulfillment-request/accept/", {})
        found = await self.warehouse.ok("GET", f"fulfillment-orders/{id}/")
        return Work(order, id, {line["sku"]: line["id"] for line in found["line_items"]})


@dataclass
class Work:
    """An order with its fulfillment order at the dock. `lines`: the fulfillment order's, by SKU."""

    order: Order
    id: int
    lines: dict[str, int]

    @property
    def path(self) -> str:
        return f"fulfillment-orders/{self.id}/fulfillments/"

    @property
    def of_order(self) -> str:
        return f"orders/{order_number(self.order)}/fulfillments/"

    def line_of_order(self, sku: str) -> int:
        return next(line.id for line in self.order.lines if line.sku == sku)


@pytest_asyncio.fixture
async def docks(store_database: str) -> AsyncIterator[Docks]:
    async with next29_shop(store_database) as acme:
        made = await acme.warehouse.ok("POST", "locations/", {"name": "Dock 1", "address": ADDRESS})
        product = await acme.shop.product("MUG", "PEN", "NAIL")
        mugs, pens, nails = product.variants
        for variant in (mugs, pens):
            await acme.shop.stock(variant, made["id"], 100)
        await acme.shop.stock(nails, acme.shop.merchant_location, 100)
        yield Docks(acme, made["id"], mugs, pens, nails)
        assert await acme.shop.offences() == []


async def test_stock_records_are_looked_up_only_for_answers_that_name_them(docks: Docks) -> None:
    """A fulfillment order's lines name them, a fulfillment's do not."""
    work = await docks.work((docks.mugs, 2), accepted=False)
    pool, seen = docks.shop.pool, list[str]()
    holding = [await pool.acquire() for _ in range(pool.get_max_size())]
    for connection in holding:
        connection.add_query_logger(lambda logged: seen.append(logged.query))
        await pool.release(connection)
    await docks.warehouse.ok("POST", f"fulfillment-orders/{work.id}/fulfillment-request/accept/", {})
    assert LEVEL_IDS in seen
    seen.clear()
    await docks.warehouse.ok("POST", work.path)
    assert seen
    assert LEVEL_IDS not in seen


async def test_some_units_leave_in_two_parcels_and_the_rest_later(docks: Docks) -> None:
    work = await docks.work((docks.mugs, 3), (docks.pens, 2))
    part = {"tracking_info": PARCELS, "fulfillment_order_line_items": [{"id": work.lines["MUG"], "quantity": 2}]}
    reply = await docks.warehouse.call("POST", work.path, part)
    assert reply.status == 201
    made = reply.json
    assert (made["order_number"], made["location_id"], made["status"]) == (
        order_number(work.order),
        docks.dock,
        "success",
    )
    assert (made["tracking_carrier"], made["tracking_carriers"]) == ("usps", "usps, other")
    assert (made["tracking_code"], made["tracking_codes"]) == ("94001", "94001, B-2")
    assert (made["tracking_link"], made["tracking_links"]) == (f"{USPS}94001", f"{USPS}94001")
    assert made["delivery_status"] == "tracking_added"
    assert [(line["sku"], line["quantity"]) for line in made["line_items"]] == [("MUG", 2)]
    assert made["line_items"][0]["price_incl_tax"] == "20.00"

    left = await docks.warehouse.ok("GET", f"fulfillment-orders/{work.id}/")
    assert (left["status"], left["request_status"]) == ("processing", "accepted")
    assert {line["sku"]: line["fulfillable_quantity"] for line in left["line_items"]} == {"MUG": 1, "PEN": 2}
    assert len((await docks.shop.read(work.order.id)).fulfillment_orders) == 1
    assert await docks.shop.available(docks.mugs, docks.dock) == (97, 1, 98)

    rest = await docks.warehouse.ok("POST", work.path)
    assert {line["sku"]: line["quantity"] for line in rest["line_items"]} == {"MUG": 1, "PEN": 2}
    assert (rest["tracking_carrier"], rest["tracking_links"], rest["delivery_status"]) == ("", "", None)
    closed = await docks.warehouse.ok("GET", f"fulfillment-orders/{work.id}/")
    assert (closed["status"], closed["request_status"]) == ("closed", "closed")
    assert await docks.warehouse.ok("GET", work.path) == [made, rest]
    assert await docks.desk.ok("GET", work.of_order) == [made, rest]
    assert await docks.desk.ok("GET", f"{work.of_order}{made['id']}/") == made
    noted = await docks.shop.read(work.order.id)
    assert [each.notify_customer for each in noted.fulfillments] == [True, True]


async def test_nothing_is_shipped_twice(docks: Docks) -> None:
    work = await docks.work((docks.mugs, 3))
    line = {"id": work.lines["MUG"], "quantity": 1}
    parcel = {"tracking_info": PARCELS[:1], "fulfillment_order_line_items": [line]}
    await docks.warehouse.ok("POST", work.path, parcel)
    assert await docks.warehouse.refused("POST", work.path, parcel) == {
        "detail": "These items were fulfilled under this tracking code already."
    }
    too_many = {"fulfillment_order_line_items": [{"id": line["id"], "quantity": 3}]}
    await docks.warehouse.refused("POST", work.path, too_many)
    await docks.warehouse.refused("POST", work.path, {"fulfillment_order_line_items": [line, line]})
    await docks.warehouse.refused("POST", work.path, {"fulfillment_order_line_items": [{"id": 1, "quantity": 1}]})
    await docks.warehouse.ok("POST", work.path, {})
    assert "detail" in await docks.warehouse.refused("POST", work.path, {})
    assert "detail" in await docks.warehouse.refused("POST", work.path, {"tracking_info": PARCELS})
    assert len(await docks.warehouse.ok("GET", work.path)) == 2


async def test_a_key_gets_the_same_answer_again(docks: Docks) -> None:
    work = await docks.work((docks.mugs, 3))
    body = b'{"fulfillment_order_line_items": [{"id": %d, "quantity": 1}]}' % work.lines["MUG"]
    path = f"/api/admin/{work.path}"
    replies = [await docks.warehouse.client.send("POST", path, body, idempotency_key="once") for _ in range(2)]
    assert replies[0].status == replies[1].status == 201
    assert replies[0].json == replies[1].json
    assert replies[1].headers["idempotent-replayed"] == "true"
    assert len(await docks.warehouse.ok("GET", work.path)) == 1


async def test_a_form_ships_as_json_does(docks: Docks) -> None:
    work = await docks.work((docks.mugs, 3))
    form = (
        "tracking_info[0]carrier=ups&tracking_info[0]tracking_code=1&tracking_info[1].carrier=usps&notify=false"
        f"&fulfillment_order_line_items[0].id={work.lines['MUG']}&fulfillment_order_line_items[0].quantity=2"
    )
    kind = {"content_type": "application/x-www-form-urlencoded"}
    reply = await docks.warehouse.client.send("POST", f"/api/admin/{work.path}", form.encode(), **kind)
    assert reply.status == 201, reply.body
    assert (reply.json["tracking_carriers"], reply.json["line_items"][0]["quantity"]) == ("ups, usps", 2)
    assert (await docks.shop.read(work.order.id)).fulfillments[0].notify_customer is False


async def test_nothing_of_what_is_being_stopped_is_shipped(docks: Docks) -> None:
    work = await docks.work((docks.mugs, 2))
    prefix = f"fulfillment-orders/{work.id}/cancellation-request/"
    await docks.desk.ok("POST", prefix, {"message": "Stop"})
    for api, path in ((docks.warehouse, work.path), (docks.desk, work.path), (docks.desk, work.of_order)):
        assert "detail" in await api.refused("POST", path, {})
    await docks.warehouse.ok("POST", f"{prefix}reject/", {})
    await docks.warehouse.ok("POST", work.path, {})


async def test_what_was_only_asked_for_is_not_shipped_by_its_service(docks: Docks) -> None:
    work = await docks.work((docks.mugs, 2), accepted=False)
    assert await docks.warehouse.refused("POST", work.path, {}) == {
        "detail": "The fulfillment order cannot be fulfilled in its present state."
    }


async def test_lines_of_an_order_leave_as_one_parcel_from_one_location(docks: Docks) -> None:
    work = await docks.work((docks.mugs, 2), (docks.pens, 1), (docks.nails, 5))
    assert await docks.desk.refused("POST", work.of_order, {}) == {"detail": "The items stand at several locations."}
    assert await docks.desk.refused("POST", work.of_order, {"lines": [1]}) == {
        "lines": ["Invalid pk - object does not exist."]
    }
    body = {"lines": [work.line_of_order("MUG"), work.line_of_order("PEN")], "carrier": "ups", "tracking_code": "7"}
    reply = await docks.desk.call("POST", work.of_order, body | {"send_shipped_notification": False})
    assert reply.status == 201
    assert {line["sku"]: line["quantity"] for line in reply.json["line_items"]} == {"MUG": 2, "PEN": 1}
    assert (reply.json["tracking_carrier"], reply.json["location_id"]) == ("ups", docks.dock)
    assert await docks.desk.refused("POST", work.of_order, body) == {"detail": "There is nothing left to fulfill."}
    rest = await docks.desk.ok("POST", work.of_order, {})
    assert {line["sku"]: line["quantity"] for line in rest["line_items"]} == {"NAIL": 5}
    assert (rest["location_id"], rest["line_items"][0]["fulfillment_service"]) == (
        docks.shop.merchant_location,
        "manual",
    )
    assert await docks.shop.available(docks.nails, docks.shop.merchant_location) == (95, 0, 95)
    assert [each.notify_customer for each in (await docks.shop.read(work.order.id)).fulfillments] == [False, True]


async def test_the_units_of_a_line_in_several_fulfillment_orders_leave_together(docks: Docks) -> None:
    order = await docks.shop.order((docks.nails, 5))
    (whole,) = order.fulfillment_orders
    document = """mutation ($id: ID!, $line: ID!) {
        fulfillmentOrderSplit(fulfillmentOrderSplits: [
            {fulfillmentOrderId: $id, fulfillmentOrderLineItems: [{id: $line, quantity: 2}]}
        ]) { userErrors { message } }
    }"""
    gids = {
        "id": f"gid://shopify/FulfillmentOrder/{whole.id}",
        "line": f"gid://shopify/FulfillmentOrderLineItem/{whole.lines[0].id}",
    }
    reply = await docks.acme.served.desk.post("graphql.json", {"query": document, "variables": gids})
    assert reply.json["data"]["fulfillmentOrderSplit"]["userErrors"] == [], reply.body
    assert len((await docks.shop.read(order.id)).fulfillment_orders) == 2
    made = await docks.desk.ok("POST", f"orders/{order_number(order)}/fulfillments/", {"lines": [order.lines[0].id]})
    assert sorted(line["quantity"] for line in made["line_items"]) == [2, 3]
    assert {line["order_line_id"] for line in made["line_items"]} == {order.lines[0].id}


async def test_a_parcel_is_followed_until_it_is_delivered(docks: Docks) -> None:
    work = await docks.work((docks.mugs, 2))
    parcel = await docks.warehouse.ok("POST", work.path, {"tracking_info": PARCELS[:1]})
    one = f"{work.of_order}{parcel['id']}/"
    events = f"{one}events/"
    assert await docks.desk.ok("GET", events) == []
    scan = {"status": "in_transit", "happened_at": "2026-11-22T09:00:00Z", "city": "Lund", "latitude": 90}
    reply = await docks.desk.call("POST", events, scan)
    assert reply.status == 200
    told = reply.json
    assert (told["fulfillment"], told["order"], told["city"], told["line1"]) == (
        parcel["id"],
        order_number(work.order),
        "Lund",
        "",
    )
    assert await docks.desk.ok("POST", events, scan) == told
    assert await docks.desk.ok("GET", events) == [told]
    assert await docks.desk.ok("GET", f"{events}{told['id']}/") == told
    shown = await docks.desk.ok("GET", one)
    assert (shown["delivery_status"], shown["last_event_date"]) == ("in_transit", told["happened_at"])

    wrong = await docks.desk.ok("POST", events, {"status": "failure", "happened_at": "2026-11-23T09:00:00Z"})
    assert (await docks.desk.ok("GET", one))["delivery_status"] == "failed_delivery"
    assert (await docks.desk.call("DELETE", f"{events}{wrong['id']}/")).status == 204
    await docks.desk.refused("GET", f"{events}{wrong['id']}/", status=404)
    await docks.desk.refused("DELETE", f"{events}{wrong['id']}/", status=404)
    assert (await docks.desk.ok("GET", one))["delivery_status"] == "in_transit"

    there = await docks.desk.ok("POST", events, {"status": "delivered", "happened_at": "2026-11-24T09:00:00Z"})
    await docks.desk.ok("POST", events, {"status": "in_transit", "happened_at": "2026-11-25T09:00:00Z"})
    shown = await docks.desk.ok("GET", one)
    assert (shown["delivery_status"], shown["last_event_date"]) == ("delivered", there["happened_at"])


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"status": "delivered", "latitude": 90.01}, {"latitude": ["Must be from -90 to 90."]}),
        ({"status": "delivered", "longitude": "-180.5"}, {"longitude": ["Must be from -180 to 180."]}),
        ({"status": "lost"}, {"status": ['"lost" is not a valid choice.']}),
        ({"status": "delivered", "happened_at": "soon"}, None),
        ({"status": "delivered", "city": "x" * 256}, None),
    ],
)
async def test_events_that_cannot_be(docks: Docks, body: Any, answer: Any) -> None:
    work = await docks.work((docks.mugs, 1))
    parcel = await docks.warehouse.ok("POST", work.path, {})
    told = await docks.desk.refused("POST", f"{work.of_order}{parcel['id']}/events/", body)
    assert answer is None or told == answer


async def test_what_is_not_there_or_anothers_is_not_found(docks: Docks) -> None:
    work = await docks.work((docks.mugs, 1))
    other = await docks.work((docks.mugs, 1))
    parcel = await docks.warehouse.ok("POST", work.path, {})
    rival = await docks.acme.api("fulfillment_service:read", "fulfillment_service:write", name="Rival")
    for method in ("GET", "POST"):
        await rival.refused(method, work.path, status=404)
        await docks.warehouse.refused(method, "fulfillment-orders/1/fulfillments/", status=404)
        await docks.warehouse.refused(method, "fulfillment-orders/none/fulfillments/", status=404)
        await docks.desk.refused(method, "orders/999999/fulfillments/", status=404)
        events = f"{other.of_order}{parcel['id']}/events/"
        await docks.desk.refused(method, events, {"status": "delivered"} if method == "POST" else None, status=404)
    for path in (f"{other.of_order}{parcel['id']}/", f"{work.of_order}1/", f"{work.of_order}{parcel['id']}/events/1/"):
        await docks.desk.refused("GET", path, status=404)


@pytest.mark.parametrize(
    ("scope", "reads", "ships", "reads_of_orders", "ships_lines"),
    [
        ("fulfillment_service:read", 404, 403, 403, 403),  # another app runs the dock
        ("fulfillment_service:write", 403, 404, 403, 403),
        ("fulfillment_orders:read", 200, 403, 403, 403),
        ("fulfillment_orders:write", 403, 201, 403, 403),
        ("orders:read", 403, 403, 200, 403),
        ("orders:write", 403, 403, 403, 201),
        ("admin:write", 403, 201, 403, 400),  # by then nothing is left
        ("webhooks:write", 403, 403, 403, 403),
    ],
)
async def test_scopes(docks: Docks, scope: str, reads: int, ships: int, reads_of_orders: int, ships_lines: int) -> None:
    work = await docks.work((docks.mugs, 1))
    api = await docks.acme.api(scope, name="Other app")
    assert (await api.call("GET", work.path)).status == reads
    assert (await api.call("GET", work.of_order)).status == reads_of_orders
    assert (await api.call("POST", work.path, {})).status == ships
    assert (await api.call("POST", work.of_order, {})).status == ships_lines
