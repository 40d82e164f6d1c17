"""Lists in parts: `limit`, `since_id`, and opaque `page_info` cursors that travel in the Link header.

A cursor carries the filters of the first request. It is not signed: whoever forges one asks for nothing that a
request of his own could not ask for.
Source: Shopify REST, "Make paginated requests"; formats as its Python, Ruby and JavaScript clients parse them.
"""

import base64
import binascii
import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from crossdock.dialects.numbers import is_integer
from crossdock.dialects.operation import Call, Json, NotExpressible, Unreadable
from crossdock.dialects.shopify.fields import Parameters
from crossdock.domain.queries import Page, Window

HIGHEST_LIMIT = 250
_BESIDE_A_CURSOR = frozenset({"limit", "fields", "page_info"})
_NOT_FILTERS = _BESIDE_A_CURSOR | {"since_id"}
_LINK = re.compile(r'<([^>]+)>; *rel="([^"]+)"')

Pairs = tuple[tuple[str, str], ...]


def open_list(call: Call, whole: Window) -> tuple[Parameters, Window]:
    """Return the filters and the window of a list call; `whole` is the list's own limit and order.

    Raises: Unreadable for a limit or a cursor that is none, and for filters beside a cursor.
    """
    parameters = Parameters(call.query)
    limit = _limit(parameters, whole)
    page_info = parameters.text("page_info")
    if page_info is None:
        since = parameters.whole("since_id")
        if since is None:
            return parameters, replace(whole, limit=limit)
        return parameters, Window(limit=limit, after=since)
    if any(name not in _BESIDE_A_CURSOR for name, _ in call.query):
        raise Unreadable("page_info", "must not be sent together with filters")
    filters, window = _read_cursor(page_info)
    return Parameters(filters), replace(window, limit=limit)


def write_window(window: Window, whole: Window) -> Pairs:
    """Write a window as a caller may: a limit, and the id to begin after. Raises: NotExpressible."""
    limit = (("limit", str(window.limit)),) if window.limit != whole.limit else ()
    if window.after is None and window.before is None and window.descending == whole.descending:
        return limit
    if window.after is None or window.before is not None or window.descending:
        raise NotExpressible("a window without the cursor that a store hands out")
    return (*limit, ("since_id", str(window.after)))


def link_header(call: Call, window: Window, page: Page[Any], *, url: str) -> str | None:
    """Return the Link header of a page: where it goes on and back. None for a list in one piece.

    `url`: the absolute URL of the list, without its query; `window`: that of the command which `call` was read as.
    """
    links = [
        f'<{url}?{urlencode(_page_query(call, window, cursor))}>; rel="{rel}"'
        for rel, cursor in (
            ("previous", None if page.previous is None else replace(window, before=page.previous, after=None)),
            ("next", None if page.next is None else replace(window, after=page.next, before=None)),
        )
        if cursor is not None
    ]
    return ", ".join(links) or None


def next_call(call: Call, link: str | None) -> Call | None:
    """Return the call for the next part, from an answer's Link header; None at the end.

    Only the query is taken: where to go is the caller's to say, not the answer's.
    """
    for url, rel in _LINK.findall(link or ""):
        if rel == "next":
            return replace(
                call, query=tuple(parse_qsl(url.partition("?")[2].partition("#")[0], keep_blank_values=True))
            )
    return None


def _limit(parameters: Parameters, whole: Window) -> int:
    limit = parameters.whole("limit")
    if limit is None:
        return whole.limit
    if not limit:
        raise Unreadable("limit", f"must be between 1 and {HIGHEST_LIMIT}")
    return min(limit, HIGHEST_LIMIT)


def _page_query(call: Call, window: Window, cursor: Window) -> Pairs:
    page_info = Parameters(call.query).text("page_info")
    filters = _read_cursor(page_info)[0] if page_info else call.query
    kept = tuple((name, value) for name, value in filters if name not in _NOT_FILTERS)
    fields = tuple((name, value) for name, value in call.query if name == "fields")
    return (("limit", str(window.limit)), *fields, ("page_info", _write_cursor(kept, cursor)))


def _write_cursor(filters: Pairs, window: Window) -> str:
    value = {"f": filters, "a": window.after, "b": window.before, "d": window.descending}
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[Pairs, Window]:
    try:
        value = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _unreadable() from error
    match value:
        case {"f": [*filters], "a": after, "b": before, "d": bool(descending)} if _places(after, before):
            return _pairs(filters), Window(after=after, before=before, descending=descending)
        case _:
            raise _unreadable()


def _places(after: Json, before: Json) -> bool:
    return all(place is None or is_integer(place) for place in (after, before)) and (after is None) != (before is None)


def _pairs(filters: list[Json]) -> Pairs:
    pairs = []
    for pair in filters:
        match pair:
            case [str(name), str(value)] if _storable(name + value):
                pairs.append((name, value))
            case _:
                raise _unreadable()
    return tuple(pairs)


def _storable(text: str) -> bool:
    """Whether a text that was escaped holds no NUL and no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _unreadable() -> Unreadable:
    return Unreadable("page_info", "Invalid value.")
