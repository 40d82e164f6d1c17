"""What a document costs: asked for, before it is executed, and used, from the data that came of it.

Leaves are free and objects cost a point. A connection costs two points, and what one of its nodes costs as often as
its size suggests, growing with the logarithm of it. A mutation costs ten, the objects of its payload included. Where
several types are possible, the dearest counts. What only wraps a value is free; to count what a search finds is not.
An introspection is paid for by its length, which no argument limits.
Source: Shopify, API limits, "Cost calculation"; the growth with the size as Shopify's staff told it, and as costs
measured in public projects confirm; the rest is inferred (docs/fidelity.md).
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)
from graphql.type import (
    GraphQLCompositeType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
    is_object_type,
)

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.problems import problem

HIGHEST_COST = 1000
MOST_VALUES = 1_200_000
MUTATION_COST = 10
LARGEST_PAGE = 250
DOCUMENTATION = "https://shopify.dev/api/usage/rate-limits"

_CONNECTION_COST = 2
_COUNT_COST = 10
_PLAIN_LIST = 10
_VALUES_PER_POINT = 4_000
# How long the lists of an introspection are, which name no size: a guess for the schema as it is.
_SCHEMA_LISTS = {"types": 400, "directives": 8, "fields": 12, "args": 4, "enumValues": 12, "inputFields": 10}
_SCHEMA_LISTS |= {"possibleTypes": 10, "interfaces": 1, "locations": 2}
_VALUES = frozenset(
    {
        *("PageInfo", "MoneyV2", "MoneyBag", "Weight", "Count", "LocationAddress", "ShopAddress"),
        *("InventoryItemMeasurement", "UserError"),
    }
)


@dataclass(frozen=True, slots=True)
class Price:
    """`points`: the cost. `values`: how many values the answer could have at most, whatever they cost."""

    points: int = 0
    values: int = 0

    def __add__(self, other: "Price") -> "Price":
        return Price(self.points + other.points, self.values + other.values)


@dataclass(slots=True)
class Costing:
    """The cost of an operation of a valid document, whose fragments form no loop and nest no deeper than is allowed."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Json]
    _prices: dict[tuple[int, str], Price] = field(default_factory=dict)
    _parts: dict[tuple[int, str], tuple["_Part", ...]] = field(default_factory=dict)

    def requested(self) -> Price:
        """Return what the operation may cost at most."""
        root = self.schema.get_root_type(self.operation.operation)
        return Price() if root is None else self._selection(self.operation.selection_set, root)

    def used(self, data: Json) -> int:
        """Return what it did cost, by the data of the answer."""
        root = self.schema.get_root_type(self.operation.operation)
        if root is None or not isinstance(data, dict):
            return 0
        return self._used(self.operation.selection_set, root, data)

    def _selection(self, node: SelectionSetNode, parent: GraphQLCompositeType) -> Price:
        if not isinstance(parent, GraphQLObjectType):
            possible = [self._selection(node, each) for each in self.schema.get_possible_types(parent)]
            return Price(
                max((each.points for each in possible), default=0), max((each.values for each in possible), default=0)
            )
        key = (id(node), parent.name)
        if key not in self._prices:
            price = Price()
            for selection in node.selections:
                if isinstance(selection, FieldNode):
                    price += self._field(selection, parent)
                elif isinstance(selection, InlineFragmentNode | FragmentSpreadNode):
                    on, inner = self._fragment(selection, parent)
                    if on is parent or (is_abstract_type(on) and self.schema.is_sub_type(on, parent)):
                        price += self._selection(inner, parent)
            self._prices[key] = price
        return self._prices[key]

    def _field(self, node: FieldNode, parent: GraphQLObjectType) -> Price:
        definition = self.schema.get_field(parent, node.name.value)
        result = None if definition is None else get_named_type(definition.type)
        if definition is None or node.selection_set is None or not is_composite_type(result):
            return Price(0, 1)
        below = self._selection(node.selection_set, result)
        if _introspects(node):
            return Price(max(below.points, below.values // _VALUES_PER_POINT), 1 + below.values)
        size = self._size(node, definition, parent)
        if is_connection(result):
            return Price(_connection(size, below.points), 1 + size * below.values)
        own = _own_cost(parent, result)
        if parent is self.schema.mutation_type:
            return Price(MUTATION_COST + below.points, 1 + below.values)
        if _is_list(definition.type):
            count = self._count(node)
            points = own + below.points if count is None else count + growth(count) * below.points
            return Price(points, 1 + (size if count is None else count) * (1 + below.values))
        return Price(own + below.points, 1 + below.values)

    def _size(self, node: FieldNode, definition: GraphQLField, parent: GraphQLObjectType) -> int:
        """Return how long a list may be, for a connection the whole of it."""
        if parent.name.startswith("__"):
            return _SCHEMA_LISTS.get(node.name.value, 1)
        if is_connection(parent):
            return 1
        sizes = [
            size
            for each in node.arguments or ()
            if each.name.value in {"first", "last"} and (size := self._number(each.value)) is not None
        ]
        if sizes:
            return min(max(0, *sizes), LARGEST_PAGE)
        return _PLAIN_LIST if _is_list(definition.type) else 1

    def _number(self, node: ValueNode) -> int | None:
        if isinstance(node, VariableNode):
            value = self.variables.get(node.name.value, self._default(node.name.value))
            return value if isinstance(value, int) else None
        return int(node.value) if isinstance(node, IntValueNode) else None

    def _default(self, name: str) -> int | None:
        for each in self.operation.variable_definitions or ():
            if each.variable.name.value == name and isinstance(each.default_value, IntValueNode):
                return int(each.default_value.value)
        return None

    def _count(self, node: FieldNode) -> int | None:
        """Return how many things a field names that answers one for each; None for any other."""
        for each in node.arguments or ():
            if each.name.value == "ids":
                if isinstance(each.value, ListValueNode):
                    return len(each.value.values)
                named = self.variables.get(each.value.name.value) if isinstance(each.value, VariableNode) else None
                return len(named) if isinstance(named, list) else 1
        return None

    def _fragment(
        self, node: InlineFragmentNode | FragmentSpreadNode, parent: GraphQLCompositeType
    ) -> tuple[GraphQLNamedType, SelectionSetNode]:
        named = self.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        condition = named.type_condition
        found = None if condition is None else self.schema.get_type(condition.name.value)
        return parent if found is None else found, named.selection_set

    def _used(self, node: SelectionSetNode, parent: GraphQLCompositeType, data: Mapping[str, Json]) -> int:
        return sum(self._used_by(part, data.get(part.name)) for part in self._parts_of(node, parent))

    def _used_by(self, part: "_Part", value: Json) -> int:
        if value is None:
            return MUTATION_COST if part.mutates else 0
        if part.introspects:
            return part.own
        if isinstance(value, list):
            # One for each that was asked for by name, as much as the dearest of them for the rest.
            below = max((self._used(part.node, part.type, each) for each in value if each is not None), default=0)
            return len(value) + growth(len(value)) * below if part.counted else part.own + below
        if part.connection:
            return self._used_by_connection(part, value)
        below = self._used(part.node, part.type, value)
        return MUTATION_COST + below if part.mutates else part.own + below

    def _used_by_connection(self, part: "_Part", value: Mapping[str, Json]) -> int:
        size = below = 0
        for inner in self._parts_of(part.node, part.type):
            listed = value.get(inner.name)
            if isinstance(listed, list):
                size = max(size, len(listed))
                below += max((inner.own + self._used(inner.node, inner.type, each) for each in listed), default=0)
        return _connection(size, below)

    def _parts_of(self, node: SelectionSetNode, parent: GraphQLCompositeType) -> tuple["_Part", ...]:
        key = (id(node), parent.name)
        if key not in self._parts:
            by_name = {part.name: part for part in self._each_part(node, parent, set())}
            self._parts[key] = tuple(by_name.values())
        return self._parts[key]

    def _each_part(self, node: SelectionSetNode, parent: GraphQLNamedType, visited: set[str]) -> Iterator["_Part"]:
        if not is_composite_type(parent):
            return
        for selection in node.selections:
            if isinstance(selection, FieldNode):
                part = self._part(selection, parent)
                if part is not None:
                    yield part
            elif isinstance(selection, InlineFragmentNode | FragmentSpreadNode):
                if isinstance(selection, FragmentSpreadNode):
                    if selection.name.value in visited:
                        continue
                    visited.add(selection.name.value)
                on, inner = self._fragment(selection, parent)
                yield from self._each_part(inner, on, visited)

    def _part(self, node: FieldNode, parent: GraphQLCompositeType) -> "_Part | None":
        definition = self.schema.get_field(parent, node.name.value)
        result = None if definition is None else get_named_type(definition.type)
        if definition is None or node.selection_set is None or not is_composite_type(result):
            return None
        whole = self._field(node, parent).points if _introspects(node) and is_object_type(parent) else None
        return _Part(
            name=(node.alias or node.name).value,
            node=node.selection_set,
            type=result,
            own=_own_cost(parent, result) if whole is None else whole,
            introspects=whole is not None,
            connection=is_connection(result),
            mutates=parent is self.schema.mutation_type,
            counted=self._count(node) is not None and _is_list(definition.type),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """A field of the answer that has fields itself. `counted`: it answers one thing for each that was named.

    `introspects`: it tells of the schema, and `own` is all of its cost.
    """

    name: str
    node: SelectionSetNode
    type: GraphQLCompositeType
    own: int
    connection: bool
    mutates: bool
    counted: bool
    introspects: bool


def growth(size: int) -> int:
    """Return how many nodes of a list of some size are paid for."""
    return 0 if size <= 0 else math.floor(2 * math.log(max(2, size)))


def too_dear(price: Price, operation: OperationDefinitionNode) -> Json | None:
    """Return the error of an operation that asks for too much at once."""
    if price.points > HIGHEST_COST:
        return problem(
            f"Query cost is {price.points}, which exceeds the single query max cost limit ({HIGHEST_COST}). "
            "To query larger amounts of data with fewer limits, ask for it in parts.",
            "MAX_COST_EXCEEDED",
            at=[operation],
            cost=price.points,
            maxCost=HIGHEST_COST,
            documentation=DOCUMENTATION,
        )
    if price.values > MOST_VALUES:
        return problem(
            f"Query could return {price.values} values, which exceeds the limit ({MOST_VALUES}).",
            "MAX_COST_EXCEEDED",
            at=[operation],
            cost=price.points,
            maxCost=HIGHEST_COST,
            documentation=DOCUMENTATION,
        )
    return None


def extension(requested: int, used: int | None, throttle: Json) -> Json:
    """Write what an answer says of its cost; nothing was used by what was not executed."""
    return {"requestedQueryCost": requested, "actualQueryCost": used, "throttleStatus": throttle}


def throttled(requested: int, throttle: Json) -> Json:
    """Write the answer to a document that there are not enough points for."""
    said = problem("Throttled", "THROTTLED", documentation=DOCUMENTATION)
    return {"errors": [said], "extensions": {"cost": extension(requested, None, throttle)}}


def _introspects(node: FieldNode) -> bool:
    return node.name.value in {"__schema", "__type"}


def is_connection(type_: GraphQLNamedType) -> bool:
    return type_.name.endswith("Connection")


def _connection(size: int, below: int) -> int:
    return _CONNECTION_COST + growth(size) * below


def _own_cost(parent: GraphQLCompositeType, result: GraphQLCompositeType) -> int:
    """Return what an object costs itself: nothing where it only wraps a value, or belongs to what is paid for."""
    if parent.name == "QueryRoot" and result.name == "Count":
        return _COUNT_COST
    free = result.name in _VALUES or result.name.endswith(("Edge", "UserError")) or parent.name.endswith("Payload")
    return 0 if free else 1


def _is_list(type_: GraphQLOutputType) -> bool:
    return is_list_type(type_.of_type if isinstance(type_, GraphQLNonNull) else type_)


def is_mutation(operation: OperationDefinitionNode) -> bool:
    return operation.operation is OperationType.MUTATION
