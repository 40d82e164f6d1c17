"""Products and variants by 29 Next's Admin API."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from crossdock.dialects.next29.scopes import SCOPES
from tests.store.next29_calls import Next29, next29_shop


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Next29]:
    async with next29_shop(store_database) as shop:
        yield shop
        assert await shop.shop.offences() == []


def value(name: str, what: str) -> dict[str, str]:
    return {"name": name, "value": what}


def tee(place: int) -> dict[str, Any]:
    """A product with two variants, of which one lies somewhere."""
    return {
        "title": "Tee",
        "description": "<p>Soft.</p>",
        "metadata": {"season": ["äußerst", 1.5]},
        "categories": [7, 9],
        "images": [{"src": "https://pictures.example/tee.png", "caption": "Front", "display_order": 1}],
        "variant_attributes": [{"code": "size", "name": "Size", "values": ["M", "L", "XL"]}],
        "interval": "month",
        "interval_counts": [1, 3],
        "ranking": 4,
        "meta_title": "A tee",
        "is_discountable": False,
        "variants": [
            {
                "sku": "TEE-M",
                "upc": "4006381333931",
                "prices": [
                    {"currency": "EUR", "price": "17.00"},
                    {"currency": "USD", "price": "18.50", "retail": "25", "subscription": 15.25},
                ],
                "unit_cost": "7.20",
                "metadata": {"shelf": "A1"},
                "variant_attribute_values": [value("Size", "M")],
                "stockrecords": [{"location_id": place, "num_in_stock": 5, "low_stock_threshold": 5}],
            },
            {
                "sku": "TEE-L",
                "prices": [{"price": "19.00"}],
                "allow_backorders": True,
                "requires_shipping": False,
                "variant_attribute_values": [value("Size", "L")],
            },
        ],
    }


async def test_a_product_is_made_and_read_back_with_all_that_was_said_of_it(acme: Next29) -> None:
    place = acme.shop.service.location_id
    made = await acme.desk.ok("POST", "products/", tee(place))
    assert await acme.desk.ok("GET", f"products/{made['id']}/") == made
    medium, large = made["variants"]
    assert made == {
        "id": made["id"],
        "title": "Tee",
        "slug": "tee",
        "url": "http://127.0.0.1/products/tee/",
        "description": "<p>Soft.</p>",
        "structure": "parent",
        "is_public": True,
        "rating": None,
        "categories": [
            {"id": 7, "name": "Category 7", "slug": "category-7"},
            {"id": 9, "name": "Category 9", "slug": "category-9"},
        ],
        "images": [
            {
                "id": made["images"][0]["id"],
                "attachment": "https://pictures.example/tee.png",
                "caption": "Front",
                "display_order": 1,
            }
        ],
        "enable_subscription": False,
        "external_tax_code": None,
        "interval": "month",
        "interval_counts": [1, 3],
        "is_discountable": False,
        "meta_title": "A tee",
        "meta_description": None,
        "ranking": 4,
        "template": None,
        "recommended_products": [],
        "metadata": {"season": ["äußerst", 1.5]},
        "variant_attributes": [{"code": "size", "name": "Size", "values": ["M", "L", "XL"]}],
        "variants": [medium, large],
        "date_created": made["date_created"],
        "date_updated": made["date_updated"],
    }
    (record,) = medium["stockrecords"]
    assert medium == {
        "id": medium["id"],
        "product_id": made["id"],
        "title": "M",
        "sku": "TEE-M",
        "upc": "4006381333931",
        "prices": [
            price("USD", "18.50", retail="25.00", subscription="15.25"),
            price("EUR", "17.00"),
        ],
        "unit_cost": "7.20",
        "track_stock": True,
        "allow_backorders": False,
        "requires_shipping": True,
        "inventory_availability": "low_stock",
        "purchase_availability": "available",
        "images": "",
        "metadata": {"shelf": "A1"},
        "variant_attribute_values": [{"code": "size", **value("Size", "M")}],
        "stockrecords": [
            {
                "id": record["id"],
                "location_id": place,
                "num_in_stock": 5,
                "num_allocated": 0,
                "low_stock_threshold": 5,
            }
        ],
        "date_created": medium["date_created"],
        "date_updated": medium["date_updated"],
    }
    assert (large["inventory_availability"], large["purchase_availability"]) == ("out_of_stock", "available")
    assert [each["location_id"] for each in large["stockrecords"]] == [acme.shop.merchant_location]


def price(currency: str, amount: str, **others: str) -> dict[str, str | None]:
    kinds = ("retail", "subscription", "subscription_suggested_downsell")
    return {"currency": currency, "price": amount, **{kind: others.get(kind) for kind in kinds}}


async def test_what_is_sold_here_is_sold_on_the_other_wire_and_the_other_way_round(acme: Next29) -> None:
    made = await acme.desk.ok("POST", "products/", tee(acme.shop.merchant_location))
    there = (await acme.served.desk.get(f"products/{made['id']}.json")).json["product"]
    assert (there["title"], there["body_html"], there["status"]) == ("Tee", "<p>Soft.</p>", "active")
    assert [(each["option1"], each["sku"], each["price"]) for each in there["variants"]] == [
        ("M", "TEE-M", "18.50"),
        ("L", "TEE-L", "19.00"),
    ]
    await acme.served.desk.call("PUT", f"products/{made['id']}.json", {"product": {"title": "T", "status": "draft"}})
    here = await acme.desk.ok("GET", f"products/{made['id']}/")
    assert (here["title"], here["is_public"], here["metadata"]) == ("T", False, {"season": ["äußerst", 1.5]})

    mug = (await acme.shop.product("MUG")).id
    alone = await acme.desk.ok("GET", f"products/{mug}/")
    assert (alone["structure"], alone["variant_attributes"]) == ("standalone", [])
    assert alone["variants"][0]["variant_attribute_values"] == []
    assert alone["variants"][0]["prices"] == [price("USD", "10.00")]


async def test_what_is_said_changes_and_what_is_not_said_stays(acme: Next29) -> None:
    made = await acme.desk.ok("POST", "products/", tee(acme.shop.merchant_location))
    medium = made["variants"][0]["id"]
    one = f"products/{made['id']}/"
    body = {
        "is_public": False,
        "meta_title": None,
        "ranking": 9,
        "variants": [{"id": medium, "sku": "TEE-MEDIUM", "prices": [{"price": "21.00"}], "track_stock": False}],
    }
    patched = await acme.desk.ok("PATCH", one, body)
    assert (patched["is_public"], patched["meta_title"], patched["ranking"]) == (False, None, 9)
    assert (patched["metadata"], patched["title"], patched["images"]) == (made["metadata"], "Tee", made["images"])
    changed = patched["variants"][0]
    assert (changed["sku"], changed["prices"]) == ("TEE-MEDIUM", [price("USD", "21.00")])
    assert (changed["inventory_availability"], changed["metadata"]) == ("untracked", {"shelf": "A1"})
    image = made["images"][0]
    variant = f"products/variants/{medium}/"
    shown = await acme.desk.ok("PUT", variant, {"image": image["id"], "variant_attribute_values": [], "upc": None})
    assert (shown["images"], shown["upc"], shown["sku"]) == (image["attachment"], "", "TEE-MEDIUM")
    assert await acme.desk.ok("GET", variant) == shown
    assert set(await acme.desk.refused("PATCH", one, {"variants": [{"id": 1}]})) == {"variants"}
    put = await acme.desk.ok("PUT", one, {"images": [{"id": image["id"], "src": image["attachment"]}]})
    assert [each["id"] for each in put["images"]] == [image["id"]]
    assert put["ranking"] == 9


async def test_variants_come_change_and_go(acme: Next29) -> None:
    made = await acme.desk.ok("POST", "products/", tee(acme.shop.merchant_location))
    of_product = f"products/{made['id']}/variants/"
    new = {"sku": "TEE-S", "variant_attribute_values": [{"code": "size", "value": "S"}], "metadata": "x"}
    small = await acme.desk.ok("POST", of_product, new)
    assert (small["title"], small["metadata"]) == ("S", "x")
    assert [each["title"] for each in await acme.desk.ok("GET", of_product)] == ["M", "L", "S"]
    one = f"products/variants/{small['id']}/"
    again = await acme.desk.ok("PATCH", one, {"variant_attribute_values": [value("size", "XS")]})
    assert again["variant_attribute_values"] == [{"code": "size", **value("Size", "XS")}]
    for wrong in ([value("Size", "M")], [value("Colour", "red")], [{"name": "Size"}]):
        await acme.desk.refused("PATCH", one, {"variant_attribute_values": wrong})
    await acme.desk.refused("POST", of_product, {"variant_attribute_values": []})
    await acme.desk.ok("DELETE", one)
    await acme.desk.refused("GET", one, status=404)
    await acme.desk.refused("PATCH", one, {}, status=404)
    for last, status in ((made["variants"][0], 204), (made["variants"][1], 400)):
        assert (await acme.desk.call("DELETE", f"products/variants/{last['id']}/")).status == status
    await acme.desk.ok("DELETE", f"products/{made['id']}/")
    await acme.desk.refused("GET", f"products/{made['id']}/", status=404)


async def test_a_product_that_was_one_thing_becomes_several(acme: Next29) -> None:
    made = await acme.desk.ok("POST", "products/", {"title": "Mug"})
    assert (made["structure"], [each["title"] for each in made["variants"]]) == ("standalone", ["Mug"])
    await acme.desk.ok(
        "POST", f"products/{made['id']}/variants/", {"variant_attribute_values": [value("Glaze", "red")]}
    )
    only = made["variants"][0]["id"]
    await acme.desk.ok("PATCH", f"products/variants/{only}/", {"variant_attribute_values": [value("Glaze", "raw")]})
    now = await acme.desk.ok("GET", f"products/{made['id']}/")
    assert now["structure"] == "parent"
    assert now["variant_attributes"] == [{"code": "glaze", "name": "Glaze", "values": ["raw", "red"]}]
    assert only in {each["id"] for each in now["variants"]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": None}, "title"),
        ({"ranking": 2**31}, "ranking"),
        ({"interval": "decade"}, "interval"),
        ({"images": [{"src": "file:///etc/passwd"}]}, "images"),
        ({"categories": ["all"]}, "categories"),
        ({"variants": [{"prices": [{"price": "-1"}]}]}, "variants"),
        ({"variants": [{"prices": [{"currency": "USD"}]}]}, "variants"),
        ({"variants": [{}, {}]}, "variants"),
        ({"variants": [{"stockrecords": [{"num_in_stock": 1}]}]}, "variants"),
        ({"variants": [{"stockrecords": [{"location_id": 1}]}]}, "location_id"),
        ({"metadata": {"a": "x" * 65_536}}, "metadata"),
        ({"variants": [{"variant_attribute_values": [value(str(n), "x") for n in range(4)]}]}, "variant_attributes"),
    ],
)
async def test_what_is_wrong_with_a_product_is_told_under_its_field(
    acme: Next29, change: dict[str, Any], field: str
) -> None:
    body = {"title": "Tee", "variant_attributes": []} | change
    if change.get("variants") == [{}, {}]:
        body["variant_attributes"] = [{"name": "Size", "values": []}]
    assert set(await acme.desk.refused("POST", "products/", body)) == {field}
    assert (await acme.desk.ok("GET", "products/"))["results"] == []


async def test_products_are_found_by_what_they_are(acme: Next29) -> None:
    await acme.desk.ok("POST", "products/", tee(acme.shop.merchant_location))
    await acme.desk.ok("POST", "products/", {"title": "Mug", "is_public": False, "variants": [{"sku": "MUG"}]})

    async def titles(query: str) -> list[str]:
        return [each["title"] for each in (await acme.desk.ok("GET", f"products/?{query}"))["results"]]

    assert await titles("") == ["Mug", "Tee"]
    assert await titles("title=UG") == ["Mug"]
    assert await titles("category=9&category=1") == ["Tee"]
    assert await titles("sku=MUG,TEE-L") == ["Mug", "Tee"]
    assert await titles("sku=TEE-L") == ["Tee"]
    assert await titles("is_public=true") == ["Tee"]
    assert await titles("is_public=false") == ["Mug"]
    assert await titles("is_gift_card=false") == ["Mug", "Tee"]
    assert await titles("is_gift_card=true") == await titles("range=3") == []
    listed = (await acme.desk.ok("GET", "products/?title=tee"))["results"][0]
    assert not listed.keys() & {"description", "meta_title", "meta_description", "template"}


async def test_the_oldest_version_has_children(acme: Next29) -> None:
    old = await acme.api(*SCOPES, name="Old", version="2023-02-10")
    variant = (await acme.shop.product("TEE")).variants[0]
    child = await old.ok("GET", f"products/children/{variant.id}/")
    assert child == await acme.desk.ok("GET", f"products/variants/{variant.id}/")
    assert (await old.ok("PATCH", f"products/children/{variant.id}/", {"sku": "T"}))["sku"] == "T"
    for api, path in ((old, "products/variants"), (acme.desk, "products/children")):
        assert (await api.call("GET", f"{path}/{variant.id}/")).status == 404


async def test_who_has_no_scope_for_the_catalogue_sees_none(acme: Next29) -> None:
    reader = await acme.api("catalogue:read", name="Reader")
    assert await reader.ok("GET", "products/")
    await reader.refused("POST", "products/", {"title": "Tee"}, status=403)
    await acme.warehouse.refused("GET", "products/", status=403)
