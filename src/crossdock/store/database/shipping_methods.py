"""Ways of sending that shops offer."""

from collections.abc import Collection

import msgspec

from crossdock.domain.shipping_methods import ShippingMethod
from crossdock.runtime.connection import Connection

COLUMNS = "m.id, m.code, m.name, m.description, m.countries, m.delivery_time, m.is_public, m.prices"
BY_CODE = f"""
    SELECT coalesce(json_agg(json_build_array(m.shop_id, m.code, row_to_json(method))), '[]')::text
    FROM shipping_methods m
    JOIN unnest($1::bigint[], $2::text[]) AS named (shop_id, code) USING (shop_id, code)
    CROSS JOIN LATERAL (SELECT {COLUMNS}) method
"""
decoder = msgspec.json.Decoder(tuple[ShippingMethod, ...])
_coded = msgspec.json.Decoder(tuple[tuple[int, str, ShippingMethod], ...])


async def shipping_methods_by_code(
    connection: Connection, named: Collection[tuple[int, str]]
) -> dict[tuple[int, str], ShippingMethod]:
    """Return the methods of shops by their codes. One statement, or none where nothing is named."""
    if not named:
        return {}
    shops, codes = zip(*named, strict=True)
    text: str = await connection.fetchval(BY_CODE, list(shops), list(codes))
    return {(shop_id, code): method for shop_id, code, method in _coded.decode(text)}
