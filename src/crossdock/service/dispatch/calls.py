"""Calls of the service's own API, as the dispatcher takes them: who calls, what with, and what is answered."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crossdock.domain.refusals import KeyReused
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import IncomingMessage

KIND = "api_call"


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """An answer in the words of the wire. `subject`: whose journey the call belongs to.

    `replayed`: it was given before, to the same idempotency key.
    """

    status: int
    body: bytes
    subject: str | None = None
    replayed: bool = False


# Makes an answer of a command's result, inside the transaction.
Render = Callable[[Any], Rendered]


@dataclass(frozen=True, kw_only=True)
class ApiCall:
    """A write that came over the API. `key` makes it happen once for its token."""

    store_id: int
    token_id: int
    actor: str
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    key: str | None = None

    @property
    def request_hash(self) -> bytes:
        """Tell this request from others under the same key, by whatever name we were called."""
        target = self.url.partition("://")[2].partition("/")[2]
        return hashlib.sha256(b"\0".join((self.method.encode(), target.encode(), self.body))).digest()


async def earlier_answer(connection: Connection, call: ApiCall) -> Rendered | None:
    """Return what was answered to this key before. Raises: KeyReused.

    Whoever uses the key at the same time waits here, and then finds the answer.
    """
    await connection.execute("SELECT pg_advisory_xact_lock(hashint8($1), hashtext($2))", call.token_id, call.key)
    row = await connection.fetchrow(
        "SELECT request_hash, status, body FROM idempotency_keys WHERE token_id = $1 AND key = $2",
        call.token_id,
        call.key,
    )
    if row is None:
        return None
    if row["request_hash"] != call.request_hash:
        raise KeyReused(str(call.key))
    return Rendered(status=row["status"], body=row["body"], replayed=True)


async def keep_answer(connection: Connection, call: ApiCall, rendered: Rendered, at: datetime) -> None:
    """Keep an answer for when its key comes again."""
    await connection.execute(
        """
        INSERT INTO idempotency_keys (token_id, key, request_hash, status, body, used_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        call.token_id,
        call.key,
        call.request_hash,
        rendered.status,
        rendered.body,
        at,
    )


def received(call: ApiCall, rendered: Rendered, reason: str | None = None) -> IncomingMessage:
    """Return a call and its answer as the ledger of messages keeps them."""
    return IncomingMessage(
        tenant_id=call.store_id,
        kind=KIND,
        source=call.actor,
        method=call.method,
        url=call.url,
        headers=call.headers,
        body=call.body,
        subject=rendered.subject or f"store:{call.store_id}",
        answer_status=rendered.status,
        answer_body=rendered.body,
        reason=reason,
        idempotency_key=call.key,
    )
