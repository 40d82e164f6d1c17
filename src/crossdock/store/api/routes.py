"""Finding what stands at a path: rows of methods and paths, compiled into a tree of path segments."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Target = TypeVar("Target")


@dataclass(frozen=True, slots=True)
class Leaf(Generic[Target]):
    """What stands at a path for a method, and where in the path the parameters are."""

    target: Target
    positions: tuple[tuple[int, str], ...]


@dataclass(slots=True)
class Node(Generic[Target]):
    """A place in the tree: the segments that go on from here, any segment at all, and what ends here by method."""

    literal: dict[str, "Node[Target]"] = field(default_factory=dict)
    wild: "Node[Target] | None" = None
    leaves: dict[str, Leaf[Target]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match(Generic[Target]):
    """A path that is known, with what stands there by method."""

    segments: tuple[str, ...]
    leaves: Mapping[str, Leaf[Target]]

    def at(self, method: str) -> tuple[Target, Mapping[str, str]] | None:
        """Return what stands there for a method, with the path's parameters."""
        leaf = self.leaves.get(method)
        if leaf is None:
            return None
        return leaf.target, {name: self.segments[position] for position, name in leaf.positions}


class Routes(Generic[Target]):
    """A table of (method, path, target). Paths have their parameters in braces, and may all end in a `suffix`."""

    def __init__(self, rows: Iterable[tuple[str, str, Target]], *, suffix: str = "") -> None:
        self.suffix = suffix
        self.root: Node[Target] = Node()
        for method, path, target in rows:
            self._add(method, path, target)

    def match(self, path: str) -> Match[Target] | None:
        """Return what stands at a path; None where there is nothing. Words go before parameters."""
        if not path.endswith(self.suffix):
            return None
        segments = tuple(path.removesuffix(self.suffix).split("/"))
        node = _descend(self.root, segments, 0)
        return None if node is None else Match(segments, node.leaves)

    def _add(self, method: str, path: str, target: Target) -> None:
        node = self.root
        positions: list[tuple[int, str]] = []
        for position, segment in enumerate(path.removesuffix(self.suffix).split("/")):
            if segment.startswith("{"):
                positions.append((position, segment.strip("{}")))
                node.wild = node.wild or Node()
                node = node.wild
            else:
                node = node.literal.setdefault(segment, Node())
        if method in node.leaves:
            raise ValueError(f"two rows for {method} {path}")
        node.leaves[method] = Leaf(target, tuple(positions))


def _descend(node: Node[Target], segments: tuple[str, ...], depth: int) -> Node[Target] | None:
    if depth == len(segments):
        return node if node.leaves else None
    for child in (node.literal.get(segments[depth]), node.wild):
        if child is not None and (found := _descend(child, segments, depth + 1)) is not None:
            return found
    return None
