"""The documents of the guide, step by step, as a service sends them.

Source: Shopify, "Build for fulfillment services".
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from crossdock.domain.catalogue import ProductVariant
from crossdock.domain.commands import SubmitCancellationRequest, SubmitFulfillmentRequest
from crossdock.domain.orders import FulfillmentOrder
from tests.dialects.test_guide_documents import DOCUMENTS
from tests.store.calls import Served, served


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place


async def said(acme: Served, document: str, /, **variables: object) -> Any:
    """Send a document as the service, and return what came of its one field, which has no errors."""
    reply = await acme.warehouse.post("graphql.json", {"query": DOCUMENTS[document], "variables": variables})
    assert (reply.status, "errors" in reply.json) == (200, False), reply.body
    (answer,) = reply.json["data"].values()
    assert answer.get("userErrors", []) == []
    return answer


def fo(work: FulfillmentOrder) -> str:
    return f"gid://shopify/FulfillmentOrder/{work.id}"


async def at_service(acme: Served, sku: str = "TEE") -> ProductVariant:
    (variant,) = (await acme.shop.product(sku, managed_by="acme-3pl")).variants
    await acme.shop.stock(variant, acme.shop.service.location_id, 50)
    return variant


async def requested(acme: Served, variant: ProductVariant) -> FulfillmentOrder:
    (work,) = (await acme.shop.order((variant, 3))).fulfillment_orders
    await acme.shop.dispatch(SubmitFulfillmentRequest(fulfillment_order_id=work.id, message="Fragile"))
    return work


async def accepted(acme: Served, variant: ProductVariant, *, asked_back: bool = False) -> FulfillmentOrder:
    work = await requested(acme, variant)
    answer = await said(acme, "accept_request", id=fo(work), message="Tomorrow is a holiday.")
    assert states(answer) == ("IN_PROGRESS", "ACCEPTED")
    if asked_back:
        await acme.shop.dispatch(SubmitCancellationRequest(fulfillment_order_id=work.id, message="Changed their mind"))
    return work


def states(answer: Any) -> tuple[str, str]:
    return answer["fulfillmentOrder"]["status"], answer["fulfillmentOrder"]["requestStatus"]


def some(work: FulfillmentOrder, quantity: int) -> dict[str, Any]:
    lines = [{"id": f"gid://shopify/FulfillmentOrderLineItem/{work.lines[0].id}", "quantity": quantity}]
    parts = [{"fulfillmentOrderId": fo(work), "fulfillmentOrderLineItems": lines}]
    return {"lineItemsByFulfillmentOrder": parts, "trackingInfo": {"company": "UPS", "number": "1Z001985YW99744790"}}


async def test_step_1(acme: Served) -> None:
    answer = await said(acme, "create_service", name="Mars", callbackUrl="http://127.0.0.1:1025/mars")
    made = answer["fulfillmentService"]
    assert (made["handle"], made["location"]["name"], made["trackingSupport"]) == ("mars", "Mars", True)


async def test_step_3(acme: Served) -> None:
    variant = await at_service(acme)
    one, other = await requested(acme, variant), await requested(acme, variant)
    nodes = [edge["node"] for edge in (await said(acme, "retrieve_requests"))["edges"]]
    assert [(node["id"], node["requestStatus"]) for node in nodes] == [(fo(each), "SUBMITTED") for each in (one, other)]
    assert [edge["node"]["sku"] for edge in nodes[0]["lineItems"]["edges"]] == ["TEE"]
    (asked,) = (edge["node"] for edge in nodes[0]["merchantRequests"]["edges"])
    assert (asked["kind"], asked["message"]) == ("FULFILLMENT_REQUEST", "Fragile")
    assert states(await said(acme, "accept_request", id=fo(one), message=None)) == ("IN_PROGRESS", "ACCEPTED")
    line = {
        "fulfillmentOrderLineItemId": f"gid://shopify/FulfillmentOrderLineItem/{other.lines[0].id}",
        "message": "none",
    }
    rejection = {"reason": "INVENTORY_OUT_OF_STOCK", "lineItems": [line], "message": "Out of stock"}
    assert states(await said(acme, "reject_request", id=fo(other), **rejection)) == ("OPEN", "REJECTED")
    assert (await said(acme, "retrieve_requests"))["edges"] == []


async def test_step_4_and_6(acme: Served) -> None:
    work = await accepted(acme, await at_service(acme))
    first = (await said(acme, "create_fulfillment_v2", fulfillment=some(work, 2)))["fulfillment"]
    assert (first["status"], first["totalQuantity"], first["trackingInfo"][0]["company"]) == ("SUCCESS", 2, "UPS")
    assert [each["quantity"] for each in first["fulfillmentLineItems"]["nodes"]] == [2]
    rest = (await said(acme, "create_fulfillment", fulfillment=some(work, 1)))["fulfillment"]
    assert rest["name"].endswith("-F2")
    cancelled = await said(acme, "cancel_fulfillment", id=rest["id"])
    assert cancelled["fulfillment"] == {"id": rest["id"], "status": "CANCELLED"}


async def test_step_5(acme: Served) -> None:
    variant = await at_service(acme)
    given = await accepted(acme, variant, asked_back=True)
    kept = await accepted(acme, variant, asked_back=True)
    nodes = [edge["node"] for edge in (await said(acme, "retrieve_cancellation_requests"))["edges"]]
    assert [node["id"] for node in nodes] == [fo(given), fo(kept)]
    assert nodes[0]["merchantRequests"]["edges"][0]["node"]["message"] == "Changed their mind"
    answer = await said(acme, "accept_cancellation", id=fo(given), message="Done")
    assert states(answer)[1] == "CANCELLATION_ACCEPTED"
    answer = await said(acme, "reject_cancellation", id=fo(kept), message="It has left")
    assert states(answer) == ("IN_PROGRESS", "CANCELLATION_REJECTED")
    assert (await said(acme, "retrieve_cancellation_requests"))["edges"] == []


async def test_step_7(acme: Served) -> None:
    work = await accepted(acme, await at_service(acme))
    answer = await said(acme, "close_fulfillment_order", id=fo(work), message="Not enough inventory")
    assert states(answer) == ("INCOMPLETE", "CLOSED")


async def test_after_step_9(acme: Served) -> None:
    (variant,) = (await acme.shop.product("HAT")).variants
    item = f"gid://shopify/InventoryItem/{variant.inventory_item_id}"
    place = f"gid://shopify/Location/{acme.shop.service.location_id}"
    answer = await said(acme, "activate_item", inventoryItemId=item, locationId=place, available=7, key="one")
    assert answer["inventoryLevel"]["quantities"] == [{"name": "available", "quantity": 7}]
    levels = [edge["node"] for edge in (await said(acme, "inventory_item", id=item))["inventoryLevels"]["edges"]]
    (there,) = (level for level in levels if level["location"]["id"] == place)
    assert {each["name"]: each["quantity"] for each in there["quantities"]}["on_hand"] == 7
