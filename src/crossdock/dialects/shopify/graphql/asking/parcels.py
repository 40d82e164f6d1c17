"""Parcels: booked, their tracking put right, struck, followed on their way, and looked for.

Source: Shopify GraphQL fulfillmentCreate, fulfillmentTrackingInfoUpdate, fulfillmentCancel, fulfillmentEventCreate,
FulfillmentOrder.fulfillments.
"""

from collections.abc import Sequence

from crossdock.dialects.operation import Json, NotExpressible
from crossdock.dialects.shopify.fields import Fields
from crossdock.dialects.shopify.graphql.asking.question import AnyQuestion, Question
from crossdock.dialects.shopify.graphql.asking.reading import (
    FULFILLMENT,
    USER_ERRORS,
    nodes,
    number,
    read_fulfillment,
    within,
)
from crossdock.dialects.shopify.graphql.asking.work import fulfillment_order_gid, line_gid, write_time
from crossdock.dialects.shopify.graphql.ids import gid
from crossdock.dialects.shopify.wire import without_nothing
from crossdock.domain.commands import (
    AddCarrierEvent,
    CancelFulfillment,
    CreateFulfillment,
    FulfillmentGroup,
    UpdateTracking,
)
from crossdock.domain.orders import Tracking
from crossdock.domain.queries import ListFulfillments
from crossdock.domain.work import BookedFulfillment

FULFILLMENTS_AT_ONCE = 50
_FULFILLMENT_POINTS = 5


def _write_group(group: FulfillmentGroup) -> Json:
    lines = (
        None if group.lines is None else [{"id": line_gid(each.id), "quantity": each.quantity} for each in group.lines]
    )
    return without_nothing(
        {
            "fulfillmentOrderId": fulfillment_order_gid(group.fulfillment_order_id),
            "fulfillmentOrderLineItems": lines,
        }
    )


def write_tracking(trackings: Sequence[Tracking]) -> Json:
    """Write tracking: one number plainly, several as lists beside one carrier.

    Raises: NotExpressible for several carriers, or for links to some of several parcels.
    """
    if not trackings:
        return None
    if len({each.company for each in trackings}) > 1:
        raise NotExpressible("several carriers in one fulfillment")
    company = trackings[0].company
    if len(trackings) == 1:
        return without_nothing({"number": trackings[0].number, "url": trackings[0].url, "company": company})
    urls = [each.url for each in trackings if each.url]
    if len(urls) not in {0, len(trackings)} or not all(each.number for each in trackings):
        raise NotExpressible("numbers or links for some of several parcels")
    return without_nothing({"company": company, "numbers": [each.number for each in trackings], "urls": urls or None})


def _create_variables(command: CreateFulfillment) -> dict[str, Json]:
    fulfillment = {
        "lineItemsByFulfillmentOrder": [_write_group(group) for group in command.groups],
        "trackingInfo": write_tracking(command.tracking),
        "notifyCustomer": command.notify_customer,
    }
    return {"fulfillment": without_nothing(fulfillment), "message": command.message}


def _update_variables(command: UpdateTracking) -> dict[str, Json]:
    return {
        "id": gid("Fulfillment", command.fulfillment_id),
        "tracking": write_tracking(command.tracking) or {},
        "notifyCustomer": command.notify_customer,
    }


def _event_variables(command: AddCarrierEvent) -> dict[str, Json]:
    event = {
        "fulfillmentId": gid("Fulfillment", command.fulfillment_id),
        "status": command.status.name,
        "happenedAt": write_time(command.happened_at),
        "estimatedDeliveryAt": write_time(command.estimated_delivery_at),
        "message": command.message,
        "address1": command.address1,
        "city": command.city,
        "province": command.province,
        "zip": command.zip,
        "country": command.country,
        "latitude": command.latitude,
        "longitude": command.longitude,
    }
    return {"event": without_nothing(event)}


def _list_variables(command: ListFulfillments) -> dict[str, Json]:
    if command.fulfillment_order_id is None or command.window != ListFulfillments().window:
        raise NotExpressible("fulfillments of anything but one fulfillment order")
    return {"id": fulfillment_order_gid(command.fulfillment_order_id), "first": FULFILLMENTS_AT_ONCE, "after": None}


def _read_created(data: Fields) -> BookedFulfillment:
    return read_fulfillment(within(data, "fulfillmentCreate", "fulfillment"))


def _read_updated(data: Fields) -> BookedFulfillment:
    return read_fulfillment(within(data, "fulfillmentTrackingInfoUpdate", "fulfillment"))


def _read_cancelled(data: Fields) -> BookedFulfillment:
    return read_fulfillment(within(data, "fulfillmentCancel", "fulfillment"))


def _read_event(data: Fields) -> int:
    """Read the event's id."""
    return number(within(data, "fulfillmentEventCreate", "fulfillmentEvent"))


def _read_list(data: Fields) -> tuple[BookedFulfillment, ...]:
    return tuple(read_fulfillment(each) for each in nodes(data, "fulfillmentOrder", "fulfillments"))


CREATE: Question[CreateFulfillment, BookedFulfillment] = Question(
    name="create_fulfillment",
    command=CreateFulfillment,
    document=f"""mutation create_fulfillment($fulfillment: FulfillmentInput!, $message: String) {{
  fulfillmentCreate(fulfillment: $fulfillment, message: $message) {{
    fulfillment {{ {FULFILLMENT} }} {USER_ERRORS}
  }}
}}""",
    variables=_create_variables,
    read=_read_created,
    source="Shopify GraphQL fulfillmentCreate",
)
UPDATE_TRACKING: Question[UpdateTracking, BookedFulfillment] = Question(
    name="update_tracking",
    command=UpdateTracking,
    document=f"""mutation update_tracking($id: ID!, $tracking: FulfillmentTrackingInput!, $notifyCustomer: Boolean) {{
  fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $tracking, notifyCustomer: $notifyCustomer) {{
    fulfillment {{ {FULFILLMENT} }} {USER_ERRORS}
  }}
}}""",
    variables=_update_variables,
    read=_read_updated,
    source="Shopify GraphQL fulfillmentTrackingInfoUpdate",
)
CANCEL: Question[CancelFulfillment, BookedFulfillment] = Question(
    name="cancel_fulfillment",
    command=CancelFulfillment,
    document=f"""mutation cancel_fulfillment($id: ID!) {{
  fulfillmentCancel(id: $id) {{ fulfillment {{ {FULFILLMENT} }} {USER_ERRORS} }}
}}""",
    variables=lambda command: {"id": gid("Fulfillment", command.fulfillment_id)},
    read=_read_cancelled,
    source="Shopify GraphQL fulfillmentCancel",
)
FOLLOW: Question[AddCarrierEvent, int] = Question(
    name="create_fulfillment_event",
    command=AddCarrierEvent,
    document=f"""mutation create_fulfillment_event($event: FulfillmentEventInput!) {{
  fulfillmentEventCreate(fulfillmentEvent: $event) {{ fulfillmentEvent {{ id }} {USER_ERRORS} }}
}}""",
    variables=_event_variables,
    read=_read_event,
    source="Shopify GraphQL fulfillmentEventCreate",
)
LIST: Question[ListFulfillments, tuple[BookedFulfillment, ...]] = Question(
    name="list_fulfillments_of_fulfillment_order",
    command=ListFulfillments,
    document=f"""query list_fulfillments_of_fulfillment_order($id: ID!, $first: Int!, $after: String) {{
  fulfillmentOrder(id: $id) {{
    fulfillments(first: $first, after: $after) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ {FULFILLMENT} }}
    }}
  }}
}}""",
    variables=_list_variables,
    read=_read_list,
    page=("fulfillmentOrder", "fulfillments"),
    points=lambda variables: _FULFILLMENT_POINTS * int(variables["first"]),
    source="Shopify GraphQL FulfillmentOrder.fulfillments",
)
QUESTIONS: tuple[AnyQuestion, ...] = (CREATE, UPDATE_TRACKING, CANCEL, FOLLOW, LIST)
