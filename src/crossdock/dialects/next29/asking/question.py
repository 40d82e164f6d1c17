"""One row of what is asked of a store: how a command is written as a call, and how its answer reads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from crossdock.dialects.next29.fields import Fields, whole_body
from crossdock.dialects.operation import Call, Json, Unreadable

Command = TypeVar("Command")
Answered = TypeVar("Answered")


@dataclass(frozen=True, kw_only=True, slots=True)
class Question(Generic[Command, Answered]):
    """A command (or query) that only a service has a use for, as it asks it."""

    name: str
    command: type[Command]
    encode: Callable[[Command], Call]
    decode_result: Callable[[Json], Answered]
    source: str


AnyQuestion = Question[Any, Any]


def items_of(answer: Json) -> tuple[Fields, ...]:
    """Return the items of a list, which comes bare or as a part of a whole. Raises: Unreadable."""
    if isinstance(answer, list):
        return Fields({"results": answer}).each("results") or ()
    fields = whole_body(answer)
    if not fields.has("results"):
        raise Unreadable("results", "is missing")
    return fields.each("results") or ()


def identity_of(fields: Fields) -> int:
    return fields.need("id", fields.identity("id"))
