"""A shop as its apps see it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crossdock.domain.places import Address
from crossdock.domain.refusals import Invalid

LONGEST_REQUEST_DELAY = timedelta(days=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shop:
    """A tenant. `domain` is its host name; `subdomain` the first label, unique over all shops."""

    id: int
    name: str
    domain: str
    subdomain: str
    email: str
    currency: str
    timezone: str
    address: Address
    primary_location_id: int | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SetRequestDelay:
    """Have services asked by themselves so long after an order is made, from now on; None: the merchant asks.

    Source: 29 Next, store settings: 10 minutes to 72 hours. Here any time up to 30 days will do.
    """

    delay: timedelta | None


def check_request_delay(delay: timedelta | None) -> None:
    """Raises: Invalid."""
    if delay is not None and not timedelta() <= delay <= LONGEST_REQUEST_DELAY:
        raise Invalid("delay", f"must be between 0 and {LONGEST_REQUEST_DELAY // timedelta(minutes=1)} minutes")
