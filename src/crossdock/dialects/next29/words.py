"""29 Next's words for what a fulfillment order is held for, declined for and offers, in both directions.

Source: 29 Next Admin API 2024-04-01, HoldFulfillment, FulfillmentRequestReject, FulfillmentOrder.
"""

from collections.abc import Mapping

from crossdock.domain.orders import HoldReason, RejectionReason, RequestKind
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.work_status import SAID, WorkRequestStatus, WorkStatus

HOLD_REASONS: Mapping[str, HoldReason] = {
    "address_incorrect": HoldReason.INCORRECT_ADDRESS,
    "out_of_stock": HoldReason.INVENTORY_OUT_OF_STOCK,
    "high_risk": HoldReason.HIGH_RISK_OF_FRAUD,
    "awaiting_payment": HoldReason.AWAITING_PAYMENT,
    "other": HoldReason.OTHER,
}
REJECTION_REASONS: Mapping[str, RejectionReason] = {
    "incorrect_address": RejectionReason.INCORRECT_ADDRESS,
    "inventory_out_of_stock": RejectionReason.INVENTORY_OUT_OF_STOCK,
    "ineligible_product": RejectionReason.INELIGIBLE_PRODUCT,
    "undeliverable_address": RejectionReason.UNDELIVERABLE_DESTINATION,
    "other": RejectionReason.OTHER,
}
REQUESTS: Mapping[str, RequestKind] = {
    "fulfill_request": RequestKind.FULFILLMENT,
    "cancel_request": RequestKind.CANCELLATION,
}
_HOLD_WORDS = {reason: word for word, reason in HOLD_REASONS.items()}
_REJECTION_WORDS = {reason: word for word, reason in REJECTION_REASONS.items()}
_REQUEST_WORDS = {kind: word for word, kind in REQUESTS.items()}
# The engine knows more reasons; they are told as the nearest of the five.
_NEAREST: Mapping[RejectionReason, RejectionReason] = {
    RejectionReason.INTERNATIONAL_SHIPPING_UNAVAILABLE: RejectionReason.UNDELIVERABLE_DESTINATION,
    RejectionReason.INCORRECT_PRODUCT_INFO: RejectionReason.INELIGIBLE_PRODUCT,
    RejectionReason.MISSING_CUSTOMS_INFO: RejectionReason.INELIGIBLE_PRODUCT,
    RejectionReason.INVALID_SKU: RejectionReason.INELIGIBLE_PRODUCT,
    RejectionReason.INVALID_CONTACT_INFORMATION: RejectionReason.INCORRECT_ADDRESS,
}
_STANDING: Mapping[WorkStatus, Status] = {
    WorkStatus.NOT_REQUIRED: Status.NOT_REQUIRED,
    WorkStatus.OPEN: Status.OPEN,
    WorkStatus.PROCESSING: Status.IN_PROGRESS,
    WorkStatus.ON_HOLD: Status.ON_HOLD,
    WorkStatus.INCOMPLETE: Status.INCOMPLETE,
    WorkStatus.CLOSED: Status.CLOSED,
}
_ASKED = {word: status for status, word in SAID.items()}


def hold_word(reason: HoldReason) -> str:
    return _HOLD_WORDS.get(reason, "other")


def nearest_reason(reason: RejectionReason) -> RejectionReason:
    """Return the one of the five reasons that comes nearest."""
    return reason if reason in _REJECTION_WORDS else _NEAREST.get(reason, RejectionReason.OTHER)


def rejection_word(reason: RejectionReason) -> str:
    return _REJECTION_WORDS[nearest_reason(reason)]


def request_word(kind: RequestKind) -> str:
    return _REQUEST_WORDS[kind]


def read_status(status: WorkStatus, request_status: WorkRequestStatus) -> Status:
    """Return the engine's status. What was canceled without its service having stopped it has ended."""
    if status is WorkStatus.CANCELED:
        return Status.CANCELLED if request_status is WorkRequestStatus.CANCEL_ACCEPTED else Status.CLOSED
    return _STANDING[status]


def read_request_status(word: WorkRequestStatus) -> RequestStatus:
    return _ASKED[word]
