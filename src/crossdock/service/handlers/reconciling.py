"""What a store says of its fulfillment orders, laid beside what we know: pure decisions on one assignment.

The pulls of a store follow each other, but our answers travel at the same time. So a pull may have read a fulfillment
order before the store took our last word about it; such a reading is in doubt, and another pull, begun after the word
was taken, decides. Rounds are told apart in this way and not by the time of the request, which the wire gives in
seconds and drops once the request is answered.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto

from crossdock.domain.orders import RequestKind
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.work import AssignedFulfillmentOrder, AssignedRequest
from crossdock.service.database.assignments import Answer, Assignment, Line, Stage, Telling
from crossdock.service.database.changes import Draft
from crossdock.service.database.shelf import MoveKind
from crossdock.service.database.stores import Store
from crossdock.service.handlers.drafting import (
    STORE,
    cause_of,
    free_units,
    give_answer,
    moves,
    note,
    settle_answer,
    units_left,
)

FINISHED = frozenset({Stage.REJECTED, Stage.CANCELLED, Stage.SHIPPED, Stage.CLOSED})
ALREADY_SHIPPED = "already shipped"
TO_A_REQUEST = frozenset({Answer.ACCEPT, Answer.REJECT})
TO_A_CANCELLATION = frozenset({Answer.ACCEPT_CANCELLATION, Answer.REJECT_CANCELLATION})
# A store that refuses an answer and goes on asking for one is answered again after this.
TRY_AGAIN = timedelta(hours=1)


class Asked(Enum):
    """What a store wants of us, by the state of a fulfillment order."""

    TO_SHIP = auto()
    TO_GO_ON = auto()
    TO_STOP = auto()
    NOTHING = auto()


ASKED: Mapping[tuple[Status, RequestStatus], Asked] = {
    (Status.OPEN, RequestStatus.SUBMITTED): Asked.TO_SHIP,
    (Status.IN_PROGRESS, RequestStatus.ACCEPTED): Asked.TO_GO_ON,
    (Status.IN_PROGRESS, RequestStatus.CANCELLATION_REJECTED): Asked.TO_GO_ON,
    (Status.IN_PROGRESS, RequestStatus.CANCELLATION_REQUESTED): Asked.TO_STOP,
}


def asked(status: Status, request_status: RequestStatus) -> Asked:
    return ASKED.get((status, request_status), Asked.NOTHING)


class Doubt(Exception):
    """The reading may be older than our last word: pull again."""


def reconcile(
    known: Assignment | None,
    truth: AssignedFulfillmentOrder,
    *,
    store: Store,
    pull: int,
    skus: Mapping[int, str | None],
    at: datetime,
) -> Draft | None:
    """Return what a reading of a fulfillment order changes; None when it is nothing to us.

    `pull` numbers the pull that read it; `skus` names inventory items. Raises: Doubt.
    """
    wanted = asked(truth.status, truth.request_status)
    if known is None:
        return None if wanted is Asked.NOTHING else new_work(truth, store=store, skus=skus, at=at)
    seen = replace(known, store_status=truth.status, store_request_status=truth.request_status)
    draft = Draft(assignment=seen)
    in_doubt = pull <= known.settled_pull
    match wanted:
        case Asked.TO_SHIP:
            asked_to_ship(draft, truth, skus, at, in_doubt=in_doubt)
        case Asked.TO_STOP:
            asked_to_stop(draft, truth, store, skus, at, in_doubt=in_doubt)
        case Asked.TO_GO_ON if not in_doubt:
            asked_to_go_on(draft, truth, skus, at)
        case Asked.NOTHING if not in_doubt:
            asked_nothing(draft, at)
    return draft


def new_work(truth: AssignedFulfillmentOrder, *, store: Store, skus: Mapping[int, str | None], at: datetime) -> Draft:
    assignment = Assignment(
        store_id=store.id,
        fulfillment_order_id=truth.id,
        order_id=truth.order_id,
        location_id=truth.location_id,
        status=Stage.RECEIVED,
        store_status=truth.status,
        store_request_status=truth.request_status,
        lines=(),
        received_at=at,
        updated_at=at,
    )
    draft = Draft(assignment=assignment)
    take_round(draft, truth, skus, at)
    return draft


def asked_to_ship(
    draft: Draft, truth: AssignedFulfillmentOrder, skus: Mapping[int, str | None], at: datetime, *, in_doubt: bool
) -> None:
    """A request stands unanswered at the store: the one that we know, or a new one."""
    known = draft.assignment
    if known.status is Stage.RECEIVED:
        draft.assignment = with_request(known, truth, skus)
    elif unsettled(known):
        draft.assignment = replace(known, look_again=True)
    elif known.answer_state is Telling.REFUSED and known.answer in TO_A_REQUEST:
        # The store refuses our answer and still asks: worth another one if it asked anew, else only now and then.
        if is_newer(truth, known) or at - known.updated_at >= TRY_AGAIN:
            take_round(draft, truth, skus, at)
    else:
        if in_doubt:
            raise Doubt
        take_round(draft, truth, skus, at)


def asked_to_go_on(draft: Draft, truth: AssignedFulfillmentOrder, skus: Mapping[int, str | None], at: datetime) -> None:
    """The store has the work as accepted, whatever became of our telling so."""
    known = draft.assignment
    if known.status is Stage.RECEIVED or unsettled(known):
        return
    match known.status:
        case Stage.ACCEPTING:
            settle_answer(draft, at, pulls=0, kind="accept_found")
        case Stage.CANCELLING | Stage.CLOSING:
            # The merchant has taken the cancellation back, or the store did not let us close.
            draft.assignment = replace(known, status=Stage.ACCEPTED)
            note(draft, "going_on", at, actor=STORE)
        case Stage.ACCEPTED:
            follow_quantities(draft, truth, at)
        case Stage.SHIPPED:
            pass
        case _:
            take_round(draft, truth, skus, at)


def asked_to_stop(
    draft: Draft,
    truth: AssignedFulfillmentOrder,
    store: Store,
    skus: Mapping[int, str | None],
    at: datetime,
    *,
    in_doubt: bool,
) -> None:
    """The merchant wants accepted work stopped: yes as long as nothing is shipped, no after."""
    known = draft.assignment
    match known.status:
        case Stage.RECEIVED:
            draft.assignment = with_request(known, truth, skus)
        case Stage.ACCEPTING | Stage.ACCEPTED if known.answer is not Answer.REJECT_CANCELLATION:
            # Whether or not we have heard that our acceptance arrived: it has.
            stop(draft, truth, store, at)
        case Stage.CANCELLING if known.answer_state is Telling.FAILED:
            give_answer(draft, store, Answer.ACCEPT_CANCELLATION, at)
        case _ if unsettled(known):
            draft.assignment = replace(known, look_again=True)
        case _ if known.answer_state is Telling.REFUSED and known.answer in TO_A_CANCELLATION:
            if at - known.updated_at >= TRY_AGAIN:
                stop(draft, truth, store, at)
        case _ if in_doubt:
            raise Doubt
        case Stage.ACCEPTED | Stage.SHIPPED | Stage.CLOSING:
            stop(draft, truth, store, at)
        case _:
            take_round(draft, truth, skus, at)


def asked_nothing(draft: Draft, at: datetime) -> None:
    """The merchant has the work back, or it is done."""
    known = draft.assignment
    if known.status in FINISHED or unsettled(known):
        return
    if known.status is Stage.REJECTING and known.store_request_status is RequestStatus.REJECTED:
        settle_answer(draft, at, pulls=0, kind="reject_found")
        return
    if known.status is Stage.CANCELLING and known.store_request_status is RequestStatus.CANCELLATION_ACCEPTED:
        settle_answer(draft, at, pulls=0, kind="accept_cancellation_found")
        return
    free_units(draft, at, cause=cause_of(known))
    draft.assignment = replace(known, status=Stage.CLOSED)
    note(draft, "taken_back", at, actor=STORE)


def gone(known: Assignment, at: datetime) -> Draft:
    """Return what changes when the store says that a fulfillment order does not exist, or not for us any more."""
    draft = Draft(assignment=replace(known, store_status=Status.CLOSED))
    asked_nothing(draft, at)
    return draft


def stop(draft: Draft, truth: AssignedFulfillmentOrder, store: Store, at: datetime) -> None:
    request = newest(truth, RequestKind.CANCELLATION)
    if draft.assignment.status is Stage.ACCEPTING:
        # Only accepted work is asked to be stopped: the store has our acceptance, whether or not we heard so.
        draft.assignment = replace(draft.assignment, status=Stage.ACCEPTED)
    note(draft, "cancellation_requested", at, actor=STORE, message=request.message if request else None)
    if draft.assignment.shipped:
        give_answer(draft, store, Answer.REJECT_CANCELLATION, at, message=ALREADY_SHIPPED)
    else:
        give_answer(draft, store, Answer.ACCEPT_CANCELLATION, at)


def take_round(draft: Draft, truth: AssignedFulfillmentOrder, skus: Mapping[int, str | None], at: datetime) -> None:
    """Begin anew with what the store asks now. Units promised before are free again."""
    known = draft.assignment
    free_units(draft, at, cause=cause_of(known))
    draft.assignment = replace(
        with_request(known, truth, skus),
        status=Stage.RECEIVED,
        answer=None,
        answer_state=None,
        answer_message=None,
        answer_reason=None,
        answer_trouble=None,
        look_again=False,
        received_at=at,
    )
    kind = "cancellation_requested" if asked(truth.status, truth.request_status) is Asked.TO_STOP else "requested"
    note(draft, kind, at, actor=STORE, message=draft.assignment.message)


def with_request(known: Assignment, truth: AssignedFulfillmentOrder, skus: Mapping[int, str | None]) -> Assignment:
    request = newest(truth, RequestKind.FULFILLMENT)
    return replace(
        known,
        lines=lines_of(known, truth, skus),
        order_name=truth.order_name or known.order_name,
        location_id=truth.location_id,
        destination=truth.destination or known.destination,
        message=request.message if request else known.message,
        requested_at=request.sent_at if request else known.requested_at,
        notify_customer=request.notify_customer if request else known.notify_customer,
    )


def lines_of(known: Assignment, truth: AssignedFulfillmentOrder, skus: Mapping[int, str | None]) -> tuple[Line, ...]:
    """Return the lines as the store asks for them now. What we have shipped stays counted."""
    before = {line.id: line for line in known.lines}
    asked_for = tuple(
        Line(
            id=line.id,
            order_line_id=line.order_line_id,
            inventory_item_id=line.inventory_item_id,
            sku=line.sku or skus.get(line.inventory_item_id or 0),
            quantity=shipped + line.remaining,
            shipped=shipped,
        )
        for line in truth.lines
        if (shipped := before[line.id].shipped if line.id in before else 0) or line.remaining
    )
    named = {line.id for line in truth.lines}
    kept = tuple(replace(line, quantity=line.shipped) for line in known.lines if line.shipped and line.id not in named)
    return asked_for + kept


def follow_quantities(draft: Draft, truth: AssignedFulfillmentOrder, at: datetime) -> None:
    """Follow the store where fewer or more units are left than we know of, e.g. because the merchant shipped some."""
    known = draft.assignment
    remaining = {line.id: line.remaining for line in truth.lines}
    lines = tuple(replace(line, quantity=line.shipped + remaining.get(line.id, 0)) for line in known.lines)
    if lines == known.lines or known.parcels_untold:
        return
    followed = replace(known, lines=lines)
    before, after = units_left(known), units_left(followed)
    cause = cause_of(known)
    draft.moves += moves(known, MoveKind.RELEASE, before - after, at, cause=cause, sign=-1)
    draft.moves += moves(known, MoveKind.ALLOCATE, after - before, at, cause=cause, sign=1)
    draft.assignment = replace(followed, status=known.status if followed.left else Stage.CLOSED)
    note(draft, "quantities_changed", at, actor=STORE, left=followed.left)


def unsettled(known: Assignment) -> bool:
    """Tell whether the store has not taken our last word yet, as far as we know."""
    return known.answer_state is Telling.WAITING or known.parcels_waiting > 0


def newest(truth: AssignedFulfillmentOrder, kind: RequestKind) -> AssignedRequest | None:
    return max((each for each in truth.requests if each.kind is kind), key=lambda each: each.sent_at, default=None)


def is_newer(truth: AssignedFulfillmentOrder, known: Assignment) -> bool:
    request = newest(truth, RequestKind.FULFILLMENT)
    return request is not None and (known.requested_at is None or request.sent_at > known.requested_at)
