"""The two ways to ask a Shopify store: GraphQL, and the REST rows."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from crossdock.dialects.asking import (
    Budget,
    Disconnected,
    Judgement,
    Later,
    Refused,
    Reply,
    Row,
    Taken,
    Transport,
    Withheld,
)
from crossdock.dialects.operation import Call, Unreadable, by_command
from crossdock.dialects.shopify import paging
from crossdock.dialects.shopify.errors import read_error
from crossdock.dialects.shopify.fields import REQUIRED
from crossdock.dialects.shopify.graphql.asking import drift, judging, parcels, shop, stock, work
from crossdock.dialects.shopify.graphql.asking.question import KEY, Question, data_of, with_variables
from crossdock.dialects.shopify.rest import fulfillments
from crossdock.dialects.shopify.rest.operations import BASE, OPERATIONS
from crossdock.domain.queries import ListFulfillments

_REFUSING = frozenset({400, 404, 405, 406, 410, 413, 414, 415, 422})
_WITHHOLDING = frozenset({402, 403, 423})
_MISSING = 404
_LEAST_OF_A_PAGE = 1
_TOKEN = "X-Shopify-Access-Token"  # noqa: S105 (a header's name)
# What makes less of a page, in the order in which it is tried.
_SIZES = ("first", "lines")


def _no_headers(_version: str) -> Mapping[str, str]:
    """The version stands in the path."""
    return {}


def _credentials(token: str) -> Mapping[str, str]:
    return {_TOKEN: token}


# -- REST --------------------------------------------------------------------------------------------------------------


def _judge_rest(reply: Reply) -> Judgement:
    if 200 <= reply.status < 300:
        return Taken()
    words = read_error(reply.status, reply.body)
    if reply.status == judging.DISCONNECTED:
        return Disconnected(words=words)
    if reply.status in _WITHHOLDING:
        return Withheld(words=words)
    if reply.status in _REFUSING:
        return Refused(words=words, missing=reply.status == _MISSING)
    return Later(words=words)


def _next_rest(_row: Row, call: Call, reply: Reply) -> Call | None:
    following = paging.next_call(call, reply.headers.get("link"))
    return following if following != call else None


def _join_lists(whole: Any, part: Any) -> Any:
    """Put the parts of a list together; all else comes in one piece."""
    return (*whole, *part) if isinstance(whole, tuple) else whole


def _as_it_is(_call: Call) -> Call | None:
    return None


def _one_point(_row: Row, _call: Call) -> int:
    return 1


def _no_budget(_reply: Reply) -> Budget | None:
    return None


def _unkeyed(call: Call, _key: str) -> Call:
    """The key goes in a header."""
    return call


def _no_drift(_row: Row, _reply: Reply) -> tuple[str, ...]:
    return ()


REST = Transport(
    name="rest",
    base=BASE,
    headers=_no_headers,
    credentials=_credentials,
    keeps_keys=True,
    rows={**by_command(OPERATIONS), ListFulfillments: fulfillments.LIST_OF_FULFILLMENT_ORDER},
    judge=_judge_rest,
    following=_next_rest,
    join=_join_lists,
    smaller=_as_it_is,
    points=_one_point,
    budget=_no_budget,
    allowance=None,
    keyed=_unkeyed,
    drift=_no_drift,
)


# -- GraphQL -----------------------------------------------------------------------------------------------------------


def _next_page(row: Row, call: Call, reply: Reply) -> Call | None:
    """Return the call for the next page, from the list's `pageInfo`. Raises: Unreadable."""
    assert isinstance(row, Question)
    if not row.page:
        return None
    place: Any = data_of(reply.body)
    for name in row.page:
        place = place.get(name)
        if not isinstance(place, dict):
            return None
    match place.get("pageInfo"):
        case {"hasNextPage": False}:
            return None
        case {"hasNextPage": True, "endCursor": str(cursor)} if cursor != call.body["variables"]["after"]:
            return with_variables(call, after=cursor)
        case _:
            raise Unreadable(".".join((*row.page, "pageInfo")), REQUIRED)


def _half(call: Call) -> Call | None:
    """Halve the page of a call, or where that is one item, the lines of the item."""
    for name in _SIZES:
        size = call.body["variables"].get(name)
        if isinstance(size, int) and size > _LEAST_OF_A_PAGE:
            return with_variables(call, **{name: size // 2})
    return None


def _points(row: Row, call: Call) -> int:
    assert isinstance(row, Question)
    return row.points(call.body["variables"])


def _with_key(call: Call, key: str) -> Call:
    return with_variables(call, **{KEY: key}) if KEY in call.body["variables"] else replace(call)


def _drift(row: Row, reply: Reply) -> tuple[str, ...]:
    assert isinstance(row, Question)
    return drift.drift_of(row.document, reply.body)


GRAPHQL = Transport(
    name="graphql",
    base=BASE,
    headers=_no_headers,
    credentials=_credentials,
    keeps_keys=True,
    rows={row.command: row for row in (*work.QUESTIONS, *parcels.QUESTIONS, *stock.QUESTIONS, *shop.QUESTIONS)},
    judge=judging.judge,
    following=_next_page,
    join=work.join,
    smaller=_half,
    points=_points,
    budget=judging.budget,
    allowance=None,
    keyed=_with_key,
    drift=_drift,
)

TRANSPORTS: Mapping[str, Transport] = MappingProxyType({each.name: each for each in (GRAPHQL, REST)})
"""The first is the one to use where nothing speaks against it."""
