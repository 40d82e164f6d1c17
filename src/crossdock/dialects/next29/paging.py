"""Lists in parts: an opaque `cursor`, and answers that name the addresses of the next and the previous part.

The filters stand in those addresses; a cursor says nothing but where to go on. It is not signed: whoever forges one
asks for nothing that a request of his own could not ask for.
Source: 29 Next Admin API; `page_size` and `limit` as the vendor's own tools send them, sizes are ours.
"""

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from crossdock.dialects.next29.fields import Fields, Parameters, whole_body
from crossdock.dialects.next29.wire import Rendering
from crossdock.dialects.numbers import digits, is_integer
from crossdock.dialects.operation import Call, Json, NotExpressible, Unreadable
from crossdock.domain.queries import Page, Window

LIMIT = 50
HIGHEST_LIMIT = 100
CURSOR = "cursor"
_SIZES = ("page_size", "limit")
NEWEST_FIRST = Window(limit=LIMIT, descending=True)


def open_list(call: Call, whole: Window = NEWEST_FIRST) -> tuple[Parameters, Window]:
    """Return the filters and the window of a list call. A size that is none is passed over, as undocumented.

    Raises: Unreadable for a cursor that is none.
    """
    parameters = Parameters(call.query)
    sizes = (digits(parameters.text(name) or "") for name in _SIZES)
    size = next((size for size in sizes if size is not None), whole.limit)
    limit = max(1, min(size, HIGHEST_LIMIT))
    cursor = parameters.text(CURSOR)
    return parameters, replace(whole, limit=limit) if cursor is None else _read_cursor(cursor, whole, limit)


def write_window(window: Window, whole: Window = NEWEST_FIRST) -> tuple[tuple[str, str], ...]:
    """Write a window as a caller may: a size. Raises: NotExpressible for one that begins in the middle."""
    if window.after is not None or window.before is not None or window.descending != whole.descending:
        raise NotExpressible("a window without the cursor that a store hands out")
    return (("page_size", str(window.limit)),) if window.limit != whole.limit else ()


def write_page(page: Page[Any], items: Iterable[Json], context: Rendering) -> dict[str, Json]:
    """Write a part of a list."""
    return {
        "next": _address(context, {"a": page.next}),
        "previous": _address(context, {"b": page.previous}),
        "results": list(items),
    }


def read_page(answer: Json) -> tuple[Fields, ...]:
    """Return the items of a part of a list."""
    fields = whole_body(answer)
    return fields.need("results", fields.each("results"))


def next_call(call: Call, answer: Json) -> Call | None:
    """Return the call for the next part; None at the end.

    Only the query is taken: where to go is the caller's to say, not the answer's.
    """
    url = answer.get("next") if isinstance(answer, dict) else None
    if not isinstance(url, str) or not url:
        return None
    return replace(call, query=tuple(parse_qsl(url.partition("?")[2].partition("#")[0], keep_blank_values=True)))


def _address(context: Rendering, place: dict[str, int | None]) -> str | None:
    if None in place.values():
        return None
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    kept = [(name, value) for name, value in context.query if name != CURSOR]
    return f"{context.url}?{urlencode([*kept, (CURSOR, cursor)])}"


def _read_cursor(text: str, whole: Window, limit: int) -> Window:
    try:
        value = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise Unreadable(CURSOR, "Invalid cursor") from error
    match value:
        case {"a": after} if is_integer(after):
            return replace(whole, limit=limit, after=after)
        case {"b": before} if is_integer(before):
            return replace(whole, limit=limit, before=before)
        case _:
            raise Unreadable(CURSOR, "Invalid cursor")
