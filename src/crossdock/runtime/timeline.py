"""One story out of what a side did and what was said on its wires, in order of time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from crossdock.runtime.exchange.journey import LedgerMessage


@dataclass(frozen=True, kw_only=True)
class Happening:
    """Something that one side did, in words. `actor` is who; `quote` what they wrote with it."""

    key: str
    at: datetime
    words: str
    icon: str
    actor: str = ""
    note: str = ""
    quote: str | None = None
    spoken: bool = False


@dataclass(frozen=True, kw_only=True)
class Caption:
    """What a message is about, and with whom if that is not plain. `outside`: not with the other side of the page."""

    words: str
    party: str = ""
    outside: bool = False


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """A message of the ledger in words, or several alike in a row. `sent`: this side spoke; `path` is the bare one."""

    key: str
    at: datetime
    caption: Caption
    sent: bool
    path: str
    sign: str
    tone: str
    messages: tuple[LedgerMessage, ...]
    spoken: bool = True


Moment = Happening | Utterance

# In one transaction a call comes in first, then what it caused, then what goes out.
CALL, EVENT, MESSAGE = range(3)

TONES = {"waiting": "waiting", "received": "waiting", "dead": "bad", "refused": "bad", "cancelled": "quiet"}


def timeline(
    happenings: Iterable[Happening], messages: Iterable[LedgerMessage], caption: Callable[[LedgerMessage], Caption]
) -> list[Moment]:
    """Return all moments, oldest first. `caption` says what a message is about."""
    ranked: list[tuple[datetime, int, int, Moment]] = [
        (happening.at, EVENT, number, happening) for number, happening in enumerate(happenings)
    ]
    for message in messages:
        rank = MESSAGE if message.direction == "out" else CALL
        ranked.append((message.created_at, rank, message.id, utterance(message, caption(message))))
    return folded(moment for *_, moment in sorted(ranked, key=lambda entry: entry[:3]))


def folded(moments: Iterable[Moment]) -> list[Moment]:
    """Make one of questions that were asked several times in a row, so that answers do not drown in them."""
    kept: list[Moment] = []
    for moment in moments:
        last = kept[-1] if kept else None
        if isinstance(moment, Utterance) and isinstance(last, Utterance) and alike(last, moment):
            kept[-1] = replace(last, messages=(*last.messages, *moment.messages))
        else:
            kept.append(moment)
    return kept


def alike(one: Utterance, other: Utterance) -> bool:
    reads = one.messages[0].method == other.messages[0].method == "GET"
    return reads and (one.caption, one.sent, one.sign) == (other.caption, other.sent, other.sign)


def utterance(message: LedgerMessage, caption: Caption) -> Utterance:
    return Utterance(
        key=f"message-{message.id}",
        at=message.created_at,
        caption=caption,
        sent=message.direction == "out",
        path=path_of(message.url),
        sign=sign(message),
        tone=TONES.get(message.status, "good"),
        messages=(message,),
    )


def path_of(url: str) -> str:
    """Return the path of an address, or of a path with its query, as it was written, whatever stands around it."""
    target = url if url.startswith("/") else "/" + url.partition("://")[2].partition("/")[2]
    return target.partition("?")[0].partition("#")[0]


def sign(message: LedgerMessage) -> str:
    """Say in a word or two how a message ended, or where it stands."""
    if message.status == "waiting":
        return f"attempt {len(message.attempts) + 1} due" if message.attempts else "on its way"
    if message.status in {"dead", "cancelled"}:
        return message.status if message.answer_status is None else f"{message.answer_status} {message.status}"
    return message.status if message.answer_status is None else str(message.answer_status)
