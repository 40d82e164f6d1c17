"""What can be asked without changing anything."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar

from crossdock.domain.orders import Fulfillment, FulfillmentOrder, Order
from crossdock.domain.places import Location
from crossdock.domain.shipment import CarrierEvent

Item = TypeVar("Item")


class AssignmentStatus(StrEnum):
    """Which assigned fulfillment orders a service wants to see. Source: Shopify, AssignedFulfillmentOrder."""

    CANCELLATION_REQUESTED = "cancellation_requested"
    FULFILLMENT_REQUESTED = "fulfillment_requested"
    FULFILLMENT_ACCEPTED = "fulfillment_accepted"
    FULFILLMENT_UNSUBMITTED = "fulfillment_unsubmitted"


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Which part of a list: at most `limit` items after or before an id. `descending`: newest first."""

    limit: int = 50
    after: int | None = None
    before: int | None = None
    descending: bool = False


NEWEST_FIRST = Window(descending=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page(Generic[Item]):
    """A part of a list; `next` and `previous` are the ids to go on from, None at an end."""

    items: tuple[Item, ...]
    next: int | None = None
    previous: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Spans:
    """Between which times something was made, and last changed; both ends count."""

    created_at_min: datetime | None = None
    created_at_max: datetime | None = None
    updated_at_min: datetime | None = None
    updated_at_max: datetime | None = None

    def has(self, created_at: datetime, updated_at: datetime) -> bool:
        """Say whether something made and changed at these times is in all of them."""
        return _between(created_at, self.created_at_min, self.created_at_max) and _between(
            updated_at, self.updated_at_min, self.updated_at_max
        )


def _between(at: datetime, first: datetime | None, last: datetime | None) -> bool:
    return (first is None or first <= at) and (last is None or at <= last)


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillmentOrderFound:
    """A fulfillment order as a query finds it, with the order it belongs to.

    `movable`: whether another location could have it, where somebody has looked.
    """

    order: Order
    fulfillment_order: FulfillmentOrder
    movable: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillmentFound:
    """A fulfillment as a query finds it, with the order it belongs to."""

    order: Order
    fulfillment: Fulfillment


@dataclass(frozen=True, kw_only=True, slots=True)
class CarrierEventFound:
    """A carrier event as a query finds it, with its fulfillment and order."""

    order: Order
    fulfillment: Fulfillment
    event: CarrierEvent


class Unmovable(StrEnum):
    """Why a fulfillment order cannot move to a place."""

    CURRENT = "current"
    NOT_STOCKED = "not_stocked"


@dataclass(frozen=True, kw_only=True, slots=True)
class LocationForMove:
    """A place that a fulfillment order might move to; `why_not` None: it can."""

    location: Location
    why_not: Unmovable | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class GetShop:
    """The shop of the caller."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListAccessScopes:
    """What the caller's token may do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListLocations:
    """All locations."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GetLocation:
    """One location."""

    location_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ListOrders:
    """Orders that match every filter given. `status`: open, closed, cancelled, any. `fulfillment_status`: shipped,
    partial, unshipped, unfulfilled, any. `name` is a whole order name. `own_app`: those that the caller's app made."""

    ids: tuple[int, ...] = ()
    name: str | None = None
    status: str = "open"
    financial_status: str | None = None
    fulfillment_status: str | None = None
    own_app: bool = False
    app_id: int | None = None
    processed_at_min: datetime | None = None
    processed_at_max: datetime | None = None
    spans: Spans = Spans()
    window: Window = Window(descending=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class CountOrders:
    """How many orders a list would have in all."""

    filters: ListOrders = ListOrders()


@dataclass(frozen=True, kw_only=True, slots=True)
class GetOrder:
    """One order."""

    order_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ListFulfillmentOrders:
    """The fulfillment orders of an order, as far as the caller may see them."""

    order_id: int
    order_reference: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class GetFulfillmentOrder:
    """One fulfillment order."""

    fulfillment_order_id: int
    order_reference: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ListAssignedFulfillmentOrders:
    """The fulfillment orders at the locations of the caller's services, oldest first; closed ones are left out.

    `plainly`: closed ones, too, and accepted means accepted alone; so 29 Next has it. Days are those of the shop.
    """

    assignment_status: AssignmentStatus | None = None
    location_ids: tuple[int, ...] = ()
    order_reference: bool = False
    created_from: date | None = None
    created_to: date | None = None
    plainly: bool = False
    window: Window = Window(limit=250)


@dataclass(frozen=True, kw_only=True, slots=True)
class ListFulfillments:
    """The fulfillments of an order, or of one fulfillment order."""

    order_id: int | None = None
    fulfillment_order_id: int | None = None
    spans: Spans = Spans()
    window: Window = Window()


@dataclass(frozen=True, kw_only=True, slots=True)
class GetFulfillment:
    """One fulfillment of an order."""

    order_id: int
    fulfillment_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CountFulfillments:
    """How many fulfillments an order has."""

    order_id: int
    spans: Spans = Spans()


@dataclass(frozen=True, kw_only=True, slots=True)
class ListCarrierEvents:
    """What the carrier said of a fulfillment, as it was told."""

    order_id: int
    fulfillment_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class GetCarrierEvent:
    """One carrier event."""

    order_id: int
    fulfillment_id: int
    event_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ListLocationsForMove:
    """The active locations, by name, with whether a fulfillment order could move there."""

    fulfillment_order_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ListFulfillmentServices:
    """The services of the caller's app, or (`everyone`) of all apps."""

    everyone: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class GetFulfillmentService:
    """One service."""

    service_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ListProducts:
    """Products by id."""

    ids: tuple[int, ...] = ()
    window: Window = Window()


@dataclass(frozen=True, kw_only=True, slots=True)
class GetProduct:
    """One product."""

    product_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CountProducts:
    """How many products there are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GetVariant:
    """One variant; with a product, only where it is that product's."""

    variant_id: int
    product_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ListVariants:
    """The variants of a product."""

    product_id: int
    window: Window = Window()


@dataclass(frozen=True, kw_only=True, slots=True)
class CountVariants:
    """How many variants a product has."""

    product_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ListInventoryItems:
    """Inventory items named by their ids, at most 100."""

    ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class GetInventoryItem:
    """One inventory item."""

    inventory_item_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ListInventoryLevels:
    """Levels of the items, of the locations, or of both at once; at least one of the two, at most 50 of each."""

    inventory_item_ids: tuple[int, ...] = ()
    location_ids: tuple[int, ...] = ()
    updated_at_min: datetime | None = None
    window: Window = Window()


@dataclass(frozen=True, kw_only=True, slots=True)
class ListLevelsOfLocation:
    """Everything that one location stocks."""

    location_id: int
    window: Window = Window()
