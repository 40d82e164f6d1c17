"""Orders, as sections 3, 5 and 9 tell them."""

from crossdock.dialects.operation import Json
from tests.store.graphql_examples.example import CODED, ERRORS, Example, a_time, id_of, refused
from tests.store.graphql_examples.settings import closed, ordered, shipped

MONEY = {"shopMoney": {"amount": "10.00", "currencyCode": "USD"}}
STATE = "closed closedAt displayFulfillmentStatus"
EMPTY_PAGE: Json = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}


def closing(name: str, type_name: str, told: Json) -> dict[str, Json]:
    return {
        "operation": name,
        "document": f"""mutation($input: {type_name}!) {{
          {name}(input: $input) {{ order {{ id closed closedAt }} {ERRORS} }}
        }}""",
        "variables": {"input": {"id": "{order}"}},
        "data": {name: {"order": {"id": "{order}", **told}, "userErrors": []}},
    }


EXAMPLES = (
    Example(
        operation="orderCreate",
        source="9, orderCreate: recorded, a paid custom line goes to the primary location; money of section 3",
        document=f"""mutation($order: OrderCreateOrderInput!) {{
          orderCreate(order: $order, options: {{inventoryBehaviour: BYPASS}}) {{
            order {{
              id name {STATE} displayFinancialStatus tags totalPriceSet {{ shopMoney {{ amount currencyCode }} }}
              lineItems(first: 5) {{ nodes {{ title quantity }} }}
              fulfillmentOrders(first: 5) {{ nodes {{
                status requestStatus assignedLocation {{ location {{ id }} }}
              }} }}
            }} {CODED}
          }}
        }}""",
        variables={
            "order": {
                "lineItems": [{"title": "Mug", "quantity": 1, "priceSet": MONEY}],
                "transactions": [{"kind": "SALE", "status": "SUCCESS", "amountSet": MONEY}],
                "tags": ["vip", "blue"],
            }
        },
        data={
            "orderCreate": {
                "order": {
                    "id": id_of("Order"),
                    "name": "#1001",
                    "closed": False,
                    "closedAt": None,
                    "displayFulfillmentStatus": "UNFULFILLED",
                    "displayFinancialStatus": "PAID",
                    "tags": ["blue", "vip"],
                    "totalPriceSet": {"shopMoney": {"amount": "10.0", "currencyCode": "USD"}},
                    "lineItems": {"nodes": [{"title": "Mug", "quantity": 1}]},
                    "fulfillmentOrders": {
                        "nodes": [
                            {
                                "status": "OPEN",
                                "requestStatus": "UNSUBMITTED",
                                "assignedLocation": {"location": {"id": "{here}"}},
                            }
                        ]
                    },
                },
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="orderCreate",
        source="9, orderCreate: recorded, without lines",
        document=f"mutation {{ orderCreate(order: {{lineItems: []}}) {{ order {{ id }} {CODED} }} }}",
        data={
            "orderCreate": {
                "order": None,
                "userErrors": refused(["order", "lineItems"], "Line items must have at least one line item", "INVALID"),
            }
        },
    ),
    Example(
        operation="orderCancel",
        source="9, orderCancel: recorded, a job",
        setting=ordered(2),
        document=f"""mutation($id: ID!) {{ orderCancel(orderId: $id, restock: true, reason: OTHER) {{
          job {{ id done }} orderCancelUserErrors {{ field message code }} {ERRORS}
        }} }}""",
        variables={"id": "{order}"},
        data={
            "orderCancel": {
                "job": {"id": lambda said: str(said).startswith("gid://shopify/Job/"), "done": False},
                "orderCancelUserErrors": [],
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="orderCancel",
        source="9, orderCancel: recorded, what was shipped; the same error in both lists",
        setting=shipped(1, 2),
        document=f"""mutation($id: ID!) {{ orderCancel(orderId: $id, restock: true, reason: OTHER) {{
          job {{ id }} orderCancelUserErrors {{ field message code }} {ERRORS}
        }} }}""",
        variables={"id": "{order}"},
        data={
            "orderCancel": {
                "job": None,
                "orderCancelUserErrors": refused(
                    ["orderId"], "Cannot cancel an order that has outstanding fulfillments", "INVALID"
                ),
                "userErrors": refused(["orderId"], "Cannot cancel an order that has outstanding fulfillments"),
            }
        },
    ),
    Example(
        source="9, orderClose: recorded, on a closed order nothing changes",
        setting=closed(2),
        **closing("orderClose", "OrderCloseInput", {"closed": True, "closedAt": a_time}),
    ),
    Example(
        source="recorded: orderOpen on an open order changes nothing",
        setting=ordered(2),
        **closing("orderOpen", "OrderOpenInput", {"closed": False, "closedAt": None}),
    ),
    Example(
        operation="orderUpdate",
        source="recorded: orderUpdate of note and tags; tags sorted (section 3)",
        setting=ordered(2),
        document=f"""mutation($input: OrderInput!) {{
          orderUpdate(input: $input) {{ order {{ id name updatedAt note tags }} {ERRORS} }}
        }}""",
        variables={"input": {"id": "{order}", "note": "Ring twice", "tags": ["order-update", "live-parity"]}},
        data={
            "orderUpdate": {
                "order": {
                    "id": "{order}",
                    "name": "{order_name}",
                    "updatedAt": a_time,
                    "note": "Ring twice",
                    "tags": ["live-parity", "order-update"],
                },
                "userErrors": [],
            }
        },
    ),
    Example(
        operation="orderDelete",
        source="9, orderDelete: recorded",
        setting=ordered(2),
        document="mutation($id: ID!) { orderDelete(orderId: $id) { deletedId userErrors { field message code } } }",
        variables={"id": "{order}"},
        data={"orderDelete": {"deletedId": "{order}", "userErrors": []}},
    ),
    Example(
        operation="order",
        source="5, order status: recorded, a paid order that is fulfilled closes itself",
        setting=shipped(2, 2),
        document=f"""query($id: ID!) {{
          order(id: $id) {{ id name {STATE} fulfillments(first: 5) {{ name }} }}
          missing: order(id: "gid://shopify/Order/0") {{ id }}
        }}""",
        variables={"id": "{order}"},
        data={
            "order": {
                "id": "{order}",
                "name": "{order_name}",
                "closed": True,
                "closedAt": a_time,
                "displayFulfillmentStatus": "FULFILLED",
                "fulfillments": [{"name": "{order_name}-F1"}],
            },
            "missing": None,
        },
    ),
    Example(
        operation="orders",
        source="3, query strings: recorded, a field that there is not is ignored and reported",
        setting=ordered(2),
        document="""{ orders(first: 5, query: "foo:bar") { nodes { id } } }""",
        data={"orders": {"nodes": [{"id": "{order}"}]}},
        notes=[
            {
                "path": ["orders"],
                "query": "foo:bar",
                "parsed": {"field": "foo", "match_all": "bar"},
                "warnings": [
                    {"field": "foo", "message": "Invalid search field for this query.", "code": "invalid_field"}
                ],
            }
        ],
    ),
    Example(
        operation="orders",
        source="2: recorded, a field that an order does not have",
        document="query Listed { orders(first: 5) { nodes { x } } }",
        errors=[
            {
                "message": "Field 'x' doesn't exist on type 'Order'",
                "locations": ...,
                "path": ["query Listed", "orders", "nodes", "x"],
                "extensions": {"code": "undefinedField", "typeName": "Order", "fieldName": "x"},
            }
        ],
    ),
    Example(
        operation="ordersCount",
        source="recorded: a count is exact below its limit",
        setting=ordered(2, also=1),
        document="{ ordersCount { count precision } }",
        data={"ordersCount": {"count": 2, "precision": "EXACT"}},
    ),
    Example(
        operation="orderByIdentifier",
        source="documented: an order by its id; one that names nothing is null, as in section 3",
        setting=ordered(2),
        document="""query($id: ID!) {
          orderByIdentifier(identifier: {id: $id}) { id name }
          missing: orderByIdentifier(identifier: {id: "gid://shopify/Order/404"}) { id }
        }""",
        variables={"id": "{order}"},
        data={"orderByIdentifier": {"id": "{order}", "name": "{order_name}"}, "missing": None},
    ),
)
