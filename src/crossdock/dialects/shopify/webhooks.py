"""What Shopify tells apps of, and in which words.

`orders/*` and `fulfillments/*` carry REST bodies without their root. `fulfillment_orders/*` carry minimal objects with
GIDs. Source: Shopify, webhook topics and payload samples; the shapes as recorded.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from types import MappingProxyType

from crossdock.dialects.operation import Announcement, Json
from crossdock.dialects.shopify.rest.fulfillments import write_fulfillment
from crossdock.dialects.shopify.rest.lines import Units
from crossdock.dialects.shopify.rest.order_body import write_order
from crossdock.dialects.shopify.scopes import READ_FULFILLMENT_ORDERS, READ_FULFILLMENTS, READ_ORDERS
from crossdock.dialects.shopify.wire import Rendering, gid, write_address, write_optional_time
from crossdock.domain.events import Event, LineChange
from crossdock.domain.orders import Fulfillment, FulfillmentOrder, Hold, Order
from crossdock.domain.places import Location
from crossdock.domain.shops import Shop
from crossdock.domain.subscriptions import OrderChange

_Body = Callable[[Order, Event, Rendering], Json]
_ORDERS = frozenset({READ_ORDERS})
_FULFILLMENTS = frozenset({READ_FULFILLMENTS, READ_ORDERS}) | READ_FULFILLMENT_ORDERS


def _order(order: Order, _event: Event, context: Rendering) -> Json:
    return write_order(order, context)


def _fulfillment(order: Order, event: Event, context: Rendering) -> Json:
    units = Units.of(order, context.locations)
    fulfillment: Fulfillment = next(each for each in order.fulfillments if each.id == event.fulfillment_id)
    destination = write_address(order.shipping_address)
    return {
        **write_fulfillment(order, fulfillment, units, context),
        "email": order.email,
        "destination": destination,
    }


def _state(event: Event) -> dict[str, Json]:
    """Write the fulfillment order of an event as it was just after it."""
    return {
        "id": gid("FulfillmentOrder", event.fulfillment_order_id or 0),
        "status": event.status,
        "request_status": event.request_status,
    }


def _plain(event: Event) -> dict[str, Json]:
    return {"id": gid("FulfillmentOrder", event.fulfillment_order_id or 0), "status": event.status}


def _of(fulfillment_order: FulfillmentOrder) -> dict[str, Json]:
    return {"id": gid("FulfillmentOrder", fulfillment_order.id), "status": fulfillment_order.status.value}


def _named(order: Order, event: Event) -> FulfillmentOrder:
    # Not found would be a refusal of the command; here it is a bug.
    found = _by_id(order, event.fulfillment_order_id)
    if found is None:
        raise LookupError(event)
    return found


def _by_id(order: Order, id: object) -> FulfillmentOrder | None:
    return next((each for each in order.fulfillment_orders if each.id == id), None)


def _routed(_order: Order, event: Event, _context: Rendering) -> Json:
    return {"fulfillment_order": _plain(event)}


def _answered(_order: Order, event: Event, _context: Rendering) -> Json:
    return {"fulfillment_order": _state(event), "message": event.message}


def _merchant_request(order: Order, event: Event) -> Json:
    request = _named(order, event).requests[-1]
    return {"id": gid("FulfillmentOrderMerchantRequest", request.id), "message": request.message}


def _submitted(order: Order, event: Event, _context: Rendering) -> Json:
    return {
        "original_fulfillment_order": _state(event),
        "submitted_fulfillment_order": _state(event),
        "fulfillment_order_merchant_request": _merchant_request(order, event),
    }


def _cancellation_submitted(order: Order, event: Event, _context: Rendering) -> Json:
    return {
        "fulfillment_order": _state(event),
        "fulfillment_order_merchant_request": _merchant_request(order, event),
    }


def _cancelled(order: Order, event: Event, _context: Rendering) -> Json:
    replacement = _by_id(order, event.details.get("replacement"))
    return {"fulfillment_order": _plain(event), "replacement_fulfillment_order": replacement and _of(replacement)}


def _lines(lines: tuple[LineChange, ...]) -> list[Json]:
    return [
        {"id": gid("FulfillmentOrderLineItem", line.fulfillment_order_line_id), "quantity": line.quantity}
        for line in lines
    ]


def _moved(order: Order, event: Event, _context: Rendering) -> Json:
    moved = _named(order, event)
    origin = _by_id(order, event.details.get("original")) or moved
    place = {"assigned_location_id": gid("Location", moved.location_id)}
    source = event.details.get("from_location") or origin.location_id
    return {
        "original_fulfillment_order": {**_of(origin), "assigned_location_id": gid("Location", origin.location_id)},
        "moved_fulfillment_order": {**_of(moved), **place},
        "destination_location_id": place["assigned_location_id"],
        "fulfillment_order_line_items_requested": _lines(event.lines),
        "source_location": {"id": gid("Location", int(source))},
    }


def _hold(hold: Hold) -> dict[str, Json]:
    return {
        "id": gid("FulfillmentHold", hold.id),
        "reason": hold.reason.value,
        "reason_notes": hold.notes,
        "held_by_requesting_app": False,
        "handle": hold.handle or None,
        "held_by_app": {"id": gid("App", hold.app_id)} if hold.app_id else None,
    }


def _placed_on_hold(order: Order, event: Event, _context: Rendering) -> Json:
    held = _named(order, event)
    rest = _by_id(order, event.details.get("remaining"))
    created = next((hold for hold in held.holds if hold.id == event.details.get("hold_id")), None)
    return {
        "fulfillment_order": {**_plain(event), "fulfillment_holds": [_hold(hold) for hold in held.holds]},
        "remaining_fulfillment_order": rest and _of(rest),
        "held_fulfillment_order_line_items": _lines(event.lines),
        "created_fulfillment_hold": created and _hold(created),
    }


def _rescheduled(order: Order, event: Event, context: Rendering) -> Json:
    at = _named(order, event).fulfill_at
    return {"fulfillment_order": {**_plain(event), "fulfill_at": write_optional_time(at, context.shop)}}


def _split(order: Order, event: Event, _context: Rendering) -> Json:
    new = _named(order, event)
    original = _by_id(order, new.split_from) or new
    return {
        "split_line_items": _lines(event.lines),
        "fulfillment_order": _of(original),
        "remaining_fulfillment_order": _of(new),
        "replacement_fulfillment_order": None,
    }


def _merged(order: Order, event: Event, _context: Rendering) -> Json:
    # Plain ids here, as in Shopify's sample.
    merged = _by_id(order, event.details.get("merged_into")) or _named(order, event)
    lines = [{"id": line.fulfillment_order_line_id, "quantity": line.quantity} for line in event.lines]
    return {
        "merge_intents": [
            {"fulfillment_order_id": event.fulfillment_order_id, "fulfillment_order_line_items": lines},
        ],
        "fulfillment_order_merges": {"fulfillment_order": _of(merged)},
    }


def _progress_reported(_order: Order, event: Event, _context: Rendering) -> Json:
    report = {
        "reason_notes": event.message,
        "progress_reported_by_app": None,
        "progress_reported_by_user": None,
    }
    return {"fulfillment_order": _state(event), "progress_report": report, "initial_status": "open"}


def _progress_stopped(_order: Order, event: Event, _context: Rendering) -> Json:
    return {"fulfillment_order": _state(event), "progress_stopped_by_app": None, "progress_stopped_by_user": None}


_FO = "fulfillment_orders"
# What each event, by its name, is told as. An event may be several topics' matter.
_TOLD: Mapping[str, tuple[tuple[str, _Body], ...]] = {
    "order_created": (("orders/create", _order),),
    "order_partially_fulfilled": (("orders/partially_fulfilled", _order),),
    "order_fulfilled": (("orders/fulfilled", _order),),
    "order_cancelled": (("orders/cancelled", _order),),
    "order_edited": (("orders/edited", _order),),
    "order_routed": ((f"{_FO}/order_routing_complete", _routed),),
    "fulfillment_request_submitted": ((f"{_FO}/fulfillment_request_submitted", _submitted),),
    "fulfillment_request_accepted": ((f"{_FO}/fulfillment_request_accepted", _answered),),
    "fulfillment_request_rejected": ((f"{_FO}/fulfillment_request_rejected", _answered),),
    "cancellation_request_submitted": ((f"{_FO}/cancellation_request_submitted", _cancellation_submitted),),
    "cancellation_request_accepted": ((f"{_FO}/cancellation_request_accepted", _answered),),
    "cancellation_request_rejected": ((f"{_FO}/cancellation_request_rejected", _answered),),
    "fulfillment_order_cancelled": ((f"{_FO}/cancelled", _cancelled),),
    "fulfillment_service_failed_to_complete": ((f"{_FO}/fulfillment_service_failed_to_complete", _answered),),
    "fulfillment_order_moved": ((f"{_FO}/moved", _moved),),
    "fulfillment_order_placed_on_hold": ((f"{_FO}/placed_on_hold", _placed_on_hold),),
    "fulfillment_order_hold_released": ((f"{_FO}/hold_released", _routed),),
    "fulfillment_order_rescheduled": ((f"{_FO}/rescheduled", _rescheduled),),
    "fulfillment_order_opened": ((f"{_FO}/scheduled_fulfillment_order_ready", _routed),),
    "fulfillment_order_split": ((f"{_FO}/split", _split),),
    "fulfillment_order_merged": ((f"{_FO}/merged", _merged),),
    "fulfillment_order_progress_reported": ((f"{_FO}/progress_reported", _progress_reported),),
    "fulfillment_order_progress_stopped": ((f"{_FO}/manually_reported_progress_stopped", _progress_stopped),),
    "fulfillment_created": (("fulfillments/create", _fulfillment),),
    "fulfillment_cancelled": (("fulfillments/update", _fulfillment),),
    "fulfillment_tracking_updated": (("fulfillments/update", _fulfillment),),
}
# Whatever changes an order is told once for each change, with its last event.
_UPDATED = "orders/updated"


def _needed(topic: str) -> frozenset[str]:
    group = topic.partition("/")[0]
    return {"orders": _ORDERS, "fulfillments": _FULFILLMENTS}.get(group, READ_FULFILLMENT_ORDERS)


# Each topic with the scopes of which one lets an app subscribe.
TOPICS: Mapping[str, frozenset[str]] = MappingProxyType(
    {topic: _needed(topic) for topic in sorted({_UPDATED, *(topic for rows in _TOLD.values() for topic, _ in rows)})}
)


def topics_of(kind: str) -> tuple[str, ...]:
    """Return the topics that an event of this kind is told under, beside `orders/updated`."""
    return tuple(topic for topic, _ in _TOLD.get(kind, ()))


def announcements(
    change: OrderChange, wanted: Set[str], shop: Shop, locations: Mapping[int, Location]
) -> Iterator[Announcement]:
    """Yield what a change of an order is told as, in the order of its events; only topics that somebody wants."""
    order = change.order
    # Bodies name neither the version nor the address that they are read at.
    context = Rendering(shop=shop, locations=locations, version="", base_url=f"https://{shop.domain}")
    for number, event in enumerate(change.events, change.first):
        for topic, body in _TOLD.get(event.kind, ()):
            if topic in wanted:
                yield Announcement(
                    topic=topic, number=number, body=body(order, event, context), location_id=_seen_at(order, event)
                )
    if change.events and _UPDATED in wanted:
        last = change.first + len(change.events) - 1
        yield Announcement(topic=_UPDATED, number=last, body=write_order(order, context))


def _seen_at(order: Order, event: Event) -> int | None:
    """Return the location whose fulfillment orders an app must be able to see to hear of the event."""
    if event.fulfillment_order_id is None:
        return None
    return event.location_id or _named(order, event).location_id


def example(topic: str) -> Json:
    """Return a small body for a delivery that tries an address."""
    kind = {"orders": "Order", "fulfillments": "Fulfillment"}.get(topic.partition("/")[0])
    if kind is None:
        return {"fulfillment_order": {"id": gid("FulfillmentOrder", 0), "status": "open"}}
    return {"id": 0, "admin_graphql_api_id": gid(kind, 0), "test": True}
