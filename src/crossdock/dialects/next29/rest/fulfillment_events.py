"""FulfillmentEvent: what the carrier says of a fulfillment. Source: 29 Next Admin API 2024-04-01, FulfillmentEvent.

The same event twice is one, and nothing after the delivery counts (changelog of 2024-08-14 and 2024-12-04): both are
the engine's.
"""

from collections.abc import Iterable
from typing import Any

from crossdock.dialects.next29.fields import Fields, body_of, path_id, path_order, whole_body
from crossdock.dialects.next29.rest.fulfillments import FULFILLMENT_ID, ONE_OF_ORDER, items_of
from crossdock.dialects.next29.rest.nothing import decode_nothing, encode_nothing
from crossdock.dialects.next29.scopes import READ_ORDERS, WRITE_ORDERS
from crossdock.dialects.next29.wire import Rendering, order_number, write_optional_time, write_time
from crossdock.dialects.operation import Call, Json, NotExpressible, Operation
from crossdock.domain.commands import AddCarrierEvent, RemoveCarrierEvent
from crossdock.domain.decisions import CarrierEventAdded
from crossdock.domain.queries import CarrierEventFound, GetCarrierEvent, ListCarrierEvents
from crossdock.domain.shipment import CarrierEvent, ShipmentStatus

EVENTS = f"{ONE_OF_ORDER}events/"
EVENT = f"{EVENTS}{{eventId}}/"
_READ = frozenset({READ_ORDERS})
_WRITE = frozenset({WRITE_ORDERS})


def write_event(found: CarrierEventFound | CarrierEventAdded, context: Rendering) -> dict[str, Json]:
    """Write a carrier event."""
    event = found.event
    return {
        "id": event.id,
        "order": order_number(found.order),
        "fulfillment": found.fulfillment.id,
        "status": event.status.value,
        "message": event.message or "",
        "happened_at": write_time(event.happened_at, context.shop),
        "estimated_delivery_at": write_optional_time(event.estimated_delivery_at, context.shop),
        "line1": event.address1 or "",
        "line2": event.address2 or "",
        "city": event.city or "",
        "state": event.province or "",
        "postcode": event.zip or "",
        "country": event.country or "",
        "latitude": event.latitude,
        "longitude": event.longitude,
        "created_at": write_time(event.created_at, context.shop),
        "updated_at": write_time(event.created_at, context.shop),
    }


def read_event(fields: Fields) -> CarrierEvent:
    """Read a carrier event."""
    created_at = fields.need("created_at", fields.time("created_at"))
    return CarrierEvent(
        id=fields.need("id", fields.identity("id")),
        status=fields.need("status", fields.word("status", ShipmentStatus)),
        happened_at=fields.time("happened_at") or created_at,
        created_at=created_at,
        message=fields.text("message") or None,
        estimated_delivery_at=fields.time("estimated_delivery_at"),
        address1=fields.text("line1") or None,
        address2=fields.text("line2") or None,
        city=fields.text("city") or None,
        province=fields.text("state") or None,
        zip=fields.text("postcode") or None,
        country=fields.text("country") or None,
        latitude=fields.decimal("latitude"),
        longitude=fields.decimal("longitude"),
    )


def _encode_add(command: AddCarrierEvent) -> Call:
    happened, expected = command.happened_at, command.estimated_delivery_at
    fields = {
        "status": command.status.value,
        "happened_at": happened.isoformat() if happened else None,
        "message": command.message,
        "estimated_delivery_at": expected.isoformat() if expected else None,
        "line1": command.address1,
        "line2": command.address2,
        "city": command.city,
        "state": command.province,
        "postcode": command.zip,
        "country": command.country,
        "latitude": command.latitude,
        "longitude": command.longitude,
    }
    told = {name: value for name, value in fields.items() if value is not None}
    return Call(method="POST", path=_path_of(command.order_id, command.fulfillment_id), body=told)


def _decode_add(call: Call) -> AddCarrierEvent:
    fields = body_of(call)
    return AddCarrierEvent(
        order_id=path_order(call),
        fulfillment_id=_fulfillment_of(call),
        status=fields.need("status", fields.word("status", ShipmentStatus)),
        happened_at=fields.time("happened_at"),
        message=fields.paragraph("message") or None,
        estimated_delivery_at=fields.time("estimated_delivery_at"),
        address1=fields.line("line1") or None,
        address2=fields.line("line2") or None,
        city=fields.line("city") or None,
        province=fields.line("state") or None,
        zip=fields.line("postcode") or None,
        country=fields.line("country") or None,
        latitude=fields.decimal("latitude"),
        longitude=fields.decimal("longitude"),
    )


def _path_of(order_id: int | None, fulfillment_id: int) -> str:
    if order_id is None:
        raise NotExpressible("a fulfillment without its order")
    return f"orders/{order_id}/fulfillments/{fulfillment_id}/events/"


def _fulfillment_of(call: Call) -> int:
    return path_id(call, FULFILLMENT_ID, "fulfillment")


def _event_of(call: Call) -> int:
    return path_id(call, "eventId", "fulfillment event")


def _encode_list(query: ListCarrierEvents) -> Call:
    return Call(method="GET", path=_path_of(query.order_id, query.fulfillment_id))


def _decode_list(call: Call) -> ListCarrierEvents:
    return ListCarrierEvents(order_id=path_order(call), fulfillment_id=_fulfillment_of(call))


def _encode_get(query: GetCarrierEvent) -> Call:
    return Call(method="GET", path=f"{_path_of(query.order_id, query.fulfillment_id)}{query.event_id}/")


def _decode_get(call: Call) -> GetCarrierEvent:
    return GetCarrierEvent(order_id=path_order(call), fulfillment_id=_fulfillment_of(call), event_id=_event_of(call))


def _encode_remove(command: RemoveCarrierEvent) -> Call:
    return Call(method="DELETE", path=f"{_path_of(command.order_id, command.fulfillment_id)}{command.event_id}/")


def _decode_remove(call: Call) -> RemoveCarrierEvent:
    return RemoveCarrierEvent(order_id=path_order(call), fulfillment_id=_fulfillment_of(call), event_id=_event_of(call))


def _encode_many(found: Iterable[CarrierEventFound], context: Rendering) -> Json:
    return [write_event(each, context) for each in found]


def _decode_one(answer: Json) -> CarrierEvent:
    return read_event(whole_body(answer))


def _decode_many(answer: Json) -> tuple[CarrierEvent, ...]:
    return tuple(read_event(fields) for fields in items_of(answer))


LIST = Operation(
    name="list_fulfillment_events",
    command=ListCarrierEvents,
    method="GET",
    path=EVENTS,
    scopes=_READ,
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_many,
    decode_result=_decode_many,
    writes=False,
    source="29 Next Admin API 2024-04-01, ordersFulfillmentsEventsList; that it is a list is inferred",
)
CREATE = Operation(
    name="create_fulfillment_event",
    command=AddCarrierEvent,
    method="POST",
    path=EVENTS,
    scopes=_WRITE,
    encode=_encode_add,
    decode=_decode_add,
    encode_result=write_event,
    decode_result=_decode_one,
    source="29 Next Admin API 2024-04-01, ordersFulfillmentsEventsCreate",
)
GET = Operation(
    name="get_fulfillment_event",
    command=GetCarrierEvent,
    method="GET",
    path=EVENT,
    scopes=_READ,
    encode=_encode_get,
    decode=_decode_get,
    encode_result=write_event,
    decode_result=_decode_one,
    writes=False,
    source="29 Next Admin API 2024-04-01, ordersFulfillmentsEventsRetrieve",
)
DELETE = Operation(
    name="delete_fulfillment_event",
    command=RemoveCarrierEvent,
    method="DELETE",
    path=EVENT,
    scopes=_WRITE,
    encode=_encode_remove,
    decode=_decode_remove,
    encode_result=encode_nothing,
    decode_result=decode_nothing,
    status=204,
    source="29 Next Admin API 2024-04-01, ordersFulfillmentsEventsDestroy",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (LIST, CREATE, GET, DELETE)
