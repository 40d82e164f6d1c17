"""Badges by status, request status, quantities and requests together. Source: ux.md, section 1; first match wins."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crossdock.domain.orders import (
    FulfillmentOrder,
    FulfillmentOrderLine,
    Hold,
    HoldReason,
    MerchantRequest,
    RequestAnswer,
    RequestKind,
)
from crossdock.domain.states import Place, RequestStatus, Status
from crossdock.store.dashboard.standing import standing

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def fulfillment_order(
    status: str, request_status: str, *, shipped: int = 0, requests: tuple[MerchantRequest, ...] = ()
) -> FulfillmentOrder:
    line = FulfillmentOrderLine(id=1, order_line_id=2, quantity=3, remaining=3 - shipped)
    hold = Hold(id=1, reason=HoldReason.AWAITING_PAYMENT, placed_at=AT)
    return FulfillmentOrder(
        id=7,
        location_id=5,
        place=Place.SERVICE,
        status=Status(status),
        request_status=RequestStatus(request_status),
        lines=(line,),
        created_at=AT,
        updated_at=AT,
        requests=requests,
        holds=(hold,) if status == "on_hold" else (),
    )


def asked(kind: RequestKind, answer: RequestAnswer | None = None, words: str | None = None) -> MerchantRequest:
    return MerchantRequest(id=1, kind=kind, sent_at=AT, message="Stop", answer=answer, answer_message=words)


@pytest.mark.parametrize(
    ("status", "request_status", "shipped", "badge"),
    [
        ("closed", "submitted", 0, "Cancelled"),
        ("closed", "cancellation_requested", 1, "Cancelled"),
        ("closed", "cancellation_requested", 3, "Fulfilled"),
        ("in_progress", "cancellation_requested", 1, "Cancellation requested"),
        ("cancelled", "cancellation_accepted", 1, "Cancellation accepted"),
        ("closed", "cancellation_accepted", 0, "Cancellation accepted"),
        ("closed", "cancellation_accepted", 3, "Fulfilled"),
        ("open", "rejected", 1, "Request declined"),
        ("incomplete", "closed", 2, "Incomplete"),
        ("in_progress", "cancellation_rejected", 0, "In progress"),
        ("in_progress", "cancellation_rejected", 1, "Partially fulfilled 1/3"),
        ("in_progress", "accepted", 2, "Partially fulfilled 2/3"),
        ("closed", "accepted", 3, "Fulfilled"),
        ("on_hold", "unsubmitted", 0, "On hold"),
        ("scheduled", "unsubmitted", 0, "Scheduled"),
        ("in_progress", "accepted", 0, "In progress"),
        ("in_progress", "unsubmitted", 0, "In progress"),
        ("open", "submitted", 0, "Requested"),
        ("open", "unsubmitted", 0, "Unfulfilled"),
        ("closed", "unsubmitted", 0, "Cancelled"),
        ("not_required", "unsubmitted", 0, "Not required / unsubmitted"),
    ],
)
def test_the_first_row_that_fits_gives_the_badge(status: str, request_status: str, shipped: int, badge: str) -> None:
    assert standing(fulfillment_order(status, request_status, shipped=shipped), "Acme").badge.words == badge


def test_an_unanswered_cancellation_waits_whatever_the_request_status_says() -> None:
    one = fulfillment_order("in_progress", "accepted", requests=(asked(RequestKind.CANCELLATION),))
    how = standing(one, "Acme")
    assert (how.badge.words, how.quote, how.since) == ("Cancellation requested", "Stop", AT)


def test_the_services_words_stand_on_the_card() -> None:
    said = asked(RequestKind.CANCELLATION, RequestAnswer.REJECTED, "Already packed")
    how = standing(fulfillment_order("in_progress", "cancellation_rejected", requests=(said,)), "Acme")
    assert (how.text, how.quote) == ("Acme did not cancel and goes on.", "Already packed")


def test_a_hold_says_why() -> None:
    assert standing(fulfillment_order("on_hold", "unsubmitted"), "Acme").text == "Held: awaiting payment."


def emptied(one: FulfillmentOrder) -> FulfillmentOrder:
    return replace(one, lines=tuple(replace(line, quantity=0, remaining=0) for line in one.lines))


def test_what_others_have_the_units_of_is_not_fulfilled() -> None:
    merged = emptied(fulfillment_order("closed", "unsubmitted"))
    how = standing(merged, "Acme", heirs=(9,))
    assert (how.badge.words, how.text) == ("Closed", "Its items are with fulfillment order 9 now.")
    parcel_cancelled = fulfillment_order("closed", "accepted", shipped=2)
    how = standing(parcel_cancelled, "Acme", heirs=(8, 9))
    assert how.badge.words == "Partially fulfilled 2/3"
    assert how.text == "2 shipped; what was left is with fulfillment order 8 and fulfillment order 9 now."


def test_what_a_service_may_still_ship_names_what_takes_its_place() -> None:
    how = standing(replace(fulfillment_order("closed", "submitted"), lines=()), "Acme", heirs=(9,))
    assert how.badge.words == "Cancelled"
    assert how.text == (
        "Cancelled without an answer from Acme, who may still ship. Contact them. "
        "Its items are with fulfillment order 9 now."
    )


def test_what_was_taken_out_of_the_order_is_not_fulfilled() -> None:
    how = standing(emptied(fulfillment_order("closed", "unsubmitted")), "Acme")
    assert (how.badge.words, how.text) == ("Closed", "Nothing of it is ordered any more.")
