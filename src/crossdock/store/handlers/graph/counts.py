"""How many things a search finds. Counts stand at the root of a document: a statement for each."""

from collections.abc import Mapping, Sequence

from crossdock.domain.searching import Count, Tally
from crossdock.runtime.connection import Connection
from crossdock.store.database.searching import count_found
from crossdock.store.handlers.context import Loader, LookingFor, ReadContext
from crossdock.store.handlers.graph import order_lists, product_lists, webhooks

LOOKING: Mapping[type, LookingFor] = {**order_lists.LOOKING, **product_lists.LOOKING, **webhooks.LOOKING}


async def counts(connection: Connection, queries: Sequence[Count], context: ReadContext) -> Sequence[Tally]:
    return [
        await count_found(connection, LOOKING[type(query.search)](query.search, context), query.limit)
        for query in queries
    ]


LOADERS: Mapping[type, Loader] = {Count: counts}
