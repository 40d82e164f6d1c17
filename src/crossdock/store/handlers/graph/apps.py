"""Apps of the shop by id, many at once."""

from collections.abc import Mapping, Sequence

from crossdock.domain.apps import Installation
from crossdock.domain.searching import FindApp
from crossdock.runtime.connection import Connection
from crossdock.store.database.apps import list_apps
from crossdock.store.handlers.context import Loader, ReadContext


async def apps(
    connection: Connection, queries: Sequence[FindApp], context: ReadContext
) -> Sequence[Installation | None]:
    found = await list_apps(connection, context.shop_id, {query.app_id for query in queries})
    return [found.get(query.app_id) for query in queries]


LOADERS: Mapping[type, Loader] = {FindApp: apps}
