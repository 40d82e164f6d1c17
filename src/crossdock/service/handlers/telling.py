"""What a store's answer to our word changes here, in the transaction that ends the message."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from crossdock.dialects.operation import WireError
from crossdock.domain.commands import CreateFulfillment
from crossdock.domain.work import BookedFulfillment
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.verdicts import End, Message
from crossdock.runtime.json import BadJson, read_json
from crossdock.service.database.assignments import Telling, lock
from crossdock.service.database.changes import Draft, together, write
from crossdock.service.database.parcels import parcels_where, settle_parcel
from crossdock.service.database.stores import Store, store_by_id
from crossdock.service.handlers.drafting import STORE, note, settle_answer
from crossdock.service.jobs.look_for_parcel import enqueue_look
from crossdock.service.jobs.pull_assigned_work import enqueue_pull
from crossdock.service.stores.messages import ANSWER, PARCEL
from crossdock.service.stores.wire import OPERATIONS, REFUSING


async def on_end(connection: Connection, message: Message, end: End) -> None:
    """Take in how a message to a store ended."""
    command: Mapping[str, object] = message.command or {}
    store_id, fulfillment_order_id = message.tenant_id, int(str(command["fulfillment_order_id"]))
    known = (await lock(connection, store_id, [fulfillment_order_id]))[fulfillment_order_id]
    store = await store_by_id(connection, store_id)
    assert store is not None
    draft = Draft(assignment=known)
    if PARCEL in command:
        parcel_id = int(str(command[PARCEL]))
        await end_parcel(connection, draft, store, parcel_id, end)
        if message.attempts > 1 and not end.delivered:
            # An earlier attempt may have been booked, and its answer lost.
            await enqueue_look(connection, store_id, parcel_id)
    elif command.get(ANSWER) == known.answers:
        end_answer(draft, end, pulls=store.pulls)
    else:
        # Another answer has been given since; this one's fate is history.
        note(draft, "earlier_answer_ended", end.at, actor=STORE, message=end.reason, number=command.get(ANSWER))
    pull = draft.assignment.look_again or not end.delivered
    draft.assignment = replace(draft.assignment, look_again=False)
    await write(connection, together([draft]), end.at)
    if pull:
        await enqueue_pull(connection, store_id)


def end_answer(draft: Draft, end: End, *, pulls: int) -> None:
    known = draft.assignment
    assert known.answer is not None
    if end.delivered:
        settle_answer(draft, end.at, pulls=pulls, kind=f"{known.answer}_told")
        return
    telling = telling_of(end)
    draft.assignment = replace(known, answer_state=telling, answer_trouble=end.reason, settled_pull=pulls)
    note(draft, f"{known.answer}_{telling}", end.at, actor=STORE, message=end.reason)


async def end_parcel(connection: Connection, draft: Draft, store: Store, parcel_id: int, end: End) -> None:
    known = draft.assignment
    booked = booked_fulfillment(store.platform, end) if end.delivered else None
    telling = telling_of(end)
    await settle_parcel(
        connection,
        known.store_id,
        parcel_id,
        telling,
        end.at,
        trouble=None if end.delivered else end.reason or "not told",
        fulfillment_id=booked.id if booked else None,
        fulfillment_name=booked.name if booked else None,
    )
    draft.assignment = replace(known, settled_pull=max(known.settled_pull, store.pulls))
    note(
        draft,
        f"parcel_{telling}",
        end.at,
        actor=STORE,
        message=end.reason,
        parcel=parcel_id,
        fulfillment=booked.name if booked else None,
    )


def telling_of(end: End) -> Telling:
    if end.delivered:
        return Telling.TOLD
    refused = end.answer is not None and end.answer.status in REFUSING
    return Telling.REFUSED if refused else Telling.FAILED


def booked_fulfillment(platform: str, end: End) -> BookedFulfillment | None:
    """Return the fulfillment that the store says it booked; None when its answer says nothing readable."""
    if end.answer is None:
        return None
    try:
        booked = OPERATIONS[platform][CreateFulfillment].decode_result(read_json(end.answer.body))
    except (BadJson, WireError):
        return None
    return booked if isinstance(booked, BookedFulfillment) else None


@dataclass(frozen=True, kw_only=True)
class FindParcel:
    """A parcel that the store did not take from us stands in its books all the same."""

    store_id: int
    parcel_id: int
    fulfillment: BookedFulfillment


async def find(connection: Connection, command: FindParcel, *, actor: str, at: datetime) -> None:  # noqa: ARG001
    """Take a parcel as told, if it is not taken so."""
    parcels = await parcels_where(connection, "p.store_id = $1 AND p.id = $2", command.store_id, command.parcel_id)
    if not parcels or parcels[0].told is Telling.TOLD:
        return
    fulfillment_order_id = parcels[0].fulfillment_order_id
    draft = Draft(assignment=(await lock(connection, command.store_id, [fulfillment_order_id]))[fulfillment_order_id])
    booked = command.fulfillment
    await settle_parcel(
        connection,
        command.store_id,
        command.parcel_id,
        Telling.TOLD,
        at,
        fulfillment_id=booked.id,
        fulfillment_name=booked.name,
    )
    note(draft, "parcel_found", at, actor=STORE, parcel=command.parcel_id, fulfillment=booked.name)
    await write(connection, together([draft]), at)
