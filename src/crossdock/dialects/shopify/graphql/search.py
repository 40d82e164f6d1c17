"""The words that lists are searched by: `status:open AND -tag:"to check" created_at:>=2026-01-01`.

Whatever is sent is read as something: people type it. What makes no sense is left out, an unknown field is left out
and told of beside the data.
Source: Shopify, API search syntax; warnings as recorded.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from crossdock.dialects.operation import Json
from crossdock.domain.searching import EVERYTHING, All, Comparison, Condition, Either, Matches, Not

LONGEST_QUERY = 2_000
MOST_TERMS = 100
MOST_NESTING = 16
MOST_NOTES = 10

_COMPARATORS = {
    ":": Comparison.EQUAL,
    ":<": Comparison.LESS,
    ":>": Comparison.GREATER,
    ":<=": Comparison.AT_MOST,
    ":>=": Comparison.AT_LEAST,
}
# Each alternative takes what it began, ended or not: no text is looked at twice.
_TOKEN = re.compile(
    r"""(?P<open>\()|(?P<close>\))|(?P<name>-?[A-Za-z_][A-Za-z0-9_.]*+)(?P<comparator>:(?:<=|>=|<|>)?)"""
    r"""|(?P<quoted>-?"(?:[^"\\]|\\.)*+"?|-?'(?:[^'\\]|\\.)*+'?)|(?P<word>(?:[^\s()"'\\:]|\\.)(?:[^\s()\\]|\\.)*+)""",
    re.DOTALL,
)
_VALUE = re.compile(r""""(?:[^"\\]|\\.)*+"?|'(?:[^'\\]|\\.)*+'?|(?:[^\s()\\]|\\.)*+""", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search asks for, and what is said of it beside the data."""

    condition: Condition = EVERYTHING
    notes: tuple[Json, ...] = ()


def read_search(text: str | None, fields: Collection[str], *, path: tuple[str | int, ...]) -> Found:
    """Read a search over a list that has these fields; `path` is that of the list in the answer.

    A comparison's field is as it was written, its value without quotes and escapes; `now` stays a word.
    """
    if text is None or not text.strip() or text.strip() == "*":
        return Found()
    reading = _Reading(list(_tokens(text[:LONGEST_QUERY]))[: 4 * MOST_TERMS], frozenset(fields))
    condition = reading.query()
    notes = tuple(
        {
            "path": list(path),
            "query": text[:LONGEST_QUERY],
            "parsed": _parsed(term),
            "warnings": [
                {"field": term.field, "message": "Invalid search field for this query.", "code": "invalid_field"}
            ],
        }
        for term in reading.unknown[:MOST_NOTES]
    )
    return Found(condition, notes)


@dataclass(frozen=True, slots=True)
class _Token:
    """`kind`: open, close, and, or, not, or term with what it looks for."""

    kind: str
    term: Matches | None = None
    negated: bool = False


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while match := _TOKEN.search(text, at):
        at = match.end()
        kind = match.lastgroup
        if kind == "comparator":
            value = _VALUE.match(text, at)
            raw = "" if value is None else value.group()
            at += len(raw)
            name = match["name"]
            term = _compared(name.removeprefix("-"), match["comparator"], raw)
            if term is not None:
                yield _Token("term", term, name.startswith("-"))
        elif kind in {"open", "close"}:
            yield _Token(kind)
        elif match.group() in {"AND", "OR", "NOT", "-"}:
            yield _Token({"-": "not"}.get(match.group(), match.group().lower()))
        else:
            word = match.group()
            negated = word.startswith("-") and len(word) > 1
            term = _worded(word[negated:])
            if term is not None:
                yield _Token("term", term, negated)


def _compared(name: str, comparator: str, raw: str) -> Matches | None:
    """Return the comparison of a field with a value; None for one with nothing."""
    comparison = _COMPARATORS[comparator]
    value, quoted = _value(raw)
    if comparison is Comparison.EQUAL and not quoted and raw == "*":
        return Matches(name, Comparison.PRESENT, "")
    if not value and not quoted:
        return None
    if comparison is Comparison.EQUAL and not quoted and raw.endswith("*") and not raw.endswith("\\*"):
        return Matches(name, Comparison.PREFIX, value.removesuffix("*"))
    return Matches(name, comparison, value)


def _worded(raw: str) -> Matches | None:
    """Return the search for a word or a phrase in any of the texts."""
    value, quoted = _value(raw)
    if not value.strip("*") or "\x00" in value:
        return None
    if not quoted and raw.endswith("*") and not raw.endswith("\\*"):
        return Matches(None, Comparison.PREFIX, value.removesuffix("*"))
    return Matches(None, Comparison.EQUAL, value)


def _value(raw: str) -> tuple[str, bool]:
    """Return a value without quotes and escapes, and whether it stood in quotes."""
    if raw[:1] in {'"', "'"}:
        inner = raw[1:-1] if len(raw) > 1 and raw.endswith(raw[0]) else raw[1:]
        return _ESCAPED.sub(r"\1", inner), True
    return _ESCAPED.sub(r"\1", raw), False


@dataclass(slots=True)
class _Reading:
    """Reads tokens from the first to the last; `unknown` are the comparisons that were left out."""

    tokens: list[_Token]
    fields: frozenset[str]
    at: int = 0
    terms: int = 0
    unknown: list[Matches] = field(default_factory=list)

    def query(self) -> Condition:
        """Read all there is; a parenthesis that nothing opened ends nothing."""
        parts = []
        while self.at < len(self.tokens):
            parts.append(self._alternatives(0))
            if self._next_is("close"):
                self.at += 1
        return _all(parts)

    def _alternatives(self, nesting: int) -> Condition:
        """Read terms; AND and nothing at all bind what they stand between closer than OR."""
        alternatives: list[list[Condition]] = [[]]
        while self.at < len(self.tokens) and not self._next_is("close"):
            if self._next_is("or"):
                self.at += 1
                alternatives.append([])
            elif self._next_is("and"):
                self.at += 1
            else:
                alternatives[-1].append(self._term(nesting))
        whole = [_all(parts) for parts in alternatives if parts]
        said = [each for each in whole if each != EVERYTHING]
        return Either(tuple(said)) if len(said) > 1 else said[0] if said else EVERYTHING

    def _term(self, nesting: int) -> Condition:
        negated = False
        while self._next_is("not"):
            negated = not negated
            self.at += 1
        if self.at >= len(self.tokens) or self._next_is("close"):
            return EVERYTHING
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "open":
            inner = self._within(nesting)
        elif token.term is not None:
            inner = self._known(token.term)
        else:
            return EVERYTHING
        return Not(inner) if negated != token.negated and inner != EVERYTHING else inner

    def _within(self, nesting: int) -> Condition:
        if nesting >= MOST_NESTING:
            return EVERYTHING
        inner = self._alternatives(nesting + 1)
        if self._next_is("close"):
            self.at += 1
        return inner

    def _known(self, term: Matches) -> Condition:
        self.terms += 1
        if self.terms > MOST_TERMS or "\x00" in term.value:
            return EVERYTHING
        if term.field is not None and term.field not in self.fields:
            self.unknown.append(term)
            return EVERYTHING
        return term

    def _next_is(self, kind: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].kind == kind


def _all(parts: list[Condition]) -> Condition:
    said = tuple(part for part in parts if part != EVERYTHING)
    return said[0] if len(said) == 1 else All(said)


def _parsed(term: Matches) -> Json:
    word = {
        Comparison.LESS: "range_lt",
        Comparison.AT_MOST: "range_lte",
        Comparison.GREATER: "range_gt",
        Comparison.AT_LEAST: "range_gte",
        Comparison.PREFIX: "match_prefix",
        Comparison.PRESENT: "match_present",
    }.get(term.comparison, "match_all")
    return {"field": term.field, word: term.value}
