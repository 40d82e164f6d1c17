"""What happens to a fulfillment after it was made: other tracking, word from the carrier, or that it does not count.

Source: Shopify REST Fulfillment and FulfillmentEvent; GraphQL fulfillmentCancel, as recorded.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from crossdock.domain.claims import claim_moves, moved_claims, units_at
from crossdock.domain.commands import AddCarrierEvent, CancelFulfillment, RemoveCarrierEvent, UpdateTracking
from crossdock.domain.decisions import CarrierEventAdded, Circumstances, Decision, FulfillmentChanged
from crossdock.domain.events import Event, EventKind, LineChange
from crossdock.domain.orders import (
    Fulfillment,
    FulfillmentOrder,
    FulfillmentOrderLine,
    FulfillmentStatus,
    Order,
    Tracking,
    move,
)
from crossdock.domain.parting import line_changes, told
from crossdock.domain.refusals import Invalid, NotFound
from crossdock.domain.routing.case import Demand
from crossdock.domain.routing.route import route
from crossdock.domain.shipment import MOST_CARRIER_EVENTS, CarrierEvent
from crossdock.domain.states import Action, RequestStatus, Status
from crossdock.domain.stock import StockCause, StockState
from crossdock.domain.values import replace

FURTHEST_LATITUDE = 90
FURTHEST_LONGITUDE = 180


def update_tracking(order: Order, command: UpdateTracking, circumstances: Circumstances) -> Decision:
    """Replace all tracking, also of a cancelled fulfillment; the same once more changes nothing. Raises: NotFound.

    Source: Shopify, Fulfillment update_tracking.
    """
    fulfillment = order.fulfillment(command.fulfillment_id)
    if fulfillment.tracking == command.tracking:
        return _unchanged(order, fulfillment)
    tracked = replace(
        fulfillment,
        tracking=command.tracking,
        notify_customer=command.notify_customer,
        updated_at=circumstances.at,
    )
    changed = order.with_fulfillment(tracked)
    return Decision(
        order=changed,
        events=(_about(tracked, EventKind.FULFILLMENT_TRACKING_UPDATED),),
        result=FulfillmentChanged(order=changed, fulfillment=tracked),
    )


def cancel_fulfillment(order: Order, command: CancelFulfillment, circumstances: Circumstances) -> Decision:
    """Have the units of a fulfillment shipped again; once more changes nothing.

    A fulfillment order that still goes on has them back. One that is closed stays closed, with its quantities restored,
    and a new one has the units: where it was if the items are stocked there, else where the routing says.
    Raises: NotFound.
    Source: Shopify, Fulfillment cancel; GraphQL fulfillmentCancel for what becomes of a closed one.
    """
    fulfillment = _named(order, command)
    if fulfillment.status is FulfillmentStatus.CANCELLED:
        return _unchanged(order, fulfillment)
    back: dict[int, Counter[int]] = {}
    for line in fulfillment.lines:
        back.setdefault(line.fulfillment_order_id, Counter())[line.fulfillment_order_line_id] += line.quantity
    restored = [_restored(order.fulfillment_order(each), units, circumstances) for each, units in back.items()]
    again = [
        new for each in restored if not each.live for new in _replacements(order, each, back[each.id], circumstances)
    ]
    cancelled = replace(fulfillment, status=FulfillmentStatus.CANCELLED, updated_at=circumstances.at)
    changed = replace(order.replacing(*restored, *again), closed_at=None).with_fulfillment(cancelled)
    events = [_cancelled_event(cancelled, restored), *(_routed_event(each) for each in again)]
    if order.closed_at is not None:
        events.append(Event(kind=EventKind.ORDER_REOPENED))
    returned: Counter[tuple[int, int]] = Counter()
    for line in fulfillment.lines:
        returned[line.order_line_id, fulfillment.location_id] += line.quantity
    elsewhere = [each for each in again if each.location_id != fulfillment.location_id]
    return Decision(
        order=changed,
        events=tuple(events),
        result=FulfillmentChanged(order=changed, fulfillment=cancelled),
        stock_moves=(
            *claim_moves(
                order,
                returned,
                source=None,
                target=StockState.COMMITTED,
                cause=StockCause.FULFILLMENT_CANCELLED,
                cause_id=fulfillment.id,
            ),
            *moved_claims(
                order,
                [(_left_behind(each, fulfillment.location_id), each.location_id) for each in elsewhere],
                next(circumstances.ids),
            ),
        ),
    )


def add_carrier_event(order: Order, command: AddCarrierEvent, circumstances: Circumstances) -> Decision:
    """Note what the carrier says, in whatever order it comes; the same word twice is one. Raises: NotFound, Invalid.

    Source: Shopify REST FulfillmentEvent; that duplicates are dropped: 29 Next changelog of 2024-08-14.
    """
    fulfillment = _named(order, command)
    event = _carrier_event(command, circumstances)
    for known in fulfillment.events:
        if replace(known, id=event.id, created_at=event.created_at) == event:
            return Decision(
                order=order,
                events=(),
                result=CarrierEventAdded(order=order, fulfillment=fulfillment, event=known),
            )
    if len(fulfillment.events) >= MOST_CARRIER_EVENTS:
        raise Invalid("base", f"a parcel can have {MOST_CARRIER_EVENTS} events")
    told_of = replace(fulfillment, events=(*fulfillment.events, event), updated_at=circumstances.at)
    changed = order.with_fulfillment(told_of)
    return Decision(
        order=changed,
        events=(_word_of(told_of, event, EventKind.CARRIER_EVENT_ADDED),),
        result=CarrierEventAdded(order=changed, fulfillment=told_of, event=event),
    )


def remove_carrier_event(order: Order, command: RemoveCarrierEvent, circumstances: Circumstances) -> Decision:
    """Strike a carrier event. Raises: NotFound. Source: Shopify REST FulfillmentEvent, "Cancels the event"."""
    fulfillment = _named(order, command)
    struck = next((event for event in fulfillment.events if event.id == command.event_id), None)
    if struck is None:
        raise NotFound("fulfillment event", command.event_id)
    left = tuple(event for event in fulfillment.events if event is not struck)
    without = replace(fulfillment, events=left, updated_at=circumstances.at)
    changed = order.with_fulfillment(without)
    return Decision(
        order=changed,
        events=(_word_of(without, struck, EventKind.CARRIER_EVENT_REMOVED),),
        result=FulfillmentChanged(order=changed, fulfillment=without),
    )


def _named(order: Order, command: CancelFulfillment | AddCarrierEvent | RemoveCarrierEvent) -> Fulfillment:
    """Return the fulfillment that a command is about. Raises: NotFound, also where it is not of the order named."""
    if command.order_id not in {None, order.id}:
        raise NotFound("fulfillment", command.fulfillment_id)
    return order.fulfillment(command.fulfillment_id)


def _unchanged(order: Order, fulfillment: Fulfillment) -> Decision:
    return Decision(order=order, events=(), result=FulfillmentChanged(order=order, fulfillment=fulfillment))


def _restored(
    fulfillment_order: FulfillmentOrder, units: Mapping[int, int], circumstances: Circumstances
) -> FulfillmentOrder:
    by = circumstances.parties_at(fulfillment_order)
    moved = move(fulfillment_order, Action.CANCEL_FULFILLMENT, by=by, at=circumstances.at)
    lines = tuple(replace(line, remaining=line.remaining + units.get(line.id, 0)) for line in moved.lines)
    return replace(moved, lines=lines)


def _replacements(
    order: Order, closed: FulfillmentOrder, units: Mapping[int, int], circumstances: Circumstances
) -> list[FulfillmentOrder]:
    lines = [line for line in closed.lines if line.id in units]
    places = _places(order, closed, lines, units, circumstances)
    return [
        FulfillmentOrder(
            id=next(circumstances.ids),
            location_id=location_id,
            place=circumstances.locations[location_id].place,
            status=Status.OPEN,
            request_status=RequestStatus.UNSUBMITTED,
            lines=tuple(
                replace(line, id=next(circumstances.ids), quantity=there[line.id], remaining=there[line.id])
                for line in lines
                if line.id in there
            ),
            created_at=circumstances.at,
            updated_at=circumstances.at,
            fulfill_at=closed.fulfill_at,
            fulfill_by=closed.fulfill_by,
            replaces=closed.id,
        )
        for location_id, there in places.items()
    ]


def _places(
    order: Order,
    closed: FulfillmentOrder,
    lines: Iterable[FulfillmentOrderLine],
    units: Mapping[int, int],
    circumstances: Circumstances,
) -> dict[int, dict[int, int]]:
    """Return the units to ship again, by location and line."""
    places: dict[int, dict[int, int]] = {}
    homeless: list[FulfillmentOrderLine] = []
    open_here = circumstances.locations[closed.location_id].active
    for line in lines:
        item = line.inventory_item_id
        stocked = {location_id for known, location_id in circumstances.levels if known == item}
        if (open_here and (item is None or closed.location_id in stocked)) or not circumstances.priority:
            places.setdefault(closed.location_id, {})[line.id] = units[line.id]
        else:
            homeless.append(line)
    if homeless:
        plan = route(
            [
                Demand(key=line.id, quantity=units[line.id], inventory_item_id=line.inventory_item_id)
                for line in homeless
            ],
            [circumstances.locations[location_id] for location_id in circumstances.priority],
            circumstances.levels,
            destination=order.shipping_address,
            routing=circumstances.routing,
            obey_policy=False,
        )
        for each in plan.assignments:
            places.setdefault(each.location_id, {})[each.key] = each.quantity
    return places


def _left_behind(elsewhere: FulfillmentOrder, location_id: int) -> Counter[tuple[int, int]]:
    return Counter({(line, location_id): units for (line, _), units in units_at(elsewhere).items()})


def _cancelled_event(cancelled: Fulfillment, restored: Iterable[FulfillmentOrder]) -> Event:
    units: Counter[int] = Counter()
    for line in cancelled.lines:
        units[line.fulfillment_order_line_id] += line.quantity
    lines: tuple[LineChange, ...] = ()
    for each in restored:
        lines += line_changes(each, units)
    return replace(_about(cancelled, EventKind.FULFILLMENT_CANCELLED), lines=lines)


def _routed_event(new: FulfillmentOrder) -> Event:
    return told(new, EventKind.ORDER_ROUTED, lines=line_changes(new), details={"replaces": new.replaces})


def _about(fulfillment: Fulfillment, kind: EventKind) -> Event:
    return Event(
        kind=kind,
        fulfillment_id=fulfillment.id,
        location_id=fulfillment.location_id,
        details={"number": fulfillment.number, **tracking_details(fulfillment.tracking)},
    )


def tracking_details(tracking: tuple[Tracking, ...]) -> dict[str, str | None]:
    """Return tracking as an event tells it."""
    return {
        "tracking_number": ", ".join(each.number for each in tracking if each.number),
        "tracking_company": next((each.company for each in tracking), None),
    }


def _carrier_event(command: AddCarrierEvent, circumstances: Circumstances) -> CarrierEvent:
    for name, degrees, furthest in (
        ("latitude", command.latitude, FURTHEST_LATITUDE),
        ("longitude", command.longitude, FURTHEST_LONGITUDE),
    ):
        if degrees is not None and not -furthest <= degrees <= furthest:
            raise Invalid(name, f"must be from -{furthest} to {furthest}")
    return CarrierEvent(
        id=next(circumstances.ids),
        status=command.status,
        happened_at=command.happened_at or circumstances.at,
        created_at=circumstances.at,
        message=command.message,
        estimated_delivery_at=command.estimated_delivery_at,
        address1=command.address1,
        address2=command.address2,
        city=command.city,
        province=command.province,
        zip=command.zip,
        country=command.country,
        latitude=command.latitude,
        longitude=command.longitude,
    )


def _word_of(fulfillment: Fulfillment, event: CarrierEvent, kind: EventKind) -> Event:
    return Event(
        kind=kind,
        fulfillment_id=fulfillment.id,
        location_id=fulfillment.location_id,
        message=event.message,
        reason=event.status,
        details={"carrier_event_id": event.id, "happened_at": event.happened_at.isoformat(), "city": event.city},
    )
