"""Every type's resolvers and every mutation, gathered from the modules that know them."""

from collections.abc import Callable, Mapping
from typing import Any

from crossdock.dialects.shopify.graphql.field import Field, Resolvers
from crossdock.dialects.shopify.graphql.mutation import Mutation
from crossdock.dialects.shopify.graphql.mutations import fulfilling, holding, moving, requests, scheduling, splitting
from crossdock.dialects.shopify.graphql.types import nodes

# By the type in a global id: what makes the query of its number, and the scopes to see it.
NODES: Mapping[str, Field] = {}

MODULES: tuple[Resolvers, ...] = (nodes.roots(NODES),)

# A type's fields may stand in several modules: those of the roots stand with what they lead to.
FIELDS: Mapping[str, Mapping[str, Field | Callable[..., Any]]] = {
    name: {field: resolver for module in MODULES for field, resolver in module.get(name, {}).items()}
    for name in {name for module in MODULES for name in module}
}
TYPES: Mapping[type, str] = {}
MUTATIONS: tuple[Mutation, ...] = (
    *requests.MUTATIONS,
    *holding.MUTATIONS,
    *moving.MUTATIONS,
    *splitting.MUTATIONS,
    *scheduling.MUTATIONS,
    *fulfilling.MUTATIONS,
)
