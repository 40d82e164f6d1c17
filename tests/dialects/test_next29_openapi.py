"""The rows of 29 Next's wire are the operations of its OpenAPI file, with their permissions and statuses."""

from tests.dialects.next29_openapi import ROWS, read_file

# Rows that the file does not have, and why there are.
BEYOND: dict[tuple[str, str], str] = {}


def test_every_operation_of_the_file_is_a_row_and_the_reverse() -> None:
    documented = {(each.method, each.pattern) for each in read_file().operations()}
    assert len(documented) == 72
    assert set(ROWS) == documented | set(BEYOND)


def test_rows_take_the_permissions_of_the_file() -> None:
    wrong = [
        (each.method, each.path, each.scopes, each.row.scopes)
        for each in read_file().operations()
        if each.row.scopes != each.scopes
    ]
    assert wrong == []


def test_rows_answer_the_statuses_of_the_file() -> None:
    wrong = [(each.method, each.path) for each in read_file().operations() if each.row.status != each.status]
    assert wrong == []


def test_what_has_a_body_in_the_file_writes_and_what_only_reads_does_not() -> None:
    wrong = [(each.method, each.path) for each in read_file().operations() if each.row.writes != (each.method != "GET")]
    assert wrong == []
