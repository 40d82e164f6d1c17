"""Ways of sending that a shop offers."""

from collections.abc import Mapping

import asyncpg

from crossdock.domain.queries import Page
from crossdock.domain.refusals import Invalid, NotFound
from crossdock.domain.shipping_methods import (
    AddShippingMethod,
    GetShippingMethod,
    ListShippingMethods,
    ShippingMethod,
    check_shipping_method,
)
from crossdock.runtime.connection import Connection
from crossdock.store.database.shipping_methods import COLUMNS, decoder
from crossdock.store.handlers.context import CommandHandler, QueryHandler, ReadContext, WriteContext
from crossdock.store.handlers.windows import page_of, slice_of

ADD = """
    INSERT INTO shipping_methods (shop_id, id, code, name, description, countries, delivery_time, is_public, prices)
    VALUES ($1, nextval('ids'), $2, $3, $4, $5, $6, $7, $8)
    RETURNING id
"""
LIST = f"""
    SELECT coalesce(json_agg(method), '[]')::text FROM (
        SELECT {COLUMNS} FROM shipping_methods m
        WHERE m.shop_id = $1 AND m.id > $2 AND m.id < $3 ORDER BY m.id {{direction}} LIMIT {{limit}}
    ) method
"""
GET = f"""
    SELECT coalesce(json_agg(method), '[]')::text
    FROM (SELECT {COLUMNS} FROM shipping_methods m WHERE m.shop_id = $1 AND m.id = $2) method
"""


async def add_shipping_method(
    connection: Connection, command: AddShippingMethod, context: WriteContext
) -> ShippingMethod:
    """Raises: Invalid, also for a code that another method has."""
    check_shipping_method(command)
    try:
        method_id: int = await connection.fetchval(
            ADD,
            context.shop_id,
            command.code,
            command.name,
            command.description,
            list(command.countries),
            command.delivery_time,
            command.is_public,
            command.prices,
        )
    except asyncpg.UniqueViolationError as taken:
        raise Invalid("code", "is that of another shipping method") from taken
    return ShippingMethod(
        id=method_id,
        code=command.code,
        name=command.name,
        description=command.description,
        countries=command.countries,
        delivery_time=command.delivery_time,
        is_public=command.is_public,
        prices=command.prices,
    )


async def list_shipping_methods(
    connection: Connection, query: ListShippingMethods, context: ReadContext
) -> Page[ShippingMethod]:
    part = slice_of(query.window)
    statement = LIST.format(direction=part.direction, limit=int(part.limit))
    text: str = await connection.fetchval(statement, context.shop_id, part.above, part.below)
    return page_of(query.window, decoder.decode(text), lambda method: method.id)


async def get_shipping_method(connection: Connection, query: GetShippingMethod, context: ReadContext) -> ShippingMethod:
    """Raises: NotFound."""
    found = decoder.decode(await connection.fetchval(GET, context.shop_id, query.shipping_method_id))
    if not found:
        raise NotFound("shipping method", query.shipping_method_id)
    return found[0]


COMMANDS: Mapping[type, CommandHandler] = {AddShippingMethod: add_shipping_method}
QUERIES: Mapping[type, QueryHandler] = {
    ListShippingMethods: list_shipping_methods,
    GetShippingMethod: get_shipping_method,
}
