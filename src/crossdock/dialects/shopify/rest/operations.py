"""All operations of Shopify's Admin REST API that a store answers."""

from dataclasses import replace
from typing import Any

from crossdock.dialects.operation import Operation
from crossdock.dialects.shopify.rest import (
    actions,
    fulfillment_events,
    fulfillment_orders,
    fulfillments,
    inventory_items,
    inventory_levels,
    locations,
    order_changes,
    orders,
    parcels,
    products,
    requests,
    services,
    shop,
    variants,
    webhooks,
)
from crossdock.domain.commands import CreateOrder, RejectFulfillmentRequest

BASE = "/admin/api/{version}/"
UNVERSIONED_BASE = "/admin/"

# Paths are relative to BASE. Literal paths stand before those with a parameter in the same place.
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (
    *orders.OPERATIONS,
    *order_changes.OPERATIONS,
    *fulfillment_orders.OPERATIONS,
    *actions.OPERATIONS,
    *requests.OPERATIONS,
    *fulfillments.OPERATIONS,
    *parcels.OPERATIONS,
    *fulfillment_events.OPERATIONS,
    *services.OPERATIONS,
    *locations.OPERATIONS,
    *products.OPERATIONS,
    *variants.OPERATIONS,
    *inventory_items.OPERATIONS,
    *inventory_levels.OPERATIONS,
    *webhooks.OPERATIONS,
    *shop.OPERATIONS,
)

# Paths are relative to UNVERSIONED_BASE.
UNVERSIONED: tuple[Operation[Any, Any, Any], ...] = (shop.LIST_ACCESS_SCOPES,)

# Methods and paths that Shopify had once, and that its clients still offer: answered with 406 and nothing.
GONE: tuple[tuple[str, str], ...] = (
    ("POST", "orders/{order_id}/fulfillments.json"),
    ("PUT", "orders/{order_id}/fulfillments/{fulfillment_id}.json"),
    ("POST", "orders/{order_id}/fulfillments/{fulfillment_id}/complete.json"),
    ("POST", "orders/{order_id}/fulfillments/{fulfillment_id}/open.json"),
)


def narrowed(command: Any) -> Any:
    """Return a command as this wire can tell it; what it has no words for is dropped, or said less exactly."""
    match command:
        case RejectFulfillmentRequest():
            return requests.narrowed_rejection(command)
        case CreateOrder():
            return replace(command, import_key=None)
        case _:
            return command
