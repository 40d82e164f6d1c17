"""Giving accepted work back to the merchant, undone."""

from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.refusals import NotFound
from crossdock.runtime.connection import Connection
from crossdock.service.database.assignments import Answer, Assignment, Stage, lock
from crossdock.service.database.changes import Draft, together, write
from crossdock.service.database.stores import Store, store_by_id
from crossdock.service.handlers.drafting import give_answer
from crossdock.service.handlers.refusals import NotReady


@dataclass(frozen=True, kw_only=True)
class CloseAssignment:
    """Stop working on a fulfillment order; what is left of it goes back to the merchant."""

    store_id: int
    fulfillment_order_id: int
    message: str | None = None


async def close(connection: Connection, command: CloseAssignment, *, actor: str, at: datetime) -> Assignment:
    """Decide to give work back, and tell the store. Raises: NotFound, NotReady."""
    store = await store_by_id(connection, command.store_id)
    known = (await lock(connection, command.store_id, [command.fulfillment_order_id])).get(command.fulfillment_order_id)
    if store is None or known is None:
        raise NotFound("fulfillment order", command.fulfillment_order_id)
    draft = give_back(known, store, command.message, actor=actor, at=at)
    await write(connection, together([draft]), at)
    return draft.assignment


def give_back(known: Assignment, store: Store, message: str | None, *, actor: str, at: datetime) -> Draft:
    """Return the assignment as being given back: a pure decision. Raises: NotReady."""
    if known.status is not Stage.ACCEPTED:
        raise NotReady(known.fulfillment_order_id, known.status)
    draft = Draft(assignment=known)
    give_answer(draft, store, Answer.CLOSE, at, message=message, actor=actor)
    return draft
