"""Reading what callers send: each field by its type, refused in Shopify's words when it is of another.

Unknown keys are ignored, as clients send whole resources back. null is the same as absent.
Source: Shopify REST, answers to a wrong type ("expected Hash to be a Array").
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import isfinite
from typing import TypeVar

from crossdock.dialects.numbers import digits, is_integer
from crossdock.dialects.operation import Call, Json, Unreadable
from crossdock.dialects.shopify.wire import read_money, read_time
from crossdock.domain.refusals import Invalid, NotFound

REQUIRED = "Required parameter missing or invalid"
LONGEST_LINE = 255
LONGEST_PARAGRAPH = 5_000  # that of an order's note; messages are given the same
_RUBY_CLASSES = {
    dict: "Hash",
    list: "Array",
    str: "String",
    int: "Integer",
    float: "Float",
    bool: "Boolean",
    type(None): "NilClass",
}
_FLAGS = {"true": True, "1": True, "false": False, "0": False}

Value = TypeVar("Value")
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object that is read field by field; `path` says where in the message it stands."""

    values: dict[str, Json]
    path: str = ""

    def where(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def wrong(self, name: str, expected: str) -> Unreadable:
        found = _RUBY_CLASSES.get(type(self.values.get(name)), "Object")
        return Unreadable(self.where(name), f"expected {found} to be a {expected}")

    def need(self, name: str, value: Value | None) -> Value:
        """Return a value that was read. Raises: Unreadable when it was absent."""
        if value is None:
            raise Unreadable(self.where(name), REQUIRED)
        return value

    def text(self, name: str) -> str | None:
        """Read a text; numbers count as texts, since clients send postal codes and SKUs as such."""
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, (dict, list, bool)):
            raise self.wrong(name, "String")
        return str(value)

    def line(self, name: str) -> str | None:
        """Read a text of one line's length. Raises: Invalid for a longer one."""
        return self._at_most(name, LONGEST_LINE)

    def paragraph(self, name: str) -> str | None:
        """Read a text that people write to each other. Raises: Invalid for one that nobody would read."""
        return self._at_most(name, LONGEST_PARAGRAPH)

    def whole(self, name: str) -> int | None:
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(name, "Integer")
        if not is_integer(value):
            raise Unreadable(self.where(name), "is out of range")
        return value

    def identity(self, name: str) -> int | None:
        """Read an id; texts of digits count, as JavaScript clients send them."""
        value = self.values.get(name)
        number = digits(value) if isinstance(value, str) else None
        return number if number is not None else self.whole(name)

    def flag(self, name: str) -> bool | None:
        value = self.values.get(name)
        if isinstance(value, str):
            value = _FLAGS.get(value.lower(), value)
        if value is None or isinstance(value, bool):
            return value
        raise self.wrong(name, "Boolean")

    def time(self, name: str) -> datetime | None:
        value = self.text(name)
        return None if value is None else _time(self.where(name), value)

    def decimal(self, name: str) -> float | None:
        """Read a number, also one written as a text."""
        value = self.text(name)
        if value is None:
            return None
        try:
            number = float(value)
        except ValueError as error:
            raise Unreadable(self.where(name), "is not a number") from error
        if not isfinite(number):
            raise Unreadable(self.where(name), "is not a number")
        return number

    def money(self, name: str, currency: str) -> int | None:
        """Read an amount, a decimal string or a number, as minor units."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return read_money(value, currency)
        except ValueError as error:
            raise Unreadable(self.where(name), "is not a number") from error

    def word(self, name: str, words: type[Word]) -> Word | None:
        """Read one of a closed set of words. Raises: Invalid for any other."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return words(value)
        except ValueError as error:
            raise self.not_in_list(name) from error

    def not_in_list(self, name: str) -> Invalid:
        return Invalid(name, "is not included in the list")

    def within(self, name: str) -> "Fields | None":
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.wrong(name, "Hash")
        return Fields(value, self.where(name))

    def each(self, name: str) -> "tuple[Fields, ...] | None":
        """Read a list of objects."""
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, list):
            raise self.wrong(name, "Array")
        return tuple(self._items(name, value))

    def identities(self, name: str) -> tuple[int, ...] | None:
        """Read a list of ids."""
        values = self.values.get(name)
        if values is None:
            return None
        if not isinstance(values, list):
            raise self.wrong(name, "Array")
        items = [Fields({name: value}, self.path) for value in values]
        return tuple(item.need(name, item.identity(name)) for item in items)

    def texts(self, name: str) -> tuple[str, ...]:
        """Read a list of texts; absent is empty."""
        value = self.values.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(name, "Array")
        return tuple(value)

    def _at_most(self, name: str, longest: int) -> str | None:
        value = self.text(name)
        if value is not None and len(value) > longest:
            raise Invalid(name, f"is too long (maximum is {longest} characters)")
        return value

    def _items(self, name: str, values: list[Json]) -> "Iterator[Fields]":
        for position, item in enumerate(values):
            where = f"{self.where(name)}[{position}]"
            if not isinstance(item, dict):
                raise Unreadable(where, f"expected {_RUBY_CLASSES.get(type(item), 'Object')} to be a Hash")
            yield Fields(item, where)


def body_of(call: Call) -> Fields:
    """Return the body of a call that has no root; a call without a body has an empty one."""
    return whole_body(call.body)


def body_or_query(call: Call) -> Fields:
    """Return the fields of a call that has no root: the clients send them in its body, or behind the path."""
    return Fields({**dict(call.query), **body_of(call).values})


def whole_body(body: Json) -> Fields:
    """Return a JSON object's fields. Raises: Unreadable when it is no object."""
    if body is None:
        return Fields({})
    if not isinstance(body, dict):
        raise Unreadable("base", f"expected {_RUBY_CLASSES.get(type(body), 'Object')} to be a Hash")
    return Fields(body)


def root(call: Call, name: str) -> Fields:
    """Return the object under the root key. Raises: Unreadable when it is missing."""
    body = body_of(call)
    return body.need(name, body.within(name))


def answered(answer: Json, name: str) -> Fields:
    """Return the object under the root key of an answer. Raises: Unreadable when it is missing."""
    fields = whole_body(answer)
    return fields.need(name, fields.within(name))


def answered_list(answer: Json, name: str) -> "tuple[Fields, ...]":
    """Return the objects under the root key of an answer. Raises: Unreadable when it is missing."""
    fields = whole_body(answer)
    return fields.need(name, fields.each(name))


def optional_root(call: Call, name: str) -> Fields:
    """Return the object under the root key, or no fields: actions are called with nothing, too."""
    return body_of(call).within(name) or Fields({}, name)


def path_id(call: Call, name: str, kind: str) -> int:
    """Return an id that stands in the path. Raises: NotFound for what can be no id."""
    text = call.parameters.get(name, "")
    number = digits(text)
    if number is None:
        raise NotFound(kind, text)
    return number


@dataclass(frozen=True, slots=True)
class Parameters:
    """Query parameters. Lists come as `ids=1,2` and as `ids[]=1&ids[]=2`."""

    pairs: tuple[tuple[str, str], ...]

    def text(self, name: str) -> str | None:
        """Return the last value of a name; an empty one is absent."""
        return next((value for key, value in reversed(self.pairs) if key == name and value), None)

    def choice(self, name: str, words: Collection[str]) -> str | None:
        value = self.text(name)
        if value is not None and value not in words:
            raise Unreadable(name, f"must be one of {', '.join(words)}")
        return value

    def whole(self, name: str) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        number = digits(value)
        if number is None:
            raise Unreadable(name, "expected String to be a Integer")
        return number

    def flag(self, name: str) -> bool:
        value = self.text(name)
        if value is None:
            return False
        if value.lower() not in _FLAGS:
            raise Unreadable(name, "expected String to be a Boolean")
        return _FLAGS[value.lower()]

    def time(self, name: str) -> datetime | None:
        value = self.text(name)
        return None if value is None else _time(name, value)

    def ids(self, name: str) -> tuple[int, ...]:
        """Return a list of ids, each once; empty when the parameter is absent."""
        texts = [part.strip() for key, value in self.pairs if key in {name, f"{name}[]"} for part in value.split(",")]
        numbers = [digits(text) for text in texts if text]
        if None in numbers:
            raise Unreadable(name, "expected String to be a Integer")
        return tuple(dict.fromkeys(number for number in numbers if number is not None))


def _time(where: str, text: str) -> datetime:
    try:
        return read_time(text)
    except (ValueError, OverflowError) as error:
        raise Unreadable(where, "is not a time") from error
