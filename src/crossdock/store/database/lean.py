"""Values without what goes without saying: the log keeps only the fields that differ from their defaults."""

from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache

PLAIN = frozenset({str, int, bool, float, datetime})


def lean(value: object) -> object:
    """Return a dataclass as a mapping without the fields at their defaults, and so on inside; others as they are."""
    if isinstance(value, tuple):
        return [lean(part) for part in value]
    kind: type = type(value)
    told = _fields(kind)
    if told is None:
        return value
    return {
        name: part if type(part) in PLAIN else lean(part)  # most are, and a call each would cost more than all the rest
        for name, default in told
        if (part := getattr(value, name)) is not default and part != default
    }


@cache
def _fields(kind: type) -> tuple[tuple[str, object], ...] | None:
    """Return the names of a dataclass's fields with their defaults; None for other types."""
    return tuple((each.name, each.default) for each in fields(kind)) if is_dataclass(kind) else None
