"""What a fulfillment order offers, against the samples and recordings of both Shopify wires."""

from dataclasses import replace

import pytest

from crossdock.domain.orders import Hold, HoldReason, supported_actions
from crossdock.domain.states import RequestStatus, Status
from tests.domain.scene import LATER, SERVICE_PLACE, WAREHOUSE, order_at, placed_in, the_only

# Source: Shopify REST FulfillmentOrder, supported_actions of the samples; what a recorded shop adds stands in MORE.
SAMPLES = {
    (SERVICE_PLACE, "open/unsubmitted"): "request_fulfillment create_fulfillment hold",
    (WAREHOUSE, "open/unsubmitted"): "create_fulfillment report_progress move hold",
    (SERVICE_PLACE, "open/submitted"): "cancel_fulfillment_order",
    (SERVICE_PLACE, "open/rejected"): "request_fulfillment create_fulfillment hold",
    (SERVICE_PLACE, "in_progress/accepted"): "create_fulfillment request_cancellation",
    (SERVICE_PLACE, "in_progress/cancellation_requested"): "create_fulfillment cancel_fulfillment_order",
    (SERVICE_PLACE, "in_progress/cancellation_rejected"): "create_fulfillment",
    (SERVICE_PLACE, "cancelled/cancellation_accepted"): "request_fulfillment create_fulfillment hold",
    (SERVICE_PLACE, "incomplete/closed"): "request_fulfillment create_fulfillment hold",
    (SERVICE_PLACE, "scheduled/unsubmitted"): "mark_as_open",
    (WAREHOUSE, "scheduled/unsubmitted"): "mark_as_open",
    (SERVICE_PLACE, "on_hold/unsubmitted"): "release_hold hold",
    (WAREHOUSE, "on_hold/unsubmitted"): "release_hold move hold",
}
# More than one unit, and another location that stocks the items.
MORE = {
    (SERVICE_PLACE, "open/unsubmitted"): "split move",
    (WAREHOUSE, "open/unsubmitted"): "split",
    (SERVICE_PLACE, "open/rejected"): "split move",
    (SERVICE_PLACE, "cancelled/cancellation_accepted"): "move",
    (SERVICE_PLACE, "incomplete/closed"): "move",
    (SERVICE_PLACE, "on_hold/unsubmitted"): "move",
}


def offered(location_id: int, state: str, *, units: int, movable: bool | None, progress: bool = False) -> set[str]:
    status, request_status = state.split("/")
    order = placed_in(order_at(location_id, units), Status(status), RequestStatus(request_status))
    fulfillment_order = replace(the_only(order), progress_reported=progress)
    return set(supported_actions(order.replacing(fulfillment_order), fulfillment_order, movable=movable))


@pytest.mark.parametrize(("location_id", "state"), SAMPLES)
def test_a_single_unit_offers_what_the_samples_show(location_id: int, state: str) -> None:
    assert offered(location_id, state, units=1, movable=None) == set(SAMPLES[location_id, state].split())


@pytest.mark.parametrize(("location_id", "state"), SAMPLES)
def test_what_has_nowhere_to_go_offers_no_move(location_id: int, state: str) -> None:
    """Recorded at a merchant's location in a shop where nothing else could take it."""
    assert offered(location_id, state, units=1, movable=False) == set(SAMPLES[location_id, state].split()) - {"move"}


@pytest.mark.parametrize(("location_id", "state"), SAMPLES)
def test_several_units_with_another_place_to_go_offer_what_was_recorded(location_id: int, state: str) -> None:
    expected = set(SAMPLES[location_id, state].split()) | set(MORE.get((location_id, state), "").split())
    assert offered(location_id, state, units=3, movable=True) == expected


def test_reported_progress_offers_the_way_back_and_no_move() -> None:
    actions = offered(WAREHOUSE, "in_progress/unsubmitted", units=3, movable=True, progress=True)
    assert actions == {"create_fulfillment", "report_progress", "hold", "mark_as_open"}


@pytest.mark.parametrize("request_status", RequestStatus)
@pytest.mark.parametrize("location_id", [WAREHOUSE, SERVICE_PLACE])
def test_closed_work_offers_nothing(location_id: int, request_status: RequestStatus) -> None:
    assert offered(location_id, f"closed/{request_status}", units=3, movable=True) == set()


def test_a_sibling_in_the_same_state_at_the_same_place_can_be_merged() -> None:
    order = order_at(SERVICE_PLACE, 2)
    one = the_only(order)
    both = order.replacing(replace(one, id=one.id + 1))
    assert "merge" in supported_actions(both, one)
    for other in (
        replace(one, id=one.id + 1, location_id=WAREHOUSE),
        replace(one, id=one.id + 1, status=Status.ON_HOLD),
        replace(one, id=one.id + 1, lines=tuple(replace(line, remaining=0) for line in one.lines)),
    ):
        assert "merge" not in supported_actions(order.replacing(other), one)


def test_a_fulfillment_order_with_nothing_left_offers_nothing() -> None:
    order = order_at(SERVICE_PLACE, 2)
    empty = replace(
        the_only(order), updated_at=LATER, lines=tuple(replace(x, remaining=0) for x in the_only(order).lines)
    )
    assert supported_actions(order.replacing(empty), empty, movable=True) == ()


def test_who_has_held_it_as_often_as_he_can_is_not_offered_to_hold_it_again() -> None:
    """Recorded: without HOLD once the asking app has 10 holds on it."""
    order = placed_in(order_at(WAREHOUSE, 2), Status.ON_HOLD, RequestStatus.UNSUBMITTED)
    holds = tuple(
        Hold(id=number, reason=HoldReason.OTHER, placed_at=LATER, app_id=7, handle=str(number)) for number in range(10)
    )
    held, nearly = replace(the_only(order), holds=holds), replace(the_only(order), holds=holds[1:])
    assert set(supported_actions(order, held, app_id=7)) == {"release_hold", "move"}
    for fulfillment_order, app_id in ((held, 8), (held, None), (nearly, 7)):
        assert "hold" in supported_actions(order, fulfillment_order, app_id=app_id)
