"""The journey of an assignment: its events, its messages, and what the store said just before each answer."""

from collections.abc import Mapping
from types import MappingProxyType

from asyncpg import Record

from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.journey import LedgerMessage, with_attempts
from crossdock.runtime.timeline import Caption, Happening, Moment, timeline
from crossdock.runtime.words import headed, in_words
from crossdock.service.dashboard.desk import Client
from crossdock.service.database.assignments import Assignment

MOST = 500

# Notifications and pulls concern the whole store. Those that led to a message of this assignment stand right before it.
MESSAGES = """
    SELECT * FROM messages WHERE tenant_id = $1 AND (subject = $2 OR id IN (
        SELECT near.id FROM messages own CROSS JOIN LATERAL (
            SELECT m.id, m.created_at FROM messages m
            WHERE m.tenant_id = $1 AND m.subject = $3 AND m.id < own.id ORDER BY m.id DESC LIMIT 6
        ) near
        WHERE own.tenant_id = $1 AND own.subject = $2 AND own.command ? 'answer'
            AND near.created_at > own.created_at - interval '1 minute'
    )) ORDER BY id LIMIT $4
"""

EVENTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "requested": ("Fulfillment requested", "arrow-right"),
        "cancellation_requested": ("Cancellation requested", "alert-triangle"),
        "accept_decided": ("Decided to accept", "circle-half-2"),
        "accept_told": ("The store knows that we accept", "circle-check"),
        "accept_found": ("The store has us as accepting", "circle-check"),
        "reject_decided": ("Decided to decline", "x"),
        "reject_told": ("The store knows that we decline", "x"),
        "reject_found": ("The store has us as declining", "x"),
        "accept_cancellation_decided": ("Decided to stop", "minus"),
        "accept_cancellation_told": ("The store knows that we stopped", "minus"),
        "accept_cancellation_found": ("The store has us as stopped", "minus"),
        "reject_cancellation_decided": ("Decided to go on", "circle-half-2"),
        "reject_cancellation_told": ("The store knows that we go on", "circle-half-2"),
        "close_decided": ("Decided to give the rest back", "circle-half"),
        "close_told": ("The store has the rest back", "circle-half"),
        "going_on": ("The merchant lets us go on", "circle-half-2"),
        "taken_back": ("Taken back by the store", "ban"),
        "quantities_changed": ("The store changed the quantities", "list-check"),
        "shipped": ("Parcel left the shelf", "truck-delivery"),
        "parcel_told": ("The store has the parcel in its books", "package"),
        "parcel_refused": ("The store refused the parcel", "x"),
        "parcel_failed": ("The store could not be told of the parcel", "x"),
        "parcel_found": ("The store has the parcel after all", "package"),
        "tracking_corrected": ("Tracking changed", "list-check"),
        "update_tracking_told": ("The store has the tracking", "package"),
        "update_tracking_refused": ("The store refused the tracking", "x"),
        "update_tracking_failed": ("The store could not be told of the tracking", "x"),
        "parcel_cancelled": ("Parcel cancelled, its units are on the shelf", "minus"),
        "cancellation_told_again": ("The store is told again of the cancelled parcel", "minus"),
        "cancel_fulfillment_told": ("The store has the parcel as cancelled", "minus"),
        "cancel_fulfillment_refused": ("The store refused to cancel the parcel", "x"),
        "cancel_fulfillment_failed": ("The store could not be told of the cancelled parcel", "x"),
        "earlier_answer_ended": ("An earlier answer ended", "point"),
    }
)


async def story(connection: Connection, assignment: Assignment, store: Client) -> list[Moment]:
    """Return what happened to an assignment and what was said about it, oldest first."""
    events = await connection.fetch(
        """
        SELECT sequence, kind, message, reason, details, actor, at FROM assignment_events
        WHERE store_id = $1 AND fulfillment_order_id = $2 ORDER BY sequence LIMIT $3
        """,
        assignment.store_id,
        assignment.fulfillment_order_id,
        MOST,
    )
    rows = await connection.fetch(MESSAGES, store.id, assignment.subject, f"store:{store.id}", MOST)
    messages = await with_attempts(connection, store.id, rows)
    return timeline([happening(event, store) for event in events], messages, caption)


def happening(event: Record, store: Client) -> Happening:
    kind: str = event["kind"]
    words, icon = EVENTS.get(kind, (headed(kind), "point"))
    return Happening(
        key=f"event-{event['sequence']}",
        at=event["at"],
        words=words,
        icon=icon,
        actor=store.name if event["actor"] == "store" else name_of(event["actor"]),
        note=note_of(event),
        quote=event["message"],
    )


def note_of(event: Record) -> str:
    """Say the particulars: why, how much, under which number."""
    details: Mapping[str, object] = event["details"]
    notes = [
        in_words(event["reason"]) if event["reason"] else None,
        details.get("carrier"),
        details.get("tracking_number"),
        details.get("fulfillment"),
        f"{details['left']} left" if "left" in details else None,
    ]
    return " · ".join(str(note) for note in notes if note)


def caption(message: LedgerMessage) -> Caption:
    """Say what a message is about: an operation's name is words already. Our own API is called by our own people."""
    if message.kind == "api_call":
        return Caption(words="Call of our API", party=f"from {name_of(message.endpoint)}", outside=True)
    return Caption(words=headed(message.kind))


def name_of(actor: str) -> str:
    """Return an actor's name without the word for its kind, `token:Scanner` as `Scanner`."""
    return actor.partition(":")[2] or actor
