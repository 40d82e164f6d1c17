"""One row per mutation: the commands that its arguments say, and the payload that their results make."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crossdock.dialects.operation import Json, Unreadable
from crossdock.dialects.shopify.graphql.context import Asking, Write
from crossdock.dialects.shopify.graphql.errors import TopLevel, UserError, UserErrors, bad_request
from crossdock.domain.refusals import KeyReused, Refusal

Arguments = Mapping[str, Any]  # as bound: snake_case, input objects as dicts, enums as their names

LONGEST_KEY = 255
IDEMPOTENCY_REQUIRED_SINCE = "2026-04"
_KEY_REUSED = UserError(
    None,
    "The same idempotency key cannot be used with different operation parameters.",
    "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    """A mutation of the wire. Any one of `scopes` lets a caller in.

    `decode` returns the command, or several that are carried out all or none. It may raise Refusal, UserErrors and
    TopLevel. `result`: the type of each command's result, which `payload` gets (a list of them for a list of commands).
    `user_errors` words a refusal for its arguments, or raises TopLevel. `objects` are the payload's fields beside
    `errors`; all are null when there are user errors, but for what `even_so` makes of the arguments. `needs_key`:
    `@idempotent` is required.
    """

    name: str
    scopes: frozenset[str]
    decode: Callable[[Arguments, Asking], Any]
    result: Any
    payload: Callable[[Any, Asking, Arguments], Json]
    user_errors: Callable[[Refusal, Arguments], Sequence[UserError]]
    objects: tuple[str, ...]
    errors: str = "user_errors"
    needs_key: bool = False
    even_so: Callable[[Arguments], Json] | None = None
    source: str = ""

    def refused(self, errors: Sequence[UserError], arguments: Arguments) -> Json:
        """Return the payload of a mutation that changed nothing."""
        kept = self.even_so(arguments) if self.even_so else {}
        return {**dict.fromkeys(self.objects), **kept, self.errors: list(errors)}


def perform(row: Mutation, asking: Asking, arguments: Arguments, key: str | None) -> Awaitable[Json]:
    """Return what to wait for until a mutation's payload is known. Waiting raises: TopLevel."""
    what = {"mutation": row.name, "arguments": arguments}
    try:
        decoded = _decoded(row, asking, arguments, key)
    except UserErrors as problem:
        return asking.serving.turn_down(what, row.refused(problem.errors, arguments))
    except TopLevel as problem:
        return asking.serving.turn_down(what, problem)
    several = isinstance(decoded, list)
    commands: list[Any] = decoded if several else [decoded]

    def done(results: Sequence[Any]) -> Json:
        return {row.errors: [], **row.payload(results if several else results[0], asking, arguments)}

    def refused(refusal: Refusal) -> Json:
        if isinstance(refusal, KeyReused):
            # Only errors of mutations that need a key have codes for it.
            return row.refused([_KEY_REUSED if row.needs_key else replace(_KEY_REUSED, code=None)], arguments)
        return row.refused(row.user_errors(refusal, arguments), arguments)

    return asking.serving.carry_out(
        Write(what=what, commands=commands, result=row.result, key=key, done=done, refused=refused)
    )


def _decoded(row: Mutation, asking: Asking, arguments: Arguments, key: str | None) -> Any:
    """Return the command of a mutation, or several, for whoever may give it. Raises: UserErrors, TopLevel."""
    asking.require(row.name, row.scopes)
    if key is None and row.needs_key and requires_keys(asking.version):
        raise bad_request("The @idempotent directive is required for this mutation but was not provided.")
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        raise bad_request(f"The idempotency key must have between 1 and {LONGEST_KEY} characters.")
    try:
        return row.decode(arguments, asking)
    except Refusal as refusal:
        raise UserErrors(tuple(row.user_errors(refusal, arguments))) from refusal
    except Unreadable as error:
        raise TopLevel(error.message, "RESOURCE_NOT_FOUND") from error


def requires_keys(version: str) -> bool:
    """Say whether a version asks for keys, and for what quantities are thought to be until now."""
    return version >= IDEMPOTENCY_REQUIRED_SINCE  # "unstable" sorts behind every date, too
