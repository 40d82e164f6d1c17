"""What can be asked of an order. A command is a value; the functions that decide stand in modules by what they do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.metadata import Free
from crossdock.domain.order_details import OrderDetails
from crossdock.domain.order_status import NextFulfillmentStatus
from crossdock.domain.orders import (
    CancelReason,
    FinancialStatus,
    HoldReason,
    LineRejection,
    Property,
    RejectionReason,
    StockClaim,
    Tracking,
)
from crossdock.domain.places import Address
from crossdock.domain.routing.rules import DEFAULT_RULES, RuleSetting
from crossdock.domain.shipment import ShipmentStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class LineQuantity:
    """Units of one fulfillment order line."""

    id: int
    quantity: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NewOrderLine:
    """A line of an order to be made: of a variant, or free with a title and a price. Price in minor units.

    `service`: the handle of the service that is thought to ship it, which must be there; routing decides.
    """

    quantity: int
    variant_id: int | None = None
    title: str | None = None
    price: int | None = None
    sku: str | None = None
    grams: int | None = None
    vendor: str | None = None
    requires_shipping: bool | None = None
    taxable: bool = True
    service: str | None = None
    properties: tuple[Property, ...] = ()
    upsell: bool = False
    metadata: Free = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateOrder:
    """Take an order in and route it over the locations.

    `import_key` names the order in the file it came from: a second order of the same key is refused. `fulfill_at`:
    nothing is to be shipped before. `shipping_method`: the code of one of the shop's, which gives the title, and the
    price unless there is one. `closed`, `cancelled`: the order is put away, or given up, as soon as it is made.
    `usual_rules`: how it is routed where the shop never said how.
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
    shipping_method: str | None = None
    shipping_price: int | None = None
    processed_at: datetime | None = None
    fulfill_at: datetime | None = None
    closed: bool = False
    cancelled: bool = False
    details: OrderDetails | None = None
    usual_rules: tuple[RuleSetting, ...] = DEFAULT_RULES


@dataclass(frozen=True, kw_only=True, slots=True)
class SubmitFulfillmentRequest:
    """Ask the service to fulfill; `lines` None or empty asks for all that is left."""

    fulfillment_order_id: int
    message: str | None = None
    notify_customer: bool = False
    lines: tuple[LineQuantity, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AcceptFulfillmentRequest:
    """The service takes the work, and may say when it will have shipped it, also in the past."""

    fulfillment_order_id: int
    message: str | None = None
    estimated_shipped_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WithdrawFulfillmentRequest:
    """The merchant takes an unanswered request back."""

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
class WithdrawCancellationRequest:
    """The merchant takes an unanswered cancellation request back: the work goes on."""

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
    """Ship units of one or more fulfillment orders of one order and one location.

    `only_while_going_on`: only of fulfillment orders that are open or in progress, and that nobody is asked to stop. So
    29 Next has it; Shopify also ships what is being stopped, was stopped or given up.
    """

    groups: tuple[FulfillmentGroup, ...]
    tracking: tuple[Tracking, ...] = ()
    notify_customer: bool = False
    message: str | None = None
    only_while_going_on: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillOrderLines:
    """Ship what is left of lines of an order, or with None of all of them, from the one location that has it."""

    order_id: int
    order_line_ids: tuple[int, ...] | None = None
    tracking: tuple[Tracking, ...] = ()
    notify_customer: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CancelFulfillmentOrder:
    """The merchant cancels a fulfillment order without asking; another takes its place.

    `by_whoever_has_it`: also what nobody was asked for, and by the service what it was asked for. What it has taken on
    is cancelled by the service alone, though it was asked to stop; so 29 Next has it.
    """

    fulfillment_order_id: int
    by_whoever_has_it: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldFulfillmentOrder:
    """Stop a fulfillment order, or the lines named: the rest then goes on as one of its own."""

    fulfillment_order_id: int
    reason: HoldReason
    notes: str | None = None
    handle: str = ""
    external_id: str | None = None
    lines: tuple[LineQuantity, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseHolds:
    """Lift the holds named, or with `external_id` those of that id, or without either all of them."""

    fulfillment_order_id: int
    hold_ids: tuple[int, ...] | None = None
    external_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MoveFulfillmentOrder:
    """Have another location ship, all that is left or the lines named: units of them, or whole ones.

    `renumbered`: what moves is a new fulfillment order, even if it is all there is.
    """

    fulfillment_order_id: int
    location_id: int
    lines: tuple[LineQuantity, ...] | None = None
    whole_lines: tuple[int, ...] = ()
    renumbered: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RerouteFulfillmentOrders:
    """Have the shop's routing choose another location for fulfillment orders of one order and one location.

    `included_location_ids` None: any location. What is excluded stays excluded.
    """

    fulfillment_order_ids: tuple[int, ...]
    included_location_ids: tuple[int, ...] | None = None
    excluded_location_ids: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitFulfillmentOrders:
    """Take units out of fulfillment orders of one order, each into a new one at its location."""

    groups: tuple[FulfillmentGroup, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MergeFulfillmentOrders:
    """Gather units of several fulfillment orders of one order and one location in the first of them."""

    groups: tuple[FulfillmentGroup, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RescheduleFulfillmentOrder:
    """Have a scheduled fulfillment order begin at another time."""

    fulfillment_order_id: int
    fulfill_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkAsOpen:
    """Have a scheduled fulfillment order begin now, or take reported progress back."""

    fulfillment_order_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportProgress:
    """Someone at the merchant's location has begun."""

    fulfillment_order_id: int
    notes: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SetFulfillmentDeadline:
    """Say by when fulfillment orders of one order are to be shipped."""

    fulfillment_order_ids: tuple[int, ...]
    deadline: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateTracking:
    """Replace all tracking of a fulfillment."""

    fulfillment_id: int
    tracking: tuple[Tracking, ...] = ()
    notify_customer: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CancelFulfillment:
    """A parcel does not count: its units are to be shipped again. `order_id`: the order it must be of."""

    fulfillment_id: int
    order_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AddCarrierEvent:
    """Note what the carrier says of a parcel; `happened_at` None: now. `order_id`: the order it must be of."""

    fulfillment_id: int
    status: ShipmentStatus
    order_id: int | None = None
    happened_at: datetime | None = None
    message: str | None = None
    estimated_delivery_at: datetime | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    province: str | None = None
    zip: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoveCarrierEvent:
    """Strike a carrier event that was wrong. `order_id`: the order that the fulfillment must be of."""

    fulfillment_id: int
    event_id: int
    order_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EditOrder:
    """Change what is ordered: `quantities` has how many units of a line, by its id, are wanted now.

    `restock`: units taken out can be sold again, where the line claims stock.
    """

    order_id: int
    quantities: tuple[LineQuantity, ...] = ()
    added: tuple[NewOrderLine, ...] = ()
    restock: bool = True
    staff_note: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateOrder:
    """Change what stands on an order beside its lines; None leaves a field as it is.

    `attribution`: what is named of it is replaced. `closed`: the order is put away, or taken out again. `in_time`: an
    address comes too late for what a service works on already. `expected_statuses`: one of which the caller takes the
    order's fulfillment status to be, which nobody can set.
    """

    order_id: int
    email: str | None = None
    phone: str | None = None
    note: str | None = None
    tags: str | None = None
    note_attributes: tuple[Property, ...] | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    financial_status: FinancialStatus | None = None
    closed: bool | None = None
    metadata: Free = None
    attribution: Mapping[str, Free] | None = None
    in_time: bool = False
    expected_statuses: tuple[NextFulfillmentStatus, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkOrderAsPaid:
    """The money for an order is there. `payment_method`: by which it came."""

    order_id: int
    payment_method: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CancelOrder:
    """Give an order up. `restock`: units set aside for it can be sold again.

    `refund`: what was paid is given back. `despite_parcels`: also one of which parcels are out, if nobody paid for it.
    """

    order_id: int
    reason: CancelReason = CancelReason.OTHER
    restock: bool = True
    staff_note: str | None = None
    refund: bool = False
    despite_parcels: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CloseOrder:
    """Put an order away as done."""

    order_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ReopenOrder:
    """Take a closed order out again."""

    order_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DeleteOrder:
    """Have an order gone for whoever asks. The ledgers keep it."""

    order_id: int


FulfillmentOrderCommand = (
    SubmitFulfillmentRequest
    | AcceptFulfillmentRequest
    | RejectFulfillmentRequest
    | WithdrawFulfillmentRequest
    | SubmitCancellationRequest
    | AcceptCancellationRequest
    | RejectCancellationRequest
    | WithdrawCancellationRequest
    | CloseFulfillmentOrder
    | CancelFulfillmentOrder
    | HoldFulfillmentOrder
    | ReleaseHolds
    | MoveFulfillmentOrder
    | RescheduleFulfillmentOrder
    | MarkAsOpen
    | ReportProgress
)
GroupsCommand = CreateFulfillment | SplitFulfillmentOrders | MergeFulfillmentOrders
SeveralCommand = RerouteFulfillmentOrders | SetFulfillmentDeadline
FulfillmentCommand = UpdateTracking | CancelFulfillment | AddCarrierEvent | RemoveCarrierEvent
WholeOrderCommand = (
    FulfillOrderLines | EditOrder | UpdateOrder | MarkOrderAsPaid | CancelOrder | CloseOrder | ReopenOrder | DeleteOrder
)
ExistingOrderCommand = FulfillmentOrderCommand | GroupsCommand | SeveralCommand | FulfillmentCommand | WholeOrderCommand
OrderCommand = CreateOrder | ExistingOrderCommand
