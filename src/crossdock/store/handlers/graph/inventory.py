"""Inventory items and their levels: by id, by place and by the list, many lists at once.

Source: Shopify GraphQL, inventoryItems, InventoryItem.inventoryLevels, Location.inventoryLevels; their filters.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from asyncpg import Record

from crossdock.domain.catalogue import InventoryItem
from crossdock.domain.locating import Usage
from crossdock.domain.queries import GetInventoryItem
from crossdock.domain.refusals import Invalid
from crossdock.domain.searching import SearchInventoryItems, SearchLevels, Stretch
from crossdock.domain.stock import InventoryLevel, StockState
from crossdock.domain.stock_commands import QuantityChange, QuantityName
from crossdock.domain.stock_queries import (
    Adjustment,
    FindAdjustment,
    FindLevel,
    FindLevelAt,
    FindUsage,
    ItemTally,
    LevelFound,
    TallyItem,
)
from crossdock.runtime.connection import Connection
from crossdock.store.database.searching import (
    Looking,
    Moment,
    Number,
    Parameters,
    Searchable,
    Text,
    cut_each,
    cut_sql,
    rows_of,
    stretch_of,
    stretches_of,
    where,
)
from crossdock.store.handlers.catalogue import items_of
from crossdock.store.handlers.context import Loader, ReadContext
from crossdock.store.handlers.locating import usage

ITEMS = Searchable(
    id="v.inventory_item_id",
    fields={
        "id": (Number("v.inventory_item_id"),),
        "sku": (Text("v.sku"),),
        "created_at": (Moment("v.created_at"),),
        "updated_at": (Moment("v.updated_at"),),
    },
    texts=(Text("v.sku"),),
)
LEVELS = Searchable(
    id="l.id",
    fields={
        "id": (Number("l.id"),),
        "inventory_item_id": (Number("l.inventory_item_id"),),
        "location_id": (Number("l.location_id"),),
        "created_at": (Moment("l.created_at"),),
        "updated_at": (Moment("l.updated_at"),),
    },
)

_COUNTERS = ", ".join(f"l.{state}" for state in StockState)
_LEVEL = f"""l.inventory_item_id, l.location_id, {_COUNTERS}, l.active, l.created_at, l.updated_at,
    EXISTS (
        SELECT FROM inventory_levels other WHERE other.shop_id = l.shop_id
            AND other.inventory_item_id = l.inventory_item_id AND other.location_id <> l.location_id AND other.active
    ) AS elsewhere"""

BY_ID = f"""
    SELECT l.id, {_LEVEL} FROM inventory_levels l
    WHERE l.shop_id = $1 AND l.id = ANY ($2::bigint[]) AND l.location_id = ANY ($3::bigint[])
"""
AT_PLACES = f"""
    SELECT l.id, {_LEVEL} FROM unnest($2::bigint[], $3::bigint[]) AS asked (item, place)
    JOIN inventory_levels l ON l.shop_id = $1 AND l.inventory_item_id = asked.item AND l.location_id = asked.place
"""
TALLY = """
    SELECT v.inventory_item_id,
        (SELECT count(*) FROM inventory_levels l
            WHERE l.shop_id = v.shop_id AND l.inventory_item_id = v.inventory_item_id AND l.active) AS places,
        CASE WHEN v.sku <> '' THEN (SELECT count(*) FROM variants o
            WHERE o.shop_id = v.shop_id AND o.sku = v.sku AND o.id <> v.id) ELSE 0 END AS namesakes
    FROM variants v WHERE v.shop_id = $1 AND v.inventory_item_id = ANY ($2::bigint[])
"""
ADJUSTMENTS = """
    SELECT m.cause_id, m.inventory_item_id, m.location_id, m.source, m.target, m.quantity, m.document,
        coalesce(m.reason, 'correction') AS reason, m.reference, m.at,
        (SELECT min(a.id) FROM apps a WHERE a.shop_id = m.shop_id AND m.actor = 'app:' || a.name) AS app_id
    FROM stock_moves m
    WHERE m.shop_id = $1 AND m.cause IN ('correction', 'moved') AND m.cause_id = ANY ($2::bigint[])
    ORDER BY m.id
"""


async def items(
    connection: Connection, queries: Sequence[GetInventoryItem], context: ReadContext
) -> Sequence[InventoryItem | None]:
    found = await _items(connection, {query.inventory_item_id for query in queries}, context)
    return [found.get(query.inventory_item_id) for query in queries]


async def _items(connection: Connection, ids: set[int], context: ReadContext) -> dict[int, InventoryItem]:
    return {item.id: item for item in await items_of(connection, context.shop_id, sorted(ids))}


def items_looked_for(search: SearchInventoryItems, context: ReadContext) -> Looking:
    parameters = Parameters(context.shop_id, at=context.at)
    condition = where(search.condition, ITEMS, parameters)
    return Looking(f"FROM variants v WHERE v.shop_id = $1 AND ({condition})", parameters, ITEMS)


async def search_items(
    connection: Connection, searches: Sequence[SearchInventoryItems], context: ReadContext
) -> Sequence[Stretch[InventoryItem] | Invalid]:
    found = await cut_each(connection, searches, lambda search: items_looked_for(search, context))
    things = await _items(connection, {row["id"] for row in rows_of(found)}, context)
    return stretches_of(searches, found, things)


async def search_levels(
    connection: Connection, searches: Sequence[SearchLevels], context: ReadContext
) -> Sequence[Stretch[LevelFound] | Invalid]:
    """Answer lists of levels; those that differ in whose they are only, by one statement."""
    answers: dict[SearchLevels, Stretch[LevelFound] | Invalid] = {}
    alike: defaultdict[tuple[object, ...], list[SearchLevels]] = defaultdict(list)
    for search in searches:
        of_item = search.inventory_item_id is not None
        alike[search.cut, search.condition, search.include_inactive, of_item].append(search)
    for group in alike.values():
        answers |= await _levels_of_each(connection, group, context)
    return [answers[search] for search in searches]


async def _levels_of_each(
    connection: Connection, searches: Sequence[SearchLevels], context: ReadContext
) -> dict[SearchLevels, Stretch[LevelFound] | Invalid]:
    first = searches[0]
    owner = "location_id" if first.inventory_item_id is None else "inventory_item_id"
    owners = [int(getattr(search, owner) or 0) for search in searches]
    parameters = Parameters(context.shop_id, owners, open_places(context), at=context.at)
    condition = where(first.condition, LEVELS, parameters)
    try:
        sql = cut_sql(first.cut, LEVELS, parameters)
    except Invalid as problem:
        return dict.fromkeys(searches, problem)
    rows = await connection.fetch(
        f"""
        SELECT owner, found.* FROM unnest($2::bigint[]) AS owner CROSS JOIN LATERAL (
            SELECT l.id, {sql.place} AS place, {_LEVEL} FROM inventory_levels l
            WHERE l.shop_id = $1 AND l.{owner} = owner AND l.location_id = ANY ($3::bigint[])
                AND ({"true" if first.include_inactive else "l.active"}) AND ({condition}) AND ({sql.within})
            {sql.order}
        ) found
        """,
        *parameters.values,
    )
    of_owner: defaultdict[int, list[Record]] = defaultdict(list)
    for row in rows:
        of_owner[row["owner"]].append(row)
    things = {row["id"]: level_found(row) for row in rows}
    return {
        search: stretch_of(search.cut, of_owner[number], things)
        for search, number in zip(searches, owners, strict=True)
    }


def open_places(context: ReadContext) -> list[int]:
    """Return the locations that are not deleted."""
    return [location.id for location in context.locations.values() if not location.deleted]


def level_found(row: Record) -> LevelFound:
    counters = {state.value: row[state] for state in StockState}
    return LevelFound(
        level=InventoryLevel(
            id=row["id"], inventory_item_id=row["inventory_item_id"], location_id=row["location_id"], **counters
        ),
        active=row["active"],
        elsewhere=row["elsewhere"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


async def levels(
    connection: Connection, queries: Sequence[FindLevel], context: ReadContext
) -> Sequence[LevelFound | None]:
    asked = [query.level_id for query in queries]
    rows = await connection.fetch(BY_ID, context.shop_id, asked, open_places(context))
    found = {row["id"]: level_found(row) for row in rows}
    return [found.get(each) for each in asked]


async def levels_at(
    connection: Connection, queries: Sequence[FindLevelAt], context: ReadContext
) -> Sequence[LevelFound | None]:
    open_ones = set(open_places(context))
    asked = {(query.inventory_item_id, query.location_id): None for query in queries if query.location_id in open_ones}
    rows = await connection.fetch(
        AT_PLACES, context.shop_id, [item for item, _ in asked], [place for _, place in asked]
    )
    found = {(row["inventory_item_id"], row["location_id"]): level_found(row) for row in rows}

    def answer(query: FindLevelAt) -> LevelFound | None:
        level = found.get((query.inventory_item_id, query.location_id))
        return level if level is not None and (level.active or query.include_inactive) else None

    return [answer(query) for query in queries]


async def tallies(
    connection: Connection, queries: Sequence[TallyItem], context: ReadContext
) -> Sequence[ItemTally | None]:
    rows = await connection.fetch(TALLY, context.shop_id, [query.inventory_item_id for query in queries])
    found = {row["inventory_item_id"]: ItemTally(places=row["places"], namesakes=row["namesakes"]) for row in rows}
    return [found.get(query.inventory_item_id) for query in queries]


async def usages(connection: Connection, queries: Sequence[FindUsage], context: ReadContext) -> Sequence[Usage]:
    found = await usage(connection, context.shop_id, [query.location_id for query in queries])
    return [found[query.location_id] for query in queries]


async def adjustments(
    connection: Connection, queries: Sequence[FindAdjustment], context: ReadContext
) -> Sequence[Adjustment | None]:
    rows = await connection.fetch(ADJUSTMENTS, context.shop_id, [query.group_id for query in queries])
    moves: defaultdict[int, list[Record]] = defaultdict(list)
    for row in rows:
        moves[row["cause_id"]].append(row)
    return [_adjustment(moves[query.group_id]) for query in queries]


def _adjustment(moves: Sequence[Record]) -> Adjustment | None:
    if not moves:
        return None
    first = moves[0]
    return Adjustment(
        id=first["cause_id"],
        reason=first["reason"],
        at=first["at"],
        app_id=first["app_id"],
        reference=first["reference"],
        changes=tuple(_changes(moves)),
    )


def _changes(moves: Sequence[Record]) -> list[QuantityChange]:
    """Tell by how much each named quantity changed, `on_hand` last; what it was then is not in the ledger."""
    deltas: defaultdict[tuple[int, int, QuantityName], int] = defaultdict(int)
    documents: dict[tuple[int, int], str | None] = {}
    for move in moves:
        spot = (move["inventory_item_id"], move["location_id"])
        documents[spot] = move["document"]
        for state, sign in ((move["source"], -1), (move["target"], 1)):
            if state is not None:
                deltas[*spot, QuantityName(state)] += sign * move["quantity"]
            if state is not None and state != StockState.INCOMING:
                deltas[*spot, QuantityName.ON_HAND] += sign * move["quantity"]
    order = [*(name for name in QuantityName if name is not QuantityName.ON_HAND), QuantityName.ON_HAND]
    return [
        QuantityChange(inventory_item_id=item, location_id=place, name=name, delta=delta, after=0, document=document)
        for (item, place), document in documents.items()
        for name in order
        if (delta := deltas[item, place, name])
    ]


LOADERS: Mapping[type, Loader] = {
    GetInventoryItem: items,
    SearchInventoryItems: search_items,
    SearchLevels: search_levels,
    FindLevel: levels,
    FindLevelAt: levels_at,
    TallyItem: tallies,
    FindUsage: usages,
    FindAdjustment: adjustments,
}
