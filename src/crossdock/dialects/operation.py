"""One row per operation of a wire, with both directions of it.

The side that asks uses `encode` and `decode_result`; the side that answers uses `decode` and `encode_result`. `ask`
and `answer` compose the two, so a test can send a command through a whole dialect without a socket.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

Json = Any  # JSON as decoded: None, bool, int, float, str, list, dict

Command = TypeVar("Command")
Result = TypeVar("Result")
Answered = TypeVar("Answered")


class WireError(Exception):
    """What was sent does not fit the wire."""


@dataclass(eq=False)
class Unreadable(WireError):
    """The message breaks the wire's form: a missing root, a wrong type. `field` names where, dotted."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


@dataclass(eq=False)
class NotExpressible(WireError):
    """The dialect has no words for this."""

    what: str

    def __str__(self) -> str:
        return f"not expressible: {self.what}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A request on the wire, without its base URL. `path` is relative to the dialect's base; `body` is decoded JSON.

    Query parameters keep their order and may repeat. `parameters`: the path's own, as text. `currency`: the ISO 4217
    code in which amounts stand that name no currency, that of the shop. `version`: of the API that is asked.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Json = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    currency: str = "USD"
    version: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation(Generic[Command, Result, Answered]):
    """A command (or query) of the domain and its form on a wire, in both directions.

    `path` has its parameters in braces, `{id}`; `decode` finds them in `call.parameters`. `scopes`: any one of them
    lets a caller in. `writes`: the operation changes something. `deprecated`: where it says so. `secrets`: fields, on
    the top level of what is said and answered, whose values nothing keeps. `context` (the dialect's own type) carries
    what an answer needs beside the result: the shop, its locations, the request's options.
    """

    name: str
    command: type[Command]
    method: str
    path: str
    scopes: frozenset[str]
    encode: Callable[[Command], Call]
    decode: Callable[[Call], Command]
    encode_result: Callable[[Result, Any], Json]
    decode_result: Callable[[Json], Answered]
    status: int = 200
    writes: bool = True
    source: str = ""
    deprecated: str | None = None
    secrets: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Announcement:
    """An event as subscribers are told of it. `number`: the event's sequence, 0 for what is no event of an order.

    With `part`, where one topic has several bodies of one event, it is unique. `location_id`: who may not see
    fulfillment orders of this location is not told.
    """

    topic: str
    number: int
    body: Json
    part: int = 0
    location_id: int | None = None


AnyOperation = Operation[Any, Any, Any]


def by_command(operations: Iterable[AnyOperation]) -> dict[type, AnyOperation]:
    """Return the operation to send each command by: the first, where a wire has several."""
    rows: dict[type, AnyOperation] = {}
    for operation in operations:
        rows.setdefault(operation.command, operation)
    return rows


def find(operations: Iterable[AnyOperation], method: str, path: str) -> tuple[AnyOperation, dict[str, str]] | None:
    """Return the operation of a path, and the path's parameters."""
    for operation in operations:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+?)", re.escape(operation.path))
        match = re.fullmatch(pattern, path) if operation.method == method else None
        if match is not None:
            return operation, match.groupdict()
    return None


def ask(operation: Operation[Command, Result, Answered], command: Command, send: Callable[[Call], Json]) -> Answered:
    """Ask by one operation: `send` takes the call to whoever answers."""
    return operation.decode_result(send(operation.encode(command)))


def answer(operations: Iterable[AnyOperation], call: Call, handle: Callable[[Any], Any], context: Any) -> Json:
    """Answer a call: `handle` takes the command to a result. Raises: Unreadable for a path that no operation has."""
    found = find(operations, call.method, call.path)
    if found is None:
        raise Unreadable("path", f"{call.method} {call.path} is not known")
    operation, parameters = found
    result = handle(operation.decode(replace(call, parameters=parameters)))
    return operation.encode_result(result, context)
