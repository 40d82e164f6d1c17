"""Fields that answer under one name: whether one value can stand for all of them.

Looked at level by level, each field once for each set of levels that it is merged with, and with a bound on the whole:
comparing every pair, as the specification puts it, is what hostile documents make dear.
Source: GraphQL specification, "Field Selection Merging".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    print_ast,
)
from graphql.type import (
    GraphQLCompositeType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_composite_type,
    is_leaf_type,
)

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.problems import TOO_LARGE, problem, shortened

MOST_STEPS = 30_000


@dataclass(frozen=True, slots=True)
class _Entry:
    """A field where it stands: in which type, and how that type defines it."""

    parent: GraphQLCompositeType
    node: FieldNode
    definition: GraphQLField


_Scope = tuple[GraphQLCompositeType, SelectionSetNode]


def conflict(schema: GraphQLSchema, document: DocumentNode) -> Json | None:
    """Return the error of the first fields that cannot be merged. The document is valid in all else, without loops."""
    merging = _Merging(
        schema,
        {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)},
    )
    try:
        for each in document.definitions:
            if isinstance(each, OperationDefinitionNode):
                root = schema.get_root_type(each.operation)
                if root is not None:
                    merging.check([(root, each.selection_set)], alike=False)
    except _Found as found:
        return found.error
    return None


@dataclass(eq=False)
class _Found(Exception):
    error: Json


@dataclass(slots=True)
class _Merging:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    seen: set[tuple[frozenset[int], bool]] = field(default_factory=set)
    steps: int = 0

    def check(self, scopes: Sequence[_Scope], *, alike: bool) -> None:
        """Look at selection sets that are merged. `alike`: only the form of the values must be the same, since the
        objects that they belong to are never the same."""
        key = (frozenset(id(selection_set) for _, selection_set in scopes), alike)
        if key in self.seen:
            return
        self.seen.add(key)
        answers: dict[str, dict[int, _Entry]] = {}
        self._collect(scopes, answers)
        for name, entries in answers.items():
            self._compare(name, list(entries.values()), alike=alike)

    def _collect(self, scopes: Iterable[_Scope], answers: dict[str, dict[int, _Entry]]) -> None:
        visited: set[str] = set()
        waiting = list(scopes)
        while waiting:
            parent, selection_set = waiting.pop()
            for selection in selection_set.selections:
                self._step()
                if isinstance(selection, FieldNode):
                    definition = self.schema.get_field(parent, selection.name.value)
                    if definition is not None:
                        name = (selection.alias or selection.name).value
                        answers.setdefault(name, {})[id(selection)] = _Entry(parent, selection, definition)
                elif isinstance(selection, InlineFragmentNode):
                    condition = selection.type_condition
                    inner = parent if condition is None else self._type(condition.name.value)
                    waiting.append((inner, selection.selection_set))
                elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in visited:
                    visited.add(selection.name.value)
                    fragment = self.fragments[selection.name.value]
                    waiting.append((self._type(fragment.type_condition.name.value), fragment.selection_set))

    def _compare(self, name: str, entries: Sequence[_Entry], *, alike: bool) -> None:
        together = [entries] if len(entries) == 1 else _that_may_meet(entries)
        if not alike:
            for group in together:
                self._compare_calls(name, group)
        self._compare_forms(name, entries)
        if not alike:
            for group in together:
                self.check(_below(group), alike=False)
        if alike or len(together) > 1:
            self.check(_below(entries), alike=True)

    def _compare_forms(self, name: str, entries: Sequence[_Entry]) -> None:
        first = entries[0]
        for other in entries[1:]:
            self._step()
            if not _same_form(first.definition.type, other.definition.type):
                raise _conflict(
                    name, "return_type", [first, other], [f"`{each.definition.type}`" for each in (first, other)]
                )

    def _compare_calls(self, name: str, entries: Sequence[_Entry]) -> None:
        first = entries[0]
        if len(entries) == 1:
            return
        called = _arguments(first.node)
        for other in entries[1:]:
            self._step()
            if other.node.name.value != first.node.name.value:
                raise _conflict(name, "field", [first, other], [each.node.name.value for each in (first, other)])
            if _arguments(other.node) != called:
                raise _conflict(name, "argument", [first, other], [_call(each.node) for each in (first, other)])

    def _type(self, name: str) -> GraphQLCompositeType:
        found: GraphQLNamedType | None = self.schema.get_type(name)
        if not is_composite_type(found):
            raise TypeError(f"{name} has no fields")
        return found

    def _step(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise _Found(problem(TOO_LARGE, "MAX_DOCUMENT_SIZE_EXCEEDED"))


def _that_may_meet(entries: Sequence[_Entry]) -> list[list[_Entry]]:
    """Part fields by the object that they belong to; those of an interface may belong to any."""
    anywhere = [each for each in entries if not isinstance(each.parent, GraphQLObjectType)]
    by_object: dict[str, list[_Entry]] = {}
    for each in entries:
        if isinstance(each.parent, GraphQLObjectType):
            by_object.setdefault(each.parent.name, []).append(each)
    return [anywhere + group for group in by_object.values()] or [anywhere]


def _below(entries: Iterable[_Entry]) -> list[_Scope]:
    scopes: list[_Scope] = []
    for each in entries:
        named = get_named_type(each.definition.type)
        if each.node.selection_set is not None and is_composite_type(named):
            scopes.append((named, each.node.selection_set))
    return scopes


def _same_form(one: GraphQLOutputType, other: GraphQLOutputType) -> bool:
    if isinstance(one, GraphQLNonNull) or isinstance(other, GraphQLNonNull):
        both = isinstance(one, GraphQLNonNull) and isinstance(other, GraphQLNonNull)
        return both and _same_form(one.of_type, other.of_type)  # type: ignore[union-attr]
    if isinstance(one, GraphQLList) or isinstance(other, GraphQLList):
        return (
            isinstance(one, GraphQLList) and isinstance(other, GraphQLList) and _same_form(one.of_type, other.of_type)
        )
    return one is other or not (is_leaf_type(one) or is_leaf_type(other))


def _arguments(node: FieldNode) -> frozenset[tuple[str, object]]:
    return frozenset((each.name.value, _value(each.value)) for each in node.arguments or ())


def _value(node: ValueNode) -> object:
    """Return a value that is equal to that of the same literal elsewhere, whatever the order of its fields."""
    if isinstance(node, ListValueNode):
        return (node.kind, tuple(_value(each) for each in node.values))
    if isinstance(node, ObjectValueNode):
        return (node.kind, frozenset((each.name.value, _value(each.value)) for each in node.fields))
    return (node.kind, print_ast(node))


def _call(node: FieldNode) -> str:
    called = ",".join(f"{each.name.value}:{print_ast(each.value)}" for each in node.arguments or ())
    return f"{{{shortened(called)}}}"


def _conflict(name: str, kind: str, entries: Sequence[_Entry], said: Sequence[str]) -> _Found:
    conflicts = " or ".join(said)
    article = "an" if kind == "argument" else "a"
    return _Found(
        problem(
            f"Field '{name}' has {article} {kind} conflict: {conflicts}?",
            "fieldConflict",
            at=[each.node for each in entries],
            path=(),
            fieldName=name,
            conflicts=conflicts,
        )
    )
