"""JSON from strangers."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.runtime.json import BadJson, read_json, write_json

LETTERS = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.text(LETTERS),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(LETTERS), inner),
)


@given(VALUES)
def test_what_is_written_is_read(value: object) -> None:
    assert read_json(write_json(value)) == value
    assert read_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b"[1,]", ""),
        (b"{} {}", "Extra data"),
        (b"[" * 33 + b"]" * 33, "deeper than 32"),
        (b"[" * 500_000, "deeper than 32"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "deeper than 32"),
        (b'{"a": 1, "a": 2}', "same key twice"),
        (b'{"b": {"a": 1, "\\u0061": 2}}', "same key twice"),
        (b"NaN", "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"[-Infinity]", "Infinity"),
        (b"1e999", "out of range"),
        (b"9" * 5000, "64 bits"),
        (b"-9223372036854775809", "64 bits"),
        (b"18446744073709551616", "64 bits"),
        (b"1." + b"0" * 5000, "out of range"),
        (b'"\\ud800"', "surrogate"),
        (b'{"\\udc00": 1}', "surrogate"),
        (b'"\\u0000"', "NUL"),
        (b'{"a\\u0000": 1}', "NUL"),
        (b'"\x00"', "control character"),
        (b'"\xff"', "UTF-8"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        ("\ufeff{}".encode(), ""),
        ("[]".encode("utf-16"), "UTF-8"),
        (b'"' + b"a" * 1024 * 1024 + b'"', "1 MB"),
    ],
)
def test_what_is_refused_says_why(body: bytes, reason: str) -> None:
    with pytest.raises(BadJson) as caught:
        read_json(body)
    assert reason in caught.value.reason


@given(st.binary(max_size=200))
def test_nothing_else_ever_rises(body: bytes) -> None:
    with suppress(BadJson):
        read_json(body)


def test_brackets_in_strings_are_no_depth() -> None:
    assert read_json(b'["' + b"[{" * 100 + b'"]') == ["[{" * 100]
    assert read_json(b'["\\"' + b"[" * 100 + b'"]') == ['"' + "[" * 100]
    assert read_json(b"[" * 32 + b"]" * 32) is not None
    assert read_json(b'"\\ud83d\\ude00 \\\\u0000"') == "\U0001f600 \\u0000"


@pytest.mark.parametrize("body", [b"[" * 33 + b'"\\"' * 300_000, b'["' * 340_000, b'["\\' * 250_000 + b'"' * 9])
def test_hostile_texts_cost_little(body: bytes) -> None:
    started = time.perf_counter()
    with pytest.raises(BadJson):
        read_json(body)
    assert time.perf_counter() - started < 2
