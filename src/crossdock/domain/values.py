"""New values from others: `replace`, as in `dataclasses`, in half its time."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import replace
else:

    def replace(value, **changes):
        """Return a frozen dataclass with slots as it is, but for these fields.

        The one of `dataclasses` asks each field what it is and runs the constructor; a command does that nine times,
        on orders of thirty fields. This one copies the slots, so that no `__post_init__` is heard of it.
        """
        kind = type(value)
        made = object.__new__(kind)
        for name, read, write in _slots(kind):
            write(made, changes.pop(name) if name in changes else read(value))
        if changes:
            raise TypeError(f"{kind.__name__} has no {', '.join(changes)}")
        return made


@cache
def _slots(kind: type) -> Sequence[tuple[str, Callable[[object], Any], Callable[[object, Any], None]]]:
    slots = [(each.name, getattr(kind, each.name)) for each in fields(kind)]
    return [(name, slot.__get__, slot.__set__) for name, slot in slots]


__all__ = ["replace"]
