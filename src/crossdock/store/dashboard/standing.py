"""How a fulfillment order stands, as a merchant reads it: its badge, and the banner on its card.

Computed from status, request status, quantities and requests together: a closed fulfillment order is not always a
fulfilled one. The first row that fits decides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from crossdock.domain.orders import FulfillmentOrder, LineRejection, MerchantRequest, Order, RequestAnswer, RequestKind
from crossdock.domain.states import Place, RequestStatus, Status
from crossdock.runtime.badges import Badge


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A badge, and what the card says beside it. `since`: the time the text speaks of; `quote`: the other's words."""

    badge: Badge
    text: str
    since: datetime | None = None
    quote: str | None = None
    faults: tuple[LineRejection, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the rows look at. `who` is the service's name, or the location's."""

    fulfillment_order: FulfillmentOrder
    who: str

    @property
    def status(self) -> Status:
        return self.fulfillment_order.status

    @property
    def request_status(self) -> RequestStatus:
        return self.fulfillment_order.request_status

    @property
    def newest(self) -> MerchantRequest | None:
        return self.fulfillment_order.requests[-1] if self.fulfillment_order.requests else None

    @property
    def remaining(self) -> int:
        return self.fulfillment_order.remaining

    @property
    def quantity(self) -> int:
        return sum(line.quantity for line in self.fulfillment_order.lines)

    @property
    def shipped(self) -> int:
        return self.quantity - self.remaining


Row = Callable[[Case], Standing | None]


def cancelled_unanswered(case: Case) -> Standing | None:
    asked = {RequestStatus.SUBMITTED, RequestStatus.CANCELLATION_REQUESTED}
    if case.status is not Status.CLOSED or case.request_status not in asked or not case.remaining:
        return None
    return Standing(
        badge=Badge(words="Cancelled", icon="ban"),
        text=f"Cancelled without an answer from {case.who}, who may still ship. Contact them.",
        since=case.fulfillment_order.updated_at,
    )


def cancellation_waiting(case: Case) -> Standing | None:
    unanswered = case.fulfillment_order.open_request()
    asked = unanswered is not None and unanswered.kind is RequestKind.CANCELLATION
    if case.status is Status.CLOSED or not (asked or case.request_status is RequestStatus.CANCELLATION_REQUESTED):
        return None
    return Standing(
        badge=Badge(words="Cancellation requested", tone="urgent", icon="alert-triangle"),
        text=f"Waiting for {case.who} to answer the cancellation.",
        since=unanswered.sent_at if unanswered else None,
        quote=unanswered.message if unanswered else None,
    )


def cancellation_accepted(case: Case) -> Standing | None:
    if case.request_status is not RequestStatus.CANCELLATION_ACCEPTED or not case.remaining:
        return None
    if case.status not in {Status.CANCELLED, Status.CLOSED}:
        return None
    return answered(
        case,
        Badge(words="Cancellation accepted", icon="minus"),
        f"{case.who} stopped work; the items are yours again.",
    )


def declined(case: Case) -> Standing | None:
    if (case.status, case.request_status) != (Status.OPEN, RequestStatus.REJECTED):
        return None
    newest = case.newest
    reason = in_words(newest.rejection_reason) if newest and newest.rejection_reason else "no reason given"
    return Standing(
        badge=Badge(words="Request declined", tone="declined", icon="x"),
        text=f"{case.who} declined: {reason}.",
        since=newest.answered_at if newest else None,
        quote=newest.answer_message if newest else None,
        faults=newest.line_rejections if newest else (),
    )


def incomplete(case: Case) -> Standing | None:
    if case.status is not Status.INCOMPLETE:
        return None
    return Standing(
        badge=Badge(words="Incomplete", tone="declined", icon="circle-half"),
        text=f"{case.who} will not ship the remaining {case.remaining}.",
        since=case.fulfillment_order.updated_at,
    )


def cancellation_rejected(case: Case) -> Standing | None:
    if (case.status, case.request_status) != (Status.IN_PROGRESS, RequestStatus.CANCELLATION_REJECTED):
        return None
    return answered(
        case,
        Badge(words=shipped_words(case) or "In progress", tone="progress", icon="circle-half-2"),
        f"{case.who} did not cancel and goes on.",
    )


def part_shipped(case: Case) -> Standing | None:
    if case.status is Status.CLOSED or not 0 < case.shipped < case.quantity:
        return None
    return Standing(
        badge=Badge(words=f"Partially fulfilled {case.shipped}/{case.quantity}", tone="progress", icon="circle-half-2"),
        text=f"{case.remaining} still to ship.",
    )


def fulfilled(case: Case) -> Standing | None:
    if case.status is not Status.CLOSED or case.remaining:
        return None
    return Standing(
        badge=Badge(words="Fulfilled", tone="fulfilled", icon="circle-check"),
        text="Everything has been shipped.",
        since=case.fulfillment_order.updated_at,
    )


def on_hold(case: Case) -> Standing | None:
    if case.status is not Status.ON_HOLD:
        return None
    holds = case.fulfillment_order.holds
    reasons = "; ".join(in_words(hold.reason) + (f" ({hold.notes})" if hold.notes else "") for hold in holds)
    return Standing(
        badge=Badge(words="On hold", tone="hold", icon="player-pause"),
        text=f"Held: {reasons}." if reasons else "Held.",
        since=holds[0].placed_at if holds else None,
    )


def scheduled(case: Case) -> Standing | None:
    if case.status is not Status.SCHEDULED:
        return None
    return Standing(
        badge=Badge(words="Scheduled", icon="clock"),
        text="Not to be started before its date:",
        since=case.fulfillment_order.fulfill_at,
    )


def in_progress(case: Case) -> Standing | None:
    if case.status is not Status.IN_PROGRESS:
        return None
    badge = Badge(words="In progress", tone="progress", icon="circle-half-2")
    if case.request_status is not RequestStatus.ACCEPTED:
        return Standing(badge=badge, text="Someone has begun.")
    return answered(case, badge, f"{case.who} accepted and works on it.")


def requested(case: Case) -> Standing | None:
    if (case.status, case.request_status) != (Status.OPEN, RequestStatus.SUBMITTED):
        return None
    newest = case.newest
    return Standing(
        badge=Badge(words="Requested", tone="requested", icon="arrow-right"),
        text=f"Waiting for {case.who} to answer.",
        since=newest.sent_at if newest else None,
        quote=newest.message if newest else None,
    )


def unfulfilled(case: Case) -> Standing | None:
    if (case.status, case.request_status) != (Status.OPEN, RequestStatus.UNSUBMITTED):
        return None
    return Standing(
        badge=Badge(words="Unfulfilled", tone="unfulfilled", icon="circle"),
        text=f"Not asked of {case.who} yet." if case.fulfillment_order.place is Place.SERVICE else "Yours to ship.",
    )


ROWS: tuple[Row, ...] = (
    cancelled_unanswered,
    cancellation_waiting,
    cancellation_accepted,
    declined,
    incomplete,
    cancellation_rejected,
    part_shipped,
    fulfilled,
    on_hold,
    scheduled,
    in_progress,
    requested,
    unfulfilled,
)


def standing(fulfillment_order: FulfillmentOrder, who: str) -> Standing:
    """Say how a fulfillment order stands; `who` is the service's name, or the location's."""
    case = Case(fulfillment_order=fulfillment_order, who=who)
    found = (row(case) for row in ROWS)
    return next((one for one in found if one is not None), raw(case))


def order_badge(order: Order) -> Badge:
    """Say how the order as a whole stands."""
    if order.cancelled_at is not None:
        return Badge(words="Cancelled", icon="ban")
    if order.fulfilled:
        return Badge(words="Fulfilled", tone="fulfilled", icon="circle-check")
    if order.partially_fulfilled:
        return Badge(words="Partially fulfilled", tone="progress", icon="circle-half-2")
    return Badge(words="Unfulfilled", tone="unfulfilled", icon="circle")


def in_words(word: str) -> str:
    return word.replace("_", " ")


def raw(case: Case) -> Standing:
    words = in_words(f"{case.status} / {case.request_status}")
    return Standing(badge=Badge(words=words.capitalize(), icon="point"), text="", since=None)


def answered(case: Case, badge: Badge, text: str) -> Standing:
    newest = case.newest
    told = newest is not None and newest.answer in {RequestAnswer.ACCEPTED, RequestAnswer.REJECTED}
    return Standing(
        badge=badge,
        text=text,
        since=newest.answered_at if newest and told else None,
        quote=newest.answer_message if newest and told else None,
    )


def shipped_words(case: Case) -> str | None:
    return f"Partially fulfilled {case.shipped}/{case.quantity}" if case.shipped else None
