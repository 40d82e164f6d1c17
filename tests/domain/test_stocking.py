"""Stock that is counted, corrected, moved and transferred by hand."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.domain.activating import check_given_up, first_count
from crossdock.domain.refusals import StockRefused, StockRule
from crossdock.domain.stock import HIGHEST_QUANTITY, InventoryLevel, StockCause, StockMove, StockState
from crossdock.domain.stock_commands import (
    COUNTABLE,
    MOVABLE,
    ActivateLevel,
    AdjustQuantities,
    Correction,
    Count,
    Load,
    MoveEnd,
    MoveQuantities,
    QuantityName,
    SetQuantities,
    Shift,
    Spot,
    TransferStock,
    spots,
)
from crossdock.domain.stocking import (
    Shelves,
    adjust_quantities,
    changed,
    move_quantities,
    quantity,
    set_quantities,
    transfer_stock,
)

ITEM, OTHER_ITEM, HERE, THERE = 11, 12, 1, 2
FULL = InventoryLevel(
    inventory_item_id=ITEM, location_id=HERE, available=5, committed=3, reserved=2, damaged=1, incoming=7
)
EMPTY = InventoryLevel(inventory_item_id=ITEM, location_id=THERE)
SHELVES = Shelves(
    items=frozenset({ITEM, OTHER_ITEM}),
    locations=frozenset({HERE, THERE}),
    levels={(ITEM, HERE): FULL, (ITEM, THERE): EMPTY},
)
GROUP = 900


def carried_out(moves: Sequence[StockMove]) -> dict[Spot, InventoryLevel]:
    levels = dict(SHELVES.levels)
    for move in moves:
        place = (move.inventory_item_id, move.location_id)
        levels[place] = levels[place].after(move)
    return levels


def rules(refused: pytest.ExceptionInfo[StockRefused]) -> list[tuple[StockRule, int | None]]:
    return [(problem.rule, problem.line) for problem in refused.value.problems]


@given(st.sampled_from(sorted(COUNTABLE)), st.integers(0, 50))
def test_a_count_becomes_what_it_says_and_leaves_what_is_set_aside(name: QuantityName, counted: int) -> None:
    command = SetQuantities(name=name, counts=(Count(inventory_item_id=ITEM, location_id=HERE, quantity=counted),))
    after = carried_out(set_quantities(command, SHELVES, GROUP))[ITEM, HERE]
    assert quantity(after, name) == counted
    assert replace(after, available=5) == FULL


def test_a_count_that_finds_what_was_known_moves_nothing() -> None:
    command = SetQuantities(
        name=QuantityName.ON_HAND, counts=(Count(inventory_item_id=ITEM, location_id=HERE, quantity=11),)
    )
    assert set_quantities(command, SHELVES, GROUP) == ()


@given(st.sampled_from(sorted(MOVABLE - {QuantityName.AVAILABLE})), st.integers(-10, 10))
def test_a_correction_changes_one_quantity_or_is_refused_below_zero(name: QuantityName, delta: int) -> None:
    one = Correction(inventory_item_id=ITEM, location_id=HERE, delta=delta, document="doc://1")
    command = AdjustQuantities(name=name, corrections=(one,))
    if quantity(FULL, name) + delta < 0:
        with pytest.raises(StockRefused) as refused:
            adjust_quantities(command, SHELVES, GROUP)
        assert rules(refused) == [(StockRule.NEGATIVE, 0)]
        return
    after = carried_out(adjust_quantities(command, SHELVES, GROUP))[ITEM, HERE]
    assert quantity(after, name) == quantity(FULL, name) + delta
    assert after.on_hand == FULL.on_hand + (0 if name is QuantityName.INCOMING else delta)


def test_available_may_be_corrected_below_zero() -> None:
    one = Correction(inventory_item_id=ITEM, location_id=HERE, delta=-8)
    (move,) = adjust_quantities(AdjustQuantities(name=QuantityName.AVAILABLE, corrections=(one,)), SHELVES, GROUP)
    assert (move.source, move.target, move.quantity) == (StockState.AVAILABLE, None, 8)
    assert (move.cause, move.cause_id, move.reason) == (StockCause.CORRECTION, GROUP, "correction")


@given(st.sampled_from(sorted(MOVABLE)), st.sampled_from(sorted(MOVABLE)), st.integers(-1, 9))
def test_a_move_keeps_the_units_and_takes_no_more_than_there_are(
    source: QuantityName, target: QuantityName, units: int
) -> None:
    command = MoveQuantities(shifts=(shift(source, target, units),))
    if source is target or units <= 0 or units > quantity(FULL, source):
        with pytest.raises(StockRefused):
            move_quantities(command, SHELVES, GROUP)
        return
    after = carried_out(move_quantities(command, SHELVES, GROUP))[ITEM, HERE]
    assert quantity(after, source) == quantity(FULL, source) - units
    assert quantity(after, target) == quantity(FULL, target) + units
    assert after.on_hand + after.incoming == FULL.on_hand + FULL.incoming


def shift(source: QuantityName, target: QuantityName, units: int, **ends: int | None) -> Shift:
    def end(name: QuantityName, location_id: int = HERE) -> MoveEnd:
        document = None if name is QuantityName.AVAILABLE else "doc://1"
        return MoveEnd(location_id=location_id, name=name, document=document, change_from=ends.get(name))

    return Shift(inventory_item_id=ITEM, quantity=units, source=end(source), target=end(target))


def test_two_moves_share_what_there_is() -> None:
    shifts = (
        shift(QuantityName.AVAILABLE, QuantityName.DAMAGED, 3),
        shift(QuantityName.AVAILABLE, QuantityName.RESERVED, 3),
    )
    with pytest.raises(StockRefused) as refused:
        move_quantities(MoveQuantities(shifts=shifts), SHELVES, GROUP)
    assert rules(refused) == [(StockRule.NOT_ENOUGH, 1)]


@given(st.integers(1, 8), st.booleans())
def test_a_transfer_is_two_moves_of_one_cause(units: int, arrived: bool) -> None:
    load = Load(inventory_item_id=ITEM, quantity=units)
    command = TransferStock(from_location_id=HERE, to_location_id=THERE, loads=(load,), arrived=arrived)
    if units > FULL.available:
        with pytest.raises(StockRefused) as refused:
            transfer_stock(command, SHELVES, GROUP)
        assert rules(refused) == [(StockRule.NOT_ENOUGH, 0)]
        return
    moves = transfer_stock(command, SHELVES, GROUP)
    assert {move.cause_id for move in moves} == {GROUP}
    after = carried_out(moves)
    assert after[ITEM, HERE].available == FULL.available - units
    assert (after[ITEM, THERE].available, after[ITEM, THERE].incoming) == ((units, 0) if arrived else (0, units))


REFUSED: list[tuple[SetQuantities | AdjustQuantities | MoveQuantities | TransferStock, StockRule, int | None]] = [
    (SetQuantities(name=QuantityName.DAMAGED, counts=()), StockRule.NAME_NOT_COUNTABLE, None),
    (SetQuantities(name=QuantityName.AVAILABLE, counts=(), reason="whim"), StockRule.REASON, None),
    (AdjustQuantities(name=QuantityName.COMMITTED, corrections=()), StockRule.NAME_NOT_MOVABLE, None),
    *(
        (
            SetQuantities(name=QuantityName.AVAILABLE, counts=(Count(inventory_item_id=i, location_id=p, quantity=q),)),
            r,
            0,
        )
        for i, p, q, r in (
            (99, HERE, 1, StockRule.ITEM_NOT_FOUND),
            (ITEM, 99, 1, StockRule.LOCATION_NOT_FOUND),
            (OTHER_ITEM, HERE, 1, StockRule.NOT_STOCKED),
            (ITEM, HERE, HIGHEST_QUANTITY + 1, StockRule.TOO_HIGH),
            (ITEM, HERE, -HIGHEST_QUANTITY - 1, StockRule.TOO_LOW),
        )
    ),
    (
        SetQuantities(
            name=QuantityName.ON_HAND, counts=(Count(inventory_item_id=ITEM, location_id=HERE, quantity=-1),)
        ),
        StockRule.NEGATIVE,
        0,
    ),
    (
        SetQuantities(
            name=QuantityName.ON_HAND,
            counts=(Count(inventory_item_id=ITEM, location_id=HERE, quantity=1, change_from=10),),
        ),
        StockRule.STALE,
        0,
    ),
    (
        SetQuantities(
            name=QuantityName.ON_HAND, counts=(Count(inventory_item_id=ITEM, location_id=HERE, quantity=1),) * 2
        ),
        StockRule.PLACE_NAMED_TWICE,
        1,
    ),
    (
        AdjustQuantities(
            name=QuantityName.AVAILABLE,
            corrections=(Correction(inventory_item_id=ITEM, location_id=HERE, delta=1, document="doc://1"),),
        ),
        StockRule.DOCUMENT_NOT_ALLOWED,
        0,
    ),
    (
        AdjustQuantities(
            name=QuantityName.DAMAGED, corrections=(Correction(inventory_item_id=ITEM, location_id=HERE, delta=1),)
        ),
        StockRule.DOCUMENT_REQUIRED,
        0,
    ),
    (
        AdjustQuantities(
            name=QuantityName.DAMAGED,
            corrections=(
                Correction(inventory_item_id=ITEM, location_id=HERE, delta=1, document="doc://1"),
                Correction(inventory_item_id=ITEM, location_id=THERE, delta=1, document="doc://2"),
            ),
        ),
        StockRule.SEVERAL_DOCUMENTS,
        None,
    ),
    (
        MoveQuantities(
            shifts=(
                Shift(
                    inventory_item_id=ITEM,
                    quantity=1,
                    source=MoveEnd(location_id=HERE, name=QuantityName.AVAILABLE),
                    target=MoveEnd(location_id=THERE, name=QuantityName.DAMAGED, document="doc://1"),
                ),
            )
        ),
        StockRule.SEVERAL_LOCATIONS,
        0,
    ),
    *(
        (MoveQuantities(shifts=(shift(QuantityName.AVAILABLE, QuantityName.DAMAGED, units),)), rule, 0)
        for units, rule in ((0, StockRule.NOTHING), (-1, StockRule.NEGATIVE))
    ),
    (
        MoveQuantities(shifts=(shift(QuantityName.AVAILABLE, QuantityName.COMMITTED, 1),)),
        StockRule.NAME_NOT_MOVABLE,
        0,
    ),
    (
        MoveQuantities(shifts=(shift(QuantityName.AVAILABLE, QuantityName.DAMAGED, 1, damaged=5),)),
        StockRule.STALE,
        0,
    ),
    (TransferStock(from_location_id=HERE, to_location_id=HERE, loads=()), StockRule.SAME_LOCATION, None),
]
DECIDE = {
    SetQuantities: set_quantities,
    AdjustQuantities: adjust_quantities,
    MoveQuantities: move_quantities,
    TransferStock: transfer_stock,
}


@pytest.mark.parametrize(("command", "rule", "line"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_is_wrong_is_named_with_its_line(
    command: SetQuantities | AdjustQuantities | MoveQuantities | TransferStock, rule: StockRule, line: int | None
) -> None:
    with pytest.raises(StockRefused) as refused:
        DECIDE[type(command)](command, SHELVES, GROUP)  # type: ignore[operator]  # each its own command
    assert (rule, line) in rules(refused)
    assert rule in str(refused.value)


def test_all_that_is_wrong_is_told_at_once() -> None:
    counts = (
        Count(inventory_item_id=99, location_id=99, quantity=1),
        Count(inventory_item_id=ITEM, location_id=HERE, quantity=HIGHEST_QUANTITY + 1, change_from=0),
    )
    with pytest.raises(StockRefused) as refused:
        set_quantities(SetQuantities(name=QuantityName.AVAILABLE, counts=counts, reason="whim"), SHELVES, GROUP)
    assert rules(refused) == [
        (StockRule.REASON, None),
        (StockRule.ITEM_NOT_FOUND, 0),
        (StockRule.LOCATION_NOT_FOUND, 0),
        (StockRule.TOO_HIGH, 1),
        (StockRule.STALE, 1),
    ]


def test_a_change_of_available_is_told_with_what_is_on_hand() -> None:
    count = Count(inventory_item_id=ITEM, location_id=HERE, quantity=9, change_from=5)
    moves = set_quantities(SetQuantities(name=QuantityName.AVAILABLE, counts=(count,)), SHELVES, GROUP)
    told = [(each.name, each.delta, each.after) for each in changed(SHELVES.levels, carried_out(moves), moves)]
    assert told == [(QuantityName.AVAILABLE, 4, 9), (QuantityName.ON_HAND, 4, 15)]


def test_a_first_count_is_of_either_quantity_not_of_both() -> None:
    def activate(available: int | None = None, on_hand: int | None = None) -> ActivateLevel:
        return ActivateLevel(inventory_item_id=ITEM, location_id=HERE, available=available, on_hand=on_hand)

    assert first_count(activate(), None, GROUP) == ()
    assert first_count(activate(available=0), None, GROUP) == ()
    assert first_count(activate(available=4), None, GROUP)[0].quantity == 4
    assert first_count(activate(on_hand=12), FULL, GROUP)[0].quantity == 1
    for wrong, rule in (
        (activate(1, 1), StockRule.BOTH_QUANTITIES),
        (activate(HIGHEST_QUANTITY + 1), StockRule.OUT_OF_RANGE),
    ):
        with pytest.raises(StockRefused) as refused:
            first_count(wrong, None, GROUP)
        assert rules(refused) == [(rule, None)]


def test_a_level_is_given_up_only_when_nobody_counts_on_it() -> None:
    free = replace(FULL, committed=0, reserved=0, incoming=0)
    here, there = (ITEM, HERE), (ITEM, THERE)
    check_given_up({0: here}, {here: free}, {ITEM: 2})
    with pytest.raises(StockRefused) as refused:
        check_given_up({7: here}, {here: FULL}, {ITEM: 2})
    assert set(rules(refused)) == {
        (StockRule.COMMITTED_THERE, 7),
        (StockRule.RESERVED_THERE, 7),
        (StockRule.INCOMING_THERE, 7),
    }
    with pytest.raises(StockRefused) as refused:
        check_given_up({0: here, 3: there}, {here: free, there: free}, {ITEM: 2})
    assert rules(refused) == [(StockRule.ONLY_LOCATION, 0), (StockRule.ONLY_LOCATION, 3)]
    with pytest.raises(StockRefused) as refused:
        check_given_up({0: here, 1: there}, {here: free}, {ITEM: 2})
    assert (StockRule.NOT_STOCKED, 1) in rules(refused)


def test_a_command_names_each_place_once() -> None:
    assert spots(MoveQuantities(shifts=(shift(QuantityName.AVAILABLE, QuantityName.DAMAGED, 1),) * 2)) == (
        (ITEM, HERE),
    )
    load = Load(inventory_item_id=ITEM, quantity=1)
    transfer = TransferStock(from_location_id=HERE, to_location_id=THERE, loads=(load,))
    assert spots(transfer) == ((ITEM, HERE), (ITEM, THERE))
