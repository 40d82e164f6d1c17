"""Orders by what people call them by."""

from collections.abc import Mapping

from crossdock.domain.refusals import NotFound
from crossdock.domain.searching import FindOrderByNumber
from crossdock.runtime.connection import Connection
from crossdock.store.handlers.context import QueryHandler, ReadContext

NUMBERED = "SELECT id FROM orders WHERE shop_id = $1 AND number = $2 AND deleted_at IS NULL"


async def find_order_by_number(connection: Connection, query: FindOrderByNumber, context: ReadContext) -> int:
    """Raises: NotFound."""
    order_id: int | None = await connection.fetchval(NUMBERED, context.shop_id, query.number)
    if order_id is None:
        raise NotFound("order", query.number)
    return order_id


QUERIES: Mapping[type, QueryHandler] = {FindOrderByNumber: find_order_by_number}
