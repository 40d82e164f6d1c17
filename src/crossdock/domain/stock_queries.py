"""What can be asked of stock and of locations beyond lists, and what is answered."""

from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.stock import InventoryLevel
from crossdock.domain.stock_commands import QuantityChange


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelFound:
    """A level as a query finds it. `elsewhere`: other locations stock the item, too."""

    level: InventoryLevel
    active: bool
    elsewhere: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class FindLevel:
    """A level by its own id, active or not."""

    level_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FindLevelAt:
    """What a location has of an item."""

    inventory_item_id: int
    location_id: int
    include_inactive: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class TallyItem:
    """How many locations stock an item, and how many other items have its SKU."""

    inventory_item_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemTally:
    """`places` stock the item; `namesakes` have the same SKU."""

    places: int
    namesakes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FindUsage:
    """What a location is needed for."""

    location_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FindAdjustment:
    """The change of stock by hand whose moves have this id in the ledger."""

    group_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Adjustment:
    """A change of stock by hand. `app_id`: the app that made it, if one did; `after` of its changes is not told."""

    id: int
    reason: str
    at: datetime
    app_id: int | None = None
    reference: str | None = None
    changes: tuple[QuantityChange, ...] = ()
