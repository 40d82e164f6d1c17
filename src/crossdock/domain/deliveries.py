"""What a shop sends to apps and services, sent once more."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplayDelivery:
    """Send one delivery again, whatever became of it, with the message id that it had."""

    delivery_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplayDeliveries:
    """Send again what was to be told from a time on until another, which is excluded; None: until now.

    That is what did not arrive; with `arrived`, what did as well. `endpoint`: to this receiver only. What was folded
    into another delivery, called back, or asked for by privacy law is not meant: a delivery of those has to be named.
    The oldest go first, some thousand by one command; `after` goes on behind the last of another's.
    """

    since: datetime
    until: datetime | None = None
    endpoint: str | None = None
    arrived: bool = False
    after: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveriesReplayed:
    """How many deliveries are sent again. `last`: the id of the last of them, where there may be more of that time."""

    count: int
    last: int | None
