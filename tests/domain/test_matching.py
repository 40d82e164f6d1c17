"""Conditions over things in memory."""

from datetime import UTC, datetime, timedelta

import pytest

from crossdock.domain.matching import holds
from crossdock.domain.searching import EVERYTHING, All, Comparison, Condition, Either, Matches, Not

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
THING = {
    None: ("Alpha Location", None),
    "id": (7,),
    "name": ("Alpha Location",),
    "active": (True,),
    "city": (None,),
    "tag": ("red", "blue"),
    "created_at": (AT + timedelta(milliseconds=300),),
}
E, P, ANY = Comparison.EQUAL, Comparison.PREFIX, Comparison.PRESENT


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (EVERYTHING, True),
        (Either(()), False),
        (Matches("name", E, "ALPHA location"), True),
        (Matches("name", E, "alpha"), False),
        (Matches("name", P, "alp"), True),
        (Matches(None, E, "LOC"), True),
        (Matches(None, P, "alpha"), True),
        (Matches(None, E, "beta"), False),
        (Matches("tag", E, "blue"), True),
        (Not(Matches("tag", E, "blue")), False),
        (Matches("city", E, ""), False),
        (Matches("city", ANY, ""), False),
        (Matches("name", ANY, ""), True),
        (Not(Matches("city", ANY, "")), True),
        (Matches("id", E, "7"), True),
        (Matches("id", Comparison.GREATER, "6"), True),
        (Matches("id", Comparison.LESS, "7"), False),
        (Matches("id", E, "seven"), False),
        (Matches("id", E, "²"), False),
        (Matches("id", P, "7"), False),
        (Matches("active", E, "TRUE"), True),
        (Matches("active", E, "false"), False),
        (Matches("active", Comparison.GREATER, "false"), False),
        (Matches("created_at", E, "2026-11-21"), True),
        (Matches("created_at", E, "2026-11-21T12:00:00Z"), True),
        (Matches("created_at", E, "2026-11-21T12:00:01Z"), False),
        (Matches("created_at", Comparison.GREATER, "now"), True),
        (Matches("created_at", Comparison.AT_MOST, "2026-11-21T12:00:00.3+00:00"), True),
        (Matches("created_at", E, "soon"), False),
        (Matches("absent", E, "x"), False),
        (All((Matches("id", E, "7"), Either((Matches("id", E, "8"), Matches("tag", E, "red"))))), True),
    ],
)
def test_a_condition_holds_as_it_does_in_the_database(condition: Condition, expected: bool) -> None:
    assert holds(condition, THING, at=AT) is expected
