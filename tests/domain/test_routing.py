"""Which location ships which units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.domain.refusals import NoLocation, StockNotAvailable
from crossdock.domain.routing.case import Candidate, Demand
from crossdock.domain.routing.plan import Assignment, Plan, plan
from tests.domain.scene import level


def place(number: int, **available: int) -> Candidate:
    """A location that stocks items named i1, i2 …"""
    items = {int(name[1:]): quantity for name, quantity in available.items()}
    return Candidate(location_id=number, levels={item: level(item, number, q) for item, q in items.items()})


def need(key: int, quantity: int, item: int | None) -> Demand:
    return Demand(key=key, quantity=quantity, inventory_item_id=item)


def to(location_id: int, key: int, quantity: int, *, unavailable: int = 0) -> Assignment:
    return Assignment(key=key, location_id=location_id, quantity=quantity, unavailable=unavailable)


def planned(*arguments: object, **options: object) -> tuple[Assignment, ...]:
    made: Plan = plan(*arguments, **options)  # type: ignore[arg-type]
    return made.assignments


def test_the_first_location_that_stocks_the_whole_order_takes_it() -> None:
    demands = [need(1, 2, 11), need(2, 1, 12)]
    places = [place(5, i11=9), place(6, i11=2, i12=1), place(7, i11=9, i12=9)]
    assert planned(demands, places, obey_policy=False) == (to(6, 1, 2), to(6, 2, 1))


def test_two_lines_of_one_item_need_their_sum() -> None:
    assert planned([need(1, 2, 11), need(2, 2, 11)], [place(5, i11=3), place(6, i11=4)], obey_policy=False) == (
        to(6, 1, 2),
        to(6, 2, 2),
    )


def test_an_order_that_nobody_stocks_whole_is_split_by_stock_in_order_of_priority() -> None:
    assert planned([need(1, 5, 11), need(2, 1, 12)], [place(5, i11=3), place(6, i11=4, i12=1)], obey_policy=False) == (
        to(5, 1, 3),
        to(6, 1, 2),
        to(6, 2, 1),
    )


def test_units_that_nobody_has_wait_at_the_first_location_that_stocks_the_item() -> None:
    assert planned([need(1, 5, 11)], [place(5), place(6, i11=0), place(7, i11=2)], obey_policy=False) == (
        to(7, 1, 2),
        to(6, 1, 3, unavailable=3),
    )


def test_an_item_that_nobody_stocks_waits_at_the_first_location() -> None:
    assert planned([need(1, 5, 11)], [place(5), place(6)], obey_policy=False) == (to(5, 1, 5, unavailable=5),)


def test_a_line_without_an_item_goes_with_the_first_location_that_ships_the_rest() -> None:
    assert planned([need(1, 1, None), need(2, 1, 11)], [place(5), place(6, i11=1)], obey_policy=True) == (
        to(6, 1, 1),
        to(6, 2, 1),
    )


def test_the_policy_refuses_what_nobody_has_and_says_how_much_there_was() -> None:
    with pytest.raises(StockNotAvailable) as refusal:
        plan([need(1, 5, 11)], [place(5, i11=1), place(6, i11=2)], obey_policy=True)
    assert (refusal.value.inventory_item_id, refusal.value.asked, refusal.value.available) == (11, 5, 3)


def test_the_policy_lets_an_item_wait_where_it_may_be_oversold() -> None:
    overselling = Candidate(location_id=6, levels={11: level(11, 6, -3, may_oversell=True)})
    assert planned([need(1, 2, 11)], [place(5), overselling], obey_policy=True) == (to(6, 1, 2),)


def test_there_is_always_enough_of_what_nobody_counts() -> None:
    uncounted = Candidate(location_id=6, levels={11: level(11, 6, 0, tracked=False)})
    assert planned([need(1, 900, 11)], [place(5), uncounted], obey_policy=True) == (to(6, 1, 900),)
    nowhere = Demand(key=1, quantity=3, inventory_item_id=11, counted=False)
    assert planned([nowhere], [place(5), place(6)], obey_policy=True) == (to(5, 1, 3),)


def test_a_shop_without_a_location_takes_no_order() -> None:
    with pytest.raises(NoLocation):
        plan([need(1, 1, None)], [], obey_policy=False)


quantities = st.integers(min_value=-3, max_value=8)
places = st.lists(st.dictionaries(st.integers(1, 3), quantities, max_size=3), min_size=1, max_size=4)
demands = st.lists(st.tuples(st.integers(1, 9), st.none() | st.integers(1, 3)), min_size=1, max_size=5)


@given(wanted=demands, stock=places)
def test_every_unit_is_assigned_once_and_the_policy_never_promises_what_is_not_there(
    wanted: list[tuple[int, int | None]], stock: list[dict[int, int]]
) -> None:
    needs = [need(key, quantity, item) for key, (quantity, item) in enumerate(wanted)]
    candidates = [
        Candidate(location_id=number, levels={item: level(item, number, have) for item, have in levels.items()})
        for number, levels in enumerate(stock)
    ]
    for obey_policy in (False, True):
        try:
            assignments = planned(needs, candidates, obey_policy=obey_policy)
        except StockNotAvailable as refusal:
            assert obey_policy
            there = sum(max(0, levels.get(refusal.inventory_item_id, 0)) for levels in stock)
            assert there < sum(quantity for quantity, item in wanted if item == refusal.inventory_item_id)
            continue
        assert all(each.quantity > 0 for each in assignments)
        assert len({(each.key, each.location_id) for each in assignments}) == len(assignments)
        for each in needs:
            assert sum(part.quantity for part in assignments if part.key == each.key) == each.quantity
        if obey_policy:
            promised: dict[tuple[int, int], int] = {}
            for part in assignments:
                item = needs[part.key].inventory_item_id
                if item is not None:
                    promised[part.location_id, item] = promised.get((part.location_id, item), 0) + part.quantity
            assert all(units <= stock[location].get(item, 0) for (location, item), units in promised.items())
