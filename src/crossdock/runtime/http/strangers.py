"""Who shows credentials that are none, and how often: a bucket for each client address, in the memory of this process.

It costs those nothing who show what is good: no statement, and no waiting behind somebody who guesses at their address.
"""

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from ipaddress import IPv6Network
from typing import TypeVar

Found = TypeVar("Found")

SIZE = 40
LEAK_PER_SECOND = 1.0
# What many calls at once have guessed stands above the brim, and has to run out as well.
MOST_OWED = 300.0
# So long does each that is not known wait while the bucket of its address is full, so many of an address at once.
PAUSE_SECONDS = 1.0
MOST_WAITING = 10
RETRY_AFTER_SECONDS = 5
MOST_ADDRESSES = 10_000
MOST_KNOWN = 10_000
# Whoever has one address of IPv6 has all of its /64.
IPV6_PREFIX = 64


class TooManyTries(Exception):
    """So many credentials of this address were none, and so many more wait, that no other is looked at for now."""


class Strangers:
    """Looks up credentials, and slows who shows those that are none. `limited` False: all are looked up at once."""

    def __init__(
        self,
        *,
        limited: bool,
        now: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.limited = limited
        self.now = now
        self.pause = pause
        # By address: how full its bucket was, and when.
        self.buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.waiting: Counter[str] = Counter()
        # The hashes of credentials that were good when they were looked up last; Python's own are secret to a process.
        self.known: OrderedDict[int, None] = OrderedDict()

    async def look_up(self, address: str, credential: str, find: Callable[[], Awaitable[Found | None]]) -> Found | None:
        """Return what `find` makes of a credential that was shown from an address; None is no good one.

        One that was good the last time never waits. Raises: TooManyTries without asking `find`, and what that raises.
        """
        if not self.limited:
            return await find()
        mark = hash(credential)
        if mark not in self.known and self._level(network_of(address)) >= SIZE:
            await self._wait(network_of(address))
        found = await find()
        self._remember(mark, good=found is not None)
        if found is None:
            self._count(network_of(address))
        return found

    async def _wait(self, place: str) -> None:
        """Raises: TooManyTries."""
        if self.waiting[place] >= MOST_WAITING:
            raise TooManyTries
        self.waiting[place] += 1
        try:
            await self.pause(PAUSE_SECONDS)
        finally:
            self.waiting[place] -= 1
            if not self.waiting[place]:
                del self.waiting[place]

    def _level(self, place: str) -> float:
        level, at = self.buckets.get(place, (0.0, 0.0))
        return max(0.0, level - LEAK_PER_SECOND * (self.now() - at))

    def _count(self, place: str) -> None:
        """Add a refusal."""
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
