"""The schema, built from the file beside this module."""

from functools import cache
from importlib.resources import files

from graphql import GraphQLSchema, build_schema


@cache
def schema() -> GraphQLSchema:
    """Return the schema of the newest version that is served, built once for all who only look at it."""
    return build()


def build() -> GraphQLSchema:
    """Return the schema built anew, for who attaches what resolves its fields."""
    text = files(__package__).joinpath("schema.graphql").read_text(encoding="utf-8")
    return build_schema(text, no_location=True)
