"""Whether we take the work that a store asks of us: pure decisions over the shelf."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from crossdock.domain.orders import RejectionReason
from crossdock.service.database.assignments import Answer, Assignment, Stage
from crossdock.service.database.changes import Draft
from crossdock.service.database.shelf import Stock
from crossdock.service.database.stores import Store
from crossdock.service.handlers.drafting import (
    STORE,
    cause_of,
    give_answer,
    hold_units,
    note,
    units_left,
)
from crossdock.service.handlers.reconciling import Asked, asked


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with a line, in the words that the merchant will read."""

    line_id: int
    reason: RejectionReason
    message: str


def decide(work: Sequence[Assignment], shelf: Mapping[str, Stock], *, store: Store, at: datetime) -> list[Draft]:
    """Answer received work in its order, earlier work first at the shelf. The SKUs of its items are known."""
    free = Counter({sku: stock.available for sku, stock in shelf.items()})
    drafts: list[Draft] = []
    for assignment in work:
        draft = Draft(assignment=assignment)
        answer_one(draft, store, free, at)
        drafts.append(draft)
    return drafts


def answer_one(draft: Draft, store: Store, free: Counter[str], at: datetime) -> None:
    """Decide on one piece of work, and take what it needs from what is free."""
    assignment = draft.assignment
    match asked(assignment.store_status, assignment.store_request_status):
        case Asked.TO_STOP:
            # It was accepted before we knew it, e.g. before the database was restored. Nothing of it left the shelf.
            give_answer(draft, store, Answer.ACCEPT_CANCELLATION, at)
        case Asked.TO_GO_ON:
            hold_units(draft, at, cause=cause_of(assignment))
            free.subtract(units_left(assignment))
            draft.assignment = replace(assignment, status=Stage.ACCEPTED)
            note(draft, "accept_found", at, actor=STORE)
        case _:
            accept_or_reject(draft, store, free, at)


def accept_or_reject(draft: Draft, store: Store, free: Counter[str], at: datetime) -> None:
    faults = faults_of(draft.assignment, free)
    if not faults:
        hold_units(draft, at, cause=cause_of(draft.assignment))
        free.subtract(units_left(draft.assignment))
        give_answer(draft, store, Answer.ACCEPT, at)
        return
    messages = {fault.line_id: fault.message for fault in faults}
    draft.assignment = replace(
        draft.assignment,
        lines=tuple(replace(line, fault=messages.get(line.id)) for line in draft.assignment.lines),
    )
    give_answer(
        draft,
        store,
        Answer.REJECT,
        at,
        reason=faults[0].reason,
        message="; ".join(dict.fromkeys(fault.message for fault in faults)),
    )


def faults_of(assignment: Assignment, free: Mapping[str, int]) -> list[Fault]:
    """Return what keeps us from shipping, unknown SKUs before missing units; nothing when we can."""
    needed = units_left(assignment)
    unknown: list[Fault] = []
    short: list[Fault] = []
    for line in assignment.lines:
        if not line.left:
            continue
        if line.sku is None:
            unknown.append(Fault(line_id=line.id, reason=RejectionReason.INVALID_SKU, message="the item has no SKU"))
        elif line.sku not in free:
            message = f"SKU {line.sku} is not known to the warehouse"
            unknown.append(Fault(line_id=line.id, reason=RejectionReason.INVALID_SKU, message=message))
        elif needed[line.sku] > free[line.sku]:
            message = f"SKU {line.sku}: {needed[line.sku]} asked for, {max(free[line.sku], 0)} on the shelf"
            short.append(Fault(line_id=line.id, reason=RejectionReason.INVENTORY_OUT_OF_STOCK, message=message))
    return unknown + short
