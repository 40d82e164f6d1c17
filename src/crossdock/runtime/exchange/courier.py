"""The worker that sends what waits: in order, with retries, and with a fence against its own late answers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.exchange.profiles import Profile
from crossdock.runtime.http.outgoing import Outgoing, OutgoingAnswer, OutgoingRequest


@dataclass(frozen=True, kw_only=True)
class Message:
    """A claimed message, as `prepare`, `judge` and `on_end` see it."""

    tenant_id: int
    id: int
    message_id: str
    kind: str
    endpoint: str
    subject: str | None
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    credential: str | None
    profile: str
    command: Mapping[str, object] | None
    cause: str | None
    idempotency_key: str | None
    attempts: int
    created_at: datetime


@dataclass(frozen=True)
class Delivered:
    """The receiver has it."""


@dataclass(frozen=True)
class Retry:
    """Send it again: after `seconds`, or else as the profile says."""

    reason: str
    seconds: float | None = None


@dataclass(frozen=True)
class Dead:
    """It will not be sent again unless somebody replays it."""

    reason: str


Verdict: TypeAlias = Delivered | Retry | Dead


class CannotPrepare(Exception):
    """The message cannot be sent at all, e.g. its credential is gone. It becomes dead with this reason."""


@dataclass(frozen=True, kw_only=True)
class End:
    """How a message ended: `status` is delivered or dead."""

    status: str
    reason: str | None
    answer: OutgoingAnswer | None
    at: datetime


Prepare: TypeAlias = Callable[[Message], Awaitable[OutgoingRequest]]
Judge: TypeAlias = Callable[[Message, OutgoingAnswer], Verdict]
OnEnd: TypeAlias = Callable[[Connection, Message, End], Awaitable[None]]


def judge_by_status(message: Message, answer: OutgoingAnswer) -> Verdict:
    """2xx is delivered; all else is tried again as the profile says (Shopify and 29 Next retry any answer but 2xx)."""
    raise NotImplementedError


async def nothing(connection: Connection, message: Message, end: End) -> None:
    """End a message without further effect."""


class Courier:
    """Sends what waits until stopped. Run as many as you like, anywhere."""

    def __init__(
        self,
        *,
        pool: Pool,
        clock: Clock,
        outgoing: Outgoing,
        profiles: Mapping[str, Profile],
        prepare: Prepare,
        judge: Judge = judge_by_status,
        on_end: OnEnd = nothing,
        concurrency: int = 64,
        per_endpoint: int = 8,
    ) -> None:
        raise NotImplementedError

    async def run(self) -> None:
        """Send until `stop`, then let what is on its way finish."""
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError
