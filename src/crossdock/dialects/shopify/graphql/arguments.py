"""Values that callers send, in a document or as variables: whether they are of the type that is asked for.

Source: Shopify GraphQL, errors as recorded; numbers of 32 bits, global ids, at most 250 items in a list.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    BooleanValueNode,
    FloatValueNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLScalarType,
    IntValueNode,
    StringValueNode,
    ValueNode,
)
from graphql.type import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    is_required_input_field,
)

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.problems import Path, shortened

MOST_ITEMS = 250
MOST_PROBLEMS = 50

_LOWEST_INT, _HIGHEST_INT = -(2**31), 2**31 - 1
_LONGEST_NUMBER = 40
_GID = re.compile(r"gid://[A-Za-z0-9_-]+/[A-Za-z0-9_]+/[^/?#\s]+(?:\?\S*)?")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a variable's value, and where in it. `told`: whether the explanation is a message as well;
    `oversized`: it is no more than too long."""

    path: Path
    explanation: str
    told: bool = False
    oversized: bool = False

    def written(self) -> Json:
        said: dict[str, Json] = {"path": list(self.path), "explanation": self.explanation}
        if self.told:
            said["message"] = self.explanation
        return said


class NotAnId(ValueError):
    """The text is no global id."""

    def __init__(self, value: Json) -> None:
        super().__init__(f"Invalid global id '{shortened(str(value))}'")


def too_many(count: int) -> str:
    return f"The input array size of {count} is greater than the maximum allowed of {MOST_ITEMS}."


def check_leaf(leaf: GraphQLScalarType, value: Any) -> None:
    """Raises: NotAnId, or ValueError when a JSON value is none of the scalar's."""
    if not _storable(value):
        raise ValueError("cannot be kept as text")
    match leaf.name:
        case "ID":
            if not isinstance(value, str) or not _GID.fullmatch(value):
                raise NotAnId(value)
        case "Int":
            _check(isinstance(value, int) and not isinstance(value, bool) and _LOWEST_INT <= value <= _HIGHEST_INT)
        case "Float":
            _check(isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value))
        case "String":
            _check(isinstance(value, str))
        case "Boolean":
            _check(isinstance(value, bool))
        case _:
            try:
                leaf.coerce_input_value(value)
            except (ValueError, TypeError, GraphQLError) as error:
                raise ValueError(str(error)) from error


def literal_value(node: ValueNode) -> Json:
    """Return the value of a literal that is no list, no object and no variable. Raises: ValueError."""
    match node:
        case StringValueNode(value=text) if isinstance(text, str):
            return text
        case BooleanValueNode(value=flag):
            return flag
        case IntValueNode(value=digits) if len(digits) <= _LONGEST_NUMBER:
            return int(digits)
        case FloatValueNode(value=digits) if len(digits) <= _LONGEST_NUMBER:
            return float(digits)
        case _:
            raise ValueError("is of another kind")


def wrongs(type_: GraphQLInputType, value: Any, path: Path = ()) -> Iterator[Wrong]:
    """Find what is wrong with a variable's value; whoever asks stops when he has heard enough."""
    if isinstance(type_, GraphQLNonNull):
        if value is None:
            yield Wrong(path, "Expected value to not be null")
        else:
            yield from wrongs(type_.of_type, value, path)
    elif value is None:
        return
    elif isinstance(type_, GraphQLList):
        items = value if isinstance(value, list) else [value]
        if len(items) > MOST_ITEMS:
            yield Wrong(path, too_many(len(items)), oversized=True)
            return
        for index, item in enumerate(items):
            yield from wrongs(type_.of_type, item, (*path, index))
    elif isinstance(type_, GraphQLInputObjectType):
        yield from _wrong_fields(type_, value, path)
    elif isinstance(type_, GraphQLEnumType):
        if not isinstance(value, str) or value not in type_.values:
            yield Wrong(path, f"Expected {written(value)} to be one of: {', '.join(type_.values)}")
    else:
        yield from _wrong_leaf(type_, value, path)


def written(value: Json) -> str:
    """Write a JSON value as a literal of the language, not longer than need be."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            text = shortened(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            return f'"{text}"'
        case list():
            return shortened(f"[{', '.join(written(item) for item in value[:20])}]")
        case dict():
            return shortened("{" + ", ".join(f"{k}: {written(v)}" for k, v in list(value.items())[:20]) + "}")
        case _:
            return str(value)


def _wrong_fields(type_: GraphQLInputObjectType, value: Any, path: Path) -> Iterator[Wrong]:
    if not isinstance(value, dict):
        yield Wrong(path, f"Expected {written(value)} to be a key-value object.")
        return
    for name in value:
        if name not in type_.fields:
            yield Wrong((*path, shortened(name)), f"Field is not defined on {type_.name}")
    for name, field in type_.fields.items():
        if name in value:
            yield from wrongs(field.type, value[name], (*path, name))
        elif is_required_input_field(field):
            yield Wrong((*path, name), "Expected value to not be null")


def _wrong_leaf(leaf: GraphQLScalarType, value: Any, path: Path) -> Iterator[Wrong]:
    try:
        check_leaf(leaf, value)
    except NotAnId as error:
        yield Wrong(path, str(error), told=True)
    except ValueError:
        yield Wrong(path, f"Could not coerce value {written(value)} to {leaf.name}")


def _check(right: bool) -> None:
    if not right:
        raise ValueError("is of another kind")


def _storable(value: Any) -> bool:
    """Whether no text in it holds NUL or half of a surrogate pair: an escape of the language can write either."""
    match value:
        case str():
            return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
        case list():
            return all(_storable(item) for item in value)
        case dict():
            return all(_storable(key) and _storable(item) for key, item in value.items())
        case _:
            return True
