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

    Source: 29 Next, store settings.
    """

    delay: timedelta | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DelayLimits:
    """The shortest and the longest time that a shop may take to ask its services by itself."""

    shortest: timedelta = timedelta()
    longest: timedelta = LONGEST_REQUEST_DELAY

    def __and__(self, other: "DelayLimits") -> "DelayLimits":
        """Return what fits both."""
        return DelayLimits(shortest=max(self.shortest, other.shortest), longest=min(self.longest, other.longest))

    def __str__(self) -> str:
        minute = timedelta(minutes=1)
        return f"between {self.shortest // minute} and {self.longest // minute} minutes"

    def check(self, delay: timedelta | None) -> None:
        """Raises: Invalid."""
        if delay is not None and not self.shortest <= delay <= self.longest:
            raise Invalid("delay", f"must be {self}")
