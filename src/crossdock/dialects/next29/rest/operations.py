"""All operations of 29 Next's Admin API that a store answers, by version."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from crossdock.dialects.next29 import versions
from crossdock.dialects.next29.rest import (
    actions,
    apps,
    fulfillment_events,
    fulfillment_orders,
    fulfillments,
    locations,
    order_notes,
    orders,
    products,
    requests,
    shipping_methods,
    stock_records,
    store,
    variants,
    webhooks,
)
from crossdock.dialects.operation import Operation
from crossdock.domain.commands import HoldFulfillmentOrder, RejectFulfillmentRequest

BASE = "/api/admin/"

# Paths are relative to BASE. Every version has these.
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (
    *locations.OPERATIONS,
    *stock_records.OPERATIONS,
    *products.OPERATIONS,
    *variants.OPERATIONS,
    *fulfillment_orders.OPERATIONS,
    *requests.OPERATIONS,
    *actions.OPERATIONS,
    *fulfillments.OPERATIONS,
    *fulfillment_events.OPERATIONS,
    *orders.OPERATIONS,
    *order_notes.OPERATIONS,
    *shipping_methods.OPERATIONS,
    *store.OPERATIONS,
    *webhooks.OPERATIONS,
    *apps.OPERATIONS,
)

# What the versions do not have in common.
OLDEST: tuple[Operation[Any, Any, Any], ...] = (*variants.OLDEST,)
NEWER: tuple[Operation[Any, Any, Any], ...] = (*variants.NEWER,)

BY_VERSION: Mapping[str, tuple[Operation[Any, Any, Any], ...]] = MappingProxyType(
    {version: (*OPERATIONS, *(OLDEST if version == versions.OLDEST else NEWER)) for version in versions.VERSIONS}
)


def narrowed(command: Any) -> Any:
    """Return a command as this wire can tell it, less exactly at times; rows refuse what they have no words for."""
    match command:
        case RejectFulfillmentRequest():
            return requests.narrowed_rejection(command)
        case HoldFulfillmentOrder():
            return actions.narrowed_hold(command)
        case _:
            return command
