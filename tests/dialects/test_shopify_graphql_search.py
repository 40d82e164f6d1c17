"""Search strings are read as Shopify describes them, and whatever is sent is read as something."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.dialects.shopify.graphql.search import LONGEST_QUERY, MOST_NOTES, MOST_TERMS, read_search
from crossdock.domain.searching import EVERYTHING, All, Comparison, Condition, Either, Matches, Not, terms

FIELDS = {"status", "tag", "created_at", "id", "sku", "name"}


def read(text: str | None) -> Condition:
    return read_search(text, FIELDS, path=("orders",)).condition


def equal(field: str | None, value: str) -> Matches:
    return Matches(field, Comparison.EQUAL, value)


A, B, C = (equal(None, letter) for letter in "abc")


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        (None, EVERYTHING),
        ("", EVERYTHING),
        ("*", EVERYTHING),
        ("a", A),
        ("a b", All((A, B))),
        ("a AND b", All((A, B))),
        ("a OR b c", Either((A, All((B, C))))),
        ("(a OR b) c", All((Either((A, B)), C))),
        ("-a", Not(A)),
        ("NOT a", Not(A)),
        ("NOT -a", A),
        ("-(a OR b)", Not(Either((A, B)))),
        ("status:open", equal("status", "open")),
        ("-status:open", Not(equal("status", "open"))),
        ("NOT status:open", Not(equal("status", "open"))),
        ("id:>=1 id:<=9", All((Matches("id", Comparison.AT_LEAST, "1"), Matches("id", Comparison.AT_MOST, "9")))),
        ("id:>1 id:<9", All((Matches("id", Comparison.GREATER, "1"), Matches("id", Comparison.LESS, "9")))),
        ("created_at:<now", Matches("created_at", Comparison.LESS, "now")),
        ('created_at:>"2026-01-01T00:00:00Z"', Matches("created_at", Comparison.GREATER, "2026-01-01T00:00:00Z")),
        ("created_at:>2026-01-01T00:00:00Z", Matches("created_at", Comparison.GREATER, "2026-01-01T00:00:00Z")),
        ("sku:AB*", Matches("sku", Comparison.PREFIX, "AB")),
        ("AB*", Matches(None, Comparison.PREFIX, "AB")),
        ("sku:AB\\*", equal("sku", "AB*")),
        ("tag:*", Matches("tag", Comparison.PRESENT, "")),
        ('tag:"*"', equal("tag", "*")),
        ('"two words"', equal(None, "two words")),
        ("'two words'", equal(None, "two words")),
        ('tag:"two words" a', All((equal("tag", "two words"), A))),
        ("tag:'it\\'s'", equal("tag", "it's")),
        ("tag:a\\:b", equal("tag", "a:b")),
        ("a\\ b", equal(None, "a b")),
        ("name:#1001", equal("name", "#1001")),
        ("it's", equal(None, "it's")),
        ('sku:""', equal("sku", "")),
    ],
)
def test_a_search_is_read(text: str | None, condition: Condition) -> None:
    assert read(text) == condition


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        (")))(((", EVERYTHING),
        ("AND OR NOT -", EVERYTHING),
        ("a)b", All((A, B))),
        ("(a", A),
        ("a OR", A),
        ("OR a", A),
        ("sku:", EVERYTHING),
        ('sku:"unfinished', equal("sku", "unfinished")),
        ("a\x00b", EVERYTHING),
        ("sku:a\x00b", EVERYTHING),
    ],
)
def test_what_makes_no_sense_is_left_out(text: str, condition: Condition) -> None:
    assert read(text) == condition


# Source: Shopify GraphQL, extensions.search as recorded.
def test_an_unknown_field_is_ignored_and_told_of() -> None:
    found = read_search("foo:bar status:open", FIELDS, path=("orders",))
    assert found.condition == equal("status", "open")
    alone = read_search("foo:bar", FIELDS, path=("orders",))
    assert alone.condition == EVERYTHING
    assert alone.notes == (
        {
            "path": ["orders"],
            "query": "foo:bar",
            "parsed": {"field": "foo", "match_all": "bar"},
            "warnings": [{"field": "foo", "message": "Invalid search field for this query.", "code": "invalid_field"}],
        },
    )


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from([*"()-:<>=*\"'\\ ", "AND", "OR", "NOT", "sku:", "a", "foo:"])).map("".join)
)
def test_anything_is_read_as_something(text: str) -> None:
    found = read_search(text, FIELDS, path=("orders",))
    for term in terms(found.condition):
        assert term.field is None or term.field in FIELDS
        assert "\x00" not in term.value


@pytest.mark.parametrize("text", ["(" * 5_000, "-" * 5_000, "NOT " * 5_000, "a OR " * 5_000, "\"\\" * 5_000,
                                  "a" * 50_000, "((a " * 5_000, "foo:" * 5_000, "foo:b " * 5_000, "\\" * 5_000,
                                  ])  # fmt: skip
def test_a_hostile_search_is_read_soon(text: str) -> None:
    """A guard against what grows with the square of the text, which takes minutes; not a measure."""
    started = time.process_time()
    found = read_search(text, FIELDS, path=("orders",))
    assert time.process_time() - started < 2
    assert len(list(terms(found.condition))) <= MOST_TERMS
    assert len(found.notes) <= MOST_NOTES
    assert all(len(note["query"]) <= LONGEST_QUERY for note in found.notes)
