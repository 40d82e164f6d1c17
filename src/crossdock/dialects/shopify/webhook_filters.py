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
from crossdock.dialects.shopify.graphql.search import LONGEST_QUERY, read_search
from crossdock.dialects.shopify.wire import read_time
from crossdock.domain.refusals import Invalid
from crossdock.domain.searching import EVERYTHING, All, Comparison, Condition, Either, Matches, Not, terms

# A name is looked at once, from its beginning: filters are long texts of strangers.
_NAMES = re.compile(r"(?<![A-Za-z0-9_.])[A-Za-z_][A-Za-z0-9_.]*+(?=:)")
_NUMERIC = frozenset("0123456789+-.")
_ORDERED: Mapping[Comparison, Callable[[Any, Any], bool]] = {
    Comparison.EQUAL: eq,
    Comparison.LESS: lt,
    Comparison.AT_MOST: le,
    Comparison.GREATER: gt,
    Comparison.AT_LEAST: ge,
}


def check_filter(text: str) -> None:
    """Raises: Invalid for what says nothing, or has a value without its field."""
    if len(text) > LONGEST_QUERY:
        raise Invalid("filter", f"is too long (maximum is {LONGEST_QUERY} characters)")
    condition = read_filter(text)
    if condition == EVERYTHING or any(term.field is None for term in terms(condition)):
        raise Invalid(
            "filter", "The specified filter is invalid, please ensure you specify the field(s) you wish to filter on."
        )


def passes(text: str, body: Json) -> bool:
    """Say whether a body fits a filter that was checked."""
    led_to: dict[str, tuple[Json, ...]] = {}

    def found(field: str) -> tuple[Json, ...]:
        if field not in led_to:
            led_to[field] = tuple(_found(body, field.split(".")))
        return led_to[field]

    return _holds(read_filter(text), found)


@lru_cache(maxsize=1024)
def read_filter(text: str) -> Condition:
    """Return a filter as a condition; whatever field it names, a body may have."""
    return read_search(text, _NAMES.findall(text), path=()).condition


def _holds(condition: Condition, found: Callable[[str], Sequence[Json]]) -> bool:
    """Say whether a condition holds, of what its fields lead to."""
    match condition:
        case All(parts):
            return all(_holds(part, found) for part in parts)
        case Either(parts):
            return any(_holds(part, found) for part in parts)
        case Not(part):
            return not _holds(part, found)
        case Matches(field, comparison, value):
            return any(_fits(each, comparison, value) for each in found(field or ""))


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
    number, time = _meanings(value)
    if number is not None and (one := _number(text)) is not None:
        return compare(one, number)
    if time is not None and (at := _time(text)) is not None:
        return compare(at, time)
    return compare(text, value.lower())


@lru_cache(maxsize=4096)
def _meanings(value: str) -> tuple[Decimal | None, datetime | None]:
    """Return what a value of a filter could mean beside a text; it is held against every line of every body."""
    return _number(value), _time(value)


def _number(text: str) -> Decimal | None:
    if text[:1] not in _NUMERIC:  # most are words, and to be refused takes longer than all the rest
        return None
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
