"""Which part of a shop an order command addresses, and which facts it needs; the domain decides the rest."""

from collections.abc import Callable, Mapping
from typing import Any

from crossdock.domain.cancelling import cancel_order, close_order, delete_order, reopen_order
from crossdock.domain.commands import (
    AcceptCancellationRequest,
    AcceptFulfillmentRequest,
    AddCarrierEvent,
    CancelFulfillment,
    CancelFulfillmentOrder,
    CancelOrder,
    CloseFulfillmentOrder,
    CloseOrder,
    CreateFulfillment,
    CreateOrder,
    DeleteOrder,
    EditOrder,
    FulfillOrderLines,
    HoldFulfillmentOrder,
    MarkAsOpen,
    MarkOrderAsPaid,
    MergeFulfillmentOrders,
    MoveFulfillmentOrder,
    OrderCommand,
    RejectCancellationRequest,
    RejectFulfillmentRequest,
    ReleaseHolds,
    RemoveCarrierEvent,
    ReopenOrder,
    ReportProgress,
    RerouteFulfillmentOrders,
    RescheduleFulfillmentOrder,
    SetFulfillmentDeadline,
    SplitFulfillmentOrders,
    SubmitCancellationRequest,
    SubmitFulfillmentRequest,
    UpdateOrder,
    UpdateTracking,
    WithdrawCancellationRequest,
    WithdrawFulfillmentRequest,
)
from crossdock.domain.decisions import Circumstances, Decision
from crossdock.domain.editing import edit_order
from crossdock.domain.fulfilling import create_fulfillment, fulfill_order_lines
from crossdock.domain.holding import hold_fulfillment_order, release_holds
from crossdock.domain.moving import move_fulfillment_order, reroute_fulfillment_orders
from crossdock.domain.orders import Order
from crossdock.domain.parcels import add_carrier_event, cancel_fulfillment, remove_carrier_event, update_tracking
from crossdock.domain.requests import (
    accept_cancellation_request,
    accept_fulfillment_request,
    close_fulfillment_order,
    reject_cancellation_request,
    reject_fulfillment_request,
    submit_cancellation_request,
    submit_fulfillment_request,
    withdraw_cancellation_request,
    withdraw_fulfillment_request,
)
from crossdock.domain.scheduling import mark_as_open, report_progress, reschedule, set_deadline
from crossdock.domain.splitting import (
    cancel_fulfillment_order,
    merge_fulfillment_orders,
    split_fulfillment_orders,
)
from crossdock.domain.updating import mark_order_as_paid, update_order

# Any: a mapping cannot say that each function takes the command that it stands under.
DECISIONS: Mapping[type, Callable[[Order, Any, Circumstances], Decision]] = {
    SubmitFulfillmentRequest: submit_fulfillment_request,
    AcceptFulfillmentRequest: accept_fulfillment_request,
    RejectFulfillmentRequest: reject_fulfillment_request,
    WithdrawFulfillmentRequest: withdraw_fulfillment_request,
    SubmitCancellationRequest: submit_cancellation_request,
    AcceptCancellationRequest: accept_cancellation_request,
    RejectCancellationRequest: reject_cancellation_request,
    WithdrawCancellationRequest: withdraw_cancellation_request,
    CloseFulfillmentOrder: close_fulfillment_order,
    CancelFulfillmentOrder: cancel_fulfillment_order,
    HoldFulfillmentOrder: hold_fulfillment_order,
    ReleaseHolds: release_holds,
    MoveFulfillmentOrder: move_fulfillment_order,
    RerouteFulfillmentOrders: reroute_fulfillment_orders,
    SplitFulfillmentOrders: split_fulfillment_orders,
    MergeFulfillmentOrders: merge_fulfillment_orders,
    RescheduleFulfillmentOrder: reschedule,
    MarkAsOpen: mark_as_open,
    ReportProgress: report_progress,
    SetFulfillmentDeadline: set_deadline,
    CreateFulfillment: create_fulfillment,
    FulfillOrderLines: fulfill_order_lines,
    UpdateTracking: update_tracking,
    CancelFulfillment: cancel_fulfillment,
    AddCarrierEvent: add_carrier_event,
    RemoveCarrierEvent: remove_carrier_event,
    EditOrder: edit_order,
    UpdateOrder: update_order,
    MarkOrderAsPaid: mark_order_as_paid,
    CancelOrder: cancel_order,
    CloseOrder: close_order,
    ReopenOrder: reopen_order,
    DeleteOrder: delete_order,
}

MOVING_STOCK = (
    CreateOrder
    | CreateFulfillment
    | FulfillOrderLines
    | CancelFulfillment
    | MoveFulfillmentOrder
    | RerouteFulfillmentOrders
    | EditOrder
    | CancelOrder
    | DeleteOrder
)
CHOOSING_LOCATIONS = CancelFulfillment | MoveFulfillmentOrder | RerouteFulfillmentOrders | EditOrder
# A new order chooses too, but holds the shop meanwhile.
TAKING_WORK = AcceptFulfillmentRequest | CHOOSING_LOCATIONS
# Carriers are not asked who they are: whoever may write orders may say what one of them said.
OF_ONES_OWN_PLACE = UpdateTracking | CancelFulfillment


def fulfillment_order_ids(command: OrderCommand) -> tuple[int, ...]:
    """Return the fulfillment orders that a command names."""
    match command:
        case CreateFulfillment() | SplitFulfillmentOrders() | MergeFulfillmentOrders():
            return tuple(dict.fromkeys(group.fulfillment_order_id for group in command.groups))
        case RerouteFulfillmentOrders() | SetFulfillmentDeadline():
            return tuple(dict.fromkeys(command.fulfillment_order_ids))
        case CreateOrder() | FulfillOrderLines() | EditOrder() | UpdateOrder() | MarkOrderAsPaid():
            return ()
        case CancelOrder() | CloseOrder() | ReopenOrder() | DeleteOrder():
            return ()
        case UpdateTracking() | CancelFulfillment() | AddCarrierEvent() | RemoveCarrierEvent():
            return ()
        case _:
            return (command.fulfillment_order_id,)


def fulfillment_id(command: OrderCommand) -> int | None:
    """Return the fulfillment that a command names."""
    match command:
        case UpdateTracking() | CancelFulfillment() | AddCarrierEvent() | RemoveCarrierEvent():
            return command.fulfillment_id
        case _:
            return None


def order_id(command: OrderCommand) -> int | None:
    """Return the order that a command names."""
    match command:
        case FulfillOrderLines() | EditOrder() | UpdateOrder() | MarkOrderAsPaid() | CancelOrder() | CloseOrder():
            return command.order_id
        case ReopenOrder() | DeleteOrder():
            return command.order_id
        case _:
            return None


def variant_ids(command: OrderCommand) -> tuple[int, ...]:
    """Return the variants whose names, prices and stock a command needs."""
    match command:
        case CreateOrder(lines=lines) | EditOrder(added=lines):
            return tuple(dict.fromkeys(line.variant_id for line in lines if line.variant_id is not None))
        case _:
            return ()


def moves_stock(command: OrderCommand) -> bool:
    """Say whether a command may change stock, so that the levels of its items must be locked."""
    return isinstance(command, MOVING_STOCK)


def chooses_locations(command: OrderCommand) -> bool:
    """Say whether a decision looks at what locations have."""
    return isinstance(command, CHOOSING_LOCATIONS)


def takes_work(command: OrderCommand) -> bool:
    """Say whether a decision takes work on, or may bring some to a location."""
    return isinstance(command, TAKING_WORK)


def ids_needed(command: OrderCommand, locations: int) -> int:
    """Return how many new ids a command can need at the most, beside three for each line of the order it addresses."""
    match command:
        case CreateOrder():
            return 1 + locations + len(command.lines) * (1 + 2 * locations)
        case EditOrder():
            return 2 + locations + (len(command.added) + len(command.quantities)) * (2 + 2 * locations)
        case SplitFulfillmentOrders() | MergeFulfillmentOrders():
            return len(command.groups) * locations
        case _ if isinstance(command, MOVING_STOCK):
            return 2 + 3 * locations
        case _:
            return 3
