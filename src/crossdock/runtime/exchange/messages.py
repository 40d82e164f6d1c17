"""What is put into the ledger: messages to send, messages that came in, calls that were made or answered."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from crossdock.runtime.connection import Connection

KEPT_OF_AN_ANSWER = 4096
CHANNEL = "crossdock_exchange"
FOLDED = "another one that says the same was still waiting to be sent"
TELLING = re.compile("authorization|cookie|token|secret|password|api-key", re.IGNORECASE)


def new_message_id() -> str:
    return str(uuid4())


@dataclass(frozen=True, kw_only=True)
class OutgoingMessage:
    """A message to be sent, at least once, in the order of its `fifo_key`.

    `headers` hold no secret: `credential` names what signs or authorises, and is resolved when it is sent.
    `endpoint` names what fails together (breaker, concurrency); `subject` whose journey shows it, e.g. `order:123`;
    `command` what the answer is for, given to `on_end`; `cause`, where given, makes it once per tenant. Of messages of
    one `fold_key` one that waits unsent speaks for all; the others are noted as cancelled.
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
    fold_key: str | None = None
    idempotency_key: str | None = None
    message_id: str = field(default_factory=new_message_id)
    due_at: datetime | None = None


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


def message_rows(messages: Sequence[OutgoingMessage], at: datetime) -> list[dict[str, object]]:
    """Return messages to send as JSON values, for the parameter of `insert_messages`."""
    return [
        {
            "tenant_id": message.tenant_id,
            "direction": "out",
            "kind": message.kind,
            "message_id": message.message_id,
            "endpoint": message.endpoint,
            "fifo_key": message.fifo_key,
            "subject": message.subject,
            "method": message.method,
            "url": message.url,
            "request_headers": dict(message.headers),
            "request_body": base64.b64encode(message.body).decode(),
            "credential": message.credential,
            "profile": message.profile,
            "command": message.command,
            "status": "waiting",
            "next_attempt_at": (message.due_at or at).isoformat(),
            "created_at": at.isoformat(),
            "cause": message.cause,
            "fold_key": message.fold_key,
            "idempotency_key": message.idempotency_key,
        }
        for message in messages
    ]


def incoming_rows(messages: Sequence[IncomingMessage], at: datetime) -> list[dict[str, object]]:
    """Return calls received and answered as JSON values, for the parameter of `insert_messages`."""
    return [incoming_row(message, at) | outcome(message, at) for message in messages]


def incoming_row(message: IncomingMessage, at: datetime) -> dict[str, object]:
    return {
        "tenant_id": message.tenant_id,
        "direction": "in",
        "kind": message.kind,
        "message_id": message.message_id,
        "endpoint": message.source,
        "subject": message.subject,
        "method": message.method,
        "url": message.url,
        "request_headers": without_secrets(message.headers),
        "request_body": base64.b64encode(message.body).decode(),
        "status": "received",
        "created_at": at.isoformat(),
        "idempotency_key": message.idempotency_key,
    }


def outcome(message: IncomingMessage, at: datetime) -> dict[str, object]:
    refused = message.answer_status is not None and message.answer_status >= 400
    return {
        "status": "refused" if refused else "done",
        "finished_at": at.isoformat(),
        "answer_status": message.answer_status,
        "answer_headers": without_secrets(message.answer_headers),
        "answer_body": kept(message.answer_body),
        "reason": message.reason,
    }


def call_row(call: FinishedCall, at: datetime) -> dict[str, object]:
    return {
        "tenant_id": call.tenant_id,
        "direction": "out",
        "kind": call.kind,
        "message_id": new_message_id(),
        "endpoint": call.endpoint,
        "subject": call.subject,
        "method": call.method,
        "url": call.url,
        "request_headers": without_secrets(call.headers),
        "request_body": base64.b64encode(call.body).decode(),
        "status": "dead" if call.error else "delivered",
        "attempts": 1,
        "fence": 1,
        "created_at": call.started_at.isoformat(),
        "finished_at": at.isoformat(),
        "answer_status": call.answer_status,
        "answer_headers": without_secrets(call.answer_headers),
        "answer_body": kept(call.answer_body),
        "reason": call.error,
        "duration_ms": round(call.duration * 1000),
    }


def kept(body: bytes | None) -> str | None:
    return None if body is None else base64.b64encode(body[:KEPT_OF_AN_ANSWER]).decode()


def without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with the values of those that carry credentials left out."""
    return {name: "(secret)" if TELLING.search(name) else value for name, value in headers.items()}


def insert_messages(parameter: str) -> str:
    """Return the INSERT of rows (of `message_rows`, `incoming_rows`) given as the jsonb parameter named, e.g. `$4`.

    It stands alone or inside a CTE: `WITH posted AS (INSERT ... RETURNING tenant_id, id) ...`. A cause or an incoming
    message id that is there already is passed over. Ids come from `message_ids` in the order of the rows. What is
    folded into a message that waits keeps that one from being sent before our commit: its receiver shall see all.
    """
    return f"""
        WITH given AS (
            SELECT row.*, row_number() OVER (PARTITION BY tenant_id, fold_key ORDER BY place) > 1 AS repeated
            FROM ROWS FROM (jsonb_to_recordset({parameter}::jsonb) AS (
                tenant_id bigint, direction text, kind text, message_id text, endpoint text, fifo_key text,
                subject text, method text, url text, request_headers jsonb, request_body text, credential text,
                profile text, command jsonb, status text, attempts integer, fence bigint, next_attempt_at timestamptz,
                created_at timestamptz, finished_at timestamptz, answer_status integer, answer_headers jsonb,
                answer_body text, reason text, cause text, idempotency_key text, fold_key text)
            ) WITH ORDINALITY AS row (
                tenant_id, direction, kind, message_id, endpoint, fifo_key, subject, method, url, request_headers,
                request_body, credential, profile, command, status, attempts, fence, next_attempt_at, created_at,
                finished_at, answer_status, answer_headers, answer_body, reason, cause, idempotency_key, fold_key,
                place)
        ), unsaid AS (
            SELECT fold_key, tenant_id FROM messages
            WHERE status = 'waiting' AND NOT retrying AND attempts = 0
                AND tenant_id = ANY (ARRAY(SELECT tenant_id FROM given WHERE fold_key IS NOT NULL))
                AND fold_key = ANY (ARRAY(SELECT fold_key FROM given WHERE fold_key IS NOT NULL))
            ORDER BY id
            FOR NO KEY UPDATE
        ), placed AS (
            SELECT given.*, fold_key IS NOT NULL AND (
                repeated OR (tenant_id, fold_key) IN (SELECT tenant_id, fold_key FROM unsaid)) AS folded
            FROM given
        )
        INSERT INTO messages (tenant_id, direction, kind, message_id, endpoint, fifo_key, subject, method, url,
            request_headers, request_body, credential, profile, command, status, attempts, fence, next_attempt_at,
            created_at, finished_at, answer_status, answer_headers, answer_body, reason, cause, idempotency_key,
            fold_key)
        SELECT tenant_id, direction, kind, message_id, endpoint, fifo_key, subject, method, url,
            request_headers, decode(request_body, 'base64'), credential, profile, command,
            CASE WHEN folded THEN 'cancelled' ELSE status END, coalesce(attempts, 0), coalesce(fence, 0),
            CASE WHEN NOT folded THEN next_attempt_at END, created_at,
            CASE WHEN folded THEN created_at ELSE finished_at END, answer_status, answer_headers,
            decode(answer_body, 'base64'), CASE WHEN folded THEN '{FOLDED}' ELSE reason END, cause, idempotency_key,
            fold_key
        FROM placed
        ORDER BY place
        ON CONFLICT DO NOTHING
        RETURNING tenant_id, id, message_id
    """


INSERT = insert_messages("$1")


async def post(connection: Connection, messages: Sequence[OutgoingMessage], at: datetime) -> None:
    """Put messages into the ledger, in the caller's transaction. Call `wake` after its commit for the least delay."""
    if messages:
        await connection.execute(INSERT, message_rows(messages, at))


async def wake(connection: Connection) -> None:
    """Tell couriers that there is something to send; call it after the commit, never inside the transaction.

    A NOTIFY inside a transaction makes all such commits of the database wait for each other.
    """
    await connection.execute("SELECT pg_notify($1, '')", CHANNEL)


async def receive(connection: Connection, message: IncomingMessage, at: datetime) -> bool:
    """Put a message into the inbox as `received`; False when it was there before. Answer 2xx only after the commit."""
    return await connection.fetchrow(INSERT, [incoming_row(message, at)]) is not None


async def close_received(
    connection: Connection, tenant_id: int, source: str, message_id: str, at: datetime, *, refused: str | None = None
) -> None:
    """Mark a received message as done, or as refused for a reason."""
    await connection.execute(
        """
        UPDATE messages
        SET status = CASE WHEN $5::text IS NULL THEN 'done' ELSE 'refused' END, reason = $5, finished_at = $4
        WHERE tenant_id = $1 AND direction = 'in' AND endpoint = $2 AND message_id = $3 AND status = 'received'
        """,
        tenant_id,
        source,
        message_id,
        at,
        refused,
    )


async def close_all_received(connection: Connection, tenant_id: int, kind: str, until: datetime, at: datetime) -> None:
    """Mark the messages of a kind that came until a time as done, where one piece of work answers them all."""
    await connection.execute(
        """
        UPDATE messages SET status = 'done', finished_at = $4
        WHERE tenant_id = $1 AND direction = 'in' AND kind = $2 AND status = 'received' AND created_at <= $3
        """,
        tenant_id,
        kind,
        until,
        at,
    )


async def record(connection: Connection, messages: Sequence[IncomingMessage], at: datetime) -> None:
    """Note calls that were received and answered: done with an answer below 400, else refused."""
    if messages:
        await connection.execute(INSERT, incoming_rows(messages, at))


INSERT_CALLS = f"""
    WITH noted AS ({INSERT}), call AS (
        SELECT * FROM jsonb_to_recordset($1::jsonb) AS row (
            tenant_id bigint, message_id text, created_at timestamptz, duration_ms integer, answer_status integer,
            answer_headers jsonb, answer_body text, reason text)
    )
    INSERT INTO message_attempts (tenant_id, message, number, started_at, duration_ms, answer_status, answer_headers,
        answer_body, error)
    SELECT noted.tenant_id, noted.id, 1, call.created_at, call.duration_ms, call.answer_status, call.answer_headers,
        decode(call.answer_body, 'base64'), call.reason
    FROM noted JOIN call USING (tenant_id, message_id)
"""


async def record_calls(connection: Connection, calls: Sequence[FinishedCall], at: datetime) -> None:
    """Note calls made, each with its one attempt."""
    if calls:
        await connection.execute(INSERT_CALLS, [call_row(call, at) for call in calls])
