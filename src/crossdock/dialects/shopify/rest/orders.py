"""Order: make, list, read, count. Source: Shopify REST Order."""

from typing import Any

from crossdock.dialects.operation import Call, Json, Operation
from crossdock.dialects.shopify.fields import Parameters, answered, answered_list, path_id
from crossdock.dialects.shopify.paging import open_list, write_window
from crossdock.dialects.shopify.rest.fulfillments import decode_number, encode_number
from crossdock.dialects.shopify.rest.new_order import ROOT, decode_create, encode_create
from crossdock.dialects.shopify.rest.order_body import read_order, write_order
from crossdock.dialects.shopify.rest.spans import read_spans, write_spans
from crossdock.dialects.shopify.scopes import READ_ORDERS, WRITE_ORDERS
from crossdock.dialects.shopify.wire import Rendering, comma_separated
from crossdock.domain.commands import CreateOrder
from crossdock.domain.decisions import OrderCreated
from crossdock.domain.orders import FinancialStatus, Order
from crossdock.domain.queries import CountOrders, GetOrder, ListOrders, Page, Window
from crossdock.domain.work import BookedOrder

_ROOTS = "orders"
_WHOLE = ListOrders().window
_STATUSES = ("open", "closed", "cancelled", "any")
_FINANCIAL = (*FinancialStatus, "unpaid", "any")
_FULFILLMENT = ("shipped", "partial", "unshipped", "any", "unfulfilled")
_CURRENT = "current"
_READ = frozenset({READ_ORDERS})


def _encode_filters(command: ListOrders) -> tuple[tuple[str, str], ...]:
    filters = (
        ("ids", comma_separated(command.ids) or None),
        ("name", command.name),
        ("status", command.status if command.status != "open" else None),
        ("financial_status", command.financial_status),
        ("fulfillment_status", command.fulfillment_status),
        ("attribution_app_id", _CURRENT if command.own_app else command.app_id and str(command.app_id)),
        ("processed_at_min", command.processed_at_min and command.processed_at_min.isoformat()),
        ("processed_at_max", command.processed_at_max and command.processed_at_max.isoformat()),
    )
    return (*((name, value) for name, value in filters if value), *write_spans(command.spans))


def _decode_filters(parameters: Parameters, window: Window) -> ListOrders:
    own = parameters.text("attribution_app_id") == _CURRENT
    return ListOrders(
        ids=parameters.ids("ids"),
        name=parameters.text("name"),
        status=parameters.choice("status", _STATUSES) or "open",
        financial_status=parameters.choice("financial_status", _FINANCIAL),
        fulfillment_status=parameters.choice("fulfillment_status", _FULFILLMENT),
        own_app=own,
        app_id=None if own else parameters.whole("attribution_app_id"),
        processed_at_min=parameters.time("processed_at_min"),
        processed_at_max=parameters.time("processed_at_max"),
        spans=read_spans(parameters),
        window=window,
    )


def _encode_list(command: ListOrders) -> Call:
    query = (*_encode_filters(command), *write_window(command.window, _WHOLE))
    return Call(method="GET", path="orders.json", query=query)


def _decode_list(call: Call) -> ListOrders:
    return _decode_filters(*open_list(call, _WHOLE))


def _encode_count(command: CountOrders) -> Call:
    return Call(method="GET", path="orders/count.json", query=_encode_filters(command.filters))


def _decode_count(call: Call) -> CountOrders:
    return CountOrders(filters=_decode_filters(Parameters(call.query), _WHOLE))


def _encode_get(command: GetOrder) -> Call:
    return Call(method="GET", path=f"orders/{command.order_id}.json")


def _decode_get(call: Call) -> GetOrder:
    return GetOrder(order_id=path_id(call, "order_id", "order"))


def _encode_created(result: OrderCreated, context: Rendering) -> Json:
    return {ROOT: write_order(result.order, context)}


def _encode_one(order: Order, context: Rendering) -> Json:
    return {ROOT: write_order(order, context)}


def _encode_page(page: Page[Order], context: Rendering) -> Json:
    return {_ROOTS: [write_order(order, context) for order in page.items]}


def _decode_one(answer: Json) -> BookedOrder:
    return read_order(answered(answer, ROOT))


def _decode_many(answer: Json) -> tuple[BookedOrder, ...]:
    return tuple(read_order(fields) for fields in answered_list(answer, _ROOTS))


CREATE = Operation(
    name="create_order",
    command=CreateOrder,
    method="POST",
    path="orders.json",
    scopes=frozenset({WRITE_ORDERS}),
    encode=encode_create,
    decode=decode_create,
    encode_result=_encode_created,
    decode_result=_decode_one,
    status=201,
    source="Shopify REST Order, create",
)
LIST = Operation(
    name="list_orders",
    command=ListOrders,
    method="GET",
    path="orders.json",
    scopes=_READ,
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_page,
    decode_result=_decode_many,
    writes=False,
    source="Shopify REST Order, list",
)
COUNT = Operation(
    name="count_orders",
    command=CountOrders,
    method="GET",
    path="orders/count.json",
    scopes=_READ,
    encode=_encode_count,
    decode=_decode_count,
    encode_result=encode_number,
    decode_result=decode_number,
    writes=False,
    source="Shopify REST Order, count",
)
GET = Operation(
    name="get_order",
    command=GetOrder,
    method="GET",
    path="orders/{order_id}.json",
    scopes=_READ,
    encode=_encode_get,
    decode=_decode_get,
    encode_result=_encode_one,
    decode_result=_decode_one,
    writes=False,
    source="Shopify REST Order, read",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (CREATE, LIST, COUNT, GET)
