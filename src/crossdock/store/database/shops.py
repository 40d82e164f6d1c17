"""Reading shops with all their locations, whose services come with them."""

from dataclasses import dataclass

import msgspec

from crossdock.domain.places import Location
from crossdock.domain.routing.rules import RuleSetting
from crossdock.domain.shops import Shop
from crossdock.runtime.connection import Connection

SHOPS = """
    SELECT s.id, s.name, s.domain, s.subdomain, s.email, s.currency, s.timezone, s.address, s.primary_location_id,
        s.created_at, s.updated_at, s.last_order_number, s.request_after, s.routing_rules,
        (SELECT coalesce(json_agg(location ORDER BY location.priority, location.id), '[]') FROM (
            SELECT l.id, l.name, l.address, l.active, l.fulfills_online_orders, l.deactivated_at, l.priority,
                l.destinations, l.accepts_returns, l.deleted_at IS NOT NULL AS deleted, l.created_at, l.updated_at,
                CASE WHEN l.latitude IS NOT NULL
                    THEN json_build_object('latitude', l.latitude, 'longitude', l.longitude) END AS coordinates,
                (SELECT row_to_json(service) FROM (
                    SELECT f.id, f.app_id, f.name, f.handle, f.location_id, f.callback_url, f.tracking_support,
                        f.inventory_management, f.requires_shipping_method, f.permits_sku_sharing,
                        a.platform AS dialect, a.uninstalled_at IS NOT NULL AS app_gone
                    FROM fulfillment_services f JOIN apps a ON a.shop_id = f.shop_id AND a.id = f.app_id
                    WHERE f.shop_id = l.shop_id AND f.location_id = l.id
                        AND (f.deleted_at IS NULL OR l.deleted_at IS NOT NULL)
                ) service) AS service
            FROM locations l WHERE l.shop_id = s.id
        ) location) AS locations
    FROM shops s
"""

LOAD = f"SELECT row_to_json(shop)::text FROM ({SHOPS} WHERE s.id = $1) shop"


@dataclass(frozen=True, kw_only=True, slots=True)
class Premises:
    """A shop's locations, in the order of its priority, how it routes over them, and the number of its last order.

    `request_after`: seconds from an order until services are asked for it; None where the merchant asks.
    """

    id: int
    last_order_number: int
    locations: tuple[Location, ...]
    request_after: int | None = None
    routing_rules: tuple[RuleSetting, ...] | None = None

    def by_id(self) -> dict[int, Location]:
        return {location.id: location for location in self.locations}


shop_decoder = msgspec.json.Decoder(Shop)
premises_decoder = msgspec.json.Decoder(Premises)


async def load_shop(connection: Connection, shop_id: int) -> tuple[Shop, dict[int, Location]]:
    """Return a shop and its locations by id, in the order of its priority. One statement."""
    text: str = await connection.fetchval(LOAD, shop_id)
    return shop_decoder.decode(text), premises_decoder.decode(text).by_id()
