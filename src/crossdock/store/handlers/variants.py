"""Changing and deleting products and variants, and what stands on the inventory items that go with them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from crossdock.domain.catalogue import (
    DEFAULT_TITLE,
    ChangeVariant,
    CreateVariants,
    DeleteProduct,
    DeleteVariant,
    InventoryItem,
    Product,
    ProductVariant,
    UpdateInventoryItem,
    UpdateProduct,
)
from crossdock.domain.countries import country_name
from crossdock.domain.queries import CountVariants, ListVariants, Page
from crossdock.domain.refusals import Invalid, NotFound
from crossdock.runtime.connection import Connection
from crossdock.store.handlers.catalogue import (
    GIVEN,
    HIGHEST_GRAMS,
    LONGEST_TITLE,
    MOST_VARIANTS,
    STATUSES,
    check_managers,
    check_options,
    check_variants,
    find_item,
    find_product,
    find_variant,
    given_variants,
    title_of,
)
from crossdock.store.handlers.context import CommandHandler, QueryHandler, ReadContext, WriteContext
from crossdock.store.handlers.slugs import slug
from crossdock.store.handlers.variant_stock import adjust_stock, count_stock, open_stock
from crossdock.store.handlers.windows import window_over
from crossdock.store.jobs.fetch_stock import enqueue_fetches

SHORTEST_CODE, LONGEST_CODE = 6, 13

LOCK_PRODUCT = "SELECT FROM products WHERE shop_id = $1 AND id = $2 FOR NO KEY UPDATE"

UPDATE_PRODUCT = """
    UPDATE products SET title = coalesce($3, title), vendor = coalesce($4, vendor),
        product_type = coalesce($5, product_type), body_html = coalesce($6, body_html), status = coalesce($7, status),
        tags = coalesce($8, tags), updated_at = $9, handle = coalesce($10, handle), options = coalesce($11, options)
    WHERE shop_id = $1 AND id = $2
"""

# A service that manages a variant now stocks it. Of the variants of a product ($2), or of whichever product's they are.
CHANGE_VARIANTS = """
    WITH given AS (
        SELECT * FROM jsonb_to_recordset($3::jsonb) AS row (variant_id bigint, title text, sku text, barcode text,
            price bigint, grams integer, requires_shipping boolean, taxable boolean, managed_by text,
            may_oversell boolean, tracked boolean, options text[], cost bigint, country_code_of_origin text,
            province_code_of_origin text, harmonized_system_code text)
    ), before AS (
        SELECT id, sku, managed_by FROM variants
        WHERE shop_id = $1 AND id = ANY (ARRAY(SELECT variant_id FROM given))
            AND ($2::bigint IS NULL OR product_id = $2)
        ORDER BY id FOR NO KEY UPDATE
    ), changed AS (
        UPDATE variants v
        SET title = coalesce(given.title, v.title), sku = coalesce(given.sku, v.sku),
            barcode = coalesce(given.barcode, v.barcode), price = coalesce(given.price, v.price),
            grams = coalesce(given.grams, v.grams),
            requires_shipping = coalesce(given.requires_shipping, v.requires_shipping),
            taxable = coalesce(given.taxable, v.taxable),
            managed_by = CASE given.tracked WHEN true THEN coalesce(given.managed_by, v.managed_by, 'shopify')
                WHEN false THEN NULL ELSE coalesce(given.managed_by, v.managed_by) END,
            may_oversell = coalesce(given.may_oversell, v.may_oversell),
            options = CASE WHEN given.options IS NOT NULL THEN given.options
                WHEN given.title <> v.title THEN '{}' ELSE v.options END,
            cost = coalesce(given.cost, v.cost),
            country_code_of_origin = coalesce(given.country_code_of_origin, v.country_code_of_origin),
            province_code_of_origin = coalesce(given.province_code_of_origin, v.province_code_of_origin),
            harmonized_system_code = coalesce(given.harmonized_system_code, v.harmonized_system_code),
            updated_at = $4
        FROM before JOIN given ON given.variant_id = before.id
        WHERE v.shop_id = $1 AND v.id = before.id
        RETURNING v.id, v.product_id, v.inventory_item_id, v.managed_by,
            (v.sku, v.managed_by) IS DISTINCT FROM (before.sku, before.managed_by) AS asks_anew
    ), stocked AS (
        INSERT INTO inventory_levels (shop_id, id, inventory_item_id, location_id, created_at, updated_at)
        SELECT $1, nextval('ids'), changed.inventory_item_id, f.location_id, $4, $4
        FROM changed JOIN fulfillment_services f ON f.shop_id = $1 AND f.handle = changed.managed_by
            AND f.deleted_at IS NULL
        ON CONFLICT (shop_id, inventory_item_id, location_id) DO NOTHING
    )
    SELECT id, inventory_item_id, asks_anew FROM changed
"""

CREATE_VARIANTS = f"""
    WITH {given_variants("$4")}, made AS (
        INSERT INTO variants (shop_id, id, product_id, inventory_item_id, position, created_at, updated_at, {GIVEN})
        SELECT $1, nextval('ids'), $2, nextval('ids'),
            (SELECT coalesce(max(position), 0) FROM variants WHERE shop_id = $1 AND product_id = $2) + position, $3,
            $3, {GIVEN}
        FROM given ORDER BY position
        RETURNING id, inventory_item_id, managed_by
    ), stocked AS (
        INSERT INTO inventory_levels (shop_id, id, inventory_item_id, location_id, created_at, updated_at)
        SELECT $1, nextval('ids'), made.inventory_item_id, location_id, $3, $3
        FROM made, coalesce(
            (SELECT location_id FROM fulfillment_services
                WHERE shop_id = $1 AND handle = made.managed_by AND deleted_at IS NULL),
            (SELECT primary_location_id FROM shops WHERE id = $1)) AS location_id
        WHERE location_id IS NOT NULL
    )
    SELECT array_agg(id ORDER BY id) FROM made
"""

# The ledger keeps the moves of what is gone; order lines keep their names and prices.
DELETE_PRODUCT = """
    WITH gone AS (DELETE FROM variants WHERE shop_id = $1 AND product_id = $2)
    DELETE FROM products WHERE shop_id = $1 AND id = $2 RETURNING id
"""
DELETE_DEFAULT = """
    DELETE FROM variants WHERE shop_id = $1 AND product_id = $2 AND title = $3
        AND (SELECT count(*) FROM variants WHERE shop_id = $1 AND product_id = $2) = 1
"""
DELETE_VARIANT = "DELETE FROM variants WHERE shop_id = $1 AND product_id = $2 AND id = $3 RETURNING id"

UPDATE_ITEM = """
    UPDATE variants SET sku = coalesce($3, sku), cost = coalesce($4, cost),
        managed_by = CASE $5::boolean WHEN true THEN coalesce(managed_by, 'shopify') WHEN false THEN NULL
            ELSE managed_by END,
        requires_shipping = coalesce($6, requires_shipping),
        country_code_of_origin = coalesce($7, country_code_of_origin),
        province_code_of_origin = coalesce($8, province_code_of_origin),
        harmonized_system_code = coalesce($9, harmonized_system_code),
        country_harmonized_system_codes = coalesce($10::jsonb, country_harmonized_system_codes),
        grams = coalesce($12, grams), updated_at = $11
    WHERE shop_id = $1 AND inventory_item_id = $2
    RETURNING id
"""


async def update_product(connection: Connection, command: UpdateProduct, context: WriteContext) -> Product:
    """Change a product and those of its variants that are named. Raises: NotFound, Invalid, StockRefused."""
    check_product(command)
    if await connection.fetchrow(LOCK_PRODUCT, context.shop_id, command.product_id) is None:
        raise NotFound("product", command.product_id)
    await change_variants(connection, command.variants, context, product_id=command.product_id)
    await connection.execute(
        UPDATE_PRODUCT,
        context.shop_id,
        command.product_id,
        command.title and command.title.strip(),
        command.vendor,
        command.product_type,
        command.body_html,
        command.status,
        command.tags,
        context.at,
        command.handle and slug(command.handle),
        None if command.options is None else list(command.options),
    )
    product = await find_product(connection, context.shop_id, command.product_id)
    check_titles(product.variants)
    check_options(product)
    return product


def check_product(command: UpdateProduct) -> None:
    if command.title is not None and not command.title.strip():
        raise Invalid("title", "can't be blank")
    if command.title is not None and len(command.title) > LONGEST_TITLE:
        raise Invalid("title", f"is too long (maximum is {LONGEST_TITLE} characters)")
    if command.status is not None and command.status not in STATUSES:
        raise Invalid("status", "is not included in the list")


def check_titles(variants: Iterable[ProductVariant]) -> None:
    titles = [variant.title.lower() for variant in variants]
    if len(set(titles)) < len(titles):
        raise Invalid("base", "Two variants have the same options")


async def change_variants(
    connection: Connection, changes: Sequence[ChangeVariant], context: WriteContext, *, product_id: int | None = None
) -> None:
    """Change variants in one statement. A service that manages one now stocks it, and is asked how much there is.

    Their stock is counted and adjusted after that. Raises: NotFound, Invalid, StockRefused.
    Source: Shopify, "Build for fulfillment services", step 9.
    """
    if not changes:
        return
    check_variants(changes)
    await check_managers(connection, context.shop_id, {change.managed_by for change in changes} - {None, "shopify"})
    rows = await connection.fetch(
        CHANGE_VARIANTS, context.shop_id, product_id, [changed_row(change) for change in changes], context.at
    )
    found = {row["id"]: row["inventory_item_id"] for row in rows}
    for change in changes:
        if change.variant_id not in found:
            raise NotFound("variant", change.variant_id)
    counted = [(found[change.variant_id], each) for change in changes for each in change.counts]
    await count_stock(connection, counted, context)
    adjusted = [(found[change.variant_id], each) for change in changes for each in change.adjustments]
    await adjust_stock(connection, adjusted, context)
    await enqueue_fetches(connection, context.shop_id, [row["id"] for row in rows if row["asks_anew"]])


def changed_row(change: ChangeVariant) -> dict[str, Any]:
    """Return a change as the statement reads it; new options make a new title."""
    row: dict[str, Any] = msgspec.to_builtins(change)
    return row | {"title": " / ".join(change.options)} if change.options else row


async def change_variant(connection: Connection, command: ChangeVariant, context: WriteContext) -> ProductVariant:
    """Change one variant. Raises: NotFound, Invalid."""
    await change_variants(connection, [command], context, product_id=command.product_id)
    return await find_variant(connection, context.shop_id, command.variant_id)


async def create_variants(
    connection: Connection, command: CreateVariants, context: WriteContext
) -> tuple[ProductVariant, ...]:
    """Add variants to a product, each with its inventory item and a level. Raises: NotFound, Invalid."""
    check_variants(command.variants)
    if not command.variants:
        raise Invalid("variants", "can't be blank")
    await check_managers(
        connection, context.shop_id, {variant.managed_by for variant in command.variants} - {None, "shopify"}
    )
    if await connection.fetchrow(LOCK_PRODUCT, context.shop_id, command.product_id) is None:
        raise NotFound("product", command.product_id)
    if command.replaces_default:
        await connection.execute(DELETE_DEFAULT, context.shop_id, command.product_id, DEFAULT_TITLE)
    made: list[int] = await connection.fetchval(
        CREATE_VARIANTS,
        context.shop_id,
        command.product_id,
        context.at,
        [msgspec.to_builtins(variant) | {"title": title_of(variant)} for variant in command.variants],
    )
    product = await find_product(connection, context.shop_id, command.product_id)
    if len(product.variants) > MOST_VARIANTS:
        raise Invalid("variants", f"can't be more than {MOST_VARIANTS}")
    check_titles(product.variants)
    check_options(product)
    pairs = list(zip(_those(product, made), command.variants, strict=True))
    if await open_stock(connection, pairs, context):
        product = await find_product(connection, context.shop_id, command.product_id)
    await enqueue_fetches(connection, context.shop_id, made)
    return _those(product, made)


def _those(product: Product, ids: Sequence[int]) -> tuple[ProductVariant, ...]:
    return tuple(variant for variant in product.variants if variant.id in set(ids))


async def delete_product(connection: Connection, command: DeleteProduct, context: WriteContext) -> None:
    """Take a product with its variants and levels out of the catalogue. Raises: NotFound."""
    if await connection.fetchval(DELETE_PRODUCT, context.shop_id, command.product_id) is None:
        raise NotFound("product", command.product_id)


async def delete_variant(connection: Connection, command: DeleteVariant, context: WriteContext) -> None:
    """Take a variant out of its product. Raises: NotFound; Invalid for the last one."""
    await connection.execute(LOCK_PRODUCT, context.shop_id, command.product_id)
    product = await find_product(connection, context.shop_id, command.product_id)
    if command.variant_id not in {variant.id for variant in product.variants}:
        raise NotFound("variant", command.variant_id)
    if len(product.variants) == 1:
        raise Invalid("base", "Cannot delete the last variant of a product")
    await connection.execute(DELETE_VARIANT, context.shop_id, command.product_id, command.variant_id)


async def update_inventory_item(
    connection: Connection, command: UpdateInventoryItem, context: WriteContext
) -> InventoryItem:
    """Change what stands on an item. Raises: NotFound, Invalid."""
    check_item(command)
    codes = command.country_harmonized_system_codes
    row = await connection.fetchrow(
        UPDATE_ITEM,
        context.shop_id,
        command.inventory_item_id,
        command.sku,
        command.cost,
        command.tracked,
        command.requires_shipping,
        command.country_code_of_origin,
        command.province_code_of_origin,
        command.harmonized_system_code,
        None if codes is None else msgspec.to_builtins(codes),
        context.at,
        command.grams,
    )
    if row is None:
        raise NotFound("inventory item", command.inventory_item_id)
    if command.sku is not None:
        await enqueue_fetches(connection, context.shop_id, [row["id"]])
    return await find_item(connection, context.shop_id, command.inventory_item_id)


def check_item(command: UpdateInventoryItem) -> None:
    """Source: Shopify GraphQL inventoryItemUpdate, its texts."""
    if command.cost is not None and command.cost < 0:
        raise Invalid("cost", "must be greater than or equal to 0")
    if command.grams is not None and not 0 <= command.grams <= HIGHEST_GRAMS:
        raise Invalid("weight", "must be between 0 and 2000000000 grams")
    if command.country_code_of_origin and country_name(command.country_code_of_origin) is None:
        raise Invalid("country_code_of_origin", "is invalid")
    codes = [command.harmonized_system_code, *(each.code for each in command.country_harmonized_system_codes or ())]
    for code in codes:
        if code and not (code.isascii() and code.isdecimal() and SHORTEST_CODE <= len(code) <= LONGEST_CODE):
            raise Invalid("harmonized_system_code", "must be a number between six and thirteen digits")


async def list_variants(connection: Connection, query: ListVariants, context: ReadContext) -> Page[ProductVariant]:
    product = await find_product(connection, context.shop_id, query.product_id)
    return window_over(query.window, product.variants, lambda variant: variant.id)


async def count_variants(connection: Connection, query: CountVariants, context: ReadContext) -> int:
    return len((await find_product(connection, context.shop_id, query.product_id)).variants)


COMMANDS: Mapping[type, CommandHandler] = {
    UpdateProduct: update_product,
    ChangeVariant: change_variant,
    CreateVariants: create_variants,
    DeleteProduct: delete_product,
    DeleteVariant: delete_variant,
    UpdateInventoryItem: update_inventory_item,
}
QUERIES: Mapping[type, QueryHandler] = {ListVariants: list_variants, CountVariants: count_variants}
