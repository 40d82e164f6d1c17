"""Line items as orders and fulfillments carry them. Source: Shopify REST Order, Fulfillment."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.wire import MANUAL, gid, priced
from crossdock.domain.orders import Order, OrderLine
from crossdock.domain.places import Location


@dataclass(frozen=True, kw_only=True, slots=True)
class Units:
    """What was shipped and what is left of each line of an order, and the service that has it, all by line id."""

    fulfilled: Counter[int]
    remaining: Counter[int]
    services: Mapping[int, str]

    @classmethod
    def of(cls, order: Order, locations: Mapping[int, Location]) -> "Units":
        """Count an order's units once for all its lines."""
        services: dict[int, str] = {}
        for fulfillment_order in order.fulfillment_orders:
            location = locations.get(fulfillment_order.location_id)
            if location and location.service:
                services.update((line.order_line_id, location.service.handle) for line in fulfillment_order.lines)
        return cls(fulfilled=order.fulfilled_quantities(), remaining=order.remaining_quantities(), services=services)

    def status(self, line: OrderLine) -> str | None:
        """Return a line's `fulfillment_status`."""
        if not self.fulfilled[line.id]:
            return None
        return "fulfilled" if self.fulfilled[line.id] >= line.quantity - line.removed else "partial"


def write_line(line: OrderLine, order: Order, units: Units, *, quantity: int) -> dict[str, Json]:
    """Write what a line of an order and a line of a fulfillment have in common."""
    return {
        "id": line.id,
        "admin_graphql_api_id": gid("LineItem", line.id),
        "discount_allocations": [],
        "duties": [],
        "fulfillable_quantity": units.remaining[line.id],
        "fulfillment_service": units.services.get(line.id, MANUAL),
        "fulfillment_status": units.status(line),
        "gift_card": False,
        "grams": line.grams,
        "name": " - ".join(part for part in (line.title, line.variant_title) if part),
        **priced("price", line.price, order.currency),
        "product_exists": line.product_id is not None,
        "product_id": line.product_id,
        "properties": [{"name": each.name, "value": each.value} for each in line.properties],
        "quantity": quantity,
        "requires_shipping": line.requires_shipping,
        "sku": line.sku,
        "tax_lines": [],
        "taxable": line.taxable,
        "title": line.title,
        **priced("total_discount", 0, order.currency),
        "variant_id": line.variant_id,
        "variant_inventory_management": None if line.inventory_item_id is None else "shopify",
        "variant_title": line.variant_title,
        "vendor": line.vendor,
    }


def write_order_line(line: OrderLine, order: Order, units: Units) -> dict[str, Json]:
    return write_line(line, order, units, quantity=line.quantity) | {
        "attributed_staffs": [],
        "current_quantity": line.quantity - line.removed,
    }
