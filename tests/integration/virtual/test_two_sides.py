"""Whatever the network loses and whoever dies, in the end all is as after a calm day."""

import pytest

from tests.integration.virtual.exchange_world import World

EVERYDAY = 300
ALL = 10_000
CHUNK = 100


def check(seed: int) -> None:
    calm, rough = World(seed=seed, stormy=False).run(), World(seed=seed, stormy=True).run()
    assert not calm.offences, (seed, calm.offences)
    assert not rough.offences, (seed, rough.offences)
    assert rough.orders == calm.orders, seed


@pytest.mark.parametrize("first", range(0, EVERYDAY, CHUNK))
def test_a_rough_day_ends_as_a_calm_one(first: int) -> None:
    for seed in range(first, first + CHUNK):
        check(seed)


@pytest.mark.long
@pytest.mark.parametrize("first", range(EVERYDAY, ALL, CHUNK))
def test_ten_thousand_rough_days_end_as_calm_ones(first: int) -> None:
    for seed in range(first, first + CHUNK):
        check(seed)


def test_a_seed_tells_the_whole_run() -> None:
    assert World(seed=7, stormy=True).run() == World(seed=7, stormy=True).run()
