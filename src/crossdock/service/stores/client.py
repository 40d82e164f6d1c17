"""Asking stores: every call is noted in the ledger, every failure is told apart by who is at fault."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crossdock.dialects.operation import Call, Operation, WireError
from crossdock.dialects.shopify.errors import read_error
from crossdock.dialects.shopify.paging import next_call
from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Pool
from crossdock.runtime.exchange.messages import FinishedCall, record_calls
from crossdock.runtime.exchange.verdicts import retry_after
from crossdock.runtime.http.outgoing import NoAnswer, Outgoing, OutgoingAnswer, OutgoingRequest
from crossdock.runtime.json import BadJson, read_json
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.runtime.secrets import Undecryptable, Vault
from crossdock.service.database.stores import Store, token_purpose
from crossdock.service.stores.errors import StoreRefused, StoreUnavailable
from crossdock.service.stores.wire import REFUSING, TOKEN_HEADER, address, body_of, headers_of, operation_of

DEADLINE = 30.0
# A page of 250 fulfillment orders with their addresses and many lines.
CAP = 8 * 1024 * 1024
# A list that is longer has no end.
MOST_PAGES = 10_000
UNAUTHORIZED = frozenset({401, 403})


@dataclass(frozen=True, kw_only=True)
class Caller:
    """What asking a store takes."""

    pool: Pool
    clock: Clock
    vault: Vault
    outgoing: Outgoing


async def ask(caller: Caller, store: Store, command: object, *, subject: str | None = None) -> Any:
    """Send one command to a store and return its answer as the dialect reads it.

    Raises: StoreRefused, StoreUnavailable.
    """
    operation = operation_of(store.platform, command)
    answer = await send(caller, store, operation.name, operation.encode(command), subject=subject)
    return decoded(operation, answer)


async def ask_for_all(
    caller: Caller, store: Store, command: object, *, subject: str | None = None
) -> AsyncIterator[Any]:
    """Send a query for a list to a store, and give its items page by page until the last.

    Raises: StoreRefused, StoreUnavailable.
    """
    operation = operation_of(store.platform, command)
    call: Call | None = operation.encode(command)
    for _ in range(MOST_PAGES):
        if call is None:
            return
        answer = await send(caller, store, operation.name, call, subject=subject)
        for item in decoded(operation, answer):
            yield item
        following = next_call(call, answer.headers.get("link"))
        call = following if following != call else None
    if call is not None:
        raise StoreUnavailable(f"the list goes on after {MOST_PAGES} pages")


async def send(caller: Caller, store: Store, kind: str, call: Call, *, subject: str | None) -> OutgoingAnswer:
    """Send a call with the store's token and note it. Raises: StoreRefused, StoreUnavailable."""
    try:
        token = caller.vault.decrypt(store.access_token, purpose=token_purpose(store.shop_domain))
    except Undecryptable as error:
        raise StoreUnavailable(f"the store's token cannot be read: {error}") from error
    started_at = await caller.clock.now()
    url, body, headers = address(store, call), body_of(call), headers_of(call)
    noted = FinishedCall(
        tenant_id=store.id,
        kind=kind,
        endpoint=store.url,
        method=call.method,
        url=url,
        headers=headers,
        body=body,
        subject=subject or store.subject,
        started_at=started_at,
        duration=0.0,
    )
    request = OutgoingRequest(method=call.method, url=url, headers=headers | {TOKEN_HEADER: token}, body=body)
    try:
        answer = await caller.outgoing.send(request, deadline=DEADLINE, cap=CAP)
    except NoAnswer as silence:
        await keep(caller, replace(noted, duration=silence.duration.total_seconds(), error=silence.reason))
        raise StoreUnavailable(silence.reason) from silence
    trouble = failure(answer, started_at)
    await keep(
        caller,
        replace(
            noted,
            duration=answer.duration.total_seconds(),
            answer_status=answer.status,
            answer_headers=answer.headers,
            answer_body=answer.body,
            error=str(trouble) if trouble else None,
        ),
    )
    if trouble is not None:
        raise trouble
    return answer


async def keep(caller: Caller, call: FinishedCall) -> None:
    async with acquire_ready(caller.pool) as connection:
        await record_calls(connection, [call], call.started_at)


def failure(answer: OutgoingAnswer, at: datetime) -> StoreRefused | StoreUnavailable | None:
    """Return what an answer that is no 2xx means for whoever asked."""
    if 200 <= answer.status < 300:
        return StoreUnavailable("the answer is too long") if answer.truncated else None
    words = said(answer)
    if answer.status in REFUSING | UNAUTHORIZED:
        return StoreRefused(answer.status, words)
    return StoreUnavailable(words, retry_after(answer.headers, at) or None)


def said(answer: OutgoingAnswer) -> str:
    """Return what a store says in an answer that is no 2xx, in a line."""
    try:
        return read_error(answer.status, read_json(answer.body))
    except BadJson:
        return str(answer.status)


def decoded(operation: Operation[Any, Any, Any], answer: OutgoingAnswer) -> Any:
    try:
        return operation.decode_result(read_json(answer.body, cap=CAP))
    except (BadJson, WireError) as error:
        raise StoreUnavailable(f"the answer cannot be understood: {error}") from error
