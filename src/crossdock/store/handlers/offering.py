"""Products and variants with all that is kept of them, and with their first stock. The catalogue's own handlers work.

Statements do not grow with the variants.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from crossdock.domain.catalogue import (
    ChangeVariant,
    CreateVariants,
    DeleteVariant,
    Product,
    ProductVariant,
    UpdateProduct,
)
from crossdock.domain.offering import (
    AddProduct,
    AddVariant,
    EditProduct,
    EditVariant,
    GetOffer,
    ListOffers,
    NewOffer,
    OfferChange,
    RemoveVariant,
    VariantFound,
    found,
    options_with,
)
from crossdock.domain.product_details import ProductDetails, VariantDetails
from crossdock.domain.queries import Page
from crossdock.domain.refusals import NotFound
from crossdock.domain.stock_commands import Count, QuantityName, SetQuantities
from crossdock.runtime.connection import Connection
from crossdock.store.handlers.catalogue import PRODUCT, check_options, create_product, find_product, products_of
from crossdock.store.handlers.context import CommandHandler, QueryHandler, ReadContext, WriteContext
from crossdock.store.handlers.stocking import change_stock
from crossdock.store.handlers.variants import (
    LOCK_PRODUCT,
    change_variants,
    check_titles,
    create_variants,
    delete_variant,
    update_product,
)
from crossdock.store.handlers.windows import page_of, slice_of

KEEP = """
    WITH kept AS (
        UPDATE variants v SET details = v.details || given.details
        FROM jsonb_to_recordset($4::jsonb) AS given (id bigint, details jsonb)
        WHERE v.shop_id = $1 AND v.product_id = $2 AND v.id = given.id
    )
    UPDATE products SET details = details || $3::jsonb, updated_at = $5 WHERE shop_id = $1 AND id = $2
"""
NEW_IDS = "SELECT ARRAY(SELECT nextval('ids') FROM generate_series(1, $1::integer))"

# Places that are the shop's and in use; counting then says which are not. Who says where a variant lies means that it
# lies nowhere else: the level that any variant begins with goes.
BEGIN = """
    WITH given AS (
        SELECT DISTINCT ON (item_id, location_id) *
        FROM jsonb_to_recordset($2::jsonb) AS place (item_id bigint, location_id bigint, low_stock_threshold integer)
        ORDER BY item_id, location_id
    ), elsewhere AS (
        UPDATE inventory_levels l SET active = false, updated_at = $3
        WHERE l.shop_id = $1 AND l.inventory_item_id IN (SELECT item_id FROM given)
            AND NOT EXISTS (
                SELECT FROM given WHERE given.item_id = l.inventory_item_id AND given.location_id = l.location_id
            )
    )
    INSERT INTO inventory_levels (shop_id, id, inventory_item_id, location_id, low_stock_threshold, created_at,
        updated_at)
    SELECT $1, nextval('ids'), item_id, location_id, low_stock_threshold, $3, $3 FROM given
    WHERE EXISTS (SELECT FROM locations l WHERE l.shop_id = $1 AND l.id = location_id AND l.active)
    ORDER BY item_id, location_id
    ON CONFLICT (shop_id, inventory_item_id, location_id)
        DO UPDATE SET low_stock_threshold = excluded.low_stock_threshold, updated_at = excluded.updated_at
"""
# Of those of SKUs it looks by the SKU, however few there are among how many.
OF_SKUS = "AND p.id = ANY (ARRAY(SELECT product_id FROM variants WHERE shop_id = $1 AND sku = ANY ($8::text[])))"
OF_ALL_SKUS = "AND $8::text[] = '{}'"
OF_VARIANT = "SELECT product_id FROM variants WHERE shop_id = $1 AND id = $2"


async def add_product(connection: Connection, command: AddProduct, context: WriteContext) -> Product:
    """Raises: Invalid, StockRefused."""
    variants = tuple(offer.variant for offer in command.offers)
    made = await create_product(connection, replace(command.product, variants=variants), context)
    pairs = list(zip(made.variants, command.offers, strict=True))
    details = await with_picture_ids(connection, command.details)
    await keep(connection, made.id, all_of(details), {each.id: all_of(offer.details) for each, offer in pairs}, context)
    await open_records(connection, pairs, context)
    return await find_product(connection, context.shop_id, made.id)


async def edit_product(connection: Connection, command: EditProduct, context: WriteContext) -> Product:
    """Raises: NotFound, Invalid."""
    changes = tuple(offer.variant for offer in command.offers)
    await update_product(connection, replace(command.product, variants=changes), context)
    details = await with_picture_ids(connection, command.details)
    await keep(
        connection, command.product.product_id, those_of(details, command.given), kept_of(command.offers), context
    )
    return await find_product(connection, context.shop_id, command.product.product_id)


async def add_variant(connection: Connection, command: AddVariant, context: WriteContext) -> VariantFound:
    """Raises: NotFound, Invalid, StockRefused."""
    product = await locked(connection, command.product_id, context)
    names, options = options_with(product, command.values)
    if names != product.options:
        await update_product(connection, UpdateProduct(product_id=product.id, options=names), context)
    new = CreateVariants(product_id=product.id, variants=(replace(command.offer.variant, options=options),))
    (made,) = await create_variants(connection, new, context)
    await keep(connection, product.id, {}, {made.id: all_of(command.offer.details)}, context)
    await open_records(connection, [(made, command.offer)], context)
    return found(await find_product(connection, context.shop_id, product.id), made.id)


async def edit_variant(connection: Connection, command: EditVariant, context: WriteContext) -> VariantFound:
    """Raises: NotFound, Invalid."""
    variant_id = command.offer.variant.variant_id
    product = await product_with(connection, variant_id, context)
    change = command.offer.variant
    if command.values:
        change = await renamed(connection, product, command, context)
    await change_variants(connection, [change], context, product_id=product.id)
    await keep(connection, product.id, {}, kept_of([command.offer]), context)
    now = await find_product(connection, context.shop_id, product.id)
    check_titles(now.variants)
    check_options(now)
    return found(now, variant_id)


async def renamed(
    connection: Connection, product: Product, command: EditVariant, context: WriteContext
) -> ChangeVariant:
    """Return the change with what the variant is from now on, of what its product's variants differ in."""
    change = command.offer.variant
    names, options = options_with(product, command.values or (), found(product, change.variant_id).variant.options)
    if names != product.options:
        await update_product(connection, UpdateProduct(product_id=product.id, options=names), context)
    return replace(change, options=options)


async def remove_variant(connection: Connection, command: RemoveVariant, context: WriteContext) -> Product:
    """Return the product that is left. Raises: NotFound; Invalid for its last variant."""
    product = await product_with(connection, command.variant_id, context)
    await delete_variant(connection, DeleteVariant(product_id=product.id, variant_id=command.variant_id), context)
    return await find_product(connection, context.shop_id, product.id)


async def product_with(connection: Connection, variant_id: int, context: WriteContext) -> Product:
    """Return the product of a variant, locked. Raises: NotFound."""
    product_id = await connection.fetchval(OF_VARIANT, context.shop_id, variant_id)
    if product_id is None:
        raise NotFound("variant", variant_id)
    product = await locked(connection, product_id, context)
    if all(variant.id != variant_id for variant in product.variants):
        raise NotFound("variant", variant_id)
    return product


async def locked(connection: Connection, product_id: int, context: WriteContext) -> Product:
    """Raises: NotFound."""
    await connection.execute(LOCK_PRODUCT, context.shop_id, product_id)
    return await find_product(connection, context.shop_id, product_id)


async def keep(
    connection: Connection,
    product_id: int,
    details: Mapping[str, Any],
    of_variants: Mapping[int, Mapping[str, Any]],
    context: WriteContext,
) -> None:
    """Keep details of a product and its variants beside those that are kept already. One statement."""
    rows = [{"id": variant_id, "details": kept} for variant_id, kept in of_variants.items()]
    await connection.execute(KEEP, context.shop_id, product_id, details, rows, context.at)


def all_of(details: ProductDetails | VariantDetails) -> dict[str, Any]:
    kept: dict[str, Any] = msgspec.to_builtins(details)
    return kept


def those_of(details: ProductDetails | VariantDetails, names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in all_of(details).items() if name in names}


def kept_of(changes: Sequence[OfferChange]) -> dict[int, dict[str, Any]]:
    return {each.variant.variant_id: those_of(each.details, each.given) for each in changes}


async def with_picture_ids(connection: Connection, details: ProductDetails) -> ProductDetails:
    """Give ids to pictures that have none yet."""
    new = sum(not picture.id for picture in details.pictures)
    if not new:
        return details
    ids = iter(await connection.fetchval(NEW_IDS, new))
    pictures = tuple(each if each.id else replace(each, id=next(ids)) for each in details.pictures)
    return replace(details, pictures=pictures)


async def open_records(
    connection: Connection, made: Sequence[tuple[ProductVariant, NewOffer]], context: WriteContext
) -> None:
    """Have new variants lie where it was said, as many of each. Raises: StockRefused."""
    places = [(variant.inventory_item_id, record) for variant, offer in made for record in offer.records]
    if not places:
        return
    rows = [
        {"item_id": item, "location_id": each.location_id, "low_stock_threshold": each.low_stock_threshold}
        for item, each in places
    ]
    await connection.execute(BEGIN, context.shop_id, rows, context.at)
    counts = tuple(
        Count(inventory_item_id=item, location_id=each.location_id, quantity=each.on_hand) for item, each in places
    )
    await change_stock(connection, SetQuantities(name=QuantityName.AVAILABLE, counts=counts), context)


async def list_offers(connection: Connection, query: ListOffers, context: ReadContext) -> Page[Product]:
    if query.nothing:
        return Page(items=())
    part = slice_of(query.window)
    products = await products_of(
        connection,
        f"""
        {PRODUCT} WHERE p.shop_id = $1 AND p.id > $2 AND p.id < $3
            AND ($5::text IS NULL OR strpos(lower(p.title), lower($5)) > 0)
            AND ($6::boolean IS NULL OR (p.status = 'active') = $6)
            AND ($7::bigint[] = '{{}}' OR EXISTS (
                SELECT FROM jsonb_array_elements_text(p.details -> 'category_ids') AS category
                WHERE category::bigint = ANY ($7)))
            {OF_SKUS if query.skus else OF_ALL_SKUS}
        ORDER BY p.id {part.direction} LIMIT $4
        """,
        context.shop_id,
        part.above,
        part.below,
        part.limit,
        query.title,
        query.public,
        list(query.category_ids),
        list(query.skus),
    )
    return page_of(query.window, products, lambda product: product.id)


async def get_offer(connection: Connection, query: GetOffer, context: ReadContext) -> VariantFound:
    """Raises: NotFound."""
    of_variant = "(SELECT product_id FROM variants WHERE shop_id = $1 AND id = $2)"
    products = await products_of(
        connection, f"{PRODUCT} WHERE p.shop_id = $1 AND p.id = {of_variant}", context.shop_id, query.variant_id
    )
    if not products:
        raise NotFound("variant", query.variant_id)
    return found(products[0], query.variant_id)


COMMANDS: Mapping[type, CommandHandler] = {
    AddProduct: add_product,
    EditProduct: edit_product,
    AddVariant: add_variant,
    EditVariant: edit_variant,
    RemoveVariant: remove_variant,
}
QUERIES: Mapping[type, QueryHandler] = {ListOffers: list_offers, GetOffer: get_offer}
