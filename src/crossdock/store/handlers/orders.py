"""Which part of a shop an order command addresses, and which facts it needs; the domain decides the rest."""

from collections.abc import Callable, Mapping
from typing import Any

from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    CloseFulfillmentOrder,
    CreateFulfillment,
    CreateOrder,
    OrderCommand,
    RejectCancellationRequest,
    RejectFulfillmentRequest,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
)
from crossdock.domain.decisions import Circumstances, Decision
from crossdock.domain.fulfilling import create_fulfillment
from crossdock.domain.orders import Order
from crossdock.domain.requests import (
    accept_cancellation_request,
    accept_fulfillment_request,
    close_fulfillment_order,
    reject_cancellation_request,
    reject_fulfillment_request,
    submit_cancellation_request,
    submit_fulfillment_request,
)

# Any: a mapping cannot say that each function takes the command that it stands under.
DECISIONS: Mapping[type, Callable[[Order, Any, Circumstances], Decision]] = {
    SubmitFulfillmentRequest: submit_fulfillment_request,
    AcceptFulfillmentRequest: accept_fulfillment_request,
    RejectFulfillmentRequest: reject_fulfillment_request,
    SubmitCancellationRequest: submit_cancellation_request,
    AcceptCancellationRequest: accept_cancellation_request,
    RejectCancellationRequest: reject_cancellation_request,
    CloseFulfillmentOrder: close_fulfillment_order,
    CreateFulfillment: create_fulfillment,
}


def fulfillment_order_ids(command: OrderCommand) -> tuple[int, ...]:
    """Return the fulfillment orders that a command names."""
    if isinstance(command, CreateOrder):
        return ()
    if isinstance(command, CreateFulfillment):
        return tuple(dict.fromkeys(group.fulfillment_order_id for group in command.groups))
    return (command.fulfillment_order_id,)


def variant_ids(command: OrderCommand) -> tuple[int, ...]:
    """Return the variants whose names, prices and stock a command needs."""
    if not isinstance(command, CreateOrder):
        return ()
    return tuple(dict.fromkeys(line.variant_id for line in command.lines if line.variant_id is not None))


def moves_stock(command: OrderCommand) -> bool:
    """Say whether a command may change stock, so that the levels of its items must be locked."""
    return isinstance(command, CreateOrder | CreateFulfillment)


def ids_needed(command: OrderCommand, locations: int) -> int:
    """Return how many new ids a command can need at the most, beside three for each fulfillment order line it names."""
    if isinstance(command, CreateOrder):
        return 1 + locations + len(command.lines) * (1 + 2 * locations)
    return 3
