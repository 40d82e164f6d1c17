"""Readings of a store laid beside what we know, where only the order of words tells what is true."""

from datetime import UTC, datetime

from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.work import AssignedFulfillmentOrder, AssignedLine
from crossdock.service.database.assignments import Answer, Assignment, Line, Stage, Telling
from crossdock.service.database.stores import Store
from crossdock.service.handlers.reconciling import reconcile

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STORE = Store(
    id=1,
    name="Lumen Tea",
    platform="shopify",
    url="http://lumen.test",
    shop_domain="lumen.test",
    api_version="2026-07",
    access_token="",
    secret="",
    previous_secret=None,
    service_id=5,
    location_id=2,
    paused=False,
    pulls=3,
    pull_asked=False,
    pull_whole=False,
    last_pulled_at=None,
    trouble=None,
    connected_at=AT,
)


def test_a_cancellation_tells_that_our_acceptance_arrived() -> None:
    """Found by seed 2961 of the two sides in virtual time: the work was never to be packed again."""
    known = Assignment(
        store_id=1,
        fulfillment_order_id=20,
        order_id=10,
        location_id=2,
        status=Stage.ACCEPTING,
        store_status=Status.OPEN,
        store_request_status=RequestStatus.SUBMITTED,
        lines=(Line(id=30, order_line_id=40, quantity=5, shipped=1, sku="TEE"),),
        received_at=AT,
        updated_at=AT,
        answer=Answer.ACCEPT,
        answers=1,
        answer_state=Telling.WAITING,
    )
    truth = AssignedFulfillmentOrder(
        id=20,
        order_id=10,
        location_id=2,
        status=Status.IN_PROGRESS,
        request_status=RequestStatus.CANCELLATION_REQUESTED,
        lines=(AssignedLine(id=30, order_line_id=40, quantity=5, remaining=4),),
        updated_at=AT,
        created_at=AT,
    )
    draft = reconcile(known, truth, store=STORE, pull=3, skus={}, at=AT)
    assert draft is not None
    assert draft.assignment.answer is Answer.REJECT_CANCELLATION
    assert draft.assignment.status is Stage.ACCEPTED
