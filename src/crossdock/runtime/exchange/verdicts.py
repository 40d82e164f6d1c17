"""A message on its way, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeAlias

from crossdock.runtime.exchange.profiles import Profile
from crossdock.runtime.http.outgoing import OutgoingAnswer

LONGEST_WAIT = 24 * 3600.0
GONE = 410


@dataclass(frozen=True, kw_only=True)
class Message:
    """A claimed message, as `prepare`, `judge` and `on_end` see it. `attempts` counts the present one."""

    tenant_id: int
    id: int
    message_id: str
    kind: str
    endpoint: str
    subject: str | None
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    credential: str | None
    profile: str
    command: Mapping[str, object] | None
    cause: str | None
    idempotency_key: str | None
    attempts: int
    fence: int
    created_at: datetime


@dataclass(frozen=True)
class Delivered:
    """The receiver has it."""


@dataclass(frozen=True)
class Retry:
    """Send it again: after `seconds`, a day at most, or else as the profile and the answer's `Retry-After` say."""

    reason: str
    seconds: float | None = None


@dataclass(frozen=True)
class Dead:
    """It will not be sent again unless somebody replays it."""

    reason: str


Verdict: TypeAlias = Delivered | Retry | Dead


@dataclass(frozen=True, kw_only=True)
class End:
    """How a message ended: delivered, or dead for a reason."""

    delivered: bool
    reason: str | None
    answer: OutgoingAnswer | None
    at: datetime


def judge_by_status(message: Message, answer: OutgoingAnswer) -> Verdict:  # noqa: ARG001 (the shape of a judge)
    """2xx is delivered; all else is tried again as the profile says."""
    if 200 <= answer.status < 300:
        return Delivered()
    return Retry(f"answered {answer.status}")


def settle(
    verdict: Verdict, *, profile: Profile, attempts: int, answer: OutgoingAnswer | None, at: datetime, chance: float
) -> Delivered | Dead | datetime:
    """Return the end of a message, or when it is tried again. `chance` in [0, 1) spreads the retries."""
    if not isinstance(verdict, Retry):
        return verdict
    if profile.gone_disables and answer is not None and answer.status == GONE:
        return Dead("the endpoint is gone (410)")
    if attempts > len(profile.delays):
        return Dead(f"given up after {attempts} attempts: {verdict.reason}")
    if verdict.seconds is not None:
        return at + timedelta(seconds=min(max(verdict.seconds, 0.0), LONGEST_WAIT))
    wait = profile.delays[attempts - 1] * (1 + profile.jitter * chance)
    asked = 0.0 if answer is None else retry_after(answer.headers, at)
    return at + timedelta(seconds=max(wait, asked))


def retry_after(headers: Mapping[str, str], at: datetime) -> float:
    """Return the seconds that an answer asks us to wait, at most a day; 0 when it says nothing readable."""
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text) if text[:1].isdigit() else (date(text) - at).total_seconds()
    except (ValueError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), LONGEST_WAIT)


def date(text: str) -> datetime:
    stamp = parsedate_to_datetime(text)
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)
