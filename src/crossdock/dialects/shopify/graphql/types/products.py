"""Products and their variants. Images, compared prices and gift cards: as of a shop that has none.

Source: Shopify GraphQL, Product, ProductVariant, ProductOption; as REST tells them of the same product.
"""

import html
import re
from collections.abc import Awaitable, Callable
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.connections import Connection, listed
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import bad_request
from crossdock.dialects.shopify.graphql.field import Resolvers, always
from crossdock.dialects.shopify.graphql.ids import gid
from crossdock.dialects.shopify.graphql.sources import OptionOf, OptionValueOf
from crossdock.dialects.shopify.graphql.types.orders import count_of, first_of
from crossdock.dialects.shopify.wire import write_money
from crossdock.domain.catalogue import DEFAULT_TITLE, MOST_OPTIONS, Product, ProductVariant
from crossdock.domain.queries import GetInventoryItem, GetProduct

_TAG = re.compile(r"<[^<>]*>")
_SPACE = re.compile(r"\s+")

# What variants in memory are sorted by; any other order is that of their ids.
_ORDERS: dict[str, Callable[[ProductVariant], Any]] = {
    "POSITION": lambda variant: variant.position,
    "TITLE": lambda variant: variant.title,
    "NAME": lambda variant: variant.title,
    "FULL_TITLE": lambda variant: variant.title,
    "SKU": lambda variant: variant.sku or "",
    "INVENTORY_QUANTITY": lambda variant: variant.quantity,
    "INVENTORY_LEVELS_AVAILABLE": lambda variant: variant.quantity,
    "INVENTORY_MANAGEMENT": lambda variant: variant.managed_by or "",
    "INVENTORY_POLICY": lambda variant: variant.may_oversell,
}


def counted(variant: ProductVariant) -> bool:
    return variant.managed_by is not None


def may_be_sold(variant: ProductVariant) -> bool:
    return not counted(variant) or variant.may_oversell or variant.quantity > 0


def tags_of(tags: str) -> list[str]:
    return sorted(tag for each in tags.split(",") if (tag := each.strip()))


def _description(product: Product, _: Asking, *, truncate_at: int | None = None) -> str:
    """Resolve the description without its markup, cut off where asked."""
    if truncate_at is not None and truncate_at < 0:
        raise bad_request("truncateAt must not be negative")
    text = _SPACE.sub(" ", html.unescape(_TAG.sub(" ", product.body_html or ""))).strip()
    if truncate_at is None or len(text) <= truncate_at:
        return text
    return f"{text[: max(0, truncate_at - 3)]}..."[:truncate_at]


def _variants(product: Product, _: Asking, *, sort_key: str = "POSITION", **arguments: Any) -> Connection[Any]:
    value = _ORDERS.get(sort_key)
    if value is None:
        in_order = sorted(product.variants, key=lambda variant: variant.id)
        return listed(in_order, arguments, id_of=lambda variant: variant.id)
    in_order = sorted(product.variants, key=lambda variant: (value(variant), variant.id))
    return listed(in_order, arguments, id_of=lambda variant: variant.id, value_of=lambda each: str(value(each)))


def _options(product: Product, _: Asking, *, first: int | None = None) -> list[OptionOf]:
    return first_of([OptionOf(product, index) for index in range(len(product.options))], first)


def _display_name(variant: ProductVariant, asking: Asking) -> Awaitable[str | None]:
    return asking.load(
        GetProduct(product_id=variant.product_id), lambda product: product and f"{product.title} - {variant.title}"
    )


def _selected(variant: ProductVariant, asking: Asking) -> Awaitable[list[Json]]:
    def chosen(product: Product | None) -> list[Json]:
        options = [] if product is None else _options(product, asking)
        return [
            {"name": option.product.options[option.index], "value": value, "option_value": each}
            for option, value in zip(options, variant.values, strict=False)
            for each in option.values
            if value_of(each) == value
        ]

    return asking.load(GetProduct(product_id=variant.product_id), chosen)


def value_of(of: OptionValueOf) -> str:
    return of.variant.values[of.index]


# Neither has an id of its own: a product has three options at most, and so has a variant values.
def option_id(of: OptionOf) -> int:
    return of.product.id * MOST_OPTIONS + of.index


def option_value_id(of: OptionValueOf) -> int:
    return of.variant.id * MOST_OPTIONS + of.index


PRODUCT_FIELDS: Resolvers = {
    "Product": {
        "id": lambda product, _: gid("Product", product.id),
        "legacyResourceId": lambda product, _: product.id,
        "description": _description,
        "descriptionHtml": lambda product, _: product.body_html or "",
        "featuredImage": always(None),
        "hasOnlyDefaultVariant": lambda product, _: [each.title for each in product.variants] == [DEFAULT_TITLE],
        "hasOutOfStockVariants": lambda product, _: any(
            counted(each) and each.quantity <= 0 for each in product.variants
        ),
        "isGiftCard": always(False),
        "options": _options,
        "publishedAt": lambda product, _: product.created_at if product.status == "active" else None,
        "status": lambda product, _: product.status.upper(),
        "tags": lambda product, _: tags_of(product.tags),
        "totalInventory": lambda product, _: sum(each.quantity for each in product.variants if counted(each)),
        "totalVariants": lambda product, _: len(product.variants),
        "tracksInventory": lambda product, _: any(counted(each) for each in product.variants),
        "variants": _variants,
        "variantsCount": lambda product, _: count_of(len(product.variants)),
        "vendor": lambda product, _: product.vendor or "",
    },
    "ProductVariant": {
        "id": lambda variant, _: gid("ProductVariant", variant.id),
        "legacyResourceId": lambda variant, _: variant.id,
        "availableForSale": lambda variant, _: may_be_sold(variant),
        "compareAtPrice": always(None),
        "displayName": _display_name,
        "image": always(None),
        "inventoryItem": lambda variant, asking: asking.load(
            GetInventoryItem(inventory_item_id=variant.inventory_item_id)
        ),
        "inventoryPolicy": lambda variant, _: "CONTINUE" if variant.may_oversell else "DENY",
        "inventoryQuantity": lambda variant, _: variant.quantity,
        "price": lambda variant, asking: write_money(variant.price, asking.shop.currency),
        "product": lambda variant, asking: asking.load(GetProduct(product_id=variant.product_id)),
        "requiresComponents": always(False),
        "selectedOptions": _selected,
        "sellableOnlineQuantity": lambda variant, _: variant.quantity,
    },
    "ProductOption": {
        "id": lambda of, _: gid("ProductOption", option_id(of)),
        "name": lambda of, _: of.product.options[of.index],
        "optionValues": lambda of, _: of.values,
        "position": lambda of, _: of.index + 1,
        "values": lambda of, _: [value_of(each) for each in of.values],
    },
    "ProductOptionValue": {
        "hasVariants": always(True),
        "id": lambda of, _: gid("ProductOptionValue", option_value_id(of)),
        "name": lambda of, _: value_of(of),
    },
}
