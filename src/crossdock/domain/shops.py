"""A shop as its apps see it."""

from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.places import Address


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
