"""What can be done with an Order once it is made: editing what stands on it, cancelling, putting away, deleting.

Source: Shopify REST Order.
"""

from typing import Any, TypeVar

from crossdock.dialects.operation import Call, Json, Operation
from crossdock.dialects.shopify.fields import Fields, answered, body_or_query, path_id, root
from crossdock.dialects.shopify.rest.actions import decode_nothing, encode_nothing
from crossdock.dialects.shopify.rest.new_order import (
    ROOT,
    read_address,
    read_properties,
    read_tags,
    write_properties,
    write_requested_address,
)
from crossdock.dialects.shopify.rest.order_body import read_order, write_order
from crossdock.dialects.shopify.scopes import WRITE_ORDERS
from crossdock.dialects.shopify.wire import Rendering, without_nothing
from crossdock.domain.commands import CancelOrder, CloseOrder, DeleteOrder, ReopenOrder, UpdateOrder
from crossdock.domain.decisions import OrderChanged
from crossdock.domain.orders import CancelReason
from crossdock.domain.work import BookedOrder

_WRITE = frozenset({WRITE_ORDERS})
_GIVEN_BACK = frozenset({"cancel", "return", "legacy_restock"})

Named = TypeVar("Named", CloseOrder, ReopenOrder, DeleteOrder)


def _named(call: Call) -> int:
    return path_id(call, "order_id", "order")


def _encode_changed(result: OrderChanged, context: Rendering) -> Json:
    return {ROOT: write_order(result.order, context)}


def _decode_changed(answer: Json) -> BookedOrder:
    return read_order(answered(answer, ROOT))


def _encode_update(command: UpdateOrder) -> Call:
    attributes = command.note_attributes
    fields = {
        "id": command.order_id,
        "email": command.email,
        "phone": command.phone,
        "note": command.note,
        "tags": command.tags,
        "note_attributes": None if attributes is None else write_properties(attributes) or [],
        "shipping_address": write_requested_address(command.shipping_address),
    }
    return Call(method="PUT", path=f"orders/{command.order_id}.json", body={ROOT: without_nothing(fields)})


def _decode_update(call: Call) -> UpdateOrder:
    """Read the fields that can be changed; clients send whole orders back."""
    fields = root(call, ROOT)
    given = fields.values.get("note_attributes") is not None
    return UpdateOrder(
        order_id=_named(call),
        email=fields.line("email"),
        phone=fields.line("phone"),
        note=fields.paragraph("note"),
        tags=read_tags(fields) if fields.values.get("tags") is not None else None,
        note_attributes=read_properties(fields, "note_attributes") if given else None,
        shipping_address=read_address(fields, "shipping_address"),
    )


def _encode_cancel(command: CancelOrder) -> Call:
    fields = {"reason": command.reason.value, "restock": command.restock, "note": command.staff_note}
    refund = {"note": fields.pop("note")} if command.staff_note is not None else None
    body = without_nothing({**fields, "refund": refund})
    return Call(method="POST", path=f"orders/{command.order_id}/cancel.json", body=body)


def _decode_cancel(call: Call) -> CancelOrder:
    fields = body_or_query(call)
    refund = fields.within("refund")
    return CancelOrder(
        order_id=_named(call),
        reason=fields.word("reason", CancelReason) or CancelReason.OTHER,
        restock=_restocks(fields, refund),
        staff_note=refund.text("note") if refund else None,
    )


def _restocks(fields: Fields, refund: Fields | None) -> bool:
    """Say whether units go back: where it is said, else where a line of the refund says so."""
    said = fields.flag("restock")
    if said is not None or refund is None:
        return said or False
    return any(line.text("restock_type") in _GIVEN_BACK for line in refund.each("refund_line_items") or ())


def _on_order(
    name: str, command: type[Named], method: str, path: str, *, told: bool = True
) -> Operation[Named, Any, Any]:
    def encode(asked: Named) -> Call:
        body: Json = {} if method == "POST" else None
        return Call(method=method, path=path.format(order_id=asked.order_id), body=body)

    def decode(call: Call) -> Named:
        return command(order_id=_named(call))

    return Operation(
        name=name,
        command=command,
        method=method,
        path=path,
        scopes=_WRITE,
        encode=encode,
        decode=decode,
        encode_result=_encode_changed if told else encode_nothing,
        decode_result=_decode_changed if told else decode_nothing,
        source=f"Shopify REST Order, {name.partition('_')[0]}",
    )


UPDATE = Operation(
    name="update_order",
    command=UpdateOrder,
    method="PUT",
    path="orders/{order_id}.json",
    scopes=_WRITE,
    encode=_encode_update,
    decode=_decode_update,
    encode_result=_encode_changed,
    decode_result=_decode_changed,
    source="Shopify REST Order, update",
)
CANCEL = Operation(
    name="cancel_order",
    command=CancelOrder,
    method="POST",
    path="orders/{order_id}/cancel.json",
    scopes=_WRITE,
    encode=_encode_cancel,
    decode=_decode_cancel,
    encode_result=_encode_changed,
    decode_result=_decode_changed,
    source="Shopify REST Order, cancel",
)
CLOSE = _on_order("close_order", CloseOrder, "POST", "orders/{order_id}/close.json")
OPEN = _on_order("open_order", ReopenOrder, "POST", "orders/{order_id}/open.json")
DELETE = _on_order("delete_order", DeleteOrder, "DELETE", "orders/{order_id}.json", told=False)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (UPDATE, CANCEL, CLOSE, OPEN, DELETE)
