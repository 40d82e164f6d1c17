"""Ways of sending that a shop offers its shoppers. Source: 29 Next Admin API, ShippingMethod."""

import re
from dataclasses import dataclass

from crossdock.domain.countries import country_name
from crossdock.domain.queries import NEWEST_FIRST, Window
from crossdock.domain.refusals import Invalid

LONGEST_NAME = 128
HIGHEST_PRICE = 100_000_000_000_000
_CODE = re.compile(r"[-a-zA-Z0-9_]+", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShippingPrice:
    """What sending an order costs, in minor units of a currency."""

    currency: str
    amount: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ShippingMethod:
    """A way of sending. `code` is unique in the shop; `countries`: where it goes to, ISO codes, none: everywhere."""

    id: int
    code: str
    name: str
    description: str = ""
    countries: tuple[str, ...] = ()
    delivery_time: str = ""
    is_public: bool = True
    prices: tuple[ShippingPrice, ...] = ()

    def price_in(self, currency: str) -> int:
        """Return what it costs in a currency; nothing where no price is set."""
        return next((each.amount for each in self.prices if each.currency == currency), 0)

    def goes_to(self, country: str | None) -> bool:
        return not self.countries or country in self.countries


@dataclass(frozen=True, kw_only=True, slots=True)
class AddShippingMethod:
    """Offer one more way of sending."""

    code: str
    name: str
    description: str = ""
    countries: tuple[str, ...] = ()
    delivery_time: str = ""
    is_public: bool = True
    prices: tuple[ShippingPrice, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ListShippingMethods:
    """The shop's ways of sending."""

    window: Window = NEWEST_FIRST


@dataclass(frozen=True, kw_only=True, slots=True)
class GetShippingMethod:
    """One way of sending."""

    shipping_method_id: int


def check_shipping_method(new: AddShippingMethod) -> None:
    """Raises: Invalid."""
    if not _CODE.fullmatch(new.code) or len(new.code) > LONGEST_NAME:
        raise Invalid("code", f"must be letters, digits, - and _, at most {LONGEST_NAME}")
    if not new.name.strip() or len(new.name) > LONGEST_NAME:
        raise Invalid("name", f"must have 1 to {LONGEST_NAME} characters")
    if len(new.delivery_time) > LONGEST_NAME:
        raise Invalid("delivery_time", f"must have at most {LONGEST_NAME} characters")
    for country in new.countries:
        if country_name(country) is None:
            raise Invalid("countries", f"{country} is not a country")
    for price in new.prices:
        if not _CURRENCY.fullmatch(price.currency) or not 0 <= price.amount <= HIGHEST_PRICE:
            raise Invalid("prices", "must be amounts from 0 with an ISO code")
