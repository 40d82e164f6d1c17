"""What a store asks of a service, and the answers to that.

Source: 29 Next Admin API, assigned fulfillment orders, fulfillment requests, cancellation requests; developer guide
"Fulfillment Service Apps".
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from crossdock.dialects.next29.asking.question import AnyQuestion, Question, items_of
from crossdock.dialects.next29.asking.reading import read_fulfillment_order, read_work
from crossdock.dialects.operation import Call, Json, NotExpressible
from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    CloseFulfillmentOrder,
    RejectCancellationRequest,
    RejectFulfillmentRequest,
)
from crossdock.domain.orders import RejectionReason
from crossdock.domain.queries import AssignmentStatus, GetFulfillmentOrder, ListAssignedFulfillmentOrders
from crossdock.domain.work import AssignedFulfillmentOrder

_ASKED: Mapping[AssignmentStatus, str] = MappingProxyType(
    {
        AssignmentStatus.FULFILLMENT_REQUESTED: "fulfillment_requested",
        AssignmentStatus.FULFILLMENT_ACCEPTED: "fulfillment_accepted",
        AssignmentStatus.CANCELLATION_REQUESTED: "cancellation_requested",
        AssignmentStatus.FULFILLMENT_UNSUBMITTED: "fulfillment_unrequested",
    }
)
# The platform has five; of ours each stands beside the one that a merchant would do the same about.
REASONS: Mapping[RejectionReason, str] = MappingProxyType(
    {
        RejectionReason.INCORRECT_ADDRESS: "incorrect_address",
        RejectionReason.INVALID_CONTACT_INFORMATION: "incorrect_address",
        RejectionReason.INVENTORY_OUT_OF_STOCK: "inventory_out_of_stock",
        RejectionReason.INELIGIBLE_PRODUCT: "ineligible_product",
        RejectionReason.INVALID_SKU: "ineligible_product",
        RejectionReason.INCORRECT_PRODUCT_INFO: "ineligible_product",
        RejectionReason.UNDELIVERABLE_DESTINATION: "undeliverable_address",
        RejectionReason.INTERNATIONAL_SHIPPING_UNAVAILABLE: "undeliverable_address",
    }
)


def path_of(fulfillment_order_id: int, action: str = "") -> str:
    return f"fulfillment-orders/{fulfillment_order_id}/{action}"


def _encode_list(query: ListAssignedFulfillmentOrders) -> Call:
    """Write a list. Pages are as long as the store likes, from the newest on."""
    status = query.assignment_status
    if status is None or query.window.after is not None:
        raise NotExpressible("assigned fulfillment orders whatever their state")
    return Call(method="GET", path="assigned-fulfillment-orders/", query=(("assignment_status", _ASKED[status]),))


def _read_list(answer: Json) -> tuple[AssignedFulfillmentOrder, ...]:
    return tuple(read_fulfillment_order(each) for each in items_of(answer))


def _encode_get(query: GetFulfillmentOrder) -> Call:
    return Call(method="GET", path=path_of(query.fulfillment_order_id))


def _telling(action: str) -> Callable[[Any], Call]:
    def encode(command: Any) -> Call:
        body = {} if command.message is None else {"message": command.message}
        return Call(method="POST", path=path_of(command.fulfillment_order_id, action), body=body)

    return encode


def _encode_rejection(command: RejectFulfillmentRequest) -> Call:
    """Write a rejection. What is wrong with single lines stands in the message alone."""
    body = {"rejected_reason": REASONS.get(command.reason or RejectionReason.OTHER, "other")}
    if command.message is not None:
        body["message"] = command.message
    return Call(method="POST", path=path_of(command.fulfillment_order_id, "fulfillment-request/reject/"), body=body)


def _answer(name: str, command: type[Any], action: str, source: str) -> AnyQuestion:
    return Question(name=name, command=command, encode=_telling(action), decode_result=read_work, source=source)


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question(
        name="list_assigned_fulfillment_orders",
        command=ListAssignedFulfillmentOrders,
        encode=_encode_list,
        decode_result=_read_list,
        source="29 Next, assignedFulfillmentOrdersList",
        paged=True,
    ),
    Question(
        name="get_fulfillment_order",
        command=GetFulfillmentOrder,
        encode=_encode_get,
        decode_result=read_work,
        source="29 Next, fulfillmentOrdersRetrieve",
    ),
    # When it will be shipped is not said: the platform has no word for it.
    _answer(
        "accept_fulfillment_request",
        AcceptFulfillmentRequest,
        "fulfillment-request/accept/",
        "29 Next, FulfillmentRequestAccept",
    ),
    Question(
        name="reject_fulfillment_request",
        command=RejectFulfillmentRequest,
        encode=_encode_rejection,
        decode_result=read_work,
        source="29 Next, FulfillmentRequestReject",
    ),
    _answer(
        "accept_cancellation_request",
        AcceptCancellationRequest,
        "cancellation-request/accept/",
        "29 Next, CancellationRequestAccept",
    ),
    _answer(
        "reject_cancellation_request",
        RejectCancellationRequest,
        "cancellation-request/reject/",
        "29 Next, CancellationRequestReject",
    ),
    _answer("close_fulfillment_order", CloseFulfillmentOrder, "close/", "29 Next, FulfillmentOrderClose"),
)
