"""The two ways in which GraphQL says no: errors beside the data, and user errors inside a mutation's payload.

Source: Shopify GraphQL, errors, as recorded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphql import GraphQLError

from crossdock.dialects.operation import Json, Unreadable
from crossdock.domain.refusals import Invalid

INVALID_CURSOR = "Invalid cursor for current pagination sort."
ACCESS_SCOPES_PAGE = "https://shopify.dev/api/usage/access-scopes"


@dataclass(eq=False)
class TopLevel(Exception):
    """An error beside the data; the field that it befell is null. `extensions` are what its code says more."""

    message: str
    code: str
    extensions: Mapping[str, Json] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class UserError:
    """What a merchant could mend. `field` is the path to the argument at fault, in the wire's words."""

    field: tuple[str, ...] | None
    message: str
    code: str | None = None


@dataclass(eq=False)
class UserErrors(Exception):
    """The arguments of a mutation do not do."""

    errors: tuple[UserError, ...]


def denied(name: str, scopes: Iterable[str]) -> TopLevel:
    """Return the error of a field whose scopes the caller lacks, any one of which would do."""
    required = " or ".join(f"`{scope}`" for scope in sorted(scopes)) + " access scope."
    return TopLevel(
        f"Access denied for {name} field. Required access: {required}",
        "ACCESS_DENIED",
        {"documentation": ACCESS_SCOPES_PAGE, "requiredAccess": required},
    )


def not_found(gid: str) -> TopLevel:
    """Return the error of a mutation whose id cannot name anything."""
    return TopLevel(f"Invalid id: {gid}", "RESOURCE_NOT_FOUND")


def bad_request(message: str) -> TopLevel:
    return TopLevel(message, "BAD_REQUEST")


def internal(request_id: str | None) -> TopLevel:
    return TopLevel(
        "Internal error. Looks like something went wrong on our end.\n"
        f"Request ID: {request_id or 'unknown'} (include this in support requests).",
        "INTERNAL_SERVER_ERROR",
    )


def _told(cause: Exception | None, request_id: str | None) -> TopLevel:
    match cause:
        case TopLevel():
            return cause
        case Unreadable():
            return TopLevel(cause.message, "RESOURCE_NOT_FOUND")
        case Invalid(field="cursor"):
            return bad_request(INVALID_CURSOR)
        case _:
            return internal(request_id)


def is_internal(cause: Exception | None) -> bool:
    """Say whether callers are told nothing about a cause."""
    return _told(cause, None).code == "INTERNAL_SERVER_ERROR"


def written(error: GraphQLError, request_id: str | None) -> Json:
    """Write an error of the execution as it stands beside the data. What nobody foresaw is told as nothing."""
    cause = error.original_error
    known = _told(cause, request_id)
    return {
        "message": known.message,
        "locations": [{"line": each.line, "column": each.column} for each in error.locations or ()],
        "path": list(error.path or ()),
        "extensions": {"code": known.code, **known.extensions},
    }
