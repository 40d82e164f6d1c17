"""Custom scalars: how each is written, and how a value sent is read. A value that is none is refused by ValueError.

Source: Shopify GraphQL; times are UTC with whole seconds, amounts and 64-bit numbers are strings.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from graphql import GraphQLSchema
from graphql.type import GraphQLScalarType

from crossdock.dialects.shopify.wire import read_time

_LONGEST_URL = 2048


def write_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read_time(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("must be a string")
    return read_time(value).replace(microsecond=0)


def _read_decimal(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or len(str(value)) > 40:
        raise ValueError("must be a decimal")
    try:
        finite = Decimal(str(value)).is_finite()
    except InvalidOperation:
        finite = False
    if not finite:
        raise ValueError("must be a decimal")
    return str(value)


def _read_url(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_URL:
        raise ValueError("must be a string")
    urlsplit(value)
    return value


def _read_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string")
    return value


def _read_whole(value: object) -> int:
    text = str(value)
    if isinstance(value, bool) or not isinstance(value, str | int) or not text.isascii() or not text.isdigit():
        raise ValueError("must be a whole number")
    if len(text) > 20 or int(text) >= 2**64:
        raise ValueError("must fit in 64 bits")
    return int(text)


def _as_it_is(value: Any) -> Any:
    return value


READING: Mapping[str, Callable[[Any], Any]] = {
    "DateTime": _read_time,
    "Decimal": _read_decimal,
    "Money": _read_decimal,
    "URL": _read_url,
    "UnsignedInt64": _read_whole,
    "ARN": _read_text,
    "HTML": _read_text,
    "FormattedString": _read_text,
}
WRITING: Mapping[str, Callable[[Any], Any]] = {"DateTime": write_time, "UnsignedInt64": str}


def attach(schema: GraphQLSchema) -> None:
    """Give each custom scalar of a schema its two directions."""
    for name, scalar in schema.type_map.items():
        if isinstance(scalar, GraphQLScalarType) and name not in {"String", "Int", "Float", "Boolean", "ID"}:
            scalar.coerce_output_value = WRITING.get(name, _as_it_is)
            scalar.coerce_input_value = READING.get(name, _as_it_is)
