"""`node` and `nodes`: anything that has a global id, found by it.

Source: Shopify GraphQL, ids and nodes: null for what there is not, order and repetitions kept.
"""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from crossdock.dialects.operation import Unreadable
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import TopLevel
from crossdock.dialects.shopify.graphql.field import Field, Resolvers
from crossdock.dialects.shopify.graphql.ids import read_gid


def roots(finders: Mapping[str, Field]) -> Resolvers:
    """Return the two fields.

    `finders`: by the type that an id names, what makes the query of its number, or a function that asks for it.
    """

    def node(_: object, asking: Asking, *, id: str) -> Awaitable[Any] | None:
        gid = read_gid(id)
        finder = finders.get(gid.type)
        if finder is None:
            return None
        asking.require("node", finder.scopes)
        wanted = finder.resolve(gid.number)
        found: Awaitable[Any] = wanted(asking) if callable(wanted) else asking.load(wanted)
        return found

    def nodes(source: object, asking: Asking, *, ids: Sequence[str]) -> list[Awaitable[Any] | Exception | None]:
        return [or_error(source, asking, each) for each in ids]

    def or_error(source: object, asking: Asking, id: str) -> Awaitable[Any] | Exception | None:
        # An error as an item is that item's alone.
        try:
            return node(source, asking, id=id)
        except (TopLevel, Unreadable) as problem:
            return problem

    return {"QueryRoot": {"node": node, "nodes": nodes}}
