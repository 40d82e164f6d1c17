"""Finding and making variants by their SKUs, many at once."""

from collections.abc import Mapping

import msgspec

from crossdock.domain.assortment import AddArticles, FindVariants
from crossdock.domain.refusals import Invalid, NotFound
from crossdock.domain.stock import HIGHEST_QUANTITY, StockCause, StockState
from crossdock.runtime.connection import Connection
from crossdock.store.handlers.context import CommandHandler, QueryHandler, ReadContext, WriteContext
from crossdock.store.handlers.slugs import slug

# A product, its variant, its level and the opening of its ledger, for each SKU that is not there.
ADD = f"""
    WITH fresh AS (
        SELECT sku, title, handle, price, nextval('ids') AS product_id, nextval('ids') AS variant_id,
            nextval('ids') AS item_id, nextval('ids') AS level_id, nextval('ids') AS move_id
        FROM jsonb_to_recordset($2::jsonb) AS article (sku text, title text, handle text, price bigint)
        WHERE NOT EXISTS (SELECT FROM variants WHERE shop_id = $1 AND variants.sku = article.sku)
    ), products AS (
        INSERT INTO products (shop_id, id, title, handle, product_type, status, tags, created_at, updated_at)
        SELECT $1, product_id, title, handle || '-' || product_id, '', 'active', '', $5, $5 FROM fresh
    ), variants AS (
        INSERT INTO variants (shop_id, id, product_id, inventory_item_id, position, title, sku, price, grams,
            requires_shipping, taxable, managed_by, may_oversell, created_at, updated_at)
        SELECT $1, variant_id, product_id, item_id, 1, 'Default Title', sku, price, 0, true, true, 'shopify', false,
            $5, $5
        FROM fresh
    ), levels AS (
        INSERT INTO inventory_levels (shop_id, id, inventory_item_id, location_id, available, created_at, updated_at)
        SELECT $1, level_id, item_id, $3, $4, $5, $5 FROM fresh
    ), moves AS (
        INSERT INTO stock_moves (shop_id, id, inventory_item_id, location_id, quantity, target, cause, obeys_policy,
            available_after, actor, request_id, at)
        SELECT $1, move_id, item_id, $3, $4, '{StockState.AVAILABLE}', '{StockCause.OPENING}', false, $4, $6, $7, $5
        FROM fresh WHERE $4 > 0
    )
    SELECT count(*) FROM fresh
"""


async def add_articles(connection: Connection, command: AddArticles, context: WriteContext) -> int:
    """Make the articles whose SKU the shop does not have; return how many. Raises: NotFound, Invalid."""
    if not 0 <= command.available <= HIGHEST_QUANTITY:
        raise Invalid("available", f"must be from 0 to {HIGHEST_QUANTITY}")
    # Two imports at once must not both find a SKU missing.
    await connection.execute("SELECT FROM shops WHERE id = $1 FOR NO KEY UPDATE", context.shop_id)
    location = await connection.fetchval(
        "SELECT id FROM locations WHERE shop_id = $1 AND id = $2", context.shop_id, command.location_id
    )
    if location is None:
        raise NotFound("location", command.location_id)
    by_sku = {article.sku: article for article in reversed(command.articles)}
    made: int = await connection.fetchval(
        ADD,
        context.shop_id,
        [msgspec.to_builtins(article) | {"handle": slug(article.title) or "product"} for article in by_sku.values()],
        command.location_id,
        command.available,
        context.at,
        context.actor,
        context.request_id,
    )
    return made


async def find_variants(connection: Connection, query: FindVariants, context: ReadContext) -> Mapping[str, int]:
    """Return the ids of variants by their SKUs; a SKU that the shop does not have is left out."""
    rows = await connection.fetch(
        "SELECT sku, min(id) AS id FROM variants WHERE shop_id = $1 AND sku = ANY ($2::text[]) GROUP BY sku",
        context.shop_id,
        list(query.skus),
    )
    return {row["sku"]: row["id"] for row in rows}


COMMANDS: Mapping[type, CommandHandler] = {AddArticles: add_articles}
QUERIES: Mapping[type, QueryHandler] = {FindVariants: find_variants}
