"""Inventory changed, as section 11 tells it."""

from crossdock.dialects.operation import Json
from tests.store.graphql_examples.example import CODED, ERRORS, Example, id_of, refused
from tests.store.graphql_examples.settings import annex, article, both

GROUP = """inventoryAdjustmentGroup { id reason referenceDocumentUri
  changes { name delta quantityAfterChange item { id } location { id } } }"""
ADJUSTED = "inventoryAdjustmentGroup { id }"
PLACE = {"inventoryItemId": "{item}", "locationId": "{here}"}


def idempotent(key: str) -> str:
    return f'@idempotent(key: "{key}")'


def change(name: str, delta: int) -> Json:
    return {
        "name": name,
        "delta": delta,
        "quantityAfterChange": None,
        "item": {"id": "{item}"},
        "location": {"id": "{here}"},
    }


def in_place(name: str, type_name: str, payload: str, given: Json, told: Json, **more: Json) -> dict[str, Json]:
    """The document and the data of a mutation that takes an input and a key."""
    return {
        "operation": name,
        "document": f"mutation($input: {type_name}!) {{ {name}(input: $input) {idempotent('k')} {{ {payload} }} }}",
        "variables": {"input": given},
        "data": {name: told},
        **more,
    }


def group(reason: str, *changes: Json) -> Json:
    return {
        "inventoryAdjustmentGroup": {
            "id": id_of("InventoryAdjustmentGroup"),
            "reason": reason,
            "referenceDocumentUri": None,
            "changes": list(changes),
        },
        "userErrors": [],
    }


def wrong(field: list[str], message: str, code: str) -> Json:
    return {"inventoryAdjustmentGroup": None, "userErrors": refused(field, message, code)}


EXAMPLES = (
    Example(
        source="11: recorded, setting available changes on_hand by as much",
        setting=article(),
        **in_place(
            "inventorySetQuantities",
            "InventorySetQuantitiesInput",
            f"{GROUP} {CODED}",
            {
                "name": "available",
                "reason": "correction",
                "quantities": [{**PLACE, "quantity": 97, "changeFromQuantity": 100}],
            },
            group("correction", change("available", -3), change("on_hand", -3)),
        ),
    ),
    Example(
        source="11, inventorySetQuantities: recorded, nothing changes",
        setting=article(),
        **in_place(
            "inventorySetQuantities",
            "InventorySetQuantitiesInput",
            f"{ADJUSTED} {CODED}",
            {
                "name": "available",
                "reason": "correction",
                "quantities": [{**PLACE, "quantity": 100, "changeFromQuantity": None}],
            },
            {"inventoryAdjustmentGroup": None, "userErrors": []},
        ),
    ),
    Example(
        source="11, inventorySetQuantities: recorded, name",
        setting=article(),
        **in_place(
            "inventorySetQuantities",
            "InventorySetQuantitiesInput",
            f"{ADJUSTED} {CODED}",
            {
                "name": "damaged",
                "reason": "correction",
                "quantities": [{**PLACE, "quantity": 1, "changeFromQuantity": None}],
            },
            wrong(["input", "name"], "The quantity name must be either 'available' or 'on_hand'.", "INVALID_NAME"),
        ),
    ),
    Example(
        source="11: recorded, without the key that says what is compared with",
        setting=article(),
        **in_place(
            "inventorySetQuantities",
            "InventorySetQuantitiesInput",
            f"{ADJUSTED} {CODED}",
            {"name": "available", "reason": "correction", "quantities": [{**PLACE, "quantity": 1}]},
            None,
            errors=[
                {
                    "message": "InventoryQuantityInput must include the following argument: changeFromQuantity.",
                    "locations": ...,
                    "path": ["inventorySetQuantities"],
                    "extensions": {"code": "INVALID_FIELD_ARGUMENTS"},
                }
            ],
        ),
    ),
    Example(
        source="11: inventorySetOnHandQuantities, an item that there is not, as recorded of inventorySetQuantities",
        setting=article(),
        **in_place(
            "inventorySetOnHandQuantities",
            "InventorySetOnHandQuantitiesInput",
            f"{ADJUSTED} {CODED}",
            {
                "reason": "correction",
                "setQuantities": [
                    {
                        "inventoryItemId": "gid://shopify/InventoryItem/404",
                        "locationId": "{here}",
                        "quantity": 1,
                        "changeFromQuantity": None,
                    }
                ],
            },
            wrong(
                ["input", "setQuantities", "0", "inventoryItemId"],
                "The specified inventory item could not be found.",
                "INVALID_INVENTORY_ITEM",
            ),
        ),
    ),
    Example(
        source="11, inventoryAdjustQuantities: recorded, the changes list both quantities",
        setting=article(),
        **in_place(
            "inventoryAdjustQuantities",
            "InventoryAdjustQuantitiesInput",
            f"{GROUP} {CODED}",
            {
                "name": "available",
                "reason": "correction",
                "changes": [{**PLACE, "delta": 5, "changeFromQuantity": None}],
            },
            group("correction", change("available", 5), change("on_hand", 5)),
        ),
    ),
    Example(
        source="11, inventoryAdjustQuantities: recorded, a ledger document for available",
        setting=article(),
        **in_place(
            "inventoryAdjustQuantities",
            "InventoryAdjustQuantitiesInput",
            f"{ADJUSTED} userErrors {{ message code }}",
            {
                "name": "available",
                "reason": "correction",
                "changes": [
                    {**PLACE, "delta": 5, "changeFromQuantity": None, "ledgerDocumentUri": "gid://acme/Report/1"}
                ],
            },
            {
                "inventoryAdjustmentGroup": None,
                "userErrors": [
                    {
                        "message": "A ledger document URI is not allowed when adjusting available.",
                        "code": "INVALID_AVAILABLE_DOCUMENT",
                    }
                ],
            },
        ),
    ),
    Example(
        source="11, inventoryMoveQuantities: recorded, between locations",
        setting=both(article(), annex),
        **in_place(
            "inventoryMoveQuantities",
            "InventoryMoveQuantitiesInput",
            f"{ADJUSTED} userErrors {{ field message }}",
            {
                "reason": "damaged",
                "referenceDocumentUri": "gid://acme/Report/1",
                "changes": [
                    {
                        "inventoryItemId": "{item}",
                        "quantity": 1,
                        "from": {"locationId": "{here}", "name": "available", "changeFromQuantity": None},
                        "to": {
                            "locationId": "{annex}",
                            "name": "damaged",
                            "ledgerDocumentUri": "gid://acme/Report/1",
                            "changeFromQuantity": None,
                        },
                    }
                ],
            },
            {
                "inventoryAdjustmentGroup": None,
                "userErrors": refused(
                    ["input", "changes", "0"], "The quantities can't be moved between different locations."
                ),
            },
        ),
    ),
    Example(
        operation="inventoryActivate",
        source="11, inventoryActivate: recorded, available where the item is active; the level is returned as well",
        setting=article(),
        document=f"""mutation($item: ID!, $place: ID!) {{
          inventoryActivate(inventoryItemId: $item, locationId: $place, available: 3) {idempotent("k")} {{
            inventoryLevel {{ id }} {ERRORS}
          }}
        }}""",
        variables={"item": "{item}", "place": "{here}"},
        data={
            "inventoryActivate": {
                "inventoryLevel": {"id": "{level}"},
                "userErrors": refused(
                    ["available"],
                    "Not allowed to set available quantity when the item is already active at the location.",
                ),
            }
        },
    ),
    Example(
        operation="inventoryDeactivate",
        source="11, inventoryDeactivate: recorded, the only location",
        setting=article(),
        document=f"mutation($id: ID!) {{ inventoryDeactivate(inventoryLevelId: $id) {{ {ERRORS} }} }}",
        variables={"id": "{level}"},
        data={
            "inventoryDeactivate": {
                "userErrors": refused(
                    None,
                    "The product couldn't be unstocked from Shop location because products need to be stocked at a "
                    "minimum of 1 location.",
                )
            }
        },
    ),
    Example(
        operation="inventoryBulkToggleActivation",
        source="11, inventoryBulkToggleActivation: recorded, a location that there is not",
        setting=article(),
        document=f"""mutation($item: ID!, $updates: [InventoryBulkToggleActivationInput!]!) {{
          inventoryBulkToggleActivation(inventoryItemId: $item, inventoryItemUpdates: $updates) {{
            inventoryItem {{ id }} inventoryLevels {{ id }} {CODED}
          }}
        }}""",
        variables={
            "item": "{item}",
            "updates": [{"locationId": "gid://shopify/Location/404", "activate": True}],
        },
        data={
            "inventoryBulkToggleActivation": {
                "inventoryItem": None,
                "inventoryLevels": None,
                "userErrors": refused(
                    ["inventoryItemUpdates", "0", "locationId"],
                    "The quantity couldn't be updated because the location was not found.",
                    "LOCATION_NOT_FOUND",
                ),
            }
        },
    ),
    Example(
        operation="inventoryItemUpdate",
        source="11, inventoryItemUpdate: recorded, each text",
        setting=article(),
        document=f"""mutation($id: ID!) {{
          missing: inventoryItemUpdate(id: "gid://shopify/InventoryItem/404", input: {{}}) {{
            inventoryItem {{ id }} {ERRORS}
          }}
          cost: inventoryItemUpdate(id: $id, input: {{cost: "-1"}}) {{ inventoryItem {{ id }} {ERRORS} }}
          code: inventoryItemUpdate(id: $id, input: {{harmonizedSystemCode: "x"}}) {{
            inventoryItem {{ id }} {ERRORS}
          }}
        }}""",
        variables={"id": "{item}"},
        data={
            "missing": {
                "inventoryItem": None,
                "userErrors": refused(["id"], "The product couldn't be updated because it does not exist."),
            },
            "cost": {
                "inventoryItem": None,
                "userErrors": refused(["input", "cost"], "Cost must be greater than or equal to 0"),
            },
            "code": {
                "inventoryItem": None,
                "userErrors": refused(
                    ["input", "harmonizedSystemCode"],
                    "Harmonized system code must be a number between six and thirteen digits",
                ),
            },
        },
    ),
)
