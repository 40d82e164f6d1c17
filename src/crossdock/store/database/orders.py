"""Reading order aggregates: one statement for any number of them, decoded straight into the domain's values."""

from collections.abc import Collection

import msgspec

from crossdock.domain.orders import Order
from crossdock.runtime.connection import Connection

# Every table is named with its shop, so that the statement stays on one shop's part of each.
WHOLE = """
    SELECT o.id, o.shop_id, o.number, o.name, o.version, o.currency, o.financial_status, o.stock_claim, o.email,
        o.phone, o.note, o.tags, o.note_attributes, o.source_name, o.test, o.shipping_address, o.billing_address,
        o.shipping_title, o.shipping_code, o.shipping_price, o.app_id, o.processed_at, o.created_at, o.updated_at,
        o.cancelled_at, o.cancel_reason, o.staff_note, o.closed_at, o.deleted_at,
        (SELECT coalesce(json_agg(line ORDER BY line.id), '[]') FROM (
            SELECT l.id, l.title, l.quantity, l.removed, l.price, l.variant_id, l.product_id, l.inventory_item_id,
                l.sku, l.variant_title, l.vendor, l.grams, l.requires_shipping, l.taxable, l.claims_stock, l.properties
            FROM order_lines l WHERE l.shop_id = o.shop_id AND l.order_id = o.id
        ) line) AS lines,
        (SELECT coalesce(json_agg(fulfillment_order ORDER BY fulfillment_order.id), '[]') FROM (
            SELECT f.id, f.location_id, f.place, f.status, f.request_status, f.progress_reported, f.fulfill_at,
                f.fulfill_by, f.split_from, f.replaces, f.merged_into, f.split_by_hold, f.created_at, f.updated_at,
                (SELECT coalesce(json_agg(line ORDER BY line.id), '[]') FROM (
                    SELECT l.id, l.order_line_id, l.inventory_item_id, l.variant_id, l.quantity, l.remaining
                    FROM fulfillment_order_lines l WHERE l.shop_id = f.shop_id AND l.fulfillment_order_id = f.id
                ) line) AS lines,
                (SELECT coalesce(json_agg(request ORDER BY request.id), '[]') FROM (
                    SELECT r.id, r.kind, r.message, r.notify_customer, r.sent_at, r.answer, r.answered_at,
                        r.answer_message, r.estimated_shipped_at, r.rejection_reason, r.line_rejections
                    FROM merchant_requests r WHERE r.shop_id = f.shop_id AND r.fulfillment_order_id = f.id
                ) request) AS requests,
                (SELECT coalesce(json_agg(hold ORDER BY hold.id), '[]') FROM (
                    SELECT h.id, h.reason, h.notes, h.handle, h.external_id, h.app_id, h.placed_at
                    FROM holds h WHERE h.shop_id = f.shop_id AND h.fulfillment_order_id = f.id
                ) hold) AS holds
            FROM fulfillment_orders f WHERE f.shop_id = o.shop_id AND f.order_id = o.id
        ) fulfillment_order) AS fulfillment_orders,
        (SELECT coalesce(json_agg(fulfillment ORDER BY fulfillment.number), '[]') FROM (
            SELECT f.id, f.number, f.location_id, f.status, f.service_handle, f.tracking, f.notify_customer, f.message,
                f.created_at, f.updated_at,
                (SELECT coalesce(json_agg(line ORDER BY line.id), '[]') FROM (
                    SELECT l.id, l.fulfillment_order_id, l.fulfillment_order_line_id, l.order_line_id, l.quantity
                    FROM fulfillment_lines l WHERE l.shop_id = f.shop_id AND l.fulfillment_id = f.id
                ) line) AS lines,
                (SELECT coalesce(json_agg(event ORDER BY event.id), '[]') FROM (
                    SELECT e.id, e.status, e.happened_at, e.created_at, e.message, e.estimated_delivery_at, e.address1,
                        e.address2, e.city, e.province, e.zip, e.country, e.latitude, e.longitude
                    FROM carrier_events e WHERE e.shop_id = f.shop_id AND e.fulfillment_id = f.id
                ) event) AS events
            FROM fulfillments f WHERE f.shop_id = o.shop_id AND f.order_id = o.id
        ) fulfillment) AS fulfillments
    FROM {orders} o
"""

# Deleted orders are gone for whoever asks or commands; only the log is still compared with them.
AGGREGATE = WHOLE.format(orders="(SELECT * FROM orders WHERE deleted_at IS NULL)")
NAMED = "WHERE o.shop_id = $1 AND o.id = ANY ($2::bigint[])"
LOAD = f"SELECT coalesce(json_agg(aggregate), '[]')::text FROM ({AGGREGATE} {NAMED}) aggregate"
LOAD_DELETED_TOO = (
    f"SELECT coalesce(json_agg(aggregate), '[]')::text FROM ({WHOLE.format(orders='orders')} {NAMED}) aggregate"
)

decoder = msgspec.json.Decoder(tuple[Order, ...])


async def load_orders(
    connection: Connection, shop_id: int, order_ids: Collection[int], *, deleted_too: bool = False
) -> dict[int, Order]:
    """Return the orders of a shop by id, whole; ids that name none are left out. One statement."""
    if not order_ids:
        return {}
    text: str = await connection.fetchval(LOAD_DELETED_TOO if deleted_too else LOAD, shop_id, list(order_ids))
    return {order.id: order for order in decoder.decode(text)}
