"""What can go wrong at a store, by who is at fault."""

from dataclasses import dataclass


class StoreError(Exception):
    """A store did not do what it was asked."""


@dataclass(eq=False)
class StoreRefused(StoreError):
    """The store understood and said no: asking again will not help."""

    status: int
    words: str

    def __str__(self) -> str:
        return self.words


@dataclass(eq=False)
class StoreUnavailable(StoreError):
    """The store did not answer, or not now: ask again, after `seconds` if it says so."""

    reason: str
    seconds: float | None = None

    def __str__(self) -> str:
        return self.reason
