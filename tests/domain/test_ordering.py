"""Taking an order in."""

from dataclasses import replace

import pytest

from crossdock.domain.commands import CreateOrder, NewOrderLine
from crossdock.domain.decisions import Decision
from crossdock.domain.events import EventKind
from crossdock.domain.ordering import OrderFacts, create_order
from crossdock.domain.orders import StockClaim
from crossdock.domain.refusals import Invalid, NoLocation, StockNotAvailable
from crossdock.domain.states import Place, RequestStatus, Status
from crossdock.domain.stock import StockCause, StockState
from tests.domain.scene import AT, SERVICE_PLACE, WAREHOUSE, circumstances, facts, level, variant

BOTH = facts(
    level(101, WAREHOUSE, 3),
    level(101, SERVICE_PLACE, 9),
    level(102, SERVICE_PLACE, 9),
    variants=[variant(1), variant(2)],
)


def created(*lines: NewOrderLine, known: OrderFacts = BOTH, claim: StockClaim = StockClaim.OBEYING_POLICY) -> Decision:
    return create_order(CreateOrder(lines=lines, stock_claim=claim), known, circumstances())


def test_an_order_gets_a_fulfillment_order_at_each_place_that_ships_some_of_it() -> None:
    order = created(
        NewOrderLine(variant_id=1, quantity=12), NewOrderLine(title="Gift card", price=500, quantity=1)
    ).order
    assert [(each.location_id, each.place, each.remaining) for each in order.fulfillment_orders] == [
        (WAREHOUSE, Place.MERCHANT, 4),
        (SERVICE_PLACE, Place.SERVICE, 9),
    ]
    assert {each.status for each in order.fulfillment_orders} == {Status.OPEN}
    assert {each.request_status for each in order.fulfillment_orders} == {RequestStatus.UNSUBMITTED}


def test_the_whole_order_at_one_place_is_preferred_over_the_first_place() -> None:
    order = created(NewOrderLine(variant_id=1, quantity=2), NewOrderLine(variant_id=2, quantity=1)).order
    assert [each.location_id for each in order.fulfillment_orders] == [SERVICE_PLACE]


def test_lines_are_named_and_priced_from_the_catalogue_unless_the_order_says_otherwise() -> None:
    plain, special = created(
        NewOrderLine(variant_id=1, quantity=1),
        NewOrderLine(variant_id=2, quantity=1, title="Special", price=0, sku="OWN", grams=0, requires_shipping=False),
    ).order.lines
    assert (plain.title, plain.price, plain.sku, plain.grams, plain.product_id) == ("Thing 1", 1250, "SKU-1", 300, 201)
    assert (special.title, special.price, special.sku, special.grams) == ("Special", 0, "OWN", 0)
    assert not special.requires_shipping


def test_an_order_is_named_after_its_number_and_fulfillable_from_the_full_hour() -> None:
    order = created(NewOrderLine(variant_id=1, quantity=1)).order
    assert (order.number, order.name, order.currency) == (7, "#1007", "EUR")
    assert {each.fulfill_at for each in order.fulfillment_orders} == {
        order.created_at.replace(minute=0, second=0, microsecond=0)
    }
    named = create_order(
        CreateOrder(lines=(NewOrderLine(variant_id=1, quantity=1),), name="W-1", currency="SEK", processed_at=AT),
        BOTH,
        circumstances(),
    ).order
    assert (named.name, named.currency, named.processed_at) == ("W-1", "SEK", AT)


def test_stock_is_committed_where_it_will_ship_from_once_an_item_and_place() -> None:
    decision = created(NewOrderLine(variant_id=1, quantity=5), NewOrderLine(variant_id=1, quantity=6))
    assert [(move.location_id, move.quantity) for move in decision.stock_moves] == [(WAREHOUSE, 3), (SERVICE_PLACE, 8)]
    for move in decision.stock_moves:
        assert (move.source, move.target) == (StockState.AVAILABLE, StockState.COMMITTED)
        assert (move.cause, move.cause_id) == (StockCause.ORDER_ROUTED, decision.order.id)
        assert move.obeys_policy


def test_stock_that_is_bypassed_uncounted_or_without_an_item_is_not_claimed() -> None:
    line = NewOrderLine(variant_id=1, quantity=2)
    assert created(line, claim=StockClaim.BYPASS).stock_moves == ()
    uncounted = facts(level(101, WAREHOUSE, 0, tracked=False), variants=[variant(1, tracked=False)])
    assert created(line, known=uncounted).stock_moves == ()
    assert created(NewOrderLine(title="Engraving", quantity=1)).stock_moves == ()


def test_an_uncounted_item_that_is_stocked_nowhere_is_not_out_of_stock() -> None:
    decision = created(NewOrderLine(variant_id=1, quantity=2), known=facts(variants=[variant(1, tracked=False)]))
    assert [each.location_id for each in decision.order.fulfillment_orders] == [WAREHOUSE]


def test_a_claim_by_the_policy_is_refused_when_nobody_has_the_stock_and_taken_when_the_policy_is_ignored() -> None:
    line = NewOrderLine(variant_id=1, quantity=13)
    with pytest.raises(StockNotAvailable):
        created(line)
    ignoring = created(line, claim=StockClaim.IGNORING_POLICY)
    assert sum(move.quantity for move in ignoring.stock_moves) == 13
    assert not any(move.obeys_policy for move in ignoring.stock_moves)


def test_an_item_that_may_be_oversold_is_claimed_below_zero_without_a_promise() -> None:
    known = facts(level(101, WAREHOUSE, 1, may_oversell=True), variants=[variant(1)])
    (move,) = created(NewOrderLine(variant_id=1, quantity=4), known=known).stock_moves
    assert (move.quantity, move.obeys_policy) == (4, False)


def test_the_events_tell_of_the_order_and_of_each_place_it_went_to() -> None:
    decision = created(NewOrderLine(variant_id=1, quantity=12))
    assert [event.kind for event in decision.events] == [
        EventKind.ORDER_CREATED,
        EventKind.ORDER_ROUTED,
        EventKind.ORDER_ROUTED,
    ]
    assert [event.location_id for event in decision.events[1:]] == [WAREHOUSE, SERVICE_PLACE]
    assert sum(line.quantity for event in decision.events for line in event.lines) == 12


GOOD = NewOrderLine(variant_id=1, quantity=1)


@pytest.mark.parametrize(
    "line",
    [
        replace(GOOD, quantity=0),
        replace(GOOD, quantity=-1),
        replace(GOOD, quantity=1_000_001),
        replace(GOOD, price=-1),
        replace(GOOD, price=10**30),
        replace(GOOD, grams=-1),
        replace(GOOD, grams=2**31),
        replace(GOOD, variant_id=999),
        replace(GOOD, variant_id=999, title="Unknown but titled"),
        replace(GOOD, variant_id=None),
        replace(GOOD, variant_id=None, title=""),
    ],
    ids=repr,
)
def test_a_line_that_makes_no_order_is_refused_with_its_rule(line: NewOrderLine) -> None:
    with pytest.raises(Invalid) as refusal:
        created(GOOD, line)
    assert refusal.value.field == "line_items"


def test_an_order_needs_a_line_and_has_at_most_two_thousand() -> None:
    with pytest.raises(Invalid):
        created()
    assert len(created(*[GOOD] * 2000, claim=StockClaim.BYPASS).order.lines) == 2000
    with pytest.raises(Invalid):
        created(*[GOOD] * 2001)


def test_a_shop_without_an_active_location_takes_no_order() -> None:
    with pytest.raises(NoLocation):
        created(GOOD, known=facts(variants=[variant(1)], priority=()))
