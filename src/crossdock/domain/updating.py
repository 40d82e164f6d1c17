"""Changing what stands on an order beside what is ordered, and noting that it is paid.

Source: Shopify, Order update; 29 Next, PATCH of an order and mark-as-paid.
"""

from collections.abc import Mapping

from crossdock.domain.commands import MarkOrderAsPaid, UpdateOrder
from crossdock.domain.decisions import Circumstances, Decision, OrderChanged
from crossdock.domain.events import Event, EventKind
from crossdock.domain.fulfilling import closed_if_done
from crossdock.domain.order_details import with_changes
from crossdock.domain.order_status import next_fulfillment_status
from crossdock.domain.orders import FinancialStatus, Order
from crossdock.domain.refusals import AlreadyPaid, Invalid, OrderCancelled
from crossdock.domain.states import Place, RequestStatus
from crossdock.domain.values import replace

# A service works on what it was asked for and took; that it is asked to stop does not mean that it has.
_WORKED_ON = frozenset(
    {RequestStatus.ACCEPTED, RequestStatus.CANCELLATION_REQUESTED, RequestStatus.CANCELLATION_REJECTED}
)
_OWED = frozenset({FinancialStatus.PENDING, FinancialStatus.AUTHORIZED, FinancialStatus.PARTIALLY_PAID})


def update_order(order: Order, command: UpdateOrder, circumstances: Circumstances) -> Decision:
    """Change what stands on an order beside its lines; what is the same already makes no change.

    A paid order with everything shipped closes itself. Raises: Invalid, OrderCancelled for one to be taken out again.
    """
    _check(order, command)
    wanted: Mapping[str, object] = {
        "email": command.email,
        "phone": command.phone,
        "note": command.note,
        "tags": command.tags,
        "note_attributes": command.note_attributes,
        "shipping_address": command.shipping_address,
        "billing_address": command.billing_address,
        "financial_status": command.financial_status,
    }
    new = {name: value for name, value in wanted.items() if value is not None and value != getattr(order, name)}
    details, kept = with_changes(circumstances.details, metadata=command.metadata, attribution=command.attribution)
    changed = replace(order, **new)  # type: ignore[arg-type]  # by name, each of its field's type
    if "financial_status" in new:
        changed = closed_if_done(changed, circumstances)
    if command.closed is not None and command.closed != (order.closed_at is not None):
        changed = replace(changed, closed_at=circumstances.at if command.closed else None)
    events = _told(order, changed, [*new, *kept])
    if not events:
        return Decision(order=order, events=(), result=OrderChanged(order=order, details=details))
    return Decision(
        order=changed,
        events=events,
        result=OrderChanged(order=changed, details=details),
        details=details if kept else None,
    )


def mark_order_as_paid(order: Order, command: MarkOrderAsPaid, circumstances: Circumstances) -> Decision:
    """Note that nothing is owed any more. Raises: OrderCancelled, AlreadyPaid."""
    if order.cancelled_at is not None:
        raise OrderCancelled(order.id)
    if order.financial_status not in _OWED:
        raise AlreadyPaid(order.id)
    paid = replace(order, financial_status=FinancialStatus.PAID)
    changed = closed_if_done(paid, circumstances)
    details = circumstances.details
    if command.payment_method:
        details = replace(details, payment_method=command.payment_method)
    return Decision(
        order=changed,
        events=_told(order, changed, ["financial_status"]),
        result=OrderChanged(order=changed, details=details),
        details=details if details != circumstances.details else None,
    )


def _check(order: Order, command: UpdateOrder) -> None:
    """Raises: Invalid, OrderCancelled."""
    if command.expected_statuses and next_fulfillment_status(order) not in command.expected_statuses:
        raise Invalid("fulfillment_status", "follows from the fulfillment orders and cannot be set")
    if command.closed is False and order.cancelled_at is not None:
        raise OrderCancelled(order.id)
    late = command.in_time and command.shipping_address not in {None, order.shipping_address}
    if late and any(
        each.live and each.place is Place.SERVICE and each.request_status in _WORKED_ON
        for each in order.fulfillment_orders
    ):
        raise Invalid("shipping_address", "cannot change while items are being fulfilled; request cancellation first")


def _told(before: Order, after: Order, different: list[str]) -> tuple[Event, ...]:
    events = [Event(kind=EventKind.ORDER_UPDATED, details={"fields": ", ".join(different)})] if different else []
    if after.closed_at is not None and before.closed_at is None:
        events.append(Event(kind=EventKind.ORDER_CLOSED))
    if after.closed_at is None and before.closed_at is not None:
        events.append(Event(kind=EventKind.ORDER_REOPENED))
    return tuple(events)
