"""Orders made, given up, put away, changed and deleted by GraphQL, as recorded exchanges tell it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from crossdock.domain.commands import CreateFulfillment, FulfillmentGroup
from crossdock.domain.orders import FinancialStatus, StockClaim
from tests.store.calls import Client, Served, served

CREATE = """
    mutation($order: OrderCreateOrderInput!, $options: OrderCreateOptionsInput) {
        orderCreate(order: $order, options: $options) {
            order {
                id name email phone note tags displayFinancialStatus displayFulfillmentStatus currencyCode test
                customAttributes { key value } sourceName processedAt
                totalPriceSet { shopMoney { amount currencyCode } }
                shippingAddress { address1 city countryCodeV2 province lastName }
                billingAddress { company }
                shippingLine { title code }
                lineItems(first: 9) { nodes { title sku quantity originalUnitPrice requiresShipping weight { value }
                    customAttributes { key value } } }
                fulfillmentOrders(first: 9) { nodes { status assignedLocation { name } } }
            }
            userErrors { field message code }
        }
    }
"""
CANCEL = """
    mutation($id: ID!, $restock: Boolean!, $reason: OrderCancelReason!, $note: String, $refund: Boolean,
        $method: OrderCancelRefundMethodInput) {
        orderCancel(orderId: $id, restock: $restock, reason: $reason, staffNote: $note, refund: $refund,
            refundMethod: $method) {
            job { id done }
            orderCancelUserErrors { field message code }
            userErrors { field message }
        }
    }
"""
MONEY = {"shopMoney": {"amount": "10.00", "currencyCode": "USD"}}


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place


async def ask(client: Client, text: str, **variables: Any) -> Any:
    reply = await client.post("graphql.json", {"query": text, "variables": variables})
    assert reply.status == 200, reply.body
    return reply.json


async def payload(client: Client, text: str, **variables: Any) -> Any:
    answer = await ask(client, text, **variables)
    assert "errors" not in answer, answer["errors"]
    (found,) = answer["data"].values()
    return found


async def variant_of(acme: Served, sku: str = "MUG") -> Any:
    variant = (await acme.shop.product(sku)).variants[0]
    await acme.shop.stock(variant, acme.shop.merchant_location, 5)
    return variant


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


async def test_an_order_is_made_of_variants_and_custom_lines(acme: Served) -> None:
    variant = await variant_of(acme)
    made = await payload(
        acme.desk,
        CREATE,
        order={
            "lineItems": [
                {"variantId": gid("ProductVariant", variant.id), "quantity": 2},
                {
                    "title": "Engraving",
                    "quantity": 1,
                    "priceSet": MONEY,
                    "weight": {"value": 0.5, "unit": "KILOGRAMS"},
                    "properties": [{"name": "text", "value": "Bo"}],
                    "requiresShipping": True,
                },
            ],
            "email": "bo@example.com",
            "phone": "+46",
            "note": "Ring twice",
            "tags": ["vip", " blue "],
            "customAttributes": [{"key": "gift", "value": "yes"}],
            "sourceName": "mail",
            "test": True,
            "processedAt": "2026-03-01T12:00:00Z",
            "transactions": [{"kind": "SALE", "status": "SUCCESS", "amountSet": MONEY}],
            "shippingAddress": {"address1": "Storgatan 1", "city": "Lund", "countryCode": "SE", "lastName": "Ek"},
            "billingAddress": {"company": "Ek AB", "country": "Sweden"},
            "shippingLines": [{"title": "Standard", "code": "STD", "priceSet": MONEY}],
        },
        options={"inventoryBehaviour": "DECREMENT_OBEYING_POLICY"},
    )
    assert made["userErrors"] == []
    order = made["order"]
    assert (order["name"], order["displayFinancialStatus"], order["currencyCode"]) == ("#1001", "PAID", "USD")
    assert (order["email"], order["phone"], order["note"], order["tags"]) == (
        *("bo@example.com", "+46", "Ring twice"),
        ["blue", "vip"],
    )
    assert (order["sourceName"], order["test"], order["processedAt"]) == ("mail", True, "2026-03-01T12:00:00Z")
    assert order["totalPriceSet"]["shopMoney"] == {"amount": "40.0", "currencyCode": "USD"}
    assert order["shippingAddress"]["countryCodeV2"] == "SE"
    assert order["shippingLine"] == {"title": "Standard", "code": "STD"}
    mug, engraving = order["lineItems"]["nodes"]
    assert (mug["sku"], mug["quantity"], mug["requiresShipping"]) == ("MUG", 2, True)
    assert (engraving["originalUnitPrice"], engraving["weight"]["value"]) == ("10.00", 500.0)
    assert engraving["customAttributes"] == [{"key": "text", "value": "Bo"}]
    assert [each["assignedLocation"]["name"] for each in order["fulfillmentOrders"]["nodes"]] == ["Shop location"]
    assert await acme.shop.available(variant, acme.shop.merchant_location) == (3, 2, 5)


@pytest.mark.parametrize(
    ("payments", "status"),
    [
        ([], "PENDING"),
        ([{"kind": "SALE", "status": "FAILURE", "amountSet": MONEY}], "PENDING"),
        ([{"amountSet": MONEY}], "PAID"),
        ([{"kind": "AUTHORIZATION", "amountSet": MONEY}], "AUTHORIZED"),
    ],
)
async def test_payments_say_whether_an_order_is_paid(acme: Served, payments: list[Any], status: str) -> None:
    order: dict[str, Any] = {"lineItems": [{**CUSTOM, "priceSet": MONEY}], "transactions": payments}
    assert (await payload(acme.desk, CREATE, order=order))["order"]["displayFinancialStatus"] == status
    order["financialStatus"] = "REFUNDED"
    assert (await payload(acme.desk, CREATE, order=order))["order"]["displayFinancialStatus"] == "REFUNDED"


UNKNOWN_VARIANT = [
    {"field": ["order", "lineItems"], "message": "Line items Title can't be blank", "code": "INVALID"},
    {"field": ["order", "lineItems"], "message": "Line items Name can't be blank", "code": "INVALID"},
    {"field": ["order"], "message": "Order Line items is invalid", "code": "INVALID"},
]
CUSTOM = {"title": "Mug", "quantity": 1}


@pytest.mark.parametrize(
    ("order", "field", "code", "message"),
    [
        ({"lineItems": []}, "lineItems", "INVALID", "Line items must have at least one line item"),
        ({}, "lineItems", "INVALID", "Line items must have at least one line item"),
        ({"lineItems": [{"quantity": 1}]}, "lineItems", "INVALID", "Line items Title can't be blank"),
        (
            {"lineItems": [CUSTOM], "processedAt": "2999-01-01T00:00:00Z"},
            *("processedAt", "PROCESSED_AT_INVALID", "Processed at must not be in the future"),
        ),
        (
            {"lineItems": [CUSTOM], "customerId": gid("Customer", 1), "customer": {}},
            *(None, "REDUNDANT_CUSTOMER_FIELDS", "Only one of customer and customerId can be given"),
        ),
        (
            {"lineItems": [{**CUSTOM, "fulfillmentService": "nobody"}]},
            *("lineItems", "FULFILLMENT_SERVICE_INVALID", "Fulfillment service does not exist"),
        ),
        (
            {"lineItems": [{**CUSTOM, "priceSet": MONEY}], "currency": "EUR"},
            *("currency", "INVALID", "Currency must be the same everywhere: EUR, USD were found"),
        ),
        (
            {"lineItems": [CUSTOM], "fulfillmentStatus": "FULFILLED"},
            *("fulfillmentStatus", "INVALID", "Orders cannot be fulfilled as they are created: create a fulfillment"),
        ),
    ],
)
async def test_what_makes_no_order_is_refused(
    acme: Served, order: Any, field: str | None, code: str, message: str
) -> None:
    refused = await payload(acme.desk, CREATE, order=order)
    path = ["order"] if field is None else ["order", field]
    assert refused == {"order": None, "userErrors": [{"field": path, "message": message, "code": code}]}


async def test_variants_and_stock_that_are_not_there(acme: Served) -> None:
    unknown = {"lineItems": [{"variantId": gid("ProductVariant", 1), "quantity": 1}]}
    assert (await payload(acme.desk, CREATE, order=unknown))["userErrors"] == UNKNOWN_VARIANT
    variant = await variant_of(acme)
    many = {"lineItems": [{"variantId": gid("ProductVariant", variant.id), "quantity": 6}]}
    obeying = {"inventoryBehaviour": "DECREMENT_OBEYING_POLICY"}
    refused = await payload(acme.desk, CREATE, order=many, options=obeying)
    assert refused["userErrors"][0]["code"] == "INVENTORY_CLAIM_FAILED"
    made = await payload(acme.desk, CREATE, order=many, options={"inventoryBehaviour": "DECREMENT_IGNORING_POLICY"})
    assert made["order"]["id"]
    assert await acme.shop.available(variant, acme.shop.merchant_location) == (-1, 6, 5)


async def test_an_order_is_given_up(acme: Served) -> None:
    variant = await variant_of(acme)
    order = await acme.shop.order((variant, 2))
    id = gid("Order", order.id)
    refused = await payload(
        acme.desk,
        CANCEL,
        id=id,
        restock=True,
        reason="STAFF",
        refund=True,
        method={"originalPaymentMethodsRefund": True},
    )
    said = "Only one of the arguments `refund` or `refund_method` is allowed."
    assert refused["userErrors"] == [{"field": ["refund"], "message": said}]
    assert refused["orderCancelUserErrors"] == [{"field": ["refund"], "message": said, "code": "INVALID"}]
    long = await payload(acme.desk, CANCEL, id=id, restock=True, reason="STAFF", note="x" * 256)
    assert long["userErrors"] == [
        {"field": ["staffNote"], "message": "Staff note is too long. Maximum length is 255 characters."}
    ]
    done = await payload(acme.desk, CANCEL, id=id, restock=True, reason="CUSTOMER", note="Changed his mind")
    assert (done["userErrors"], done["orderCancelUserErrors"], done["job"]["done"]) == ([], [], False)
    look = """query($job: ID!, $id: ID!) { job(id: $job) { done } order(id: $id) { cancelledAt cancelReason closed
        cancellation { staffNote } displayFulfillmentStatus currentTotalPriceSet { shopMoney { amount } }
        fulfillmentOrders(first: 5) { nodes { status } } } }"""
    found = (await ask(acme.desk, look, job=done["job"]["id"], id=id))["data"]
    assert found["job"] == {"done": True}
    assert (found["order"]["cancelReason"], found["order"]["closed"]) == ("CUSTOMER", True)
    assert found["order"]["cancellation"] == {"staffNote": "Changed his mind"}
    assert found["order"]["displayFulfillmentStatus"] == "UNFULFILLED"
    assert found["order"]["currentTotalPriceSet"]["shopMoney"]["amount"] == "0.0"
    assert await acme.shop.available(variant, acme.shop.merchant_location) == (5, 0, 5)
    again = await payload(acme.desk, CANCEL, id=id, restock=True, reason="CUSTOMER")
    assert again["job"] is None
    assert again["orderCancelUserErrors"] == [
        {
            "field": ["orderId"],
            "message": "Cannot cancel an order that has already been canceled",
            "code": "INVALID",
        }
    ]


async def test_an_order_that_is_under_way_is_not_given_up(acme: Served) -> None:
    variant = await variant_of(acme)
    order = await acme.shop.order((variant, 2), claim=StockClaim.BYPASS)
    work = order.fulfillment_orders[0]
    await acme.shop.dispatch(CreateFulfillment(groups=(FulfillmentGroup(fulfillment_order_id=work.id),)))
    refused = await payload(acme.desk, CANCEL, id=gid("Order", order.id), restock=False, reason="OTHER")
    assert refused["userErrors"][0]["message"] == "Cannot cancel an order that has outstanding fulfillments"
    for number in (0, 1):
        unknown = await payload(acme.desk, CANCEL, id=gid("Order", number), restock=False, reason="OTHER")
        assert unknown["orderCancelUserErrors"] == [
            {"field": ["orderId"], "message": "Order does not exist", "code": "NOT_FOUND"}
        ]


async def test_an_order_is_put_away_taken_out_changed_and_deleted(acme: Served) -> None:
    order = await acme.shop.order((await variant_of(acme), 1))
    id = gid("Order", order.id)
    close = (
        "mutation($id: ID!) { orderClose(input: {id: $id}) { order { closed closedAt } userErrors { field message } } }"
    )
    first, second = [await payload(acme.desk, close, id=id) for _ in range(2)]
    assert first == second
    assert first["order"]["closed"]
    reopen = "mutation($id: ID!) { orderOpen(input: {id: $id}) { order { closed } userErrors { field message } } }"
    assert (await payload(acme.desk, reopen, id=id))["order"] == {"closed": False}
    update = """mutation($input: OrderInput!) { orderUpdate(input: $input) { userErrors { field message } order {
        email phone note tags shippingAddress { city } customAttributes { key value } } } }"""
    changed = await payload(
        acme.desk,
        update,
        input={
            "id": id,
            "email": "new@example.com",
            "note": "Later",
            "tags": ["a"],
            "shippingAddress": {"city": "Malmö", "countryCode": "SE"},
            "customAttributes": [{"key": "k", "value": "v"}],
        },
    )
    assert changed["order"] == {
        "email": "new@example.com",
        "phone": None,
        "note": "Later",
        "tags": ["a"],
        "shippingAddress": {"city": "Malmö"},
        "customAttributes": [{"key": "k", "value": "v"}],
    }
    long = await payload(acme.desk, update, input={"id": id, "note": "x" * 5001})
    assert long["userErrors"] == [
        {"field": ["input", "note"], "message": "Note is too long (maximum is 5000 characters)"}
    ]
    delete = "mutation($id: ID!) { orderDelete(orderId: $id) { deletedId userErrors { field message code } } }"
    assert await payload(acme.desk, delete, id=id) == {"deletedId": id, "userErrors": []}
    gone = await payload(acme.desk, delete, id=id)
    assert gone["userErrors"] == [{"field": ["orderId"], "message": "Order does not exist", "code": "NOT_FOUND"}]
    for text in (close, reopen):
        missing = await payload(acme.desk, text, id=id)
        assert missing == {"order": None, "userErrors": [{"field": ["id"], "message": "Order does not exist"}]}


async def test_orders_are_written_with_the_scope_for_it(acme: Served) -> None:
    order = await acme.shop.order((await variant_of(acme), 1))
    reader = await acme.client("read_orders", name="Reader")
    for text, variables in (
        (CREATE, {"order": {"lineItems": [CUSTOM]}}),
        (CANCEL, {"id": gid("Order", order.id), "restock": True, "reason": "OTHER"}),
        ("mutation($id: ID!) { orderDelete(orderId: $id) { deletedId } }", {"id": gid("Order", order.id)}),
    ):
        answer = await ask(reader, text, **variables)
        assert list(answer["data"].values()) == [None]
        assert answer["errors"][0]["extensions"]["requiredAccess"] == "`write_orders` access scope."
    assert (await acme.shop.read(order.id)).financial_status is FinancialStatus.PAID
