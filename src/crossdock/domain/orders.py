"""The order aggregate: an order, its lines, its fulfillment orders with their requests, and its fulfillments.

All values are frozen; a decision makes new ones. Quantities are whole units, never negative. Money is integer minor
units of the order's currency. Times are aware UTC.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crossdock.domain.places import Address
from crossdock.domain.refusals import ActionNotAllowed, LineNotFound, NotAtFulfillmentService, NotFound
from crossdock.domain.shipment import CarrierEvent, Shipment, shipment_of
from crossdock.domain.states import (
    Action,
    Party,
    Place,
    RequestStatus,
    State,
    Status,
    SupportedAction,
    offered_actions,
    transition,
)
from crossdock.domain.values import replace

FIRST_ORDER_NUMBER = 1000  # what shoppers see an order's number added to: the first one is 1001


class StockClaim(StrEnum):
    """What creating the order does to stock.

    Source: Shopify, Order `inventory_behaviour`; bypass claims nothing (recorded).
    """

    BYPASS = "bypass"
    IGNORING_POLICY = "decrement_ignoring_policy"
    OBEYING_POLICY = "decrement_obeying_policy"


class RequestKind(StrEnum):
    """What the merchant asked of the service."""

    FULFILLMENT = "fulfillment_request"
    CANCELLATION = "cancellation_request"


class RequestAnswer(StrEnum):
    """How the service answered; a withdrawn request needs no answer any more."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class RejectionReason(StrEnum):
    """Why a service declines. Source: Shopify REST and GraphQL; 29 Next has the first five."""

    INCORRECT_ADDRESS = "incorrect_address"
    INVENTORY_OUT_OF_STOCK = "inventory_out_of_stock"
    INELIGIBLE_PRODUCT = "ineligible_product"
    UNDELIVERABLE_DESTINATION = "undeliverable_destination"
    OTHER = "other"
    INTERNATIONAL_SHIPPING_UNAVAILABLE = "international_shipping_unavailable"
    INCORRECT_PRODUCT_INFO = "incorrect_product_info"
    MISSING_CUSTOMS_INFO = "missing_customs_info"
    INVALID_SKU = "invalid_sku"
    PAYMENT_DECLINED = "payment_declined"
    PACKAGE_PREFERENCE_NOT_SET = "package_preference_not_set"
    INVALID_CONTACT_INFORMATION = "invalid_contact_information"
    ORDER_TOO_LARGE = "order_too_large"
    MERCHANT_BLOCKED_OR_SUSPENDED = "merchant_blocked_or_suspended"


class HoldReason(StrEnum):
    """Why work is held."""

    AWAITING_PAYMENT = "awaiting_payment"
    HIGH_RISK_OF_FRAUD = "high_risk_of_fraud"
    INCORRECT_ADDRESS = "incorrect_address"
    INVENTORY_OUT_OF_STOCK = "inventory_out_of_stock"
    UNKNOWN_DELIVERY_DATE = "unknown_delivery_date"
    ONLINE_STORE_POST_PURCHASE_CROSS_SELL = "online_store_post_purchase_cross_sell"
    AWAITING_RETURN_ITEMS = "awaiting_return_items"
    OTHER = "other"


class FulfillmentStatus(StrEnum):
    """Whether a parcel counts."""

    SUCCESS = "success"
    CANCELLED = "cancelled"


class FinancialStatus(StrEnum):
    """Whether the order is paid. Source: Shopify REST Order."""

    PENDING = "pending"
    AUTHORIZED = "authorized"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"


class CancelReason(StrEnum):
    """Why an order was cancelled. Source: Shopify, Order `cancel_reason`."""

    CUSTOMER = "customer"
    FRAUD = "fraud"
    INVENTORY = "inventory"
    DECLINED = "declined"
    STAFF = "staff"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Property:
    """A name and value that the shopper or an app attached."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderLine:
    """What was bought. `quantity` is what was ever ordered, `removed` what was taken out again.

    `claims_stock`: units of this line are committed at the location of their fulfillment order.
    """

    id: int
    title: str
    quantity: int
    price: int
    removed: int = 0
    variant_id: int | None = None
    product_id: int | None = None
    inventory_item_id: int | None = None
    sku: str | None = None
    variant_title: str | None = None
    vendor: str | None = None
    grams: int = 0
    requires_shipping: bool = True
    taxable: bool = True
    claims_stock: bool = False
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillmentOrderLine:
    """Units of one order line in one fulfillment order: `quantity` in all, `remaining` not yet shipped."""

    id: int
    order_line_id: int
    quantity: int
    remaining: int
    inventory_item_id: int | None = None
    variant_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LineRejection:
    """What is wrong with one line of a declined request."""

    fulfillment_order_line_id: int
    message: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MerchantRequest:
    """Something the merchant asked of the service, and the answer once there is one."""

    id: int
    kind: RequestKind
    sent_at: datetime
    message: str | None = None
    notify_customer: bool = False
    answer: RequestAnswer | None = None
    answered_at: datetime | None = None
    answer_message: str | None = None
    estimated_shipped_at: datetime | None = None
    rejection_reason: RejectionReason | None = None
    line_rejections: tuple[LineRejection, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """A reason not to ship yet. An app tells its holds on one fulfillment order apart by their handles."""

    id: int
    reason: HoldReason
    placed_at: datetime
    app_id: int | None = None
    notes: str | None = None
    handle: str = ""
    external_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillmentOrder:
    """The lines of an order that one location has to ship.

    `place` says who runs the location. `split_from` and `replaces` are the ids it came from, `merged_into` the one that
    took its units. `split_by_hold`: it has what was not held, and goes back when the hold is released. Requests stand
    in the order in which they were sent.
    """

    id: int
    location_id: int
    place: Place
    status: Status
    request_status: RequestStatus
    lines: tuple[FulfillmentOrderLine, ...]
    created_at: datetime
    updated_at: datetime
    requests: tuple[MerchantRequest, ...] = ()
    holds: tuple[Hold, ...] = ()
    progress_reported: bool = False
    fulfill_at: datetime | None = None
    fulfill_by: datetime | None = None
    split_from: int | None = None
    replaces: int | None = None
    merged_into: int | None = None
    split_by_hold: bool = False

    @property
    def state(self) -> State:
        return State(status=self.status, request_status=self.request_status, place=self.place)

    @property
    def remaining(self) -> int:
        return sum(line.remaining for line in self.lines)

    @property
    def live(self) -> bool:
        """Whether its remaining units are still to be shipped by someone."""
        return self.status is not Status.CLOSED

    def line(self, line_id: int) -> FulfillmentOrderLine:
        """Return a line. Raises: LineNotFound."""
        for line in self.lines:
            if line.id == line_id:
                return line
        raise LineNotFound(line_id)

    def holds_of(self, app_id: int | None) -> tuple[Hold, ...]:
        """Return the holds that an app placed; None: those that the merchant placed himself."""
        return tuple(hold for hold in self.holds if hold.app_id == app_id)

    def open_request(self) -> MerchantRequest | None:
        """Return the newest request if it is still unanswered."""
        if self.requests and self.requests[-1].answer is None:
            return self.requests[-1]
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Tracking:
    """How to follow one parcel."""

    number: str | None = None
    company: str | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillmentLine:
    """Units of one fulfillment order line in one fulfillment."""

    id: int
    fulfillment_order_id: int
    fulfillment_order_line_id: int
    order_line_id: int
    quantity: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Fulfillment:
    """Units that left a location. `number` counts the order's fulfillments from 1."""

    id: int
    number: int
    location_id: int
    status: FulfillmentStatus
    lines: tuple[FulfillmentLine, ...]
    created_at: datetime
    updated_at: datetime
    service_handle: str = "manual"
    tracking: tuple[Tracking, ...] = ()
    notify_customer: bool = False
    message: str | None = None
    events: tuple[CarrierEvent, ...] = ()

    @property
    def shipment(self) -> Shipment:
        return shipment_of(self.events)


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """The aggregate. `version` counts its events. `deleted_at`: it is gone for whoever asks."""

    id: int
    shop_id: int
    number: int
    name: str
    currency: str
    created_at: datetime
    updated_at: datetime
    processed_at: datetime
    lines: tuple[OrderLine, ...]
    fulfillment_orders: tuple[FulfillmentOrder, ...] = ()
    fulfillments: tuple[Fulfillment, ...] = ()
    version: int = 0
    financial_status: FinancialStatus = FinancialStatus.PENDING
    stock_claim: StockClaim = StockClaim.BYPASS
    email: str | None = None
    phone: str | None = None
    note: str | None = None
    tags: str = ""
    note_attributes: tuple[Property, ...] = ()
    source_name: str | None = None
    test: bool = False
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping_title: str | None = None
    shipping_code: str | None = None
    shipping_price: int = 0
    cancelled_at: datetime | None = None
    cancel_reason: CancelReason | None = None
    staff_note: str | None = None
    closed_at: datetime | None = None
    deleted_at: datetime | None = None
    app_id: int | None = None

    def fulfillment_order(self, fulfillment_order_id: int) -> FulfillmentOrder:
        """Return one of its fulfillment orders. Raises: NotFound."""
        for fulfillment_order in self.fulfillment_orders:
            if fulfillment_order.id == fulfillment_order_id:
                return fulfillment_order
        raise NotFound("fulfillment order", fulfillment_order_id)

    def line(self, order_line_id: int) -> OrderLine:
        """Return one of its lines. Raises: NotFound."""
        for line in self.lines:
            if line.id == order_line_id:
                return line
        raise NotFound("order line", order_line_id)

    def fulfillment(self, fulfillment_id: int) -> Fulfillment:
        """Return one of its fulfillments. Raises: NotFound."""
        for fulfillment in self.fulfillments:
            if fulfillment.id == fulfillment_id:
                return fulfillment
        raise NotFound("fulfillment", fulfillment_id)

    def replacing(self, *changed: FulfillmentOrder) -> "Order":
        """Return the order with these fulfillment orders in place of those of the same id, new ones at the end."""
        by_id = {fulfillment_order.id: fulfillment_order for fulfillment_order in self.fulfillment_orders}
        by_id.update((fulfillment_order.id, fulfillment_order) for fulfillment_order in changed)
        return replace(self, fulfillment_orders=tuple(by_id.values()))

    def with_fulfillment(self, changed: Fulfillment) -> "Order":
        """Return the order with this fulfillment in place of the one of the same id."""
        return replace(self, fulfillments=tuple(changed if f.id == changed.id else f for f in self.fulfillments))

    @property
    def ordered_price(self) -> int:
        """What its lines cost as they were ordered."""
        return sum(line.price * line.quantity for line in self.lines)

    @property
    def current_price(self) -> int:
        """What its lines cost without what was taken out."""
        return sum(line.price * (line.quantity - line.removed) for line in self.lines)

    @property
    def current_shipping_price(self) -> int:
        """What its shipping costs: nothing, once it is given up."""
        return self.shipping_price if self.cancelled_at is None else 0

    def fulfilled_quantities(self) -> Counter[int]:
        """Return how many units of each line, by its id, are on their way or delivered."""
        units: Counter[int] = Counter()
        for fulfillment in self.fulfillments:
            if fulfillment.status is FulfillmentStatus.SUCCESS:
                for line in fulfillment.lines:
                    units[line.order_line_id] += line.quantity
        return units

    def remaining_quantities(self) -> Counter[int]:
        """Return how many units of each line, by its id, live fulfillment orders have left."""
        units: Counter[int] = Counter()
        for fulfillment_order in self.fulfillment_orders:
            if fulfillment_order.live:
                for line in fulfillment_order.lines:
                    units[line.order_line_id] += line.remaining
        return units

    @property
    def fulfilled(self) -> bool:
        """Whether something was shipped, and with it every unit that was not removed."""
        units = self.fulfilled_quantities()
        return any(units.values()) and all(units[line.id] == line.quantity - line.removed for line in self.lines)

    @property
    def partially_fulfilled(self) -> bool:
        """Whether something, but not everything, has been shipped."""
        return any(self.fulfilled_quantities().values()) and not self.fulfilled


def move(
    fulfillment_order: FulfillmentOrder, action: Action, *, by: frozenset[Party], at: datetime
) -> FulfillmentOrder:
    """Return the fulfillment order after an action: the only place where a status is set.

    Raises: ActionNotAllowed unless the table has a row for its state that is open to one of these parties;
    NotAtFulfillmentService where the action needs a service and the location has none.
    """
    row = transition(fulfillment_order.state, action)
    if row is None or not by & row.by:
        if fulfillment_order.place is Place.MERCHANT and action in SERVICE_ACTIONS:
            raise NotAtFulfillmentService(fulfillment_order.id)
        raise ActionNotAllowed(action, fulfillment_order.state, fulfillment_order.id, for_others=row is not None)
    return replace(fulfillment_order, status=row.status, request_status=row.request_status, updated_at=at)


SERVICE_ACTIONS = frozenset(
    {
        Action.SUBMIT_REQUEST,
        Action.ACCEPT_REQUEST,
        Action.REJECT_REQUEST,
        Action.WITHDRAW_REQUEST,
        Action.SUBMIT_CANCELLATION,
        Action.ACCEPT_CANCELLATION,
        Action.REJECT_CANCELLATION,
        Action.WITHDRAW_CANCELLATION,
        Action.CLOSE,
    }
)


MOST_HOLDS_OF_AN_APP = 10


def supported_actions(
    order: Order, fulfillment_order: FulfillmentOrder, *, movable: bool | None = None, app_id: int | None = None
) -> tuple[SupportedAction, ...]:
    """Return what the fulfillment order offers: what its state offers, less what its quantities rule out.

    `movable`: whether another location stocks its items. Where nobody has looked, `move` is offered at a merchant's
    location and not at a service's. `app_id`: the app that asks, which may have held it as often as it can.
    Source: Shopify REST FulfillmentOrder samples and recordings.
    """
    if not fulfillment_order.remaining:
        return ()
    rules: dict[SupportedAction, Callable[[], bool]] = {
        SupportedAction.SPLIT: lambda: fulfillment_order.remaining > 1 and not fulfillment_order.progress_reported,
        SupportedAction.MERGE: lambda: _has_sibling(order.fulfillment_orders, fulfillment_order),
        SupportedAction.MOVE: lambda: (
            not fulfillment_order.progress_reported
            and (fulfillment_order.place is Place.MERCHANT if movable is None else movable)
        ),
        SupportedAction.MARK_AS_OPEN: lambda: (
            fulfillment_order.status is Status.SCHEDULED or fulfillment_order.progress_reported
        ),
        SupportedAction.CANCEL_FULFILLMENT_ORDER: lambda: fulfillment_order.place is Place.SERVICE,
        SupportedAction.HOLD: lambda: len(fulfillment_order.holds_of(app_id)) < MOST_HOLDS_OF_AN_APP,
    }
    return tuple(
        action for action in offered_actions(fulfillment_order.state) if action not in rules or rules[action]()
    )


def _has_sibling(orders: Iterable[FulfillmentOrder], one: FulfillmentOrder) -> bool:
    return any(
        other.id != one.id and other.location_id == one.location_id and other.state == one.state and other.remaining
        for other in orders
    )
