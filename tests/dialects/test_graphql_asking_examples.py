"""What the service asks by GraphQL is held to answers as real shops gave them: every question reads one."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import graphql_sync

from crossdock.dialects.shopify.graphql.asking.question import AnyQuestion, Question
from crossdock.dialects.shopify.graphql.schema import schema
from crossdock.dialects.shopify.transports import GRAPHQL
from crossdock.domain.orders import RequestKind
from crossdock.domain.places import Address
from crossdock.domain.states import RequestStatus, Status
from crossdock.domain.work import (
    AssignedFulfillmentOrder,
    AssignedLine,
    AssignedRequest,
    BookedFulfillment,
    ListedSubscription,
    RegisteredService,
)
from tests.dialects.test_shopify_asking import ASKED, question

AT, WRITTEN = datetime(2026, 5, 5, 12, 21, 54, tzinfo=UTC), "2026-05-05T12:21:54Z"
LAST_PAGE = {"hasNextPage": False, "endCursor": "eyJsYXN0X2lkIjoxfQ=="}
NO_ERRORS: dict[str, Any] = {"userErrors": []}
PLACE = "gid://shopify/Location/113884102962"


def request(kind: str, options: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "sentAt": WRITTEN, "message": "Fulfill this.", "requestOptions": options}


def work(status: str, request_status: str, *requests: Any) -> dict[str, Any]:
    return {
        "id": "gid://shopify/FulfillmentOrder/9825095713074",
        "orderId": "gid://shopify/Order/8979519799602",
        "orderName": "#1513",
        "status": status,
        "requestStatus": request_status,
        "createdAt": WRITTEN,
        "updatedAt": WRITTEN,
        "assignedLocation": {"location": {"id": PLACE}},
        "destination": {
            **dict.fromkeys(("firstName", "company", "address2", "province", "phone")),
            **{"lastName": "Ek", "address1": "Storgatan 1", "city": "Lund", "zip": "222 22", "countryCode": "SE"},
        },
        "merchantRequests": {"nodes": list(requests)},
    }


ASKED_FOR = request("FULFILLMENT_REQUEST", {"notify_customer": False})
STOPPED = request("CANCELLATION_REQUEST", {})
LINES = {
    "pageInfo": LAST_PAGE,
    "nodes": [
        {
            "id": "gid://shopify/FulfillmentOrderLineItem/21103461",
            "totalQuantity": 2,
            "remainingQuantity": 2,
            "inventoryItemId": "gid://shopify/InventoryItem/53214089609522",
            "sku": "TEE",
            "lineItem": {"id": "gid://shopify/LineItem/22203461"},
        }
    ],
}


def read_work(
    status: Status, request_status: RequestStatus, *kinds: RequestKind, with_lines: bool = False
) -> AssignedFulfillmentOrder:
    line = AssignedLine(
        id=21103461, order_line_id=22203461, quantity=2, remaining=2, inventory_item_id=53214089609522, sku="TEE"
    )
    return AssignedFulfillmentOrder(
        id=9825095713074,
        order_id=8979519799602,
        order_name="#1513",
        location_id=113884102962,
        status=status,
        request_status=request_status,
        lines=(line,) if with_lines else (),
        complete=with_lines,
        created_at=AT,
        updated_at=AT,
        destination=Address(
            last_name="Ek", address1="Storgatan 1", city="Lund", zip="222 22", country="Sweden", country_code="SE"
        ),
        requests=tuple(
            AssignedRequest(kind=kind, sent_at=AT, message="Fulfill this.", notify_customer=False) for kind in kinds
        ),
    )


def parcel(status: str = "SUCCESS") -> dict[str, Any]:
    return {
        "id": "gid://shopify/Fulfillment/6189151060274",
        "name": "#1513-F1",
        "status": status,
        "location": {"id": PLACE},
        "trackingInfo": [{"number": "A1"}, {"number": "A2"}],
        "fulfillmentOrders": {"nodes": [{"orderId": "gid://shopify/Order/8979519799602"}]},
    }


def booked(status: str = "success") -> BookedFulfillment:
    return BookedFulfillment(
        id=6189151060274,
        order_id=8979519799602,
        location_id=113884102962,
        name="#1513.1",
        status=status,
        tracking_numbers=("A1", "A2"),
    )


SERVICE = {
    "id": "gid://shopify/FulfillmentService/71889420594?id=true",
    "serviceName": "FS Unique Café__3PL x!!!",
    "handle": "fs-unique-cafe__3pl-x",
    "callbackUrl": "https://service.example.com/callbacks/1",
    "trackingSupport": True,
    "inventoryManagement": False,
    "location": {"id": PLACE},
}
MANUAL = {
    "id": "gid://shopify/FulfillmentService/manual",
    "serviceName": "Manual",
    "handle": "manual",
    "callbackUrl": None,
    "trackingSupport": False,
    "inventoryManagement": False,
    "location": {"id": "gid://shopify/Location/1"},
}
REGISTERED = RegisteredService(
    id=71889420594,
    name="FS Unique Café__3PL x!!!",
    handle="fs-unique-cafe__3pl-x",
    location_id=113884102962,
    callback_url="https://service.example.com/callbacks/1",
    tracking_support=True,
)
HOOK = {
    "id": "gid://shopify/WebhookSubscription/1967038398770",
    "topic": "ORDERS_CREATE",
    "uri": "https://service.example.com/hooks",
}
HEARD = ListedSubscription(id=1967038398770, topic="ORDERS_CREATE", address="https://service.example.com/hooks")


@dataclass(frozen=True, kw_only=True)
class Told:
    """The data of an answer, where it is recorded, and what it means; a mapping means these attributes."""

    data: dict[str, Any]
    meant: Any
    source: str = "recorded"


def answered(mutation: str, name: str, told: Any) -> dict[str, Any]:
    return {mutation: {name: told, **NO_ERRORS}}


def of_work(mutation: str, status: Status, request_status: RequestStatus, *kinds: RequestKind, source: str) -> Told:
    requests = [STOPPED if kind is RequestKind.CANCELLATION else ASKED_FOR for kind in kinds]
    told = work(status.name, request_status.name, *requests)
    return Told(
        data=answered(mutation, "fulfillmentOrder", told),
        meant=read_work(status, request_status, *kinds),
        source=source,
    )


REQUESTED, STOP = RequestKind.FULFILLMENT, RequestKind.CANCELLATION
OPEN_WORK = {**work("OPEN", "SUBMITTED", ASKED_FOR), "lineItems": LINES}
TOLD: dict[str, Told] = {
    "list_assigned_fulfillment_orders": Told(
        data={"assignedFulfillmentOrders": {"pageInfo": LAST_PAGE, "nodes": [OPEN_WORK]}},
        meant=(read_work(Status.OPEN, RequestStatus.SUBMITTED, REQUESTED, with_lines=True),),
    ),
    "get_fulfillment_order": Told(
        data={"fulfillmentOrder": OPEN_WORK},
        meant=read_work(Status.OPEN, RequestStatus.SUBMITTED, REQUESTED, with_lines=True),
    ),
    "accept_fulfillment_request": of_work(
        "fulfillmentOrderAcceptFulfillmentRequest",
        *(Status.IN_PROGRESS, RequestStatus.ACCEPTED, REQUESTED),
        source="recorded",
    ),
    "reject_fulfillment_request": of_work(
        "fulfillmentOrderRejectFulfillmentRequest",
        *(Status.OPEN, RequestStatus.REJECTED, REQUESTED),
        source="documented",
    ),
    # Of a request for a part: the documents have CANCELLED, and both are heard.
    "accept_cancellation_request": of_work(
        "fulfillmentOrderAcceptCancellationRequest",
        *(Status.CLOSED, RequestStatus.CANCELLATION_ACCEPTED, REQUESTED, STOP),
        source="recorded",
    ),
    "reject_cancellation_request": of_work(
        "fulfillmentOrderRejectCancellationRequest",
        *(Status.IN_PROGRESS, RequestStatus.CANCELLATION_REJECTED, REQUESTED, STOP),
        source="documented; both requests recorded",
    ),
    "close_fulfillment_order": of_work(
        "fulfillmentOrderClose", *(Status.INCOMPLETE, RequestStatus.CLOSED, REQUESTED), source="documented"
    ),
    "create_fulfillment": Told(data=answered("fulfillmentCreate", "fulfillment", parcel()), meant=booked()),
    "update_tracking": Told(data=answered("fulfillmentTrackingInfoUpdate", "fulfillment", parcel()), meant=booked()),
    "cancel_fulfillment": Told(
        data=answered("fulfillmentCancel", "fulfillment", parcel("CANCELLED")), meant=booked("cancelled")
    ),
    "create_fulfillment_event": Told(
        data=answered(
            "fulfillmentEventCreate", "fulfillmentEvent", {"id": "gid://shopify/FulfillmentEvent/28882343100722"}
        ),
        meant=28882343100722,
        source="documented",
    ),
    "list_fulfillments_of_fulfillment_order": Told(
        data={"fulfillmentOrder": {"fulfillments": {"pageInfo": LAST_PAGE, "nodes": [parcel()]}}}, meant=(booked(),)
    ),
    "list_inventory_items": Told(
        data={
            "nodes": [
                None,
                {
                    "__typename": "InventoryItem",
                    "id": "gid://shopify/InventoryItem/53214089609522",
                    "sku": "TEE",
                    "tracked": False,
                    "requiresShipping": True,
                    "createdAt": WRITTEN,
                    "updatedAt": WRITTEN,
                },
            ]
        },
        meant=lambda read: [(each.id, each.sku, each.tracked) for each in read] == [(53214089609522, "TEE", False)],
        source="recorded: null for the unknown; a new variant is not tracked",
    ),
    "read_on_hand": Told(
        data={
            "nodes": [
                {
                    "__typename": "InventoryItem",
                    "id": "gid://shopify/InventoryItem/53214089609522",
                    "inventoryLevel": {"quantities": [{"name": "on_hand", "quantity": 7}]},
                },
                {
                    "__typename": "InventoryItem",
                    "id": "gid://shopify/InventoryItem/53214089609523",
                    "inventoryLevel": None,
                },
            ]
        },
        meant={53214089609522: 7, 53214089609523: None},
    ),
    "set_quantities": Told(
        data={"inventorySetQuantities": {"inventoryAdjustmentGroup": None, **NO_ERRORS}},
        meant=False,
        source="recorded: a set that changes nothing",
    ),
    "activate_level": Told(
        data=answered(
            "inventoryActivate",
            "inventoryLevel",
            {"id": "gid://shopify/InventoryLevel/143273034034?inventory_item_id=53214089609522"},
        ),
        meant=143273034034,
        source="recorded: the form of a level's id",
    ),
    "get_shop": Told(
        data={
            "shop": {
                "id": "gid://shopify/Shop/92891250994",
                "name": "harry-test-heelo",
                "myshopifyDomain": "harry-test-heelo.myshopify.com",
                "email": "a@acme.example",
                "currencyCode": "CAD",
                "ianaTimezone": "America/Toronto",
                "createdAt": WRITTEN,
                "updatedAt": WRITTEN,
            }
        },
        meant=lambda read: (
            (read.id, read.domain, read.currency) == (92891250994, "harry-test-heelo.myshopify.com", "CAD")
        ),
    ),
    "list_fulfillment_services": Told(
        data={"shop": {"fulfillmentServices": [MANUAL, SERVICE]}},
        meant=(REGISTERED,),
        source="recorded: the merchant's own service comes first, and is none",
    ),
    "create_fulfillment_service": Told(
        data=answered("fulfillmentServiceCreate", "fulfillmentService", SERVICE), meant=REGISTERED
    ),
    "repoint_fulfillment_service": Told(
        data=answered("fulfillmentServiceUpdate", "fulfillmentService", SERVICE), meant=REGISTERED
    ),
    "list_webhook_subscriptions": Told(
        data={"webhookSubscriptions": {"pageInfo": LAST_PAGE, "nodes": [HOOK]}}, meant=(HEARD,)
    ),
    "create_webhook_subscription": Told(
        data=answered("webhookSubscriptionCreate", "webhookSubscription", HOOK), meant=HEARD
    ),
}
QUESTIONS: dict[str, AnyQuestion] = {row.name: row for row in GRAPHQL.rows.values() if isinstance(row, Question)}


def test_every_question_has_an_example() -> None:
    assert set(TOLD) == set(QUESTIONS)


@pytest.mark.parametrize("name", TOLD)
def test_an_example_is_read(name: str) -> None:
    told = TOLD[name]
    read = QUESTIONS[name].decode_result({"data": told.data})
    assert told.meant(read) if callable(told.meant) else read == told.meant


@pytest.mark.parametrize("command", ASKED, ids=lambda command: type(command).__name__)
def test_an_example_has_what_the_document_asks_for(command: Any) -> None:
    row = question(command)
    variables = {name: "k" if name == "idempotencyKey" else value for name, value in row.variables(command).items()}
    answered = graphql_sync(schema(), row.document, root_value=TOLD[row.name].data, variable_values=variables)
    assert (answered.data, answered.errors) == (_without_types(TOLD[row.name].data), None)


def _without_types(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_types(each) for each in value]
    if isinstance(value, dict):
        return {name: _without_types(each) for name, each in value.items() if name != "__typename"}
    return value
