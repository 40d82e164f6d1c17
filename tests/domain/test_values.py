"""`replace` makes what the one of `dataclasses` makes, of every value that decisions change."""

import dataclasses
from datetime import UTC, datetime

import pytest

from crossdock.domain.orders import FulfillmentOrderLine, MerchantRequest, RequestAnswer, RequestKind
from crossdock.domain.values import replace

SENT = datetime(2026, 2, 2, tzinfo=UTC)


def test_fields_that_are_named_change_and_the_others_stay() -> None:
    request = MerchantRequest(id=1, kind=RequestKind.FULFILLMENT, sent_at=SENT, message="Please ship.")
    answered = replace(request, answer=RequestAnswer.ACCEPTED, answered_at=SENT)
    assert answered == dataclasses.replace(request, answer=RequestAnswer.ACCEPTED, answered_at=SENT)
    assert request.answer is None


def test_what_is_made_is_as_frozen_as_what_it_is_made_of() -> None:
    line = replace(FulfillmentOrderLine(id=1, order_line_id=2, quantity=3, remaining=3), remaining=2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        line.remaining = 1  # type: ignore[misc]


def test_a_field_that_there_is_not_is_refused() -> None:
    line = FulfillmentOrderLine(id=1, order_line_id=2, quantity=3, remaining=3)
    with pytest.raises(TypeError, match="FulfillmentOrderLine has no left"):
        replace(line, left=2)  # type: ignore[call-arg]
