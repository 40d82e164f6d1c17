"""29 Next's statuses of fulfillment orders, which are derived, as conditions that a list can be filtered by.

They say of a row `f` of fulfillment_orders what `domain.work_status` says of the same one in memory. What asks for live
work only names no closed rows, so that the index of live work serves it.
"""

from collections.abc import Collection

from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.work_status import LIVE, SAID, WorkRequestStatus, WorkStatus

CALLED_OFF = """(f.merged_into IS NULL AND CASE
    WHEN EXISTS (
        SELECT FROM fulfillment_orders r
        WHERE r.shop_id = f.shop_id AND r.order_id = f.order_id AND r.replaces = f.id
    ) THEN f.request_status <> 'closed' AND NOT EXISTS (
        SELECT FROM fulfillment_order_lines l
        WHERE l.shop_id = f.shop_id AND l.fulfillment_order_id = f.id AND l.remaining > 0
    )
    ELSE NOT EXISTS (
        SELECT FROM fulfillment_order_lines l
        WHERE l.shop_id = f.shop_id AND l.fulfillment_order_id = f.id AND l.remaining < l.quantity
    ) END)"""
NOTHING_TO_SHIP = """(f.status IN ('open', 'scheduled') AND f.request_status = 'unsubmitted' AND NOT EXISTS (
    SELECT FROM fulfillment_order_lines l
    JOIN order_lines b ON b.shop_id = l.shop_id AND b.id = l.order_line_id
    WHERE l.shop_id = f.shop_id AND l.fulfillment_order_id = f.id AND b.requires_shipping
))"""
_STOPPED = "f.request_status = 'cancellation_accepted'"


def having_status(words: Collection[WorkStatus]) -> str:
    """Return the condition that a row has one of these statuses."""
    terms = []
    if live := [status for status, word in LIVE.items() if word in words]:
        unless = f" AND NOT {NOTHING_TO_SHIP}" if WorkStatus.OPEN in words else ""
        terms.append(f"f.status IN ({_quoted(live)}){unless}")
    if WorkStatus.NOT_REQUIRED in words:
        terms.append(NOTHING_TO_SHIP)
    if WorkStatus.CLOSED in words:
        terms.append(f"f.status = 'closed' AND NOT {CALLED_OFF}")
    if WorkStatus.CANCELED in words:
        terms.append(f"f.status = 'closed' AND {CALLED_OFF}")
    return _any(terms)


def having_request_status(words: Collection[WorkRequestStatus]) -> str:
    """Return the condition that a row has one of these request statuses."""
    terms = []
    if live := [status for status, word in SAID.items() if word in words]:
        terms.append(f"f.status <> 'closed' AND f.request_status IN ({_quoted(live)})")
    if WorkRequestStatus.CANCEL_ACCEPTED in words:
        terms.append(f"f.status = 'closed' AND {_STOPPED} AND {CALLED_OFF}")
    if WorkRequestStatus.CLOSED in words:
        terms.append(f"f.status = 'closed' AND NOT ({_STOPPED} AND {CALLED_OFF})")
    return _any(terms)


def _quoted(words: Collection[Status] | Collection[RequestStatus]) -> str:
    # Words of ours, no caller's.
    return ", ".join(f"'{word}'" for word in words)


def _any(terms: Collection[str]) -> str:
    return "(" + " OR ".join(f"({term})" for term in terms) + ")"
