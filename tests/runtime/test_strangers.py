"""Those who show credentials that are none are slowed, and those who show good ones are not."""

import asyncio

import pytest

from crossdock.runtime.http.strangers import MOST_ADDRESSES, MOST_WAITING, SIZE, Strangers, TooManyTries, network_of

GOOD = "good"


class Door:
    """Credentials as an address shows them, how many were looked up, and how often somebody had to wait."""

    def __init__(self, *, limited: bool = True) -> None:
        self.time = 0.0
        self.looked_up = 0
        self.pauses = 0
        self.good = {GOOD}
        self.strangers = Strangers(limited=limited, now=lambda: self.time, pause=self.pause)

    async def pause(self, _seconds: float) -> None:
        self.pauses += 1
        for _ in range(5):
            await asyncio.sleep(0)

    async def show(self, credential: str, address: str = "192.0.2.1") -> bool | None:
        """Return whether it is good; None where it was not looked at."""

        async def find() -> str | None:
            self.looked_up += 1
            await asyncio.sleep(0)
            return credential if credential in self.good else None

        try:
            return await self.strangers.look_up(address, credential, find) is not None
        except TooManyTries:
            return None

    async def guess(self, times: int, address: str = "192.0.2.1") -> list[bool | None]:
        return [await self.show(f"guess {n}", address) for n in range(times)]

    async def guess_at_once(self, times: int) -> list[bool | None]:
        return await asyncio.gather(*(self.show(f"guess {n}") for n in range(times)))


async def test_who_has_guessed_often_waits_before_each_other_guess() -> None:
    door = Door()
    await door.guess(SIZE)
    assert door.pauses == 0
    assert await door.guess(7) == [False] * 7
    assert door.pauses == 7
    door.time += 9
    await door.guess(3)
    assert door.pauses == 7 + 1


async def test_a_crowd_of_guesses_is_not_even_looked_at() -> None:
    door = Door()
    await door.guess(SIZE)
    door.looked_up = 0
    assert await door.guess_at_once(MOST_WAITING + 30) == [False] * MOST_WAITING + [None] * 30
    assert door.looked_up == MOST_WAITING
    assert not door.strangers.waiting


async def test_a_burst_of_guesses_is_paid_for_afterwards() -> None:
    door = Door()
    assert await door.guess_at_once(SIZE * 3) == [False] * SIZE * 3
    door.time += SIZE * 2 - 1
    await door.show("guess")
    assert door.pauses == 1
    door.time += 3
    await door.show("guess")
    assert door.pauses == 1


async def test_who_was_good_never_waits_beside_who_guesses_and_who_is_new_waits_once() -> None:
    """Behind a proxy all clients have one address."""
    door = Door()
    door.good |= {"new"}
    assert await door.show(GOOD)
    await door.guess(SIZE * 2)
    waited = door.pauses
    assert await door.show(GOOD)
    assert door.pauses == waited
    assert [await door.show("new"), await door.show("new")] == [True, True]
    assert door.pauses == waited + 1
    assert await door.show("guess", "192.0.2.2") is False
    assert door.pauses == waited + 1


async def test_many_good_ones_at_once_are_all_let_in() -> None:
    door = Door()
    door.good = {f"guess {n}" for n in range(SIZE * 3)}
    assert await door.guess_at_once(SIZE * 3) == [True] * SIZE * 3
    assert door.pauses == 0


async def test_one_that_was_good_and_is_no_more_counts() -> None:
    door = Door()
    assert await door.show(GOOD)
    door.good.clear()
    assert [await door.show(GOOD) for _ in range(SIZE + 2)] == [False] * (SIZE + 2)
    assert door.pauses == 2


async def test_what_could_not_be_looked_up_does_not_count() -> None:
    door = Door()

    async def lost() -> str:
        raise ConnectionError

    for n in range(SIZE * 2):
        with pytest.raises(ConnectionError):
            await door.strangers.look_up("192.0.2.1", f"any {n}", lost)
    assert (await door.show(GOOD), door.pauses) == (True, 0)


async def test_a_network_of_ipv6_is_one_guesser_and_memory_has_an_end() -> None:
    door = Door()
    assert {network_of(f"2001:db8::{n:x}") for n in range(99)} == {"2001:db8::/64"}
    assert network_of("fe80::1%eth0") == "fe80::/64"
    for n in range(MOST_ADDRESSES + 50):
        await door.show("guess", f"a{n}")
    assert len(door.strangers.buckets) == MOST_ADDRESSES


async def test_without_limits_nothing_is_counted() -> None:
    door = Door(limited=False)
    assert await door.guess_at_once(SIZE * 2) == [False] * SIZE * 2
    assert (await door.guess(1), door.pauses) == ([False], 0)
