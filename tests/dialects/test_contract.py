"""Every operation of every dialect: what is asked arrives, and so does the answer."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossdock.dialects.asking import Transport
from crossdock.dialects.next29 import transports as next29_transports
from crossdock.dialects.operation import AnyOperation, Call, Json, answer, ask
from crossdock.dialects.registry import DIALECTS, NEXT29, SHOPIFY, Dialect
from crossdock.dialects.shopify import transports as shopify_transports
from tests.dialects.commands import COMMANDS
from tests.dialects.results import RESULTS
from tests.dialects.scene import CONTEXT

# Those whose commands and results are written down in `commands` and `results`.
ROWS = [
    pytest.param(dialect, operation, id=f"{dialect}-{operation.name}")
    for dialect in (SHOPIFY,)
    for operation in (*dialect.operations, *dialect.unversioned, *dialect.callbacks)
]

VERBS = frozenset(
    {
        *("list", "find", "count", "get", "create", "update", "replace", "delete"),
        *("submit", "accept", "reject", "withdraw", "hold", "release", "move", "open", "close", "reschedule", "cancel"),
        *("set", "adjust", "connect", "mark"),
    }
)


def over_the_wire(value: Json) -> Json:
    return json.loads(json.dumps(value))


def carried(dialect: Dialect, operation: AnyOperation, command: object) -> tuple[list[Any], Any]:
    """Ask and answer one operation; return what was heard, and what came back."""
    heard: list[Any] = []
    table = dialect.callbacks if operation in dialect.callbacks else (*dialect.operations, *dialect.unversioned)

    def handle(arrived: Any) -> Any:
        heard.append(arrived)
        return RESULTS[operation.name].result

    def send(call: Call) -> Json:
        call = replace(call, body=over_the_wire(call.body))
        return over_the_wire(answer(table, call, handle, CONTEXT))

    return heard, ask(operation, command, send)


@pytest.mark.parametrize(("dialect", "operation"), ROWS)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_command_arrives_as_it_was_sent(dialect: Dialect, operation: AnyOperation, data: st.DataObject) -> None:
    command = data.draw(COMMANDS[operation.name])
    heard, came_back = carried(dialect, operation, command)
    assert heard == [dialect.narrowed(command)]
    assert came_back == RESULTS[operation.name].heard


@pytest.mark.parametrize(("dialect", "operation"), ROWS)
def test_a_row_names_what_it_needs(dialect: Dialect, operation: AnyOperation) -> None:
    assert operation.scopes <= set(dialect.scopes)
    assert operation.source
    assert operation.writes == (operation.method != "GET")


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=str)
def test_no_two_rows_have_one_name_or_place(dialect: Dialect) -> None:
    rows = (*dialect.operations, *dialect.unversioned, *dialect.callbacks)
    assert len({row.name for row in rows}) == len({(row.method, row.path) for row in rows}) == len(rows)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=str)
def test_names_say_what_is_done_to_what(dialect: Dialect) -> None:
    for row in (*dialect.operations, *dialect.unversioned):
        assert re.fullmatch("[a-z]+(_[a-z]+)+", row.name)
        assert row.name.partition("_")[0] in VERBS, row.name
    assert {row.name for row in dialect.callbacks} <= {row.name for row in SHOPIFY.callbacks}


def test_what_both_platforms_do_has_one_name() -> None:
    ours, theirs = (names_by_command(each.operations) for each in (SHOPIFY, NEXT29))
    assert len(ours.keys() & theirs.keys()) > 20
    for command in ours.keys() & theirs.keys():
        assert ours[command] & theirs[command], command


def names_by_command(rows: Iterable[AnyOperation]) -> dict[type, set[str]]:
    names: dict[type, set[str]] = {}
    for row in rows:
        names.setdefault(row.command, set()).add(row.name)
    return names


@pytest.mark.parametrize("transport", [shopify_transports.REST, next29_transports.REST], ids=["shopify", "next29"])
def test_a_service_asks_under_the_names_of_the_operations(transport: Transport) -> None:
    dialect = NEXT29 if transport is next29_transports.REST else SHOPIFY
    assert {row.name for row in transport.rows.values()} <= {row.name for row in dialect.operations}
