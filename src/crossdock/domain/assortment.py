"""The catalogue by SKU, for whoever brings in orders of another system."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class NewArticle:
    """A product of one variant, known by its SKU. `price` in minor units of the shop's currency."""

    sku: str
    title: str
    price: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class AddArticles:
    """Put what the shop does not have yet into the catalogue, each with so many units to sell at a location."""

    articles: tuple[NewArticle, ...]
    location_id: int
    available: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FindVariants:
    """The variants of SKUs, which compare with case; the oldest one where several have the same."""

    skus: tuple[str, ...]
