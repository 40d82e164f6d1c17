"""Whole numbers as both wires have them: of at most 64 bits, as JSON or as the digits of a text."""

from crossdock.dialects.operation import Json

LARGEST = 2**63 - 1
_MOST_DIGITS = 19


def is_integer(value: Json) -> bool:
    """Whether a JSON value is a whole number of at most 64 bits; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool) and -LARGEST <= value <= LARGEST


def digits(text: str) -> int | None:
    """Read an id written as text."""
    if len(text) <= _MOST_DIGITS and text.isascii() and text.isdecimal() and int(text) <= LARGEST:
        return int(text)
    return None
