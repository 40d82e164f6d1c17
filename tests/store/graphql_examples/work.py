"""Fulfillment orders, as sections 5 and 6 tell them."""

from crossdock.dialects.operation import Json
from tests.store.graphql_examples.example import CODED, ERRORS, Example, a_time, id_of, refused
from tests.store.graphql_examples.settings import (
    movable,
    ordered,
    parted,
    scheduled,
)

LINES = "lineItems(first: 5) { nodes { id totalQuantity remainingQuantity } }"
WORK = f"id status requestStatus {LINES}"
SOME = [{"id": "{line}", "quantity": 2}]


def line(quantity: int, id: Json = "{line}", *, remaining: int | None = None) -> Json:
    left = quantity if remaining is None else remaining
    return {"id": id, "totalQuantity": quantity, "remainingQuantity": left}


def work(status: str, request: str, *lines: Json, id: Json = "{work}") -> Json:
    return {"id": id, "status": status, "requestStatus": request, "lineItems": {"nodes": list(lines)}}


def rest(status: str, request: str, quantity: int) -> Json:
    """New work, with a line of its own."""
    fresh = work(status, request, line(quantity, id_of("FulfillmentOrderLineItem")))
    return {**fresh, "id": id_of("FulfillmentOrder")}


def answered(name: str, status: str, request: str, *, errors: str = ERRORS, lines: Json = ...) -> dict[str, Json]:
    """The document and the data of a mutation that has an id and returns the fulfillment order."""
    told = {"id": "{work}", "status": status, "requestStatus": request, "lineItems": lines}
    return {
        "operation": name,
        "document": f"mutation($id: ID!) {{ {name}(id: $id) {{ fulfillmentOrder {{ {WORK} }} {errors} }} }}",
        "variables": {"id": "{work}"},
        "data": {name: {"fulfillmentOrder": told, "userErrors": []}},
    }


EXAMPLES = (
    Example(
        operation="fulfillmentOrderHold",
        source="6, Hold: recorded, of a part",
        setting=ordered(5),
        document=f"""mutation($id: ID!, $hold: FulfillmentOrderHoldInput!) {{
          fulfillmentOrderHold(id: $id, fulfillmentHold: $hold) {{
            fulfillmentHold {{ id handle reason reasonNotes displayReason heldByRequestingApp }}
            fulfillmentOrder {{ {WORK} }} remainingFulfillmentOrder {{ {WORK} }} {CODED}
          }}
        }}""",
        variables={"id": "{work}", "hold": {"reason": "OTHER", "fulfillmentOrderLineItems": SOME}},
        data={
            "fulfillmentOrderHold": {
                "fulfillmentHold": {
                    "id": id_of("FulfillmentHold"),
                    "handle": "",
                    "reason": "OTHER",
                    "reasonNotes": None,
                    "displayReason": "Other",
                    "heldByRequestingApp": True,
                },
                "fulfillmentOrder": work("ON_HOLD", "UNSUBMITTED", line(2)),
                "remainingFulfillmentOrder": rest("OPEN", "UNSUBMITTED", 3),
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="fulfillmentOrderHold",
        source="6, Hold: recorded, quantity 0 of what is held already",
        setting=ordered(5, steps=("hold",)),
        document=f"""mutation($id: ID!, $hold: FulfillmentOrderHoldInput!) {{
          fulfillmentOrderHold(id: $id, fulfillmentHold: $hold) {{ fulfillmentHold {{ id }} {CODED} }}
        }}""",
        variables={
            "id": "{work}",
            "hold": {
                "reason": "OTHER",
                "handle": "other",
                "fulfillmentOrderLineItems": [{"id": "{line}", "quantity": 0}],
            },
        },
        data={
            "fulfillmentOrderHold": {
                "fulfillmentHold": None,
                "userErrors": refused(
                    ("fulfillmentHold", "fulfillmentOrderLineItems", "0", "quantity"),
                    "You must select at least one item to place on partial hold.",
                    "GREATER_THAN_ZERO",
                ),
            }
        },
    ),
    Example(
        source="6, ReleaseHold: documented, without ids all of them; the last one opens",
        setting=ordered(5, steps=("hold",)),
        **answered("fulfillmentOrderReleaseHold", "OPEN", "UNSUBMITTED", errors=CODED, lines={"nodes": [line(5)]}),
    ),
    Example(
        operation="fulfillmentOrderMove",
        source="6, Move: recorded, of some units: a new one at the new location, twice the reduced original",
        setting=movable(5),
        document=f"""mutation($id: ID!, $to: ID!, $lines: [FulfillmentOrderLineItemInput!]) {{
          fulfillmentOrderMove(id: $id, newLocationId: $to, fulfillmentOrderLineItems: $lines) {{
            movedFulfillmentOrder {{ {WORK} assignedLocation {{ location {{ id }} }} }}
            originalFulfillmentOrder {{ {WORK} }} remainingFulfillmentOrder {{ {WORK} }} {CODED}
          }}
        }}""",
        variables={"id": "{work}", "to": "{annex}", "lines": SOME},
        data={
            "fulfillmentOrderMove": {
                "movedFulfillmentOrder": {
                    **rest("OPEN", "UNSUBMITTED", 2),
                    "assignedLocation": {"location": {"id": "{annex}"}},
                },
                "originalFulfillmentOrder": work("OPEN", "UNSUBMITTED", line(3)),
                "remainingFulfillmentOrder": work("OPEN", "UNSUBMITTED", line(3)),
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="fulfillmentOrderMove",
        source="6, Move: recorded, of all units: the same id",
        setting=movable(5),
        document=f"""mutation($id: ID!, $to: ID!) {{
          fulfillmentOrderMove(id: $id, newLocationId: $to) {{
            movedFulfillmentOrder {{ {WORK} assignedLocation {{ location {{ id }} }} }}
            remainingFulfillmentOrder {{ id }} {CODED}
          }}
        }}""",
        variables={"id": "{work}", "to": "{annex}"},
        data={
            "fulfillmentOrderMove": {
                "movedFulfillmentOrder": {
                    **work("OPEN", "UNSUBMITTED", line(5)),
                    "assignedLocation": {"location": {"id": "{annex}"}},
                },
                "remainingFulfillmentOrder": None,
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="fulfillmentOrdersReroute",
        source="6, Reroute: documented, code of a list without ids",
        document="""mutation { fulfillmentOrdersReroute(fulfillmentOrderIds: []) {
          movedFulfillmentOrders { id } userErrors { field code }
        } }""",
        data={
            "fulfillmentOrdersReroute": {
                "movedFulfillmentOrders": None,
                "userErrors": [{"field": ..., "code": "NO_FULFILLMENT_ORDER_IDS"}],
            }
        },
    ),
    Example(
        operation="fulfillmentOrderSplit",
        source="6, Split: recorded, the original is reduced and the rest has lines of its own",
        setting=ordered(5),
        document=f"""mutation($splits: [FulfillmentOrderSplitInput!]!) {{
          fulfillmentOrderSplit(fulfillmentOrderSplits: $splits) {{
            fulfillmentOrderSplits {{
              fulfillmentOrder {{ {WORK} }} remainingFulfillmentOrder {{ {WORK} }} replacementFulfillmentOrder {{ id }}
            }} {CODED}
          }}
        }}""",
        variables={"splits": [{"fulfillmentOrderId": "{work}", "fulfillmentOrderLineItems": SOME}]},
        data={
            "fulfillmentOrderSplit": {
                "fulfillmentOrderSplits": [
                    {
                        "fulfillmentOrder": work("OPEN", "UNSUBMITTED", line(3)),
                        "remainingFulfillmentOrder": rest("OPEN", "UNSUBMITTED", 2),
                        "replacementFulfillmentOrder": None,
                    }
                ],
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="fulfillmentOrderSplit",
        source="6, Split: recorded, an empty list of lines",
        setting=ordered(5),
        document=f"""mutation($splits: [FulfillmentOrderSplitInput!]!) {{
          fulfillmentOrderSplit(fulfillmentOrderSplits: $splits) {{
            fulfillmentOrderSplits {{ fulfillmentOrder {{ id }} }} {CODED}
          }}
        }}""",
        variables={"splits": [{"fulfillmentOrderId": "{work}", "fulfillmentOrderLineItems": []}]},
        data={
            "fulfillmentOrderSplit": {
                "fulfillmentOrderSplits": None,
                "userErrors": refused(
                    ("fulfillmentOrderSplits", "0", "fulfillmentOrderLineItems"),
                    "There must be at least one item selected in this fulfillment to split it.",
                    "NO_LINE_ITEMS_PROVIDED_TO_SPLIT",
                ),
            }
        },
    ),
    Example(
        operation="fulfillmentOrderMerge",
        source="6, Merge: recorded, all units on the first one's own lines",
        setting=parted(5, 2),
        document=f"""mutation($sets: [FulfillmentOrderMergeInput!]!) {{
          fulfillmentOrderMerge(fulfillmentOrderMergeInputs: $sets) {{
            fulfillmentOrderMerges {{ fulfillmentOrder {{ {WORK} order {{ fulfillmentOrders(first: 5) {{ nodes {{
              {WORK}
            }} }} }} }} }} {CODED}
          }}
        }}""",
        variables={"sets": [{"mergeIntents": [{"fulfillmentOrderId": "{work}"}, {"fulfillmentOrderId": "{sibling}"}]}]},
        data={
            "fulfillmentOrderMerge": {
                "fulfillmentOrderMerges": [
                    {
                        "fulfillmentOrder": {
                            **work("OPEN", "UNSUBMITTED", line(5)),
                            "order": {
                                "fulfillmentOrders": {
                                    "nodes": [
                                        work("OPEN", "UNSUBMITTED", line(5)),
                                        work("CLOSED", "UNSUBMITTED", line(0, "{sibling_line}"), id="{sibling}"),
                                    ]
                                }
                            },
                        }
                    }
                ],
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="fulfillmentOrderCancel",
        source="6, Cancel: recorded, the replacement has the same line ids",
        setting=ordered(2),
        document=f"""mutation($id: ID!) {{
          fulfillmentOrderCancel(id: $id) {{
            fulfillmentOrder {{ {WORK} supportedActions {{ action }} }} replacementFulfillmentOrder {{ {WORK} }} {CODED}
          }}
        }}""",
        variables={"id": "{work}"},
        data={
            "fulfillmentOrderCancel": {
                "fulfillmentOrder": {**work("CLOSED", "UNSUBMITTED"), "supportedActions": []},
                "replacementFulfillmentOrder": work("OPEN", "UNSUBMITTED", line(2), id=id_of("FulfillmentOrder")),
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="fulfillmentOrderOpen",
        source="6, Open: recorded, on an open one",
        setting=ordered(2),
        document=f"mutation($id: ID!) {{ fulfillmentOrderOpen(id: $id) {{ fulfillmentOrder {{ id }} {ERRORS} }} }}",
        variables={"id": "{work}"},
        data={
            "fulfillmentOrderOpen": {
                "fulfillmentOrder": None,
                "userErrors": refused(None, "Expected fulfillment order status to be valid but it was open."),
            }
        },
    ),
    Example(
        source="6, Open: documented, what is scheduled",
        setting=scheduled,
        **answered("fulfillmentOrderOpen", "OPEN", "UNSUBMITTED"),
    ),
    Example(
        operation="fulfillmentOrderReportProgress",
        source="6, ReportProgress: recorded, and what can be done then (section 5)",
        setting=ordered(2),
        document=f"""mutation($id: ID!) {{
          fulfillmentOrderReportProgress(id: $id, progressReport: {{reasonNotes: "Packing"}}) {{
            fulfillmentOrder {{ {WORK} supportedActions {{ action externalUrl }} }} {CODED}
          }}
        }}""",
        variables={"id": "{work}"},
        data={
            "fulfillmentOrderReportProgress": {
                "fulfillmentOrder": {
                    **work("IN_PROGRESS", "UNSUBMITTED", line(2)),
                    "supportedActions": lambda said: (
                        {each["action"] for each in said}
                        == {"CREATE_FULFILLMENT", "REPORT_PROGRESS", "HOLD", "MARK_AS_OPEN"}
                        and {each["externalUrl"] for each in said} == {None}
                    ),
                },
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="fulfillmentOrderReschedule",
        source="6, Reschedule: recorded, what is not scheduled",
        setting=ordered(2),
        document=f"""mutation($id: ID!) {{ fulfillmentOrderReschedule(id: $id, fulfillAt: "2030-01-01T00:00:00Z") {{
          fulfillmentOrder {{ id }} {CODED}
        }} }}""",
        variables={"id": "{work}"},
        data={
            "fulfillmentOrderReschedule": {
                "fulfillmentOrder": None,
                "userErrors": [{"field": None, "message": "Fulfillment order must be scheduled.", "code": None}],
            }
        },
    ),
    Example(
        operation="fulfillmentOrdersSetFulfillmentDeadline",
        source="6, SetFulfillmentDeadline: recorded",
        setting=ordered(2),
        document=f"""mutation($ids: [ID!]!) {{
          fulfillmentOrdersSetFulfillmentDeadline(
            fulfillmentOrderIds: $ids, fulfillmentDeadline: "2030-01-02T03:04:05.678Z"
          ) {{ success {CODED} }}
        }}""",
        variables={"ids": ["{work}"]},
        data={"fulfillmentOrdersSetFulfillmentDeadline": {"success": True, "userErrors": []}},
    ),
    Example(
        operation="fulfillmentOrderLineItemsPreparedForPickup",
        source="6, LineItemsPreparedForPickup: recorded, the number and not the id",
        setting=ordered(2),
        document=f"""mutation($input: FulfillmentOrderLineItemsPreparedForPickupInput!) {{
          fulfillmentOrderLineItemsPreparedForPickup(input: $input) {{ {CODED} }}
        }}""",
        variables={"input": {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": "{work}"}]}},
        data={
            "fulfillmentOrderLineItemsPreparedForPickup": {
                "userErrors": refused(
                    ("input", "lineItemsByFulfillmentOrder", "0", "fulfillmentOrderId"),
                    "Invalid fulfillment_order_id provided {work_number}",
                    "FULFILLMENT_ORDER_INVALID",
                )
            }
        },
    ),
    Example(
        operation="fulfillmentOrder",
        source="5, a new order's work: fulfillAt, fulfillBy and what can be done, as recorded",
        setting=ordered(2),
        document=f"""query($id: ID!) {{ fulfillmentOrder(id: $id) {{
          {WORK} orderId orderName fulfillAt fulfillBy supportedActions {{ action }}
        }} }}""",
        variables={"id": "{work}"},
        data={
            "fulfillmentOrder": {
                **work("OPEN", "UNSUBMITTED", line(2)),
                "orderId": "{order}",
                "orderName": "{order_name}",
                "fulfillAt": lambda said: a_time(said) and said.endswith(":00:00Z"),
                "fulfillBy": None,
                "supportedActions": [
                    {"action": each} for each in ("CREATE_FULFILLMENT", "REPORT_PROGRESS", "HOLD", "SPLIT")
                ],
            }
        },
    ),
    Example(
        operation="fulfillmentOrders",
        source="3, lists: what is closed is left out unless it is asked for",
        setting=ordered(2, steps=("cancel",)),
        document="""{
          open: fulfillmentOrders(first: 5) { nodes { status } }
          all: fulfillmentOrders(first: 5, includeClosed: true) { nodes { status } }
        }""",
        data={
            "open": {"nodes": [{"status": "OPEN"}]},
            "all": {"nodes": [{"status": "CLOSED"}, {"status": "OPEN"}]},
        },
    ),
    Example(
        operation="manualHoldsFulfillmentOrders",
        source="3, lists: the empty page",
        document="""{ manualHoldsFulfillmentOrders(first: 5) {
          edges { cursor } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        } }""",
        data={
            "manualHoldsFulfillmentOrders": {
                "edges": [],
                "nodes": [],
                "pageInfo": {
                    "hasNextPage": False,
                    "hasPreviousPage": False,
                    "startCursor": None,
                    "endCursor": None,
                },
            }
        },
    ),
)
