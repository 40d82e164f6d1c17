"""What new variants have in stock to begin with, and what changes of it together with a variant."""

from collections.abc import Sequence

from crossdock.domain.catalogue import NewVariant, ProductVariant, StockAdjustment, StockCount
from crossdock.domain.refusals import StockProblem, StockRefused, StockRule
from crossdock.domain.stock_commands import AdjustQuantities, Correction, Count, QuantityName, SetQuantities
from crossdock.runtime.connection import Connection
from crossdock.store.database.stock import shelves
from crossdock.store.handlers.context import WriteContext
from crossdock.store.handlers.stocking import change_stock, give_up

# Places that are the shop's and in use; counting then says which are not.
BEGIN = """
    INSERT INTO inventory_levels (shop_id, id, inventory_item_id, location_id, created_at, updated_at)
    SELECT $1, nextval('ids'), item_id, location_id, $4, $4
    FROM unnest($2::bigint[], $3::bigint[]) AS place (item_id, location_id)
    WHERE EXISTS (SELECT FROM locations l WHERE l.shop_id = $1 AND l.id = location_id AND l.active)
    ORDER BY item_id, location_id
    ON CONFLICT (shop_id, inventory_item_id, location_id) DO NOTHING
"""


async def open_stock(
    connection: Connection, made: Sequence[tuple[ProductVariant, NewVariant]], context: WriteContext
) -> bool:
    """Give new variants the units that they were made with; say whether there were any. Raises: StockRefused."""
    counts = tuple(
        Count(inventory_item_id=variant.inventory_item_id, location_id=opening.location_id, quantity=opening.available)
        for variant, new in made
        for opening in new.openings
    )
    if not counts:
        return False
    items, places = [each.inventory_item_id for each in counts], [each.location_id for each in counts]
    await connection.execute(BEGIN, context.shop_id, items, places, context.at)
    await change_stock(connection, SetQuantities(name=QuantityName.AVAILABLE, counts=counts), context)
    return True


async def count_stock(connection: Connection, counted: Sequence[tuple[int, StockCount]], context: WriteContext) -> None:
    """Make what locations have of inventory items what was counted, all or nothing. Raises: StockRefused."""
    spots = [(item_id, each.location_id) for item_id, each in counted]
    if len(set(spots)) < len(spots):
        raise StockRefused((StockProblem(rule=StockRule.PLACE_NAMED_TWICE),))
    names = sorted({each.name for _, each in counted})
    if len(names) > 1:  # all levels at once, in the order in which everybody locks them
        await shelves(connection, context.shop_id, spots, 0)
    for name in names:
        counts = tuple(
            Count(inventory_item_id=item_id, location_id=each.location_id, quantity=each.quantity)
            for item_id, each in counted
            if each.name is name
        )
        await change_stock(connection, SetQuantities(name=name, counts=counts), context)


async def adjust_stock(
    connection: Connection, adjusted: Sequence[tuple[int, StockAdjustment]], context: WriteContext
) -> None:
    """Change by so many units what locations have of inventory items, or stop stocking them there; all or nothing.

    Raises: StockRefused, its lines counting what is adjusted.
    """
    if not adjusted:
        return
    # What is given up is compared with what was known of it, too.
    corrections = tuple(
        Correction(
            inventory_item_id=item_id,
            location_id=each.location_id,
            delta=each.delta or 0,
            change_from=each.change_from,
        )
        for item_id, each in adjusted
    )
    await change_stock(connection, AdjustQuantities(name=QuantityName.AVAILABLE, corrections=corrections), context)
    given_up = {
        line: (item_id, each.location_id) for line, (item_id, each) in enumerate(adjusted) if each.delta is None
    }
    if given_up:
        await give_up(connection, given_up, context)
