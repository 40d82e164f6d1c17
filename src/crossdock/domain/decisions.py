"""What a decision consists of. The functions that decide stand beside: `ordering`, `requests`, `fulfilling`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.events import Event
from crossdock.domain.orders import Fulfillment, FulfillmentOrder, Order, RequestKind
from crossdock.domain.places import Location
from crossdock.domain.states import Party
from crossdock.domain.stock import StockMove


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What every decision may know beside the order: who acts, when, which ids are free, and the shop's locations.

    `app_id` is the caller's app; `for_merchant` says that it may act in the merchant's name. One caller can be both
    the merchant and the service of a location, as an app with every scope is that runs a service of its own.
    """

    at: datetime
    ids: Iterator[int]
    locations: Mapping[int, Location]
    app_id: int | None = None
    for_merchant: bool = True

    def parties_at(self, fulfillment_order: FulfillmentOrder) -> frozenset[Party]:
        """Say in whose name the caller may act on a fulfillment order."""
        service = self.locations[fulfillment_order.location_id].service
        runs_it = service is not None and service.app_id == self.app_id
        parties = {Party.SERVICE: runs_it, Party.MERCHANT: self.for_merchant}
        return frozenset(party for party, holds in parties.items() if holds)


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
    """All that a command changes: the order, its new events, stock moves, notices to send, and the answer."""

    order: Order
    events: tuple[Event, ...]
    result: Result
    stock_moves: tuple[StockMove, ...] = ()
    notices: tuple[Notice, ...] = ()
