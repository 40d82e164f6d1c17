"""Products and variants by GraphQL: every field, lists and what they are found by, and who sees them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from asyncpg.connection import LoggedQuery

from crossdock.dialects.shopify.graphql.types.product_roots import PRODUCT_SEARCH, VARIANT_SEARCH
from crossdock.domain.catalogue import CreateProduct, NewVariant, Product
from crossdock.store.handlers.graph.product_lists import PRODUCTS_LISTED, VARIANTS_LISTED
from tests.store.calls import Client, Served, served

VARIANT = """
    id availableForSale barcode compareAtPrice createdAt displayName image { id } inventoryPolicy
    inventoryItem { id tracked }
    inventoryQuantity legacyResourceId position price product { id title } requiresComponents
    selectedOptions { name value optionValue { id name hasVariants } } sellableOnlineQuantity sku taxable title
    updatedAt
"""
PRODUCT = """
    id createdAt description(truncateAt: 8) whole: description descriptionHtml featuredImage { id } handle
    hasOnlyDefaultVariant hasOutOfStockVariants isGiftCard legacyResourceId
    options(first: 3) { id name position values optionValues { id name hasVariants } }
    productType publishedAt status tags title totalInventory totalVariants tracksInventory updatedAt
    variantsCount { count precision } vendor
"""


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place


async def ask(client: Client, text: str, **variables: Any) -> Any:
    reply = await client.post("graphql.json", {"query": text, "variables": variables})
    assert reply.status == 200, reply.body
    return reply.json


async def data(client: Client, text: str, **variables: Any) -> Any:
    answer = await ask(client, text, **variables)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


async def shirt(acme: Served, title: str = "Shirt", **more: Any) -> Product:
    """Make a product of two counted variants, one of them there, and one that nobody counts."""
    given: dict[str, Any] = {"vendor": "Ek", "product_type": "Clothes", "tags": "blue, Air", **more}
    made = await acme.shop.dispatch(
        CreateProduct(
            title=title,
            body_html="<p>Of <b>good</b> cotton &amp; wool.</p>",
            variants=(
                NewVariant(title="S", sku=f"{title}-S", price=1000, managed_by="shopify", barcode="4006381333931"),
                NewVariant(title="M", sku=f"{title}-M", price=1250, managed_by="shopify", may_oversell=True),
                NewVariant(title="Card", requires_shipping=False),
            ),
            **given,
        )
    )
    assert isinstance(made, Product)
    await acme.shop.stock(made.variants[1], acme.shop.merchant_location, 5)
    return made


async def test_a_product_and_its_variants_say_all_that_they_are(acme: Served) -> None:
    made = await shirt(acme)
    said = await data(
        acme.desk,
        f"""query($id: ID!, $variant: ID!) {{
            product(id: $id) {{ {PRODUCT} variants(first: 3) {{ nodes {{ {VARIANT} }} }} }}
            productVariant(id: $variant) {{ {VARIANT} }}
            productByIdentifier(identifier: {{handle: "shirt"}}) {{ id }}
            byId: productByIdentifier(identifier: {{id: $id}}) {{ id }}
        }}""",
        id=f"gid://shopify/Product/{made.id}",
        variant=f"gid://shopify/ProductVariant/{made.variants[1].id}",
    )
    product = said["product"]
    assert said["productByIdentifier"] == said["byId"] == {"id": product["id"]}
    assert (product["description"], product["whole"]) == ("Of go...", "Of good cotton & wool.")
    assert product["descriptionHtml"] == "<p>Of <b>good</b> cotton &amp; wool.</p>"
    assert (product["tags"], product["status"], product["totalInventory"]) == (["Air", "blue"], "ACTIVE", 5)
    assert (product["hasOutOfStockVariants"], product["hasOnlyDefaultVariant"]) == (True, False)
    assert product["options"][0]["values"] == ["S", "M", "Card"]
    small, medium, card = product["variants"]["nodes"]
    assert medium == said["productVariant"]
    assert [each["availableForSale"] for each in (small, medium, card)] == [False, True, True]
    assert (medium["displayName"], medium["price"], medium["inventoryPolicy"]) == ("Shirt - M", "12.50", "CONTINUE")
    assert medium["selectedOptions"][0]["optionValue"] == product["options"][0]["optionValues"][1]
    assert medium["product"] == {"id": product["id"], "title": "Shirt"}
    assert medium["inventoryItem"] == {"id": gid("InventoryItem", made.variants[1].inventory_item_id), "tracked": True}
    assert (medium["inventoryQuantity"], medium["sellableOnlineQuantity"]) == (5, 5)


async def test_what_a_product_has_is_found_by_its_id(acme: Served) -> None:
    made = await shirt(acme)
    ids = [
        f"gid://shopify/{kind}/{number}"
        for kind, number in (
            *(("Product", made.id), ("ProductVariant", made.variants[0].id)),
            *(("ProductOption", 3 * made.id), ("ProductOptionValue", 3 * made.variants[2].id)),
            *(("Product", 1), ("ProductVariant", 1), ("ProductOption", 3 * made.id + 1), ("ProductOptionValue", 1)),
        )
    ]
    said = await data(acme.desk, "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=ids)
    kinds = ["Product", "ProductVariant", "ProductOption", "ProductOptionValue"]
    assert said["nodes"] == [
        *({"__typename": kind, "id": id} for kind, id in zip(kinds, ids, strict=False)),
        *[None] * 4,
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Shirt", "Hat", "Coat"]),
        ("shirt", ["Shirt"]),
        ("title:H*", ["Hat"]),
        ("sku:coat-m", ["Coat"]),
        ("status:draft", ["Coat"]),
        ("tag:air -title:hat", ["Shirt", "Coat"]),
        ("tag_not:air", []),
        ("vendor:Ek product_type:hats", ["Hat"]),
        ("inventory_total:>4", ["Shirt", "Hat", "Coat"]),
        ("inventory_total:<5", []),
        ("created_at:<now handle:hat", ["Hat"]),
        ("4006381333931", ["Shirt", "Hat", "Coat"]),
        ("published_status:unpublished", ["Coat"]),
        ("id:x", []),
    ],
)
async def test_products_are_found_by_what_they_are(acme: Served, query: str, found: list[str]) -> None:
    await shirt(acme)
    await shirt(acme, "Hat", product_type="Hats")
    await shirt(acme, "Coat", status="draft")
    said = await data(acme.desk, "query($q: String) { products(first: 9, query: $q) { nodes { title } } }", q=query)
    assert [each["title"] for each in said["products"]["nodes"]] == found


def test_every_field_that_is_searched_by_has_its_column() -> None:
    assert frozenset(PRODUCTS_LISTED.fields) == PRODUCT_SEARCH
    assert frozenset(VARIANTS_LISTED.fields) == VARIANT_SEARCH


@pytest.mark.parametrize(
    ("root", "keys"),
    [
        ("products", "CREATED_AT ID INVENTORY_TOTAL PRODUCT_TYPE PUBLISHED_AT RELEVANCE TITLE UPDATED_AT VENDOR"),
        (
            "productVariants",
            "FULL_TITLE ID INVENTORY_LEVELS_AVAILABLE INVENTORY_MANAGEMENT INVENTORY_POLICY INVENTORY_QUANTITY NAME "
            "POPULAR POSITION RELEVANCE SKU TITLE",
        ),
    ],
)
async def test_lists_are_read_to_their_end_in_every_order(acme: Served, root: str, keys: str) -> None:
    for title in ("Shirt", "Hat", "Coat"):
        await shirt(acme, title)
    wanted = set()
    for key in keys.split():
        text = (
            f"query($after: String, $r: Boolean) {{ {root}(first: 2, after: $after, reverse: $r, sortKey: {key})"
            " { nodes { id } pageInfo { hasNextPage endCursor } } }"
        )
        read = {}
        for reverse in (False, True):
            seen: list[str] = []
            after, more = None, True
            while more:
                page = (await data(acme.desk, text, after=after, r=reverse))[root]
                seen += [each["id"] for each in page["nodes"]]
                after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
            read[reverse] = seen
        assert read[True] == read[False][::-1], key
        wanted.add(frozenset(read[False]))
        assert len(read[False]) == (3 if root == "products" else 9), key
    assert len(wanted) == 1


async def test_the_variants_of_a_product_are_sorted_and_cut(acme: Served) -> None:
    made = await shirt(acme)
    text = """query($id: ID!, $key: ProductVariantSortKeys, $r: Boolean) { product(id: $id) {
        variants(first: 2, sortKey: $key, reverse: $r) { nodes { title } pageInfo { hasNextPage } } } }"""
    for key, reverse, titles in (
        *(("POSITION", False, ["S", "M"]), ("POSITION", True, ["Card", "M"]), ("TITLE", False, ["Card", "M"])),
        *(("INVENTORY_QUANTITY", True, ["M", "Card"]), ("ID", False, ["S", "M"]), ("SKU", False, ["Card", "M"])),
    ):
        found = (await data(acme.desk, text, id=gid("Product", made.id), key=key, r=reverse))["product"]["variants"]
        assert [each["title"] for each in found["nodes"]] == titles, key
        assert found["pageInfo"]["hasNextPage"]


async def test_variants_are_found_over_all_products(acme: Served) -> None:
    made = await shirt(acme)
    await shirt(acme, "Hat")
    text = """query($q: String) {
        productVariants(first: 9, query: $q) { nodes { sku inventoryItem { sku } } }
        shop { productVariants(first: 1) { nodes { id } } }
    }"""
    for query, skus in (
        *(("sku:hat-s", ["Hat-S"]), (f"product_id:{made.id} managed:true", ["Shirt-S", "Shirt-M"])),
        *(("inventory_quantity:5", ["Shirt-M", "Hat-M"]), ("title:card", [None, None]), ("hat m", ["Hat-M"])),
        (f"location_id:{acme.shop.merchant_location} sku:shirt-s", ["Shirt-S"]),
    ):
        found = (await data(acme.desk, text, q=query))["productVariants"]["nodes"]
        assert [each["sku"] for each in found] == skus, query
    answer = await ask(acme.desk, text, q="colour:red")
    assert answer["extensions"]["search"][0]["warnings"][0]["field"] == "colour"


async def test_products_need_their_scope(acme: Served) -> None:
    made = await shirt(acme)
    stranger = await acme.client("read_orders", name="Stranger")
    text = """query($id: ID!) { product(id: $id) { id } node(id: $id) { id } products(first: 1) { nodes { id } }
        shop { productVariants(first: 1) { nodes { id } } } }"""
    answer = await ask(stranger, text, id=f"gid://shopify/Product/{made.id}")
    assert answer["data"] is None or not any(answer["data"].values())
    assert {each["extensions"]["code"] for each in answer["errors"]} == {"ACCESS_DENIED"}
    assert answer["errors"][0]["extensions"]["requiredAccess"] == "`read_products` access scope."
    other = await acme.client("read_products", name="Reader")
    assert (await data(other, "{ products(first: 1) { nodes { title } } }"))["products"]["nodes"]


@asynccontextmanager
async def statements(acme: Served) -> AsyncIterator[list[LoggedQuery]]:
    """Gather what the pool's connections run."""
    seen: list[LoggedQuery] = []
    connections = [holder._con for holder in acme.store.pool._holders if holder._con is not None]  # type: ignore[attr-defined]
    for each in connections:
        each.add_query_logger(seen.append)
    yield seen
    for each in connections:
        each.remove_query_logger(seen.append)


async def test_a_longer_list_takes_no_more_statements(acme: Served) -> None:
    text = f"""query($n: Int!) {{
        products(first: $n) {{ nodes {{ {PRODUCT} variants(first: 9) {{ nodes {{ {VARIANT} }} }} }} }}
        productVariants(first: $n) {{ nodes {{ {VARIANT} }} }}
    }}"""
    for number in range(6):
        await shirt(acme, f"Shirt {number}")
    await data(acme.desk, text, n=1)
    counts = []
    for length in (1, 6):
        async with statements(acme) as seen:
            await data(acme.desk, text, n=length)
        counts.append(len(seen))
    assert counts[0] == counts[1] > 0
