"""Giving a whole order up, putting it away, and taking it out again. Source: Shopify, Order cancel, close and open."""

from collections import Counter
from collections.abc import Mapping

from crossdock.domain.claims import claim_moves, units_at
from crossdock.domain.commands import CancelOrder, CloseOrder, DeleteOrder, ReopenOrder
from crossdock.domain.decisions import Circumstances, Decision, OrderChanged
from crossdock.domain.events import Event, EventKind
from crossdock.domain.orders import FinancialStatus, FulfillmentOrder, FulfillmentStatus, Order, move
from crossdock.domain.parting import line_changes, told
from crossdock.domain.refusals import FulfillmentsOutstanding, Invalid, OrderCancelled
from crossdock.domain.requests import withdrawn
from crossdock.domain.states import Action, Party
from crossdock.domain.stock import StockCause, StockState
from crossdock.domain.values import replace

LONGEST_NOTE = 255
MERCHANT = frozenset({Party.MERCHANT})
UNPAID = frozenset({FinancialStatus.PENDING, FinancialStatus.AUTHORIZED, FinancialStatus.VOIDED})
# What becomes of money when an order is given up and all of it is given back.
GIVEN_BACK: Mapping[FinancialStatus, FinancialStatus] = {
    FinancialStatus.PENDING: FinancialStatus.VOIDED,
    FinancialStatus.AUTHORIZED: FinancialStatus.VOIDED,
    FinancialStatus.PARTIALLY_PAID: FinancialStatus.REFUNDED,
    FinancialStatus.PAID: FinancialStatus.REFUNDED,
    FinancialStatus.PARTIALLY_REFUNDED: FinancialStatus.REFUNDED,
}


def cancel_order(order: Order, command: CancelOrder, circumstances: Circumstances) -> Decision:
    """Give an order up: nothing of it is to be shipped any more. Work that a service accepted is asked back first.

    Raises: OrderCancelled, FulfillmentsOutstanding, Invalid, ActionNotAllowed for work that a service has.
    Source: Shopify GraphQL orderCancel, as recorded: fulfillment orders closed with their quantities; 29 Next: only
    before items went to fulfilment, and of 2025-04-18: also when they did and nobody paid.
    """
    if order.cancelled_at is not None:
        raise OrderCancelled(order.id)
    outstanding = tuple(each.id for each in order.fulfillments if each.status is FulfillmentStatus.SUCCESS)
    if outstanding and not (command.despite_parcels and order.financial_status in UNPAID):
        raise FulfillmentsOutstanding(outstanding)
    if command.staff_note is not None and len(command.staff_note) > LONGEST_NOTE:
        raise Invalid("staff_note", f"is too long. Maximum length is {LONGEST_NOTE} characters.")
    live = [each for each in order.fulfillment_orders if each.live]
    ended = [ended_by_order(each, circumstances) for each in live]
    gone = order.fulfilled_quantities()
    changed = replace(
        order.replacing(*ended),
        lines=tuple(replace(line, removed=line.quantity - gone[line.id]) for line in order.lines),
        financial_status=GIVEN_BACK.get(order.financial_status, order.financial_status)
        if command.refund
        else order.financial_status,
        cancelled_at=circumstances.at,
        cancel_reason=command.reason,
        staff_note=command.staff_note,
        closed_at=order.closed_at or circumstances.at,
    )
    waiting: Counter[tuple[int, int]] = Counter()
    for each in live:
        waiting.update(units_at(each))
    return Decision(
        order=changed,
        events=(
            *(ended_event(each) for each in ended),
            Event(
                kind=EventKind.ORDER_CANCELLED,
                message=command.staff_note,
                reason=command.reason,
                details={"restock": command.restock},
            ),
        ),
        result=OrderChanged(order=changed, details=circumstances.details),
        stock_moves=claim_moves(
            order,
            waiting,
            source=StockState.COMMITTED,
            target=StockState.AVAILABLE if command.restock else None,
            cause=StockCause.ORDER_CANCELLED,
            cause_id=order.id,
        ),
    )


def close_order(order: Order, _command: CloseOrder, circumstances: Circumstances) -> Decision:
    """Put an order away; one that is closed stays as it is. Source: Shopify, Order close."""
    if order.closed_at is not None:
        return Decision(order=order, events=(), result=OrderChanged(order=order))
    changed = replace(order, closed_at=circumstances.at)
    return Decision(order=changed, events=(Event(kind=EventKind.ORDER_CLOSED),), result=OrderChanged(order=changed))


def reopen_order(order: Order, _command: ReopenOrder, _circumstances: Circumstances) -> Decision:
    """Take a closed order out again; one that is open stays as it is. Raises: OrderCancelled.

    Source: Shopify, Order open.
    """
    if order.cancelled_at is not None:
        raise OrderCancelled(order.id)
    if order.closed_at is None:
        return Decision(order=order, events=(), result=OrderChanged(order=order))
    changed = replace(order, closed_at=None)
    return Decision(order=changed, events=(Event(kind=EventKind.ORDER_REOPENED),), result=OrderChanged(order=changed))


def delete_order(order: Order, _command: DeleteOrder, circumstances: Circumstances) -> Decision:
    """Have an order gone. What is left of it is not shipped any more, and its units can be sold again.

    Raises: ActionNotAllowed for work that a service has. Source: Shopify REST Order, delete; what becomes of its work
    is ours.
    """
    live = [each for each in order.fulfillment_orders if each.live]
    ended = [ended_by_order(each, circumstances) for each in live]
    waiting: Counter[tuple[int, int]] = Counter()
    for each in live:
        waiting.update(units_at(each))
    left = order.remaining_quantities()
    changed = replace(
        order.replacing(*ended),
        lines=tuple(
            replace(line, removed=line.removed + left[line.id]) if left[line.id] else line for line in order.lines
        ),
        closed_at=order.closed_at or circumstances.at,
        deleted_at=circumstances.at,
    )
    return Decision(
        order=changed,
        events=(*(ended_event(each) for each in ended), Event(kind=EventKind.ORDER_DELETED)),
        result=OrderChanged(order=changed),
        stock_moves=claim_moves(
            order,
            waiting,
            source=StockState.COMMITTED,
            target=StockState.AVAILABLE,
            cause=StockCause.ORDER_CANCELLED,
            cause_id=order.id,
        ),
    )


def ended_by_order(fulfillment_order: FulfillmentOrder, circumstances: Circumstances) -> FulfillmentOrder:
    """Return a fulfillment order that the order wants nothing of any more. Raises: ActionNotAllowed.

    It is the whole order's merchant who decides, whatever the caller may do at the location.
    """
    closed = move(fulfillment_order, Action.CANCEL_ORDER, by=MERCHANT, at=circumstances.at)
    return replace(withdrawn(closed, circumstances.at), holds=(), progress_reported=False)


def ended_event(fulfillment_order: FulfillmentOrder) -> Event:
    """Tell that the order wants nothing of a fulfillment order any more."""
    return told(fulfillment_order, EventKind.FULFILLMENT_ORDER_CANCELLED, lines=line_changes(fulfillment_order))
