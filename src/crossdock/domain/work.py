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
    """A fulfillment order at one of the service's locations."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class BookedFulfillment:
    """A fulfillment as the store booked it."""

    id: int
    order_id: int
    location_id: int
    name: str | None
    status: str
