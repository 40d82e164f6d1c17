"""The arithmetic of the stock ledger."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.domain.refusals import Invalid
from crossdock.domain.stock import (
    HIGHEST_QUANTITY,
    StockCause,
    StockMove,
    StockState,
    adjust_available,
    set_available,
)
from tests.domain.scene import level

states = st.none() | st.sampled_from(StockState)


def counted(before: int, moves: tuple[StockMove, ...]) -> int:
    here = level(11, 1, before)
    for move in moves:
        here = here.after(move)
    return here.available


@given(st.lists(st.tuples(states, states, st.integers(1, 50)), max_size=20), st.integers(-20, 50))
def test_what_is_on_hand_changes_only_by_what_comes_in_and_what_leaves(
    steps: list[tuple[StockState | None, StockState | None, int]], opening: int
) -> None:
    here = level(11, 1, opening)
    expected = opening
    for source, target, quantity in steps:
        here = here.after(
            StockMove(
                inventory_item_id=11,
                location_id=1,
                quantity=quantity,
                source=source,
                target=target,
                cause=StockCause.CORRECTION,
            )
        )
        expected += quantity * ((source is None) - (target is None))
        assert here.on_hand + here.incoming == expected
        assert here.on_hand + here.incoming == sum(getattr(here, state) for state in StockState)


@given(st.integers(-100, 100), st.integers(-100, 100))
def test_a_count_and_an_adjustment_arrive_where_they_say(before: int, number: int) -> None:
    assert counted(before, set_available(level(11, 1, before), number)) == number
    assert counted(before, adjust_available(level(11, 1, before), number)) == before + number


def test_a_count_that_finds_what_was_known_moves_nothing() -> None:
    assert set_available(level(11, 1, 5), 5) == ()
    assert adjust_available(level(11, 1, 5), 0) == ()


@pytest.mark.parametrize("number", [HIGHEST_QUANTITY + 1, -HIGHEST_QUANTITY - 1, 10**30, -(10**30)])
def test_a_count_outside_the_limits_is_refused(number: int) -> None:
    with pytest.raises(Invalid) as refusal:
        set_available(level(11, 1, 0), number)
    assert refusal.value.field == "quantity"
    with pytest.raises(Invalid):
        adjust_available(level(11, 1, 0), number)
