"""People decide on work that a store asks for: take it, or decline it for a reason."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.orders import RejectionReason
from crossdock.domain.refusals import NotFound
from crossdock.runtime.connection import Connection
from crossdock.service.database.assignments import Answer, Assignment, Stage, lock
from crossdock.service.database.changes import Draft, together, write
from crossdock.service.database.shelf import lock_shelf
from crossdock.service.database.stores import Store, lock_store
from crossdock.service.handlers.deciding import faults_of
from crossdock.service.handlers.drafting import cause_of, give_answer, hold_units, units_left
from crossdock.service.handlers.reconciling import Asked, asked
from crossdock.service.handlers.refusals import CannotShip, NotReady


@dataclass(frozen=True, kw_only=True)
class AcceptAssignment:
    """Take work that waits for a decision; its units are promised to it."""

    store_id: int
    fulfillment_order_id: int
    message: str | None = None


@dataclass(frozen=True, kw_only=True)
class RejectAssignment:
    """Decline work that waits for a decision."""

    store_id: int
    fulfillment_order_id: int
    reason: RejectionReason
    message: str | None = None


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Work that waits for a decision, with its store, both locked until the end of the transaction."""

    store: Store
    assignment: Assignment


async def accept(connection: Connection, command: AcceptAssignment, *, actor: str, at: datetime) -> Assignment:
    """Raises: NotFound, NotReady, CannotShip where units are missing."""
    here = await waiting(connection, command.store_id, command.fulfillment_order_id)
    shelf = await lock_shelf(connection, command.store_id, units_left(here.assignment))
    faults = faults_of(here.assignment, Counter({sku: stock.available for sku, stock in shelf.items()}))
    if faults:
        raise CannotShip(tuple(dict.fromkeys(fault.message for fault in faults)))
    draft = Draft(assignment=here.assignment)
    hold_units(draft, at, cause=cause_of(here.assignment))
    give_answer(draft, here.store, Answer.ACCEPT, at, message=command.message, actor=actor)
    await write(connection, together([draft]), at)
    return draft.assignment


async def reject(connection: Connection, command: RejectAssignment, *, actor: str, at: datetime) -> Assignment:
    """Raises: NotFound, NotReady."""
    here = await waiting(connection, command.store_id, command.fulfillment_order_id)
    draft = Draft(assignment=here.assignment)
    give_answer(draft, here.store, Answer.REJECT, at, message=command.message, reason=command.reason, actor=actor)
    await write(connection, together([draft]), at)
    return draft.assignment


def is_for_people(known: Assignment) -> bool:
    """Tell whether people may decide on work: the store asks to ship it. All else we answer by ourselves."""
    return known.status is Stage.RECEIVED and asked(known.store_status, known.store_request_status) is Asked.TO_SHIP


async def waiting(connection: Connection, store_id: int, fulfillment_order_id: int) -> Waiting:
    """Raises: NotFound, NotReady."""
    store = await lock_store(connection, store_id)
    known = (await lock(connection, store_id, [fulfillment_order_id])).get(fulfillment_order_id)
    if store is None or known is None:
        raise NotFound("fulfillment order", fulfillment_order_id)
    if not is_for_people(known):
        raise NotReady(fulfillment_order_id, known.status)
    return Waiting(store=store, assignment=known)
