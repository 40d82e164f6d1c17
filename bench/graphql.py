"""What is asked of the store by GraphQL: a request is accepted, and a page of work is read as our service reads it."""

from bench.calls import Call
from crossdock.dialects.shopify.graphql.asking.reading import FULFILLMENT_ORDER, LINES

PAGE = 50
LINES_EACH = 5

ACCEPT = """mutation Accept($id: ID!, $message: String) {
  fulfillmentOrderAcceptFulfillmentRequest(id: $id, message: $message) {
    fulfillmentOrder { id status requestStatus }
    userErrors { field message }
  }
}"""
WORK = f"""query Work($first: Int!, $lines: Int!) {{
  assignedFulfillmentOrders(first: $first, assignmentStatus: FULFILLMENT_UNSUBMITTED) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {FULFILLMENT_ORDER} lineItems(first: $lines) {{ {LINES} }} }}
  }}
}}"""


def accept(fulfillment_order_id: int) -> Call:
    return _ask(ACCEPT, id=f"gid://shopify/FulfillmentOrder/{fulfillment_order_id}", message="We will.")


def work() -> Call:
    """Return the call for a page of work that nothing was asked about yet."""
    return _ask(WORK, first=PAGE, lines=LINES_EACH)


def work_by_rest() -> Call:
    """Return the call for the same page by the other wire."""
    return Call(
        method="GET",
        path=f"assigned_fulfillment_orders.json?assignment_status=fulfillment_unsubmitted&limit={PAGE}",
    )


def _ask(document: str, **variables: object) -> Call:
    return Call(method="POST", path="graphql.json", body={"query": document, "variables": variables})
