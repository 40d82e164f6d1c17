"""Asking stores: every call is noted in the ledger, every failure is told apart by who is at fault."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crossdock.dialects.asking import (
    Disconnected,
    Later,
    Refused,
    Reply,
    Row,
    Taken,
    TooDear,
    Transport,
    Withheld,
)
from crossdock.dialects.operation import Call, WireError
from crossdock.domain.refusals import Refusal
from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Pool
from crossdock.runtime.exchange.messages import FinishedCall, record_calls
from crossdock.runtime.exchange.verdicts import retry_after
from crossdock.runtime.http.outgoing import NoAnswer, Outgoing, OutgoingAnswer, OutgoingRequest
from crossdock.runtime.postgres.pool import acquire_ready, transaction
from crossdock.runtime.secrets import Undecryptable, Vault
from crossdock.service.database.budgets import Urgency, note_budget, spend
from crossdock.service.database.drift import note_drift
from crossdock.service.database.stores import Store, token_purpose
from crossdock.service.stores.errors import (
    StoreDisconnected,
    StoreError,
    StoreNotUnderstood,
    StoreRefused,
    StoreUnavailable,
    StoreWithholds,
)
from crossdock.service.stores.wire import (
    CAP,
    address,
    body_of,
    call_of,
    headers_of,
    reply_of,
    row_of,
    transport_of,
)

DEADLINE = 30.0
# A list that is longer has no end.
MOST_PAGES = 10_000
# So long a call waits for its turn at the store's bucket, real time.
LONGEST_WAIT = 60.0
SHORTEST_WAIT = 0.05
# So often a call is sent that came too early each time.
PATIENCE = 10


@dataclass(frozen=True, kw_only=True)
class Caller:
    """What asking a store takes."""

    pool: Pool
    clock: Clock
    vault: Vault
    outgoing: Outgoing


@dataclass(frozen=True, kw_only=True)
class Question:
    """A command on its way to a store, and how: `subject` names whose journey shows it."""

    store: Store
    transport: Transport
    row: Row
    subject: str
    urgency: Urgency


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What a store answered to a call; `trouble`: what that means for whoever asked, if it is no yes."""

    reply: Reply
    trouble: StoreError | None


async def ask(
    caller: Caller,
    store: Store,
    command: object,
    *,
    subject: str | None = None,
    urgency: Urgency = Urgency.READING,
    key: str | None = None,
) -> Any:
    """Send one command to a store and return its answer as the dialect reads it, all parts of it.

    `key`: it happens once under it. Raises: StoreError.
    """
    question = question_of(store, command, subject, urgency)
    whole: Any = None
    first = True
    async for part in parts(caller, question, call_of(store, command, key=key)):
        whole = part if first else question.transport.join(whole, part)
        first = False
    return whole


async def ask_for_all(
    caller: Caller, store: Store, command: object, *, subject: str | None = None
) -> AsyncIterator[Any]:
    """Send a query for a list to a store, and give its items page by page until the last. Raises: StoreError."""
    question = question_of(store, command, subject, Urgency.READING)
    async for page in parts(caller, question, call_of(store, command)):
        for item in page:
            yield item


def question_of(store: Store, command: object, subject: str | None, urgency: Urgency) -> Question:
    return Question(
        store=store,
        transport=transport_of(store),
        row=row_of(store, command),
        subject=subject or store.subject,
        urgency=urgency,
    )


async def parts(caller: Caller, question: Question, first: Call) -> AsyncIterator[Any]:
    """Give the parts of an answer until the last, smaller ones where it would be too dear. Raises: StoreError."""
    call: Call | None = first
    for _ in range(MOST_PAGES):
        if call is None:
            return
        answered = await send_patiently(caller, question, call)
        smaller = question.transport.smaller(call) if isinstance(answered.trouble, StoreAsksForLess) else None
        if answered.trouble is not None and smaller is None:
            raise answered.trouble
        if smaller is not None:
            call = smaller
            continue
        yield decoded(question.row, answered.reply)
        call = following(question, call, answered.reply)
    if call is not None:
        raise StoreUnavailable(f"the list goes on after {MOST_PAGES} pages")


async def send_patiently(caller: Caller, question: Question, call: Call) -> Answered:
    """Send a call, again where it came too early: what a store did not look at can be sent again, whatever it is."""
    for _ in range(PATIENCE - 1):
        answered = await send(caller, question, call)
        match question.transport.judge(answered.reply):
            case Later(early=True, seconds=seconds) if seconds is not None and seconds <= LONGEST_WAIT:
                await asyncio.sleep(seconds)
            case _:
                return answered
    return await send(caller, question, call)


async def send(caller: Caller, question: Question, call: Call) -> Answered:
    """Send a call with the store's token when its turn has come, and note it. Raises: StoreUnavailable."""
    store = question.store
    try:
        token = caller.vault.decrypt(store.access_token, purpose=token_purpose(store.shop_domain))
    except Undecryptable as error:
        raise StoreUnavailable(f"the store's token cannot be read: {error}") from error
    await wait_for_turn(caller, question, call)
    started_at = await caller.clock.now()
    url, body, headers = address(store, call), body_of(call), headers_of(store, call)
    noted = FinishedCall(
        tenant_id=store.id,
        kind=question.row.name,
        endpoint=store.url,
        method=call.method,
        url=url,
        headers=headers,
        body=body,
        subject=question.subject,
        started_at=started_at,
        duration=0.0,
    )
    shown = question.transport.credentials(token)
    request = OutgoingRequest(method=call.method, url=url, headers={**headers, **shown}, body=body)
    try:
        answer = await caller.outgoing.send(request, deadline=DEADLINE, cap=CAP)
    except NoAnswer as silence:
        silent = replace(noted, duration=silence.duration.total_seconds(), error=silence.reason)
        await keep(caller, question, silent, None)
        raise StoreUnavailable(silence.reason) from silence
    reply = reply_of(answer)
    trouble = failure(question.transport, answer, reply, started_at)
    finished = replace(
        noted,
        duration=answer.duration.total_seconds(),
        answer_status=answer.status,
        answer_headers=answer.headers,
        answer_body=answer.body,
        error=str(trouble) if trouble else None,
    )
    await keep(caller, question, finished, reply)
    return Answered(reply=reply, trouble=trouble)


async def wait_for_turn(caller: Caller, question: Question, call: Call) -> None:
    """Wait until a store's bucket has what a call takes. Raises: StoreUnavailable when that is too long."""
    points, waited = question.transport.points(question.row, call), 0.0
    while True:
        async with acquire_ready(caller.pool) as connection:
            at = await caller.clock.now(connection)
            seconds = await spend(connection, question.store.id, points, question.urgency, at)
        if not seconds:
            return
        seconds = max(seconds, SHORTEST_WAIT)
        if waited + seconds > LONGEST_WAIT:
            raise StoreUnavailable("the store's budget for calls is spent", seconds)
        await asyncio.sleep(seconds)
        waited += seconds


async def keep(caller: Caller, question: Question, call: FinishedCall, reply: Reply | None) -> None:
    """Note a call, and what its answer tells beside what was asked: the budget left, and what we do not know."""
    async with transaction(caller.pool) as connection:
        await record_calls(connection, [call], call.started_at)
        if reply is None:
            return
        store_id, at = question.store.id, call.started_at
        if (left := question.transport.budget(reply)) is not None:
            await note_budget(
                connection,
                store_id,
                available=left.available,
                maximum=left.maximum,
                per_second=left.per_second,
                at=at,
            )
        await note_drift(connection, store_id, question.row.name, question.transport.drift(question.row, reply), at)


class StoreAsksForLess(StoreRefused):
    """The answer would be too much at once."""


def failure(transport: Transport, answer: OutgoingAnswer, reply: Reply, at: datetime) -> StoreError | None:
    """Return what an answer means for whoever asked, if it is no yes."""
    match transport.judge(reply):
        case Taken():
            return StoreUnavailable("the answer is too long") if answer.truncated else None
        case Refused(words=words, missing=missing):
            return StoreRefused(words, missing)
        case TooDear(words=words):
            return StoreAsksForLess(words)
        case Later(words=words, seconds=seconds):
            return StoreUnavailable(words, seconds or retry_after(answer.headers, at) or None)
        case Withheld(words=words):
            return StoreWithholds(words)
        case Disconnected(words=words):
            return StoreDisconnected(words)


def following(question: Question, call: Call, reply: Reply) -> Call | None:
    try:
        return question.transport.following(question.row, call, reply)
    except WireError as error:
        raise StoreNotUnderstood(f"the answer cannot be understood: {error}") from error


def decoded(row: Row, reply: Reply) -> Any:
    """Read an answer that was judged as taken. Raises: StoreNotUnderstood."""
    try:
        return row.decode_result(reply.body)
    except (WireError, Refusal) as error:
        raise StoreNotUnderstood(f"the answer cannot be understood: {error}") from error
