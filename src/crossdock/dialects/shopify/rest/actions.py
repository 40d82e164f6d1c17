"""What can be done with a fulfillment order beside asking for it and shipping it.

Source: Shopify REST FulfillmentOrder, LocationsForMove.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from crossdock.dialects.operation import Call, Json, NotExpressible, Operation
from crossdock.dialects.shopify.fields import Fields, answered_list, body_of, path_id, root, whole_body
from crossdock.dialects.shopify.rest.fulfillment_orders import (
    ROOT,
    decode_one,
    encode_one,
    read_fulfillment_order,
    write_fulfillment_order,
)
from crossdock.dialects.shopify.rest.requests import read_line_quantity
from crossdock.dialects.shopify.scopes import (
    READ_FULFILLMENT_ORDERS,
    WRITE_FULFILLMENT_ORDERS,
    WRITE_MERCHANTS_FULFILLMENT_ORDERS,
)
from crossdock.dialects.shopify.wire import WHY_NOT_MOVABLE, Rendering, without_nothing
from crossdock.domain.commands import (
    CancelFulfillmentOrder,
    HoldFulfillmentOrder,
    LineQuantity,
    MarkAsOpen,
    MoveFulfillmentOrder,
    ReleaseHolds,
    RescheduleFulfillmentOrder,
    SetFulfillmentDeadline,
)
from crossdock.domain.decisions import FulfillmentOrderHeld, FulfillmentOrderMoved, FulfillmentOrderReplaced
from crossdock.domain.orders import HoldReason
from crossdock.domain.queries import ListLocationsForMove, LocationForMove
from crossdock.domain.work import MovedWork, OfferedPlace, ReplacedWork

_HOLD = "fulfillment_hold"
_PLACES = "locations_for_move"
_PATH = "fulfillment_orders/{fulfillment_order_id}"


def _call(fulfillment_order_id: int, action: str, body: Json = None) -> Call:
    path = f"fulfillment_orders/{fulfillment_order_id}/{action}.json"
    return Call(method="POST", path=path, body={} if body is None else body)


def _named(call: Call) -> int:
    return path_id(call, "fulfillment_order_id", "fulfillment order")


def _write_lines(lines: Iterable[LineQuantity] | None) -> Json:
    return None if lines is None else [{"id": line.id, "quantity": line.quantity} for line in lines]


def _read_lines(fields: Fields) -> tuple[LineQuantity, ...] | None:
    lines = fields.each("fulfillment_order_line_items")
    return None if lines is None else tuple(read_line_quantity(line) for line in lines)


def _read_needed_time(fields: Fields, name: str) -> datetime:
    return fields.need(name, fields.time(name))


def _encode_cancel(command: CancelFulfillmentOrder) -> Call:
    return _call(command.fulfillment_order_id, "cancel")


def _decode_cancel(call: Call) -> CancelFulfillmentOrder:
    return CancelFulfillmentOrder(fulfillment_order_id=_named(call))


def _encode_replaced(result: FulfillmentOrderReplaced, context: Rendering) -> Json:
    return {
        ROOT: write_fulfillment_order(result.order, result.original, context),
        "replacement_fulfillment_order": write_fulfillment_order(result.order, result.replacement, context),
    }


def _decode_replaced(answer: Json) -> ReplacedWork:
    fields = whole_body(answer)
    return ReplacedWork(
        original=read_fulfillment_order(fields.need(ROOT, fields.within(ROOT))),
        replacement=read_fulfillment_order(
            fields.need("replacement_fulfillment_order", fields.within("replacement_fulfillment_order"))
        ),
    )


def _encode_hold(command: HoldFulfillmentOrder) -> Call:
    fields = {
        "reason": command.reason.value,
        "reason_notes": command.notes,
        "handle": command.handle or None,
        "external_id": command.external_id,
        "fulfillment_order_line_items": _write_lines(command.lines),
    }
    return _call(command.fulfillment_order_id, "hold", {_HOLD: without_nothing(fields)})


def _decode_hold(call: Call) -> HoldFulfillmentOrder:
    fields = root(call, _HOLD)
    return HoldFulfillmentOrder(
        fulfillment_order_id=_named(call),
        reason=fields.need("reason", fields.word("reason", HoldReason)),
        notes=fields.paragraph("reason_notes"),
        handle=fields.line("handle") or "",
        external_id=fields.line("external_id"),
        lines=_read_lines(fields),
    )


def _encode_held(result: FulfillmentOrderHeld, context: Rendering) -> Json:
    """Tell of what is held; what goes on is found by a list."""
    return {ROOT: write_fulfillment_order(result.order, result.held, context)}


def _encode_release(command: ReleaseHolds) -> Call:
    if command.hold_ids is not None or command.external_id is not None:
        raise NotExpressible("the release of single holds")
    return _call(command.fulfillment_order_id, "release_hold")


def _decode_release(call: Call) -> ReleaseHolds:
    return ReleaseHolds(fulfillment_order_id=_named(call))


def _encode_move(command: MoveFulfillmentOrder) -> Call:
    fields = {"new_location_id": command.location_id, "fulfillment_order_line_items": _write_lines(command.lines)}
    return _call(command.fulfillment_order_id, "move", {ROOT: without_nothing(fields)})


def _decode_move(call: Call) -> MoveFulfillmentOrder:
    fields = root(call, ROOT)
    return MoveFulfillmentOrder(
        fulfillment_order_id=_named(call),
        location_id=fields.need("new_location_id", fields.identity("new_location_id")),
        lines=_read_lines(fields),
    )


def _encode_moved(result: FulfillmentOrderMoved, context: Rendering) -> Json:
    rest = result.remaining
    return {
        "original_fulfillment_order": write_fulfillment_order(result.order, result.original, context),
        "moved_fulfillment_order": write_fulfillment_order(result.order, result.moved, context),
        "remaining_fulfillment_order": write_fulfillment_order(result.order, rest, context) if rest else None,
    }


def _decode_moved(answer: Json) -> MovedWork:
    fields = whole_body(answer)
    rest = fields.within("remaining_fulfillment_order")
    original = fields.need("original_fulfillment_order", fields.within("original_fulfillment_order"))
    moved = fields.need("moved_fulfillment_order", fields.within("moved_fulfillment_order"))
    return MovedWork(
        original=read_fulfillment_order(original),
        moved=read_fulfillment_order(moved),
        remaining=read_fulfillment_order(rest) if rest else None,
    )


def _encode_open(command: MarkAsOpen) -> Call:
    return _call(command.fulfillment_order_id, "open")


def _decode_open(call: Call) -> MarkAsOpen:
    return MarkAsOpen(fulfillment_order_id=_named(call))


def _encode_reschedule(command: RescheduleFulfillmentOrder) -> Call:
    body = {ROOT: {"new_fulfill_at": command.fulfill_at.isoformat()}}
    return _call(command.fulfillment_order_id, "reschedule", body)


def _decode_reschedule(call: Call) -> RescheduleFulfillmentOrder:
    fulfill_at = _read_needed_time(root(call, ROOT), "new_fulfill_at")
    return RescheduleFulfillmentOrder(fulfillment_order_id=_named(call), fulfill_at=fulfill_at)


def _encode_deadline(command: SetFulfillmentDeadline) -> Call:
    body = {
        "fulfillment_order_ids": list(command.fulfillment_order_ids),
        "fulfillment_deadline": command.deadline.isoformat(),
    }
    return Call(method="POST", path="fulfillment_orders/set_fulfillment_orders_deadline.json", body=body)


def _decode_deadline(call: Call) -> SetFulfillmentDeadline:
    fields = body_of(call)
    return SetFulfillmentDeadline(
        fulfillment_order_ids=fields.need("fulfillment_order_ids", fields.identities("fulfillment_order_ids")),
        deadline=_read_needed_time(fields, "fulfillment_deadline"),
    )


def encode_nothing(_result: Any, _context: Any) -> Json:
    """Write the answer to what has nothing to tell."""
    return {}


def decode_nothing(_answer: Json) -> None:
    return None


def _encode_places(command: ListLocationsForMove) -> Call:
    return Call(method="GET", path=f"fulfillment_orders/{command.fulfillment_order_id}/locations_for_move.json")


def _decode_places(call: Call) -> ListLocationsForMove:
    return ListLocationsForMove(fulfillment_order_id=_named(call))


def _encode_offered(places: Iterable[LocationForMove], _context: Rendering) -> Json:
    return {
        _PLACES: [
            {
                "location": {"id": place.location.id, "name": place.location.name},
                "message": WHY_NOT_MOVABLE[place.why_not] if place.why_not else None,
                "movable": place.why_not is None,
            }
            for place in places
        ]
    }


def _decode_offered(answer: Json) -> tuple[OfferedPlace, ...]:
    return tuple(_read_place(place) for place in answered_list(answer, _PLACES))


def _read_place(fields: Fields) -> OfferedPlace:
    location = fields.need("location", fields.within("location"))
    return OfferedPlace(
        location_id=location.need("id", location.identity("id")),
        name=location.need("name", location.text("name")),
        movable=fields.flag("movable") or False,
        message=fields.text("message") or None,
    )


CANCEL = Operation(
    name="cancel_fulfillment_order",
    command=CancelFulfillmentOrder,
    method="POST",
    path=f"{_PATH}/cancel.json",
    scopes=WRITE_FULFILLMENT_ORDERS,
    encode=_encode_cancel,
    decode=_decode_cancel,
    encode_result=_encode_replaced,
    decode_result=_decode_replaced,
    source="Shopify REST FulfillmentOrder, cancel",
)
HOLD = Operation(
    name="hold_fulfillment_order",
    command=HoldFulfillmentOrder,
    method="POST",
    path=f"{_PATH}/hold.json",
    scopes=WRITE_MERCHANTS_FULFILLMENT_ORDERS,
    encode=_encode_hold,
    decode=_decode_hold,
    encode_result=_encode_held,
    decode_result=decode_one,
    source="Shopify REST FulfillmentOrder, hold",
)
RELEASE_HOLD = Operation(
    name="release_hold",
    command=ReleaseHolds,
    method="POST",
    path=f"{_PATH}/release_hold.json",
    scopes=WRITE_MERCHANTS_FULFILLMENT_ORDERS,
    encode=_encode_release,
    decode=_decode_release,
    encode_result=encode_one,
    decode_result=decode_one,
    source="Shopify REST FulfillmentOrder, release_hold",
)
MOVE = Operation(
    name="move_fulfillment_order",
    command=MoveFulfillmentOrder,
    method="POST",
    path=f"{_PATH}/move.json",
    scopes=WRITE_MERCHANTS_FULFILLMENT_ORDERS,
    encode=_encode_move,
    decode=_decode_move,
    encode_result=_encode_moved,
    decode_result=_decode_moved,
    source="Shopify REST FulfillmentOrder, move",
)
OPEN = Operation(
    name="open_fulfillment_order",
    command=MarkAsOpen,
    method="POST",
    path=f"{_PATH}/open.json",
    scopes=WRITE_MERCHANTS_FULFILLMENT_ORDERS,
    encode=_encode_open,
    decode=_decode_open,
    encode_result=encode_one,
    decode_result=decode_one,
    source="Shopify REST FulfillmentOrder, open",
)
RESCHEDULE = Operation(
    name="reschedule_fulfillment_order",
    command=RescheduleFulfillmentOrder,
    method="POST",
    path=f"{_PATH}/reschedule.json",
    scopes=WRITE_MERCHANTS_FULFILLMENT_ORDERS,
    encode=_encode_reschedule,
    decode=_decode_reschedule,
    encode_result=encode_one,
    decode_result=decode_one,
    source="Shopify REST FulfillmentOrder, reschedule",
)
SET_DEADLINE = Operation(
    name="set_fulfillment_orders_deadline",
    command=SetFulfillmentDeadline,
    method="POST",
    path="fulfillment_orders/set_fulfillment_orders_deadline.json",
    scopes=WRITE_MERCHANTS_FULFILLMENT_ORDERS,
    encode=_encode_deadline,
    decode=_decode_deadline,
    encode_result=encode_nothing,
    decode_result=decode_nothing,
    source="Shopify REST FulfillmentOrder, set_fulfillment_orders_deadline",
)
LOCATIONS_FOR_MOVE = Operation(
    name="list_locations_for_move",
    command=ListLocationsForMove,
    method="GET",
    path=f"{_PATH}/locations_for_move.json",
    scopes=READ_FULFILLMENT_ORDERS,
    encode=_encode_places,
    decode=_decode_places,
    encode_result=_encode_offered,
    decode_result=_decode_offered,
    writes=False,
    source="Shopify REST LocationsForMove",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (
    SET_DEADLINE,
    CANCEL,
    HOLD,
    RELEASE_HOLD,
    MOVE,
    OPEN,
    RESCHEDULE,
    LOCATIONS_FOR_MOVE,
)
