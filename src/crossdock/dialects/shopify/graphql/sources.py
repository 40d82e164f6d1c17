"""What the fields of a type are read from, where a value of the domain does not say it alone.

Orders, products, variants, items, levels, locations and services are read from the domain's own values; fulfillment
orders and fulfillments from `FulfillmentOrderFound` and `FulfillmentFound`, which have their order beside them.
"""

from dataclasses import dataclass

from crossdock.domain.apps import Installation
from crossdock.domain.catalogue import Product, ProductVariant
from crossdock.domain.orders import FulfillmentLine, FulfillmentOrderLine, Hold, MerchantRequest, Order, OrderLine
from crossdock.domain.places import Address, Location
from crossdock.domain.queries import FulfillmentFound, FulfillmentOrderFound, Unmovable
from crossdock.domain.shipment import CarrierEvent
from crossdock.domain.shops import Shop
from crossdock.domain.stock_commands import QuantityName
from crossdock.domain.stock_queries import LevelFound


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


@dataclass(frozen=True, slots=True)
class AddressOf:
    """Where an order is shipped or billed to: MailingAddress."""

    id: int
    address: Address


@dataclass(frozen=True, slots=True)
class TransactionOf:
    """The payment of an order that was paid or authorized: OrderTransaction."""

    order: Order


@dataclass(frozen=True, slots=True)
class ShippingOf:
    """How the customer chose to have an order shipped: ShippingLine."""

    order: Order


@dataclass(frozen=True, slots=True)
class DestinationOf:
    """Where a fulfillment order is shipped to: FulfillmentOrderDestination."""

    found: FulfillmentOrderFound
    address: Address


@dataclass(frozen=True, slots=True)
class DeliveryOf:
    """How a fulfillment order is shipped: DeliveryMethod."""

    found: FulfillmentOrderFound


@dataclass(frozen=True, slots=True)
class PlaceToMove:
    """A location that could have a fulfillment order instead, or why not: FulfillmentOrderLocationForMove.

    `available` are the lines that it could take.
    """

    found: FulfillmentOrderFound
    location: Location
    available: tuple[FulfillmentOrderLine, ...]
    unavailable: tuple[FulfillmentOrderLine, ...]
    why_not: Unmovable | None


@dataclass(frozen=True, slots=True)
class ManualService:
    """The service of the merchant's own locations, which no app has registered: FulfillmentService, too."""


@dataclass(frozen=True, slots=True)
class OptionOf:
    """Something that the variants of a product differ in, counted from 0: ProductOption."""

    product: Product
    index: int

    @property
    def values(self) -> list["OptionValueOf"]:
        """Each value once, by the first variant that has it."""
        found: dict[str, OptionValueOf] = {}
        for variant in self.product.variants:
            if self.index < len(variant.values):
                found.setdefault(variant.values[self.index], OptionValueOf(variant, self.index))
        return list(found.values())


@dataclass(frozen=True, slots=True)
class OptionValueOf:
    """A value of an option, with the first variant that has it: ProductOptionValue."""

    variant: ProductVariant
    index: int


@dataclass(frozen=True, slots=True)
class InstallationOf:
    """An app as it is installed: AppInstallation."""

    app: Installation


@dataclass(frozen=True, slots=True)
class DomainOf:
    """The shop's host name: Domain."""

    shop: Shop


@dataclass(frozen=True, slots=True)
class ShopAddressOf:
    """Where the shop is: ShopAddress."""

    shop: Shop


@dataclass(frozen=True, slots=True)
class QuantityOf:
    """One named quantity of a level: InventoryQuantity."""

    found: LevelFound
    name: QuantityName


@dataclass(frozen=True, slots=True)
class MeasurementOf:
    """How heavy an inventory item is: InventoryItemMeasurement."""

    inventory_item_id: int
