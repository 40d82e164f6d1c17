"""Every operation of every dialect: what is asked arrives, and so does the answer."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossdock.dialects.operation import AnyOperation, Call, Json, answer, ask
from crossdock.dialects.registry import DIALECTS, SHOPIFY, Dialect
from tests.dialects.commands import COMMANDS
from tests.dialects.results import RESULTS
from tests.dialects.scene import CONTEXT

# Those whose commands and results are written down in `commands` and `results`.
ROWS = [
    pytest.param(dialect, operation, id=f"{dialect}-{operation.name}")
    for dialect in (SHOPIFY,)
    for operation in (*dialect.operations, *dialect.unversioned, *dialect.callbacks)
]


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
