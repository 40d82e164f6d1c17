"""What a document may ask for at most; told before much is spent on it.

A document is looked over before it is parsed, as parsing is what a hostile one makes dear: how long it is, in
characters and in tokens, and how deep it nests. What fragments make of it is looked at afterwards, each fragment once.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    Node,
    SelectionNode,
    SelectionSetNode,
    validate,
)
from graphql.validation import MaxIntrospectionDepthRule

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.problems import TOO_LARGE, problem

LONGEST_DOCUMENT = 100_000
MOST_TOKENS = 3_000
MOST_NESTING = 48
LONGEST_NAME = 255
MOST_SPREADS = 200
MOST_DEFINITIONS = 100
MOST_ALIASES = 250
MOST_DEPTH = 40

# Each alternative takes what it began, ended or not: no text is looked at twice.
_TOKEN = re.compile(
    r"""(?P<text>\"{3}(?:[^"\\]|\\(?:\"{3})?|"(?!""))*+(?:\"{3})?|"(?:[^"\\\n\r]|\\.)*+"?)"""
    r"""|\#[^\n\r]*+|(?P<spread>\.\.\.)|(?P<word>[A-Za-z_][A-Za-z_0-9]*+)"""
    r"""|(?P<number>-?[0-9][0-9A-Za-z_.+-]*+)|(?P<mark>[^\s,\ufeff])""",
    re.DOTALL,
)
_INTROSPECTION = re.compile(r"__(?:schema|type)\b")
_OPENING, _CLOSING = frozenset("{[("), frozenset("}])")


@dataclass(frozen=True, slots=True)
class Token:
    """`kind`: text, word, number, spread or mark."""

    kind: str
    text: str
    start: int


def tokens(text: str) -> Iterator[Token]:
    """Take a document apart without judging it; comments are left out."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup is not None:
            yield Token(match.lastgroup, match.group(), match.start())


def oversized(text: str) -> Json | None:
    """Return the error of a document that is too large to be parsed."""
    if len(text) > LONGEST_DOCUMENT:
        return _too_large()
    spreads = nesting = 0
    for count, token in enumerate(tokens(text), 1):
        if token.kind == "mark":
            nesting += (token.text in _OPENING) - (token.text in _CLOSING)
        elif token.kind == "spread":
            spreads += 1
        elif token.kind == "word" and len(token.text) > LONGEST_NAME:
            return _too_large()
        if count > MOST_TOKENS or spreads > MOST_SPREADS or nesting > MOST_NESTING:
            return _too_large()
    return None


def overgrown(document: DocumentNode) -> Json | None:
    """Return the error of a document that nests too deeply or names too much, whose fragments form no loop."""
    aliases = sum(_aliases(each) for each in document.definitions)
    if len(document.definitions) > MOST_DEFINITIONS:
        return _too_large()
    if aliases > MOST_ALIASES:
        return problem(
            f"Query has {aliases} aliases, which exceeds the limit of {MOST_ALIASES}", "MAX_ALIASES_EXCEEDED"
        )
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    depths: dict[str, int] = {}
    for each in document.definitions:
        try:
            _depth(each, fragments, depths, 0)
        except _TooDeepError:
            return problem(f"Query exceeds max depth of {MOST_DEPTH}", "MAX_DEPTH_EXCEEDED", at=[each])
    return None


def too_curious(schema: GraphQLSchema, document: DocumentNode, text: str) -> Json | None:
    """Return the error of a document that asks for the schema in circles, where a few words make millions."""
    if _INTROSPECTION.search(text) is None:
        return None
    for error in validate(schema, document, [MaxIntrospectionDepthRule]):
        return problem(error.message, "MAX_DEPTH_EXCEEDED", at=error.nodes or ())
    return None


class _TooDeepError(Exception):
    """Found as soon as it is certain: what is deeper is not looked at, whatever it is."""


def _depth(node: Node, fragments: Mapping[str, FragmentDefinitionNode], depths: dict[str, int], above: int) -> int:
    """Return how deep a node nests, fragments counted as levels; `above` are the levels that it stands under."""
    if above > MOST_DEPTH:
        raise _TooDeepError
    if isinstance(node, FragmentSpreadNode):
        name = node.name.value
        if name not in depths:
            depths[name] = _depth(fragments[name], fragments, depths, above)
        deepest = depths[name]
    else:
        deepest = max((_depth(each, fragments, depths, above + 1) + 1 for each in _selections(node)), default=0)
    if above + deepest > MOST_DEPTH:
        raise _TooDeepError
    return deepest


def _aliases(node: Node) -> int:
    named = isinstance(node, FieldNode) and node.alias is not None
    return named + sum(_aliases(each) for each in _selections(node))


def _selections(node: Node) -> Sequence[SelectionNode]:
    selection_set = getattr(node, "selection_set", None)
    return selection_set.selections if isinstance(selection_set, SelectionSetNode) else ()


def _too_large() -> Json:
    return problem(TOO_LARGE, "MAX_DOCUMENT_SIZE_EXCEEDED")
