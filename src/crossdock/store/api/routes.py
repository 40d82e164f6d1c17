"""Finding the operation of a path: the rows of a dialect, compiled into a tree of path segments."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crossdock.dialects.operation import Operation

Row = Operation[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Leaf:
    """An operation, and where in its path the parameters stand."""

    operation: Row
    positions: tuple[tuple[int, str], ...]


@dataclass(slots=True)
class Node:
    """A place in the tree: the segments that go on from here, any segment at all, and what ends here by method."""

    literal: dict[str, "Node"] = field(default_factory=dict)
    wild: "Node | None" = None
    leaves: dict[str, Leaf] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """The operations of a path by their methods."""

    segments: tuple[str, ...]
    leaves: Mapping[str, Leaf]

    def operation(self, method: str) -> Row | None:
        leaf = self.leaves.get(method)
        return None if leaf is None else leaf.operation

    def parameters(self, method: str) -> dict[str, str]:
        return {name: self.segments[position] for position, name in self.leaves[method].positions}


class Routes:
    """The paths of operations. `suffix` ends each of them, such as ".json"."""

    def __init__(self, operations: Iterable[Row], *, suffix: str) -> None:
        self.suffix = suffix
        self.root = Node()
        for operation in operations:
            self._add(operation)

    def match(self, path: str) -> Match | None:
        """Return what may be done at a path; None where there is nothing. Words stand before parameters."""
        if not path.endswith(self.suffix):
            return None
        segments = tuple(path.removesuffix(self.suffix).strip("/").split("/"))
        node = _descend(self.root, segments, 0)
        return None if node is None else Match(segments, node.leaves)

    def _add(self, operation: Row) -> None:
        node = self.root
        positions: list[tuple[int, str]] = []
        for position, segment in enumerate(operation.path.removesuffix(self.suffix).strip("/").split("/")):
            if segment.startswith("{"):
                positions.append((position, segment.strip("{}")))
                node.wild = node.wild or Node()
                node = node.wild
            else:
                node = node.literal.setdefault(segment, Node())
        if operation.method in node.leaves:
            raise ValueError(f"two operations at {operation.method} {operation.path}")
        node.leaves[operation.method] = Leaf(operation, tuple(positions))


def _descend(node: Node, segments: tuple[str, ...], depth: int) -> Node | None:
    if depth == len(segments):
        return node if node.leaves else None
    for child in (node.literal.get(segments[depth]), node.wild):
        if child is not None and (found := _descend(child, segments, depth + 1)) is not None:
            return found
    return None
