"""FulfillmentOrder, and the lists of them.

Source: 29 Next Admin API 2024-04-01, fulfillment-orders, assigned-fulfillment-orders. Quantities and ids of a line are
integers, though the file has some of them as texts: there they are method fields.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from crossdock.dialects.next29.fields import Fields, Parameters, path_id, path_order, whole_body
from crossdock.dialects.next29.paging import NEWEST_FIRST, open_list, read_page, write_page, write_window
from crossdock.dialects.next29.rest.goods import write_goods
from crossdock.dialects.next29.rest.locations import write_location
from crossdock.dialects.next29.scopes import READ_ORDERS, READ_SERVICE, READS_WORK
from crossdock.dialects.next29.wire import (
    Rendering,
    order_number,
    read_order_number,
    write_person_address,
    write_time,
)
from crossdock.dialects.next29.words import (
    REQUESTS,
    hold_word,
    read_request_status,
    read_status,
    request_word,
)
from crossdock.dialects.operation import Call, Json, NotExpressible, Operation, Unreadable
from crossdock.domain.countries import country_code, country_name
from crossdock.domain.decisions import FulfillmentOrderChanged, FulfillmentOrderHeld
from crossdock.domain.orders import FIRST_ORDER_NUMBER, FulfillmentOrder, FulfillmentOrderLine, Order
from crossdock.domain.places import Address
from crossdock.domain.queries import (
    AssignmentStatus,
    FulfillmentOrderFound,
    GetFulfillmentOrder,
    ListAssignedFulfillmentOrders,
    ListFulfillmentOrders,
    Page,
    Window,
)
from crossdock.domain.states import RequestStatus
from crossdock.domain.work import AssignedFulfillmentOrder, AssignedLine, AssignedRequest
from crossdock.domain.work_queries import FindFulfillmentOrders
from crossdock.domain.work_status import (
    WorkRequestStatus,
    WorkStatus,
    work_actions,
    work_request_status,
    work_status,
)

KIND = "fulfillment order"
PATH = "fulfillment-orders/{id}/"
_ASKED = frozenset({RequestStatus.SUBMITTED, RequestStatus.CANCELLATION_REQUESTED})
_ASSIGNMENTS = {
    "fulfillment_unrequested": AssignmentStatus.FULFILLMENT_UNSUBMITTED,
    "fulfillment_requested": AssignmentStatus.FULFILLMENT_REQUESTED,
    "fulfillment_accepted": AssignmentStatus.FULFILLMENT_ACCEPTED,
    "cancellation_requested": AssignmentStatus.CANCELLATION_REQUESTED,
}
_ASSIGNMENT_WORDS = {status: word for word, status in _ASSIGNMENTS.items()}


def write_fulfillment_order(
    order: Order, fulfillment_order: FulfillmentOrder, context: Rendering, *, movable: bool | None = None
) -> dict[str, Json]:
    """Write a fulfillment order. `movable`: another location could ship it, where somebody has looked."""
    address = order.shipping_address
    actions = work_actions(order, fulfillment_order, movable=movable, app_id=context.app_id)
    return {
        "id": fulfillment_order.id,
        "order_number": order_number(order),
        "status": work_status(order, fulfillment_order).value,
        "request_status": work_request_status(order, fulfillment_order).value,
        "assigned_location": write_location(context.locations[fulfillment_order.location_id], context),
        "line_items": [_write_line(order, fulfillment_order, line, context) for line in fulfillment_order.lines],
        "shipping_address": write_person_address(address, id=fulfillment_order.id) if address else None,
        "shipping_method": {"code": order.shipping_code or "", "name": order.shipping_title or ""},
        "fulfillment_holds": [
            {
                "reason": hold_word(hold.reason),
                "reason_message": hold.notes or "",
                "created_at": write_time(hold.placed_at, context.shop),
            }
            for hold in fulfillment_order.holds
        ],
        "merchant_requests": [
            {"type": request_word(each.kind), "message": each.message or "", "notify": each.notify_customer}
            for each in fulfillment_order.requests
        ],
        "supported_actions": [action.value for action in actions],
        "created_at": write_time(fulfillment_order.created_at, context.shop),
        "updated_at": write_time(fulfillment_order.updated_at, context.shop),
    }


def _write_line(
    order: Order, fulfillment_order: FulfillmentOrder, line: FulfillmentOrderLine, context: Rendering
) -> dict[str, Json]:
    place = (line.inventory_item_id or 0, fulfillment_order.location_id)
    return {
        "id": line.id,
        "fulfillment_order_id": fulfillment_order.id,
        "order_line_id": line.order_line_id,
        **write_goods(order, order.line(line.order_line_id), quantity=line.quantity, context=context),
        "stockrecord_id": context.level_ids.get(place, 0),
        "quantity": line.quantity,
        # Of what has ended nothing can be fulfilled any more: another one has the units, or nobody wants them.
        "fulfillable_quantity": line.remaining if fulfillment_order.live else 0,
    }


def read_fulfillment_order(fields: Fields) -> AssignedFulfillmentOrder:
    """Read a fulfillment order. An order's id is its number here; a request is as old as what it last changed."""
    number = fields.need("order_number", fields.text("order_number"))
    place = fields.need("assigned_location", fields.within("assigned_location"))
    asked = fields.word("request_status", WorkRequestStatus) or WorkRequestStatus.PENDING
    status = fields.need("status", fields.word("status", WorkStatus))
    address = fields.within("shipping_address")
    return AssignedFulfillmentOrder(
        id=fields.need("id", fields.identity("id")),
        order_id=fields.need("order_number", fields.identity("order_number")),
        location_id=place.need("id", place.identity("id")),
        status=read_status(status, asked),
        request_status=read_request_status(asked),
        lines=tuple(_read_line(line) for line in fields.each("line_items") or ()),
        updated_at=fields.need("updated_at", fields.time("updated_at")),
        created_at=fields.need("created_at", fields.time("created_at")),
        order_name=number,
        destination=_read_address(address) if address else None,
        requests=_read_requests(fields, read_request_status(asked)),
    )


def _read_line(fields: Fields) -> AssignedLine:
    quantity = fields.need("quantity", fields.whole("quantity"))
    remaining = fields.whole("fulfillable_quantity")
    return AssignedLine(
        id=fields.need("id", fields.identity("id")),
        order_line_id=fields.need("order_line_id", fields.identity("order_line_id")),
        quantity=quantity,
        remaining=quantity if remaining is None else remaining,
        sku=fields.text("sku") or None,
    )


def _read_address(fields: Fields) -> Address:
    country = fields.text("country") or ""
    code = country.upper() if len(country) == len("US") else country_code(country)
    return Address(
        first_name=fields.text("first_name") or None,
        last_name=fields.text("last_name") or None,
        address1=fields.text("line1") or None,
        address2=fields.text("line2") or None,
        address3=fields.text("line3") or None,
        city=fields.text("line4") or None,
        province=fields.text("state") or None,
        zip=fields.text("postcode") or None,
        country=(country_name(code) if code else None) or country or None,
        country_code=code,
        phone=fields.text("phone_number") or None,
        notes=fields.text("notes") or None,
    )


def _read_requests(fields: Fields, asked: RequestStatus) -> tuple[AssignedRequest, ...]:
    """Read the requests, oldest first. When they were sent is not told: one that waits is what changed last."""
    created, changed = fields.time("created_at"), fields.time("updated_at")
    told = fields.each("merchant_requests") or ()
    return tuple(
        AssignedRequest(
            kind=each.need("type", each.choice("type", REQUESTS)),
            sent_at=fields.need("created_at", changed if each is told[-1] and asked in _ASKED else created),
            message=each.text("message") or None,
            notify_customer=each.flag("notify") or False,
        )
        for each in told
    )


Written = FulfillmentOrderFound | FulfillmentOrderChanged | FulfillmentOrderHeld


def encode_one(result: Written, context: Rendering) -> Json:
    if isinstance(result, FulfillmentOrderHeld):
        return write_fulfillment_order(result.order, result.held, context)
    movable = result.movable if isinstance(result, FulfillmentOrderFound) else None
    return write_fulfillment_order(result.order, result.fulfillment_order, context, movable=movable)


def decode_one(answer: Json) -> AssignedFulfillmentOrder:
    return read_fulfillment_order(whole_body(answer))


def _encode_all(results: Iterable[Written], context: Rendering) -> Json:
    return [encode_one(each, context) for each in results]


def _decode_all(answer: Json) -> tuple[AssignedFulfillmentOrder, ...]:
    if not isinstance(answer, list):
        raise Unreadable("", "Expected a list of items.")
    return tuple(decode_one(each) for each in answer)


def _encode_page(page: Page[FulfillmentOrderFound], context: Rendering) -> Json:
    return write_page(page, [encode_one(each, context) for each in page.items], context)


def _decode_page(answer: Json) -> tuple[AssignedFulfillmentOrder, ...]:
    return tuple(read_fulfillment_order(fields) for fields in read_page(answer))


def named(call: Call) -> int:
    """Return the fulfillment order that the path names."""
    return path_id(call, "id", KIND)


def path_of(fulfillment_order_id: int, tail: str = "") -> str:
    return PATH.format(id=fulfillment_order_id) + tail


def _encode_find(query: FindFulfillmentOrders) -> Call:
    if query.assigned:
        raise NotExpressible("a search of assigned fulfillment orders")
    number = None if query.order_number is None else str(FIRST_ORDER_NUMBER + query.order_number)
    filters: tuple[tuple[str, Iterable[object]], ...] = (
        ("fulfillment_order_id", query.ids),
        ("order_number", () if number is None else (number,)),
        ("location_id", query.location_ids),
        ("status", query.statuses),
        ("request_status", query.request_statuses),
        ("shipping_method", query.shipping_codes),
        ("product", query.products),
        ("sku", query.skus),
    )
    pairs = tuple((name, str(value)) for name, values in filters for value in values)
    days = _write_days(query.created_from, query.created_to)
    return Call(method="GET", path="fulfillment-orders/", query=(*pairs, *days, *write_window(query.window)))


def _decode_find(call: Call) -> FindFulfillmentOrders:
    parameters, window = open_list(call)
    number = parameters.text("order_number")
    return FindFulfillmentOrders(
        ids=parameters.ids("fulfillment_order_id"),
        # An order's numbers begin with 1: what can be no number matches none.
        order_number=None if number is None else read_order_number(number) or 0,
        location_ids=parameters.ids("location_id"),
        statuses=tuple(WorkStatus(each) for each in parameters.choices("status", tuple(WorkStatus))),
        request_statuses=tuple(
            WorkRequestStatus(each) for each in parameters.choices("request_status", tuple(WorkRequestStatus))
        ),
        shipping_codes=parameters.texts("shipping_method"),
        created_from=parameters.day("date_created_from"),
        created_to=parameters.day("date_created_to"),
        products=parameters.ids("product", "product_id"),
        skus=parameters.texts("sku"),
        window=window,
    )


def _write_days(first: date | None, last: date | None) -> tuple[tuple[str, str], ...]:
    days = (("date_created_from", first), ("date_created_to", last))
    return tuple((name, day.isoformat()) for name, day in days if day is not None)


def _encode_get(query: GetFulfillmentOrder) -> Call:
    return Call(method="GET", path=path_of(query.fulfillment_order_id))


def _decode_get(call: Call) -> GetFulfillmentOrder:
    return GetFulfillmentOrder(fulfillment_order_id=named(call))


def _encode_assigned(query: ListAssignedFulfillmentOrders) -> Call:
    """Write the query; in which order the parts come is the store's to say, and a client reads them all."""
    status = query.assignment_status
    window = query.window
    size = Window(limit=min(window.limit, NEWEST_FIRST.limit), after=window.after, before=window.before)
    return Call(
        method="GET",
        path="assigned-fulfillment-orders/",
        query=(
            *((("assignment_status", _ASSIGNMENT_WORDS[status]),) if status else ()),
            *(("location_id", str(location_id)) for location_id in query.location_ids),
            *_write_days(query.created_from, query.created_to),
            *write_window(size, Window(limit=NEWEST_FIRST.limit)),
        ),
    )


def _decode_assigned(call: Call) -> ListAssignedFulfillmentOrders:
    parameters, window = open_list(call)
    return ListAssignedFulfillmentOrders(
        assignment_status=_read_assignment(parameters),
        location_ids=parameters.ids("location_id"),
        created_from=parameters.day("date_created_from"),
        created_to=parameters.day("date_created_to"),
        plainly=True,
        window=window,
    )


def _read_assignment(parameters: Parameters) -> AssignmentStatus | None:
    words = parameters.choices("assignment_status", _ASSIGNMENTS)
    return _ASSIGNMENTS[words[-1]] if words else None


def _encode_of_order(query: ListFulfillmentOrders) -> Call:
    return Call(method="GET", path=f"orders/{query.order_id}/fulfillment-orders/")


def _decode_of_order(call: Call) -> ListFulfillmentOrders:
    return ListFulfillmentOrders(order_id=path_order(call))


LIST = Operation(
    name="find_fulfillment_orders",
    command=FindFulfillmentOrders,
    method="GET",
    path="fulfillment-orders/",
    scopes=READS_WORK,
    encode=_encode_find,
    decode=_decode_find,
    encode_result=_encode_page,
    decode_result=_decode_page,
    writes=False,
    source="29 Next Admin API, fulfillmentOrdersList; comma-separated lists and product_id as the vendor's tools send",
)
GET = Operation(
    name="get_fulfillment_order",
    command=GetFulfillmentOrder,
    method="GET",
    path=PATH,
    scopes=READS_WORK,
    encode=_encode_get,
    decode=_decode_get,
    encode_result=encode_one,
    decode_result=decode_one,
    writes=False,
    source="29 Next Admin API, fulfillmentOrdersRetrieve",
)
LIST_ASSIGNED = Operation(
    name="list_assigned_fulfillment_orders",
    command=ListAssignedFulfillmentOrders,
    method="GET",
    path="assigned-fulfillment-orders/",
    scopes=frozenset({READ_SERVICE}),
    encode=_encode_assigned,
    decode=_decode_assigned,
    encode_result=_encode_page,
    decode_result=_decode_page,
    writes=False,
    source="29 Next Admin API, assignedFulfillmentOrdersList",
)
LIST_OF_ORDER = Operation(
    name="list_fulfillment_orders",
    command=ListFulfillmentOrders,
    method="GET",
    path="orders/{number}/fulfillment-orders/",
    scopes=frozenset({READ_ORDERS}),
    encode=_encode_of_order,
    decode=_decode_of_order,
    encode_result=_encode_all,
    decode_result=_decode_all,
    writes=False,
    source="29 Next Admin API, ordersFulfillmentOrdersRetrieve; a list, since it has no cursor",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (LIST, GET, LIST_ASSIGNED, LIST_OF_ORDER)
