"""What the service's API says, and how it says no."""

from typing import Any

import msgspec
from starlette.responses import Response

from crossdock.domain.refusals import Invalid, NotFound, Refusal
from crossdock.runtime.http.strangers import RETRY_AFTER_SECONDS
from crossdock.runtime.json import write_json
from crossdock.service.dispatch.reads import Assignment, Parcel, ParcelEvent, Stage, Stock, Store

MEDIA = "application/json; charset=utf-8"
Json = dict[str, Any]


class No(Exception):
    """The answer is no, for a reason that lies in the request itself."""

    def __init__(self, status: int, errors: object, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.errors = errors
        self.headers = headers


NOT_FOUND = No(404, "Not Found")
UNAUTHORIZED = No(401, "Invalid token")
TOO_MANY_TRIES = No(
    429,
    "Too many calls with tokens that are not valid. Try again later.",
    {"Retry-After": str(RETRY_AFTER_SECONDS)},
)


def json_response(status: int, value: object, headers: dict[str, str] | None = None) -> Response:
    return Response(write_json(value), status_code=status, media_type=MEDIA, headers=headers)


def answer_refusal(refusal: Refusal) -> tuple[int, Json]:
    """Return what a rule's no is answered with, in the forms that the store side uses."""
    match refusal:
        case NotFound():
            return 404, {"errors": "Not Found"}
        case Invalid(field, message):
            return 422, {"errors": {field: [message]}}
        case _:
            return 422, {"errors": [str(refusal)]}


def write_assignment(assignment: Assignment) -> Json:
    """Return an assignment as the API tells it. `ready_to_ship`: a parcel of it can be booked now."""
    return {
        "store": assignment.store_id,
        "fulfillment_order_id": assignment.fulfillment_order_id,
        "order_id": assignment.order_id,
        "order_name": assignment.order_name,
        "location_id": assignment.location_id,
        "status": assignment.status,
        "ready_to_ship": assignment.status is Stage.ACCEPTED,
        "store_status": assignment.store_status,
        "store_request_status": assignment.store_request_status,
        "message": assignment.message,
        "requested_at": assignment.requested_at,
        "destination": msgspec.to_builtins(assignment.destination),
        "answer": None
        if assignment.answer is None
        else {
            "kind": assignment.answer,
            "state": assignment.answer_state,
            "message": assignment.answer_message,
            "reason": assignment.answer_reason,
            "trouble": assignment.answer_trouble,
        },
        "lines": [
            {
                "id": line.id,
                "order_line_id": line.order_line_id,
                "inventory_item_id": line.inventory_item_id,
                "sku": line.sku,
                "quantity": line.quantity,
                "shipped": line.shipped,
                "left": line.left,
                "fault": line.fault,
            }
            for line in assignment.lines
        ],
        "received_at": assignment.received_at,
        "updated_at": assignment.updated_at,
    }


def write_parcel(parcel: Parcel) -> Json:
    """Return a parcel as the API tells it. `correction`: the last change of it after it was booked."""
    return {
        "id": parcel.id,
        "store": parcel.store_id,
        "fulfillment_order_id": parcel.fulfillment_order_id,
        "carrier": parcel.carrier,
        "tracking_number": parcel.tracking_numbers[0],
        "tracking_numbers": parcel.tracking_numbers,
        "told": parcel.told,
        "trouble": parcel.trouble,
        "fulfillment_id": parcel.fulfillment_id,
        "fulfillment_name": parcel.fulfillment_name,
        "lines": [{"id": line.line_id, "sku": line.sku, "quantity": line.quantity} for line in parcel.lines],
        "shipped_at": parcel.shipped_at,
        "told_at": parcel.told_at,
        "cancelled_at": parcel.cancelled_at,
        "correction": None
        if parcel.correction_state is None
        else {"number": parcel.corrections, "state": parcel.correction_state, "trouble": parcel.correction_trouble},
    }


def write_event(event: ParcelEvent) -> Json:
    """Return what a carrier said of a parcel, and whether its store knows."""
    place = event.place
    return {
        "number": event.number,
        "status": event.status,
        "message": event.message,
        "happened_at": event.happened_at,
        "city": place.city,
        "province": place.province,
        "zip": place.zip,
        "country": place.country,
        "told": event.told,
        "trouble": event.trouble,
    }


def write_stock(sku: str, stock: Stock) -> Json:
    return {"sku": sku, "on_hand": stock.on_hand, "allocated": stock.allocated, "available": stock.available}


def write_store(store: Store) -> Json:
    """Return a connected store, without its secrets."""
    return {
        "id": store.id,
        "name": store.name,
        "platform": store.platform,
        "url": store.url,
        "shop_domain": store.shop_domain,
        "service_id": store.service_id,
        "location_id": store.location_id,
        "paused": store.paused,
        "transport": store.transport,
        "ships_within_hours": store.ships_within_hours,
        "by_hand": store.by_hand,
        "disconnected_at": store.disconnected_at,
        "disconnected_reason": store.disconnected_reason,
        "last_pulled_at": store.last_pulled_at,
        "trouble": store.trouble,
        "connected_at": store.connected_at,
    }
