"""Where stock lies and work is done: addresses, locations, fulfillment services."""

from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.states import Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """A postal address. Country and province are ISO 3166 codes beside the words the customer gave.

    `address3` and `notes` (for the carrier) only 29 Next has.
    """

    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    address3: str | None = None
    city: str | None = None
    province: str | None = None
    province_code: str | None = None
    zip: str | None = None
    country: str | None = None
    country_code: str | None = None
    phone: str | None = None
    notes: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Coordinates:
    """A point on the globe, in degrees: north and east are positive."""

    latitude: float
    longitude: float


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillmentService:
    """Someone who ships for the merchant, from one location of its own. `dialect` names the wire its app speaks.

    `app_gone`: the app was uninstalled; its location stays.
    """

    id: int
    app_id: int
    name: str
    handle: str
    location_id: int
    dialect: str = "shopify"
    callback_url: str | None = None
    tracking_support: bool = False
    inventory_management: bool = False
    requires_shipping_method: bool = True
    permits_sku_sharing: bool = True
    app_gone: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Location:
    """A place that stocks and ships; run by the merchant, or by the fulfillment service named.

    `destinations`: codes of the countries that it ships to; everywhere if there are none. `coordinates` None: where
    its address is. `deleted`: it is there for what was shipped from it only. `accepts_returns` is kept for 29 Next.
    """

    id: int
    name: str
    address: Address
    active: bool = True
    fulfills_online_orders: bool = True
    service: FulfillmentService | None = None
    destinations: tuple[str, ...] = ()
    coordinates: Coordinates | None = None
    deleted: bool = False
    accepts_returns: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    deactivated_at: datetime | None = None

    @property
    def takes_orders(self) -> bool:
        """Whether orders can be routed to it."""
        return self.active and self.fulfills_online_orders

    @property
    def place(self) -> Place:
        return Place.MERCHANT if self.service is None else Place.SERVICE
