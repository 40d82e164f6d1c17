"""Products and variants as 29 Next makes and changes them: with all that it keeps of them, and their first stock.

Source: 29 Next Admin API, products.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crossdock.domain.catalogue import (
    DEFAULT_OPTION,
    ChangeVariant,
    CreateProduct,
    NewVariant,
    Product,
    ProductVariant,
    UpdateProduct,
)
from crossdock.domain.product_details import ProductDetails, VariantDetails
from crossdock.domain.queries import NEWEST_FIRST, Window
from crossdock.domain.refusals import Invalid
from crossdock.domain.stock_records import Availability, availability_of

VALUES_FIELD = "variant_attribute_values"


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstRecord:
    """What a location has of a new variant to begin with."""

    location_id: int
    on_hand: int = 0
    low_stock_threshold: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class NewOffer:
    """A variant to be made, with what is kept of it. Without `records` nothing of it is anywhere."""

    variant: NewVariant
    details: VariantDetails = field(default_factory=VariantDetails)
    records: tuple[FirstRecord, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class AddProduct:
    """Put a product into the catalogue, with what is kept of it. `offers` stand for the product's own variants."""

    product: CreateProduct
    details: ProductDetails
    offers: tuple[NewOffer, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferChange:
    """Change a variant; of its details those that are `given`."""

    variant: ChangeVariant
    details: VariantDetails = field(default_factory=VariantDetails)
    given: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class EditProduct:
    """Change a product, of its details those that are `given`, and those of its variants that are named."""

    product: UpdateProduct
    details: ProductDetails
    given: frozenset[str] = frozenset()
    offers: tuple[OfferChange, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class AttributeValue:
    """What a variant is in one of the ways in which variants differ, named by its name or its code."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AddVariant:
    """Add a variant to a product."""

    product_id: int
    offer: NewOffer
    values: tuple[AttributeValue, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class EditVariant:
    """Change a variant. `values` None: what it is stays."""

    offer: OfferChange
    values: tuple[AttributeValue, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoveVariant:
    """Take a variant out of its product, which keeps at least one."""

    variant_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ListOffers:
    """Products that match every filter given. `title`: a part of it; `nothing`: what no product here is was asked."""

    title: str | None = None
    category_ids: tuple[int, ...] = ()
    skus: tuple[str, ...] = ()
    public: bool | None = None
    nothing: bool = False
    window: Window = NEWEST_FIRST


@dataclass(frozen=True, kw_only=True, slots=True)
class GetOffer:
    """One variant with its product."""

    variant_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class VariantFound:
    """A variant with the product that it is of."""

    product: Product
    variant: ProductVariant


def found(product: Product, variant_id: int) -> VariantFound:
    """Return a variant of a product that has it."""
    return VariantFound(product=product, variant=next(each for each in product.variants if each.id == variant_id))


def availability(variant: ProductVariant) -> Availability:
    """Say how much is left of a variant, of all locations together; their thresholds add up."""
    return availability_of(
        tracked=variant.managed_by is not None,
        available=variant.quantity,
        low_stock_threshold=sum(level.low_stock_threshold for level in variant.levels),
    )


def attribute_code(name: str) -> str:
    """Return how an attribute is called where only letters, digits and underscores are allowed."""
    code = re.sub(r"[^0-9a-zA-Z]+", "_", name).strip("_").lower()
    return code if re.match(r"[a-z]", code) else f"_{code}"


def options_with(
    product: Product, values: Sequence[AttributeValue], present: Sequence[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what a product's variants differ in, and what one is of that, by name and value.

    `present`: what it was until now. A product whose only variant was never named takes the names that are given.
    Raises: Invalid for other names than the product's, and for a name without a value.
    """
    names = product.options
    if names == (DEFAULT_OPTION,) and not {value.name.lower() for value in values} <= {DEFAULT_OPTION.lower()}:
        names, present = tuple(dict.fromkeys(value.name for value in values)), ()
    given = _by_name(names, values)
    known = dict(zip(names, present, strict=False))
    missing = [name for name in names if name not in given and name not in known]
    if missing:
        raise Invalid(VALUES_FIELD, f"must have a value of {missing[0]}")
    return names, tuple(given.get(name, known.get(name, "")) for name in names)


def _by_name(names: Sequence[str], values: Sequence[AttributeValue]) -> Mapping[str, str]:
    spelled = {each: name for name in names for each in (attribute_code(name), name.lower())}
    given: dict[str, str] = {}
    for value in values:
        name = spelled.get(value.name.lower())
        if name is None:
            raise Invalid(VALUES_FIELD, f"has {value.name[:100]}, which the product does not have")
        given[name] = value.value
    return given
