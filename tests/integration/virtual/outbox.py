"""The exchange's sending half in memory: the ledger that survives, and the courier that may die."""

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from crossdock.runtime.exchange.profiles import OWN, Profile
from crossdock.runtime.exchange.verdicts import Dead, Delivered, End, Message, Retry, Verdict, settle
from crossdock.runtime.http.outgoing import NoAnswer, OutgoingAnswer, OutgoingRequest
from tests.integration.virtual.network import Node, Process, Send

DEADLINE = 10.0


@dataclass(kw_only=True)
class Posted:
    """A message that waits, as the ledger has it."""

    message: Message
    next_at: datetime
    fifo_key: str | None
    fold_key: str | None
    is_leased: bool = False


@dataclass(kw_only=True)
class Outbox:
    """The ledger of messages to send. It survives."""

    ids: "count[int]" = field(default_factory=lambda: count(1))
    waiting: dict[int, Posted] = field(default_factory=dict)
    causes: set[str] = field(default_factory=set)
    attempts: int = 0

    def post(self, rows: Iterable[Mapping[str, object]], at: datetime) -> None:
        """Take rows of `message_rows` as the exchange does: each cause once, folded where they say so."""
        for row in rows:
            if row["direction"] != "out" or row["cause"] in self.causes:
                continue
            if row["cause"] is not None:
                self.causes.add(str(row["cause"]))
            posted = posted_of(next(self.ids), row, at)
            if posted.fold_key is None or not self.is_unsaid(posted.fold_key):
                self.waiting[posted.message.id] = posted

    def is_unsaid(self, fold_key: str) -> bool:
        return any(each.fold_key == fold_key and not each.message.attempts for each in self.waiting.values())


def posted_of(id: int, row: Mapping[str, object], at: datetime) -> Posted:
    command = row["command"]
    assert command is None or isinstance(command, Mapping)
    headers = row["request_headers"]
    assert isinstance(headers, Mapping)
    return Posted(
        message=Message(
            tenant_id=int(str(row["tenant_id"])),
            id=id,
            message_id=str(row["message_id"]),
            kind=str(row["kind"]),
            endpoint=str(row["endpoint"]),
            subject=None,
            method=str(row["method"]),
            url=str(row["url"]),
            headers=headers,
            body=base64.b64decode(str(row["request_body"])),
            credential=None,
            profile=str(row["profile"]),
            command=command,
            cause=None,
            idempotency_key=text_of(row["idempotency_key"]),
            attempts=0,
            fence=0,
            created_at=at,
        ),
        next_at=at,
        fifo_key=text_of(row["fifo_key"]),
        fold_key=text_of(row["fold_key"]),
    )


def text_of(value: object) -> str | None:
    return None if value is None else str(value)


@dataclass(kw_only=True)
class Courier:
    """Sends what waits, by the profiles and verdicts of the real one, from a node that may die.

    `in_order`, `hears_silence`: False plants a fault, messages overtake each other, or silence counts as an answer.
    """

    node: Node
    outbox: Outbox
    to: Node
    prepare: Callable[[Message], OutgoingRequest]
    judge: Callable[[Message, OutgoingAnswer], Verdict]
    profiles: Mapping[str, Profile]
    on_end: Callable[[Message, End], None]
    in_order: bool = True
    hears_silence: bool = True

    def boot(self) -> None:
        """What another life of ours had in its hands is free again."""
        for posted in self.outbox.waiting.values():
            posted.is_leased = False
        self.look()

    def wake(self) -> None:
        self.node.time.after(0.0, self.look)

    def look(self) -> None:
        if not self.node.is_up:
            return
        ahead: set[str] = set()
        for posted in list(self.outbox.waiting.values()):
            if posted.fifo_key in ahead:
                continue
            if posted.fifo_key is not None and self.in_order:
                ahead.add(posted.fifo_key)
            if not posted.is_leased and posted.next_at <= self.node.time.now:
                posted.is_leased = True
                posted.message = replace(posted.message, attempts=posted.message.attempts + 1)
                self.outbox.attempts += 1
                self.node.start(self.deliver(posted))

    def deliver(self, posted: Posted) -> Process:
        message, answer = posted.message, None
        try:
            answer = yield Send(to=self.to, request=self.prepare(message), deadline=DEADLINE)
            verdict = self.judge(message, answer)
        except NoAnswer as silence:
            verdict = Retry(silence.reason) if self.hears_silence else Delivered()
        self.conclude(posted, verdict, answer)

    def conclude(self, posted: Posted, verdict: Verdict, answer: OutgoingAnswer | None) -> None:
        message, at = posted.message, self.node.time.now
        becomes = settle(
            verdict,
            profile=self.profiles.get(message.profile, OWN),
            attempts=message.attempts,
            answer=answer,
            at=at,
            chance=self.node.weather.chance.random(),
        )
        posted.is_leased = False
        if isinstance(becomes, datetime):
            posted.next_at = becomes
            self.node.time.after((becomes - at).total_seconds(), self.look)
        else:
            del self.outbox.waiting[message.id]
            reason = becomes.reason if isinstance(becomes, Dead) else None
            self.on_end(message, End(delivered=isinstance(becomes, Delivered), reason=reason, answer=answer, at=at))
        self.wake()
