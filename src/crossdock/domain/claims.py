"""What happens to the stock that an order has claimed, when its units go elsewhere, come back, or are given up."""

from collections import Counter
from collections.abc import Iterable, Mapping

from crossdock.domain.orders import FulfillmentOrder, Order
from crossdock.domain.stock import StockCause, StockMove, StockState

Units = Mapping[tuple[int, int], int]
"""How many units, by order line and location."""


def units_at(fulfillment_order: FulfillmentOrder, units: Mapping[int, int] | None = None) -> Counter[tuple[int, int]]:
    """Return units of a fulfillment order by order line and location: those named by line id, or all that remain."""
    counted: Counter[tuple[int, int]] = Counter()
    for line in fulfillment_order.lines:
        counted[line.order_line_id, fulfillment_order.location_id] += (
            line.remaining if units is None else units.get(line.id, 0)
        )
    return +counted


def claim_moves(
    order: Order,
    units: Units,
    *,
    source: StockState | None,
    target: StockState | None,
    cause: StockCause,
    cause_id: int,
) -> tuple[StockMove, ...]:
    """Return the moves of these units, as far as their lines claim stock: one an item and place.

    One cause may name an item and place only once, so it needs a `cause_id` of its own.
    """
    items = {line.id: line.inventory_item_id for line in order.lines if line.claims_stock}
    moving: Counter[tuple[int, int]] = Counter()
    for (order_line_id, location_id), quantity in units.items():
        item = items.get(order_line_id)
        if item is not None:
            moving[item, location_id] += quantity
    return tuple(
        StockMove(
            inventory_item_id=item,
            location_id=location_id,
            quantity=quantity,
            source=source,
            target=target,
            cause=cause,
            cause_id=cause_id,
        )
        for (item, location_id), quantity in moving.items()
        if quantity
    )


def moved_claims(order: Order, moves: Iterable[tuple[Units, int]], cause_id: int) -> tuple[StockMove, ...]:
    """Return the moves that carry claims from where units stood to the location each of them went to."""
    leaving: Counter[tuple[int, int]] = Counter()
    coming: Counter[tuple[int, int]] = Counter()
    for units, destination in moves:
        leaving.update(units)
        for (order_line_id, _), quantity in units.items():
            coming[order_line_id, destination] += quantity
    return (
        *claim_moves(
            order,
            leaving,
            source=StockState.COMMITTED,
            target=StockState.AVAILABLE,
            cause=StockCause.WORK_MOVED,
            cause_id=cause_id,
        ),
        *claim_moves(
            order,
            coming,
            source=StockState.AVAILABLE,
            target=StockState.COMMITTED,
            cause=StockCause.WORK_MOVED,
            cause_id=cause_id,
        ),
    )
