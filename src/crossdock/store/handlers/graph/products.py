"""Products and variants by id, by each other and by handle, many at once."""

from collections.abc import Mapping, Sequence

from crossdock.domain.catalogue import Product, ProductVariant
from crossdock.domain.queries import GetProduct, GetVariant
from crossdock.domain.searching import FindProductByHandle, FindProductOf, FindVariantOf
from crossdock.runtime.connection import Connection
from crossdock.store.handlers.catalogue import PRODUCT, VARIANT, products_of, variant_of
from crossdock.store.handlers.context import Loader, ReadContext

PRODUCTS = f"{PRODUCT} WHERE p.shop_id = $1 AND p.id = ANY ($2::bigint[])"
PRODUCTS_BY_HANDLE = f"{PRODUCT} WHERE p.shop_id = $1 AND p.handle = ANY ($2::text[]) ORDER BY p.id DESC"
PRODUCTS_OF_VARIANTS = f"""
    {PRODUCT} WHERE p.shop_id = $1
        AND p.id = ANY (ARRAY(SELECT product_id FROM variants WHERE shop_id = $1 AND id = ANY ($2::bigint[])))
"""
VARIANTS = f"{VARIANT} WHERE v.shop_id = $1 AND v.id = ANY ($2::bigint[])"
VARIANTS_OF_ITEMS = f"{VARIANT} WHERE v.shop_id = $1 AND v.inventory_item_id = ANY ($2::bigint[])"


async def products(
    connection: Connection, queries: Sequence[GetProduct], context: ReadContext
) -> Sequence[Product | None]:
    ids = [query.product_id for query in queries]
    found = {each.id: each for each in await products_of(connection, PRODUCTS, context.shop_id, ids)}
    return [found.get(query.product_id) for query in queries]


async def products_by_handle(
    connection: Connection, queries: Sequence[FindProductByHandle], context: ReadContext
) -> Sequence[Product | None]:
    """Answer with the oldest product of each handle."""
    handles = [query.handle for query in queries]
    found = {each.handle: each for each in await products_of(connection, PRODUCTS_BY_HANDLE, context.shop_id, handles)}
    return [found.get(query.handle) for query in queries]


async def products_of_variants(
    connection: Connection, queries: Sequence[FindProductOf], context: ReadContext
) -> Sequence[Product | None]:
    ids = [query.variant_id for query in queries]
    whole = await products_of(connection, PRODUCTS_OF_VARIANTS, context.shop_id, ids)
    found = {variant.id: product for product in whole for variant in product.variants}
    return [found.get(query.variant_id) for query in queries]


async def variants(
    connection: Connection, queries: Sequence[GetVariant], context: ReadContext
) -> Sequence[ProductVariant | None]:
    rows = await connection.fetch(VARIANTS, context.shop_id, [query.variant_id for query in queries])
    found = {row["id"]: variant_of(row) for row in rows}
    return [found.get(query.variant_id) for query in queries]


async def variants_of_items(
    connection: Connection, queries: Sequence[FindVariantOf], context: ReadContext
) -> Sequence[ProductVariant | None]:
    rows = await connection.fetch(VARIANTS_OF_ITEMS, context.shop_id, [query.inventory_item_id for query in queries])
    found = {row["inventory_item_id"]: variant_of(row) for row in rows}
    return [found.get(query.inventory_item_id) for query in queries]


LOADERS: Mapping[type, Loader] = {
    GetProduct: products,
    FindProductByHandle: products_by_handle,
    FindProductOf: products_of_variants,
    GetVariant: variants,
    FindVariantOf: variants_of_items,
}
