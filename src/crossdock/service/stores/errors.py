"""What can go wrong at a store, by who is at fault."""

from dataclasses import dataclass


class StoreError(Exception):
    """A store did not do what it was asked."""


@dataclass(eq=False)
class StoreRefused(StoreError):
    """The store understood and said no: asking again will not help. `missing`: there is no such thing."""

    words: str
    missing: bool = False

    def __str__(self) -> str:
        return self.words


@dataclass(eq=False)
class StoreUnavailable(StoreError):
    """The store did not answer, or not now: ask again, after `seconds` if it says so."""

    reason: str
    seconds: float | None = None

    def __str__(self) -> str:
        return self.reason


@dataclass(eq=False)
class StoreNotUnderstood(StoreUnavailable):
    """The answer lacks what we need, or says it in words that we do not know; the reason names where."""


@dataclass(eq=False)
class StoreWithholds(StoreError):
    """The shop does not let us, for now: it is frozen or locked, or a permission is missing. No use asking often."""

    words: str

    def __str__(self) -> str:
        return self.words


@dataclass(eq=False)
class StoreDisconnected(StoreError):
    """The shop does not know us any more; it is not called again until it is connected anew."""

    words: str

    def __str__(self) -> str:
        return self.words
