"""What a call to the API was about, found by the rows of the dialects."""

import re
from collections.abc import Sequence
from functools import cache

from crossdock.dialects.registry import DIALECTS
from crossdock.runtime.timeline import path_of


@cache
def shapes() -> Sequence[tuple[str, re.Pattern[str], str]]:
    """Return each writing operation's method, path and name, of all dialects."""
    return tuple(
        (operation.method, shape(dialect.base + operation.path), operation.name)
        for dialect in DIALECTS.values()
        for operation in dialect.operations
        if operation.writes
    )


def shape(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


def operation_name(method: str, url: str) -> str | None:
    """Return the name of the operation that a call was, None when no dialect has it."""
    path = path_of(url)
    return next((name for verb, form, name in shapes() if verb == method and form.fullmatch(path)), None)
