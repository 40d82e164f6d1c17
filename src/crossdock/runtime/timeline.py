"""One story out of what a side did and what was said on its wires, in order of time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

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
    """What a message is about, and with whom if that is not plain."""

    words: str
    party: str = ""


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """One message of the ledger, in words. `sent`: this side spoke; `path` is the address without its host."""

    key: str
    at: datetime
    words: str
    party: str
    sent: bool
    path: str
    sign: str
    tone: str
    message: LedgerMessage
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
    return [moment for *_, moment in sorted(ranked, key=lambda entry: entry[:3])]


def utterance(message: LedgerMessage, caption: Caption) -> Utterance:
    parts = urlsplit(message.url)
    return Utterance(
        key=f"message-{message.id}",
        at=message.created_at,
        words=caption.words,
        party=caption.party,
        sent=message.direction == "out",
        path=parts.path + (f"?{parts.query}" if parts.query else ""),
        sign=sign(message),
        tone=TONES.get(message.status, "good"),
        message=message,
    )


def sign(message: LedgerMessage) -> str:
    """Say in a word or two how a message ended, or where it stands."""
    if message.status == "waiting":
        return f"attempt {len(message.attempts) + 1} due" if message.attempts else "on its way"
    if message.status in {"dead", "cancelled"}:
        return message.status if message.answer_status is None else f"{message.answer_status} {message.status}"
    return message.status if message.answer_status is None else str(message.answer_status)
