"""The journey of an order: its events and its messages, in words."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType

import msgspec
from asyncpg import Record
from markupsafe import Markup

from crossdock.domain.events import EventKind
from crossdock.domain.orders import FulfillmentOrder, Order
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.journey import LedgerMessage, journey
from crossdock.runtime.html import time
from crossdock.runtime.timeline import Caption, Happening, Moment, timeline
from crossdock.runtime.words import headed, in_words
from crossdock.store.dashboard.calls import operation_name
from crossdock.store.dashboard.visits import Visit

MOST = 500

EVENTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        EventKind.ORDER_CREATED: ("Order came in", "receipt"),
        EventKind.ORDER_ROUTED: ("Routed", "route"),
        EventKind.ORDER_PARTIALLY_FULFILLED: ("Order partially fulfilled", "circle-half-2"),
        EventKind.ORDER_FULFILLED: ("Order fulfilled", "circle-check"),
        EventKind.ORDER_CLOSED: ("Order closed", "circle-check"),
        EventKind.ORDER_REOPENED: ("Order reopened", "refresh"),
        EventKind.ORDER_EDITED: ("Order edited", "receipt"),
        EventKind.ORDER_UPDATED: ("Order updated", "receipt"),
        EventKind.ORDER_CANCELLED: ("Order cancelled", "minus"),
        EventKind.ORDER_DELETED: ("Order deleted", "minus"),
        EventKind.FULFILLMENT_ORDER_SPLIT: ("Split", "arrows-split"),
        EventKind.FULFILLMENT_ORDER_MERGED: ("Merged", "arrows-split"),
        EventKind.FULFILLMENT_ORDER_MOVED: ("Moved", "route"),
        EventKind.FULFILLMENT_ORDER_CANCELLED: ("Fulfillment order cancelled", "minus"),
        EventKind.FULFILLMENT_ORDER_PLACED_ON_HOLD: ("Placed on hold", "player-pause"),
        EventKind.FULFILLMENT_ORDER_HOLD_RELEASED: ("Hold released", "circle"),
        EventKind.FULFILLMENT_ORDER_RESCHEDULED: ("Rescheduled", "clock"),
        EventKind.FULFILLMENT_ORDER_OPENED: ("Opened", "clock"),
        EventKind.FULFILLMENT_ORDER_PROGRESS_REPORTED: ("Progress reported", "circle-half-2"),
        EventKind.FULFILLMENT_ORDER_PROGRESS_STOPPED: ("Marked as open again", "circle-half"),
        EventKind.FULFILLMENT_ORDER_DEADLINE_SET: ("Deadline set", "clock"),
        EventKind.FULFILLMENT_REQUEST_SUBMITTED: ("Fulfillment requested", "arrow-right"),
        EventKind.FULFILLMENT_REQUEST_ACCEPTED: ("Request accepted", "circle-half-2"),
        EventKind.FULFILLMENT_REQUEST_REJECTED: ("Request declined", "x"),
        EventKind.FULFILLMENT_REQUEST_WITHDRAWN: ("Request withdrawn", "arrow-left"),
        EventKind.CANCELLATION_REQUEST_SUBMITTED: ("Cancellation requested", "alert-triangle"),
        EventKind.CANCELLATION_REQUEST_ACCEPTED: ("Cancellation accepted", "minus"),
        EventKind.CANCELLATION_REQUEST_REJECTED: ("Cancellation declined", "circle-half-2"),
        EventKind.CANCELLATION_REQUEST_WITHDRAWN: ("Cancellation request withdrawn", "arrow-left"),
        EventKind.FULFILLMENT_SERVICE_FAILED_TO_COMPLETE: ("Closed as incomplete", "circle-half"),
        EventKind.FULFILLMENT_CREATED: ("Shipped", "truck-delivery"),
        EventKind.FULFILLMENT_CANCELLED: ("Fulfillment cancelled", "minus"),
        EventKind.FULFILLMENT_TRACKING_UPDATED: ("Tracking updated", "truck-delivery"),
        EventKind.CARRIER_EVENT_ADDED: ("Carrier", "truck-delivery"),
        EventKind.CARRIER_EVENT_REMOVED: ("Carrier event removed", "minus"),
    }
)


async def story(connection: Connection, order_id: int, here: Visit) -> list[Moment]:
    """Return what happened to an order and what was said about it, oldest first."""
    events = await connection.fetch(
        """
        SELECT sequence, kind, fulfillment_order_id, location_id, message, reason, lines, details, actor, at
        FROM events WHERE shop_id = $1 AND order_id = $2 ORDER BY sequence LIMIT $3
        """,
        here.shop.id,
        order_id,
        MOST,
    )
    services = await connection.fetch(
        """
        SELECT DISTINCT a.name FROM apps a JOIN fulfillment_services s ON s.shop_id = a.shop_id AND s.app_id = a.id
        WHERE a.shop_id = $1
        """,
        here.shop.id,
    )
    messages = await journey(connection, here.shop.id, f"order:{order_id}", limit=MOST)
    caption = partial(caption_of, services=frozenset(row["name"] for row in services))
    parted = len({event["fulfillment_order_id"] for event in events} - {None}) > 1
    return timeline([happening(event, here, numbered=parted) for event in events], messages, caption)


async def unavailable_units(connection: Connection, order: Order) -> dict[int, int]:
    """Return how many units wait in each fulfillment order for stock, or for a location that may ship them.

    Units that were there are shipped first, and those that were not are taken out of the order first.
    """
    rows = await connection.fetch(
        """
        SELECT fulfillment_order_id, location_id, lines, (details ->> 'unavailable')::bigint AS units
        FROM events
        WHERE shop_id = $1 AND order_id = $2 AND kind = 'order_routed' AND details ? 'unavailable'
        """,
        order.shop_id,
        order.id,
    )
    there = {
        (row["fulfillment_order_id"], row["location_id"]): sum(line["quantity"] for line in row["lines"]) - row["units"]
        for row in rows
    }
    units = {
        each.id: each.remaining - max(there[each.id, each.location_id] - shipped(each), 0)
        for each in order.fulfillment_orders
        if each.live and (each.id, each.location_id) in there
    }
    return {fulfillment_order_id: count for fulfillment_order_id, count in units.items() if count > 0}


def shipped(fulfillment_order: FulfillmentOrder) -> int:
    return sum(line.quantity for line in fulfillment_order.lines) - fulfillment_order.remaining


def happening(event: Record, here: Visit, *, numbered: bool) -> Happening:
    """Return an event in words. `numbered`: say which fulfillment order it is about."""
    kind: str = event["kind"]
    words, icon = EVENTS.get(kind, (headed(kind), "point"))
    return Happening(
        key=f"event-{event['sequence']}",
        at=event["at"],
        words=words,
        icon=icon,
        actor=name_of(event["actor"]),
        note=note_of(event, here, numbered=numbered),
        quote=event["message"],
    )


def note_of(event: Record, here: Visit, *, numbered: bool) -> str:
    """Say the particulars: which, where, how much, why, when, under which number."""
    details, lines = event["details"], event["lines"]
    location = here.locations.get(event["location_id"])
    units = sum(line["quantity"] for line in lines)
    which = event["fulfillment_order_id"] if numbered else None
    notes = [
        f"fulfillment order {which}" if which else None,
        details.get("name") if event["kind"] == EventKind.ORDER_CREATED else None,
        f"{units} unit{'s' if units != 1 else ''}" if units else None,
        f"{'to' if event['kind'] == EventKind.ORDER_ROUTED else 'at'} {location.name}" if location else None,
        f"{details['unavailable']} unavailable" if details.get("unavailable") else None,
        in_words(event["reason"]) if event["reason"] else None,
        lineage_of({key: value for key, value in details.items() if value != event["fulfillment_order_id"]}),
        *times_of(details),
        details.get("tracking_company"),
        details.get("tracking_number"),
    ]
    return Markup(" · ").join(str(note) if not isinstance(note, Markup) else note for note in notes if note)


TIMES: Mapping[str, str] = MappingProxyType(
    {"fulfill_at": "for", "fulfill_by": "by", "estimated_shipped_at": "expected"}
)


def times_of(details: Mapping[str, str]) -> Iterator[Markup]:
    """Say when something is to be."""
    for key, words in TIMES.items():
        if details.get(key):
            yield Markup("{} {}").format(words, time(datetime.fromisoformat(details[key]), "minute"))


LINEAGE: Mapping[str, str] = MappingProxyType(
    {
        "split_from": "from",
        "merged_into": "into",
        "replacement": "replaced by",
        "replaces": "in place of",
        "original": "from",
        "remaining": "the rest is",
    }
)


def lineage_of(details: Mapping[str, object]) -> str | None:
    """Say which other fulfillment order the units came from or went to."""
    return next((f"{words} {details[key]}" for key, words in LINEAGE.items() if details.get(key)), None)


def name_of(actor: str) -> str:
    """Return an actor's name without the word for its kind, `app:Acme 3PL` as `Acme 3PL`."""
    return actor.partition(":")[2] or actor


def caption_of(message: LedgerMessage, *, services: frozenset[str]) -> Caption:
    """Say what a message is about: an operation's name is words already. `services`: the apps that run locations."""
    if message.direction == "out":
        return Caption(words=headed(message.kind), party=message.topic or "")
    name = operation_name(message.method, message.url) or mutation_name(message) or message.kind
    party = name_of(message.endpoint)
    return Caption(words=headed(name), party=f"from {party}", outside=party not in services)


def mutation_name(message: LedgerMessage) -> str | None:
    """Return what was asked for by GraphQL, as the ledger notes it; None for what is no mutation."""
    if not message.url.partition("?")[0].endswith("/graphql.json"):
        return None
    try:
        return msgspec.json.decode(message.request_body, type=Noted).mutation
    except msgspec.DecodeError:
        return None


class Noted(msgspec.Struct):
    """What the ledger has of a mutation in place of the whole document."""

    mutation: str | None = None
