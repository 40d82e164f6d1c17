"""Locations and stock records by 29 Next's Admin API."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from crossdock.dialects.next29.scopes import SCOPES
from crossdock.domain.commands import AddCarrierEvent, CreateFulfillment, FulfillmentGroup
from crossdock.domain.decisions import FulfillmentCreated
from crossdock.domain.shipment import ShipmentStatus
from crossdock.domain.stock_records import Availability, availability_of, is_purchasable
from tests.store.next29_calls import ADDRESS, Api, Next29, next29_shop

CALLBACK = "http://127.0.0.1:1026/app/"


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Next29]:
    async with next29_shop(store_database) as shop:
        yield shop
        assert await shop.shop.offences() == []


def place(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "address": ADDRESS, **more}


async def names(api: Api) -> set[str]:
    return {each["name"] for each in (await api.ok("GET", "locations/"))["results"]}


async def test_who_ships_runs_the_location_that_it_makes_and_sees_no_other(acme: Next29) -> None:
    made = await acme.warehouse.ok("POST", "locations/", place("Dock 1", callback_url=CALLBACK))
    assert made == {
        "id": made["id"],
        "name": "Dock 1",
        "address": {**ADDRESS, "line2": "", "line3": "", "state": "", "phone_number": ""},
        "callback_url": CALLBACK,
        "accept_return": False,
        "allowed_destination_countries": [],
    }
    assert await acme.warehouse.ok("GET", f"locations/{made['id']}/") == made
    assert await names(acme.warehouse) == {"Dock 1"}
    rival = await acme.api("fulfillment_service:read", "fulfillment_service:write", name="Rival")
    assert await names(rival) == set()
    for method, body in (("GET", None), ("PUT", place("Taken")), ("DELETE", None)):
        await rival.refused(method, f"locations/{made['id']}/", body, status=404)
        await acme.warehouse.refused(method, f"locations/{acme.shop.merchant_location}/", body, status=404)
    assert await names(acme.desk) == {"Dock 1", "Acme 3PL", "Shop location"}
    graphql = await acme.served.desk.get("locations.json")
    assert [each["legacy"] for each in graphql.json["locations"] if each["name"] == "Dock 1"] == [True]


async def test_a_merchants_token_makes_a_location_of_the_merchants_unless_it_is_to_be_called(acme: Next29) -> None:
    merchant = await acme.api("locations:read", "locations:write", name="Back office")
    own = await merchant.ok("POST", "locations/", place("Annex"))
    called = await merchant.ok("POST", "locations/", place("Dock 2", callback_url=CALLBACK))
    legacy = {each["name"]: each["legacy"] for each in (await acme.served.desk.get("locations.json")).json["locations"]}
    assert (legacy["Annex"], legacy["Dock 2"]) == (False, True)
    await merchant.refused("PUT", f"locations/{own['id']}/", place("Annex", callback_url=CALLBACK))
    gone = await merchant.ok("PUT", f"locations/{called['id']}/", place("Dock 2", callback_url=None))
    assert gone["callback_url"] is None
    await merchant.ok("DELETE", f"locations/{own['id']}/")
    await merchant.refused("GET", f"locations/{own['id']}/", status=404)


async def test_a_location_is_replaced_and_read_back(acme: Next29) -> None:
    made = await acme.warehouse.ok("POST", "locations/", place("Dock 1", callback_url=CALLBACK))
    address = {
        "line1": "1 Main Street",
        "line2": "Gate 2",
        "line3": "Hall 3",
        "line4": "Springfield",
        "state": "IL",
        "postcode": "62701-0001",
        "country": "us",
        "phone_number": "+1 217 555 0100",
    }
    body = {"name": "Dock", "address": address, "accept_return": True, "allowed_destination_countries": ["us", "CA"]}
    put = await acme.warehouse.ok("PUT", f"locations/{made['id']}/", body)
    assert put["address"] == address | {"country": "US"}
    assert (put["accept_return"], put["allowed_destination_countries"]) == (True, ["US", "CA"])
    assert put["callback_url"] == CALLBACK  # what is not named stays
    unnamed = await acme.desk.ok("POST", "locations/", {"address": ADDRESS})
    assert unnamed["name"] == "Storgatan 1, Lund"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Shop location"}, "name"),
        ({"name": "x" * 129}, "name"),
        ({"address": ADDRESS | {"country": "XX"}}, "address"),
        ({"address": ADDRESS | {"postcode": "1"}}, "address"),
        ({"address": ADDRESS | {"line4": ""}}, "address"),
        ({"address": None}, "address"),
        ({"callback_url": "http://10.0.0.1/"}, "callback_url"),
        ({"callback_url": "ftp://127.0.0.1/"}, "callback_url"),
        ({"allowed_destination_countries": ["Sweden"]}, "allowed_destination_countries"),
    ],
)
async def test_what_is_wrong_with_a_location_is_told_under_its_field(
    acme: Next29, change: dict[str, Any], field: str
) -> None:
    assert set(await acme.warehouse.refused("POST", "locations/", place("Dock 1") | change)) == {field}


async def test_a_location_stays_while_anything_is_there(acme: Next29) -> None:
    made = await acme.warehouse.ok("POST", "locations/", place("Dock 1", callback_url=CALLBACK))
    variant = (await acme.shop.product("TEE")).variants[0]
    body = {"product": variant.id, "location_id": made["id"], "num_in_stock": 3}
    record = await acme.desk.ok("POST", "stockrecords/", body)
    await acme.warehouse.refused("DELETE", f"locations/{made['id']}/")
    order = await acme.shop.order((variant, 1))
    await acme.desk.refused("DELETE", f"stockrecords/{record['id']}/")  # a unit is promised
    assert order.fulfillment_orders[0].location_id == made["id"]
    assert await acme.desk.refused("DELETE", f"locations/{acme.shop.merchant_location}/")


async def test_a_location_stays_until_its_parcels_arrive(acme: Next29) -> None:
    merchant = await acme.api("locations:write", name="Back office")
    annex = await merchant.ok("POST", "locations/", place("Annex"))
    variant = (await acme.shop.product("TEE")).variants[0]
    body = {"product": variant.id, "location_id": annex["id"], "num_in_stock": 1}
    record = await acme.desk.ok("POST", "stockrecords/", body)
    (work,) = (await acme.shop.order((variant, 1))).fulfillment_orders
    parcel = await acme.shop.dispatch(CreateFulfillment(groups=(FulfillmentGroup(fulfillment_order_id=work.id),)))
    assert isinstance(parcel, FulfillmentCreated)
    await acme.desk.ok("DELETE", f"stockrecords/{record['id']}/")
    for status, refused in ((ShipmentStatus.IN_TRANSIT, 400), (ShipmentStatus.DELIVERED, 204)):
        await acme.shop.dispatch(AddCarrierEvent(fulfillment_id=parcel.fulfillment.id, status=status))
        assert (await merchant.call("DELETE", f"locations/{annex['id']}/")).status == refused


async def test_locations_come_in_parts_newest_first(acme: Next29) -> None:
    for number in range(3):
        await acme.warehouse.ok("POST", "locations/", place(f"Dock {number}"))
    part = await acme.warehouse.ok("GET", "locations/?page_size=2")
    assert [each["name"] for each in part["results"]] == ["Dock 2", "Dock 1"]
    rest = await acme.warehouse.ok("GET", part["next"].partition("/api/admin/")[2])
    assert [each["name"] for each in rest["results"]] == ["Dock 0"]
    assert rest["next"] is None


async def test_a_record_is_made_counted_and_ended(acme: Next29) -> None:
    product = await acme.shop.product("TEE")
    variant = product.variants[0]
    dock = await acme.warehouse.ok("POST", "locations/", place("Dock 1"))
    body = {"product": product.id, "location_id": dock["id"], "num_in_stock": 5, "low_stock_threshold": 2}
    made = await acme.desk.ok("POST", "stockrecords/", body)
    assert made == {
        "id": made["id"],
        "product": {
            "id": product.id,
            "title": "TEE",
            "sku": "TEE",
            "variant_id": variant.id,
            "variant_title": "TEE",
        },
        "location": dock,
        "num_in_stock": 5,
        "num_allocated": 0,
        "net_stock_level": 5,
        "low_stock_threshold": 2,
        "date_created": made["date_created"],
        "date_updated": made["date_updated"],
    }
    assert set(await acme.desk.refused("POST", "stockrecords/", body)) == {"non_field_errors"}
    await acme.shop.order((variant, 2))
    one = f"stockrecords/{made['id']}/"
    sold = await acme.desk.ok("GET", one)
    assert (sold["num_in_stock"], sold["num_allocated"], sold["net_stock_level"]) == (5, 2, 3)
    counted = await acme.desk.ok("PATCH", one, {"num_in_stock": 1})
    assert (counted["num_in_stock"], counted["num_allocated"], counted["net_stock_level"]) == (1, 2, -1)
    assert await acme.shop.available(variant, dock["id"]) == (-1, 2, 1)
    debt = await acme.desk.ok("PATCH", one, {"num_in_stock": -4, "low_stock_threshold": 0})
    assert (debt["num_in_stock"], debt["net_stock_level"], debt["low_stock_threshold"]) == (-4, -6, 0)
    told = await acme.shop.pool.fetch(
        "SELECT cause, actor, reason FROM stock_moves WHERE shop_id = $1 AND location_id = $2 AND cause = 'correction'",
        acme.shop.shop_id,
        dock["id"],
    )
    assert {tuple(row) for row in told} == {("correction", "app:Order desk", "correction")}


async def test_an_ended_record_is_gone_and_comes_back_with_what_lay_there(acme: Next29) -> None:
    variant = (await acme.shop.product("TEE")).variants[0]
    dock = await acme.warehouse.ok("POST", "locations/", place("Dock 1"))
    body = {"product": variant.id, "location_id": dock["id"], "num_in_stock": 5}
    made = await acme.desk.ok("POST", "stockrecords/", body)
    one = f"stockrecords/{made['id']}/"
    await acme.desk.ok("DELETE", one)
    for method in ("GET", "PATCH", "DELETE"):
        await acme.desk.refused(method, one, {} if method == "PATCH" else None, status=404)
    again = await acme.desk.ok("POST", "stockrecords/", {"product": variant.id, "location_id": dock["id"]})
    assert (again["id"], again["num_in_stock"]) == (made["id"], 5)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"product": 1}, "product"),
        ({"location_id": 1}, "location_id"),
        ({"num_in_stock": 2**31}, "num_in_stock"),
        ({"low_stock_threshold": -1}, "low_stock_threshold"),
        ({"num_in_stock": "many"}, "num_in_stock"),
    ],
)
async def test_what_is_wrong_with_a_record_is_told_under_its_field(
    acme: Next29, body: dict[str, Any], field: str
) -> None:
    variant = (await acme.shop.product("TEE")).variants[0]
    dock = await acme.warehouse.ok("POST", "locations/", place("Dock 1"))
    right = {"product": variant.id, "location_id": dock["id"]}
    assert set(await acme.desk.refused("POST", "stockrecords/", right | body)) == {field}


async def test_records_are_found_by_what_they_are_of(acme: Next29) -> None:
    dock = await acme.warehouse.ok("POST", "locations/", place("Dock 1"))
    units = {"RED": 5, "FEW": 1, "OUT": 0, "BACK": -1}
    for sku, count in units.items():
        variant = (await acme.shop.product(sku, may_oversell=sku == "BACK")).variants[0]
        body = {"product": variant.id, "location_id": dock["id"], "num_in_stock": count, "low_stock_threshold": 1}
        await acme.desk.ok("POST", "stockrecords/", body)
    digital = (await acme.shop.product("EBOOK", managed_by=None)).variants[0]
    await acme.desk.ok("POST", "stockrecords/", {"product": digital.id, "location_id": dock["id"]})

    async def skus(query: str) -> list[str]:
        answer = await acme.desk.ok("GET", f"stockrecords/?location_id={dock['id']}&{query}")
        return [each["product"]["sku"] for each in answer["results"]]

    assert await skus("") == ["EBOOK", "BACK", "OUT", "FEW", "RED"]
    assert await skus("sku=RED,FEW") == await skus("sku=RED&sku=FEW") == ["FEW", "RED"]
    assert await skus("search_text=ed") == ["RED"]
    assert await skus("search_text=%25") == []
    assert await skus("inventory_availability=in_stock") == ["RED"]
    assert await skus("inventory_availability=low_stock") == ["FEW"]
    assert await skus("inventory_availability=out_of_stock") == ["BACK", "OUT"]
    assert await skus("inventory_availability=untracked") == ["EBOOK"]
    assert await skus("purchase_availability=unavailable") == ["OUT"]
    assert await skus("purchase_availability=available") == ["EBOOK", "BACK", "FEW", "RED"]
    await acme.desk.refused("GET", "stockrecords/?inventory_availability=plenty")
    untracked = (await acme.desk.ok("GET", "stockrecords/?sku=EBOOK"))["results"][0]
    assert (untracked["num_in_stock"], untracked["num_allocated"], untracked["net_stock_level"]) == (None, None, 0)


def test_what_is_left_is_told_by_the_threshold() -> None:
    def told(available: int, threshold: int, *, tracked: bool = True) -> Availability:
        return availability_of(tracked=tracked, available=available, low_stock_threshold=threshold)

    assert [told(each, 2) for each in (0, 2, 3)] == ["out_of_stock", "low_stock", "in_stock"]
    assert told(0, 0, tracked=False) == "untracked"
    assert not is_purchasable(told(0, 5), may_oversell=False)
    assert is_purchasable(told(-1, 5), may_oversell=True)


async def test_who_only_ships_reads_no_stock(acme: Next29) -> None:
    for method in ("GET", "POST"):
        await acme.warehouse.refused(method, "stockrecords/", {} if method == "POST" else None, status=403)


async def test_the_oldest_version_has_the_sku_beside(acme: Next29) -> None:
    old = await acme.api(*SCOPES, name="Old", version="2023-02-10")
    await acme.shop.product("TEE")
    assert [each["sku"] for each in (await old.ok("GET", "stockrecords/"))["results"]] == ["TEE"]
    assert "sku" not in (await acme.desk.ok("GET", "stockrecords/"))["results"][0]
