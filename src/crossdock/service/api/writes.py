"""What the API changes: parcels leave, the shelf is counted, work is given back, a store is looked at."""

from starlette.responses import Response

from crossdock.runtime.json import write_json
from crossdock.service.api.answers import No, write_assignment, write_event, write_parcel, write_stock, write_store
from crossdock.service.api.bodies import (
    LONGEST_TEXT,
    CarrierEventBody,
    MessageBody,
    NoBody,
    ParcelBody,
    RejectionBody,
    ShelfBody,
    ShelvesBody,
    StoreBody,
    TrackingBody,
    read_into,
)
from crossdock.service.api.lists import fulfillment_order_of, parcel_of
from crossdock.service.api.visits import Visit
from crossdock.service.dispatch.calls import Rendered
from crossdock.service.dispatch.commands import (
    AcceptAssignment,
    CancelParcel,
    ChangeStore,
    CloseAssignment,
    CorrectTracking,
    CountShelf,
    NoteCarrierEvent,
    PackedLine,
    PullStore,
    RejectAssignment,
    ShipParcel,
)
from crossdock.service.dispatch.reads import Assignment, Parcel, ParcelEvent, Place, Stock, Store

MOST_SKUS = 10_000


async def ship(visit: Visit) -> Response:
    """Book a parcel as shipped; its store is told."""
    body = read_into(visit.body, ParcelBody)
    store = await visit.store(body.store)
    command = ShipParcel(
        store_id=store.id,
        carrier=body.carrier.strip(),
        tracking_numbers=body.numbers,
        fulfillment_order_id=body.fulfillment_order_id,
        order_name=body.order_name,
        lines=None
        if body.lines is None
        else tuple(PackedLine(quantity=line.quantity, id=line.id, sku=line.sku) for line in body.lines),
    )
    return await visit.write(store, command, booked)


async def correct_tracking(visit: Visit) -> Response:
    """Give a parcel other tracking; its store is told."""
    body = read_into(visit.body, TrackingBody)
    store = await visit.store(visit.request.path_params["store"])
    command = CorrectTracking(
        store_id=store.id, parcel_id=parcel_of(visit), carrier=body.carrier.strip(), tracking_numbers=body.numbers
    )
    return await visit.write(store, command, corrected)


async def cancel_parcel(visit: Visit) -> Response:
    """Take a parcel back: its units lie on the shelf again, and its store is told."""
    read_into(visit.body, NoBody)
    store = await visit.store(visit.request.path_params["store"])
    return await visit.write(store, CancelParcel(store_id=store.id, parcel_id=parcel_of(visit)), corrected)


async def follow(visit: Visit) -> Response:
    """Note what the carrier says of a parcel; its store is told."""
    body = read_into(visit.body, CarrierEventBody)
    store = await visit.store(visit.request.path_params["store"])
    command = NoteCarrierEvent(
        store_id=store.id,
        parcel_id=parcel_of(visit),
        status=body.status,
        happened_at=body.happened_at,
        message=body.message,
        place=Place(city=body.city, province=body.province, zip=body.zip, country=body.country),
    )
    return await visit.write(store, command, noted)


async def close(visit: Visit) -> Response:
    """Give accepted work back to the merchant."""
    body = read_into(visit.body, MessageBody)
    store = await visit.store(visit.request.path_params["store"])
    command = CloseAssignment(store_id=store.id, fulfillment_order_id=fulfillment_order_of(visit), message=body.message)
    return await visit.write(store, command, answered)


async def accept(visit: Visit) -> Response:
    """Take work that waits for a decision."""
    body = read_into(visit.body, MessageBody)
    store = await visit.store(visit.request.path_params["store"])
    command = AcceptAssignment(
        store_id=store.id, fulfillment_order_id=fulfillment_order_of(visit), message=body.message
    )
    return await visit.write(store, command, answered)


async def reject(visit: Visit) -> Response:
    """Decline work that waits for a decision."""
    body = read_into(visit.body, RejectionBody)
    store = await visit.store(visit.request.path_params["store"])
    command = RejectAssignment(
        store_id=store.id,
        fulfillment_order_id=fulfillment_order_of(visit),
        reason=body.reason,
        message=body.message,
    )
    return await visit.write(store, command, answered)


async def count_one(visit: Visit) -> Response:
    """Say what lies on the shelf of one SKU."""
    body = read_into(visit.body, ShelfBody)
    store = await visit.store(body.store)
    sku = visit.request.path_params["sku"]
    refuse_bad_skus([sku])
    return await visit.write(store, CountShelf(store_id=store.id, on_hand={sku: body.on_hand}), counted_one)


async def count_many(visit: Visit) -> Response:
    """Say what lies on the shelf of many SKUs."""
    body = read_into(visit.body, ShelvesBody)
    store = await visit.store(body.store)
    refuse_bad_skus(list(body.on_hand))
    return await visit.write(store, CountShelf(store_id=store.id, on_hand=body.on_hand), counted)


async def pull(visit: Visit) -> Response:
    """Look at a store now."""
    store = await visit.store(visit.request.path_params["store"])
    return await visit.write(store, PullStore(store_id=store.id), queued)


async def change_store(visit: Visit) -> Response:
    """Change how we deal with a store: whether work is taken in, by what it is asked, what it is promised."""
    body = read_into(visit.body, StoreBody)
    store = await visit.store(visit.request.path_params["store"])
    command = ChangeStore(
        store_id=store.id,
        paused=body.paused,
        transport=body.transport,
        ships_within_hours=body.ships_within_hours,
        by_hand=body.by_hand,
    )
    return await visit.write(store, command, changed)


def refuse_bad_skus(skus: list[str]) -> None:
    """Raises: No."""
    if len(skus) > MOST_SKUS or not all(0 < len(sku) <= LONGEST_TEXT for sku in skus):
        raise No(422, {"sku": [f"must have 1 to {LONGEST_TEXT} characters; at most {MOST_SKUS} at once"]})


def booked(parcel: Parcel) -> Rendered:
    body = write_json({"parcel": write_parcel(parcel)})
    return Rendered(status=201, body=body, subject=parcel.subject)


def corrected(parcel: Parcel) -> Rendered:
    return Rendered(status=200, body=write_json({"parcel": write_parcel(parcel)}), subject=parcel.subject)


def noted(event: ParcelEvent) -> Rendered:
    return Rendered(status=201, body=write_json({"event": write_event(event)}))


def answered(assignment: Assignment) -> Rendered:
    body = write_json({"assignment": write_assignment(assignment)})
    return Rendered(status=200, body=body, subject=assignment.subject)


def counted_one(shelf: dict[str, Stock]) -> Rendered:
    ((sku, stock),) = shelf.items()
    return Rendered(status=200, body=write_json(write_stock(sku, stock)))


def counted(shelf: dict[str, Stock]) -> Rendered:
    return Rendered(status=200, body=write_json({"shelf": [write_stock(sku, stock) for sku, stock in shelf.items()]}))


def changed(store: Store) -> Rendered:
    return Rendered(status=200, body=write_json({"store": write_store(store)}))


def queued(_: None) -> Rendered:
    return Rendered(status=202, body=write_json({"queued": True}))
