"""Inventory items, what locations have of them, and what changed it.

Source: Shopify GraphQL, InventoryItem, InventoryLevel, InventoryProperties, InventoryAdjustmentGroup; the names of
quantities as recorded. Nothing is scheduled, so no level has changes to come.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.connections import Connection, connection, cut_of, listed
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.field import Field, Resolvers, always
from crossdock.dialects.shopify.graphql.ids import gid, level_gid, read_gid
from crossdock.dialects.shopify.graphql.money import money
from crossdock.dialects.shopify.graphql.searched import searched
from crossdock.dialects.shopify.graphql.sources import MeasurementOf, QuantityOf
from crossdock.dialects.shopify.graphql.types.addresses import country_code
from crossdock.dialects.shopify.graphql.types.order_lines import weight
from crossdock.dialects.shopify.graphql.types.orders import count_of
from crossdock.dialects.shopify.scopes import READ_APPS, READ_INVENTORY, READ_PRODUCTS
from crossdock.domain.activating import spoken_for
from crossdock.domain.catalogue import CountryCode, InventoryItem
from crossdock.domain.places import Address, Location
from crossdock.domain.queries import GetInventoryItem
from crossdock.domain.searching import FindApp, FindVariantOf, SearchInventoryItems, SearchLevels
from crossdock.domain.stock_commands import QuantityChange, QuantityName
from crossdock.domain.stock_queries import Adjustment, FindAdjustment, FindLevel, FindLevelAt, LevelFound, TallyItem
from crossdock.domain.stocking import quantity

ITEM_SEARCH = frozenset({"id", "sku", "created_at", "updated_at"})
LEVEL_SEARCH = frozenset({"id", "inventory_item_id", "location_id", "created_at", "updated_at"})
ITEM = "InventoryItem"
_READ = frozenset({READ_INVENTORY})
_READ_ITEMS = frozenset({READ_INVENTORY, READ_PRODUCTS})
_NAMES = tuple(QuantityName)
_ON_HAND = tuple(name for name in _NAMES if name not in {QuantityName.ON_HAND, QuantityName.INCOMING})


def _item(_: object, asking: Asking, *, id: str) -> Awaitable[InventoryItem | None]:
    return item_of(asking, read_gid(id, ITEM).number)


def item_of(asking: Asking, number: int) -> Awaitable[InventoryItem | None]:
    return asking.load(GetInventoryItem(inventory_item_id=number))


def items(
    _: object, asking: Asking, *, query: str | None = None, **arguments: Any
) -> Awaitable[Connection[InventoryItem]]:
    """Resolve all inventory items, by id."""
    condition = searched(asking, query, ITEM_SEARCH, "inventoryItems")
    return asking.load(SearchInventoryItems(cut=cut_of(arguments), condition=condition), connection)


def _level(_: object, asking: Asking, *, id: str) -> Awaitable[LevelFound | None]:
    return asking.load(FindLevel(level_id=read_gid(id, "InventoryLevel").number))


def level_of(
    asking: Asking, item: int, place: int, include_inactive: bool | None = False
) -> Awaitable[LevelFound | None]:
    """Ask for what a location has of an item."""
    query = FindLevelAt(inventory_item_id=item, location_id=place, include_inactive=bool(include_inactive))
    return asking.load(query)


def _level_of_item(
    item: InventoryItem, asking: Asking, *, location_id: str, include_inactive: bool | None = False
) -> Awaitable[LevelFound | None]:
    return level_of(asking, item.id, read_gid(location_id, "Location").number, include_inactive)


def level_at_location(
    location: Location, asking: Asking, *, inventory_item_id: str, include_inactive: bool | None = False
) -> Awaitable[LevelFound | None]:
    """Resolve what a location has of an item."""
    return level_of(asking, read_gid(inventory_item_id, ITEM).number, location.id, include_inactive)


def _levels_of_item(item: InventoryItem, asking: Asking, **arguments: Any) -> Awaitable[Connection[LevelFound]]:
    return _levels(asking, arguments, inventory_item_id=item.id)


def levels_of_location(location: Location, asking: Asking, **arguments: Any) -> Awaitable[Connection[LevelFound]]:
    """Resolve what a location stocks, by id."""
    return _levels(asking, arguments, location_id=location.id)


def _levels(asking: Asking, arguments: Mapping[str, Any], **whose: int) -> Awaitable[Connection[LevelFound]]:
    search = SearchLevels(
        cut=cut_of(arguments),
        condition=searched(asking, arguments.get("query"), LEVEL_SEARCH, "inventoryLevels"),
        include_inactive=bool(arguments.get("include_inactive")),
        **whose,
    )
    return asking.load(search, connection)


def _variant(number: Callable[[Any], int], read: Callable[[Any], Any]) -> Any:
    """Resolve something of the variant that an item is of."""
    return lambda of, asking: asking.load(FindVariantOf(inventory_item_id=number(of)), read)


def _variants(item: InventoryItem, asking: Asking, **arguments: Any) -> Awaitable[Any]:
    return asking.load(
        FindVariantOf(inventory_item_id=item.id),
        lambda variant: listed([variant] if variant else [], arguments, id_of=lambda each: each.id),
    )


def _tally(read: Callable[[Any], Any]) -> Any:
    return lambda item, asking: asking.load(TallyItem(inventory_item_id=item.id), read)


def _country(code: str | None) -> str | None:
    return country_code(Address(country_code=code))


def _codes(item: InventoryItem, _: Asking, **arguments: Any) -> Connection[CountryCode]:
    places = {code: place for place, code in enumerate(item.country_harmonized_system_codes, 1)}
    return listed(places, arguments, id_of=lambda code: places[code])


def _cost(item: InventoryItem, asking: Asking) -> Json:
    return None if item.cost is None else money(item.cost, asking.shop.currency)


def _quantities(found: LevelFound, _: Asking, *, names: Sequence[str]) -> list[QuantityOf]:
    return [QuantityOf(found, QuantityName(name)) for name in dict.fromkeys(names) if name in _NAMES]


def _number_of(of: QuantityOf) -> int:
    # The names of a level's quantities share its number, which leaves room for eight of them.
    return of.found.level.id * len(_NAMES) + _NAMES.index(of.name)


def _can_deactivate(found: LevelFound, _: Asking) -> bool:
    return found.active and found.elsewhere and not spoken_for(found.level)


def _alert(found: LevelFound, asking: Asking) -> str | None:
    if not found.active:
        return None
    place = asking.locations[found.level.location_id].name
    if not found.elsewhere:
        return f"The product is stocked at {place} only."
    if spoken_for(found.level):
        return f"The product has inventory at {place} that is committed, incoming or reserved."
    return None


def _quantity_name(name: QuantityName) -> Json:
    return {
        "name": name.value,
        "display_name": name.value.replace("_", " ").capitalize(),
        "belongs_to": [QuantityName.ON_HAND.value] if name in _ON_HAND else [],
        "comprises": sorted(_ON_HAND) if name is QuantityName.ON_HAND else [],
        "is_in_use": True,
    }


def _changes(
    of: Adjustment,
    _: Asking,
    *,
    inventory_item_ids: Sequence[str] | None = None,
    location_ids: Sequence[str] | None = None,
    quantity_names: Sequence[str] | None = None,
) -> list[QuantityChange]:
    named = None if inventory_item_ids is None else {read_gid(each, ITEM).number for each in inventory_item_ids}
    places = None if location_ids is None else {read_gid(each, "Location").number for each in location_ids}
    return [
        change
        for change in of.changes
        if (named is None or change.inventory_item_id in named)
        and (places is None or change.location_id in places)
        and (quantity_names is None or change.name in quantity_names)
    ]


def _app(of: Adjustment, asking: Asking) -> Awaitable[Any] | None:
    if of.app_id is None:
        return None
    if of.app_id != asking.caller.app_id:
        asking.require("app", frozenset({READ_APPS}))
    return asking.load(FindApp(app_id=of.app_id))


INVENTORY_FIELDS: Resolvers = {
    "QueryRoot": {
        "inventoryItem": Field(_item, _READ_ITEMS),
        "inventoryItems": Field(items, _READ_ITEMS),
        "inventoryLevel": Field(_level, _READ),
        "inventoryProperties": Field(
            always({"quantity_names": [_quantity_name(name) for name in sorted(_NAMES)]}), _READ
        ),
    },
    "Shop": {"inventoryItems": Field(items, _READ_ITEMS)},
    "InventoryItem": {
        "id": lambda item, _: gid(ITEM, item.id),
        "legacyResourceId": lambda item, _: item.id,
        "countryCodeOfOrigin": lambda item, _: _country(item.country_code_of_origin),
        "countryHarmonizedSystemCodes": _codes,
        "duplicateSkuCount": _tally(lambda tally: tally.namesakes),
        "locationsCount": _tally(lambda tally: count_of(tally.places)),
        "inventoryHistoryUrl": always(None),
        "inventoryLevel": Field(_level_of_item, _READ),
        "inventoryLevels": Field(_levels_of_item, _READ),
        "measurement": lambda item, _: MeasurementOf(item.id),
        "trackedEditable": always({"locked": False, "reason": None}),
        "unitCost": _cost,
        "variant": Field(_variant(lambda item: item.id, lambda variant: variant), frozenset({READ_PRODUCTS})),
        "variants": Field(_variants, frozenset({READ_PRODUCTS})),
    },
    "InventoryItemMeasurement": {
        "id": lambda of, _: gid("InventoryItemMeasurement", of.inventory_item_id),
        "weight": _variant(lambda of: of.inventory_item_id, lambda variant: variant and weight(variant.grams)),
    },
    "CountryHarmonizedSystemCode": {
        "countryCode": lambda of, _: _country(of.country_code),
        "harmonizedSystemCode": lambda of, _: of.code,
    },
    "InventoryLevel": {
        "id": lambda of, _: level_gid(of.level.id, inventory_item_id=of.level.inventory_item_id),
        "canDeactivate": _can_deactivate,
        "deactivationAlert": _alert,
        "isActive": lambda of, _: of.active,
        "item": lambda of, asking: item_of(asking, of.level.inventory_item_id),
        "location": lambda of, asking: asking.locations[of.level.location_id],
        "quantities": _quantities,
        "scheduledChanges": lambda _, __, **arguments: listed([], arguments, id_of=lambda each: each),
    },
    "InventoryQuantity": {
        "id": lambda of, _: gid("InventoryQuantity", _number_of(of)),
        "name": lambda of, _: of.name.value,
        "quantity": lambda of, _: quantity(of.found.level, of.name),
        "updatedAt": lambda of, _: of.found.updated_at,
    },
    "InventoryAdjustmentGroup": {
        "id": lambda of, _: gid("InventoryAdjustmentGroup", of.id),
        "app": _app,
        "createdAt": lambda of, _: of.at,
        "reason": lambda of, _: of.reason,
        "referenceDocumentUri": lambda of, _: of.reference,
        "changes": _changes,
    },
    "InventoryChange": {
        "item": lambda change, asking: item_of(asking, change.inventory_item_id),
        "location": lambda change, asking: asking.locations.get(change.location_id),
        "ledgerDocumentUri": lambda change, _: change.document,
        "name": lambda change, _: change.name.value,
        "quantityAfterChange": always(None),
    },
}


def _measurement(number: int) -> Any:
    return lambda asking: asking.load(
        GetInventoryItem(inventory_item_id=number), lambda item: item and MeasurementOf(item.id)
    )


def _quantity(number: int) -> Any:
    level_id, place = divmod(number, len(_NAMES))
    return lambda asking: asking.load(
        FindLevel(level_id=level_id), lambda found: found and QuantityOf(found, _NAMES[place])
    )


INVENTORY_NODES: Mapping[str, Field] = {
    "InventoryItem": Field(lambda number: GetInventoryItem(inventory_item_id=number), _READ_ITEMS),
    "InventoryItemMeasurement": Field(_measurement, _READ_ITEMS),
    "InventoryLevel": Field(lambda number: FindLevel(level_id=number), _READ),
    "InventoryQuantity": Field(_quantity, _READ),
    "InventoryAdjustmentGroup": Field(lambda number: FindAdjustment(group_id=number), _READ),
}
