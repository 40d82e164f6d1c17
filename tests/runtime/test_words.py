"""Names of programs, as pages say them."""

import pytest

from crossdock.runtime.words import headed, in_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("invalid_sku", "invalid SKU"),
        ("api_call", "API call"),
        ("INVENTORY_OUT_OF_STOCK", "inventory out of stock"),
        ("fulfillmentOrderAcceptFulfillmentRequest", "fulfillment order accept fulfillment request"),
        ("open / rejected", "open / rejected"),
        ("", ""),
    ],
)
def test_a_name_is_said_in_words(name: str, words: str) -> None:
    assert in_words(name) == words


def test_a_line_begins_with_a_capital_and_keeps_the_others() -> None:
    assert headed("api_call") == "API call"
    assert headed("sku_unknown") == "SKU unknown"
    assert headed("create_order") == "Create order"
