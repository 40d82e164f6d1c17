"""InventoryItem and InventoryLevel. Source: Shopify REST InventoryItem, InventoryLevel."""

from collections.abc import Iterable
from typing import Any

from crossdock.dialects.operation import Call, Json, Operation
from crossdock.dialects.shopify.fields import Fields, Parameters, answered, answered_list, body_of, path_id
from crossdock.dialects.shopify.paging import open_list, write_window
from crossdock.dialects.shopify.scopes import READ_INVENTORY, WRITE_INVENTORY
from crossdock.dialects.shopify.wire import Rendering, comma_separated, gid, write_time
from crossdock.domain.catalogue import AdjustAvailable, InventoryItem, SetAvailable, StockedLevel, StockItem
from crossdock.domain.queries import GetInventoryItem, ListInventoryItems, ListInventoryLevels, Page
from crossdock.domain.refusals import Invalid

_ITEM = "inventory_item"
_ITEMS = "inventory_items"
_LEVEL = "inventory_level"
_LEVELS = "inventory_levels"
_MOST_ITEMS = 100
_MOST_FILTERED = 50
_WHOLE = ListInventoryLevels().window
_READ = frozenset({READ_INVENTORY})
_WRITE = frozenset({WRITE_INVENTORY})


def write_item(item: InventoryItem, context: Rendering) -> dict[str, Json]:
    return {
        "id": item.id,
        "sku": item.sku,
        "created_at": write_time(item.created_at, context.shop),
        "updated_at": write_time(item.updated_at, context.shop),
        "requires_shipping": item.requires_shipping,
        "cost": None,
        "country_code_of_origin": None,
        "province_code_of_origin": None,
        "harmonized_system_code": None,
        "tracked": item.tracked,
        "country_harmonized_system_codes": [],
        "admin_graphql_api_id": gid("InventoryItem", item.id),
    }


def _read_item(fields: Fields) -> InventoryItem:
    return InventoryItem(
        id=fields.need("id", fields.identity("id")),
        sku=fields.text("sku"),
        created_at=fields.need("created_at", fields.time("created_at")),
        updated_at=fields.need("updated_at", fields.time("updated_at")),
        requires_shipping=fields.flag("requires_shipping") is not False,
        tracked=fields.flag("tracked") or False,
    )


def write_level(level: StockedLevel, context: Rendering) -> dict[str, Json]:
    return {
        "inventory_item_id": level.inventory_item_id,
        "location_id": level.location_id,
        "available": level.available,
        "updated_at": write_time(level.updated_at, context.shop),
        "admin_graphql_api_id": f"{gid('InventoryLevel', level.id)}?inventory_item_id={level.inventory_item_id}",
    }


def _read_level(fields: Fields) -> StockedLevel:
    """Read a level; its own id stands in the GraphQL id only."""
    name = (fields.text("admin_graphql_api_id") or "").partition("?")[0].rpartition("/")[2]
    return StockedLevel(
        id=int(name) if name.isascii() and name.isdecimal() else 0,
        inventory_item_id=fields.need("inventory_item_id", fields.identity("inventory_item_id")),
        location_id=fields.need("location_id", fields.identity("location_id")),
        available=fields.whole("available"),
        updated_at=fields.need("updated_at", fields.time("updated_at")),
    )


def _encode_list_items(command: ListInventoryItems) -> Call:
    query = (("ids", comma_separated(command.ids)), ("limit", str(_MOST_ITEMS)))
    return Call(method="GET", path="inventory_items.json", query=query)


def _decode_list_items(call: Call) -> ListInventoryItems:
    ids = Parameters(call.query).ids("ids")
    if not ids:
        raise Invalid("ids", "can't be blank")
    if len(ids) > _MOST_ITEMS:
        raise Invalid("ids", f"must not be more than {_MOST_ITEMS}")
    return ListInventoryItems(ids=ids)


def _encode_get_item(command: GetInventoryItem) -> Call:
    return Call(method="GET", path=f"inventory_items/{command.inventory_item_id}.json")


def _decode_get_item(call: Call) -> GetInventoryItem:
    return GetInventoryItem(inventory_item_id=path_id(call, "inventory_item_id", "inventory item"))


def _encode_list_levels(command: ListInventoryLevels) -> Call:
    filters = (
        ("inventory_item_ids", comma_separated(command.inventory_item_ids)),
        ("location_ids", comma_separated(command.location_ids)),
    )
    return Call(
        method="GET",
        path="inventory_levels.json",
        query=(*((name, ids) for name, ids in filters if ids), *write_window(command.window, _WHOLE)),
    )


def _decode_list_levels(call: Call) -> ListInventoryLevels:
    parameters, window = open_list(call, _WHOLE)
    items, locations = parameters.ids("inventory_item_ids"), parameters.ids("location_ids")
    if not items and not locations:
        raise Invalid("base", "inventory_item_ids or location_ids must be given")
    if max(len(items), len(locations)) > _MOST_FILTERED:
        raise Invalid("base", f"at most {_MOST_FILTERED} inventory_item_ids and location_ids can be given")
    return ListInventoryLevels(inventory_item_ids=items, location_ids=locations, window=window)


def _encode_set(command: SetAvailable) -> Call:
    body = {
        "location_id": command.location_id,
        "inventory_item_id": command.inventory_item_id,
        "available": command.available,
    }
    return Call(method="POST", path="inventory_levels/set.json", body=body)


def _decode_set(call: Call) -> SetAvailable:
    fields = body_of(call)
    return SetAvailable(
        inventory_item_id=fields.need("inventory_item_id", fields.identity("inventory_item_id")),
        location_id=fields.need("location_id", fields.identity("location_id")),
        available=fields.need("available", fields.whole("available")),
    )


def _encode_adjust(command: AdjustAvailable) -> Call:
    body = {
        "location_id": command.location_id,
        "inventory_item_id": command.inventory_item_id,
        "available_adjustment": command.delta,
    }
    return Call(method="POST", path="inventory_levels/adjust.json", body=body)


def _decode_adjust(call: Call) -> AdjustAvailable:
    fields = body_of(call)
    return AdjustAvailable(
        inventory_item_id=fields.need("inventory_item_id", fields.identity("inventory_item_id")),
        location_id=fields.need("location_id", fields.identity("location_id")),
        delta=fields.need("available_adjustment", fields.whole("available_adjustment")),
    )


def _encode_connect(command: StockItem) -> Call:
    body = {"location_id": command.location_id, "inventory_item_id": command.inventory_item_id}
    return Call(method="POST", path="inventory_levels/connect.json", body=body)


def _decode_connect(call: Call) -> StockItem:
    fields = body_of(call)
    return StockItem(
        inventory_item_id=fields.need("inventory_item_id", fields.identity("inventory_item_id")),
        location_id=fields.need("location_id", fields.identity("location_id")),
    )


def _encode_item(item: InventoryItem, context: Rendering) -> Json:
    return {_ITEM: write_item(item, context)}


def _encode_items(items: Iterable[InventoryItem], context: Rendering) -> Json:
    return {_ITEMS: [write_item(item, context) for item in items]}


def _decode_item(answer: Json) -> InventoryItem:
    return _read_item(answered(answer, _ITEM))


def _decode_items(answer: Json) -> tuple[InventoryItem, ...]:
    return tuple(_read_item(fields) for fields in answered_list(answer, _ITEMS))


def _encode_level(level: StockedLevel, context: Rendering) -> Json:
    return {_LEVEL: write_level(level, context)}


def _encode_levels(page: Page[StockedLevel], context: Rendering) -> Json:
    return {_LEVELS: [write_level(level, context) for level in page.items]}


def _decode_level(answer: Json) -> StockedLevel:
    return _read_level(answered(answer, _LEVEL))


def _decode_levels(answer: Json) -> tuple[StockedLevel, ...]:
    return tuple(_read_level(fields) for fields in answered_list(answer, _LEVELS))


LIST_ITEMS = Operation(
    name="list_inventory_items",
    command=ListInventoryItems,
    method="GET",
    path="inventory_items.json",
    scopes=_READ,
    encode=_encode_list_items,
    decode=_decode_list_items,
    encode_result=_encode_items,
    decode_result=_decode_items,
    writes=False,
    source="Shopify REST InventoryItem, list by ids",
)
GET_ITEM = Operation(
    name="get_inventory_item",
    command=GetInventoryItem,
    method="GET",
    path="inventory_items/{inventory_item_id}.json",
    scopes=_READ,
    encode=_encode_get_item,
    decode=_decode_get_item,
    encode_result=_encode_item,
    decode_result=_decode_item,
    writes=False,
    source="Shopify REST InventoryItem, read",
)
LIST_LEVELS = Operation(
    name="list_inventory_levels",
    command=ListInventoryLevels,
    method="GET",
    path="inventory_levels.json",
    scopes=_READ,
    encode=_encode_list_levels,
    decode=_decode_list_levels,
    encode_result=_encode_levels,
    decode_result=_decode_levels,
    writes=False,
    source="Shopify REST InventoryLevel, list",
)
SET_LEVEL = Operation(
    name="set_inventory_level",
    command=SetAvailable,
    method="POST",
    path="inventory_levels/set.json",
    scopes=_WRITE,
    encode=_encode_set,
    decode=_decode_set,
    encode_result=_encode_level,
    decode_result=_decode_level,
    source="Shopify REST InventoryLevel, set",
)
ADJUST_LEVEL = Operation(
    name="adjust_inventory_level",
    command=AdjustAvailable,
    method="POST",
    path="inventory_levels/adjust.json",
    scopes=_WRITE,
    encode=_encode_adjust,
    decode=_decode_adjust,
    encode_result=_encode_level,
    decode_result=_decode_level,
    source="Shopify REST InventoryLevel, adjust",
)
CONNECT_LEVEL = Operation(
    name="connect_inventory_level",
    command=StockItem,
    method="POST",
    path="inventory_levels/connect.json",
    scopes=_WRITE,
    encode=_encode_connect,
    decode=_decode_connect,
    encode_result=_encode_level,
    decode_result=_decode_level,
    status=201,
    source="Shopify REST InventoryLevel, connect",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (
    LIST_ITEMS,
    GET_ITEM,
    LIST_LEVELS,
    SET_LEVEL,
    ADJUST_LEVEL,
    CONNECT_LEVEL,
)
