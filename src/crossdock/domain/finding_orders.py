"""What a shop's orders can be found by. Source: 29 Next Admin API, orders list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from crossdock.domain.order_status import NextDeliveryStatus, NextFulfillmentStatus
from crossdock.domain.orders import FinancialStatus
from crossdock.domain.queries import NEWEST_FIRST, Window


class OrderStanding(StrEnum):
    """Where an order stands as a whole."""

    OPEN = "open"
    ARCHIVED = "archived"
    CANCELED = "canceled"


class OrderSource(StrEnum):
    """By which way orders came in."""

    ADMIN_API = "admin_api"
    CHECKOUT = "checkout"
    DASHBOARD = "dashboard"


@dataclass(frozen=True, kw_only=True, slots=True)
class FindOrders:
    """Orders that match every filter given; of a filter with several values, one must match.

    `text` stands anywhere in an order's number, e-mail address, customer's name, titles or SKUs; `address` and
    `customer` anywhere in those. `number`: counted from 1, 0 matches none. `products`: ids of products or variants.
    `placed_from` and `placed_to` are days of the shop, both counted. `attribution`: what its parts are. `impossible`:
    asks for what no order here has.
    """

    text: str | None = None
    address: str | None = None
    customer: str | None = None
    number: int | None = None
    products: tuple[int, ...] = ()
    location_ids: tuple[int, ...] = ()
    skus: tuple[str, ...] = ()
    standings: tuple[OrderStanding, ...] = ()
    payment_methods: tuple[str, ...] = ()
    currency: str | None = None
    fulfillment_statuses: tuple[NextFulfillmentStatus, ...] = ()
    delivery_statuses: tuple[NextDeliveryStatus, ...] = ()
    payment_statuses: tuple[FinancialStatus, ...] = ()
    placed_from: date | None = None
    placed_to: date | None = None
    tags: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    sources: tuple[OrderSource, ...] = ()
    attribution: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    owing: bool | None = None
    split: bool | None = None
    test: bool | None = None
    impossible: bool = False
    window: Window = NEWEST_FIRST
