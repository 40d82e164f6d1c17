"""What callers send to Shopify's REST API, and how it is taken."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.dialects.operation import Call, Json, Unreadable, find
from crossdock.dialects.registry import SHOPIFY
from crossdock.dialects.shopify.wire import read_money, read_time, write_money, write_time
from crossdock.domain.orders import FinancialStatus, StockClaim
from crossdock.domain.refusals import Invalid, NotFound, NothingToFulfill
from tests.dialects.scene import SHOP


def decoded(
    method: str, path: str, body: Json = None, *, query: tuple[tuple[str, str], ...] = (), currency: str = "USD"
) -> Any:
    found = find(SHOPIFY.operations, method, path)
    assert found is not None
    operation, parameters = found
    call = Call(method=method, path=path, query=query, body=body, parameters=parameters, currency=currency)
    return operation.decode(call)


def new_order(shop_currency: str = "USD", /, **fields: Json) -> Any:
    body = {"order": {"line_items": [{"title": "Lamp", "price": "9.99", "quantity": 1}], **fields}}
    return decoded("POST", "orders.json", body, currency=shop_currency)


def test_amounts_stand_in_the_shops_currency_unless_another_is_named() -> None:
    assert new_order().lines[0].price == 999
    assert new_order("JPY").lines[0].price == 10
    assert new_order("JPY", currency="KWD").lines[0].price == 9990


def test_an_order_that_claims_nothing_is_the_default() -> None:
    assert new_order().stock_claim is StockClaim.BYPASS


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, FinancialStatus.PENDING),
        ({"financial_status": "paid"}, FinancialStatus.PAID),
        ({"transactions": [{"kind": "sale", "status": "success", "amount": 9.99}]}, FinancialStatus.PAID),
        ({"transactions": [{"kind": "sale", "status": "failure"}]}, FinancialStatus.PENDING),
        ({"transactions": [{"kind": "authorization", "status": "success"}]}, FinancialStatus.PENDING),
    ],
)
def test_an_order_is_paid_by_a_sale_that_went_through(fields: dict[str, Json], status: FinancialStatus) -> None:
    assert new_order(**fields).financial_status is status


def test_a_country_is_found_by_name_or_code() -> None:
    assert new_order(shipping_address={"country": "EIRE"}).shipping_address.country_code == "IE"
    assert new_order(shipping_address={"country_code": "IE"}).shipping_address.country == "Ireland"


def test_a_name_in_one_piece_is_parted() -> None:
    address = new_order(shipping_address={"name": "Anna Maria Larsson"}).shipping_address
    assert (address.first_name, address.last_name) == ("Anna Maria", "Larsson")


def test_tags_come_as_text_or_as_a_list() -> None:
    assert new_order(tags="a, b").tags == new_order(tags=["a", "b"]).tags == "a, b"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"shipping_address": {"country": "Atlantis"}}, "shipping_address"),
        ({"shipping_address": {"country_code": "XX"}}, "shipping_address"),
        ({"currency": "dollars"}, "currency"),
        ({"financial_status": "rich"}, "financial_status"),
        ({"inventory_behaviour": "guess"}, "inventory_behaviour"),
        ({"line_items": [{"title": "Lamp", "quantity": 1, "grams": -1}]}, "line_items"),
        ({"line_items": [{"title": "Lamp", "quantity": 1, "grams": 2**31}]}, "line_items"),
    ],
)
def test_an_order_with_words_that_are_none(fields: dict[str, Json], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        new_order(**fields)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (None, "order", "Required parameter missing or invalid"),
        ({}, "order", "Required parameter missing or invalid"),
        ({"order": []}, "order", "expected Array to be a Hash"),
        ([], "base", "expected Array to be a Hash"),
        ({"order": {"line_items": {}}}, "order.line_items", "expected Hash to be a Array"),
        ({"order": {"line_items": ["x"]}}, "order.line_items[0]", "expected String to be a Hash"),
        (
            {"order": {"line_items": [{"quantity": True}]}},
            "order.line_items[0].quantity",
            "expected Boolean to be a Integer",
        ),
        (
            {"order": {"line_items": [{"quantity": "2"}]}},
            "order.line_items[0].quantity",
            "expected String to be a Integer",
        ),
        (
            {"order": {"line_items": [{"quantity": 1.5}]}},
            "order.line_items[0].quantity",
            "expected Float to be a Integer",
        ),
        ({"order": {"line_items": [{}]}}, "order.line_items[0].quantity", "Required parameter missing or invalid"),
        (
            {"order": {"line_items": [{"quantity": 1, "variant_id": 2**64}]}},
            "order.line_items[0].variant_id",
            "is out of range",
        ),
        ({"order": {"line_items": [{"quantity": 1, "price": "free"}]}}, "order.line_items[0].price", "is not a number"),
        ({"order": {"note": {"a": 1}}}, "order.note", "expected Hash to be a String"),
        ({"order": {"processed_at": "yesterday"}}, "order.processed_at", "is not a time"),
        ({"order": {"fulfill_at": "soon"}}, "order.fulfill_at", "is not a time"),
    ],
)
def test_a_body_of_another_form_is_named(body: Json, field: str, message: str) -> None:
    with pytest.raises(Unreadable) as refused:
        decoded("POST", "orders.json", body)
    assert (refused.value.field, refused.value.message) == (field, message)


def test_a_line_has_255_characters_at_most() -> None:
    assert len(new_order(name="x" * 255).name) == 255
    for fields in ({"name": "x" * 256}, {"line_items": [{"quantity": 1, "sku": "x" * 256}]}):
        with pytest.raises(Invalid):
            new_order(**fields)
    assert len(new_order(note="x" * 5000).note) == 5000


@pytest.mark.parametrize("body", [None, {}, {"fulfillment_request": None}, {"unknown": 1}])
def test_an_action_may_come_with_nothing(body: Json) -> None:
    command = decoded("POST", "fulfillment_orders/5/fulfillment_request/accept.json", body)
    assert (command.fulfillment_order_id, command.message) == (5, None)


def test_what_clients_send_back_is_ignored() -> None:
    body = {"fulfillment_request": {"fulfillment_order_id": 8, "message": "Go", "status": {"read": "only"}}}
    command = decoded("POST", "fulfillment_orders/5/fulfillment_request.json", body)
    assert (command.fulfillment_order_id, command.message, command.lines) == (5, "Go", None)


def test_ids_as_text_are_taken() -> None:
    group = {"fulfillment_order_id": "12", "fulfillment_order_line_items": [{"id": "3", "quantity": 0}]}
    command = decoded("POST", "fulfillments.json", {"fulfillment": {"line_items_by_fulfillment_order": [group]}})
    assert command.groups[0].fulfillment_order_id == 12
    assert (command.groups[0].lines[0].id, command.groups[0].lines[0].quantity) == (3, 0)


@pytest.mark.parametrize("groups", [None, []])
def test_a_fulfillment_of_nothing(groups: Json) -> None:
    with pytest.raises(NothingToFulfill):
        decoded("POST", "fulfillments.json", {"fulfillment": {"line_items_by_fulfillment_order": groups}})


@pytest.mark.parametrize("text", ["x", "-1", "1.0", "99999999999999999999", "٣", "%20"])
def test_a_path_with_no_id_leads_nowhere(text: str) -> None:
    with pytest.raises(NotFound):
        decoded("GET", f"orders/{text}.json")


def test_a_line_message_has_150_characters_at_most() -> None:
    def reject(length: int) -> Any:
        lines = [{"fulfillment_order_line_item_id": 1, "message": "x" * length}]
        return decoded(
            "POST",
            "fulfillment_orders/5/fulfillment_request/reject.json",
            {"fulfillment_request": {"line_items": lines}},
        )

    assert len(reject(150).lines[0].message) == 150
    with pytest.raises(Invalid):
        reject(151)


def test_lists_come_with_commas_and_with_brackets() -> None:
    commas = decoded("GET", "inventory_levels.json", query=(("location_ids", "1,2"), ("inventory_item_ids", "3")))
    brackets = decoded(
        "GET",
        "inventory_levels.json",
        query=(("location_ids[]", "1"), ("location_ids[]", "2"), ("inventory_item_ids[]", "3")),
    )
    assert commas == brackets
    assert commas.location_ids == (1, 2)


def test_levels_without_a_filter_are_refused() -> None:
    with pytest.raises(Invalid):
        decoded("GET", "inventory_levels.json")


def test_a_product_without_variants_has_one() -> None:
    assert len(decoded("POST", "products.json", {"product": {"title": "Lamp"}}).variants) == 1


@pytest.mark.parametrize("title", [None, "", "  "])
def test_a_product_needs_a_title(title: Json) -> None:
    with pytest.raises(Invalid) as refused:
        decoded("POST", "products.json", {"product": {"title": title}})
    assert (refused.value.field, refused.value.message) == ("title", "can't be blank")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-02-02 16:22 UTC", datetime(2026, 2, 2, 16, 22, tzinfo=UTC)),
        ("2025-07-02T11:22:25-05:00", datetime(2025, 7, 2, 16, 22, 25, tzinfo=UTC)),
        ("2025-07-02T11:22:25Z", datetime(2025, 7, 2, 11, 22, 25, tzinfo=UTC)),
        ("2025-07-02", datetime(2025, 7, 2, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_many_forms(text: str, at: datetime) -> None:
    assert read_time(text) == at


@pytest.mark.parametrize("text", ["", "soon", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_times_that_are_none(text: str) -> None:
    with pytest.raises(ValueError):
        read_time(text)


def test_times_are_written_in_the_shops_zone() -> None:
    assert write_time(datetime(2025, 7, 2, 16, 22, 25, 900, tzinfo=UTC), SHOP) == "2025-07-02T12:22:25-04:00"
    assert write_time(datetime(2025, 1, 2, 16, 22, 25, tzinfo=UTC), SHOP) == "2025-01-02T11:22:25-05:00"


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (19900, "USD", "199.00"),
        (5, "EUR", "0.05"),
        (1200, "JPY", "1200.00"),
        (1234, "KWD", "1.234"),
        (-1, "USD", "-0.01"),
    ],
)
def test_money_is_written_and_read(amount: int, currency: str, text: str) -> None:
    assert write_money(amount, currency) == text
    assert read_money(text, currency) == amount


@pytest.mark.parametrize(
    "text", ["", "x", "NaN", "Infinity", "1e400", "1e15", "1e999999999", "1_000", "１２", "9" * 5000, "--1", "."]
)
def test_money_that_is_none(text: str) -> None:
    with pytest.raises(ValueError):
        read_money(text, "USD")


@pytest.mark.parametrize(
    ("text", "amount"),
    [("999999999999999.99", 99999999999999999), ("1e-999999", 0), ("0." + "3" * 3000, 33), ("1e2", 10000), (".5", 50)],
)
def test_money_in_odd_forms(text: str, amount: int) -> None:
    assert read_money(text, "USD") == amount


@given(text=st.text(max_size=12) | st.from_regex(r"[0-9.eE+-]{1,40}", fullmatch=True))
def test_money_is_read_or_refused(text: str) -> None:
    try:
        assert abs(read_money(text, "KWD")) < 2**63
    except ValueError:
        return
