"""What the store itself asks services for, without anybody's command."""

from crossdock.domain.orders import FinancialStatus, FulfillmentOrder, Order
from crossdock.domain.states import Place, RequestStatus, Status

_PAID = frozenset({FinancialStatus.PAID, FinancialStatus.PARTIALLY_REFUNDED})


def awaiting_request(order: Order) -> tuple[FulfillmentOrder, ...]:
    """Return the fulfillment orders that are to be requested by themselves once the shop's delay is over.

    None of an order that is unpaid, a test, put away or cancelled. What was requested before, or replaces or was split
    from what was, is in the merchant's hands.
    Source: 29 Next, automatic fulfillment requests: not while held or unpaid, and not for test orders.
    """
    if order.financial_status not in _PAID or order.test or order.closed_at is not None:
        return ()
    handled = {each.id for each in order.fulfillment_orders if each.requests}
    return tuple(
        each
        for each in order.fulfillment_orders
        if each.place is Place.SERVICE
        and each.status is Status.OPEN
        and each.request_status is RequestStatus.UNSUBMITTED
        and each.remaining
        and not each.holds
        and not {each.id, each.split_from, each.replaces} & handled
        and each.replaces is None
    )
