"""Variables: how an operation declares them, where they are used, and the values that they come with.

Source: Shopify GraphQL, errors as recorded; GraphQL specification, "All Variable Usages Are Allowed".
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from graphql import (
    ArgumentNode,
    GraphQLSchema,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    NullValueNode,
    OperationDefinitionNode,
    TypeNode,
    ValueNode,
    VariableDefinitionNode,
    is_type_sub_type_of,
    type_from_ast,
)
from graphql.type import (
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLType,
    get_named_type,
    is_input_type,
)

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.arguments import MOST_PROBLEMS, NotAnId, Wrong, wrongs
from crossdock.dialects.shopify.graphql.literals import check_directives, fits
from crossdock.dialects.shopify.graphql.problems import problem, shortened
from crossdock.dialects.shopify.graphql.walk import Place, Usage, Walk, title


def check_declared(walk: Walk, definitions: Iterable[VariableDefinitionNode]) -> None:
    seen: set[str] = set()
    for each in definitions:
        name = each.variable.name.value
        if name in seen:
            walk.say(f'There can only be one variable named "{name}"', "variableNotUnique", each, variableName=name)
        seen.add(name)
        type_ = _declared_type(walk, each)
        if type_ is not None and each.default_value is not None:
            _check_default(walk, each, type_, each.default_value)
        check_directives(walk, each.directives, "VARIABLE_DEFINITION")


def check_usages(walk: Walk, operation: OperationDefinitionNode, usages: Iterable[Usage]) -> None:
    """Check what an operation and its fragments use against what it declares."""
    name = "anonymous query" if operation.name is None else operation.name.value
    declared = {each.variable.name.value: each for each in operation.variable_definitions or ()}
    types = {variable: type_from_ast(walk.schema, node.type) for variable, node in declared.items()}
    used: set[str] = set()
    for usage in usages:
        variable = usage.node.name.value
        used.add(variable)
        if variable in declared:
            _check_usage(walk, usage, types[variable], declared[variable])
        else:
            walk.say(
                f"Variable ${variable} is used by {name} but not declared",
                "variableNotDefined",
                usage.node,
                path=usage.path,
                variableName=variable,
            )
    for variable, node in declared.items():
        if variable not in used:
            walk.say(
                f"Variable ${variable} is declared by {name} but not used",
                "variableNotUsed",
                node,
                path=(title(operation),),
                variableName=variable,
            )


def check_values(schema: GraphQLSchema, operation: OperationDefinitionNode, values: Mapping[str, Json]) -> list[Json]:
    """Return the errors of the values that a valid operation's variables come with."""
    errors = []
    for node in operation.variable_definitions or ():
        name = node.variable.name.value
        type_ = type_from_ast(schema, node.type)
        if not is_input_type(type_) or (name not in values and node.default_value is not None):
            continue
        found = list(islice(wrongs(type_, values.get(name)), MOST_PROBLEMS))
        if found:
            errors.append(_value_problem(node, type_, values.get(name), found))
    return errors


def _value_problem(node: VariableDefinitionNode, type_: GraphQLInputType, value: Json, found: Sequence[Wrong]) -> Json:
    oversized = next((wrong for wrong in found if wrong.oversized), None)
    if oversized is not None:
        return problem(oversized.explanation, "MAX_INPUT_SIZE_EXCEEDED", at=[node])
    inside = ", ".join(
        f"{'.'.join(str(step) for step in wrong.path)} ({wrong.explanation})" for wrong in found if wrong.path
    )
    name = node.variable.name.value
    return problem(
        f"Variable ${name} of type {type_} was provided invalid value" + (f" for {inside}" if inside else ""),
        "INVALID_VARIABLE",
        at=[node],
        value=value,
        problems=[wrong.written() for wrong in found],
    )


def _declared_type(walk: Walk, node: VariableDefinitionNode) -> GraphQLInputType | None:
    name, variable = _named(node.type), node.variable.name.value
    found = type_from_ast(walk.schema, node.type)
    if is_input_type(found):
        return found
    said = "isn't a defined input type" if found is None else "isn't a valid input type"
    walk.say(
        f"{shortened(name)} {said} (on ${variable})",
        "variableRequiresValidType",
        node,
        typeName=name,
        variableName=variable,
    )
    return None


def _check_default(walk: Walk, node: VariableDefinitionNode, type_: GraphQLInputType, value: ValueNode) -> None:
    name = node.variable.name.value
    if isinstance(type_, GraphQLNonNull) and isinstance(value, NullValueNode):
        walk.say(
            f"Non-null variable ${name} can't have a default value of null",
            "defaultValueInvalidOnNonNullVariable",
            node,
            variableName=name,
        )
        return
    before = len(walk.errors)
    place = Place(node=ArgumentNode(name=node.variable.name, value=value), type=type_, has_default=False, constant=True)
    try:
        valid = fits(walk, value, type_, place)
    except NotAnId:
        valid = False
    if not valid and len(walk.errors) == before:
        walk.say(
            f"Default value for ${name} doesn't match type {type_}",
            "defaultValueInvalidType",
            node,
            variableName=name,
            typeName=str(type_),
        )


def _check_usage(walk: Walk, usage: Usage, given: GraphQLType | None, declared: VariableDefinitionNode) -> None:
    if not is_input_type(given):
        return
    wanted, default = usage.wanted, declared.default_value
    filled = usage.place.has_default or (default is not None and not isinstance(default, NullValueNode))
    if filled and isinstance(wanted, GraphQLNonNull) and not isinstance(given, GraphQLNonNull):
        wanted = wanted.of_type
    if is_type_sub_type_of(walk.schema, given, wanted):
        return
    shown: GraphQLType = given
    for _ in range(usage.items):
        shown = GraphQLNonNull(GraphQLList(shown))
    if get_named_type(given) is not get_named_type(wanted):
        kind = "Type mismatch"
    elif _dimensions(shown) != _dimensions(usage.place.type):
        kind = "List dimension mismatch"
    else:
        kind = "Nullability mismatch"
    name, argument = usage.node.name.value, usage.place.node.name.value
    walk.say(
        f"{kind} on variable ${name} and argument {argument} ({shown} / {usage.place.type})",
        "variableMismatch",
        usage.place.node,
        path=usage.path,
        variableName=name,
        typeName=str(shown),
        argumentName=argument,
        errorMessage=kind,
    )


def _named(node: TypeNode) -> str:
    while isinstance(node, ListTypeNode | NonNullTypeNode):
        node = node.type
    return node.name.value if isinstance(node, NamedTypeNode) else ""


def _dimensions(type_: GraphQLType) -> int:
    if isinstance(type_, GraphQLNonNull):
        return _dimensions(type_.of_type)
    return 1 + _dimensions(type_.of_type) if isinstance(type_, GraphQLList) else 0
