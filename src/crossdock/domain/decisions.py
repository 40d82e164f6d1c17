"""What a decision consists of. The functions that decide stand beside: `ordering`, `requests`, `fulfilling`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crossdock.domain.access import MERCHANT, Caller
from crossdock.domain.events import Event
from crossdock.domain.orders import Fulfillment, FulfillmentOrder, Order, RequestKind
from crossdock.domain.places import Location
from crossdock.domain.routing.plan import Explanation
from crossdock.domain.routing.route import Routing
from crossdock.domain.states import Party
from crossdock.domain.stock import StockMove


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What every decision may know beside the order: who calls, when, which ids are free, and the shop's locations.

    `routing`: the shop's rules.
    """

    at: datetime
    ids: Iterator[int]
    locations: Mapping[int, Location]
    caller: Caller = MERCHANT
    routing: Routing = field(default_factory=Routing)

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
    """The order as it was made."""

    order: Order


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


Result = OrderCreated | FulfillmentOrderChanged | RequestSubmitted | FulfillmentCreated


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """All that a command changes: the order, its new events, stock moves, notices to send, and the answer.

    `routing`: why units went where they went, where the command had them routed.
    """

    order: Order
    events: tuple[Event, ...]
    result: Result
    stock_moves: tuple[StockMove, ...] = ()
    notices: tuple[Notice, ...] = ()
    routing: Explanation | None = None
