"""The body of an Order as Shopify answers it: every top-level key of its samples.

What Crossdock does not have (taxes, discounts, checkouts, customers) is there with the value of an order without it.
Source: Shopify REST Order.
"""

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.fields import Fields
from crossdock.dialects.shopify.rest.fulfillments import write_fulfillment
from crossdock.dialects.shopify.rest.lines import Units, write_order_line
from crossdock.dialects.shopify.wire import (
    Rendering,
    gid,
    money_set,
    order_token,
    priced,
    write_address,
    write_money,
    write_optional_time,
    write_time,
)
from crossdock.domain.orders import FIRST_ORDER_NUMBER, FinancialStatus, Order
from crossdock.domain.work import BookedOrder, BookedOrderLine

_PAID = frozenset({FinancialStatus.PAID, FinancialStatus.PARTIALLY_REFUNDED, FinancialStatus.REFUNDED})
_NOTHING_OWED = _PAID | {FinancialStatus.VOIDED}

# Keys of things that an order here never has.
_ABSENT: dict[str, Json] = dict.fromkeys(
    (
        *("browser_ip", "cart_token", "checkout_id", "checkout_token", "client_details"),
        *("customer", "customer_locale", "device_id", "landing_site", "location_id", "merchant_business_entity_id"),
        *("merchant_of_record_app_id", "order_status_url", "payment_terms", "po_number", "reference"),
        *("referring_site", "source_identifier", "source_url", "user_id"),
    )
)


def write_order(order: Order, context: Rendering) -> dict[str, Json]:
    """Write an order with its lines and fulfillments."""
    units = Units.of(order, context.locations)
    return {
        **_ABSENT,
        **_write_identity(order, context),
        **_write_state(order, context),
        **_write_amounts(order),
        "billing_address": write_address(order.billing_address),
        "discount_applications": [],
        "discount_codes": [],
        "fulfillments": [write_fulfillment(order, each, units, context) for each in order.fulfillments],
        "line_items": [write_order_line(line, order, units) for line in order.lines],
        "refunds": [],
        "shipping_address": write_address(order.shipping_address),
        "shipping_lines": _write_shipping_lines(order),
        "tax_lines": [],
    }


def _write_identity(order: Order, context: Rendering) -> dict[str, Json]:
    token = order_token(order)
    return {
        "id": order.id,
        "admin_graphql_api_id": gid("Order", order.id),
        "app_id": order.app_id,
        "buyer_accepts_marketing": False,
        "confirmation_number": token[32:41].upper(),
        "contact_email": order.email,
        "created_at": write_time(order.created_at, context.shop),
        "email": order.email,
        "name": order.name,
        "note": order.note,
        "note_attributes": [{"name": each.name, "value": each.value} for each in order.note_attributes],
        "number": order.number,
        "order_number": FIRST_ORDER_NUMBER + order.number,
        "phone": order.phone,
        "processed_at": write_time(order.processed_at, context.shop),
        "source_name": order.source_name or (str(order.app_id) if order.app_id else "web"),
        "tags": order.tags,
        "test": order.test,
        "token": token[:32],
        "updated_at": write_time(order.updated_at, context.shop),
    }


def _write_state(order: Order, context: Rendering) -> dict[str, Json]:
    return {
        "cancel_reason": order.cancel_reason and order.cancel_reason.value,
        "cancelled_at": write_optional_time(order.cancelled_at, context.shop),
        "closed_at": write_optional_time(order.closed_at, context.shop),
        "confirmed": True,
        "financial_status": order.financial_status.value,
        "fulfillment_status": fulfillment_status(order),
        "payment_gateway_names": ["manual"] if order.financial_status in _PAID else [],
    }


def fulfillment_status(order: Order) -> str | None:
    """Return the order's word for how much has left: None for nothing yet."""
    if order.partially_fulfilled:
        return "partial"
    return "fulfilled" if order.fulfilled and order.fulfillments else None


def _write_amounts(order: Order) -> dict[str, Json]:
    currency = order.currency
    ordered, current, shipping = order.ordered_price, order.current_price, order.current_shipping_price
    owed = 0 if order.financial_status in _NOTHING_OWED else current + shipping
    return {
        "currency": currency,
        "presentment_currency": currency,
        "current_total_additional_fees_set": None,
        "current_total_duties_set": None,
        "original_total_additional_fees_set": None,
        "original_total_duties_set": None,
        **priced("current_subtotal_price", current, currency),
        **priced("current_total_discounts", 0, currency),
        **priced("current_total_price", current + shipping, currency),
        **priced("current_total_tax", 0, currency),
        **priced("subtotal_price", ordered, currency),
        **priced("total_discounts", 0, currency),
        **priced("total_line_items_price", ordered, currency),
        **priced("total_price", ordered + order.shipping_price, currency),
        **priced("total_tax", 0, currency),
        "total_cash_rounding_payment_adjustment_set": money_set(0, currency),
        "total_cash_rounding_refund_adjustment_set": money_set(0, currency),
        "total_outstanding": write_money(owed, currency),
        "total_shipping_price_set": money_set(order.shipping_price, currency),
        "total_tip_received": write_money(0, currency),
        "total_weight": sum(line.grams * line.quantity for line in order.lines),
        "duties_included": False,
        "estimated_taxes": False,
        "tax_exempt": False,
        "taxes_included": False,
    }


def _write_shipping_lines(order: Order) -> list[Json]:
    if order.shipping_title is None and order.shipping_code is None:
        return []
    return [
        {
            # An order has one shipping line at most, so the order's id names it.
            "id": order.id,
            "carrier_identifier": None,
            "code": order.shipping_code,
            **priced("discounted_price", order.shipping_price, order.currency),
            "discount_allocations": [],
            "is_removed": False,
            "phone": None,
            **priced("price", order.shipping_price, order.currency),
            "requested_fulfillment_service_id": None,
            "source": "shopify",
            "tax_lines": [],
            "title": order.shipping_title,
        }
    ]


def read_order(fields: Fields) -> BookedOrder:
    """Read what a client needs of an order's body."""
    return BookedOrder(
        id=fields.need("id", fields.identity("id")),
        name=fields.need("name", fields.text("name")),
        created_at=fields.need("created_at", fields.time("created_at")),
        lines=tuple(_read_line(line) for line in fields.each("line_items") or ()),
        fulfillment_status=fields.text("fulfillment_status"),
        cancelled_at=fields.time("cancelled_at"),
        closed_at=fields.time("closed_at"),
    )


def _read_line(fields: Fields) -> BookedOrderLine:
    quantity = fields.need("quantity", fields.whole("quantity"))
    fulfillable = fields.whole("fulfillable_quantity")
    return BookedOrderLine(
        id=fields.need("id", fields.identity("id")),
        quantity=quantity,
        fulfillable=quantity if fulfillable is None else fulfillable,
        sku=fields.text("sku"),
        variant_id=fields.identity("variant_id"),
    )
