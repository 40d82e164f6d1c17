"""A carrier says where a parcel is, and its store is told: of parcels that are in the store's books."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from crossdock.dialects.operation import NotExpressible
from crossdock.domain.refusals import Invalid
from crossdock.domain.shipment import MOST_CARRIER_EVENTS, ShipmentStatus
from crossdock.runtime.connection import Connection
from crossdock.service.database.carrier_events import ParcelEvent, Place, events_of_parcel, insert_event
from crossdock.service.database.changes import Draft, together, write
from crossdock.service.handlers.correcting import load_sent
from crossdock.service.handlers.drafting import note
from crossdock.service.handlers.refusals import NotInTheBooks, NoWords, ParcelIsCancelled
from crossdock.service.stores.messages import event_message


@dataclass(frozen=True, kw_only=True)
class NoteCarrierEvent:
    """The carrier said this of a parcel; `happened_at` None: now."""

    store_id: int
    parcel_id: int
    status: ShipmentStatus
    happened_at: datetime | None = None
    message: str | None = None
    place: Place = field(default_factory=Place)


async def follow(connection: Connection, command: NoteCarrierEvent, *, actor: str, at: datetime) -> ParcelEvent:
    """Note an event, once: the same once more changes nothing.

    Raises: NotFound, ParcelIsCancelled, NotInTheBooks, NoWords, Invalid where there are too many.
    """
    sent = await load_sent(connection, command.store_id, command.parcel_id)
    if sent.parcel.cancelled_at is not None:
        raise ParcelIsCancelled(command.parcel_id)
    if sent.parcel.fulfillment_id is None:
        raise NotInTheBooks(command.parcel_id)
    known = await events_of_parcel(connection, command.store_id, command.parcel_id)
    event = ParcelEvent(
        store_id=command.store_id,
        parcel_id=command.parcel_id,
        number=len(known) + 1,
        status=command.status,
        happened_at=(command.happened_at or at).astimezone(UTC),
        actor=actor,
        noted_at=at,
        message=command.message,
        place=command.place,
    )
    same = next((each for each in known if is_same(each, event)), None)
    if same is not None:
        return same
    if len(known) >= MOST_CARRIER_EVENTS:
        raise Invalid("parcel", f"can have {MOST_CARRIER_EVENTS} events")
    draft = Draft(assignment=sent.assignment)
    note(draft, "carrier_event", at, actor=actor, message=event.message, parcel=event.parcel_id, says=event.status)
    try:
        draft.messages.append(event_message(sent.store, draft.assignment, sent.parcel, event))
    except NotExpressible as error:
        raise NoWords(error.what, sent.store.transport) from error
    await insert_event(connection, event)
    await write(connection, together([draft]), at)
    return event


def is_same(known: ParcelEvent, event: ParcelEvent) -> bool:
    """Tell whether an event was noted before, whoever noted it."""
    said = (event.status, event.happened_at, event.message, event.place)
    return (known.status, known.happened_at, known.message, known.place) == said
