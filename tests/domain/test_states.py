"""The transition table beside the vendors' sentences, read from their documents and written down here anew.

Sources: Shopify REST FulfillmentOrder, FulfillmentRequest, CancellationRequest, Fulfillment; Shopify GraphQL
FulfillmentOrder; 29 Next Admin API 2024-04-01, fulfillment-orders. What only 29 Next has is marked.
"""

from itertools import product

import pytest

from crossdock.domain.orders import move
from crossdock.domain.refusals import ActionNotAllowed, NotAtFulfillmentService
from crossdock.domain.states import (
    TRANSITIONS,
    Action,
    Party,
    Place,
    RequestStatus,
    State,
    Status,
    allowed_actions,
    transition,
)
from tests.domain.scene import LATER, SERVICE_PLACE, WAREHOUSE, order_at, placed_in, the_only

Sentence = tuple[str, str, str, str, str]
"""Places ("merchant", "service" or "either"), from, action, to, and who may: "merchant", "service" or "both"."""

SENTENCES: tuple[Sentence, ...] = (
    # The merchant sends a fulfillment request; a rejected, incomplete or cancelled one can be sent again.
    ("service", "open/unsubmitted", "submit_request", "open/submitted", "merchant"),
    ("service", "open/rejected", "submit_request", "open/submitted", "merchant"),
    ("service", "incomplete/closed", "submit_request", "open/submitted", "merchant"),
    ("service", "cancelled/cancellation_accepted", "submit_request", "open/submitted", "merchant"),
    # The service accepts, or rejects the whole.
    ("service", "open/submitted", "accept_request", "in_progress/accepted", "service"),
    ("service", "open/submitted", "reject_request", "open/rejected", "service"),
    # 29 Next: fulfillment-request/cancel.
    ("service", "open/submitted", "withdraw_request", "open/unsubmitted", "merchant"),
    # The merchant asks the service to stop accepted work, which says yes or no.
    ("service", "in_progress/accepted", "submit_cancellation", "in_progress/cancellation_requested", "merchant"),
    (
        "service",
        "in_progress/cancellation_requested",
        "accept_cancellation",
        "cancelled/cancellation_accepted",
        "service",
    ),
    (
        "service",
        "in_progress/cancellation_requested",
        "reject_cancellation",
        "in_progress/cancellation_rejected",
        "service",
    ),
    # 29 Next: cancellation-request/cancel.
    ("service", "in_progress/cancellation_requested", "withdraw_cancellation", "in_progress/accepted", "merchant"),
    # The merchant cancels: allowed for submitted and cancellation requested, and recorded at merchant locations.
    ("service", "open/submitted", "cancel", "closed/submitted", "merchant"),
    ("service", "in_progress/cancellation_requested", "cancel", "closed/cancellation_requested", "merchant"),
    ("merchant", "open/unsubmitted", "cancel", "closed/unsubmitted", "merchant"),
    ("merchant", "in_progress/unsubmitted", "cancel", "closed/unsubmitted", "merchant"),
    # 29 Next's cancel: of what is open or processing, by either side; nobody can force what the service works on.
    ("service", "open/unsubmitted", "replace", "closed/unsubmitted", "both"),
    ("service", "open/rejected", "replace", "closed/rejected", "both"),
    ("service", "open/submitted", "replace", "closed/submitted", "service"),
    ("service", "in_progress/accepted", "replace", "closed/accepted", "service"),
    ("service", "in_progress/cancellation_requested", "replace", "closed/cancellation_requested", "service"),
    ("service", "in_progress/cancellation_rejected", "replace", "closed/cancellation_rejected", "service"),
    # The service that accepted gives up.
    ("service", "in_progress/accepted", "close", "incomplete/closed", "service"),
    ("service", "in_progress/cancellation_rejected", "close", "incomplete/closed", "service"),
    # Shipping a part: at a service the status stays, at the merchant's own place the work is in progress.
    ("merchant", "open/unsubmitted", "fulfill_part", "in_progress/unsubmitted", "merchant"),
    ("merchant", "in_progress/unsubmitted", "fulfill_part", "in_progress/unsubmitted", "merchant"),
    ("service", "open/unsubmitted", "fulfill_part", "open/unsubmitted", "merchant"),
    ("service", "open/rejected", "fulfill_part", "open/rejected", "merchant"),
    ("service", "in_progress/accepted", "fulfill_part", "in_progress/accepted", "both"),
    ("service", "in_progress/cancellation_requested", "fulfill_part", "in_progress/cancellation_requested", "both"),
    ("service", "in_progress/cancellation_rejected", "fulfill_part", "in_progress/cancellation_rejected", "both"),
    ("service", "cancelled/cancellation_accepted", "fulfill_part", "cancelled/cancellation_accepted", "merchant"),
    ("service", "incomplete/closed", "fulfill_part", "incomplete/closed", "merchant"),
    # Shipping everything left closes it; the request status stays.
    ("either", "open/unsubmitted", "fulfill_rest", "closed/unsubmitted", "merchant"),
    ("merchant", "in_progress/unsubmitted", "fulfill_rest", "closed/unsubmitted", "merchant"),
    ("service", "open/rejected", "fulfill_rest", "closed/rejected", "merchant"),
    ("service", "in_progress/accepted", "fulfill_rest", "closed/accepted", "both"),
    ("service", "in_progress/cancellation_requested", "fulfill_rest", "closed/cancellation_requested", "both"),
    ("service", "in_progress/cancellation_rejected", "fulfill_rest", "closed/cancellation_rejected", "both"),
    ("service", "cancelled/cancellation_accepted", "fulfill_rest", "closed/cancellation_accepted", "merchant"),
    ("service", "incomplete/closed", "fulfill_rest", "closed/closed", "merchant"),
    # Holds: offered wherever the merchant has the work; the request status does not change. 29 Next: both sides may.
    ("either", "open/unsubmitted", "hold", "on_hold/unsubmitted", "both"),
    ("merchant", "in_progress/unsubmitted", "hold", "on_hold/unsubmitted", "merchant"),
    ("service", "open/rejected", "hold", "on_hold/rejected", "both"),
    ("service", "incomplete/closed", "hold", "on_hold/closed", "both"),
    ("service", "cancelled/cancellation_accepted", "hold", "on_hold/cancellation_accepted", "both"),
    ("either", "on_hold/unsubmitted", "hold", "on_hold/unsubmitted", "both"),
    ("service", "on_hold/rejected", "hold", "on_hold/rejected", "both"),
    ("service", "on_hold/cancellation_accepted", "hold", "on_hold/cancellation_accepted", "both"),
    ("service", "on_hold/closed", "hold", "on_hold/closed", "both"),
    ("either", "on_hold/unsubmitted", "release_hold", "open/unsubmitted", "both"),
    ("service", "on_hold/rejected", "release_hold", "open/rejected", "both"),
    # Inferred: the vendors do not say what a release of these comes back to; it is where the hold found them.
    ("service", "on_hold/cancellation_accepted", "release_hold", "cancelled/cancellation_accepted", "both"),
    ("service", "on_hold/closed", "release_hold", "incomplete/closed", "both"),
    # Moves: not while the service has it. What has moved was asked of nobody at its new place, where unsubmitted may
    # be the only request status there is.
    ("either", "open/unsubmitted", "move", "open/unsubmitted", "merchant"),
    ("merchant", "in_progress/unsubmitted", "move", "open/unsubmitted", "merchant"),
    ("service", "open/rejected", "move", "open/unsubmitted", "merchant"),
    ("service", "cancelled/cancellation_accepted", "move", "open/unsubmitted", "merchant"),
    ("service", "incomplete/closed", "move", "open/unsubmitted", "merchant"),
    ("either", "on_hold/unsubmitted", "move", "on_hold/unsubmitted", "merchant"),
    ("service", "on_hold/rejected", "move", "on_hold/unsubmitted", "merchant"),
    ("service", "on_hold/cancellation_accepted", "move", "on_hold/unsubmitted", "merchant"),
    ("service", "on_hold/closed", "move", "on_hold/unsubmitted", "merchant"),
    # Reroutes are moves whose place the shop's routing chooses.
    ("either", "open/unsubmitted", "reroute", "open/unsubmitted", "merchant"),
    ("service", "open/rejected", "reroute", "open/unsubmitted", "merchant"),
    ("service", "cancelled/cancellation_accepted", "reroute", "open/unsubmitted", "merchant"),
    ("service", "incomplete/closed", "reroute", "open/unsubmitted", "merchant"),
    ("either", "on_hold/unsubmitted", "reroute", "on_hold/unsubmitted", "merchant"),
    # Splits and merges.
    ("either", "open/unsubmitted", "split", "open/unsubmitted", "merchant"),
    ("merchant", "in_progress/unsubmitted", "split", "in_progress/unsubmitted", "merchant"),
    ("service", "open/rejected", "split", "open/rejected", "merchant"),
    ("either", "open/unsubmitted", "merge", "open/unsubmitted", "merchant"),
    ("either", "open/unsubmitted", "absorb", "closed/unsubmitted", "merchant"),
    # Inferred: wherever work can be moved away from, all of it may go into another fulfillment order, and the one that
    # keeps nothing, or only what was shipped, is closed as documented for open ones.
    ("merchant", "in_progress/unsubmitted", "absorb", "closed/unsubmitted", "merchant"),
    ("service", "open/rejected", "absorb", "closed/rejected", "merchant"),
    ("service", "cancelled/cancellation_accepted", "absorb", "closed/cancellation_accepted", "merchant"),
    ("service", "incomplete/closed", "absorb", "closed/closed", "merchant"),
    ("either", "on_hold/unsubmitted", "absorb", "closed/unsubmitted", "merchant"),
    ("service", "on_hold/rejected", "absorb", "closed/rejected", "merchant"),
    ("service", "on_hold/cancellation_accepted", "absorb", "closed/cancellation_accepted", "merchant"),
    ("service", "on_hold/closed", "absorb", "closed/closed", "merchant"),
    # Schedules and reported progress.
    ("either", "scheduled/unsubmitted", "mark_as_open", "open/unsubmitted", "merchant"),
    ("either", "scheduled/unsubmitted", "reschedule", "scheduled/unsubmitted", "merchant"),
    ("merchant", "open/unsubmitted", "report_progress", "in_progress/unsubmitted", "merchant"),
    ("merchant", "in_progress/unsubmitted", "report_progress", "in_progress/unsubmitted", "merchant"),
    ("merchant", "in_progress/unsubmitted", "mark_as_open", "open/unsubmitted", "merchant"),
    # The whole order is cancelled: recorded as closed with the request status kept. Work that a service accepted is
    # asked back first (29 Next: only before items went to fulfilment).
    ("either", "open/unsubmitted", "cancel_order", "closed/unsubmitted", "merchant"),
    ("merchant", "in_progress/unsubmitted", "cancel_order", "closed/unsubmitted", "merchant"),
    ("service", "open/submitted", "cancel_order", "closed/submitted", "merchant"),
    ("service", "open/rejected", "cancel_order", "closed/rejected", "merchant"),
    ("service", "cancelled/cancellation_accepted", "cancel_order", "closed/cancellation_accepted", "merchant"),
    ("service", "incomplete/closed", "cancel_order", "closed/closed", "merchant"),
    ("either", "scheduled/unsubmitted", "cancel_order", "closed/unsubmitted", "merchant"),
    ("either", "on_hold/unsubmitted", "cancel_order", "closed/unsubmitted", "merchant"),
    ("service", "on_hold/rejected", "cancel_order", "closed/rejected", "merchant"),
    ("service", "on_hold/cancellation_accepted", "cancel_order", "closed/cancellation_accepted", "merchant"),
    ("service", "on_hold/closed", "cancel_order", "closed/closed", "merchant"),
)

WITHOUT_STATE = {"set_deadline": "merchant", "cancel_fulfillment": "both"}
"""Recorded as accepted in every state, closed ones too, and changing none."""

PLACES = {"merchant": ("merchant",), "service": ("service",), "either": ("merchant", "service")}
# The store acts for the merchant: timers, routing, rules.
PARTIES = {"merchant": {"merchant", "store"}, "service": {"service"}, "both": {"merchant", "store", "service"}}

ALLOWED = {
    (place, start, action, party): end
    for places, start, action, end, who in SENTENCES
    for place in PLACES[places]
    for party in PARTIES[who]
}
EVERY_STATE = list(product(Place, Status, RequestStatus))


def says(place: Place, status: Status, request_status: RequestStatus, action: Action, party: Party) -> str | None:
    """What the vendors' sentences make of an action: the state after it, or nothing if it is to be refused."""
    here = f"{status}/{request_status}"
    if action in WITHOUT_STATE:
        return here if party in PARTIES[WITHOUT_STATE[action]] else None
    return ALLOWED.get((place, here, action, party))


@pytest.mark.parametrize("action", Action)
def test_the_table_says_what_the_vendors_say_in_every_state_at_every_place_for_every_party(action: Action) -> None:
    differences = []
    for (place, status, request_status), party in product(EVERY_STATE, Party):
        row = transition(State(status=status, request_status=request_status, place=place), action)
        ours = f"{row.status}/{row.request_status}" if row is not None and party in row.by else None
        theirs = says(place, status, request_status, action, party)
        if ours != theirs:
            differences.append(f"{party} at {place}, {status}/{request_status}: ours {ours}, theirs {theirs}")
    assert differences == []


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("party", Party)
def test_what_the_vendors_do_not_allow_is_refused_with_the_state(action: Action, party: Party) -> None:
    for place, status, request_status in EVERY_STATE:
        order = order_at(WAREHOUSE if place is Place.MERCHANT else SERVICE_PLACE, 2)
        fulfillment_order = the_only(placed_in(order, status, request_status))
        expected = says(place, status, request_status, action, party)
        if expected is not None:
            moved = move(fulfillment_order, action, by=frozenset({party}), at=LATER)
            assert f"{moved.status}/{moved.request_status}" == expected
            assert moved.updated_at == LATER
            continue
        with pytest.raises((ActionNotAllowed, NotAtFulfillmentService)) as refusal:
            move(fulfillment_order, action, by=frozenset({party}), at=LATER)
        if isinstance(refusal.value, ActionNotAllowed):
            others = any(says(place, status, request_status, action, each) is not None for each in Party)
            why = ": that is for others to do" if others else ""
            assert str(refusal.value) == f"cannot {action} while {status} / {request_status}{why}"


def test_someone_without_a_part_in_it_can_do_nothing() -> None:
    for row in TRANSITIONS.values():
        location = WAREHOUSE if row.start.place is Place.MERCHANT else SERVICE_PLACE
        fulfillment_order = the_only(placed_in(order_at(location, 1), row.start.status, row.start.request_status))
        with pytest.raises((ActionNotAllowed, NotAtFulfillmentService)):
            move(fulfillment_order, row.action, by=frozenset(), at=LATER)


def test_unsubmitted_is_the_only_request_status_that_work_at_a_merchants_location_moves_in() -> None:
    states = {start for start, action in TRANSITIONS if action not in WITHOUT_STATE and start.place is Place.MERCHANT}
    assert {state.request_status for state in states} == {RequestStatus.UNSUBMITTED}


def test_what_is_moved_away_from_a_service_can_stand_at_a_merchants_location() -> None:
    for action in (Action.MOVE, Action.REROUTE):
        ends = {row.request_status for (_, each), row in TRANSITIONS.items() if each is action}
        assert ends == {RequestStatus.UNSUBMITTED}


def test_every_state_that_the_table_leads_to_is_closed_or_leads_on() -> None:
    for row in TRANSITIONS.values():
        if row.action in WITHOUT_STATE or row.action in (Action.MOVE, Action.REROUTE):
            continue
        end = State(status=row.status, request_status=row.request_status, place=row.start.place)
        assert row.status is Status.CLOSED or allowed_actions(end), f"{row.start} {row.action} ends in {end}"


def test_closed_and_not_required_work_moves_no_more() -> None:
    for place, status, request_status in EVERY_STATE:
        if status in (Status.CLOSED, Status.NOT_REQUIRED):
            assert allowed_actions(State(status=status, request_status=request_status, place=place)) == ()
