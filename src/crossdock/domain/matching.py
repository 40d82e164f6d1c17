"""Conditions over things that are in memory: they hold as they do in a search of the database.

A value that does not fit its field, such as letters for a number, matches nothing.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from crossdock.domain.searching import All, Comparison, Condition, Either, Matches, Not

NOW = "now"
Value: TypeAlias = str | int | bool | datetime | None
"""What a field of a thing has."""

Values: TypeAlias = Mapping[str | None, tuple[Value, ...]]
"""What a thing can be found by: any of a field's values; those of None by terms that name no field."""


def holds(condition: Condition, values: Values, *, at: datetime) -> bool:
    """Say whether a condition holds of a thing. `at` is what `now` says. What it has no field for does not hold."""
    match condition:
        case All(parts):
            return all(holds(each, values, at=at) for each in parts)
        case Either(parts):
            return any(holds(each, values, at=at) for each in parts)
        case Not(part):
            return not holds(part, values, at=at)
        case Matches(None, Comparison.EQUAL, sought):
            return any(_contains(value, sought) for value in values.get(None, ()))
        case Matches(name, comparison, sought):
            return any(_compares(value, comparison, sought, at) for value in values.get(name, ()))


def _contains(value: Value, sought: str) -> bool:
    return value is not None and sought.casefold() in str(value).casefold()


def _compares(value: Value, comparison: Comparison, sought: str, at: datetime) -> bool:
    match value:
        case None:
            return False
        case _ if comparison is Comparison.PRESENT:
            return value != ""
        case bool():
            return comparison is Comparison.EQUAL and sought.casefold() == str(value).casefold()
        case int():
            number = read_number(sought)
            return number is not None and _ordered(value, number, comparison)
        case datetime():
            return _moment(value, comparison, sought, at)
        case str() if comparison is Comparison.PREFIX:
            return value.casefold().startswith(sought.casefold())
        case str():
            return _ordered(value.casefold(), sought.casefold(), comparison)


def _moment(value: datetime, comparison: Comparison, sought: str, at: datetime) -> bool:
    time = at if sought.casefold() == NOW else read_time(sought)
    if time is None:
        return False
    if comparison is Comparison.EQUAL:
        return time <= value < time + span_of(sought)
    return _ordered(value.timestamp(), time.timestamp(), comparison)


def _ordered(value: str | float, other: str | float, comparison: Comparison) -> bool:
    if isinstance(value, str) != isinstance(other, str):
        return False
    sign = (value > other) - (value < other)  # type: ignore[operator]  # both are texts, or neither is
    match comparison:
        case Comparison.EQUAL:
            return sign == 0
        case Comparison.LESS:
            return sign < 0
        case Comparison.AT_MOST:
            return sign <= 0
        case Comparison.GREATER:
            return sign > 0
        case Comparison.AT_LEAST:
            return sign >= 0
        case _:
            return False


def read_number(text: str) -> int | None:
    """Read a whole number of 64 bits; None for anything else."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 19:
        return None
    return int(text) if abs(int(text)) < 2**63 else None


def read_time(text: str) -> datetime | None:
    """Read a date or a time; one without an offset is UTC. None for anything else."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not 1900 <= at.year <= 9000:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def span_of(text: str) -> timedelta:
    """Return how long that is what a date or a time equals: its day, or its second, for times are shown in seconds."""
    return timedelta(days=1) if len(text) == len("2026-01-31") else timedelta(seconds=1)
