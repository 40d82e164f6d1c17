"""Where documents begin that are about products and variants. Source: Shopify GraphQL, QueryRoot, Shop."""

from collections.abc import Awaitable, Mapping
from typing import Any

from crossdock.dialects.shopify.graphql.connections import Connection, connection, cut_of
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import bad_request
from crossdock.dialects.shopify.graphql.field import Field, Resolvers
from crossdock.dialects.shopify.graphql.ids import read_gid
from crossdock.dialects.shopify.graphql.searched import searched
from crossdock.dialects.shopify.graphql.sources import OptionOf, OptionValueOf
from crossdock.dialects.shopify.graphql.types.products import option_value_id
from crossdock.dialects.shopify.scopes import READ_PRODUCTS
from crossdock.domain.catalogue import MOST_OPTIONS, Product, ProductVariant
from crossdock.domain.queries import GetProduct, GetVariant
from crossdock.domain.searching import FindProductByHandle, FindProductOf, SearchProducts, SearchVariants

PRODUCT_SEARCH = frozenset(
    {
        *("id", "title", "handle", "vendor", "product_type", "status", "published_status", "tag", "tag_not", "sku"),
        *("barcode", "variant_id", "variant_title", "inventory_total", "gift_card"),
        *("created_at", "updated_at", "published_at"),
    }
)
VARIANT_SEARCH = frozenset(
    {
        *("id", "title", "sku", "barcode", "product_id", "product_type", "product_status", "vendor", "tag", "tag_not"),
        *("taxable", "managed", "managed_by", "inventory_quantity", "location_id", "gift_card", "updated_at"),
    }
)
_PRODUCTS = frozenset({READ_PRODUCTS})
# Nothing is more relevant or popular than anything else; the name of a variant is its title.
_SORTS = {"relevance": "id", "popular": "id", "name": "title", "inventory_levels_available": "inventory_quantity"}


def _sort(key: str | None) -> str:
    word = (key or "ID").lower()
    return _SORTS.get(word, word)


def _product(_: object, asking: Asking, *, id: str) -> Awaitable[Product | None]:
    return asking.load(GetProduct(product_id=read_gid(id, "Product").number))


def _product_by_identifier(_: object, asking: Asking, *, identifier: Mapping[str, Any]) -> Awaitable[Product | None]:
    match identifier.get("id"), identifier.get("handle"):
        case str(named), None:
            return _product(None, asking, id=named)
        case None, str(handle):
            return asking.load(FindProductByHandle(handle=handle))
        case _:
            raise bad_request("identifier must name a product by exactly one of id and handle")


def _variant(_: object, asking: Asking, *, id: str) -> Awaitable[ProductVariant | None]:
    return asking.load(GetVariant(variant_id=read_gid(id, "ProductVariant").number))


def _products(
    _: object, asking: Asking, *, query: str | None = None, sort_key: str | None = None, **arguments: Any
) -> Awaitable[Connection[Product]]:
    search = SearchProducts(
        cut=cut_of(arguments, sort=_sort(sort_key)), condition=searched(asking, query, PRODUCT_SEARCH, "products")
    )
    return asking.load(search, connection)


def _variants(
    _: object, asking: Asking, *, query: str | None = None, sort_key: str | None = None, **arguments: Any
) -> Awaitable[Connection[ProductVariant]]:
    search = SearchVariants(
        cut=cut_of(arguments, sort=_sort(sort_key)),
        condition=searched(asking, query, VARIANT_SEARCH, "productVariants"),
    )
    return asking.load(search, connection)


PRODUCT_ROOTS: Resolvers = {
    "QueryRoot": {
        "product": Field(_product, _PRODUCTS),
        "productByIdentifier": Field(_product_by_identifier, _PRODUCTS),
        "products": Field(_products, _PRODUCTS),
        "productVariant": Field(_variant, _PRODUCTS),
        "productVariants": Field(_variants, _PRODUCTS),
    },
    "Shop": {"products": Field(_products, _PRODUCTS), "productVariants": Field(_variants, _PRODUCTS)},
}


def _product_of(number: int) -> GetProduct:
    return GetProduct(product_id=number)


def _variant_of(number: int) -> GetVariant:
    return GetVariant(variant_id=number)


def _option(number: int) -> Any:
    product_id, index = divmod(number, MOST_OPTIONS)

    def pick(product: Product | None) -> OptionOf | None:
        return OptionOf(product, index) if product is not None and index < len(product.options) else None

    return lambda asking: asking.load(_product_of(product_id), pick)


def _option_value(number: int) -> Any:
    def pick(product: Product | None) -> OptionValueOf | None:
        options = [] if product is None else [OptionOf(product, index) for index in range(len(product.options))]
        return next((each for of in options for each in of.values if option_value_id(each) == number), None)

    return lambda asking: asking.load(FindProductOf(variant_id=number // MOST_OPTIONS), pick)


PRODUCT_NODES: Mapping[str, Field] = {
    "Product": Field(_product_of, _PRODUCTS),
    "ProductVariant": Field(_variant_of, _PRODUCTS),
    "ProductOption": Field(_option, _PRODUCTS),
    "ProductOptionValue": Field(_option_value, _PRODUCTS),
}
