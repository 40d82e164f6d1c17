"""Counting, correcting, moving and transferring stock by hand: what can be asked, in which words, and what it changed.

A command names many places at once and is carried out whole or not at all.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Spot = tuple[int, int]
"""An inventory item and a location."""


class QuantityName(StrEnum):
    """What can be asked of a level by name; `on_hand` is derived."""

    AVAILABLE = "available"
    ON_HAND = "on_hand"
    COMMITTED = "committed"
    INCOMING = "incoming"
    RESERVED = "reserved"
    DAMAGED = "damaged"
    SAFETY_STOCK = "safety_stock"
    QUALITY_CONTROL = "quality_control"


COUNTABLE = frozenset({QuantityName.AVAILABLE, QuantityName.ON_HAND})
# Orders alone commit and release units.
MOVABLE = frozenset(QuantityName) - {QuantityName.ON_HAND, QuantityName.COMMITTED}

REASONS = frozenset(
    {
        "correction",
        "cycle_count_available",
        "damaged",
        "movement_canceled",
        "movement_created",
        "movement_received",
        "movement_updated",
        "other",
        "promotion",
        "quality_control",
        "received",
        "reservation_created",
        "reservation_deleted",
        "reservation_updated",
        "restock",
        "safety_stock",
        "shrinkage",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """What was counted at one place. `change_from`: refused unless this is what was known until now; None: whatever."""

    inventory_item_id: int
    location_id: int
    quantity: int
    change_from: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SetQuantities:
    """Make `available` or `on_hand` what was counted; what is set aside or committed stays as it is.

    `reference`, here and below: the document that the change is made for.
    """

    name: QuantityName
    counts: tuple[Count, ...]
    reason: str = "correction"
    reference: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """Units more or fewer at one place. `document`: the ledger document that says why."""

    inventory_item_id: int
    location_id: int
    delta: int
    change_from: int | None = None
    document: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AdjustQuantities:
    """Change one named quantity at some places, either way."""

    name: QuantityName
    corrections: tuple[Correction, ...]
    reason: str = "correction"
    reference: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MoveEnd:
    """Where units come from or go to."""

    location_id: int
    name: QuantityName
    change_from: int | None = None
    document: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """Units of one item that change their named quantity, at one location."""

    inventory_item_id: int
    quantity: int
    source: MoveEnd
    target: MoveEnd


@dataclass(frozen=True, kw_only=True, slots=True)
class MoveQuantities:
    """Move units between named quantities, each within one location."""

    shifts: tuple[Shift, ...]
    reason: str = "correction"
    reference: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """Units of one item in a transfer."""

    inventory_item_id: int
    quantity: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TransferStock:
    """Take available units of one location to another, where they are available, or (`arrived` False) incoming."""

    from_location_id: int
    to_location_id: int
    loads: tuple[Load, ...]
    arrived: bool = True
    document: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ActivateLevel:
    """Stock an item at a location, with a first count if wanted. What it had when it was deactivated comes back."""

    inventory_item_id: int
    location_id: int
    available: int | None = None
    on_hand: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeactivateLevel:
    """Stop stocking an item at a location."""

    inventory_item_id: int
    location_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class GiveUpLevel:
    """Stop stocking an item at a location, both named by the level."""

    level_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Toggle:
    """Whether an item is to be stocked at a location from now on."""

    location_id: int
    stocked: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ToggleLevels:
    """Say of several locations at once whether they stock an item."""

    inventory_item_id: int
    toggles: tuple[Toggle, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelsToggled:
    """Where an item was to be stocked or not, in the order asked."""

    inventory_item_id: int
    location_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class QuantityChange:
    """One named quantity that changed, by how much and to what."""

    inventory_item_id: int
    location_id: int
    name: QuantityName
    delta: int
    after: int
    document: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StockChanged:
    """What a command changed. `group_id` names the moves in the ledger; None when there was nothing to change."""

    group_id: int | None
    reason: str
    at: datetime
    reference: str | None = None
    changes: tuple[QuantityChange, ...] = ()


StockCommand = SetQuantities | AdjustQuantities | MoveQuantities | TransferStock


def spots(command: StockCommand) -> tuple[Spot, ...]:
    """Return the places that a command names, each once."""
    match command:
        case SetQuantities(counts=lines) | AdjustQuantities(corrections=lines):
            named = [(line.inventory_item_id, line.location_id) for line in lines]
        case MoveQuantities(shifts=shifts):
            named = [(each.inventory_item_id, end.location_id) for each in shifts for end in (each.source, each.target)]
        case TransferStock(loads=loads):
            ends = (command.from_location_id, command.to_location_id)
            named = [(load.inventory_item_id, location_id) for load in loads for location_id in ends]
    return tuple(dict.fromkeys(named))
