"""The work that a store has for us, and our answers to it.

Source: Shopify GraphQL, assignedFulfillmentOrders, fulfillmentOrder, fulfillmentOrder…Request, fulfillmentOrderClose.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from crossdock.dialects.operation import Json, NotExpressible, Unreadable
from crossdock.dialects.shopify.fields import Fields
from crossdock.dialects.shopify.graphql.asking.question import AnyQuestion, Question
from crossdock.dialects.shopify.graphql.asking.reading import (
    FULFILLMENT_ORDER,
    LINES,
    USER_ERRORS,
    nodes,
    read_fulfillment_order,
    read_known,
    within,
)
from crossdock.dialects.shopify.graphql.ids import gid
from crossdock.dialects.shopify.wire import without_nothing
from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    CloseFulfillmentOrder,
    RejectCancellationRequest,
    RejectFulfillmentRequest,
)
from crossdock.domain.queries import GetFulfillmentOrder, ListAssignedFulfillmentOrders
from crossdock.domain.work import AssignedFulfillmentOrder

# A page of work with its lines stays under what one query may cost. Longer fulfillment orders are asked for alone.
ORDERS_AT_ONCE = 15
LINES_AT_ONCE = 20
LINES_ALONE = 100
_ORDER_POINTS = 12
_LINE_POINTS = 2


def fulfillment_order_gid(number: int) -> str:
    return gid("FulfillmentOrder", number)


def line_gid(number: int) -> str:
    return gid("FulfillmentOrderLineItem", number)


def write_time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")


def _list_variables(command: ListAssignedFulfillmentOrders) -> dict[str, Json]:
    window, status = command.window, command.assignment_status
    if window.after is not None or window.before is not None or window.descending:
        raise NotExpressible("a window without the cursor that a store hands out")
    return {
        "status": status.value.upper() if status else None,
        "locations": [gid("Location", each) for each in command.location_ids] or None,
        "first": min(window.limit, ORDERS_AT_ONCE),
        "after": None,
        "lines": LINES_AT_ONCE,
    }


def _list_points(variables: Mapping[str, Json]) -> int:
    return int(variables["first"]) * (_ORDER_POINTS + _LINE_POINTS * int(variables["lines"]))


def _get_variables(command: GetFulfillmentOrder) -> dict[str, Json]:
    return {"id": fulfillment_order_gid(command.fulfillment_order_id), "after": None, "lines": LINES_ALONE}


def _get_points(variables: Mapping[str, Json]) -> int:
    return _ORDER_POINTS + _LINE_POINTS * int(variables["lines"])


def _reject_variables(command: RejectFulfillmentRequest) -> dict[str, Json]:
    lines = [
        without_nothing(
            {"fulfillmentOrderLineItemId": line_gid(line.fulfillment_order_line_id), "message": line.message}
        )
        for line in command.lines
    ]
    return {
        "id": fulfillment_order_gid(command.fulfillment_order_id),
        "reason": command.reason.value.upper(),
        "message": command.message,
        "lineItems": lines or None,
    }


def _accept_variables(command: AcceptFulfillmentRequest) -> dict[str, Json]:
    return {
        "id": fulfillment_order_gid(command.fulfillment_order_id),
        "message": command.message,
        "estimatedShippedAt": write_time(command.estimated_shipped_at),
    }


def _message_variables(command: Any) -> dict[str, Json]:
    return {"id": fulfillment_order_gid(command.fulfillment_order_id), "message": command.message}


def _told(mutation: str) -> Callable[[Fields], AssignedFulfillmentOrder]:
    """Return the reader of a payload that has the fulfillment order as it is after the mutation."""

    def read(data: Fields) -> AssignedFulfillmentOrder:
        return read_fulfillment_order(within(data, mutation, "fulfillmentOrder"))

    return read


def _message_only(name: str, command: type[Any], mutation: str, source: str) -> AnyQuestion:
    return Question(
        name=name,
        command=command,
        document=f"""mutation {name}($id: ID!, $message: String) {{
  {mutation}(id: $id, message: $message) {{ fulfillmentOrder {{ {FULFILLMENT_ORDER} }} {USER_ERRORS} }}
}}""",
        variables=_message_variables,
        read=_told(mutation),
        source=source,
    )


def join(whole: Any, part: Any) -> Any:
    """Put the parts of a list together, or those of a fulfillment order: its state as read last, and all lines."""
    if isinstance(whole, tuple):
        return (*whole, *part)
    if not isinstance(whole, AssignedFulfillmentOrder) or not isinstance(part, AssignedFulfillmentOrder):
        raise Unreadable("pageInfo", "there is more of what comes in one piece")
    seen = {line.id for line in part.lines}
    lines = (*(line for line in whole.lines if line.id not in seen), *part.lines)
    return replace(part, lines=lines)


LIST_ASSIGNED: Question[ListAssignedFulfillmentOrders, tuple[AssignedFulfillmentOrder, ...]] = Question(
    name="list_assigned_fulfillment_orders",
    command=ListAssignedFulfillmentOrders,
    document=f"""query list_assigned_fulfillment_orders(
  $status: FulfillmentOrderAssignmentStatus, $locations: [ID!], $first: Int!, $after: String, $lines: Int!
) {{
  assignedFulfillmentOrders(assignmentStatus: $status, locationIds: $locations, first: $first, after: $after) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {FULFILLMENT_ORDER} lineItems(first: $lines) {{ {LINES} }} }}
  }}
}}""",
    variables=_list_variables,
    read=lambda data: read_known(nodes(data, "assignedFulfillmentOrders")),
    page=("assignedFulfillmentOrders",),
    points=_list_points,
    source="Shopify GraphQL assignedFulfillmentOrders",
)
GET: Question[GetFulfillmentOrder, AssignedFulfillmentOrder] = Question(
    name="get_fulfillment_order",
    command=GetFulfillmentOrder,
    document=f"""query get_fulfillment_order($id: ID!, $lines: Int!, $after: String) {{
  fulfillmentOrder(id: $id) {{ {FULFILLMENT_ORDER} lineItems(first: $lines, after: $after) {{ {LINES} }} }}
}}""",
    variables=_get_variables,
    read=lambda data: read_fulfillment_order(within(data, "fulfillmentOrder")),
    page=("fulfillmentOrder", "lineItems"),
    points=_get_points,
    source="Shopify GraphQL fulfillmentOrder",
)
ACCEPT: Question[AcceptFulfillmentRequest, AssignedFulfillmentOrder] = Question(
    name="accept_fulfillment_request",
    command=AcceptFulfillmentRequest,
    document=f"""mutation accept_fulfillment_request($id: ID!, $message: String, $estimatedShippedAt: DateTime) {{
  fulfillmentOrderAcceptFulfillmentRequest(id: $id, message: $message, estimatedShippedAt: $estimatedShippedAt) {{
    fulfillmentOrder {{ {FULFILLMENT_ORDER} }} {USER_ERRORS}
  }}
}}""",
    variables=_accept_variables,
    read=_told("fulfillmentOrderAcceptFulfillmentRequest"),
    source="Shopify GraphQL fulfillmentOrderAcceptFulfillmentRequest",
)
REJECT: Question[RejectFulfillmentRequest, AssignedFulfillmentOrder] = Question(
    name="reject_fulfillment_request",
    command=RejectFulfillmentRequest,
    document=f"""mutation reject_fulfillment_request(
  $id: ID!, $reason: FulfillmentOrderRejectionReason, $message: String, $lineItems: [IncomingRequestLineItemInput!]
) {{
  fulfillmentOrderRejectFulfillmentRequest(id: $id, reason: $reason, message: $message, lineItems: $lineItems) {{
    fulfillmentOrder {{ {FULFILLMENT_ORDER} }} {USER_ERRORS}
  }}
}}""",
    variables=_reject_variables,
    read=_told("fulfillmentOrderRejectFulfillmentRequest"),
    source="Shopify GraphQL fulfillmentOrderRejectFulfillmentRequest",
)
ACCEPT_CANCELLATION = _message_only(
    "accept_cancellation_request",
    AcceptCancellationRequest,
    "fulfillmentOrderAcceptCancellationRequest",
    "Shopify GraphQL fulfillmentOrderAcceptCancellationRequest",
)
REJECT_CANCELLATION = _message_only(
    "reject_cancellation_request",
    RejectCancellationRequest,
    "fulfillmentOrderRejectCancellationRequest",
    "Shopify GraphQL fulfillmentOrderRejectCancellationRequest",
)
CLOSE = _message_only(
    "close_fulfillment_order", CloseFulfillmentOrder, "fulfillmentOrderClose", "Shopify GraphQL fulfillmentOrderClose"
)
QUESTIONS: tuple[AnyQuestion, ...] = (
    LIST_ASSIGNED,
    GET,
    ACCEPT,
    REJECT,
    ACCEPT_CANCELLATION,
    REJECT_CANCELLATION,
    CLOSE,
)
