"""The worker that sends what waits: in order, with retries, and with a fence against its own late answers."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

import asyncpg
import structlog

from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Connection, Pool, PooledConnection
from crossdock.runtime.exchange.claims import (
    Claim,
    Line,
    Sent,
    claim,
    finish,
    free_orphans,
    note_failure,
    note_recovery,
    sign_on,
)
from crossdock.runtime.exchange.messages import CHANNEL
from crossdock.runtime.exchange.profiles import OWN, Profile
from crossdock.runtime.exchange.verdicts import Dead, Delivered, End, Message, Retry, Verdict, judge_by_status, settle
from crossdock.runtime.http.outgoing import NoAnswer, Outgoing, OutgoingAnswer, OutgoingRequest
from crossdock.runtime.postgres.pool import DatabaseUnavailable, acquire_ready, transaction

log = structlog.get_logger(__name__)

POLL = 1.0
BATCH = 32
# So soon after one claim the next would find little; waiting makes batches.
BETWEEN_CLAIMS = 0.004
# A lease outlives the deadline of its send by what it takes to store the result.
LEASE_BEYOND_DEADLINE = 5.0
# An endpoint that answered within this time last, and is among the last so many, is quick, and is sent more at once.
QUICK = 1.0
REMEMBERED = 256
TRIES_OF_AN_END = 3

# Both leave nothing behind, or what they left shows by the fence: the end is tried again.
PASSING = (DatabaseUnavailable, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class CannotPrepare(Exception):
    """The message cannot be sent at all, e.g. its credential is gone. It becomes dead with this reason."""


Prepare: TypeAlias = Callable[[Message], Awaitable[OutgoingRequest]]
Judge: TypeAlias = Callable[[Message, OutgoingAnswer], Verdict]
OnEnd: TypeAlias = Callable[[Connection, Message, End], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one attempt came to."""

    sent: Sent
    verdict: Verdict


class Courier:
    """Sends what waits until stopped. Run as many as you like, anywhere.

    `prepare` adds credentials and signature to a message just before it is sent; `judge` says what an answer means;
    `on_end` is called in the transaction that makes a message delivered or dead. No transaction is open while sending.
    The courier keeps one connection of the pool to itself.
    """

    def __init__(
        self,
        *,
        pool: Pool,
        clock: Clock,
        outgoing: Outgoing,
        profiles: Mapping[str, Profile],
        prepare: Prepare,
        judge: Judge = judge_by_status,
        on_end: OnEnd | None = None,
        concurrency: int = 128,
        per_endpoint: int = 8,
        deadline: float = 10.0,
        cap: int = 64 * 1024,
    ) -> None:
        self.pool = pool
        self.clock = clock
        self.outgoing = outgoing
        self.profiles = profiles
        self.prepare = prepare
        self.judge = judge
        self.on_end = on_end
        self.concurrency = concurrency
        self.per_endpoint = per_endpoint
        self.deadline = deadline
        self.cap = cap
        self.stopping = asyncio.Event()
        self.work = asyncio.Event()
        self.number: int | None = None
        self.sending: Counter[Line] = Counter()
        self.quick: dict[Line, None] = {}
        self.deliveries: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Send until `stop`, then let what is on its way finish. Outlives restarts of the database."""
        while not self.stopping.is_set():
            try:
                async with acquire_ready(self.pool) as connection:
                    await self.serve(connection)
            except DatabaseUnavailable as error:
                log.warning("courier_lost_database", error=str(error))
                await self.pause(0.5)
        if self.deliveries:
            await asyncio.wait(self.deliveries)

    def stop(self) -> None:
        self.stopping.set()
        self.work.set()

    async def serve(self, connection: PooledConnection) -> None:
        """Claim and send for as long as this connection lives: it carries our lock and hears of new messages."""
        self.number = courier = await sign_on(connection, self.number)
        await connection.add_listener(CHANNEL, self.hear)
        looked = 0.0
        loop = asyncio.get_running_loop()
        try:
            while not self.stopping.is_set():
                self.work.clear()
                if loop.time() - looked >= POLL:
                    looked = loop.time()
                    if freed := await free_orphans(connection):
                        log.info("courier_freed_leases", messages=freed)
                if not await self.fill(connection, courier):
                    await self.pause(POLL)
                await asyncio.sleep(BETWEEN_CLAIMS)
        finally:
            # Nobody else may be lent a connection with our lock and listener.
            connection.terminate()

    def hear(self, *_: object) -> None:
        self.work.set()

    async def pause(self, seconds: float) -> None:
        """Wait for work, or for a time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.work.wait()

    async def fill(self, connection: Connection, courier: int) -> bool:
        """Start sending what is due and fits; True when there may be more that fits."""
        room = self.concurrency - len(self.deliveries)
        if room <= 0:
            return False
        limit = min(room, BATCH)
        claims = await claim(
            connection,
            courier=courier,
            at=await self.clock.now(connection),
            limit=limit,
            lease=self.deadline + LEASE_BEYOND_DEADLINE,
            per_endpoint=self.per_endpoint,
            sending=self.sending,
            quick=self.quick.keys(),
        )
        for claimed in claims:
            self.start(claimed)
        return len(claims) == limit

    def start(self, claimed: Claim) -> None:
        line = Line(tenant_id=claimed.message.tenant_id, endpoint=claimed.message.endpoint)
        self.sending[line] += 1
        task = asyncio.create_task(self.deliver(claimed, line))
        self.deliveries.add(task)
        task.add_done_callback(self.deliveries.discard)

    async def deliver(self, claimed: Claim, line: Line) -> None:
        """Send one message and store what came of it. Whatever fails here, the lease runs out and it is sent again."""
        try:
            result = await self.attempt(claimed.message)
            self.remember(line, result)
            await self.store(result)
            await self.note(line, claimed, result)
        except Exception:
            log.exception("courier_failed", message=claimed.message.id, tenant=claimed.message.tenant_id)
        finally:
            self.sending[line] -= 1
            if not self.sending[line]:
                del self.sending[line]
            self.work.set()

    def remember(self, line: Line, result: Result) -> None:
        self.quick.pop(line, None)
        if result.sent.answer is not None and result.sent.duration_ms <= QUICK * 1000:
            self.quick[line] = None
            if len(self.quick) > REMEMBERED:
                del self.quick[next(iter(self.quick))]

    async def attempt(self, message: Message) -> Result:
        started_at = await self.clock.now()
        started = asyncio.get_running_loop().time()
        answer: OutgoingAnswer | None = None
        verdict: Verdict
        try:
            request = await self.prepare(message)
            deadline = min(self.deadline, self.profiles.get(message.profile, OWN).deadline)
            answer = await self.outgoing.send(request, deadline=deadline, cap=self.cap)
            verdict = self.judge(message, answer)
        except CannotPrepare as refusal:
            verdict = Dead(str(refusal))
        except NoAnswer as silence:
            verdict = Retry(silence.reason)
        except Exception as error:
            # A bug of ours must not be tried for ever: it counts as an attempt like any other.
            log.exception("courier_cannot_send", tenant=message.tenant_id, message=message.id)
            verdict = Retry(f"could not be sent: {type(error).__name__}")
        sent = Sent(
            message=message,
            started_at=started_at,
            duration_ms=round((asyncio.get_running_loop().time() - started) * 1000),
            answer=answer,
            error=None if isinstance(verdict, Delivered) else verdict.reason,
        )
        return Result(sent=sent, verdict=verdict)

    async def store(self, result: Result) -> None:
        """Store a result with what its end brings about, in one transaction.

        An end that cannot be taken in is not lost: the message is sent again, with its message id and idempotency key.
        """
        for tries in range(1, TRIES_OF_AN_END + 1):
            try:
                await self.conclude(result)
            except PASSING:
                if tries == TRIES_OF_AN_END:
                    raise
            except Exception as error:
                log.exception(
                    "courier_cannot_end", tenant=result.sent.message.tenant_id, message=result.sent.message.id
                )
                await self.give_back(result, error)
                return
            else:
                return

    async def conclude(self, result: Result) -> None:
        async with transaction(self.pool) as connection:
            at = await self.clock.now(connection)
            becomes = self.settled(result, at)
            reason = reason_of(result.verdict, becomes)
            is_ours = await finish(connection, result.sent, becomes, reason=reason, at=at)
            if is_ours and self.on_end is not None and not isinstance(becomes, datetime):
                end = End(delivered=isinstance(becomes, Delivered), reason=reason, answer=result.sent.answer, at=at)
                await self.on_end(connection, result.sent.message, end)

    async def give_back(self, result: Result, error: Exception) -> None:
        """Let a message whose end failed wait for another try, until its profile has no more."""
        again = replace(result, verdict=Retry(f"could not take in the answer: {type(error).__name__}"))
        async with acquire_ready(self.pool) as connection:
            at = await self.clock.now(connection)
            becomes = self.settled(again, at)
            await finish(connection, again.sent, becomes, reason=reason_of(again.verdict, becomes), at=at)

    def settled(self, result: Result, at: datetime) -> Delivered | Dead | datetime:
        message = result.sent.message
        return settle(
            result.verdict,
            profile=self.profiles.get(message.profile, OWN),
            attempts=message.attempts,
            answer=result.sent.answer,
            at=at,
            chance=random.random(),
        )

    async def note(self, line: Line, claimed: Claim, result: Result) -> None:
        """Keep the breaker of the endpoint: silence and 5xx are its failures, any other answer shows that it lives."""
        answer = result.sent.answer
        lives = answer is not None and answer.status < 500
        if lives and not claimed.troubled:
            return
        async with acquire_ready(self.pool) as connection:
            if lives:
                await note_recovery(connection, line)
            elif isinstance(result.verdict, Retry):
                await note_failure(connection, line, result.verdict.reason, await self.clock.now(connection))


def reason_of(verdict: Verdict, becomes: Delivered | Dead | datetime) -> str | None:
    if isinstance(becomes, Dead):
        return becomes.reason
    return None if isinstance(verdict, Delivered) else verdict.reason
