"""Locking and reading what a batch of order commands needs.

Locks come first and in one order for everybody (orders, shops, stock levels; each by id), in statements of their own:
a statement that waits for a lock would read the rest as it was before the wait.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from crossdock.domain.order_details import OrderDetails
from crossdock.domain.orders import Order
from crossdock.domain.places import Location
from crossdock.domain.shipping_methods import ShippingMethod
from crossdock.domain.shops import Shop
from crossdock.domain.stock import InventoryLevel
from crossdock.domain.variants import Variant
from crossdock.runtime.connection import Connection
from crossdock.store.database.order_details import DETAILS, details_by_order
from crossdock.store.database.orders import AGGREGATE
from crossdock.store.database.orders import decoder as orders_decoder
from crossdock.store.database.shipping_methods import shipping_methods_by_code
from crossdock.store.database.shops import SHOPS, Premises
from crossdock.store.database.webhooks import SUBSCRIBERS, Subscriber, subscribers_decoder

Key = tuple[int, int]  # shop, and the id of something in it

# What to lock is named by arrays, never by a join or IN: when a statement has waited for a row, PostgreSQL looks again
# whether the row still qualifies, and with joins it was seen to drop rows that do, unlocked. Ids are unique over shops.
#
# Who takes work on, or brings it to a location, first says so for the shop ($7, at $8), beside others who do: no app or
# location leaves the shop meanwhile.
LOCK_ORDERS = """
    SELECT o.shop_id, o.id FROM orders o
    WHERE (SELECT count(*) FROM unnest($7::bigint[]) AS shop, pg_advisory_xact_lock_shared($8, hashint8(shop))) >= 0
        AND o.shop_id = ANY ($1::bigint[] || $3::bigint[] || $5::bigint[]) AND o.id = ANY (ARRAY(
        SELECT f.order_id
        FROM fulfillment_orders f
        JOIN unnest($1::bigint[], $2::bigint[]) AS named (shop_id, id) USING (shop_id, id)
        UNION ALL
        SELECT f.order_id
        FROM fulfillments f
        JOIN unnest($3::bigint[], $4::bigint[]) AS named (shop_id, id) USING (shop_id, id)
    ) || $6::bigint[])
    ORDER BY o.shop_id, o.id
    FOR UPDATE
"""

# First half of the advisory lock of whoever takes work on, brings it, or leaves; the second is made of the shop's id.
STAYING = 0x0C07

LET_NOBODY_TAKE_WORK_ON = "SELECT pg_advisory_xact_lock($2, hashint8($1))"

LOCK_SHOPS = "SELECT FROM shops WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE"

LOCK_LEVELS = """
    SELECT l.shop_id, l.inventory_item_id, l.location_id, l.id,
        (SELECT v.managed_by IS NOT NULL FROM variants v
            WHERE v.shop_id = l.shop_id AND v.inventory_item_id = l.inventory_item_id) AS tracked,
        (SELECT v.may_oversell FROM variants v
            WHERE v.shop_id = l.shop_id AND v.inventory_item_id = l.inventory_item_id) AS may_oversell,
        l.available, l.committed, l.reserved, l.damaged, l.safety_stock, l.quality_control, l.incoming
    FROM inventory_levels l
    WHERE l.active AND l.shop_id = ANY ($1::bigint[] || $3::bigint[] || $5::bigint[] || $7::bigint[])
        AND l.inventory_item_id = ANY (ARRAY(
        SELECT v.inventory_item_id
        FROM variants v JOIN unnest($1::bigint[], $2::bigint[]) AS named (shop_id, id) USING (shop_id, id)
        UNION
        SELECT line.inventory_item_id
        FROM fulfillment_order_lines line
        JOIN unnest($3::bigint[], $4::bigint[]) AS named (shop_id, id)
            ON line.shop_id = named.shop_id AND line.fulfillment_order_id = named.id
        UNION
        SELECT line.inventory_item_id
        FROM order_lines line
        JOIN unnest($5::bigint[], $6::bigint[]) AS named (shop_id, id)
            ON line.shop_id = named.shop_id AND line.order_id = named.id
        UNION
        SELECT line.inventory_item_id
        FROM fulfillment_lines part
        JOIN unnest($7::bigint[], $8::bigint[]) AS named (shop_id, id)
            ON part.shop_id = named.shop_id AND part.fulfillment_id = named.id
        JOIN order_lines line ON line.shop_id = part.shop_id AND line.id = part.order_line_id
    ))
    ORDER BY l.shop_id, l.inventory_item_id, l.location_id
    FOR NO KEY UPDATE OF l
"""

LOAD = f"""
    SELECT
        (SELECT coalesce(json_agg(aggregate), '[]') FROM (
            {AGGREGATE}
            JOIN unnest($1::bigint[], $2::bigint[]) AS named (shop_id, id) USING (shop_id, id)
        ) aggregate)::text AS orders,
        (SELECT json_agg(shop) FROM ({SHOPS} WHERE s.id = ANY ($3::bigint[])) shop)::text AS shops,
        (SELECT coalesce(json_agg(variant), '[]') FROM (
            SELECT v.shop_id, v.id, v.product_id, v.inventory_item_id, p.title, v.price,
                nullif(v.title, 'Default Title') AS variant_title, v.sku, p.vendor, v.grams, v.requires_shipping,
                v.managed_by IS NOT NULL AS tracked
            FROM variants v
            JOIN unnest($4::bigint[], $5::bigint[]) AS named (shop_id, id) USING (shop_id, id)
            JOIN products p ON p.shop_id = v.shop_id AND p.id = v.product_id
        ) variant)::text AS variants,
        (SELECT coalesce(json_agg(kept), '[]') FROM (
            {DETAILS}
            JOIN unnest($1::bigint[], $2::bigint[]) AS named (shop_id, order_id) USING (shop_id, order_id)
        ) kept)::text AS details,
        (SELECT coalesce(json_agg(imported), '[]') FROM (
            SELECT o.shop_id, o.import_key, o.id
            FROM orders o
            JOIN unnest($6::bigint[], $7::text[]) AS named (shop_id, import_key) USING (shop_id, import_key)
        ) imported)::text AS imported,
        (SELECT coalesce(json_agg(used), '[]') FROM (
            SELECT k.shop_id, k.app_id, k.key, encode(k.request_hash, 'hex') AS request_hash, k.status,
                translate(encode(k.body, 'base64'), chr(10), '') AS body
            FROM idempotency_keys k
            JOIN unnest($8::bigint[], $9::bigint[], $10::text[]) AS named (shop_id, app_id, key)
                USING (shop_id, app_id, key)
        ) used)::text AS keys,
        (SELECT coalesce(json_agg(subscriber ORDER BY subscriber.id), '[]')
            FROM ({SUBSCRIBERS.format(shops="$3")}) subscriber)::text AS subscribers,
        (SELECT array_agg(nextval('ids')) FROM generate_series(1, $11 + 3 * (
            SELECT count(*)
            FROM order_lines line
            JOIN unnest($1::bigint[], $2::bigint[]) AS named (shop_id, id)
                ON line.shop_id = named.shop_id AND line.order_id = named.id
        ))) AS ids
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class UsedKey:
    """An idempotency key and the answer that its request got. `request_hash` is hexadecimal."""

    shop_id: int
    app_id: int
    key: str
    request_hash: str
    status: int
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """An order that came from a file."""

    shop_id: int
    import_key: str
    id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OfShop:
    """Whose row it is."""

    shop_id: int


@dataclass(kw_only=True, slots=True)
class Needs:
    """What a batch addresses, and of what of it the stock may move. Lists of pairs begin with the shop."""

    fulfillment_orders: set[Key] = field(default_factory=set)
    fulfillments: set[Key] = field(default_factory=set)
    orders: set[Key] = field(default_factory=set)
    moving_fulfillment_orders: set[Key] = field(default_factory=set)
    moving_fulfillments: set[Key] = field(default_factory=set)
    moving_orders: set[Key] = field(default_factory=set)
    variants: set[Key] = field(default_factory=set)
    numbering_shops: set[int] = field(default_factory=set)
    shops: set[int] = field(default_factory=set)
    shipping_methods: set[tuple[int, str]] = field(default_factory=set)
    import_keys: set[tuple[int, str]] = field(default_factory=set)
    keys: set[tuple[int, int, str]] = field(default_factory=set)
    staying_shops: set[int] = field(default_factory=set)


@dataclass(kw_only=True, slots=True)
class Facts:
    """What was read. Everything but the locations changes as the batch is decided; `ids` are free for use."""

    orders: dict[Key, Order]
    order_of: dict[Key, Key]
    order_of_fulfillment: dict[Key, Key]
    shops: Mapping[int, Shop]
    premises: Mapping[int, Premises]
    locations: Mapping[int, Mapping[int, Location]]
    variants: Mapping[Key, Variant]
    shipping_methods: Mapping[tuple[int, str], ShippingMethod]
    details: dict[Key, OrderDetails]
    levels: dict[tuple[int, int, int], InventoryLevel]
    imported: dict[tuple[int, str], int]
    keys: dict[tuple[int, int, str], UsedKey]
    subscribers: Mapping[int, Sequence[Subscriber]]
    ids: Sequence[int]


_shops = msgspec.json.Decoder(tuple[Shop, ...])
_premises = msgspec.json.Decoder(tuple[Premises, ...])
_variants = msgspec.json.Decoder(tuple[Variant, ...])
_owners = msgspec.json.Decoder(tuple[OfShop, ...])
_imported = msgspec.json.Decoder(tuple[Imported, ...])
_keys = msgspec.json.Decoder(tuple[UsedKey, ...])


@dataclass(frozen=True, kw_only=True, slots=True)
class Locked:
    """What the batch holds: the orders that it addresses, and stock levels, which are read as they are locked."""

    orders: Sequence[Key]
    levels: Mapping[tuple[int, int, int], InventoryLevel]


async def lock(connection: Connection, needs: Needs) -> Locked:
    """Lock what the batch addresses: one statement for each kind that it needs."""
    orders: list[Key] = []
    if needs.fulfillment_orders or needs.fulfillments or needs.orders:
        rows = await connection.fetch(
            LOCK_ORDERS,
            *_columns(needs.fulfillment_orders, 2),
            *_columns(needs.fulfillments, 2),
            *_columns(needs.orders, 2),
            sorted(needs.staying_shops),
            STAYING,
        )
        orders = [(row["shop_id"], row["id"]) for row in rows]
    if needs.numbering_shops:
        await connection.execute(LOCK_SHOPS, sorted(needs.numbering_shops))
    return Locked(orders=orders, levels=await _lock_levels(connection, needs))


async def let_nobody_take_work_on(connection: Connection, shop_id: int) -> None:
    """Wait until nobody takes on work of a shop or brings it to a location, and let nobody until the transaction ends.

    Whoever then does so sees what the transaction did.
    """
    await connection.execute(LET_NOBODY_TAKE_WORK_ON, shop_id, STAYING)


async def _lock_levels(connection: Connection, needs: Needs) -> dict[tuple[int, int, int], InventoryLevel]:
    named = (needs.variants, needs.moving_fulfillment_orders, needs.moving_orders, needs.moving_fulfillments)
    if not any(named):
        return {}
    rows = await connection.fetch(LOCK_LEVELS, *(column for each in named for column in _columns(each, 2)))
    levels = (dict(row) for row in rows)
    return {
        (level.pop("shop_id"), level["inventory_item_id"], level["location_id"]): InventoryLevel(**level)
        for level in levels
    }


async def load(connection: Connection, needs: Needs, locked: Locked, ids: int) -> Facts:
    """Read everything else that the batch needs, in one statement, after the locks are held.

    `ids`: how many new ids to fetch, beside three for each line of the orders addressed.
    """
    row = await connection.fetchrow(
        LOAD,
        *_columns(locked.orders, 2),
        sorted(needs.shops),
        *_columns(needs.variants, 2),
        *_columns(needs.import_keys, 2),
        *_columns(needs.keys, 3),
        ids,
    )
    assert row is not None  # a SELECT without FROM
    orders = {(order.shop_id, order.id): order for order in orders_decoder.decode(row["orders"])}
    premises = {each.id: each for each in _premises.decode(row["shops"] or "[]")}
    owners = _owners.decode(row["variants"])
    return Facts(
        orders=orders,
        order_of={
            (shop, each.id): (shop, id) for (shop, id), order in orders.items() for each in order.fulfillment_orders
        },
        order_of_fulfillment={
            (shop, each.id): (shop, id) for (shop, id), order in orders.items() for each in order.fulfillments
        },
        shops={shop.id: shop for shop in _shops.decode(row["shops"] or "[]")},
        premises=premises,
        locations={shop_id: each.by_id() for shop_id, each in premises.items()},
        variants={
            (owner.shop_id, variant.id): variant
            for owner, variant in zip(owners, _variants.decode(row["variants"]), strict=True)
        },
        shipping_methods=await shipping_methods_by_code(connection, needs.shipping_methods),
        details=details_by_order(row["details"]),
        levels=dict(locked.levels),
        imported={(each.shop_id, each.import_key): each.id for each in _imported.decode(row["imported"])},
        keys={(each.shop_id, each.app_id, each.key): each for each in _keys.decode(row["keys"])},
        subscribers=_by_shop(subscribers_decoder.decode(row["subscribers"])),
        ids=row["ids"] or (),
    )


def _by_shop(subscribers: Iterable[Subscriber]) -> Mapping[int, Sequence[Subscriber]]:
    by_shop: defaultdict[int, list[Subscriber]] = defaultdict(list)
    for subscriber in subscribers:
        by_shop[subscriber.shop_id].append(subscriber)
    return by_shop


USED_KEY = """
    SELECT row_to_json(used)::text FROM (
        SELECT shop_id, app_id, key, encode(request_hash, 'hex') AS request_hash, status,
            translate(encode(body, 'base64'), chr(10), '') AS body
        FROM idempotency_keys WHERE shop_id = $1 AND app_id = $2 AND key = $3
    ) used
"""


async def used_key(connection: Connection, shop_id: int, app_id: int, key: str) -> UsedKey | None:
    """Return what an idempotency key was used for; None when it is new."""
    text = await connection.fetchval(USED_KEY, shop_id, app_id, key)
    return None if text is None else msgspec.json.decode(text, type=UsedKey)


def _columns(rows: Iterable[tuple[int | str, ...]], count: int) -> list[list[int | str]]:
    """Turn rows into as many columns, which is how they are given to unnest."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(count)]
