"""Reading the ledger: what is pending, and the journey of one subject."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crossdock.runtime.connection import Connection


async def pending(connection: Connection, at: datetime) -> int:
    """Count the messages that are due or on their way at a time of the business clock."""
    raise NotImplementedError


async def next_due(connection: Connection) -> datetime | None:
    """Return the business time at which the next waiting message may be sent, possibly in the past."""
    raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Attempt:
    number: int
    started_at: datetime
    duration_ms: int
    answer_status: int | None
    answer_headers: Mapping[str, str] | None
    answer_body: bytes | None
    error: str | None


@dataclass(frozen=True, kw_only=True)
class LedgerMessage:
    """One message with its attempts. Bodies of answers are their first 4 kB."""

    id: int
    direction: str
    kind: str
    message_id: str
    endpoint: str
    subject: str | None
    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: str
    reason: str | None
    created_at: datetime
    finished_at: datetime | None
    next_attempt_at: datetime | None
    answer_status: int | None
    answer_headers: Mapping[str, str] | None
    answer_body: bytes | None
    attempts: tuple[Attempt, ...]


async def journey(
    connection: Connection, tenant_id: int, subject: str, *, after: int = 0, limit: int = 200
) -> list[LedgerMessage]:
    """Return the messages of a subject, oldest first, from above an id."""
    raise NotImplementedError


async def messages(
    connection: Connection, tenant_id: int, *, status: str | None = None, before: int | None = None, limit: int = 50
) -> list[LedgerMessage]:
    """Return the newest messages of a tenant, newest first, from below an id."""
    raise NotImplementedError
