"""Documents against the schema: one walk over each definition, with every error in Shopify's words.

The library that executes has rules of its own; these stand in their place because the wording, the codes and the paths
are Shopify's, and because one walk costs a fraction of thirty. What is let through here, the library's own rules let
through as well: a test holds the two against each other.
Source: Shopify GraphQL, errors as recorded; those not recorded are worded like the library that Shopify runs on.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    do_types_overlap,
)
from graphql.type import GraphQLCompositeType, GraphQLType, get_named_type, is_composite_type, is_enum_type

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.literals import Owner, check_arguments, check_directives
from crossdock.dialects.shopify.graphql.problems import TOO_LARGE, shortened
from crossdock.dialects.shopify.graphql.variables import check_declared, check_usages
from crossdock.dialects.shopify.graphql.walk import EnoughError, Part, Spread, Usage, Walk, title

MOST_USAGES = 10_000
"""How many uses of variables are looked at, a fragment's once for each operation that reaches it."""

_Fragments = Mapping[str, FragmentDefinitionNode]


def validate(schema: GraphQLSchema, document: DocumentNode, *, unknown: Collection[str] = ()) -> list[Json]:
    """Return the errors of a document, in the order in which they are found; of many only the first.

    `unknown`: directives of the schema that the version asked for has not.
    """
    walk = Walk(schema, frozenset(unknown))
    with suppress(EnoughError):
        _check_document(walk, document)
    return walk.errors


def _check_document(walk: Walk, document: DocumentNode) -> None:
    operations: list[tuple[OperationDefinitionNode, Part]] = []
    fragments: dict[str, FragmentDefinitionNode] = {}
    parts: dict[str, Part] = {}
    for each in document.definitions:
        walk.part = Part()
        if isinstance(each, OperationDefinitionNode):
            operations.append((each, walk.part))
            _check_operation(walk, each)
        elif isinstance(each, FragmentDefinitionNode):
            name = each.name.value
            if name in fragments:
                walk.say(f'Fragment name "{name}" must be unique', "fragmentNotUnique", each, fragmentName=name)
            fragments[name], parts[name] = each, walk.part
            _check_fragment(walk, each)
        else:
            walk.say("Query cannot contain schema definitions", "queryContainsSchemaDefinitions", each)
    _check_names(walk, [operation for operation, _ in operations])
    for part in [*(part for _, part in operations), *parts.values()]:
        for spread in part.spreads:
            _check_spread(walk, spread, fragments)
    _check_loops(walk, parts)
    _check_reach(walk, operations, fragments, parts)


def _check_operation(walk: Walk, node: OperationDefinitionNode) -> None:
    with walk.at(title(node)):
        root = walk.schema.get_root_type(node.operation)
        if root is None:
            kind = node.operation.value
            walk.say(f"Schema is not configured for {kind}s", f"missing{kind.capitalize()}Configuration", node)
            return
        check_declared(walk, node.variable_definitions or ())
        check_directives(walk, node.directives, node.operation.value.upper())
        if not node.selection_set.selections:
            name = "" if node.name is None else node.name.value
            shown = f"{node.operation.value} '{name}'" if name else "anonymous query"
            _say_empty(walk, node, shown, name, root.name)
        _check_selections(walk, node.selection_set, root)


def _check_fragment(walk: Walk, node: FragmentDefinitionNode) -> None:
    with walk.at(f"fragment {node.name.value}"):
        check_directives(walk, node.directives, "FRAGMENT_DEFINITION")
        on = _condition(walk, node.type_condition, node)
        if on is not None:
            _check_selections(walk, node.selection_set, on)


def _check_selections(walk: Walk, node: SelectionSetNode, parent: GraphQLCompositeType) -> None:
    for each in node.selections:
        if isinstance(each, FieldNode):
            _check_field(walk, each, parent)
        elif isinstance(each, InlineFragmentNode):
            _check_inline(walk, each, parent)
        elif isinstance(each, FragmentSpreadNode):
            with walk.at(f"... {each.name.value}"):
                check_directives(walk, each.directives, "FRAGMENT_SPREAD")
                walk.part.spreads.append(Spread(each, parent, tuple(walk.path)))


def _check_field(walk: Walk, node: FieldNode, parent: GraphQLCompositeType) -> None:
    name = node.name.value
    with walk.at((node.alias or node.name).value):
        definition = walk.schema.get_field(parent, name)
        if definition is None:
            walk.say(
                f"Field '{shortened(name)}' doesn't exist on type '{parent.name}'",
                "undefinedField",
                node,
                typeName=parent.name,
                fieldName=name,
            )
            return
        check_directives(walk, node.directives, "FIELD")
        check_arguments(walk, node.arguments, definition.args, Owner("Field", name, node))
        result = get_named_type(definition.type)
        if not is_composite_type(result):
            _check_leaf(walk, node, result)
        elif node.selection_set is None or not node.selection_set.selections:
            _say_empty(walk, node, f"field '{name}'", name, result.name)
        else:
            _check_selections(walk, node.selection_set, result)


def _check_leaf(walk: Walk, node: FieldNode, result: GraphQLType) -> None:
    if node.selection_set is None:
        return
    kind = "enums" if is_enum_type(result) else "scalars"
    chosen = shortened(", ".join(_shown(each) for each in node.selection_set.selections))
    shown = f"field '{node.name.value}'"
    walk.say(
        f"Selections can't be made on {kind} ({shown} returns {result} but has selections [{chosen}])",
        "selectionMismatch",
        node,
        nodeName=shown,
        typeName=str(result),
    )


def _say_empty(walk: Walk, node: Node, shown: str, name: str, type_name: str) -> None:
    walk.say(
        f"Field must have selections ({shown} returns {type_name} but has no selections. "
        f"Did you mean '{name} {{ ... }}'?)",
        "selectionMismatch",
        node,
        nodeName=shown,
        typeName=type_name,
    )


def _check_inline(walk: Walk, node: InlineFragmentNode, parent: GraphQLCompositeType) -> None:
    condition = node.type_condition
    with walk.at("..." if condition is None else f"... on {condition.name.value}"):
        check_directives(walk, node.directives, "INLINE_FRAGMENT")
        on = parent if condition is None else _condition(walk, condition, node)
        if on is None:
            return
        if not do_types_overlap(walk.schema, on, parent):
            walk.say(
                f"Fragment on {on.name} can't be spread inside {parent.name}",
                "cannotSpreadFragment",
                node,
                typeName=on.name,
                fragmentName="unknown",
                parentName=parent.name,
            )
        _check_selections(walk, node.selection_set, on)


def _condition(walk: Walk, node: NamedTypeNode, at: Node) -> GraphQLCompositeType | None:
    name = node.name.value
    found = walk.schema.get_type(name)
    if found is None:
        walk.say(
            f"No such type {shortened(name)}, so it can't be a fragment condition", "undefinedType", at, typeName=name
        )
        return None
    if is_composite_type(found):
        return found
    walk.say(
        f"Invalid fragment on type {name} (must be Union, Interface or Object)",
        "fragmentOnNonCompositeType",
        at,
        typeName=name,
    )
    return None


def _check_names(walk: Walk, operations: Sequence[OperationDefinitionNode]) -> None:
    seen: set[str] = set()
    for each in operations if len(operations) > 1 else ():
        if each.name is None:
            walk.say("Operation name is required when multiple operations are present", "uniquelyNamedOperations", each)
            continue
        name = each.name.value
        if name in seen:
            walk.say(f'Operation name "{name}" must be unique', "uniquelyNamedOperations", each, operationName=name)
        seen.add(name)


def _check_spread(walk: Walk, spread: Spread, fragments: _Fragments) -> None:
    name = spread.node.name.value
    if name not in fragments:
        walk.say(
            f"Fragment {shortened(name)} was used, but not defined",
            "useAndDefineFragment",
            spread.node,
            path=spread.path,
            fragmentName=name,
        )
        return
    on = walk.schema.get_type(fragments[name].type_condition.name.value)
    if is_composite_type(on) and not do_types_overlap(walk.schema, on, spread.parent):
        walk.say(
            f"Fragment {name} on {on.name} can't be spread inside {spread.parent.name}",
            "cannotSpreadFragment",
            spread.node,
            path=spread.path,
            typeName=on.name,
            fragmentName=name,
            parentName=spread.parent.name,
        )


def _check_loops(walk: Walk, parts: Mapping[str, Part]) -> None:
    """Find fragments that contain themselves."""
    below = {name: {each.node.name.value for each in part.spreads} & parts.keys() for name, part in parts.items()}
    # Those that contain only fragments without loops have none; whatever is left when no more are found, does.
    while free := [name for name, inner in below.items() if not inner]:
        for name in free:
            del below[name]
        for inner in below.values():
            inner.difference_update(free)
    for name in below:
        walk.say(f"Fragment {name} contains an infinite loop", "infiniteLoop", fragmentName=name)


def _check_reach(
    walk: Walk,
    operations: Sequence[tuple[OperationDefinitionNode, Part]],
    fragments: _Fragments,
    parts: Mapping[str, Part],
) -> None:
    reached: set[str] = set()
    looked_at = 0
    for operation, part in operations:
        usages, names = _reach(part, parts)
        reached |= names
        looked_at += len(usages)
        if looked_at > MOST_USAGES:
            walk.say(TOO_LARGE, "MAX_DOCUMENT_SIZE_EXCEEDED")
            return
        check_usages(walk, operation, usages)
    for name, node in fragments.items():
        if name not in reached:
            walk.say(
                f"Fragment {name} was defined, but not used",
                "useAndDefineFragment",
                node,
                path=(f"fragment {name}",),
                fragmentName=name,
            )


def _reach(part: Part, parts: Mapping[str, Part]) -> tuple[list[Usage], set[str]]:
    """Return what an operation uses with its fragments, and the names of those."""
    usages: list[Usage] = []
    names: set[str] = set()
    waiting = [part]
    while waiting:
        current = waiting.pop()
        usages += current.usages
        new = {each.node.name.value for each in current.spreads} & parts.keys() - names
        names |= new
        waiting += (parts[name] for name in new)
    return usages, names


def _shown(node: Node) -> str:
    if isinstance(node, InlineFragmentNode):
        on = "..." if node.type_condition is None else f"... on {node.type_condition.name.value}"
        return f'"{on} {{ ... }}"'
    return f'"{node.name.value}"' if isinstance(node, FieldNode | FragmentSpreadNode) else ""
