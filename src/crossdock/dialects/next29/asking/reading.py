"""What a store's answers tell a service of fulfillment orders and fulfillments.

Quantities are typed as texts in the platform's own description and may come as either. Source: 29 Next Admin API,
FulfillmentOrder, Fulfillment; null and "" for a request that was never made: its vendor's bulk tools.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from crossdock.dialects.next29.asking.question import identity_of
from crossdock.dialects.next29.fields import Fields, whole_body
from crossdock.dialects.operation import Json
from crossdock.domain.orders import RequestKind
from crossdock.domain.places import Address
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.work import AssignedFulfillmentOrder, AssignedLine, AssignedRequest, BookedFulfillment

STATUSES: Mapping[str, Status] = MappingProxyType(
    {
        "not_required": Status.NOT_REQUIRED,
        "open": Status.OPEN,
        "processing": Status.IN_PROGRESS,
        "on_hold": Status.ON_HOLD,
        "incomplete": Status.INCOMPLETE,
        "closed": Status.CLOSED,
        "canceled": Status.CANCELLED,
    }
)
REQUEST_STATUSES: Mapping[str, RequestStatus] = MappingProxyType(
    {
        "pending": RequestStatus.UNSUBMITTED,
        "requested": RequestStatus.SUBMITTED,
        "accepted": RequestStatus.ACCEPTED,
        "rejected": RequestStatus.REJECTED,
        "cancel_requested": RequestStatus.CANCELLATION_REQUESTED,
        "cancel_accepted": RequestStatus.CANCELLATION_ACCEPTED,
        "cancel_rejected": RequestStatus.CANCELLATION_REJECTED,
        "closed": RequestStatus.CLOSED,
    }
)
_KINDS: Mapping[str, RequestKind] = MappingProxyType(
    {"fulfill_request": RequestKind.FULFILLMENT, "cancel_request": RequestKind.CANCELLATION}
)


def read_work(answer: Json) -> AssignedFulfillmentOrder:
    """Read a fulfillment order. Raises: Unreadable."""
    return read_fulfillment_order(whole_body(answer))


def read_fulfillment_order(fields: Fields) -> AssignedFulfillmentOrder:
    """Read a fulfillment order. When its requests were sent the wire does not say: its last change stands for that."""
    number = fields.need("order_number", fields.text("order_number"))
    updated_at = fields.need("updated_at", fields.time("updated_at"))
    location = fields.need("assigned_location", fields.within("assigned_location"))
    destination = fields.within("shipping_address")
    return AssignedFulfillmentOrder(
        id=identity_of(fields),
        order_id=order_id_of(number),
        order_name=number,
        location_id=identity_of(location),
        status=fields.need("status", fields.choice("status", STATUSES)),
        request_status=fields.choice("request_status", REQUEST_STATUSES) or RequestStatus.UNSUBMITTED,
        lines=tuple(read_line(each) for each in fields.need("line_items", fields.each("line_items"))),
        created_at=fields.time("created_at") or updated_at,
        updated_at=updated_at,
        destination=None if destination is None else read_address(destination),
        requests=tuple(read_request(each, updated_at) for each in fields.each("merchant_requests") or ()),
    )


def order_id_of(number: str) -> int:
    """Return an order's number as its id: clients are given no other. One that is no number stands for none."""
    return int(number) if number.isascii() and number.isdecimal() and len(number) <= 18 else 0


def read_line(fields: Fields) -> AssignedLine:
    left = fields.whole("fulfillable_quantity")
    quantity = fields.whole("quantity")
    remaining = fields.need("fulfillable_quantity", quantity if left is None else left)
    return AssignedLine(
        id=identity_of(fields),
        order_line_id=fields.identity("order_line_id") or 0,
        quantity=remaining if quantity is None else quantity,
        remaining=max(remaining, 0),
        sku=fields.text("sku") or None,
    )


def read_request(fields: Fields, sent_at: datetime) -> AssignedRequest:
    return AssignedRequest(
        kind=fields.need("type", fields.choice("type", _KINDS)),
        sent_at=sent_at,
        message=fields.text("message") or None,
        notify_customer=fields.flag("notify") or False,
    )


def read_address(fields: Fields) -> Address:
    return Address(
        first_name=fields.text("first_name") or None,
        last_name=fields.text("last_name") or None,
        address1=fields.text("line1") or None,
        address2=fields.text("line2") or None,
        address3=fields.text("line3") or None,
        city=fields.text("line4") or None,
        province=fields.text("state") or None,
        zip=fields.text("postcode") or None,
        country_code=fields.text("country") or None,
        phone=fields.text("phone_number") or None,
        notes=fields.text("notes") or None,
    )


def read_fulfillment(fields: Fields) -> BookedFulfillment:
    """Read a fulfillment, with all its tracking codes: the plural joins several, the singular has the first."""
    joined = fields.text("tracking_codes") or fields.text("tracking_code") or ""
    return BookedFulfillment(
        id=identity_of(fields),
        order_id=order_id_of(fields.text("order_number") or ""),
        location_id=fields.identity("location_id") or 0,
        name=None,
        status="cancelled" if fields.text("status") == "canceled" else fields.text("status") or "success",
        tracking_numbers=tuple(code for part in joined.split(",") if (code := part.strip())),
    )
