"""The lane: who shares a batch, and what each hears."""

import asyncio
from collections.abc import Sequence

import pytest

from crossdock.store.dispatch import lane as lanes
from crossdock.store.dispatch.lane import Lane, LaneFull


class Gate:
    """Carries out batches one by one, when it is let to; even numbers are doubled, odd ones refused."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()

    async def __call__(self, items: Sequence[int]) -> Sequence[int | Exception]:
        self.batches.append(list(items))
        await self.open.wait()
        return [ValueError(str(item)) if item % 2 else item * 2 for item in items]


async def submitted(lane: Lane[int, int], *items: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(lane.submit(item)) for item in items]
    await asyncio.sleep(0.01)
    return tasks


async def test_what_arrives_during_a_write_shares_the_next() -> None:
    gate = Gate()
    lane = Lane(gate, width=1)
    tasks = [*await submitted(lane, 2), *await submitted(lane, 3, 4, 5)]
    gate.open.set()
    given = await asyncio.gather(*tasks, return_exceptions=True)
    assert gate.batches == [[2], [3, 4, 5]]
    assert [each if isinstance(each, int) else str(each) for each in given] == [4, "3", 8, "5"]


async def test_so_many_batches_are_under_way_and_no_more() -> None:
    gate = Gate()
    lane = Lane(gate, width=2)
    tasks = await submitted(lane, 2)
    tasks += await submitted(lane, 4)
    tasks += await submitted(lane, 6)
    assert gate.batches == [[2], [4]]
    gate.open.set()
    assert await asyncio.gather(*tasks) == [4, 8, 12]


async def test_everyone_hears_of_a_failed_batch_and_the_lane_goes_on() -> None:
    fails = True

    async def carry_out(items: Sequence[int]) -> Sequence[int]:
        if fails:
            raise ConnectionError
        return items

    lane = Lane(carry_out, width=1)
    given = await asyncio.gather(*(lane.submit(item) for item in (1, 2)), return_exceptions=True)
    assert [type(each) for each in given] == [ConnectionError, ConnectionError]
    fails = False
    assert await lane.submit(3) == 3


async def test_a_full_lane_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MOST_WAITING", 2)
    gate = Gate()
    lane = Lane(gate, width=1)
    tasks = [*await submitted(lane, 2), *await submitted(lane, 4, 6)]
    with pytest.raises(LaneFull):
        await asyncio.wait_for(lane.submit(8), 5)
    gate.open.set()
    assert await asyncio.gather(*tasks) == [4, 8, 12]


async def test_who_comes_at_the_very_end_of_a_batch_is_not_forgotten() -> None:
    async def at_once(items: Sequence[int]) -> Sequence[int]:
        return items

    lane: Lane[int, int] = Lane(at_once, width=1)
    async with asyncio.timeout(5):
        assert [await lane.submit(item) for item in range(3)] == [0, 1, 2]
