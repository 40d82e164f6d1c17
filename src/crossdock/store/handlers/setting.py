"""Having a product as it is said: made, or changed with variants that come and go."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crossdock.domain.catalogue import (
    ChangeVariant,
    CreateProduct,
    CreateVariants,
    NewVariant,
    Product,
    ProductSet,
    ProductVariant,
    SetProduct,
    UpdateProduct,
    WantedVariant,
)
from crossdock.domain.refusals import Invalid, NotFound
from crossdock.runtime.connection import Connection
from crossdock.store.handlers.catalogue import create_product, find_product, title_of
from crossdock.store.handlers.context import CommandHandler, WriteContext
from crossdock.store.handlers.variants import LOCK_PRODUCT, create_variants, update_product

BY_HANDLE = "SELECT min(id) FROM products WHERE shop_id = $1 AND handle = $2"
DROP = "DELETE FROM variants WHERE shop_id = $1 AND product_id = $2 AND id = ANY ($3::bigint[])"
ARRANGE = """
    UPDATE variants v SET position = place FROM unnest($3::bigint[]) WITH ORDINALITY AS row (id, place)
    WHERE v.shop_id = $1 AND v.product_id = $2 AND v.id = row.id AND v.position <> place
"""


async def set_product(connection: Connection, command: SetProduct, context: WriteContext) -> ProductSet:
    """Make a product, or change the one that is named. Raises: NotFound, Invalid, StockRefused."""
    product_id = await _named(connection, command, context)
    if product_id is None:
        return ProductSet(product=await create_product(connection, _new(command), context))
    if await connection.fetchrow(LOCK_PRODUCT, context.shop_id, product_id) is None:
        raise NotFound("product", product_id)
    before = await find_product(connection, context.shop_id, product_id)
    changes, new, gone = _difference(before, command.variants)
    if gone:
        await connection.execute(DROP, context.shop_id, product_id, [variant.id for variant in gone])
    await update_product(connection, _update(command, product_id, changes), context)
    if new:
        await create_variants(connection, CreateVariants(product_id=product_id, variants=tuple(new)), context)
    if command.variants is not None:
        after = await find_product(connection, context.shop_id, product_id)
        await connection.execute(ARRANGE, context.shop_id, product_id, _in_order(after, command.variants))
    product = await find_product(connection, context.shop_id, product_id)
    items = {variant.id: variant.inventory_item_id for variant in product.variants}
    return ProductSet(
        product=product,
        gone=tuple(variant.inventory_item_id for variant in gone),
        counted=tuple((items[change.variant_id], each.location_id) for change in changes for each in change.counts),
    )


async def _named(connection: Connection, command: SetProduct, context: WriteContext) -> int | None:
    if command.product_id is None and command.named_handle is not None:
        found: int | None = await connection.fetchval(BY_HANDLE, context.shop_id, command.named_handle)
        return found
    return command.product_id


def _new(command: SetProduct) -> CreateProduct:
    whole = CreateProduct(title=command.title or "", handle=command.handle or command.named_handle)
    return replace(
        whole,
        vendor=command.vendor,
        product_type=command.product_type or "",
        body_html=command.body_html,
        status=command.status or whole.status,
        tags=command.tags or "",
        options=whole.options if command.options is None else command.options,
        variants=tuple(wanted.new for wanted in command.variants or ()),
    )


def _update(command: SetProduct, product_id: int, changes: Sequence[ChangeVariant]) -> UpdateProduct:
    return UpdateProduct(
        product_id=product_id,
        title=command.title,
        handle=command.handle,
        options=command.options,
        vendor=command.vendor,
        product_type=command.product_type,
        body_html=command.body_html,
        status=command.status,
        tags=command.tags,
        variants=tuple(changes),
    )


def _difference(
    product: Product, wanted: Sequence[WantedVariant] | None
) -> tuple[list[ChangeVariant], list[NewVariant], list[ProductVariant]]:
    """Return what is to change, to come and to go. Raises: NotFound, Invalid for one that is wanted twice."""
    if wanted is None:
        return [], [], []
    if not wanted:
        raise Invalid("variants", "can't be blank")
    by_id = {variant.id: variant for variant in product.variants}
    by_values = {variant.values: variant for variant in product.variants}
    changes: list[ChangeVariant] = []
    new: list[NewVariant] = []
    for each in wanted:
        if each.change.variant_id and each.change.variant_id not in by_id:
            raise NotFound("variant", each.change.variant_id)
        found = by_id.get(each.change.variant_id) or by_values.get(_values(each.new))
        if found is None:
            new.append(each.new)
        else:
            changes.append(replace(each.change, variant_id=found.id))
    kept = [change.variant_id for change in changes]
    if len(set(kept)) < len(kept):
        raise Invalid("base", "Two variants have the same options")
    return changes, new, [variant for variant in product.variants if variant.id not in kept]


def _in_order(product: Product, wanted: Sequence[WantedVariant]) -> list[int]:
    """Return the ids of a product's variants in the order in which they were named."""
    by_values = {variant.values: variant.id for variant in product.variants}
    return [each.change.variant_id or by_values[_values(each.new)] for each in wanted]


def _values(new: NewVariant) -> tuple[str, ...]:
    return new.options or (title_of(new),)


COMMANDS: Mapping[type, CommandHandler] = {SetProduct: set_product}
