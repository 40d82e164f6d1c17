"""The schema with what resolves its fields.

A field without a resolver of its own is read off its source: an attribute, or a key of a mapping, by the field's name
in snake case. Arguments and input fields come to resolvers in snake case as well.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from graphql import GraphQLResolveInfo, GraphQLSchema
from graphql.execution import get_directive_values
from graphql.type import (
    GraphQLAbstractType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
)

from crossdock.dialects.shopify.graphql import scalars
from crossdock.dialects.shopify.graphql.field import Field
from crossdock.dialects.shopify.graphql.fields import FIELDS, MUTATIONS, TYPES
from crossdock.dialects.shopify.graphql.mutation import Mutation, perform
from crossdock.dialects.shopify.graphql.schema import build


@cache
def executable() -> GraphQLSchema:
    """Return the schema, bound once."""
    bound = build()
    scalars.attach(bound)
    for type_ in bound.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                _name_arguments(field)
                resolver = FIELDS.get(type_.name, {}).get(name)
                if resolver is not None:
                    field.resolve = _resolving(name, resolver if isinstance(resolver, Field) else Field(resolver))
        elif isinstance(type_, GraphQLInputObjectType):
            for name, input_field in type_.fields.items():
                input_field.out_name = snake(name)
        elif isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            type_.resolve_type = type_name
    mutations = bound.mutation_type
    if mutations is None:
        raise ValueError("the schema has no mutations")
    for row in MUTATIONS:
        mutations.fields[row.name].resolve = _mutating(row)
    return bound


@cache
def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def read_off(source: Any, info: GraphQLResolveInfo[Any], **_: Any) -> Any:
    """Read a field off its source by name."""
    name = snake(info.field_name)
    return source.get(name) if isinstance(source, Mapping) else getattr(source, name)


def type_name(value: Any, _: GraphQLResolveInfo[Any], abstract: GraphQLAbstractType) -> str:
    """Return the type of a value that stands where several could."""
    named: str | None = TYPES.get(type(value))
    if named is None:
        raise TypeError(f"{type(value).__name__} cannot stand for a {abstract.name}")
    return named


def _name_arguments(field: GraphQLField) -> None:
    for name, argument in field.args.items():
        argument.out_name = snake(name)


def _resolving(name: str, field: Field) -> Any:
    resolve, scopes = field.resolve, field.scopes
    if not scopes:
        return lambda source, info, **arguments: resolve(source, info.context, **arguments)

    def guarded(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        info.context.require(name, scopes)
        return resolve(source, info.context, **arguments)

    return guarded


def _mutating(row: Mutation) -> Any:
    def mutate(_: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        return perform(row, info.context, arguments, _key(info))

    return mutate


def _key(info: GraphQLResolveInfo[Any]) -> str | None:
    directive = info.schema.get_directive("idempotent")
    if directive is None:
        return None
    for node in info.field_nodes:
        values = get_directive_values(directive, node, info.variable_values)
        if values is not None:
            return str(values["key"])
    return None
