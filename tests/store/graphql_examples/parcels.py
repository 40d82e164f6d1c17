"""Fulfillments, as section 7 tells them."""

from crossdock.dialects.operation import Json
from tests.store.graphql_examples.example import ERRORS, Example, id_of, refused
from tests.store.graphql_examples.settings import ordered, shipped

TRACKING = "trackingInfo { number company url }"
LATER = "2026-11-20T10:11:11.690Z"


def created(name: str, type_name: str) -> Example:
    return Example(
        operation=name,
        source="7, fulfillmentCreate: recorded; without lines everything that is left",
        setting=ordered(2),
        document=f"""mutation($fulfillment: {type_name}!) {{
          {name}(fulfillment: $fulfillment) {{
            fulfillment {{
              id name status displayStatus totalQuantity originAddress {{ countryCode }} service {{ handle }}
              location {{ id }} {TRACKING}
              fulfillmentOrders(first: 1) {{ nodes {{
                id status lineItems(first: 1) {{ nodes {{ remainingQuantity }} }}
              }} }}
            }} {ERRORS}
          }}
        }}""",
        variables={
            "fulfillment": {
                "lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": "{work}"}],
                "trackingInfo": {"numbers": ["A1", "A2"], "urls": ["https://van.example/A1"], "company": "Own van"},
            }
        },
        data={
            name: {
                "fulfillment": {
                    "id": id_of("Fulfillment"),
                    "name": "{order_name}-F1",
                    "status": "SUCCESS",
                    "displayStatus": "FULFILLED",
                    "totalQuantity": 2,
                    "originAddress": None,
                    "service": {"handle": "manual"},
                    "location": {"id": "{here}"},
                    "trackingInfo": [
                        {"number": "A1", "company": "Own van", "url": "https://van.example/A1"},
                        {"number": "A2", "company": "Own van", "url": None},
                    ],
                    "fulfillmentOrders": {
                        "nodes": [
                            {"id": "{work}", "status": "CLOSED", "lineItems": {"nodes": [{"remainingQuantity": 0}]}}
                        ]
                    },
                },
                "userErrors": [],
            }
        },
    )


def refused_of(source: str, groups: Json, field: tuple[str, ...], message: str) -> Example:
    return Example(
        operation="fulfillmentCreate",
        source=source,
        setting=ordered(2, also=3),
        document=f"""mutation($groups: [FulfillmentOrderLineItemsInput!]!) {{
          fulfillmentCreate(fulfillment: {{lineItemsByFulfillmentOrder: $groups}}) {{ fulfillment {{ id }} {ERRORS} }}
        }}""",
        variables={"groups": groups},
        data={"fulfillmentCreate": {"fulfillment": None, "userErrors": refused(field, message)}},
    )


def followed(name: str) -> Example:
    return Example(
        operation=name,
        source="7, Tracking: recorded, all of it is replaced",
        setting=shipped(2, 2),
        document=f"""mutation($id: ID!, $info: FulfillmentTrackingInput!) {{
          {name}(fulfillmentId: $id, trackingInfoInput: $info) {{ fulfillment {{ id {TRACKING} }} {ERRORS} }}
        }}""",
        variables={"id": "{parcel}", "info": {"number": "B1", "company": "Own van"}},
        data={
            name: {
                "fulfillment": {
                    "id": "{parcel}",
                    "trackingInfo": [{"number": "B1", "company": "Own van", "url": None}],
                },
                "userErrors": [],
            }
        },
    )


EXAMPLES = (
    created("fulfillmentCreate", "FulfillmentInput"),
    created("fulfillmentCreateV2", "FulfillmentV2Input"),
    refused_of(
        "7, fulfillmentCreate, check 1: recorded, of all groups before anything else",
        [
            {"fulfillmentOrderId": "gid://shopify/FulfillmentOrder/404"},
            {"fulfillmentOrderId": "{work}", "fulfillmentOrderLineItems": [{"id": "{line}", "quantity": 0}]},
        ],
        ("fulfillment", "lineItemsByFulfillmentOrder", "1", "fulfillmentOrderLineItems", "0", "quantity"),
        "Quantity must be greater than 0",
    ),
    refused_of(
        "7, fulfillmentCreate, check 3: recorded",
        [{"fulfillmentOrderId": "{work}"}, {"fulfillmentOrderId": "{work2}"}],
        ("fulfillment",),
        "All fulfillment orders must belong to the same order. Multiple orders with ids "
        "[{order_number}, {order_number2}] were found.",
    ),
    Example(
        operation="fulfillmentCreate",
        source="2: recorded, an id that cannot exist",
        document=f"""mutation {{ fulfillmentCreate(fulfillment: {{lineItemsByFulfillmentOrder: [
          {{fulfillmentOrderId: "gid://shopify/FulfillmentOrder/0"}}
        ]}}) {{ fulfillment {{ id }} {ERRORS} }} }}""",
        data={"fulfillmentCreate": None},
        errors=[
            {
                "message": "invalid id",
                "locations": ...,
                "path": ["fulfillmentCreate"],
                "extensions": {"code": "RESOURCE_NOT_FOUND"},
            }
        ],
    ),
    followed("fulfillmentTrackingInfoUpdate"),
    followed("fulfillmentTrackingInfoUpdateV2"),
    Example(
        operation="fulfillmentTrackingInfoUpdate",
        source="7, Tracking: recorded, an unknown id",
        document=f"""mutation {{ fulfillmentTrackingInfoUpdate(
          fulfillmentId: "gid://shopify/Fulfillment/404", trackingInfoInput: {{number: "1"}}
        ) {{ fulfillment {{ id }} {ERRORS} }} }}""",
        data={
            "fulfillmentTrackingInfoUpdate": {
                "fulfillment": None,
                "userErrors": refused(("fulfillmentId",), "Fulfillment does not exist."),
            }
        },
    ),
    Example(
        operation="fulfillmentCancel",
        source="7, fulfillmentCancel: recorded, of work that was complete",
        setting=shipped(2, 2),
        document=f"""mutation($id: ID!) {{ fulfillmentCancel(id: $id) {{
          fulfillment {{ id status displayStatus order {{ fulfillmentOrders(first: 5) {{ nodes {{
            id status requestStatus lineItems(first: 5) {{ nodes {{ id remainingQuantity }} }}
          }} }} }} }} {ERRORS}
        }} }}""",
        variables={"id": "{parcel}"},
        data={
            "fulfillmentCancel": {
                "fulfillment": {
                    "id": "{parcel}",
                    "status": "CANCELLED",
                    "displayStatus": "CANCELED",
                    "order": {
                        "fulfillmentOrders": {
                            "nodes": [
                                {
                                    "id": "{work}",
                                    "status": "CLOSED",
                                    "requestStatus": "UNSUBMITTED",
                                    "lineItems": {"nodes": [{"id": "{line}", "remainingQuantity": 2}]},
                                },
                                {
                                    "id": id_of("FulfillmentOrder"),
                                    "status": "OPEN",
                                    "requestStatus": "UNSUBMITTED",
                                    "lineItems": {
                                        "nodes": [{"id": id_of("FulfillmentOrderLineItem"), "remainingQuantity": 2}]
                                    },
                                },
                            ]
                        }
                    },
                },
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="fulfillmentCancel",
        source="2: recorded, null for what must not be",
        document=f"mutation Strike {{ fulfillmentCancel(id: null) {{ fulfillment {{ id }} {ERRORS} }} }}",
        errors=[
            {
                "message": "Argument 'id' on Field 'fulfillmentCancel' has an invalid value (null). "
                "Expected type 'ID!'.",
                "locations": ...,
                "path": ["mutation Strike", "fulfillmentCancel", "id"],
                "extensions": {
                    "code": "argumentLiteralsIncompatible",
                    "typeName": "Field",
                    "argumentName": "id",
                },
            }
        ],
    ),
    Example(
        operation="fulfillmentEventCreate",
        source="7, fulfillmentEventCreate: recorded, when it happened in whole seconds (section 3)",
        setting=shipped(2, 2),
        document=f"""mutation($id: ID!, $at: DateTime!) {{
          fulfillmentEventCreate(fulfillmentEvent: {{fulfillmentId: $id, status: IN_TRANSIT, happenedAt: $at}}) {{
            fulfillmentEvent {{ id status happenedAt }} {ERRORS}
          }}
        }}""",
        variables={"id": "{parcel}", "at": LATER},
        data={
            "fulfillmentEventCreate": {
                "fulfillmentEvent": {
                    "id": id_of("FulfillmentEvent"),
                    "status": "IN_TRANSIT",
                    "happenedAt": "2026-11-20T10:11:11Z",
                },
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="fulfillment",
        source="7: recorded, what a parcel from a merchant's location shows",
        setting=shipped(1, 2),
        document="""query($id: ID!) { fulfillment(id: $id) {
          id name status displayStatus totalQuantity service { handle } location { id } originAddress { city }
          fulfillmentLineItems(first: 5) { nodes { quantity lineItem { id } } }
        } missing: fulfillment(id: "gid://shopify/Fulfillment/404") { id } }""",
        variables={"id": "{parcel}"},
        data={
            "fulfillment": {
                "id": "{parcel}",
                "name": "{order_name}-F1",
                "status": "SUCCESS",
                "displayStatus": "FULFILLED",
                "totalQuantity": 1,
                "service": {"handle": "manual"},
                "location": {"id": "{here}"},
                "originAddress": None,
                "fulfillmentLineItems": {"nodes": [{"quantity": 1, "lineItem": {"id": "{order_line}"}}]},
            },
            "missing": None,
        },
    ),
)
