"""Orders. What Crossdock does not have (taxes, discounts, customers, refunds) is told as a shop tells it without any.

Source: Shopify GraphQL, Order; amounts and states as REST tells them of the same order.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.connections import Connection, listed
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import bad_request
from crossdock.dialects.shopify.graphql.field import Resolvers, always
from crossdock.dialects.shopify.graphql.ids import gid
from crossdock.dialects.shopify.graphql.money import money_bag
from crossdock.dialects.shopify.graphql.sources import LineOf, ShippingOf, TransactionOf
from crossdock.dialects.shopify.graphql.types.addresses import billing_address, shipping_address
from crossdock.dialects.shopify.graphql.types.fulfillment_order_lists import fulfillment_orders_of
from crossdock.dialects.shopify.wire import order_token
from crossdock.domain.order_status import display_fulfillment_status
from crossdock.domain.orders import FIRST_ORDER_NUMBER, FinancialStatus, Order, OrderLine, Property
from crossdock.domain.queries import FulfillmentFound
from crossdock.domain.searching import FindApp
from crossdock.domain.states import Status

LONGEST_LIST = 250
_RECEIVED = frozenset({FinancialStatus.PAID, FinancialStatus.PARTIALLY_REFUNDED, FinancialStatus.REFUNDED})
_PAYABLE = frozenset({FinancialStatus.PENDING, FinancialStatus.AUTHORIZED, FinancialStatus.PARTIALLY_PAID})
_GATEWAY = "manual"


def ordered(order: Order) -> int:
    """Return what the order was worth at first, with its shipping."""
    return order.ordered_price + order.shipping_price


def current(order: Order) -> int:
    """Return what the order is worth without what was taken out of it, with its shipping."""
    return order.current_price + order.current_shipping_price


def received(order: Order) -> int:
    return ordered(order) if order.financial_status in _RECEIVED else 0


def is_paid_for(order: Order) -> bool:
    """Say whether there is a payment, be it taken or promised."""
    return order.financial_status in _RECEIVED or order.financial_status is FinancialStatus.AUTHORIZED


def refunded(order: Order) -> int:
    return ordered(order) if order.financial_status is FinancialStatus.REFUNDED else 0


def owed(order: Order) -> int:
    return current(order) if order.financial_status in _PAYABLE else 0


def is_over(order: Order) -> bool:
    return order.closed_at is not None or order.cancelled_at is not None


def first_of(things: Sequence[Any], first: int | None) -> list[Any]:
    """Return the first things of a list that is no connection. Raises: TopLevel."""
    if first is not None and not 0 <= first <= LONGEST_LIST:
        raise bad_request(f"first must be between 0 and {LONGEST_LIST}")
    return list(things if first is None else things[:first])


def attributes(properties: Sequence[Property]) -> list[Json]:
    return [{"key": each.name, "value": each.value} for each in properties]


def count_of(number: int) -> Json:
    """Return what a Count is read from that is no estimate."""
    return {"count": number, "precision": "EXACT"}


def fulfillments_of(order: Order) -> list[FulfillmentFound]:
    return [FulfillmentFound(order=order, fulfillment=each) for each in order.fulfillments]


def _bag(amount: Callable[[Order], int]) -> Callable[[Order, Asking], Json]:
    return lambda order, _: money_bag(amount(order), order.currency)


def _grams(units: Callable[[OrderLine], int]) -> Callable[[Order, Asking], int]:
    return lambda order, _: sum(line.grams * units(line) for line in order.lines)


def _units(units: Callable[[OrderLine], int]) -> Callable[[Order, Asking], int]:
    return lambda order, _: sum(units(line) for line in order.lines)


def _any(_: OrderLine) -> bool:
    return True


def _lines(keep: Callable[[OrderLine], bool]) -> Callable[..., Connection[LineOf]]:
    def resolve(order: Order, _: Asking, **arguments: Any) -> Connection[LineOf]:
        kept = [LineOf(order, line) for line in order.lines if keep(line)]
        return listed(kept, arguments, id_of=lambda each: each.line.id)

    return resolve


def _app(order: Order, asking: Asking) -> Awaitable[Json] | None:
    if order.app_id is None:
        return None
    icon = {"url": f"{asking.base_url}/static/mark.svg"}
    return asking.load(
        FindApp(app_id=order.app_id), lambda app: app and {"id": gid("App", app.id), "name": app.name, "icon": icon}
    )


def _closed(order: Order, _: Asking) -> bool:
    return order.closed_at is not None


def _editable_errors(order: Order, _: Asking) -> list[str]:
    if order.cancelled_at is not None:
        return ["The order is cancelled."]
    return ["The order is fulfilled."] if order.fulfilled else []


def _edited(order: Order, _: Asking) -> bool:
    return order.cancelled_at is None and any(line.removed for line in order.lines)


def _fulfillable(order: Order, _: Asking) -> bool:
    return any(each.remaining for each in order.fulfillment_orders if each.live and each.status is not Status.ON_HOLD)


def _fulfillments(order: Order, _: Asking, *, first: int | None = None, **__: Any) -> list[FulfillmentFound]:
    return first_of(fulfillments_of(order), first)


def _transactions(order: Order, _: Asking, *, first: int | None = None, **__: Any) -> list[TransactionOf]:
    return first_of([TransactionOf(order)] if is_paid_for(order) else [], first)


def _source_name(order: Order, _: Asking) -> str:
    return order.source_name or (str(order.app_id) if order.app_id else "web")


def shipping_line(order: Order) -> ShippingOf | None:
    return None if order.shipping_title is None and order.shipping_code is None else ShippingOf(order)


def _shipping_lines(order: Order, _: Asking, **arguments: Any) -> Connection[ShippingOf]:
    line = shipping_line(order)
    return listed([] if line is None else [line], arguments, id_of=lambda each: each.order.id)


def _status_page(order: Order, asking: Asking, **_: Any) -> str:
    return f"https://{asking.shop.domain}/{asking.shop.id}/orders/{order_token(order)}"


def _tags(order: Order, _: Asking) -> list[str]:
    return sorted(tag for each in order.tags.split(",") if (tag := each.strip()))


def _none(_: Order) -> int:
    return 0


_NOTHING = _bag(_none)
_STATES: dict[str, Callable[..., Any]] = {
    "canMarkAsPaid": lambda order, _: order.financial_status in _PAYABLE and order.cancelled_at is None,
    "canNotifyCustomer": lambda order, _: bool(order.email or order.phone),
    "cancelReason": lambda order, _: order.cancel_reason and order.cancel_reason.value.upper(),
    "cancellation": lambda order, _: None if order.cancelled_at is None else {"staff_note": order.staff_note},
    "capturable": lambda order, _: order.financial_status is FinancialStatus.AUTHORIZED,
    "closed": _closed,
    "confirmed": always(True),
    "displayFinancialStatus": lambda order, _: order.financial_status.value.upper(),
    "displayFulfillmentStatus": lambda order, _: display_fulfillment_status(order).value.upper(),
    "edited": _edited,
    "fulfillable": _fulfillable,
    "fullyPaid": lambda order, _: received(order) > 0 or current(order) == 0,
    "merchantEditable": lambda order, asking: not _editable_errors(order, asking),
    "merchantEditableErrors": _editable_errors,
    "refundable": lambda order, _: received(order) > refunded(order),
    "requiresShipping": lambda order, _: any(line.requires_shipping for line in order.lines),
    "restockable": lambda order, _: any(line.inventory_item_id is not None for line in order.lines),
    "returnStatus": always("NO_RETURN"),
    "unpaid": lambda order, _: owed(order) > 0,
}
_AMOUNTS: dict[str, Callable[..., Any]] = {
    "currencyCode": lambda order, _: order.currency,
    "presentmentCurrencyCode": lambda order, _: order.currency,
    "currentShippingPriceSet": _bag(lambda order: order.current_shipping_price),
    "currentSubtotalPriceSet": _bag(lambda order: order.current_price),
    "currentTotalDiscountsSet": _NOTHING,
    "currentTotalPriceSet": _bag(current),
    "currentTotalTaxSet": _NOTHING,
    "netPaymentSet": _bag(lambda order: received(order) - refunded(order)),
    "originalTotalPriceSet": _bag(ordered),
    "subtotalPriceSet": _bag(lambda order: order.ordered_price),
    "totalCapturableSet": _bag(
        lambda order: ordered(order) if order.financial_status is FinancialStatus.AUTHORIZED else 0
    ),
    "totalDiscountsSet": _NOTHING,
    "totalOutstandingSet": _bag(owed),
    "totalPriceSet": _bag(ordered),
    "totalReceivedSet": _bag(received),
    "totalRefundedSet": _bag(refunded),
    "totalShippingPriceSet": _bag(lambda order: order.shipping_price),
    "totalTaxSet": _NOTHING,
    "currentTotalWeight": _grams(lambda line: line.quantity - line.removed),
    "totalWeight": _grams(lambda line: line.quantity),
    "currentSubtotalLineItemsQuantity": _units(lambda line: line.quantity - line.removed),
    "subtotalLineItemsQuantity": _units(lambda line: line.quantity),
}
_ABSENT: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(
        (
            *("customer", "customerLocale", "discountCode", "physicalLocation", "poNumber", "registeredSourceUrl"),
            *("retailLocation", "sourceIdentifier"),
        ),
        always(None),
    ),
    **dict.fromkeys(("dutiesIncluded", "estimatedTaxes", "taxExempt", "taxesIncluded"), always(False)),
    "discountCodes": always([]),
    "taxLines": always([]),
}
ORDER_FIELDS: Resolvers = {
    "Order": {
        **_ABSENT,
        **_STATES,
        **_AMOUNTS,
        "id": lambda order, _: gid("Order", order.id),
        "legacyResourceId": lambda order, _: order.id,
        "app": _app,
        "billingAddress": lambda order, _: billing_address(order),
        "billingAddressMatchesShippingAddress": lambda order, _: order.billing_address == order.shipping_address,
        "confirmationNumber": lambda order, _: order_token(order)[32:41].upper(),
        "customAttributes": lambda order, _: attributes(order.note_attributes),
        "displayAddress": lambda order, _: shipping_address(order) or billing_address(order),
        "fulfillmentOrders": fulfillment_orders_of,
        "fulfillments": _fulfillments,
        "fulfillmentsCount": lambda order, _: count_of(len(order.fulfillments)),
        "lineItems": _lines(_any),
        "nonFulfillableLineItems": _lines(lambda line: line.removed == line.quantity),
        "number": lambda order, _: FIRST_ORDER_NUMBER + order.number,
        "paymentGatewayNames": lambda order, _: [_GATEWAY] if received(order) else [],
        "shippingAddress": lambda order, _: shipping_address(order),
        "shippingLine": lambda order, _: shipping_line(order),
        "shippingLines": _shipping_lines,
        "sourceName": _source_name,
        "statusPageUrl": _status_page,
        "tags": _tags,
        "transactions": _transactions,
    },
    "OrderTransaction": {
        "amountSet": lambda of, _: money_bag(ordered(of.order), of.order.currency),
        "createdAt": lambda of, _: of.order.processed_at,
        "gateway": always(_GATEWAY),
        "id": lambda of, _: gid("OrderTransaction", of.order.id),
        "kind": lambda of, _: "SALE" if received(of.order) else "AUTHORIZATION",
        "processedAt": lambda of, _: of.order.processed_at,
        "status": always("SUCCESS"),
        "test": lambda of, _: of.order.test,
    },
}
