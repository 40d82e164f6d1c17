"""Whatever comes over the wire is understood or refused; nothing else is ever raised."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crossdock.dialects.operation import AnyOperation, Call, Json, WireError
from crossdock.dialects.registry import DIALECTS, Dialect
from crossdock.domain.refusals import Refusal
from tests.dialects.commands import COMMANDS
from tests.dialects.results import RESULTS
from tests.dialects.scene import CONTEXT
from tests.dialects.test_contract import ROWS

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["1", "-1", "true", "2026-01-01", "9999-12-31T23:59:59-14:00", "0001-01-01", "NaN", "1e400", ""])
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def replaced(value: Json, data: st.DataObject) -> Json:
    """Return a message with one of its values replaced by anything."""
    if isinstance(value, dict) and value and data.draw(st.booleans() | st.just(True)):
        name = data.draw(st.sampled_from(sorted(value)))
        return {**value, name: replaced(value[name], data)}
    if isinstance(value, list) and value and data.draw(st.booleans()):
        position = data.draw(st.integers(0, len(value) - 1))
        return [replaced(item, data) if here == position else item for here, item in enumerate(value)]
    return data.draw(anything)


def tolerates(reading: Any, message: Any) -> None:
    try:
        reading(message)
    except (WireError, Refusal) as error:
        assert str(error)


@pytest.mark.parametrize(("dialect", "operation"), ROWS)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_request_with_something_else_in_it(dialect: Dialect, operation: AnyOperation, data: st.DataObject) -> None:
    sent = operation.encode(data.draw(COMMANDS[operation.name]))
    names = [name for name, _ in sent.query] or ["page_info", "limit", "since_id", "ids", "status", "fields"]
    query = data.draw(st.lists(st.tuples(st.sampled_from(names), st.text(max_size=8) | st.just("9" * 30)), max_size=3))
    ids = st.sampled_from(["1", "", "x", "9" * 30, "-1", "²"])
    parameters = {name: data.draw(ids) for name in ("order_id", "fulfillment_order_id", "product_id", "location_id")}
    call = Call(
        method=sent.method,
        path=sent.path,
        body=replaced(sent.body, data),
        query=tuple(query),
        parameters=parameters,
        currency=data.draw(st.sampled_from(["USD", "JPY", "KWD"])),
    )
    tolerates(operation.decode, call)


@pytest.mark.parametrize(("dialect", "operation"), ROWS)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_an_answer_with_something_else_in_it(dialect: Dialect, operation: AnyOperation, data: st.DataObject) -> None:
    answer = json.loads(json.dumps(operation.encode_result(RESULTS[operation.name].result, CONTEXT)))
    tolerates(operation.decode_result, replaced(answer, data))


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=str)
@given(answer=anything, status=st.integers(100, 599))
@example(answer={"errors": {"errors": {"errors": {"errors": ["deep"]}}}}, status=422)
def test_an_error_in_any_form_is_read(dialect: Dialect, answer: Json, status: int) -> None:
    assert dialect.read_error(status, answer).startswith(str(status))
