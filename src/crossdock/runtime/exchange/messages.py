"""What is put into the ledger: messages to send, messages that came in, calls that were made or answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from crossdock.runtime.connection import Connection

KEPT_OF_AN_ANSWER = 4096


def new_message_id() -> str:
    return str(uuid4())


@dataclass(frozen=True, kw_only=True)
class OutgoingMessage:
    """A message to be sent, at least once, in the order of its `fifo_key`.

    `headers` hold no secret: `credential` names what signs or authorises, and is resolved when it is sent.
    `endpoint` names what fails together (breaker, concurrency); `subject` whose journey shows it, e.g. `order:123`;
    `command` what the answer is for, given to `on_end`; `cause`, where given, makes it once per tenant.
    """

    tenant_id: int
    kind: str
    endpoint: str
    method: str
    url: str
    profile: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fifo_key: str | None = None
    subject: str | None = None
    credential: str | None = None
    command: Mapping[str, object] | None = None
    cause: str | None = None
    idempotency_key: str | None = None
    message_id: str = field(default_factory=new_message_id)
    due_at: datetime | None = None


def message_rows(messages: Sequence[OutgoingMessage], at: datetime) -> list[dict[str, object]]:
    """Return the messages as JSON values, for the parameter of `insert_messages`."""
    raise NotImplementedError


def insert_messages(parameter: str) -> str:
    """Return the INSERT of `message_rows` given as the jsonb parameter named, e.g. `$4`.

    It stands alone or inside a CTE: `WITH posted AS (INSERT ... RETURNING id, message_id) ...`. A cause that has its
    message already is passed over. Ids come from `message_ids` in the order of the rows.
    """
    raise NotImplementedError


async def post(connection: Connection, messages: Sequence[OutgoingMessage], at: datetime) -> None:
    """Put messages into the ledger, in the caller's transaction. Call `wake` after its commit for the least delay."""
    raise NotImplementedError


async def wake(connection: Connection) -> None:
    """Tell couriers that there is something to send; call it after the commit, never inside the transaction.

    A NOTIFY inside a transaction makes all such commits of the database wait for each other.
    """
    raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class IncomingMessage:
    """A message that came in, or a call that was answered. `source` and `message_id` make it once per tenant."""

    tenant_id: int
    kind: str
    source: str
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    subject: str | None = None
    message_id: str = field(default_factory=new_message_id)
    answer_status: int | None = None
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    answer_body: bytes | None = None
    reason: str | None = None
    idempotency_key: str | None = None


async def receive(connection: Connection, message: IncomingMessage, at: datetime) -> bool:
    """Put a message into the inbox as `received`; False when it was there before. Answer 2xx only after the commit."""
    raise NotImplementedError


async def close_received(
    connection: Connection, tenant_id: int, source: str, message_id: str, at: datetime, *, refused: str | None = None
) -> None:
    """Mark a received message as done, or as refused for a reason."""
    raise NotImplementedError


async def record(connection: Connection, messages: Sequence[IncomingMessage], at: datetime) -> None:
    """Note calls that were received and answered: done with an answer below 400, else refused."""
    raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class FinishedCall:
    """A call that this side made outside the courier (a pull), noted after the fact as delivered or dead."""

    tenant_id: int
    kind: str
    endpoint: str
    method: str
    url: str
    started_at: datetime
    duration: float
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    subject: str | None = None
    answer_status: int | None = None
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    answer_body: bytes | None = None
    error: str | None = None


async def record_calls(connection: Connection, calls: Sequence[FinishedCall], at: datetime) -> None:
    """Note calls made, each with its one attempt."""
    raise NotImplementedError


async def replay(connection: Connection, tenant_id: int, id: int, at: datetime) -> bool:
    """Make a finished outgoing message wait again, with its message id; False when there is none such."""
    raise NotImplementedError


async def cancel(connection: Connection, tenant_id: int, id: int, reason: str, at: datetime) -> bool:
    """Give up a waiting message; False when it is not waiting. A send under way may still arrive."""
    raise NotImplementedError
