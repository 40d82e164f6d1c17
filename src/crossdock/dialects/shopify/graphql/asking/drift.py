"""What an answer has that our copy of the schema has not: fields that nobody asked for, values that no enum has.

None of it is an error. It says that the store has moved on, and where to look.
"""

from collections.abc import Iterator
from functools import lru_cache

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLNamedType,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    parse,
)

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.schema import schema

MOST = 20
_LONGEST = 120


def drift_of(document: str, answer: Json) -> tuple[str, ...]:
    """Name what is not known, each once, such as `fulfillmentOrder.status: ON_FIRE`."""
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        return ()
    root, selection = _root(document)
    found: dict[str, None] = {}
    for each in _walk(data, selection, root, ""):
        found[each[:_LONGEST]] = None
        if len(found) == MOST:
            break
    return tuple(found)


@lru_cache(maxsize=64)
def _root(document: str) -> tuple[GraphQLObjectType, SelectionSetNode]:
    operation = _operation(parse(document, no_location=True))
    root = schema().get_root_type(operation.operation)
    assert root is not None
    return root, operation.selection_set


def _operation(document: DocumentNode) -> OperationDefinitionNode:
    return next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))


def _walk(
    values: dict[str, Json], selection: SelectionSetNode, parent: GraphQLNamedType | None, path: str
) -> Iterator[str]:
    asked = dict(_fields(selection, parent))
    for name, value in values.items():
        where = f"{path}.{name}" if path else name
        if name not in asked:
            yield where
            continue
        node, kind = asked[name]
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict) and node.selection_set is not None:
                yield from _walk(item, node.selection_set, kind, where)
            elif isinstance(kind, GraphQLEnumType) and isinstance(item, str) and item not in kind.values:
                yield f"{where}: {item}"


def _fields(
    selection: SelectionSetNode, parent: GraphQLNamedType | None
) -> Iterator[tuple[str, tuple[FieldNode, GraphQLNamedType | None]]]:
    """Return what is selected by the name it is answered under. Our documents have no fragments but inline ones."""
    for node in selection.selections:
        if isinstance(node, FieldNode):
            name = node.alias.value if node.alias else node.name.value
            field = parent.fields.get(node.name.value) if isinstance(parent, GraphQLObjectType) else None
            yield name, (node, get_named_type(field.type) if field else None)
        elif isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            inner = schema().type_map.get(condition.name.value) if condition else parent
            yield from _fields(node.selection_set, inner)
