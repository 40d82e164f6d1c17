"""Values without what goes without saying: the log keeps only the fields that differ from their defaults."""

from dataclasses import MISSING, fields, is_dataclass
from functools import cache


def lean(value: object) -> object:
    """Return a dataclass as a mapping without the fields at their defaults, and so on inside; others as they are."""
    if isinstance(value, tuple):
        return [lean(part) for part in value]
    if is_dataclass(value) and not isinstance(value, type):
        told = ((name, getattr(value, name), default) for name, default in _fields(type(value)))
        return {name: lean(part) for name, part, default in told if part is not default and part != default}
    return value


@cache
def _fields(kind: type) -> tuple[tuple[str, object], ...]:
    return tuple((each.name, MISSING if each.default is MISSING else each.default) for each in fields(kind))
