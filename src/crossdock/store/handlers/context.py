"""What a handler may know beside its command or query."""

from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.access import Caller


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadContext:
    """Who asks, of which shop, when."""

    shop_id: int
    caller: Caller
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class WriteContext:
    """Who writes, to which shop, when; `actor` and `request_id` go into ledgers and timelines."""

    shop_id: int
    caller: Caller
    at: datetime
    actor: str
    request_id: str | None = None
