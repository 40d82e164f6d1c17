"""Directives, arguments and the values that stand in a document, against what the schema takes.

Source: Shopify GraphQL, errors as recorded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    ArgumentNode,
    DirectiveNode,
    EnumValueNode,
    GraphQLDirective,
    ListValueNode,
    Node,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    print_ast,
)
from graphql.type import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    get_nullable_type,
    is_required_argument,
    is_required_input_field,
)

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.arguments import MOST_ITEMS, NotAnId, check_leaf, literal_value, too_many
from crossdock.dialects.shopify.graphql.problems import shortened
from crossdock.dialects.shopify.graphql.walk import Place, Usage, Walk

_LOCATIONS = {
    "QUERY": "queries",
    "MUTATION": "mutations",
    "SUBSCRIPTION": "subscriptions",
    "FIELD": "fields",
    "FRAGMENT_DEFINITION": "fragment definitions",
    "FRAGMENT_SPREAD": "fragment spreads",
    "INLINE_FRAGMENT": "inline fragments",
    "VARIABLE_DEFINITION": "variable definitions",
}


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose arguments they are: "Field", "Directive" or "InputObject", its name, and where it stands."""

    kind: str
    name: str
    node: Node


def check_directives(walk: Walk, nodes: Sequence[DirectiveNode] | None, location: str) -> None:
    seen: set[str] = set()
    for node in nodes or ():
        name = node.name.value
        definition = None if name in walk.unknown else walk.schema.get_directive(name)
        if definition is None:
            walk.say(f"Directive @{shortened(name)} is not defined", "undefinedDirective", node, directiveName=name)
            continue
        _check_location(walk, node, definition, location)
        if name in seen and not definition.is_repeatable:
            walk.say(
                f'The directive "{name}" can only be used once at this location.',
                "directiveNotUniqueForLocation",
                node,
                directiveName=name,
            )
        seen.add(name)
        check_arguments(walk, node.arguments, definition.args, Owner("Directive", name, node))


def check_arguments(
    walk: Walk, nodes: Sequence[ArgumentNode] | None, known: Mapping[str, GraphQLArgument], owner: Owner
) -> None:
    _check_each(walk, nodes or (), known, owner, constant=False)
    given = {node.name.value for node in nodes or ()}
    missing = [name for name, each in known.items() if name not in given and is_required_argument(each)]
    if missing:
        names = ", ".join(missing)
        walk.say(
            f"{owner.kind} '{owner.name}' is missing required arguments: {names}",
            "missingRequiredArguments",
            owner.node,
            className=owner.kind,
            name=owner.name,
            arguments=names,
        )


def fits(walk: Walk, node: ValueNode, type_: GraphQLInputType, place: Place, items: int = 0) -> bool:
    """Return whether a value is of a type; what is wrong further in is said there.

    `items`: how many lists of the document it stands in. Raises: NotAnId.
    """
    if isinstance(node, VariableNode):
        return _note_usage(walk, node, type_, place, items)
    if isinstance(node, NullValueNode):
        return not isinstance(type_, GraphQLNonNull)
    nullable = get_nullable_type(type_)
    if isinstance(nullable, GraphQLList):
        if isinstance(node, ListValueNode):
            return _items_fit(walk, node, nullable.of_type, place, items)
        return fits(walk, node, nullable.of_type, place, items)
    if isinstance(nullable, GraphQLInputObjectType):
        if not isinstance(node, ObjectValueNode):
            return False
        _check_object(walk, node, nullable, constant=place.constant)
        return True
    if isinstance(nullable, GraphQLEnumType):
        return isinstance(node, EnumValueNode) and node.value in nullable.values
    return isinstance(nullable, GraphQLScalarType) and _leaf_fits(node, nullable)


def _check_location(walk: Walk, node: DirectiveNode, definition: GraphQLDirective, location: str) -> None:
    allowed = [each.name for each in definition.locations]
    if location not in allowed:
        places = ", ".join(_LOCATIONS.get(each, each.lower()) for each in allowed)
        walk.say(
            f"'@{definition.name}' can't be applied to {_LOCATIONS[location]} (allowed: {places})",
            "directiveCannotBeApplied",
            node,
            targetName=_LOCATIONS[location],
            name=definition.name,
        )


def _check_each(
    walk: Walk,
    nodes: Sequence[ArgumentNode] | Sequence[ObjectFieldNode],
    known: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
    owner: Owner,
    *,
    constant: bool,
) -> None:
    seen: set[str] = set()
    for node in nodes:
        name = node.name.value
        with walk.at(name):
            definition = known.get(name)
            if definition is None:
                walk.say(
                    f"{owner.kind} '{owner.name}' doesn't accept argument '{shortened(name)}'",
                    "argumentNotAccepted",
                    node,
                    name=owner.name,
                    typeName=owner.kind,
                    argumentName=name,
                )
            elif name in seen:
                _say_twice(walk, name, owner, node)
            else:
                seen.add(name)
                place = Place(
                    node=node,
                    type=definition.type,
                    has_default=definition.default is not None,
                    constant=constant,
                )
                _check_value(walk, place, owner)


def _say_twice(walk: Walk, name: str, owner: Owner, node: Node) -> None:
    if owner.kind == "InputObject":
        walk.say(f'There can be only one input field named "{name}"', "inputFieldNotUnique", node, name=name)
    else:
        walk.say(f'There can be only one argument named "{name}"', "argumentNotUnique", node, name=name)


def _check_value(walk: Walk, place: Place, owner: Owner) -> None:
    before = len(walk.errors)
    value, name = place.node.value, place.node.name.value
    try:
        valid = fits(walk, value, place.type, place)
    except NotAnId as error:
        walk.say(str(error), "argumentLiteralsIncompatible", owner.node, typeName="CoercionError")
        return
    if not valid and len(walk.errors) == before:
        walk.say(
            f"Argument '{name}' on {owner.kind} '{owner.name}' has an invalid value "
            f"({shortened(print_ast(value))}). Expected type '{place.type}'.",
            "argumentLiteralsIncompatible",
            owner.node,
            typeName=owner.kind,
            argumentName=name,
        )


def _note_usage(walk: Walk, node: VariableNode, wanted: GraphQLInputType, place: Place, items: int) -> bool:
    if not place.constant:
        walk.part.usages.append(Usage(node=node, place=place, wanted=wanted, items=items, path=tuple(walk.path)))
    return not place.constant


def _items_fit(walk: Walk, node: ListValueNode, type_: GraphQLInputType, place: Place, items: int) -> bool:
    if len(node.values) > MOST_ITEMS:
        walk.say(too_many(len(node.values)), "MAX_INPUT_SIZE_EXCEEDED", node, path=tuple(walk.path[1:]))
        return True
    valid = True
    for index, each in enumerate(node.values):
        with walk.at(index):
            valid &= fits(walk, each, type_, place, items + 1)
    return valid


def _check_object(walk: Walk, node: ObjectValueNode, type_: GraphQLInputObjectType, *, constant: bool) -> None:
    _check_each(walk, node.fields, type_.fields, Owner("InputObject", type_.name, node), constant=constant)
    given = {each.name.value for each in node.fields}
    for name, definition in type_.fields.items():
        if name not in given and is_required_input_field(definition):
            walk.say(
                f"Argument '{name}' on InputObject '{type_.name}' is required. Expected type {definition.type}",
                "missingRequiredInputObjectAttribute",
                node,
                path=(*walk.path, name),
                argumentName=name,
                argumentType=str(definition.type),
                inputObjectType=type_.name,
            )


def _leaf_fits(node: ValueNode, type_: GraphQLScalarType) -> bool:
    try:
        check_leaf(type_, _json(node) if type_.name == "JSON" else literal_value(node))
    except NotAnId:
        raise
    except ValueError:
        return False
    return True


def _json(node: ValueNode) -> Json:
    """Return any literal as JSON. Raises: ValueError."""
    if isinstance(node, ListValueNode):
        return [_json(each) for each in node.values]
    if isinstance(node, ObjectValueNode):
        return {each.name.value: _json(each.value) for each in node.fields}
    if isinstance(node, NullValueNode):
        return None
    return literal_value(node)
