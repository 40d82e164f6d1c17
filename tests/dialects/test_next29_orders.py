"""29 Next's orders, notes, shipping methods and store, body by body.

Source: the field lists of 29next/developer-docs, Admin API 2024-04-01 (Order, OrderList, OrderLine, CreateOrder,
UpdateOrder, CancelOrder, MarkAsPaid, OrderNote, Store, ShippingMethod) and its guide for creating orders, whose card
for tests is `test_card`. Values are ours.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from crossdock.dialects.next29.errors import answer_wire_error
from crossdock.dialects.next29.rest import order_notes, orders, shipping_methods, store
from crossdock.dialects.next29.rest.order_body import write_listed_order, write_order
from crossdock.dialects.next29.wire import Rendering
from crossdock.dialects.operation import AnyOperation, Call, Json, NotExpressible, Unreadable, ask, find
from crossdock.domain.commands import CancelOrder, CreateOrder, MarkOrderAsPaid, NewOrderLine, UpdateOrder
from crossdock.domain.decisions import OrderChanged
from crossdock.domain.finding_orders import FindOrders, OrderSource, OrderStanding
from crossdock.domain.order_details import Customer, DetailedOrder, GetDetailedOrder, LineDetails, OrderDetails
from crossdock.domain.order_notes import AddOrderNote, ListOrderNotes, OrderNote
from crossdock.domain.order_status import NextDeliveryStatus, NextFulfillmentStatus
from crossdock.domain.orders import CancelReason, FinancialStatus, Order, StockClaim
from crossdock.domain.places import Address
from crossdock.domain.queries import GetShop, Page
from crossdock.domain.routing.rules import NEAREST_RULES
from crossdock.domain.shipping_methods import GetShippingMethod, ListShippingMethods, ShippingMethod, ShippingPrice
from crossdock.domain.work import BookedOrder, BookedOrderLine
from tests.dialects.scene import AT, LOCATIONS, SHOP, order, parcel

HERE = "https://jsmith.29next.store"
CONTEXT = Rendering(shop=SHOP, locations=LOCATIONS, version="2024-04-01", base_url=HERE)
ROWS: tuple[AnyOperation, ...] = (
    *orders.OPERATIONS,
    *order_notes.OPERATIONS,
    *shipping_methods.OPERATIONS,
    *store.OPERATIONS,
)
WHEN = "2025-01-02T11:35:27.000000-05:00"
BOB = Address(
    first_name="Bob",
    last_name="Norman",
    address1="Chestnut Street 92",
    city="Louisville",
    province="KY",
    province_code="KY",
    zip="40202",
    country="United States",
    country_code="US",
    notes="Ring twice",
)
SENT = {
    "first_name": "Bob",
    "last_name": "Norman",
    "line1": "Chestnut Street 92",
    "line4": "Louisville",
    "state": "KY",
    "postcode": "40202",
    "country": "US",
    "notes": "Ring twice",
}
SHOWN_ADDRESS = {"id": 450789469, **SENT, "line2": "", "line3": "", "phone_number": ""}
DETAILS = OrderDetails(
    customer=Customer(id=5, first_name="Robert", language="en", accepts_marketing=True),
    metadata={"a": [1]},
    attribution={"utm_source": "mail"},
    lines=(LineDetails(order_line_id=466157049, upsell=True, metadata={"gift": True}),),
)

LISTED = {
    "number": "1001",
    "status": "open",
    "fulfillment_status": "unfulfilled",
    "payment_status": "paid",
    "is_test": False,
    "source": "admin_api",
    "currency": "USD",
    "display_taxes": "excl_tax",
    "metadata": {"a": [1]},
    "order_status_url": f"{HERE}/orders/1001/",
    "user": {
        "id": 5,
        "email": "bob@example.com",
        "first_name": "Robert",
        "last_name": "Norman",
        "phone_number": None,
        "accepts_marketing": True,
        "ip": None,
        "language": "en",
        "user_agent": None,
    },
    "date_placed": WHEN,
    "created_at": WHEN,
    "updated_at": WHEN,
    "original_shipping_excl_tax": "5.00",
    "original_shipping_incl_tax": "5.00",
    "original_total_discount": "0.00",
    "original_total_excl_tax": "403.00",
    "original_total_incl_tax": "403.00",
    "shipping_excl_tax": "5.00",
    "shipping_incl_tax": "5.00",
    "shipping_tax": "0.00",
    "total_cost": "0.00",
    "total_discount": "0.00",
    "total_excl_tax": "204.00",
    "total_incl_tax": "204.00",
    "total_outstanding": "0.00",
    "total_tax": "0.00",
    "shipping_code": "express",
    "shipping_method": "Express",
}
LINE = {
    "product_id": 632910392,
    "product_title": "IPod Nano - 8gb",
    "product_image": f"{HERE}/static/mark.svg",
    "sku": "IPOD-39072856",
    "price_excl_tax": "199.00",
    "price_incl_tax": "199.00",
    "total_discount": "0.00",
    "currency": "USD",
    "tax_lines": [],
    "id": 466157049,
    "variant_id": 39072856,
    "variant_title": "",
    "product_url": f"{HERE}/products/632910392/",
    "quantity": 2,
    "current_quantity": 1,
    "fulfillable_quantity": 0,
    "editable_quantity": 0,
    "original_price_excl_tax": "398.00",
    "original_price_incl_tax": "398.00",
    "original_total_discount": "0.00",
    "unit_cost": "0.00",
    "total_cost": "0.00",
    "requires_shipping": True,
    "is_gift_card": False,
    "is_upsell": True,
    "metadata": {"gift": True},
    "report_values": {},
    "created_at": WHEN,
    "updated_at": WHEN,
}
EMPTY_ATTRIBUTION = {
    **dict.fromkeys(("affiliate", "funnel", "gclid", "utm_campaign", "utm_content", "utm_medium", "utm_term"), ""),
    **dict.fromkeys((f"subaffiliate{number}" for number in range(1, 6)), ""),
}


def placed() -> Order:
    """An order of one line, of whose two units one was removed again."""
    whole = order()
    (line, *_) = whole.lines
    return replace(
        whole,
        number=1,
        email="bob@example.com",
        created_at=AT,
        updated_at=AT,
        processed_at=AT,
        financial_status=FinancialStatus.PAID,
        tags="vip,  b2b",
        shipping_address=BOB,
        billing_address=BOB,
        shipping_title="Express",
        shipping_code="express",
        shipping_price=500,
        app_id=7,
        lines=(replace(line, quantity=2, removed=1, price=19900),),
    )


def test_an_order_is_written_whole() -> None:
    written = write_order(placed(), CONTEXT, DETAILS)
    assert written == {
        **LISTED,
        "attribution": {**EMPTY_ATTRIBUTION, "utm_source": "mail"},
        "billing_address": {name: part for name, part in SHOWN_ADDRESS.items() if name != "notes"},
        "shipping_address": SHOWN_ADDRESS,
        "fulfillments": [],
        "lines": [LINE],
        "offer_discounts": [],
        "refunds": [],
        "report_values": {},
        "shipping_tax_lines": [],
        "subscription_lifecycle": "non-recurring",
        "subscriptions": [],
        "supports_post_purchase_upsells": False,
        "tags": ["vip", "b2b"],
        "tax_lines": [],
        "transactions": [],
        "voucher_discounts": [],
    }


def test_lines_of_orders_are_alike_in_every_version() -> None:
    oldest = write_order(placed(), replace(CONTEXT, version="2023-02-10"), DETAILS)
    assert oldest["lines"] == write_order(placed(), CONTEXT, DETAILS)["lines"]


def test_lists_have_less_of_an_order() -> None:
    assert write_listed_order(placed(), CONTEXT, DETAILS) == LISTED


def test_an_order_of_another_wire_has_what_it_can() -> None:
    bare = replace(placed(), email=None, app_id=None, shipping_address=None, billing_address=None, tags="")
    written = write_order(replace(bare, shipping_title=None, shipping_code=None), CONTEXT)
    assert written["user"]["id"] == bare.id
    assert (written["user"]["email"], written["user"]["first_name"]) == (None, "")
    assert (written["metadata"], written["tags"], written["shipping_address"]) == ({}, [], None)
    assert (written["source"], written["shipping_code"], written["shipping_method"]) == ("dashboard", "", "")
    assert write_order(replace(bare, source_name="web"), CONTEXT)["source"] == "checkout"


@pytest.mark.parametrize(
    ("changes", "field", "word"),
    [
        ({"closed_at": AT}, "status", "archived"),
        ({"closed_at": AT, "cancelled_at": AT}, "status", "canceled"),
        ({"cancelled_at": AT}, "total_outstanding", "0.00"),
        ({"cancelled_at": AT}, "shipping_incl_tax", "0.00"),
        ({"cancelled_at": AT}, "original_shipping_incl_tax", "5.00"),
        ({"financial_status": FinancialStatus.PENDING}, "total_outstanding", "204.00"),
        ({"financial_status": FinancialStatus.PARTIALLY_REFUNDED}, "payment_status", "partially_refunded"),
        ({"currency": "JPY"}, "total_incl_tax", "20400.00"),
    ],
)
def test_states_and_amounts(changes: dict[str, Any], field: str, word: str) -> None:
    assert write_listed_order(replace(placed(), **changes), CONTEXT)[field] == word


def test_a_part_that_left_is_no_word_of_an_orders_own() -> None:
    """The list filters by `partially_fulfilled`; the body's words do not have it."""
    some = placed()
    some = replace(some, fulfillments=(parcel(replace(some.lines[0], quantity=1)),))
    more = replace(some, lines=(replace(some.lines[0], quantity=3, removed=0),))
    assert write_order(more, CONTEXT)["fulfillment_status"] == "unfulfilled"
    assert write_order(some, CONTEXT)["fulfillment_status"] == "fulfilled"
    assert [each["id"] for each in write_order(some, CONTEXT)["fulfillments"]] == [some.fulfillments[0].id]


def heard(command: object, row: AnyOperation) -> tuple[Call, Any]:
    """Return a command as it is sent, and as it is understood."""
    call = row.encode(command)
    found = find(ROWS, call.method, call.path)
    assert found is not None
    assert found[0].command is row.command
    return call, found[0].decode(replace(call, parameters=found[1]))


NEW = CreateOrder(
    lines=(
        NewOrderLine(variant_id=1, quantity=2, price=1250, upsell=True, metadata={"gift": True}),
        NewOrderLine(variant_id=2, quantity=1),
    ),
    currency="EUR",
    email="bob@example.com",
    phone="+1 502",
    tags="vip, b2b",
    financial_status=FinancialStatus.PAID,
    stock_claim=StockClaim.OBEYING_POLICY,
    shipping_address=BOB,
    billing_address=replace(BOB, first_name="Ann"),
    shipping_method="express",
    shipping_price=500,
    processed_at=datetime(2026, 1, 1, 9, tzinfo=UTC),
    details=OrderDetails(
        customer=Customer(
            id=5,
            first_name="Bob",
            last_name="Norman",
            accepts_marketing=False,
            ip="::1",
            language="en",
            user_agent="curl",
            tags=("new",),
            metadata=[1],
        ),
        metadata={"a": 1},
        attribution={"funnel": "spring"},
        payment_method="external",
    ),
)
CARD = OrderDetails(payment_method="card_token")


@pytest.mark.parametrize(
    "command",
    [
        NEW,
        CreateOrder(
            lines=NEW.lines[1:],
            shipping_address=BOB,
            stock_claim=StockClaim.OBEYING_POLICY,
        ),
        CreateOrder(
            lines=NEW.lines[1:],
            shipping_address=BOB,
            test=True,
            financial_status=FinancialStatus.PAID,
            details=CARD,
        ),
        CreateOrder(lines=NEW.lines[1:], shipping_address=BOB, closed=True),
        CreateOrder(lines=NEW.lines[1:], shipping_address=BOB, cancelled=True),
    ],
)
def test_a_new_order_arrives_as_it_was_sent(command: CreateOrder) -> None:
    # However it was sent, it is routed as this platform does.
    assert heard(command, orders.CREATE)[1] == replace(command, usual_rules=NEAREST_RULES)


def test_a_new_order_as_the_guide_sends_it() -> None:
    body = {
        "lines": [{"product_id": 1, "quantity": "2", "price": 12.5}],
        "user": {"email": "bob@example.com", "first_name": "Bob", "last_name": "Norman", "language": ""},
        "shipping_address": {**SENT, "country": "united states"},
        "billing_same_as_shipping_address": "true",
        "shipping_code": "",
        "payment_method": "card_token",
        "payment_details": {"card_token": "test_card", "payment_gateway": 1},
        "vouchers": [],
        "send_receipt": True,
    }
    command = orders.CREATE.decode(Call(method="POST", path="orders/", body=body))
    assert command == CreateOrder(
        usual_rules=NEAREST_RULES,
        lines=(NewOrderLine(variant_id=1, quantity=2, price=1250),),
        email="bob@example.com",
        test=True,
        financial_status=FinancialStatus.PAID,
        shipping_address=BOB,
        billing_address=BOB,
        details=replace(CARD, customer=Customer(first_name="Bob", last_name="Norman")),
    )


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({}, {"lines": ["This field is required."]}),
        (
            {"lines": [{"product_id": 1, "quantity": 0}]},
            {"lines": [{"quantity": ["Ensure this value is greater than or equal to 1."]}]},
        ),
        (
            {"lines": [{"product_id": 1, "quantity": 1}, {"quantity": 1}]},
            {"lines": [{}, {"product_id": ["This field is required."]}]},
        ),
        (
            {"lines": [{"product_id": 1, "quantity": 1}], "shipping_address": {**SENT, "line4": ""}},
            {"shipping_address": {"line4": ["This field may not be blank."]}},
        ),
    ],
)
def test_what_is_no_order_is_told_where_it_stands(body: Json, answer: Json) -> None:
    with pytest.raises(Unreadable) as problem:
        orders.CREATE.decode(Call(method="POST", path="orders/", body=body))
    status, told = answer_wire_error(problem.value)
    assert (status, told) == (400, answer)


@pytest.mark.parametrize(
    "command",
    [
        replace(NEW, lines=(NewOrderLine(title="A thing", quantity=1),)),
        replace(NEW, currency=None),
        replace(NEW, financial_status=FinancialStatus.AUTHORIZED),
    ],
)
def test_what_has_no_words_is_not_sent(command: CreateOrder) -> None:
    with pytest.raises(NotExpressible):
        orders.CREATE.encode(command)


CHANGES = UpdateOrder(
    order_id=1001,
    shipping_address=BOB,
    tags="vip, b2b",
    metadata={"b": 2},
    attribution={"utm_term": "mugs"},
    closed=True,
    in_time=True,
    expected_statuses=(NextFulfillmentStatus.PROCESSING,),
)


@pytest.mark.parametrize("row", [orders.UPDATE, orders.REPLACE], ids=["PATCH", "PUT"])
def test_changes_arrive_as_they_were_sent(row: AnyOperation) -> None:
    call, understood = heard(CHANGES, row)
    assert (call.path, understood) == ("orders/1001/", CHANGES)
    empty = replace(CHANGES, tags="", closed=False, expected_statuses=())
    assert heard(empty, row)[1] == empty
    with pytest.raises(NotExpressible):
        row.encode(UpdateOrder(order_id=1001, note="gift"))


def test_an_order_can_be_sent_back_whole() -> None:
    body = write_order(placed(), CONTEXT, DETAILS)
    command = orders.UPDATE.decode(
        Call(method="PATCH", path="orders/1001/", body={**body, "status": "canceled"}, parameters={"number": "77"})
    )
    assert (command.order_id, command.closed) == (77, None)
    assert command.shipping_address == BOB
    assert command.expected_statuses == (NextFulfillmentStatus.UNFULFILLED, NextFulfillmentStatus.PARTIALLY_FULFILLED)


@pytest.mark.parametrize(
    ("body", "reason", "note"),
    [
        ({"cancel_reason": "fraud"}, CancelReason.FRAUD, None),
        ({"cancel_reason": "Customer"}, CancelReason.CUSTOMER, None),
        ({"cancel_reason": "It rains"}, CancelReason.OTHER, "It rains"),
    ],
)
def test_a_reason_to_cancel_is_a_word_or_kept(body: Json, reason: CancelReason, note: str | None) -> None:
    call = Call(method="POST", path="orders/1001/cancel/", body=body, parameters={"number": "1001"})
    command = orders.CANCEL.decode(call)
    assert command == CancelOrder(order_id=1001, reason=reason, staff_note=note, despite_parcels=True)
    assert heard(replace(command, refund=True), orders.CANCEL)[1] == replace(command, refund=True)


@pytest.mark.parametrize("method", [None, "cash"])
def test_what_is_paid(method: str | None) -> None:
    command = MarkOrderAsPaid(order_id=1001, payment_method=method)
    call, understood = heard(command, orders.MARK_AS_PAID)
    assert (call.path, understood) == ("orders/1001/mark-as-paid/", command)


def test_filters_arrive_as_they_were_sent() -> None:
    query = FindOrders(
        text="bob",
        address="Chestnut",
        customer="Norman",
        number=1,
        products=(1, 2),
        location_ids=(3,),
        skus=("A", "b"),
        standings=(OrderStanding.OPEN, OrderStanding.ARCHIVED),
        payment_methods=("external",),
        currency="USD",
        fulfillment_statuses=(NextFulfillmentStatus.PARTIALLY_FULFILLED, NextFulfillmentStatus.ON_HOLD),
        delivery_statuses=(NextDeliveryStatus.DELIVERED,),
        payment_statuses=(FinancialStatus.PAID,),
        placed_from=date(2026, 1, 1),
        placed_to=date(2026, 1, 31),
        tags=("vip",),
        countries=("US",),
        sources=(OrderSource.CHECKOUT,),
        attribution={"funnel": ("spring",), "utm_source": ("mail", "ads")},
        owing=True,
        split=False,
        test=False,
    )
    call, understood = heard(query, orders.LIST)
    assert understood == query
    assert ("funnels", "spring") in call.query
    with pytest.raises(NotExpressible):
        orders.LIST.encode(replace(query, impossible=True))


def test_orders_are_read_as_a_client_needs_them() -> None:
    booked = BookedOrder(
        id=1001,
        name="1001",
        created_at=AT,
        lines=(BookedOrderLine(id=466157049, quantity=2, fulfillable=0, sku="IPOD-39072856", variant_id=39072856),),
        fulfillment_status="unfulfilled",
    )
    one = DetailedOrder(order=placed(), details=DETAILS)
    assert ask(orders.GET, GetDetailedOrder(order_id=1001), lambda _: orders.GET.encode_result(one, CONTEXT)) == booked
    changed = OrderChanged(order=placed())
    assert orders.UPDATE.decode_result(orders.UPDATE.encode_result(changed, CONTEXT)) == booked
    page = orders.LIST.encode_result(Page(items=(one,)), CONTEXT)
    assert page == {"next": None, "previous": None, "results": [LISTED]}
    assert orders.LIST.decode_result(page) == (replace(booked, lines=()),)


def test_notes() -> None:
    note = OrderNote(id=3, message="Call first", author="Desk", created_at=AT, app_id=7, client_id="abc")
    written = order_notes.ADD.encode_result(note, CONTEXT)
    assert written == {
        "id": 3,
        "message": "Call first",
        "app": {"client_id": "abc", "name": "Desk"},
        "author": {"id": 7, "email": None, "first_name": "Desk", "last_name": ""},
        "date_created": WHEN,
        "date_updated": WHEN,
    }
    assert order_notes.ADD.decode_result(written) == note
    merchants = replace(note, author="merchant", app_id=None, client_id=None)
    assert order_notes.ADD.decode_result(order_notes.ADD.encode_result(merchants, CONTEXT)) == merchants
    for command, row in (
        (AddOrderNote(order_id=1001, message="Call first"), order_notes.ADD),
        (ListOrderNotes(order_id=1001), order_notes.LIST),
    ):
        assert heard(command, row)[1] == command


def test_shipping_methods() -> None:
    method = ShippingMethod(
        id=3,
        code="express",
        name="Express",
        countries=("US",),
        delivery_time="1 day",
        prices=(ShippingPrice(currency="USD", amount=500),),
    )
    written = shipping_methods.GET.encode_result(method, CONTEXT)
    assert written == {
        "id": 3,
        "code": "express",
        "name": "Express",
        "description": "",
        "countries": [{"code": "US", "name": "United States"}],
        "delivery_time": "1 day",
        "is_public": True,
        "prices": [{"currency": "USD", "price_per_order": "5.00"}],
    }
    assert shipping_methods.GET.decode_result(written) == method
    page = shipping_methods.LIST.encode_result(Page(items=(method,)), CONTEXT)
    assert shipping_methods.LIST.decode_result(page) == (method,)
    assert heard(GetShippingMethod(shipping_method_id=3), shipping_methods.GET)[1] == GetShippingMethod(
        shipping_method_id=3
    )
    assert heard(ListShippingMethods(), shipping_methods.LIST)[1] == ListShippingMethods()


def test_the_store_is_one_object() -> None:
    written = store.GET.encode_result(SHOP, CONTEXT)
    assert written == {
        "name": "John Smith Test Store",
        "primary_domain": "jsmith.myshopify.com",
        "timezone": "America/New_York",
        "tagline": "",
        "tax_id": "",
        "contact_address": {
            "company_name": "John Smith Test Store",
            "line1": "",
            "line2": "",
            "city": "Ottawa",
            "state": "ON",
            "postcode": "",
            "country": "CA",
            "phone_number": "",
        },
        "available_currencies": [{"code": "USD", "label": "USD"}],
        "available_languages": [{"code": "en", "label": "English"}],
        "payments": {},
    }
    assert store.GET.decode_result(written).currencies == ("USD",)
    assert heard(GetShop(), store.GET)[1] == GetShop()
