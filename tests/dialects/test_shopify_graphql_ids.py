"""Global ids are written as recorded and read in every form in which they were given."""

from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.dialects.operation import Unreadable
from crossdock.dialects.shopify.graphql.ids import Gid, gid, job_gid, level_gid, read_gid, read_job_gid, service_gid


# Source: Shopify GraphQL, ids as recorded.
def test_ids_are_written_as_recorded() -> None:
    assert gid("FulfillmentOrder", 9825095713074) == "gid://shopify/FulfillmentOrder/9825095713074"
    assert service_gid(71889420594) == "gid://shopify/FulfillmentService/71889420594?id=true"
    level = level_gid(143273034034, inventory_item_id=53214089609522)
    assert level == "gid://shopify/InventoryLevel/143273034034?inventory_item_id=53214089609522"


@given(st.from_regex(r"[A-Z][A-Za-z0-9]{0,40}", fullmatch=True), st.integers(0, 2**63 - 1))
def test_an_id_is_read_as_it_was_written(type_name: str, number: int) -> None:
    assert read_gid(gid(type_name, number), type_name) == Gid(type=type_name, number=number)


def test_the_query_part_is_read() -> None:
    found = read_gid("gid://shopify/InventoryLevel/1?inventory_item_id=2")
    assert found == Gid(type="InventoryLevel", number=1, query={"inventory_item_id": "2"})
    assert str(found) == "gid://shopify/InventoryLevel/1?inventory_item_id=2"


def test_a_service_is_known_with_and_without_its_query_part() -> None:
    assert read_gid(service_gid(7), "FulfillmentService").number == 7
    assert read_gid("gid://shopify/FulfillmentService/7", "FulfillmentService").number == 7


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "gid://shopify/Product",
        "gid://shopify/Product/",
        "gid://shopify/Product/x",
        "gid://shopify/Product/-1",
        "gid://shopify/Product/01",
        "gid://shopify/Product/1/2",
        "gid://shopify/Product/1?",
        "gid://shopify/Product/1?a=\x00",
        "gid://shopify/Product/1\n",
        "gid://other/Product/1",
        "gid://shopify/Product/9223372036854775808",
        "gid://shopify/Product/" + "9" * 5_000,
        "gid://shopify/Product/١",
        "gid://shopify/FulfillmentService/manual",
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_gid(text)


def test_an_id_of_another_type_is_refused() -> None:
    with pytest.raises(Unreadable):
        read_gid("gid://shopify/Order/1", "Product")


@given(st.text(max_size=100))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (read_gid, read_job_gid):
        with suppress(Unreadable):
            assert str(read(text)) in {text, text.removeprefix("gid://shopify/Job/")}


def test_the_id_of_a_job_is_a_uuid() -> None:
    job_id = UUID("0d1c3f5e-1b1a-4c8e-9d3e-0a1b2c3d4e5f")
    assert read_job_gid(job_gid(job_id)) == job_id
    with pytest.raises(Unreadable):
        read_job_gid("gid://shopify/Job/0d1c3f5e1b1a4c8e9d3e0a1b2c3d4e5f")
