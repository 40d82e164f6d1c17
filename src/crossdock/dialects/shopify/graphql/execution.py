"""Executing a document that was found valid, for someone who asks."""

from collections.abc import Awaitable, Mapping
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLError, execute

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.binding import executable, read_off
from crossdock.dialects.shopify.graphql.context import Asking
from crossdock.dialects.shopify.graphql.errors import is_internal, written


def start(
    document: DocumentNode, variables: Mapping[str, Any], operation_name: str | None, asking: Asking
) -> ExecutionResult | Awaitable[ExecutionResult]:
    """Execute a document; what has to be loaded is waited for by whoever serves."""
    return execute(
        executable(),
        document,
        context_value=asking,
        variable_values=dict(variables),
        operation_name=operation_name,
        field_resolver=read_off,
    )


def answer_of(result: ExecutionResult, asking: Asking) -> dict[str, Json]:
    """Write what came of it, without what is said of its cost."""
    answer: dict[str, Json] = {"data": result.data}
    if result.errors:
        answer["errors"] = [written(error, asking.request_id) for error in result.errors]
    return answer


def unforeseen(result: ExecutionResult) -> list[GraphQLError]:
    """Return the errors that callers are told nothing about."""
    return [error for error in result.errors or () if is_internal(error.original_error)]
