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


_ANSWERED = re.compile(rb'\s*\{"data":\{"(\w+)"')
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def mutation_name(answer: bytes | None) -> str | None:
    """Return the name of the first mutation that GraphQL answered, as operations are named; None where there is none.

    A document may call it by a name of its own, which is then what it is called here.
    """
    found = _ANSWERED.match(answer or b"")
    return _HUMP.sub("_", found[1].decode()).lower() if found else None
