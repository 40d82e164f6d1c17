"""What the catalogue says of something that can be ordered."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """What the catalogue says of a variant. Price in minor units of the shop's currency."""

    id: int
    product_id: int
    inventory_item_id: int
    title: str
    price: int
    variant_title: str | None = None
    sku: str | None = None
    vendor: str | None = None
    grams: int = 0
    requires_shipping: bool = True
    tracked: bool = True
