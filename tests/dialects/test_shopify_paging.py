"""Lists in parts, as Shopify's clients walk through them."""

import base64
import json
import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.dialects.operation import Call, Unreadable
from crossdock.dialects.shopify.paging import link_header, next_call, open_list
from crossdock.domain.queries import ListOrders, Page, Window

URL = "https://jsmith.myshopify.com/admin/api/2025-07/orders.json"
WHOLE = ListOrders().window


def call(*query: tuple[str, str]) -> Call:
    return Call(method="GET", path="orders.json", query=query)


def test_a_list_in_one_piece_has_no_header() -> None:
    assert link_header(call(), WHOLE, Page(items=(1,)), url=URL) is None


def test_a_client_walks_forth_and_back() -> None:
    first = call(("limit", "2"), ("status", "any"), ("name", "#1,2"), ("fields", "id,name"))
    _, window = open_list(first, WHOLE)
    header = link_header(first, window, Page(items=(9, 8), next=8), url=URL)
    second = next_call(first, header)
    assert second is not None
    filters, window = open_list(second, WHOLE)
    assert window == Window(limit=2, after=8, descending=True)
    assert (filters.text("status"), filters.text("name")) == ("any", "#1,2")
    assert ("fields", "id,name") in second.query

    header = link_header(second, window, Page(items=(7, 6), previous=7, next=6), url=URL)
    third = next_call(second, header)
    assert third is not None
    filters, window = open_list(third, WHOLE)
    assert window == Window(limit=2, after=6, descending=True)
    assert filters.text("status") == "any"

    header = link_header(third, window, Page(items=(5,), previous=5), url=URL)
    assert next_call(third, header) is None
    back = re.findall(r'<([^>]+)>; rel="previous"', header or "")
    assert len(back) == 1


def test_the_header_has_the_form_that_clients_split() -> None:
    """Python splits on ", " and "; ", JavaScript makes a URL of it, Ruby splits on every comma."""
    asked = call(("ids", "1,2,3"), ("status", "any"))
    header = link_header(asked, WHOLE, Page(items=(5,), previous=5, next=4), url=URL)
    assert header is not None
    links = header.split(", ")
    assert [link.split("; ")[1] for link in links] == ['rel="previous"', 'rel="next"']
    assert header.count(",") == 1
    for link in links:
        address = urlsplit(link.split("; ")[0].strip("<>"))
        assert (address.scheme, address.path) == ("https", "/admin/api/2025-07/orders.json")


def test_since_id_counts_upwards() -> None:
    _, window = open_list(call(("since_id", "17"), ("limit", "10")), WHOLE)
    assert window == Window(limit=10, after=17, descending=False)


@pytest.mark.parametrize(("limit", "taken"), [("1", 1), ("250", 250), ("1000", 250)])
def test_a_limit_is_capped(limit: str, taken: int) -> None:
    assert open_list(call(("limit", limit)), WHOLE)[1].limit == taken


@pytest.mark.parametrize("query", [("limit", "0"), ("limit", "-1"), ("limit", "ten"), ("since_id", "x")])
def test_a_limit_or_place_that_is_none(query: tuple[str, str]) -> None:
    with pytest.raises(Unreadable):
        open_list(call(query), WHOLE)


@given(text=st.text(min_size=1) | st.sampled_from(["bnVsbA", "e30", "W10", "W1tbW1tbW1tb", "eyJmIjpbXX0", "a", "===="]))
def test_a_cursor_that_is_none(text: str) -> None:
    with pytest.raises(Unreadable):
        open_list(call(("page_info", text)), WHOLE)


@pytest.mark.parametrize("value", ["\x00", "\ud800"])
def test_a_cursor_brings_in_nothing_that_cannot_be_stored(value: str) -> None:
    cursor = {"f": [["name", value]], "a": 1, "b": None, "d": True}
    text = base64.urlsafe_b64encode(json.dumps(cursor).encode()).decode()
    with pytest.raises(Unreadable):
        open_list(call(("page_info", text)), WHOLE)


def test_filters_do_not_stand_beside_a_cursor() -> None:
    header = link_header(call(), WHOLE, Page(items=(9,), next=9), url=URL)
    second = next_call(call(), header)
    assert second is not None
    with pytest.raises(Unreadable):
        open_list(call(*second.query, ("status", "any")), WHOLE)


@pytest.mark.parametrize("host", ["elsewhere.example", "[", "[::::]"])
def test_the_answer_does_not_say_where_to_ask(host: str) -> None:
    link = f'<https://{host}/admin/orders.json?limit=1&page_info=abc>; rel="next"'
    following = next_call(call(("status", "any")), link)
    assert following == call(("limit", "1"), ("page_info", "abc"))
