"""What the fields of a type are read from, where a value of the domain does not say it alone.

Orders, products, variants, items, levels, locations and services are read from the domain's own values; fulfillment
orders and fulfillments from `FulfillmentOrderFound` and `FulfillmentFound`, which have their order beside them.
"""

from dataclasses import dataclass

from crossdock.domain.orders import FulfillmentLine, FulfillmentOrderLine, Hold, MerchantRequest, Order, OrderLine
from crossdock.domain.queries import FulfillmentFound, FulfillmentOrderFound
from crossdock.domain.shipment import CarrierEvent


@dataclass(frozen=True, slots=True)
class LineOf:
    """A line of an order: LineItem."""

    order: Order
    line: OrderLine


@dataclass(frozen=True, slots=True)
class FulfillmentOrderLineOf:
    """A line of a fulfillment order: FulfillmentOrderLineItem."""

    found: FulfillmentOrderFound
    line: FulfillmentOrderLine


@dataclass(frozen=True, slots=True)
class RequestOf:
    """What the merchant asked for a fulfillment order: FulfillmentOrderMerchantRequest."""

    found: FulfillmentOrderFound
    request: MerchantRequest


@dataclass(frozen=True, slots=True)
class HoldOf:
    """A hold on a fulfillment order: FulfillmentHold."""

    found: FulfillmentOrderFound
    hold: Hold


@dataclass(frozen=True, slots=True)
class FulfillmentLineOf:
    """Units in a fulfillment: FulfillmentLineItem."""

    found: FulfillmentFound
    line: FulfillmentLine


@dataclass(frozen=True, slots=True)
class EventOf:
    """A carrier event: FulfillmentEvent."""

    found: FulfillmentFound
    event: CarrierEvent
