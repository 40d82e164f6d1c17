"""InventoryItem. Source: Shopify REST InventoryItem."""

from collections.abc import Iterable
from typing import Any

from crossdock.dialects.operation import Call, Json, NotExpressible, Operation
from crossdock.dialects.shopify.fields import Fields, Parameters, answered, answered_list, path_id, root
from crossdock.dialects.shopify.scopes import READ_INVENTORY, WRITE_INVENTORY
from crossdock.dialects.shopify.wire import (
    Rendering,
    comma_separated,
    gid,
    without_nothing,
    write_money,
    write_time,
)
from crossdock.domain.catalogue import CountryCode, InventoryItem, UpdateInventoryItem
from crossdock.domain.queries import GetInventoryItem, ListInventoryItems
from crossdock.domain.refusals import Invalid

_ROOT = "inventory_item"
_ROOTS = "inventory_items"
_CODES = "country_harmonized_system_codes"
_MOST = 100
_READ = frozenset({READ_INVENTORY})


def write_item(item: InventoryItem, context: Rendering) -> dict[str, Json]:
    """Write an item."""
    return {
        "id": item.id,
        "sku": item.sku,
        "created_at": write_time(item.created_at, context.shop),
        "updated_at": write_time(item.updated_at, context.shop),
        "requires_shipping": item.requires_shipping,
        "cost": None if item.cost is None else write_money(item.cost, context.shop.currency),
        "country_code_of_origin": item.country_code_of_origin,
        "province_code_of_origin": item.province_code_of_origin,
        "harmonized_system_code": item.harmonized_system_code,
        "tracked": item.tracked,
        _CODES: _write_codes(item.country_harmonized_system_codes),
        "admin_graphql_api_id": gid("InventoryItem", item.id),
    }


def _write_codes(codes: Iterable[CountryCode]) -> list[Json]:
    return [{"harmonized_system_code": each.code, "country_code": each.country_code} for each in codes]


def _read_item(fields: Fields) -> InventoryItem:
    """Read an item without its cost: the wire does not say in which currency that is."""
    return InventoryItem(
        id=fields.need("id", fields.identity("id")),
        sku=fields.text("sku"),
        created_at=fields.need("created_at", fields.time("created_at")),
        updated_at=fields.need("updated_at", fields.time("updated_at")),
        requires_shipping=fields.flag("requires_shipping") is not False,
        tracked=fields.flag("tracked") or False,
        country_code_of_origin=fields.text("country_code_of_origin"),
        province_code_of_origin=fields.text("province_code_of_origin"),
        harmonized_system_code=fields.text("harmonized_system_code"),
        country_harmonized_system_codes=tuple(_read_code(each) for each in fields.each(_CODES) or ()),
    )


def _encode_list(command: ListInventoryItems) -> Call:
    query = (("ids", comma_separated(command.ids)), ("limit", str(_MOST)))
    return Call(method="GET", path="inventory_items.json", query=query)


def _decode_list(call: Call) -> ListInventoryItems:
    ids = Parameters(call.query).ids("ids")
    if not ids:
        raise Invalid("ids", "can't be blank")
    if len(ids) > _MOST:
        raise Invalid("ids", f"must not be more than {_MOST}")
    return ListInventoryItems(ids=ids)


def _encode_get(command: GetInventoryItem) -> Call:
    return Call(method="GET", path=f"inventory_items/{command.inventory_item_id}.json")


def _decode_get(call: Call) -> GetInventoryItem:
    return GetInventoryItem(inventory_item_id=path_id(call, "inventory_item_id", "inventory item"))


def _encode_update(command: UpdateInventoryItem) -> Call:
    if command.cost is not None:
        raise NotExpressible("a cost without its currency")
    codes = command.country_harmonized_system_codes
    fields = {
        "id": command.inventory_item_id,
        "sku": command.sku,
        "tracked": command.tracked,
        "requires_shipping": command.requires_shipping,
        "country_code_of_origin": command.country_code_of_origin,
        "province_code_of_origin": command.province_code_of_origin,
        "harmonized_system_code": command.harmonized_system_code,
        _CODES: None if codes is None else _write_codes(codes),
    }
    path = f"inventory_items/{command.inventory_item_id}.json"
    return Call(method="PUT", path=path, body={_ROOT: without_nothing(fields)})


def _decode_update(call: Call) -> UpdateInventoryItem:
    fields = root(call, _ROOT)
    codes = fields.each(_CODES)
    return UpdateInventoryItem(
        inventory_item_id=path_id(call, "inventory_item_id", "inventory item"),
        sku=fields.line("sku"),
        cost=fields.money("cost", call.currency),
        tracked=fields.flag("tracked"),
        requires_shipping=fields.flag("requires_shipping"),
        country_code_of_origin=fields.line("country_code_of_origin"),
        province_code_of_origin=fields.line("province_code_of_origin"),
        harmonized_system_code=fields.line("harmonized_system_code"),
        country_harmonized_system_codes=None if codes is None else tuple(_read_code(each) for each in codes),
    )


def _read_code(fields: Fields) -> CountryCode:
    return CountryCode(
        country_code=fields.need("country_code", fields.line("country_code")),
        code=fields.need("harmonized_system_code", fields.line("harmonized_system_code")),
    )


def _encode_one(item: InventoryItem, context: Rendering) -> Json:
    return {_ROOT: write_item(item, context)}


def _encode_many(items: Iterable[InventoryItem], context: Rendering) -> Json:
    return {_ROOTS: [write_item(item, context) for item in items]}


def _decode_one(answer: Json) -> InventoryItem:
    return _read_item(answered(answer, _ROOT))


def _decode_many(answer: Json) -> tuple[InventoryItem, ...]:
    return tuple(_read_item(fields) for fields in answered_list(answer, _ROOTS))


LIST = Operation(
    name="list_inventory_items",
    command=ListInventoryItems,
    method="GET",
    path="inventory_items.json",
    scopes=_READ,
    encode=_encode_list,
    decode=_decode_list,
    encode_result=_encode_many,
    decode_result=_decode_many,
    writes=False,
    source="Shopify REST InventoryItem, list by ids",
)
GET = Operation(
    name="get_inventory_item",
    command=GetInventoryItem,
    method="GET",
    path="inventory_items/{inventory_item_id}.json",
    scopes=_READ,
    encode=_encode_get,
    decode=_decode_get,
    encode_result=_encode_one,
    decode_result=_decode_one,
    writes=False,
    source="Shopify REST InventoryItem, read",
)
UPDATE = Operation(
    name="update_inventory_item",
    command=UpdateInventoryItem,
    method="PUT",
    path="inventory_items/{inventory_item_id}.json",
    scopes=frozenset({WRITE_INVENTORY}),
    encode=_encode_update,
    decode=_decode_update,
    encode_result=_encode_one,
    decode_result=_decode_one,
    source="Shopify REST InventoryItem, update",
)
OPERATIONS: tuple[Operation[Any, Any, Any], ...] = (LIST, GET, UPDATE)
