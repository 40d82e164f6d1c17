"""Who shows credentials that are none, and how often: a bucket for each client address, in the memory of this process.

It costs those nothing who show what is good: no statement, and no place behind somebody who guesses at their address.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from ipaddress import IPv6Network
from typing import TypeVar

Found = TypeVar("Found")

SIZE = 40
LEAK_PER_SECOND = 1.0
MOST_OWED = 300.0
RETRY_AFTER_SECONDS = 5
MOST_ADDRESSES = 10_000
MOST_KNOWN = 10_000
# Whoever has one address of IPv6 has all of its /64.
IPV6_PREFIX = 64


class TooManyTries(Exception):
    """So many credentials of this address were none that no other is looked at for now."""


class Strangers:
    """Looks up credentials, and counts those that are none. `limited` False: all are looked up."""

    def __init__(self, *, limited: bool, now: Callable[[], float] = time.monotonic) -> None:
        self.limited = limited
        self.now = now
        # By address: how full its bucket was, and when.
        self.buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        # The hashes of credentials that were good when they were looked up last; Python's own are secret to a process.
        self.known: OrderedDict[int, None] = OrderedDict()

    async def look_up(self, address: str, credential: str, find: Callable[[], Awaitable[Found | None]]) -> Found | None:
        """Return what `find` makes of a credential that was shown from an address; None is no good one.

        Raises: TooManyTries without asking `find`, which never meets a credential that was good the last time; and what
        `find` raises.
        """
        if not self.limited:
            return await find()
        mark = hash(credential)
        if mark not in self.known and self._level(network_of(address)) >= SIZE:
            raise TooManyTries
        found = await find()
        self._remember(mark, good=found is not None)
        if found is None:
            self._count(network_of(address))
        return found

    def _level(self, place: str) -> float:
        level, at = self.buckets.get(place, (0.0, 0.0))
        return max(0.0, level - LEAK_PER_SECOND * (self.now() - at))

    def _count(self, place: str) -> None:
        """Add a refusal. What many calls at once have guessed stands above the brim, and has to run out as well."""
        level = min(self._level(place) + 1, MOST_OWED)
        self.buckets.pop(place, None)
        self.buckets[place] = (level, self.now())
        if len(self.buckets) > MOST_ADDRESSES:
            self.buckets.popitem(last=False)

    def _remember(self, mark: int, *, good: bool) -> None:
        self.known.pop(mark, None)
        if good:
            self.known[mark] = None
            if len(self.known) > MOST_KNOWN:
                self.known.popitem(last=False)


def network_of(address: str) -> str:
    """Return what an address is counted as: itself, or its network where it is one of IPv6."""
    if ":" not in address:
        return address
    try:
        return str(IPv6Network((address.partition("%")[0], IPV6_PREFIX), strict=False))
    except ValueError:
        return address
