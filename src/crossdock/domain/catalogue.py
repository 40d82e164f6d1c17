"""What the shop sells and where it lies, as far as fulfillment needs it. Prices: minor units of its currency."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class NewVariant:
    """A variant to be made. `managed_by`: None if nobody counts its stock, "shopify", or the handle of a service."""

    price: int = 0
    title: str | None = None
    sku: str | None = None
    barcode: str | None = None
    grams: int = 0
    requires_shipping: bool = True
    taxable: bool = True
    managed_by: str | None = None
    may_oversell: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateProduct:
    """Put a product into the catalogue, with at least one variant. `currency`: of the prices; None for the shop's."""

    title: str
    currency: str | None = None
    vendor: str | None = None
    product_type: str = ""
    body_html: str | None = None
    status: str = "active"
    tags: str = ""
    variants: tuple[NewVariant, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeVariant:
    """Give a variant another SKU or somebody else who manages its stock; None leaves as it is."""

    variant_id: int
    sku: str | None = None
    managed_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductVariant:
    """A variant with its inventory item. `quantity` is what all locations have available."""

    id: int
    product_id: int
    inventory_item_id: int
    title: str
    position: int
    price: int
    created_at: datetime
    updated_at: datetime
    sku: str | None = None
    barcode: str | None = None
    grams: int = 0
    requires_shipping: bool = True
    taxable: bool = True
    managed_by: str | None = None
    may_oversell: bool = False
    quantity: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Product:
    """A product with its variants."""

    id: int
    title: str
    handle: str
    status: str
    created_at: datetime
    updated_at: datetime
    variants: tuple[ProductVariant, ...]
    vendor: str | None = None
    product_type: str = ""
    body_html: str | None = None
    tags: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class InventoryItem:
    """The thing that is stocked; one per variant."""

    id: int
    tracked: bool
    requires_shipping: bool
    created_at: datetime
    updated_at: datetime
    sku: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StockedLevel:
    """What a location has available of an item; None where nobody counts. `id` is the level's own."""

    id: int
    inventory_item_id: int
    location_id: int
    available: int | None
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SetAvailable:
    """Make `available` what a count says; stocks the item there if it is not yet."""

    inventory_item_id: int
    location_id: int
    available: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AdjustAvailable:
    """Change `available` by so many units, either way."""

    inventory_item_id: int
    location_id: int
    delta: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StockItem:
    """Begin to stock an item at a location, with nothing there yet."""

    inventory_item_id: int
    location_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateFulfillmentService:
    """Register a service and make its location. `callback_url` is where its requests are announced."""

    name: str
    callback_url: str | None = None
    tracking_support: bool = False
    inventory_management: bool = False
    requires_shipping_method: bool = True
    permits_sku_sharing: bool = True
