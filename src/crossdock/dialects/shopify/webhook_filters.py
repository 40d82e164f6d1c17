"""Filters of webhook subscriptions: a search over the body's own fields, which dots lead down to.

A list holds what any of its things holds. Source: Shopify, search syntax; webhookSubscriptionCreate, `filter`, and the
refusal as recorded.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from typing import Any

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.wire import read_time
from crossdock.domain.refusals import Invalid
from crossdock.domain.searching import All, Comparison, Condition, Either, Matches, Not

LONGEST = 2048
DEEPEST = 16
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<mark>[()])
        |(?P<minus>-)(?=\S)
        |(?P<field>(?:[^\s:()"'\\-]|(?<=\w)-)+):(?P<comparator><=|>=|<|>|=)?
            (?P<value>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?:[^\s()"'\\]|\\.)+)
        |(?P<word>AND|OR|NOT)(?=[\s(]|$)
    )""",
    re.VERBOSE,
)
_COMPARISONS: Mapping[str | None, Comparison] = {
    None: Comparison.EQUAL,
    "=": Comparison.EQUAL,
    "<": Comparison.LESS,
    "<=": Comparison.AT_MOST,
    ">": Comparison.GREATER,
    ">=": Comparison.AT_LEAST,
}
_ORDERED: Mapping[Comparison, Callable[[Any, Any], bool]] = {
    Comparison.EQUAL: eq,
    Comparison.LESS: lt,
    Comparison.AT_MOST: le,
    Comparison.GREATER: gt,
    Comparison.AT_LEAST: ge,
}


def check_filter(text: str) -> None:
    """Raises: Invalid for what is no search, or has a value without its field."""
    if len(text) > LONGEST:
        raise Invalid("filter", f"is too long (maximum is {LONGEST} characters)")
    read_filter(text)


def passes(text: str, body: Json) -> bool:
    """Say whether a body fits a filter that was checked."""
    return _holds(read_filter(text), body)


@lru_cache(maxsize=1024)
def read_filter(text: str) -> Condition:
    """Return a filter as a condition. Raises: Invalid."""
    tokens = list(_tokens(text))
    condition, left = _either(tokens, 0)
    if left or not tokens:
        raise _refused()
    return condition


def _refused() -> Invalid:
    return Invalid(
        "filter", "The specified filter is invalid, please ensure you specify the field(s) you wish to filter on."
    )


def _tokens(text: str) -> Iterator[str | Matches]:
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            raise _refused()
        place = match.end()
        if match["field"]:
            yield _term(match["field"], match["comparator"], match["value"])
        else:
            yield match["mark"] or match["word"] or "NOT"


def _term(field: str, comparator: str | None, value: str) -> Matches:
    if value[0] in "\"'":
        return Matches(field, _COMPARISONS[comparator], _plain(value[1:-1]))
    if comparator is None and value == "*":
        return Matches(field, Comparison.PRESENT, "")
    if comparator is None and value.endswith("*") and not value.endswith("\\*"):
        return Matches(field, Comparison.PREFIX, _plain(value[:-1]))
    return Matches(field, _COMPARISONS[comparator], _plain(value))


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value)


def _either(tokens: Sequence[str | Matches], depth: int) -> tuple[Condition, Sequence[str | Matches]]:
    if depth > DEEPEST:
        raise _refused()
    part, left = _all(tokens, depth)
    parts = [part]
    while left and left[0] == "OR":
        part, left = _all(left[1:], depth)
        parts.append(part)
    return (Either(tuple(parts)) if len(parts) > 1 else parts[0]), left


def _all(tokens: Sequence[str | Matches], depth: int) -> tuple[Condition, Sequence[str | Matches]]:
    part, left = _one(tokens, depth)
    parts = [part]
    while left and left[0] not in ("OR", ")"):
        part, left = _one(left[1:] if left[0] == "AND" else left, depth)
        parts.append(part)
    return (All(tuple(parts)) if len(parts) > 1 else parts[0]), left


def _one(tokens: Sequence[str | Matches], depth: int) -> tuple[Condition, Sequence[str | Matches]]:
    if not tokens or depth > DEEPEST:
        raise _refused()
    first, left = tokens[0], tokens[1:]
    if isinstance(first, Matches):
        return first, left
    if first == "NOT":
        part, left = _one(left, depth + 1)
        return Not(part), left
    if first != "(":
        raise _refused()
    part, left = _either(left, depth + 1)
    if not left or left[0] != ")":
        raise _refused()
    return part, left[1:]


def _holds(condition: Condition, body: Json) -> bool:
    match condition:
        case All(parts):
            return all(_holds(part, body) for part in parts)
        case Either(parts):
            return any(_holds(part, body) for part in parts)
        case Not(part):
            return not _holds(part, body)
        case Matches(field, comparison, value):
            return any(_fits(found, comparison, value) for found in _found(body, (field or "").split(".")))


def _found(value: Json, path: Sequence[str]) -> Iterator[Json]:
    """Yield what a path leads to, of every thing of the lists on its way."""
    match value:
        case list():
            for each in value:
                yield from _found(each, path)
        case dict() if path:
            if path[0] in value:
                yield from _found(value[path[0]], path[1:])
        case _ if not path:
            yield value


def _fits(found: Json, comparison: Comparison, value: str) -> bool:
    if found is None or found == {}:
        return False
    if comparison is Comparison.PRESENT:
        return True
    text = str(found).lower() if not isinstance(found, dict) else ""
    if comparison is Comparison.PREFIX:
        return text.startswith(value.lower())
    compare = _ORDERED[comparison]
    for read in (_number, _time):
        one, other = read(text), read(value)
        if one is not None and other is not None:
            return compare(one, other)
    return compare(text, value.lower())


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _time(text: str) -> datetime | None:
    try:
        return read_time(text)
    except ValueError:
        return None
