"""What is read of inventory, as sections 3 and 11 tell it."""

from tests.store.graphql_examples.example import Example, a_time
from tests.store.graphql_examples.settings import article

EXAMPLES = (
    Example(
        operation="productCreate",
        source="11: recorded, a new product's variant has one level, at the primary location, at 0",
        document="""mutation { productCreate(product: {title: "Tee"}) { product { variants(first: 5) { nodes {
          inventoryItem { tracked inventoryLevels(first: 5) { nodes {
            location { id } isActive quantities(names: ["available", "on_hand"]) { name quantity updatedAt }
          } } }
        } } } } }""",
        data={
            "productCreate": {
                "product": {
                    "variants": {
                        "nodes": [
                            {
                                "inventoryItem": {
                                    "tracked": False,
                                    "inventoryLevels": {
                                        "nodes": [
                                            {
                                                "location": {"id": "{here}"},
                                                "isActive": True,
                                                "quantities": [
                                                    {"name": "available", "quantity": 0, "updatedAt": ...},
                                                    {"name": "on_hand", "quantity": 0, "updatedAt": ...},
                                                ],
                                            }
                                        ]
                                    },
                                }
                            }
                        ]
                    }
                }
            }
        },
    ),
    Example(
        operation="inventoryItem",
        source="3: one that names nothing; 11: names of quantities",
        setting=article(),
        document="""query($id: ID!, $place: ID!) {
          inventoryItem(id: $id) { id createdAt inventoryLevel(locationId: $place) {
            quantities(names: ["available", "on_hand", "committed", "damaged"]) { name quantity }
          } }
          missing: inventoryItem(id: "gid://shopify/InventoryItem/404") { id }
        }""",
        variables={"id": "{item}", "place": "{here}"},
        data={
            "inventoryItem": {
                "id": "{item}",
                "createdAt": a_time,
                "inventoryLevel": {
                    "quantities": [
                        {"name": "available", "quantity": 100},
                        {"name": "on_hand", "quantity": 100},
                        {"name": "committed", "quantity": 0},
                        {"name": "damaged", "quantity": 0},
                    ]
                },
            },
            "missing": None,
        },
    ),
    Example(
        operation="inventoryLevel",
        source="3, ids: recorded, a level's id has its item as a query part",
        setting=article(),
        document="""query($id: ID!) {
          inventoryLevel(id: $id) { id isActive item { id } location { id } }
          missing: inventoryLevel(id: "gid://shopify/InventoryLevel/404?inventory_item_id=1") { id }
        }""",
        variables={"id": "{level}"},
        data={
            "inventoryLevel": {
                "id": lambda said: "?inventory_item_id=" in said,
                "isActive": True,
                "item": {"id": "{item}"},
                "location": {"id": "{here}"},
            },
            "missing": None,
        },
    ),
    Example(
        operation="inventoryItems",
        source="3, lists and connections: filters id and sku, a base64 cursor of last_id and last_value",
        setting=article(),
        document="""{
          inventoryItems(first: 1, query: "sku:TEE") { nodes { id sku } pageInfo { hasNextPage hasPreviousPage } }
          none: inventoryItems(first: 1, query: "sku:MUG") { nodes { id } }
        }""",
        data={
            "inventoryItems": {
                "nodes": [{"id": "{item}", "sku": "TEE"}],
                "pageInfo": {"hasNextPage": False, "hasPreviousPage": False},
            },
            "none": {"nodes": []},
        },
    ),
    Example(
        operation="inventoryProperties",
        source="documented: inventoryProperties, sample answer; the names are those of 11",
        document="{ inventoryProperties { quantityNames { name displayName belongsTo comprises } } }",
        data={
            "inventoryProperties": {
                "quantityNames": [
                    {"name": name, "displayName": shown, "belongsTo": belongs, "comprises": comprises}
                    for name, shown, belongs, comprises in (
                        ("available", "Available", ["on_hand"], []),
                        ("committed", "Committed", ["on_hand"], []),
                        ("damaged", "Damaged", ["on_hand"], []),
                        ("incoming", "Incoming", [], []),
                        (
                            *("on_hand", "On hand", []),
                            ["available", "committed", "damaged", "quality_control", "reserved", "safety_stock"],
                        ),
                        ("quality_control", "Quality control", ["on_hand"], []),
                        ("reserved", "Reserved", ["on_hand"], []),
                        ("safety_stock", "Safety stock", ["on_hand"], []),
                    )
                ]
            }
        },
    ),
)
