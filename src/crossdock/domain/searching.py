"""What can be looked for: conditions over named fields, and parts of sorted lists.

Fields and sort orders are named in the domain's words; whoever searches knows what each kind of thing can be found by.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from crossdock.domain.queries import AssignmentStatus

Item = TypeVar("Item")


class Comparison(StrEnum):
    """How a field compares with a value. `prefix`: it begins so; `present`: it has any value at all."""

    EQUAL = "="
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="
    PREFIX = "prefix"
    PRESENT = "present"


@dataclass(frozen=True, slots=True)
class Matches:
    """One field against one value, as it was written. Without a field: any of the texts of the thing."""

    field: str | None
    comparison: Comparison
    value: str


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; nothing to hold is held by everything."""

    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Condition"


Condition = Matches | All | Either | Not
EVERYTHING = All()


def terms(condition: Condition) -> Iterator[Matches]:
    """Yield every comparison in a condition."""
    match condition:
        case Matches():
            yield condition
        case Not(part):
            yield from terms(part)
        case All(parts) | Either(parts):
            for each in parts:
                yield from terms(each)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a sorted list: behind (or before) the thing with this id, which has this value in the sort order.

    `value` None: the list is sorted by id alone, or the thing has none.
    """

    id: int
    value: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """Which part of a sorted list: at most `limit` things after (or before) a cursor.

    `from_end`: the last ones of the part instead of the first. `reverse` turns the whole list round before it is cut;
    `sort` is a word of the list's own.
    """

    limit: int
    after: Cursor | None = None
    before: Cursor | None = None
    from_end: bool = False
    reverse: bool = False
    sort: str = "id"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch(Generic[Item]):
    """The part that was cut, each thing with its own place, and whether the list goes on to either side."""

    items: tuple[Item, ...] = ()
    cursors: tuple[Cursor, ...] = ()
    goes_on: bool = False
    goes_back: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How many there are. `exact` False: at least so many, counting stopped there."""

    count: int
    exact: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchOrders:
    """Orders, sorted by id, created_at, updated_at, processed_at, order_number or total_price."""

    cut: Cut
    condition: Condition = EVERYTHING


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchFulfillmentOrders:
    """Fulfillment orders that the caller may see, sorted by id, updated_at, created_at or fulfill_at.

    `assigned`: only those at the locations of the caller's services, in the state asked for if one is. `held`: only
    those on hold.
    """

    cut: Cut
    condition: Condition = EVERYTHING
    include_closed: bool = False
    assigned: bool = False
    assignment_status: AssignmentStatus | None = None
    location_ids: tuple[int, ...] = ()
    held: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchProducts:
    """Products, sorted by id, title, created_at, updated_at, published_at, vendor, product_type or inventory_total."""

    cut: Cut
    condition: Condition = EVERYTHING


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchVariants:
    """Variants, sorted by id, title, full_title, sku, position, or what stands on their stock."""

    cut: Cut
    condition: Condition = EVERYTHING


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchInventoryItems:
    """Inventory items, sorted by id."""

    cut: Cut
    condition: Condition = EVERYTHING


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchLevels:
    """Levels of one item over the locations, or of one location over the items, sorted by id."""

    cut: Cut
    condition: Condition = EVERYTHING
    inventory_item_id: int | None = None
    location_id: int | None = None
    include_inactive: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchWebhookSubscriptions:
    """The caller's webhook subscriptions, sorted by id or created_at."""

    cut: Cut
    condition: Condition = EVERYTHING
    topics: tuple[str, ...] = ()
    address: str | None = None
    format: str | None = None


class Part(StrEnum):
    """What an order has within it that can be found by an id of its own."""

    LINE = "line"
    FULFILLMENT = "fulfillment"
    FULFILLMENT_LINE = "fulfillment line"
    CARRIER_EVENT = "carrier event"
    FULFILLMENT_ORDER_LINE = "fulfillment order line"
    MERCHANT_REQUEST = "merchant request"
    HOLD = "hold"


@dataclass(frozen=True, kw_only=True, slots=True)
class FindPart:
    """What a part of an order belongs to: the order, or its fulfillment, or its fulfillment order."""

    part: Part
    id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FindOrderByNumber:
    """The id of the order with this number, counted from 1."""

    number: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FindStocking:
    """Which of these inventory items are stocked where: pairs of an item and an active location."""

    inventory_item_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FindVariantOf:
    """The variant whose inventory item this is."""

    inventory_item_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FindProductOf:
    """The product that has this variant."""

    variant_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FindProductByHandle:
    """The product of this handle."""

    handle: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FindApp:
    """An app of the shop, also one that is gone."""

    app_id: int


Search = (
    SearchOrders
    | SearchFulfillmentOrders
    | SearchProducts
    | SearchVariants
    | SearchInventoryItems
    | SearchWebhookSubscriptions
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """How many things a search finds in all, counted up to `limit` if there is one."""

    search: Search
    limit: int | None = None


def cut_list(things: tuple[tuple[Item, Cursor], ...], cut: Cut) -> Stretch[Item]:
    """Cut a list that is in memory, whole and sorted."""
    ordered = things[::-1] if cut.reverse else things
    places = [cursor.id for _, cursor in ordered]
    start = places.index(cut.after.id) + 1 if cut.after is not None and cut.after.id in places else 0
    end = places.index(cut.before.id) if cut.before is not None and cut.before.id in places else len(places)
    first, last = (max(start, end - cut.limit), end) if cut.from_end else (start, min(end, start + cut.limit))
    kept = ordered[first:last]
    return Stretch(
        items=tuple(item for item, _ in kept),
        cursors=tuple(cursor for _, cursor in kept),
        goes_on=last < len(ordered) and bool(kept),
        goes_back=first > 0 and bool(kept),
    )
