"""Reading what callers send: each field by its type, refused in the words of Django REST Framework.

Bodies come as JSON or as forms, whose values are all texts: a text is read as the type that is wanted. Unknown keys are
ignored, as clients send whole things back. null is the same as absent.
Source: 29 Next Admin API; its error bodies as its own clients read them.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from math import isfinite
from typing import TypeVar

from crossdock.dialects.next29.wire import read_day, read_money, read_time
from crossdock.dialects.numbers import digits, is_integer
from crossdock.dialects.operation import Call, Json, Unreadable
from crossdock.domain.refusals import NotFound

REQUIRED = "This field is required."
WHOLE_BODY = "non_field_errors"
NUMBER = "number"
LONGEST_LINE = 255
LONGEST_PARAGRAPH = 5_000
MOST_ITEMS = 2_000
LARGEST_KEPT = 64 * 1024
_FLAGS = {"true": True, "1": True, "on": True, "yes": True, "false": False, "0": False, "off": False, "no": False}

Value = TypeVar("Value")
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object that is read field by field; `path` says where in the message it stands."""

    values: Mapping[str, Json]
    path: str = ""

    def where(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def wrong(self, name: str, message: str) -> Unreadable:
        return Unreadable(self.where(name), message)

    def has(self, name: str) -> bool:
        """Whether a field was sent, be it as null."""
        return name in self.values

    def need(self, name: str, value: Value | None) -> Value:
        """Return a value that was read. Raises: Unreadable when it was absent."""
        if value is None:
            raise self.wrong(name, "This field may not be null." if self.has(name) else REQUIRED)
        return value

    def text(self, name: str) -> str | None:
        """Read a text; numbers count as texts."""
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, (dict, list, bool)):
            raise self.wrong(name, "Not a valid string.")
        return str(value)

    def line(self, name: str, longest: int = LONGEST_LINE) -> str | None:
        """Read a text of one line's length."""
        return self._at_most(name, longest)

    def paragraph(self, name: str) -> str | None:
        """Read a text that people write to each other."""
        return self._at_most(name, LONGEST_PARAGRAPH)

    def filled(self, name: str, longest: int = LONGEST_LINE) -> str:
        """Read a text that must be there and say something."""
        value = self.need(name, self._at_most(name, longest)).strip()
        if not value:
            raise self.wrong(name, "This field may not be blank.")
        return value

    def whole(self, name: str) -> int | None:
        value = self.values.get(name)
        if isinstance(value, str):
            sign, text = (-1, value[1:]) if value.startswith("-") else (1, value)
            number = digits(text)
            value = value if number is None else sign * number
        if value is None or value == "":
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not is_integer(value):
            raise self.wrong(name, "A valid integer is required.")
        return value

    def identity(self, name: str) -> int | None:
        """Read an id."""
        value = self.whole(name)
        if value is not None and value < 0:
            raise self.wrong(name, "Ensure this value is greater than or equal to 0.")
        return value

    def flag(self, name: str) -> bool | None:
        value = self.values.get(name)
        if isinstance(value, str):
            value = _FLAGS.get(value.strip().lower(), value)
        elif is_integer(value):
            value = _FLAGS.get(str(value), value)
        if value is None or isinstance(value, bool):
            return value
        raise self.wrong(name, "Must be a valid boolean.")

    def time(self, name: str) -> datetime | None:
        value = self.text(name)
        if value is None or value == "":
            return None
        try:
            return read_time(value)
        except (ValueError, OverflowError) as error:
            raise self.wrong(name, "Datetime has wrong format. Use an ISO 8601 time.") from error

    def decimal(self, name: str) -> float | None:
        """Read a number, also one written as a text."""
        value = self.text(name)
        if value is None or value == "":
            return None
        try:
            number = float(value)
        except ValueError as error:
            raise self.wrong(name, "A valid number is required.") from error
        if not isfinite(number):
            raise self.wrong(name, "A valid number is required.")
        return number

    def money(self, name: str, currency: str) -> int | None:
        """Read an amount, a decimal string or a number, as minor units."""
        value = self.text(name)
        if value is None or value == "":
            return None
        try:
            return read_money(value, currency)
        except ValueError as error:
            raise self.wrong(name, "A valid number is required.") from error

    def word(self, name: str, words: type[Word]) -> Word | None:
        """Read one of a closed set of words; an empty text is none."""
        value = self.text(name)
        if value is None or value == "":
            return None
        try:
            return words(value)
        except ValueError as error:
            raise self.not_a_choice(name, value) from error

    def choice(self, name: str, words: Mapping[str, Value]) -> Value | None:
        """Read a word as what it stands for; an empty text is none."""
        value = self.text(name)
        if value is None or value == "":
            return None
        if value not in words:
            raise self.not_a_choice(name, value)
        return words[value]

    def not_a_choice(self, name: str, value: str) -> Unreadable:
        return self.wrong(name, f'"{value[:100]}" is not a valid choice.')

    def within(self, name: str) -> "Fields | None":
        """Read an object."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, dict):
            raise self.wrong(name, "Invalid data. Expected a dictionary.")
        return Fields(value, self.where(name))

    def each(self, name: str) -> "tuple[Fields, ...] | None":
        """Read a list of objects."""
        values = self._list(name)
        return None if values is None else tuple(self._items(name, values))

    def identities(self, name: str) -> tuple[int, ...] | None:
        """Read a list of ids."""
        values = self._list(name)
        if values is None:
            return None
        items = [Fields({name: value}, self.path) for value in values]
        return tuple(item.need(name, item.identity(name)) for item in items)

    def texts(self, name: str) -> tuple[str, ...] | None:
        """Read a list of texts."""
        values = self._list(name)
        if values is None:
            return None
        if not all(isinstance(item, str) for item in values):
            raise self.wrong(name, "Not a valid string.")
        return tuple(values)

    def free(self, name: str) -> Json:
        """Return a value of any form, as it is, if it is not too large to be kept beside a thing."""
        value = self.values.get(name)
        if isinstance(value, (str, dict, list)) and len(json.dumps(value)) > LARGEST_KEPT:
            raise self.wrong(name, f"Ensure this field has no more than {LARGEST_KEPT} characters.")
        return value

    def _list(self, name: str) -> list[Json] | None:
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return [value]  # a form with one value
        if not isinstance(value, list):
            raise self.wrong(name, f'Expected a list of items but got type "{type(value).__name__}".')
        if len(value) > MOST_ITEMS:
            raise self.wrong(name, f"Ensure this field has no more than {MOST_ITEMS} elements.")
        return value

    def _at_most(self, name: str, longest: int) -> str | None:
        value = self.text(name)
        if value is not None and len(value) > longest:
            raise self.wrong(name, f"Ensure this field has no more than {longest} characters.")
        return value

    def _items(self, name: str, values: list[Json]) -> "Iterator[Fields]":
        for position, item in enumerate(values):
            where = f"{self.where(name)}[{position}]"
            if not isinstance(item, dict):
                raise Unreadable(f"{where}.{WHOLE_BODY}", "Invalid data. Expected a dictionary.")
            yield Fields(item, where)


def body_of(call: Call) -> Fields:
    """Return the fields of a call's body; a call without a body has none. Raises: Unreadable."""
    return whole_body(call.body)


def whole_body(body: Json) -> Fields:
    """Return a JSON object's fields. Raises: Unreadable when it is no object."""
    if body is None:
        return Fields({})
    if not isinstance(body, dict):
        raise Unreadable(WHOLE_BODY, "Invalid data. Expected a dictionary.")
    return Fields(body)


def path_id(call: Call, name: str, kind: str) -> int:
    """Return an id that stands in the path. Raises: NotFound for what can be no id."""
    text = call.parameters.get(name, "")
    number = digits(text)
    if number is None:
        raise NotFound(kind, text)
    return number


def path_order(call: Call) -> int:
    """Return the order that the path names by `{number}`. Raises: NotFound for what can be no number.

    An order's number is its id on this wire: a client has no other. A store puts its own id in the number's place
    before a row decodes the call.
    """
    return path_id(call, NUMBER, "order")


@dataclass(frozen=True, slots=True)
class Parameters:
    """Query parameters. Lists come as `sku=A,B` and as `sku=A&sku=B`; an empty value is absent."""

    pairs: tuple[tuple[str, str], ...]

    def text(self, name: str) -> str | None:
        """Return the last value of a name."""
        return next((value for key, value in reversed(self.pairs) if key == name and value), None)

    def texts(self, *names: str) -> tuple[str, ...]:
        """Return the values of a list under any of its names, each once."""
        parts = [part.strip() for key, value in self.pairs if key in names for part in value.split(",")]
        return tuple(dict.fromkeys(part for part in parts if part))

    def choices(self, name: str, words: Collection[str]) -> tuple[str, ...]:
        """Return the values of a list, all of which must be among these words."""
        given = self.texts(name)
        for each in given:
            if each not in words:
                raise Unreadable(name, f"Select a valid choice. {each[:100]} is not one of the available choices.")
        return given

    def whole(self, name: str) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        number = digits(value)
        if number is None:
            raise Unreadable(name, "Enter a whole number.")
        return number

    def ids(self, *names: str) -> tuple[int, ...]:
        """Return a list of ids, each once."""
        numbers = [digits(text) for text in self.texts(*names)]
        if None in numbers:
            raise Unreadable(names[0], "Enter a whole number.")
        return tuple(number for number in numbers if number is not None)

    def flag(self, name: str) -> bool | None:
        value = self.text(name)
        if value is None:
            return None
        if value.lower() not in _FLAGS:
            raise Unreadable(name, "Must be a valid boolean.")
        return _FLAGS[value.lower()]

    def day(self, name: str) -> date | None:
        """Return a date, `YYYY-MM-DD`."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return read_day(value)
        except ValueError as error:
            raise Unreadable(name, "Enter a valid date.") from error
