"""Order: make, list, read, change, cancel, mark as paid. Source: 29 Next Admin API, orders."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from crossdock.dialects.next29.fields import Fields, Parameters, body_of, path_order, whole_body
from crossdock.dialects.next29.paging import open_list, read_page, write_page, write_window
from crossdock.dialects.next29.rest.addressing import read_person_address, write_sent_address
from crossdock.dialects.next29.rest.new_order import decode_create, encode_create, read_attribution, read_tags
from crossdock.dialects.next29.rest.order_body import BODY_STATUSES, read_order, write_listed_order, write_order
from crossdock.dialects.next29.scopes import READ_ORDERS, WRITE_ORDERS
from crossdock.dialects.next29.wire import Rendering, read_order_number
from crossdock.dialects.operation import Call, Json, NotExpressible, Operation
from crossdock.domain.commands import CancelOrder, CreateOrder, MarkOrderAsPaid, UpdateOrder
from crossdock.domain.decisions import OrderChanged, OrderCreated
from crossdock.domain.finding_orders import FindOrders, OrderSource, OrderStanding
from crossdock.domain.order_details import DetailedOrder, GetDetailedOrder
from crossdock.domain.order_status import NextDeliveryStatus, NextFulfillmentStatus
from crossdock.domain.orders import FIRST_ORDER_NUMBER, CancelReason, FinancialStatus
from crossdock.domain.queries import Page
from crossdock.domain.work import BookedOrder

_PATH = "orders/"
_ONE = "orders/{number}/"
_READ = frozenset({READ_ORDERS})
_WRITE = frozenset({WRITE_ORDERS})
_PAYMENT_STATUSES = (*FinancialStatus, "expiring", "expired", "partially_voided")
_SOURCES = (*OrderSource, "subscription")
_LIFECYCLES = ("non-recurring", "recurring")
# Parts of an attribution by the parameter that asks for them.
_ATTRIBUTION: Mapping[str, str] = {
    "funnels": "funnel",
    **{
        name: name
        for name in (
            *("utm_source", "utm_campaign", "utm_term", "utm_content", "affiliate"),
            *("subaffiliate1", "subaffiliate2", "subaffiliate3", "subaffiliate4", "subaffiliate5"),
        )
    },
}
# Of these an order here has none.
_OF_NO_ORDER = ("coupon_code", "offers", "agents")
_LONGEST_REASON = 255

Word = TypeVar("Word", bound=StrEnum)


def _encode_list(query: FindOrders) -> Call:
    if query.impossible:
        raise NotExpressible("a search that finds nothing")
    words = {part: name for name, part in _ATTRIBUTION.items()}
    lists: tuple[tuple[str, Iterable[object]], ...] = (
        ("product", query.products),
        ("location_id", query.location_ids),
        ("sku", query.skus),
        ("status", query.standings),
        ("payment_method", query.payment_methods),
        ("fulfillment_status", query.fulfillment_statuses),
        ("delivery_status", query.delivery_statuses),
        ("payment_status", query.payment_statuses),
        ("tags", query.tags),
        ("countries", query.countries),
        ("sources", query.sources),
        *((words[part], values) for part, values in query.attribution.items()),
    )
    singles = (
        ("search_text", query.text),
        ("address", query.address),
        ("name", query.customer),
        ("order_number", None if query.number is None else FIRST_ORDER_NUMBER + query.number),
        ("currency", query.currency),
        ("date_placed_from", query.placed_from and query.placed_from.isoformat()),
        ("date_placed_to", query.placed_to and query.placed_to.isoformat()),
        ("has_outstanding_balance", _flag(query.owing)),
        ("has_split_fulfillment", _flag(query.split)),
        ("is_test", _flag(query.test)),
    )
    pairs = tuple((name, str(value)) for name, values in lists for value in values)
    given = tuple((name, str(value)) for name, value in singles if value is not None)
    return Call(method="GET", path=_PATH, query=(*pairs, *given, *write_window(query.window)))


def _flag(value: bool | None) -> str | None:
    return None if value is None else str(value).lower()


def _decode_list(call: Call) -> FindOrders:
    parameters, window = open_list(call)
    number = parameters.text("order_number")
    payment = parameters.choices("payment_status", _PAYMENT_STATUSES)
    sources = parameters.choices("sources", _SOURCES)
    lifecycle = parameters.choices("subscription_lifecycle", _LIFECYCLES)
    none = (
        bool(lifecycle) and "non-recurring" not in lifecycle,
        any(parameters.texts(name) for name in _OF_NO_ORDER),
        parameters.flag("is_disputed") is True,
        bool(payment) and not _known(payment, FinancialStatus),
        bool(sources) and not _known(sources, OrderSource),
    )
    return FindOrders(
        text=parameters.text("search_text"),
        address=parameters.text("address"),
        customer=parameters.text("name"),
        # An order's numbers begin with 1: what can be no number matches none.
        number=None if number is None else read_order_number(number.removeprefix("#")) or 0,
        products=parameters.ids("product"),
        location_ids=parameters.ids("location_id"),
        skus=parameters.texts("sku"),
        standings=_chosen(parameters, "status", OrderStanding),
        payment_methods=parameters.texts("payment_method"),
        currency=parameters.text("currency"),
        fulfillment_statuses=_chosen(parameters, "fulfillment_status", NextFulfillmentStatus),
        delivery_statuses=_chosen(parameters, "delivery_status", NextDeliveryStatus),
        payment_statuses=_known(payment, FinancialStatus),
        placed_from=parameters.day("date_placed_from"),
        placed_to=parameters.day("date_placed_to"),
        tags=parameters.texts("tags"),
        countries=tuple(each.upper() for each in parameters.texts("countries")),
        sources=_known(sources, OrderSource),
        attribution={part: values for name, part in _ATTRIBUTION.items() if (values := parameters.texts(name))},
        owing=parameters.flag("has_outstanding_balance"),
        split=parameters.flag("has_split_fulfillment"),
        test=parameters.flag("is_test"),
        impossible=any(none),
        window=window,
    )


def _chosen(parameters: Parameters, name: str, words: type[Word]) -> tuple[Word, ...]:
    return _known(parameters.choices(name, tuple(words)), words)


def _known(given: Iterable[str], words: type[Word]) -> tuple[Word, ...]:
    """Return those that are words; the platform has more than an order here can be."""
    return tuple(words(each) for each in given if each in tuple(words))


def _encode_page(page: Page[DetailedOrder], context: Rendering) -> Json:
    return write_page(page, (write_listed_order(each.order, context, each.details) for each in page.items), context)


def _decode_page(answer: Json) -> tuple[BookedOrder, ...]:
    return tuple(read_order(fields) for fields in read_page(answer))


def _encode_get(query: GetDetailedOrder) -> Call:
    return Call(method="GET", path=_path(query.order_id))


def _decode_get(call: Call) -> GetDetailedOrder:
    return GetDetailedOrder(order_id=path_order(call))


def _encode_one(result: DetailedOrder | OrderCreated | OrderChanged, context: Rendering) -> Json:
    return write_order(result.order, context, result.details)


def _decode_one(answer: Json) -> BookedOrder:
    return read_order(whole_body(answer))


def _path(order_id: int, tail: str = "") -> str:
    return _ONE.format(number=order_id) + tail


def _encode_update(command: UpdateOrder) -> Call:
    told = (command.email, command.phone, command.note, command.note_attributes, command.financial_status)
    if any(each is not None for each in told):
        raise NotExpressible("another e-mail address, telephone number, note or payment of an order")
    body = {
        "shipping_address": write_sent_address(command.shipping_address),
        "billing_address": write_sent_address(command.billing_address),
        "tags": None if command.tags is None else [each.strip() for each in command.tags.split(",") if each.strip()],
        "metadata": command.metadata,
        "attribution": dict(command.attribution) if command.attribution else None,
        "status": None if command.closed is None else "archived" if command.closed else "open",
        "fulfillment_status": command.expected_statuses[0].value if command.expected_statuses else None,
    }
    given = {name: value for name, value in body.items() if value is not None}
    return Call(method="PATCH", path=_path(command.order_id), body=given)


def _decode_update(call: Call) -> UpdateOrder:
    """Read the fields that can be changed; clients send whole orders back."""
    fields = body_of(call)
    tags = read_tags(fields)
    status = fields.word("fulfillment_status", NextFulfillmentStatus)
    return UpdateOrder(
        order_id=path_order(call),
        shipping_address=read_person_address(fields, "shipping_address"),
        billing_address=read_person_address(fields, "billing_address"),
        tags=None if tags is None else ", ".join(tags),
        metadata=fields.free("metadata"),
        attribution=read_attribution(fields),
        closed=_read_closed(fields),
        in_time=True,
        expected_statuses=(status, *(own for own, told in BODY_STATUSES.items() if told is status)) if status else (),
    )


def _read_closed(fields: Fields) -> bool | None:
    """Read whether an order is to be put away; that it is canceled can be sent back, but not be said first."""
    standing = fields.word("status", OrderStanding)
    return None if standing in {None, OrderStanding.CANCELED} else standing is OrderStanding.ARCHIVED


def _encode_cancel(command: CancelOrder) -> Call:
    said = command.reason is CancelReason.OTHER and command.staff_note
    body = {"cancel_reason": said or command.reason.value, "full_refund": command.refund}
    return Call(method="POST", path=_path(command.order_id, "cancel/"), body=body)


def _decode_cancel(call: Call) -> CancelOrder:
    """Read a reason: one of those that every platform has, else it is kept as it was said."""
    fields = body_of(call)
    said = fields.filled("cancel_reason", _LONGEST_REASON)
    known = said.lower() in tuple(CancelReason)
    fields.flag("send_cancel_notification")  # shoppers are told nothing here, but it must be a flag
    return CancelOrder(
        order_id=path_order(call),
        reason=CancelReason(said.lower()) if known else CancelReason.OTHER,
        staff_note=None if known else said,
        refund=fields.flag("full_refund") or False,
        despite_parcels=True,
    )


def _encode_paid(command: MarkOrderAsPaid) -> Call:
    body = {"external_payment_method": command.payment_method} if command.payment_method else {}
    return Call(method="POST", path=_path(command.order_id, "mark-as-paid/"), body=body)


def _decode_paid(call: Call) -> MarkOrderAsPaid:
    method = body_of(call).line("external_payment_method")
    return MarkOrderAsPaid(order_id=path_order(call), payment_method=method or None)


LIST = Operation(
    name="list_orders",
    command=FindOrders,
    method="GET",
    path=_PATH,
    scopes=_READ,
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_page,
    decode_result=_decode_page,
    writes=False,
    source="29 Next Admin API 2024-04-01, ordersList",
)
CREATE = Operation(
    name="create_order",
    command=CreateOrder,
    method="POST",
    path=_PATH,
    scopes=_WRITE,
    encode=encode_create,
    decode=decode_create,
    encode_result=_encode_one,
    decode_result=_decode_one,
    status=201,
    source="29 Next Admin API 2024-04-01, ordersCreate",
)
GET = Operation(
    name="get_order",
    command=GetDetailedOrder,
    method="GET",
    path=_ONE,
    scopes=_READ,
    encode=_encode_get,
    decode=_decode_get,
    encode_result=_encode_one,
    decode_result=_decode_one,
    writes=False,
    source="29 Next Admin API 2024-04-01, ordersRetrieve",
)


def _update(name: str, method: str, source: str) -> Operation[UpdateOrder, OrderChanged, BookedOrder]:
    return Operation(
        name=name,
        command=UpdateOrder,
        method=method,
        path=_ONE,
        scopes=_WRITE,
        encode=_encode_update,
        decode=_decode_update,
        encode_result=_encode_one,
        decode_result=_decode_one,
        source=source,
    )


UPDATE = _update("update_order", "PATCH", "29 Next Admin API 2024-04-01, ordersPartialUpdate")
REPLACE = _update("replace_order", "PUT", "29 Next Admin API 2024-04-01, ordersUpdate: all of its fields may be absent")
CANCEL = Operation(
    name="cancel_order",
    command=CancelOrder,
    method="POST",
    path=_ONE + "cancel/",
    scopes=_WRITE,
    encode=_encode_cancel,
    decode=_decode_cancel,
    encode_result=_encode_one,
    decode_result=_decode_one,
    source="29 Next Admin API 2024-04-01, ordersCancelCreate",
)
MARK_AS_PAID = Operation(
    name="mark_order_as_paid",
    command=MarkOrderAsPaid,
    method="POST",
    path=_ONE + "mark-as-paid/",
    scopes=_WRITE,
    encode=_encode_paid,
    decode=_decode_paid,
    encode_result=_encode_one,
    decode_result=_decode_one,
    source="29 Next Admin API 2024-04-01, ordersMarkAsPaidCreate",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (LIST, CREATE, GET, UPDATE, REPLACE, CANCEL, MARK_AS_PAID)
