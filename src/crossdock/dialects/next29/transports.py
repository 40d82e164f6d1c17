"""The one way to ask a 29 Next store. Source: 29 Next Admin API: authentication, versions, lists."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from crossdock.dialects.asking import Reply, Row, Transport
from crossdock.dialects.next29.asking import judging, shop, work
from crossdock.dialects.next29.paging import next_call
from crossdock.dialects.next29.rest.operations import BASE
from crossdock.dialects.operation import Call


def _headers(version: str) -> Mapping[str, str]:
    return {"X-29next-API-Version": version}


def _credentials(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _following(_row: Row, call: Call, reply: Reply) -> Call | None:
    """Return the call for the next part: of its address only the query is followed, so that no answer leads away."""
    following = next_call(call, reply.body)
    return following if following != call else None


def _join(whole: Any, part: Any) -> Any:
    """Put the parts of a list together; all else comes in one piece."""
    return (*whole, *part) if isinstance(whole, tuple) else whole


def _no_smaller(_call: Call) -> Call | None:
    return None


def _one_call(_row: Row, _call: Call) -> int:
    return 1


def _as_it_is(call: Call, _key: str) -> Call:
    """The key goes in a header, which the platform does not know; nobody minds it."""
    return call


def _no_drift(_row: Row, _reply: Reply) -> tuple[str, ...]:
    return ()


REST = Transport(
    name="rest",
    base=BASE,
    headers=_headers,
    credentials=_credentials,
    keeps_keys=False,
    rows={**work.ROWS, **{row.command: row for row in shop.QUESTIONS}},
    judge=judging.judge,
    following=_following,
    join=_join,
    smaller=_no_smaller,
    points=_one_call,
    budget=judging.budget,
    allowance=judging.ALLOWANCE,
    keyed=_as_it_is,
    drift=_no_drift,
)

TRANSPORTS: Mapping[str, Transport] = MappingProxyType({REST.name: REST})
