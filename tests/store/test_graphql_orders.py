"""Orders, fulfillment orders and fulfillments by GraphQL: every field, every list, and who sees what."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from asyncpg.connection import LoggedQuery
from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_leaf_type

from crossdock.dialects.shopify.graphql.fields import NODES
from crossdock.dialects.shopify.graphql.schema import schema
from crossdock.dialects.shopify.graphql.types.fulfillment_order_lists import FULFILLMENT_ORDER_SEARCH, HELD_SEARCH
from crossdock.dialects.shopify.graphql.types.order_roots import ORDER_NODES, ORDER_SEARCH
from crossdock.domain.access import Caller
from crossdock.domain.catalogue import StockItem
from crossdock.domain.commands import (
    AcceptFulfillmentRequest,
    AddCarrierEvent,
    CreateFulfillment,
    CreateOrder,
    FulfillmentGroup,
    HoldFulfillmentOrder,
    LineQuantity,
    NewOrderLine,
    SubmitFulfillmentRequest,
)
from crossdock.domain.decisions import OrderCreated
from crossdock.domain.orders import FinancialStatus, FulfillmentOrder, HoldReason, Order, Property, StockClaim, Tracking
from crossdock.domain.places import Address
from crossdock.domain.shipment import ShipmentStatus
from crossdock.store.handlers.graph.order_lists import FULFILLMENT_ORDERS, ORDERS
from tests.store.calls import Client, Served, served
from tests.store.scene import NOW

BO = Address(
    first_name="Bo", last_name="Ek", address1="Storgatan 1", city="Lund", country_code="SE", zip="22100", phone="+46"
)


@dataclass(frozen=True)
class Rich:
    """An order with something of everything: a part at the service, shipped in part; a part of the merchant's, held."""

    order: Order
    at_service: FulfillmentOrder
    held: FulfillmentOrder


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place


@pytest_asyncio.fixture
async def rich(acme: Served) -> Rich:
    return await rich_order(acme)


async def rich_order(acme: Served) -> Rich:
    shop = acme.shop
    theirs = (await shop.product("THEIRS", managed_by="acme-3pl")).variants[0]
    mine = (await shop.product("MINE")).variants[0]
    await shop.stock(theirs, shop.service.location_id, 10)
    await shop.stock(mine, shop.merchant_location, 10)
    made = await shop.dispatch(
        CreateOrder(
            lines=(
                NewOrderLine(variant_id=theirs.id, quantity=3, properties=(Property(name="engraving", value="Bo"),)),
                NewOrderLine(variant_id=mine.id, quantity=2),
                NewOrderLine(title="By hand", price=1250, quantity=1, grams=300),
            ),
            financial_status=FinancialStatus.PAID,
            stock_claim=StockClaim.OBEYING_POLICY,
            shipping_address=BO,
            billing_address=replace(BO, company="Ek AB"),
            shipping_title="Standard",
            shipping_code="STD",
            email="bo@example.com",
            tags="vip, blue",
            note="Ring twice",
            note_attributes=(Property(name="gift", value="yes"),),
        )
    )
    assert isinstance(made, OrderCreated)
    works = {each.location_id: each for each in made.order.fulfillment_orders}
    work, held = works[shop.service.location_id], works[shop.merchant_location]
    await shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=work.id, message="Soon", notify_customer=True))
    warehouse = replace(shop.warehouse)
    await shop.dispatch(AcceptFulfillmentRequest(fulfillment_order_id=work.id), warehouse)
    lines = (LineQuantity(id=work.lines[0].id, quantity=1),)
    trackings = (Tracking(number="1Z1", company="UPS"), Tracking(number="1Z2", company="UPS"))
    await shop.dispatch(
        CreateFulfillment(groups=(FulfillmentGroup(fulfillment_order_id=work.id, lines=lines),), tracking=trackings),
        warehouse,
    )
    order = await shop.read(made.order.id)
    await shop.dispatch(
        AddCarrierEvent(
            fulfillment_id=order.fulfillments[0].id, status=ShipmentStatus.IN_TRANSIT, city="Lund", happened_at=NOW
        ),
        warehouse,
    )
    await shop.dispatch(
        HoldFulfillmentOrder(fulfillment_order_id=held.id, reason=HoldReason.OTHER, notes="Wait"),
        Caller(app_id=shop.app_id),
    )
    order = await shop.read(made.order.id)
    return Rich(order=order, at_service=order.fulfillment_order(work.id), held=order.fulfillment_order(held.id))


async def ask(client: Client, text: str, **variables: Any) -> Any:
    reply = await client.post("graphql.json", {"query": text, "variables": variables})
    assert reply.status == 200, reply.body
    return reply.json


async def data(client: Client, text: str, **variables: Any) -> Any:
    answer = await ask(client, text, **variables)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


# What is asked for whole wherever it stands.
SMALL = {"MoneyBag", "MoneyV2", "Weight", "Count", "Attribute", "PageInfo", "OrderApp", "OrderCancellation", "Image"}
SMALL |= {"FulfillmentOrderSupportedAction", "FulfillmentTrackingInfo", "DeliveryMethodAdditionalInformation"}
SMALL |= {"FulfillmentOrderLineItemFinancialSummary", "FulfillmentOrderAssignedLocation", "TaxLine"}


def all_fields(type_name: str, *, depth: int = 0) -> str:
    """Return a selection of every field of a type; of other things within it only what they are."""
    type_ = schema().type_map[type_name]
    assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
    return " ".join(_selected(name, field, depth) for name, field in type_.fields.items())


def _selected(name: str, field: GraphQLField, depth: int) -> str:
    inner = get_named_type(field.type)
    window = "(first: 2)" if "first" in field.args else ""
    if is_leaf_type(inner):
        return name
    if inner.name.endswith("Connection"):
        return f"{name}{window} {{ edges {{ cursor }} nodes {{ __typename }} pageInfo {{ {all_fields('PageInfo')} }} }}"
    if inner.name in SMALL and depth < 3:
        return f"{name}{window} {{ {all_fields(inner.name, depth=depth + 1)} }}"
    return f"{name}{window} {{ __typename }}"


ORDER, WORK = "order(id: $order)", "fulfillmentOrder(id: $work)"
PARCEL = "order(id: $order) { fulfillments(first: 1)"
# Where something of each type stands in a rich order.
PATHS = {
    "Order": (ORDER,),
    "LineItem": (ORDER, "lineItems(first: 1)", "nodes"),
    "MailingAddress": (ORDER, "billingAddress"),
    "OrderTransaction": (ORDER, "transactions(first: 1)"),
    "ShippingLine": (ORDER, "shippingLine"),
    "FulfillmentOrder": (WORK,),
    "FulfillmentOrderLineItem": (WORK, "lineItems(first: 1)", "nodes"),
    "FulfillmentOrderDestination": (WORK, "destination"),
    "FulfillmentOrderMerchantRequest": (WORK, "merchantRequests(first: 1)", "nodes"),
    "FulfillmentOrderLocationForMove": (WORK, "locationsForMove(first: 5)", "nodes"),
    "DeliveryMethod": (WORK, "deliveryMethod"),
    "FulfillmentHold": ("fulfillmentOrder(id: $held)", "fulfillmentHolds"),
    "Fulfillment": (ORDER, "fulfillments(first: 1)"),
    "FulfillmentLineItem": (ORDER, "fulfillments(first: 1)", "fulfillmentLineItems(first: 1)", "nodes"),
    "FulfillmentEvent": (ORDER, "fulfillments(first: 1)", "events(first: 1)", "nodes"),
}


def document(path: tuple[str, ...], selection: str) -> str:
    names = {"order": "$order", "work": "$work", "held": "$held"}
    declared = ", ".join(f"{each}: ID!" for each in names.values() if each in " ".join(path))
    return f"query({declared}) {{ {' { '.join(path)} {{ {selection} }} {'}' * (len(path) - 1)} }}"


def ids(rich: Rich) -> dict[str, str]:
    return {
        "order": f"gid://shopify/Order/{rich.order.id}",
        "work": f"gid://shopify/FulfillmentOrder/{rich.at_service.id}",
        "held": f"gid://shopify/FulfillmentOrder/{rich.held.id}",
    }


async def everything(client: Client, rich: Rich, type_name: str) -> Any:
    text = document(PATHS[type_name], all_fields(type_name))
    given = {name: id for name, id in ids(rich).items() if f"${name}:" in text}
    found: Any = await data(client, text, **given)
    while not (isinstance(found, dict) and set(found) == set(schema().type_map[type_name].fields)):  # type: ignore[attr-defined]
        found = found[0] if isinstance(found, list) else next(iter(found.values()))
    return found


@pytest.mark.parametrize("type_name", PATHS)
async def test_every_field_is_answered(acme: Served, rich: Rich, type_name: str) -> None:
    assert await everything(acme.desk, rich, type_name)


async def test_an_order_is_told_as_it_is(acme: Served, rich: Rich) -> None:
    order = await everything(acme.desk, rich, "Order")
    total = {"amount": "62.5", "currencyCode": "EUR"} if order["currencyCode"] == "EUR" else None
    expected = {
        "name": "#1001",
        "number": 1001,
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "PARTIALLY_FULFILLED",
        "tags": ["blue", "vip"],
        "note": "Ring twice",
        "email": "bo@example.com",
        "customAttributes": [{"key": "gift", "value": "yes"}],
        "closed": False,
        "fullyPaid": True,
        "unpaid": False,
        "fulfillable": True,
        "fulfillmentsCount": {"count": 1, "precision": "EXACT"},
        "currentSubtotalLineItemsQuantity": 6,
        "billingAddressMatchesShippingAddress": False,
        "paymentGatewayNames": ["manual"],
        "customer": None,
        "taxLines": [],
        "returnStatus": "NO_RETURN",
    }
    assert {name: order[name] for name in expected} == expected
    assert order["totalPriceSet"]["shopMoney"]["amount"] == "62.5"
    assert total is None or order["totalPriceSet"]["presentmentMoney"] == total
    assert order["totalOutstandingSet"]["shopMoney"]["amount"] == "0.0"
    assert order["createdAt"].endswith("Z")
    assert "." not in order["createdAt"]


async def test_lines_count_what_can_be_shipped_now(acme: Served, rich: Rich) -> None:
    """Units on hold are left out. Recorded: 5 units, 2 held, 3 fulfillable."""
    text = """query($id: ID!) { order(id: $id) { lineItems(first: 9) { nodes {
        quantity fulfillableQuantity unfulfilledQuantity fulfillmentStatus
    } } } }"""
    found = (await data(acme.desk, text, id=ids(rich)["order"]))["order"]
    assert [
        (each["quantity"], each["fulfillableQuantity"], each["unfulfilledQuantity"], each["fulfillmentStatus"])
        for each in found["lineItems"]["nodes"]
    ] == [(3, 2, 2, "partial"), (2, 0, 2, "unfulfilled"), (1, 0, 1, "unfulfilled")]


async def test_a_parcel_is_told_as_it_is(acme: Served, rich: Rich) -> None:
    parcel = await everything(acme.desk, rich, "Fulfillment")
    assert (parcel["name"], parcel["status"], parcel["displayStatus"]) == ("#1001-F1", "SUCCESS", "IN_TRANSIT")
    assert [each["number"] for each in parcel["trackingInfo"]] == ["1Z1", "1Z2"]
    assert {each["company"] for each in parcel["trackingInfo"]} == {"UPS"}
    assert parcel["inTransitAt"] == "2026-11-21T12:00:00Z"
    assert (parcel["totalQuantity"], parcel["originAddress"], parcel["deliveredAt"]) == (1, None, None)
    line = await everything(acme.desk, rich, "FulfillmentLineItem")
    assert (line["quantity"], line["originalTotal"]) == (1, "10.00")
    assert line["originalTotalSet"]["shopMoney"]["amount"] == "10.0"


async def test_work_is_told_as_it_is(acme: Served, rich: Rich) -> None:
    work = await everything(acme.desk, rich, "FulfillmentOrder")
    assert (work["status"], work["requestStatus"], work["orderName"]) == ("IN_PROGRESS", "ACCEPTED", "#1001")
    assert [each["action"] for each in work["supportedActions"]] == ["CREATE_FULFILLMENT", "REQUEST_CANCELLATION"]
    assert work["assignedLocation"]["name"] == "Acme 3PL"
    request = await everything(acme.desk, rich, "FulfillmentOrderMerchantRequest")
    assert request["kind"] == "FULFILLMENT_REQUEST"
    assert (request["requestOptions"], request["responseData"]) == ({"notify_customer": True}, None)
    hold = await everything(acme.desk, rich, "FulfillmentHold")
    assert (hold["reason"], hold["displayReason"], hold["handle"]) == ("OTHER", "Other", "")
    assert hold["heldByRequestingApp"] is False
    line = await everything(acme.desk, rich, "FulfillmentOrderLineItem")
    assert (line["totalQuantity"], line["remainingQuantity"], line["sku"]) == (3, 2, "THEIRS")


async def test_where_work_can_go(acme: Served, rich: Rich) -> None:
    text = """query($id: ID!, $lines: [ID!]) { fulfillmentOrder(id: $id) {
        supportedActions { action }
        locationsForMove(first: 5, lineItemIds: $lines) { nodes {
            location { name } movable message availableLineItemsCount { count } unavailableLineItemsCount { count }
            unavailableLineItems(first: 5) { nodes { sku } }
    } } } }"""

    async def places(**given: Any) -> Any:
        found = (await data(acme.desk, text, id=ids(rich)["held"], **given))["fulfillmentOrder"]
        return {
            each["location"]["name"]: (
                each["movable"],
                each["message"],
                each["availableLineItemsCount"]["count"],
                [line["sku"] for line in each["unavailableLineItems"]["nodes"]],
            )
            for each in found["locationsForMove"]["nodes"]
        }

    # What is no item can be shipped from anywhere.
    assert await places() == {
        "Acme 3PL": (True, None, 1, ["MINE"]),
        "Shop location": (False, "Current location.", 0, ["MINE", None]),
    }
    stocked = f"gid://shopify/FulfillmentOrderLineItem/{rich.held.lines[0].id}"
    assert (await places(lines=[stocked]))["Acme 3PL"] == (False, "No items are stocked at this location.", 0, ["MINE"])
    item = rich.held.lines[0].inventory_item_id or 0
    await acme.shop.dispatch(StockItem(inventory_item_id=item, location_id=acme.shop.service.location_id))
    assert (await places(lines=[stocked]))["Acme 3PL"] == (True, None, 1, [])


async def test_every_node_is_found_by_its_id(acme: Served, rich: Rich) -> None:
    order, work, parcel = rich.order, rich.at_service, rich.order.fulfillments[0]
    numbers = {
        "Order": order.id,
        "LineItem": order.lines[0].id,
        "MailingAddress": 2 * order.id + 1,
        "OrderTransaction": order.id,
        "Fulfillment": parcel.id,
        "FulfillmentLineItem": parcel.lines[0].id,
        "FulfillmentEvent": parcel.events[0].id,
        "FulfillmentOrder": work.id,
        "FulfillmentOrderLineItem": work.lines[0].id,
        "FulfillmentOrderMerchantRequest": work.requests[0].id,
        "FulfillmentHold": rich.held.holds[0].id,
        "FulfillmentOrderDestination": work.id,
        "DeliveryMethod": work.id,
    }
    assert set(numbers) == set(ORDER_NODES) <= set(NODES)
    text = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    gids = [f"gid://shopify/{name}/{number}" for name, number in numbers.items()]
    found = (await data(acme.desk, text, ids=[*gids, gids[0], "gid://shopify/Order/0"]))["nodes"]
    assert [(each or {}).get("id") for each in found] == [*gids, gids[0], None]
    assert [(each or {}).get("__typename") for each in found[:-2]] == list(numbers)
    absent = [f"gid://shopify/{name}/{number + 10**9}" for name, number in numbers.items()]
    assert (await data(acme.desk, text, ids=absent))["nodes"] == [None] * len(absent)


@pytest.mark.parametrize("status", FinancialStatus)
async def test_a_payment_is_found_by_its_id_where_the_order_lists_it(acme: Served, status: FinancialStatus) -> None:
    line = NewOrderLine(title="By hand", price=1250, quantity=1)
    made = await acme.shop.dispatch(CreateOrder(lines=(line,), financial_status=status))
    assert isinstance(made, OrderCreated)
    found = await data(
        acme.desk,
        "query($order: ID!, $payment: ID!) { order(id: $order) { transactions { id } } node(id: $payment) { id } }",
        order=f"gid://shopify/Order/{made.order.id}",
        payment=f"gid://shopify/OrderTransaction/{made.order.id}",
    )
    assert found["order"]["transactions"] == ([found["node"]] if found["node"] else [])


async def test_what_there_is_not_is_null(acme: Served, rich: Rich) -> None:
    text = """{
        order(id: "gid://shopify/Order/0") { id }
        fulfillmentOrder(id: "gid://shopify/FulfillmentOrder/7") { id }
        fulfillment(id: "gid://shopify/Fulfillment/7") { id }
    }"""
    assert await data(acme.desk, text) == {"order": None, "fulfillmentOrder": None, "fulfillment": None}
    answer = await ask(acme.desk, "query($id: ID!) { order(id: $id) { id } }", id="gid://shopify/Product/1")
    assert answer["errors"][0]["extensions"]["code"] == "RESOURCE_NOT_FOUND"
    answer = await ask(acme.desk, '{ orders(first: 1, after: "eA==") { nodes { id } } }')
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    other = await data(acme.desk, "{ orders(first: 1, sortKey: ORDER_NUMBER) { pageInfo { endCursor } } }")
    cursor = other["orders"]["pageInfo"]["endCursor"]
    answer = await ask(
        acme.desk, "query($c: String) { orders(first: 1, after: $c, sortKey: UPDATED_AT) { nodes { id } } }", c=cursor
    )
    assert answer["errors"][0]["message"] == "Invalid cursor for current pagination sort."
    half = b64encode(json.dumps({"last_id": 1, "last_value": "\ud800"}).encode()).decode()
    answer = await ask(
        acme.desk, "query($c: String) { orders(first: 1, after: $c, sortKey: CUSTOMER_NAME) { nodes { id } } }", c=half
    )
    assert answer["errors"][0]["message"] == "Invalid cursor for current pagination sort."


async def test_a_job_is_done(acme: Served) -> None:
    job = "gid://shopify/Job/9b3c4b2e-6a0c-4b5e-8f0a-1d2c3b4a5f60"
    assert await data(acme.desk, "query($id: ID!) { job(id: $id) { id done } }", id=job) == {
        "job": {"id": job, "done": True}
    }


async def test_lists_are_searched_counted_and_paged(acme: Served, rich: Rich) -> None:
    text = """query($q: String, $f: String) {
        orders(first: 5, query: $q, reverse: true) { nodes { name } pageInfo { hasNextPage } }
        ordersCount(query: $q) { count precision }
        fulfillmentOrders(first: 5, query: $f) { nodes { status } }
        assignedFulfillmentOrders(first: 5, assignmentStatus: FULFILLMENT_ACCEPTED) { nodes { id } }
        manualHoldsFulfillmentOrders(first: 5, query: "order_financial_status:paid") { nodes { id } }
    }"""
    found = await data(acme.desk, text, q="tag:vip sku:THEIRS", f="status:on_hold")
    assert found["orders"] == {"nodes": [{"name": "#1001"}], "pageInfo": {"hasNextPage": False}}
    assert found["ordersCount"] == {"count": 1, "precision": "EXACT"}
    assert found["fulfillmentOrders"]["nodes"] == [{"status": "ON_HOLD"}]
    assert found["assignedFulfillmentOrders"]["nodes"] == []
    assert [each["id"] for each in found["manualHoldsFulfillmentOrders"]["nodes"]] == [ids(rich)["held"]]
    mine = "{ assignedFulfillmentOrders(first: 5, assignmentStatus: FULFILLMENT_ACCEPTED) { nodes { id } } }"
    nodes = (await data(acme.warehouse, mine))["assignedFulfillmentOrders"]["nodes"]
    assert nodes == [{"id": ids(rich)["work"]}]
    none = await data(acme.desk, text, q="tag:red", f="id:1")
    assert (none["orders"]["nodes"], none["fulfillmentOrders"]["nodes"]) == ([], [])
    within = (
        "query($id: ID!, $q: String) { order(id: $id) { fulfillmentOrders(first: 5, query: $q) { nodes { id } } } }"
    )
    for query, expected in (("status:on_hold", [ids(rich)["held"]]), ("-status:on_hold", [ids(rich)["work"]])):
        nodes = (await data(acme.desk, within, id=ids(rich)["order"], q=query))["order"]["fulfillmentOrders"]["nodes"]
        assert [each["id"] for each in nodes] == expected


async def test_an_unknown_field_of_a_search_is_told_and_left_out(acme: Served, rich: Rich) -> None:
    answer = await ask(acme.desk, '{ orders(first: 1, query: "foo:bar") { nodes { name } } }')
    assert answer["data"]["orders"]["nodes"] == [{"name": "#1001"}]
    # Source: Shopify GraphQL, search notes as recorded.
    assert answer["extensions"]["search"] == [
        {
            "path": ["orders"],
            "query": "foo:bar",
            "parsed": {"field": "foo", "match_all": "bar"},
            "warnings": [{"field": "foo", "message": "Invalid search field for this query.", "code": "invalid_field"}],
        }
    ]


@pytest.mark.parametrize("key", schema().type_map["OrderSortKeys"].values)  # type: ignore[attr-defined]
async def test_orders_are_sorted_by_every_key(acme: Served, rich: Rich, key: str) -> None:
    text = f"""query($c: String) {{ orders(first: 1, sortKey: {key}, after: $c) {{
        nodes {{ name }} pageInfo {{ endCursor }}
    }} }}"""
    found = (await data(acme.desk, text))["orders"]
    assert found["nodes"] == [{"name": "#1001"}]
    assert (await data(acme.desk, text, c=found["pageInfo"]["endCursor"]))["orders"]["nodes"] == []


def test_what_lists_say_that_they_are_searched_by_is_what_they_are() -> None:
    assert set(ORDERS.fields) == ORDER_SEARCH
    assert set(FULFILLMENT_ORDERS.fields) == FULFILLMENT_ORDER_SEARCH | HELD_SEARCH


SEEN = """query($order: ID!, $work: ID!, $held: ID!) {
    order(id: $order) { name fulfillmentOrders(first: 5) { nodes { id } } }
    work: fulfillmentOrder(id: $work) { id }
    held: fulfillmentOrder(id: $held) { id }
    fulfillmentOrders(first: 5) { nodes { id } }
    nodes(ids: [$order, $work, $held]) { id }
}"""


async def test_what_is_not_the_callers_looks_like_what_is_not_there(acme: Served, rich: Rich) -> None:
    given = ids(rich)
    assigned = await ask(acme.warehouse, SEEN, **given)
    assert [each["path"] for each in assigned["errors"]] == [["order"], ["nodes", 0]]
    assert (assigned["data"]["order"], assigned["data"]["work"]) == (None, {"id": given["work"]})
    assert assigned["data"]["held"] is None
    assert assigned["data"]["nodes"] == [None, {"id": given["work"]}, None]
    own = await acme.client("read_orders", "read_assigned_fulfillment_orders")
    answer = await data(own, SEEN, **given)
    assert answer["work"] == {"id": given["work"]}
    assert answer["held"] is None
    assert answer["order"]["fulfillmentOrders"]["nodes"] == [{"id": given["work"]}]
    assert answer["fulfillmentOrders"]["nodes"] == [{"id": given["work"]}]
    assert answer["nodes"] == [{"id": given["order"]}, {"id": given["work"]}, None]
    other = await acme.client("read_orders", "read_merchant_managed_fulfillment_orders", name="Other")
    answer = await data(other, SEEN, **given)
    assert (answer["work"], answer["held"]) == (None, {"id": given["held"]})
    assert answer["order"]["fulfillmentOrders"]["nodes"] == [{"id": given["held"]}]


async def test_a_missing_scope_is_told_on_the_field(acme: Served, rich: Rich) -> None:
    bare = await acme.client("read_orders", "read_merchant_managed_fulfillment_orders", name="Bare")
    text = "query($held: ID!) { fulfillmentOrder(id: $held) { id fulfillmentHolds { id heldByApp { id } } } }"
    answer = await ask(bare, text, held=ids(rich)["held"])
    (error,) = answer["errors"]
    # Source: Shopify GraphQL, access denied as recorded.
    assert error["message"] == "Access denied for heldByApp field. Required access: `read_apps` access scope."
    assert error["path"] == ["fulfillmentOrder", "fulfillmentHolds", 0, "heldByApp"]
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert answer["data"]["fulfillmentOrder"]["fulfillmentHolds"][0]["heldByApp"] is None
    for root in ("orders(first: 1) { nodes { id } }", "ordersCount { count }"):
        answer = await ask(acme.warehouse, f"{{ {root} }}")
        assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


async def test_orders_of_long_ago_need_a_scope_of_their_own(acme: Served, rich: Rich) -> None:
    await acme.store.pool.execute("UPDATE orders SET created_at = created_at - $1::interval", timedelta(days=61))
    text = "query($id: ID!) { order(id: $id) { id } orders(first: 1) { nodes { id } } ordersCount { count } }"
    recent = await acme.client("read_orders", name="Recent")
    assert await data(recent, text, id=ids(rich)["order"]) == {
        "order": None,
        "orders": {"nodes": []},
        "ordersCount": {"count": 0},
    }
    assert (await data(acme.desk, text, id=ids(rich)["order"]))["order"] == {"id": ids(rich)["order"]}


DEEP = """query($n: Int!) { orders(first: $n) { nodes {
    name app { name } lineItems(first: 3) { nodes { variant { id } } }
    fulfillmentOrders(first: 3) { nodes {
        supportedActions { action }
        locationsForMove(first: 3) { nodes { movable } }
        fulfillmentHolds { heldByApp { title } }
        lineItems(first: 2) { nodes { remainingQuantity variant { id } } }
    } }
    fulfillments(first: 2) { events(first: 2) { nodes { status } } }
} } }"""


@asynccontextmanager
async def counted(acme: Served) -> AsyncIterator[list[str]]:
    """Gather the statements of every connection of the pool, from now on."""
    statements: list[str] = []

    def note(query: LoggedQuery) -> None:
        statements.append(query.query)

    pool = acme.store.pool
    connections = [await pool.acquire() for _ in range(pool.get_size())]
    for each in connections:
        each.add_query_logger(note)
    for each in connections:
        await pool.release(each)
    yield statements


async def test_longer_lists_take_no_more_statements(acme: Served, rich: Rich) -> None:
    for _ in range(3):
        await rich_order(acme)
    await data(acme.desk, DEEP, n=1)  # what a new connection asks once
    counts = []
    for length in (1, 2, 4):
        async with counted(acme) as statements:
            found = await data(acme.desk, DEEP, n=length)
        assert len(found["orders"]["nodes"]) == length
        counts.append(len(statements))
    assert len(set(counts)) == 1, counts
