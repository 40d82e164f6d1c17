"""A store's Admin API from the asking side: rows to ask by, and what an answer means, whatever carries it.

A transport is one way to say the same commands. Whoever asks knows rows and judgements, and no status codes.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from crossdock.dialects.operation import Call, Json, Operation


class Row(Protocol):
    """A command's form on a transport, as far as asking needs it."""

    @property
    def name(self) -> str: ...
    @property
    def encode(self) -> Callable[[Any], Call]: ...
    @property
    def decode_result(self) -> Callable[[Json], Any]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What came back: header names in lower case, the body as decoded JSON or None where it is none."""

    status: int
    headers: Mapping[str, str]
    body: Json


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """The store did it, or tells what was asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """The store says no to what was asked: asking again will not help. `missing`: there is no such thing."""

    words: str
    missing: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Later:
    """Not now: ask again, after `seconds` where the store says so. `early`: it only came too soon, nothing is wrong."""

    words: str
    seconds: float | None = None
    early: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class TooDear:
    """The answer would be too much at once: ask for less."""

    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Withheld:
    """The shop does not let us (frozen, locked, a permission is missing); what was asked stays right, and may pass."""

    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Disconnected:
    """The shop does not know our token any more."""

    words: str


Judgement: TypeAlias = Taken | Refused | Later | TooDear | Withheld | Disconnected


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """What a store lets us spend: points that are left now, the most there can be, and how many come back a second."""

    available: float
    maximum: float
    per_second: float


@dataclass(frozen=True, kw_only=True)
class Transport:
    """One way to ask a store.

    `base`: what the paths of calls are relative to, which may hold `{version}`. `headers` returns what every call says
    of an API version, `credentials` what shows a token; nothing that is kept holds the latter. `keeps_keys`: the store
    does once what comes again under an idempotency key. `following` returns the call for the next part of an answer,
    None at its end; `join` puts the parts of one thing together; `smaller` returns a call for less at once, None where
    there is no less. `points` estimates what a call takes of the budget, `budget` reads from an answer what is left of
    it; `allowance` is a store's budget as long as no answer has told of one, None where only answers tell. `keyed`
    makes a call happen once under a key; `drift` names what an answer has that we do not know. `judge` judges answers.
    """

    name: str
    base: str
    headers: Callable[[str], Mapping[str, str]]
    credentials: Callable[[str], Mapping[str, str]]
    keeps_keys: bool
    rows: Mapping[type, Row]
    judge: Callable[[Reply], Judgement]
    following: Callable[[Row, Call, Reply], Call | None]
    join: Callable[[Any, Any], Any]
    smaller: Callable[[Call], Call | None]
    points: Callable[[Row, Call], int]
    budget: Callable[[Reply], Budget | None]
    allowance: Budget | None
    keyed: Callable[[Call, str], Call]
    drift: Callable[[Row, Reply], tuple[str, ...]]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What a store called us with. Header names in lower case; `path`: below what is the store's own."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str | None:
        return self.headers.get(name.lower()) or None

    def parameter(self, name: str) -> str | None:
        return next((value for key, value in reversed(self.query) if key == name and value), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a webhook tells of, beside its body. `id`: the same when it is told again."""

    topic: str
    id: str | None


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """How a service hears a platform's stores.

    `calls`: what they ask below the callback URL, `call_named` finds one by its path. `named` returns how a store names
    itself in a call, as the service knows it. `signed`: calls are signed as webhooks are; one that is not is only a
    hint. `own_secret`: what signs webhooks is made by the service. `signature` is the header that has it, `verify`
    checks a raw body by it. `told` reads a webhook that was verified. `topics`: what a service wants to be told of,
    `farewell` among them: the shop has put us out.
    """

    calls: tuple[Operation[Any, Any, Any], ...]
    call_named: Callable[[str], Operation[Any, Any, Any] | None]
    named: Callable[[Heard], str | None]
    signed: bool
    own_secret: bool
    signature: str
    verify: Callable[[Iterable[str], bytes, str | None], bool]
    told: Callable[[Heard, Json], Told]
    topics: tuple[str, ...]
    farewell: str
