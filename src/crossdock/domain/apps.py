"""The end of an app's time with a shop, and what apps are told of people's data.

Source: Shopify, privacy law compliance.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from crossdock.domain.refusals import Refusal

# An app that is back within this time keeps what it knows of the shop. Source: Shopify, shop/redact.
SHOP_ERASED_AFTER = timedelta(hours=48)
# A customer may change their mind; and a shop needs what it knows of recent ones. Source: Shopify, customers/redact.
CUSTOMER_ERASED_AFTER = timedelta(days=10)
RECENT = timedelta(days=183)


@dataclass(frozen=True, kw_only=True, slots=True)
class UninstallApp:
    """Take an app out of the shop, with its tokens and subscriptions; None: the one that calls."""

    app_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RevokeTokens:
    """End all tokens of an app at once. It stays installed: who knows its secret can ask for a new one."""

    app_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestCustomerData:
    """Have apps tell the merchant what they know of a customer."""

    email: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EraseCustomer:
    """Have apps erase what they know of a customer, once that is due."""

    email: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """An app of a shop. `redirect_urls`: where the browser may be sent back to; `granted`: what the merchant allowed.

    Never installed: `installed_at` is None; gone: `uninstalled_at` is not.
    """

    id: int
    name: str
    platform: str
    client_id: str
    app_url: str | None
    redirect_urls: tuple[str, ...]
    privacy_urls: Mapping[str, str]
    granted: tuple[str, ...]
    created_at: datetime
    installed_at: datetime | None
    uninstalled_at: datetime | None

    @property
    def is_installed(self) -> bool:
        return self.installed_at is not None and self.uninstalled_at is None


@dataclass(frozen=True, kw_only=True, slots=True)
class AppUninstalled:
    """An app is told that it is gone; `app` None: any."""

    app: Installation | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ShopErased:
    """An app is told to erase what it knows of the shop."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerConcerned:
    """An app is told of a customer and the orders that it may know: to tell what it knows, or to erase it."""

    email: str
    phone: str | None
    order_ids: tuple[int, ...]
    request_id: int
    erase: bool


Parting = AppUninstalled | ShopErased | CustomerConcerned


@dataclass(eq=False)
class AppAtWork(Refusal):
    """The app works on fulfillment orders, which must end before its time with the shop does."""

    count: int

    def __str__(self) -> str:
        work = "a fulfillment order that is" if self.count == 1 else f"{self.count} fulfillment orders that are"
        return f"the app is at work on {work} not done"


def customer_erased_at(at: datetime, last_order_at: datetime | None) -> datetime:
    """Return when apps are told to erase what they know of a customer, asked for now."""
    soonest = at + CUSTOMER_ERASED_AFTER
    return soonest if last_order_at is None else max(soonest, last_order_at + RECENT)
