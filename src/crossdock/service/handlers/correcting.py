"""A parcel that left is put right: it travels under other numbers, or it does not count and its units are back.

The store is told behind the booking of the parcel, once there is a fulfillment to speak of: what is put right before
is told when the booking has arrived.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from crossdock.dialects.operation import NotExpressible
from crossdock.domain.refusals import NotFound
from crossdock.runtime.connection import Connection
from crossdock.service.database.assignments import HOLDING, Assignment, Stage, Telling, lock
from crossdock.service.database.changes import Draft, together, write
from crossdock.service.database.parcels import Parcel, parcel_by_id, update_parcel, write_numbers
from crossdock.service.database.shelf import Move, MoveKind
from crossdock.service.database.stores import Store, ask_for_pull, store_by_id
from crossdock.service.handlers.drafting import note
from crossdock.service.handlers.refusals import NoWords, ParcelIsCancelled
from crossdock.service.handlers.shipping import per_sku, require_free
from crossdock.service.jobs.pull_assigned_work import enqueue_pull
from crossdock.service.stores.messages import correction_message, correction_of
from crossdock.service.stores.wire import row_of

NOT_BOOKED = frozenset({Telling.REFUSED, Telling.FAILED})
ANY_FULFILLMENT = 1


@dataclass(frozen=True, kw_only=True)
class CorrectTracking:
    """A parcel travels with this carrier under these numbers, and no others."""

    store_id: int
    parcel_id: int
    carrier: str
    tracking_numbers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CancelParcel:
    """A parcel does not count: its units lie on the shelf again."""

    store_id: int
    parcel_id: int


@dataclass(frozen=True, kw_only=True)
class Corrected:
    """A parcel as it is by now, and what that changes beside it."""

    parcel: Parcel
    draft: Draft


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A parcel that was booked, with its assignment, locked until the end of the transaction."""

    store: Store
    assignment: Assignment
    parcel: Parcel


async def correct(connection: Connection, command: CorrectTracking, *, actor: str, at: datetime) -> Parcel:
    """Give a parcel other tracking; the same once more changes nothing. Raises: Refusal."""
    sent = await load_sent(connection, command.store_id, command.parcel_id)
    if sent.parcel.cancelled_at is None:
        numbers = command.tracking_numbers
        await require_free(connection, command.store_id, command.carrier, numbers, beside=command.parcel_id)
    corrected = retrack(sent, command, actor=actor, at=at)
    if corrected is None:
        return sent.parcel
    await keep(connection, corrected, at)
    return corrected.parcel


async def cancel(connection: Connection, command: CancelParcel, *, actor: str, at: datetime) -> Parcel:
    """Take a parcel back; once more changes nothing, but tells a store that did not take it. Raises: NotFound."""
    sent = await load_sent(connection, command.store_id, command.parcel_id)
    corrected = take_back(sent, actor=actor, at=at)
    if corrected is None:
        return sent.parcel
    await keep(connection, corrected, at)
    if sent.parcel.told in NOT_BOOKED and sent.assignment.status is Stage.SHIPPED:
        # Whether the work is still ours, the store knows.
        await ask_for_pull(connection, command.store_id, whole=True)
        await enqueue_pull(connection, command.store_id)
    return corrected.parcel


async def load_sent(connection: Connection, store_id: int, parcel_id: int) -> Sent:
    """Return a parcel, under the lock of its assignment. Raises: NotFound."""
    store = await store_by_id(connection, store_id)
    found = await parcel_by_id(connection, store_id, parcel_id)
    if store is None or found is None:
        raise NotFound("parcel", parcel_id)
    assignment = (await lock(connection, store_id, [found.fulfillment_order_id]))[found.fulfillment_order_id]
    parcel = await parcel_by_id(connection, store_id, parcel_id)
    assert parcel is not None
    return Sent(store=store, assignment=assignment, parcel=parcel)


async def keep(connection: Connection, corrected: Corrected, at: datetime) -> None:
    await update_parcel(connection, corrected.parcel)
    await write_numbers(connection, corrected.parcel)
    await write(connection, together([corrected.draft]), at)


def retrack(sent: Sent, command: CorrectTracking, *, actor: str, at: datetime) -> Corrected | None:
    """Return a parcel with other tracking: a pure decision; None where nothing changes.

    Raises: ParcelIsCancelled, NoWords.
    """
    known = sent.parcel
    if known.cancelled_at is not None:
        raise ParcelIsCancelled(known.id)
    is_same = (known.carrier, known.tracking_numbers) == (command.carrier, command.tracking_numbers)
    if is_same and known.correction_state not in NOT_BOOKED:
        return None
    parcel = replace(known, carrier=command.carrier, tracking_numbers=command.tracking_numbers)
    draft = Draft(assignment=sent.assignment)
    note(
        draft,
        "tracking_corrected",
        at,
        actor=actor,
        parcel=known.id,
        carrier=parcel.carrier,
        tracking_number=", ".join(parcel.tracking_numbers),
        before=", ".join((known.carrier, *known.tracking_numbers)),
    )
    return put_right(draft, parcel, sent.store)


def take_back(sent: Sent, *, actor: str, at: datetime) -> Corrected | None:
    """Return a parcel as cancelled, its units on the shelf: a pure decision; None where nothing changes.

    Work that goes on has the units to ship again. Of work that was shipped whole the store makes new work.
    Source: Shopify GraphQL fulfillmentCancel.
    """
    known, before = sent.parcel, sent.assignment
    if known.cancelled_at is not None:
        if known.correction_state not in NOT_BOOKED:
            return None
        draft = Draft(assignment=before)
        note(draft, "cancellation_told_again", at, actor=actor, parcel=known.id)
        return put_right(draft, known, sent.store)
    packed = Counter({line.line_id: line.quantity for line in known.lines})
    status = Stage.CLOSED if before.status is Stage.SHIPPED else before.status
    lines = tuple(replace(line, shipped=line.shipped - packed[line.id]) for line in before.lines)
    draft = Draft(assignment=replace(before, lines=lines, status=status))
    draft.moves += [
        Move(
            store_id=known.store_id,
            sku=sku,
            kind=MoveKind.RETURN,
            cause=f"parcel:{known.id}",
            actor=actor,
            at=at,
            on_hand=quantity,
            allocated=quantity if status in HOLDING else 0,
        )
        for sku, quantity in sorted(per_sku(known).items())
    ]
    note(
        draft,
        "parcel_cancelled",
        at,
        actor=actor,
        parcel=known.id,
        carrier=known.carrier,
        tracking_number=", ".join(known.tracking_numbers),
        units=packed.total(),
    )
    return put_right(draft, replace(known, cancelled_at=at), sent.store)


def put_right(draft: Draft, parcel: Parcel, store: Store) -> Corrected:
    """Number what was put right, and have the store told if it has the parcel. Raises: NoWords."""
    numbered = replace(parcel, corrections=parcel.corrections + 1)
    require_words(store, draft.assignment, numbered)
    match numbered.told:
        case Telling.TOLD if numbered.fulfillment_id is not None:
            told = tell(draft, numbered, store)
        case Telling.WAITING:
            told = replace(numbered, correction_state=Telling.WAITING, correction_trouble=None)
        case _:
            told = with_nothing_to_tell(numbered)
    return Corrected(parcel=told, draft=draft)


def tell(draft: Draft, parcel: Parcel, store: Store) -> Parcel:
    """Have a store told how a parcel in its books is by now. Raises: NotExpressible."""
    draft.messages.append(correction_message(store, draft.assignment, parcel))
    return replace(parcel, correction_state=Telling.WAITING, correction_trouble=None)


def tell_what_waited(draft: Draft, parcel: Parcel, store: Store) -> Parcel:
    """Return a parcel whose booking has ended, with what was put right meanwhile on its way to the store."""
    if not parcel.corrections:
        return parcel
    if parcel.told is not Telling.TOLD or parcel.fulfillment_id is None:
        return with_nothing_to_tell(parcel)
    try:
        return tell(draft, parcel, store)
    except NotExpressible as error:
        # The store's transport was changed meanwhile.
        trouble = str(NoWords(error.what, store.transport))
        return replace(parcel, correction_state=Telling.REFUSED, correction_trouble=trouble)


def with_nothing_to_tell(parcel: Parcel) -> Parcel:
    """Return a parcel that the store does not have, as far as we know. If it turns up there, it is told after all."""
    if parcel.cancelled_at is not None and parcel.told is not Telling.TOLD:
        return replace(parcel, correction_state=Telling.TOLD, correction_trouble=None)
    trouble = parcel.trouble or "the store did not say as what it booked the parcel"
    state = Telling.REFUSED if parcel.told is Telling.TOLD else parcel.told
    return replace(parcel, correction_state=state, correction_trouble=trouble)


def require_words(store: Store, assignment: Assignment, parcel: Parcel) -> None:
    """Raises: NoWords."""
    command = correction_of(assignment, parcel, parcel.fulfillment_id or ANY_FULFILLMENT)
    try:
        row_of(store, command).encode(command)
    except NotExpressible as error:
        raise NoWords(error.what, store.transport) from error
