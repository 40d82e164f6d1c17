"""Work as a fulfillment service sees it: what a store's answers tell, which is less than the store knows."""

from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.orders import RequestKind
from crossdock.domain.places import Address
from crossdock.domain.states import RequestStatus, Status


@dataclass(frozen=True, kw_only=True, slots=True)
class AssignedLine:
    """Units of one order line to be shipped. `sku` where the wire tells it; else it is asked for by inventory item."""

    id: int
    order_line_id: int
    quantity: int
    remaining: int
    inventory_item_id: int | None = None
    variant_id: int | None = None
    sku: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AssignedRequest:
    """What the merchant asked, as far as the store still tells it."""

    kind: RequestKind
    sent_at: datetime
    message: str | None = None
    notify_customer: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AssignedFulfillmentOrder:
    """A fulfillment order at one of the service's locations. `complete`: False where the wire cut its lines off."""

    id: int
    order_id: int
    location_id: int
    status: Status
    request_status: RequestStatus
    lines: tuple[AssignedLine, ...]
    updated_at: datetime
    created_at: datetime
    order_name: str | None = None
    destination: Address | None = None
    requests: tuple[AssignedRequest, ...] = ()
    complete: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplacedWork:
    """A cancelled fulfillment order, and the one that has its units now."""

    original: AssignedFulfillmentOrder
    replacement: AssignedFulfillmentOrder


@dataclass(frozen=True, kw_only=True, slots=True)
class MovedWork:
    """A fulfillment order as it is now, and the one at the destination; `remaining` is what stayed, if anything."""

    original: AssignedFulfillmentOrder
    moved: AssignedFulfillmentOrder
    remaining: AssignedFulfillmentOrder | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferedPlace:
    """A place that a fulfillment order might move to, as the store tells it."""

    location_id: int
    name: str
    movable: bool
    message: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BookedFulfillment:
    """A fulfillment as the store booked it."""

    id: int
    order_id: int
    location_id: int
    name: str | None
    status: str
    tracking_numbers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SubmittedRequest:
    """What became of a request that was sent: what the service was asked for, and what was left out, if anything."""

    submitted: AssignedFulfillmentOrder
    unsubmitted: AssignedFulfillmentOrder | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BookedOrderLine:
    """A line of an order as the store tells it. `fulfillable` units are still to be shipped."""

    id: int
    quantity: int
    fulfillable: int
    sku: str | None = None
    variant_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BookedOrder:
    """An order as the store tells it."""

    id: int
    name: str
    created_at: datetime
    lines: tuple[BookedOrderLine, ...]
    fulfillment_status: str | None = None
    cancelled_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedVariant:
    """A variant as the store tells it, without its price: the wire does not say in which currency that is."""

    id: int
    product_id: int
    inventory_item_id: int
    sku: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedProduct:
    """A product as the store tells it."""

    id: int
    title: str
    variants: tuple[ListedVariant, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisteredService:
    """A fulfillment service as the store knows it; which app owns it is not told."""

    id: int
    name: str
    handle: str
    location_id: int
    callback_url: str | None = None
    tracking_support: bool = False
    inventory_management: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisteredWebhook:
    """A webhook subscription as the store knows it; which app has it is not told."""

    id: int
    topic: str
    address: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestNotification:
    """Word from a store that a request waits; it does not say which."""

    kind: RequestKind


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchStock:
    """A store asks what lies on the shelf: of one SKU, or of all. Answered by whole units on hand, by SKU.

    `shop`: the store's domain. `attempts`: how often the store may ask in all.
    """

    shop: str
    at: datetime
    location_id: int | None = None
    sku: str | None = None
    attempts: int = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchTrackingNumbers:
    """A store asks for the tracking numbers of fulfillments, by their names. Answered by those that are known."""

    shop: str
    at: datetime
    fulfillment_names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadOnHand:
    """What a store believes lies at a location. Answered by units on hand by item; None: not stocked there."""

    location_id: int
    inventory_item_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RepointFulfillmentService:
    """Have a service's requests announced elsewhere."""

    service_id: int
    callback_url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedSubscription:
    """A webhook subscription as the store tells it."""

    id: int
    topic: str
    address: str
