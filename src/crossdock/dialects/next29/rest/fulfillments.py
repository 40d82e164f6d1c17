"""Fulfillments: units that left a location, in one or several parcels. Source: 29 Next Admin API 2024-04-01, section
fulfillments of fulfillment orders and of orders, FulfillmentResponse, CreateFulfillment, AddOrderShipmentTracking."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from crossdock.dialects.next29.carriers import read_carrier, slug_of, write_carrier
from crossdock.dialects.next29.fields import Fields, body_of, path_id, path_order, whole_body
from crossdock.dialects.next29.rest.goods import write_goods
from crossdock.dialects.next29.rest.requests import read_line_quantities, write_line_quantities
from crossdock.dialects.next29.scopes import READ_ORDERS, READS_WORK, WRITE_ORDERS, WRITES_WORK
from crossdock.dialects.next29.wire import Rendering, order_number, write_address, write_optional_time, write_time
from crossdock.dialects.operation import Call, Json, NotExpressible, Operation, Unreadable
from crossdock.domain.carriers import completed
from crossdock.domain.commands import CreateFulfillment, FulfillmentGroup, FulfillOrderLines
from crossdock.domain.decisions import FulfillmentCreated
from crossdock.domain.order_status import next_delivery_status
from crossdock.domain.orders import Fulfillment, FulfillmentLine, FulfillmentStatus, Order, Tracking
from crossdock.domain.queries import FulfillmentFound, GetFulfillment, ListFulfillments, Page, Window
from crossdock.domain.refusals import NothingToFulfill
from crossdock.domain.shipment import until_delivered
from crossdock.domain.work import BookedFulfillment

OF_FULFILLMENT_ORDER = "fulfillment-orders/{id}/fulfillments/"
OF_ORDER = "orders/{number}/fulfillments/"
ONE_OF_ORDER = f"{OF_ORDER}{{fulfillmentId}}/"
FULFILLMENT_ID = "fulfillmentId"
MOST_PARCELS = 100
LONGEST_LINK = 2000
_JOINED = ", "
_ALL = Window(limit=10_000)  # these lists come whole

_STATUSES: Mapping[FulfillmentStatus, str] = {
    FulfillmentStatus.SUCCESS: "success",
    FulfillmentStatus.CANCELLED: "canceled",
}

Written = FulfillmentCreated | FulfillmentFound


def write_fulfillment(order: Order, fulfillment: Fulfillment, context: Rendering) -> dict[str, Json]:
    """Write a fulfillment. Of what every parcel has there is the first one's, and that of all, joined."""
    trackings = [completed(tracking) for tracking in fulfillment.tracking]
    codes = [each.number for each in trackings if each.number]
    links = [each.url for each in trackings if each.url]
    carriers = [slug_of(each.company) for each in trackings]
    told = until_delivered(fulfillment.events)
    status = next_delivery_status(order, fulfillment.id)
    return {
        "id": fulfillment.id,
        "order_number": order_number(order),
        "location_id": fulfillment.location_id,
        "status": _STATUSES[fulfillment.status],
        "delivery_status": status.value if status else None,
        "created_at": write_time(fulfillment.created_at, context.shop),
        "last_event_date": write_optional_time(told[-1].happened_at if told else None, context.shop),
        "line_items": [_write_line(order, fulfillment, line, context) for line in fulfillment.lines],
        "origin_address": write_address(context.locations[fulfillment.location_id].address),
        "requires_shipping": any(order.line(line.order_line_id).requires_shipping for line in fulfillment.lines),
        "shipping_method": order.shipping_title or order.shipping_code or "",
        "tracking_carrier": _first(carriers),
        "tracking_carriers": _JOINED.join(carriers),
        "tracking_code": _first(codes),
        "tracking_codes": _JOINED.join(codes),
        "tracking_link": _first(links),
        "tracking_links": _JOINED.join(links),
    }


def _first(texts: list[str]) -> str:
    return texts[0] if texts else ""


def _write_line(order: Order, fulfillment: Fulfillment, part: FulfillmentLine, context: Rendering) -> dict[str, Json]:
    line = order.line(part.order_line_id)
    shipped = part.quantity if fulfillment.status is FulfillmentStatus.SUCCESS else 0
    return {
        "id": part.id,
        "order_line_id": part.order_line_id,
        **write_goods(order, line, quantity=part.quantity, context=context),
        "quantity": part.quantity,
        "fulfilled_quantity": shipped,
        "returnable_quantity": shipped,
        "returned_quantity": 0,
        "requires_shipping": line.requires_shipping,
        "fulfillment_service": fulfillment.service_handle,
    }


def read_fulfillment(fields: Fields) -> BookedFulfillment:
    """Read a fulfillment. An order's number is its id to whoever asks."""
    status = fields.need("status", fields.text("status"))
    codes = fields.text("tracking_codes") or fields.text("tracking_code") or ""
    return BookedFulfillment(
        id=fields.need("id", fields.identity("id")),
        order_id=fields.need("order_number", fields.identity("order_number")),
        location_id=fields.need("location_id", fields.identity("location_id")),
        name=None,
        status=next((ours.value for ours, theirs in _STATUSES.items() if theirs == status), status),
        tracking_numbers=tuple(code for part in codes.split(",") if (code := part.strip())),
    )


# -- of a fulfillment order --------------------------------------------------------------------------------------------


def _encode_create(command: CreateFulfillment) -> Call:
    """A message to nobody has no place here, and is left out."""
    if len(command.groups) != 1:
        raise NotExpressible("a fulfillment of several fulfillment orders")
    (group,) = command.groups
    body: dict[str, Json] = {"notify": command.notify_customer, **write_line_quantities(group.lines)}
    if command.tracking:
        body["tracking_info"] = [_write_tracking(tracking) for tracking in command.tracking]
    return Call(method="POST", path=f"fulfillment-orders/{group.fulfillment_order_id}/fulfillments/", body=body)


def _decode_create(call: Call) -> CreateFulfillment:
    fields = body_of(call)
    parcels = fields.each("tracking_info") or ()
    if len(parcels) > MOST_PARCELS:
        raise fields.wrong("tracking_info", f"Ensure this field has no more than {MOST_PARCELS} elements.")
    fulfillment_order_id = path_id(call, "id", "fulfillment order")
    notify = fields.flag("notify")
    return CreateFulfillment(
        groups=(FulfillmentGroup(fulfillment_order_id=fulfillment_order_id, lines=read_line_quantities(fields)),),
        tracking=tuple(_read_tracking(parcel) for parcel in parcels),
        notify_customer=True if notify is None else notify,
        only_while_going_on=True,
    )


def _write_tracking(tracking: Tracking) -> Json:
    """Write the tracking of a parcel as a caller tells it."""
    return {
        **write_carrier(tracking),
        **({"tracking_code": tracking.number} if tracking.number else {}),
        **({"tracking_link": tracking.url} if tracking.url else {}),
    }


def _read_tracking(fields: Fields) -> Tracking:
    link = _read_link(fields)
    if link is not None and not _is_address(link):
        raise fields.wrong("tracking_link", "Enter a valid URL.")
    return Tracking(number=_read_code(fields), company=fields.need("carrier", read_carrier(fields)), url=link)


def _read_code(fields: Fields) -> str | None:
    return (fields.line("tracking_code") or "").strip() or None


def _read_link(fields: Fields) -> str | None:
    return (fields.line("tracking_link", LONGEST_LINK) or "").strip() or None


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(each.isspace() for each in text)


def _encode_list_of_fulfillment_order(query: ListFulfillments) -> Call:
    if query.fulfillment_order_id is None or query.order_id is not None:
        raise NotExpressible("fulfillments of anything but one fulfillment order, by this call")
    return Call(method="GET", path=f"fulfillment-orders/{query.fulfillment_order_id}/fulfillments/")


def _decode_list_of_fulfillment_order(call: Call) -> ListFulfillments:
    return ListFulfillments(fulfillment_order_id=path_id(call, "id", "fulfillment order"), window=_ALL)


# -- of an order -------------------------------------------------------------------------------------------------------


def _encode_fulfill_lines(command: FulfillOrderLines) -> Call:
    if len(command.tracking) > 1:
        raise NotExpressible("several parcels of one fulfillment, by this call")
    body: dict[str, Json] = {"send_shipped_notification": command.notify_customer}
    for tracking in command.tracking:
        told = _write_tracking(tracking)
        body |= {name: told[name] for name in ("carrier", "tracking_code", "tracking_link") if name in told}
    if command.order_line_ids is not None:
        body["lines"] = list(command.order_line_ids)
    return Call(method="POST", path=f"orders/{command.order_id}/fulfillments/", body=body)


def _decode_fulfill_lines(call: Call) -> FulfillOrderLines:
    fields = body_of(call)
    tracking = Tracking(number=_read_code(fields), company=read_carrier(fields), url=_read_link(fields))
    notify = fields.flag("send_shipped_notification")
    return FulfillOrderLines(
        order_id=path_order(call),
        order_line_ids=_read_order_lines(fields),
        tracking=() if tracking == Tracking() else (tracking,),
        notify_customer=True if notify is None else notify,
    )


def _read_order_lines(fields: Fields) -> tuple[int, ...] | None:
    """Read which lines are shipped: all where none are named. What is null names nothing. Raises: NothingToFulfill."""
    named = fields.free("lines")
    if not isinstance(named, list) or None not in named:
        return tuple(dict.fromkeys(fields.identities("lines") or ())) or None
    lines = Fields({"lines": [each for each in named if each is not None]}, fields.path).identities("lines")
    if not lines:
        raise NothingToFulfill
    return tuple(dict.fromkeys(lines))


def _encode_list(query: ListFulfillments) -> Call:
    if query.order_id is None or query.fulfillment_order_id is not None:
        raise NotExpressible("fulfillments of anything but one order, by this call")
    return Call(method="GET", path=f"orders/{query.order_id}/fulfillments/")


def _decode_list(call: Call) -> ListFulfillments:
    return ListFulfillments(order_id=path_order(call), window=_ALL)


def _encode_get(query: GetFulfillment) -> Call:
    return Call(method="GET", path=f"orders/{query.order_id}/fulfillments/{query.fulfillment_id}/")


def _decode_get(call: Call) -> GetFulfillment:
    return GetFulfillment(order_id=path_order(call), fulfillment_id=path_id(call, FULFILLMENT_ID, "fulfillment"))


# -- both --------------------------------------------------------------------------------------------------------------


def _encode_one(found: Written, context: Rendering) -> Json:
    return write_fulfillment(found.order, found.fulfillment, context)


def _decode_one(answer: Json) -> BookedFulfillment:
    return read_fulfillment(whole_body(answer))


def _encode_many(page: Page[FulfillmentFound], context: Rendering) -> Json:
    return [write_fulfillment(found.order, found.fulfillment, context) for found in page.items]


def items_of(answer: Json) -> Iterable[Fields]:
    """Return the items of a list that comes whole; one object alone, as it is documented, is a list of one."""
    items = [answer] if isinstance(answer, dict) else answer
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Unreadable("", "Expected a list of items.")
    return (Fields(item, f"[{position}]") for position, item in enumerate(items))


def _decode_many(answer: Json) -> tuple[BookedFulfillment, ...]:
    return tuple(read_fulfillment(fields) for fields in items_of(answer))


CREATE = Operation(
    name="create_fulfillment",
    command=CreateFulfillment,
    method="POST",
    path=OF_FULFILLMENT_ORDER,
    scopes=WRITES_WORK,
    encode=_encode_create,
    decode=_decode_create,
    encode_result=_encode_one,
    decode_result=_decode_one,
    status=201,
    source="29 Next Admin API 2024-04-01, fulfillmentsCreate; live stores answered 200",
)
LIST_OF_FULFILLMENT_ORDER = Operation(
    name="list_fulfillments_of_fulfillment_order",
    command=ListFulfillments,
    method="GET",
    path=OF_FULFILLMENT_ORDER,
    scopes=READS_WORK,
    encode=_encode_list_of_fulfillment_order,
    decode=_decode_list_of_fulfillment_order,
    encode_result=_encode_many,
    decode_result=_decode_many,
    writes=False,
    source="29 Next Admin API 2024-04-01, fulfillmentsRetrieve; that it is a list is inferred",
)
FULFILL_LINES = Operation(
    name="create_fulfillment_of_order",
    command=FulfillOrderLines,
    method="POST",
    path=OF_ORDER,
    scopes=frozenset({WRITE_ORDERS}),
    encode=_encode_fulfill_lines,
    decode=_decode_fulfill_lines,
    encode_result=_encode_one,
    decode_result=_decode_one,
    status=201,
    source="29 Next Admin API 2024-04-01, ordersFulfillmentsCreate",
)
LIST = Operation(
    name="list_fulfillments",
    command=ListFulfillments,
    method="GET",
    path=OF_ORDER,
    scopes=frozenset({READ_ORDERS}),
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_many,
    decode_result=_decode_many,
    writes=False,
    source="29 Next Admin API 2024-04-01, ordersFulfillmentsRetrieve; that it is a list is inferred",
)
GET = Operation(
    name="get_fulfillment",
    command=GetFulfillment,
    method="GET",
    path=ONE_OF_ORDER,
    scopes=frozenset({READ_ORDERS}),
    encode=_encode_get,
    decode=_decode_get,
    encode_result=_encode_one,
    decode_result=_decode_one,
    writes=False,
    source="29 Next Admin API 2024-04-01, ordersFulfillmentRetrieve",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (CREATE, LIST_OF_FULFILLMENT_ORDER, FULFILL_LINES, LIST, GET)
