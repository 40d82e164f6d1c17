"""What the shop sells and where it lies, as far as fulfillment needs it. Prices: minor units of its currency."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from crossdock.domain.product_details import ProductDetails, VariantDetails, VariantLevel
from crossdock.domain.stock_commands import QuantityName, Spot

MOST_OPTIONS = 3
DEFAULT_OPTION = "Title"
DEFAULT_TITLE = "Default Title"
"""Of the only variant of a product whose variants were never named."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """How many units of something new a location has available to begin with."""

    location_id: int
    available: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NewVariant:
    """A variant to be made. `managed_by`: None if nobody counts its stock, "shopify", or the handle of a service.

    `options`: its values of what the product's variants differ in, which make its title; without any the title is the
    only one. `openings` count where it is managed.
    """

    price: int = 0
    title: str | None = None
    sku: str | None = None
    barcode: str | None = None
    grams: int = 0
    requires_shipping: bool = True
    taxable: bool = True
    managed_by: str | None = None
    may_oversell: bool = False
    options: tuple[str, ...] = ()
    cost: int | None = None
    country_code_of_origin: str | None = None
    province_code_of_origin: str | None = None
    harmonized_system_code: str | None = None
    openings: tuple[Opening, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateProduct:
    """Put a product into the catalogue, with at least one variant. `currency`: of the prices; None for the shop's.

    `options`: the names of what its variants differ in. `handle` None: made from the title.
    """

    title: str
    handle: str | None = None
    options: tuple[str, ...] = (DEFAULT_OPTION,)
    currency: str | None = None
    vendor: str | None = None
    product_type: str = ""
    body_html: str | None = None
    status: str = "active"
    tags: str = ""
    variants: tuple[NewVariant, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class StockAdjustment:
    """Units more or fewer that a location has available of a variant; None: it is stocked there no more.

    `change_from`: refused unless this is what was available until now; None: whatever.
    """

    location_id: int
    delta: int | None
    change_from: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StockCount:
    """How many units of a variant a location that stocks it has, by a name that can be counted."""

    location_id: int
    name: QuantityName
    quantity: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeVariant:
    """Change what stands on a variant; None leaves as it is. With a product, only where the variant is that product's.

    Price: in the shop's currency. `tracked`: somebody counts its stock. What is wrong with `adjustments` is told by
    their place among those of all variants that are changed together. `counts` come first, and name a location once.
    """

    variant_id: int
    product_id: int | None = None
    price: int | None = None
    title: str | None = None
    sku: str | None = None
    barcode: str | None = None
    grams: int | None = None
    requires_shipping: bool | None = None
    taxable: bool | None = None
    managed_by: str | None = None
    may_oversell: bool | None = None
    tracked: bool | None = None
    options: tuple[str, ...] | None = None
    cost: int | None = None
    country_code_of_origin: str | None = None
    province_code_of_origin: str | None = None
    harmonized_system_code: str | None = None
    adjustments: tuple[StockAdjustment, ...] = ()
    counts: tuple[StockCount, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateVariants:
    """Add variants to a product. Prices: in the shop's currency.

    `replaces_default`: a product whose only variant was never named has these instead of it.
    """

    product_id: int
    variants: tuple[NewVariant, ...]
    replaces_default: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateProduct:
    """Change what stands on a product, and those of its variants that are named; None leaves as it is."""

    product_id: int
    title: str | None = None
    handle: str | None = None
    options: tuple[str, ...] | None = None
    vendor: str | None = None
    product_type: str | None = None
    body_html: str | None = None
    status: str | None = None
    tags: str | None = None
    variants: tuple[ChangeVariant, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedVariant:
    """A variant as it is to be: changed if the product has it, else made.

    `change` names it by its id; 0: the one that has the same options now.
    """

    change: ChangeVariant
    new: NewVariant


@dataclass(frozen=True, kw_only=True, slots=True)
class SetProduct:
    """Have a product as it is said here: one that is named is changed, else one is made, with a title then.

    `variants`: all that it is to have, others go; None leaves them as they are. None leaves any other field, too.
    """

    product_id: int | None = None
    named_handle: str | None = None
    title: str | None = None
    handle: str | None = None
    vendor: str | None = None
    product_type: str | None = None
    body_html: str | None = None
    status: str | None = None
    tags: str | None = None
    options: tuple[str, ...] | None = None
    variants: tuple[WantedVariant, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeleteProduct:
    """Take a product out of the catalogue, with its variants and what was counted of them."""

    product_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DeleteVariant:
    """Take a variant out of its product, which keeps at least one."""

    product_id: int
    variant_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductVariant:
    """A variant with its inventory item. `quantity` is what all locations have available; `levels`: those in use."""

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
    options: tuple[str, ...] = ()
    cost: int | None = None
    details: VariantDetails = field(default_factory=VariantDetails)
    levels: tuple[VariantLevel, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """Its values of the product's options."""
        return self.options or (self.title,)


@dataclass(frozen=True, kw_only=True, slots=True)
class Product:
    """A product with its variants. `options`: the names of what they differ in."""

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
    options: tuple[str, ...] = (DEFAULT_OPTION,)
    details: ProductDetails = field(default_factory=ProductDetails)

    @property
    def is_standalone(self) -> bool:
        """Whether it has one variant only, which differs in nothing."""
        return self.options == (DEFAULT_OPTION,) and len(self.variants) == 1


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductSet:
    """A product as it was set. `gone`: the inventory items of variants that it has no more.

    `counted`: where the stock of variants that it had before was counted.
    """

    product: Product
    gone: tuple[int, ...] = ()
    counted: tuple[Spot, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CountryCode:
    """Under which number a country's customs know an item."""

    country_code: str
    code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class InventoryItem:
    """The thing that is stocked; one per variant. `cost`: of one unit, in minor units of the shop's currency."""

    id: int
    tracked: bool
    requires_shipping: bool
    created_at: datetime
    updated_at: datetime
    sku: str | None = None
    cost: int | None = None
    country_code_of_origin: str | None = None
    province_code_of_origin: str | None = None
    harmonized_system_code: str | None = None
    country_harmonized_system_codes: tuple[CountryCode, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateInventoryItem:
    """Change what stands on an item; None leaves as it is. `tracked`: somebody counts its stock."""

    inventory_item_id: int
    sku: str | None = None
    cost: int | None = None
    grams: int | None = None
    tracked: bool | None = None
    requires_shipping: bool | None = None
    country_code_of_origin: str | None = None
    province_code_of_origin: str | None = None
    harmonized_system_code: str | None = None
    country_harmonized_system_codes: tuple[CountryCode, ...] | None = None


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
    """Make `available` what a count says; stocks the item there if it is not yet.

    `alone`: where SKUs are not shared, the other locations give the item up.
    """

    inventory_item_id: int
    location_id: int
    available: int
    alone: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AdjustAvailable:
    """Change `available` by so many units, either way."""

    inventory_item_id: int
    location_id: int
    delta: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StockItem:
    """Begin to stock an item at a location, with nothing there yet.

    `relocate`: where SKUs are not shared, the other locations give the item up, and what they have comes here.
    """

    inventory_item_id: int
    location_id: int
    relocate: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateFulfillmentService:
    """Register a service and make its location. `callback_url` is where its requests are announced."""

    name: str
    callback_url: str | None = None
    tracking_support: bool = False
    inventory_management: bool = False
    requires_shipping_method: bool = True
    permits_sku_sharing: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateFulfillmentService:
    """Change what stands on a service; None leaves as it is. An empty `callback_url` takes away the one there was."""

    service_id: int
    name: str | None = None
    callback_url: str | None = None
    tracking_support: bool | None = None
    inventory_management: bool | None = None
    requires_shipping_method: bool | None = None
    permits_sku_sharing: bool | None = None


class StockOfService(StrEnum):
    """What becomes of what lies at a service's location when the service ends.

    `transfer`: it goes to another location of the merchant's; `keep`: the location is the merchant's from now on;
    `delete`: it is gone with the location.
    """

    TRANSFER = "transfer"
    KEEP = "keep"
    DELETE = "delete"


@dataclass(frozen=True, kw_only=True, slots=True)
class DeleteFulfillmentService:
    """End a service that has nothing left to do. `destination_location_id` None: the shop's primary location."""

    service_id: int
    stock: StockOfService = StockOfService.DELETE
    destination_location_id: int | None = None
