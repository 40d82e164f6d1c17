"""Where a walk over a document is, what it found wrong, and what it saw that is judged once all is seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from graphql import (
    ArgumentNode,
    FragmentSpreadNode,
    GraphQLSchema,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    VariableNode,
)
from graphql.type import GraphQLCompositeType, GraphQLInputType

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.problems import Path, problem

MOST_ERRORS = 50


class EnoughError(Exception):
    """Nobody reads more errors than those."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """The argument, or the field of an input object, that a value stands in. `constant`: it may hold no variable."""

    node: ArgumentNode | ObjectFieldNode
    type: GraphQLInputType
    has_default: bool
    constant: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """A variable where it is used. `wanted`: what it stands for, in `items` lists of the document, in `place`."""

    node: VariableNode
    place: Place
    wanted: GraphQLInputType
    items: int
    path: Path


@dataclass(frozen=True, slots=True)
class Spread:
    """A fragment where it is used."""

    node: FragmentSpreadNode
    parent: GraphQLCompositeType
    path: Path


@dataclass(slots=True)
class Part:
    """What an operation or a fragment uses."""

    usages: list[Usage] = field(default_factory=list)
    spreads: list[Spread] = field(default_factory=list)


@dataclass(slots=True)
class Walk:
    """`unknown`: directives of the schema that the version asked for has not."""

    schema: GraphQLSchema
    unknown: frozenset[str]
    errors: list[Json] = field(default_factory=list)
    path: list[str | int] = field(default_factory=list)
    part: Part = field(default_factory=Part)

    @contextmanager
    def at(self, step: str | int) -> Iterator[None]:
        self.path.append(step)
        try:
            yield
        finally:
            self.path.pop()

    def say(self, message: str, code: str, node: Node | None = None, *, path: Path | None = None, **more: Json) -> None:
        """Note an error, where the walk is if no path is given. Raises: EnoughError."""
        if len(self.errors) >= MOST_ERRORS:
            raise EnoughError
        where = tuple(self.path) if path is None else path
        self.errors.append(problem(message, code, at=() if node is None else (node,), path=where or None, **more))


def title(node: OperationDefinitionNode) -> str:
    """Return how the path of an error names an operation."""
    return node.operation.value if node.name is None else f"{node.operation.value} {node.name.value}"
