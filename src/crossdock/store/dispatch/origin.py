"""Where a command or query comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crossdock.domain.access import MERCHANT, Caller, Hidden


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceivedCall:
    """A write that came over the wire, as the ledger of messages keeps it.

    `kept`: what it keeps of the body, where that holds a secret; None: all of it.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    kept: bytes | None = None

    @property
    def target(self) -> str:
        """The path and query: what is asked for, under whatever name of the shop's."""
        return "/" + self.url.partition("://")[2].partition("/")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Who asks what of which shop. `actor` is how the timeline names the caller; `key` makes a write happen once.

    `hidden` is filled by queries: what lists left out because the caller's reach does not go there. `level_ids` is
    filled with the ids of the stock levels of what is shipped, by item and location, where the answer is to name them.
    """

    shop_id: int
    caller: Caller = MERCHANT
    actor: str = "merchant"
    request_id: str | None = None
    key: str | None = None
    call: ReceivedCall | None = None
    hidden: list[Hidden] = field(default_factory=list)
    level_ids: dict[tuple[int, int], int] | None = None
