"""No document brings GraphQL down: whatever the schema allows to be asked is answered, soon, and breaks nothing."""

import asyncio
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import pytest
import pytest_asyncio
from graphql import ArgumentNode, FieldNode, IntValueNode, ObjectFieldNode, StringValueNode, Visitor, print_ast, visit
from graphql.type import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    is_required_argument,
    is_required_input_field,
)
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from hypothesis_graphql import from_schema, nodes

from crossdock.dialects.shopify.graphql.binding import executable
from crossdock.dialects.shopify.graphql.schema import schema
from tests.store.calls import Client, Reply, Served, served
from tests.store.drawing import drawn
from tests.store.errands import Things
from tests.store.graphql_errands import (
    OTHERWISE,
    PATH,
    READS,
    WRITES,
    IdPlace,
    Preparation,
    document,
    id_places,
    value_at,
)

SLOWEST = 5.0
HANGING = 60.0
TIMES = ("2026-11-22T08:00:00Z", "2027-01-01T00:00:00+02:00", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
SOME_ID = "gid://shopify/Some/1"
PLACES = st.floats(0, 0.999)
ERRANDS: Mapping[str, Preparation] = {**WRITES, **READS}
WINDOW = {"first", "last", "after", "before", "reverse"}
ODD: SearchStrategy[Any] = st.sampled_from([0, -1, 2**31 - 1, -(2**31), "", "x" * 300, "\x00", "\ud83d\ude00", [], {}])
# What each scalar is sent as: mostly what it can be.
SCALARS: Mapping[str, SearchStrategy[Any]] = {
    "Int": st.integers(-1, 8) | st.integers(1, 3) | st.sampled_from([250, 10**9, 2**31 - 1, -(2**31)]),
    "Float": st.floats(-200, 200) | st.sampled_from([1e300, -1e300, 1e-300]),
    "Boolean": st.booleans(),
    "String": st.sampled_from(["available", "on_hand", "damaged", "correction", "Title", "S", "status:open", "id:>1"])
    | st.text(max_size=12),
    "DateTime": st.sampled_from(TIMES),
    "Decimal": st.sampled_from(["0", "1.00", "-1", "12345678901234567890", "1e9", "0.001"]),
    "Money": st.sampled_from(["0", "1.00", "-1", "99999999999", "0.001"]),
    "URL": st.sampled_from(["https://hooks.acme.shop/a", "http://[::1]/", "http://127.0.0.1:1/b", "x", ""]),
    "UnsignedInt64": st.sampled_from(["0", "1", str(2**64 - 1)]),
    "ARN": st.text(max_size=12),
    "HTML": st.text(max_size=12),
    "FormattedString": st.text(max_size=12),
    "JSON": st.sampled_from(["{}", "1"]),
}


@dataclass
class Known:
    """Ids of things that there are, by their types, and of which type an id is at each place of arguments."""

    ids: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    types: dict[tuple[str, IdPlace], str] = field(default_factory=dict)
    cursors: list[str] = field(default_factory=lambda: ["eyJsYXN0X2lkIjoxLCJsYXN0X3ZhbHVlIjoiMSJ9", "x"])

    def learn(self, told: object) -> None:
        for gid in re.findall(r"gid://shopify/\w+/[\w?=-]+", str(told)):
            named = self.ids[gid.split("/")[3]]
            if gid not in named:
                named.append(gid)
        self.cursors += re.findall(r"eyJsYXN0[\w=+/]+", str(told))[:1]

    def at(self, name: str, place: IdPlace) -> SearchStrategy[str]:
        """Return ids of the type that belongs at a place, the newest first; now and then any."""
        every = [*chain.from_iterable(self.ids.values()), "gid://shopify/Order/0", f"gid://shopify/Order/{2**63}"]
        fitting = self.ids.get(self.types.get((name, place), ""), every)
        return now_and_then(st.sampled_from(fitting[:-9:-1]), lambda _: st.sampled_from(every))


def now_and_then(usual: SearchStrategy[Any], odd: Callable[[Any], SearchStrategy[Any]]) -> SearchStrategy[Any]:
    """Return what is usual, and one time in ten what is made of it."""
    odds = st.integers(0, 9)
    return st.tuples(usual, odds).flatmap(lambda drawn: odd(drawn[0]) if drawn[1] == 9 else st.just(drawn[0]))


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Served]:
    async with served(store_database) as place:
        yield place
        assert await place.shop.offences() == []


def roots() -> Mapping[str, Any]:
    queries, mutations = executable().query_type, executable().mutation_type
    assert queries is not None
    assert mutations is not None
    return {**queries.fields, **mutations.fields}


async def known_to(things: Things) -> Known:
    """Make what every errand needs, and note where which ids stand."""
    known = Known()
    for name, prepare in ERRANDS.items():
        for each in (prepare, *OTHERWISE.get(name, ())):
            await learn(known, things, name, each)
    return known


async def learn(known: Known, things: Things, name: str, prepare: Preparation) -> None:
    arguments = (await prepare(things)).arguments
    known.learn(arguments)
    for place in id_places(roots()[name].args):
        if (gid := value_at(arguments, place)) is not None:
            known.types[name, place] = gid.split("/")[3]


def arguments_of(name: str, known: Known) -> SearchStrategy[Any]:
    """Return what can be said to a root field."""
    return fields_of(name, roots()[name].args, (), known, is_required_argument)


def fields_of(name: str, fields: Mapping[str, Any], path: IdPlace, known: Known, required: Any) -> SearchStrategy[Any]:
    made = {each: value_of(name, of.type, (*path, each), known) for each, of in fields.items()}
    if "first" in made:
        plain = fields_of(name, {each: of for each, of in fields.items() if each not in WINDOW}, path, known, required)
        return st.builds(lambda one, other: {**one, **other}, plain, windows(known))
    needed = {each for each, of in fields.items() if required(of)}
    return st.fixed_dictionaries(
        {each: made[each] for each in made if each in needed},
        optional={each: made[each] for each in made if each not in needed},
    )


def windows(known: Known) -> SearchStrategy[Any]:
    """Return what says which part of a list is meant: one window most of the time, now and then too much or nothing."""
    cursor = st.none() | st.sampled_from(known.cursors[-8:])
    length = st.integers(0, 5) | st.sampled_from([250, 251, -1])
    forward, backward = (
        st.fixed_dictionaries({size: length}, optional={side: cursor, "reverse": st.booleans()})
        for size, side in (("first", "after"), ("last", "before"))
    )
    both = st.builds(lambda one, other: {**one, **other}, forward, backward)
    return now_and_then(forward | backward, lambda _: st.just({}) | both)


def value_of(name: str, type_: GraphQLInputType, path: IdPlace, known: Known) -> SearchStrategy[Any]:
    if isinstance(type_, GraphQLNonNull):
        return plain_value_of(name, type_.of_type, path, known)
    return st.none() | plain_value_of(name, type_, path, known)


def plain_value_of(name: str, type_: Any, path: IdPlace, known: Known) -> SearchStrategy[Any]:
    if isinstance(type_, GraphQLList):
        return st.lists(value_of(name, type_.of_type, path, known), max_size=3)
    if isinstance(type_, GraphQLInputObjectType):
        return st.deferred(lambda: fields_of(name, type_.fields, path, known, is_required_input_field))
    if isinstance(type_, GraphQLEnumType):
        return st.sampled_from(sorted(type_.values))
    return known.at(name, path) if type_.name == "ID" else SCALARS[type_.name]


def spoiled(value: Any, place: float, junk: Any) -> Any:
    """Put junk in the place of one part."""
    parts = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    if not parts:
        return junk
    chosen = parts[int(place * len(parts)) % len(parts)]
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[chosen] = spoiled(value[chosen], (place * 7) % 1, junk)
    return copy


@dataclass
class Told:
    """What was answered."""

    client: Client
    codes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    wrong: list[tuple[object, ...]] = field(default_factory=list)

    async def ask(self, text: str, variables: object = None) -> Reply:
        reply, took = await self.timed(text, variables)
        if took > SLOWEST:  # a busy machine stands still for once, and not for the same document twice
            took = (await self.timed(text, variables))[1]
        self.slowest = max(self.slowest, took)
        said = reply.json.get("errors", ()) if reply.status == 200 else [{}]
        codes = [each.get("extensions", {}).get("code", "") for each in said]
        if took > SLOWEST or reply.status not in {200, 400} or "INTERNAL_SERVER_ERROR" in codes:
            self.wrong.append((took, reply.status, said, text, variables))
        refused = "serErrors': [{" in str(reply.json.get("data"))
        self.codes[codes[0] if codes else "user errors" if refused else "done"] += 1
        return reply

    async def timed(self, text: str, variables: object) -> tuple[Reply, float]:
        began = time.perf_counter()
        reply = await asyncio.wait_for(self.client.post(PATH, {"query": text, "variables": variables}), HANGING)
        return reply, time.perf_counter() - began


async def ask_roots(acme: Served, each: int, number: int) -> Told:
    """Ask every root field for things that there are, with all that its answer has."""
    told, things = Told(acme.desk), Things(acme)
    known = await known_to(things)
    for offset, (name, prepare) in enumerate(ERRANDS.items()):
        for _ in range(max(1, each // 50)):
            await learn(known, things, name, prepare)
            cases = now_and_then(arguments_of(name, known), lambda said: st.builds(spoiled, st.just(said), PLACES, ODD))
            for arguments in drawn(cases, min(each, 50), number + offset):
                given = arguments if isinstance(arguments, dict) else {}
                reply = await told.ask(
                    document(name, tuple(each for each in given if each in roots()[name].args)), given
                )
                known.learn(reply.json.get("data"))
    return told


def documents() -> SearchStrategy[Any]:
    """Return documents of the whole schema: any of its fields, several at once, with arguments in their text."""
    text = {"Int", "Float", "Boolean", "String"}
    scalars = {name: strategy.map(nodes.String) for name, strategy in SCALARS.items() if name not in text}
    return from_schema(
        schema(), custom_scalars={**scalars, "ID": st.just(nodes.String(SOME_ID))}, print_ast=lambda _: _
    )


class Sense(Visitor):
    """Puts ids of things that there are where they belong, and windows that lists have, into most of a document."""

    def __init__(self, known: Known, number: int) -> None:
        super().__init__()
        self.known = known
        self.chance = random.Random(number)
        self.every = list(chain.from_iterable(known.ids.values()))

    def enter_string_value(
        self, node: StringValueNode, _key: object, parent: Any, _path: object, ancestors: list[Any]
    ) -> StringValueNode:
        if node.value != SOME_ID:
            return node
        above = [*ancestors, parent]
        root_field = next(each.name.value for each in above if isinstance(each, FieldNode))
        place = tuple(each.name.value for each in above if isinstance(each, ArgumentNode | ObjectFieldNode))
        fitting = self.known.ids.get(self.known.types.get((root_field, place), ""))
        return StringValueNode(value=self.chance.choice(fitting[-8:] if fitting else self.every))

    def enter_field(self, node: FieldNode, *_: object) -> FieldNode:
        kept = [each for each in node.arguments or () if each.name.value not in WINDOW]
        if len(kept) == len(node.arguments or ()) or not self.chance.randrange(10):
            return node
        side = self.chance.choice([each for each in node.arguments or () if each.name.value in {"first", "last"}])
        size = IntValueNode(value=str(self.chance.choice([0, 1, 2, 3, 5])))
        window = ArgumentNode(name=side.name, value=size)
        return FieldNode(
            name=node.name,
            alias=node.alias,
            arguments=(*kept, window),
            directives=node.directives,
            selection_set=node.selection_set,
        )


async def ask_documents(acme: Served, count: int, number: int) -> Told:
    told = Told(acme.desk)
    known = await known_to(Things(acme))
    sense = Sense(known, number)
    for drawn_document in drawn(documents(), count, number):
        reply = await told.ask(print_ast(visit(drawn_document, sense)))
        known.learn(reply.json.get("data"))
    return told


def say(capsys: pytest.CaptureFixture[str], what: str, told: Told) -> None:
    with capsys.disabled():
        print(f"\n{told.codes.total()} {what}, slowest {told.slowest:.2f} s: {dict(told.codes.most_common())}")
    assert not told.wrong, "\n".join(map(str, told.wrong))


async def test_roots_are_answered_whatever_they_are_told(acme: Served, capsys: pytest.CaptureFixture[str]) -> None:
    say(capsys, "root fields", await ask_roots(acme, 5, 0))


async def test_documents_are_answered_whatever_they_ask(acme: Served, capsys: pytest.CaptureFixture[str]) -> None:
    say(capsys, "documents", await ask_documents(acme, 50, 0))


@pytest.mark.long
@pytest.mark.parametrize("number", range(4))
async def test_many_roots_are_answered(acme: Served, capsys: pytest.CaptureFixture[str], number: int) -> None:
    say(capsys, "root fields", await ask_roots(acme, 50, 1000 * number))


@pytest.mark.long
@pytest.mark.parametrize("number", range(8))
async def test_many_documents_are_answered(acme: Served, capsys: pytest.CaptureFixture[str], number: int) -> None:
    say(capsys, "documents", await ask_documents(acme, 400, number + 1))
