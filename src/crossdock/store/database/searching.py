"""Searching and cutting sorted lists: conditions and cuts of the domain as SQL, every value a parameter.

Each kind of thing says in one `Searchable` what it can be found and sorted by. A value that does not fit its field,
such as letters for a number, matches nothing. A null matches nothing either, and so everything that must not match.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from asyncpg import Record

from crossdock.domain.matching import NOW, read_number, read_time, span_of
from crossdock.domain.refusals import Invalid
from crossdock.domain.searching import All, Comparison, Condition, Cursor, Cut, Either, Matches, Not, Stretch, Tally
from crossdock.runtime.connection import Connection

Item = TypeVar("Item")

_FLAGS = {"true": True, "false": False}
_OPERATORS = {
    Comparison.EQUAL: "=",
    Comparison.LESS: "<",
    Comparison.AT_MOST: "<=",
    Comparison.GREATER: ">",
    Comparison.AT_LEAST: ">=",
}


class Parameters:
    """The values that a statement is executed with, numbered as they come. `at` is what `now` says."""

    def __init__(self, *values: object, at: datetime) -> None:
        self.values: list[object] = list(values)
        self.at = at

    def add(self, value: object, type_: str) -> str:
        """Return the place of one more value."""
        self.values.append(value)
        return f"${len(self.values)}::{type_}"


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number. `sql`, here and below: an expression over the tables of the statement."""

    sql: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text, whatever its case. A term without a field finds any part of it."""

    sql: str


@dataclass(frozen=True, slots=True)
class Exact:
    """A text to the letter, which an index serves. `value`: what the column has for what is looked for."""

    sql: str
    value: str = "{}"


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, looked for by a date or a time; by `now`, too. A date alone is its beginning, or equals its day.

    Times are shown in whole seconds, so a time equals all of its second.
    """

    sql: str


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    sql: str


@dataclass(frozen=True, slots=True)
class Words:
    """What each word means, as a condition; any other word matches nothing."""

    meanings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Among:
    """Something that there are several of: `exists` has `{}` where the condition on one of them stands."""

    exists: str
    of: "Kind"


Kind = Number | Text | Exact | Moment | Flag | Words | Among


class SortType(StrEnum):
    """Of what type the values are that a list is sorted by."""

    NUMBER = "bigint"
    TEXT = "text"
    TIME = "timestamptz"


@dataclass(frozen=True, slots=True)
class Sort:
    """What a list is sorted by, before the id. It is never null."""

    sql: str
    type: SortType


@dataclass(frozen=True, kw_only=True, slots=True)
class Searchable:
    """What a kind of thing is found by (any one of the expressions of a field), and in which orders it is listed.

    `texts`: where a term without a field is looked for. `id`: the expression of its id.
    """

    fields: Mapping[str, tuple[Kind, ...]]
    texts: tuple[Kind, ...] = ()
    sorts: Mapping[str, Sort] = field(default_factory=dict)
    id: str = "id"


def where(condition: Condition, searchable: Searchable, parameters: Parameters) -> str:
    """Return a condition as SQL."""
    match condition:
        case All(parts):
            return _joined(" AND ", [where(each, searchable, parameters) for each in parts], "true")
        case Either(parts):
            return _joined(" OR ", [where(each, searchable, parameters) for each in parts], "false")
        case Not(part):
            return f"({where(part, searchable, parameters)}) IS NOT TRUE"
        case Matches(None, _, value):
            found = [_found(kind, condition.comparison, value, parameters) for kind in searchable.texts]
            return _joined(" OR ", found, "false")
        case Matches(name, comparison, value):
            kinds = searchable.fields[str(name)]
            return _joined(" OR ", [_compared(kind, comparison, value, parameters) for kind in kinds], "false")


@dataclass(frozen=True, slots=True)
class CutSql:
    """A cut as the parts of a SELECT: `place` to be selected beside the id, what to add to WHERE, order and limit."""

    place: str
    within: str
    order: str


def cut_sql(cut: Cut, searchable: Searchable, parameters: Parameters) -> CutSql:
    """Return a cut as SQL; one row more than wanted tells whether the list goes on. Raises: Invalid for a cursor."""
    sort, id_ = searchable.sorts.get(cut.sort), searchable.id
    terms = []
    for cursor, onwards in ((cut.after, True), (cut.before, False)):
        if cursor is not None:
            operator = ">" if onwards != cut.reverse else "<"
            terms.append(f"{_key(sort, id_)} {operator} {_place_of(cursor, sort, parameters)}")
    direction = "DESC" if cut.reverse != cut.from_end else "ASC"
    keys = [id_] if sort is None else [sort.sql, id_]
    return CutSql(
        place="NULL" if sort is None else f"({sort.sql})::text",
        within=_joined(" AND ", terms, "true"),
        order=f"ORDER BY {', '.join(f'{key} {direction}' for key in keys)} LIMIT {cut.limit + 1:d}",
    )


def stretch_of(cut: Cut, rows: Sequence[Record], items: Mapping[int, Item]) -> Stretch[Item]:
    """Return the things that rows with `id` and `place` name, in the order of the list."""
    kept = [row for row in rows[: cut.limit] if row["id"] in items]
    more = len(rows) > cut.limit
    if cut.from_end:
        kept.reverse()
    before, after = (more, cut.before is not None) if cut.from_end else (cut.after is not None, more)
    return Stretch(
        items=tuple(items[row["id"]] for row in kept),
        cursors=tuple(Cursor(row["id"], row["place"]) for row in kept),
        goes_on=after and bool(kept),
        goes_back=before and bool(kept),
    )


@dataclass(frozen=True, slots=True)
class Looking:
    """A search as SQL, without what it selects. `scope`: FROM and WHERE, to which more conditions can be added."""

    scope: str
    parameters: Parameters
    searchable: Searchable


async def cut_out(connection: Connection, looking: Looking, cut: Cut, *, also: str = "") -> list[Record]:
    """Return the rows of a part of a list, with `id`, `place` and what is selected also. Raises: Invalid."""
    sql, id_ = cut_sql(cut, looking.searchable, looking.parameters), looking.searchable.id
    rows: list[Record] = await connection.fetch(
        f"SELECT {id_} AS id, {sql.place} AS place{also} {looking.scope} AND ({sql.within}) {sql.order}",
        *looking.parameters.values,
    )
    return rows


class Sought(Protocol):
    """A search for a part of a list."""

    @property
    def cut(self) -> Cut: ...


Search = TypeVar("Search", bound=Sought)


async def cut_each(
    connection: Connection, searches: Sequence[Search], looked_for: Callable[[Search], Looking], *, also: str = ""
) -> list[list[Record] | Invalid]:
    """Return the rows of each search, as `cut_out` does: a statement for each, as each stands at a document's root."""
    found: list[list[Record] | Invalid] = []
    for search in searches:
        try:
            found.append(await cut_out(connection, looked_for(search), search.cut, also=also))
        except Invalid as problem:
            found.append(problem)
    return found


def rows_of(found: Iterable[list[Record] | Invalid]) -> list[Record]:
    """Return the rows of all searches that could be made."""
    return [row for rows in found if not isinstance(rows, Invalid) for row in rows]


def stretches_of(
    searches: Sequence[Sought], found: Sequence[list[Record] | Invalid], items: Mapping[int, Item]
) -> list[Stretch[Item] | Invalid]:
    """Return what each search found, of the things that all of them name."""
    return [
        rows if isinstance(rows, Invalid) else stretch_of(search.cut, rows, items)
        for search, rows in zip(searches, found, strict=True)
    ]


async def count_found(connection: Connection, looking: Looking, limit: int | None) -> Tally:
    """Count what a search finds, up to a limit if there is one."""
    if limit is None:
        whole: int = await connection.fetchval(f"SELECT count(*) {looking.scope}", *looking.parameters.values)
        return Tally(count=whole)
    count: int = await connection.fetchval(
        f"SELECT count(*) FROM (SELECT {looking.scope} LIMIT {limit + 1:d}) found", *looking.parameters.values
    )
    return Tally(count=min(count, limit), exact=count <= limit)


def _joined(word: str, parts: Sequence[str], nothing: str) -> str:
    return word.join(f"({part})" for part in parts) if parts else nothing


def _key(sort: Sort | None, id_: str) -> str:
    return id_ if sort is None else f"({sort.sql}, {id_})"


def _place_of(cursor: Cursor, sort: Sort | None, parameters: Parameters) -> str:
    last = parameters.add(cursor.id, "bigint")
    if sort is None:
        return last
    return f"({parameters.add(_sort_value(cursor.value, sort.type), sort.type)}, {last})"


def _sort_value(text: str | None, type_: SortType) -> object:
    value: object = None
    match type_:
        case SortType.TEXT:
            value = text if text is not None and "\0" not in text else None
        case SortType.NUMBER:
            value = read_number(text or "")
        case SortType.TIME:
            value = read_time(text or "")
    if value is None:
        raise Invalid("cursor", "is not one of this list")
    return value


def _found(kind: Kind, comparison: Comparison, value: str, parameters: Parameters) -> str:
    """Return a condition for a term that names no field: it may stand anywhere in a text."""
    match kind:
        case Text(sql) if comparison is not Comparison.PREFIX and "\0" not in value:
            return f"position(lower({parameters.add(value, 'text')}) IN lower({sql})) > 0"
        case Among(exists, of):
            return exists.replace("{}", _found(of, comparison, value, parameters))
        case _:
            return _compared(kind, comparison, value, parameters)


def _compared(kind: Kind, comparison: Comparison, value: str, parameters: Parameters) -> str:
    if "\0" in value:
        return "false"
    match kind:
        case Words(meanings):
            return _meaning(meanings, comparison, value)
        case Among(exists, of):
            return exists.replace("{}", _compared(of, comparison, value, parameters))
        case Text(sql) if comparison is Comparison.PRESENT:
            return f"{sql} <> ''"
        case Exact(sql) if comparison is Comparison.PRESENT:
            return f"{sql} <> ''"
        case _ if comparison is Comparison.PRESENT:
            return f"{kind.sql} IS NOT NULL"
        case Text(sql):
            return _text(f"lower({sql})", f"lower({parameters.add(value, 'text')})", comparison)
        case Exact(sql, form):
            return _text(sql, form.replace("{}", parameters.add(value, "text")), comparison)
        case Number(sql):
            return _plain(sql, read_number(value), "bigint", comparison, parameters)
        case Flag(sql):
            return _plain(sql, _FLAGS.get(value.lower()), "boolean", comparison, parameters)
        case Moment(sql):
            return _moment(sql, value, comparison, parameters)


def _meaning(meanings: Mapping[str, str], comparison: Comparison, value: str) -> str:
    """Return what the words say that are meant: one, those that begin so, or any at all."""
    word = value.lower()
    match comparison:
        case Comparison.EQUAL:
            return meanings.get(word, "false")
        case Comparison.PREFIX:
            return _joined(" OR ", [sql for name, sql in meanings.items() if name.startswith(word)], "false")
        case Comparison.PRESENT:
            return _joined(" OR ", list(meanings.values()), "false")
        case _:
            return "false"


def _text(sql: str, value: str, comparison: Comparison) -> str:
    if comparison is Comparison.PREFIX:
        return f"starts_with({sql}, {value})"
    return f"{sql} {_OPERATORS[comparison]} {value}"


def _plain(sql: str, value: object, type_: str, comparison: Comparison, parameters: Parameters) -> str:
    if value is None or comparison not in _OPERATORS:
        return "false"
    return f"{sql} {_OPERATORS[comparison]} {parameters.add(value, type_)}"


def _moment(sql: str, value: str, comparison: Comparison, parameters: Parameters) -> str:
    at = parameters.at if value.lower() == NOW else read_time(value)
    if at is None or comparison not in _OPERATORS:
        return "false"
    start = parameters.add(at, "timestamptz")
    if comparison is not Comparison.EQUAL:
        return f"{sql} {_OPERATORS[comparison]} {start}"
    return f"{sql} >= {start} AND {sql} < {parameters.add(at + span_of(value), 'timestamptz')}"
