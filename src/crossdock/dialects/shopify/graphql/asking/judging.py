"""What an answer of the GraphQL API means: the store's no comes in five forms, nearly all of them with status 200.

Source: Shopify GraphQL, errors, response codes, throttling; as recorded in the reference.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from crossdock.dialects.asking import (
    Budget,
    Disconnected,
    Judgement,
    Later,
    Refused,
    Reply,
    Taken,
    TooDear,
    Withheld,
)
from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.errors import read_error

THROTTLED = "THROTTLED"
TOO_DEAR = "MAX_COST_EXCEEDED"
MISSING = "RESOURCE_NOT_FOUND"
WITHHELD = frozenset({"ACCESS_DENIED", "SHOP_INACTIVE"})
PASSING = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT", "IDEMPOTENCY_CONCURRENT_REQUEST"})
# The document or its variables do not fit this version of the schema; all but the first are camelCase, as recorded.
MISFITS = frozenset({"BAD_REQUEST", "INVALID_VARIABLE", "INVALID_FIELD_ARGUMENTS", "PARSE_ERROR"})
REFUSING = frozenset({400, 405, 406, 410, 413, 414, 415, 422})
DISCONNECTED = 401
WITHHOLDING: Mapping[int, str] = MappingProxyType(
    {
        402: "the shop is frozen",
        403: "the shop does not let us",
        404: "there is no shop under this address",
        423: "the shop is locked",
    }
)
_WAIT_FOR_THE_OTHER = 2.0
_LARGEST_BUCKET = 1e9
_SLOWEST_SECONDS = 86_400.0
# Who is throttled although there should be enough must not use up all attempts at once.
_SHORTEST_SECONDS = 1.0


def judge(reply: Reply) -> Judgement:
    """Judge an answer by its status, then by its errors, then by what its mutations say."""
    match reply.body:
        case {"errors": [*errors]} if errors and _ok(reply.status):
            return _by_errors(errors, reply)
        case {"data": {**data}} if _ok(reply.status):
            return _by_data(data)
        case _:
            return by_status(reply)


def by_status(reply: Reply) -> Judgement:
    """Judge an answer that is no GraphQL: a status, with a text or a page of HTML at most."""
    words = read_error(reply.status, reply.body)
    if reply.status == DISCONNECTED:
        return Disconnected(words=words)
    if reply.status in WITHHOLDING:
        return Withheld(words=f"{WITHHOLDING[reply.status]} ({words})")
    if reply.status in REFUSING:
        return Refused(words=words)
    if _ok(reply.status):
        return Later(words=f"the answer is no GraphQL ({words})")
    return Later(words=words)


def budget(reply: Reply) -> Budget | None:
    """Read what an answer says is left to spend; None where it says nothing readable, or what nobody could wait for."""
    match reply.body:
        case {
            "extensions": {
                "cost": {
                    "throttleStatus": {
                        "maximumAvailable": int() | float() as maximum,
                        "currentlyAvailable": int() | float() as available,
                        "restoreRate": int() | float() as per_second,
                    }
                }
            }
        } if 0 < maximum <= _LARGEST_BUCKET and per_second >= maximum / _SLOWEST_SECONDS:
            return Budget(available=min(max(available, -maximum), maximum), maximum=maximum, per_second=per_second)
        case _:
            return None


def _ok(status: int) -> bool:
    return 200 <= status < 300


def _by_errors(errors: Sequence[Json], reply: Reply) -> Judgement:
    """Judge top-level errors by the gravest of their codes. Data beside them is worth nothing to a command."""
    codes = {code for error in errors if (code := _code(error)) is not None}
    words = "; ".join(dict.fromkeys(_words(error) for error in errors))
    if THROTTLED in codes:
        return Later(words=words, seconds=_until_affordable(reply))
    if TOO_DEAR in codes:
        return TooDear(words=words)
    if codes & WITHHELD:
        return Withheld(words=words)
    if MISSING in codes:
        return Refused(words=words, missing=True)
    # A misfit is called by what is wrong in camelCase (`undefinedField`, `argumentLiteralsIncompatible` …).
    if codes & MISFITS or any(code[:1].islower() for code in codes):
        return Refused(words=words)
    return Later(words=words)


def _by_data(data: Mapping[Any, Json]) -> Judgement:
    """Judge data by the user errors in it. What is asked for by an id that names nothing is null."""
    if data and all(value is None for value in data.values()):
        return Refused(words="there is no such thing", missing=True)
    errors = [error for payload in data.values() for error in _user_errors(payload)]
    if not errors:
        return Taken()
    words = "; ".join(dict.fromkeys(_with_field(error) for error in errors))
    if any(_user_code(error) in PASSING for error in errors):
        return Later(words=words, seconds=_WAIT_FOR_THE_OTHER)
    return Refused(words=words)


def _user_errors(payload: Json) -> Sequence[Json]:
    match payload:
        case {"userErrors": [*errors]}:
            return errors
        case _:
            return ()


def _with_field(error: Json) -> str:
    match error:
        case {"field": [*path], "message": str(message)} if path:
            return f"{'.'.join(str(each) for each in path)}: {message}"
        case {"message": str(message)}:
            return message
        case _:
            return "refused, without a reason"


def _user_code(error: Json) -> str | None:
    match error:
        case {"code": str(code)}:
            return code
        case _:
            return None


def _code(error: Json) -> str | None:
    match error:
        case {"extensions": {"code": str(code)}}:
            return code
        case _:
            return None


def _words(error: Json) -> str:
    match error:
        case {"message": str(message)} if message.strip():
            return message.strip()
        case str() if error.strip():
            return error.strip()
        case _:
            return "an error without a message"


def _until_affordable(reply: Reply) -> float | None:
    """Return the seconds after which the bucket would have held enough."""
    left = budget(reply)
    match reply.body:
        case {"extensions": {"cost": {"requestedQueryCost": int() | float() as asked}}} if left is not None:
            return max((min(asked, left.maximum) - left.available) / left.per_second, _SHORTEST_SECONDS)
        case _:
            return None
