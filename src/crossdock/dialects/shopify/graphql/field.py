"""How one field is resolved, and who may ask for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Field:
    """A resolver `(source, asking, **arguments)`, and the scopes of which the caller needs any one."""

    resolve: Callable[..., Any]
    scopes: frozenset[str] = frozenset()


# By type, by field. A plain function is a field that needs no scope of its own.
Resolvers: TypeAlias = Mapping[str, Mapping[str, Field | Callable[..., Any]]]


def always(value: Any) -> Callable[..., Any]:
    """Return a resolver for what is the same for every source."""
    return lambda *_, **__: value
