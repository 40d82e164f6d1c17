"""The stock ledger's arithmetic: every change is a move of units between named quantities of one item and location.

What a location holds (`on_hand`) is the sum of the named quantities but `incoming`, so it cannot disagree with them.
Source: Shopify, inventory states; design of the ledger is ours.
"""

from dataclasses import dataclass
from enum import StrEnum

from crossdock.domain.refusals import Invalid
from crossdock.domain.values import replace

HIGHEST_QUANTITY = 1_000_000_000


class StockState(StrEnum):
    """The named quantities that units are in, all of them on hand but those incoming."""

    AVAILABLE = "available"
    COMMITTED = "committed"
    RESERVED = "reserved"
    DAMAGED = "damaged"
    SAFETY_STOCK = "safety_stock"
    QUALITY_CONTROL = "quality_control"
    INCOMING = "incoming"


class StockCause(StrEnum):
    """Why units moved."""

    OPENING = "opening"
    CORRECTION = "correction"
    MOVED = "moved"
    TRANSFERRED = "transferred"
    ORDER_ROUTED = "order_routed"
    FULFILLMENT_CREATED = "fulfillment_created"
    FULFILLMENT_CANCELLED = "fulfillment_cancelled"
    WORK_MOVED = "work_moved"
    ORDER_EDITED = "order_edited"
    ORDER_CANCELLED = "order_cancelled"


@dataclass(frozen=True, kw_only=True, slots=True)
class StockMove:
    """Units that change their named quantity. `source` None: they come in; `target` None: they leave.

    `cause_id` is one for all moves of a cause. `reason`, `document` and `reference` are those of a change
    by hand.
    `obeys_policy`: the move was refused rather than let `available` fall below zero.
    """

    inventory_item_id: int
    location_id: int
    quantity: int
    source: StockState | None
    target: StockState | None
    cause: StockCause
    cause_id: int | None = None
    reason: str | None = None
    document: str | None = None
    reference: str | None = None
    obeys_policy: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class InventoryLevel:
    """What one location has of one item. `tracked` False: nobody counts, and there is always enough.

    `id`: the level's own, 0 where it does not matter.
    """

    inventory_item_id: int
    location_id: int
    id: int = 0
    tracked: bool = True
    may_oversell: bool = False
    available: int = 0
    committed: int = 0
    reserved: int = 0
    damaged: int = 0
    safety_stock: int = 0
    quality_control: int = 0
    incoming: int = 0

    @property
    def on_hand(self) -> int:
        return self.available + self.committed + self.reserved + self.damaged + self.safety_stock + self.quality_control

    def after(self, move: StockMove) -> "InventoryLevel":
        """Return the level with a move carried out."""
        quantities = {state: int(getattr(self, state)) for state in StockState}
        if move.source is not None:
            quantities[move.source] -= move.quantity
        if move.target is not None:
            quantities[move.target] += move.quantity
        return replace(
            self,
            available=quantities[StockState.AVAILABLE],
            committed=quantities[StockState.COMMITTED],
            reserved=quantities[StockState.RESERVED],
            damaged=quantities[StockState.DAMAGED],
            safety_stock=quantities[StockState.SAFETY_STOCK],
            quality_control=quantities[StockState.QUALITY_CONTROL],
            incoming=quantities[StockState.INCOMING],
        )


def set_available(level: InventoryLevel, available: int) -> tuple[StockMove, ...]:
    """Return the moves that make `available` what a count says; none when it already is.

    Raises: Invalid outside one thousand million either way.
    Source: Shopify, inventory levels set; limits as recorded for inventorySetQuantities.
    """
    return adjust_available(level, available - level.available)


def adjust_available(level: InventoryLevel, delta: int) -> tuple[StockMove, ...]:
    """Return the moves that change `available` by so many units, either way."""
    result = level.available + delta
    if result > HIGHEST_QUANTITY:
        raise Invalid("quantity", "can't be higher than 1,000,000,000.")
    if result < -HIGHEST_QUANTITY:
        raise Invalid("quantity", "can't be lower than -1,000,000,000.")
    if not delta:
        return ()
    coming = delta > 0
    return (
        StockMove(
            inventory_item_id=level.inventory_item_id,
            location_id=level.location_id,
            quantity=abs(delta),
            source=None if coming else StockState.AVAILABLE,
            target=StockState.AVAILABLE if coming else None,
            cause=StockCause.CORRECTION,
        ),
    )
