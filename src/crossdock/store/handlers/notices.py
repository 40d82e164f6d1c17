"""Notices to fulfillment services become messages, in the words of the wire that the service's app speaks."""

from crossdock.dialects.registry import DIALECTS
from crossdock.domain.decisions import Notice
from crossdock.domain.orders import Order
from crossdock.domain.places import Location
from crossdock.domain.work import RequestNotification
from crossdock.runtime.exchange.messages import OutgoingMessage
from crossdock.runtime.json import write_json

# The kind of a message that announces requests to a service.
NOTIFICATION = "fulfillment_order_notification"


def announce(notice: Notice, order: Order, location: Location) -> OutgoingMessage | None:
    """Return the message that announces a request; None where the service has no callback and only polls.

    It names no fulfillment order, so one that waits speaks for all to the same location.
    """
    service = location.service
    if service is None or not service.callback_url:
        return None
    dialect = DIALECTS[service.dialect]
    notification = RequestNotification(kind=notice.kind)
    call = dialect.callback(notification).encode(notification)
    return OutgoingMessage(
        tenant_id=order.shop_id,
        kind=NOTIFICATION,
        endpoint=f"service:{service.id}",
        method=call.method,
        url=dialect.callback_address(service.callback_url, call.path),
        profile=service.dialect,
        headers={"Content-Type": "application/json"},
        body=write_json(call.body),
        fifo_key=f"fulfillment_order:{notice.fulfillment_order_id}",
        subject=f"order:{order.id}",
        credential=f"app:{service.app_id}",
        cause=f"request:{notice.request_id}",
        fold_key=f"service:{service.id}:{notice.kind}",
    )
