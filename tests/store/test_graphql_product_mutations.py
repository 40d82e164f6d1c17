"""Products made, set, changed and deleted by GraphQL, with their options and what they have in stock to begin with."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from crossdock.domain.catalogue import Product, ProductVariant
from crossdock.store.handlers.catalogue import find_product
from tests.store.calls import Client, Served, served

SHAPE = """
    id title handle vendor productType descriptionHtml status tags totalInventory
    options { id name position values optionValues { id name } }
    variants(first: 9) { nodes { id title sku barcode price inventoryPolicy inventoryQuantity taxable position
        selectedOptions { name value optionValue { id } } inventoryItem { tracked requiresShipping } } }
"""
CREATE = f"""
    mutation($product: ProductCreateInput, $input: ProductInput) {{
        productCreate(product: $product, input: $input) {{
            product {{ {SHAPE} }} shop {{ name }} userErrors {{ field message }}
        }}
    }}
"""
SET = f"""
    mutation($input: ProductSetInput!, $identifier: ProductSetIdentifiers, $synchronous: Boolean) {{
        productSet(input: $input, identifier: $identifier, synchronous: $synchronous) {{
            product {{ {SHAPE} }} productSetOperation {{ id status product {{ id }} userErrors {{ message }} }}
            userErrors {{ field message code }}
        }}
    }}
"""
DELETE = """
    mutation($id: ID!) {
        productDelete(input: {id: $id}) { deletedProductId shop { name } userErrors { field message } }
    }
"""
BULK_CREATE = f"""
    mutation($id: ID!, $variants: [ProductVariantsBulkInput!]!, $strategy: ProductVariantsBulkCreateStrategy) {{
        productVariantsBulkCreate(productId: $id, variants: $variants, strategy: $strategy) {{
            product {{ {SHAPE} }} productVariants {{ id title inventoryQuantity }}
            userErrors {{ field message code }}
        }}
    }}
"""
BULK_UPDATE = f"""
    mutation($id: ID!, $variants: [ProductVariantsBulkInput!]!) {{
        productVariantsBulkUpdate(productId: $id, variants: $variants) {{
            product {{ {SHAPE} }} productVariants {{ id title price sku barcode inventoryPolicy taxable
                inventoryItem {{ tracked requiresShipping }} }}
            userErrors {{ field message code }}
        }}
    }}
"""
NOBODY = "gid://shopify/Product/1"


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place


async def ask(client: Client, text: str, **variables: Any) -> Any:
    reply = await client.post("graphql.json", {"query": text, "variables": variables})
    assert reply.status == 200, reply.body
    return reply.json


async def payload(client: Client, text: str, **variables: Any) -> Any:
    answer = await ask(client, text, **variables)
    assert "errors" not in answer, answer["errors"]
    (found,) = answer["data"].values()
    return found


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def value(option: str, name: str) -> dict[str, str]:
    return {"optionName": option, "name": name}


def place_of(acme: Served) -> str:
    return gid("Location", acme.shop.merchant_location)


async def test_a_product_is_made_with_one_variant(acme: Served) -> None:
    made = await payload(
        acme.desk,
        CREATE,
        product={
            "title": "Shirt",
            "vendor": "Ek",
            "productType": "Clothes",
            "descriptionHtml": "<p>Good</p>",
            "tags": ["b", "a"],
            "status": "UNLISTED",
            "handle": "Good Shirt",
            "productOptions": [
                {"name": "Size", "position": 2, "values": [{"name": "S"}, {"name": "M"}]},
                {"name": "Color", "position": 1, "values": [{"name": "Red"}]},
            ],
        },
    )
    assert made["userErrors"] == []
    assert made["shop"] == {"name": "Acme"}
    product = made["product"]
    assert (product["title"], product["handle"], product["vendor"]) == ("Shirt", "good-shirt", "Ek")
    assert (product["status"], product["tags"], product["productType"]) == ("UNLISTED", ["a", "b"], "Clothes")
    assert [(each["name"], each["position"], each["values"]) for each in product["options"]] == [
        ("Color", 1, ["Red"]),
        ("Size", 2, ["S"]),
    ]
    (variant,) = product["variants"]["nodes"]
    assert (variant["title"], variant["inventoryItem"]["tracked"]) == ("Red / S", False)
    plain = (await payload(acme.desk, CREATE, input={"title": "Mug"}))["product"]
    assert [each["title"] for each in plain["variants"]["nodes"]] == ["Default Title"]
    assert [each["values"] for each in plain["options"]] == [["Default Title"]]


async def test_a_product_is_made_by_one_argument_of_two(acme: Served) -> None:
    for given in ({}, {"product": {"title": "A"}, "input": {"title": "A"}}):
        answer = await ask(acme.desk, CREATE, **given)
        assert answer["data"] == {"productCreate": None}
        (error,) = answer["errors"]
        assert error["message"] == (
            "productCreate must include exactly one of the following arguments: input, product."
        )
        assert error["extensions"]["code"] == "INVALID_FIELD_ARGUMENTS"
    blank = await payload(acme.desk, CREATE, product={"title": " "})
    assert blank["product"] is None
    assert blank["userErrors"] == [{"field": ["title"], "message": "Title can't be blank"}]
    assert blank["shop"] == {"name": "Acme"}


def shirt(acme: Served, **more: Any) -> dict[str, Any]:
    sizes = [("S", "10.00"), ("M", "12.50")]
    return {
        "title": "Shirt",
        "productOptions": [
            {"name": "Color", "values": [{"name": "Red"}]},
            {"name": "Size", "values": [{"name": size} for size, _ in sizes]},
        ],
        "variants": [
            {
                "optionValues": [value("Size", size), value("Color", "Red")],
                "price": price,
                "sku": f"RED-{size}",
                "inventoryItem": {"tracked": True, "cost": "4.20", "countryCodeOfOrigin": "SE"},
                "inventoryQuantities": [{"locationId": place_of(acme), "name": "available", "quantity": 7}],
            }
            for size, price in sizes
        ],
        **more,
    }


async def test_a_product_is_set_whole_and_set_again(acme: Served) -> None:
    made = await payload(acme.desk, SET, input=shirt(acme))
    assert made["userErrors"] == []
    product = made["product"]
    small, medium = product["variants"]["nodes"]
    assert [(each["title"], each["price"], each["sku"], each["inventoryQuantity"]) for each in (small, medium)] == [
        ("Red / S", "10.00", "RED-S", 7),
        ("Red / M", "12.50", "RED-M", 7),
    ]
    assert [(each["name"], each["value"]) for each in medium["selectedOptions"]] == [("Color", "Red"), ("Size", "M")]
    red = medium["selectedOptions"][0]["optionValue"]["id"]
    assert red == product["options"][0]["optionValues"][0]["id"]
    found = await ask(acme.desk, "query($id: ID!) { node(id: $id) { id ... on ProductOptionValue { name } } }", id=red)
    assert found["data"]["node"] == {"id": red, "name": "Red"}
    # A size goes, another comes, one is named by its values and keeps its id.
    again = shirt(acme)
    again["variants"] = [
        {"optionValues": [value("Color", "Blue"), value("Size", "L")], "price": "15"},
        {"optionValues": [value("Color", "Red"), value("Size", "M")], "price": "13"},
    ]
    changed = (await payload(acme.desk, SET, input=again, identifier={"id": product["id"]}))["product"]
    large, kept = changed["variants"]["nodes"]
    assert (large["title"], large["position"], kept["position"]) == ("Blue / L", 1, 2)
    assert (kept["id"], kept["price"], kept["sku"], kept["inventoryQuantity"]) == (medium["id"], "13.00", "RED-M", 7)
    assert changed["options"][0]["values"] == ["Blue", "Red"]
    by_handle = await payload(acme.desk, SET, input={"vendor": "Ek"}, identifier={"handle": product["handle"]})
    assert (by_handle["product"]["id"], by_handle["product"]["vendor"]) == (product["id"], "Ek")
    assert [each["id"] for each in by_handle["product"]["variants"]["nodes"]] == [large["id"], kept["id"]]
    by_id = shirt(acme, variants=[{"id": kept["id"], "optionValues": [value("Color", "Green"), value("Size", "M")]}])
    renamed = (await payload(acme.desk, SET, input=by_id, identifier={"id": product["id"]}))["product"]
    assert [(each["id"], each["title"]) for each in renamed["variants"]["nodes"]] == [(kept["id"], "Green / M")]
    assert await acme.shop.offences() == []


async def test_rest_tells_the_same_options(acme: Served) -> None:
    made = (await payload(acme.desk, SET, input=shirt(acme)))["product"]
    id = made["id"].rpartition("/")[2]
    told = (await acme.desk.get(f"products/{id}.json")).json["product"]
    assert [(each["name"], each["position"], each["values"]) for each in told["options"]] == [
        ("Color", 1, ["Red"]),
        ("Size", 2, ["S", "M"]),
    ]
    assert [gid("ProductOption", each["id"]) for each in told["options"]] == [each["id"] for each in made["options"]]
    small = told["variants"][0]
    assert (small["title"], small["option1"], small["option2"], small["option3"]) == ("Red / S", "Red", "S", None)
    # Clients send whole products back.
    changed = {"id": small["id"], "option1": "Blue", "option2": "S", "option3": None}
    sent = {"product": {**told, "variants": [changed, told["variants"][1]]}}
    assert (await acme.desk.call("PUT", f"products/{id}.json", sent)).status == 200
    after = (await acme.desk.get(f"products/{id}.json")).json["product"]
    assert [each["values"] for each in after["options"]] == [["Blue", "Red"], ["S", "M"]]
    assert [each["title"] for each in after["variants"]] == ["Blue / S", "Red / M"]
    given = {"title": "Cap", "options": [{"name": "Size"}, {"name": "Fit"}], "variants": [
        {"option1": "S", "option2": "Tight", "price": "1"}
    ]}  # fmt: skip
    cap = (await acme.desk.call("POST", "products.json", {"product": given})).json["product"]
    assert [(each["name"], each["values"]) for each in cap["options"]] == [("Size", ["S"]), ("Fit", ["Tight"])]


async def test_a_product_that_is_set_without_waiting(acme: Served) -> None:
    said = await payload(acme.desk, SET, input=shirt(acme), synchronous=False)
    assert said["product"] is None
    operation = said["productSetOperation"]
    assert (operation["status"], operation["userErrors"]) == ("COMPLETE", [])
    assert operation["product"]["id"].startswith("gid://shopify/Product/")


@pytest.mark.parametrize(
    ("change", "identifier", "field", "code"),
    [
        ({"title": ""}, None, ["input", "title"], "INVALID_INPUT"),
        ({}, {"id": NOBODY}, ["input"], "PRODUCT_DOES_NOT_EXIST"),
        ({}, {"id": NOBODY, "handle": "x"}, ["identifier"], "INVALID_INPUT"),
        ({"productOptions": None}, None, ["input"], "PRODUCT_OPTIONS_INPUT_MISSING"),
        (
            {"productOptions": [{"name": "A"}, {"name": "a"}]},
            *(None, ["input", "productOptions"], "DUPLICATED_OPTION_NAME"),
        ),
        (
            {"productOptions": [{"name": each} for each in "ABCD"]},
            None,
            ["input", "productOptions"],
            "OPTIONS_OVER_LIMIT",
        ),
        (
            {"variants": [{"optionValues": [{"name": "Red"}]}]},
            *(None, ["input", "variants"], "OPTION_VALUES_MISSING"),
        ),
        (
            {"variants": [{"optionValues": [{"name": "Red"}, {"name": "S"}], "price": "-1"}]},
            *(None, ["input", "variants", "0", "price"], "INVALID_INPUT"),
        ),
        (
            {"variants": [{"optionValues": [{"name": "Red"}, {"name": "S"}]}] * 2},
            *(None, ["input", "variants"], "INVALID_VARIANT"),
        ),
    ],
)
async def test_what_makes_no_product_is_refused(
    acme: Served, change: Any, identifier: Any, field: list[str], code: str
) -> None:
    refused = await payload(acme.desk, SET, input={**shirt(acme), **change}, identifier=identifier)
    assert refused["product"] is refused["productSetOperation"] is None
    (error,) = refused["userErrors"]
    assert (error["field"], error["code"]) == (field, code)
    left = await ask(acme.desk, "{ products(first: 1) { nodes { id } } }")
    assert left["data"]["products"]["nodes"] == []


async def test_stock_at_a_place_that_is_not_there(acme: Served) -> None:
    given = shirt(acme)
    given["variants"][0]["inventoryQuantities"][0]["locationId"] = gid("Location", 1)
    refused = await payload(acme.desk, SET, input=given)
    assert [each["code"] for each in refused["userErrors"]] == ["INVALID_INPUT"]


@pytest.mark.parametrize(("name", "taken"), [("available", True), ("on_hand", True), ("damaged", False), ("", False)])
async def test_new_variants_have_what_is_available_or_on_hand(acme: Served, name: str, taken: bool) -> None:
    given = shirt(acme)
    given["variants"][1]["inventoryQuantities"][0]["name"] = name
    made = await payload(acme.desk, SET, input=given)
    if taken:
        assert [each["inventoryQuantity"] for each in made["product"]["variants"]["nodes"]] == [7, 7]
    else:
        (error,) = made["userErrors"]
        assert error["field"] == ["input", "variants", "1", "inventoryQuantities", "0", "name"]


async def test_variants_are_added_and_changed_many_at_once(acme: Served) -> None:
    product = (await payload(acme.desk, CREATE, product={"title": "Shirt"}))["product"]
    made = await payload(
        acme.desk,
        BULK_CREATE,
        id=product["id"],
        variants=[
            {
                "optionValues": [{"name": size}],
                "price": "10",
                "barcode": "1",
                "inventoryPolicy": "CONTINUE",
                "inventoryItem": {
                    "sku": f"SKU-{size}",
                    "tracked": True,
                    "requiresShipping": False,
                    "measurement": {"weight": {"value": 1, "unit": "POUNDS"}},
                },
                "inventoryQuantities": [{"locationId": place_of(acme), "availableQuantity": 3}],
            }
            for size in ("S", "M")
        ],
    )
    assert made["userErrors"] == []
    assert [(each["title"], each["inventoryQuantity"]) for each in made["productVariants"]] == [("S", 3), ("M", 3)]
    assert [each["title"] for each in made["product"]["variants"]["nodes"]] == ["S", "M"]
    small, medium = (each["id"] for each in made["productVariants"])
    changed = await payload(
        acme.desk,
        BULK_UPDATE,
        id=product["id"],
        variants=[
            {"id": medium, "price": "11.5", "barcode": "2", "taxable": False, "inventoryPolicy": "DENY"},
            {
                "id": small,
                "optionValues": [{"name": "Small"}],
                "inventoryItem": {"sku": "NEW", "tracked": False, "requiresShipping": True},
            },
        ],
    )
    assert changed["userErrors"] == []
    second, first = changed["productVariants"]
    assert (second["price"], second["barcode"], second["taxable"], second["sku"]) == ("11.50", "2", False, "SKU-M")
    assert (second["inventoryPolicy"], second["inventoryItem"]["tracked"]) == ("DENY", True)
    assert (first["title"], first["sku"], first["price"]) == ("Small", "NEW", "10.00")
    assert first["inventoryItem"] == {"tracked": False, "requiresShipping": True}
    assert await acme.shop.offences() == []


async def test_a_default_variant_stays_where_it_is_to(acme: Served) -> None:
    product = (await payload(acme.desk, CREATE, product={"title": "Shirt"}))["product"]
    kept = await payload(
        acme.desk,
        BULK_CREATE,
        id=product["id"],
        variants=[{"optionValues": [{"name": "S"}]}],
        strategy="PRESERVE_STANDALONE_VARIANT",
    )
    assert [each["title"] for each in kept["product"]["variants"]["nodes"]] == ["Default Title", "S"]


@pytest.mark.parametrize(
    ("text", "variant", "field", "code"),
    [
        (BULK_CREATE, {"id": "gid://shopify/ProductVariant/1"}, ["variants", "0", "id"], "NO_KEY_ON_CREATE"),
        (BULK_CREATE, {"price": "-1"}, ["variants", "0", "price"], "NEGATIVE_PRICE_VALUE"),
        (BULK_CREATE, {"optionValues": [{"name": "MUG"}]}, ["variants"], "VARIANT_ALREADY_EXISTS"),
        (
            BULK_CREATE,
            {"optionValues": [{"name": "A"}, {"name": "B"}]},
            *(["variants", "optionValues"], "NEED_TO_ADD_OPTION_VALUES"),
        ),
        (BULK_UPDATE, {"price": "1"}, ["variants", "0", "id"], "PRODUCT_VARIANT_ID_MISSING"),
        (
            BULK_UPDATE,
            {"id": "gid://shopify/ProductVariant/1"},
            *(["variants", "0", "id"], "PRODUCT_VARIANT_DOES_NOT_EXIST"),
        ),
        (
            BULK_UPDATE,
            {
                "id": "gid://shopify/ProductVariant/1",
                "inventoryQuantities": [{"locationId": "gid://shopify/Location/1", "availableQuantity": 1}],
            },
            *(["variants", "0", "inventoryQuantities"], "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE"),
        ),
        (
            BULK_CREATE,
            {
                "quantityAdjustments": [
                    {"locationId": "gid://shopify/Location/1", "adjustment": 1, "changeFromQuantity": None}
                ],
            },
            *(["variants", "0", "quantityAdjustments"], "INVALID_INPUT"),
        ),
        (
            BULK_UPDATE,
            {
                "id": "gid://shopify/ProductVariant/1",
                "quantityAdjustments": [{"locationId": "gid://shopify/Location/1", "changeFromQuantity": None}],
            },
            *(["variants", "0", "quantityAdjustments", "0", "adjustment"], "INVALID_INPUT"),
        ),
    ],
)
async def test_variants_are_refused_by_their_codes(
    acme: Served, text: str, variant: Any, field: list[str], code: str
) -> None:
    product = await acme.shop.product("MUG")
    refused = await payload(acme.desk, text, id=gid("Product", product.id), variants=[variant])
    assert refused["product"] is refused["productVariants"] is None
    assert [(each["field"], each["code"]) for each in refused["userErrors"]] == [(field, code)]


@pytest.mark.parametrize(
    ("text", "variant"), [(BULK_CREATE, {"price": "1"}), (BULK_UPDATE, {"id": "gid://shopify/ProductVariant/1"})]
)
async def test_variants_of_a_product_that_is_not_there(acme: Served, text: str, variant: Any) -> None:
    refused = await payload(acme.desk, text, id=NOBODY, variants=[variant])
    assert refused["userErrors"] == [
        {"field": ["productId"], "message": "Product does not exist", "code": "PRODUCT_DOES_NOT_EXIST"}
    ]


async def test_a_product_is_deleted(acme: Served) -> None:
    product: Product = await acme.shop.product("MUG")
    id = gid("Product", product.id)
    assert await payload(acme.desk, DELETE, id=id) == {
        "deletedProductId": id,
        "shop": {"name": "Acme"},
        "userErrors": [],
    }
    assert await payload(acme.desk, DELETE, id=id) == {
        "deletedProductId": None,
        "shop": {"name": "Acme"},
        "userErrors": [{"field": ["id"], "message": "Product does not exist"}],
    }


async def test_products_are_written_with_the_scope_for_it(acme: Served) -> None:
    product = await acme.shop.product("MUG")
    reader = await acme.client("read_products", name="Reader")
    id = gid("Product", product.id)
    for text, variables in (
        (CREATE, {"product": {"title": "A"}}),
        (SET, {"input": {"title": "A"}}),
        (DELETE, {"id": id}),
        (BULK_CREATE, {"id": id, "variants": []}),
        (BULK_UPDATE, {"id": id, "variants": []}),
    ):
        answer = await ask(reader, text, **variables)
        assert list(answer["data"].values()) == [None]
        assert answer["errors"][0]["extensions"]["requiredAccess"] == "`write_products` access scope."


def adjustment(location_id: int, units: int | None, **more: Any) -> dict[str, Any]:
    return {"locationId": gid("Location", location_id), "adjustment": units, "changeFromQuantity": None, **more}


async def two_variants(acme: Served) -> tuple[str, list[ProductVariant]]:
    """A product of two variants, 7 of each at one location and 2 at another."""
    made = await payload(acme.desk, SET, input=shirt(acme))
    product = await product_of(acme, made["product"]["id"])
    for variant in product.variants:
        await acme.shop.stock(variant, acme.shop.service.location_id, 2)
    return made["product"]["id"], list(product.variants)


async def product_of(acme: Served, product_id: str) -> Product:
    async with acme.store.pool.acquire() as connection:
        return await find_product(connection, acme.shop.shop_id, int(product_id.rpartition("/")[2]))


async def stocked(acme: Served, variant: ProductVariant) -> dict[int, int]:
    """What is available of a variant, by the locations that stock it."""
    rows = await acme.store.pool.fetch(
        "SELECT location_id, available FROM inventory_levels WHERE active AND inventory_item_id = $1",
        variant.inventory_item_id,
    )
    return {row["location_id"]: row["available"] for row in rows}


async def test_stock_is_adjusted_together_with_variants(acme: Served) -> None:
    product_id, (small, medium) = await two_variants(acme)
    here, there = acme.shop.merchant_location, acme.shop.service.location_id
    changed = await payload(
        acme.desk,
        BULK_UPDATE,
        id=product_id,
        variants=[
            {
                "id": gid("ProductVariant", small.id),
                "price": "20",
                "quantityAdjustments": [adjustment(here, -3, changeFromQuantity=7), adjustment(there, 5)],
            },
            {"id": gid("ProductVariant", medium.id), "quantityAdjustments": [adjustment(there, None)]},
        ],
    )
    assert changed["userErrors"] == []
    assert [each["inventoryQuantity"] for each in changed["product"]["variants"]["nodes"]] == [4 + 7, 7]
    assert await stocked(acme, small) == {here: 4, there: 7}
    assert await stocked(acme, medium) == {here: 7}
    assert await acme.shop.offences() == []


async def test_what_is_wrong_with_adjustments_is_told_at_once_and_changes_nothing(acme: Served) -> None:
    product_id, (small, medium) = await two_variants(acme)
    here, there = acme.shop.merchant_location, acme.shop.service.location_id
    refused = await payload(
        acme.desk,
        BULK_UPDATE,
        id=product_id,
        variants=[
            {"id": gid("ProductVariant", small.id), "price": "99", "quantityAdjustments": [adjustment(here, 1)]},
            {
                "id": gid("ProductVariant", medium.id),
                "quantityAdjustments": [
                    adjustment(here, 1, changeFromQuantity=6),
                    adjustment(there, 2 * 10**9),
                    adjustment(1, 1),
                ],
            },
        ],
    )
    at = ["variants", "1", "quantityAdjustments"]
    assert [each["field"] for each in refused["userErrors"]] == [
        [*at, "0", "changeFromQuantity"],
        [*at, "1", "adjustment"],
        [*at, "2", "locationId"],
    ]
    assert {each["code"] for each in refused["userErrors"]} == {"INVALID_INPUT"}
    last = await payload(
        acme.desk,
        BULK_UPDATE,
        id=product_id,
        variants=[
            {
                "id": gid("ProductVariant", small.id),
                "quantityAdjustments": [adjustment(here, None), adjustment(there, None)],
            }
        ],
    )
    assert [each["message"] for each in last["userErrors"]] == [
        "Products need to be stocked at a minimum of 1 location."
    ] * 2
    assert await stocked(acme, small) == await stocked(acme, medium) == {here: 7, there: 2}
    product = await product_of(acme, product_id)
    assert [each.price for each in product.variants] == [1000, 1250]


async def test_who_may_change_products_may_not_adjust_stock_for_that(acme: Served) -> None:
    product_id, (small, _) = await two_variants(acme)
    given = {
        "id": gid("ProductVariant", small.id),
        "price": "5",
        "quantityAdjustments": [adjustment(acme.shop.merchant_location, 1)],
    }
    shelf = await acme.client("read_products", "write_products", "read_inventory", name="Prices")
    answer = await ask(shelf, BULK_UPDATE, id=product_id, variants=[given])
    (error,) = answer["errors"]
    assert (error["extensions"]["code"], "write_inventory" in error["message"]) == ("ACCESS_DENIED", True)
    del given["quantityAdjustments"]
    assert (await payload(shelf, BULK_UPDATE, id=product_id, variants=[given]))["userErrors"] == []


async def test_an_adjustment_says_what_it_compares_with(acme: Served) -> None:
    product_id, (small, _) = await two_variants(acme)
    given = {"locationId": place_of(acme), "adjustment": 1}
    variant = {"id": gid("ProductVariant", small.id), "quantityAdjustments": [given]}
    answer = await ask(acme.desk, BULK_UPDATE, id=product_id, variants=[variant])
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["INVALID_FIELD_ARGUMENTS"]


def counted(location_id: int, units: int, name: str = "available") -> dict[str, Any]:
    return {"locationId": gid("Location", location_id), "name": name, "quantity": units}


async def test_a_product_that_is_set_again_has_its_stock_counted(acme: Served) -> None:
    product_id, (small, medium) = await two_variants(acme)
    here, there = acme.shop.merchant_location, acme.shop.service.location_id
    await acme.shop.order((small, 3))  # of the 7 here and the 2 there
    before = await stocked(acme, small)
    given = shirt(acme)
    given["variants"][0]["inventoryQuantities"] = [counted(here, 11, "on_hand"), counted(there, 1)]
    given["variants"][1]["inventoryQuantities"] = [counted(here, 0)]
    again = await payload(acme.desk, SET, input=given, identifier={"id": product_id})
    assert again["userErrors"] == []
    committed = 9 - sum(before.values())
    assert await stocked(acme, small) == {here: 11 - committed, there: 1}
    assert await stocked(acme, medium) == {here: 0, there: 2}
    assert [each["inventoryQuantity"] for each in again["product"]["variants"]["nodes"]] == [12 - committed, 2]
    assert await acme.shop.offences() == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([{"name": "on_hand", "quantity": 3}], "twice"),
        ([{"locationId": gid("Location", 1), "name": "available", "quantity": 3}], "location"),
    ],
)
async def test_a_count_that_is_refused_leaves_the_product_as_it_was(acme: Served, more: Any, said: str) -> None:
    product_id, (small, _) = await two_variants(acme)
    before = await stocked(acme, small)
    given = shirt(acme, title="Blouse")
    first = given["variants"][0]["inventoryQuantities"]
    first[0]["quantity"] = 5
    first += [{"locationId": place_of(acme), **each} for each in more]
    refused = await payload(acme.desk, SET, input=given, identifier={"id": product_id})
    assert [(each["field"], each["code"]) for each in refused["userErrors"]] == [
        (["input", "variants"], "INVALID_INPUT")
    ], said
    assert await stocked(acme, small) == before
    assert (await product_of(acme, product_id)).title == "Shirt"


async def test_who_may_change_products_may_not_count_stock_for_that(acme: Served) -> None:
    product_id, _ = await two_variants(acme)
    handle = (await product_of(acme, product_id)).handle
    shelf = await acme.client("read_products", "write_products", "read_inventory", name="Prices")
    for named in ({"id": product_id}, {"handle": handle}):
        answer = await ask(shelf, SET, input=shirt(acme), identifier=named)
        (error,) = answer["errors"]
        assert (error["extensions"]["code"], "write_inventory" in error["message"]) == ("ACCESS_DENIED", True)
    given = shirt(acme)
    for variant in given["variants"]:
        del variant["inventoryQuantities"]
    assert (await payload(shelf, SET, input=given, identifier={"id": product_id}))["userErrors"] == []
    assert (await payload(shelf, SET, input=shirt(acme)))["userErrors"] == []  # what begins is the product's
