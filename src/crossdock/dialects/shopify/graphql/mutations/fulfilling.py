"""Parcels: made, followed and taken back.

Source: Shopify GraphQL fulfillmentCreate, fulfillmentCancel, fulfillmentTrackingInfoUpdate and
fulfillmentEventCreate, recorded; the older names of two of them do the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import TopLevel, UserError
from crossdock.dialects.shopify.graphql.mutation import Arguments, Mutation
from crossdock.dialects.shopify.graphql.mutations.reading import FULFILLMENT, group, number, one_line, paragraph
from crossdock.dialects.shopify.graphql.mutations.wording import NO_FULFILLMENT_ORDER, say
from crossdock.dialects.shopify.graphql.sources import EventOf
from crossdock.dialects.shopify.scopes import WRITE_FULFILLMENT_ORDERS, WRITE_FULFILLMENTS
from crossdock.domain.commands import AddCarrierEvent, CancelFulfillment, CreateFulfillment, UpdateTracking
from crossdock.domain.decisions import CarrierEventAdded, FulfillmentChanged, FulfillmentCreated
from crossdock.domain.fulfilling import check_positive
from crossdock.domain.orders import Tracking
from crossdock.domain.queries import FulfillmentFound
from crossdock.domain.refusals import Invalid, NotFound, NothingToFulfill, QuantityNotPositive, Refusal
from crossdock.domain.shipment import ShipmentStatus

_INPUT = "fulfillment"
_GROUPS = "lineItemsByFulfillmentOrder"
_TRACKING = "trackingInfoInput"
_EVENT = "fulfillmentEvent"
_NO_FULFILLMENT = "Fulfillment does not exist."


def _decode_create(arguments: Arguments, _: Asking) -> CreateFulfillment:
    fulfillment = arguments[_INPUT]
    try:
        groups = tuple(group(each) for each in fulfillment["line_items_by_fulfillment_order"])
    except TopLevel as error:
        raise TopLevel("invalid id", error.code) from error
    check_positive(groups)  # recorded: of all groups, before anything is looked at
    return CreateFulfillment(
        groups=groups,
        tracking=_read_tracking(fulfillment.get("tracking_info"), _INPUT, "trackingInfo"),
        notify_customer=bool(fulfillment.get("notify_customer")),
        message=paragraph(arguments.get("message"), "message"),
    )


def _read_tracking(info: Mapping[str, Any] | None, *path: str) -> tuple[Tracking, ...]:
    """Read how parcels can be followed: numbers and addresses belong together by their places, one company to all."""
    if info is None:
        return ()
    company = one_line(info.get("company"), *path, "company") or None
    each = zip_longest(_several(info, "number", path), _several(info, "url", path))
    return tuple(
        Tracking(number=found or None, url=url or None, company=company) for found, url in each if found or url
    ) or ((Tracking(company=company),) if company else ())


def _several(info: Mapping[str, Any], name: str, path: Sequence[str]) -> Iterator[str | None]:
    listed = info.get(f"{name}s")
    if not listed:
        yield one_line(info.get(name), *path, name)
        return
    for index, text in enumerate(listed):
        yield one_line(text, *path, f"{name}s", str(index))


def _create_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    match refusal:
        case QuantityNotPositive(index, item):
            return say(refusal, (_INPUT, _GROUPS, str(index), "fulfillmentOrderLineItems", str(item), "quantity"))
        case NotFound():
            return [UserError((_INPUT,), NO_FULFILLMENT_ORDER)]
        case NothingToFulfill():
            return [UserError((_INPUT,), "There must be at least one item to fulfill.")]
        case _:
            return say(refusal, (_INPUT,))


def _fulfillment(result: FulfillmentCreated | FulfillmentChanged, _: Asking, __: Arguments) -> Json:
    return {"fulfillment": FulfillmentFound(order=result.order, fulfillment=result.fulfillment)}


def _decode_cancel(arguments: Arguments, _: Asking) -> CancelFulfillment:
    return CancelFulfillment(fulfillment_id=number(arguments["id"], FULFILLMENT, zero=True))


def _cancel_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    if isinstance(refusal, NotFound):
        return [UserError(("id",), "Fulfillment not found.")]
    return say(refusal, ("id",))


def _decode_tracking(arguments: Arguments, _: Asking) -> UpdateTracking:
    return UpdateTracking(
        fulfillment_id=number(arguments["fulfillment_id"], FULFILLMENT, zero=True),
        tracking=_read_tracking(arguments["tracking_info_input"], _TRACKING),
        notify_customer=bool(arguments.get("notify_customer")),
    )


def _tracking_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    if isinstance(refusal, NotFound):
        return [UserError(("fulfillmentId",), _NO_FULFILLMENT)]
    return say(refusal, (_TRACKING,))


def _decode_event(arguments: Arguments, _: Asking) -> AddCarrierEvent:
    event = arguments["fulfillment_event"]
    return AddCarrierEvent(
        fulfillment_id=number(event["fulfillment_id"], FULFILLMENT, zero=True),
        status=ShipmentStatus[event["status"]],
        happened_at=event.get("happened_at"),
        estimated_delivery_at=event.get("estimated_delivery_at"),
        message=paragraph(event.get("message"), _EVENT, "message"),
        latitude=event.get("latitude"),
        longitude=event.get("longitude"),
        address1=one_line(event.get("address1"), _EVENT, "address1"),
        city=one_line(event.get("city"), _EVENT, "city"),
        province=one_line(event.get("province"), _EVENT, "province"),
        zip=one_line(event.get("zip"), _EVENT, "zip"),
        country=one_line(event.get("country"), _EVENT, "country"),
    )


def _event(result: CarrierEventAdded, _: Asking, __: Arguments) -> Json:
    found = FulfillmentFound(order=result.order, fulfillment=result.fulfillment)
    return {"fulfillment_event": EventOf(found, result.event)}


def _event_errors(refusal: Refusal, _: Arguments) -> Sequence[UserError]:
    match refusal:
        case NotFound():
            return [UserError((_EVENT, "fulfillmentId"), _NO_FULFILLMENT)]
        case Invalid(field):
            return say(refusal, (_EVENT, field))
        case _:
            return say(refusal, (_EVENT,))


def _creating(name: str) -> Mutation:
    return Mutation(
        name=name,
        scopes=WRITE_FULFILLMENT_ORDERS,
        decode=_decode_create,
        result=FulfillmentCreated,
        payload=_fulfillment,
        user_errors=_create_errors,
        objects=("fulfillment",),
        source=f"Shopify GraphQL {name}, recorded",
    )


def _following(name: str) -> Mutation:
    return Mutation(
        name=name,
        scopes=WRITE_FULFILLMENT_ORDERS,
        decode=_decode_tracking,
        result=FulfillmentChanged,
        payload=_fulfillment,
        user_errors=_tracking_errors,
        objects=("fulfillment",),
        source=f"Shopify GraphQL {name}, recorded",
    )


MUTATIONS: tuple[Mutation, ...] = (
    _creating("fulfillmentCreate"),
    _creating("fulfillmentCreateV2"),
    Mutation(
        name="fulfillmentCancel",
        scopes=WRITE_FULFILLMENT_ORDERS,
        decode=_decode_cancel,
        result=FulfillmentChanged,
        payload=_fulfillment,
        user_errors=_cancel_errors,
        objects=("fulfillment",),
        source="Shopify GraphQL fulfillmentCancel, recorded",
    ),
    _following("fulfillmentTrackingInfoUpdate"),
    _following("fulfillmentTrackingInfoUpdateV2"),
    Mutation(
        name="fulfillmentEventCreate",
        scopes=frozenset({WRITE_FULFILLMENTS}),
        decode=_decode_event,
        result=CarrierEventAdded,
        payload=_event,
        user_errors=_event_errors,
        objects=("fulfillment_event",),
        source="Shopify GraphQL fulfillmentEventCreate, recorded",
    ),
)
