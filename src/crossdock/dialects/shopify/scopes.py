"""Access scopes: which there are, what they imply, and which fulfillment orders they reach.

Source: Shopify, API access scopes; FulfillmentOrder, "Access scopes".
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from crossdock.domain.access import Hidden, Reach

READ_ORDERS = "read_orders"
WRITE_ORDERS = "write_orders"
READ_ALL_ORDERS = "read_all_orders"
READ_PRODUCTS = "read_products"
WRITE_PRODUCTS = "write_products"
READ_INVENTORY = "read_inventory"
WRITE_INVENTORY = "write_inventory"
READ_LOCATIONS = "read_locations"
WRITE_LOCATIONS = "write_locations"
READ_APPS = "read_apps"
READ_FULFILLMENTS = "read_fulfillments"
WRITE_FULFILLMENTS = "write_fulfillments"

_REACHES: Mapping[str, Reach] = {
    "assigned_fulfillment_orders": Reach.ASSIGNED,
    "merchant_managed_fulfillment_orders": Reach.MERCHANT_MANAGED,
    "third_party_fulfillment_orders": Reach.THIRD_PARTY,
}
WRITE_ASSIGNED = "write_assigned_fulfillment_orders"
WRITE_MERCHANT_MANAGED = "write_merchant_managed_fulfillment_orders"
WRITE_THIRD_PARTY = "write_third_party_fulfillment_orders"
WRITE_MARKETPLACE = "write_marketplace_fulfillment_orders"
"""Reaches nothing: there are no marketplaces. It stands among the scopes by which some operations can be asked for."""

READ_FULFILLMENT_ORDERS = frozenset(f"read_{name}" for name in _REACHES)
WRITE_FULFILLMENT_ORDERS = frozenset(f"write_{name}" for name in _REACHES)
# What the merchant decides about his own work, which is not for the service that it is assigned to.
WRITE_MERCHANTS_FULFILLMENT_ORDERS = WRITE_FULFILLMENT_ORDERS - {WRITE_ASSIGNED}

# Who has one of these sees all that an order has, wherever it is shipped from.
WHOLE_ORDERS = frozenset({READ_ORDERS, READ_FULFILLMENTS})

# In the order in which a missing one is named.
SCOPES: tuple[str, ...] = (
    *(READ_ORDERS, WRITE_ORDERS, READ_ALL_ORDERS),
    *("read_products", "write_products"),
    *("read_inventory", "write_inventory"),
    *(READ_LOCATIONS, WRITE_LOCATIONS),
    *("read_fulfillments", "write_fulfillments"),
    *("read_assigned_fulfillment_orders", "write_assigned_fulfillment_orders"),
    *("read_merchant_managed_fulfillment_orders", WRITE_MERCHANT_MANAGED),
    *("read_third_party_fulfillment_orders", WRITE_THIRD_PARTY),
    *("read_marketplace_fulfillment_orders", WRITE_MARKETPLACE),
    *("read_shipping", "write_shipping"),
    READ_APPS,
)


def granted(scopes: Iterable[str]) -> frozenset[str]:
    """Return the scopes with those that they imply: to write is to read."""
    return _granted(frozenset(scopes))


@lru_cache(maxsize=1024)  # asked several times in every call, and there are only so many sets that tokens have
def _granted(given: frozenset[str]) -> frozenset[str]:
    return given | {f"read_{scope.removeprefix('write_')}" for scope in given if scope.startswith("write_")}


def missing(needed: frozenset[str], scopes: Iterable[str]) -> str | None:
    """Return the scope to ask for where none of those needed is granted; None when the caller may."""
    if not needed or needed & granted(scopes):
        return None
    return min(needed, key=SCOPES.index)


def reaches(scopes: Iterable[str]) -> tuple[frozenset[Reach], frozenset[Reach]]:
    """Return which kinds of fulfillment orders may be read, and which may be changed."""
    return _reaches(frozenset(scopes))


@lru_cache(maxsize=1024)
def _reaches(scopes: frozenset[str]) -> tuple[frozenset[Reach], frozenset[Reach]]:
    given = granted(scopes)
    reads = frozenset(reach for name, reach in _REACHES.items() if f"read_{name}" in given)
    writes = frozenset(reach for name, reach in _REACHES.items() if f"write_{name}" in given)
    return reads, writes


def reading(reach: Reach) -> str:
    """Return the scope that shows fulfillment orders of this kind."""
    return next(f"read_{name}" for name, reached in _REACHES.items() if reached is reach)


def left_out(hidden: Iterable[Hidden]) -> str:
    """Say what lists left out, and which scopes would have shown it."""
    told = ", ".join(f"{each.what} {each.id} (needs {reading(each.reach)})" for each in hidden)
    return f"left out: {told}"
