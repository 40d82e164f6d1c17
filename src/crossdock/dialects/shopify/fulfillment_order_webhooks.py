"""What apps are told of fulfillment orders and their holds: minimal objects with GIDs.

Source: Shopify, samples of the fulfillment_orders/* and fulfillment_holds/* webhooks, since 2023-01.
"""

from collections.abc import Iterable

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.wire import Rendering, gid, write_optional_time
from crossdock.domain.events import Event, LineChange
from crossdock.domain.orders import FulfillmentOrder, Hold, Order
from crossdock.domain.states import Status
from crossdock.domain.subscriptions import OrderChange


def named(order: Order, event: Event) -> FulfillmentOrder:
    """Return the fulfillment order that an event is about."""
    # Not found would be a refusal of the command; here it is a bug.
    found = _by_id(order, event.fulfillment_order_id)
    if found is None:
        raise LookupError(event)
    return found


def routed(_change: OrderChange, event: Event, _context: Rendering) -> Json:
    return {"fulfillment_order": _plain(event)}


def answered(_change: OrderChange, event: Event, _context: Rendering) -> Json:
    return {"fulfillment_order": _state(event), "message": event.message}


def submitted(change: OrderChange, event: Event, _context: Rendering) -> Json:
    # What was given back before is submitted as a new one.
    given_back = _by_id(change.order, event.details.get("original"))
    original = {**_of(given_back), "request_status": given_back.request_status} if given_back else _state(event)
    return {
        "original_fulfillment_order": original,
        "submitted_fulfillment_order": _state(event),
        "fulfillment_order_merchant_request": _merchant_request(change.order, event),
    }


def cancellation_submitted(change: OrderChange, event: Event, _context: Rendering) -> Json:
    return {
        "fulfillment_order": _state(event),
        "fulfillment_order_merchant_request": _merchant_request(change.order, event),
    }


def cancelled(change: OrderChange, event: Event, _context: Rendering) -> Json:
    replacement = _by_id(change.order, event.details.get("replacement"))
    return {"fulfillment_order": _plain(event), "replacement_fulfillment_order": replacement and _of(replacement)}


def moved(change: OrderChange, event: Event, _context: Rendering) -> Json:
    there = named(change.order, event)
    origin = _by_id(change.order, event.details.get("original")) or there
    place = {"assigned_location_id": gid("Location", there.location_id)}
    source = int(event.details.get("from_location") or origin.location_id)
    # All of it moves and keeps its id, or a part of it stays.
    left = source if origin.id == there.id else origin.location_id
    return {
        "original_fulfillment_order": {**_of(origin), "assigned_location_id": gid("Location", left)},
        "moved_fulfillment_order": {**_of(there), **place},
        "destination_location_id": place["assigned_location_id"],
        "fulfillment_order_line_items_requested": _lines(event.lines),
        "source_location": {"id": gid("Location", source)},
    }


def placed_on_hold(change: OrderChange, event: Event, _context: Rendering) -> Json:
    held = named(change.order, event)
    rest = _by_id(change.order, event.details.get("remaining"))
    created = _placed(held, event)
    return {
        "fulfillment_order": {**_plain(event), "fulfillment_holds": [_hold(hold) for hold in held.holds]},
        "remaining_fulfillment_order": rest and _of(rest),
        "held_fulfillment_order_line_items": _lines(event.lines),
        "created_fulfillment_hold": created and _hold(created),
    }


def hold_released(change: OrderChange, event: Event, context: Rendering) -> Iterable[Json]:
    """Yield nothing while other holds are left."""
    if event.status != Status.ON_HOLD:
        yield routed(change, event, context)


def hold_added(change: OrderChange, event: Event, _context: Rendering) -> Iterable[Json]:
    placed = _placed(named(change.order, event), event)
    if placed is not None:
        yield {"fulfillment_order": {"id": _id(event)}, "fulfillment_hold": _hold(placed)}


def holds_released(change: OrderChange, event: Event, _context: Rendering) -> Iterable[Json]:
    """Yield a body for each hold that was lifted, as it was."""
    before = change.before and _by_id(change.before, event.fulfillment_order_id)
    left = {hold.id for hold in named(change.order, event).holds}
    for hold in before.holds if before else ():
        if hold.id not in left:
            yield {"fulfillment_order": {"id": _id(event)}, "fulfillment_hold": _hold(hold)}


def rescheduled(change: OrderChange, event: Event, context: Rendering) -> Json:
    at = named(change.order, event).fulfill_at
    return {"fulfillment_order": {**_plain(event), "fulfill_at": write_optional_time(at, context.shop)}}


def split(change: OrderChange, event: Event, _context: Rendering) -> Json:
    new = named(change.order, event)
    original = _by_id(change.order, new.split_from) or new
    return {
        "split_line_items": _lines(event.lines),
        "fulfillment_order": _of(original),
        "remaining_fulfillment_order": _of(new),
        "replacement_fulfillment_order": None,
    }


def merged(change: OrderChange, event: Event, _context: Rendering) -> Json:
    # Plain ids here, as in Shopify's sample.
    into = _by_id(change.order, event.details.get("merged_into")) or named(change.order, event)
    before = change.before and _by_id(change.before, event.fulfillment_order_id)
    lines = [{"id": line.id, "quantity": line.remaining} for line in before.lines] if before else []
    return {
        "merge_intents": [
            {"fulfillment_order_id": event.fulfillment_order_id, "fulfillment_order_line_items": lines},
        ],
        "fulfillment_order_merges": {"fulfillment_order": _of(into)},
    }


def progress_reported(change: OrderChange, event: Event, _context: Rendering) -> Json:
    before = change.before and _by_id(change.before, event.fulfillment_order_id)
    report = {
        "reason_notes": event.message,
        "progress_reported_by_app": _app(change.app_id),
        "progress_reported_by_user": None,
    }
    initial = before.status if before else Status.OPEN
    return {"fulfillment_order": _state(event), "progress_report": report, "initial_status": initial.value}


def progress_stopped(change: OrderChange, event: Event, _context: Rendering) -> Json:
    return {
        "fulfillment_order": _state(event),
        "progress_stopped_by_app": _app(change.app_id),
        "progress_stopped_by_user": None,
    }


def _id(event: Event) -> str:
    return gid("FulfillmentOrder", event.fulfillment_order_id or 0)


def _plain(event: Event) -> dict[str, Json]:
    """Write the fulfillment order of an event as it was just after it."""
    return {"id": _id(event), "status": event.status}


def _state(event: Event) -> dict[str, Json]:
    return {**_plain(event), "request_status": event.request_status}


def _of(fulfillment_order: FulfillmentOrder) -> dict[str, Json]:
    return {"id": gid("FulfillmentOrder", fulfillment_order.id), "status": fulfillment_order.status.value}


def _by_id(order: Order, id: object) -> FulfillmentOrder | None:
    return next((each for each in order.fulfillment_orders if each.id == id), None)


def _merchant_request(order: Order, event: Event) -> Json:
    request = named(order, event).requests[-1]
    return {"id": gid("FulfillmentOrderMerchantRequest", request.id), "message": request.message}


def _lines(lines: tuple[LineChange, ...]) -> list[Json]:
    return [
        {"id": gid("FulfillmentOrderLineItem", line.fulfillment_order_line_id), "quantity": line.quantity}
        for line in lines
    ]


def _placed(held: FulfillmentOrder, event: Event) -> Hold | None:
    return next((hold for hold in held.holds if hold.id == event.details.get("hold_id")), None)


def _hold(hold: Hold) -> dict[str, Json]:
    return {
        "id": gid("FulfillmentHold", hold.id),
        "reason": hold.reason.value,
        "reason_notes": hold.notes,
        "held_by_requesting_app": False,
        "handle": hold.handle or None,
        "held_by_app": _app(hold.app_id),
    }


def _app(app_id: int | None) -> Json:
    return None if app_id is None else {"id": gid("App", app_id)}
