"""The merchant's program at a store, by either of its two wires: what it asks for, and what it reads back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

VERSION = "2026-07"

WORK = """
id status requestStatus
supportedActions { action }
merchantRequests(first: 20) { nodes { kind message } }
lineItems(first: 20) { nodes { id totalQuantity remainingQuantity } }
"""
ONE_WORK = f"query ($id: ID!) {{ fulfillmentOrder(id: $id) {{ {WORK} }} }}"
PARCEL = (
    "id name status trackingInfo(first: 5) { number company } fulfillmentLineItems(first: 20) { nodes { quantity } }"
)


@dataclass(frozen=True, kw_only=True)
class Work:
    """A fulfillment order. `state` is its status and its request's; `lines` are ids with units in all and left."""

    id: int
    state: str
    actions: frozenset[str]
    lines: tuple[tuple[int, int, int], ...]
    requests: tuple[tuple[str, str | None], ...]

    @property
    def left(self) -> int:
        return sum(left for _, _, left in self.lines)


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A fulfillment."""

    id: int
    name: str
    status: str
    units: int
    numbers: tuple[str, ...]
    company: str | None


class Merchant(Protocol):
    """What the merchant's program can do. Each raises AssertionError where the store says no."""

    async def subscribe(self, topic: str, address: str) -> None: ...

    async def order(self, variant_id: int, quantity: int) -> int:
        """Take in a paid order of one line, which claims its units; return its id."""
        ...

    async def work(self, order_id: int) -> list[Work]: ...

    async def parcels(self, order_id: int) -> list[Parcel]: ...

    async def request(self, work_id: int, message: str) -> None: ...

    async def ask_to_stop(self, work_id: int, message: str) -> None: ...

    async def cancel(self, work_id: int) -> int:
        """Take work back, whatever the service does; return the work that replaces it."""
        ...

    async def ship(self, work_id: int) -> None:
        """Ship all that is left oneself."""
        ...

    async def cancel_parcel(self, parcel_id: int) -> None: ...

    async def track(self, parcel_id: int, number: str | None, company: str) -> None: ...

    async def rearrange(self, work_id: int, location_id: int) -> frozenset[str]:
        """Do all else that the wire has for work of two units, which ends at another place.

        Return the topics of fulfillment orders that tell of it.
        """
        ...

    async def not_cancelled(self, work_id: int) -> str:
        """Try to take work back, and return the words of the store's no."""
        ...


@dataclass(frozen=True, kw_only=True)
class Wire:
    """HTTP with a token."""

    session: aiohttp.ClientSession
    url: str
    token: str

    async def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        headers = {"X-Shopify-Access-Token": self.token}
        url = f"{self.url}/admin/api/{VERSION}/{path}"
        async with self.session.request(method, url, json=body, headers=headers) as answer:
            return answer.status, await answer.json()


@dataclass(frozen=True, kw_only=True)
class RestMerchant:
    """By REST."""

    wire: Wire

    async def call(self, method: str, path: str, body: object = None) -> Any:
        status, answer = await self.wire.send(method, path, body)
        assert status in (200, 201), (method, path, status, answer)
        return answer

    async def subscribe(self, topic: str, address: str) -> None:
        await self.call("POST", "webhooks.json", {"webhook": {"topic": topic, "address": address, "format": "json"}})

    async def order(self, variant_id: int, quantity: int) -> int:
        order = {
            "line_items": [{"variant_id": variant_id, "quantity": quantity}],
            "financial_status": "paid",
            "inventory_behaviour": "decrement_obeying_policy",
            "shipping_address": {"last_name": "Ek", "address1": "Kaj 1", "city": "Lund", "country_code": "SE"},
        }
        return int((await self.call("POST", "orders.json", {"order": order}))["order"]["id"])

    async def work(self, order_id: int) -> list[Work]:
        found = (await self.call("GET", f"orders/{order_id}/fulfillment_orders.json"))["fulfillment_orders"]
        return [self.read_work(each) for each in found]

    def read_work(self, found: Any) -> Work:
        return Work(
            id=found["id"],
            state=f"{found['status']}/{found['request_status']}",
            actions=frozenset(found["supported_actions"]),
            lines=tuple((line["id"], line["quantity"], line["fulfillable_quantity"]) for line in found["line_items"]),
            requests=tuple((each["kind"], each["message"]) for each in found["merchant_requests"]),
        )

    async def parcels(self, order_id: int) -> list[Parcel]:
        return [
            Parcel(
                id=each["id"],
                name=each["name"],
                status=each["status"],
                units=sum(line["quantity"] for line in each["line_items"]),
                numbers=tuple(each["tracking_numbers"]),
                company=each["tracking_company"],
            )
            for each in (await self.call("GET", f"orders/{order_id}/fulfillments.json"))["fulfillments"]
        ]

    async def request(self, work_id: int, message: str) -> None:
        body = {"fulfillment_request": {"message": message, "notify_customer": True}}
        await self.call("POST", f"fulfillment_orders/{work_id}/fulfillment_request.json", body)

    async def ask_to_stop(self, work_id: int, message: str) -> None:
        body = {"cancellation_request": {"message": message}}
        await self.call("POST", f"fulfillment_orders/{work_id}/cancellation_request.json", body)

    async def cancel(self, work_id: int) -> int:
        answer = await self.call("POST", f"fulfillment_orders/{work_id}/cancel.json", {})
        return int(answer["replacement_fulfillment_order"]["id"])

    async def ship(self, work_id: int) -> None:
        body = {"fulfillment": {"line_items_by_fulfillment_order": [{"fulfillment_order_id": work_id}]}}
        await self.call("POST", "fulfillments.json", body)

    async def cancel_parcel(self, parcel_id: int) -> None:
        answer = await self.call("POST", f"fulfillments/{parcel_id}/cancel.json", {})
        assert answer["fulfillment"]["status"] == "cancelled"

    async def track(self, parcel_id: int, number: str | None, company: str) -> None:
        tracking = {"company": company} | ({"number": number} if number else {})
        body = {"fulfillment": {"tracking_info": tracking}}
        await self.call("POST", f"fulfillments/{parcel_id}/update_tracking.json", body)

    async def rearrange(self, work_id: int, location_id: int) -> frozenset[str]:
        work = f"fulfillment_orders/{work_id}"
        hold = {"reason": "awaiting_payment", "reason_notes": "Ask first"}
        await self.call("POST", f"{work}/hold.json", {"fulfillment_hold": hold})
        await self.call("POST", f"{work}/release_hold.json", {})
        await self.call("POST", f"{work}/move.json", {"fulfillment_order": {"new_location_id": location_id}})
        return frozenset({"placed_on_hold", "hold_released", "moved"})

    async def not_cancelled(self, work_id: int) -> str:
        status, answer = await self.wire.send("POST", f"fulfillment_orders/{work_id}/cancel.json", {})
        assert status == 422, (status, answer)
        (words,) = answer["errors"]
        return str(words)


@dataclass(frozen=True, kw_only=True)
class GraphqlMerchant:
    """By GraphQL."""

    wire: Wire

    async def ask(self, document: str, **variables: object) -> Any:
        status, answer = await self.wire.send("POST", "graphql.json", {"query": document, "variables": variables})
        assert (status, answer.get("errors")) == (200, None), answer
        return answer["data"]

    async def change(self, document: str, **variables: object) -> Any:
        """Carry out one mutation and return its payload."""
        (payload,) = (await self.ask(document, **variables)).values()
        assert payload["userErrors"] == [], payload
        return payload

    async def subscribe(self, topic: str, address: str) -> None:
        await self.change(
            """
            mutation ($topic: WebhookSubscriptionTopic!, $subscription: WebhookSubscriptionInput!) {
              webhookSubscriptionCreate(topic: $topic, webhookSubscription: $subscription) {
                webhookSubscription { id }
                userErrors { field message }
              }
            }
            """,
            topic=topic.replace("/", "_").upper(),
            subscription={"uri": address, "format": "JSON"},
        )

    async def order(self, variant_id: int, quantity: int) -> int:
        payload = await self.change(
            """
            mutation ($order: OrderCreateOrderInput!, $options: OrderCreateOptionsInput) {
              orderCreate(order: $order, options: $options) { order { id } userErrors { field message } }
            }
            """,
            order={
                "lineItems": [{"variantId": gid("ProductVariant", variant_id), "quantity": quantity}],
                "financialStatus": "PAID",
                "shippingAddress": {"lastName": "Ek", "address1": "Kaj 1", "city": "Lund", "countryCode": "SE"},
            },
            options={"inventoryBehaviour": "DECREMENT_OBEYING_POLICY"},
        )
        return number_of(payload["order"]["id"])

    async def work(self, order_id: int) -> list[Work]:
        document = f"query ($id: ID!) {{ order(id: $id) {{ fulfillmentOrders(first: 20) {{ nodes {{ {WORK} }} }} }} }}"
        order = (await self.ask(document, id=gid("Order", order_id)))["order"]
        return [self.read_work(each) for each in order["fulfillmentOrders"]["nodes"]]

    def read_work(self, found: Any) -> Work:
        return Work(
            id=number_of(found["id"]),
            state=f"{found['status']}/{found['requestStatus']}".lower(),
            actions=frozenset(each["action"].lower() for each in found["supportedActions"]),
            lines=tuple(
                (number_of(line["id"]), line["totalQuantity"], line["remainingQuantity"])
                for line in found["lineItems"]["nodes"]
            ),
            requests=tuple((each["kind"].lower(), each["message"]) for each in found["merchantRequests"]["nodes"]),
        )

    async def parcels(self, order_id: int) -> list[Parcel]:
        document = f"query ($id: ID!) {{ order(id: $id) {{ fulfillments(first: 20) {{ {PARCEL} }} }} }}"
        return [
            Parcel(
                id=number_of(each["id"]),
                name=each["name"],
                status=each["status"].lower(),
                units=sum(line["quantity"] for line in each["fulfillmentLineItems"]["nodes"]),
                numbers=tuple(tracking["number"] for tracking in each["trackingInfo"] if tracking["number"]),
                company=next((tracking["company"] for tracking in each["trackingInfo"]), None),
            )
            for each in (await self.ask(document, id=gid("Order", order_id)))["order"]["fulfillments"]
        ]

    async def request(self, work_id: int, message: str) -> None:
        await self.change(
            """
            mutation ($id: ID!, $message: String) {
              fulfillmentOrderSubmitFulfillmentRequest(id: $id, message: $message, notifyCustomer: true) {
                submittedFulfillmentOrder { id requestStatus }
                userErrors { field message }
              }
            }
            """,
            id=gid("FulfillmentOrder", work_id),
            message=message,
        )

    async def ask_to_stop(self, work_id: int, message: str) -> None:
        await self.change(
            """
            mutation ($id: ID!, $message: String) {
              fulfillmentOrderSubmitCancellationRequest(id: $id, message: $message) {
                fulfillmentOrder { id }
                userErrors { field message }
              }
            }
            """,
            id=gid("FulfillmentOrder", work_id),
            message=message,
        )

    async def cancel(self, work_id: int) -> int:
        payload = await self.change(CANCEL, id=gid("FulfillmentOrder", work_id))
        return number_of(payload["replacementFulfillmentOrder"]["id"])

    async def ship(self, work_id: int) -> None:
        await self.change(
            """
            mutation ($fulfillment: FulfillmentInput!) {
              fulfillmentCreate(fulfillment: $fulfillment) {
                fulfillment { id status }
                userErrors { field message }
              }
            }
            """,
            fulfillment={"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": gid("FulfillmentOrder", work_id)}]},
        )

    async def cancel_parcel(self, parcel_id: int) -> None:
        payload = await self.change(
            """
            mutation ($id: ID!) {
              fulfillmentCancel(id: $id) {
                fulfillment { status displayStatus }
                userErrors { field message }
              }
            }
            """,
            id=gid("Fulfillment", parcel_id),
        )
        assert payload["fulfillment"] == {"status": "CANCELLED", "displayStatus": "CANCELED"}

    async def track(self, parcel_id: int, number: str | None, company: str) -> None:
        await self.change(
            """
            mutation ($id: ID!, $tracking: FulfillmentTrackingInput!) {
              fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $tracking) {
                fulfillment { id }
                userErrors { field message }
              }
            }
            """,
            id=gid("Fulfillment", parcel_id),
            tracking={"company": company} | ({"number": number} if number else {}),
        )

    async def rearrange(self, work_id: int, location_id: int) -> frozenset[str]:
        id = gid("FulfillmentOrder", work_id)
        found = (await self.ask(ONE_WORK, id=id))["fulfillmentOrder"]
        line = found["lineItems"]["nodes"][0]["id"]
        part = {"fulfillmentOrderId": id, "fulfillmentOrderLineItems": [{"id": line, "quantity": 1}]}
        (split,) = (await self.change(SPLIT, splits=[part]))["fulfillmentOrderSplits"]
        other = split["remainingFulfillmentOrder"]["id"]
        intents = [{"fulfillmentOrderId": id}, {"fulfillmentOrderId": other}]
        await self.change(MERGE, merges=[{"mergeIntents": intents}])
        await self.change(HOLD, id=id, hold={"reason": "AWAITING_PAYMENT", "reasonNotes": "Ask first"})
        await self.change(RELEASE, id=id)
        await self.change(MOVE, id=id, place=gid("Location", location_id))
        await self.change(REPORT, id=id)
        await self.change(OPEN, id=id)
        return frozenset(
            {
                *("split", "merged", "placed_on_hold", "hold_released", "moved"),
                *("progress_reported", "manually_reported_progress_stopped"),
            }
        )

    async def not_cancelled(self, work_id: int) -> str:
        payload = (await self.ask(CANCEL, id=gid("FulfillmentOrder", work_id)))["fulfillmentOrderCancel"]
        (error,) = payload["userErrors"]
        return str(error["message"])


CANCEL = """
mutation ($id: ID!) {
  fulfillmentOrderCancel(id: $id) {
    fulfillmentOrder { id status }
    replacementFulfillmentOrder { id status requestStatus }
    userErrors { field message }
  }
}
"""
SPLIT = """
mutation ($splits: [FulfillmentOrderSplitInput!]!) {
  fulfillmentOrderSplit(fulfillmentOrderSplits: $splits) {
    fulfillmentOrderSplits { remainingFulfillmentOrder { id } }
    userErrors { field message }
  }
}
"""
MERGE = """
mutation ($merges: [FulfillmentOrderMergeInput!]!) {
  fulfillmentOrderMerge(fulfillmentOrderMergeInputs: $merges) { userErrors { field message } }
}
"""
HOLD = """
mutation ($id: ID!, $hold: FulfillmentOrderHoldInput!) {
  fulfillmentOrderHold(id: $id, fulfillmentHold: $hold) { fulfillmentHold { id } userErrors { field message } }
}
"""
RELEASE = """
mutation ($id: ID!) { fulfillmentOrderReleaseHold(id: $id) { userErrors { field message } } }
"""
MOVE = """
mutation ($id: ID!, $place: ID!) {
  fulfillmentOrderMove(id: $id, newLocationId: $place) { movedFulfillmentOrder { id } userErrors { field message } }
}
"""
REPORT = """
mutation ($id: ID!) {
  fulfillmentOrderReportProgress(id: $id, progressReport: {reasonNotes: "Packing"}) { userErrors { field message } }
}
"""
OPEN = """
mutation ($id: ID!) { fulfillmentOrderOpen(id: $id) { userErrors { field message } } }
"""


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def number_of(gid: str) -> int:
    return int(gid.rpartition("/")[2])


MERCHANTS: Mapping[str, type[RestMerchant] | type[GraphqlMerchant]] = {"rest": RestMerchant, "graphql": GraphqlMerchant}
