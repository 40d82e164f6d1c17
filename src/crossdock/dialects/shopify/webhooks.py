"""What Shopify tells apps of, and in which words.

`orders/*`, `fulfillments/*`, `products/*` and the like carry REST bodies without their root. `fulfillment_orders/*` and
`fulfillment_holds/*` carry minimal objects with GIDs. Source: Shopify, webhook topics and payload samples; the shapes
as recorded.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from types import MappingProxyType

import msgspec

from crossdock.dialects.deliveries import Addressee, Telling
from crossdock.dialects.operation import Announcement, Json
from crossdock.dialects.shopify import fulfillment_order_webhooks as work
from crossdock.dialects.shopify.partings import UNINSTALLED
from crossdock.dialects.shopify.rest.fulfillment_events import write_event
from crossdock.dialects.shopify.rest.fulfillments import write_fulfillment
from crossdock.dialects.shopify.rest.lines import Units
from crossdock.dialects.shopify.rest.order_body import write_order
from crossdock.dialects.shopify.scopes import (
    READ_FULFILLMENT_ORDERS,
    READ_FULFILLMENTS,
    READ_INVENTORY,
    READ_LOCATIONS,
    READ_ORDERS,
    READ_PRODUCTS,
)
from crossdock.dialects.shopify.silent_topics import SILENT
from crossdock.dialects.shopify.thing_webhooks import THINGS, write_thing
from crossdock.dialects.shopify.webhook_xml import write_xml
from crossdock.dialects.shopify.wire import Rendering, gid, write_address
from crossdock.domain.events import Event
from crossdock.domain.orders import FinancialStatus
from crossdock.domain.places import Location
from crossdock.domain.queries import CarrierEventFound
from crossdock.domain.shops import Shop
from crossdock.domain.subscriptions import Change, Happened, OrderChange, WebhookFormat

_Body = Callable[[OrderChange, Event, Rendering], Json]
# What an event is told as: nothing at all, or several bodies.
_Bodies = Callable[[OrderChange, Event, Rendering], Iterable[Json]]


def _always(body: _Body) -> _Bodies:
    return lambda change, event, context: (body(change, event, context),)


def _order(change: OrderChange, _event: Event, context: Rendering) -> Json:
    return write_order(change.order, context)


def _deleted(change: OrderChange, _event: Event, _context: Rendering) -> Json:
    return {"id": change.order.id}


def _paid(change: OrderChange, _event: Event, context: Rendering) -> Iterator[Json]:
    """Yield the order where the change has made it a paid one."""
    was_paid = change.before is not None and change.before.financial_status is FinancialStatus.PAID
    if change.order.financial_status is FinancialStatus.PAID and not was_paid:
        yield write_order(change.order, context)


def _fulfillment(change: OrderChange, event: Event, context: Rendering) -> Json:
    order = change.order
    units = Units.of(order, context.locations)
    return {
        **write_fulfillment(order, order.fulfillment(event.fulfillment_id or 0), units, context),
        "email": order.email,
        "destination": write_address(order.shipping_address),
    }


def _scan(change: OrderChange, event: Event, context: Rendering) -> Iterator[Json]:
    """Yield what a carrier said, or had said before it was struck."""
    for order in (change.order, change.before or change.order):
        fulfillment = order.fulfillment(event.fulfillment_id or 0)
        for scan in fulfillment.events:
            if scan.id == event.details.get("carrier_event_id"):
                yield write_event(CarrierEventFound(order=order, fulfillment=fulfillment, event=scan), context)
                return


_FO = "fulfillment_orders"
_FULFILLMENT_UPDATED = ("fulfillments/update", _always(_fulfillment))
# What each event, by its name, is told as. An event may be several topics' matter.
TOLD: Mapping[str, tuple[tuple[str, _Bodies], ...]] = {
    "order_created": (("orders/create", _always(_order)), ("orders/paid", _paid)),
    "order_partially_fulfilled": (("orders/partially_fulfilled", _always(_order)),),
    "order_fulfilled": (("orders/fulfilled", _always(_order)),),
    "order_cancelled": (("orders/cancelled", _always(_order)),),
    "order_edited": (("orders/edited", _always(_order)),),
    "order_updated": (("orders/paid", _paid),),
    "order_deleted": (("orders/delete", _always(_deleted)),),
    "order_routed": ((f"{_FO}/order_routing_complete", _always(work.routed)),),
    "fulfillment_request_submitted": ((f"{_FO}/fulfillment_request_submitted", _always(work.submitted)),),
    "fulfillment_request_accepted": ((f"{_FO}/fulfillment_request_accepted", _always(work.answered)),),
    "fulfillment_request_rejected": ((f"{_FO}/fulfillment_request_rejected", _always(work.answered)),),
    "cancellation_request_submitted": (
        (f"{_FO}/cancellation_request_submitted", _always(work.cancellation_submitted)),
    ),
    "cancellation_request_accepted": ((f"{_FO}/cancellation_request_accepted", _always(work.answered)),),
    "cancellation_request_rejected": ((f"{_FO}/cancellation_request_rejected", _always(work.answered)),),
    "fulfillment_order_cancelled": ((f"{_FO}/cancelled", _always(work.cancelled)),),
    "fulfillment_service_failed_to_complete": (
        (f"{_FO}/fulfillment_service_failed_to_complete", _always(work.answered)),
    ),
    "fulfillment_order_moved": ((f"{_FO}/moved", _always(work.moved)),),
    "fulfillment_order_placed_on_hold": (
        (f"{_FO}/placed_on_hold", _always(work.placed_on_hold)),
        ("fulfillment_holds/added", work.hold_added),
    ),
    "fulfillment_order_hold_released": (
        (f"{_FO}/hold_released", work.hold_released),
        ("fulfillment_holds/released", work.holds_released),
    ),
    "fulfillment_order_rescheduled": ((f"{_FO}/rescheduled", _always(work.rescheduled)),),
    "fulfillment_order_opened": ((f"{_FO}/scheduled_fulfillment_order_ready", _always(work.routed)),),
    "fulfillment_order_split": ((f"{_FO}/split", _always(work.split)),),
    "fulfillment_order_merged": ((f"{_FO}/merged", _always(work.merged)),),
    "fulfillment_order_progress_reported": ((f"{_FO}/progress_reported", _always(work.progress_reported)),),
    "fulfillment_order_progress_stopped": (
        (f"{_FO}/manually_reported_progress_stopped", _always(work.progress_stopped)),
    ),
    "fulfillment_created": (("fulfillments/create", _always(_fulfillment)),),
    "fulfillment_cancelled": (_FULFILLMENT_UPDATED,),
    "fulfillment_tracking_updated": (_FULFILLMENT_UPDATED,),
    "carrier_event_added": (("fulfillment_events/create", _scan), _FULFILLMENT_UPDATED),
    "carrier_event_removed": (("fulfillment_events/delete", _scan), _FULFILLMENT_UPDATED),
}
# Recorded for webhookSubscriptionCreate.
REFUSED_HOST = "cannot be a Shopify or an internal domain"
# Whatever changes an order is told once for each change, with its last event; but for its end.
_UPDATED = "orders/updated"
_ENDS = "order_deleted"

# Any one of these scopes lets an app hear of a group of topics; of those that are not named, everyone may.
_NEEDED: Mapping[str, frozenset[str]] = {
    "orders": frozenset({READ_ORDERS}),
    "fulfillments": frozenset({READ_FULFILLMENTS, READ_ORDERS}) | READ_FULFILLMENT_ORDERS,
    "fulfillment_events": frozenset({READ_FULFILLMENTS, READ_ORDERS}),
    "fulfillment_orders": READ_FULFILLMENT_ORDERS,
    "fulfillment_holds": READ_FULFILLMENT_ORDERS,
    "products": frozenset({READ_PRODUCTS}),
    "variants": frozenset({READ_PRODUCTS}),
    "inventory_items": frozenset({READ_INVENTORY}),
    "inventory_levels": frozenset({READ_INVENTORY}),
    "locations": frozenset({READ_LOCATIONS}),
}


def _needed(topic: str) -> frozenset[str]:
    return _NEEDED.get(topic.partition("/")[0], frozenset())


# Each topic with the scopes of which one lets an app subscribe.
TOPICS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        topic: _needed(topic)
        for topic in sorted(
            {
                _UPDATED,
                UNINSTALLED,
                *(topic for rows in TOLD.values() for topic, _ in rows),
                *THINGS.values(),
                *SILENT,
            }
        )
    }
)


def body_version(_asked: str | None) -> str:
    """Return the version that bodies are written in: they are the same in all of them."""
    return ""


def announcements(
    change: Change, wanted: Set[str], shop: Shop, locations: Mapping[int, Location], _version: str = ""
) -> Iterator[Announcement]:
    """Yield what a change is told as, in the order of its events; only topics that somebody wants."""
    # Bodies name neither the version nor the address that they are read at.
    context = Rendering(shop=shop, locations=locations, version="", base_url=f"https://{shop.domain}")
    if isinstance(change, Happened):
        topic = THINGS[change.kind]
        if topic in wanted:
            yield Announcement(topic=topic, number=0, body=write_thing(change, context))
    else:
        yield from _order_announcements(change, wanted, context)


def _order_announcements(change: OrderChange, wanted: Set[str], context: Rendering) -> Iterator[Announcement]:
    order = change.order
    for number, event in enumerate(change.events, change.first):
        for topic, bodies in TOLD.get(event.kind, ()):
            if topic in wanted:
                seen_at = _seen_at(change, event)
                for part, body in enumerate(bodies(change, event, context)):
                    yield Announcement(topic=topic, number=number, part=part, body=body, location_id=seen_at)
    if change.events and _UPDATED in wanted and change.events[-1].kind != _ENDS:
        last = change.first + len(change.events) - 1
        yield Announcement(topic=_UPDATED, number=last, body=write_order(order, context))


def _seen_at(change: OrderChange, event: Event) -> int | None:
    """Return the location whose fulfillment orders an app must be able to see to hear of the event."""
    if event.fulfillment_order_id is None:
        return None
    return event.location_id or work.named(change.order, event).location_id


def write_delivery(telling: Telling, addressee: Addressee, _shop: Shop) -> tuple[str, bytes]:
    """Return the content type of a delivery, and its body with the fields that are wanted."""
    kept = set(addressee.fields)
    body = {name: value for name, value in telling.body.items() if name in kept} if kept else telling.body
    if addressee.format is WebhookFormat.XML:
        return "application/xml", write_xml(telling.topic, body).encode()
    return "application/json", msgspec.json.encode(body)


def example(topic: str) -> Json:
    """Return a small body for a delivery that tries an address."""
    group = topic.partition("/")[0]
    if group in {"fulfillment_orders", "fulfillment_holds"}:
        return {"fulfillment_order": {"id": gid("FulfillmentOrder", 0), "status": "open"}}
    return {"id": 0, "test": True}
