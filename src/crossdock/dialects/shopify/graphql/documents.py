"""Documents from their text to what can be executed, or to the errors that Shopify answers.

What a document is worth knowing apart from its variables is kept: clients send the same ones again and again, and to
parse and to validate is most of what a call costs.
Source: Shopify GraphQL, errors as recorded.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
)

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.cost import Costing, Price, is_mutation, too_dear
from crossdock.dialects.shopify.graphql.limits import Token, overgrown, oversized, tokens, too_curious
from crossdock.dialects.shopify.graphql.merging import conflict
from crossdock.dialects.shopify.graphql.problems import bracketed, problem, problem_at, shortened
from crossdock.dialects.shopify.graphql.validation import validate
from crossdock.dialects.shopify.graphql.variables import check_values

IDEMPOTENT_SINCE = "2026-01"
"""The first version that has the directive @idempotent."""

_DATED = re.compile(r"[0-9]{4}-[0-9]{2}")
_MARKS = {
    "{": "LCURLY",
    "}": "RCURLY",
    "(": "LPAREN",
    ")": "RPAREN",
    "[": "LBRACKET",
    "]": "RBRACKET",
    ":": "COLON",
    "=": "EQUALS",
    "!": "BANG",
    "|": "PIPE",
    "&": "AMP",
    "$": "VAR_SIGN",
    "@": "DIR_SIGN",
}
_WORDS = frozenset(
    {
        *("query", "mutation", "subscription", "fragment", "on", "true", "false", "null"),
        *("type", "schema", "scalar", "interface", "union", "enum", "input", "directive", "extend"),
    }
)


@dataclass(frozen=True, slots=True)
class Checked:
    """A document that is right in all that does not depend on variables."""

    document: DocumentNode
    operations: Mapping[str | None, OperationDefinitionNode]
    fragments: Mapping[str, FragmentDefinitionNode]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that can be executed. `variables`: those that it declares, as they were sent."""

    document: DocumentNode
    operation: OperationDefinitionNode
    operation_name: str | None
    variables: Mapping[str, Json]
    price: Price
    costing: Costing

    @property
    def requested_cost(self) -> int:
        return self.price.points

    @property
    def writes(self) -> bool:
        return is_mutation(self.operation)

    def actual_cost(self, data: Json) -> int:
        """Return what was used of the cost requested, by the data of the answer."""
        return min(self.requested_cost, self.costing.used(data))


@dataclass(slots=True)
class Documents:
    """The documents that were right, the least recently asked for forgotten first."""

    schema: GraphQLSchema
    most: int = 1_000
    most_characters: int = 2_000_000
    _checked: OrderedDict[tuple[str, bool], Checked] = field(default_factory=OrderedDict)
    _characters: int = 0

    def __len__(self) -> int:
        return len(self._checked)

    def check(self, text: str, *, idempotent: bool = True) -> Checked | list[Json]:
        """Return a document, or its errors. `idempotent`: the version asked for knows that directive."""
        key = (text, idempotent)
        known = self._checked.get(key)
        if known is not None:
            self._checked.move_to_end(key)
            return known
        checked = check(self.schema, text, idempotent=idempotent)
        if isinstance(checked, Checked):
            self._checked[key] = checked
            self._characters += len(text)
            while len(self._checked) > self.most or self._characters > self.most_characters:
                (forgotten, _), _ = self._checked.popitem(last=False)
                self._characters -= len(forgotten)
        return checked


def prepare(
    documents: Documents, text: str, variables: Mapping[str, Json], operation_name: str | None, *, version: str
) -> Prepared | list[Json]:
    """Return the operation to execute, or the errors to answer in its place."""
    checked = documents.check(text, idempotent=knows_idempotent(version))
    if not isinstance(checked, Checked):
        return checked
    operation = _chosen(checked.operations, operation_name)
    if not isinstance(operation, OperationDefinitionNode):
        return [operation]
    wrong = check_values(documents.schema, operation, variables)
    if wrong:
        return wrong
    declared = {each.variable.name.value for each in operation.variable_definitions or ()}
    given = {name: value for name, value in variables.items() if name in declared}
    costing = Costing(documents.schema, operation, checked.fragments, given)
    price = costing.requested()
    dear = too_dear(price, operation)
    if dear is not None:
        return [dear]
    name = None if operation.name is None else operation.name.value
    return Prepared(checked.document, operation, name, given, price, costing)


def check(schema: GraphQLSchema, text: str, *, idempotent: bool = True) -> Checked | list[Json]:
    """Parse and validate a document; each step only where the one before it found nothing."""
    large = oversized(text)
    if large is not None:
        return [large]
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        return [_syntax_problem(text, error)]
    errors = validate(schema, document, unknown=() if idempotent else ("idempotent",))
    if errors:
        return errors
    # Whoever asks for one of these only has looked at all of the rest.
    wrong = overgrown(document) or too_curious(schema, document, text) or conflict(schema, document)
    if wrong is not None:
        return [wrong]
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    return Checked(
        document,
        {None if each.name is None else each.name.value: each for each in operations},
        {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)},
    )


def knows_idempotent(version: str) -> bool:
    return not _DATED.fullmatch(version) or version >= IDEMPOTENT_SINCE


def _chosen(
    operations: Mapping[str | None, OperationDefinitionNode], name: str | None
) -> OperationDefinitionNode | Json:
    if name is not None:
        return operations.get(name) or problem(f'No operation named "{shortened(name)}"', None)
    if len(operations) == 1:
        return next(iter(operations.values()))
    return problem("An operation name is required", None)


def _syntax_problem(text: str, error: GraphQLSyntaxError) -> Json:
    """Write what could not be parsed; where the text ends too early, its last token is pointed at."""
    offset = next(iter(error.positions or ()), len(text))
    seen: Sequence[Token] = list(tokens(text))
    found = next((token for token in seen if token.start + len(token.text) > offset), None)
    if found is None:
        last = seen[-1].start if seen else 0
        return problem_at(f"syntax error, unexpected end of file at {bracketed(text, last)}", "PARSE_ERROR", text, last)
    what = f'{_token_name(found)} ("{shortened(found.text)}")'
    return problem_at(
        f"syntax error, unexpected {what} at {bracketed(text, found.start)}", "PARSE_ERROR", text, found.start
    )


def _token_name(token: Token) -> str:
    match token.kind:
        case "word":
            return token.text.upper() if token.text in _WORDS else "IDENTIFIER"
        case "number":
            return "INT" if token.text.lstrip("-").isdecimal() else "FLOAT"
        case "spread":
            return "ELLIPSIS"
        case "text":
            return "STRING" if len(token.text) > 1 and token.text.endswith('"') else "invalid token"
        case _:
            return _MARKS.get(token.text, "invalid token")
