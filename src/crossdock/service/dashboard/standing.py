"""How an assignment stands, as the warehouse reads it: its badge, and the banner on its page."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from crossdock.domain.states import RequestStatus
from crossdock.runtime.badges import Badge
from crossdock.runtime.words import in_words
from crossdock.service.database.assignments import Assignment, Stage, Telling
from crossdock.service.handlers.reconciling import Asked, asked

STAGES: Mapping[Stage, tuple[Badge, str]] = MappingProxyType(
    {
        Stage.RECEIVED: (Badge(words="New", tone="requested", icon="arrow-right"), "Not decided yet."),
        Stage.ACCEPTING: (
            Badge(words="Accepting", tone="requested", icon="arrow-right"),
            "Accepted here; the store is being told.",
        ),
        Stage.ACCEPTED: (Badge(words="To ship", tone="progress", icon="circle-half-2"), "Accepted, and yours to ship."),
        Stage.REJECTING: (
            Badge(words="Declining", tone="declined", icon="x"),
            "Declined here; the store is being told.",
        ),
        Stage.REJECTED: (Badge(words="Declined", tone="declined", icon="x"), "Declined."),
        Stage.CANCELLING: (
            Badge(words="Cancelling", tone="urgent", icon="alert-triangle"),
            "Stopped here; the store is being told. Do not ship.",
        ),
        Stage.CANCELLED: (Badge(words="Cancelled", icon="minus"), "Cancelled for the merchant. Do not ship."),
        Stage.CLOSING: (
            Badge(words="Giving back", tone="declined", icon="circle-half"),
            "The rest is given back; the store is being told.",
        ),
        Stage.CLOSED: (Badge(words="Closed", icon="ban"), "The store has the rest back, or shipped it itself."),
        Stage.SHIPPED: (Badge(words="Shipped", tone="fulfilled", icon="circle-check"), "Everything has left."),
    }
)

# Of work that was received while its store asks for something else than to ship it.
NOT_TO_SHIP: Mapping[Asked, str] = MappingProxyType(
    {
        Asked.TO_STOP: "The merchant asks to stop; the store is told in a moment that we do. Do not ship.",
        Asked.TO_GO_ON: "The store has it as accepted; it is yours to ship in a moment.",
        Asked.NOTHING: "The store does not ask us to ship it at the moment.",
    }
)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A badge, what the page says beside it, and what went wrong in telling the store, if anything did."""

    badge: Badge
    text: str
    quote: str | None = None
    trouble: str | None = None


def standing(assignment: Assignment) -> Standing:
    """Say how an assignment stands."""
    badge, text = STAGES[assignment.status]
    if assignment.status is Stage.ACCEPTED:
        badge, text = accepted(assignment, badge, text)
    if assignment.status is Stage.RECEIVED:
        text = NOT_TO_SHIP.get(asked(assignment.store_status, assignment.store_request_status), text)
    reason = f"{text[:-1]}: {in_words(assignment.answer_reason)}." if assignment.answer_reason else text
    declined = assignment.status in {Stage.REJECTING, Stage.REJECTED}
    return Standing(
        badge=badge,
        text=reason if declined else text,
        quote=assignment.answer_message if declined else None,
        trouble=trouble(assignment),
    )


def accepted(assignment: Assignment, badge: Badge, text: str) -> tuple[Badge, str]:
    if assignment.store_request_status is RequestStatus.CANCELLATION_REQUESTED:
        stop = Badge(words="Cancellation requested", tone="urgent", icon="alert-triangle")
        return stop, "The merchant asks to stop."
    if assignment.shipped:
        total = assignment.shipped + assignment.left
        part = Badge(words=f"Shipped {assignment.shipped}/{total}", tone="progress", icon="circle-half-2")
        return part, f"{assignment.left} still to ship."
    return badge, text


def trouble(assignment: Assignment) -> str | None:
    """Say why the store does not have our last answer."""
    if assignment.answer_state is Telling.REFUSED:
        return f"The store refused our answer: {assignment.answer_trouble}"
    if assignment.answer_state is Telling.FAILED:
        return f"The store could not be told: {assignment.answer_trouble}"
    return None
