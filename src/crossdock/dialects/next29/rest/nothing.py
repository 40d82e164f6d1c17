"""Answers that say nothing: 204, without a body."""

from crossdock.dialects.next29.wire import Rendering
from crossdock.dialects.operation import Json


def encode_nothing(_result: object, _context: Rendering) -> Json:
    return None


def decode_nothing(_answer: Json) -> None:
    return None
