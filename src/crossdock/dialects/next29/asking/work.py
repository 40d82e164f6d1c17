"""What a store asks of a service and is told: the API's own rows, as a service uses them.

Rows have the names that the service knows them by, whatever the platform. Lists come from the newest on, in pages as
long as the store likes. When something will be shipped is not said: the platform has no word for it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crossdock.dialects.asking import Row
from crossdock.dialects.next29.paging import NEWEST_FIRST
from crossdock.dialects.next29.rest import fulfillment_events, fulfillment_orders, fulfillments, requests, stock_records
from crossdock.dialects.operation import Call, NotExpressible, Operation
from crossdock.domain.commands import AddCarrierEvent
from crossdock.domain.queries import ListAssignedFulfillmentOrders


def _called(name: str, row: Operation[Any, Any, Any]) -> Operation[Any, Any, Any]:
    return replace(row, name=name)


def _encode_assigned(query: ListAssignedFulfillmentOrders) -> Call:
    return fulfillment_orders.LIST_ASSIGNED.encode(replace(query, order_reference=False, window=NEWEST_FIRST))


def _encode_event(command: AddCarrierEvent) -> Call:
    """Raises: NotExpressible without the order, which stands in the path."""
    if command.order_id is None:
        raise NotExpressible("a carrier event without its order")
    return fulfillment_events.CREATE.encode(command)


_ROWS = (
    _called("list_assigned_fulfillment_orders", replace(fulfillment_orders.LIST_ASSIGNED, encode=_encode_assigned)),
    _called("get_fulfillment_order", fulfillment_orders.GET),
    _called("accept_fulfillment_request", requests.ACCEPT),
    _called("reject_fulfillment_request", requests.REJECT),
    _called("accept_cancellation_request", requests.ACCEPT_CANCELLATION),
    _called("reject_cancellation_request", requests.REJECT_CANCELLATION),
    _called("close_fulfillment_order", requests.CLOSE),
    _called("create_fulfillment", fulfillments.CREATE),
    _called("list_fulfillments", fulfillments.LIST_OF_FULFILLMENT_ORDER),
    _called("add_carrier_event", replace(fulfillment_events.CREATE, encode=_encode_event)),
    _called("list_stock_records", stock_records.LIST),
    _called("change_stock_record", stock_records.CHANGE),
)
ROWS: Mapping[type, Row] = {row.command: row for row in _ROWS}
