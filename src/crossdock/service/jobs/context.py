"""What the jobs are given by the side's composition root."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from crossdock.domain.places import Address
from crossdock.domain.work import AssignedFulfillmentOrder, BookedFulfillment
from crossdock.service.database.turns import Turns
from crossdock.service.stores.client import Caller


class TakeIn(Protocol):
    """Lay what a pull read beside what we know; False when a later pull has begun."""

    async def __call__(
        self, store_id: int, pull: int, orders: Sequence[AssignedFulfillmentOrder], missing: Collection[int]
    ) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class JobContext:
    """How jobs reach stores, stores reach us, where our warehouse is, and the dispatcher above them."""

    caller: Caller
    turns: Turns
    public_url: str | None
    address: Address | None
    take_in: TakeIn
    answer_received: Callable[[int], Awaitable[int]]
    find_parcel: Callable[[int, int, BookedFulfillment], Awaitable[None]]
