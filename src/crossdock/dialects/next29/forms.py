"""Bodies as forms: nested fields are named `address.line1`, `lines[0]quantity`, `lines[0].quantity` or `sku`, `sku`.

A name that stands several times is a list. Source: 29 Next Admin API, which takes forms for all bodies; nested names as
Django REST Framework reads them.
"""

import re
from collections.abc import Iterable

from crossdock.dialects.operation import Json, Unreadable

DEEPEST = 8
_STEP = re.compile(r"\[(\d{1,3})\]|\[([^.\[\]]*)\]|\.?([^.\[\]]+)")


def read_form(pairs: Iterable[tuple[str, str]]) -> Json:
    """Return a form as the JSON object that says the same, all of whose values are texts. Raises: Unreadable."""
    body: dict[str | int, Json] = {}
    for name, value in pairs:
        _put(body, steps_of(name), value, name)
    return {str(name): _plain(value) for name, value in body.items()}


def steps_of(name: str) -> list[str | int]:
    """Return the way to a field: names, and positions in lists."""
    steps: list[str | int] = []
    end = 0
    while end < len(name):
        match = _STEP.match(name, end)
        if match is None or (end == 0 and match[3] is None):
            return [name]
        if match[1] is not None:
            steps.append(int(match[1]))
        elif word := match[2] or match[3]:
            steps.append(word)
        if len(steps) > DEEPEST:
            raise Unreadable(str(steps[0]), "The field is nested too deeply.")
        end = match.end()
    return steps or [name]


def _put(body: dict[str | int, Json], steps: list[str | int], value: str, name: str) -> None:
    at = body
    for step in steps[:-1]:
        inner = at.setdefault(step, {})
        if not isinstance(inner, dict):
            raise Unreadable(name, "The field is a value and an object at once.")
        at = inner
    last = steps[-1]
    if last not in at:
        at[last] = value
    elif isinstance(at[last], dict):
        raise Unreadable(name, "The field is a value and an object at once.")
    else:
        known = at[last]
        at[last] = [*known, value] if isinstance(known, list) else [known, value]


def _plain(value: Json) -> Json:
    """Return an object whose names are all positions as a list."""
    if not isinstance(value, dict):
        return value
    if value and all(isinstance(key, int) for key in value):
        return [_plain(value[key]) for key in sorted(value)]
    return {str(key): _plain(inner) for key, inner in value.items()}
