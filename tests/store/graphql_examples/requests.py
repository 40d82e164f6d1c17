"""What merchant and service say to each other about a fulfillment order, as sections 5 and 6 tell it."""

from tests.store.graphql_examples.example import ERRORS, Example, id_of
from tests.store.graphql_examples.settings import ACCEPTED, ASKED_TO_STOP, REQUESTED, ordered
from tests.store.graphql_examples.work import SOME, WORK, answered, line, rest, work

REQUESTS = "merchantRequests(first: 5) { nodes { kind message requestOptions responseData } }"

EXAMPLES = (
    Example(
        operation="fulfillmentOrderSubmitFulfillmentRequest",
        source="6, SubmitFulfillmentRequest: recorded, of a part",
        setting=ordered(5, at_service=True),
        document=f"""mutation($id: ID!, $lines: [FulfillmentOrderLineItemInput!]) {{
          fulfillmentOrderSubmitFulfillmentRequest(
            id: $id, message: "Fulfill this.", fulfillmentOrderLineItems: $lines
          ) {{
            originalFulfillmentOrder {{ {WORK} {REQUESTS} }}
            submittedFulfillmentOrder {{ id }} unsubmittedFulfillmentOrder {{ {WORK} }} {ERRORS}
          }}
        }}""",
        variables={"id": "{work}", "lines": SOME},
        data={
            "fulfillmentOrderSubmitFulfillmentRequest": {
                "originalFulfillmentOrder": {
                    **work("OPEN", "SUBMITTED", line(2)),
                    "merchantRequests": {
                        "nodes": [
                            {
                                "kind": "FULFILLMENT_REQUEST",
                                "message": "Fulfill this.",
                                "requestOptions": {"notify_customer": False},
                                "responseData": None,
                            }
                        ]
                    },
                },
                "submittedFulfillmentOrder": {"id": "{work}"},
                "unsubmittedFulfillmentOrder": rest("OPEN", "UNSUBMITTED", 3),
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="fulfillmentOrderAcceptFulfillmentRequest",
        source="6, AcceptFulfillmentRequest: recorded, estimatedShippedAt in the past",
        setting=ordered(2, at_service=True, steps=REQUESTED),
        by_warehouse=True,
        document=f"""mutation($id: ID!) {{
          fulfillmentOrderAcceptFulfillmentRequest(id: $id, estimatedShippedAt: "2020-01-01T00:00:00Z") {{
            fulfillmentOrder {{ {WORK} }} {ERRORS}
          }}
        }}""",
        variables={"id": "{work}"},
        data={
            "fulfillmentOrderAcceptFulfillmentRequest": {
                "fulfillmentOrder": work("IN_PROGRESS", "ACCEPTED", line(2)),
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="fulfillmentOrderRejectFulfillmentRequest",
        source="6, RejectFulfillmentRequest: documented, the whole request is rejected though one line is named",
        setting=ordered(2, 3, at_service=True, steps=REQUESTED),
        by_warehouse=True,
        document=f"""mutation($id: ID!, $lines: [IncomingRequestLineItemInput!]) {{
          fulfillmentOrderRejectFulfillmentRequest(id: $id, reason: INVENTORY_OUT_OF_STOCK, lineItems: $lines) {{
            fulfillmentOrder {{ {WORK} }} {ERRORS}
          }}
        }}""",
        variables={"id": "{work}", "lines": [{"fulfillmentOrderLineItemId": "{line}", "message": "None left."}]},
        data={
            "fulfillmentOrderRejectFulfillmentRequest": {
                "fulfillmentOrder": work("OPEN", "REJECTED", line(2), line(3, id_of("FulfillmentOrderLineItem"))),
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="fulfillmentOrderSubmitCancellationRequest",
        source="6, SubmitCancellationRequest: recorded, the payload still says ACCEPTED",
        setting=ordered(2, at_service=True, steps=ACCEPTED),
        document=f"""mutation($id: ID!) {{
          fulfillmentOrderSubmitCancellationRequest(id: $id, message: "Stop.") {{
            fulfillmentOrder {{ {WORK} {REQUESTS} }} {ERRORS}
          }}
        }}""",
        variables={"id": "{work}"},
        data={
            "fulfillmentOrderSubmitCancellationRequest": {
                "fulfillmentOrder": {
                    **work("IN_PROGRESS", "ACCEPTED", line(2)),
                    "merchantRequests": {
                        "nodes": [
                            ...,
                            {
                                "kind": "CANCELLATION_REQUEST",
                                "message": "Stop.",
                                "requestOptions": {},
                                "responseData": None,
                            },
                        ]
                    },
                },
                "userErrors": [],
            }
        },
    ),
    Example(
        source="6, AcceptCancellationRequest: documented, CANCELLED with the items still requestable",
        setting=ordered(2, at_service=True, steps=ASKED_TO_STOP),
        by_warehouse=True,
        **answered(
            "fulfillmentOrderAcceptCancellationRequest",
            "CANCELLED",
            "CANCELLATION_ACCEPTED",
            lines={"nodes": [line(2)]},
        ),
    ),
    Example(
        source="6, RejectCancellationRequest: documented, work goes on",
        setting=ordered(2, at_service=True, steps=ASKED_TO_STOP),
        by_warehouse=True,
        **answered(
            "fulfillmentOrderRejectCancellationRequest",
            "IN_PROGRESS",
            "CANCELLATION_REJECTED",
            lines={"nodes": [line(2)]},
        ),
    ),
    Example(
        source="6, Close: documented, lines unchanged",
        setting=ordered(2, at_service=True, steps=ACCEPTED),
        by_warehouse=True,
        **answered("fulfillmentOrderClose", "INCOMPLETE", "CLOSED", lines={"nodes": [line(2)]}),
    ),
    Example(
        operation="assignedFulfillmentOrders",
        source="6, assignedFulfillmentOrders: documented, by assignmentStatus after a cancellation was asked for",
        setting=ordered(2, at_service=True, steps=ASKED_TO_STOP),
        by_warehouse=True,
        document="""{
          accepted: assignedFulfillmentOrders(first: 5, assignmentStatus: FULFILLMENT_ACCEPTED) { nodes { id } }
          asked: assignedFulfillmentOrders(first: 5, assignmentStatus: CANCELLATION_REQUESTED) { nodes { id } }
        }""",
        data={"accepted": {"nodes": []}, "asked": {"nodes": [{"id": "{work}"}]}},
    ),
)
