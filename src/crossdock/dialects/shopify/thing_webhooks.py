"""What apps are told of things that are no orders: the REST body of the thing, or of a deleted one its id.

Source: Shopify, webhook topics; inventory levels as REST has them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.rest.inventory_items import write_item
from crossdock.dialects.shopify.rest.inventory_levels import write_level
from crossdock.dialects.shopify.rest.locations import write_location
from crossdock.dialects.shopify.rest.products import write_product
from crossdock.dialects.shopify.rest.shop import write_shop
from crossdock.dialects.shopify.rest.variants import write_variant
from crossdock.dialects.shopify.wire import Rendering, write_time
from crossdock.domain.catalogue import InventoryItem, Product, ProductVariant, StockedLevel
from crossdock.domain.places import Location
from crossdock.domain.shops import Shop
from crossdock.domain.subscriptions import Gone, GrantChange, Happened, Happening

# The topic of each happening.
THINGS: Mapping[Happening, str] = MappingProxyType(
    {
        Happening.PRODUCT_CREATED: "products/create",
        Happening.PRODUCT_UPDATED: "products/update",
        Happening.PRODUCT_DELETED: "products/delete",
        Happening.ITEM_CREATED: "inventory_items/create",
        Happening.ITEM_UPDATED: "inventory_items/update",
        Happening.ITEM_DELETED: "inventory_items/delete",
        Happening.LEVEL_CONNECTED: "inventory_levels/connect",
        Happening.LEVEL_UPDATED: "inventory_levels/update",
        Happening.LEVEL_DISCONNECTED: "inventory_levels/disconnect",
        Happening.LOCATION_CREATED: "locations/create",
        Happening.LOCATION_UPDATED: "locations/update",
        Happening.LOCATION_ACTIVATED: "locations/activate",
        Happening.LOCATION_DEACTIVATED: "locations/deactivate",
        Happening.LOCATION_DELETED: "locations/delete",
        Happening.SHOP_UPDATED: "shop/update",
        Happening.APP_SCOPES_UPDATED: "app/scopes_update",
    }
)


def write_thing(happened: Happened, context: Rendering) -> Json:
    """Write the thing as its webhook carries it."""
    match happened.thing:
        case StockedLevel() as level if happened.kind is Happening.LEVEL_DISCONNECTED:
            return {"inventory_item_id": level.inventory_item_id, "location_id": level.location_id}
        case StockedLevel() as level:
            return write_level(level, context)
        case Product() as product:
            return write_product(product, context)
        case ProductVariant() as variant:
            return write_variant(variant, context)
        case InventoryItem() as item:
            return write_item(item, context)
        case Location() as location:
            return write_location(location, context)
        case Shop() as shop:
            return write_shop(shop, context)
        case GrantChange() as grant:
            return {
                "id": grant.app_id,
                "previous": list(grant.previous),
                "current": list(grant.current),
                "updated_at": write_time(grant.at, context.shop),
            }
        case Gone(id=id):
            return {"id": id}
