"""Inventory items and what lies at our location.

Source: Shopify GraphQL nodes, InventoryItem, InventoryLevel.quantities, inventorySetQuantities, inventoryActivate.
"""

from collections.abc import Mapping

from crossdock.dialects.operation import Json, Unreadable
from crossdock.dialects.shopify.fields import Fields
from crossdock.dialects.shopify.graphql.asking.question import AnyQuestion, Question
from crossdock.dialects.shopify.graphql.asking.reading import CODED_ERRORS, USER_ERRORS, number, within
from crossdock.dialects.shopify.graphql.ids import gid
from crossdock.domain.catalogue import InventoryItem
from crossdock.domain.queries import ListInventoryItems
from crossdock.domain.stock_commands import ActivateLevel, Count, SetQuantities
from crossdock.domain.work import ReadOnHand

_ITEM_POINTS = 3


def item_gid(number: int) -> str:
    return gid("InventoryItem", number)


def _found(data: Fields) -> list[Fields]:
    """Return the nodes that there are; null stands for an id that names nothing."""
    values = data.values.get("nodes")
    if not isinstance(values, list):
        raise Unreadable(data.where("nodes"), "is no list")
    return [Fields(value, f"nodes[{place}]") for place, value in enumerate(values) if isinstance(value, dict)]


def _read_items(data: Fields) -> tuple[InventoryItem, ...]:
    return tuple(
        InventoryItem(
            id=number(each),
            tracked=each.need("tracked", each.flag("tracked")),
            requires_shipping=each.need("requiresShipping", each.flag("requiresShipping")),
            created_at=each.need("createdAt", each.time("createdAt")),
            updated_at=each.need("updatedAt", each.time("updatedAt")),
            sku=each.text("sku") or None,
        )
        for each in _found(data)
        if each.values
    )


def _read_on_hand(data: Fields) -> dict[int, int | None]:
    return {number(each): _on_hand(each.within("inventoryLevel")) for each in _found(data) if each.values}


def _on_hand(level: Fields | None) -> int | None:
    for each in level.each("quantities") or () if level else ():
        if each.text("name") == "on_hand":
            return each.need("quantity", each.whole("quantity"))
    return None


def _write_count(count: Count) -> Json:
    # Always named: null says that nothing is to be compared, and leaving it out is refused.
    return {
        "inventoryItemId": item_gid(count.inventory_item_id),
        "locationId": gid("Location", count.location_id),
        "quantity": count.quantity,
        "changeFromQuantity": count.change_from,
    }


def _set_variables(command: SetQuantities) -> dict[str, Json]:
    counts = [_write_count(count) for count in command.counts]
    return {
        "input": {"name": command.name.value, "reason": command.reason, "quantities": counts},
        "idempotencyKey": None,
    }


def _activate_variables(command: ActivateLevel) -> dict[str, Json]:
    return {
        "item": item_gid(command.inventory_item_id),
        "location": gid("Location", command.location_id),
        "available": command.available,
        "onHand": command.on_hand,
        "idempotencyKey": None,
    }


def _read_set(data: Fields) -> bool:
    """Tell whether anything changed."""
    return within(data, "inventorySetQuantities").within("inventoryAdjustmentGroup") is not None


def _read_activated(data: Fields) -> int:
    """Return the number of the level."""
    return number(within(data, "inventoryActivate", "inventoryLevel"))


def _items_points(variables: Mapping[str, Json]) -> int:
    return _ITEM_POINTS * len(variables["items"])


LIST_ITEMS: Question[ListInventoryItems, tuple[InventoryItem, ...]] = Question(
    name="list_inventory_items",
    command=ListInventoryItems,
    document="""query list_inventory_items($items: [ID!]!) {
  nodes(ids: $items) { ... on InventoryItem { id sku tracked requiresShipping createdAt updatedAt } }
}""",
    variables=lambda command: {"items": [item_gid(each) for each in command.ids]},
    read=_read_items,
    points=_items_points,
    source="Shopify GraphQL nodes, InventoryItem",
)
READ_ON_HAND: Question[ReadOnHand, dict[int, int | None]] = Question(
    name="read_on_hand",
    command=ReadOnHand,
    document="""query read_on_hand($items: [ID!]!, $location: ID!) {
  nodes(ids: $items) {
    ... on InventoryItem {
      id inventoryLevel(locationId: $location) { quantities(names: ["on_hand"]) { name quantity } }
    }
  }
}""",
    variables=lambda command: {
        "items": [item_gid(each) for each in command.inventory_item_ids],
        "location": gid("Location", command.location_id),
    },
    read=_read_on_hand,
    points=_items_points,
    source="Shopify GraphQL InventoryItem.inventoryLevel",
)
SET: Question[SetQuantities, bool] = Question(
    name="set_quantities",
    command=SetQuantities,
    document=f"""mutation set_quantities($input: InventorySetQuantitiesInput!, $idempotencyKey: String!) {{
  inventorySetQuantities(input: $input) @idempotent(key: $idempotencyKey) {{
    inventoryAdjustmentGroup {{ id }} {CODED_ERRORS}
  }}
}}""",
    variables=_set_variables,
    read=_read_set,
    source="Shopify GraphQL inventorySetQuantities",
)
ACTIVATE: Question[ActivateLevel, int] = Question(
    name="activate_level",
    command=ActivateLevel,
    document=f"""mutation activate_level(
  $item: ID!, $location: ID!, $available: Int, $onHand: Int, $idempotencyKey: String!
) {{
  inventoryActivate(inventoryItemId: $item, locationId: $location, available: $available, onHand: $onHand)
      @idempotent(key: $idempotencyKey) {{
    inventoryLevel {{ id }} {USER_ERRORS}
  }}
}}""",
    variables=_activate_variables,
    read=_read_activated,
    source="Shopify GraphQL inventoryActivate",
)
QUESTIONS: tuple[AnyQuestion, ...] = (LIST_ITEMS, READ_ON_HAND, SET, ACTIVATE)
