"""What lines of orders, fulfillment orders and fulfillments tell alike: the product, and what its units cost.

Source: 29 Next Admin API, FulfillmentOrderLine, FulfillmentLineResponse. Amounts are those of all units of a line, as
its own storefront client takes them.
"""

from crossdock.dialects.next29 import versions
from crossdock.dialects.next29.wire import Rendering, write_money
from crossdock.dialects.operation import Json
from crossdock.domain.orders import Order, OrderLine


def write_goods(order: Order, line: OrderLine, *, quantity: int, context: Rendering) -> dict[str, Json]:
    """Write what so many units are in a line of a fulfillment order or fulfillment. Nothing is taxed or discounted."""
    goods = write_ordered_goods(order, line, quantity=quantity, context=context)
    if context.version != versions.OLDEST:
        return goods
    price = goods["price_excl_tax"]
    without = {name: value for name, value in goods.items() if name != "total_discount"}
    return {**without, "price_excl_tax_excl_discounts": price, "price_incl_tax_excl_discounts": price}


def write_ordered_goods(order: Order, line: OrderLine, *, quantity: int, context: Rendering) -> dict[str, Json]:
    """Write what so many units are in a line of an order, which all versions have alike."""
    price = write_money(line.price * quantity, order.currency)
    return {
        "product_id": line.product_id or 0,
        "product_title": line.title,
        # Clients need an address, and lines have no pictures.
        "product_image": f"{context.base_url}/static/mark.svg",
        "sku": line.sku or "",
        "price_excl_tax": price,
        "price_incl_tax": price,
        "total_discount": write_money(0, order.currency),
        "currency": order.currency,
        "tax_lines": [],
    }
