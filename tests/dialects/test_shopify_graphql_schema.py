"""The schema has what Shopify's has, no more and no less, and every word of it is explained."""

import json
from pathlib import Path

from graphql import GraphQLArgument, GraphQLField, GraphQLSchema, print_ast
from graphql.type import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    assert_valid_schema,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from crossdock.dialects.shopify.graphql.schema import schema

SUBSET = json.loads((Path(__file__).parent / "graphql_subset.json").read_text())

Print = dict[str, object]


def flag(reason: str | None) -> str:
    return "" if reason is None else " @deprecated"


def value_print(each: GraphQLArgument | GraphQLInputField) -> str:
    default = each.ast_node.default_value if each.ast_node else None
    written = f" = {print_ast(default)}" if default else ""
    return f"{each.type}{written}{flag(each.deprecation_reason)}"


def field_print(each: GraphQLField) -> str:
    arguments = ", ".join(f"{name}: {value_print(argument)}" for name, argument in sorted(each.args.items()))
    return f"{f'({arguments}) ' if arguments else ''}{each.type}{flag(each.deprecation_reason)}"


def type_print(each: GraphQLNamedType) -> Print:
    match each:
        case GraphQLObjectType() | GraphQLInterfaceType():
            kind = "interface" if isinstance(each, GraphQLInterfaceType) else "type"
            implements = " ".join(sorted(one.name for one in each.interfaces))
            fields = {name: field_print(one) for name, one in sorted(each.fields.items())}
            return {"kind": kind, "implements": implements, "fields": fields}
        case GraphQLInputObjectType():
            return {"kind": "input", "fields": {name: value_print(one) for name, one in sorted(each.fields.items())}}
        case GraphQLEnumType():
            values = sorted(f"{name}{flag(one.deprecation_reason)}" for name, one in each.values.items())
            return {"kind": "enum", "values": ", ".join(values)}
        case GraphQLUnionType():
            return {"kind": "union", "types": " ".join(sorted(one.name for one in each.types))}
        case _:
            return {"kind": "scalar"}


def fingerprint(of: GraphQLSchema) -> Print:
    """Names, types, defaults and deprecations of a schema, one line for each field."""
    types = {
        name: type_print(each)
        for name, each in sorted(of.type_map.items())
        if not is_introspection_type(each) and not is_specified_scalar_type(each)
    }
    directives = {
        each.name: f"{field_print(GraphQLField(of.get_type('Count'), args=each.args)).removesuffix(' Count')}"  # type: ignore[arg-type]
        f" on {' '.join(sorted(place.name for place in each.locations))}"
        for each in of.directives
        if not is_specified_directive(each)
    }
    roots = {"query": str(of.query_type), "mutation": str(of.mutation_type)}
    return {"roots": roots, "directives": directives, "types": types}


def test_the_schema_is_one() -> None:
    assert_valid_schema(schema())


def test_the_schema_has_what_shopifys_has() -> None:
    ours, theirs = fingerprint(schema()), SUBSET["schema"]
    assert ours["types"].keys() == theirs["types"].keys()  # type: ignore[attr-defined]
    for name, each in theirs["types"].items():
        assert ours["types"][name] == each, name  # type: ignore[index]
    assert ours == theirs


def test_the_schema_is_built_once() -> None:
    assert schema() is schema()


def undescribed(of: GraphQLSchema) -> list[str]:
    """Name what says nothing of itself; the words of an enum may speak for themselves."""
    found = []
    for name, each in of.type_map.items():
        if is_introspection_type(each) or is_specified_scalar_type(each):
            continue
        if not each.description:
            found.append(name)
        if isinstance(each, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            found += [f"{name}.{inner}" for inner, one in each.fields.items() if not one.description]
    return found


def test_every_type_and_field_is_described() -> None:
    assert undescribed(schema()) == []
