"""Scopes: what they imply and reach."""

import pytest

from crossdock.dialects.registry import SHOPIFY
from crossdock.dialects.shopify.scopes import granted, missing, reaches
from crossdock.domain.access import Reach


def test_to_write_is_to_read() -> None:
    assert granted(["write_orders"]) == {"write_orders", "read_orders"}
    assert granted(["read_orders"]) == {"read_orders"}


def test_scopes_reach_kinds_of_fulfillment_orders() -> None:
    reads, writes = reaches(["write_assigned_fulfillment_orders", "read_third_party_fulfillment_orders"])
    assert reads == {Reach.ASSIGNED, Reach.THIRD_PARTY}
    assert writes == {Reach.ASSIGNED}
    assert reaches(["write_orders", "write_fulfillments"]) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("operation", "scopes", "lacking"),
    [
        ("list_orders", (), "read_orders"),
        ("list_orders", ("write_orders",), None),
        ("create_order", ("read_orders",), "write_orders"),
        (
            "accept_fulfillment_request",
            ("write_merchant_managed_fulfillment_orders",),
            "write_assigned_fulfillment_orders",
        ),
        ("create_fulfillment", ("write_third_party_fulfillment_orders",), None),
        ("create_fulfillment", (), "write_assigned_fulfillment_orders"),
        ("get_shop", (), None),
    ],
)
def test_a_missing_scope_is_named(operation: str, scopes: tuple[str, ...], lacking: str | None) -> None:
    row = next(row for row in SHOPIFY.operations if row.name == operation)
    assert missing(row.scopes, scopes) == lacking
