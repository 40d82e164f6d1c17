"""What a store asks of a service and is told: the API's own rows, as a service uses them.

Lists come from the newest on, in pages as long as the store likes. When something will be shipped is not said: the
platform has no word for it.
"""

from collections.abc import Mapping
from dataclasses import replace

from crossdock.dialects.asking import Row
from crossdock.dialects.next29.paging import NEWEST_FIRST
from crossdock.dialects.next29.rest import fulfillment_events, fulfillment_orders, fulfillments, requests, stock_records
from crossdock.dialects.operation import AnyOperation, Call, NotExpressible
from crossdock.domain.commands import AddCarrierEvent
from crossdock.domain.queries import ListAssignedFulfillmentOrders


def _encode_assigned(query: ListAssignedFulfillmentOrders) -> Call:
    return fulfillment_orders.LIST_ASSIGNED.encode(replace(query, order_reference=False, window=NEWEST_FIRST))


def _encode_event(command: AddCarrierEvent) -> Call:
    """Raises: NotExpressible without the order, which stands in the path."""
    if command.order_id is None:
        raise NotExpressible("a carrier event without its order")
    return fulfillment_events.CREATE.encode(command)


_ROWS: tuple[AnyOperation, ...] = (
    replace(fulfillment_orders.LIST_ASSIGNED, encode=_encode_assigned),
    fulfillment_orders.GET,
    requests.ACCEPT,
    requests.REJECT,
    requests.ACCEPT_CANCELLATION,
    requests.REJECT_CANCELLATION,
    requests.CLOSE,
    fulfillments.CREATE,
    fulfillments.LIST_OF_FULFILLMENT_ORDER,
    replace(fulfillment_events.CREATE, encode=_encode_event),
    stock_records.LIST,
    stock_records.CHANGE,
)
ROWS: Mapping[type, Row] = {row.command: row for row in _ROWS}
