"""What every handler is given beside its command or query: whose shop, who asks, when."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from crossdock.domain.access import Caller
from crossdock.domain.places import Location
from crossdock.domain.shops import Shop
from crossdock.runtime.connection import Connection


@dataclass(frozen=True, kw_only=True, slots=True)
class WriteContext:
    """The circumstances of a command that is no order's. `actor` and `request_id` go into the stock ledger."""

    shop_id: int
    at: datetime
    caller: Caller
    actor: str
    request_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadContext:
    """The circumstances of a query. The shop and its locations are loaded before, as every answer needs them."""

    shop: Shop
    locations: Mapping[int, Location]
    caller: Caller
    at: datetime

    @property
    def shop_id(self) -> int:
        return self.shop.id

    def readable_locations(self) -> list[int]:
        """Return the ids of the locations whose fulfillment orders the caller may see."""
        return [location.id for location in self.locations.values() if self.caller.may_read(location)]


# The first parameter after the connection is a command (or query) of the type that the table names.
Handler: TypeAlias = Callable[[Connection, Any, WriteContext], Awaitable[object]]
QueryHandler: TypeAlias = Callable[[Connection, Any, ReadContext], Awaitable[object]]
