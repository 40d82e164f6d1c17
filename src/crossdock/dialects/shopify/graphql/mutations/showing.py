"""What payloads are read from, made of the results of commands."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from crossdock.domain.decisions import FulfillmentOrderChanged
from crossdock.domain.orders import FulfillmentOrder, Order
from crossdock.domain.queries import FulfillmentOrderFound


class _OfOrder(Protocol):
    @property
    def order(self) -> Order: ...


Result = TypeVar("Result", bound=_OfOrder)


def found(order: Order, fulfillment_order: FulfillmentOrder) -> FulfillmentOrderFound:
    return FulfillmentOrderFound(order=order, fulfillment_order=fulfillment_order)


def found_if_any(order: Order, fulfillment_order: FulfillmentOrder | None) -> FulfillmentOrderFound | None:
    return None if fulfillment_order is None else found(order, fulfillment_order)


def changed(result: FulfillmentOrderChanged) -> FulfillmentOrderFound:
    return found(result.order, result.fulfillment_order)


def newest(results: Iterable[Result]) -> dict[int, Order]:
    """Return each order as it was after the last of several commands, by its id."""
    return {result.order.id: result.order for result in results}
