"""Notes at orders."""

from collections.abc import Mapping

import msgspec

from crossdock.domain.order_notes import AddOrderNote, ListOrderNotes, OrderNote, check_note
from crossdock.domain.queries import Page
from crossdock.domain.refusals import NotFound
from crossdock.runtime.connection import Connection
from crossdock.store.handlers.context import CommandHandler, QueryHandler, ReadContext, WriteContext
from crossdock.store.handlers.windows import page_of, slice_of

HAS_ORDER = "SELECT EXISTS (SELECT FROM orders WHERE shop_id = $1 AND id = $2 AND deleted_at IS NULL)"
# The order is looked for in the same statement, so that none is written at one that is gone.
ADD = """
    INSERT INTO order_notes (shop_id, id, order_id, message, app_id, author, created_at)
    SELECT $1, nextval('ids'), o.id, $3, $4, $5, $6 FROM orders o
    WHERE o.shop_id = $1 AND o.id = $2 AND o.deleted_at IS NULL
    RETURNING id, (SELECT client_id FROM apps WHERE shop_id = $1 AND id = $4) AS client_id
"""
LIST = """
    SELECT coalesce(json_agg(note), '[]')::text FROM (
        SELECT n.id, n.message, n.author, n.created_at, n.app_id, a.client_id
        FROM order_notes n LEFT JOIN apps a ON a.shop_id = n.shop_id AND a.id = n.app_id
        WHERE n.shop_id = $1 AND n.order_id = $2 AND n.id > $3 AND n.id < $4
        ORDER BY n.id {direction} LIMIT {limit}
    ) note
"""
decoder = msgspec.json.Decoder(tuple[OrderNote, ...])


async def add_order_note(connection: Connection, command: AddOrderNote, context: WriteContext) -> OrderNote:
    """Raises: Invalid, NotFound."""
    check_note(command.message)
    caller = context.caller
    row = await connection.fetchrow(
        ADD, context.shop_id, command.order_id, command.message, caller.app_id, caller.name, context.at
    )
    if row is None:
        raise NotFound("order", command.order_id)
    return OrderNote(
        id=row["id"],
        message=command.message,
        author=caller.name,
        created_at=context.at,
        app_id=caller.app_id,
        client_id=row["client_id"],
    )


async def list_order_notes(connection: Connection, query: ListOrderNotes, context: ReadContext) -> Page[OrderNote]:
    """Raises: NotFound."""
    if not await connection.fetchval(HAS_ORDER, context.shop_id, query.order_id):
        raise NotFound("order", query.order_id)
    part = slice_of(query.window)
    text: str = await connection.fetchval(
        LIST.format(direction=part.direction, limit=int(part.limit)),
        context.shop_id,
        query.order_id,
        part.above,
        part.below,
    )
    return page_of(query.window, decoder.decode(text), lambda note: note.id)


COMMANDS: Mapping[type, CommandHandler] = {AddOrderNote: add_order_note}
QUERIES: Mapping[type, QueryHandler] = {ListOrderNotes: list_order_notes}
