"""FulfillmentEvent: what the carrier says of a parcel. Source: Shopify REST FulfillmentEvent."""

from collections.abc import Iterable
from typing import Any

from crossdock.dialects.operation import Call, Json, NotExpressible, Operation
from crossdock.dialects.shopify.fields import Fields, answered, answered_list, path_id, root
from crossdock.dialects.shopify.rest.actions import decode_nothing, encode_nothing
from crossdock.dialects.shopify.rest.shipments import read_shipment_status, write_shipment_status
from crossdock.dialects.shopify.scopes import READ_ORDERS, WRITE_ORDERS
from crossdock.dialects.shopify.wire import Rendering, gid, without_nothing, write_optional_time, write_time
from crossdock.domain.commands import AddCarrierEvent, RemoveCarrierEvent
from crossdock.domain.decisions import CarrierEventAdded
from crossdock.domain.queries import CarrierEventFound, GetCarrierEvent, ListCarrierEvents
from crossdock.domain.shipment import CarrierEvent

_SENT = "event"  # the root of a request; answers have another
_ROOT = "fulfillment_event"
_ROOTS = "fulfillment_events"
_PATH = "orders/{order_id}/fulfillments/{fulfillment_id}/events"
_READ = frozenset({READ_ORDERS})
_WRITE = frozenset({WRITE_ORDERS})
_DEPRECATED = "https://shopify.dev/docs/api/admin-rest/latest/resources/fulfillmentevent"


def write_event(found: CarrierEventFound | CarrierEventAdded, context: Rendering) -> dict[str, Json]:
    """Write a carrier event."""
    event = found.event
    return {
        "id": event.id,
        "fulfillment_id": found.fulfillment.id,
        "status": write_shipment_status(event.status),
        "message": event.message,
        "happened_at": write_time(event.happened_at, context.shop),
        "city": event.city,
        "province": event.province,
        "country": event.country,
        "zip": event.zip,
        "address1": event.address1,
        "latitude": event.latitude,
        "longitude": event.longitude,
        "shop_id": context.shop.id,
        "created_at": write_time(event.created_at, context.shop),
        "updated_at": write_time(event.created_at, context.shop),
        "estimated_delivery_at": write_optional_time(event.estimated_delivery_at, context.shop),
        "order_id": found.order.id,
        "admin_graphql_api_id": gid("FulfillmentEvent", event.id),
    }


def _read_event(fields: Fields) -> CarrierEvent:
    return CarrierEvent(
        id=fields.need("id", fields.identity("id")),
        status=fields.need("status", read_shipment_status(fields)),
        happened_at=fields.need("happened_at", fields.time("happened_at")),
        created_at=fields.need("created_at", fields.time("created_at")),
        message=fields.text("message"),
        estimated_delivery_at=fields.time("estimated_delivery_at"),
        address1=fields.text("address1"),
        city=fields.text("city"),
        province=fields.text("province"),
        zip=fields.text("zip"),
        country=fields.text("country"),
        latitude=fields.decimal("latitude"),
        longitude=fields.decimal("longitude"),
    )


def _path_of(order_id: int | None, fulfillment_id: int) -> str:
    if order_id is None:
        raise NotExpressible("a fulfillment without its order")
    return f"orders/{order_id}/fulfillments/{fulfillment_id}/events"


def _parcel_of(call: Call) -> tuple[int, int]:
    return path_id(call, "order_id", "order"), path_id(call, "fulfillment_id", "fulfillment")


def _encode_add(command: AddCarrierEvent) -> Call:
    happened, expected = command.happened_at, command.estimated_delivery_at
    fields = {
        "status": write_shipment_status(command.status),
        "happened_at": happened.isoformat() if happened else None,
        "message": command.message,
        "estimated_delivery_at": expected.isoformat() if expected else None,
        "address1": command.address1,
        "city": command.city,
        "province": command.province,
        "zip": command.zip,
        "country": command.country,
        "latitude": command.latitude,
        "longitude": command.longitude,
    }
    path = f"{_path_of(command.order_id, command.fulfillment_id)}.json"
    return Call(method="POST", path=path, body={_SENT: without_nothing(fields)})


def _decode_add(call: Call) -> AddCarrierEvent:
    order_id, fulfillment_id = _parcel_of(call)
    fields = root(call, _SENT)
    return AddCarrierEvent(
        order_id=order_id,
        fulfillment_id=fulfillment_id,
        status=fields.need("status", read_shipment_status(fields)),
        happened_at=fields.time("happened_at"),
        message=fields.paragraph("message"),
        estimated_delivery_at=fields.time("estimated_delivery_at"),
        address1=fields.line("address1"),
        city=fields.line("city"),
        province=fields.line("province"),
        zip=fields.line("zip"),
        country=fields.line("country"),
        latitude=fields.decimal("latitude"),
        longitude=fields.decimal("longitude"),
    )


def _encode_list(command: ListCarrierEvents) -> Call:
    return Call(method="GET", path=f"{_path_of(command.order_id, command.fulfillment_id)}.json")


def _decode_list(call: Call) -> ListCarrierEvents:
    order_id, fulfillment_id = _parcel_of(call)
    return ListCarrierEvents(order_id=order_id, fulfillment_id=fulfillment_id)


def _encode_get(command: GetCarrierEvent) -> Call:
    return Call(method="GET", path=f"{_path_of(command.order_id, command.fulfillment_id)}/{command.event_id}.json")


def _decode_get(call: Call) -> GetCarrierEvent:
    order_id, fulfillment_id = _parcel_of(call)
    event_id = path_id(call, "event_id", "fulfillment event")
    return GetCarrierEvent(order_id=order_id, fulfillment_id=fulfillment_id, event_id=event_id)


def _encode_remove(command: RemoveCarrierEvent) -> Call:
    return Call(method="DELETE", path=f"{_path_of(command.order_id, command.fulfillment_id)}/{command.event_id}.json")


def _decode_remove(call: Call) -> RemoveCarrierEvent:
    order_id, fulfillment_id = _parcel_of(call)
    event_id = path_id(call, "event_id", "fulfillment event")
    return RemoveCarrierEvent(order_id=order_id, fulfillment_id=fulfillment_id, event_id=event_id)


def _encode_one(found: CarrierEventFound | CarrierEventAdded, context: Rendering) -> Json:
    return {_ROOT: write_event(found, context)}


def _encode_many(found: Iterable[CarrierEventFound], context: Rendering) -> Json:
    return {_ROOTS: [write_event(each, context) for each in found]}


def _decode_one(answer: Json) -> CarrierEvent:
    return _read_event(answered(answer, _ROOT))


def _decode_many(answer: Json) -> tuple[CarrierEvent, ...]:
    return tuple(_read_event(fields) for fields in answered_list(answer, _ROOTS))


LIST = Operation(
    name="list_fulfillment_events",
    command=ListCarrierEvents,
    method="GET",
    path=f"{_PATH}.json",
    scopes=_READ,
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_many,
    decode_result=_decode_many,
    writes=False,
    source="Shopify REST FulfillmentEvent, list",
)
CREATE = Operation(
    name="create_fulfillment_event",
    command=AddCarrierEvent,
    method="POST",
    path=f"{_PATH}.json",
    scopes=_WRITE,
    encode=_encode_add,
    decode=_decode_add,
    encode_result=_encode_one,
    decode_result=_decode_one,
    status=201,
    source="Shopify REST FulfillmentEvent, create",
)
GET = Operation(
    name="get_fulfillment_event",
    command=GetCarrierEvent,
    method="GET",
    path=f"{_PATH}/{{event_id}}.json",
    scopes=_READ,
    encode=_encode_get,
    decode=_decode_get,
    encode_result=_encode_one,
    decode_result=_decode_one,
    writes=False,
    deprecated=_DEPRECATED,
    source="Shopify REST FulfillmentEvent, read; deprecated",
)
DELETE = Operation(
    name="delete_fulfillment_event",
    command=RemoveCarrierEvent,
    method="DELETE",
    path=f"{_PATH}/{{event_id}}.json",
    scopes=_WRITE,
    encode=_encode_remove,
    decode=_decode_remove,
    encode_result=encode_nothing,
    decode_result=decode_nothing,
    deprecated=_DEPRECATED,
    source="Shopify REST FulfillmentEvent, delete; deprecated",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (LIST, CREATE, GET, DELETE)
