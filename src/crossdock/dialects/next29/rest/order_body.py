"""The body of an order: whole, and as lists have it.

What Crossdock does not have (taxes, discounts, vouchers, subscriptions, refunds, transactions) is there with the value
of an order without it. Source: 29 Next Admin API, Order, OrderList, OrderLine.
"""

from crossdock.dialects.next29.fields import Fields
from crossdock.dialects.next29.rest.fulfillments import write_fulfillment
from crossdock.dialects.next29.rest.goods import write_ordered_goods
from crossdock.dialects.next29.wire import (
    Rendering,
    order_number,
    write_money,
    write_person_address,
    write_time,
)
from crossdock.dialects.operation import Json
from crossdock.domain.editing import editable_units
from crossdock.domain.finding_orders import OrderSource, OrderStanding
from crossdock.domain.order_details import NO_DETAILS, Customer, OrderDetails
from crossdock.domain.order_status import NextFulfillmentStatus, next_fulfillment_status
from crossdock.domain.orders import FinancialStatus, Order, OrderLine
from crossdock.domain.places import Address
from crossdock.domain.work import BookedOrder, BookedOrderLine

_NOTHING_OWED = frozenset(
    {
        FinancialStatus.PAID,
        FinancialStatus.PARTIALLY_REFUNDED,
        FinancialStatus.REFUNDED,
        FinancialStatus.VOIDED,
    }
)
# The platform lists this word as a filter and has no such value of an order.
BODY_STATUSES = {NextFulfillmentStatus.PARTIALLY_FULFILLED: NextFulfillmentStatus.UNFULFILLED}
ATTRIBUTION = (
    *("affiliate", "funnel", "gclid", "subaffiliate1", "subaffiliate2", "subaffiliate3", "subaffiliate4"),
    *("subaffiliate5", "utm_campaign", "utm_content", "utm_medium", "utm_source", "utm_term"),
)
_ALWAYS_EMPTY: dict[str, Json] = {
    "offer_discounts": [],
    "refunds": [],
    "report_values": {},
    "shipping_tax_lines": [],
    "subscriptions": [],
    "tax_lines": [],
    "transactions": [],
    "voucher_discounts": [],
}


def write_order(order: Order, context: Rendering, details: OrderDetails = NO_DETAILS) -> dict[str, Json]:
    """Write an order with its lines and fulfillments."""
    editable = editable_units(order)
    waiting = order.remaining_quantities()
    return {
        **write_listed_order(order, context, details),
        **_ALWAYS_EMPTY,
        "attribution": {**dict.fromkeys(ATTRIBUTION, ""), **(details.attribution or {})},
        "billing_address": _write_billing_address(order),
        "fulfillments": [write_fulfillment(order, each, context) for each in order.fulfillments],
        "lines": [
            _write_line(order, line, context, details, fulfillable=waiting[line.id], editable=editable[line.id])
            for line in order.lines
        ],
        "shipping_address": _write_address(order.shipping_address, order),
        "subscription_lifecycle": "non-recurring",
        "supports_post_purchase_upsells": False,
        "tags": [tag for each in order.tags.split(",") if (tag := each.strip())],
    }


def write_listed_order(order: Order, context: Rendering, details: OrderDetails = NO_DETAILS) -> dict[str, Json]:
    """Write an order as lists have it."""
    number = order_number(order)
    status = next_fulfillment_status(order)
    return {
        "number": number,
        "status": standing_of(order).value,
        "fulfillment_status": BODY_STATUSES.get(status, status).value,
        "payment_status": order.financial_status.value,
        "is_test": order.test,
        "source": source_of(order).value,
        "currency": order.currency,
        "display_taxes": "excl_tax",
        "metadata": {} if details.metadata is None else details.metadata,
        "order_status_url": f"{context.base_url}/orders/{number}/",
        "user": _write_user(order, details.customer or Customer()),
        "date_placed": write_time(order.processed_at, context.shop),
        "created_at": write_time(order.created_at, context.shop),
        "updated_at": write_time(order.updated_at, context.shop),
        **_write_amounts(order),
    }


def standing_of(order: Order) -> OrderStanding:
    if order.cancelled_at is not None:
        return OrderStanding.CANCELED
    return OrderStanding.OPEN if order.closed_at is None else OrderStanding.ARCHIVED


def source_of(order: Order) -> OrderSource:
    if order.app_id is not None:
        return OrderSource.ADMIN_API
    return OrderSource.CHECKOUT if order.source_name == "web" else OrderSource.DASHBOARD


def _write_amounts(order: Order) -> dict[str, Json]:
    """Write totals: as ordered, and of what was not removed. Shipping stays as it was, but for an order given up."""
    ordered, current, shipping = order.ordered_price, order.current_price, order.current_shipping_price
    owed = 0 if order.financial_status in _NOTHING_OWED or order.cancelled_at is not None else current + shipping
    amounts = {
        "original_shipping_excl_tax": order.shipping_price,
        "original_shipping_incl_tax": order.shipping_price,
        "original_total_discount": 0,
        "original_total_excl_tax": ordered + order.shipping_price,
        "original_total_incl_tax": ordered + order.shipping_price,
        "shipping_excl_tax": shipping,
        "shipping_incl_tax": shipping,
        "shipping_tax": 0,
        "total_cost": 0,
        "total_discount": 0,
        "total_excl_tax": current + shipping,
        "total_incl_tax": current + shipping,
        "total_outstanding": owed,
        "total_tax": 0,
    }
    return {
        **{name: write_money(amount, order.currency) for name, amount in amounts.items()},
        "shipping_code": order.shipping_code or "",
        "shipping_method": order.shipping_title or order.shipping_code or "",
    }


def _write_user(order: Order, customer: Customer) -> dict[str, Json]:
    """Write who ordered. Customers have no list of their own: without an id of the client's the order's stands here."""
    address = order.shipping_address or order.billing_address or Address()
    return {
        "id": customer.id if customer.id is not None else order.id,
        "email": order.email or None,
        "first_name": customer.first_name or address.first_name or "",
        "last_name": customer.last_name or address.last_name or "",
        "phone_number": order.phone or address.phone or None,
        "accepts_marketing": customer.accepts_marketing or False,
        "ip": customer.ip,
        "language": customer.language,
        "user_agent": customer.user_agent,
    }


def _write_address(address: Address | None, order: Order) -> Json:
    return None if address is None else write_person_address(address, id=order.id)


def _write_billing_address(order: Order) -> Json:
    address = _write_address(order.billing_address, order)
    return address and {name: part for name, part in address.items() if name != "notes"}


def _write_line(
    order: Order, line: OrderLine, context: Rendering, details: OrderDetails, *, fulfillable: int, editable: int
) -> dict[str, Json]:
    kept = details.line(line.id)
    nothing = write_money(0, order.currency)
    ordered = write_money(line.price * line.quantity, order.currency)
    current = line.quantity - line.removed
    return {
        **write_ordered_goods(order, line, quantity=current, context=context),
        "id": line.id,
        "variant_id": line.variant_id or 0,
        "variant_title": line.variant_title or "",
        "product_url": f"{context.base_url}/products/{line.product_id or 0}/",
        "quantity": line.quantity,
        "current_quantity": current,
        "fulfillable_quantity": fulfillable,
        "editable_quantity": editable,
        "original_price_excl_tax": ordered,
        "original_price_incl_tax": ordered,
        "original_total_discount": nothing,
        "unit_cost": nothing,
        "total_cost": nothing,
        "requires_shipping": line.requires_shipping,
        "is_gift_card": False,
        "is_upsell": kept.upsell,
        "metadata": {} if kept.metadata is None else kept.metadata,
        "report_values": {},
        "created_at": write_time(order.created_at, context.shop),
        "updated_at": write_time(order.updated_at, context.shop),
    }


def read_order(fields: Fields) -> BookedOrder:
    """Read what a client needs of an order's body; its number is its id here. When it was put away is not told."""
    number = fields.need("number", fields.text("number"))
    return BookedOrder(
        id=fields.need("number", fields.identity("number")),
        name=number,
        created_at=fields.need("created_at", fields.time("created_at")),
        lines=tuple(_read_line(line) for line in fields.each("lines") or ()),
        fulfillment_status=fields.text("fulfillment_status"),
    )


def _read_line(fields: Fields) -> BookedOrderLine:
    quantity = fields.need("quantity", fields.whole("quantity"))
    fulfillable = fields.whole("fulfillable_quantity")
    return BookedOrderLine(
        id=fields.need("id", fields.identity("id")),
        quantity=quantity,
        fulfillable=quantity if fulfillable is None else fulfillable,
        sku=fields.text("sku") or None,
        variant_id=fields.identity("variant_id") or None,
    )
