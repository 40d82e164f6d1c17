"""Connections: lists with edges, cursors and a window of `first` after or `last` before.

Source: Shopify GraphQL, connections; cursors and errors as recorded, the error for too long a window is ours.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.errors import INVALID_CURSOR, bad_request
from crossdock.domain.searching import Cursor, Cut, Stretch, cut_list

Item = TypeVar("Item")
LONGEST = 250
_LONGEST_CURSOR = 1000


def cut_of(arguments: Mapping[str, Any], *, sort: str = "id") -> Cut:
    """Read a connection's window. `sort` is the order in the domain's words.

    Raises: TopLevel for no window, for both, for one that is negative or too long, and for a cursor that is none.
    """
    first, last = arguments.get("first"), arguments.get("last")
    if first is None and last is None:
        raise bad_request("you must provide one of first or last")
    if first is not None and last is not None:
        raise bad_request("providing both first and last is not supported")
    limit, name = (first, "first") if first is not None else (last, "last")
    if not isinstance(limit, int) or not 0 <= limit <= LONGEST:
        raise bad_request(f"{name} must be between 0 and {LONGEST}")
    return Cut(
        limit=limit,
        after=_read_cursor(arguments.get("after")),
        before=_read_cursor(arguments.get("before")),
        from_end=last is not None,
        reverse=bool(arguments.get("reverse")),
        sort=sort,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge(Generic[Item]):
    """One thing of a connection, with the cursor to go on from."""

    cursor: str
    node: Item


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection(Generic[Item]):
    """A part of a list, as fields are read from it."""

    nodes: tuple[Item, ...]
    cursors: tuple[Cursor, ...]
    goes_on: bool = False
    goes_back: bool = False

    @property
    def edges(self) -> list[Edge[Item]]:
        return [
            Edge(cursor=write_cursor(cursor), node=node) for node, cursor in zip(self.nodes, self.cursors, strict=True)
        ]

    @property
    def page_info(self) -> Json:
        return {
            "has_next_page": self.goes_on,
            "has_previous_page": self.goes_back,
            "start_cursor": write_cursor(self.cursors[0]) if self.cursors else None,
            "end_cursor": write_cursor(self.cursors[-1]) if self.cursors else None,
        }


def connection(stretch: Stretch[Any], make: Callable[[Any], Any] | None = None) -> Connection[Any]:
    """Return what was cut from a list as a connection, each thing made into what its fields are read from."""
    nodes = stretch.items if make is None else tuple(make(item) for item in stretch.items)
    return Connection(nodes=nodes, cursors=stretch.cursors, goes_on=stretch.goes_on, goes_back=stretch.goes_back)


def listed(
    things: Iterable[Item],
    arguments: Mapping[str, Any],
    *,
    id_of: Callable[[Item], int],
    value_of: Callable[[Item], str | None] | None = None,
) -> Connection[Item]:
    """Return a list that is whole and in order as a connection. Raises: TopLevel for its window."""
    places = tuple((each, Cursor(id_of(each), value_of(each) if value_of else None)) for each in things)
    return connection(cut_list(places, cut_of(arguments)))


def write_cursor(cursor: Cursor) -> str:
    value = str(cursor.id) if cursor.value is None else cursor.value
    text = json.dumps({"last_id": cursor.id, "last_value": value}, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def _read_cursor(text: object) -> Cursor | None:
    if text is None:
        return None
    try:
        if not isinstance(text, str) or len(text) > _LONGEST_CURSOR:
            raise ValueError(text)
        read = json.loads(base64.b64decode(text, validate=True))
        last_id, last_value = read["last_id"], read["last_value"]
        if type(last_id) is not int or not 0 <= last_id < 2**63 or not isinstance(last_value, str):
            raise ValueError(text)
        last_value.encode()  # an escape of JSON can write half of a surrogate pair
    except (ValueError, binascii.Error, TypeError, KeyError, RecursionError) as error:
        raise bad_request(INVALID_CURSOR) from error
    return Cursor(last_id, last_value)
