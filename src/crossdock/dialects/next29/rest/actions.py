"""What can be done with a fulfillment order beside asking for it and shipping it.

Source: 29 Next Admin API 2024-04-01, fulfillment-orders: available-locations, cancel, hold, release-hold, move.
"""

from collections.abc import Iterable
from typing import Any

from crossdock.dialects.next29.fields import Fields, body_of, whole_body
from crossdock.dialects.next29.rest.fulfillment_orders import (
    PATH,
    decode_one,
    encode_one,
    named,
    path_of,
    read_fulfillment_order,
    write_fulfillment_order,
)
from crossdock.dialects.next29.rest.requests import LINES
from crossdock.dialects.next29.scopes import READ_FULFILLMENT_ORDERS, WRITE_FULFILLMENT_ORDERS, WRITES_WORK
from crossdock.dialects.next29.wire import Rendering
from crossdock.dialects.next29.words import HOLD_REASONS, hold_word
from crossdock.dialects.operation import Call, Json, NotExpressible, Operation
from crossdock.domain.commands import (
    CancelFulfillmentOrder,
    HoldFulfillmentOrder,
    MoveFulfillmentOrder,
    ReleaseHolds,
)
from crossdock.domain.decisions import FulfillmentOrderMoved, FulfillmentOrderReplaced
from crossdock.domain.work import MovedWork, OfferedPlace, ReplacedWork
from crossdock.domain.work_queries import AvailableLocation, ListAvailableLocations

_ORIGINAL = "original_fulfillment_order"
_PLACES = "available_locations"


def _call(fulfillment_order_id: int, tail: str, body: Json = None) -> Call:
    return Call(method="POST", path=path_of(fulfillment_order_id, tail), body={} if body is None else body)


def _encode_places(query: ListAvailableLocations) -> Call:
    return Call(method="GET", path=path_of(query.fulfillment_order_id, "available-locations/"))


def _decode_places(call: Call) -> ListAvailableLocations:
    return ListAvailableLocations(fulfillment_order_id=named(call))


def _encode_offered(places: Iterable[AvailableLocation], _context: Rendering) -> Json:
    return {
        _PLACES: [
            {
                "id": each.location.id,
                "name": each.location.name,
                "fulfillment_order_line_ids": list(each.line_ids),
            }
            for each in places
        ]
    }


def _decode_offered(answer: Json) -> tuple[OfferedPlace, ...]:
    fields = whole_body(answer)
    return tuple(_read_place(place) for place in fields.need(_PLACES, fields.each(_PLACES)))


def _read_place(fields: Fields) -> OfferedPlace:
    return OfferedPlace(
        location_id=fields.need("id", fields.identity("id")),
        name=fields.text("name") or "",
        movable=bool(fields.identities("fulfillment_order_line_ids")),
    )


def _encode_cancel(command: CancelFulfillmentOrder) -> Call:
    return _call(command.fulfillment_order_id, "cancel/")


def _decode_cancel(call: Call) -> CancelFulfillmentOrder:
    return CancelFulfillmentOrder(fulfillment_order_id=named(call), by_whoever_has_it=True)


def _encode_replaced(result: FulfillmentOrderReplaced, context: Rendering) -> Json:
    return {
        _ORIGINAL: write_fulfillment_order(result.order, result.original, context),
        "new_fulfillment_order": write_fulfillment_order(result.order, result.replacement, context),
    }


def _decode_replaced(answer: Json) -> ReplacedWork:
    fields = whole_body(answer)
    new = fields.need("new_fulfillment_order", fields.within("new_fulfillment_order"))
    return ReplacedWork(
        original=read_fulfillment_order(fields.need(_ORIGINAL, fields.within(_ORIGINAL))),
        replacement=read_fulfillment_order(new),
    )


def _encode_hold(command: HoldFulfillmentOrder) -> Call:
    if command.lines:
        raise NotExpressible("a hold of some lines only")
    message = {} if command.notes is None else {"reason_message": command.notes}
    return _call(command.fulfillment_order_id, "hold/", {"reason": hold_word(command.reason), **message})


def _decode_hold(call: Call) -> HoldFulfillmentOrder:
    fields = body_of(call)
    return HoldFulfillmentOrder(
        fulfillment_order_id=named(call),
        reason=fields.need("reason", fields.choice("reason", HOLD_REASONS)),
        notes=fields.paragraph("reason_message"),
    )


def narrowed_hold(command: HoldFulfillmentOrder) -> HoldFulfillmentOrder:
    """Return a hold as this wire can tell it: one of five reasons, and no handle."""
    return HoldFulfillmentOrder(
        fulfillment_order_id=command.fulfillment_order_id,
        reason=HOLD_REASONS[hold_word(command.reason)],
        notes=command.notes,
    )


def _encode_release(command: ReleaseHolds) -> Call:
    if command.hold_ids is not None or command.external_id is not None:
        raise NotExpressible("the release of single holds")
    return _call(command.fulfillment_order_id, "release-hold/")


def _decode_release(call: Call) -> ReleaseHolds:
    return ReleaseHolds(fulfillment_order_id=named(call))


def _encode_move(command: MoveFulfillmentOrder) -> Call:
    if command.lines:
        raise NotExpressible("a move of a part of a line")
    lines: dict[str, Json] = {LINES: [{"id": each} for each in command.whole_lines]} if command.whole_lines else {}
    return _call(command.fulfillment_order_id, "move/", {"new_location_id": command.location_id, **lines})


def _decode_move(call: Call) -> MoveFulfillmentOrder:
    """Read a move. What goes becomes a new fulfillment order, be it all there is."""
    fields = body_of(call)
    lines = fields.each(LINES) or ()
    return MoveFulfillmentOrder(
        fulfillment_order_id=named(call),
        location_id=fields.need("new_location_id", fields.identity("new_location_id")),
        whole_lines=tuple(line.need("id", line.identity("id")) for line in lines),
        renumbered=True,
    )


def _encode_moved(result: FulfillmentOrderMoved, context: Rendering) -> Json:
    return {
        "moved_fulfillment_order": write_fulfillment_order(result.order, result.moved, context),
        _ORIGINAL: write_fulfillment_order(result.order, result.original, context),
    }


def _decode_moved(answer: Json) -> MovedWork:
    fields = whole_body(answer)
    moved = fields.need("moved_fulfillment_order", fields.within("moved_fulfillment_order"))
    return MovedWork(
        original=read_fulfillment_order(fields.need(_ORIGINAL, fields.within(_ORIGINAL))),
        moved=read_fulfillment_order(moved),
    )


AVAILABLE_LOCATIONS = Operation(
    name="list_available_locations",
    command=ListAvailableLocations,
    method="GET",
    path=PATH + "available-locations/",
    scopes=frozenset({READ_FULFILLMENT_ORDERS}),
    encode=_encode_places,
    decode=_decode_places,
    encode_result=_encode_offered,
    decode_result=_decode_offered,
    writes=False,
    source="29 Next Admin API, availableLocationsRetrieve; the list's form: its developer guides",
)
CANCEL = Operation(
    name="cancel_fulfillment_order",
    command=CancelFulfillmentOrder,
    method="POST",
    path=PATH + "cancel/",
    scopes=WRITES_WORK,
    encode=_encode_cancel,
    decode=_decode_cancel,
    encode_result=_encode_replaced,
    decode_result=_decode_replaced,
    source="29 Next Admin API, FulfillmentOrderCancelResponse; its meaning is Shopify's",
)
HOLD = Operation(
    name="hold_fulfillment_order",
    command=HoldFulfillmentOrder,
    method="POST",
    path=PATH + "hold/",
    scopes=WRITES_WORK,
    encode=_encode_hold,
    decode=_decode_hold,
    encode_result=encode_one,
    decode_result=decode_one,
    source="29 Next Admin API, HoldFulfillment",
)
RELEASE_HOLD = Operation(
    name="release_hold",
    command=ReleaseHolds,
    method="POST",
    path=PATH + "release-hold/",
    scopes=WRITES_WORK,
    encode=_encode_release,
    decode=_decode_release,
    encode_result=encode_one,
    decode_result=decode_one,
    source="29 Next Admin API, fulfillmentOrdersReleaseHold",
)
MOVE = Operation(
    name="move_fulfillment_order",
    command=MoveFulfillmentOrder,
    method="POST",
    path=PATH + "move/",
    scopes=frozenset({WRITE_FULFILLMENT_ORDERS}),
    encode=_encode_move,
    decode=_decode_move,
    encode_result=_encode_moved,
    decode_result=_decode_moved,
    source="29 Next Admin API, MoveFulfillmentOrderResponse",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (AVAILABLE_LOCATIONS, CANCEL, HOLD, RELEASE_HOLD, MOVE)
