"""What comes along with the sandbox: the articles that its shops sell, and the orders that they get."""

from collections.abc import Mapping, Sequence
from importlib import resources

import msgspec

PACKAGE = "crossdock.sandbox"


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is sold: units by place as the store counts them, and as the warehouse does (None: not at all).

    `platforms`: the shops that sell it.
    """

    sku: str
    title: str
    price: str
    grams: int
    stock: Mapping[str, int]
    shelf: int | None
    platforms: tuple[str, ...] = ("shopify",)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    sku: str
    quantity: int


class BundledOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order, the story that it is for, and the platform of the shop that gets it."""

    story: str
    email: str
    address: Mapping[str, str]
    lines: tuple[Line, ...]
    platform: str = "shopify"


def articles(platform: str) -> Sequence[Article]:
    """Return what the shop of a platform sells."""
    text = (resources.files(PACKAGE) / "catalogue.json").read_bytes()
    return [each for each in msgspec.json.decode(text, type=list[Article]) if platform in each.platforms]


def bundled_orders() -> Sequence[BundledOrder]:
    text = (resources.files(PACKAGE) / "orders.json").read_bytes()
    return msgspec.json.decode(text, type=tuple[BundledOrder, ...])
