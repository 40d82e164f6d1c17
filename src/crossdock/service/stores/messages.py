"""What we tell a store, as messages of the exchange: in order per fulfillment order, each once for its cause."""

from datetime import timedelta

from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    AddCarrierEvent,
    CancelFulfillment,
    CloseFulfillmentOrder,
    CreateFulfillment,
    FulfillmentGroup,
    LineQuantity,
    RejectCancellationRequest,
    RejectFulfillmentRequest,
    UpdateTracking,
)
from crossdock.domain.orders import LineRejection, RejectionReason, Tracking
from crossdock.runtime.exchange.messages import OutgoingMessage
from crossdock.runtime.exchange.profiles import OWN
from crossdock.service.database.assignments import Answer, Assignment
from crossdock.service.database.carrier_events import ParcelEvent
from crossdock.service.database.parcels import Parcel
from crossdock.service.database.stores import Store
from crossdock.service.stores.wire import address, body_of, call_of, headers_of, key_of, row_of, transport_of

PROFILES = {"store": OWN}
# What a message's command tells of it: what it is about, and how it was written.
ANSWER = "answer"
PARCEL = "parcel"
CORRECTED = "corrected"
CORRECTION = "correction"
FOLLOWED = "followed"
CARRIER_EVENT = "carrier_event"
PLATFORM = "platform"
TRANSPORT = "transport"
POINTS = "points"
PARCELS = frozenset({"create_fulfillment", "update_tracking", "cancel_fulfillment", "create_fulfillment_event"})

Told = (
    AcceptFulfillmentRequest
    | RejectFulfillmentRequest
    | AcceptCancellationRequest
    | RejectCancellationRequest
    | CloseFulfillmentOrder
    | CreateFulfillment
    | UpdateTracking
    | CancelFulfillment
    | AddCarrierEvent
)


def answer_message(store: Store, assignment: Assignment) -> OutgoingMessage:
    """Return the message that tells a store the last answer of an assignment."""
    asked_at = assignment.requested_at.isoformat() if assignment.requested_at else "unknown"
    return message(
        store,
        answer_command(assignment, ships_within_hours=store.ships_within_hours),
        assignment,
        # The time of the request keeps the key apart from those of an earlier life of this database.
        cause=f"{assignment.answer}:{assignment.fulfillment_order_id}:{asked_at}:{assignment.answers}",
        what={ANSWER: assignment.answers},
    )


def parcel_message(store: Store, assignment: Assignment, parcel: Parcel, *, booked_before: int = 0) -> OutgoingMessage:
    """Return the message that tells a store of a parcel.

    `booked_before`: how many parcels were booked under its number and cancelled since. Raises: NotExpressible.
    """
    command = CreateFulfillment(
        groups=(
            FulfillmentGroup(
                fulfillment_order_id=assignment.fulfillment_order_id,
                lines=tuple(LineQuantity(id=line.line_id, quantity=line.quantity) for line in parcel.lines),
            ),
        ),
        tracking=tracking_of(parcel),
        notify_customer=assignment.notify_customer,
    )
    again = f":{booked_before}" if booked_before else ""
    return message(
        store,
        command,
        assignment,
        # Without the parcel's id: booked once more by an earlier life of this database, it is the same parcel.
        cause=f"ship:{assignment.fulfillment_order_id}:{parcel.carrier}:{parcel.booked_as[0]}{again}",
        what={PARCEL: parcel.id},
    )


def correction_message(store: Store, assignment: Assignment, parcel: Parcel) -> OutgoingMessage:
    """Return the message that tells a store how a parcel in its books is by now. Raises: NotExpressible."""
    assert parcel.fulfillment_id is not None
    at = assignment.updated_at.isoformat()
    return message(
        store,
        correction_of(assignment, parcel, parcel.fulfillment_id),
        assignment,
        cause=f"correct:{parcel.fulfillment_id}:{parcel.corrections}:{at}",
        what={CORRECTED: parcel.id, CORRECTION: parcel.corrections},
    )


def correction_of(assignment: Assignment, parcel: Parcel, fulfillment_id: int) -> UpdateTracking | CancelFulfillment:
    """Return as the domain's command how a parcel is by now."""
    if parcel.cancelled_at is not None:
        return CancelFulfillment(fulfillment_id=fulfillment_id)
    return UpdateTracking(
        fulfillment_id=fulfillment_id, tracking=tracking_of(parcel), notify_customer=assignment.notify_customer
    )


def event_message(store: Store, assignment: Assignment, parcel: Parcel, event: ParcelEvent) -> OutgoingMessage:
    """Return the message that tells a store what a carrier said of a parcel in its books. Raises: NotExpressible."""
    assert parcel.fulfillment_id is not None
    place = event.place
    command = AddCarrierEvent(
        fulfillment_id=parcel.fulfillment_id,
        order_id=assignment.order_id,
        status=event.status,
        happened_at=event.happened_at,
        message=event.message,
        city=place.city,
        province=place.province,
        zip=place.zip,
        country=place.country,
    )
    return message(
        store,
        command,
        assignment,
        cause=f"follow:{parcel.fulfillment_id}:{event.status}:{event.happened_at.isoformat()}:{event.number}",
        what={FOLLOWED: parcel.id, CARRIER_EVENT: event.number},
    )


def tracking_of(parcel: Parcel) -> tuple[Tracking, ...]:
    return tuple(Tracking(number=number, company=parcel.carrier) for number in parcel.tracking_numbers)


def message(
    store: Store, command: Told, assignment: Assignment, *, cause: str, what: dict[str, int]
) -> OutgoingMessage:
    row, call = row_of(store, command), call_of(store, command, key=key_of(store, cause))
    return OutgoingMessage(
        tenant_id=store.id,
        kind=row.name,
        endpoint=store.url,
        method=call.method,
        url=address(store, call),
        headers=headers_of(store, call),
        body=body_of(call),
        profile="store",
        credential=store.subject,
        fifo_key=f"fulfillment_order:{assignment.fulfillment_order_id}",
        subject=assignment.subject,
        command={
            "fulfillment_order_id": assignment.fulfillment_order_id,
            PLATFORM: store.platform,
            TRANSPORT: store.transport,
            POINTS: transport_of(store).points(row, call),
            **what,
        },
        cause=cause,
        idempotency_key=cause,
    )


def answer_command(assignment: Assignment, *, ships_within_hours: int | None = None) -> Told:
    """Return the last answer of an assignment as the domain's command."""
    to, text = assignment.fulfillment_order_id, assignment.answer_message
    match assignment.answer:
        case Answer.ACCEPT:
            soon = None if ships_within_hours is None else timedelta(hours=ships_within_hours)
            return AcceptFulfillmentRequest(
                fulfillment_order_id=to,
                message=text,
                estimated_shipped_at=None if soon is None else assignment.updated_at + soon,
            )
        case Answer.ACCEPT_CANCELLATION:
            return AcceptCancellationRequest(fulfillment_order_id=to, message=text)
        case Answer.REJECT_CANCELLATION:
            return RejectCancellationRequest(fulfillment_order_id=to, message=text)
        case Answer.CLOSE:
            return CloseFulfillmentOrder(fulfillment_order_id=to, message=text)
        case _:
            return RejectFulfillmentRequest(
                fulfillment_order_id=to,
                message=text,
                reason=RejectionReason(assignment.answer_reason or RejectionReason.OTHER),
                lines=tuple(
                    LineRejection(fulfillment_order_line_id=line.id, message=line.fault)
                    for line in assignment.lines
                    if line.fault
                ),
            )
