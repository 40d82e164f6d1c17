# ruff: noqa: N803 (arguments have the names of the schema)
"""The fake store's GraphQL: the served schema, executed over what the fake store keeps."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from graphql import ExecutionResult, graphql_sync

from crossdock.dialects.operation import WireError
from crossdock.dialects.shopify.graphql.ids import gid, read_gid, service_gid
from crossdock.dialects.shopify.graphql.schema import schema
from crossdock.domain import commands
from crossdock.domain.access import MERCHANT, Caller
from crossdock.domain.catalogue import CreateFulfillmentService
from crossdock.domain.orders import Fulfillment, FulfillmentOrder, LineRejection, Order, RejectionReason, Tracking
from crossdock.domain.queries import AssignmentStatus, ListAssignedFulfillmentOrders, Window
from crossdock.domain.refusals import NotFound, Refusal
from crossdock.domain.shipment import ShipmentStatus

if TYPE_CHECKING:
    from tests.service.fake_store import FakeStore

APP_ID = 7
BUCKET = {"maximumAvailable": 2000.0, "currentlyAvailable": 1900.0, "restoreRate": 100.0}
Node = dict[str, Any]
Info = Any


def answer(store: "FakeStore", body: Mapping[str, Any]) -> dict[str, Any]:
    """Execute a document, and answer as the platform does: data or errors, and the cost."""
    result: ExecutionResult = graphql_sync(
        schema(),
        body["query"],
        root_value={**queries(store), **mutations(store)},
        variable_values=body["variables"],
        operation_name=body["operationName"],
    )
    errors = [{"message": each.message, "extensions": {"code": "undefinedField"}} for each in result.errors or ()]
    cost = {"requestedQueryCost": 10, "actualQueryCost": 10, "throttleStatus": BUCKET}
    return {"data": result.data, "extensions": {"cost": cost}} | ({"errors": errors} if errors else {})


def queries(store: "FakeStore") -> dict[str, Any]:
    def assigned(_: Info, **given: Any) -> Node:
        status = given.get("assignmentStatus")
        after = given.get("after")
        command = ListAssignedFulfillmentOrders(
            assignment_status=AssignmentStatus(status.lower()) if status else None,
            window=Window(limit=given["first"], after=int(after) if after else None),
        )
        page = store.listed(command)
        nodes = [work_node(store, each.order, each.fulfillment_order) for each in page.items]
        return {"nodes": nodes, "pageInfo": page_info(str(page.next) if page.next else None)}

    def one(_: Info, id: str) -> Node | None:
        try:
            order = store.order_of(read_gid(id).number)
        except NotFound:
            return None
        return work_node(store, order, order.fulfillment_order(read_gid(id).number))

    def nodes(_: Info, ids: Sequence[str]) -> list[Node | None]:
        return [item_node(store, read_gid(each).number) for each in ids]

    def shop(_: Info) -> Node:
        shop = store.shop
        return {
            "id": gid("Shop", shop.id),
            "name": shop.name,
            "myshopifyDomain": shop.domain,
            "email": shop.email,
            "currencyCode": shop.currency,
            "ianaTimezone": shop.timezone,
            "createdAt": shop.created_at.isoformat(),
            "updatedAt": shop.updated_at.isoformat(),
            "fulfillmentServices": [service_node(store)] if store.service else [],
        }

    def subscriptions(_: Info, **__: Any) -> Node:
        return {"nodes": list(store.subscriptions), "pageInfo": page_info(None)}

    return {
        "assignedFulfillmentOrders": assigned,
        "fulfillmentOrder": one,
        "nodes": nodes,
        "shop": shop,
        "webhookSubscriptions": subscriptions,
    }


def mutations(store: "FakeStore") -> dict[str, Any]:
    def told(name: str, make: Callable[..., Any]) -> Callable[..., Node]:
        def resolve(_: Info, **given: Any) -> Node:
            return carried(store, name, make(**given), work_payload)

        return resolve

    def create_service(_: Info, name: str, callbackUrl: str, **__: Any) -> Node:
        command = CreateFulfillmentService(name=name, callback_url=callbackUrl)
        store.result(command)
        store.heard.append(("create_fulfillment_service", command))
        return {"fulfillmentService": service_node(store), "userErrors": []}

    def subscribe(_: Info, topic: str, webhookSubscription: Node) -> Node:
        if topic in store.refused_topics:
            return {"webhookSubscription": None, "userErrors": [{"field": ["topic"], "message": "no such topic"}]}
        made = {
            "id": gid("WebhookSubscription", next(store.ids)),
            "topic": topic,
            "uri": webhookSubscription["uri"],
        }
        store.subscriptions.append(made)
        return {"webhookSubscription": made, "userErrors": []}

    def set_quantities(_: Info, input: Node) -> Node:
        errors = []
        for place, each in enumerate(input["quantities"]):
            item = read_gid(each["inventoryItemId"]).number
            if store.on_hand.get(item) != each["changeFromQuantity"]:
                field = ["input", "quantities", str(place), "changeFromQuantity"]
                errors.append({"field": field, "message": "stale", "code": "CHANGE_FROM_QUANTITY_STALE"})
        if errors:
            return {"inventoryAdjustmentGroup": None, "userErrors": errors}
        store.heard.append(("set_quantities", input))
        for each in input["quantities"]:
            store.on_hand[read_gid(each["inventoryItemId"]).number] = each["quantity"]
        return {"inventoryAdjustmentGroup": {"id": gid("InventoryAdjustmentGroup", 1)}, "userErrors": []}

    def activate(_: Info, inventoryItemId: str, onHand: int | None = None, **__: Any) -> Node:
        item = read_gid(inventoryItemId).number
        store.heard.append(("activate_level", item))
        store.on_hand[item] = onHand or 0
        return {"inventoryLevel": {"id": gid("InventoryLevel", item)}, "userErrors": []}

    return {
        "fulfillmentOrderAcceptFulfillmentRequest": told("accept_fulfillment_request", accept),
        "fulfillmentOrderRejectFulfillmentRequest": told("reject_fulfillment_request", reject),
        "fulfillmentOrderAcceptCancellationRequest": told(
            "accept_cancellation_request", messaged(commands.AcceptCancellationRequest)
        ),
        "fulfillmentOrderRejectCancellationRequest": told(
            "reject_cancellation_request", messaged(commands.RejectCancellationRequest)
        ),
        "fulfillmentOrderClose": told("close_fulfillment_order", messaged(commands.CloseFulfillmentOrder)),
        "fulfillmentCreate": lambda _, fulfillment, message=None: carried(
            store, "create_fulfillment", create(fulfillment, message), fulfillment_payload
        ),
        "fulfillmentTrackingInfoUpdate": lambda _, fulfillmentId, trackingInfoInput, **__: carried(
            store,
            "update_tracking",
            commands.UpdateTracking(
                fulfillment_id=read_gid(fulfillmentId).number, tracking=tracking(trackingInfoInput)
            ),
            fulfillment_payload,
        ),
        "fulfillmentCancel": lambda _, id: carried(
            store,
            "cancel_fulfillment",
            commands.CancelFulfillment(fulfillment_id=read_gid(id).number),
            fulfillment_payload,
        ),
        "fulfillmentEventCreate": lambda _, fulfillmentEvent: carried(
            store, "create_fulfillment_event", follow(fulfillmentEvent), event_payload
        ),
        "fulfillmentServiceCreate": create_service,
        "fulfillmentServiceUpdate": lambda _, id, callbackUrl=None, **__: repointed(store, callbackUrl),
        "webhookSubscriptionCreate": subscribe,
        "inventorySetQuantities": set_quantities,
        "inventoryActivate": activate,
    }


def repointed(store: "FakeStore", callback_url: str) -> Node:
    store.result(CreateFulfillmentService(name=store.service.name if store.service else "", callback_url=callback_url))
    return {"fulfillmentService": service_node(store), "userErrors": []}


def carried(store: "FakeStore", name: str, command: Any, payload: Callable[["FakeStore", Any], Node]) -> Node:
    try:
        result = store.do(command, Caller(app_id=APP_ID, name="Crossdock", reads=MERCHANT.reads))
    except (Refusal, WireError) as refusal:
        return {"userErrors": [{"field": None, "message": str(refusal)}]}
    store.heard.append((name, command))
    return payload(store, result) | {"userErrors": []}


# -- what is asked -----------------------------------------------------------------------------------------------------


def accept(id: str, message: str | None = None, estimatedShippedAt: Any = None) -> Any:
    return commands.AcceptFulfillmentRequest(fulfillment_order_id=read_gid(id).number, message=message)


def reject(id: str, reason: str, message: str | None = None, lineItems: Sequence[Node] | None = None) -> Any:
    return commands.RejectFulfillmentRequest(
        fulfillment_order_id=read_gid(id).number,
        reason=RejectionReason(reason.lower()),
        message=message,
        lines=tuple(
            LineRejection(
                fulfillment_order_line_id=read_gid(each["fulfillmentOrderLineItemId"]).number,
                message=each.get("message"),
            )
            for each in lineItems or ()
        ),
    )


def messaged(command: Any) -> Callable[..., Any]:
    def make(id: str, message: str | None = None) -> Any:
        return command(fulfillment_order_id=read_gid(id).number, message=message)

    return make


def follow(event: Node) -> commands.AddCarrierEvent:
    return commands.AddCarrierEvent(
        fulfillment_id=read_gid(event["fulfillmentId"]).number,
        status=ShipmentStatus[event["status"]],
        happened_at=datetime.fromisoformat(event["happenedAt"]),
        city=event.get("city"),
    )


def event_payload(_: "FakeStore", result: Any) -> Node:
    return {"fulfillmentEvent": {"id": gid("FulfillmentEvent", result.event.id)}}


def create(fulfillment: Node, message: str | None) -> commands.CreateFulfillment:
    return commands.CreateFulfillment(
        groups=tuple(
            commands.FulfillmentGroup(
                fulfillment_order_id=read_gid(group["fulfillmentOrderId"]).number,
                lines=tuple(
                    commands.LineQuantity(id=read_gid(each["id"]).number, quantity=each["quantity"])
                    for each in group["fulfillmentOrderLineItems"]
                )
                if group.get("fulfillmentOrderLineItems")
                else None,
            )
            for group in fulfillment["lineItemsByFulfillmentOrder"]
        ),
        tracking=tracking(fulfillment.get("trackingInfo") or {}),
        notify_customer=fulfillment["notifyCustomer"],
        message=message,
    )


def tracking(given: Node) -> tuple[Tracking, ...]:
    numbers = given.get("numbers") or ([given["number"]] if given.get("number") else [])
    return tuple(Tracking(number=each, company=given.get("company")) for each in numbers)


# -- what is answered --------------------------------------------------------------------------------------------------


def page_info(cursor: str | None) -> Node:
    return {"hasNextPage": cursor is not None, "hasPreviousPage": False, "endCursor": cursor, "startCursor": None}


def work_payload(store: "FakeStore", changed: Any) -> Node:
    return {"fulfillmentOrder": work_node(store, changed.order, changed.fulfillment_order)}


def fulfillment_payload(_store: "FakeStore", made: Any) -> Node:
    return {"fulfillment": fulfillment_node(made.order, made.fulfillment)}


def work_node(store: "FakeStore", order: Order, work: FulfillmentOrder) -> Node:
    def lines(_: Info, first: int, after: str | None = None, **__: Any) -> Node:
        start = int(after or 0)
        found = [line_node(store, line) for line in work.lines]
        more = start + first < len(found)
        return {"nodes": found[start : start + first], "pageInfo": page_info(str(start + first) if more else None)}

    address = order.shipping_address
    return {
        "id": gid("FulfillmentOrder", work.id),
        "orderId": gid("Order", order.id),
        "orderName": order.name,
        "status": work.status.value.upper(),
        "requestStatus": work.request_status.value.upper(),
        "createdAt": work.created_at.isoformat(),
        "updatedAt": work.updated_at.isoformat(),
        "assignedLocation": {"location": {"id": gid("Location", work.location_id)}},
        "destination": {"firstName": address.first_name, "city": address.city, "countryCode": address.country_code}
        if address
        else None,
        "merchantRequests": {
            "nodes": [
                {
                    "kind": each.kind.value.upper(),
                    "sentAt": each.sent_at.isoformat(),
                    "message": each.message,
                    "requestOptions": {"notify_customer": each.notify_customer},
                }
                for each in work.requests[-5:]
            ]
        },
        "lineItems": lines,
        "fulfillments": lambda _, **__: {
            "nodes": [fulfillment_node(order, each) for each in order.fulfillments],
            "pageInfo": page_info(None),
        },
    }


def line_node(store: "FakeStore", line: Any) -> Node:
    return {
        "id": gid("FulfillmentOrderLineItem", line.id),
        "totalQuantity": line.quantity,
        "remainingQuantity": line.remaining,
        "inventoryItemId": gid("InventoryItem", line.inventory_item_id),
        "sku": store.skus.get(line.inventory_item_id),
        "lineItem": {"id": gid("LineItem", line.order_line_id)},
    }


def fulfillment_node(order: Order, fulfillment: Fulfillment) -> Node:
    return {
        "id": gid("Fulfillment", fulfillment.id),
        "name": f"{order.name}-F{fulfillment.number}",
        "status": fulfillment.status.value.upper(),
        "location": {"id": gid("Location", fulfillment.location_id)},
        "trackingInfo": [{"number": each.number} for each in fulfillment.tracking],
        "fulfillmentOrders": {"nodes": [{"orderId": gid("Order", order.id)}]},
    }


def service_node(store: "FakeStore") -> Node:
    service = store.service
    assert service is not None
    return {
        "id": service_gid(service.id),
        "serviceName": service.name,
        "handle": service.handle,
        "callbackUrl": service.callback_url,
        "trackingSupport": True,
        "inventoryManagement": True,
        "location": {"id": gid("Location", service.location_id)},
    }


def item_node(store: "FakeStore", item: int) -> Node | None:
    if item not in store.skus:
        return None
    at = store.at.isoformat()

    def level(_: Info, **__: Any) -> Node | None:
        if item not in store.on_hand:
            return None
        return {"quantities": [{"name": "on_hand", "quantity": store.on_hand[item]}]}

    return {
        "__typename": "InventoryItem",
        "id": gid("InventoryItem", item),
        "sku": store.skus[item],
        "tracked": True,
        "requiresShipping": True,
        "createdAt": at,
        "updatedAt": at,
        "inventoryLevel": level,
    }
