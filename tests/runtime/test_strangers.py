"""Those who show credentials that are none are slowed, and those who show good ones are not."""

import asyncio

import pytest

from crossdock.runtime.http.strangers import MOST_ADDRESSES, SIZE, Strangers, TooManyTries, network_of

GOOD = "good"


class Door:
    """Credentials as an address shows them, and how many of them were looked up."""

    def __init__(self, *, limited: bool = True) -> None:
        self.time = 0.0
        self.looked_up = 0
        self.good = {GOOD}
        self.strangers = Strangers(limited=limited, now=lambda: self.time)

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
        return await asyncio.gather(*(self.show(f"guess {n}", address) for n in range(times)))


async def test_guesses_come_to_an_end_and_one_a_second_is_looked_at() -> None:
    door = Door()
    assert [await door.show(f"guess {n}") for n in range(SIZE + 9)] == [False] * SIZE + [None] * 9
    assert door.looked_up == SIZE
    door.time += 3
    assert [await door.show(f"more {n}") for n in range(9)] == [False] * 3 + [None] * 6


async def test_a_burst_of_guesses_is_paid_for_afterwards() -> None:
    door = Door()
    assert await door.guess(SIZE * 3) == [False] * SIZE * 3
    door.time += SIZE * 2 - 1
    assert await door.show("guess") is None
    door.time += 2
    assert await door.show("guess") is False


async def test_who_was_good_is_not_held_up_by_who_guesses_beside_them() -> None:
    door = Door()
    assert await door.show(GOOD)
    await door.guess(SIZE * 2)
    assert await door.show("guess") is None
    assert await door.show(GOOD)
    assert await door.show("guess", "192.0.2.2") is False


async def test_many_good_ones_at_once_are_all_let_in() -> None:
    door = Door()
    door.good = {f"guess {n}" for n in range(SIZE * 3)}
    assert await door.guess(SIZE * 3) == [True] * SIZE * 3


async def test_one_that_was_good_and_is_no_more_counts() -> None:
    door = Door()
    assert await door.show(GOOD)
    door.good.clear()
    assert [await door.show(GOOD) for _ in range(SIZE + 2)] == [False] * SIZE + [None] * 2


async def test_what_could_not_be_looked_up_does_not_count() -> None:
    door = Door()

    async def lost() -> str:
        raise ConnectionError

    for n in range(SIZE * 2):
        with pytest.raises(ConnectionError):
            await door.strangers.look_up("192.0.2.1", f"any {n}", lost)
    assert await door.show(GOOD)


async def test_a_network_of_ipv6_is_one_guesser_and_memory_has_an_end() -> None:
    door = Door()
    assert {network_of(f"2001:db8::{n:x}") for n in range(99)} == {"2001:db8::/64"}
    assert network_of("fe80::1%eth0") == "fe80::/64"
    for n in range(MOST_ADDRESSES + 50):
        await door.show("guess", f"a{n}")
    assert len(door.strangers.buckets) == MOST_ADDRESSES


async def test_without_limits_nothing_is_counted() -> None:
    door = Door(limited=False)
    assert await door.guess(SIZE * 2) == [False] * SIZE * 2
