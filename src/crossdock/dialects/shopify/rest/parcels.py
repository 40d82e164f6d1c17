"""What can be done with a Fulfillment once it is made: cancelling it, and giving it other tracking.

Source: Shopify REST Fulfillment.
"""

from typing import Any

from crossdock.dialects.operation import Call, Json, NotExpressible, Operation
from crossdock.dialects.shopify.fields import path_id, root
from crossdock.dialects.shopify.rest.fulfillments import ROOT, decode_one, encode_one, read_tracking, write_tracking
from crossdock.dialects.shopify.scopes import WRITE_FULFILLMENT_ORDERS
from crossdock.dialects.shopify.wire import without_nothing
from crossdock.domain.commands import CancelFulfillment, UpdateTracking


def _encode_update(command: UpdateTracking) -> Call:
    fields: Json = without_nothing(
        {"tracking_info": write_tracking(command.tracking) or {}, "notify_customer": command.notify_customer}
    )
    return Call(method="POST", path=f"fulfillments/{command.fulfillment_id}/update_tracking.json", body={ROOT: fields})


def _decode_update(call: Call) -> UpdateTracking:
    fields = root(call, ROOT)
    return UpdateTracking(
        fulfillment_id=path_id(call, "fulfillment_id", "fulfillment"),
        tracking=read_tracking(fields.within("tracking_info")),
        notify_customer=fields.flag("notify_customer") or False,
    )


def _encode_cancel(command: CancelFulfillment) -> Call:
    if command.order_id is not None:
        raise NotExpressible("of which order the fulfillment must be, by this call")
    return Call(method="POST", path=f"fulfillments/{command.fulfillment_id}/cancel.json", body={})


def _decode_cancel(call: Call) -> CancelFulfillment:
    return CancelFulfillment(fulfillment_id=path_id(call, "fulfillment_id", "fulfillment"))


def _encode_cancel_of_order(command: CancelFulfillment) -> Call:
    if command.order_id is None:
        raise NotExpressible("a fulfillment without its order, by this call")
    path = f"orders/{command.order_id}/fulfillments/{command.fulfillment_id}/cancel.json"
    return Call(method="POST", path=path, body={})


def _decode_cancel_of_order(call: Call) -> CancelFulfillment:
    return CancelFulfillment(
        order_id=path_id(call, "order_id", "order"), fulfillment_id=path_id(call, "fulfillment_id", "fulfillment")
    )


UPDATE_TRACKING = Operation(
    name="update_tracking",
    command=UpdateTracking,
    method="POST",
    path="fulfillments/{fulfillment_id}/update_tracking.json",
    scopes=WRITE_FULFILLMENT_ORDERS,
    encode=_encode_update,
    decode=_decode_update,
    encode_result=encode_one,
    decode_result=decode_one,
    source="Shopify REST Fulfillment, update_tracking",
)
CANCEL = Operation(
    name="cancel_fulfillment",
    command=CancelFulfillment,
    method="POST",
    path="fulfillments/{fulfillment_id}/cancel.json",
    scopes=WRITE_FULFILLMENT_ORDERS,
    encode=_encode_cancel,
    decode=_decode_cancel,
    encode_result=encode_one,
    decode_result=decode_one,
    source="Shopify REST Fulfillment, cancel",
)
CANCEL_OF_ORDER = Operation(
    name="cancel_fulfillment_of_order",
    command=CancelFulfillment,
    method="POST",
    path="orders/{order_id}/fulfillments/{fulfillment_id}/cancel.json",
    scopes=WRITE_FULFILLMENT_ORDERS,
    encode=_encode_cancel_of_order,
    decode=_decode_cancel_of_order,
    encode_result=encode_one,
    decode_result=decode_one,
    source="Shopify REST Fulfillment, cancel, by the path that the Python client still takes",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (UPDATE_TRACKING, CANCEL, CANCEL_OF_ORDER)
