"""One row of what is asked by GraphQL: a document, the variables that a command fills it with, how its answer reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from crossdock.dialects.operation import Call, Json, Unreadable
from crossdock.dialects.shopify.fields import Fields

PATH = "graphql.json"
KEY = "idempotencyKey"
"""The variable that makes a mutation happen once, where a document has it."""

# What the costs of our documents come to, roughly: exact numbers are the store's to say.
MUTATION_POINTS = 15

Command = TypeVar("Command")
Answered = TypeVar("Answered")


@dataclass(frozen=True, kw_only=True, slots=True)
class Question(Generic[Command, Answered]):
    """A command (or query) and how it is asked. `page`: where in the data the list is that comes in parts.

    The operation in `document` has the name of the row. `points` estimates the cost from the variables.
    """

    name: str
    command: type[Command]
    document: str
    variables: Callable[[Command], dict[str, Json]]
    read: Callable[[Fields], Answered]
    source: str
    page: tuple[str, ...] = ()
    points: Callable[[Mapping[str, Json]], int] = lambda _: MUTATION_POINTS

    def encode(self, command: Command) -> Call:
        """Write a command as a call."""
        body = {"query": self.document, "operationName": self.name, "variables": self.variables(command)}
        return Call(method="POST", path=PATH, body=body)

    def decode_result(self, answer: Json) -> Answered:
        """Read an answer that was judged as taken. Raises: Unreadable, Invalid."""
        return self.read(Fields(data_of(answer)))


AnyQuestion = Question[Any, Any]


def data_of(answer: Json) -> dict[str, Json]:
    """Return the data of an answer. Raises: Unreadable."""
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        raise Unreadable("data", "is missing")
    return data


def with_variables(call: Call, **variables: Json) -> Call:
    """Return a call with some of its variables changed."""
    return replace(call, body={**call.body, "variables": {**call.body["variables"], **variables}})
