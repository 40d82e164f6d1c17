"""Fulfillment. Source: Shopify REST Fulfillment."""

from typing import Any

from crossdock.dialects.operation import Call, Json, NotExpressible, Operation
from crossdock.dialects.shopify.fields import Fields, Parameters, answered, answered_list, path_id, root, whole_body
from crossdock.dialects.shopify.paging import open_list, write_window
from crossdock.dialects.shopify.rest.lines import Units, write_line
from crossdock.dialects.shopify.rest.requests import read_line_quantity
from crossdock.dialects.shopify.rest.shipments import write_shipment_status
from crossdock.dialects.shopify.rest.spans import read_spans, write_spans
from crossdock.dialects.shopify.scopes import (
    READ_FULFILLMENT_ORDERS,
    READ_FULFILLMENTS,
    READ_ORDERS,
    WRITE_FULFILLMENT_ORDERS,
)
from crossdock.dialects.shopify.wire import Rendering, gid, without_nothing, write_time
from crossdock.domain.carriers import completed
from crossdock.domain.commands import CreateFulfillment, FulfillmentGroup
from crossdock.domain.decisions import FulfillmentChanged, FulfillmentCreated
from crossdock.domain.orders import Fulfillment, Order, Tracking
from crossdock.domain.queries import CountFulfillments, FulfillmentFound, GetFulfillment, ListFulfillments, Page
from crossdock.domain.refusals import NothingToFulfill
from crossdock.domain.work import BookedFulfillment

ROOT = "fulfillment"
ROOTS = "fulfillments"
_READ = READ_FULFILLMENT_ORDERS | {READ_FULFILLMENTS, READ_ORDERS}
_WHOLE = ListFulfillments().window


def write_fulfillment(order: Order, fulfillment: Fulfillment, units: Units, context: Rendering) -> dict[str, Json]:
    """Write a fulfillment; `units` are those of its order."""
    trackings = [completed(tracking) for tracking in fulfillment.tracking]
    numbers = [tracking.number for tracking in trackings if tracking.number]
    urls = [tracking.url for tracking in trackings if tracking.url]
    status = fulfillment.shipment.status
    return {
        "id": fulfillment.id,
        "admin_graphql_api_id": gid("Fulfillment", fulfillment.id),
        "created_at": write_time(fulfillment.created_at, context.shop),
        "line_items": _write_lines(order, fulfillment, units),
        "location_id": fulfillment.location_id,
        "name": f"{order.name}.{fulfillment.number}",
        "order_id": order.id,
        "origin_address": None,
        "receipt": {},
        "service": fulfillment.service_handle,
        "shipment_status": write_shipment_status(status) if status else None,
        "status": fulfillment.status.value,
        "tracking_company": next((tracking.company for tracking in trackings if tracking.company), None),
        "tracking_number": numbers[0] if numbers else None,
        "tracking_numbers": numbers,
        "tracking_url": urls[0] if urls else None,
        "tracking_urls": urls,
        "updated_at": write_time(fulfillment.updated_at, context.shop),
    }


def _write_lines(order: Order, fulfillment: Fulfillment, units: Units) -> list[Json]:
    """Units of several fulfillment orders on one order line are one line, under the first one's id."""
    by_id = {line.id: line for line in order.lines}
    quantities: dict[int, int] = {}
    ids: dict[int, int] = {}
    for line in fulfillment.lines:
        quantities[line.order_line_id] = quantities.get(line.order_line_id, 0) + line.quantity
        ids.setdefault(line.order_line_id, line.id)
    return [
        write_line(by_id[line_id], order, units, quantity=quantity) | {"fulfillment_line_item_id": ids[line_id]}
        for line_id, quantity in quantities.items()
    ]


def read_fulfillment(fields: Fields) -> BookedFulfillment:
    return BookedFulfillment(
        id=fields.need("id", fields.identity("id")),
        order_id=fields.need("order_id", fields.identity("order_id")),
        location_id=fields.need("location_id", fields.identity("location_id")),
        name=fields.text("name"),
        status=fields.need("status", fields.text("status")),
        tracking_numbers=fields.texts("tracking_numbers"),
    )


def _encode_create(command: CreateFulfillment) -> Call:
    fields = without_nothing(
        {
            "line_items_by_fulfillment_order": [_write_group(group) for group in command.groups],
            "tracking_info": write_tracking(command.tracking),
            "notify_customer": command.notify_customer,
            "message": command.message,
        }
    )
    return Call(method="POST", path="fulfillments.json", body={ROOT: fields})


def _write_group(group: FulfillmentGroup) -> Json:
    lines = None if group.lines is None else [{"id": line.id, "quantity": line.quantity} for line in group.lines]
    return without_nothing({"fulfillment_order_id": group.fulfillment_order_id, "fulfillment_order_line_items": lines})


def write_tracking(trackings: tuple[Tracking, ...]) -> Json:
    """Write tracking; None where there is none. Raises: NotExpressible for several numbers."""
    if len(trackings) > 1:
        raise NotExpressible("several tracking numbers in one fulfillment")
    return next(
        (without_nothing({"number": each.number, "url": each.url, "company": each.company}) for each in trackings),
        None,
    )


def _decode_create(call: Call) -> CreateFulfillment:
    fields = root(call, ROOT)
    groups = fields.each("line_items_by_fulfillment_order")
    if not groups:
        raise NothingToFulfill
    return CreateFulfillment(
        groups=tuple(_read_group(group) for group in groups),
        tracking=read_tracking(fields.within("tracking_info")),
        notify_customer=fields.flag("notify_customer") or False,
        message=fields.paragraph("message"),
    )


def _read_group(fields: Fields) -> FulfillmentGroup:
    lines = fields.each("fulfillment_order_line_items")
    return FulfillmentGroup(
        fulfillment_order_id=fields.need("fulfillment_order_id", fields.identity("fulfillment_order_id")),
        lines=None if lines is None else tuple(read_line_quantity(line) for line in lines),
    )


def read_tracking(fields: Fields | None) -> tuple[Tracking, ...]:
    """Read tracking: of one parcel at the most."""
    if fields is None:
        return ()
    tracking = Tracking(
        number=fields.line("number") or None,
        company=fields.line("company") or None,
        url=fields.paragraph("url") or None,
    )
    return () if tracking == Tracking() else (tracking,)


Written = FulfillmentCreated | FulfillmentChanged | FulfillmentFound


def _write(found: Written, context: Rendering) -> Json:
    units = Units.of(found.order, context.locations)
    return write_fulfillment(found.order, found.fulfillment, units, context)


def encode_one(found: Written, context: Rendering) -> Json:
    """Write a fulfillment under its root."""
    return {ROOT: _write(found, context)}


def decode_one(answer: Json) -> BookedFulfillment:
    """Read a fulfillment under its root."""
    return read_fulfillment(answered(answer, ROOT))


def _encode_page(page: Page[FulfillmentFound], context: Rendering) -> Json:
    return {ROOTS: [_write(found, context) for found in page.items]}


def _decode_many(answer: Json) -> tuple[BookedFulfillment, ...]:
    return tuple(read_fulfillment(fields) for fields in answered_list(answer, ROOTS))


def _encode_list(command: ListFulfillments) -> Call:
    if command.order_id is None or command.fulfillment_order_id is not None:
        raise NotExpressible("fulfillments of anything but one order, by this call")
    return Call(
        method="GET",
        path=f"orders/{command.order_id}/fulfillments.json",
        query=(*write_spans(command.spans), *write_window(command.window, _WHOLE)),
    )


def _decode_list(call: Call) -> ListFulfillments:
    parameters, window = open_list(call, _WHOLE)
    return ListFulfillments(order_id=path_id(call, "order_id", "order"), spans=read_spans(parameters), window=window)


def _encode_list_of_fulfillment_order(command: ListFulfillments) -> Call:
    if command.fulfillment_order_id is None or command.order_id is not None:
        raise NotExpressible("fulfillments of anything but one fulfillment order, by this call")
    return Call(
        method="GET",
        path=f"fulfillment_orders/{command.fulfillment_order_id}/fulfillments.json",
        query=(*write_spans(command.spans), *write_window(command.window, _WHOLE)),
    )


def _decode_list_of_fulfillment_order(call: Call) -> ListFulfillments:
    parameters, window = open_list(call, _WHOLE)
    fulfillment_order_id = path_id(call, "fulfillment_order_id", "fulfillment order")
    return ListFulfillments(fulfillment_order_id=fulfillment_order_id, spans=read_spans(parameters), window=window)


def _encode_get(command: GetFulfillment) -> Call:
    return Call(method="GET", path=f"orders/{command.order_id}/fulfillments/{command.fulfillment_id}.json")


def _decode_get(call: Call) -> GetFulfillment:
    return GetFulfillment(
        order_id=path_id(call, "order_id", "order"), fulfillment_id=path_id(call, "fulfillment_id", "fulfillment")
    )


def _encode_count(command: CountFulfillments) -> Call:
    path = f"orders/{command.order_id}/fulfillments/count.json"
    return Call(method="GET", path=path, query=write_spans(command.spans))


def _decode_count(call: Call) -> CountFulfillments:
    spans = read_spans(Parameters(call.query))
    return CountFulfillments(order_id=path_id(call, "order_id", "order"), spans=spans)


def encode_number(number: int, _context: Any) -> Json:
    """Write the answer to a question for a count."""
    return {"count": number}


def decode_number(answer: Json) -> int:
    fields = whole_body(answer)
    return fields.need("count", fields.whole("count"))


CREATE = Operation(
    name="create_fulfillment",
    command=CreateFulfillment,
    method="POST",
    path="fulfillments.json",
    scopes=WRITE_FULFILLMENT_ORDERS,
    encode=_encode_create,
    decode=_decode_create,
    encode_result=encode_one,
    decode_result=decode_one,
    status=201,
    source="Shopify REST Fulfillment, create for fulfillment orders",
)
LIST = Operation(
    name="list_fulfillments",
    command=ListFulfillments,
    method="GET",
    path="orders/{order_id}/fulfillments.json",
    scopes=_READ,
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_page,
    decode_result=_decode_many,
    writes=False,
    source="Shopify REST Fulfillment, list by order",
)
LIST_OF_FULFILLMENT_ORDER = Operation(
    name="list_fulfillments_of_fulfillment_order",
    command=ListFulfillments,
    method="GET",
    path="fulfillment_orders/{fulfillment_order_id}/fulfillments.json",
    scopes=_READ,
    encode=_encode_list_of_fulfillment_order,
    decode=_decode_list_of_fulfillment_order,
    encode_result=_encode_page,
    decode_result=_decode_many,
    writes=False,
    source="Shopify REST Fulfillment, list by fulfillment order",
)
COUNT = Operation(
    name="count_fulfillments",
    command=CountFulfillments,
    method="GET",
    path="orders/{order_id}/fulfillments/count.json",
    scopes=_READ,
    encode=_encode_count,
    decode=_decode_count,
    encode_result=encode_number,
    decode_result=decode_number,
    writes=False,
    source="Shopify REST Fulfillment, count",
)
GET = Operation(
    name="get_fulfillment",
    command=GetFulfillment,
    method="GET",
    path="orders/{order_id}/fulfillments/{fulfillment_id}.json",
    scopes=_READ,
    encode=_encode_get,
    decode=_decode_get,
    encode_result=encode_one,
    decode_result=decode_one,
    writes=False,
    source="Shopify REST Fulfillment, read",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (CREATE, LIST, LIST_OF_FULFILLMENT_ORDER, COUNT, GET)
