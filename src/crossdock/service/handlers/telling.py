"""What a store's answer to our word changes here, in the transaction that ends the message."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from crossdock.dialects.asking import Disconnected, Judgement, Refused
from crossdock.dialects.operation import WireError
from crossdock.domain.commands import CreateFulfillment
from crossdock.domain.refusals import Refusal
from crossdock.domain.work import BookedFulfillment
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.verdicts import End, Message
from crossdock.runtime.http.outgoing import OutgoingAnswer
from crossdock.service.database.assignments import Assignment, Telling, lock
from crossdock.service.database.budgets import note_budget
from crossdock.service.database.carrier_events import end_event
from crossdock.service.database.changes import Draft, together, write
from crossdock.service.database.drift import note_drift
from crossdock.service.database.parcels import Parcel, parcel_by_id, update_parcel
from crossdock.service.database.stores import Store, disconnect, store_by_id
from crossdock.service.handlers.correcting import tell_what_waited
from crossdock.service.handlers.drafting import STORE, note, settle_answer
from crossdock.service.jobs.look_for_parcel import enqueue_look
from crossdock.service.jobs.pull_assigned_work import enqueue_pull
from crossdock.service.stores.deliveries import judgement_of, transport_of_message
from crossdock.service.stores.messages import ANSWER, CARRIER_EVENT, CORRECTED, CORRECTION, FOLLOWED, PARCEL
from crossdock.service.stores.wire import reply_of


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What the end of a message changes, a parcel that it was about among it.

    `look`: the store may have the parcel, or have it as what it did not say; `pull`: ask it soon.
    """

    draft: Draft
    parcel: Parcel | None
    look: bool
    pull: bool


async def on_end(connection: Connection, message: Message, end: End) -> None:
    """Take in how a message to a store ended."""
    store_id, fulfillment_order_id, parcel_id = message.tenant_id, addressed(message), parcel_of(message)
    known = (await lock(connection, store_id, [fulfillment_order_id]))[fulfillment_order_id]
    store = await store_by_id(connection, store_id)
    assert store is not None
    parcel = None if parcel_id is None else await parcel_by_id(connection, store_id, parcel_id)
    if end.answer is not None:
        await note_beside(connection, message, end, end.answer)
    if (number := carrier_event_of(message)) is not None:
        followed = int(str((message.command or {})[FOLLOWED]))
        trouble = None if end.delivered else end.reason or "not told"
        await end_event(connection, store_id, followed, number, told=telling_of(message, end), trouble=trouble)
    ended = end_message(known, message, end, store=store, parcel=parcel)
    if ended.parcel is not None:
        await update_parcel(connection, ended.parcel)
        if ended.look:
            await enqueue_look(connection, store_id, ended.parcel.id)
    await write(connection, together([ended.draft]), end.at)
    if ended.pull:
        await enqueue_pull(connection, store_id)


async def note_beside(connection: Connection, message: Message, end: End, answer: OutgoingAnswer) -> None:
    """Note what an answer tells beside what was asked: the budget left, what we do not know, that we are forgotten."""
    transport, reply = transport_of_message(message), reply_of(answer)
    if (left := transport.budget(reply)) is not None:
        await note_budget(
            connection,
            message.tenant_id,
            available=left.available,
            maximum=left.maximum,
            per_second=left.per_second,
            at=end.at,
        )
    row = next((each for each in transport.rows.values() if each.name == message.kind), None)
    if row is not None:
        await note_drift(connection, message.tenant_id, row.name, transport.drift(row, reply), end.at)
    judgement = transport.judge(reply)
    if isinstance(judgement, Disconnected):
        await disconnect(connection, message.tenant_id, judgement.words, end.at)


def addressed(message: Message) -> int:
    """Return the fulfillment order that a message is about."""
    return int(str((message.command or {})["fulfillment_order_id"]))


def parcel_of(message: Message) -> int | None:
    """Return the parcel that a message is about, if it is about one."""
    command = message.command or {}
    named = command.get(PARCEL, command.get(CORRECTED))
    return None if named is None else int(str(named))


def carrier_event_of(message: Message) -> int | None:
    """Return the number of the carrier event that a message tells, if it tells one."""
    number = (message.command or {}).get(CARRIER_EVENT)
    return None if number is None else int(str(number))


def end_message(known: Assignment, message: Message, end: End, *, store: Store, parcel: Parcel | None) -> Ended:
    """Return what the end of a message changes: a pure decision. `parcel`: the one that it is about."""
    command: Mapping[str, object] = message.command or {}
    draft, look = Draft(assignment=known), False
    if parcel is not None and PARCEL in command:
        parcel = end_parcel(draft, store, parcel, message, end)
        # An earlier attempt may have been booked, and its answer lost.
        look = parcel.fulfillment_id is None if end.delivered else message.attempts > 1
    elif parcel is not None:
        parcel = end_correction(draft, store, parcel, message, end)
    elif CARRIER_EVENT in command:
        telling = telling_of(message, end)
        note(draft, f"carrier_event_{telling}", end.at, actor=STORE, message=end.reason, parcel=command[FOLLOWED])
        # Where a parcel is changes nothing that we would have to ask for.
        return Ended(draft=draft, parcel=None, look=False, pull=False)
    elif command.get(ANSWER) == known.answers:
        end_answer(draft, message, end, pulls=store.pulls)
    else:
        # Another answer has been given since; this one's fate is history.
        note(draft, "earlier_answer_ended", end.at, actor=STORE, message=end.reason, number=command.get(ANSWER))
    pull = draft.assignment.look_again or not end.delivered
    draft.assignment = replace(draft.assignment, look_again=False)
    return Ended(draft=draft, parcel=parcel, look=look, pull=pull)


def end_answer(draft: Draft, message: Message, end: End, *, pulls: int) -> None:
    known = draft.assignment
    assert known.answer is not None
    if end.delivered:
        settle_answer(draft, end.at, pulls=pulls, kind=f"{known.answer}_told")
        return
    telling = telling_of(message, end)
    draft.assignment = replace(known, answer_state=telling, answer_trouble=end.reason, settled_pull=pulls)
    note(draft, f"{known.answer}_{telling}", end.at, actor=STORE, message=end.reason)


def end_parcel(draft: Draft, store: Store, parcel: Parcel, message: Message, end: End) -> Parcel:
    """Return a parcel as the store took it, or did not; what was put right meanwhile is told now."""
    known = draft.assignment
    booked = booked_fulfillment(message, end) if end.delivered else None
    telling = telling_of(message, end)
    draft.assignment = replace(known, settled_pull=max(known.settled_pull, store.pulls))
    note(
        draft,
        f"parcel_{telling}",
        end.at,
        actor=STORE,
        message=end.reason,
        parcel=parcel.id,
        fulfillment=booked.name if booked else None,
    )
    if end.delivered:
        return tell_what_waited(draft, in_the_books(parcel, booked, end.at), store)
    trouble = end.reason or "not told"
    return tell_what_waited(draft, replace(parcel, told=telling, trouble=trouble, told_at=None), store)


def in_the_books(parcel: Parcel, booked: BookedFulfillment | None, at: datetime) -> Parcel:
    """Return a parcel that its store has in the books, as what it said."""
    return replace(
        parcel,
        told=Telling.TOLD,
        trouble=None,
        told_at=at,
        fulfillment_id=booked.id if booked else parcel.fulfillment_id,
        fulfillment_name=booked.name if booked else parcel.fulfillment_name,
    )


def end_correction(draft: Draft, store: Store, parcel: Parcel, message: Message, end: End) -> Parcel:
    """Return a parcel as the store took what was put right, unless more was put right since."""
    known = draft.assignment
    telling = telling_of(message, end)
    draft.assignment = replace(known, settled_pull=max(known.settled_pull, store.pulls))
    note(draft, f"{message.kind}_{telling}", end.at, actor=STORE, message=end.reason, parcel=parcel.id)
    if (message.command or {}).get(CORRECTION) != parcel.corrections:
        return parcel
    trouble = None if end.delivered else end.reason or "not told"
    return replace(parcel, correction_state=telling, correction_trouble=trouble)


def telling_of(message: Message, end: End) -> Telling:
    if end.delivered:
        return Telling.TOLD
    return Telling.REFUSED if isinstance(judged(message, end), Refused) else Telling.FAILED


def judged(message: Message, end: End) -> Judgement | None:
    """Return what the last answer to a message meant; None where there was none."""
    return None if end.answer is None else judgement_of(message, end.answer)


def booked_fulfillment(message: Message, end: End) -> BookedFulfillment | None:
    """Return the fulfillment that the store says it booked; None when its answer says nothing readable."""
    if end.answer is None:
        return None
    row = transport_of_message(message).rows[CreateFulfillment]
    try:
        booked = row.decode_result(reply_of(end.answer).body)
    except (WireError, Refusal):
        return None
    return booked if isinstance(booked, BookedFulfillment) else None


@dataclass(frozen=True, kw_only=True)
class FindParcel:
    """A parcel that the store did not take from us, or did not say as what, stands in its books."""

    store_id: int
    parcel_id: int
    fulfillment: BookedFulfillment


async def find(connection: Connection, command: FindParcel, *, actor: str, at: datetime) -> None:  # noqa: ARG001
    """Take a parcel as told, if it is not taken so, and tell what was put right meanwhile."""
    named = await parcel_by_id(connection, command.store_id, command.parcel_id)
    store = await store_by_id(connection, command.store_id)
    if named is None or store is None:
        return
    known = (await lock(connection, command.store_id, [named.fulfillment_order_id]))[named.fulfillment_order_id]
    parcel = await parcel_by_id(connection, command.store_id, command.parcel_id)
    if parcel is None or (parcel.told is Telling.TOLD and parcel.fulfillment_id is not None):
        return
    draft = Draft(assignment=known)
    note(draft, "parcel_found", at, actor=STORE, parcel=parcel.id, fulfillment=command.fulfillment.name)
    found = in_the_books(parcel, command.fulfillment, at)
    await update_parcel(connection, tell_what_waited(draft, found, store))
    await write(connection, together([draft]), at)
