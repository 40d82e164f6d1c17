"""JSON from strangers, read strictly; JSON to them, written fast."""

import json
import math
import re
from typing import NoReturn

import msgspec

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
LARGEST = 2**63 - 1
LONGEST_NUMBER = 100

# Possessive, so that an unterminated string costs one pass and not one per quote.
BRACKETS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)
OPENING = (b"[", b"{")
CLOSING = (b"]", b"}")


class BadJson(ValueError):
    """The text is not JSON that we take; `reason` says why in words for its sender."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_json(body: bytes, *, cap: int = MAX_BYTES) -> object:
    """Return the value of a JSON text of at most `cap` bytes.

    Raises: BadJson for depth above 32, duplicate keys, NaN and Infinity, integers beyond 64 bits, lone surrogates,
        NUL characters, and what is not UTF-8 or not JSON.
    """
    if len(body) > cap:
        raise BadJson(f"the text is longer than {cap / MAX_BYTES:g} MB")
    refuse_depth(body)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise BadJson("the text is not UTF-8") from error
    try:
        value = DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise BadJson(f"{error.msg} (line {error.lineno}, column {error.colno})") from error
    if "\\u" in text:
        refuse_characters(value)
    return value


def write_json(value: object) -> bytes:
    return msgspec.json.encode(value)


def refuse_depth(body: bytes) -> None:
    # Most bodies have so few brackets that they cannot be too deep.
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for match in BRACKETS.finditer(body):
        if match[0] in OPENING:
            depth += 1
            if depth > MAX_DEPTH:
                raise BadJson(f"nested deeper than {MAX_DEPTH} levels")
        elif match[0] in CLOSING:
            depth -= 1


def refuse_characters(value: object) -> None:
    """Refuse what only an escape can bring in: NUL, which PostgreSQL cannot store, and half a surrogate pair."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                if "\x00" in text:
                    raise BadJson("a string holds a NUL character")
                if any("\ud800" <= character <= "\udfff" for character in text):
                    raise BadJson("a string holds a lone surrogate")
            case list() as items:
                waiting.extend(items)
            case dict() as fields:
                waiting.extend(fields)
                waiting.extend(fields.values())


def unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadJson("an object has the same key twice")
    return fields


def integer(digits: str) -> int:
    # The length is looked at first: converting thousands of digits is slow, and refused by Python itself.
    if len(digits) > LONGEST_NUMBER or abs(number := int(digits)) > LARGEST:
        raise BadJson("an integer does not fit in 64 bits")
    return number


def real(digits: str) -> float:
    if len(digits) > LONGEST_NUMBER or not math.isfinite(number := float(digits)):
        raise BadJson("a number is out of range")
    return number


def constant(name: str) -> NoReturn:
    raise BadJson(f"{name} is not JSON")


DECODER = json.JSONDecoder(object_pairs_hook=unique_keys, parse_int=integer, parse_float=real, parse_constant=constant)
