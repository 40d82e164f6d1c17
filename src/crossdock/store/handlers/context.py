"""What a handler may know beside its command or query."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from crossdock.domain.access import Caller, Hidden
from crossdock.domain.places import Location
from crossdock.domain.shops import Shop
from crossdock.runtime.connection import Connection
from crossdock.runtime.secrets import Vault
from crossdock.store.database.searching import Looking
from crossdock.store.handlers.callback_urls import UrlPolicy

NEW_ORDERS = timedelta(days=60)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadContext:
    """Who asks, of which shop, when. Every answer needs the shop and its locations, so they are there before.

    `hidden`: what a list leaves out because the caller's reach does not go there, added by the query. `level_ids`: of
    the stock levels of what is shipped, by item and location, added by the query; None where nobody wants them.
    """

    shop: Shop
    locations: Mapping[int, Location]
    caller: Caller
    at: datetime
    hidden: list[Hidden] = field(default_factory=list)
    level_ids: dict[tuple[int, int], int] | None = None

    @property
    def shop_id(self) -> int:
        return self.shop.id

    def hide(self, what: str, id: int, order_id: int | None, location_id: int) -> None:
        """Note that a list leaves something out."""
        reach = self.caller.reach_of(self.locations[location_id])
        self.hidden.append(Hidden(what=what, id=id, order_id=order_id, reach=reach))

    @property
    def orders_since(self) -> datetime | None:
        """Since when the caller sees orders; None: all of them. Source: Shopify, `read_all_orders`."""
        return None if self.caller.old_orders else self.at - NEW_ORDERS


@dataclass(frozen=True, kw_only=True, slots=True)
class WriteContext:
    """Who writes, to which shop, when; `actor` and `request_id` go into ledgers and timelines.

    `callback_urls`: which addresses of services this installation takes. `vault` encrypts secrets that are kept; None
    in processes that nobody gives any.
    """

    shop_id: int
    caller: Caller
    at: datetime
    actor: str
    callback_urls: UrlPolicy
    request_id: str | None = None
    vault: Vault | None = None


# Any: a mapping cannot say that each function takes the command (or query) that it stands under.
CommandHandler: TypeAlias = Callable[[Connection, Any, WriteContext], Awaitable[object]]
QueryHandler: TypeAlias = Callable[[Connection, Any, ReadContext], Awaitable[object]]
Loader: TypeAlias = Callable[[Connection, Sequence[Any], ReadContext], Awaitable[Sequence[Any]]]
LookingFor: TypeAlias = Callable[[Any, ReadContext], Looking]
