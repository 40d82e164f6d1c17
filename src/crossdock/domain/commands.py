"""What can be asked of an order. A command is a value; `ordering`, `requests` and `fulfilling` decide what it does."""

from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.orders import (
    FinancialStatus,
    LineRejection,
    Property,
    RejectionReason,
    StockClaim,
    Tracking,
)
from crossdock.domain.places import Address


@dataclass(frozen=True, kw_only=True, slots=True)
class LineQuantity:
    """Units of one fulfillment order line."""

    id: int
    quantity: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NewOrderLine:
    """A line of an order to be made: of a variant, or free with a title and a price. Price in minor units."""

    quantity: int
    variant_id: int | None = None
    title: str | None = None
    price: int | None = None
    sku: str | None = None
    grams: int | None = None
    vendor: str | None = None
    requires_shipping: bool | None = None
    taxable: bool = True
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateOrder:
    """Take an order in and route it over the locations.

    `import_key` names the order in the file it came from: a second order of the same key is refused.
    """

    lines: tuple[NewOrderLine, ...]
    currency: str | None = None
    name: str | None = None
    source_name: str | None = None
    import_key: str | None = None
    email: str | None = None
    phone: str | None = None
    note: str | None = None
    tags: str = ""
    note_attributes: tuple[Property, ...] = ()
    test: bool = False
    financial_status: FinancialStatus = FinancialStatus.PENDING
    stock_claim: StockClaim = StockClaim.BYPASS
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping_title: str | None = None
    shipping_code: str | None = None
    processed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SubmitFulfillmentRequest:
    """Ask the service to fulfill; `lines` None or empty asks for all that is left."""

    fulfillment_order_id: int
    message: str | None = None
    notify_customer: bool = False
    lines: tuple[LineQuantity, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AcceptFulfillmentRequest:
    """The service takes the work."""

    fulfillment_order_id: int
    message: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RejectFulfillmentRequest:
    """The service declines the whole request; `lines` only tells which lines are at fault."""

    fulfillment_order_id: int
    reason: RejectionReason = RejectionReason.OTHER
    message: str | None = None
    lines: tuple[LineRejection, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SubmitCancellationRequest:
    """Ask the service to stop."""

    fulfillment_order_id: int
    message: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AcceptCancellationRequest:
    """The service has stopped."""

    fulfillment_order_id: int
    message: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RejectCancellationRequest:
    """The service goes on."""

    fulfillment_order_id: int
    message: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CloseFulfillmentOrder:
    """The service gives the rest back as incomplete."""

    fulfillment_order_id: int
    message: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillmentGroup:
    """The units of one fulfillment order that go into a fulfillment; `lines` None or empty means all that is left."""

    fulfillment_order_id: int
    lines: tuple[LineQuantity, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateFulfillment:
    """Ship units of one or more fulfillment orders of one order and one location."""

    groups: tuple[FulfillmentGroup, ...]
    tracking: tuple[Tracking, ...] = ()
    notify_customer: bool = False
    message: str | None = None


FulfillmentOrderCommand = (
    SubmitFulfillmentRequest
    | AcceptFulfillmentRequest
    | RejectFulfillmentRequest
    | SubmitCancellationRequest
    | AcceptCancellationRequest
    | RejectCancellationRequest
    | CloseFulfillmentOrder
)
OrderCommand = CreateOrder | FulfillmentOrderCommand | CreateFulfillment
