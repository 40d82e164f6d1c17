"""Products, their variants, and the inventory items that go with them."""

from collections.abc import Collection, Mapping, Sequence

import msgspec
from asyncpg import Record

from crossdock.domain.catalogue import (
    DEFAULT_TITLE,
    MOST_OPTIONS,
    ChangeVariant,
    CreateProduct,
    InventoryItem,
    NewVariant,
    Product,
    ProductVariant,
)
from crossdock.domain.queries import (
    CountProducts,
    GetInventoryItem,
    GetProduct,
    GetVariant,
    ListInventoryItems,
    ListProducts,
    Page,
)
from crossdock.domain.refusals import Invalid, NotFound
from crossdock.runtime.connection import Connection
from crossdock.store.handlers.context import CommandHandler, QueryHandler, ReadContext, WriteContext
from crossdock.store.handlers.slugs import slug
from crossdock.store.handlers.variant_stock import open_stock
from crossdock.store.handlers.windows import page_of, slice_of
from crossdock.store.jobs.fetch_stock import enqueue_fetches

STATUSES = ("active", "draft", "archived", "unlisted")
MOST_VARIANTS = 100
MOST_ITEMS = 100
LONGEST_TITLE = 255
HIGHEST_PRICE = 10**15
HIGHEST_GRAMS = 2_000_000_000

VARIANT = """
    SELECT v.id, v.product_id, v.inventory_item_id, v.title, v.position, v.price, v.created_at, v.updated_at, v.sku,
        v.barcode, v.grams, v.requires_shipping, v.taxable, v.managed_by, v.may_oversell, v.options, v.cost, v.details,
        stocked.quantity, stocked.levels
    FROM variants v
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(available), 0)::bigint AS quantity,
            coalesce(jsonb_agg(jsonb_build_object('id', id, 'location_id', location_id, 'on_hand', on_hand,
                'available', available, 'low_stock_threshold', low_stock_threshold) ORDER BY id), '[]') AS levels
        FROM inventory_levels l
        WHERE l.shop_id = v.shop_id AND l.inventory_item_id = v.inventory_item_id AND l.active
    ) AS stocked
"""
PRODUCT = f"""
    SELECT p.id, p.title, p.handle, p.status, p.created_at, p.updated_at, p.vendor, p.product_type, p.body_html, p.tags,
        p.options, p.details,
        (SELECT coalesce(json_agg(variant ORDER BY variant.position, variant.id), '[]')
            FROM ({VARIANT} WHERE v.shop_id = p.shop_id AND v.product_id = p.id) variant) AS variants
    FROM products p
"""
ITEM = """
    SELECT coalesce(json_agg(item), '[]')::text FROM (
        SELECT inventory_item_id AS id, managed_by IS NOT NULL AS tracked, requires_shipping, created_at, updated_at,
            sku, cost, country_code_of_origin, province_code_of_origin, harmonized_system_code,
            country_harmonized_system_codes
        FROM variants
        WHERE shop_id = $1 AND inventory_item_id = ANY ($2::bigint[]) ORDER BY inventory_item_id
    ) item
"""


# What is given of a variant that is made, in the order in which it is read.
GIVEN = """title, sku, barcode, price, grams, requires_shipping, taxable, managed_by, may_oversell, options, cost,
    country_code_of_origin, province_code_of_origin, harmonized_system_code"""


def given_variants(parameter: str) -> str:
    """Return the CTE `given`: variants to be made, from a jsonb parameter, each with its position from 1."""
    return f"""given AS (
        SELECT * FROM ROWS FROM (jsonb_to_recordset({parameter}::jsonb) AS (title text, sku text, barcode text,
            price bigint, grams integer, requires_shipping boolean, taxable boolean, managed_by text,
            may_oversell boolean, options text[], cost bigint, country_code_of_origin text,
            province_code_of_origin text, harmonized_system_code text))
            WITH ORDINALITY AS row ({GIVEN}, position)
    )"""


# Foreign keys are checked when the whole statement has run. Stock begins with nothing at the shop's primary location,
# or at the location of the service that manages it; who sells something unless it is said is the shop.
# Source: Shopify, "creating a variant creates its levels"; productCreate (recorded).
CREATE = f"""
    WITH product AS (
        INSERT INTO products (shop_id, id, title, handle, vendor, product_type, body_html, status, tags, options,
            created_at, updated_at)
        SELECT $1, id, $2, $3 || CASE WHEN EXISTS (SELECT FROM products WHERE shop_id = $1 AND handle = $3)
            THEN '-' || id ELSE '' END, coalesce($4, (SELECT name FROM shops WHERE id = $1)), $5, $6, $7, $8, $11,
            $9, $9
        FROM nextval('ids') AS id
        RETURNING id
    ), {given_variants("$10")}, made AS (
        INSERT INTO variants (shop_id, id, product_id, inventory_item_id, position, created_at, updated_at, {GIVEN})
        SELECT $1, nextval('ids'), product.id, nextval('ids'), position, $9, $9, {GIVEN}
        FROM product, given ORDER BY position
        RETURNING inventory_item_id, managed_by
    ), stocked AS (
        INSERT INTO inventory_levels (shop_id, id, inventory_item_id, location_id, created_at, updated_at)
        SELECT $1, nextval('ids'), made.inventory_item_id, location_id, $9, $9
        FROM made, coalesce(
            (SELECT location_id FROM fulfillment_services
                WHERE shop_id = $1 AND handle = made.managed_by AND deleted_at IS NULL),
            (SELECT primary_location_id FROM shops WHERE id = $1)) AS location_id
        WHERE location_id IS NOT NULL
    )
    SELECT id FROM product
"""


async def create_product(connection: Connection, command: CreateProduct, context: WriteContext) -> Product:
    """Put a product into the catalogue. Raises: Invalid."""
    variants = command.variants or (NewVariant(),)
    check(command, variants)
    await check_managers(connection, context.shop_id, {variant.managed_by for variant in variants} - {None, "shopify"})
    product_id: int = await connection.fetchval(
        CREATE,
        context.shop_id,
        command.title.strip(),
        slug(command.handle or command.title) or "product",
        command.vendor,
        command.product_type,
        command.body_html,
        command.status,
        command.tags,
        context.at,
        [msgspec.to_builtins(variant) | {"title": title_of(variant)} for variant in variants],
        list(command.options),
    )
    product = await find_product(connection, context.shop_id, product_id)
    check_options(product)
    if await open_stock(connection, list(zip(product.variants, variants, strict=True)), context):
        product = await find_product(connection, context.shop_id, product_id)
    await enqueue_fetches(connection, context.shop_id, [variant.id for variant in product.variants])
    return product


def title_of(variant: NewVariant) -> str:
    return variant.title or " / ".join(variant.options) or DEFAULT_TITLE


def check_options(product: Product) -> None:
    """Raises: Invalid for too many or none, and for variants that do not say which of each they are."""
    if not 0 < len(product.options) <= MOST_OPTIONS:
        raise Invalid("options", f"must be from 1 to {MOST_OPTIONS}")
    if any(variant.options and len(variant.options) != len(product.options) for variant in product.variants):
        raise Invalid("option_values", f"must be given for {', '.join(product.options)}")


def check(command: CreateProduct, variants: Sequence[NewVariant]) -> None:
    if not command.title.strip():
        raise Invalid("title", "can't be blank")
    if len(command.title) > LONGEST_TITLE:
        raise Invalid("title", f"is too long (maximum is {LONGEST_TITLE} characters)")
    if command.status not in STATUSES:
        raise Invalid("status", "is not included in the list")
    if len(variants) > MOST_VARIANTS:
        raise Invalid("variants", f"can't be more than {MOST_VARIANTS}")
    titles = [title_of(variant).lower() for variant in variants]
    if len(set(titles)) < len(titles):
        raise Invalid("base", "Two variants have the same options")
    check_variants(variants)


def check_variants(variants: Sequence[NewVariant | ChangeVariant]) -> None:
    """Raises: Invalid for prices and weights that cannot be."""
    if not all(0 <= (variant.price or 0) <= HIGHEST_PRICE for variant in variants):
        raise Invalid("price", "must be greater than or equal to 0, and not astronomical")
    if not all(0 <= (variant.grams or 0) <= HIGHEST_GRAMS for variant in variants):
        raise Invalid("grams", f"must be between 0 and {HIGHEST_GRAMS}")
    if not all(0 <= (variant.cost or 0) <= HIGHEST_PRICE for variant in variants):
        raise Invalid("cost", "must be greater than or equal to 0")


async def check_managers(connection: Connection, shop_id: int, handles: Collection[str | None]) -> None:
    if not handles:
        return
    known = await connection.fetchval(
        """
        SELECT count(*) FROM fulfillment_services
        WHERE shop_id = $1 AND handle = ANY ($2::text[]) AND deleted_at IS NULL
        """,
        shop_id,
        list(handles),
    )
    if known < len(handles):
        raise Invalid("inventory_management", "is not included in the list")


async def find_product(connection: Connection, shop_id: int, product_id: int) -> Product:
    products = await products_of(connection, f"{PRODUCT} WHERE p.shop_id = $1 AND p.id = $2", shop_id, product_id)
    if not products:
        raise NotFound("product", product_id)
    return products[0]


async def products_of(connection: Connection, statement: str, *values: object) -> tuple[Product, ...]:
    """Run a statement that selects products."""
    text: str = await connection.fetchval(f"SELECT coalesce(json_agg(one), '[]')::text FROM ({statement}) one", *values)
    return product_decoder.decode(text)


async def get_product(connection: Connection, query: GetProduct, context: ReadContext) -> Product:
    return await find_product(connection, context.shop_id, query.product_id)


async def list_products(connection: Connection, query: ListProducts, context: ReadContext) -> Page[Product]:
    part = slice_of(query.window)
    named = "AND p.id = ANY ($5::bigint[])" if query.ids else ""
    products = await products_of(
        connection,
        f"""
        {PRODUCT} WHERE p.shop_id = $1 AND p.id > $2 AND p.id < $3 {named}
        ORDER BY p.id {part.direction} LIMIT $4
        """,
        context.shop_id,
        part.above,
        part.below,
        part.limit,
        *([list(query.ids)] if query.ids else []),
    )
    return page_of(query.window, products, lambda product: product.id)


async def count_products(connection: Connection, _query: CountProducts, context: ReadContext) -> int:
    count: int = await connection.fetchval("SELECT count(*) FROM products WHERE shop_id = $1", context.shop_id)
    return count


async def get_variant(connection: Connection, query: GetVariant, context: ReadContext) -> ProductVariant:
    variant = await find_variant(connection, context.shop_id, query.variant_id)
    if query.product_id not in {None, variant.product_id}:
        raise NotFound("variant", query.variant_id)
    return variant


async def find_variant(connection: Connection, shop_id: int, variant_id: int) -> ProductVariant:
    row = await connection.fetchrow(f"{VARIANT} WHERE v.shop_id = $1 AND v.id = $2", shop_id, variant_id)
    if row is None:
        raise NotFound("variant", variant_id)
    return variant_of(row)


def variant_of(row: Record) -> ProductVariant:
    return msgspec.convert(dict(row), ProductVariant)


async def list_inventory_items(
    connection: Connection, query: ListInventoryItems, context: ReadContext
) -> tuple[InventoryItem, ...]:
    """Return the items named; unknown ids are left out. Raises: Invalid above a hundred ids."""
    if not query.ids:
        raise Invalid("ids", "can't be blank")
    if len(query.ids) > MOST_ITEMS:
        raise Invalid("ids", f"can't be more than {MOST_ITEMS}")
    return await items_of(connection, context.shop_id, query.ids)


async def items_of(connection: Connection, shop_id: int, ids: Sequence[int]) -> tuple[InventoryItem, ...]:
    text: str = await connection.fetchval(ITEM, shop_id, list(ids))
    return item_decoder.decode(text)


async def find_item(connection: Connection, shop_id: int, inventory_item_id: int) -> InventoryItem:
    """Raises: NotFound."""
    for item in await items_of(connection, shop_id, [inventory_item_id]):
        return item
    raise NotFound("inventory item", inventory_item_id)


async def get_inventory_item(connection: Connection, query: GetInventoryItem, context: ReadContext) -> InventoryItem:
    return await find_item(connection, context.shop_id, query.inventory_item_id)


item_decoder = msgspec.json.Decoder(tuple[InventoryItem, ...])
product_decoder = msgspec.json.Decoder(tuple[Product, ...])

COMMANDS: Mapping[type, CommandHandler] = {CreateProduct: create_product}
QUERIES: Mapping[type, QueryHandler] = {
    GetProduct: get_product,
    ListProducts: list_products,
    CountProducts: count_products,
    GetVariant: get_variant,
    ListInventoryItems: list_inventory_items,
    GetInventoryItem: get_inventory_item,
}
