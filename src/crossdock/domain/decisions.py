"""What a decision consists of. The functions that decide stand beside, in modules by what they do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crossdock.domain.access import MERCHANT, Caller
from crossdock.domain.events import Event
from crossdock.domain.order_details import NO_DETAILS, OrderDetails
from crossdock.domain.orders import Fulfillment, FulfillmentOrder, Hold, Order, RequestKind
from crossdock.domain.places import Location
from crossdock.domain.routing.plan import Explanation
from crossdock.domain.routing.route import Routing
from crossdock.domain.shipment import CarrierEvent
from crossdock.domain.states import Party
from crossdock.domain.stock import InventoryLevel, StockMove
from crossdock.domain.variants import Variant


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What every decision may know beside the order: who calls, when, which ids are free, and the shop's locations.

    `levels`: what locations have, by item and location, of the items that a command may move. `variants`: those that a
    command names. `priority` lists the active locations in the shop's order; `routing`: its rules. `details`: what is
    kept of the order. `renumbering`: the dialects of services whose apps keep each fulfillment order under its id, so
    that all of one that moves away from them becomes a new one.
    """

    at: datetime
    ids: Iterator[int]
    locations: Mapping[int, Location]
    caller: Caller = MERCHANT
    levels: Mapping[tuple[int, int], InventoryLevel] = field(default_factory=dict)
    priority: Sequence[int] = ()
    variants: Mapping[int, Variant] = field(default_factory=dict)
    routing: Routing = field(default_factory=Routing)
    details: OrderDetails = NO_DETAILS
    renumbering: frozenset[str] = frozenset()

    def parties_at(self, fulfillment_order: FulfillmentOrder) -> frozenset[Party]:
        """Say in whose name the caller may act on a fulfillment order."""
        return self.caller.parties_at(self.locations[fulfillment_order.location_id])


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """Word to a fulfillment service that a request waits for it."""

    kind: RequestKind
    location_id: int
    fulfillment_order_id: int
    request_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderCreated:
    """The order as it was made, with what is kept of it."""

    order: Order
    details: OrderDetails = NO_DETAILS


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillmentOrderChanged:
    """One fulfillment order after a command."""

    order: Order
    fulfillment_order: FulfillmentOrder


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestSubmitted:
    """A request's three parts: the order it was sent for, what was asked, and what was left out, if anything."""

    order: Order
    original: FulfillmentOrder
    submitted: FulfillmentOrder
    unsubmitted: FulfillmentOrder | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillmentCreated:
    """The parcel as it was booked."""

    order: Order
    fulfillment: Fulfillment


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillmentOrderReplaced:
    """A cancelled fulfillment order, and the one that has its units now."""

    order: Order
    original: FulfillmentOrder
    replacement: FulfillmentOrder


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillmentOrderHeld:
    """What is held, why, and what goes on as a fulfillment order of its own, if anything."""

    order: Order
    held: FulfillmentOrder
    hold: Hold
    remaining: FulfillmentOrder | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillmentOrderMoved:
    """The fulfillment order as it is now, and the one at the destination, which is the same when all of it moved.

    `remaining` is the original when part of it stayed.
    """

    order: Order
    original: FulfillmentOrder
    moved: FulfillmentOrder
    remaining: FulfillmentOrder | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """A fulfillment order that was split, and the new one with what was taken out."""

    original: FulfillmentOrder
    remaining: FulfillmentOrder


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillmentOrdersSplit:
    """What became of each fulfillment order, in the order of the command."""

    order: Order
    splits: tuple[Parts, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillmentOrdersChanged:
    """Several fulfillment orders after a command."""

    order: Order
    fulfillment_orders: tuple[FulfillmentOrder, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillmentChanged:
    """A fulfillment after a command."""

    order: Order
    fulfillment: Fulfillment


@dataclass(frozen=True, kw_only=True, slots=True)
class CarrierEventAdded:
    """A carrier event, as it stands with its fulfillment."""

    order: Order
    fulfillment: Fulfillment
    event: CarrierEvent


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderChanged:
    """The order after a command, with what is kept of it where the command had to do with that."""

    order: Order
    details: OrderDetails = NO_DETAILS


Result = (
    OrderCreated
    | OrderChanged
    | FulfillmentOrderChanged
    | FulfillmentOrdersChanged
    | FulfillmentOrderReplaced
    | FulfillmentOrderHeld
    | FulfillmentOrderMoved
    | FulfillmentOrdersSplit
    | RequestSubmitted
    | FulfillmentCreated
    | FulfillmentChanged
    | CarrierEventAdded
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """All that a command changes: the order, its new events, stock moves, notices to send, and the answer.

    Without events the command found everything as it was to be, and the order is the one before. `routing`: why units
    went where they went, where the command had them routed. `details`: what is to be kept of the order from now on,
    None: as before.
    """

    order: Order
    events: tuple[Event, ...]
    result: Result
    stock_moves: tuple[StockMove, ...] = ()
    notices: tuple[Notice, ...] = ()
    routing: Explanation | None = None
    details: OrderDetails | None = None
