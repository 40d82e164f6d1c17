"""One shop behind three wires: each can make an order and live its life, and each tells what the others tell."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.integration.merchants import gid, number_of
from tests.store.calls import Client, Reply
from tests.store.next29_calls import ADDRESS

# Shopify's words for a state in 29 Next's, one by one from the two vendors' lists.
WORDS: Mapping[str, str] = {
    "open": "open",
    "in_progress": "processing",
    "on_hold": "on_hold",
    "incomplete": "incomplete",
    "cancelled": "canceled",
    "unsubmitted": "pending",
    "submitted": "requested",
    "accepted": "accepted",
    "rejected": "rejected",
    "cancellation_requested": "cancel_requested",
    "cancellation_accepted": "cancel_accepted",
    "cancellation_rejected": "cancel_rejected",
    "closed": "closed",
}
ASKED: Mapping[str, str] = {"fulfillment_request": "fulfill_request", "cancellation_request": "cancel_request"}
COMPANIES: Mapping[str, str] = {"USPS": "usps", "FedEx": "fedex", "Bob's Bikes": "other"}
ENDED = "ended"
MOVES: Mapping[str | None, str | None] = {None: None, "tracking_added": None}

Words = Sequence[tuple[str, str | None]]


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A fulfillment order. `lines`: id, order line, units in all and left; `asked`: by the merchant, with his words."""

    id: int
    place: int
    state: str
    lines: tuple[tuple[int, int, int, int], ...]
    holds: tuple[str, ...]
    asked: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A fulfillment. `units` by SKU; `tracking`: numbers, links, and who carries the first parcel."""

    id: int
    place: int
    counts: bool
    units: tuple[tuple[str, int], ...]
    numbers: tuple[str, ...]
    links: tuple[str, ...]
    carrier: str | None
    moved: str | None


@dataclass(frozen=True, kw_only=True)
class View:
    """An order as one wire tells it. `lines`: id, units ordered, kept, and still to be shipped."""

    cancelled: bool
    closed: bool
    lines: tuple[tuple[int, int, int, int], ...]
    work: tuple[Piece, ...]
    parcels: tuple[Parcel, ...]


@dataclass(frozen=True)
class Tracked:
    """Tracking of one fulfillment as a wire can say it: numbers, and the companies that carry them."""

    numbers: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()


class Wire(Protocol):
    """What can be done to an order by one wire. Each raises AssertionError where the store says no."""

    parcels: Tracked
    """Two parcels in one fulfillment, as far as the wire has words for them."""

    async def order(self, lines: Mapping[int, int]) -> int:
        """Make a paid order of units by variant, which claims them; return its id, or the number by which it goes."""
        ...

    async def hold(self, work: int) -> None: ...
    async def release(self, work: int) -> None: ...
    async def request(self, work: int) -> None: ...
    async def answer(self, work: int, *, accepted: bool) -> None: ...
    async def ask_to_stop(self, work: int) -> None: ...
    async def answer_stop(self, work: int, *, accepted: bool) -> None: ...
    async def move(self, work: int, place: int) -> None: ...
    async def ship(self, work: int, lines: Mapping[int, int] | None, tracked: Tracked) -> None: ...
    async def tell(self, order: int, parcel: int, status: str, at: str) -> None: ...
    async def close(self, work: int) -> None: ...
    async def cancel(self, work: int) -> None: ...
    async def cancel_order(self, order: int) -> None: ...
    async def read(self, order: int) -> View: ...


def counted(pairs: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    units: Counter[str] = Counter()
    for sku, quantity in pairs:
        units[sku] += quantity
    return tuple(sorted(units.items()))


def said(status: str, request_status: str) -> str:
    """Return a state of Shopify's in 29 Next's words; what it was asked last says nothing of what has ended."""
    return ENDED if status == "closed" else f"{WORDS[status]}/{WORDS[request_status]}"


def ordered(works: Iterable[Piece]) -> tuple[Piece, ...]:
    return tuple(sorted(works, key=lambda each: each.id))


@dataclass
class ByRest:
    """Shopify's REST."""

    client: Client
    parcels: Tracked = field(default_factory=lambda: Tracked(("94001",), ("USPS",)))

    async def call(self, method: str, path: str, body: object = None) -> Any:
        reply = await self.client.call(method, path, body)
        assert reply.status in {200, 201}, (method, path, reply.status, reply.body)
        return reply.json

    async def act(self, work: int, action: str, body: object = None) -> Any:
        return await self.call("POST", f"fulfillment_orders/{work}/{action}.json", {} if body is None else body)

    async def order(self, lines: Mapping[int, int]) -> int:
        order = {
            "line_items": [{"variant_id": variant, "quantity": quantity} for variant, quantity in lines.items()],
            "financial_status": "paid",
            "inventory_behaviour": "decrement_obeying_policy",
            "shipping_address": {"last_name": "Ek", "address1": "Kaj 1", "city": "Lund", "country_code": "SE"},
        }
        return int((await self.call("POST", "orders.json", {"order": order}))["order"]["id"])

    async def hold(self, work: int) -> None:
        await self.act(work, "hold", {"fulfillment_hold": {"reason": "awaiting_payment"}})

    async def release(self, work: int) -> None:
        await self.act(work, "release_hold")

    async def request(self, work: int) -> None:
        await self.act(work, "fulfillment_request", {"fulfillment_request": {"message": "Please"}})

    async def answer(self, work: int, *, accepted: bool) -> None:
        action = "accept" if accepted else "reject"
        await self.act(work, f"fulfillment_request/{action}", {"fulfillment_request": {"message": "Well"}})

    async def ask_to_stop(self, work: int) -> None:
        await self.act(work, "cancellation_request", {"cancellation_request": {"message": "Stop"}})

    async def answer_stop(self, work: int, *, accepted: bool) -> None:
        action = "accept" if accepted else "reject"
        await self.act(work, f"cancellation_request/{action}", {"cancellation_request": {"message": "Well"}})

    async def move(self, work: int, place: int) -> None:
        await self.act(work, "move", {"fulfillment_order": {"new_location_id": place}})

    async def ship(self, work: int, lines: Mapping[int, int] | None, tracked: Tracked) -> None:
        group: dict[str, Any] = {"fulfillment_order_id": work}
        if lines is not None:
            group["fulfillment_order_line_items"] = [{"id": id, "quantity": units} for id, units in lines.items()]
        tracking = {"number": tracked.numbers[0], "company": tracked.companies[0]} if tracked.numbers else {}
        body = {"line_items_by_fulfillment_order": [group], "tracking_info": tracking}
        await self.call("POST", "fulfillments.json", {"fulfillment": body})

    async def tell(self, order: int, parcel: int, status: str, at: str) -> None:
        body = {"event": {"status": status, "happened_at": at}}
        await self.call("POST", f"orders/{order}/fulfillments/{parcel}/events.json", body)

    async def close(self, work: int) -> None:
        await self.act(work, "close", {"fulfillment_order": {"message": "No more"}})

    async def cancel(self, work: int) -> None:
        await self.act(work, "cancel")

    async def cancel_order(self, order: int) -> None:
        await self.call("POST", f"orders/{order}/cancel.json", {})

    async def read(self, order: int) -> View:
        found = (await self.call("GET", f"orders/{order}.json"))["order"]
        work = (await self.call("GET", f"orders/{order}/fulfillment_orders.json"))["fulfillment_orders"]
        parcels = (await self.call("GET", f"orders/{order}/fulfillments.json"))["fulfillments"]
        return View(
            cancelled=found["cancelled_at"] is not None,
            closed=found["closed_at"] is not None,
            lines=tuple(
                (line["id"], line["quantity"], line["current_quantity"], line["fulfillable_quantity"])
                for line in found["line_items"]
            ),
            work=ordered(
                Piece(
                    id=each["id"],
                    place=each["assigned_location_id"],
                    state=said(each["status"], each["request_status"]),
                    lines=tuple(
                        (line["id"], line["line_item_id"], line["quantity"], line["fulfillable_quantity"])
                        for line in each["line_items"]
                    ),
                    holds=tuple(hold["reason"] for hold in each["fulfillment_holds"]),
                    asked=tuple((ASKED[one["kind"]], one["message"] or "") for one in each["merchant_requests"]),
                )
                for each in work
            ),
            parcels=tuple(
                Parcel(
                    id=each["id"],
                    place=each["location_id"],
                    counts=each["status"] == "success",
                    units=counted((line["sku"], line["quantity"]) for line in each["line_items"]),
                    numbers=tuple(each["tracking_numbers"]),
                    links=tuple(each["tracking_urls"]),
                    carrier=COMPANIES[each["tracking_company"]] if each["tracking_company"] else None,
                    moved=each["shipment_status"],
                )
                for each in parcels
            ),
        )


READ = """
query ($id: ID!) { order(id: $id) {
  cancelledAt closedAt
  lineItems(first: 20) { nodes { id quantity currentQuantity unfulfilledQuantity } }
  fulfillmentOrders(first: 50) { nodes {
    id status requestStatus assignedLocation { location { id } }
    lineItems(first: 20) { nodes { id totalQuantity remainingQuantity lineItem { id } } }
    fulfillmentHolds { reason }
    merchantRequests(first: 20) { nodes { kind message } }
  } }
  fulfillments(first: 20) {
    id status displayStatus location { id }
    fulfillmentLineItems(first: 20) { nodes { quantity lineItem { sku } } }
    trackingInfo(first: 10) { number url company }
    events(first: 10, reverse: true) { nodes { status } }
  }
} }
"""
ORDER = """
mutation ($order: OrderCreateOrderInput!, $options: OrderCreateOptionsInput) {
  orderCreate(order: $order, options: $options) { order { id } userErrors { message } }
}
"""
HOLD = """
mutation ($id: ID!) {
  fulfillmentOrderHold(id: $id, fulfillmentHold: {reason: AWAITING_PAYMENT}) { userErrors { message } }
}
"""
REQUEST = """
mutation ($id: ID!) {
  fulfillmentOrderSubmitFulfillmentRequest(id: $id, message: "Please") { userErrors { message } }
}
"""
STOP = """
mutation ($id: ID!) {
  fulfillmentOrderSubmitCancellationRequest(id: $id, message: "Stop") { userErrors { message } }
}
"""
MOVE = """
mutation ($id: ID!, $place: ID!) { fulfillmentOrderMove(id: $id, newLocationId: $place) { userErrors { message } } }
"""
SHIP = """
mutation ($fulfillment: FulfillmentInput!) { fulfillmentCreate(fulfillment: $fulfillment) { userErrors { message } } }
"""
EVENT = """
mutation ($event: FulfillmentEventInput!) {
  fulfillmentEventCreate(fulfillmentEvent: $event) { userErrors { message } }
}
"""
CANCEL_ORDER = """
mutation ($id: ID!) { orderCancel(orderId: $id, restock: true, reason: OTHER) { userErrors { message } } }
"""


@dataclass
class ByGraphql:
    """Shopify's GraphQL."""

    client: Client
    parcels: Tracked = field(default_factory=lambda: Tracked(("94001", "94002"), ("USPS",)))

    async def ask(self, document: str, **variables: object) -> Any:
        reply = await self.client.post("graphql.json", {"query": document, "variables": variables})
        answer = reply.json
        assert (reply.status, answer.get("errors")) == (200, None), answer
        return answer["data"]

    async def change(self, document: str, **variables: object) -> Any:
        (payload,) = (await self.ask(document, **variables)).values()
        assert payload["userErrors"] == [], payload
        return payload

    async def act(self, work: int, action: str) -> None:
        name = f"fulfillmentOrder{action}"
        document = f"mutation ($id: ID!) {{ {name}(id: $id) {{ userErrors {{ message }} }} }}"
        await self.change(document, id=gid("FulfillmentOrder", work))

    async def order(self, lines: Mapping[int, int]) -> int:
        order = {
            "lineItems": [
                {"variantId": gid("ProductVariant", variant), "quantity": quantity}
                for variant, quantity in lines.items()
            ],
            "financialStatus": "PAID",
            "shippingAddress": {"lastName": "Ek", "address1": "Kaj 1", "city": "Lund", "countryCode": "SE"},
        }
        made = await self.change(ORDER, order=order, options={"inventoryBehaviour": "DECREMENT_OBEYING_POLICY"})
        return number_of(made["order"]["id"])

    async def hold(self, work: int) -> None:
        await self.change(HOLD, id=gid("FulfillmentOrder", work))

    async def release(self, work: int) -> None:
        await self.act(work, "ReleaseHold")

    async def request(self, work: int) -> None:
        await self.change(REQUEST, id=gid("FulfillmentOrder", work))

    async def answer(self, work: int, *, accepted: bool) -> None:
        await self.act(work, "AcceptFulfillmentRequest" if accepted else "RejectFulfillmentRequest")

    async def ask_to_stop(self, work: int) -> None:
        await self.change(STOP, id=gid("FulfillmentOrder", work))

    async def answer_stop(self, work: int, *, accepted: bool) -> None:
        await self.act(work, "AcceptCancellationRequest" if accepted else "RejectCancellationRequest")

    async def move(self, work: int, place: int) -> None:
        await self.change(MOVE, id=gid("FulfillmentOrder", work), place=gid("Location", place))

    async def ship(self, work: int, lines: Mapping[int, int] | None, tracked: Tracked) -> None:
        group: dict[str, Any] = {"fulfillmentOrderId": gid("FulfillmentOrder", work)}
        if lines is not None:
            group["fulfillmentOrderLineItems"] = [
                {"id": gid("FulfillmentOrderLineItem", id), "quantity": units} for id, units in lines.items()
            ]
        fulfillment: dict[str, Any] = {"lineItemsByFulfillmentOrder": [group]}
        if tracked.numbers:
            fulfillment["trackingInfo"] = {"numbers": list(tracked.numbers), "company": tracked.companies[0]}
        await self.change(SHIP, fulfillment=fulfillment)

    async def tell(self, order: int, parcel: int, status: str, at: str) -> None:
        event = {"fulfillmentId": gid("Fulfillment", parcel), "status": status.upper(), "happenedAt": at}
        await self.change(EVENT, event=event)

    async def close(self, work: int) -> None:
        await self.act(work, "Close")

    async def cancel(self, work: int) -> None:
        await self.act(work, "Cancel")

    async def cancel_order(self, order: int) -> None:
        await self.change(CANCEL_ORDER, id=gid("Order", order))

    async def read(self, order: int) -> View:
        found = (await self.ask(READ, id=gid("Order", order)))["order"]
        return View(
            cancelled=found["cancelledAt"] is not None,
            closed=found["closedAt"] is not None,
            lines=tuple(
                (number_of(line["id"]), line["quantity"], line["currentQuantity"], line["unfulfilledQuantity"])
                for line in found["lineItems"]["nodes"]
            ),
            work=ordered(_piece(each) for each in found["fulfillmentOrders"]["nodes"]),
            parcels=tuple(_parcel(each) for each in found["fulfillments"]),
        )


def _piece(found: Any) -> Piece:
    return Piece(
        id=number_of(found["id"]),
        place=number_of(found["assignedLocation"]["location"]["id"]),
        state=said(found["status"].lower(), found["requestStatus"].lower()),
        lines=tuple(
            (
                number_of(line["id"]),
                number_of(line["lineItem"]["id"]),
                line["totalQuantity"],
                line["remainingQuantity"],
            )
            for line in found["lineItems"]["nodes"]
        ),
        holds=tuple(hold["reason"].lower() for hold in found["fulfillmentHolds"]),
        asked=tuple(
            (ASKED[each["kind"].lower()], each["message"] or "") for each in found["merchantRequests"]["nodes"]
        ),
    )


def _parcel(found: Any) -> Parcel:
    tracking = found["trackingInfo"]
    company = next((each["company"] for each in tracking if each["company"]), None)
    told = [each["status"].lower() for each in found["events"]["nodes"]]
    return Parcel(
        id=number_of(found["id"]),
        place=number_of(found["location"]["id"]),
        counts=found["status"] == "SUCCESS",
        units=counted((each["lineItem"]["sku"], each["quantity"]) for each in found["fulfillmentLineItems"]["nodes"]),
        numbers=tuple(each["number"] for each in tracking if each["number"]),
        links=tuple(each["url"] for each in tracking if each["url"]),
        carrier=COMPANIES[company] if company else None,
        moved=told[0] if told else None,
    )


@dataclass
class ByNext29:
    """29 Next's Admin API. `order` and all that follows go by the number of an order."""

    client: Client
    parcels: Tracked = field(default_factory=lambda: Tracked(("94001", "F-2"), ("USPS", "FedEx")))

    async def send(self, method: str, path: str, body: object = None) -> Reply:
        return await self.client.send(method, f"/api/admin/{path}", b"" if body is None else json.dumps(body).encode())

    async def call(self, method: str, path: str, body: object = None) -> Any:
        reply = await self.send(method, path, body)
        assert reply.status in {200, 201}, (method, path, reply.status, reply.body)
        return reply.json

    async def act(self, work: int, action: str, body: object = None) -> Any:
        return await self.call("POST", f"fulfillment-orders/{work}/{action}/", {} if body is None else body)

    async def order(self, lines: Mapping[int, int]) -> int:
        order = {
            "lines": [{"product_id": variant, "quantity": quantity} for variant, quantity in lines.items()],
            "user": {"email": "bo@ek.example", "first_name": "Bo", "last_name": "Ek"},
            "shipping_address": {"first_name": "Bo", "last_name": "Ek", **ADDRESS},
            "payment_method": "external",
        }
        return int((await self.call("POST", "orders/", order))["number"])

    async def hold(self, work: int) -> None:
        await self.act(work, "hold", {"reason": "awaiting_payment"})

    async def release(self, work: int) -> None:
        await self.act(work, "release-hold")

    async def request(self, work: int) -> None:
        await self.act(work, "fulfillment-request", {"message": "Please"})

    async def answer(self, work: int, *, accepted: bool) -> None:
        await self.act(work, f"fulfillment-request/{'accept' if accepted else 'reject'}", {"message": "Well"})

    async def ask_to_stop(self, work: int) -> None:
        await self.act(work, "cancellation-request", {"message": "Stop"})

    async def answer_stop(self, work: int, *, accepted: bool) -> None:
        await self.act(work, f"cancellation-request/{'accept' if accepted else 'reject'}", {"message": "Well"})

    async def move(self, work: int, place: int) -> None:
        await self.act(work, "move", {"new_location_id": place})

    async def ship(self, work: int, lines: Mapping[int, int] | None, tracked: Tracked) -> None:
        body: dict[str, Any] = {}
        if lines is not None:
            body["fulfillment_order_line_items"] = [{"id": id, "quantity": units} for id, units in lines.items()]
        if tracked.numbers:
            body["tracking_info"] = [
                {"carrier": COMPANIES[company], "tracking_code": number}
                for number, company in zip(tracked.numbers, tracked.companies, strict=True)
            ]
        await self.act(work, "fulfillments", body)

    async def tell(self, order: int, parcel: int, status: str, at: str) -> None:
        path = f"orders/{order}/fulfillments/{parcel}/events/"
        await self.call("POST", path, {"status": status, "happened_at": at})

    async def close(self, work: int) -> None:
        await self.act(work, "close", {"message": "No more"})

    async def cancel(self, work: int) -> None:
        await self.act(work, "cancel")

    async def cancel_order(self, order: int) -> None:
        await self.call("POST", f"orders/{order}/cancel/", {"cancel_reason": "other"})

    async def words(self, order: int) -> dict[int, str]:
        """Return the states of all fulfillment orders as this wire says them."""
        found = await self.call("GET", f"orders/{order}/fulfillment-orders/")
        return {each["id"]: f"{each['status']}/{each['request_status']}" for each in found}

    async def read(self, order: int) -> View:
        found = await self.call("GET", f"orders/{order}/")
        work = await self.call("GET", f"orders/{order}/fulfillment-orders/")
        parcels = await self.call("GET", f"orders/{order}/fulfillments/")
        assert found["fulfillments"] == parcels
        return View(
            cancelled=found["status"] == "canceled",
            closed=found["status"] != "open",
            lines=tuple(
                (line["id"], line["quantity"], line["current_quantity"], line["fulfillable_quantity"])
                for line in found["lines"]
            ),
            work=ordered(
                Piece(
                    id=each["id"],
                    place=each["assigned_location"]["id"],
                    state=f"{each['status']}/{each['request_status']}",
                    lines=tuple(
                        (line["id"], line["order_line_id"], line["quantity"], line["fulfillable_quantity"])
                        for line in each["line_items"]
                    ),
                    holds=tuple(hold["reason"] for hold in each["fulfillment_holds"]),
                    asked=tuple((one["type"], one["message"]) for one in each["merchant_requests"]),
                )
                for each in work
            ),
            parcels=tuple(
                Parcel(
                    id=each["id"],
                    place=each["location_id"],
                    counts=each["status"] == "success",
                    units=counted((line["sku"], line["quantity"]) for line in each["line_items"]),
                    numbers=parts_of(each["tracking_codes"]),
                    links=parts_of(each["tracking_links"]),
                    carrier=each["tracking_carrier"] or None,
                    moved=MOVES.get(each["delivery_status"], each["delivery_status"]),
                )
                for each in parcels
            ),
        )


def parts_of(joined: str) -> tuple[str, ...]:
    return tuple(joined.split(", ")) if joined else ()
