"""How a fulfillment order stands, as a merchant reads it: its badge, and the banner on its card.

Computed from status, request status, quantities and requests together: a closed fulfillment order is not always a
fulfilled one. The first row that fits decides.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from crossdock.domain.order_status import DisplayFulfillmentStatus, display_fulfillment_status
from crossdock.domain.orders import FulfillmentOrder, LineRejection, MerchantRequest, Order, RequestAnswer, RequestKind
from crossdock.domain.states import Place, RequestStatus, Status
from crossdock.runtime.badges import Badge
from crossdock.runtime.words import in_words


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
    """What the rows look at. `who` is the service's name, or the location's; `heirs` have its units now."""

    fulfillment_order: FulfillmentOrder
    who: str
    heirs: tuple[int, ...] = ()

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

UNANSWERED = frozenset({RequestStatus.SUBMITTED, RequestStatus.CANCELLATION_REQUESTED})
CANCELLED = Badge(words="Cancelled", icon="ban")


def handed_on(case: Case) -> Standing | None:
    """What others have the units of: it was merged, moved, replaced, or a parcel of it is shipped again by them."""
    if case.status is not Status.CLOSED or not case.heirs:
        return None
    left = f"{case.shipped} shipped; what was left is" if case.shipped else "Its items are"
    gone = f"{left} with {' and '.join(f'fulfillment order {each}' for each in case.heirs)} now."
    since = case.fulfillment_order.updated_at
    # Units that a cancelled parcel gave back are still counted here; those that were cancelled are not.
    if case.request_status in UNANSWERED and not case.remaining:
        return Standing(badge=CANCELLED, text=f"{unanswered(case)} {gone}", since=since)
    badge = Badge(words=shipped_words(case) or "Closed", icon="arrows-split")
    return Standing(badge=badge, text=gone, since=since)


def cancelled_unanswered(case: Case) -> Standing | None:
    if case.status is not Status.CLOSED or case.request_status not in UNANSWERED or not case.remaining:
        return None
    return Standing(badge=CANCELLED, text=unanswered(case), since=case.fulfillment_order.updated_at)


def unanswered(case: Case) -> str:
    return f"Cancelled without an answer from {case.who}, who may still ship. Contact them."


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
    if case.status is not Status.CLOSED or case.remaining or not case.quantity:
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


def given_up(case: Case) -> Standing | None:
    if case.status is not Status.CLOSED:
        return None
    if case.remaining:
        return Standing(badge=CANCELLED, text="Cancelled with the order.", since=case.fulfillment_order.updated_at)
    return Standing(badge=Badge(words="Closed", icon="minus"), text="Nothing of it is ordered any more.")


ROWS: tuple[Row, ...] = (
    handed_on,
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
    given_up,
)


def standing(fulfillment_order: FulfillmentOrder, who: str, *, heirs: tuple[int, ...] = ()) -> Standing:
    """Say how a fulfillment order stands; `who` is the service's name, or the location's; `heirs` have its units."""
    case = Case(fulfillment_order=fulfillment_order, who=who, heirs=heirs)
    found = (row(case) for row in ROWS)
    return next((one for one in found if one is not None), raw(case))


def heirs_of(order: Order, fulfillment_order: FulfillmentOrder) -> tuple[int, ...]:
    """Return the fulfillment orders that have the units now which a closed one had."""
    return tuple(
        each.id
        for each in order.fulfillment_orders
        if each.replaces == fulfillment_order.id or each.id == fulfillment_order.merged_into
    )


def shown(order: Order) -> Iterator[FulfillmentOrder]:
    """Give the fulfillment orders that tell a reader something: not those that ended empty, unless a service may ship.

    What became of the others' units, the ones that have them say.
    """
    for each in order.fulfillment_orders:
        units = sum(line.quantity for line in each.lines)
        if each.live or units or (each.request_status in UNANSWERED and heirs_of(order, each)):
            yield each


def origin_of(order: Order, fulfillment_order: FulfillmentOrder) -> str | None:
    """Say which fulfillment order this one came from."""
    if fulfillment_order.replaces is not None:
        return f"in place of {fulfillment_order.replaces}"
    if fulfillment_order.split_from is None:
        return None
    came_from = order.fulfillment_order(fulfillment_order.split_from)
    how = "split" if came_from.location_id == fulfillment_order.location_id else "moved"
    return f"{how} from {came_from.id}"


ORDER_BADGES: Mapping[DisplayFulfillmentStatus, Badge] = MappingProxyType(
    {
        DisplayFulfillmentStatus.UNFULFILLED: Badge(words="Unfulfilled", tone="unfulfilled", icon="circle"),
        DisplayFulfillmentStatus.PARTIALLY_FULFILLED: Badge(
            words="Partially fulfilled", tone="progress", icon="circle-half-2"
        ),
        DisplayFulfillmentStatus.FULFILLED: Badge(words="Fulfilled", tone="fulfilled", icon="circle-check"),
        DisplayFulfillmentStatus.ON_HOLD: Badge(words="On hold", tone="hold", icon="player-pause"),
        DisplayFulfillmentStatus.IN_PROGRESS: Badge(words="In progress", tone="progress", icon="circle-half-2"),
        DisplayFulfillmentStatus.SCHEDULED: Badge(words="Scheduled", icon="clock"),
        DisplayFulfillmentStatus.REQUEST_DECLINED: Badge(words="Request declined", tone="declined", icon="x"),
    }
)


def order_badge(order: Order) -> Badge:
    """Say how the order as a whole stands."""
    return CANCELLED if order.cancelled_at is not None else ORDER_BADGES[display_fulfillment_status(order)]


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
