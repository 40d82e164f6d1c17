"""What 29 Next tells apps of, and in which words: an envelope around what its API would answer.

Source: 29 Next, webhooks; `order.updated` once for what changes an order, a parcel or its delivery status, nothing for
a mere `last_event_date`: its changelog of 2026-06-17 and 2026-07-15.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from types import MappingProxyType
from uuid import NAMESPACE_URL, uuid5

from crossdock.dialects.deliveries import Addressee, Telling
from crossdock.dialects.next29 import versions
from crossdock.dialects.next29.callback import write_payload
from crossdock.dialects.next29.partings import UNINSTALLED
from crossdock.dialects.next29.rest.fulfillments import write_fulfillment
from crossdock.dialects.next29.rest.order_body import write_order
from crossdock.dialects.next29.rest.product_body import write_product
from crossdock.dialects.next29.rest.store import write_store
from crossdock.dialects.next29.scopes import READ_WEBHOOKS, WRITE_WEBHOOKS
from crossdock.dialects.next29.silent_topics import SILENT
from crossdock.dialects.next29.wire import Rendering
from crossdock.dialects.operation import Announcement, Json
from crossdock.domain.catalogue import Product
from crossdock.domain.events import Event, EventKind
from crossdock.domain.order_status import next_delivery_status
from crossdock.domain.places import Location
from crossdock.domain.refusals import Invalid, NotFound
from crossdock.domain.shops import Shop
from crossdock.domain.subscriptions import Change, Gone, Happened, Happening, OrderChange

ORDER_CREATED, ORDER_UPDATED = "order.created", "order.updated"
FULFILLMENT_CREATED, FULFILLMENT_UPDATED = "fulfillment.created", "fulfillment.updated"
_THINGS: Mapping[Happening, str] = {
    Happening.PRODUCT_CREATED: "product.created",
    Happening.PRODUCT_UPDATED: "product.updated",
    Happening.PRODUCT_DELETED: "product.deleted",
    Happening.SHOP_UPDATED: "store.updated",
}
# Only registering needs a permission; whoever may hears of everything.
_NEEDED = frozenset({READ_WEBHOOKS, WRITE_WEBHOOKS})
TOPICS: Mapping[str, frozenset[str]] = MappingProxyType(
    dict.fromkeys(
        sorted(
            {
                *(ORDER_CREATED, ORDER_UPDATED, FULFILLMENT_CREATED, FULFILLMENT_UPDATED, UNINSTALLED),
                *_THINGS.values(),
                *SILENT,
            }
        ),
        _NEEDED,
    )
)
REFUSED_HOST = "cannot be a host that is not public"
_SCANS = frozenset({EventKind.CARRIER_EVENT_ADDED, EventKind.CARRIER_EVENT_REMOVED})
_PARCEL_CHANGES = frozenset({EventKind.FULFILLMENT_CANCELLED, EventKind.FULFILLMENT_TRACKING_UPDATED})
# With these an order begins or ends: it is not told as changed.
_NOT_CHANGED = frozenset({EventKind.ORDER_CREATED, EventKind.ORDER_DELETED})


def announcements(
    change: Change, wanted: Set[str], shop: Shop, locations: Mapping[int, Location], version: str
) -> Iterator[Announcement]:
    """Yield what a change is told as, in the order of its events; only topics that somebody wants."""
    context = Rendering(shop=shop, locations=locations, version=version, base_url=f"https://{shop.domain}")
    if isinstance(change, Happened):
        topic = _THINGS.get(change.kind)
        if topic in wanted and topic is not None:
            yield Announcement(topic=topic, number=0, body=_thing(change, context))
        return
    for topic, number, write in _told(change):
        if topic in wanted:
            yield Announcement(topic=topic, number=number, body=write(context))


def _told(change: OrderChange) -> Iterator[tuple[str, int, Callable[[Rendering], Json]]]:
    """Yield the topics of an order's change, each with the number of its event and what writes its body."""
    numbered = list(enumerate(change.events, change.first))
    moved = {number for number, event in numbered if _counts(change, event)}
    told: set[int] = set()  # parcels
    for number, event in numbered:
        parcel = event.fulfillment_id
        if event.kind is EventKind.ORDER_CREATED:
            yield ORDER_CREATED, number, _order(change)
        elif event.kind is EventKind.FULFILLMENT_CREATED and parcel is not None:
            yield FULFILLMENT_CREATED, number, _parcel(change, parcel)
            told.add(parcel)
        elif number in moved and event.kind in _SCANS | _PARCEL_CHANGES and parcel is not None and parcel not in told:
            yield FULFILLMENT_UPDATED, number, _parcel(change, parcel)
            told.add(parcel)
    if moved and not any(event.kind in _NOT_CHANGED for event in change.events):
        yield ORDER_UPDATED, change.first + len(change.events) - 1, _order(change)


def _counts(change: OrderChange, event: Event) -> bool:
    """Say whether an event is worth telling: a scan is if it makes the parcel's delivery status another."""
    if event.kind not in _SCANS or event.fulfillment_id is None:
        return True
    return _delivery_status(change, event.fulfillment_id, after=True) != _delivery_status(
        change, event.fulfillment_id, after=False
    )


def _delivery_status(change: OrderChange, fulfillment_id: int, *, after: bool) -> str | None:
    order = change.order if after else change.before
    try:
        return None if order is None else next_delivery_status(order, fulfillment_id)
    except NotFound:  # made by this very change
        return None


def _order(change: OrderChange) -> Callable[[Rendering], Json]:
    return lambda context: write_order(change.order, context, change.details)


def _parcel(change: OrderChange, fulfillment_id: int) -> Callable[[Rendering], Json]:
    return lambda context: write_fulfillment(change.order, change.order.fulfillment(fulfillment_id), context)


def _thing(happened: Happened, context: Rendering) -> Json:
    match happened.thing:
        case Product() as product:
            return write_product(product, context)
        case Gone(id=id):
            return {"id": id}
        case Shop() as shop:
            return write_store(shop, context)
        case _:
            raise LookupError(happened)


def body_version(asked: str | None) -> str:
    """Return the version that bodies are written in."""
    return versions.spoken(asked)


def write_delivery(telling: Telling, addressee: Addressee, shop: Shop) -> tuple[str, bytes]:
    """Return the content type of a delivery, and the envelope as the very text that is signed."""
    event = f"https://{shop.domain}/events/{telling.event}/{telling.topic}"
    envelope = {
        "api_version": versions.spoken(addressee.version),
        "object": telling.topic.partition(".")[0],
        "data": telling.body,
        "event_id": str(uuid5(NAMESPACE_URL, event)),
        "event_type": telling.topic,
        "webhook": {
            "id": addressee.subscription_id,
            "store": shop.subdomain,
            "events": list(addressee.topics),
            "target": addressee.address,
        },
    }
    return "application/json", write_payload(envelope)


def example(_topic: str) -> Json:
    """Return a small body for a delivery that tries an address."""
    return {"id": 0}


def check_filter(_condition: str) -> None:
    """Raises: Invalid, since this platform's webhooks have none."""
    raise Invalid("filter", "is not known")


def passes(_condition: str, _body: Json) -> bool:
    return True
