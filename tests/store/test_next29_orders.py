"""Orders, notes, shipping methods and the store itself by 29 Next's Admin API."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio

from crossdock.cli.problems import Problem
from crossdock.cli.shipping import read_prices
from crossdock.dialects.shopify.scopes import SCOPES as SHOPIFY_SCOPES
from crossdock.domain.catalogue import ProductVariant
from crossdock.domain.finding_orders import FindOrders
from crossdock.domain.order_status import (
    NextDeliveryStatus,
    NextFulfillmentStatus,
    next_delivery_status,
    next_fulfillment_status,
)
from crossdock.domain.orders import FulfillmentStatus, Order
from crossdock.domain.queries import Window
from crossdock.domain.refusals import Invalid
from crossdock.domain.routing.rules import DEFAULT_RULES
from crossdock.domain.routing.settings import SetRoutingRules
from crossdock.domain.shipping_methods import AddShippingMethod
from crossdock.domain.shops import SetRequestDelay
from crossdock.store.database.history import all_departures
from crossdock.store.dispatch.origin import Origin
from tests.store.calls import Reply
from tests.store.hearing import stage
from tests.store.next29_calls import Api, Next29, next29_shop
from tests.store.scene import Scene, scene
from tests.store.test_graphql_products import statements
from tests.store.test_random_commands import Crowd

BO = {
    "first_name": "Bo",
    "last_name": "Ek",
    "line1": "Storgatan 1",
    "line4": "Lund",
    "postcode": "223 50",
    "country": "SE",
}


class Desk:
    """The order desk of a shop with two things on its own shelf: ten mugs, and two pens that can run out."""

    def __init__(self, acme: Next29, mugs: ProductVariant, pens: ProductVariant) -> None:
        self.acme, self.mugs, self.pens = acme, mugs, pens

    @property
    def api(self) -> Api:
        return self.acme.desk

    def body(self, **fields: Any) -> dict[str, Any]:
        return {"lines": [{"product_id": self.mugs.id, "quantity": 1}], "shipping_address": BO, **fields}

    async def order(self, **fields: Any) -> Any:
        return await self.api.ok("POST", "orders/", self.body(**fields))

    async def found(self, **filters: object) -> list[str]:
        answer = await self.api.ok("GET", f"orders/?{urlencode(filters, doseq=True)}")
        return [each["number"] for each in answer["results"]]


@pytest_asyncio.fixture
async def desk(store_database: str) -> AsyncIterator[Desk]:
    async with next29_shop(store_database) as acme:
        mugs, pens = (await acme.shop.product("MUG", "PEN")).variants
        await acme.shop.stock(mugs, acme.shop.merchant_location, 10)
        await acme.shop.stock(pens, acme.shop.merchant_location, 2)
        yield Desk(acme, mugs, pens)
        assert await acme.shop.offences() == []
        async with acme.shop.pool.acquire() as connection:
            assert await all_departures(connection) == []


async def test_orders_go_to_the_country_they_are_for_and_there_to_the_nearest(desk: Desk) -> None:
    """Source: 29 Next, order routing, rules 4 and 5; the shop's own first location lies elsewhere."""
    places = {}
    for city, postcode, country in (
        ("Hamburg", "20095", "DE"),
        ("Stockholm", "111 29", "SE"),
        ("Malmö", "211 19", "SE"),
    ):
        address = {"line1": "1", "line4": city, "postcode": postcode, "country": country}
        made = await desk.api.ok("POST", "locations/", {"name": city, "address": address})
        places[made["id"]] = city
        await desk.acme.shop.stock(desk.mugs, made["id"], 10)

    async def place_of(order: Any) -> str | None:
        (work,) = await desk.api.ok("GET", f"orders/{order['number']}/fulfillment-orders/")
        return places.get(work["assigned_location"]["id"])

    assert await place_of(await desk.order()) == "Malmö"
    german = {**BO, "line4": "Kiel", "postcode": "24103", "country": "DE"}
    assert await place_of(await desk.order(shipping_address=german)) == "Hamburg"
    # A shop that said how it routes is asked no more.
    await desk.acme.shop.dispatch(SetRoutingRules(rules=DEFAULT_RULES))
    assert await place_of(await desk.order()) is None


async def test_an_order_is_taken_in_as_it_was_sent_and_read_back(desk: Desk) -> None:
    made = await desk.order(
        lines=[
            {"product_id": desk.mugs.id, "quantity": 2, "price": "12.50", "metadata": {"engraving": "Å"}},
            {"product_id": desk.pens.id, "quantity": 1, "is_upsell": True},
        ],
        user={"email": "bo@example.com", "first_name": "Bo", "last_name": "Ek", "ip": "10.0.0.1", "language": "sv"},
        billing_same_as_shipping_address=True,
        shipping_code="express",
        shipping_price="5.00",
        payment_method="external",
        metadata={"a": [1, 2.5, "å"]},
        attribution={"utm_source": "mail", "funnel": "spring"},
        tags=["vip", None, "b2b"],
        date_placed="2026-01-01T10:00:00+01:00",
    )
    assert await desk.api.ok("GET", f"orders/{made['number']}/") == made
    assert made["number"] == "1001"
    assert (made["status"], made["payment_status"], made["fulfillment_status"]) == ("open", "paid", "unfulfilled")
    assert (made["shipping_code"], made["shipping_method"]) == ("express", "Express")
    assert (made["total_incl_tax"], made["shipping_excl_tax"], made["total_outstanding"]) == ("40.00", "5.00", "0.00")
    assert made["date_placed"] == "2026-01-01T09:00:00.000000+00:00"
    assert made["metadata"] == {"a": [1, 2.5, "å"]}
    assert (made["attribution"]["utm_source"], made["attribution"]["utm_term"]) == ("mail", "")
    assert made["tags"] == ["vip", "b2b"]
    assert {**made["billing_address"], "notes": ""} == made["shipping_address"]
    assert (made["user"]["ip"], made["user"]["language"], made["user"]["email"]) == ("10.0.0.1", "sv", "bo@example.com")
    assert [(line["metadata"], line["is_upsell"]) for line in made["lines"]] == [
        ({"engraving": "Å"}, False),
        ({}, True),
    ]
    assert [line["variant_id"] for line in made["lines"]] == [desk.mugs.id, desk.pens.id]
    assert await desk.acme.shop.available(desk.mugs, desk.acme.shop.merchant_location) == (8, 2, 10)


async def test_forms_make_the_same_orders(desk: Desk) -> None:
    pairs = {
        "lines[0]product_id": desk.mugs.id,
        "lines[0]quantity": 3,
        "lines[0]price": "9.99",
        "billing_same_as_shipping_address": "true",
        **{f"shipping_address.{name}": value for name, value in BO.items()},
        "metadata.channel": "fair",
        "tags": "vip",
    }
    reply = await desk.api.client.send(
        "POST", "/api/admin/orders/", urlencode(pairs).encode(), content_type="application/x-www-form-urlencoded"
    )
    assert reply.status == 201, reply.body
    assert reply.json["total_incl_tax"] == "29.97"
    assert (reply.json["metadata"], reply.json["tags"]) == ({"channel": "fair"}, ["vip"])
    assert reply.json["billing_address"]["line4"] == "Lund"


async def test_tests_take_nothing_from_the_shelf(desk: Desk) -> None:
    for card in ("test_card", "test_3ds_card"):
        made = await desk.order(payment_method="card_token", payment_details={"card_token": card})
        assert (made["is_test"], made["payment_status"]) == (True, "paid")
    assert await desk.acme.shop.available(desk.mugs, desk.acme.shop.merchant_location) == (10, 0, 10)


async def test_an_order_done_elsewhere_takes_nothing_from_the_shelf(desk: Desk) -> None:
    for status in ("archived", "canceled"):
        made = await desk.order(status=status)
        assert made["status"] == status
        assert await desk.api.ok("GET", f"orders/{made['number']}/") == made
    assert await desk.acme.shop.available(desk.mugs, desk.acme.shop.merchant_location) == (10, 0, 10)


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"lines": None}, "lines"),
        ({"lines": []}, "lines"),
        ({"lines": [{"quantity": 1}]}, "lines"),
        ({"lines": [{"product_id": 1, "quantity": 1}]}, "lines"),
        ({"lines": [{"product_id": "PEN", "quantity": 3}]}, "lines"),
        ({"lines": [{"product_id": "PEN", "quantity": 0}]}, "lines"),
        ({"lines": [{"product_id": "PEN", "quantity": 1, "price": "-1"}]}, "lines"),
        ({"lines": [{"product_id": "PEN", "quantity": 1, "subscription": {"interval": "day"}}]}, "lines"),
        ({"shipping_address": {**BO, "last_name": " "}}, "shipping_address"),
        ({"shipping_address": {**BO, "country": "XX"}}, "shipping_address"),
        ({"shipping_address": None}, "user"),
        ({"shipping_address": None, "use_default_shipping_address": True, "user": BO}, "use_default_shipping_address"),
        ({"shipping_code": "pigeon"}, "shipping_code"),
        ({"shipping_price": "free"}, "shipping_price"),
        ({"payment_method": "paypal"}, "payment_method"),
        ({"payment_method": "barter"}, "payment_method"),
        ({"payment_method": "card_token", "payment_details": {"card_token": {"a": 1}}}, "payment_method"),
        ({"currency": "usd"}, "currency"),
        ({"user": {"email": "nobody"}}, "user"),
        ({"user": {"language": "tlh"}}, "user"),
        ({"date_placed": "2099-01-01T00:00:00Z"}, "date_placed"),
        ({"status": "lost"}, "status"),
        ({"vouchers": ["SPRING"]}, "vouchers"),
        ({"offers": [1]}, "offers"),
    ],
)
async def test_what_makes_no_order_is_refused_where_it_stands(desk: Desk, fields: dict[str, Any], at: str) -> None:
    for line in fields.get("lines") or ():
        line["product_id"] = desk.pens.id if line.get("product_id") == "PEN" else line.get("product_id")
    assert list(await desk.api.refused("POST", "orders/", desk.body(**fields))) == [at]
    assert await desk.found() == []


async def test_what_stands_on_an_order_changes_and_a_whole_order_sent_back_does_not_change_it(desk: Desk) -> None:
    made = await desk.order(metadata={"a": 1}, attribution={"funnel": "spring"}, tags=["vip"])
    path = f"orders/{made['number']}/"
    assert await desk.api.ok("PUT", path, made) == made
    changed = await desk.api.ok(
        "PATCH",
        path,
        {
            "tags": [],
            "metadata": {"b": 2},
            "attribution": {"utm_term": "mugs"},
            "shipping_address": {**BO, "line1": "Kyrkogatan 2"},
            "billing_address": {**BO, "first_name": "Ann"},
            "status": "archived",
        },
    )
    assert (changed["tags"], changed["metadata"], changed["status"]) == ([], {"b": 2}, "archived")
    assert (changed["attribution"]["funnel"], changed["attribution"]["utm_term"]) == ("spring", "mugs")
    assert changed["shipping_address"]["line1"] == "Kyrkogatan 2"
    assert changed["billing_address"]["first_name"] == "Ann"
    assert await desk.api.ok("GET", path) == changed
    assert (await desk.api.ok("PATCH", path, {"status": "open"}))["status"] == "open"
    assert await desk.api.refused("PATCH", path, {"fulfillment_status": "fulfilled"}) == {
        "fulfillment_status": ["Follows from the fulfillment orders and cannot be set."]
    }


async def test_an_address_does_not_change_under_the_hands_of_the_warehouse(desk: Desk) -> None:
    acme = desk.acme
    dock = await acme.warehouse.ok("POST", "locations/", {"name": "Dock", "address": {**BO}})
    (sock,) = (await acme.shop.product("SOCK")).variants
    await acme.shop.stock(sock, dock["id"], 5)
    made = await desk.order(lines=[{"product_id": sock.id, "quantity": 1}])
    path = f"orders/{made['number']}/"
    (work,) = await desk.api.ok("GET", f"{path}fulfillment-orders/")
    there = f"fulfillment-orders/{work['id']}/"
    moved = {"shipping_address": {**BO, "line1": "Kyrkogatan 2"}}
    await desk.api.ok("POST", f"{there}fulfillment-request/", {})
    await desk.api.ok("PATCH", path, moved)
    await acme.warehouse.ok("POST", f"{there}fulfillment-request/accept/", {})
    assert list(await desk.api.refused("PATCH", path, {"shipping_address": BO})) == ["shipping_address"]
    assert list(await desk.api.refused("POST", f"{path}cancel/", {"cancel_reason": "customer"})) == ["detail"]
    await desk.api.ok("POST", f"{there}cancellation-request/", {})
    await acme.warehouse.ok("POST", f"{there}cancellation-request/accept/", {})
    assert (await desk.api.ok("PATCH", path, {"shipping_address": BO}))["shipping_address"]["line1"] == "Storgatan 1"


async def test_an_order_is_paid_and_given_up(desk: Desk) -> None:
    made = await desk.order()
    path = f"orders/{made['number']}/"
    assert (made["payment_status"], made["total_outstanding"]) == ("pending", "10.00")
    assert await desk.found(has_outstanding_balance="true") == [made["number"]]
    paid = await desk.api.ok("POST", f"{path}mark-as-paid/", {"external_payment_method": "cash"})
    assert (paid["payment_status"], paid["total_outstanding"]) == ("paid", "0.00")
    assert await desk.found(payment_method="cash,card_token") == [made["number"]]
    assert list(await desk.api.refused("POST", f"{path}mark-as-paid/", {})) == ["detail"]
    assert list(await desk.api.refused("POST", f"{path}cancel/", {})) == ["cancel_reason"]
    given_up = await desk.api.ok("POST", f"{path}cancel/", {"cancel_reason": "Changed my mind", "full_refund": True})
    assert (given_up["status"], given_up["payment_status"]) == ("canceled", "refunded")
    assert (given_up["total_incl_tax"], given_up["original_total_incl_tax"]) == ("0.00", "10.00")
    assert [(line["current_quantity"], line["fulfillable_quantity"]) for line in given_up["lines"]] == [(0, 0)]
    (work,) = await desk.api.ok("GET", f"{path}fulfillment-orders/")
    assert [(line["quantity"], line["fulfillable_quantity"]) for line in work["line_items"]] == [(1, 0)]
    assert await desk.api.ok("GET", path) == given_up
    assert list(await desk.api.refused("POST", f"{path}cancel/", {"cancel_reason": "other"})) == ["detail"]
    assert await desk.acme.shop.available(desk.mugs, desk.acme.shop.merchant_location) == (10, 0, 10)


async def test_an_unpaid_order_is_given_up_though_a_parcel_is_out(desk: Desk) -> None:
    for method, status in ((None, 200), ("external", 400)):
        made = await desk.order(lines=[{"product_id": desk.mugs.id, "quantity": 2}], payment_method=method)
        (work,) = await desk.api.ok("GET", f"orders/{made['number']}/fulfillment-orders/")
        part = {"fulfillment_order_line_items": [{"id": work["line_items"][0]["id"], "quantity": 1}]}
        parcel = {"tracking_info": [{"carrier": "ups", "tracking_code": f"1Z{made['number']}"}], **part}
        await desk.api.ok("POST", f"fulfillment-orders/{work['id']}/fulfillments/", parcel)
        reply = await desk.api.call("POST", f"orders/{made['number']}/cancel/", {"cancel_reason": "customer"})
        assert reply.status == status, reply.body
        # What is not shipped is wanted by nobody once the order is given up, and waits until then.
        (work,) = await desk.api.ok("GET", f"orders/{made['number']}/fulfillment-orders/")
        waiting = 0 if method is None else 1
        assert [(line["quantity"], line["fulfillable_quantity"]) for line in work["line_items"]] == [(2, waiting)]


async def test_orders_are_found_by_what_stands_on_them(desk: Desk) -> None:
    acme = desk.acme
    first = await desk.order(
        user={"email": "Ann@example.com"},
        shipping_address={**BO, "first_name": "Ann", "country": "NO", "line4": "Oslo"},
        payment_method="external",
        attribution={"utm_source": "mail", "funnel": "spring", "subaffiliate3": "x"},
        tags=["VIP"],
        date_placed="2026-01-01T12:00:00Z",
    )
    other = await desk.order(
        lines=[{"product_id": desk.pens.id, "quantity": 1}],
        payment_method="card_token",
        payment_details={"card_token": "test_card"},
        date_placed="2026-02-01T12:00:00Z",
        currency="EUR",
    )
    one, two = first["number"], other["number"]
    expected: dict[tuple[str, object], list[str]] = {
        ("search_text", "ann@EXAMPLE"): [one],
        ("search_text", "ann ek"): [one],
        ("search_text", two): [two],
        ("search_text", "pen"): [two, one],  # of the title, which both have
        ("search_text", "MUG"): [two, one],
        ("search_text", "spoon"): [],
        ("address", "oslo"): [one],
        ("order_number", f"#{one}"): [one],
        ("order_number", "spoon"): [],
        ("name", "ann"): [one],
        ("product", desk.pens.id): [two],
        ("product", (desk.mugs.product_id, 1)): [two, one],
        ("location_id", acme.shop.merchant_location): [two, one],
        ("location_id", acme.shop.service.location_id): [],
        ("sku", "pen,spoon"): [two],
        ("status", ("open", "archived")): [two, one],
        ("status", "canceled"): [],
        ("payment_method", "card_token"): [two],
        ("currency", "EUR"): [two],
        ("fulfillment_status", "unfulfilled"): [two, one],
        ("fulfillment_status", "partially_fulfilled,rejected"): [],
        ("delivery_status", "delivered"): [],
        ("payment_status", "paid,expired"): [two, one],
        ("payment_status", "expired"): [],
        ("subscription_lifecycle", "recurring"): [],
        ("subscription_lifecycle", "non-recurring"): [two, one],
        ("date_placed_from", "2026-01-02"): [two],
        ("date_placed_to", "2026-01-01"): [one],
        ("coupon_code", "SPRING"): [],
        ("offers", "1"): [],
        ("agents", "ann@example.com"): [],
        ("tags", "vip"): [one],
        ("countries", "no,US"): [one],
        ("funnels", "spring,fall"): [one],
        ("utm_source", "mail"): [one],
        ("utm_term", "mail"): [],
        ("affiliate", "x"): [],
        ("subaffiliate3", "x"): [one],
        ("sources", "admin_api,checkout"): [two, one],
        ("sources", "dashboard"): [],
        ("sources", "subscription"): [],
        ("is_disputed", "true"): [],
        ("is_disputed", "false"): [two, one],
        ("has_outstanding_balance", "true"): [],
        ("has_split_fulfillment", "true"): [],
        ("has_split_fulfillment", "false"): [two, one],
        ("is_test", "true"): [two],
        ("is_test", "false"): [one],
    }
    assert {each: await desk.found(**{each[0]: each[1]}) for each in expected} == expected
    for name in ("status", "is_test", "date_placed_from", "product", "cursor"):
        assert list(await desk.api.refused("GET", f"orders/?{name}=%7Bspoon%7D")) == [name]


async def test_a_list_comes_in_parts_newest_first(desk: Desk) -> None:
    numbers = [(await desk.order(tags=["vip"]))["number"] for _ in range(5)][::-1]
    page = await desk.api.ok("GET", "orders/?page_size=2&tags=vip")
    read = [each["number"] for each in page["results"]]
    assert page["previous"] is None
    while page["next"]:
        assert "tags=vip" in page["next"]
        page = await desk.api.ok("GET", page["next"].partition("/api/admin/")[2])
        read += [each["number"] for each in page["results"]]
    assert read == numbers
    whole = (await desk.api.ok("GET", f"orders/{numbers[0]}/")).items()
    assert (await desk.api.ok("GET", "orders/"))["results"][0].items() <= whole


async def test_a_list_takes_as_many_statements_however_long_it_is(desk: Desk) -> None:
    counts = []
    for orders in (1, 6):
        for _ in range(orders):
            await desk.order(metadata={"a": 1})
        async with statements(desk.acme.served) as seen:
            await desk.found(fulfillment_status="unfulfilled", sku="MUG")
        counts.append(len(seen))
    assert counts[0] == counts[1] > 2


async def test_notes_are_written_at_an_order(desk: Desk) -> None:
    made = await desk.order()
    path = f"orders/{made['number']}/notes/"
    notes = [await desk.api.ok("POST", path, {"message": text}) for text in ("Call first", "Called")]
    assert notes[0]["app"]["name"] == notes[0]["author"]["first_name"] == "Order desk"
    page = await desk.api.ok("GET", f"{path}?limit=1")
    assert page["results"] == notes[1:]
    rest = await desk.api.ok("GET", page["next"].partition("/api/admin/")[2])
    assert rest["results"] == notes[:1]
    assert list(await desk.api.refused("POST", path, {"message": " "})) == ["message"]
    await desk.api.refused("POST", "orders/1999/notes/", {"message": "Nobody"}, 404)


async def test_the_store_and_its_shipping_methods(desk: Desk) -> None:
    store = await desk.api.ok("GET", "store/")
    assert (store["name"], store["primary_domain"]) == ("Acme", "acme.example")
    assert store["available_currencies"] == [{"code": "USD", "label": "USD"}]
    nobody = await desk.acme.api(name="Nobody")
    methods = (await nobody.ok("GET", "shipping-methods/"))["results"]
    assert sorted(each["code"] for each in methods) == ["express", "standard"]
    assert await nobody.ok("GET", f"shipping-methods/{methods[0]['id']}/") == methods[0]
    await nobody.refused("GET", "shipping-methods/1/", status=404)
    await nobody.refused("GET", "store/", status=403)


async def test_a_shop_offers_one_more_shipping_method(desk: Desk) -> None:
    shop = desk.acme.shop
    boat = AddShippingMethod(
        code="boat", name="By boat", countries=("SE",), prices=read_prices(["usd:12.5", "JPY:900"])
    )
    await shop.dispatch(boat)
    made = await desk.order(shipping_code="boat")
    assert (made["shipping_method"], made["shipping_incl_tax"]) == ("By boat", "12.50")
    assert (await desk.order(shipping_code="boat", currency="JPY"))["shipping_incl_tax"] == "900.00"
    norway = desk.body(shipping_code="boat", shipping_address={**BO, "country": "NO"})
    assert list(await desk.api.refused("POST", "orders/", norway)) == ["shipping_code"]
    for wrong in (boat, replace(boat, code="a boat"), replace(boat, code="ship", countries=("XX",))):
        with pytest.raises(Invalid):
            await shop.dispatch(wrong)
    with pytest.raises(Problem):
        read_prices(["12.50"])


async def test_only_who_may_write_orders_does_and_no_other_shops_orders_are_there(desk: Desk) -> None:
    made = await desk.order()
    path = f"orders/{made['number']}/"
    reader = await desk.acme.api("orders:read", name="Reader")
    await reader.ok("GET", path)
    for method, tail in (
        ("PATCH", ""),
        ("PUT", ""),
        ("POST", "cancel/"),
        ("POST", "mark-as-paid/"),
        ("POST", "notes/"),
    ):
        await reader.refused(method, path + tail, {}, status=403)
        await desk.acme.warehouse.refused(method, path + tail, {}, status=403)
        await desk.api.refused(method, f"orders/1999/{tail}", {"message": "x", "cancel_reason": "other"}, status=404)
    await desk.acme.warehouse.refused("GET", path, status=403)
    for number in ("1000", "0", "-5", "spoon", "9" * 30):
        await desk.api.refused("GET", f"orders/{number}/", status=404)


async def test_a_shop_has_one_stock_of_orders_whatever_the_wire(desk: Desk) -> None:
    sent = {"shipping_code": "standard", "shipping_price": "4.90"}
    made = await desk.order(**sent, metadata={"a": 1}, payment_method="external")
    shopify = await desk.acme.served.client(*SHOPIFY_SCOPES, name="Order desk of Shopify's")
    (seen,) = (await shopify.get("orders.json")).json["orders"]
    assert (seen["order_number"], seen["financial_status"]) == (1001, "paid")
    assert (seen["shipping_lines"][0]["code"], seen["shipping_lines"][0]["price"]) == ("standard", "4.90")
    assert (seen["total_price"], seen["subtotal_price"]) == (made["total_incl_tax"], "10.00") == ("14.90", "10.00")
    assert seen["shipping_address"]["city"] == "Lund"
    note = {"order": {"id": seen["id"], "note": "gift", "tags": "vip"}}
    assert (await shopify.call("PUT", f"orders/{seen['id']}.json", note)).status == 200
    read = await desk.api.ok("GET", f"orders/{made['number']}/")
    assert (read["tags"], read["metadata"]) == (["vip"], {"a": 1})


async def test_a_repeated_request_makes_one_order(desk: Desk) -> None:
    async def send() -> Reply:
        return await desk.api.client.post("/api/admin/orders/", desk.body(), idempotency_key="one")

    first, again = await send(), await send()
    assert first.json == again.json
    assert again.headers["idempotent-replayed"] == "true"
    assert await desk.found() == [first.json["number"]]


async def found_by(shop: Scene, **filters: Any) -> set[int]:
    query = FindOrders(**filters, window=Window(limit=1000, descending=True))
    page, _, _ = await shop.dispatcher.ask(query, Origin(shop_id=shop.shop_id))
    return {each.order.id for each in page.items}


def delivery_statuses(order: Order) -> set[NextDeliveryStatus | None]:
    parcels = (each for each in order.fulfillments if each.status is FulfillmentStatus.SUCCESS)
    return {next_delivery_status(order, each.id) for each in parcels}


def split(order: Order) -> bool:
    shipped = {
        line.fulfillment_order_id
        for parcel in order.fulfillments
        if parcel.status is FulfillmentStatus.SUCCESS
        for line in parcel.lines
    }
    return sum(each.live or each.id in shipped for each in order.fulfillment_orders) > 1


@pytest.mark.parametrize("seed", [1, 3])
async def test_what_orders_are_found_by_is_what_they_say(store_database: str, seed: int) -> None:
    """The database finds by status as the domain decides it, whatever has become of orders."""
    async with scene(store_database) as shop:
        # One after the other, so that a seed comes to the same orders each time.
        crowd = Crowd(shop, seed, [shop.dispatcher])
        await crowd.prepare()
        crowd.orders = [(await crowd.new_order()).id for _ in range(25)]
        for _ in range(400):
            await crowd.try_one()
        found = await shop.dispatcher.ask(FindOrders(window=Window(limit=1000)), Origin(shop_id=shop.shop_id))
        orders: Iterable[Order] = [each.order for each in found[0].items]
        seen = set()
        for status in NextFulfillmentStatus:
            expected = {order.id for order in orders if next_fulfillment_status(order) is status}
            assert await found_by(shop, fulfillment_statuses=(status,)) == expected, status
            seen |= {status} if expected else set()
        assert len(seen) > 4, seen
        for delivery in NextDeliveryStatus:
            expected = {order.id for order in orders if delivery in delivery_statuses(order)}
            assert await found_by(shop, delivery_statuses=(delivery,)) == expected, delivery
        assert await found_by(shop, split=True) == {order.id for order in orders if split(order)}


async def test_idle_orders_are_put_away_where_an_app_of_29_nexts_is(store_database: str) -> None:
    async with stage(store_database) as place:

        async def closed(order: Order) -> bool:
            return (await place.shop.read(order.id)).closed_at is not None

        old = await place.shop.order((place.tee, 1))
        await place.advance(days=184)
        assert not await closed(old)
        await place.shop.pool.execute(
            "INSERT INTO apps (shop_id, id, name, client_id, client_secret, platform, created_at)"
            " VALUES ($1, nextval('ids'), 'Next', 'next', '', 'next29', now())",
            place.shop.shop_id,
        )
        new = await place.shop.order((place.tee, 1))
        await place.advance(days=2)
        assert await closed(old)
        assert not await closed(new)
        assert await place.shop.offences() == []


async def test_a_paid_order_begins_the_clock_of_the_stores_delay(store_database: str) -> None:
    async with next29_shop(store_database) as acme:
        await acme.shop.dispatch(SetRequestDelay(delay=timedelta(minutes=30)))
        (sock,) = (await acme.shop.product("SOCK")).variants
        await acme.shop.stock(sock, acme.shop.service.location_id, 5)
        bodies: dict[str, dict[str, Any]] = {
            "paid": {"payment_method": "external"},
            "unpaid": {},
            "test": {"payment_method": "card_token", "payment_details": {"card_token": "test_card"}},
            "archived": {"payment_method": "external", "status": "archived"},
        }
        armed = {}
        for name, fields in bodies.items():
            body = {"lines": [{"product_id": sock.id, "quantity": 1}], "shipping_address": BO, **fields}
            made = await acme.desk.ok("POST", "orders/", body)
            armed[name] = await acme.shop.pool.fetchval(
                "SELECT extract(epoch FROM t.due_at - o.created_at)::int FROM orders o JOIN timers t"
                " ON t.tenant_id = o.shop_id AND t.key = 'order:' || o.id WHERE o.shop_id = $1 AND o.number = $2",
                acme.shop.shop_id,
                int(made["number"]) - 1000,
            )
        assert armed == {"paid": 1800, "unpaid": None, "test": None, "archived": None}
