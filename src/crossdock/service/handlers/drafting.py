"""The small steps that decisions are made of: note an event, promise and free units, give an answer."""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from crossdock.service.database.assignments import HOLDING, Answer, Assignment, Event, Stage, Telling
from crossdock.service.database.changes import Draft
from crossdock.service.database.shelf import Move, MoveKind
from crossdock.service.database.stores import Store
from crossdock.service.stores.messages import answer_message

SERVICE = "service"
STORE = "store"

# An answer's stage while the store is being told, and after. Rejecting a cancellation leaves the stage as it is.
STAGES: dict[Answer, tuple[Stage, Stage]] = {
    Answer.ACCEPT: (Stage.ACCEPTING, Stage.ACCEPTED),
    Answer.REJECT: (Stage.REJECTING, Stage.REJECTED),
    Answer.ACCEPT_CANCELLATION: (Stage.CANCELLING, Stage.CANCELLED),
    Answer.CLOSE: (Stage.CLOSING, Stage.CLOSED),
}


def note(
    draft: Draft,
    kind: str,
    at: datetime,
    *,
    actor: str = SERVICE,
    message: str | None = None,
    reason: str | None = None,
    **details: object,
) -> None:
    """Write an event into the assignment's history, and count its version on."""
    assignment = replace(draft.assignment, version=draft.assignment.version + 1, updated_at=at)
    draft.assignment = assignment
    draft.events.append(
        Event(
            store_id=assignment.store_id,
            fulfillment_order_id=assignment.fulfillment_order_id,
            sequence=assignment.version,
            kind=kind,
            status=assignment.status,
            actor=actor,
            at=at,
            message=message,
            reason=reason,
            details=details,
        )
    )


def units_left(assignment: Assignment) -> Counter[str]:
    """Return the units per SKU that are still to be shipped."""
    units: Counter[str] = Counter()
    for line in assignment.lines:
        if line.sku is not None and line.left:
            units[line.sku] += line.left
    return units


def hold_units(draft: Draft, at: datetime, *, cause: str) -> None:
    """Promise the units left to the assignment."""
    draft.moves += moves(draft.assignment, MoveKind.ALLOCATE, units_left(draft.assignment), at, cause=cause, sign=1)


def free_units(draft: Draft, at: datetime, *, cause: str) -> None:
    """Give back the units left, if they are promised; call it before the stage is changed."""
    if draft.assignment.status in HOLDING:
        draft.moves += moves(draft.assignment, MoveKind.RELEASE, units_left(draft.assignment), at, cause=cause, sign=-1)


def moves(
    assignment: Assignment, kind: MoveKind, units: Counter[str], at: datetime, *, cause: str, sign: int
) -> list[Move]:
    return [
        Move(
            store_id=assignment.store_id,
            sku=sku,
            kind=kind,
            cause=cause,
            actor=SERVICE,
            at=at,
            allocated=sign * quantity,
        )
        for sku, quantity in sorted(units.items())
        if quantity
    ]


def cause_of(assignment: Assignment) -> str:
    """Name the change that comes next, for the shelf's ledger: no change of an assignment has the name of another."""
    return f"assignment:{assignment.fulfillment_order_id}:{assignment.version + 1}"


def give_answer(
    draft: Draft,
    store: Store,
    answer: Answer,
    at: datetime,
    *,
    message: str | None = None,
    reason: str | None = None,
    actor: str = SERVICE,
) -> None:
    """Decide on an answer and put it into the line of what the store is told about this fulfillment order."""
    assignment = draft.assignment
    during = STAGES[answer][0] if answer in STAGES else assignment.status
    draft.assignment = replace(
        assignment,
        status=during,
        answer=answer,
        answers=assignment.answers + 1,
        answer_state=Telling.WAITING,
        answer_message=message,
        answer_reason=reason,
        answer_trouble=None,
        look_again=False,
    )
    draft.messages.append(answer_message(store, draft.assignment))
    note(draft, f"{answer}_decided", at, actor=actor, message=message, reason=reason)


def settle_answer(draft: Draft, at: datetime, *, pulls: int, kind: str, actor: str = STORE) -> None:
    """Take the last answer as known to the store: the stage that it leads to is reached."""
    assignment = draft.assignment
    assert assignment.answer is not None
    during, after = STAGES.get(assignment.answer, (assignment.status, assignment.status))
    reached = after if assignment.status is during else assignment.status
    if reached not in HOLDING:
        free_units(draft, at, cause=cause_of(assignment))
    draft.assignment = replace(
        assignment,
        status=reached,
        answer_state=Telling.TOLD,
        answer_trouble=None,
        settled_pull=max(assignment.settled_pull, pulls),
    )
    note(draft, kind, at, actor=actor)
