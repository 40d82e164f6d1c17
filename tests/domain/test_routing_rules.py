"""Each rule of routing, and how the rules go together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.domain.refusals import Invalid, StockNotAvailable
from crossdock.domain.routing.case import Candidate, Demand
from crossdock.domain.routing.plan import FIRST, STOCKED, Assignment, Plan, Step, plan
from crossdock.domain.routing.rules import DEFAULT_RULES, RULES, RuleSetting, check_rules
from tests.domain.scene import level

# 29 Next's rules in their order. Source: 29 Next, order routing.
NEXT = ("allowed_destinations", "available_stock", "fewest_splits", "same_country", "nearest")
PRIORITY = ("allowed_destinations", "available_stock", "fewest_splits", "location_priority")


def place(
    number: int,
    country: str | None = None,
    km: float | None = None,
    to: tuple[str, ...] = (),
    **available: int,
) -> Candidate:
    """A location that stocks items named i1, i2 …"""
    items = {int(name[1:]): quantity for name, quantity in available.items()}
    return Candidate(
        location_id=number,
        levels={item: level(item, number, quantity) for item, quantity in items.items()},
        country=country,
        distance_km=km,
        destinations=to,
    )


def need(key: int, quantity: int, item: int | None) -> Demand:
    return Demand(key=key, quantity=quantity, inventory_item_id=item)


def routed(
    demands: Sequence[Demand],
    *candidates: Candidate,
    rules: Sequence[str] = NEXT,
    country: str | None = "SE",
    obey_policy: bool = False,
    used: Sequence[int] = (),
) -> Plan:
    return plan(demands, candidates, rules=rules, country=country, obey_policy=obey_policy, used=used)


def places_of(made: Plan) -> Mapping[int, list[int]]:
    """The locations of each line."""
    found: dict[int, list[int]] = {}
    for each in made.assignments:
        found.setdefault(each.key, []).append(each.location_id)
    return found


def dropped(step: Step) -> Mapping[int, str]:
    return {location_id: rule for rule, ids in step.dropped.items() for location_id in ids}


def test_a_location_that_lists_countries_ships_to_those_only_and_one_that_lists_none_to_all() -> None:
    made = routed([need(1, 1, 1)], place(5, to=("NO",), i1=9), place(6, to=("SE",), i1=9), place(7, i1=9))
    (step,) = made.explanation.steps
    assert (step.location_id, dropped(step)) == (6, {5: "allowed_destinations", 7: FIRST})


def test_a_listed_country_breaks_a_tie_where_the_shop_wants_it() -> None:
    candidates = [place(5, i1=9), place(6, to=("SE",), i1=9)]
    assert places_of(routed([need(1, 1, 1)], *candidates)) == {1: [5]}
    assert places_of(routed([need(1, 1, 1)], *candidates, rules=(*NEXT, "listed_destination"))) == {1: [6]}


def test_without_a_destination_every_location_may_ship() -> None:
    assert places_of(routed([need(1, 1, 1)], place(5, to=("NO",), i1=9), country=None)) == {1: [5]}


def test_units_on_the_shelf_come_before_backorders() -> None:
    backorders = Candidate(location_id=5, levels={1: level(1, 5, 0, may_oversell=True)}, country="SE", distance_km=1)
    made = routed([need(1, 2, 1)], backorders, place(6, "NO", 900, i1=9))
    assert places_of(made) == {1: [6]}
    assert dropped(made.explanation.steps[0]) == {5: "available_stock"}


def test_a_backorder_is_routed_like_any_other_and_is_not_unavailable() -> None:
    far = Candidate(location_id=5, levels={1: level(1, 5, 0, may_oversell=True)}, country="NO")
    near = Candidate(location_id=6, levels={1: level(1, 6, -4, may_oversell=True)}, country="SE")
    made = routed([need(1, 2, 1)], far, near, obey_policy=True)
    assert made.assignments == (Assignment(key=1, location_id=6, quantity=2),)


def test_what_is_on_the_shelf_ships_and_the_rest_is_backordered() -> None:
    both = Candidate(location_id=5, levels={1: level(1, 5, 3, may_oversell=True)})
    made = routed([need(1, 5, 1)], both, obey_policy=True)
    assert made.assignments == (Assignment(key=1, location_id=5, quantity=5),)


def test_what_nobody_counts_may_ship_from_anywhere() -> None:
    uncounted = Demand(key=1, quantity=3, inventory_item_id=1, counted=False)
    assert places_of(routed([uncounted], place(5, "NO"), place(6, "SE"))) == {1: [6]}


def test_one_parcel_is_better_than_two_nearer_ones() -> None:
    demands = [need(1, 1, 1), need(2, 1, 2)]
    near, nearer, far = place(5, "SE", 20, i1=1), place(6, "SE", 10, i2=1), place(7, "NO", 700, i1=1, i2=1)
    assert places_of(routed(demands, near, nearer, far)) == {1: [7], 2: [7]}
    by_distance = ("available_stock", "nearest", "fewest_splits")
    assert places_of(routed(demands, near, nearer, far, rules=by_distance)) == {1: [5], 2: [6]}


def test_of_several_smallest_groups_the_later_rules_choose() -> None:
    demands = [need(1, 1, 1), need(2, 1, 2)]
    candidates = [place(5, "DE", 900, i1=1), place(6, "SE", 300, i1=1), place(7, "SE", 100, i2=1)]
    assert places_of(routed(demands, *candidates)) == {1: [6], 2: [7]}
    assert places_of(routed(demands, *candidates, rules=PRIORITY)) == {1: [5], 2: [7]}


def test_two_locations_that_cover_an_order_are_found_where_the_first_by_priority_would_need_three() -> None:
    demands = [need(1, 5, 1), need(2, 1, 2)]
    made = routed(demands, place(5, i1=3), place(6, i1=5), place(7, i2=1), rules=PRIORITY)
    assert places_of(made) == {1: [6], 2: [7]}


def test_a_location_that_ships_some_of_the_order_anyway_costs_no_parcel() -> None:
    candidates = [place(5, i1=9), place(6, i1=9)]
    assert places_of(routed([need(1, 1, 1)], *candidates, rules=PRIORITY, used=[6])) == {1: [6]}


def test_a_location_where_units_only_wait_is_not_one_that_ships_anyway() -> None:
    demands = [need(1, 4, 2), need(2, 1, 1)]
    made = routed(demands, place(5, i2=2), place(6, i1=0, i2=1), place(7, i2=2), rules=PRIORITY)
    assert places_of(made) == {1: [5, 7], 2: [6]}


def test_a_location_in_the_country_is_better_than_a_nearer_one_abroad() -> None:
    made = routed([need(1, 1, 1)], place(5, "DK", 30, i1=1), place(6, "SE", 400, i1=1), place(7, "SE", 200, i1=1))
    (step,) = made.explanation.steps
    assert (step.location_id, step.rule) == (7, "nearest")
    assert dropped(step) == {5: "same_country", 6: "nearest"}


def test_where_no_location_is_in_the_country_the_nearest_ships() -> None:
    assert places_of(routed([need(1, 1, 1)], place(5, "US", 8000, i1=1), place(6, "DK", 50, i1=1))) == {1: [6]}


def test_a_location_that_nobody_can_place_is_the_farthest() -> None:
    assert places_of(routed([need(1, 1, 1)], place(5, "SE", None, i1=1), place(6, "SE", 900, i1=1))) == {1: [6]}
    assert places_of(routed([need(1, 1, 1)], place(5, "SE", None, i1=1), place(6, "SE", None, i1=1))) == {1: [5]}


def test_what_cannot_be_is_ruled_out_first_wherever_the_shop_lists_it() -> None:
    made = routed(
        [need(1, 1, 1)], place(5, "SE", 1, i1=0), place(6, "NO", 9, i1=1), rules=("nearest", "available_stock")
    )
    assert made.explanation.rules == ("available_stock", "nearest")
    assert places_of(made) == {1: [6]}


def test_a_shop_that_does_not_look_at_stock_gives_all_of_a_line_to_one_location() -> None:
    made = routed([need(1, 5, 1)], place(5, i1=0), place(6, i1=2), rules=("location_priority",))
    assert made.assignments == (Assignment(key=1, location_id=5, quantity=5),)
    assert places_of(routed([need(1, 2, 1)], place(5, i1=0), place(6, i1=2), rules=(), obey_policy=True)) == {1: [6]}


def test_lines_that_nobody_may_ship_wait_at_the_default_location_and_do_not_lose_the_order() -> None:
    candidates = [place(5, to=("NO",), i2=9), place(6, to=("NO",), i1=9), place(7, to=("SE",), i2=9)]
    made = routed([need(1, 2, 1), need(2, 1, 2)], *candidates, obey_policy=True)
    assert made.assignments == (
        Assignment(key=1, location_id=5, quantity=2, unavailable=2),
        Assignment(key=2, location_id=7, quantity=1),
    )
    assert made.explanation.unavailable == 2


def test_the_policy_still_refuses_what_lies_nowhere() -> None:
    with pytest.raises(StockNotAvailable):
        routed([need(1, 2, 1)], place(5, to=("NO",), i1=1), place(6, i1=0), obey_policy=True)
    with pytest.raises(StockNotAvailable):
        routed([need(1, 1, 1), need(2, 1, 1)], place(5, to=("NO",), i1=1), obey_policy=True)


def test_every_line_and_candidate_has_a_verdict_and_lines_alike_share_it() -> None:
    demands = [need(1, 1, 1), need(2, 1, 1), need(3, 1, 2)]
    candidates = [
        place(5, i1=9, i2=0),
        place(6, to=("NO",), i1=9, i2=9),
        place(7, i1=9, i2=9),
        place(8),
        place(9, i1=9, i2=9),
    ]
    made = routed(demands, *candidates, rules=("allowed_destinations", "available_stock"))
    assert [(step.lines, step.location_id, step.rule, dropped(step)) for step in made.explanation.steps] == [
        ((1, 2), 5, FIRST, {8: STOCKED, 6: "allowed_destinations", 7: FIRST, 9: FIRST}),
        ((3,), 7, FIRST, {8: STOCKED, 6: "allowed_destinations", 5: "available_stock", 9: FIRST}),
    ]


def test_a_line_that_goes_several_ways_is_explained_step_by_step() -> None:
    made = routed([need(1, 6, 1)], place(5, i1=3), place(6, i1=2), rules=PRIORITY)
    assert [(step.units, step.location_id, step.available, dropped(step)) for step in made.explanation.steps] == [
        ((3,), 5, True, {6: "location_priority"}),
        ((2,), 6, True, {5: "available_stock"}),
        ((1,), 5, False, {5: "available_stock", 6: "available_stock"}),
    ]
    assert made.assignments == (
        Assignment(key=1, location_id=5, quantity=4, unavailable=1),
        Assignment(key=1, location_id=6, quantity=2),
    )


def test_rules_are_known_and_named_once() -> None:
    check_rules(DEFAULT_RULES)
    for wrong in (("cheapest",), ("nearest", "nearest")):
        with pytest.raises(Invalid):
            check_rules([RuleSetting(name=name) for name in wrong])


def test_an_order_over_thirty_places_is_planned_without_trying_all_groups() -> None:
    candidates = [place(number, i1=1) for number in range(30)]
    assert len(routed([need(1, 30, 1)], *candidates).assignments) == 30
    assert len(routed([need(1, 15, 1)], *candidates).assignments) == 15


levels = st.dictionaries(st.integers(1, 3), st.integers(0, 6), max_size=3)
sites = st.tuples(
    levels, st.sampled_from(["SE", "NO", None]), st.sampled_from([(), ("SE",), ("NO",)]), st.none() | st.integers(0, 9)
)


@given(
    wanted=st.lists(st.tuples(st.integers(1, 6), st.none() | st.integers(1, 3)), min_size=1, max_size=4),
    there=st.lists(sites, min_size=1, max_size=4),
    rules=st.permutations(list(RULES)).flatmap(lambda names: st.integers(0, len(names)).map(lambda n: names[:n])),
)
def test_whatever_the_rules_every_unit_goes_somewhere_and_everybody_is_accounted_for(
    wanted: list[tuple[int, int | None]],
    there: list[tuple[dict[int, int], str | None, tuple[str, ...], int | None]],
    rules: list[str],
) -> None:
    demands = [need(key, quantity, item) for key, (quantity, item) in enumerate(wanted)]
    candidates = [
        replace(
            place(number, country, km, to), levels={item: level(item, number, have) for item, have in stock.items()}
        )
        for number, (stock, country, to, km) in enumerate(there)
    ]
    made = routed(demands, *candidates, rules=rules)
    for demand in demands:
        assert sum(each.quantity for each in made.assignments if each.key == demand.key) == demand.quantity
        told = [step for step in made.explanation.steps if demand.key in step.lines]
        assert sum(step.units[step.lines.index(demand.key)] for step in told) == demand.quantity
    for step in made.explanation.steps:
        kept = {step.location_id} if step.available else set()
        assert kept.isdisjoint(dropped(step))
        assert kept | dropped(step).keys() == {each.location_id for each in candidates}
    if "available_stock" in rules:
        given_away: dict[tuple[int, int], int] = {}
        for each in made.assignments:
            item = demands[each.key].inventory_item_id
            if item is not None:
                spot = (each.location_id, item)
                given_away[spot] = given_away.get(spot, 0) + each.quantity - each.unavailable
        assert all(units <= there[location][0].get(item, 0) for (location, item), units in given_away.items())


@given(
    wanted=st.lists(st.tuples(st.integers(1, 6), st.integers(1, 3)), min_size=1, max_size=4),
    there=st.lists(levels, min_size=1, max_size=5),
)
def test_no_smaller_group_could_ship_as_much(wanted: list[tuple[int, int]], there: list[dict[int, int]]) -> None:
    demands = [need(key, quantity, item) for key, (quantity, item) in enumerate(wanted)]
    candidates = [
        Candidate(location_id=number, levels={item: level(item, number, have) for item, have in stock.items()})
        for number, stock in enumerate(there)
    ]
    made = routed(demands, *candidates, rules=PRIORITY)
    used = {step.location_id for step in made.explanation.steps if step.available}
    totals = {item: sum(quantity for quantity, other in wanted if other == item) for _, item in wanted}

    def shipped(group: Sequence[int]) -> int:
        return sum(min(total, sum(there[each].get(item, 0) for each in group)) for item, total in totals.items())

    everything = shipped(range(len(there)))
    assert sum(each.quantity - each.unavailable for each in made.assignments) == everything
    assert not any(
        shipped(group) == everything for group in combinations(range(len(there)), max(0, len(used) - 1)) if used
    )
