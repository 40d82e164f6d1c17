"""What GraphQL loads by the list: each loader answers many queries of one kind with a constant number of statements.

The answers stand in the order of the queries; None for what there is not, or what the caller may not see.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from crossdock.runtime.connection import Connection
from crossdock.store.handlers.context import ReadContext

# Any: a mapping cannot say that each function takes the queries that it stands under.
Loader: TypeAlias = Callable[[Connection, Sequence[Any], ReadContext], Awaitable[Sequence[Any]]]

LOADERS: Mapping[type, Loader] = {}
