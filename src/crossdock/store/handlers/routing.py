"""How a shop routes, and why orders went where they went."""

from collections.abc import Mapping

import msgspec

from crossdock.domain.countries import COUNTRY_NAMES
from crossdock.domain.refusals import Invalid, NotFound
from crossdock.domain.routing.route import Routing
from crossdock.domain.routing.rules import DEFAULT_RULES, RULES, RuleSetting, check_rules
from crossdock.domain.routing.settings import (
    ExplainRouting,
    GetRoutingRules,
    OrderRouting,
    RankLocations,
    SetLocationReach,
    SetRoutingRules,
)
from crossdock.runtime.connection import Connection
from crossdock.store.database.shops import Premises
from crossdock.store.gazetteer.places import places
from crossdock.store.handlers.context import CommandHandler, QueryHandler, ReadContext, WriteContext

REACH = """
    UPDATE locations SET destinations = $3, latitude = $4, longitude = $5, updated_at = $6
    WHERE shop_id = $1 AND id = $2
    RETURNING id
"""

# The shop is locked, because orders number themselves under that lock and read its locations after it.
RANK = """
    UPDATE locations l SET priority = ranked.priority, updated_at = $3
    FROM (
        SELECT id, row_number() OVER (ORDER BY array_position($2::bigint[], id), priority, id) AS priority
        FROM locations WHERE shop_id = $1
    ) ranked
    WHERE l.shop_id = $1 AND l.id = ranked.id AND l.priority <> ranked.priority
"""

EXPLAIN = """
    SELECT row_to_json(one)::text FROM (
        SELECT o.id AS order_id, o.name,
            (SELECT coalesce(json_agg(line ORDER BY line.id), '[]') FROM (
                SELECT l.id, l.title, l.quantity, l.sku
                FROM order_lines l WHERE l.shop_id = o.shop_id AND l.order_id = o.id
            ) line) AS lines,
            (SELECT coalesce(json_agg(routing ORDER BY routing.version), '[]') FROM (
                SELECT r.at, r.version, r.explanation
                FROM routings r WHERE r.shop_id = o.shop_id AND r.order_id = o.id
            ) routing) AS routings
        FROM orders o
        WHERE o.shop_id = $1 AND (o.name = $2 OR o.name = '#' || $2 OR o.id::text = $2)
        ORDER BY o.id DESC LIMIT 1
    ) one
"""


def routing_of(premises: Premises, usual: tuple[RuleSetting, ...] = DEFAULT_RULES) -> Routing:
    """Return how a shop routes (as is `usual`, if it never said how), with the places where its rules ask for them."""
    return with_places(usual if premises.routing_rules is None else premises.routing_rules)


def with_places(rules: tuple[RuleSetting, ...]) -> Routing:
    """Return routing by these rules."""
    routing = Routing(rules=rules)
    return Routing(rules=rules, places=places()) if "nearest" in routing.in_force else routing


async def set_routing_rules(
    connection: Connection, command: SetRoutingRules, context: WriteContext
) -> tuple[RuleSetting, ...]:
    """Raises: Invalid."""
    check_rules(command.rules)
    named = {rule.name for rule in command.rules}
    rules = (*command.rules, *(RuleSetting(name=name, on=False) for name in RULES if name not in named))
    await connection.execute(
        "UPDATE shops SET routing_rules = $2, updated_at = $3 WHERE id = $1", context.shop_id, rules, context.at
    )
    return rules


async def set_location_reach(connection: Connection, command: SetLocationReach, context: WriteContext) -> int:
    """Return the location's id. Raises: NotFound, Invalid."""
    for country in command.destinations:
        if country not in COUNTRY_NAMES:
            raise Invalid("destinations", f"has no country {country!r}: they are named by two capital letters")
    point = command.coordinates
    if point is not None and not (abs(point.latitude) <= 90 and abs(point.longitude) <= 180):
        raise Invalid("coordinates", "must be degrees north from -90 to 90 and east from -180 to 180")
    location_id: int | None = await connection.fetchval(
        REACH,
        context.shop_id,
        command.location_id,
        sorted(set(command.destinations)),
        point and point.latitude,
        point and point.longitude,
        context.at,
    )
    if location_id is None:
        raise NotFound("location", command.location_id)
    return location_id


async def rank_locations(connection: Connection, command: RankLocations, context: WriteContext) -> tuple[int, ...]:
    """Return the ids of all locations in their new order. Raises: NotFound, Invalid."""
    if len(set(command.location_ids)) < len(command.location_ids):
        raise Invalid("locations", "names a location twice")
    await connection.execute("SELECT FROM shops WHERE id = $1 FOR NO KEY UPDATE", context.shop_id)
    known: list[int] = await connection.fetchval(
        "SELECT coalesce(array_agg(id ORDER BY priority, id), '{}') FROM locations WHERE shop_id = $1", context.shop_id
    )
    for location_id in command.location_ids:
        if location_id not in known:
            raise NotFound("location", location_id)
    await connection.execute(RANK, context.shop_id, list(command.location_ids), context.at)
    named = command.location_ids
    return (*named, *(location_id for location_id in known if location_id not in named))


async def get_routing_rules(
    connection: Connection, _query: GetRoutingRules, context: ReadContext
) -> tuple[RuleSetting, ...]:
    stored = await connection.fetchval("SELECT routing_rules FROM shops WHERE id = $1", context.shop_id)
    return DEFAULT_RULES if stored is None else msgspec.convert(stored, tuple[RuleSetting, ...])


async def explain_routing(connection: Connection, query: ExplainRouting, context: ReadContext) -> OrderRouting:
    """Raises: NotFound."""
    text = await connection.fetchval(EXPLAIN, context.shop_id, query.order)
    if text is None:
        raise NotFound("order", query.order)
    return explanations.decode(text)


explanations = msgspec.json.Decoder(OrderRouting)

COMMANDS: Mapping[type, CommandHandler] = {
    SetRoutingRules: set_routing_rules,
    SetLocationReach: set_location_reach,
    RankLocations: rank_locations,
}
QUERIES: Mapping[type, QueryHandler] = {GetRoutingRules: get_routing_rules, ExplainRouting: explain_routing}
