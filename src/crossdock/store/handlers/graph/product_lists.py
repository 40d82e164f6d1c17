"""Lists of products and variants: what they are found and sorted by.

Source: Shopify GraphQL, products, productVariants.
"""

from collections.abc import Mapping, Sequence

from crossdock.domain.catalogue import Product, ProductVariant
from crossdock.domain.refusals import Invalid
from crossdock.domain.searching import SearchProducts, SearchVariants, Stretch
from crossdock.runtime.connection import Connection
from crossdock.store.database.searching import (
    Among,
    Exact,
    Flag,
    Looking,
    Moment,
    Number,
    Parameters,
    Searchable,
    Sort,
    SortType,
    Text,
    Words,
    cut_each,
    rows_of,
    stretches_of,
    where,
)
from crossdock.store.handlers.catalogue import STATUSES, products_of, variant_of
from crossdock.store.handlers.context import Loader, LookingFor, ReadContext
from crossdock.store.handlers.graph.products import PRODUCTS, VARIANTS

_NUMBER, _TEXT, _TIME = SortType.NUMBER, SortType.TEXT, SortType.TIME
_TAGS = "EXISTS (SELECT FROM unnest(string_to_array(p.tags, ',')) tag WHERE {})"
_VARIANTS = "EXISTS (SELECT FROM variants v WHERE v.shop_id = p.shop_id AND v.product_id = p.id AND {})"
_UNITS = """(SELECT coalesce(sum(l.available), 0)::bigint FROM inventory_levels l
    WHERE l.shop_id = v.shop_id AND l.inventory_item_id = v.inventory_item_id AND l.active)"""
_ALL_UNITS = """(SELECT coalesce(sum(l.available), 0)::bigint
    FROM variants v JOIN inventory_levels l ON l.shop_id = v.shop_id AND l.inventory_item_id = v.inventory_item_id
    WHERE v.shop_id = p.shop_id AND v.product_id = p.id AND v.managed_by IS NOT NULL AND l.active)"""
_STATUS = Words({each: f"p.status = '{each}'" for each in STATUSES})
_PUBLISHED = Words({"published": "p.status = 'active'", "unpublished": "p.status <> 'active'", "any": "true"})
_SKU, _BARCODE, _TAG = Text("v.sku"), Text("v.barcode"), Text("trim(tag)")

PRODUCTS_LISTED = Searchable(
    id="p.id",
    fields={
        "id": (Number("p.id"),),
        "title": (Text("p.title"),),
        "handle": (Exact("p.handle"),),
        "vendor": (Text("p.vendor"),),
        "product_type": (Text("p.product_type"),),
        "status": (_STATUS,),
        "published_status": (_PUBLISHED,),
        "tag": (Among(_TAGS, _TAG),),
        "tag_not": (Among(f"NOT {_TAGS}", _TAG),),
        "sku": (Among(_VARIANTS, _SKU),),
        "barcode": (Among(_VARIANTS, _BARCODE),),
        "variant_id": (Among(_VARIANTS, Number("v.id")),),
        "variant_title": (Among(_VARIANTS, Text("v.title")),),
        "inventory_total": (Number(_ALL_UNITS),),
        "gift_card": (Flag("false"),),
        "created_at": (Moment("p.created_at"),),
        "updated_at": (Moment("p.updated_at"),),
        "published_at": (Moment("CASE WHEN p.status = 'active' THEN p.created_at END"),),
    },
    texts=(
        *(Text("p.title"), Text("p.vendor"), Text("p.product_type"), Among(_TAGS, _TAG)),
        *(Among(_VARIANTS, _SKU), Among(_VARIANTS, _BARCODE), Among(_VARIANTS, Text("v.title"))),
    ),
    sorts={
        "title": Sort("p.title", _TEXT),
        "created_at": Sort("p.created_at", _TIME),
        "updated_at": Sort("p.updated_at", _TIME),
        "published_at": Sort("p.created_at", _TIME),
        "vendor": Sort("coalesce(p.vendor, '')", _TEXT),
        "product_type": Sort("p.product_type", _TEXT),
        "inventory_total": Sort(_ALL_UNITS, _NUMBER),
    },
)

VARIANTS_LISTED = Searchable(
    id="v.id",
    fields={
        "id": (Number("v.id"),),
        "title": (Text("v.title"),),
        "sku": (_SKU,),
        "barcode": (_BARCODE,),
        "product_id": (Number("v.product_id"),),
        "product_type": (Text("p.product_type"),),
        "product_status": (_STATUS,),
        "vendor": (Text("p.vendor"),),
        "tag": (Among(_TAGS, _TAG),),
        "tag_not": (Among(f"NOT {_TAGS}", _TAG),),
        "taxable": (Flag("v.taxable"),),
        "managed": (Flag("v.managed_by IS NOT NULL"),),
        "managed_by": (Text("v.managed_by"),),
        "inventory_quantity": (Number(_UNITS),),
        "location_id": (
            Among(
                "EXISTS (SELECT FROM inventory_levels l WHERE l.shop_id = v.shop_id"
                " AND l.inventory_item_id = v.inventory_item_id AND l.active AND {})",
                Number("l.location_id"),
            ),
        ),
        "gift_card": (Flag("false"),),
        "updated_at": (Moment("v.updated_at"),),
    },
    texts=(Text("v.title"), _SKU, _BARCODE, Text("p.title"), Text("p.vendor")),
    sorts={
        "title": Sort("v.title", _TEXT),
        "full_title": Sort("(p.title || ' - ' || v.title)", _TEXT),
        "sku": Sort("coalesce(v.sku, '')", _TEXT),
        "position": Sort("v.position::bigint", _NUMBER),
        "inventory_quantity": Sort(_UNITS, _NUMBER),
        "inventory_management": Sort("coalesce(v.managed_by, '')", _TEXT),
        "inventory_policy": Sort("(v.may_oversell::integer)::bigint", _NUMBER),
    },
)


def products_looked_for(search: SearchProducts, context: ReadContext) -> Looking:
    parameters = Parameters(context.shop_id, at=context.at)
    found = where(search.condition, PRODUCTS_LISTED, parameters)
    return Looking(f"FROM products p WHERE p.shop_id = $1 AND ({found})", parameters, PRODUCTS_LISTED)


def variants_looked_for(search: SearchVariants, context: ReadContext) -> Looking:
    parameters = Parameters(context.shop_id, at=context.at)
    found = where(search.condition, VARIANTS_LISTED, parameters)
    scope = "FROM variants v JOIN products p ON p.shop_id = v.shop_id AND p.id = v.product_id"
    return Looking(f"{scope} WHERE v.shop_id = $1 AND ({found})", parameters, VARIANTS_LISTED)


async def search_products(
    connection: Connection, searches: Sequence[SearchProducts], context: ReadContext
) -> Sequence[Stretch[Product] | Invalid]:
    found = await cut_each(connection, searches, lambda search: products_looked_for(search, context))
    whole = await products_of(connection, PRODUCTS, context.shop_id, [row["id"] for row in rows_of(found)])
    things = {each.id: each for each in whole}
    return stretches_of(searches, found, things)


async def search_variants(
    connection: Connection, searches: Sequence[SearchVariants], context: ReadContext
) -> Sequence[Stretch[ProductVariant] | Invalid]:
    found = await cut_each(connection, searches, lambda search: variants_looked_for(search, context))
    rows = await connection.fetch(VARIANTS, context.shop_id, [row["id"] for row in rows_of(found)])
    things = {row["id"]: variant_of(row) for row in rows}
    return stretches_of(searches, found, things)


# What counting needs of each kind of search.
LOOKING: Mapping[type, LookingFor] = {SearchProducts: products_looked_for, SearchVariants: variants_looked_for}


LOADERS: Mapping[type, Loader] = {SearchProducts: search_products, SearchVariants: search_variants}
