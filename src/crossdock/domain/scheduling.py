"""When work begins, that it has begun, and by when it is to be done.

Source: Shopify REST FulfillmentOrder reschedule, open and set_fulfillment_orders_deadline; GraphQL
fulfillmentOrderReportProgress.
"""

from crossdock.domain.commands import (
    MarkAsOpen,
    ReportProgress,
    RescheduleFulfillmentOrder,
    SetFulfillmentDeadline,
)
from crossdock.domain.decisions import (
    Circumstances,
    Decision,
    FulfillmentOrderChanged,
    FulfillmentOrdersChanged,
)
from crossdock.domain.events import Event, EventKind
from crossdock.domain.moving import named_once
from crossdock.domain.orders import FulfillmentOrder, Order, move
from crossdock.domain.parting import told
from crossdock.domain.refusals import ActionNotAllowed, Invalid
from crossdock.domain.states import Action, Status
from crossdock.domain.values import replace


def reschedule(order: Order, command: RescheduleFulfillmentOrder, circumstances: Circumstances) -> Decision:
    """Have a scheduled fulfillment order begin at another time to come. Raises: NotFound, ActionNotAllowed, Invalid.

    Source: Shopify, FulfillmentOrder reschedule.
    """
    moved = _moved(order, command.fulfillment_order_id, Action.RESCHEDULE, circumstances)
    if command.fulfill_at <= circumstances.at:
        raise Invalid("new_fulfill_at", "must be in the future")
    changed = replace(moved, fulfill_at=command.fulfill_at)
    details = {"fulfill_at": command.fulfill_at.isoformat()}
    return _one(order, changed, told(changed, EventKind.FULFILLMENT_ORDER_RESCHEDULED, details=details))


def mark_as_open(order: Order, command: MarkAsOpen, circumstances: Circumstances) -> Decision:
    """Have a scheduled fulfillment order begin, or take reported progress back. Raises: NotFound, ActionNotAllowed.

    Work that is in progress because some of it was shipped stays so.
    Source: Shopify, FulfillmentOrder open; from 2026-01 on also for reported progress.
    """
    standing = order.fulfillment_order(command.fulfillment_order_id)
    opened = _moved(order, standing.id, Action.MARK_AS_OPEN, circumstances)
    if standing.status is Status.SCHEDULED:
        return _one(order, opened, told(opened, EventKind.FULFILLMENT_ORDER_OPENED))
    if not standing.progress_reported:
        raise ActionNotAllowed(Action.MARK_AS_OPEN, standing.state, standing.id)
    changed = replace(opened, progress_reported=False)
    return _one(order, changed, told(changed, EventKind.FULFILLMENT_ORDER_PROGRESS_STOPPED))


def report_progress(order: Order, command: ReportProgress, circumstances: Circumstances) -> Decision:
    """Note that someone at the merchant's location has begun. Raises: NotFound, ActionNotAllowed.

    Source: Shopify GraphQL fulfillmentOrderReportProgress.
    """
    begun = _moved(order, command.fulfillment_order_id, Action.REPORT_PROGRESS, circumstances)
    changed = replace(begun, progress_reported=True)
    event = told(changed, EventKind.FULFILLMENT_ORDER_PROGRESS_REPORTED, message=command.notes)
    return _one(order, changed, event)


def set_deadline(order: Order, command: SetFulfillmentDeadline, circumstances: Circumstances) -> Decision:
    """Say by when fulfillment orders are to be shipped; also of closed ones, as recorded.

    Raises: NothingToFulfill, LineNamedTwice, NotFound, ActionNotAllowed.
    Source: Shopify REST set_fulfillment_orders_deadline.
    """
    chosen = named_once(order, command.fulfillment_order_ids)
    due = [
        replace(_moved(order, each.id, Action.SET_DEADLINE, circumstances), fulfill_by=command.deadline)
        for each in chosen
    ]
    details = {"fulfill_by": command.deadline.isoformat()}
    changed = order.replacing(*due)
    return Decision(
        order=changed,
        events=tuple(told(each, EventKind.FULFILLMENT_ORDER_DEADLINE_SET, details=details) for each in due),
        result=FulfillmentOrdersChanged(order=changed, fulfillment_orders=tuple(due)),
    )


def _moved(order: Order, fulfillment_order_id: int, action: Action, circumstances: Circumstances) -> FulfillmentOrder:
    standing = order.fulfillment_order(fulfillment_order_id)
    return move(standing, action, by=circumstances.parties_at(standing), at=circumstances.at)


def _one(order: Order, fulfillment_order: FulfillmentOrder, event: Event) -> Decision:
    changed = order.replacing(fulfillment_order)
    return Decision(
        order=changed,
        events=(event,),
        result=FulfillmentOrderChanged(order=changed, fulfillment_order=fulfillment_order),
    )
