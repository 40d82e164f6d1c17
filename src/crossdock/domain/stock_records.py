"""What one location has of one variant, as 29 Next tells it: a record that can be made, counted and ended by its id.

A record is an inventory level. What is on its shelf includes what is promised; what is left is what can be sold.
Source: 29 Next Admin API, stock records; arithmetic as django-oscar's, whose names they have.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crossdock.domain.queries import NEWEST_FIRST, Window
from crossdock.domain.refusals import StockProblem, StockRefused, StockRule
from crossdock.domain.stock import HIGHEST_QUANTITY, InventoryLevel, StockMove, adjust_available
from crossdock.domain.values import replace


class Availability(StrEnum):
    """How much is left to be sold."""

    IN_STOCK = "in_stock"
    LOW_STOCK = "low_stock"
    OUT_OF_STOCK = "out_of_stock"
    UNTRACKED = "untracked"


@dataclass(frozen=True, kw_only=True, slots=True)
class StockRecord:
    """What one location has of one variant. `tracked` False: nobody counts, and there is always enough.

    `on_hand`: on the shelf, `available`: not promised to anybody, at most `low_stock_threshold` of them are few.
    `inventory_item_id`: 0 where a wire does not tell it.
    """

    id: int
    location_id: int
    product_id: int
    variant_id: int
    product_title: str
    variant_title: str
    on_hand: int
    available: int
    created_at: datetime
    updated_at: datetime
    sku: str | None = None
    tracked: bool = True
    may_oversell: bool = False
    low_stock_threshold: int = 0
    inventory_item_id: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ListStockRecords:
    """Records that match every filter given. `search`: a part of the product's or variant's name, or of the SKU."""

    search: str | None = None
    location_ids: tuple[int, ...] = ()
    skus: tuple[str, ...] = ()
    availability: Availability | None = None
    purchasable: bool | None = None
    window: Window = NEWEST_FIRST


@dataclass(frozen=True, kw_only=True, slots=True)
class GetStockRecord:
    """One record."""

    record_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AddStockRecord:
    """Stock something at a location. `goods_id`: a variant, or a product that has only one.

    `on_hand` None: what was there when it was stocked there last, else nothing.
    """

    goods_id: int
    location_id: int
    on_hand: int | None = None
    low_stock_threshold: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeStockRecord:
    """Make what lies on a shelf what was counted there; None leaves as it is.

    `goods_id` and `location_id`: refused unless they are those of the record.
    """

    record_id: int
    on_hand: int | None = None
    low_stock_threshold: int | None = None
    goods_id: int | None = None
    location_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoveStockRecord:
    """Stop stocking something at a location."""

    record_id: int


def availability_of(*, tracked: bool, available: int, low_stock_threshold: int) -> Availability:
    """Say how much is left."""
    if not tracked:
        return Availability.UNTRACKED
    if available <= 0:
        return Availability.OUT_OF_STOCK
    return Availability.LOW_STOCK if available <= low_stock_threshold else Availability.IN_STOCK


def is_purchasable(availability: Availability, *, may_oversell: bool) -> bool:
    return may_oversell or availability is not Availability.OUT_OF_STOCK


def recounted(level: InventoryLevel, on_hand: int, cause_id: int) -> tuple[StockMove, ...]:
    """Return the moves that make `on_hand` what a count says; what is promised or set aside stays so.

    Fewer than nothing may be on hand, as may be available. Raises: StockRefused.
    """
    available = level.available + on_hand - level.on_hand
    if max(on_hand, available) > HIGHEST_QUANTITY:
        raise StockRefused((StockProblem(rule=StockRule.TOO_HIGH),))
    if min(on_hand, available) < -HIGHEST_QUANTITY:
        raise StockRefused((StockProblem(rule=StockRule.TOO_LOW),))
    moves = adjust_available(level, available - level.available)
    return tuple(replace(move, cause_id=cause_id, reason="correction") for move in moves)
