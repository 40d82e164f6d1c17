"""What only 29 Next has of products and variants: kept as it was given, and told to whoever asks in its words."""

from dataclasses import dataclass

from crossdock.domain.metadata import Free


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture of a product, by its address. `id` 0: it has none yet."""

    url: str
    id: int = 0
    caption: str = ""
    position: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribute:
    """What variants differ in, with the values that were named for it, whether or not a variant has them."""

    name: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What a variant costs in one currency, in its minor units."""

    currency: str
    price: int
    retail: int | None = None
    subscription: int | None = None
    suggested_downsell: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductDetails:
    """What is kept of a product."""

    metadata: Free = None
    category_ids: tuple[int, ...] = ()
    pictures: tuple[Picture, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    enable_subscription: bool = False
    external_tax_code: str | None = None
    interval: str | None = None
    interval_counts: tuple[int, ...] | None = None
    is_discountable: bool = True
    meta_title: str | None = None
    meta_description: str | None = None
    ranking: int = 0
    recommended_ids: tuple[int, ...] = ()
    template: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class VariantDetails:
    """What is kept of a variant. `prices`: also one in the shop's currency, beside which the variant's own counts."""

    metadata: Free = None
    picture_id: int | None = None
    prices: tuple[Price, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class VariantLevel:
    """What a location has of a variant, as its record tells it."""

    id: int
    location_id: int
    on_hand: int
    available: int
    low_stock_threshold: int = 0
