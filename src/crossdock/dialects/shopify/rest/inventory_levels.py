"""InventoryLevel. Source: Shopify REST InventoryLevel."""

from typing import Any

from crossdock.dialects.operation import Call, Json, Operation, Unreadable
from crossdock.dialects.shopify.fields import REQUIRED, Fields, Parameters, answered, answered_list, body_of, path_id
from crossdock.dialects.shopify.paging import open_list, write_window
from crossdock.dialects.shopify.rest.actions import decode_nothing, encode_nothing
from crossdock.dialects.shopify.scopes import READ_INVENTORY, WRITE_INVENTORY
from crossdock.dialects.shopify.wire import Rendering, comma_separated, gid, write_time
from crossdock.domain.catalogue import AdjustAvailable, SetAvailable, StockedLevel, StockItem
from crossdock.domain.queries import ListInventoryLevels, ListLevelsOfLocation, Page
from crossdock.domain.refusals import Invalid
from crossdock.domain.stock_commands import DeactivateLevel

_LEVEL = "inventory_level"
_LEVELS = "inventory_levels"
_MOST_FILTERED = 50
_WHOLE = ListInventoryLevels().window
_READ = frozenset({READ_INVENTORY})
_WRITE = frozenset({WRITE_INVENTORY})


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


def _encode_list_levels(command: ListInventoryLevels) -> Call:
    filters = (
        ("inventory_item_ids", comma_separated(command.inventory_item_ids)),
        ("location_ids", comma_separated(command.location_ids)),
        ("updated_at_min", command.updated_at_min and command.updated_at_min.isoformat()),
    )
    return Call(
        method="GET",
        path="inventory_levels.json",
        query=(*((name, value) for name, value in filters if value), *write_window(command.window, _WHOLE)),
    )


def _decode_list_levels(call: Call) -> ListInventoryLevels:
    parameters, window = open_list(call, _WHOLE)
    items, locations = parameters.ids("inventory_item_ids"), parameters.ids("location_ids")
    if not items and not locations:
        raise Invalid("base", "inventory_item_ids or location_ids must be given")
    if max(len(items), len(locations)) > _MOST_FILTERED:
        raise Invalid("base", f"at most {_MOST_FILTERED} inventory_item_ids and location_ids can be given")
    return ListInventoryLevels(
        inventory_item_ids=items,
        location_ids=locations,
        updated_at_min=parameters.time("updated_at_min"),
        window=window,
    )


def _encode_list_at(command: ListLevelsOfLocation) -> Call:
    path = f"locations/{command.location_id}/inventory_levels.json"
    return Call(method="GET", path=path, query=write_window(command.window, _WHOLE))


def _decode_list_at(call: Call) -> ListLevelsOfLocation:
    _, window = open_list(call, _WHOLE)
    return ListLevelsOfLocation(location_id=path_id(call, "location_id", "location"), window=window)


def _encode_set(command: SetAvailable) -> Call:
    body = {
        "location_id": command.location_id,
        "inventory_item_id": command.inventory_item_id,
        "available": command.available,
        "disconnect_if_necessary": command.alone,
    }
    return Call(method="POST", path="inventory_levels/set.json", body=body)


def _decode_set(call: Call) -> SetAvailable:
    fields = body_of(call)
    return SetAvailable(
        inventory_item_id=fields.need("inventory_item_id", fields.identity("inventory_item_id")),
        location_id=fields.need("location_id", fields.identity("location_id")),
        available=fields.need("available", fields.whole("available")),
        alone=fields.flag("disconnect_if_necessary") or False,
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
    body = {
        "location_id": command.location_id,
        "inventory_item_id": command.inventory_item_id,
        "relocate_if_necessary": command.relocate,
    }
    return Call(method="POST", path="inventory_levels/connect.json", body=body)


def _decode_connect(call: Call) -> StockItem:
    fields = body_of(call)
    return StockItem(
        inventory_item_id=fields.need("inventory_item_id", fields.identity("inventory_item_id")),
        location_id=fields.need("location_id", fields.identity("location_id")),
        relocate=fields.flag("relocate_if_necessary") or False,
    )


def _encode_disconnect(command: DeactivateLevel) -> Call:
    query = (("inventory_item_id", str(command.inventory_item_id)), ("location_id", str(command.location_id)))
    return Call(method="DELETE", path="inventory_levels.json", query=query)


def _decode_disconnect(call: Call) -> DeactivateLevel:
    parameters = Parameters(call.query)
    return DeactivateLevel(
        inventory_item_id=_needed(parameters, "inventory_item_id"), location_id=_needed(parameters, "location_id")
    )


def _needed(parameters: Parameters, name: str) -> int:
    number = parameters.whole(name)
    if number is None:
        raise Unreadable(name, REQUIRED)
    return number


def _encode_level(level: StockedLevel, context: Rendering) -> Json:
    return {_LEVEL: write_level(level, context)}


def _encode_levels(page: Page[StockedLevel], context: Rendering) -> Json:
    return {_LEVELS: [write_level(level, context) for level in page.items]}


def _decode_level(answer: Json) -> StockedLevel:
    return _read_level(answered(answer, _LEVEL))


def _decode_levels(answer: Json) -> tuple[StockedLevel, ...]:
    return tuple(_read_level(fields) for fields in answered_list(answer, _LEVELS))


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
LIST_AT = Operation(
    name="list_inventory_levels_of_location",
    command=ListLevelsOfLocation,
    method="GET",
    path="locations/{location_id}/inventory_levels.json",
    scopes=_READ,
    encode=_encode_list_at,
    decode=_decode_list_at,
    encode_result=_encode_levels,
    decode_result=_decode_levels,
    writes=False,
    source="Shopify REST Location, inventory_levels",
)
DISCONNECT_LEVEL = Operation(
    name="delete_inventory_level",
    command=DeactivateLevel,
    method="DELETE",
    path="inventory_levels.json",
    scopes=_WRITE,
    encode=_encode_disconnect,
    decode=_decode_disconnect,
    encode_result=encode_nothing,
    decode_result=decode_nothing,
    status=204,
    source="Shopify REST InventoryLevel, delete",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (
    LIST_LEVELS,
    LIST_AT,
    DISCONNECT_LEVEL,
    SET_LEVEL,
    ADJUST_LEVEL,
    CONNECT_LEVEL,
)
