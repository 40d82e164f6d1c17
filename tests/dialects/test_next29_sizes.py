"""What 29 Next's wire takes in is of a size that can be kept and listed."""

from typing import Any

import pytest

from crossdock.dialects.next29.errors import answer_wire_error, under
from crossdock.dialects.next29.fields import LARGEST_KEPT, MOST_ITEMS, Fields
from crossdock.dialects.next29.rest.new_order import decode_create
from crossdock.dialects.operation import Call, Unreadable

PERSON = {"first_name": "Bo", "last_name": "Ek", "line1": "Storgatan 1", "line4": "Lund", "country": "SE"}
BIG = "a" * (LARGEST_KEPT + 1)


def order(**fields: Any) -> Call:
    body = {"lines": [{"product_id": 1, "quantity": 1}], "shipping_address": PERSON, **fields}
    return Call(method="POST", path="orders/", body=body)


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"metadata": {"a": BIG}}, "metadata"),
        ({"attribution": {"a": BIG}}, "attribution"),
        ({"tags": [BIG]}, "tags"),
        ({"tags": ["a"] * (MOST_ITEMS + 1)}, "tags"),
        ({"user": {"metadata": [BIG]}}, "user.metadata"),
        ({"lines": [{"product_id": 1, "quantity": 1}] * (MOST_ITEMS + 1)}, "lines"),
        ({"lines": [{"product_id": 1, "quantity": 1, "metadata": BIG}]}, "lines[0].metadata"),
    ],
)
def test_what_is_too_large_is_refused_where_it_stands(fields: dict[str, Any], at: str) -> None:
    with pytest.raises(Unreadable) as refused:
        decode_create(order(**fields))
    assert refused.value.field == at
    decode_create(order(metadata={"a": BIG[20:]}, tags=["a"] * MOST_ITEMS))


def test_names_that_no_field_has_are_not_told_back() -> None:
    for name in ("a[" * 200_000, "a" * 5000, "[0]" * 300, ".".join("abcdefghijklmnop"), "[3].a", ""):
        assert under(name, ["No."]) == {"non_field_errors": ["No."]}
    assert under("lines[1].price", ["No."]) == {"lines": [{}, {"price": ["No."]}]}
    assert answer_wire_error(Unreadable("base", "No.")) == (400, {"non_field_errors": ["No."]})
    assert Fields({"a": [1]}).free("a") == [1]
