"""The schema, built once from the file beside this module; whoever executes attaches what resolves its fields."""

from functools import cache
from importlib.resources import files

from graphql import GraphQLSchema, build_schema


@cache
def schema() -> GraphQLSchema:
    """Return the schema of the newest version that is served."""
    text = files(__package__).joinpath("schema.graphql").read_text(encoding="utf-8")
    return build_schema(text, no_location=True)
