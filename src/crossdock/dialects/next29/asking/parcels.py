"""Parcels and where they are, as a store is told. Tracking of a fulfillment that is booked cannot be changed.

Source: 29 Next Admin API, fulfillmentsCreate, fulfillmentsList, fulfillmentsEventsCreate.
"""

from typing import Any

from crossdock.dialects.next29.asking.question import AnyQuestion, Question, identity_of, items_of
from crossdock.dialects.next29.asking.reading import read_fulfillment
from crossdock.dialects.next29.asking.work import path_of
from crossdock.dialects.next29.fields import whole_body
from crossdock.dialects.operation import Call, Json, NotExpressible
from crossdock.domain.commands import AddCarrierEvent, CreateFulfillment
from crossdock.domain.orders import Tracking
from crossdock.domain.queries import ListFulfillments
from crossdock.domain.work import BookedCarrierEvent, BookedFulfillment

OTHER = "other"
SLUGS = frozenset(
    (
        *("4px", "amazon", "asendia", "australia_post", "china_post", "deutsche_de", "dhl", "dhl_ecommerce", "fedex"),
        *("firstmile", "gofo_express", "hermesworld_uk", "myhermes", "ontrac", OTHER, "royal_mail", "speedx"),
        *("swiss_post", "ulala", "uniuni", "ups", "usps", "yunexpress"),
    )
)


def _write_carrier(company: str | None) -> dict[str, Json]:
    name = (company or "").strip()
    slug = name.lower().replace(" ", "_")
    return {"carrier": slug} if slug in SLUGS else {"carrier": OTHER, "carrier_other_name": name}


def _encode_parcel(command: CreateFulfillment) -> Call:
    """Write a parcel of one fulfillment order. Raises: NotExpressible."""
    if len(command.groups) != 1:
        raise NotExpressible("a fulfillment of several fulfillment orders")
    (group,) = command.groups
    body: dict[str, Json] = {
        "tracking_info": [_write_tracking(each) for each in command.tracking],
        "notify": command.notify_customer,
    }
    if group.lines is not None:
        body["fulfillment_order_line_items"] = [{"id": line.id, "quantity": line.quantity} for line in group.lines]
    return Call(method="POST", path=path_of(group.fulfillment_order_id, "fulfillments/"), body=body)


def _write_tracking(tracking: Tracking) -> dict[str, Json]:
    written: dict[str, Json] = _write_carrier(tracking.company)
    if tracking.number:
        written["tracking_code"] = tracking.number
    if tracking.url:
        written["tracking_link"] = tracking.url
    return written


def _read_parcel(answer: Json) -> BookedFulfillment:
    return read_fulfillment(whole_body(answer))


def _encode_list(query: ListFulfillments) -> Call:
    if query.fulfillment_order_id is None:
        raise NotExpressible("the fulfillments of an order by its id")
    return Call(method="GET", path=path_of(query.fulfillment_order_id, "fulfillments/"))


def _read_list(answer: Json) -> tuple[BookedFulfillment, ...]:
    return tuple(read_fulfillment(each) for each in items_of(answer))


def _encode_event(command: AddCarrierEvent) -> Call:
    """Write a carrier event. `order_id`: the order's number, which is its id on this wire."""
    if command.order_id is None:
        raise NotExpressible("a carrier event without its order")
    times = {"happened_at": command.happened_at, "estimated_delivery_at": command.estimated_delivery_at}
    values: dict[str, Any] = {
        "status": command.status.value,
        "message": command.message,
        **{name: at.isoformat() for name, at in times.items() if at is not None},
        "line1": command.address1,
        "line2": command.address2,
        "city": command.city,
        "state": command.province,
        "postcode": command.zip,
        "country": command.country,
        "latitude": command.latitude,
        "longitude": command.longitude,
    }
    return Call(
        method="POST",
        path=f"orders/{command.order_id}/fulfillments/{command.fulfillment_id}/events/",
        body={name: value for name, value in values.items() if value is not None},
    )


def _read_event(answer: Json) -> BookedCarrierEvent:
    fields = whole_body(answer)
    return BookedCarrierEvent(id=identity_of(fields), status=fields.need("status", fields.text("status")))


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question(
        name="create_fulfillment",
        command=CreateFulfillment,
        encode=_encode_parcel,
        decode_result=_read_parcel,
        source="29 Next, fulfillmentOrdersFulfillmentsCreate; 200 beside 201: seen on live stores",
    ),
    Question(
        name="list_fulfillments",
        command=ListFulfillments,
        encode=_encode_list,
        decode_result=_read_list,
        source="29 Next, fulfillmentOrdersFulfillmentsList",
    ),
    Question(
        name="add_carrier_event",
        command=AddCarrierEvent,
        encode=_encode_event,
        decode_result=_read_event,
        source="29 Next, ordersFulfillmentsEventsCreate",
    ),
)
