"""FulfillmentOrder and AssignedFulfillmentOrder.

Shopify serialises fulfillment orders in three shapes that differ in two keys; all four keys are always sent, which
every client tested takes. Source: Shopify REST FulfillmentOrder, AssignedFulfillmentOrder.
"""

from collections.abc import Iterable
from typing import Any

from crossdock.dialects.operation import Call, Json, Operation
from crossdock.dialects.shopify.fields import (
    Fields,
    Parameters,
    answered,
    answered_list,
    path_id,
)
from crossdock.dialects.shopify.paging import open_list, write_window
from crossdock.dialects.shopify.scopes import READ_FULFILLMENT_ORDERS
from crossdock.dialects.shopify.wire import (
    Rendering,
    country_of,
    write_optional_time,
    write_time,
)
from crossdock.domain.countries import country_code
from crossdock.domain.decisions import FulfillmentOrderChanged
from crossdock.domain.orders import FulfillmentOrder, MerchantRequest, Order, RequestKind, supported_actions
from crossdock.domain.places import Address, Location
from crossdock.domain.queries import (
    AssignmentStatus,
    FulfillmentOrderFound,
    GetFulfillmentOrder,
    ListAssignedFulfillmentOrders,
    ListFulfillmentOrders,
    Page,
)
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.work import AssignedFulfillmentOrder, AssignedLine, AssignedRequest

ROOT = "fulfillment_order"
ROOTS = "fulfillment_orders"
_ASSIGNED_WHOLE = ListAssignedFulfillmentOrders().window


def write_fulfillment_order(
    order: Order, fulfillment_order: FulfillmentOrder, context: Rendering, *, movable: bool | None = None
) -> dict[str, Json]:
    """Write a fulfillment order with the keys of all three shapes. `movable`: another location stocks its items."""
    location = _write_location(context.locations.get(fulfillment_order.location_id), fulfillment_order.location_id)
    fields = {
        "id": fulfillment_order.id,
        "created_at": write_time(fulfillment_order.created_at, context.shop),
        "updated_at": write_time(fulfillment_order.updated_at, context.shop),
        "shop_id": context.shop.id,
        "order_id": order.id,
        "assigned_location_id": fulfillment_order.location_id,
        "request_status": fulfillment_order.request_status.value,
        "status": fulfillment_order.status.value,
        "fulfill_at": write_optional_time(fulfillment_order.fulfill_at, context.shop),
        "fulfill_by": write_optional_time(fulfillment_order.fulfill_by, context.shop),
        "supported_actions": [
            action.value
            for action in supported_actions(order, fulfillment_order, movable=movable, app_id=context.app_id)
        ],
        "destination": _write_destination(order, fulfillment_order),
        "line_items": _write_lines(fulfillment_order, context),
        "international_duties": None,
        "fulfillment_holds": [
            {"reason": hold.reason.value, "reason_notes": hold.notes} for hold in fulfillment_order.holds
        ],
        "delivery_method": _write_delivery_method(order, fulfillment_order),
        "assigned_location": location,
        "origin": location,
        "merchant_requests": [
            {**_write_request(request, context), "response_data": None} for request in fulfillment_order.requests
        ],
        "outgoing_requests": [
            _write_request(request, context) for request in fulfillment_order.requests if request.answer is None
        ],
    }
    return fields | (_write_order_reference(order, context) if context.order_reference else {})


def _write_order_reference(order: Order, context: Rendering) -> dict[str, Json]:
    return {
        "order_name": order.name,
        "order_processed_at": write_time(order.processed_at, context.shop),
        "channel_id": None,
    }


def _write_destination(order: Order, fulfillment_order: FulfillmentOrder) -> Json:
    # Every fulfillment order has a destination of its own, so its own id names it.
    address = order.shipping_address
    if address is None:
        return None
    return {
        "id": fulfillment_order.id,
        "address1": address.address1,
        "address2": address.address2,
        "city": address.city,
        "company": address.company,
        "country": country_of(address),
        "email": order.email,
        "first_name": address.first_name,
        "last_name": address.last_name,
        "phone": address.phone,
        "province": address.province or address.province_code,
        "zip": address.zip,
    }


def _write_lines(fulfillment_order: FulfillmentOrder, context: Rendering) -> list[Json]:
    return [
        {
            "id": line.id,
            "shop_id": context.shop.id,
            "fulfillment_order_id": fulfillment_order.id,
            "quantity": line.quantity,
            "line_item_id": line.order_line_id,
            "inventory_item_id": line.inventory_item_id,
            "fulfillable_quantity": line.remaining,
            "variant_id": line.variant_id,
        }
        for line in fulfillment_order.lines
    ]


def _write_delivery_method(order: Order, fulfillment_order: FulfillmentOrder) -> Json:
    shipped = {line.id for line in order.lines if line.requires_shipping}
    ships = any(line.order_line_id in shipped for line in fulfillment_order.lines)
    return {
        "id": fulfillment_order.id,
        "method_type": "shipping" if ships else "none",
        "min_delivery_date_time": None,
        "max_delivery_date_time": None,
        "additional_information": {
            "phone": None,
            "instructions": None,
            "failed_carriers": None,
            "pickup_point_id": None,
        },
        "service_code": order.shipping_code,
        "detailed_branded_promise": None,
        "source_reference": None,
        "presented_name": order.shipping_title,
    }


def _write_location(location: Location | None, location_id: int) -> Json:
    address = location.address if location else Address()
    return {
        "address1": address.address1,
        "address2": address.address2,
        "city": address.city,
        "country_code": address.country_code,
        "location_id": location_id,
        "name": location.name if location else None,
        "phone": address.phone,
        "province": address.province or address.province_code,
        "zip": address.zip,
    }


def _write_request(request: MerchantRequest, context: Rendering) -> dict[str, Json]:
    asks_to_ship = request.kind is RequestKind.FULFILLMENT
    return {
        "message": request.message,
        "request_options": {"notify_customer": request.notify_customer} if asks_to_ship else {},
        "sent_at": write_time(request.sent_at, context.shop),
        "kind": request.kind.value,
    }


def read_fulfillment_order(fields: Fields) -> AssignedFulfillmentOrder:
    """Read a fulfillment order in any of the three shapes."""
    location_id = fields.need("assigned_location_id", fields.identity("assigned_location_id"))
    requests = fields.each("outgoing_requests")
    if requests is None:
        requests = fields.each("merchant_requests") or ()
    destination = fields.within("destination")
    return AssignedFulfillmentOrder(
        id=fields.need("id", fields.identity("id")),
        order_id=fields.need("order_id", fields.identity("order_id")),
        location_id=location_id,
        status=fields.need("status", fields.word("status", Status)),
        request_status=fields.need("request_status", fields.word("request_status", RequestStatus)),
        lines=tuple(_read_line(line) for line in fields.each("line_items") or ()),
        updated_at=fields.need("updated_at", fields.time("updated_at")),
        created_at=fields.need("created_at", fields.time("created_at")),
        order_name=fields.text("order_name"),
        destination=_read_destination(destination) if destination else None,
        requests=tuple(_read_request(request) for request in requests),
    )


def _read_line(fields: Fields) -> AssignedLine:
    quantity = fields.need("quantity", fields.whole("quantity"))
    remaining = fields.whole("fulfillable_quantity")
    return AssignedLine(
        id=fields.need("id", fields.identity("id")),
        order_line_id=fields.need("line_item_id", fields.identity("line_item_id")),
        quantity=quantity,
        remaining=quantity if remaining is None else remaining,
        inventory_item_id=fields.identity("inventory_item_id"),
        variant_id=fields.identity("variant_id"),
    )


def _read_destination(fields: Fields) -> Address:
    country = fields.text("country")
    return Address(
        first_name=fields.text("first_name"),
        last_name=fields.text("last_name"),
        company=fields.text("company"),
        address1=fields.text("address1"),
        address2=fields.text("address2"),
        city=fields.text("city"),
        province=fields.text("province"),
        zip=fields.text("zip"),
        country=country,
        country_code=country_code(country) if country else None,
        phone=fields.text("phone"),
    )


def _read_request(fields: Fields) -> AssignedRequest:
    options = fields.within("request_options")
    return AssignedRequest(
        kind=fields.need("kind", fields.word("kind", RequestKind)),
        sent_at=fields.need("sent_at", fields.time("sent_at")),
        message=fields.text("message"),
        notify_customer=bool(options and options.flag("notify_customer")),
    )


Written = FulfillmentOrderFound | FulfillmentOrderChanged


def _write(result: Written, context: Rendering) -> Json:
    movable = result.movable if isinstance(result, FulfillmentOrderFound) else None
    return write_fulfillment_order(result.order, result.fulfillment_order, context, movable=movable)


def encode_one(result: Written, context: Rendering) -> Json:
    return {ROOT: _write(result, context)}


def decode_one(answer: Json) -> AssignedFulfillmentOrder:
    return read_fulfillment_order(answered(answer, ROOT))


def _encode_many(results: Iterable[Written], context: Rendering) -> Json:
    return {ROOTS: [_write(each, context) for each in results]}


def _encode_page(page: Page[FulfillmentOrderFound], context: Rendering) -> Json:
    return _encode_many(page.items, context)


def _decode_many(answer: Json) -> tuple[AssignedFulfillmentOrder, ...]:
    return tuple(read_fulfillment_order(fields) for fields in answered_list(answer, ROOTS))


def _order_reference(asked: bool) -> tuple[tuple[str, str], ...]:
    return (("include_order_reference_fields", "true"),) if asked else ()


def _encode_list(command: ListFulfillmentOrders) -> Call:
    path = f"orders/{command.order_id}/fulfillment_orders.json"
    return Call(method="GET", path=path, query=_order_reference(command.order_reference))


def _decode_list(call: Call) -> ListFulfillmentOrders:
    return ListFulfillmentOrders(
        order_id=path_id(call, "order_id", "order"),
        order_reference=Parameters(call.query).flag("include_order_reference_fields"),
    )


def _encode_get(command: GetFulfillmentOrder) -> Call:
    path = f"fulfillment_orders/{command.fulfillment_order_id}.json"
    return Call(method="GET", path=path, query=_order_reference(command.order_reference))


def _decode_get(call: Call) -> GetFulfillmentOrder:
    return GetFulfillmentOrder(
        fulfillment_order_id=path_id(call, "fulfillment_order_id", "fulfillment order"),
        order_reference=Parameters(call.query).flag("include_order_reference_fields"),
    )


def _encode_assigned(command: ListAssignedFulfillmentOrders) -> Call:
    status = command.assignment_status
    return Call(
        method="GET",
        path="assigned_fulfillment_orders.json",
        query=(
            *((("assignment_status", status.value),) if status else ()),
            *(("location_ids[]", str(location_id)) for location_id in command.location_ids),
            *_order_reference(command.order_reference),
            *write_window(command.window, _ASSIGNED_WHOLE),
        ),
    )


def _decode_assigned(call: Call) -> ListAssignedFulfillmentOrders:
    parameters, window = open_list(call, _ASSIGNED_WHOLE)
    status = parameters.choice("assignment_status", tuple(AssignmentStatus))
    return ListAssignedFulfillmentOrders(
        assignment_status=AssignmentStatus(status) if status else None,
        location_ids=parameters.ids("location_ids"),
        order_reference=parameters.flag("include_order_reference_fields"),
        window=window,
    )


LIST = Operation(
    name="list_fulfillment_orders",
    command=ListFulfillmentOrders,
    method="GET",
    path="orders/{order_id}/fulfillment_orders.json",
    scopes=READ_FULFILLMENT_ORDERS,
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_many,
    decode_result=_decode_many,
    writes=False,
    source="Shopify REST FulfillmentOrder, list by order",
)
GET = Operation(
    name="get_fulfillment_order",
    command=GetFulfillmentOrder,
    method="GET",
    path="fulfillment_orders/{fulfillment_order_id}.json",
    scopes=READ_FULFILLMENT_ORDERS,
    encode=_encode_get,
    decode=_decode_get,
    encode_result=encode_one,
    decode_result=decode_one,
    writes=False,
    source="Shopify REST FulfillmentOrder",
)
LIST_ASSIGNED = Operation(
    name="list_assigned_fulfillment_orders",
    command=ListAssignedFulfillmentOrders,
    method="GET",
    path="assigned_fulfillment_orders.json",
    scopes=frozenset({"read_assigned_fulfillment_orders"}),
    encode=_encode_assigned,
    decode=_decode_assigned,
    encode_result=_encode_page,
    decode_result=_decode_many,
    writes=False,
    source="Shopify REST AssignedFulfillmentOrder; limit, page_info and order reference fields are ours",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (LIST, GET, LIST_ASSIGNED)
